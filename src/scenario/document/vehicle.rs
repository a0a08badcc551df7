//! Second vehicles as they are written.

use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Flag, Text};
use crate::scenario::quantity::{Duration, Rate};

document! {
    /// Second vehicles: they come to a site to take cargo over.
    "vehicle" VehicleDoc {
        /// Where they come.
        site: Text = required,
        /// How many come: `40/day`.
        arrivals: Rate = required,
        /// Evenly spaced instead of at random (a Poisson process); default false.
        regular: Flag,
        /// When the first of evenly spaced ones comes; default 0 h.
        offset: Duration,
        /// One that has waited this long leaves, empty or not; default: it waits for ever.
        waits_at_most: Duration,
        /// How many consignments or containers (jobs of the step) each takes; default 1.
        capacity: Count,
    }
}
