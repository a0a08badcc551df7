//! The periods between reforms, and a station's load in one: what comes over what its staff can do.

use std::collections::BTreeSet;

use super::load::{Offered, PeriodLoad};
use crate::network::{Interruptions, Network, ScopeId, StationKind};
use crate::scenario::Scenario;
use crate::terms::{Interruption, ShiftEnd};
use crate::time::{MS_PER_DAY, MS_PER_HOUR, Time};

/// What comes to a station in one period, per millisecond.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub jobs: f64,
    pub work: f64,
    pub squares: f64,
    pub unknown: BTreeSet<&'static str>,
    pub more: BTreeSet<&'static str>,
}

/// By site, the stretches of the measured window between changes of regime, staff, hours, mergers and levels.
pub(super) fn periods(scenario: &Scenario, network: &Network) -> Vec<Vec<(Time, Time)>> {
    let mut scopes: Vec<BTreeSet<ScopeId>> = vec![BTreeSet::new(); network.sites.len()];
    for stop in network.routes.iter().flat_map(|route| &route.stops) {
        if stop.plans.is_empty() {
            continue;
        }
        let mut met: Vec<ScopeId> = stop
            .recognition
            .iter()
            .map(|(_, _, scope)| *scope)
            .collect();
        met.extend(stop.enforcement.into_iter().chain(stop.aeo));
        if let Some(post) = &stop.one_stop {
            met.extend(post.enforcement.into_iter().chain(post.aeo));
        }
        let changes = |scope: &ScopeId| network.levels[scope.index()].from.len() > 1;
        scopes[stop.site.index()].extend(met.into_iter().filter(changes));
    }
    let mut reformed: Vec<Vec<Time>> = vec![Vec::new(); network.sites.len()];
    for reform in &scenario.reforms {
        if !(reform.staffing.is_empty() && reform.hours.is_empty()) {
            for site in &reform.sites {
                reformed[site.index()].push(reform.from);
            }
        }
    }
    let (from, to) = (network.warm_up, network.horizon);
    network
        .sites
        .iter()
        .enumerate()
        .map(|(s, site)| {
            let homes: BTreeSet<usize> = site.stations.iter().map(|d| d.home.index()).collect();
            let mut cuts: BTreeSet<Time> = site.epochs.iter().copied().collect();
            cuts.extend(homes.iter().flat_map(|home| &reformed[*home]));
            cuts.extend(site.stations.iter().filter_map(|d| Some(d.absorbed?.0)));
            let curves = scopes[s].iter().map(|scope| &network.levels[scope.index()]);
            cuts.extend(curves.flat_map(|curve| curve.from.iter().map(|(at, _)| *at)));
            cuts.retain(|at| from < *at && *at < to);
            let starts = std::iter::once(from).chain(cuts.iter().copied());
            starts.zip(cuts.iter().copied().chain([to])).collect()
        })
        .collect()
}

/// The mean over periods, by their lengths.
pub(super) fn mean_work(periods: &[(Time, Time)], work: &[Work]) -> Work {
    let length = |(from, to): (Time, Time)| to.since(from).ms() as f64;
    let all: f64 = periods.iter().map(|p| length(*p)).sum::<f64>().max(1.0);
    let mut sum = Work::default();
    for (period, one) in periods.iter().zip(work) {
        let part = length(*period) / all;
        sum.jobs += part * one.jobs;
        sum.work += part * one.work;
        sum.squares += part * one.squares;
        sum.unknown.extend(&one.unknown);
        sum.more.extend(&one.more);
    }
    sum
}

pub(super) fn period_load(
    network: &Network,
    (s, t): (usize, usize),
    (from, to): (Time, Time),
    work: &Work,
) -> PeriodLoad {
    let site = &network.sites[s];
    let station = &site.stations[t];
    let length = to.since(from).ms().max(1) as f64;
    let day = MS_PER_DAY as f64;
    let (capacity, staffed, mut overtime) = match &station.servers {
        StationKind::Staffed(duty) => {
            let (served, closings) = on_duty(duty, from, to);
            (served / length, served / length, closings as f64 / length)
        }
        StationKind::Slots(slots) => {
            let places = f64::from(slots.capacity) / slots.every_ms;
            (places, places * day, 0.0)
        }
        StationKind::Vehicles(fleet) => {
            let fleet = &site.fleets[*fleet as usize];
            let places = f64::from(fleet.capacity) / fleet.every_ms;
            (places, places * day, 0.0)
        }
        StationKind::Unlimited => (f64::INFINITY, 0.0, 0.0),
    };
    let by_jobs = station.duty().is_empty();
    let comes = if by_jobs { work.jobs } else { work.work };
    let load = if comes == 0.0 { 0.0 } else { comes / capacity };
    let mut why: BTreeSet<&str> = work.more.clone();
    let mut at_least = !work.more.is_empty();
    if let Some(rules) = &station.interruptions {
        if redoes(rules) {
            why.insert("work that is done again after an interruption");
            at_least = true;
        }
        if rules.machines.is_some() {
            why.insert("machines out of order");
            at_least = true;
        }
        if rules.shift_end != ShiftEnd::Finish {
            overtime = 0.0;
        }
    }
    // Listed site by site.
    let sick = &network.sick[network.sick.partition_point(|d| d.site.index() < s)..];
    let here = sick.iter().take_while(|d| d.site.index() == s);
    if here.map(|d| usize::from(d.station)).any(|d| d == t) {
        why.insert("officers who are absent");
        at_least = true;
    }
    if !network.shocks.is_empty() || !network.closures.is_empty() {
        // They may take work away as well as staff.
        why.insert("shocks and closures");
        at_least = false;
    }
    // A job in hand at closing has on average this much before it, per server that leaves.
    let rest = if work.work > 0.0 {
        work.squares / (2.0 * work.work)
    } else {
        0.0
    };
    let offered = if work.unknown.is_empty() {
        Offered {
            load: Some(load),
            at_least,
            why: why.iter().map(|w| (*w).to_owned()).collect(),
        }
    } else {
        Offered {
            load: None,
            at_least: false,
            why: work.unknown.iter().map(|w| (*w).to_owned()).collect(),
        }
    };
    PeriodLoad {
        from_h: from.hours(),
        to_h: to.hours(),
        staffed,
        jobs_per_day: work.jobs * day,
        service_h: if work.jobs > 0.0 && !by_jobs {
            work.work / work.jobs / MS_PER_HOUR as f64
        } else {
            0.0
        },
        with_overtime: offered
            .load
            .filter(|_| overtime > 0.0)
            .map(|_| comes / (capacity + overtime * rest)),
        offered,
    }
}

/// Integral of the servers on duty over a period, ms, and how many servers' shifts end within it.
fn on_duty(duty: &[(Time, u32)], from: Time, to: Time) -> (f64, u64) {
    let ends = duty.iter().skip(1).map(|(at, _)| *at).chain([Time::MAX]);
    let (mut served, mut closings, mut before) = (0u128, 0u64, 0u32);
    for (&(begins, servers), ends) in duty.iter().zip(ends) {
        if from < begins && begins < to {
            closings += u64::from(before.saturating_sub(servers));
        }
        before = servers;
        let (a, b) = (begins.max(from), ends.min(to));
        if a < b {
            served += u128::from(servers) * u128::from(b.since(a).ms());
        }
    }
    (served as f64, closings)
}

/// Interrupted work may take longer than it would have.
fn redoes(rules: &Interruptions) -> bool {
    let anew = |how: Interruption| how != Interruption::Resume;
    rules.preemption.is_some_and(anew)
        || rules.machines.as_ref().is_some_and(|m| anew(m.on_failure))
}
