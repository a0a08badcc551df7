//! Tokens: permits, wagons, chassis, transit guarantees. They are taken, held, and given back, elsewhere and later.

use crate::terms::{FlowId, LinkId, SiteId, TokenKind};
use crate::time::Span;

/// A kind of token, kept by one owner site.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: TokenKind,
    /// The site that keeps the free ones and the queue for them.
    pub owner: SiteId,
    /// How many there are.
    pub supply: Supply,
    /// How long a request, a grant or a return travels between a site and the owner; at least 1 ms.
    pub notice: Span,
    /// Taken before departure over one of these links.
    pub links: Vec<LinkId>,
    /// By consignments of these flows; empty: of all.
    pub flows: Vec<FlowId>,
    /// Where it is given back.
    pub returned: Returned,
}

/// How many tokens there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// This many go round: one that is given back can be taken again after `reissue`.
    Circulating {
        /// How many.
        count: u32,
        /// From its return until it can be taken again (a permit's days to reissue, a wagon's way back).
        reissue: Span,
    },
    /// This many are issued at the start and on every first of January (UTC); each is good for one journey, and
    /// what is left of a year's lapses.
    Quota {
        /// How many.
        per_year: u32,
    },
}

/// Where a token is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// On arrival at the link's end.
    Arrival,
    /// On departure from the link's end.
    Departure,
    /// On departure from this site; at the destination where the route does not pass it.
    DepartureFrom(SiteId),
    /// At the end of the journey.
    Destination,
}
