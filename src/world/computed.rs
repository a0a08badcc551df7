//! Sites whose ends of service are computed at arrival: each station takes its jobs in the order of their keys and knows
//! at once when each starts and ends (`network/computed` says where that holds, and why).
//!
//! A site is swept window by window. Its stations are taken in an order in which every visit comes to them; each takes
//! the jobs that join it before the window's end. A join of several steps is the latest of their ends. What is known
//! to happen after the window is told at once where nothing else depends on it; a job that joins a queue later waits
//! for its window, since others may still come before it. The facts are those of the event-driven kernel.

use super::computed_station::{Servers, sort};
use super::{Cargo, ComputedJob, Corridor, FactKind, HourTable, NO_STEP, Observer, Present};
use super::{SiteState, VisitEnd};
use crate::engine::Outbox;
use crate::network::{Computed, Plan, StationKind};
use crate::random::{Law, Stream};
use crate::terms::{EntityId, FlowId, HourKind, Mechanism, SiteId, StepKind};
use crate::time::{Span, Time};

/// A visit that is not over.
#[derive(Clone, Copy, Debug)]
struct Passing {
    cargo: Cargo,
    arrived: Time,
    /// Steps that take place; those that have joined their queues; those whose ends are known.
    applies: u64,
    begun: u64,
    known: u64,
    /// The last of the ends that are known; the arrival where none is.
    latest: Time,
    plan: u16,
    cell: u16,
    epoch: u8,
    call: u8,
    apart: bool,
    /// Agencies that examine it.
    examined_by: u8,
    saved_declaration: Span,
}

/// When a step of a visit starts and ends.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    started: Time,
    ended: Time,
}

/// A job that joins a queue; the order of its first fields is the order of service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Joining {
    pub joined: Time,
    pub entity: EntityId,
    call: u8,
    step: u8,
    visit: u32,
}

/// What a job's service is drawn from.
#[derive(Clone, Debug)]
struct Drawn {
    service: Law,
    stream: Stream,
    /// Neither setup nor assistance.
    plain: bool,
    station: u16,
    unlimited: bool,
    hand_over: Span,
}

#[derive(Clone, Debug)]
struct Desk {
    servers: Servers,
    joining: Vec<Joining>,
}

/// The state of a site whose ends of service are computed at arrival.
#[derive(Clone, Debug)]
pub(super) struct ComputedSite {
    passing: Vec<Passing>,
    /// By visit and step.
    served: Vec<Served>,
    free: Vec<u32>,
    /// By station.
    desks: Vec<Desk>,
    /// By plan and step.
    drawn: Vec<Vec<Drawn>>,
    /// The next candidate of each flow that starts here.
    candidates: Vec<(FlowId, Time, u64)>,
    /// The jobs of one station in one window, and of pure delays in one window: their memory is kept.
    due: Vec<Joining>,
    done: Vec<ComputedJob>,
    delays: Vec<ComputedJob>,
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

    pub fn wakes(&self) -> Time {
        self.wakes
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The state of a site whose ends of service are computed at arrival, where they are.
    pub(super) fn computed_site(&self, site: usize) -> Option<Box<ComputedSite>> {
        let node = &self.network.sites[site];
        let computed = match (self.kernel, &node.computed) {
            (super::Kernel::Auto, Ok(computed)) => computed,
            _ => return None,
        };
        let desk = |(d, _)| Desk {
            servers: Servers::new(self.draws.incidents.duty(self.network, site, d as u16)),
            joining: Vec::new(),
        };
        let drawn = |(p, plan): (usize, &Plan)| {
            let steps = plan.steps.iter().zip(&self.draws.sites[site].steps[p]);
            steps
                .map(|(step, draws)| Drawn {
                    service: step.service.clone(),
                    stream: draws.service,
                    plain: step.setup.is_none() && step.assisted_service.is_none(),
                    station: step.station,
                    unlimited: matches!(
                        node.stations[step.station as usize].servers,
                        StationKind::Unlimited
                    ),
                    hand_over: step.hand_over,
                })
                .collect()
        };
        let candidate = |flow: &FlowId| {
            let at = self.candidate_at(Time::ZERO, flow.0, 0)?;
            Some((*flow, at, 0))
        };
        let candidates: Vec<_> = node.flows.iter().filter_map(candidate).collect();
        debug_assert!(computed.stations.len() <= node.stations.len());
        Some(Box::new(ComputedSite {
            passing: Vec::new(),
            served: Vec::new(),
            free: Vec::new(),
            desks: node.stations.iter().enumerate().map(desk).collect(),
            drawn: node.plans.iter().enumerate().map(drawn).collect(),
            wakes: candidates.iter().map(|c| c.1).min().unwrap_or(Time::MAX),
            candidates,
            due: Vec::new(),
            done: Vec::new(),
            delays: Vec::new(),
        }))
    }

    /// Everything before `end` at a site whose ends of service are computed at arrival.
    pub(super) fn sweep_site(
        &self,
        site: &mut SiteState<O>,
        end: Time,
        arrived: &mut Vec<(Time, Cargo)>,
        out: &mut Outbox<'_, Self>,
    ) -> u64 {
        let Some(mut state) = site.computed.take() else {
            return 0;
        };
        let Ok(computed) = &self.network.sites[site.site].computed else {
            return 0;
        };
        let number = site.site;
        let mut sweep = Sweep {
            world: self,
            site,
            state: &mut state,
            computed,
            plans: &self.network.sites[number].plans,
            end,
            last: self.network.drain_end,
            events: 0,
        };
        sweep.candidates(out);
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
struct Sweep<'s, 'w, O: Observer> {
    world: &'s Corridor<'w, O>,
    site: &'s mut SiteState<O>,
    state: &'s mut ComputedSite,
    computed: &'s Computed,
    plans: &'s [Plan],
    end: Time,
    /// Nothing is told that happens after it.
    last: Time,
    events: u64,
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
                at = match self.world.candidate_at(at, flow.0, ordinal) {
                    Some(next) => next,
                    None => Time::MAX,
                };
            }
            self.state.candidates[n] = (flow, at, ordinal);
        }
    }

    /// A consignment arrives: its steps are chosen, and those that wait for nothing join their queues.
    fn arrives(&mut self, at: Time, mut cargo: Cargo, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let world = self.world;
        out.cause_at(at);
        self.site.cargo_fact(&cargo, at, FactKind::Arrived, 1);
        let stop = world.stop_at(&cargo);
        world.mark_crossing(self.site, at, stop, &mut cargo);
        let plan = stop.plan_for(Some(crate::terms::CommodityId(cargo.commodity)));
        let cell_of = plan.map(|(_, cell)| cell);
        self.site.observer.visit_begin(cell_of, at, 1);
        let Some((plan, cell)) = plan else {
            world.pass_through(self.site, at, &cargo, out);
            return;
        };
        let id = SiteId::from(self.site.site);
        let epoch = world.network.epoch(id, at) as u8;
        let mut passing = Passing {
            cargo,
            arrived: at,
            applies: 0,
            begun: 0,
            known: 0,
            latest: at,
            plan,
            cell,
            epoch,
            call: stop.visit,
            apart: false,
            examined_by: 0,
            saved_declaration: Span::ZERO,
        };
        let steps = self.state.drawn[plan as usize].len();
        if self.computed.whole[plan as usize][epoch as usize] && stop.recognition.is_empty() {
            passing.applies = u64::MAX.checked_shr(64 - steps as u32).unwrap_or(0);
        } else {
            self.choose(&mut passing);
        }
        let visit = match self.state.free.pop() {
            Some(visit) => {
                self.state.passing[visit as usize] = passing;
                visit
            }
            None => {
                self.state.passing.push(passing);
                let room = self.state.passing.len() * self.computed.steps;
                self.state.served.resize(room, Served::default());
                (self.state.passing.len() - 1) as u32
            }
        };
        self.go_on(visit, u64::MAX, out);
    }

    /// Chooses the steps as the event-driven kernel does, in a visit that is only there for that.
    fn choose(&mut self, passing: &mut Passing) {
        let (world, at) = (self.world, passing.arrived);
        let draw = world.draws.key(passing.cargo.entity);
        let index = self.site.admit(passing.cargo, draw, at);
        let v = &mut self.site.visits[index as usize];
        (v.plan, v.cell, v.call, v.epoch) =
            (passing.plan, passing.cell, passing.call, passing.epoch);
        world.choose_steps(self.site, at, index, u64::MAX);
        let v = &self.site.visits[index as usize];
        passing.applies = v.applies;
        passing.apart = v.apart;
        passing.examined_by = v.examined_by as u8;
        passing.saved_declaration = v.saved_declaration;
        self.site.dismiss(index);
    }

    /// The steps of `candidates` that wait for nothing any more join their queues; a visit with none left departs.
    fn go_on(&mut self, visit: u32, mut candidates: u64, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let p = &mut self.state.passing[visit as usize];
        let plan = p.plan as usize;
        let order = &self.plans[plan].orders[p.epoch as usize];
        let after = &self.computed.after[plan][p.epoch as usize];
        candidates &= p.applies & !p.begun;
        while candidates != 0 {
            let s = candidates.trailing_zeros() as usize;
            candidates &= candidates - 1;
            let before = order.before[s] & p.applies;
            if before & !p.known != 0 {
                continue;
            }
            p.begun |= 1 << s;
            let mut joined = if before == p.known {
                p.latest
            } else {
                let base = visit as usize * self.computed.steps;
                ready(&self.state.served[base..], before, p.arrived)
            };
            let drawn = &self.state.drawn[plan][s];
            if order.handed_over >> s & 1 == 1 {
                joined = joined + drawn.hand_over;
            }
            let joining = Joining {
                joined,
                entity: p.cargo.entity,
                call: p.call,
                step: s as u8,
                visit,
            };
            // None that waits for it can be ready before its end is known.
            candidates &= !after[s];
            if drawn.unlimited {
                let job = job(self.world, self.site.site, drawn, p, &joining, joined);
                self.state.delays.push(job);
                let place = (visit, self.computed.steps);
                if know(p, &job, &mut self.state.served, place, self.last) {
                    self.events += 1;
                    candidates |= after[s] & p.applies & !p.begun;
                }
            } else {
                self.state.desks[drawn.station as usize]
                    .joining
                    .push(joining);
            }
        }
        if p.known == p.applies {
            self.departs(visit, out);
        }
    }

    /// The jobs that join a station before the window's end.
    fn serve(&mut self, station: u16, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let mut due = std::mem::take(&mut self.state.due);
        let mut done = std::mem::take(&mut self.state.done);
        let end = self.end;
        let desk = &mut self.state.desks[station as usize];
        desk.joining.retain(|job| {
            let later = job.joined >= end;
            if !later {
                due.push(*job);
            }
            later
        });
        sort(&mut due);
        let observer = &mut self.site.observer;
        for joining in &due {
            let p = &mut self.state.passing[joining.visit as usize];
            let drawn = &self.state.drawn[p.plan as usize][joining.step as usize];
            let started = desk.servers.start(joining.joined, |from, to, n| {
                observer.computed_overtime(station, from, to, n);
            });
            let job = job(self.world, self.site.site, drawn, p, joining, started);
            desk.servers.take(job.ended);
            done.push(job);
            let place = (joining.visit, self.computed.steps);
            self.events += u64::from(know(p, &job, &mut self.state.served, place, self.last));
        }
        observer.computed_jobs(Some(station), &done, self.last);
        for (joining, job) in due.iter().zip(&done) {
            if job.ended <= self.last {
                let p = &self.state.passing[joining.visit as usize];
                let after = &self.computed.after[p.plan as usize][p.epoch as usize];
                self.go_on(joining.visit, after[joining.step as usize], out);
            }
        }
        due.clear();
        done.clear();
        (self.state.due, self.state.done) = (due, done);
    }

    /// All steps' ends are known: so is the departure.
    fn departs(&mut self, visit: u32, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let world = self.world;
        let p = self.state.passing[visit as usize];
        let plan = &world.network.sites[self.site.site].plans[p.plan as usize];
        let base = visit as usize * self.computed.steps;
        let served = &self.state.served[base..];
        let departed = p.latest;
        out.cause_at(departed);
        let released =
            (plan.release != 0).then(|| ready(served, p.applies & plan.release, p.arrived));
        let hours = hours(plan, &p, served);
        let fact = |now: Time, kind: FactKind, detail: u64| super::Fact {
            time: now,
            entity: p.cargo.entity,
            visit: p.call,
            plan: p.plan,
            step: NO_STEP,
            attempt: 0,
            kind,
            detail,
            measured: p.cargo.is(Cargo::MEASURED),
        };
        if let Some(at) = released {
            self.site.observer.fact(&fact(at, FactKind::Released, 0));
        }
        self.site
            .observer
            .fact(&fact(departed, FactKind::Departed, 1));
        let mut cargo = p.cargo;
        if p.apart {
            cargo.flags |= Cargo::APART;
        }
        self.site.observer.visit_end(&VisitEnd {
            cell: Some(p.cell),
            arrived: p.arrived,
            departed,
            consignments: 1,
            measured: u32::from(cargo.is(Cargo::MEASURED)),
            release: released.map(|at| at - p.arrived),
            hours: &hours,
            apart: p.apart,
            saved_declaration: p.saved_declaration,
            saved_setup: Span::ZERO,
            examined_by: u32::from(p.examined_by),
            fees: fees(plan, &p, served),
            gave_up: false,
        });
        world.end_crossing(self.site, departed, &cargo);
        // Two of its jobs may end in one window: it departs once.
        let gone = &mut self.state.passing[visit as usize];
        (gone.applies, gone.known) = (0, u64::MAX);
        self.state.free.push(visit);
        match world.stop_at(&cargo).link {
            Some(link) => world.send_alone(departed, cargo, link, out),
            None => world.leave(self.site, departed, &cargo, out),
        }
    }

    /// What is left to come, and the rosters up to the window's end.
    fn rest(&mut self) {
        let delays = &mut self.state.delays;
        if !delays.is_empty() {
            self.site.observer.computed_jobs(None, delays, self.last);
            delays.clear();
        }
        let mut wakes = Time::MAX;
        for (_, at, _) in &self.state.candidates {
            wakes = wakes.min(*at);
        }
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

/// One job from beginning to end.
#[inline(always)]
fn job<O: Observer>(
    world: &Corridor<'_, O>,
    site: usize,
    drawn: &Drawn,
    p: &Passing,
    joining: &Joining,
    started: Time,
) -> ComputedJob {
    let draw = world.draws.key(joining.entity);
    let length = if drawn.plain {
        let u = drawn.stream.uniform(draw, u32::from(joining.call), 0);
        Span::from_ms_f64(drawn.service.quantile(u))
    } else {
        world.prepared_service(site, p, joining.step as usize, draw)
    };
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

/// The end of a job is known, unless it is after the `last` instant of the run.
#[inline(always)]
fn know(
    p: &mut Passing,
    job: &ComputedJob,
    served: &mut [Served],
    (visit, steps): (u32, usize),
    last: Time,
) -> bool {
    let ends = job.ended <= last;
    if ends {
        p.known |= 1 << job.step;
        p.latest = p.latest.max(job.ended);
        served[visit as usize * steps + job.step as usize] = Served {
            started: job.started,
            ended: job.ended,
        };
    }
    ends
}

/// When the last of `steps` ends; the arrival where there is none.
#[inline]
fn ready(served: &[Served], steps: u64, arrived: Time) -> Time {
    let (mut at, mut steps) = (arrived, steps);
    while steps != 0 {
        at = at.max(served[steps.trailing_zeros() as usize].ended);
        steps &= steps - 1;
    }
    at
}

/// The order in which steps became ready or joined, for what depends on it.
fn fees(plan: &Plan, p: &Passing, served: &[Served]) -> f64 {
    let mut fees = plan.fee;
    if plan.steps.iter().all(|s| s.fee == 0.0) {
        return fees;
    }
    let order = &plan.orders[p.epoch as usize];
    let mut steps: Vec<usize> = (0..plan.steps.len())
        .filter(|s| p.applies >> s & 1 == 1)
        .collect();
    // In the order of joining: so are the fees added in the event-driven kernel, and sums of fractions depend on it.
    steps.sort_by_key(|s| {
        (
            joined(plan, order.before[*s] & p.applies, *s, p, served),
            *s,
        )
    });
    for s in steps {
        fees += plan.steps[s].fee;
    }
    fees
}

/// When a step of a visit joined its queue, where it waited for `before`.
fn joined(plan: &Plan, before: u64, s: usize, p: &Passing, served: &[Served]) -> Time {
    let at = ready(served, before, p.arrived);
    if plan.orders[p.epoch as usize].handed_over >> s & 1 == 1 {
        at + plan.steps[s].hand_over
    } else {
        at
    }
}

/// Where the hours went: back along the critical path from departure to arrival, as `attribution` does.
fn hours(plan: &Plan, p: &Passing, served: &[Served]) -> HourTable {
    let mut table = HourTable::default();
    let order = &plan.orders[p.epoch as usize];
    let mut at = ready(served, p.applies, p.arrived);
    while at > p.arrived {
        // Of steps that end together the last listed one is the trigger: their ends are handled in that order.
        let ended = |s: &usize| p.applies >> s & 1 == 1 && served[*s].ended == at;
        let Some(s) = (0..plan.steps.len()).rev().find(ended) else {
            break;
        };
        let step = &plan.steps[s];
        let kind = if step.kind == StepKind::WaitFor {
            HourKind::Waiting
        } else {
            HourKind::Service
        };
        let before = order.before[s] & p.applies;
        let joined = joined(plan, before, s, p, served);
        table.add(step.actor, kind, served[s].ended - served[s].started);
        table.add(step.actor, HourKind::Waiting, served[s].started - joined);
        at = ready(served, before, p.arrived);
        table.add(step.actor, HourKind::HandOff, joined - at);
    }
    table
}

impl<O: Observer> Corridor<'_, O> {
    /// The service time of a job with a setup, or under assistance.
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
