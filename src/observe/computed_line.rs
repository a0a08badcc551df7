//! Who waits at a station whose ends of service are computed at arrival: how long its queue was at most, from whole jobs
//! in the order in which they join it.

use crate::time::Time;
use crate::world::ComputedJob;

/// Who waits at a station: when each who has joined starts, in that order.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    starts: Vec<Time>,
    /// Those before have started.
    head: usize,
}

impl Line {
    pub fn is_empty(&self) -> bool {
        self.head == self.starts.len()
    }

    pub fn len(&self) -> u32 {
        (self.starts.len() - self.head) as u32
    }

    /// A job joins that waits until `started`; gives how many wait from `joined` on.
    #[inline]
    pub fn join(&mut self, joined: Time, started: Time) -> u32 {
        self.begin(joined);
        self.starts.push(started);
        self.len()
    }

    /// Those who start up to `now` wait no longer.
    #[inline]
    pub fn begin(&mut self, now: Time) {
        while let Some(first) = self.starts.get(self.head)
            && *first <= now
        {
            self.head += 1;
        }
    }

    /// Jobs join; gives the most that have waited, at least `longest`. Only who waits after the last of them is kept.
    pub fn join_all(&mut self, jobs: &[ComputedJob], longest: u32) -> u32 {
        self.starts.drain(..self.head);
        self.head = 0;
        let before = self.starts.len();
        // Those before `head` have started.
        let (mut head, mut longest) = (0, longest as usize);
        // Before so many have joined, no more can wait than ever: nobody until then is looked at.
        loop {
            let last = (head + longest).saturating_sub(before);
            let Some(job) = jobs.get(last) else { break };
            let begun = |start: Time| start <= job.joined;
            // First come, first served: they start in that order.
            if head < before {
                head += self.starts[head..].partition_point(|start| begun(*start));
            }
            if head >= before {
                let joined = &jobs[head - before..=last];
                head += joined.partition_point(|job| begun(job.started));
            }
            longest = longest.max(before + last + 1 - head);
        }
        let last = jobs.last().map_or(Time::ZERO, |job| job.joined);
        let begun = self.starts.partition_point(|start| *start <= last);
        self.starts.drain(..begun);
        let begun = jobs.partition_point(|job| job.started <= last);
        self.starts
            .extend(jobs[begun..].iter().map(|job| job.started));
        longest as u32
    }

    /// Forgets those who have started, where they are most.
    pub fn forget(&mut self) {
        if 2 * self.head > self.starts.len() {
            self.starts.drain(..self.head);
            self.head = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::EntityId;
    use crate::world::Task;
    use proptest::prelude::*;

    proptest! {
        /// Those who have joined and not started are counted at each joining, however many join at a time.
        #[test]
        fn the_longest_line_is_that_of_a_count_at_each_joining(
            between in prop::collection::vec((0u64..6, 0u64..9), 0..120),
            at_a_time in 1usize..40,
            before in 0u32..4,
        ) {
            let (mut joined, mut started) = (0, 0);
            let mut jobs = Vec::new();
            for (after, service) in between {
                joined += after;
                // One server, first come, first served.
                started = joined.max(started);
                jobs.push(ComputedJob {
                    entity: EntityId(0),
                    joined: Time::from_ms(joined),
                    started: Time::from_ms(started),
                    ended: Time::from_ms(started + service),
                    task: Task::new(0, 0, 0, true),
                });
                started += service;
            }
            let waiting = |n: usize| {
                let now = jobs[n].joined;
                jobs[..=n].iter().filter(|job| job.started > now).count() as u32
            };
            let expected = (0..jobs.len()).map(waiting).fold(before, u32::max);
            let (mut line, mut longest) = (Line::default(), before);
            for some in jobs.chunks(at_a_time) {
                longest = line.join_all(some, longest);
            }
            prop_assert_eq!(longest, expected);
            prop_assert_eq!(line.len(), jobs.len().checked_sub(1).map_or(0, waiting));
        }
    }
}
