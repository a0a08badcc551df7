//! Classes of consignments, for priorities.

use crate::terms::{CommodityId, FlowId};

/// A class of consignments; a batch belongs to it where all its consignments do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityClass {
    /// Of a commodity that perishes.
    Perishable,
    /// Of an authorised economic operator whose status counts at the site.
    Aeo,
    /// Of this commodity.
    Commodity(CommodityId),
    /// Of this flow.
    Flow(FlowId),
}
