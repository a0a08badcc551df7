//! The world: sites as logical processes, visits that go through procedures, consignments and batches that
//! move between them.
//!
//! Everything that happens in one site at one instant is handled in two moves: events and messages only change
//! counters and queues; then [`crate::engine::World::settle`] lets visits go on to their next steps and
//! stations start work, until nothing changes. So no result depends on the order of handling.

mod ahead;
mod arrivals;
mod attribution;
mod batches;
mod departures;
mod draws;
mod events;
mod facts;
mod inspection;
mod joint;
mod movement;
mod selection;
mod service;
mod site;
mod station;
mod visit;

use std::marker::PhantomData;

use crate::engine::{self, Channel, Key, LogicalProcess, Outbox, Phase, ProcessId};
use crate::network::{ENTRY_PART, LineFormation, Network, StationKind};
use crate::time::Time;

pub use draws::Draws;
pub use events::{Cargo, Event, Form};
pub use facts::{
    Fact, FactKind, HourTable, JobEnd, NO_STEP, Observer, SkipReason, StationLevel, Trip, VisitEnd,
};
pub use site::{Present, SiteState};

/// One replication's world: the network and its draws.
pub struct Corridor<'a, O> {
    /// The compiled corridor.
    pub network: &'a Network,
    /// The replication's streams.
    pub draws: &'a Draws,
    observer: PhantomData<fn() -> O>,
}

impl<'a, O: Observer> Corridor<'a, O> {
    /// The world of `network` under `draws`.
    pub fn new(network: &'a Network, draws: &'a Draws) -> Self {
        Corridor {
            network,
            draws,
            observer: PhantomData,
        }
    }

    /// The logical processes, one for each site, with their first events; `observer` makes each its own.
    pub fn processes(&self, mut observer: impl FnMut(usize) -> O) -> Vec<LogicalProcess<Self>> {
        let sites = self.network.sites.iter().enumerate();
        sites
            .map(|(s, site)| {
                let mut first: Vec<(Key, Event)> = Vec::new();
                let mut state = SiteState::new(self.network, s, observer(s));
                for (index, station) in site.stations.iter().enumerate() {
                    if let StationKind::Staffed(duty) = &station.servers {
                        if let Some(&(at, _)) = duty.get(1) {
                            first.push(Event::duty(index as u16, at));
                        }
                        state.observe_station(index, Time::ZERO);
                    }
                }
                for &flow in &site.flows {
                    first.push((
                        Key::new(
                            self.first_candidate(flow),
                            Phase::Happenings,
                            events::CANDIDATE,
                            0,
                            u64::from(flow.0),
                        ),
                        Event::Candidate {
                            flow: flow.0,
                            ordinal: 0,
                        },
                    ));
                }
                for &line in &site.lines {
                    if let LineFormation::Timetable(slots) =
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

impl<O: Observer> engine::World for Corridor<'_, O> {
    type Process = SiteState<O>;
    type Event = Event;
    type Message = Cargo;

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
                self.job_done(site, now, visit, step, unit, station, started, out);
            }
            Event::JointDone { visit, step } => self.joint_done(site, now, visit, step, out),
            Event::Freed { station } => site.free(station, now),
            Event::HandedOver { visit, step } => self.join(site, now, visit, step, out),
            Event::Slot { station } => self.slot(site, now, station, out),
            Event::LineDeparts { line, departure } => {
                self.line_departs(site, now, line, departure, out)
            }
            Event::LinkDeparts { link, departure } => {
                self.link_departs(site, now, link, departure, out)
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
            Form::Batch => self.batch_arrives(site, now, cargo),
            Form::Member => self.member_arrives(site, now, cargo, out),
            Form::Data => self.data_arrives(site, now, cargo, 0),
            Form::EntryData => self.data_arrives(site, now, cargo, ENTRY_PART),
        }
    }

    fn settle(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) {
        loop {
            // Visits first: completions free the cargo for its next queue. Then every station with a free
            // server. A start takes at least a tick, so only a zero-time step or departure comes back here.
            if let Some(visit) = site.next_dirty_visit() {
                self.advance(site, now, visit, out);
            } else if let Some(station) = site.next_dirty_station() {
                self.dispatch(site, now, station, out);
            } else {
                return;
            }
        }
    }

    fn awaited(&self, site: &SiteState<O>) -> i64 {
        site.awaited
    }
}
