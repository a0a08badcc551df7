//! Offered load before the run: the work that comes to each station over what its staff can do, in each period between
//! reforms.
//!
//! Work is reckoned in expectation: flows' rates, routes' shares, the probability of each step, jobs, mean service and
//! setup. Each station is reckoned as though all before it keep up, and demand as it enters: how long it is on its way
//! is left out, and so is the opening backlog.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::demand;
use super::feeds::{Feeds, From, Upstream};
use super::periods::{Work, mean_work, period_load, periods};
use super::visits::{At, Visits, visits};
use crate::network::demand::Source;
use crate::network::{FlowNode, Network, StationKind};
use crate::scenario::Scenario;
use crate::time::Time;

/// A load so near to 1 is 1.
const NEAR: f64 = 1e-9;

/// An offered load, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// Work that comes over what the staff can do; `None`: not known before the run. Infinite where work comes and
    /// nobody is ever on duty (null in files).
    pub load: Option<f64>,
    /// It is at least that.
    pub at_least: bool,
    /// Why it is not known, or what is left out.
    pub why: Vec<String>,
}

/// A station's load in one period.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeriodLoad {
    /// Its start, hours after the scenario's.
    pub from_h: f64,
    /// Its end.
    pub to_h: f64,
    /// Mean number of servers on duty; of slots and vehicles, places a day.
    pub staffed: f64,
    /// Jobs a day.
    pub jobs_per_day: f64,
    /// Mean hours of one.
    pub service_h: f64,
    /// Load.
    pub offered: Offered,
    /// Load over staffed hours and the work that is finished after closing.
    pub with_overtime: Option<f64>,
}

/// A station with what it is offered within the measured window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StationLoad {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Agency name.
    pub agency: String,
    /// Desk name.
    pub desk: String,
    /// The agency has no other desk with servers here.
    pub only_desk: bool,
    /// Over the whole window.
    pub whole: PeriodLoad,
    /// Period by period, where there are several.
    pub periods: Vec<PeriodLoad>,
    /// How its jobs come.
    #[serde(skip)]
    pub(super) feeds: Feeds,
    #[serde(skip)]
    service_cv: f64,
    /// Its position in the network.
    #[serde(skip)]
    pub(super) at: (usize, usize),
}

impl StationLoad {
    /// Its name in sentences: `Dostyk/customs`, with the desk where the agency has several.
    pub fn name(&self) -> String {
        if self.only_desk {
            format!("{}/{}", self.title, self.agency)
        } else {
            format!("{}/{}/{}", self.title, self.agency, self.desk)
        }
    }

    /// Coefficient of variation of its jobs' times over the whole window.
    pub(super) fn service_cv(&self) -> f64 {
        self.service_cv
    }

    /// A sentence for each period in which it is offered as much as its staff can do, or more.
    pub fn warnings(&self) -> Vec<String> {
        let periods = self.told();
        periods
            .iter()
            .filter_map(|period| self.warning(period, periods.len() > 1))
            .collect()
    }

    /// The greatest load of a period in which its queue grows, if there is one: it is offered as much as its staff can
    /// do or more, and work after closing does not make up for it. Infinite where nobody is on duty.
    pub fn growing(&self) -> Option<f64> {
        let loads = self.told().iter().filter_map(|period| {
            let mended = period.with_overtime.is_some_and(|load| load < 1.0);
            period.offered.load.filter(|l| *l >= 1.0 - NEAR && !mended)
        });
        loads.reduce(f64::max)
    }

    /// Whether it is offered more than it can do over the whole measured window, work after closing included.
    pub fn cannot_keep_up(&self) -> bool {
        let load = self.whole.with_overtime.or(self.whole.offered.load);
        load.is_some_and(|load| load > 1.0 + NEAR)
    }

    /// The periods that are told of one by one.
    fn told(&self) -> &[PeriodLoad] {
        match &self.periods[..] {
            [] => std::slice::from_ref(&self.whole),
            several => several,
        }
    }

    fn warning(&self, period: &PeriodLoad, one_of_several: bool) -> Option<String> {
        let load = period.offered.load.filter(|load| *load >= 1.0 - NEAR)?;
        let when = if one_of_several {
            format!(
                " from day {:.0} to day {:.0}",
                period.from_h / 24.0,
                period.to_h / 24.0
            )
        } else {
            String::new()
        };
        if !load.is_finite() {
            return Some(format!(
                "{} is offered work{when}, and nobody is on duty",
                self.name()
            ));
        }
        let least = if period.offered.at_least {
            "at least "
        } else {
            ""
        };
        let left_out = match &period.offered.why[..] {
            [] => String::new(),
            why if period.offered.at_least => format!(" (not counted: {})", why.join(", ")),
            why => format!(" (left out: {})", why.join(", ")),
        };
        let end = if load <= 1.0 + NEAR {
            "it has nothing to spare, and its queue grows without bound if anything varies"
        } else if period.with_overtime.is_some_and(|load| load < 1.0) {
            "only work after closing keeps its queue from growing"
        } else if one_of_several {
            "its queue grows as long as that lasts"
        } else {
            "its queue grows without bound"
        };
        Some(format!(
            "{} is offered {least}{load:.2} of what it can do{when}: {end}{left_out}",
            self.name()
        ))
    }
}

/// The offered load of every station of a network compiled from `scenario` that counts servers, slots or vehicles,
/// within the measured window.
pub fn offered_loads(scenario: &Scenario, network: &Network) -> Vec<StationLoad> {
    let periods = periods(scenario, network);
    let mut rates: BTreeMap<(Time, Time), Vec<f64>> = BTreeMap::new();
    for &period in periods.iter().flatten() {
        rates.entry(period).or_insert_with(|| {
            demand::rates(network, period, |flow| flow.rates.mean(period.0, period.1))
        });
    }
    let mut work: Vec<Vec<Vec<Work>>> = network
        .sites
        .iter()
        .zip(&periods)
        .map(|(site, periods)| vec![vec![Work::default(); periods.len()]; site.stations.len()])
        .collect();
    let mut feeds: Vec<Vec<Feeds>> = network
        .sites
        .iter()
        .map(|site| vec![Feeds::default(); site.stations.len()])
        .collect();
    let mut may_leave = Vec::with_capacity(network.flows.len());
    for (f, flow) in network.flows.iter().enumerate() {
        let leaves = leaves(network, flow);
        for (&route, &share) in flow.routes.iter().zip(&flow.shares) {
            if share <= 0.0 {
                continue;
            }
            let stops = &network.routes[route as usize].stops;
            let mut upstream = Upstream::START;
            for (leg, stop) in stops.iter().enumerate() {
                let s = stop.site.index();
                let kinds = visits(
                    network,
                    stops,
                    leg,
                    (
                        flow.aeo_share,
                        &flow.commodities,
                        f64::from(flow.containers),
                    ),
                );
                upstream.comes(stop);
                for (p, period) in periods[s].iter().enumerate() {
                    let at = At {
                        network,
                        scenario,
                        stop,
                        now: period.0,
                        epoch: network.epoch(stop.site, period.0),
                    };
                    let rate = rates[period][f] * share;
                    for kind in &kinds {
                        let reach = Reach {
                            at: &at,
                            kind,
                            rate: rate * kind.each,
                            leaves,
                            from: From {
                                which: (f, route, leg, kind.plan),
                                flow,
                                share: share * kind.each,
                                upstream,
                            },
                            first: p == 0,
                        };
                        reach.add(&mut work[s], p, &mut feeds[s]);
                    }
                }
                upstream.goes(network, scenario, stop, &kinds);
            }
        }
        may_leave.push(leaves);
    }
    // Where drivers may take another way, they come to other stations too.
    for route in network.routes.iter().filter(|route| route.detours > 0) {
        let Some(why) = may_leave[route.flow.index()] else {
            continue;
        };
        for stop in &route.stops[usize::from(route.parts_at)..] {
            for station in work[stop.site.index()].iter_mut().flatten() {
                station.unknown.insert(why);
            }
        }
    }
    let mut found = Vec::new();
    for (s, site) in network.sites.iter().enumerate() {
        for (t, station) in site.stations.iter().enumerate() {
            let pooled = station
                .absorbed
                .is_some_and(|(from, _)| from <= network.warm_up);
            if pooled || matches!(station.servers, StationKind::Unlimited) {
                continue;
            }
            let each: Vec<PeriodLoad> = periods[s]
                .iter()
                .zip(&work[s][t])
                .map(|(period, work)| period_load(network, (s, t), *period, work))
                .collect();
            let window = (network.warm_up, network.horizon);
            let sum = mean_work(&periods[s], &work[s][t]);
            let whole = period_load(network, (s, t), window, &sum);
            let service_cv = if sum.work > 0.0 {
                (sum.squares * sum.jobs / (sum.work * sum.work) - 1.0)
                    .max(0.0)
                    .sqrt()
            } else {
                0.0
            };
            let place = &scenario.sites[s];
            let desk = if station.home.index() == s {
                station.desk.clone()
            } else {
                let home = &scenario.sites[station.home.index()].name;
                format!("{}@{home}", station.desk)
            };
            let desks = site.stations.iter().filter(|other| {
                other.agency == station.agency && !matches!(other.servers, StationKind::Unlimited)
            });
            found.push(StationLoad {
                site: place.name.clone(),
                title: place.title.clone(),
                agency: scenario.agencies[station.agency.index()].name.clone(),
                desk,
                only_desk: desks.count() == 1,
                whole,
                periods: if each.len() > 1 { each } else { Vec::new() },
                feeds: feeds[s][t].clone(),
                service_cv,
                at: (s, t),
            });
        }
    }
    found
}

/// A kind of visit that comes to the stations of its site.
struct Reach<'a> {
    at: &'a At<'a>,
    kind: &'a Visits,
    /// Visits per millisecond.
    rate: f64,
    leaves: Option<&'static str>,
    from: From<'a>,
    /// The first period, in which feeds are noted.
    first: bool,
}

impl Reach<'_> {
    fn add(&self, work: &mut [Vec<Work>], period: usize, feeds: &mut [Feeds]) {
        let site = self.at.site();
        let plan = &site.plans[self.kind.plan as usize];
        for (s, step) in plan.steps.iter().enumerate() {
            let Some(jobs) = self.at.jobs(self.kind, s) else {
                continue;
            };
            let station = site.serving(step.station, self.at.now) as usize;
            let sum = &mut work[station][period];
            let number = self.rate * jobs.applies * jobs.number;
            sum.jobs += number;
            sum.work += number * jobs.mean;
            sum.squares += number * jobs.square;
            if jobs.joint {
                sum.more
                    .insert("officers held while others work on joint visits");
            }
            if self.kind.at_least {
                sum.more.insert("trains that leave part-empty");
            }
            if jobs.on_data {
                sum.unknown.insert("whether data comes before the cargo");
            }
            sum.unknown.extend(self.leaves);
            if self.first {
                feeds[station].add(self.at, self.kind, (s, &jobs), &self.from);
            }
        }
    }
}

/// Why a flow's consignments may not come where they were to.
fn leaves(network: &Network, flow: &FlowNode) -> Option<&'static str> {
    let drivers = &flow.drivers;
    let perishes = || {
        let mut below = 0.0;
        flow.commodities.iter().any(|&(upto, commodity)| {
            let share = upto - below;
            below = upto;
            share > 0.0 && network.perishes[commodity.index()].is_some()
        })
    };
    if drivers.balks.is_some() || drivers.reroutes.is_some() {
        Some("whether drivers turn away or take another route")
    } else if drivers.gives_up_after.is_some() || perishes() {
        Some("whether traders cancel or goods perish on the way")
    } else {
        None
    }
}

/// True where a flow's consignments come one by one as a Poisson process of one rate.
pub(super) fn is_poisson(flow: &FlowNode) -> bool {
    matches!(flow.source, Source::Poisson)
        && flow.rates.steady()
        && flow.group == 1
        && flow.burst.is_none()
}
