//! What the observer of a site learns of jobs whose ends are computed at arrival: whole jobs in the order in which they
//! join each station, not levels in order of time. The sums are those of the event-driven kernel.

use std::collections::VecDeque;

use super::SiteObserver;
use super::site::{StationTally, Window};
use crate::stats::Moments;
use crate::time::Time;
use crate::world::{ComputedJob, Observer as _};

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
        if self.since < window.from && joined >= window.from && !line.starts.is_empty() {
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
    pub(super) fn note_computed_jobs(
        &mut self,
        station: Option<u16>,
        jobs: &[ComputedJob],
        last: Time,
    ) {
        let window = self.window;
        if let Some(station) = station {
            let tally = &mut self.stations[station as usize];
            let line = &mut self.lines[station as usize];
            let (mut busy, mut waiting) = (0, 0);
            for job in jobs {
                let left = window.left(job.started);
                busy += left - window.left(job.ended);
                if job.started > job.joined {
                    waiting += window.left(job.joined) - left;
                    tally.waits(&window, line, job.joined, job.started);
                    let (from, to) = (job.joined.ms(), job.started.ms());
                    self.waiting_changes.stay(from, to);
                }
            }
            tally.busy += u128::from(busy);
            tally.waiting += u128::from(waiting);
        }
        // Most stations do one step: its sums stay at hand.
        for run in jobs.chunk_by(|a, b| (a.plan, a.step) == (b.plan, b.step)) {
            let (mut wait, mut service) = (Moments::new(), Moments::new());
            let (mut joined, mut ended) = (0, Moments::new());
            for job in run {
                if job.ended > last {
                    // Rare: the run ends before it does.
                    self.note_cut_job(job, last);
                    continue;
                }
                joined += u64::from(window.holds(job.joined));
                let length = (job.ended - job.started).ms();
                if window.holds(job.ended) {
                    ended.record(length);
                }
                if job.measured {
                    wait.record((job.started - job.joined).ms());
                    service.record(length);
                }
                if self.digests {
                    self.digest_job(job);
                }
            }
            let Some(job) = run.first() else { continue };
            let of_step = self.serving(job.plan, job.step, job.joined);
            let tally = &mut self.stations[of_step];
            tally.joined += joined;
            tally.service.merge(&ended);
            let step = &mut self.steps[job.plan as usize][job.step as usize];
            step.wait.merge(&wait);
            step.service.merge(&service);
        }
    }

    #[cold]
    fn note_cut_job(&mut self, job: &ComputedJob, last: Time) {
        let end = job.tell(last, |fact| self.fact(fact));
        debug_assert!(end.is_none(), "a job that is cut does not end");
    }

    #[inline]
    fn digest_job(&mut self, job: &ComputedJob) {
        let (to, site) = (self.window.to, self.site);
        let digest = &mut self.digest;
        job.tell(Time::MAX, |fact| {
            if fact.measured || fact.time <= to {
                digest.add(site, fact);
            }
        });
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
