//! What traders and drivers do when it takes too long: turn away from a queue, take another route, give up.

use crate::random::LawSpec;
use crate::time::Span;

/// What the traders and drivers of a flow do when it takes too long. By default they wait.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drivers {
    /// From entering the corridor until the trader cancels, in milliseconds.
    pub gives_up_after: Option<LawSpec>,
    /// The queue from which a driver turns away on arrival.
    pub balks: Option<Balking>,
    /// When another route is taken.
    pub reroutes: Option<Rerouting>,
}

/// Turning away from a queue on arrival at an exit side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balking {
    /// A driver turns away where more vehicles than this are at the site for the same procedure.
    pub above: u32,
    /// Share of drivers who do.
    pub share: f64,
}

/// Taking another route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rerouting {
    /// Closures are known at once and reckoned with.
    pub closures: bool,
    /// Another route must save at least this.
    pub gain: Span,
    /// Age of the news of queues when it comes; `None`: no news.
    pub news: Option<Span>,
    /// How often sites report their queues.
    pub every: Span,
    /// How often a consignment takes another route, at most.
    pub at_most: u8,
}
