//! After the run: what theory says of each station beside what was simulated.

use serde::{Deserialize, Serialize};

use super::forkjoin::{self, ForkJoin};
use super::load::{StationLoad, offered_loads};
use crate::experiment::replication::{Pool, Row};
use crate::experiment::summarise::over;
use crate::network::{Network, StationKind};
use crate::scenario::Scenario;
use crate::stats::{Estimate, queueing};
use crate::terms::Discipline;
use crate::time::{MS_PER_HOUR, Time};

/// Theory beside the simulated figures of one variant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TheoryResult {
    /// Every station that counts its servers, slots or vehicles.
    pub stations: Vec<StationTheory>,
    /// Sides where documents are examined side by side.
    pub fork_joins: Vec<ForkJoin>,
    /// Runs of a site for which Little's law and the conservation of consignments were checked, as exact identities,
    /// and held: a run in which one does not hold gives no results.
    pub laws_held: u64,
}

/// A station's load before and after, and its wait beside a textbook queue's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StationTheory {
    /// What it is offered, reckoned before the run.
    pub before: StationLoad,
    /// The same as simulated.
    pub simulated_load: Estimate,
    /// Simulated mean wait in hours: the mean queue over the rate at which jobs join it (Little's law).
    pub wait_h: Estimate,
    /// Mean wait of the model in hours, in the long run.
    pub reference_h: Option<f64>,
    /// Which model, or why there is none.
    pub model: String,
    /// The model's assumptions hold; else arrivals are taken as Poisson.
    pub exact: bool,
    /// Upper bound of the mean wait in hours, where Kingman's theorem holds.
    pub bound_h: Option<f64>,
}

/// What theory says of a variant's runs.
pub(in crate::experiment) fn result(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    pool: &Pool,
) -> TheoryResult {
    let stations = offered_loads(scenario, network)
        .into_iter()
        .map(|before| {
            let (s, t) = before.at;
            let of = |value: &dyn Fn(&crate::experiment::replication::StationRow) -> f64| {
                over(rows, |r| value(&r.stations[s][t]))
            };
            let reference = reference(network, &before);
            StationTheory {
                simulated_load: of(&|r| r.offered),
                wait_h: of(&|r| 24.0 * r.queue / r.jobs),
                reference_h: reference.wait_h,
                model: reference.model,
                exact: reference.exact,
                bound_h: reference.bound_h,
                before,
            }
        })
        .collect();
    TheoryResult {
        stations,
        fork_joins: forkjoin::fork_joins(scenario, network, rows, pool),
        laws_held: (network.sites.len() * rows.len()) as u64,
    }
}

/// A textbook queue.
struct Reference {
    wait_h: Option<f64>,
    model: String,
    exact: bool,
    bound_h: Option<f64>,
}

impl Reference {
    fn none(why: &str) -> Self {
        Reference {
            wait_h: None,
            model: format!("none: {why}"),
            exact: false,
            bound_h: None,
        }
    }
}

fn reference(network: &Network, station: &StationLoad) -> Reference {
    let (s, t) = station.at;
    let node = &network.sites[s].stations[t];
    let StationKind::Staffed(duty) = &node.servers else {
        return Reference::none("served by slots or vehicles");
    };
    let mut on_duty = duty.iter().take_while(|(at, _)| *at < network.horizon);
    let servers = match (on_duty.next(), on_duty.next()) {
        (Some(&(Time::ZERO, servers)), None) if servers > 0 => servers,
        _ => return Reference::none("its staff varies over time"),
    };
    let Some(load) = station.whole.offered.load else {
        return Reference::none("its load is not known before the run");
    };
    let disturbed = node.interruptions.is_some()
        || !station.whole.offered.why.is_empty()
        || node.discipline != Discipline::Fifo;
    let feeds = &station.feeds;
    let jobs = station.whole.jobs_per_day;
    if jobs <= 0.0 {
        return Reference::none("no job comes");
    }
    if load >= 1.0 {
        return Reference::none("no long run at this load");
    }
    if disturbed || !station.periods.is_empty() {
        return Reference::none("priorities, interruptions, joint visits or changes");
    }
    if feeds.grouped {
        return Reference::none("jobs come several at once");
    }
    let arrivals = jobs / 24.0;
    let (service, cv) = (station.whole.service_h, station.service_cv());
    let started_empty = network.sites.iter().all(|site| site.backlog.is_empty());
    let bound_h = feeds
        .renewal_cv
        .filter(|_| servers == 1 && started_empty)
        .map(|renewal_cv| queueing::kingman_bound(1.0 / arrivals, renewal_cv, service, cv));
    let exponential = feeds.exponential();
    let (model, wait_h) = match servers {
        1 if exponential => ("M/M/1", queueing::mmc_wait(arrivals, service, 1)),
        1 => ("M/G/1", queueing::mg1_wait(arrivals, service, cv)),
        c if exponential => ("M/M/c", queueing::mmc_wait(arrivals, service, c)),
        c => (
            "M/G/c by Lee and Longton",
            queueing::mgc_wait(arrivals, service, cv, c),
        ),
    };
    if feeds.varies {
        return Reference {
            bound_h,
            ..Reference::none("arrivals are no Poisson process of one rate")
        };
    }
    Reference {
        wait_h: Some(wait_h),
        model: model.to_owned(),
        exact: !feeds.disturbed && (servers == 1 || exponential),
        bound_h,
    }
}

/// An hour, in milliseconds.
pub(super) const HOUR: f64 = MS_PER_HOUR as f64;
