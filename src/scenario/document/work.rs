//! Machines that fail, as they are written.

use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::Word;
use crate::terms::{Interruption, MachineClock};

document! {
    /// Machines that fail and are repaired: scanners, cranes.
    "machine table" MachinesDoc {
        /// Time between failures: from repair, or the start, to the next failure.
        mtbf: Law = required,
        /// Time to repair.
        mttr: Law = required,
        /// Whether all time counts towards the next failure, or time at work alone; default calendar.
        clock: Word<MachineClock>,
        /// How the interrupted job goes on; default resume.
        on_failure: Word<Interruption>,
    }
}
