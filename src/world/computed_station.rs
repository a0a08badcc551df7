//! Servers of a station on a known roster, first come, first served: when each job starts.

use std::cmp::Ordering;

use crate::time::Time;

/// The servers of a station.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    /// A heap, least first: with a constant number of servers, when each comes free; else the ends of the jobs that may still be
    /// in service.
    ends: Vec<Time>,
    /// Servers on duty from each instant.
    roster: Box<[(Time, u32)]>,
    /// The entry of the roster in force at the last start.
    at: usize,
    /// The last start.
    from: Time,
}

impl Servers {
    pub fn new(roster: &[(Time, u32)]) -> Self {
        let constant = match roster {
            [(_, n)] => *n as usize,
            _ => 0,
        };
        Servers {
            ends: vec![Time::ZERO; constant],
            roster: roster.into(),
            at: 0,
            from: Time::ZERO,
        }
    }

    fn is_constant(&self) -> bool {
        self.roster.len() <= 1
    }

    /// When a job starts that joins the queue at `joined`, after all those that were given before; [`Time::MAX`] where
    /// it never does. [`Servers::take`] follows. `overtime` is told of servers at work beyond those on duty: from, to, how many.
    #[inline]
    pub fn start(&mut self, joined: Time, overtime: impl FnMut(Time, Time, u64)) -> Time {
        if self.is_constant() {
            return match self.ends.first() {
                Some(free) => joined.max(*free),
                None => Time::MAX,
            };
        }
        self.start_on_roster(joined, overtime)
    }

    fn start_on_roster(&mut self, joined: Time, mut overtime: impl FnMut(Time, Time, u64)) -> Time {
        let mut at = joined.max(self.from);
        loop {
            if at == Time::MAX {
                break;
            }
            self.come_to(at, &mut overtime);
            if self.ends.len() < self.roster[self.at].1 as usize {
                break;
            }
            let change = self
                .roster
                .get(self.at + 1)
                .map_or(Time::MAX, |next| next.0);
            let end = self.ends.first().copied().unwrap_or(Time::MAX);
            // Beyond its number on duty an end frees nobody; only the loop knows.
            at = change.min(end);
        }
        self.from = at;
        at
    }

    /// A job that starts as [`Servers::start`] said ends at `ended`.
    #[inline]
    pub fn take(&mut self, ended: Time) {
        if self.is_constant() {
            match &mut self.ends[..] {
                [] => {}
                [only] => *only = ended,
                [first, second] => {
                    let other = *second;
                    (*first, *second) = (ended.min(other), ended.max(other));
                }
                _ => {
                    self.ends[0] = ended;
                    self.sift_down(0);
                }
            }
        } else if ended < Time::MAX {
            self.ends.push(ended);
            self.sift_up(self.ends.len() - 1);
        }
    }

    /// All changes of the roster before `end` have passed.
    pub fn pass(&mut self, end: Time, mut overtime: impl FnMut(Time, Time, u64)) {
        if self.is_constant() {
            return;
        }
        while let Some(&(change, _)) = self.roster.get(self.at + 1)
            && change < end
        {
            self.come_to(change, &mut overtime);
        }
    }

    /// The roster and the ends as they stand at `at`.
    fn come_to(&mut self, at: Time, overtime: &mut impl FnMut(Time, Time, u64)) {
        while let Some(&(change, on_duty)) = self.roster.get(self.at + 1)
            && change <= at
        {
            self.drop_until(change);
            self.at += 1;
            let beyond = self.ends.len().saturating_sub(on_duty as usize);
            if beyond > 0 {
                let next = self
                    .roster
                    .get(self.at + 1)
                    .map_or(Time::MAX, |next| next.0);
                let mut ends = self.ends.clone();
                ends.sort_unstable();
                for end in &ends[..beyond] {
                    overtime(change, (*end).min(next), 1);
                }
            }
        }
        self.drop_until(at);
    }

    fn drop_until(&mut self, at: Time) {
        while let Some(end) = self.ends.first()
            && *end <= at
        {
            self.ends.swap_remove(0);
            if !self.ends.is_empty() {
                self.sift_down(0);
            }
        }
    }

    fn sift_down(&mut self, mut hole: usize) {
        let entry = self.ends[hole];
        loop {
            let mut child = 2 * hole + 1;
            if child >= self.ends.len() {
                break;
            }
            if child + 1 < self.ends.len() && self.ends[child + 1] < self.ends[child] {
                child += 1;
            }
            if self.ends[child] >= entry {
                break;
            }
            self.ends[hole] = self.ends[child];
            hole = child;
        }
        self.ends[hole] = entry;
    }

    fn sift_up(&mut self, mut hole: usize) {
        let entry = self.ends[hole];
        while hole > 0 {
            let parent = (hole - 1) / 2;
            if self.ends[parent] <= entry {
                break;
            }
            self.ends[hole] = self.ends[parent];
            hole = parent;
        }
        self.ends[hole] = entry;
    }
}

/// Sorts what comes nearly in order: insertion moves each past few others; where that would not do, the library's sort.
pub(super) fn sort<T: Copy>(all: &mut [T], before: impl Fn(&T, &T) -> bool) {
    let mut moves = 16 + 8 * all.len();
    for n in 1..all.len() {
        let one = all[n];
        if !before(&one, &all[n - 1]) {
            continue;
        }
        let mut hole = n;
        while hole > 0 && before(&one, &all[hole - 1]) {
            all[hole] = all[hole - 1];
            hole -= 1;
        }
        all[hole] = one;
        match moves.checked_sub(n - hole) {
            Some(left) => moves = left,
            None => {
                all.sort_unstable_by(|a, b| match (before(a, b), before(b, a)) {
                    (true, _) => Ordering::Less,
                    (_, true) => Ordering::Greater,
                    _ => Ordering::Equal,
                });
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(t: u64) -> Time {
        Time::from_ms(t)
    }

    /// What a station does tick by tick: who ends leaves, the roster changes, who waits starts while a server is free.
    fn tick_by_tick(roster: &[(Time, u32)], jobs: &[(u64, u64)], until: u64) -> (Vec<u64>, u64) {
        let (mut starts, mut ends, mut overtime) = (Vec::new(), Vec::<u64>::new(), 0);
        for now in 0..until {
            ends.retain(|end| *end > now);
            let in_force = roster.iter().rev().find(|(from, _)| from.ms() <= now);
            let on_duty = in_force.map_or(0, |(_, n)| *n as usize);
            while starts.len() < jobs.len() && jobs[starts.len()].0 <= now && ends.len() < on_duty {
                ends.push(now + jobs[starts.len()].1);
                starts.push(now);
            }
            overtime += ends.len().saturating_sub(on_duty) as u64;
        }
        (starts, overtime)
    }

    proptest! {
        #[test]
        fn starts_and_overtime_are_those_of_a_station_followed_tick_by_tick(
            changes in prop::collection::vec((1u64..40, 0u32..4), 0..6),
            first in 0u32..4,
            mut jobs in prop::collection::vec((0u64..120, 1u64..30), 1..40),
        ) {
            const UNTIL: u64 = 3_000;
            let mut roster = vec![(Time::ZERO, first)];
            for (after, n) in changes {
                roster.push((ms(roster[roster.len() - 1].0.ms() + after), n));
            }
            // Somebody is there in the end.
            roster.push((ms(400), 2));
            jobs.sort_by_key(|job| job.0);
            let (expected, expected_overtime) = tick_by_tick(&roster, &jobs, UNTIL);
            let mut servers = Servers::new(&roster);
            let (mut starts, mut overtime) = (Vec::new(), 0);
            for &(joined, length) in &jobs {
                let told = |from: Time, to: Time, n: u64| overtime += (to - from).ms() * n;
                let at = servers.start(ms(joined), told);
                servers.take(ms(at.ms() + length));
                starts.push(at.ms());
            }
            servers.pass(ms(UNTIL), |from, to, n| overtime += (to - from).ms() * n);
            prop_assert_eq!(starts, expected);
            prop_assert_eq!(overtime, expected_overtime);
        }

        #[test]
        fn a_constant_number_of_servers_needs_no_roster(
            n in 1u32..6,
            mut jobs in prop::collection::vec((0u64..120, 1u64..30), 1..40),
        ) {
            jobs.sort_by_key(|job| job.0);
            let (expected, _) = tick_by_tick(&[(Time::ZERO, n)], &jobs, 3_000);
            let mut servers = Servers::new(&[(Time::ZERO, n)]);
            let starts: Vec<u64> = jobs
                .iter()
                .map(|&(joined, length)| {
                    let at = servers.start(ms(joined), |_, _, _| {});
                    servers.take(ms(at.ms() + length));
                    at.ms()
                })
                .collect();
            prop_assert_eq!(starts, expected);
        }
    }

    #[test]
    fn a_station_where_nobody_ever_comes_on_duty_serves_nobody() {
        let mut never = Servers::new(&[(Time::ZERO, 0)]);
        assert_eq!(never.start(ms(5), |_, _, _| {}), Time::MAX);
        let mut gone = Servers::new(&[(Time::ZERO, 1), (ms(10), 0)]);
        assert_eq!(gone.start(ms(3), |_, _, _| {}), ms(3));
        gone.take(ms(12));
        assert_eq!(gone.start(ms(4), |_, _, _| {}), Time::MAX);
    }
}
