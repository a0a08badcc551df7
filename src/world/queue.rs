//! A station's queue: jobs in the order of their keys.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::station::Job;

/// Jobs that wait, least key first.
///
/// Under first come, first served a job's place is at the end, or a few before it where several join in one instant:
/// a line. What belongs further ahead (a higher class, a job that comes back) stands in a heap; the first of either is
/// the first.
#[derive(Clone, Debug, Default)]
pub(super) struct JobQueue {
    line: VecDeque<Job>,
    ahead: BinaryHeap<Reverse<Job>>,
}

/// How many places from its end a job may still be put into the line.
const NEAR_THE_END: usize = 8;

impl JobQueue {
    /// Jobs that wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.line.len() + self.ahead.len()
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.line.is_empty() && self.ahead.is_empty()
    }

    /// A job joins.
    #[inline(always)]
    pub fn push(&mut self, job: Job) {
        if self.line.back().is_none_or(|last| *last < job) {
            self.line.push_back(job);
        } else {
            self.push_ahead(job);
        }
    }

    /// A job that is not the last joins.
    fn push_ahead(&mut self, job: Job) {
        let after = self.line.iter().rev().take(NEAR_THE_END);
        let after = after.take_while(|other| job < **other).count();
        if after < NEAR_THE_END {
            self.line.insert(self.line.len() - after, job);
        } else {
            self.ahead.push(Reverse(job));
        }
    }

    /// The first job.
    #[inline]
    pub fn peek(&self) -> Option<&Job> {
        match (self.line.front(), self.ahead.peek()) {
            (Some(first), Some(Reverse(ahead))) => Some(first.min(ahead)),
            (first, ahead) => first.or(ahead.map(|Reverse(job)| job)),
        }
    }

    /// Takes the first job.
    #[inline]
    pub fn pop(&mut self) -> Option<Job> {
        if self.ahead.is_empty() {
            return self.line.pop_front();
        }
        self.pop_of_two()
    }

    /// Takes the first job, where it may go.
    #[inline(always)]
    pub fn pop_if(&mut self, may: bool) -> Option<Job> {
        if may { self.pop() } else { None }
    }

    fn pop_of_two(&mut self) -> Option<Job> {
        let Some(Reverse(ahead)) = self.ahead.peek() else {
            return self.line.pop_front();
        };
        if self.line.front().is_some_and(|first| first < ahead) {
            return self.line.pop_front();
        }
        self.ahead.pop().map(|Reverse(job)| job)
    }

    /// All jobs, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.line
            .iter()
            .chain(self.ahead.iter().map(|Reverse(job)| job))
    }

    /// Keeps only some.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Job) -> bool) {
        self.line.retain(&mut keeps);
        self.ahead.retain(|Reverse(job)| keeps(job));
    }

    /// All jobs, first to last.
    pub fn into_sorted(self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.iter().copied().collect();
        jobs.sort_unstable();
        jobs
    }
}

impl Extend<Job> for JobQueue {
    fn extend<T: IntoIterator<Item = Job>>(&mut self, jobs: T) {
        for job in jobs {
            self.push(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::EntityId;
    use crate::time::Time;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn job(priority: u8, joined: u64, entity: u64) -> Job {
        Job {
            priority,
            joined: Time::from_ms(joined),
            entity: EntityId(entity),
            call: 0,
            step: 0,
            unit: 0,
            visit: 0,
            joint: false,
        }
    }

    proptest! {
        /// Whatever joins when: the job of the least key goes first.
        #[test]
        fn the_first_is_the_one_of_the_least_key(
            acts in prop::collection::vec((0u8..3, 0u64..30, any::<bool>()), 0..120)
        ) {
            let (mut queue, mut expected) = (JobQueue::default(), BTreeSet::new());
            for (n, (class, joined, leaves)) in acts.into_iter().enumerate() {
                if leaves {
                    prop_assert_eq!(queue.peek(), expected.first());
                    prop_assert_eq!(queue.pop(), expected.pop_first());
                } else {
                    // Mostly in order of time, as they come.
                    let one = job(class / 2, n as u64 + joined / 10 * 10, n as u64);
                    queue.push(one);
                    expected.insert(one);
                }
                prop_assert_eq!(queue.len(), expected.len());
                prop_assert_eq!(queue.is_empty(), expected.is_empty());
            }
            prop_assert_eq!(queue.into_sorted(), Vec::from_iter(expected));
        }
    }
}
