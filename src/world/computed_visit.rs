//! A visit at a site whose ends of service are computed at arrival: from the choice of its steps to its departure.

use super::computed::{ComputedSite, Scratch, Visits};
use super::computed_queue::{Joining, Ticket, join};
use super::computed_stay::{Served, Stay, end_of};
use super::computed_sweep::{Sweep, alone};
use super::{Cargo, ComputedVisit, Corridor, Observer};
use crate::engine::Outbox;
use crate::network::{Course, ScopeId, Way};

use crate::time::{Span, Time};

/// A visit that is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passing {
    pub cargo: Cargo,
    pub arrived: Time,
    pub kind: Kind,
    /// Where its plan's steps begin among the site's.
    pub first: u32,
    pub plan: u16,
    pub apart: bool,
    /// Agencies that examine it.
    pub examined_by: u8,
}

/// What visits have in common that are counted together, in one word: from below whether they are measured, course,
/// call, cell, way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind(u64);

impl Kind {
    /// Of those that are not measured; `way`: its place in [`Computed::ways`](crate::network::Computed::ways).
    #[inline]
    pub fn new(way: u16, cell: u16, call: u8, course: Course) -> Self {
        let below = u64::from(call) << 16 | (course as u64) << 8;
        Kind(u64::from(way) << 48 | u64::from(cell) << 32 | below)
    }

    /// The kind of those that are measured, or of those that are not.
    #[inline]
    pub fn of(self, measured: bool) -> Self {
        Kind(self.0 & !1 | u64::from(measured))
    }

    #[inline]
    pub fn way(self) -> u16 {
        (self.0 >> 48) as u16
    }

    #[inline]
    pub fn cell(self) -> u16 {
        (self.0 >> 32) as u16
    }

    #[inline]
    pub fn call(self) -> u8 {
        (self.0 >> 16) as u8
    }

    #[inline]
    pub fn course(self) -> Course {
        match (self.0 >> 8) as u8 {
            fan if fan == Course::Fan as u8 => Course::Fan,
            line if line == Course::Line as u8 => Course::Line,
            _ => Course::Other,
        }
    }

    #[inline]
    pub fn measured(self) -> bool {
        self.0 & 1 == 1
    }
}

/// More of a visit of [`Course::Other`].
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Chosen {
    /// The last of the ends that are known; the arrival where none is.
    latest: Time,
    /// Steps that take place; those of them whose ends are not known; those that have joined their queues.
    applies: u64,
    pub left: u64,
    begun: u64,
    saved_declaration: Span,
}

impl Chosen {
    /// The end of a step is known.
    #[inline]
    pub fn learn(&mut self, step: u8, ended: Time) {
        self.left &= !(1 << step);
        self.latest = self.latest.max(ended);
    }
}

impl Visits {
    /// Gives a visit its place, with room for so many steps.
    #[inline(always)]
    pub fn place(&mut self, passing: Passing, steps: usize) -> u32 {
        match self.free.pop() {
            Some(visit) => {
                self.passing[visit as usize] = passing;
                visit
            }
            None => self.grow(passing, steps),
        }
    }

    #[inline(never)]
    fn grow(&mut self, passing: Passing, steps: usize) -> u32 {
        self.passing.push(passing);
        let room = self.passing.len() * steps;
        self.served.resize(room, Served::default());
        (self.passing.len() - 1) as u32
    }
}

impl<'w, O: Observer> Sweep<'_, 'w, O> {
    /// The steps of a visit of [`Course::Other`] are chosen; those that wait for nothing join their queues.
    #[inline(never)]
    pub(super) fn choose_and_begin(
        &mut self,
        way: &Way,
        visit: u32,
        epoch: u8,
        recognition: &[(u16, u8, ScopeId)],
    ) {
        let visits = self.state.visits.passing.len();
        if self.state.visits.chosen.len() < visits {
            self.state.visits.chosen.resize(visits, Chosen::default());
        }
        let mut chosen = Chosen {
            latest: self.state.visits.passing[visit as usize].arrived,
            ..Chosen::default()
        };
        match way.whole {
            Some(steps) if recognition.is_empty() => chosen.applies = steps,
            _ => self.choose(visit, epoch, &mut chosen),
        }
        chosen.left = chosen.applies;
        self.state.visits.chosen[visit as usize] = chosen;
        if chosen.left == 0 {
            self.scratch.over.push(visit);
        } else {
            self.begin(way, visit, u64::MAX);
        }
    }

    /// Chooses the steps as the event-driven kernel does, in a visit that is only there for that.
    fn choose(&mut self, visit: u32, epoch: u8, chosen: &mut Chosen) {
        let world = self.world;
        let p = &mut self.state.visits.passing[visit as usize];
        let draw = world.draws.key(p.cargo.entity);
        let index = self.site.admit(p.cargo, draw, p.arrived);
        let v = &mut self.site.visits[index as usize];
        (v.plan, v.cell, v.call, v.epoch) = (p.plan, p.kind.cell(), p.kind.call(), epoch);
        world.choose_steps(self.site, p.arrived, index, u64::MAX);
        let v = &self.site.visits[index as usize];
        p.apart = v.apart;
        p.examined_by = v.examined_by as u8;
        chosen.applies = v.applies;
        chosen.saved_declaration = v.saved_declaration;
        self.site.dismiss(index);
    }

    /// The steps of `candidates` that wait for nothing any more join their queues.
    pub(super) fn begin(&mut self, way: &Way, visit: u32, candidates: u64) {
        let ComputedSite {
            visits,
            later,
            drawn,
            ..
        } = &mut *self.state;
        let Visits {
            passing,
            chosen,
            served,
            ..
        } = visits;
        let Scratch {
            over,
            delays,
            queues,
            ..
        } = &mut *self.scratch;
        let p = &passing[visit as usize];
        let of = &mut chosen[visit as usize];
        let served = &mut served[visit as usize * self.computed.steps..];
        let draw = self.world.draws.key(p.cargo.entity);
        let measured = p.cargo.is(Cargo::MEASURED);
        let ticket = Ticket::new(visit, p.kind.call(), Course::Other, measured);
        let mut open = candidates & of.left & !of.begun;
        while open != 0 {
            let s = open.trailing_zeros() as usize;
            open &= open - 1;
            let before = way.before[s] & of.applies;
            if before & of.left != 0 {
                continue;
            }
            of.begun |= 1 << s;
            // None that waits for it can be ready before its end is known.
            open &= !way.after[s];
            let drawn = &drawn[p.first as usize + s];
            let mut joined = if before == of.applies & !of.left {
                of.latest
            } else {
                end_of(served, before, p.arrived)
            };
            if way.handed_over >> s & 1 == 1 {
                joined += drawn.hand_over;
            }
            let job = Joining {
                joined,
                entity: p.cargo.entity,
                draw,
                ticket: ticket.of_step(s as u8),
            };
            if !drawn.unlimited {
                let queue = &mut queues[drawn.station as usize];
                join(queue, later, self.end, job);
                continue;
            }
            let length = self.world.length(self.site.site, drawn, p, &job);
            let job = alone(p.plan, &job, length);
            delays.push(job);
            if job.ended <= self.last {
                self.events += 1;
                served[s] = Served {
                    started: job.started,
                    ended: job.ended,
                };
                of.learn(s as u8, job.ended);
                open |= way.after[s] & of.left & !of.begun;
                if of.left == 0 {
                    over.push(visit);
                }
            }
        }
    }

    /// All steps' ends are known: so is the departure.
    #[inline(never)]
    pub(super) fn departs(&mut self, visit: u32, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let world = self.world;
        let p = self.state.visits.passing[visit as usize];
        let way = &self.computed.ways[p.kind.way() as usize];
        let base = visit as usize * self.computed.steps;
        let served = &self.state.visits.served[base..base + way.before.len()];
        let mut chosen = Chosen::default();
        let course = p.kind.course();
        match course {
            Course::Fan => {
                chosen.latest = served.iter().fold(p.arrived, |at, s| at.max(s.ended));
                if chosen.latest > self.last {
                    // It stays to the end of the run.
                    return;
                }
            }
            Course::Line => chosen.latest = served.last().map_or(p.arrived, |s| s.ended),
            Course::Other => chosen = self.state.visits.chosen[visit as usize],
        }
        if let (Course::Fan | Course::Line, Some(steps)) = (course, way.whole) {
            chosen.applies = steps;
        }
        self.state.visits.free.push(visit);
        let plan = &self.plans[p.plan as usize];
        let stay = Stay {
            way,
            course,
            served,
            applies: chosen.applies,
            arrived: p.arrived,
            departed: chosen.latest,
        };
        let released = (plan.release != 0).then(|| stay.end_of(plan.release));
        let fees = if way.charges {
            stay.fees(plan)
        } else {
            plan.fee
        };
        let hours = &mut self.scratch.hours;
        hours.clear();
        stay.attribute(&self.state.drawn[p.first as usize..], hours);
        let visit = ComputedVisit {
            entity: p.cargo.entity,
            arrived: p.arrived,
            released,
            departed: chosen.latest,
            saved_declaration: chosen.saved_declaration,
            fees,
            plan: p.plan,
            cell: p.kind.cell(),
            call: p.kind.call(),
            examined_by: p.examined_by,
            measured: p.cargo.is(Cargo::MEASURED),
            apart: p.apart,
        };
        self.site
            .observer
            .computed_visit(&visit, &self.scratch.hours);
        let mut cargo = p.cargo;
        if p.apart {
            cargo.flags |= Cargo::APART;
        }
        let stop = world.stop_at(&cargo);
        let one = std::iter::once((chosen.latest, &cargo));
        world.move_on(self.site, stop, one, out);
    }
}
