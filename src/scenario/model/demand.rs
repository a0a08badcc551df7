//! Services and flows.

use super::{ArrivalPattern, Drivers, Timetable};
use crate::terms::*;
use crate::time::Span;

/// A train or vessel service: forms batches at a flow's origin and breaks them.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Name.
    pub name: String,
    /// Mode.
    pub mode: Mode,
    /// When a batch leaves.
    pub formation: Formation,
    /// What a batch does with held consignments.
    pub on_hold: OnHold,
    /// Site at which batches are broken on arrival; where `None`, at the route's end.
    pub break_at: Option<SiteId>,
}

/// When a batch is complete.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formation {
    /// As soon as it has `size` consignments, or, where stated, this long after its first one came.
    Size {
        /// Consignments of a full batch.
        size: u32,
        /// Longest time from the first consignment to departure, part-empty.
        within: Option<Span>,
    },
    /// At each departure with whatever waits, up to the capacity; none where fewer wait than the least.
    Timetable {
        /// Departures.
        timetable: Timetable,
        /// Fewest consignments with which a departure runs; at least 1.
        least: u32,
    },
}

/// Demand between two sites.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Name; the draws use it.
    pub name: String,
    /// From.
    pub from: SiteId,
    /// To.
    pub to: SiteId,
    /// Consignments a day, on average over the profile, at the start (before growth). Of recorded arrivals the mean
    /// of those until the horizon, of empties the share of the other flow's.
    pub per_day: f64,
    /// Candidates a day: the peak of the rate over all variants of the study, so that ordinals count the same
    /// candidates in each; at least `per_day` times the profile's peak.
    pub envelope_per_day: f64,
    /// How arrivals are spread.
    pub arrivals: Arrivals,
    /// Consignments per arrival.
    pub group: u32,
    /// Relative rate by local hour at `from`, with mean 1, where stated.
    pub hours: Option<[f64; 24]>,
    /// What else varies, and where the consignments come from.
    pub pattern: ArrivalPattern,
    /// Country of the trader, for AEO recognition; by default that of `from`.
    pub trader: Country,
    /// Share of consignments of authorised economic operators.
    pub aeo_share: f64,
    /// Commodity mix: probabilities that add to 1, in the commodities' order.
    pub commodities: Vec<(CommodityId, f64)>,
    /// TEU per consignment.
    pub teu: f64,
    /// Tonnes of cargo per consignment.
    pub tonnes: f64,
    /// Containers per consignment.
    pub containers: u32,
    /// Travels in this service's batches, where stated.
    pub service: Option<ServiceId>,
    /// How routes are chosen.
    pub routes: RouteChoice,
    /// Name of the direction, such as `westbound`, for tables.
    pub direction: Option<String>,
    /// What its traders and drivers do when it takes too long.
    pub drivers: Drivers,
}

/// How arrivals are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Poisson process (thinned where the rate varies).
    Poisson,
    /// Evenly spaced; where the rate varies, by equal expected numbers of arrivals.
    Regular,
}

/// How a flow chooses its routes.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteChoice {
    /// What is least.
    pub by: RouteCost,
    /// How many alternatives share the flow.
    pub alternatives: u32,
    /// Logit scale, per hour, per dollar or per generalised dollar as `by` says.
    pub logit_scale: f64,
    /// Sites that every route passes, in this order.
    pub via: Vec<SiteId>,
    /// Modes that it may use; empty: any.
    pub modes: Vec<Mode>,
}

/// What a route's cost is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RouteCost {
    /// Expected time.
    Time,
    /// Money.
    Money,
    /// Money plus time at this value in US dollars per TEU-hour.
    Generalised(f64),
}
