//! Finite yards: places inside a site, and what happens to those who find none.

use super::Scenario;
use crate::terms::Role;
use crate::time::Span;

/// The places of a site. A vehicle (a consignment that travels alone, or a train) takes one while it is inside.
///
/// Between the two sides of a border a place is reserved before departure; from any other link vehicles come
/// freely and wait outside the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Yard {
    /// How many.
    pub places: u32,
    /// Roles of the visits that take one.
    pub roles: Vec<Role>,
    /// Where stated: as soon as this many wait outside, a notice stops departures towards the site.
    pub gate_places: Option<u32>,
    /// How long a request, a grant or a notice travels between sites; at least 1 ms.
    pub notice: Span,
}

impl Scenario {
    /// True where it has neither yards nor tokens: nothing is taken and held.
    pub fn holds_nothing(&self) -> bool {
        self.tokens.is_empty() && self.sites.iter().all(|site| site.yard.is_none())
    }
}
