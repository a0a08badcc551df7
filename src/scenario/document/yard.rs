//! A finite yard as it is written.

use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Word};
use crate::scenario::quantity::Duration;
use crate::terms::Role;

document! {
    /// The places of a site; without one its places are endless.
    "yard" YardDoc {
        /// How many vehicles (consignments that travel alone, or trains) it holds.
        places: Count = required,
        /// Roles of the visits that take a place; default: entry, exit and transit.
        roles: List<Word<Role>>,
        /// As soon as this many wait outside the gate, a notice stops departures towards the site; default: never.
        gate_places: Count,
        /// How long a request, a grant or a notice travels between sites; default 10 s.
        notice: Duration,
    }
}
