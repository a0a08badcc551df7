//! How a consignment's journey ends, where not at its destination.

use super::named::named;

named! {
    /// How a journey ends that does not end at its destination.
    "outcome"
    pub enum Outcome {
        /// The trader cancels it: it took longer than they wait.
        Cancelled = "cancelled",
        /// The goods have perished.
        Perished = "perished",
        /// The driver turned away from a queue and no other way leads on.
        TurnedAway = "turned_away",
    }
}
