//! The world: sites as logical processes, visits that go through procedures, consignments and batches that
//! move between them.
//!
//! Everything that happens in one site at one instant is handled in two moves: events and messages only change
//! counters and queues; then [`crate::engine::World::settle`] lets visits go on to their next steps and
//! stations start work, until nothing changes. So no result depends on the order of handling.

mod aboard;
mod agenda;
mod ahead;
mod appointed;
mod arrivals;
mod attribution;
mod audit;
mod batches;
mod booking;
mod closures;
mod computed;
mod computed_ends;
mod computed_facts;
mod computed_queue;
mod computed_station;
mod computed_stay;
mod computed_sweep;
mod computed_together;
mod computed_visit;
mod deadlock;
mod departures;
mod detours;
mod draws;
mod durations;
mod entry;
mod events;
mod facts;
mod floor;
mod follow;
mod gates;
mod inspection;
mod interruption;
mod job;
mod joint;
mod machines;
mod movement;
mod papers;
mod paths;
mod patience;
mod pools;
mod priority;
mod queue;
mod rosters;
mod selection;
mod service;
mod shocks;
mod site;
mod standing;
mod station;
mod straight;
mod straight_ends;
mod vehicles;
mod visit;
mod waits;

use std::marker::PhantomData;

use crate::engine::{self, Channel, Key, LogicalProcess, Outbox, Phase, ProcessId, World as _};
use crate::network::{ENTRY_PART, LineFormation, Network, StationKind};
use crate::terms::Mechanism;
use crate::time::Time;
use job::JobId;
use paths::{PlanPath, StopPath};
use straight::DoneJob;

pub use computed::Scratch;
pub use computed_facts::{ComputedJob, ComputedVisit, Departure, Departures, Release, Task};
pub use deadlock::{Deadlock, Resource, Stuck};
pub use draws::Draws;
pub use events::{Cargo, Event, Form};
pub use facts::{
    Fact, FactKind, HourTable, JobEnd, NO_STEP, Observer, SkipReason, StationLevel, Trip,
    VehicleEnd, VisitEnd,
};
pub use follow::{Join, StayEnd, Stretch, Whose};
pub use papers::Papers;
pub use site::{Present, SiteState};

/// Which kernel serves a site's stations.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Kernel {
    /// Ends of service are computed at arrival wherever they follow from it; all else goes event by event.
    #[default]
    Auto,
    /// Event by event everywhere. The results are the same.
    Events,
}

/// One replication's world: the network and its draws.
pub struct Corridor<'a, O> {
    /// The compiled corridor.
    pub network: &'a Network,
    /// The replication's streams.
    pub draws: &'a Draws,
    /// The kernel of its sites.
    pub kernel: Kernel,
    /// By site and plan.
    paths: Vec<Vec<PlanPath<'a>>>,
    /// By route and stop.
    stops: Vec<Vec<StopPath>>,
    /// Data is ever sent ahead.
    informs: bool,
    observer: PhantomData<fn() -> O>,
}

impl<'a, O: Observer> Corridor<'a, O> {
    /// The world of `network` under `draws`, event by event.
    pub fn new(network: &'a Network, draws: &'a Draws) -> Self {
        Self::with_kernel(network, draws, Kernel::Events)
    }

    /// The world of `network` under `draws`, with this kernel.
    pub fn with_kernel(network: &'a Network, draws: &'a Draws, kernel: Kernel) -> Self {
        let paths = PlanPath::of_all(network, draws);
        Corridor {
            network,
            draws,
            kernel,
            stops: StopPath::of_all(network, draws, &paths),
            paths,
            informs: (network.levels.iter()).any(|level| !level.never(Mechanism::Information)),
            observer: PhantomData,
        }
    }

    /// The logical processes, one for each site, with their first events; `observer` makes each its own.
    pub fn processes(&self, mut observer: impl FnMut(usize) -> O) -> Vec<LogicalProcess<Self>> {
        let held = self.held_from_the_start();
        let sites = self.network.sites.iter().enumerate();
        sites
            .map(|(s, site)| {
                let mut first: Vec<(Key, Event)> = Vec::new();
                let mut state = SiteState::new(self.network, s, observer(s));
                state.computed = self.computed_site(s);
                if state.computed.is_some() {
                    for index in 0..site.stations.len() as u16 {
                        let duty = self.draws.incidents.duty(self.network, s, index);
                        state.observer.computed_duty(index, duty);
                    }
                    return LogicalProcess::new(state, first);
                }
                for (index, station) in site.stations.iter().enumerate() {
                    if let StationKind::Staffed(_) = &station.servers {
                        let duty = self.draws.incidents.duty(self.network, s, index as u16);
                        let present = duty.first().map_or(0, |(_, n)| *n);
                        let station = &mut state.stations[index];
                        station.on_duty = present;
                        if let Some(floor) = &mut station.floor {
                            floor.roster = present;
                        }
                        if let Some(&(at, _)) = duty.get(1) {
                            first.push(Event::duty(index as u16, at));
                        }
                        state.observe_station(index, Time::ZERO);
                    }
                }
                self.machines_begin(&mut state, &mut first);
                for &flow in &site.flows {
                    first.extend(self.first_arrival(flow));
                }
                for &line in &site.lines {
                    if let LineFormation::Timetable { slots, .. } =
                        &self.network.lines[line as usize].formation
                    {
                        first.push(Event::line_departs(line, 0, slots.at(0)));
                    }
                }
                for &link in &site.timetabled {
                    if let Some(slots) = &self.network.links[link.index()].timetable {
                        first.push(Event::link_departs(link, 0, slots.at(0)));
                    }
                }
                for fleet in 0..site.fleets.len() {
                    first.push(self.vehicle_event(s, fleet as u16, 0, Time::ZERO));
                }
                for (place, &pool) in site.pools.iter().enumerate() {
                    state.hold_from_the_start(place, held[pool as usize]);
                    if let Some(&(at, _)) = self.network.pools[pool as usize].supply.get(1) {
                        first.push(Event::supply(place as u16, 1, at));
                    }
                }
                first.extend(detours::first_reports(&self.network.news, s));
                if !site.backlog.is_empty() {
                    first.push((
                        Key::new(Time::ZERO, Phase::Happenings, events::BACKLOG, 0, 0),
                        Event::Backlog,
                    ));
                }
                LogicalProcess::new(state, first)
            })
            .collect()
    }

    /// The channels between them.
    pub fn channels(&self) -> Vec<Channel> {
        let channels = self.network.channels.iter();
        channels
            .map(|c| Channel {
                from: ProcessId(c.from.0),
                to: ProcessId(c.to.0),
                lookahead: c.lookahead,
                name: c.name.clone(),
            })
            .collect()
    }

    /// When the run ends.
    pub fn stop(&self) -> engine::Stop {
        engine::Stop {
            horizon: self.network.horizon,
            drain_end: self.network.drain_end,
        }
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// Settles what is not at rest yet.
    #[inline(always)]
    fn rest(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) {
        if site.regulated || site.is_dirty() {
            self.settle(site, now, out);
        }
    }

    /// Visits and stations at rest, what lets others go on: second vehicles, pools, entry control. False where
    /// nothing changes any more.
    #[inline(never)]
    fn unblock(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) -> bool {
        if let Some(fleet) = site.next_dirty_fleet() {
            self.match_up(site, now, fleet, out);
        } else if let Some(place) = site.next_dirty_pool() {
            self.grant(site, now, place, out);
        } else if site.entry.as_ref().is_some_and(|entry| entry.dirty) {
            self.tend_entry(site, now, out);
        } else {
            self.watch_gate(site, now, out);
            if self.network.sites[site.site].cycles {
                self.watch_cycles(site);
            }
            return false;
        }
        true
    }
}

impl<O: Observer> engine::World for Corridor<'_, O> {
    type Process = SiteState<O>;
    type Event = Event;
    type Message = Cargo;
    type Scratch = Scratch;

    fn handle(&self, site: &mut SiteState<O>, now: Time, event: Event, out: &mut Outbox<'_, Self>) {
        match event {
            Event::Duty { station, next } => self.duty(site, now, station, next, out),
            Event::Candidate { flow, ordinal } => self.candidate(site, now, flow, ordinal, out),
            Event::Backlog => self.backlog(site, now, out),
            Event::Done {
                visit,
                started,
                station,
                unit,
                step,
            } => {
                let served = now - started;
                self.job_done(site, now, visit, step, unit, station, started, served, out);
            }
            Event::JointDone { visit, step } => self.joint_done(site, now, visit, step, out),
            Event::Freed { station, visit } => self.freed(site, now, station, visit),
            Event::Served {
                visit,
                station,
                unit,
                step,
            } => self.served(site, now, JobId { visit, step, unit }, station, out),
            Event::Fails { station, machine } => self.machine_fails(site, now, station, machine),
            Event::Repaired { station, machine } => {
                self.machine_repaired(site, now, station, machine, out)
            }
            Event::HandedOver { visit, step } => {
                if !self.breaks_off(site, now, visit, step, out) {
                    self.join(site, now, visit, step, out);
                }
            }
            Event::Slot { station } => self.slot(site, now, station, out),
            Event::LineDeparts { line, departure } => {
                self.line_departs(site, now, line, departure, out)
            }
            Event::LinkDeparts { link, departure } => {
                self.link_departs(site, now, link, departure, out)
            }
            Event::VehicleComes { fleet, ordinal } => {
                self.vehicle_comes(site, now, fleet, ordinal, out)
            }
            Event::VehicleLeaves { fleet, ordinal } => {
                self.vehicle_leaves(site, now, fleet, ordinal)
            }
            Event::Report { news } => self.report_queues(site, now, news, out),
            Event::GivesUp { visit, leg, entity } => {
                self.gives_up(site, now, visit, leg, entity, out);
            }
            Event::Reissued { place } => self.returned(site, place),
            Event::Supply { place, next } => self.resupply(site, place, next, out),
            Event::Papers {
                visit,
                step,
                why,
                entity,
            } => self.papers_come(site, now, visit, (step, why), entity, out),
            Event::Enters { entity } => self.enters(site, now, entity, out),
            Event::FormBy { line, begun } => self.form_by(site, now, line, begun, out),
            Event::Reopens { link } => self.reopens(site, now, link, out),
            Event::Entry => self.wake_entry(site),
            Event::SetsOut { entity, leg } => self.sets_out_now(site, now, entity, leg, out),
        }
    }

    #[inline(always)]
    fn handle_alone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        event: Event,
        out: &mut Outbox<'_, Self>,
    ) {
        if let Event::Done {
            visit,
            started,
            station,
            unit,
            step: s,
        } = event
        {
            let done = DoneJob {
                visit,
                s,
                unit,
                station,
                started,
            };
            if self.done_straight(site, now, &done, out) {
                return;
            }
        }
        site.alone = matches!(event, Event::Candidate { .. });
        self.handle(site, now, event, out);
        site.alone = false;
        self.rest(site, now, out);
    }

    #[inline]
    fn receive_alone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        site.alone = cargo.form == Form::Lone;
        self.receive(site, now, cargo, out);
        site.alone = false;
        self.rest(site, now, out);
    }

    fn receive_together(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargos: &[Cargo],
        out: &mut Outbox<'_, Self>,
    ) {
        // A train comes before those aboard.
        if let [header, members @ ..] = cargos
            && header.form == Form::Batch
        {
            debug_assert!(members.iter().all(|m| m.form == Form::Member));
            self.batch_arrives(site, now, *header, out);
            self.members_arrive(site, now, members, out);
        } else {
            for cargo in cargos {
                self.receive(site, now, *cargo, out);
            }
        }
    }

    fn receive(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        match cargo.form {
            Form::Lone => self.arrive(site, now, cargo, out),
            Form::Batch => self.batch_arrives(site, now, cargo, out),
            Form::Member => self.members_arrive(site, now, &[cargo], out),
            Form::Request => self.requested(site, now, &cargo),
            Form::Grant => self.grant_arrives(site, now, &cargo, out),
            Form::Return => {
                self.returned(site, self.network.pools[cargo.route as usize].place);
            }
            Form::Report => self.report_arrives(site, &cargo),
            Form::Halt => self.halt_arrives(site, &cargo),
            Form::Book => self.asked_to_book(site, now, &cargo),
            Form::Window => self.window_given(site, now, &cargo, out),
            Form::Data => self.data_arrives(site, now, cargo, 0, out),
            Form::EntryData => self.data_arrives(site, now, cargo, ENTRY_PART, out),
        }
    }

    fn settle(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) {
        loop {
            // Visits first: completions free the cargo for its next queue. Then every station with a free
            // server, then unblocking. A start takes at least a tick, so only a zero-time step, a departure or a
            // grant comes back here.
            if let Some(visit) = site.next_dirty_visit() {
                self.advance(site, now, visit, out);
            } else if let Some(station) = site.next_dirty_station() {
                self.dispatch(site, now, station, out);
            } else if !site.regulated || !self.unblock(site, now, out) {
                return;
            }
        }
    }

    fn awaited(&self, site: &SiteState<O>) -> i64 {
        site.awaited
    }

    fn sweeps(&self, site: &SiteState<O>) -> bool {
        site.computed.is_some()
    }

    fn sweep(
        &self,
        site: &mut SiteState<O>,
        end: Time,
        arrived: &mut Vec<(Time, Cargo)>,
        scratch: &mut Scratch,
        out: &mut Outbox<'_, Self>,
    ) -> u64 {
        self.sweep_site(site, end, arrived, scratch, out)
    }

    fn wakes(&self, site: &SiteState<O>) -> Time {
        site.computed.as_ref().map_or(Time::MAX, |c| c.wakes())
    }

    fn close(&self, site: &mut SiteState<O>, scratch: &mut Scratch) {
        if let Some(computed) = &mut site.computed {
            computed.close(scratch);
        }
    }

    fn key_of(&self, at: Time, cargo: &Cargo) -> Option<Key> {
        match cargo.form {
            Form::Lone => Some(Cargo::arrival(at, cargo.entity, cargo.leg)),
            Form::Data => Some(Cargo::data(at, cargo.entity, cargo.leg, 0)),
            Form::EntryData => Some(Cargo::data(at, cargo.entity, cargo.leg, ENTRY_PART)),
            _ => None,
        }
    }
}
