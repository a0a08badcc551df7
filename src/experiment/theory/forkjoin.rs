//! Bounds round a fork-join: where documents are examined side by side, the mean time to release lies between the
//! largest part's mean and the sum of all parts.
//!
//! Both hold for every consignment, so they hold for the simulated means too: the release comes no sooner than any part
//! ends, and until it comes some part is under way. Sides where something else may keep a consignment (tokens, gates,
//! troubles with documents, trains, data ahead, joint visits) are left out.

use serde::{Deserialize, Serialize};

use super::reference::HOUR;
use crate::experiment::replication::{Pool, Row};
use crate::experiment::summarise::over;
use crate::network::{Network, Plan};
use crate::scenario::Scenario;
use crate::stats::{Estimate, queueing};
use crate::terms::{Regime, Role, StepKind};

/// A side's time to release between its bounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForkJoin {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Role of the visits.
    pub role: Role,
    /// The part with the largest mean.
    pub part: String,
    /// Its mean hours per consignment, waiting included: the lower bound.
    pub largest_h: f64,
    /// Simulated mean hours to release.
    pub release_h: Estimate,
    /// The sum of all parts' means: the upper bound.
    pub sum_h: f64,
}

impl ForkJoin {
    /// True where the simulated mean lies between the bounds, but for rounding.
    pub fn holds(&self) -> bool {
        let slack = 1e-9 * self.sum_h.max(1.0);
        self.largest_h - slack <= self.release_h.mean && self.release_h.mean <= self.sum_h + slack
    }
}

pub(super) fn fork_joins(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    pool: &Pool,
) -> Vec<ForkJoin> {
    let mut found = Vec::new();
    let kept = kept_otherwise(network);
    for (s, site) in network.sites.iter().enumerate() {
        if site.gate.is_some() || site.entry.is_some() || kept[s] {
            continue;
        }
        for (p, plan) in site.plans.iter().enumerate() {
            let mut cells = (0..site.cells.len()).filter(|c| site.cells[*c].plan as usize == p);
            let (Some(cell), None) = (cells.next(), cells.next()) else {
                continue;
            };
            let tally = &pool.cells[s][cell];
            let n = tally.release.moments.n;
            let all = n > 0
                && n == tally.bcp.moments.n
                && tally.bcp.unfinished == 0
                && tally.apart.count() == 0;
            // Of one replication the mean is over its consignments; over several, over their means.
            if !all || !forks(plan) || plan.audits != 0 {
                continue;
            }
            let parts: Vec<f64> = pool.steps[s][p]
                .iter()
                .map(|step| (step.wait.sum + step.service.sum) as f64 / n as f64 / HOUR)
                .collect();
            let before_release = |i: &usize| plan.release >> i & 1 == 1;
            let part = (0..parts.len())
                .filter(before_release)
                .reduce(|a, b| if parts[b] > parts[a] { b } else { a });
            let (Some(part), Some((_, sum_h))) = (part, queueing::fork_join_bounds(&parts)) else {
                continue;
            };
            let spread = over(rows, |r| r.cells[s][cell].release.mean);
            found.push(ForkJoin {
                site: scenario.sites[s].name.clone(),
                title: scenario.sites[s].title.clone(),
                role: site.cells[cell].role,
                part: plan.steps[part].name.clone(),
                largest_h: parts[part],
                // Over all consignments, as the parts are.
                release_h: Estimate {
                    mean: tally.release.moments.mean().unwrap_or(0.0) / HOUR,
                    ..spread
                },
                sum_h,
            });
        }
    }
    found
}

/// Side by side at all times, and nothing but waiting and service between arrival and release.
fn forks(plan: &Plan) -> bool {
    let documents = plan.steps.iter().filter(|s| s.kind == StepKind::Documents);
    documents.count() > 1
        && plan.troubled == 0
        && plan.held.is_empty()
        && plan.one_stop.is_none()
        && plan.steps.iter().all(|step| step.takes.is_empty())
        && plan.orders.iter().all(|order| {
            order.regime == Regime::Parallel
                && order.handed_over == 0
                && order.joint.iter().all(|group| *group == 0)
        })
}

/// By site: whether trains, data ahead, drivers who leave or a backlog come there.
fn kept_otherwise(network: &Network) -> Vec<bool> {
    let backlog = network.sites.iter().map(|site| !site.backlog.is_empty());
    let mut kept: Vec<bool> = backlog.collect();
    for route in &network.routes {
        let trains = route.stops[0].forms.is_some();
        for stop in &route.stops {
            kept[stop.site.index()] |= trains || stop.expects || stop.impatient;
        }
    }
    kept
}
