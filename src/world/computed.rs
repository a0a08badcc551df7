//! Sites whose ends of service are computed at arrival: each station takes its jobs in the order of their keys and knows
//! at once when each starts and ends (`network/computed` says where that holds, and why).
//!
//! A site is swept window by window. Its stations are taken in an order in which every visit comes to them; each takes
//! the jobs that join it before the window's end. A join of several steps is the latest of their ends. What is known
//! to happen after the window is told at once where nothing else depends on it; a job that joins a queue later waits
//! for its window, since others may still come before it. The facts are those of the event-driven kernel.

use super::computed_station::{Servers, sort};
use super::computed_visit::{Passing, Served};
use super::{Cargo, ComputedJob, Corridor, Observer, Present, SiteState, SparseHours};
use crate::engine::Outbox;
use crate::network::{Computed, Plan, StationKind};
use crate::random::{Law, Stream};
use crate::terms::{EntityId, FlowId, HourKind, Mechanism, StepKind};
use crate::time::{Span, Time};

/// A job that joins a queue; the order of its first fields is the order of service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Joining {
    pub joined: Time,
    pub entity: EntityId,
    pub call: u8,
    pub step: u8,
    pub visit: u32,
}

/// A step as a job needs it.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    service: Law,
    stream: Stream,
    /// Neither setup nor assistance.
    plain: bool,
    /// It has no queue.
    pub unlimited: bool,
    pub station: u16,
    pub hand_over: Span,
    /// Where its hours go.
    pub serving: u8,
    pub waiting: u8,
    pub handing: u8,
}

/// A station.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub servers: Servers,
    pub joining: Vec<Joining>,
    /// The last of the instants at which they join.
    until: Time,
    /// The place in [`ComputedSite::drawn`] of the only step that is done here, where there is one.
    only: Option<u32>,
}

impl Desk {
    /// A job joins, now or later.
    #[inline]
    pub fn join(&mut self, job: Joining) {
        self.until = self.until.max(job.joined);
        self.joining.push(job);
    }

    /// Takes the jobs that join before `end`; the others stay, in the order in which they came to be known.
    #[inline]
    fn due(&mut self, end: Time, due: &mut Vec<Joining>) {
        if self.until < end {
            std::mem::swap(&mut self.joining, due);
            return;
        }
        self.joining.retain(|job| {
            let later = job.joined >= end;
            if !later {
                due.push(*job);
            }
            later
        });
    }
}

/// The state of a site whose ends of service are computed at arrival.
#[derive(Clone, Debug)]
pub(super) struct ComputedSite {
    pub passing: Vec<Passing>,
    /// By visit and step.
    pub served: Vec<Served>,
    /// Places of visits that are over.
    pub free: Vec<u32>,
    /// By station.
    pub desks: Vec<Desk>,
    /// By plan: where its steps begin in `drawn`, its ways in [`Computed::ways`].
    pub first_step: Vec<u32>,
    pub first_way: Vec<u16>,
    pub drawn: Vec<Drawn>,
    /// The next candidate of each flow that starts here.
    candidates: Vec<(FlowId, Time, u64)>,
    /// The jobs of one station in one window, and of pure delays in one window: their memory is kept.
    due: Vec<Joining>,
    done: Vec<ComputedJob>,
    lengths: Vec<Span>,
    pub delays: Vec<ComputedJob>,
    pub hours: SparseHours,
    wakes: Time,
}

impl ComputedSite {
    /// Adds who is inside, for the count at the end of a run.
    pub fn present(&self, present: &mut Vec<Present>) {
        let mut gone = vec![false; self.passing.len()];
        for &visit in &self.free {
            gone[visit as usize] = true;
        }
        let inside = self.passing.iter().zip(gone).filter(|(_, gone)| !gone);
        present.extend(inside.map(|(p, _)| Present {
            cell: Some(p.cell),
            arrived: p.arrived,
            measured: p.cargo.is(Cargo::MEASURED),
            apart: p.apart || p.cargo.is(Cargo::APART),
            route: p.cargo.route,
            leg: p.cargo.leg,
        }));
    }

    /// When something next happens besides what others send.
    pub fn wakes(&self) -> Time {
        self.wakes
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The state of a site whose ends of service are computed at arrival, where they are.
    pub(super) fn computed_site(&self, site: usize) -> Option<Box<ComputedSite>> {
        let node = &self.network.sites[site];
        if self.kernel == super::Kernel::Events || node.computed.is_err() {
            return None;
        }
        let desk = |d: usize| Desk {
            servers: Servers::new(self.draws.incidents.duty(self.network, site, d as u16)),
            joining: Vec::new(),
            until: Time::ZERO,
            only: None,
        };
        let (mut first_step, mut first_way, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        let mut ways = 0;
        for (p, plan) in node.plans.iter().enumerate() {
            first_step.push(drawn.len() as u32);
            first_way.push(ways);
            ways += plan.orders.len() as u16;
            drawn.extend((0..plan.steps.len()).map(|s| self.drawn(site, p, plan, s)));
        }
        let mut desks: Vec<Desk> = (0..node.stations.len()).map(desk).collect();
        for (d, desk) in desks.iter_mut().enumerate() {
            let mut here = (0..).zip(&drawn).filter(|(_, s)| s.station as usize == d);
            if let (Some((step, _)), None) = (here.next(), here.next()) {
                desk.only = Some(step);
            }
        }
        let candidate = |flow: &FlowId| {
            let at = self.candidate_at(Time::ZERO, flow.0, 0)?;
            Some((*flow, at, 0))
        };
        let candidates: Vec<_> = node.flows.iter().filter_map(candidate).collect();
        Some(Box::new(ComputedSite {
            passing: Vec::new(),
            served: Vec::new(),
            free: Vec::new(),
            desks,
            first_step,
            first_way,
            drawn,
            wakes: candidates.iter().map(|c| c.1).min().unwrap_or(Time::MAX),
            candidates,
            due: Vec::new(),
            done: Vec::new(),
            lengths: Vec::new(),
            delays: Vec::new(),
            hours: SparseHours::default(),
        }))
    }

    fn drawn(&self, site: usize, plan_number: usize, plan: &Plan, s: usize) -> Drawn {
        let step = &plan.steps[s];
        let servers = &self.network.sites[site].stations[step.station as usize].servers;
        let kind = if step.kind == StepKind::WaitFor {
            HourKind::Waiting
        } else {
            HourKind::Service
        };
        Drawn {
            service: step.service.clone(),
            stream: self.draws.sites[site].steps[plan_number][s].service,
            plain: step.setup.is_none() && step.assisted_service.is_none(),
            unlimited: matches!(servers, StationKind::Unlimited),
            station: step.station,
            hand_over: step.hand_over,
            serving: SparseHours::cell(step.actor, kind),
            waiting: SparseHours::cell(step.actor, HourKind::Waiting),
            handing: SparseHours::cell(step.actor, HourKind::HandOff),
        }
    }

    /// Everything before `end` at a site whose ends of service are computed at arrival.
    pub(super) fn sweep_site(
        &self,
        site: &mut SiteState<O>,
        end: Time,
        arrived: &mut Vec<(Time, Cargo)>,
        out: &mut Outbox<'_, Self>,
    ) -> u64 {
        let node = &self.network.sites[site.site];
        let (Some(mut state), Ok(computed)) = (site.computed.take(), &node.computed) else {
            return 0;
        };
        let mut sweep = Sweep {
            world: self,
            site,
            state: &mut state,
            computed,
            plans: &node.plans,
            end,
            last: self.network.drain_end,
            events: 0,
        };
        sweep.candidates(out);
        // Last come, first in the list. Nothing depends on their order, but queues that are nearly in order are sorted soon.
        arrived.reverse();
        sort(arrived, |a, b| a.0 < b.0);
        for (at, cargo) in arrived.drain(..) {
            sweep.events += 1;
            sweep.arrives(at, cargo, out);
        }
        for &station in &computed.stations {
            sweep.serve(station, out);
        }
        sweep.rest();
        let events = sweep.events;
        site.computed = Some(state);
        events
    }
}

/// A site being swept.
pub(super) struct Sweep<'s, 'w, O: Observer> {
    pub world: &'s Corridor<'w, O>,
    pub site: &'s mut SiteState<O>,
    pub state: &'s mut ComputedSite,
    pub computed: &'s Computed,
    pub plans: &'s [Plan],
    end: Time,
    /// Nothing is told that happens after it.
    pub last: Time,
    pub events: u64,
}

impl<'w, O: Observer> Sweep<'_, 'w, O> {
    /// The consignments that enter the corridor here before the end.
    fn candidates(&mut self, out: &mut Outbox<'_, Corridor<'w, O>>) {
        for n in 0..self.state.candidates.len() {
            let (flow, mut at, mut ordinal) = self.state.candidates[n];
            let node = &self.world.network.flows[flow.index()];
            while at < self.end {
                self.events += 1;
                if self.world.is_kept(node, flow.0, ordinal, at) {
                    for member in 0..u64::from(node.group) {
                        let ordinal = ordinal * u64::from(node.group) + member;
                        let cargo = self.world.consignment(at, flow.0, ordinal);
                        self.world.enter(self.site, at, &cargo);
                        self.arrives(at, cargo, out);
                    }
                }
                ordinal += 1;
                let next = self.world.candidate_at(at, flow.0, ordinal);
                at = next.unwrap_or(Time::MAX);
            }
            self.state.candidates[n] = (flow, at, ordinal);
        }
    }

    /// The jobs that join a station before the window's end.
    fn serve(&mut self, station: u16, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let end = self.end;
        let desk = &mut self.state.desks[station as usize];
        if desk.joining.is_empty() {
            return;
        }
        let mut due = std::mem::take(&mut self.state.due);
        let mut done = std::mem::take(&mut self.state.done);
        desk.due(end, &mut due);
        // The whole key decides only where two join at one instant.
        sort(&mut due, |a, b| {
            a.joined < b.joined || a.joined == b.joined && a < b
        });
        let (world, site) = (self.world, self.site.site);
        let ComputedSite {
            lengths,
            drawn,
            passing,
            served,
            first_step,
            desks,
            ..
        } = &mut *self.state;
        let desk = &mut desks[station as usize];
        // The draws first: none waits for another's result.
        match desk.only.map(|only| &drawn[only as usize]) {
            Some(of_all) if of_all.plain => {
                let (service, stream) = (&of_all.service, of_all.stream);
                lengths.reserve(due.len());
                let uniform = |job: &Joining| {
                    stream.uniform(world.draws.key(job.entity), u32::from(job.call), 0)
                };
                service.quantiles(&due, uniform, |ms| lengths.push(Span::from_ms_f64(ms)));
            }
            _ => lengths.extend(due.iter().map(|job| {
                let p = &passing[job.visit as usize];
                let first = first_step[p.plan as usize] as usize;
                length(world, site, &drawn[first + job.step as usize], p, job)
            })),
        }
        let observer = &mut self.site.observer;
        let (steps, last, mut ended) = (self.computed.steps, self.last, 0);
        done.extend(due.iter().zip(&*lengths).map(|(joining, length)| {
            let started = desk.servers.start(joining.joined, |from, to, n| {
                observer.computed_overtime(station, from, to, n);
            });
            let p = &mut passing[joining.visit as usize];
            let job = job(p, joining, started, *length);
            desk.servers.take(job.ended);
            let place = joining.visit as usize * steps + joining.step as usize;
            ended += u64::from(p.learn(&job, &mut served[place], last));
            job
        }));
        lengths.clear();
        self.events += ended;
        observer.computed_jobs(Some(station), &done, self.last);
        for (joining, job) in due.iter().zip(&done) {
            if job.ended <= self.last {
                self.go_on(joining.visit, joining.step, out);
            }
        }
        due.clear();
        done.clear();
        (self.state.due, self.state.done) = (due, done);
    }

    /// What is left to come, and the rosters up to the window's end.
    fn rest(&mut self) {
        let delays = &mut self.state.delays;
        if !delays.is_empty() {
            self.site.observer.computed_jobs(None, delays, self.last);
            delays.clear();
        }
        let next = self.state.candidates.iter().map(|c| c.1).min();
        let mut wakes = next.unwrap_or(Time::MAX);
        for (d, desk) in self.state.desks.iter_mut().enumerate() {
            for job in &desk.joining {
                wakes = wakes.min(job.joined);
            }
            let observer = &mut self.site.observer;
            desk.servers.pass(self.end, |from, to, n| {
                observer.computed_overtime(d as u16, from, to, n);
            });
        }
        self.state.wakes = wakes;
    }
}

/// How long a job takes.
#[inline]
pub(super) fn length<O: Observer>(
    world: &Corridor<'_, O>,
    site: usize,
    drawn: &Drawn,
    p: &Passing,
    joining: &Joining,
) -> Span {
    let draw = world.draws.key(joining.entity);
    if drawn.plain {
        let u = drawn.stream.uniform(draw, u32::from(joining.call), 0);
        Span::from_ms_f64(drawn.service.quantile(u))
    } else {
        world.prepared_service(site, p, joining.step as usize, draw)
    }
}

/// One job from beginning to end.
#[inline(always)]
pub(super) fn job(p: &Passing, joining: &Joining, started: Time, length: Span) -> ComputedJob {
    ComputedJob {
        entity: joining.entity,
        joined: joining.joined,
        started,
        ended: started.saturating_add(length.max(Span::TICK)),
        plan: p.plan,
        step: joining.step,
        call: joining.call,
        measured: p.cargo.is(Cargo::MEASURED),
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The service time of a job with a setup, or under assistance.
    #[inline(never)]
    fn prepared_service(&self, site: usize, p: &Passing, s: usize, draw: u64) -> Span {
        let step = &self.network.sites[site].plans[p.plan as usize].steps[s];
        let streams = &self.draws.sites[site].steps[p.plan as usize][s];
        let call = u32::from(p.call);
        let mut law = &step.service;
        if let Some(assisted) = &step.assisted_service
            && let Some(scope) = self.stop_at(&p.cargo).enforcement_of(step.part)
        {
            let level = self.network.levels[scope.index()].at(Mechanism::Enforcement, p.arrived);
            if streams.assistance.uniform(draw, call, 0) < level {
                law = assisted;
            }
        }
        let exam = Span::from_ms_f64(law.quantile(streams.service.uniform(draw, call, 0)));
        let setup = step.setup.as_ref().map_or(Span::ZERO, |law| {
            Span::from_ms_f64(law.quantile(streams.setup.uniform(draw, call, 0)))
        });
        setup + exam
    }
}
