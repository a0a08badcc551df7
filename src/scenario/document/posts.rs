//! One-stop border posts as they are written.

use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Flag, Text, Word};
use crate::terms::{PostKind, Regime};

document! {
    /// A one-stop border post: the controls of both sides of a border at one stop.
    "post" PostDoc {
        /// Title for tables; default: the name.
        title: Text,
        /// The two border sites, of two countries, with a link between them.
        between: List<Text> = required,
        /// Where the controls are done: `juxtaposed` at the side that is entered, else both directions at one side.
        kind: Word<PostKind> = required,
        /// Which of the two sites does both directions; not of a juxtaposed post.
        at: Text,
        /// Regime over both sides' steps; default: the variant's.
        regime: Word<Regime>,
        /// Joint visits take officers of both countries; default false.
        joint_examination: Flag,
        /// Agencies that serve either country's steps in one queue: pairs of one of the first site and one of the second.
        pool: List<List<Text>>,
    }
}
