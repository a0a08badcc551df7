//! What traders and drivers do when it takes too long, as it is written.

use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Flag, Share};
use crate::scenario::quantity::Duration;

document! {
    /// Turning away from a queue on arrival at an exit side.
    "table of balking" BalkingDoc {
        /// A driver turns away where more vehicles than this are at the site for the same procedure.
        above: Count = required,
        /// Share of drivers who do; default 1.
        share: Share,
    }
}

document! {
    /// Taking another route.
    "table of re-routing" ReroutingDoc {
        /// Closures are known at once and reckoned with; default true.
        closures: Flag,
        /// Another route must save at least this; default 6 h (assumed).
        gain: Duration,
        /// Age of the news of queues when it comes; default: no news.
        news: Duration,
        /// How often sites report their queues; default: the age of the news.
        every: Duration,
        /// How often a consignment takes another route, at most 3; default 1.
        at_most: Count,
    }
}
