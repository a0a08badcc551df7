//! Visits at a site whose ends of service are computed at arrival: from the choice of their steps to their departure.

use super::computed::{Joining, Sweep, job, length};
use super::{Cargo, ComputedJob, ComputedVisit, Corridor, FactKind, Observer};
use crate::engine::Outbox;
use crate::network::{Plan, Shape, Way};
use crate::terms::{CommodityId, SiteId};
use crate::time::{Span, Time};

/// A visit that is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passing {
    pub cargo: Cargo,
    pub arrived: Time,
    /// The last of the ends that are known; the arrival where none is.
    latest: Time,
    /// Steps that take place; those that have joined their queues; those whose ends are known.
    applies: u64,
    begun: u64,
    known: u64,
    saved_declaration: Span,
    pub plan: u16,
    /// Its place in [`Computed::ways`](crate::network::Computed::ways).
    way: u16,
    pub cell: u16,
    pub call: u8,
    pub apart: bool,
    /// Agencies that examine it.
    examined_by: u8,
}

/// When a step of a visit starts and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    started: Time,
    ended: Time,
}

impl Passing {
    /// The end of a job is known, unless it is after the `last` instant of the run.
    #[inline(always)]
    pub fn learn(&mut self, job: &ComputedJob, served: &mut Served, last: Time) -> bool {
        let ends = job.ended <= last;
        if ends {
            self.known |= 1 << job.step;
            self.latest = self.latest.max(job.ended);
            *served = Served {
                started: job.started,
                ended: job.ended,
            };
        }
        ends
    }
}

impl<'w, O: Observer> Sweep<'_, 'w, O> {
    /// A consignment arrives: its steps are chosen, and those that wait for nothing join their queues.
    pub(super) fn arrives(
        &mut self,
        at: Time,
        mut cargo: Cargo,
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let world = self.world;
        out.cause_at(at);
        self.site.cargo_fact(&cargo, at, FactKind::Arrived, 1);
        let stop = world.stop_at(&cargo);
        world.mark_crossing(self.site, at, stop, &mut cargo);
        let plan = stop.plan_for(Some(CommodityId(cargo.commodity)));
        let observer = &mut self.site.observer;
        observer.visit_begin(plan.map(|(_, cell)| cell), at, 1);
        let Some((plan, cell)) = plan else {
            world.pass_through(self.site, at, &cargo, out);
            return;
        };
        let epoch = world.network.epoch(SiteId::from(self.site.site), at) as u16;
        let mut passing = Passing {
            cargo,
            arrived: at,
            latest: at,
            applies: 0,
            begun: 0,
            known: 0,
            saved_declaration: Span::ZERO,
            plan,
            way: self.state.first_way[plan as usize] + epoch,
            cell,
            call: stop.visit,
            apart: false,
            examined_by: 0,
        };
        let computed = self.computed;
        let way = &computed.ways[passing.way as usize];
        match way.whole {
            Some(steps) if stop.recognition.is_empty() => passing.applies = steps,
            _ => self.choose(&mut passing, epoch as u8),
        }
        let visit = match self.state.free.pop() {
            Some(visit) => {
                self.state.passing[visit as usize] = passing;
                visit
            }
            None => {
                self.state.passing.push(passing);
                let room = self.state.passing.len() * computed.steps;
                self.state.served.resize(room, Served::default());
                (self.state.passing.len() - 1) as u32
            }
        };
        self.begin(way, visit, u64::MAX, out);
    }

    /// Chooses the steps as the event-driven kernel does, in a visit that is only there for that.
    fn choose(&mut self, passing: &mut Passing, epoch: u8) {
        let (world, at) = (self.world, passing.arrived);
        let draw = world.draws.key(passing.cargo.entity);
        let index = self.site.admit(passing.cargo, draw, at);
        let v = &mut self.site.visits[index as usize];
        (v.plan, v.cell, v.call, v.epoch) = (passing.plan, passing.cell, passing.call, epoch);
        world.choose_steps(self.site, at, index, u64::MAX);
        let v = &self.site.visits[index as usize];
        passing.applies = v.applies;
        passing.apart = v.apart;
        passing.examined_by = v.examined_by as u8;
        passing.saved_declaration = v.saved_declaration;
        self.site.dismiss(index);
    }

    /// The end of a step is known: those that waited for it alone join their queues.
    #[inline]
    pub(super) fn go_on(&mut self, visit: u32, step: u8, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let computed = self.computed;
        let p = &mut self.state.passing[visit as usize];
        let way = &computed.ways[p.way as usize];
        if p.known == p.applies {
            self.departs(way, visit, out);
            return;
        }
        match way.shape {
            Shape::Fan => {}
            Shape::Chain => {
                let s = (p.applies & !p.begun).trailing_zeros() as usize;
                let drawn = &self.state.drawn[self.state.first_step[p.plan as usize] as usize + s];
                if drawn.unlimited {
                    self.begin(way, visit, 1 << s, out);
                    return;
                }
                p.begun |= 1 << s;
                let mut joined = p.latest;
                if way.handed_over >> s & 1 == 1 {
                    joined += drawn.hand_over;
                }
                self.state.desks[drawn.station as usize].join(Joining {
                    joined,
                    entity: p.cargo.entity,
                    call: p.call,
                    step: s as u8,
                    visit,
                });
            }
            Shape::Net => self.begin(way, visit, way.after[step as usize], out),
        }
    }

    /// The steps of `candidates` that wait for nothing any more join their queues; a visit with none left departs.
    #[inline(never)]
    fn begin(
        &mut self,
        way: &Way,
        visit: u32,
        candidates: u64,
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let p = &mut self.state.passing[visit as usize];
        let first = self.state.first_step[p.plan as usize] as usize;
        let mut open = candidates & p.applies & !p.begun;
        while open != 0 {
            let s = open.trailing_zeros() as usize;
            open &= open - 1;
            let before = way.before[s] & p.applies;
            if before & !p.known != 0 {
                continue;
            }
            p.begun |= 1 << s;
            // None that waits for it can be ready before its end is known.
            open &= !way.after[s];
            let drawn = &self.state.drawn[first + s];
            let base = visit as usize * self.computed.steps;
            let mut joined = if before == p.known {
                p.latest
            } else {
                ready(&self.state.served[base..], before, p.arrived)
            };
            if way.handed_over >> s & 1 == 1 {
                joined += drawn.hand_over;
            }
            let joining = Joining {
                joined,
                entity: p.cargo.entity,
                call: p.call,
                step: s as u8,
                visit,
            };
            if drawn.unlimited {
                let length = length(self.world, self.site.site, drawn, p, &joining);
                let job = job(p, &joining, joined, length);
                self.state.delays.push(job);
                if p.learn(&job, &mut self.state.served[base + s], self.last) {
                    self.events += 1;
                    open |= way.after[s] & p.applies & !p.begun;
                }
            } else {
                let desk = &mut self.state.desks[drawn.station as usize];
                desk.join(joining);
            }
        }
        if p.known == p.applies {
            self.departs(way, visit, out);
        }
    }

    /// All steps' ends are known: so is the departure.
    #[inline(never)]
    fn departs(&mut self, way: &Way, visit: u32, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let world = self.world;
        let passing = &mut self.state.passing[visit as usize];
        let p = *passing;
        // Two of its jobs may end in one window: it departs once.
        (passing.applies, passing.known) = (0, u64::MAX);
        self.state.free.push(visit);
        let plan = &self.plans[p.plan as usize];
        let base = visit as usize * self.computed.steps;
        let served = &self.state.served[base..base + self.computed.steps];
        let mut released = None;
        if plan.release != 0 {
            let steps = p.applies & plan.release;
            released = Some(if steps == p.applies {
                p.latest
            } else {
                ready(served, steps, p.arrived)
            });
        }
        self.state.hours.clear();
        self.attribute(way, &p, base);
        let visit = ComputedVisit {
            entity: p.cargo.entity,
            arrived: p.arrived,
            released,
            departed: p.latest,
            saved_declaration: p.saved_declaration,
            fees: fees(plan, way, &p, &self.state.served[base..]),
            plan: p.plan,
            cell: p.cell,
            call: p.call,
            examined_by: p.examined_by,
            measured: p.cargo.is(Cargo::MEASURED),
            apart: p.apart,
        };
        self.site.observer.computed_visit(&visit, &self.state.hours);
        let mut cargo = p.cargo;
        if p.apart {
            cargo.flags |= Cargo::APART;
        }
        out.cause_at(p.latest);
        world.end_crossing(self.site, p.latest, &cargo);
        match world.stop_at(&cargo).link {
            Some(link) => world.send_alone(p.latest, cargo, link, out),
            None => world.leave(self.site, p.latest, &cargo, out),
        }
    }

    /// Where the hours went: back along the critical path from departure to arrival, as `attribution` does.
    #[inline]
    fn attribute(&mut self, way: &Way, p: &Passing, base: usize) {
        let served = &self.state.served[base..base + self.computed.steps];
        let first = self.state.first_step[p.plan as usize] as usize;
        let drawn = &self.state.drawn[first..];
        let mut at = p.latest;
        let mut left = p.applies;
        while left != 0 {
            // Of steps that end together the last listed one is the trigger: their ends are handled in that order.
            let s = if way.shape == Shape::Chain {
                63 - left.leading_zeros() as usize
            } else {
                match last_to_end(served, p.applies, at) {
                    Some(s) => s,
                    None => return,
                }
            };
            left = way.before[s] & p.applies;
            let (step, of) = (&drawn[s], served[s]);
            at = if way.shape == Shape::Chain && left != 0 {
                served[63 - left.leading_zeros() as usize].ended
            } else {
                ready(served, left, p.arrived)
            };
            let mut joined = at;
            if way.handed_over >> s & 1 == 1 {
                joined += step.hand_over;
                self.state.hours.add(step.handing, step.hand_over);
            }
            self.state.hours.add(step.waiting, of.started - joined);
            self.state.hours.add(step.serving, of.ended - of.started);
            if at == p.arrived {
                return;
            }
        }
    }
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

/// The last listed of the steps that end at `at`.
#[inline]
fn last_to_end(served: &[Served], steps: u64, at: Time) -> Option<usize> {
    let mut steps = steps;
    while steps != 0 {
        let s = 63 - steps.leading_zeros() as usize;
        if served[s].ended == at {
            return Some(s);
        }
        steps &= !(1 << s);
    }
    None
}

/// The fees of a visit.
fn fees(plan: &Plan, way: &Way, p: &Passing, served: &[Served]) -> f64 {
    let mut fees = plan.fee;
    if !way.charges {
        return fees;
    }
    let joined = |s: usize| {
        let at = ready(served, way.before[s] & p.applies, p.arrived);
        if way.handed_over >> s & 1 == 1 {
            at + plan.steps[s].hand_over
        } else {
            at
        }
    };
    let mut steps: Vec<usize> = (0..plan.steps.len())
        .filter(|s| p.applies >> s & 1 == 1)
        .collect();
    // In the order of joining: so does the event-driven kernel add them, and a sum of fractions depends on it.
    steps.sort_by_key(|s| (joined(*s), *s));
    for s in steps {
        fees += plan.steps[s].fee;
    }
    fees
}
