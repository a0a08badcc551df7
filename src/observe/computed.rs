//! What the observer of a site learns of jobs whose ends are computed at arrival: whole jobs in the order in which they
//! join each station, not levels in order of time. The sums are those of the event-driven kernel.

use super::SiteObserver;
use super::digest::Place;
use super::site::{StationTally, Window};
use crate::stats::Moments;
use crate::time::Time;
use crate::world::{
    Cargo, ComputedJob, ComputedVisit, Departures, FactKind, HourTable, NO_STEP, Release, Task,
};

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

    /// Jobs join; gives the most that have waited, at least `longest`. Only who waits after the last of them is kept.
    fn join_all(&mut self, jobs: &[ComputedJob], longest: u32) -> u32 {
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
    fn forget(&mut self) {
        if 2 * self.head > self.starts.len() {
            self.starts.drain(..self.head);
            self.head = 0;
        }
    }
}

/// Sums over jobs.
#[derive(Default)]
struct Sums {
    sum: u64,
    squares: u128,
}

impl Sums {
    /// Wraps around: sums over jobs that never end are not used.
    #[inline(always)]
    fn record(&mut self, value: u64) {
        self.sum = self.sum.wrapping_add(value);
        let square = u128::from(value) * u128::from(value);
        self.squares = self.squares.wrapping_add(square);
    }

    /// Of `n` observations.
    fn moments(&self, n: usize) -> Moments {
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

    /// The facts about consignments as a whole at these instants, each with its detail.
    #[inline(always)]
    fn digest_cargo<'c>(
        &mut self,
        kind: FactKind,
        each: impl Iterator<Item = (Time, &'c Cargo)>,
        detail: impl Fn(&Cargo) -> u64,
    ) {
        if !self.digests {
            return;
        }
        let (to, place) = (
            self.window.to,
            Place::new(self.site, 0, u16::MAX, NO_STEP, 0),
        );
        let mut digest = self.digest;
        for (at, cargo) in each {
            if cargo.is(Cargo::MEASURED) || at <= to {
                digest.note(place.of(cargo.entity.0), kind, at.ms(), detail(cargo));
            }
        }
        self.digest = digest;
    }

    pub(super) fn note_entered(&mut self, flow: u16, entries: &[(Time, Cargo)]) {
        let each = entries.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Entered, each, |cargo| u64::from(cargo.route));
        let measured = entries.iter().filter(|(_, c)| c.is(Cargo::MEASURED));
        let measured = measured.count() as u64;
        if measured > 0 {
            self.journeys.of(flow).began += measured;
        }
    }

    pub(super) fn note_left<'c>(
        &mut self,
        flow: u16,
        each: impl Iterator<Item = (Time, &'c Cargo)> + Clone,
    ) {
        self.digest_cargo(FactKind::Left, each.clone(), |_| 0);
        let mut measured = each
            .filter(|(_, cargo)| cargo.is(Cargo::MEASURED))
            .peekable();
        if measured.peek().is_none() {
            return;
        }
        let of = self.journeys.of(flow);
        for (at, cargo) in measured {
            let times = if cargo.is(Cargo::APART) {
                &mut of.apart
            } else {
                &mut of.time
            };
            times.record(at - cargo.born);
        }
    }

    pub(super) fn note_passed(&mut self, passing: &[(Time, Cargo)]) {
        // Present for no time: no integral changes.
        let each = passing.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Arrived, each.clone(), |_| 1);
        self.digest_cargo(FactKind::Departed, each, |_| 1);
        let n = passing.len() as u64;
        self.little.arrivals += n;
        self.little.departures += n;
        let to = self.window.to;
        self.events += passing.iter().filter(|(at, _)| *at <= to).count() as u64;
    }

    pub(super) fn note_computed_arrivals(&mut self, arrivals: &[(Time, Cargo)], cell: u16) {
        let each = arrivals.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Arrived, each, |_| 1);
        let window = self.window;
        let (mut left, mut within, mut by_its_end) = (0u128, 0, 0);
        for (at, _) in arrivals {
            left += u128::from(window.to.since(*at).ms());
            within += u64::from(window.holds(*at));
            by_its_end += u64::from(*at <= window.to);
        }
        self.events += by_its_end;
        self.little.arrivals += arrivals.len() as u64;
        self.little.occupancy = self.little.occupancy.wrapping_add(left);
        let instants = arrivals.iter().map(|(at, _)| at.ms());
        self.present_changes.change_each(instants, 1);
        self.cells[cell as usize].arrived += within;
    }

    pub(super) fn note_computed_departures(&mut self, of: &Departures<'_>) {
        let (window, place) = (
            self.window,
            Place::new(self.site, of.call, of.plan, NO_STEP, 0),
        );
        let (mut left, mut stays, mut within) = (0u128, 0u128, 0);
        let (mut bcp, mut release) = (Sums::default(), Sums::default());
        let (mut digest, digests) = (self.digest, self.digests);
        for one in of.each {
            let (arrived, departed) = (one.arrived, one.departed);
            if digests && (of.measured || departed <= window.to) {
                let about = place.of(one.entity.0);
                digest.note(about, FactKind::Departed, departed.ms(), 1);
                if of.release == Release::Departing {
                    digest.note(about, FactKind::Released, departed.ms(), 0);
                }
            }
            left += u128::from(window.to.since(departed).ms());
            stays += u128::from(self.clip(departed) - self.clip(arrived));
            within += u64::from(window.holds(departed));
            bcp.record((departed - arrived).ms());
        }
        if of.release == Release::Before {
            for one in of.each {
                if digests && (of.measured || one.released <= window.to) {
                    let at = one.released.ms();
                    digest.note(place.of(one.entity.0), FactKind::Released, at, 0);
                }
                release.record((one.released - one.arrived).ms());
            }
        }
        self.digest = digest;
        self.little.departures += of.each.len() as u64;
        self.little.occupancy = self.little.occupancy.wrapping_sub(left);
        self.little.stays += stays;
        let instants = of.each.iter().map(|one| one.departed.ms());
        self.present_changes.change_each(instants, -1);
        let cell = &mut self.cells[of.cell as usize];
        cell.departed += within;
        if !of.measured {
            return;
        }
        let n = of.each.len();
        cell.bcp.moments.merge(&bcp.moments(n));
        match of.release {
            Release::Departing => {
                cell.release.moments.merge(&bcp.moments(n));
                for one in of.each {
                    let time = (one.departed - one.arrived).ms();
                    cell.bcp.histogram.record(time);
                    cell.release.histogram.record(time);
                }
            }
            Release::Before => {
                cell.release.moments.merge(&release.moments(n));
                for one in of.each {
                    let (of_stay, of_release) = (one.departed, one.released);
                    cell.bcp.histogram.record((of_stay - one.arrived).ms());
                    cell.release
                        .histogram
                        .record((of_release - one.arrived).ms());
                }
            }
            Release::Never => {
                for one in of.each {
                    cell.bcp.histogram.record((one.departed - one.arrived).ms());
                }
            }
        }
        cell.begin_hours();
        for (k, ms) in of.hours.cells() {
            cell.hours[k] += u128::from(ms);
        }
        if of.fees != 0.0 {
            cell.fees += of.each.len() as u128 * libm::round(of.fees * 1e6) as u128;
        }
    }

    #[inline]
    pub(super) fn note_computed_visit(&mut self, visit: &ComputedVisit, hours: &HourTable) {
        let (arrived, departed) = (visit.arrived, visit.departed);
        visit.facts().for_each(|fact| self.digest_fact(&fact));
        self.little.departures += 1;
        let left = self.window.to.since(departed).ms();
        self.little.occupancy = self.little.occupancy.wrapping_sub(u128::from(left));
        self.present_changes.change(departed.ms(), -1);
        let stay = self.clip(departed) - self.clip(arrived);
        self.little.stays += u128::from(stay);
        let within = self.window.holds(departed);
        let cell = &mut self.cells[visit.cell as usize];
        cell.departed += u64::from(within);
        if !visit.measured {
            return;
        }
        let bcp = departed - arrived;
        if visit.apart {
            cell.apart.record(bcp);
            return;
        }
        cell.bcp.record(bcp);
        if let Some(at) = visit.released {
            cell.release.record(at - arrived);
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
