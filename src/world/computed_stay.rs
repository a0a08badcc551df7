//! What follows from the ends of a visit's steps, where they are computed at arrival: its release, its hours, its fees.

use super::HourTable;
use super::computed::Drawn;
use crate::network::{Course, Plan, Way};
use crate::time::Time;

/// When a step of a visit starts and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    pub started: Time,
    pub ended: Time,
}

/// A visit all of whose steps' ends are known.
pub(super) struct Stay<'a> {
    pub way: &'a Way,
    pub course: Course,
    /// By step.
    pub served: &'a [Served],
    /// Steps that took place.
    pub applies: u64,
    pub arrived: Time,
    pub departed: Time,
}

impl Stay<'_> {
    /// When the last of `steps` ends that took place; the arrival where none did.
    #[inline]
    pub fn end_of(&self, steps: u64) -> Time {
        let steps = steps & self.applies;
        if steps == self.applies {
            return self.departed;
        }
        end_of(self.served, steps, self.arrived)
    }

    /// Where the hours went: back along the critical path from departure to arrival, as `attribution` does. `drawn`
    /// holds the steps of its plan.
    #[inline]
    pub fn attribute(&self, drawn: &[Drawn], hours: &mut HourTable) {
        if self.way.chain {
            let mut at = self.arrived;
            let mut left = self.applies;
            while left != 0 {
                let s = left.trailing_zeros() as usize;
                left &= left - 1;
                self.hours_of(s, &drawn[s], at, hours);
                at = self.served[s].ended;
            }
            return;
        }
        let mut at = self.departed;
        while let Some(s) = self.last_to_end(at) {
            at = match self.course {
                Course::Fan => self.arrived,
                _ => end_of(self.served, self.way.before[s] & self.applies, self.arrived),
            };
            self.hours_of(s, &drawn[s], at, hours);
            if at == self.arrived {
                return;
            }
        }
    }

    /// Adds the hours of step `s`, which could begin at `since`.
    #[inline(always)]
    fn hours_of(&self, s: usize, step: &Drawn, since: Time, hours: &mut HourTable) {
        let served = &self.served[s];
        let mut joined = since;
        if self.way.handed_over >> s & 1 == 1 {
            joined += step.hand_over;
            hours.add_to(step.handing, step.hand_over);
        }
        hours.add_to(step.waiting, served.started - joined);
        hours.add_to(step.serving, served.ended - served.started);
    }

    /// The step that ends at `at`. Of steps that end together the last listed one is the trigger: their ends are handled
    /// in that order.
    #[inline]
    fn last_to_end(&self, at: Time) -> Option<usize> {
        let mut steps = self.applies;
        while steps != 0 {
            let s = 63 - steps.leading_zeros() as usize;
            if self.served[s].ended == at {
                return Some(s);
            }
            steps &= !(1 << s);
        }
        None
    }

    /// The fees, where steps have some.
    pub fn fees(&self, plan: &Plan) -> f64 {
        let joined = |s: usize| {
            let at = end_of(self.served, self.way.before[s] & self.applies, self.arrived);
            if self.way.handed_over >> s & 1 == 1 {
                at + plan.steps[s].hand_over
            } else {
                at
            }
        };
        let mut steps: Vec<usize> = (0..plan.steps.len())
            .filter(|s| self.applies >> s & 1 == 1)
            .collect();
        // In the order of joining: so does the event-driven kernel add them, and a sum of fractions depends on it.
        steps.sort_by_key(|s| (joined(*s), *s));
        let of_steps = steps.iter().map(|s| plan.steps[*s].fee);
        of_steps.fold(plan.fee, |sum, fee| sum + fee)
    }
}

/// When the last of `steps` ends; the arrival where there is none.
#[inline]
pub(super) fn end_of(served: &[Served], steps: u64, arrived: Time) -> Time {
    let (mut at, mut steps) = (arrived, steps);
    while steps != 0 {
        at = at.max(served[steps.trailing_zeros() as usize].ended);
        steps &= steps - 1;
    }
    at
}
