//! What the observer of a site learns of jobs whose ends are computed at arrival: whole jobs in the order in which they
//! join each station, not levels in order of time. The sums are those of the event-driven kernel.

use std::collections::VecDeque;

use super::SiteObserver;
use super::site::{StationTally, Window};
use crate::time::Time;
use crate::world::{ComputedJob, Observer};

/// Who waits at a station: when each who has joined starts, in that order.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    starts: VecDeque<Time>,
}

impl Line {
    /// A job joins that waits until `started`; gives how many wait from `joined` on.
    #[inline]
    fn join(&mut self, joined: Time, started: Time) -> u32 {
        self.begin(joined);
        self.starts.push_back(started);
        self.starts.len() as u32
    }

    /// Those who start up to `now` wait no longer.
    #[inline]
    fn begin(&mut self, now: Time) {
        while let Some(first) = self.starts.front()
            && *first <= now
        {
            self.starts.pop_front();
        }
    }
}

impl StationTally {
    /// A job waits from `joined` to `started`.
    #[inline]
    fn waits(&mut self, window: &Window, line: &mut Line, joined: Time, started: Time) {
        self.waiting += u128::from(window.left(joined) - window.left(started));
        if !line.starts.is_empty() && self.since < window.from && joined >= window.from {
            // Those who waited as the window began, whether another comes or not.
            line.begin(window.from);
            if joined > window.from {
                self.longest = self.longest.max(line.starts.len() as u32);
            }
        }
        self.since = joined;
        let length = line.join(joined, started);
        if window.from <= joined && joined < window.to {
            self.longest = self.longest.max(length);
        }
    }
}

impl SiteObserver {
    #[inline]
    pub(super) fn note_computed_job(&mut self, job: &ComputedJob) {
        if let Some(end) = job.tell(|fact| self.fact(fact)) {
            self.job(&end);
        }
        let Some(station) = job.station else { return };
        let tally = &mut self.stations[station as usize];
        let window = &self.window;
        tally.busy += u128::from(window.left(job.started) - window.left(job.ended));
        if job.started > job.joined {
            let line = &mut self.lines[station as usize];
            tally.waits(window, line, job.joined, job.started);
            self.waiting_changes.change(job.joined.ms(), 1);
            self.waiting_changes.change(job.started.ms(), -1);
        }
    }

    pub(super) fn note_computed_overtime(
        &mut self,
        station: u16,
        from: Time,
        to: Time,
        servers: u64,
    ) {
        let window = &self.window;
        let span = u128::from(window.left(from) - window.left(to)) * u128::from(servers);
        let tally = &mut self.stations[station as usize];
        tally.busy = tally.busy.wrapping_sub(span);
        tally.overtime += span;
    }

    pub(super) fn note_computed_duty(&mut self, station: u16, duty: &[(Time, u32)]) {
        self.lines.resize_with(self.stations.len(), Line::default);
        let window = &self.window;
        let until = |k: usize| duty.get(k + 1).map_or(Time::MAX, |next| next.0);
        let staffed = duty.iter().enumerate().map(|(k, (from, n))| {
            u128::from(window.left(*from) - window.left(until(k))) * u128::from(*n)
        });
        self.stations[station as usize].staffed = staffed.sum();
    }

    /// Those who wait when the window begins, where nobody joins after that.
    pub(super) fn finish_lines(&mut self) {
        for (tally, line) in self.stations.iter_mut().zip(&mut self.lines) {
            if tally.since < self.window.from {
                line.begin(self.window.from);
                tally.longest = tally.longest.max(line.starts.len() as u32);
            }
        }
    }
}
