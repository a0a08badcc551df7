//! The straight way of a visit: nothing it meets is out of the common, so nothing out of the common is asked about.
//!
//! What happens is what [`Corridor::advance`] and its kin do for all visits; here the questions that a straight visit
//! answers with no (see [`PlanPath::straight`]) are left out. It is still told in the same two moves: an end of service
//! only says that the visit may go on, and it goes on when the instant is settled.

use super::paths::{PlanPath, StepPath};
use super::station::{Job, NOT_STARTED};
use super::visit::{NO_VISIT, Stage, Visit};
use super::{
    Cargo, Corridor, Event, FactKind, HourTable, JobEnd, NO_STEP, Observer, SiteState, VisitEnd,
    events,
};
use crate::engine::{Key, Outbox, Phase, World as _};
use crate::network::Network;
use crate::random::{Law, Stream};
use crate::terms::{ActorKind, HourKind};
use crate::time::{Span, Time};

/// A step that can stand in line.
struct Ready<'p> {
    s: usize,
    step: &'p StepPath<'p>,
    station: u16,
}

/// A job that is done: [`Event::Done`].
pub(super) struct DoneJob {
    pub visit: u32,
    pub s: u8,
    pub unit: u16,
    pub station: u16,
    pub started: Time,
}

impl Visit {
    /// True while the visit's steps are under way and it goes the straight way.
    #[inline(always)]
    pub fn is_straight(&self) -> bool {
        self.straight && self.stage == Stage::Working && !self.doomed && !self.void
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// A visit that has begun: may it go the straight way? Where it has company, on a train or as one, it may not.
    #[inline]
    pub(super) fn may_go_straight(&self, site: usize, v: &Visit) -> bool {
        v.parent == NO_VISIT && v.children == 0 && self.path_of(site, v).straight
    }

    /// As [`Corridor::advance`], of a visit that goes straight.
    #[inline(never)]
    pub(super) fn advance_straight(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        self.go_on(site, now, index, out, |site, step, _| {
            let (job, station) = line_up(site, now, index, step);
            site.stations[station as usize].queue.push(job);
            site.touch_station(station);
        });
    }

    /// As [`Corridor::advance_straight`]; `join` says how a step stands in line that can do so at once.
    #[inline(always)]
    fn go_on(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
        join: impl Fn(&mut SiteState<O>, Ready<'_>, &mut Outbox<'_, Self>),
    ) {
        let v = &site.visits[index as usize];
        let path = self.path_of(site.site, v);
        let open = v.applies & !v.done;
        let mut mine = v.applies & !v.begun;
        if mine != 0 {
            let before = &path.plan.orders[v.epoch as usize].before[..];
            while mine != 0 {
                let s = mine.trailing_zeros() as usize;
                mine &= mine - 1;
                if before[s] & open != 0 {
                    continue;
                }
                let step = &path.steps[s];
                if step.needs_cargo {
                    let v = &mut site.visits[index as usize];
                    if v.cargo_at != NO_STEP {
                        continue;
                    }
                    v.cargo_at = s as u8;
                }
                match step.line {
                    Some(station) => join(site, Ready { s, step, station }, out),
                    None => self.ready_in(site, now, index, s, path, out),
                }
            }
        }
        if open == 0 {
            self.complete_straight(site, now, index, path, out);
        }
    }

    /// The end of a job is all that happens at this instant, its visit goes straight, and so do the desks that it
    /// leaves and comes to: the visit goes on and servers start work at once. False, and nothing is done, where
    /// anything of that is otherwise.
    #[inline(always)]
    pub(super) fn done_straight(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        done: &DoneJob,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        let &DoneJob {
            visit: index,
            s,
            unit,
            station,
            started,
        } = done;
        let v = &mut site.visits[index as usize];
        let desk = &mut site.stations[station as usize];
        if !v.is_straight() || !desk.is_plain() || v.records[s as usize].left != 1 {
            return false;
        }
        let staffed = desk.staffed;
        desk.busy -= u32::from(staffed);
        site.observer
            .fact(&v.fact(now, FactKind::Completed, s, unit, started.ms()));
        let record = &mut v.records[s as usize];
        let job = JobEnd {
            plan: v.plan,
            step: s,
            joined: record.joined,
            started,
            ended: now,
            served: now - started,
            ahead: false,
            measured: v.cargo.is(Cargo::MEASURED) || v.counts && now <= self.network.horizon,
        };
        site.observer.job(&job);
        (record.left, record.started) = (0, started);
        self.step_done(site, now, index, s, out);
        self.go_on(site, now, index, out, |site, ready, out| {
            let drawn = ready.step.single_draw.as_ref();
            let (job, next) = line_up(site, now, index, ready);
            let desk = &mut site.stations[next as usize];
            if next == station || !desk.is_plain() {
                desk.queue.push(job);
                site.touch_station(next);
            } else if desk.has_room() && desk.queue.is_empty() {
                desk.busy += 1;
                let level = desk.level();
                site.observer.work(next, now, level);
                match drawn {
                    Some(drawn) => self.start_drawn(site, now, &job, next, drawn, out),
                    None => self.start(site, now, &job, next, out),
                }
            } else {
                desk.queue.push(job);
                let level = desk.level();
                site.observer.queue(next, now, level);
            }
        });
        if staffed {
            self.serve_next(site, now, station, out);
        }
        if site.regulated || site.is_dirty() {
            self.settle(site, now, out);
        }
        true
    }

    /// A step of a visit that goes straight is done.
    #[inline(always)]
    pub(super) fn step_done(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        v.records[s as usize].ended = now;
        v.done |= 1 << s;
        v.last = s;
        if v.cargo_at == s {
            v.cargo_at = NO_STEP;
        }
        let release = self.path_of(site.site, v).release;
        if v.applies & release & !v.done == 0 && release != 0 && !v.released {
            self.release(site, now, index, out);
        }
    }

    /// A server of a plain desk has come free: it takes the first of the queue.
    #[inline(always)]
    fn serve_next(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let desk = &mut site.stations[station as usize];
        let joint = desk.queue.peek().is_some_and(|job| job.joint);
        if joint || site.dirty_stations.contains(station) {
            site.touch_station(station);
            return;
        }
        if desk.has_room()
            && let Some(job) = desk.queue.pop()
        {
            desk.busy += 1;
            let level = desk.level();
            site.observer.queue(station, now, level);
            self.start(site, now, &job, station, out);
        } else {
            let level = desk.level();
            site.observer.work(station, now, level);
        }
    }

    /// As [`Corridor::complete`].
    #[inline]
    fn complete_straight(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        path: &PlanPath<'_>,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let stop = self.stop_of(v);
        let leaves = !v.is_batch()
            && stop.forms.is_none()
            && stop.gives.is_empty()
            && !stop.may_hold()
            && !v.gated
            && v.kept.is_none()
            && v.waits.is_empty()
            && v.detours.is_empty()
            && site.gaps.is_empty()
            && !stop.link.is_some_and(|link| self.must_wait(link, now));
        if !leaves {
            self.complete(site, now, index, out);
            return;
        }
        let link = stop.link;
        let carrier = link.map_or(ActorKind::Carrier, |l| {
            Network::carrier(self.network.links[l.index()].mode)
        });
        let plan = v.plan as usize;
        let cargo = Cargo {
            flags: v.cargo.flags | if v.apart { Cargo::APART } else { 0 },
            ..v.cargo
        };
        let hours = attribute(v, path, now, carrier);
        let end = VisitEnd {
            cell: Some(v.cell),
            arrived: v.arrived,
            departed: now,
            consignments: 1,
            measured: u32::from(v.measured()),
            release: v.released.then(|| v.released_at - v.arrived),
            hours: &hours,
            apart: v.apart,
            saved_declaration: v.saved_declaration,
            saved_setup: Span::ZERO,
            examined_by: v.examined_by,
            fees: v.fees,
            gave_up: false,
        };
        site.observer
            .fact(&v.fact(now, FactKind::Departed, NO_STEP, 0, 1));
        site.observer.visit_end(&end);
        self.end_crossing(site, now, &cargo);
        site.vehicles[plan] -= 1;
        site.dismiss(index);
        match link {
            Some(link) => self.send_alone(now, cargo, link, out),
            None => self.leave(site, now, &cargo, out),
        }
    }

    /// As [`Corridor::start`], of a step whose time is one draw of one law.
    #[inline(always)]
    pub(super) fn start_drawn(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        station: u16,
        (law, stream): &(&Law, Stream),
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[job.visit as usize];
        let u = stream.uniform(v.draw, u32::from(job.call), u32::from(job.unit));
        let length = Span::from_ms_f64(law.quantile(u)).max(Span::TICK);
        let fact = v.fact(now, FactKind::Started, job.step, job.unit, length.ms());
        site.observer.fact(&fact);
        let (at, entity) = (now + length, job.entity.0);
        let key = Key::new(at, Phase::Happenings, events::DONE, 0, entity);
        let key = key.part(job.call, u16::from(job.step), u32::from(job.unit));
        let done = Event::Done {
            visit: job.visit,
            started: now,
            station,
            unit: job.unit,
            step: job.step,
        };
        out.schedule(key, done);
    }
}

/// A step is ready and stands in line: its job, and where.
#[inline(always)]
fn line_up<O: Observer>(
    site: &mut SiteState<O>,
    now: Time,
    index: u32,
    ready: Ready<'_>,
) -> (Job, u16) {
    let Ready { s, station, .. } = ready;
    let v = &mut site.visits[index as usize];
    v.begun |= 1 << s;
    let ended = v.records.get(v.last as usize).map(|last| last.ended);
    let trigger = if ended == Some(now) { v.last } else { NO_STEP };
    let record = &mut v.records[s];
    (record.ready, record.joined) = (now, now);
    (record.trigger, record.left) = (trigger, 1);
    let job = Job {
        priority: NOT_STARTED,
        joined: now,
        entity: v.cargo.entity,
        call: v.call,
        step: s as u8,
        unit: 0,
        visit: index,
        joint: false,
    };
    site.observer
        .fact(&v.fact(now, FactKind::Joined, s as u8, 0, 0));
    site.wait_began = true;
    (job, station)
}

/// As [`Corridor::attribute`], of one that met no trouble, no gate and no interruption.
#[inline]
fn attribute(v: &Visit, path: &PlanPath<'_>, departed: Time, carrier: ActorKind) -> HourTable {
    let mut table = HourTable::default();
    let inside = v.inside.max(v.arrived);
    let within = |from: Time, to: Time| to.max(inside) - from.max(inside);
    let mut step = v.last;
    let worked = v.records.get(step as usize).map_or(inside, |r| r.ended);
    table.add(carrier, HourKind::Waiting, within(worked, departed));
    while let (Some(record), Some(at)) =
        (v.records.get(step as usize), path.steps.get(step as usize))
    {
        let &StepPath { actor, served, .. } = at;
        table.add(actor, served, within(record.started, record.ended));
        if record.joined < record.started {
            let waited = within(record.joined, record.started);
            table.add(actor, HourKind::Waiting, waited);
        }
        if record.ready < record.joined {
            let carried = within(record.ready, record.joined);
            table.add(actor, HourKind::HandOff, carried);
        }
        step = record.trigger;
    }
    debug_assert_eq!(
        table.total(),
        (departed - v.arrived).ms(),
        "hours by actor and kind add to the stay"
    );
    table
}
