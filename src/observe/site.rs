//! The observer of one site: everything that the tables and charts need, in integers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::computed_line::Line;
use super::{Digest, TimeTally, Trips, VehicleTally};
use crate::network::Network;
use crate::stats::{BinnedChanges, BinnedIntegral, Moments, level_ms};
use crate::terms::{ActorKind, HourKind, Named, Outcome};
use crate::time::{Span, Time};
use crate::world::{
    Cargo, ComputedJob, ComputedVisit, Departures, Fact, FactKind, HourTable, JobEnd, Observer,
    Present, SiteState, StationLevel, Trip, VehicleEnd, VisitEnd,
};

/// The measured window and the bins of series over time.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Its start.
    pub from: Time,
    /// Its end.
    pub to: Time,
    /// Width of a bin.
    pub bin: Span,
}

impl Window {
    /// The window of a network, with at most some 120 bins: of whole days, so that the day's rhythm does not beat
    /// against them, or of whole hours where the run is shorter than a fortnight. Where the run's settling is looked for
    /// there are up to 1,500, of hours that divide a day, or of days.
    pub fn of(network: &Network) -> Self {
        let total = network.horizon.hours();
        let hours = if network.settles {
            let divisors = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0];
            let narrow = divisors.into_iter().find(|hours| total / hours <= 1500.0);
            narrow.unwrap_or_else(|| 24.0 * (total / 24.0 / 1500.0).ceil())
        } else {
            let grain = if total < 14.0 * 24.0 { 1.0 } else { 24.0 };
            grain * (total / grain / 120.0).ceil().max(1.0)
        };
        Window {
            from: network.warm_up,
            to: network.horizon,
            bin: Span::from_hours(hours),
        }
    }

    /// Whole bins up to the horizon.
    pub fn bins(&self) -> usize {
        (self.to.ms() / self.bin.ms().max(1)).max(1) as usize
    }

    pub(super) fn holds(&self, at: Time) -> bool {
        self.from <= at && at <= self.to
    }

    /// How much of it is left at `at`, ms: all before its start, none after its end.
    #[inline]
    pub(super) fn left(&self, at: Time) -> u64 {
        self.to.ms() - at.max(self.from).min(self.to).ms()
    }

    /// The integrals over time of a level from 0 to the window's end.
    fn changes(&self) -> BinnedChanges {
        BinnedChanges::new(self.bin.ms(), self.bins(), self.to.ms())
    }
}

/// Visits of one cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellTally {
    /// BCP time of measured consignments.
    pub bcp: TimeTally,
    /// Release time.
    pub release: TimeTally,
    /// BCP time of those reported apart.
    pub apart: TimeTally,
    /// Hours of those in `bcp`, in ms; empty before the first of them, for most cells of a large network meet nobody.
    pub hours: Vec<u128>,
    /// Saved declarations, ms.
    pub saved_declaration: u128,
    /// Saved setups, ms.
    pub saved_setup: u128,
    /// Examined by at least one agency.
    pub examined: u64,
    /// By two or more.
    pub examined_twice: u64,
    /// Fees, millionths of a US dollar.
    pub fees: u128,
    /// Arrivals within the window, measured or not.
    pub arrived: u64,
    /// Departures within the window, measured or not.
    pub departed: u64,
}

impl CellTally {
    /// Makes room for hours, with the first consignment: most cells of a large network wait long for one.
    #[inline]
    pub(super) fn begin_hours(&mut self) {
        if self.hours.is_empty() {
            self.hours = vec![0; ActorKind::ALL.len() * HourKind::ALL.len()];
        }
    }
}

/// One station over the window.
#[derive(Clone, Debug, Default)]
pub struct StationTally {
    /// Integral of servers on duty, ms.
    pub staffed: u128,
    /// Of servers at work within those.
    pub busy: u128,
    /// Of servers at work beyond those.
    pub overtime: u128,
    /// Of servers kept idle.
    pub held: u128,
    /// Of servers kept by consignments that are blocked after service.
    pub blocked: u128,
    /// Of jobs waiting.
    pub waiting: u128,
    /// Most jobs waiting.
    pub longest: u32,
    /// Jobs that joined.
    pub joined: u64,
    /// Service of jobs that ended.
    pub service: Moments,
    last: StationLevel,
    /// When its queue last changed.
    pub(super) since: Time,
}

/// One step of a plan, measured visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepTally {
    /// Wait before service.
    pub wait: Moments,
    /// Service.
    pub service: Moments,
    /// Done before the cargo came.
    pub ahead: u64,
    /// Visits that the selection decided on.
    pub eligible: u64,
    /// Of these, chosen.
    pub selected: u64,
    /// Skipped because the partner's control stands.
    pub recognised: u64,
}

/// Trains or vessels of one line that were formed within the window, measured or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormedTally {
    /// How many.
    pub batches: u64,
    /// Consignments that they left with.
    pub consignments: u64,
}

/// Journeys or crossings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TripTally {
    /// Measured ones that began.
    pub began: u64,
    /// Times of those that ended.
    pub time: TimeTally,
    /// Times of those reported apart.
    pub apart: TimeTally,
    /// Of those that began, how many left the corridor on the way, by [`Outcome`] (of a crossing: all as the first).
    pub lost: [u64; 3],
    /// How often another route was taken.
    pub rerouted: u64,
    /// Of those that began, reported apart and still inside at the end.
    pub held_apart: u64,
}

/// Little's law as the sample-path identity over [0, horizon].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Little {
    /// Integral of the number of consignments present, from arrival and departure facts.
    pub occupancy: u128,
    /// Sum of stays clipped to the window, from visits.
    pub stays: u128,
    /// Arrivals.
    pub arrivals: u64,
    /// Departures.
    pub departures: u64,
    /// Inside at the end.
    pub inside: u64,
}

impl StationTally {
    /// Its servers' level changes. An integral takes each change for what is left of the window, so that changes may
    /// be told in any order, and those of one instant cancel.
    #[inline(never)]
    fn servers(&mut self, window: &Window, now: Time, level: StationLevel) {
        let left = i128::from(window.left(now));
        let (before, after) = (Servers::of(self.last), Servers::of(level));
        let add = |sum: &mut u128, before: u32, after: u32| {
            if before != after {
                let change = i128::from(i64::from(after) - i64::from(before));
                *sum = sum.wrapping_add_signed(change * left);
            }
        };
        add(&mut self.staffed, before.staffed, after.staffed);
        add(&mut self.busy, before.busy, after.busy);
        add(&mut self.overtime, before.overtime, after.overtime);
        add(&mut self.held, before.held, after.held);
        add(&mut self.blocked, before.blocked, after.blocked);
    }

    /// Its queue changes by `change`.
    #[inline(always)]
    fn queue(&mut self, window: &Window, now: Time, change: i64) {
        let sum = level_ms(change, window.left(now));
        self.waiting = self.waiting.wrapping_add_signed(sum);
        self.note_longest(window, now);
        self.since = now;
    }

    /// The queue was as long as it is up to `now`: no queue that lasts no time counts.
    #[inline]
    fn note_longest(&mut self, window: &Window, now: Time) {
        if self.last.waiting > self.longest && self.since.max(window.from) < now.min(window.to) {
            self.longest = self.last.waiting;
        }
    }
}

/// A level as the integrals take it.
struct Servers {
    staffed: u32,
    busy: u32,
    overtime: u32,
    held: u32,
    blocked: u32,
}

impl Servers {
    #[inline]
    fn of(level: StationLevel) -> Self {
        let busy = level.busy.min(level.on_duty);
        Servers {
            staffed: level.on_duty,
            busy,
            overtime: level.busy - busy,
            held: level.held,
            // Within staffed time, as busy time is: at night a blocked vehicle keeps nobody.
            blocked: level.blocked.min(level.on_duty - busy),
        }
    }
}

/// The observer of one site.
#[derive(Clone, Debug)]
pub struct SiteObserver {
    pub(super) site: u32,
    pub(super) window: Window,
    /// All facts within the horizon, and those of measured consignments after it.
    pub digest: Digest,
    /// By cell.
    pub cells: Vec<CellTally>,
    /// By station.
    pub stations: Vec<StationTally>,
    /// By fleet of second vehicles.
    pub vehicles: Vec<VehicleTally>,
    /// By plan and step.
    pub steps: Vec<Vec<StepTally>>,
    /// By line of the network, of those that formed here.
    pub formed: BTreeMap<u16, FormedTally>,
    /// By crossing of the network.
    pub crossings: Trips,
    /// By flow of the network.
    pub journeys: Trips,
    /// Consignments present over time, after [`SiteObserver::finish`].
    pub present: BinnedIntegral,
    /// Jobs waiting over time, after [`SiteObserver::finish`].
    pub waiting: BinnedIntegral,
    /// The identity's two sides.
    pub little: Little,
    /// Logical events up to the window's end: arrivals of consignments and ends of jobs. The same whatever the executor
    /// and the kernel.
    pub events: u64,
    /// By plan: where its steps begin in `station_of`.
    first_step: Vec<u32>,
    station_of: Vec<u16>,
    /// By station, empty where none is ever taken over.
    absorbed: Vec<Option<(Time, u16)>>,
    pub(super) present_changes: BinnedChanges,
    pub(super) waiting_changes: BinnedChanges,
    pub(super) digests: bool,
    /// By station: who waits, where ends of service are computed at arrival; else empty.
    pub(super) lines: Vec<Line>,
}

impl SiteObserver {
    /// An observer of site number `site`.
    pub fn new(network: &Network, site: usize, window: Window) -> Self {
        let node = &network.sites[site];
        SiteObserver {
            site: site as u32,
            window,
            digest: Digest::default(),
            cells: vec![CellTally::default(); node.cells.len()],
            stations: vec![StationTally::default(); node.stations.len()],
            vehicles: vec![VehicleTally::default(); node.fleets.len()],
            steps: node
                .plans
                .iter()
                .map(|p| vec![StepTally::default(); p.steps.len()])
                .collect(),
            formed: BTreeMap::new(),
            crossings: Trips::default(),
            journeys: Trips::default(),
            present: BinnedIntegral::new(window.bin.ms(), window.bins()),
            waiting: BinnedIntegral::new(window.bin.ms(), window.bins()),
            little: Little::default(),
            events: 0,
            first_step: (node.plans.iter())
                .scan(0, |next, plan| {
                    let first = *next;
                    *next += plan.steps.len() as u32;
                    Some(first)
                })
                .collect(),
            station_of: (node.plans.iter())
                .flat_map(|p| p.steps.iter().map(|s| s.station))
                .collect(),
            absorbed: if node.stations.iter().any(|s| s.absorbed.is_some()) {
                node.stations.iter().map(|s| s.absorbed).collect()
            } else {
                Vec::new()
            },
            present_changes: window.changes(),
            waiting_changes: window.changes(),
            digests: true,
            lines: Vec::new(),
        }
    }

    /// The same observer without the digest, for those who time what it costs.
    #[must_use]
    pub fn without_digest(self) -> Self {
        SiteObserver {
            digests: false,
            ..self
        }
    }

    /// The station that a step's job comes to at `at`: its own, or the one that has taken over its queue.
    #[inline]
    pub(super) fn serving(&self, plan: u16, step: u8, at: Time) -> usize {
        let first = self.first_step[plan as usize];
        let mut station = self.station_of[first as usize + step as usize];
        while let Some(&Some((from, host))) = self.absorbed.get(station as usize)
            && from <= at
        {
            station = host;
        }
        station as usize
    }

    #[inline(always)]
    pub(super) fn digest_fact(&mut self, fact: &Fact) {
        // What happens after the horizon to consignments that are not measured depends on when the run stops.
        if self.digests && (fact.measured || fact.time <= self.window.to) {
            self.digest.add(self.site, fact);
        }
    }

    #[inline]
    pub(super) fn clip(&self, at: Time) -> u64 {
        at.min(self.window.to).ms()
    }

    /// So many consignments more are present from `now` on. Each counts for what is left up to the window's end, so
    /// that the integral is the sum over facts in whatever order they are told.
    #[inline]
    fn change_present(&mut self, now: Time, change: i64) {
        self.present_changes.change(now.ms(), change);
        let left = self.window.to.since(now).ms();
        let sum = level_ms(change, left);
        self.little.occupancy = self.little.occupancy.wrapping_add_signed(sum);
    }

    /// Closes all integrals at the run's end and takes account of who is still inside.
    pub fn finish(&mut self, network: &Network, present: &[Present], end: Time) {
        self.present = BinnedIntegral::of_changes(&self.present_changes);
        self.waiting = BinnedIntegral::of_changes(&self.waiting_changes);
        for tally in &mut self.stations {
            tally.note_longest(&self.window, self.window.to);
        }
        self.finish_lines();
        for fleet in &mut self.vehicles {
            fleet.close(&self.window);
        }
        self.little.inside = present.len() as u64;
        for one in present {
            self.little.stays += u128::from(self.window.to.ms() - self.clip(one.arrived));
            if one.measured && one.apart {
                let route = &network.routes[one.route as usize];
                self.journeys.of(route.flow.0).held_apart += 1;
                if let Some(crossing) = route.stops[one.leg as usize].crossing {
                    self.crossings.of(crossing).held_apart += 1;
                }
            }
            if let (Some(cell), true) = (one.cell, one.measured) {
                let elapsed = end.since(one.arrived);
                let cell = &mut self.cells[cell as usize];
                if one.apart {
                    cell.apart.record_unfinished(elapsed);
                } else {
                    cell.bcp.record_unfinished(elapsed);
                    cell.release.record_unfinished(elapsed);
                }
            }
        }
    }

    /// Finishes the observer of a site at the end of a run.
    pub fn close(network: &Network, state: &mut SiteState<SiteObserver>, end: Time) {
        let present = state.present();
        state.observer.finish(network, &present, end);
    }
}

impl Observer for SiteObserver {
    const TOGETHER: bool = true;

    // Where the kind is known, little of it is left.
    #[inline(always)]
    fn fact(&mut self, fact: &Fact) {
        self.digest_fact(fact);
        match fact.kind {
            FactKind::Arrived => {
                self.little.arrivals += fact.detail;
                if fact.time <= self.window.to {
                    self.events += fact.detail;
                }
                self.change_present(fact.time, fact.detail as i64);
            }
            FactKind::Departed => {
                self.little.departures += fact.detail;
                self.change_present(fact.time, -(fact.detail as i64));
            }
            FactKind::Joined if self.window.holds(fact.time) => {
                let station = self.serving(fact.plan, fact.step, fact.time);
                self.stations[station].joined += 1;
            }
            FactKind::Formed if self.window.holds(fact.time) => {
                let formed = self.formed.entry(fact.entity.group()).or_default();
                formed.batches += 1;
                formed.consignments += fact.detail;
            }
            FactKind::Rerouted if fact.measured => {
                self.journeys.of(fact.entity.group()).rerouted += 1;
            }
            _ => {}
        }
    }

    fn station(&mut self, station: u16, now: Time, level: StationLevel) {
        let before = &self.stations[station as usize].last;
        let same = level.on_duty == before.on_duty
            && level.held == before.held
            && level.blocked == before.blocked;
        let (waiting, busy) = (before.waiting, before.busy);
        if level.waiting != waiting {
            self.queue(station, now, level);
        }
        if !same {
            let tally = &mut self.stations[station as usize];
            tally.servers(&self.window, now, level);
            tally.last = level;
        } else if level.busy != busy {
            self.work(station, now, level);
        }
    }

    #[inline(always)]
    fn queue(&mut self, station: u16, now: Time, level: StationLevel) {
        let tally = &mut self.stations[station as usize];
        let change = i64::from(level.waiting) - i64::from(tally.last.waiting);
        self.waiting_changes.change(now.ms(), change);
        tally.queue(&self.window, now, change);
        tally.last.waiting = level.waiting;
    }

    #[inline(always)]
    fn work(&mut self, station: u16, now: Time, level: StationLevel) {
        let tally = &mut self.stations[station as usize];
        let before = tally.last.busy;
        if level.blocked == 0 && level.busy.max(before) <= level.on_duty {
            // A job started or ended, within staffed time.
            let change = i64::from(level.busy) - i64::from(before);
            let sum = level_ms(change, self.window.left(now));
            tally.busy = tally.busy.wrapping_add_signed(sum);
        } else {
            tally.servers(&self.window, now, level);
        }
        tally.last.busy = level.busy;
    }

    fn vehicles(&mut self, fleet: u16, now: Time, waiting: u32) {
        self.vehicles[fleet as usize].level(&self.window, now, waiting);
    }

    fn vehicle_left(&mut self, end: &VehicleEnd) {
        self.vehicles[end.fleet as usize].left(&self.window, end);
    }

    #[inline(always)]
    fn job(&mut self, job: &JobEnd) {
        let service = job.served.ms();
        self.events += u64::from(job.ended <= self.window.to);
        if self.window.holds(job.ended) {
            let station = self.serving(job.plan, job.step, job.started);
            self.stations[station].service.record(service);
        }
        if job.measured {
            let step = &mut self.steps[job.plan as usize][job.step as usize];
            // All that was not service, interruptions included.
            step.wait.record((job.ended - job.joined).ms() - service);
            step.service.record(service);
            step.ahead += u64::from(job.ahead);
        }
    }

    fn computed_jobs(&mut self, station: Option<u16>, jobs: &[ComputedJob], last: Time) {
        self.note_computed_jobs(station, jobs, last);
    }

    #[inline]
    fn entered(&mut self, flow: u16, entries: &[(Time, Cargo)]) {
        self.note_entered(flow, entries);
    }

    fn left<'c>(&mut self, flow: u16, each: impl Iterator<Item = (Time, &'c Cargo)> + Clone) {
        self.note_left(flow, each);
    }

    fn passed(&mut self, passing: &[(Time, Cargo)]) {
        self.note_passed(passing);
    }

    fn computed_arrivals(&mut self, arrivals: &[(Time, Cargo)], cell: u16) {
        self.note_computed_arrivals(arrivals, cell);
    }

    fn computed_departures(&mut self, departures: &Departures<'_>) {
        self.note_computed_departures(departures);
    }

    #[inline]
    fn computed_visit(&mut self, visit: &ComputedVisit, hours: &HourTable) {
        self.note_computed_visit(visit, hours);
    }

    fn computed_overtime(&mut self, station: u16, from: Time, to: Time, servers: u64) {
        self.note_computed_overtime(station, from, to, servers);
    }

    fn computed_duty(&mut self, station: u16, duty: &[(Time, u32)]) {
        self.note_computed_duty(station, duty);
    }

    fn eligible(&mut self, plan: u16, step: u8, selected: bool, recognised: bool) {
        let step = &mut self.steps[plan as usize][step as usize];
        step.eligible += 1;
        step.selected += u64::from(selected);
        step.recognised += u64::from(recognised);
    }

    fn visit_begin(&mut self, cell: Option<u16>, now: Time, consignments: u32) {
        if let (Some(cell), true) = (cell, self.window.holds(now)) {
            self.cells[cell as usize].arrived += u64::from(consignments);
        }
    }

    fn visit_end(&mut self, end: &VisitEnd<'_>) {
        let stay = self.clip(end.departed) - self.clip(end.arrived);
        self.little.stays += u128::from(stay) * u128::from(end.consignments);
        if end.gave_up {
            if let (Some(cell), true) = (end.cell, self.window.holds(end.departed)) {
                self.cells[cell as usize].departed += u64::from(end.consignments);
            }
            return;
        }
        let Some(cell) = end.cell else { return };
        let within = self.window.holds(end.departed);
        let cell = &mut self.cells[cell as usize];
        if within {
            cell.departed += u64::from(end.consignments);
        }
        let bcp = end.departed - end.arrived;
        if end.apart {
            cell.apart.record_many(bcp, end.measured);
            return;
        }
        if end.measured == 0 {
            return;
        }
        cell.bcp.record_many(bcp, end.measured);
        if let Some(release) = end.release {
            cell.release.record_many(release, end.measured);
        }
        let n = u128::from(end.measured);
        cell.begin_hours();
        for (at, ms) in end.hours.cells() {
            if let Some(sum) = cell.hours.get_mut(at) {
                *sum += n * u128::from(ms);
            }
        }
        if end.saved_declaration > Span::ZERO {
            cell.saved_declaration += n * u128::from(end.saved_declaration.ms());
        }
        if end.saved_setup > Span::ZERO {
            cell.saved_setup += n * u128::from(end.saved_setup.ms());
        }
        cell.examined += u64::from(end.measured) * u64::from(end.examined_by > 0);
        cell.examined_twice += u64::from(end.measured) * u64::from(end.examined_by > 1);
        if end.fees != 0.0 {
            // Integers, so that sums merge in any order.
            cell.fees += n * libm::round(end.fees * 1e6) as u128;
        }
    }

    fn crossing_began(&mut self, crossing: u16, consignments: u32) {
        self.crossings.of(crossing).began += u64::from(consignments);
    }

    fn crossing_ended(&mut self, trip: &Trip) {
        record(self.crossings.of(trip.index), trip);
    }

    fn journey_began(&mut self, flow: u16) {
        self.journeys.of(flow).began += 1;
    }

    fn journey_ended(&mut self, trip: &Trip) {
        record(self.journeys.of(trip.index), trip);
    }

    fn journey_lost(&mut self, flow: u16, outcome: Outcome) {
        self.journeys.of(flow).lost[outcome as usize] += 1;
    }

    fn crossing_lost(&mut self, crossing: u16) {
        self.crossings.of(crossing).lost[0] += 1;
    }
}

fn record(tally: &mut TripTally, trip: &Trip) {
    if trip.apart {
        tally.apart.record(trip.time)
    } else {
        tally.time.record(trip.time)
    }
}
