//! What the observer of a site learns of jobs whose ends are computed at arrival: whole jobs in the order in which they
//! join each station, not levels in order of time. The sums are those of the event-driven kernel.

use super::SiteObserver;
use super::site::{StationTally, Window};
use crate::stats::Moments;
use crate::time::Time;
use crate::world::{ComputedJob, ComputedVisit, Observer as _, SparseHours};

/// Who waits at a station: when each who has joined starts, in that order.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    starts: Vec<Time>,
    /// Those before have started.
    head: usize,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.head == self.starts.len()
    }

    fn len(&self) -> u32 {
        (self.starts.len() - self.head) as u32
    }

    /// A job joins that waits until `started`; gives how many wait from `joined` on.
    #[inline]
    fn join(&mut self, joined: Time, started: Time) -> u32 {
        self.begin(joined);
        self.starts.push(started);
        self.len()
    }

    /// Those who start up to `now` wait no longer.
    #[inline]
    fn begin(&mut self, now: Time) {
        while let Some(first) = self.starts.get(self.head)
            && *first <= now
        {
            self.head += 1;
        }
    }

    /// Forgets those who have started, where they are most.
    fn forget(&mut self) {
        if 2 * self.head > self.starts.len() {
            self.starts.drain(..self.head);
            self.head = 0;
        }
    }
}

/// Sums of a run of jobs.
#[derive(Default)]
struct Sums {
    n: u64,
    sum: u64,
    squares: u128,
}

impl Sums {
    #[inline(always)]
    fn record(&mut self, value: u64) {
        self.n += 1;
        self.sum += value;
        self.squares += u128::from(value) * u128::from(value);
    }

    fn moments(&self) -> Moments {
        Moments {
            n: self.n,
            sum: u128::from(self.sum),
            sum_of_squares: self.squares,
        }
    }
}

impl StationTally {
    /// A job waits from `joined` to `started`.
    #[inline]
    fn waits(&mut self, window: &Window, line: &mut Line, joined: Time, started: Time) {
        if self.since < window.from && joined >= window.from && !line.is_empty() {
            // Those who waited as the window began, whether another comes or not.
            line.begin(window.from);
            if joined > window.from {
                self.longest = self.longest.max(line.len());
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
        if let Some(station) = station {
            self.note_queue(station, jobs);
        }
        // Most stations do one step: its sums stay at hand.
        for run in jobs.chunk_by(|a, b| (a.plan, a.step) == (b.plan, b.step)) {
            self.note_run(run, last);
        }
        if self.digests {
            for job in jobs {
                self.digest_job(job, last);
            }
        }
    }

    /// The queue and the servers of a station.
    #[inline]
    fn note_queue(&mut self, station: u16, jobs: &[ComputedJob]) {
        let window = self.window;
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
        line.forget();
        // Overtime may have been taken off before the jobs at work were added.
        tally.busy = tally.busy.wrapping_add(u128::from(busy));
        tally.waiting += u128::from(waiting);
    }

    /// Jobs of one step.
    #[inline]
    fn note_run(&mut self, run: &[ComputedJob], last: Time) {
        let Some(first) = run.first() else { return };
        let window = self.window;
        let plain = |job: &ComputedJob| {
            job.measured & (window.from <= job.joined) & (job.ended <= window.to.min(last))
        };
        let (mut wait, mut service) = (Sums::default(), Sums::default());
        let (mut joined, mut ended) = (run.len() as u64, None);
        if run.iter().all(plain) {
            self.events += run.len() as u64;
            for job in run {
                wait.record((job.started - job.joined).ms());
                service.record((job.ended - job.started).ms());
            }
        } else {
            let mut within = Sums::default();
            joined = 0;
            for job in run {
                joined += u64::from(window.holds(job.joined) && job.joined <= last);
                if job.ended > last {
                    continue;
                }
                self.events += u64::from(job.ended <= window.to);
                let length = (job.ended - job.started).ms();
                if window.holds(job.ended) {
                    within.record(length);
                }
                if job.measured {
                    wait.record((job.started - job.joined).ms());
                    service.record(length);
                }
            }
            ended = Some(within.moments());
        }
        let (wait, service) = (wait.moments(), service.moments());
        let of_step = self.serving(first.plan, first.step, first.joined);
        let tally = &mut self.stations[of_step];
        tally.joined += joined;
        tally.service.merge(ended.as_ref().unwrap_or(&service));
        let step = &mut self.steps[first.plan as usize][first.step as usize];
        step.wait.merge(&wait);
        step.service.merge(&service);
    }

    /// The facts of a job, as far as they happen.
    #[inline]
    fn digest_job(&mut self, job: &ComputedJob, last: Time) {
        let (to, site) = (self.window.to, self.site);
        let digest = &mut self.digest;
        job.tell(last, |fact| {
            if fact.measured || fact.time <= to {
                digest.add(site, fact);
            }
        });
    }

    pub(super) fn note_computed_visit(&mut self, visit: &ComputedVisit, hours: &SparseHours) {
        for fact in visit.facts() {
            self.fact(&fact);
        }
        let stay = self.clip(visit.departed) - self.clip(visit.arrived);
        self.little.stays += u128::from(stay);
        let within = self.window.holds(visit.departed);
        let cell = &mut self.cells[visit.cell as usize];
        cell.departed += u64::from(within);
        if !visit.measured {
            return;
        }
        let bcp = visit.departed - visit.arrived;
        if visit.apart {
            cell.apart.record(bcp);
            return;
        }
        cell.bcp.record(bcp);
        if let Some(at) = visit.released {
            cell.release.record(at - visit.arrived);
        }
        cell.begin_hours();
        for (k, ms) in hours.cells() {
            cell.hours[k] += u128::from(ms);
        }
        cell.saved_declaration += u128::from(visit.saved_declaration.ms());
        cell.examined += u64::from(visit.examined_by > 0);
        cell.examined_twice += u64::from(visit.examined_by > 1);
        if visit.fees != 0.0 {
            cell.fees += libm::round(visit.fees * 1e6) as u128;
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
                tally.longest = tally.longest.max(line.len());
            }
        }
    }
}
