//! Second vehicles: from the tallies of a run to estimates over replications.

use serde::{Deserialize, Serialize};

use super::replication::Row;
use super::results::VehicleResult;
use super::summarise::{measured, over};
use crate::network::Network;
use crate::observe::VehicleTally;
use crate::scenario::Scenario;
use crate::time::{MS_PER_DAY, MS_PER_HOUR};

/// The numbers of one fleet in one replication.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct VehicleRow {
    left: f64,
    wait: f64,
    waiting: f64,
    empty: f64,
    part_empty: f64,
}

/// A tally as numbers; NaN where nothing was observed.
pub(super) fn row(tally: &VehicleTally, window_ms: f64) -> VehicleRow {
    VehicleRow {
        left: tally.wait.n as f64 / (window_ms / MS_PER_DAY as f64),
        wait: tally
            .wait
            .mean()
            .map_or(f64::NAN, |ms| ms / MS_PER_HOUR as f64),
        waiting: tally.waiting as f64 / window_ms,
        empty: tally.empty as f64,
        part_empty: tally.part_empty as f64,
    }
}

/// What was found of every fleet.
pub(super) fn results(scenario: &Scenario, network: &Network, rows: &[Row]) -> Vec<VehicleResult> {
    let mut found = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        for (f, fleet) in node.fleets.iter().enumerate() {
            let of = |value: &dyn Fn(&VehicleRow) -> f64| over(rows, |r| value(&r.vehicles[s][f]));
            let waits: Vec<f64> = rows.iter().map(|r| r.vehicles[s][f].wait).collect();
            found.push(VehicleResult {
                site: scenario.sites[s].name.clone(),
                title: scenario.sites[s].title.clone(),
                vehicle: fleet.name.clone(),
                left_per_day: of(&|v| v.left),
                wait_h: measured(&waits, None),
                mean_waiting: of(&|v| v.waiting),
                left_empty: of(&|v| v.empty),
                left_part_empty: of(&|v| v.part_empty),
            });
        }
    }
    found
}
