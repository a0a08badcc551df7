//! Servers of a station on a known roster, first come, first served: when each job starts.

use super::ComputedJob;
use crate::time::Time;

/// So many servers or fewer are kept in the order in which they come free.
const SORTED: usize = 16;

/// Where fewer than one server of so many is free, a heap costs less than looking through all.
const FEW_FREE: usize = 20;

/// The servers of a station.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    /// With a constant number of servers, when each comes free: in order up to [`SORTED`]; of more, of the first `busy` in no
    /// order, of others before the last start, or of all as a heap, least first, where [`Servers::calm`] says so. On a roster
    /// a heap of the ends of the jobs that may still be in service.
    ends: Vec<Time>,
    busy: usize,
    /// Where `ends` is a heap: how many have started without waiting since somebody waited. `None` while servers are
    /// looked through instead.
    calm: Option<usize>,
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
            busy: 0,
            calm: None,
            roster: roster.into(),
            at: 0,
            from: Time::ZERO,
        }
    }

    fn is_constant(&self) -> bool {
        self.roster.len() <= 1
    }

    /// Starts these jobs, which come in their order of service, after all that were given before. Each holds when it would
    /// start and end if it were alone, and then when it does; [`Time::MAX`] for never. `overtime` is told of servers at
    /// work beyond those on duty: from, to, how many.
    #[inline]
    pub fn serve(&mut self, jobs: &mut [ComputedJob], mut overtime: impl FnMut(Time, Time, u64)) {
        if !self.is_constant() {
            for job in jobs {
                job.wait_until(self.start_on_roster(job.joined, &mut overtime));
                if job.ended < Time::MAX {
                    self.ends.push(job.ended);
                    self.sift_up(self.ends.len() - 1);
                }
            }
            return;
        }
        match &mut self.ends[..] {
            [] => jobs.iter_mut().for_each(|job| job.wait_until(Time::MAX)),
            [only] => {
                let mut free = *only;
                for job in jobs {
                    job.wait_until(free);
                    free = job.ended;
                }
                *only = free;
            }
            [first, second] => {
                let (mut free, mut other) = (*first, *second);
                for job in jobs {
                    job.wait_until(free);
                    (free, other) = (job.ended.min(other), job.ended.max(other));
                }
                (*first, *second) = (free, other);
            }
            ends if ends.len() <= SORTED => {
                for job in jobs {
                    job.wait_until(ends[0]);
                    replace_first(ends, job.ended);
                }
            }
            _ => jobs.iter_mut().for_each(|job| self.serve_by_many(job)),
        }
    }

    /// Starts the next job at one of many servers. While some are free, which they are is not asked; all are looked
    /// through when those known to be free have run out. That costs less than a heap where it finds many, as it does
    /// unless jobs wait.
    #[inline]
    fn serve_by_many(&mut self, job: &mut ComputedJob) {
        if self.calm.is_none() {
            if self.busy == self.ends.len() {
                self.look_through(job.joined);
            }
            if self.calm.is_none() {
                job.wait_until(job.joined);
                self.ends[self.busy] = job.ended;
                self.busy += 1;
                return;
            }
        }
        let free = self.ends[0];
        job.wait_until(free);
        self.ends[0] = job.ended;
        self.sift_down(0);
        let calm = match self.calm {
            Some(calm) if free <= job.joined => calm + 1,
            _ => 0,
        };
        self.calm = (calm < self.ends.len() / 4).then_some(calm);
        // Out of the heap: all may be busy, and are looked through next.
        self.busy = self.ends.len();
    }

    /// Looks through all servers for those that are free at `now`; makes a heap of them where these are few.
    #[cold]
    fn look_through(&mut self, now: Time) {
        let mut busy = 0;
        for n in 0..self.ends.len() {
            let end = self.ends[n];
            // Those that are free need not be kept, but all are wanted for a heap.
            self.ends.swap(busy, n);
            busy += usize::from(end > now);
        }
        self.busy = busy;
        if (self.ends.len() - busy) * FEW_FREE < self.ends.len() {
            self.calm = Some(0);
            for hole in (0..self.ends.len()).rev() {
                self.sift_down(hole);
            }
        }
    }

    fn start_on_roster(
        &mut self,
        joined: Time,
        overtime: &mut impl FnMut(Time, Time, u64),
    ) -> Time {
        let mut at = joined.max(self.from);
        loop {
            if at == Time::MAX {
                break;
            }
            self.come_to(at, overtime);
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

    /// Four children a node: half as many levels as with two, and children beside each other in memory.
    fn sift_down(&mut self, mut hole: usize) {
        let ends = &mut self.ends[..];
        let entry = ends[hole];
        loop {
            let first = 4 * hole + 1;
            let least = match ends.get(first..) {
                // Without branches: which is least, no processor can predict.
                Some(&[a, b, c, d, ..]) => {
                    let (left, of_left) = if b < a { (1, b) } else { (0, a) };
                    let (right, of_right) = if d < c { (3, d) } else { (2, c) };
                    first + if of_right < of_left { right } else { left }
                }
                Some(some @ [_, ..]) => {
                    let least = some.iter().enumerate().min_by_key(|(_, end)| **end);
                    first + least.map_or(0, |(place, _)| place)
                }
                _ => break,
            };
            if ends[least] >= entry {
                break;
            }
            ends[hole] = ends[least];
            hole = least;
        }
        ends[hole] = entry;
    }

    fn sift_up(&mut self, mut hole: usize) {
        let entry = self.ends[hole];
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if self.ends[parent] <= entry {
                break;
            }
            self.ends[hole] = self.ends[parent];
            hole = parent;
        }
        self.ends[hole] = entry;
    }
}

/// Takes the first of these instants, which are in order, out, and puts another where it belongs. Without branches: where
/// that is, no processor can predict.
#[inline]
fn replace_first(ends: &mut [Time], end: Time) {
    let (mut place, mut before) = (0, end);
    while let Some(&next) = ends.get(place + 1) {
        ends[place] = next.min(before);
        before = next.max(end);
        place += 1;
    }
    ends[place] = before;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(t: u64) -> Time {
        Time::from_ms(t)
    }

    /// A job as it would be if it were alone.
    fn job(joined: u64, length: u64) -> ComputedJob {
        ComputedJob {
            entity: crate::terms::EntityId(0),
            joined: ms(joined),
            started: ms(joined),
            ended: ms(joined + length),
            task: crate::world::Task::new(0, 0, 0, true),
        }
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
            at_a_time in 1usize..10,
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
            for some in jobs.chunks(at_a_time) {
                let mut some: Vec<ComputedJob> = some.iter().map(|j| job(j.0, j.1)).collect();
                servers.serve(&mut some, |from, to, n| overtime += (to - from).ms() * n);
                starts.extend(some.iter().map(|job| job.started.ms()));
            }
            servers.pass(ms(UNTIL), |from, to, n| overtime += (to - from).ms() * n);
            prop_assert_eq!(starts, expected);
            prop_assert_eq!(overtime, expected_overtime);
        }

        #[test]
        fn a_constant_number_of_servers_needs_no_roster(
            n in 1u32..24,
            mut jobs in prop::collection::vec((0u64..400, 1u64..60), 1..240),
            at_a_time in 1usize..10,
        ) {
            jobs.sort_by_key(|job| job.0);
            let (expected, _) = tick_by_tick(&[(Time::ZERO, n)], &jobs, 16_000);
            let mut servers = Servers::new(&[(Time::ZERO, n)]);
            let mut starts = Vec::new();
            for some in jobs.chunks(at_a_time) {
                let mut some: Vec<ComputedJob> = some.iter().map(|j| job(j.0, j.1)).collect();
                servers.serve(&mut some, |_, _, _| {});
                prop_assert!(some.iter().zip(&jobs[starts.len()..]).all(|(a, b)| (a.ended - a.started).ms() == b.1));
                starts.extend(some.iter().map(|job| job.started.ms()));
            }
            prop_assert_eq!(starts, expected);
        }
    }

    #[test]
    fn a_station_where_nobody_ever_comes_on_duty_serves_nobody() {
        let served = |servers: &mut Servers, joined, length| {
            let mut jobs = [job(joined, length)];
            servers.serve(&mut jobs, |_, _, _| {});
            (jobs[0].started, jobs[0].ended)
        };
        let mut never = Servers::new(&[(Time::ZERO, 0)]);
        assert_eq!(served(&mut never, 5, 1), (Time::MAX, Time::MAX));
        let mut gone = Servers::new(&[(Time::ZERO, 1), (ms(10), 0)]);
        assert_eq!(served(&mut gone, 3, 9), (ms(3), ms(12)));
        assert_eq!(served(&mut gone, 4, 1), (Time::MAX, Time::MAX));
    }
}
