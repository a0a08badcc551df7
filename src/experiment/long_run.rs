//! One long run: where there is a single replication, the interval of each side's mean hours from batches of its
//! consignments.

use serde::{Deserialize, Serialize};

use super::RunError;
use super::results::{Measured, SideResult};
use crate::engine;
use crate::network::Network;
use crate::stats::{BATCHES, CONFIDENCE, batch_means};
use crate::time::{MS_PER_HOUR, Span, Time};
use crate::world::{Corridor, Draws, Observer, VisitEnd};

/// The batch means of one side's hours (BCP time), in the order of departure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LongRunSide {
    /// Site name.
    pub site: String,
    /// Site title and role, mode.
    pub side: String,
    /// Measured consignments that departed.
    pub n: u64,
    /// Consignments in each of 30 batches; what is left over at the beginning is not used.
    pub batch: u64,
    /// Mean hours over the batches.
    pub mean_h: f64,
    /// Half of the 95 % interval of that mean, Student's t over the batches.
    pub half_width_h: f64,
    /// The autocorrelation of neighbouring batches.
    pub lag1: f64,
    /// The probability of neighbours at least so alike, were batches independent (von Neumann's ratio).
    pub p_value: f64,
}

/// What measured consignments stayed, by cell: when they departed, and how long.
#[derive(Default)]
struct Stays(Vec<Vec<(Time, Span)>>);

impl Observer for Stays {
    fn visit_end(&mut self, end: &VisitEnd<'_>) {
        let Some(cell) = end.cell.filter(|_| !end.apart) else {
            return;
        };
        let cell = usize::from(cell);
        if self.0.len() <= cell {
            self.0.resize_with(cell + 1, Vec::new);
        }
        let stay = (end.departed, end.departed - end.arrived);
        self.0[cell].extend((0..end.measured).map(|_| stay));
    }
}

/// Runs replication 0 again and gives the batch means of those of its sides whose mean is known; `sides` are all of
/// the network's, site by site and cell by cell.
///
/// # Errors
/// A broken promise of the engine.
pub(super) fn sides(
    network: &Network,
    seed: u64,
    sides: &[SideResult],
) -> Result<Vec<LongRunSide>, RunError> {
    let draws = Draws::new(network, seed, 0);
    let world: Corridor<'_, Stays> = Corridor::new(network, &draws);
    let mut processes = world.processes(|_| Stays::default());
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    let mut listed = sides.iter();
    let mut found = Vec::new();
    for (process, node) in processes.iter_mut().zip(&network.sites) {
        let mut by_cell = std::mem::take(&mut process.state.observer.0);
        by_cell.resize_with(node.cells.len(), Vec::new);
        for (stays, side) in by_cell.iter_mut().zip(&mut listed) {
            stays.sort_unstable();
            let hours: Vec<f64> = stays
                .iter()
                .map(|(_, stay)| stay.ms() as f64 / MS_PER_HOUR as f64)
                .collect();
            let known = matches!(side.bcp.mean_h, Measured::Estimate(_));
            let Some(means) = batch_means(&hours, BATCHES, CONFIDENCE).filter(|_| known) else {
                continue;
            };
            found.push(LongRunSide {
                site: side.site.clone(),
                side: format!("{}, {}, {}", side.title, side.role, side.mode),
                n: hours.len() as u64,
                batch: means.batch as u64,
                mean_h: means.interval.centre,
                half_width_h: means.interval.half_width(),
                lag1: means.lag1,
                p_value: means.p_value,
            });
        }
    }
    Ok(found)
}
