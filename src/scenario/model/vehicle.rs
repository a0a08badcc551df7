//! Second vehicles: they come to a site by themselves and wait for cargo that is transloaded, as the cargo does for them.

use crate::terms::SiteId;
use crate::time::{MS_PER_DAY, Span};

/// Vehicles that come to a site to take cargo over.
#[derive(Clone, Debug, PartialEq)]
pub struct Vehicle {
    /// Name; the draws use it.
    pub name: String,
    /// Where they come.
    pub site: SiteId,
    /// When they come.
    pub arrivals: VehicleArrivals,
    /// One that has waited this long leaves with what it has, and be it nothing; `None`: it waits for ever.
    pub waits_at_most: Option<Span>,
    /// How many consignments or containers (jobs of the step) each takes.
    pub capacity: u32,
}

/// How vehicles come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VehicleArrivals {
    /// As a Poisson process of this many a day.
    Poisson {
        /// Vehicles a day.
        per_day: f64,
    },
    /// Evenly spaced: vehicle k comes at `round(offset + k * every)`.
    Regular {
        /// Time between two, in milliseconds.
        every_ms: f64,
        /// When the first comes.
        offset: Span,
    },
}

impl VehicleArrivals {
    /// Mean time between two, in milliseconds.
    pub fn every_ms(&self) -> f64 {
        match self {
            VehicleArrivals::Poisson { per_day } => MS_PER_DAY as f64 / per_day,
            VehicleArrivals::Regular { every_ms, .. } => *every_ms,
        }
    }
}
