//! Tokens: what is taken, held and given back.

use super::named::named;

named! {
    /// What a token is. Rolling stock and crews are tokens and nothing more: no path of a train is simulated.
    "kind of token"
    pub enum TokenKind {
        /// A permit for a journey through a partner's country.
        Permit = "permit",
        /// A wagon, or a set of wagons.
        Wagon = "wagon",
        /// A chassis for a container on the road.
        Chassis = "chassis",
        /// A locomotive or a crew.
        Crew = "crew",
        /// A transit guarantee.
        Guarantee = "guarantee",
        /// A place in a warehouse or on a ramp.
        Place = "place",
    }
}

impl TokenKind {
    /// Whose the wait for it is.
    pub fn actor(self) -> super::ActorKind {
        use super::ActorKind;
        match self {
            TokenKind::Permit => ActorKind::Authority,
            TokenKind::Wagon | TokenKind::Crew => ActorKind::Railway,
            TokenKind::Chassis => ActorKind::Carrier,
            TokenKind::Guarantee => ActorKind::Trader,
            TokenKind::Place => ActorKind::Terminal,
        }
    }
}
