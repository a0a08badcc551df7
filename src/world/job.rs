//! The life of a job that may be interrupted: one state machine, whatever interrupts it.
//!
//! ```text
//! Queued -> InService -> Done
//!             |    ^
//!             v    |  start
//!      Paused, Interrupted
//! ```
//! A paused job keeps its server; an interrupted one has gone back to the queue. What was done is kept (`resume`),
//! done again in the same time (`restart`), or done again in another (`resample`).

use crate::terms::Interruption;
use crate::time::{Span, Time};

/// Which job of a site: a step of a visit makes one a unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct JobId {
    pub visit: u32,
    pub step: u8,
    pub unit: u16,
}

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum JobState {
    /// Not yet started.
    Queued,
    /// At work since an instant, and done at another if nothing interrupts it.
    InService { since: Time, until: Time },
    /// Its server is off duty with it.
    Paused,
    /// Back in the queue.
    Interrupted,
    /// Done.
    Done,
}

/// How far a job has come.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    state: JobState,
    /// The time that the present attempt takes in all; `None`: still to be drawn.
    drawn: Option<Span>,
    /// What of it remains.
    remaining: Span,
    /// Times drawn anew: the attempt of the draws.
    resamples: u16,
    /// Starts so far: part of the key of the event at its end, of which only the last counts.
    starts: u16,
    first_start: Time,
    stopped: Time,
    served: Span,
    gaps: Vec<(Time, Time)>,
}

impl Progress {
    /// A job that has not started.
    pub fn new() -> Self {
        Progress {
            state: JobState::Queued,
            drawn: None,
            remaining: Span::ZERO,
            resamples: 0,
            starts: 0,
            first_start: Time::MAX,
            stopped: Time::MAX,
            served: Span::ZERO,
            gaps: Vec::new(),
        }
    }

    /// The attempt whose time must be drawn before the next start, if any.
    pub fn to_draw(&self) -> Option<u16> {
        self.drawn.is_none().then_some(self.resamples)
    }

    /// The time of the attempt that is to be drawn.
    pub fn draw(&mut self, length: Span) {
        debug_assert!(self.drawn.is_none(), "an attempt has one time");
        self.drawn = Some(length);
        self.remaining = length;
    }

    /// It starts, or goes on; gives the instant at which it will be done.
    pub fn start(&mut self, now: Time) -> Time {
        debug_assert!(
            self.drawn.is_some()
                && matches!(
                    self.state,
                    JobState::Queued | JobState::Paused | JobState::Interrupted
                ),
            "only a job that is not at work starts, and its time is drawn"
        );
        if self.state == JobState::Queued {
            self.first_start = now;
        } else if self.stopped < now {
            self.gaps.push((self.stopped, now));
        }
        let until = now + self.remaining;
        self.state = JobState::InService { since: now, until };
        self.starts = self.starts.wrapping_add(1);
        until
    }

    /// Its work stops before it is done.
    fn stop(&mut self, now: Time) {
        let JobState::InService { since, until } = self.state else {
            debug_assert!(false, "only work in hand is interrupted");
            return;
        };
        debug_assert!(now < until, "a job that is done in this instant is done");
        self.served += now - since;
        self.remaining = until - now;
        self.stopped = now;
    }

    /// Its server goes off duty, and keeps it.
    pub fn pause(&mut self, now: Time) {
        self.stop(now);
        self.state = JobState::Paused;
    }

    /// It goes back to the queue, from work or from a pause.
    pub fn interrupt(&mut self, now: Time, how: Interruption) {
        if self.state != JobState::Paused {
            self.stop(now);
        }
        match how {
            Interruption::Resume => {}
            Interruption::Restart => self.remaining = self.drawn.unwrap_or(self.remaining),
            Interruption::Resample => {
                self.drawn = None;
                self.resamples += 1;
            }
        }
        self.state = JobState::Interrupted;
    }

    /// An event says that it is done now; false where the work that the event was about has been interrupted.
    pub fn end(&mut self, now: Time) -> bool {
        let JobState::InService { since, until } = self.state else {
            return false;
        };
        if until != now {
            return false;
        }
        self.served += now - since;
        self.remaining = Span::ZERO;
        self.state = JobState::Done;
        true
    }

    /// Where it stands.
    pub fn state(&self) -> JobState {
        self.state
    }

    /// When its present service began, where it is at work.
    pub fn since(&self) -> Option<Time> {
        match self.state {
            JobState::InService { since, .. } => Some(since),
            _ => None,
        }
    }

    /// What remains when it starts next.
    pub fn remaining(&self) -> Span {
        self.remaining
    }

    /// Starts so far.
    pub fn starts(&self) -> u16 {
        self.starts
    }

    /// When it first started.
    pub fn first_start(&self) -> Time {
        self.first_start
    }

    /// How long it has been served in all, work that was lost included.
    pub fn served(&self) -> Span {
        self.served
    }

    /// When it was neither at work nor, before its first start, waiting: from each interruption to the next start.
    pub fn into_gaps(self) -> Vec<(Time, Time)> {
        self.gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Time {
        Time::from_ms(ms)
    }

    proptest! {
        /// Whatever stops it and for how long: under resume and pause the served spans add up to the time drawn, and
        /// first start to end is served spans and gaps.
        #[test]
        fn served_spans_add_up_to_the_time_drawn(
            drawn in 1u64..10_000,
            stops in prop::collection::vec((1u64..3_000, 0u64..500, any::<bool>()), 0..20),
        ) {
            let mut job = Progress::new();
            prop_assert_eq!(job.to_draw(), Some(0));
            job.draw(Span::from_ms(drawn));
            let mut now = at(17);
            let mut until = job.start(now);
            for (work, rest, pauses) in stops {
                let stop = now + Span::from_ms(work);
                // An event of earlier work is not this one's end.
                if stop >= until {
                    break;
                }
                if pauses {
                    job.pause(stop);
                } else {
                    job.interrupt(stop, Interruption::Resume);
                }
                prop_assert!(!job.end(until), "what was interrupted is not done");
                now = stop + Span::from_ms(rest);
                until = job.start(now);
            }
            prop_assert!(job.end(until));
            prop_assert!(!job.end(until), "nothing is done twice");
            prop_assert_eq!(job.served(), Span::from_ms(drawn));
            prop_assert_eq!(job.state(), JobState::Done);
            let (first, served) = (job.first_start(), job.served().ms());
            let gaps: u64 = job.into_gaps().iter().map(|(a, b)| (*b - *a).ms()).sum();
            prop_assert_eq!((until - first).ms(), served + gaps);
        }
    }

    #[test]
    fn a_restart_takes_the_same_time_and_a_resample_another() {
        let mut job = Progress::new();
        job.draw(Span::from_ms(10));
        assert_eq!(job.start(at(0)), at(10));
        job.interrupt(at(4), Interruption::Restart);
        assert_eq!(job.to_draw(), None);
        assert_eq!(job.start(at(5)), at(15));
        job.interrupt(at(6), Interruption::Resample);
        assert_eq!(job.to_draw(), Some(1));
        job.draw(Span::from_ms(3));
        assert_eq!(job.start(at(6)), at(9));
        assert!(!job.end(at(15)));
        assert!(job.end(at(9)));
        assert_eq!(job.served(), Span::from_ms(4 + 1 + 3));
        assert_eq!(job.into_gaps(), [(at(4), at(5))]);
    }
}
