//! How a procedure's steps are arranged, and what happens to consignments held on a train.

use super::named::named;

named! {
    /// How the steps of a procedure are arranged (semantics section 5).
    "regime"
    pub enum Regime {
        /// Tandem: the listed order, one declaration per agency.
        Serial = "serial",
        /// Single window: one declaration, all document steps at once, physical steps take turns on the cargo.
        Parallel = "parallel",
        /// One declaration, one inspection, one release: physical steps in one visit, setup paid once.
        Joint = "joint",
        /// The order written in the steps' `after` lists.
        Custom = "custom",
    }
}

named! {
    /// How long a joint visit keeps the officers of an agency.
    "officers_held"
    pub enum OfficersHeld {
        /// Until the longest exam ends.
        Longest = "longest",
        /// Until the agency's own exam ends.
        OwnExam = "own_exam",
    }
}

named! {
    /// What a train does when some of its consignments are not released.
    "on_hold"
    pub enum OnHold {
        /// It waits for all of them.
        Wait = "wait",
        /// It leaves them behind for the next departure with room.
        Detach = "detach",
    }
}
