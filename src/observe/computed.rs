//! What the observer of a site learns of jobs whose ends are computed at arrival: whole jobs in the order in which they
//! join each station, not levels in order of time. The sums are those of the event-driven kernel.

use super::SiteObserver;
use super::computed_line::Line;
use super::digest::Place;
use super::site::{StationTally, Window};
use crate::stats::Moments;
use crate::time::Time;
use crate::world::{ComputedJob, Task};

/// Sums over jobs.
#[derive(Default)]
pub(super) struct Sums {
    sum: u64,
    squares: u128,
}

impl Sums {
    /// Wraps around: sums over jobs that never end are not used.
    #[inline(always)]
    pub fn record(&mut self, value: u64) {
        self.sum = self.sum.wrapping_add(value);
        let square = u128::from(value) * u128::from(value);
        self.squares = self.squares.wrapping_add(square);
    }

    /// Of `n` observations.
    #[inline]
    pub fn moments(&self, n: usize) -> Moments {
        Moments {
            n: n as u64,
            sum: u128::from(self.sum),
            sum_of_squares: self.squares,
        }
    }
}

/// What the jobs of a station in one window have in common.
struct Batch {
    jobs: usize,
    wait: Sums,
    service: Sums,
    /// What they all are, where they are alike.
    task: Option<Task>,
    /// The first joins then; the last of them joins, starts, and ends.
    joined: Time,
    last_joined: Time,
    started: Time,
    ended: Time,
}

impl Batch {
    /// Of jobs of a station in the order in which they join, or of pure delays.
    #[inline]
    fn of(jobs: &[ComputedJob], station: bool) -> Option<Self> {
        let (first, last) = (jobs.first()?, jobs.last()?);
        let (mut wait, mut service) = (Sums::default(), Sums::default());
        let (mut alike, mut ended) = (true, first.ended);
        for job in jobs {
            alike &= job.task == first.task;
            ended = ended.max(job.ended);
            wait.record(job.started.ms() - job.joined.ms());
            service.record(job.ended.ms() - job.started.ms());
        }
        let (joined, started) = match station {
            // First come, first served.
            true => (first.joined, last.started),
            // Pure delays come in no order.
            false => {
                let all = jobs.iter().map(|job| job.joined);
                let joined = all.fold(first.joined, Time::min);
                (
                    joined,
                    jobs.iter()
                        .map(|job| job.started)
                        .fold(first.started, Time::max),
                )
            }
        };
        Some(Batch {
            jobs: jobs.len(),
            wait,
            service,
            task: alike.then_some(first.task),
            joined,
            last_joined: last.joined,
            started,
            ended,
        })
    }
}

impl StationTally {
    /// Jobs wait from `joined` to `started`.
    #[inline]
    fn wait(&mut self, window: &Window, line: &mut Line, jobs: &[ComputedJob], batch: &Batch) {
        if window.from <= self.since.min(batch.joined) && batch.last_joined < window.to {
            self.longest = line.join_all(jobs, self.longest);
            self.since = batch.last_joined;
            return;
        }
        if batch.ended < window.from {
            // How long the line has been does not count yet.
            line.join_all(jobs, u32::MAX);
            self.since = batch.last_joined;
            return;
        }
        if window.from <= self.since && window.to <= batch.joined {
            return;
        }
        for job in jobs {
            if job.started == job.joined {
                continue;
            }
            let joined = job.joined;
            if self.since < window.from && joined >= window.from && !line.is_empty() {
                // Those who waited as the window began, whether another comes or not.
                line.begin(window.from);
                if joined > window.from {
                    self.longest = self.longest.max(line.len());
                }
            }
            self.since = joined;
            let length = line.join(joined, job.started);
            if window.from <= joined && joined < window.to {
                self.longest = self.longest.max(length);
            }
        }
        line.forget();
    }
}

impl SiteObserver {
    pub(super) fn note_computed_jobs(
        &mut self,
        station: Option<u16>,
        jobs: &[ComputedJob],
        last: Time,
    ) {
        let Some(batch) = Batch::of(jobs, station.is_some()) else {
            return;
        };
        let window = self.window;
        let within = window.from <= batch.joined && batch.ended <= window.to.min(last);
        let before = batch.ended < window.from.min(last);
        if let Some(station) = station {
            let tally = &mut self.stations[station as usize];
            tally.wait(&window, &mut self.lines[station as usize], jobs, &batch);
            // Overtime may have been taken off before the jobs at work were added.
            if within {
                tally.busy = tally.busy.wrapping_add(u128::from(batch.service.sum));
                tally.waiting += u128::from(batch.wait.sum);
            } else if !before && batch.joined < window.to {
                for job in jobs {
                    let left = window.left(job.started);
                    let busy = left - window.left(job.ended);
                    tally.busy = tally.busy.wrapping_add(u128::from(busy));
                    tally.waiting += u128::from(window.left(job.joined) - left);
                }
            }
            let (from, to) = (batch.joined.ms(), batch.started.ms());
            if !self.waiting_changes.stays(from, to, batch.wait.sum) {
                let waits = jobs.iter();
                let waits = waits.map(|job| (job.joined.ms(), job.started.ms()));
                self.waiting_changes.stay_each(waits);
            }
        }
        match batch.task {
            Some(task) if within && task.measured() => self.note_alike(task, &batch),
            Some(task) if before && !task.measured() => self.events += batch.jobs as u64,
            _ => {
                let of = |job: &ComputedJob| (job.task.plan(), job.task.step());
                for run in jobs.chunk_by(|a, b| of(a) == of(b)) {
                    self.note_run(run, last);
                }
            }
        }
        if self.digests {
            match batch.task {
                Some(task) if batch.ended <= window.to.min(last) => self.digest_jobs(task, jobs),
                _ => {
                    let of =
                        |job: &ComputedJob| (job.task.plan(), job.task.step(), job.task.call());
                    for run in jobs.chunk_by(|a, b| of(a) == of(b)) {
                        self.digest_run(run, last);
                    }
                }
            }
        }
    }

    /// Measured jobs of one step, all within the window.
    fn note_alike(&mut self, task: Task, batch: &Batch) {
        let (wait, service) = (
            batch.wait.moments(batch.jobs),
            batch.service.moments(batch.jobs),
        );
        self.events += wait.n;
        let of_step = self.serving(task.plan(), task.step(), batch.joined);
        let tally = &mut self.stations[of_step];
        tally.joined += wait.n;
        tally.service.merge(&service);
        let step = &mut self.steps[task.plan() as usize][task.step() as usize];
        step.wait.merge(&wait);
        step.service.merge(&service);
    }

    /// Jobs of one step.
    fn note_run(&mut self, run: &[ComputedJob], last: Time) {
        let Some(first) = run.first() else { return };
        let window = self.window;
        let (mut wait, mut service) = (Sums::default(), Sums::default());
        let (mut joined, mut within) = (0, Sums::default());
        let (mut measured, mut ended_within) = (0, 0);
        for job in run {
            joined += u64::from(window.holds(job.joined) && job.joined <= last);
            if job.ended > last {
                continue;
            }
            self.events += u64::from(job.ended <= window.to);
            let length = (job.ended - job.started).ms();
            if window.holds(job.ended) {
                within.record(length);
                ended_within += 1;
            }
            if job.task.measured() {
                measured += 1;
                wait.record((job.started - job.joined).ms());
                service.record(length);
            }
        }
        let (plan, step) = (first.task.plan(), first.task.step());
        let of_step = self.serving(plan, step, first.joined);
        let tally = &mut self.stations[of_step];
        tally.joined += joined;
        tally.service.merge(&within.moments(ended_within));
        let step = &mut self.steps[plan as usize][step as usize];
        step.wait.merge(&wait.moments(measured));
        step.service.merge(&service.moments(measured));
    }

    /// The facts of jobs of one step that all end by the horizon.
    #[inline]
    fn digest_jobs(&mut self, task: Task, jobs: &[ComputedJob]) {
        let place = Place::new(self.site, task.call(), task.plan(), task.step(), 0);
        let mut digest = self.digest;
        jobs.iter().for_each(|job| digest.note_job(place, job));
        self.digest = digest;
    }

    /// The facts of jobs of one step, as far as they happen.
    fn digest_run(&mut self, run: &[ComputedJob], last: Time) {
        let (to, Some(first)) = (self.window.to, run.first()) else {
            return;
        };
        let task = first.task;
        let place = Place::new(self.site, task.call(), task.plan(), task.step(), 0);
        for job in run {
            let measured = job.task.measured();
            if job.ended <= last && (measured || job.ended <= to) {
                self.digest.note_job(place, job);
            } else if measured || job.joined <= to {
                self.digest_job(job, last);
            }
        }
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
