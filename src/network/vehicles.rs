//! Second vehicles compiled: when they come to a site, how long they wait, how much each takes.

use super::compile::Compiler;
use super::*;
use crate::random::LawSpec;
use crate::scenario::VehicleArrivals;

/// A fleet's position in its site's list.
pub type FleetIndex = u16;

/// The second vehicles that come to one desk of a site.
#[derive(Clone, Debug)]
pub struct FleetNode {
    /// The vehicle's name, for draws and people.
    pub name: String,
    /// The station whose jobs wait for them.
    pub station: StationIndex,
    /// When they come.
    pub arrivals: FleetArrivals,
    /// One that has waited this long leaves.
    pub waits_at_most: Option<Span>,
    /// Jobs that each takes.
    pub capacity: u32,
    /// Mean time between two, milliseconds.
    pub every_ms: f64,
}

/// When second vehicles come.
#[derive(Clone, Debug)]
pub enum FleetArrivals {
    /// Law of the time between two.
    Random(Law),
    /// Evenly spaced.
    Regular(Slots),
}

impl Compiler<'_> {
    /// The fleet that serves at `station`.
    pub(super) fn fleet(&mut self, id: VehicleId, station: usize) -> FleetNode {
        let vehicle = &self.scenario.vehicles[id.index()];
        let every_ms = vehicle.arrivals.every_ms();
        FleetNode {
            name: vehicle.name.clone(),
            station: station as StationIndex,
            arrivals: match vehicle.arrivals {
                VehicleArrivals::Poisson { .. } => FleetArrivals::Random(
                    self.laws.compile(&LawSpec::Exponential { mean: every_ms }),
                ),
                VehicleArrivals::Regular { offset, .. } => FleetArrivals::Regular(Slots {
                    every_ms,
                    offset,
                    capacity: 1,
                }),
            },
            waits_at_most: vehicle.waits_at_most,
            capacity: vehicle.capacity,
            every_ms,
        }
    }
}
