//! What may interrupt work in hand, and how it goes on.

use super::named::named;

named! {
    /// Whether a job of a higher class interrupts work in hand.
    "preemption"
    pub enum Preemption {
        /// Never.
        None = "none",
        /// It does; the interrupted job keeps what was done, and lasts what remains.
        Resume = "resume",
        /// It does; the interrupted job starts anew, with the same time.
        Restart = "restart",
        /// It does; the interrupted job starts anew, with another time.
        Resample = "resample",
    }
}

named! {
    /// How an interrupted job goes on.
    "interruption"
    pub enum Interruption {
        /// It keeps what was done, and lasts what remains.
        Resume = "resume",
        /// It starts anew, with the same time.
        Restart = "restart",
        /// It starts anew, with another time.
        Resample = "resample",
    }
}

impl Preemption {
    /// How a preempted job goes on; `None` where nothing is preempted.
    pub fn interruption(self) -> Option<Interruption> {
        match self {
            Preemption::None => None,
            Preemption::Resume => Some(Interruption::Resume),
            Preemption::Restart => Some(Interruption::Restart),
            Preemption::Resample => Some(Interruption::Resample),
        }
    }
}

named! {
    /// What happens to work in hand when its shift ends.
    "shift end"
    pub enum ShiftEnd {
        /// It is finished, beyond the shift's end.
        Finish = "finish",
        /// It keeps its server, and goes on when that shift returns.
        Pause = "pause",
        /// It goes back to the head of the queue with the time that remains.
        HandOver = "hand_over",
    }
}

named! {
    /// Which time brings a machine nearer to its next failure.
    "clock"
    pub enum MachineClock {
        /// All time.
        Calendar = "calendar",
        /// Time at work.
        Busy = "busy",
    }
}
