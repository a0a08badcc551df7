//! The straight way of a visit: nothing it meets is out of the common, so nothing out of the common is asked about.
//!
//! What happens is what [`Corridor::advance`] and its kin do for all visits; here the questions that a straight visit
//! answers with no (see [`PlanPath::straight`]) are left out. It is still told in the same two moves: an end of service
//! only says that the visit may go on, and it goes on when the instant is settled.

use super::paths::{Drawn, Goes, PlanPath, StepPath};
use super::station::{Job, NOT_STARTED};
use super::visit::{NO_VISIT, Record, Stage, Visit};
use super::{
    Cargo, Corridor, Event, FactKind, HourTable, JobEnd, NO_STEP, Observer, SiteState, VisitEnd,
    events,
};
use crate::engine::{Key, Outbox, Phase};
use crate::terms::{ActorKind, HourKind, SiteId};
use crate::time::{Span, Time};

/// A job that is done: [`Event::Done`].
pub(super) struct DoneJob {
    pub visit: u32,
    pub s: u8,
    pub unit: u16,
    pub station: u16,
    pub started: Time,
}

impl PlanPath<'_> {
    /// True where the last of the controls of a straight visit is done now.
    #[inline(always)]
    fn releases(&self, v: &Visit) -> bool {
        v.applies & self.release & !v.done == 0 && self.release != 0 && !v.released
    }
}

impl Visit {
    /// Records of so many steps, of which none is ready: all else of a straight visit's record is written when it is.
    #[inline(always)]
    pub fn begin_records(&mut self, steps: usize) {
        if self.records.len() == steps {
            self.records.iter_mut().for_each(|record| record.left = 0);
        } else {
            self.records.clear();
            self.records.resize(steps, Record::default());
        }
    }

    /// True while the visit's steps are under way and it goes the straight way.
    #[inline(always)]
    pub fn is_straight(&self) -> bool {
        debug_assert!(
            !(self.straight && (self.doomed || self.void)),
            "who gives up, or whose data is void, goes straight no more"
        );
        self.straight && self.stage == Stage::Working
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// A visit that has begun: may it go the straight way? Where it has company, on a train or as one, it may not.
    #[inline]
    pub(super) fn may_go_straight(&self, site: usize, v: &Visit) -> bool {
        v.parent == NO_VISIT && v.children == 0 && self.path_of(site, v).straight
    }

    /// As [`Corridor::arrive`], of the only one that comes at this instant, which goes straight in and on.
    pub(super) fn arrive_straight(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        mut cargo: Cargo,
        (plan, cell): (u16, u16),
        out: &mut Outbox<'_, Self>,
    ) {
        site.cargo_fact(&cargo, now, FactKind::Arrived, 1);
        let stop = self.stop_at(&cargo);
        self.mark_crossing(site, now, stop, &mut cargo);
        site.observer.visit_begin(Some(cell), now, 1);
        site.vehicles[plan as usize] += 1;
        let index = site.admit(cargo, self.draws.key(cargo.entity), now);
        let path = &self.paths[site.site][plan as usize];
        let v = &mut site.visits[index as usize];
        (v.plan, v.cell, v.call) = (plan, cell, stop.visit);
        (v.stage, v.straight) = (Stage::Working, true);
        v.fees = path.plan.fee;
        v.epoch = self.network.epoch(SiteId::from(site.site), now) as u8;
        if path.sure && stop.recognition.is_empty() {
            v.applies = path.listed;
            v.aeo = self.counts_as_aeo(&cargo, now);
            v.begin_records(path.len);
        } else {
            self.choose_steps(site, now, index, u64::MAX);
        }
        let v = &site.visits[index as usize];
        if path.releases(v) {
            self.release(site, now, index, out);
        }
        self.go_on(site, now, index, None, out);
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
        self.go_on(site, now, index, None, out);
    }

    /// As [`Corridor::advance_straight`]; `freed` is the station of which a server has come free and has not been given
    /// work yet.
    #[inline(always)]
    fn go_on(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        freed: Option<u16>,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let path = self.path_of(site.site, v);
        let open = v.applies & !v.done;
        let mut mine = v.applies & !v.begun;
        if mine != 0 {
            let first = path.begin(v.epoch);
            while mine != 0 {
                let s = mine.trailing_zeros() as usize;
                mine &= mine - 1;
                let step = path.step(first + s);
                if step.before & open != 0 {
                    continue;
                }
                if step.needs_cargo {
                    let v = &mut site.visits[index as usize];
                    if v.cargo_at != NO_STEP {
                        continue;
                    }
                    v.cargo_at = s as u8;
                }
                if step.goes == Goes::Elsewhere {
                    self.ready_in(site, now, index, s, path, out);
                } else {
                    self.join_straight(site, now, index, s, step, freed, out);
                }
            }
        }
        if open == 0 {
            self.complete_straight(site, now, index, path, out);
        }
    }

    /// A step stands in line, or starts at once where nothing else that this instant still has to settle could: no other
    /// visit has to go on, and the desk is at rest with a server free.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn join_straight(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        step: &StepPath<'_>,
        freed: Option<u16>,
        out: &mut Outbox<'_, Self>,
    ) {
        let trigger = self.trigger(site, now, index);
        let v = &mut site.visits[index as usize];
        let job = line_up(v, &mut site.observer, now, index, (s, step.fee), trigger);
        site.wait_began = true;
        let station = match step.goes {
            Goes::Line(station) => station,
            Goes::Service(station) => return self.start(site, now, &job, station, out),
            Goes::Elsewhere => return,
        };
        let rests = site.dirty_visits.is_empty()
            && freed != Some(station)
            && !site.dirty_stations.contains(station);
        let desk = &mut site.stations[station as usize];
        if !rests || !desk.is_plain() {
            desk.queue.push(job);
            site.touch_station(station);
        } else if desk.has_room() && desk.queue.is_empty() {
            desk.busy += 1;
            let level = desk.level();
            site.observer.work(station, now, level);
            self.start(site, now, &job, station, out);
        } else {
            desk.queue.push(job);
            let level = desk.level();
            site.observer.queue(station, now, level);
        }
    }

    /// The end of a job is all that happens at this instant, its visit goes straight, and so does the desk that it
    /// leaves: the visit goes on and servers start work at once. False, and nothing is done, where anything of that is
    /// otherwise.
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
        let paths = &self.paths[site.site][..];
        let SiteState {
            visits,
            stations,
            observer,
            dirty_stations,
            ..
        } = site;
        let v = &mut visits[index as usize];
        let desk = &mut stations[station as usize];
        let record = &mut v.records[s as usize];
        if record.left != 1 || !desk.is_plain() {
            return false;
        }
        let joined = record.joined;
        if !v.is_straight() {
            return false;
        }
        let staffed = desk.staffed;
        desk.busy -= u32::from(staffed);
        let record = &mut v.records[s as usize];
        (record.left, record.started, record.ended) = (0, started, now);
        v.done |= 1 << s;
        v.last = s;
        if v.cargo_at == s {
            v.cargo_at = NO_STEP;
        }
        observer.fact(&v.fact(now, FactKind::Completed, s, unit, started.ms()));
        observer.job(&JobEnd {
            plan: v.plan,
            step: s,
            joined,
            started,
            ended: now,
            served: now - started,
            ahead: false,
            measured: v.measured() || v.counts && now <= self.network.horizon,
        });
        let path = &paths[v.plan as usize];
        let releases = path.releases(v);
        let open = v.applies & !v.done;
        let mut mine = v.applies & !v.begun;
        // What remains for the longer way.
        let mut rest = open == 0;
        // Its own desk is left to be settled.
        let mut touched = false;
        if mine != 0 {
            let first = path.begin(v.epoch);
            while mine != 0 {
                let next = mine.trailing_zeros() as usize;
                mine &= mine - 1;
                let step = path.step(first + next);
                if step.before & open != 0 {
                    continue;
                }
                let Some(drawn) = step.drawn.as_ref().filter(|_| step.goes != Goes::Elsewhere)
                else {
                    rest = true;
                    break;
                };
                if step.needs_cargo {
                    if v.cargo_at != NO_STEP {
                        continue;
                    }
                    v.cargo_at = next as u8;
                }
                let job = line_up(v, observer, now, index, (next, step.fee), s);
                let Goes::Line(line) = step.goes else {
                    if let Goes::Service(station) = step.goes {
                        begin_service(v, observer, now, &job, station, drawn, out);
                    }
                    continue;
                };
                let desk = &mut stations[line as usize];
                if line == station || !desk.is_plain() {
                    desk.queue.push(job);
                    dirty_stations.push(line);
                    touched |= line == station;
                } else if desk.has_room() && desk.queue.is_empty() {
                    desk.busy += 1;
                    let level = desk.level();
                    observer.work(line, now, level);
                    begin_service(v, observer, now, &job, line, drawn, out);
                } else {
                    desk.queue.push(job);
                    let level = desk.level();
                    observer.queue(line, now, level);
                }
            }
            site.wait_began = true;
        }
        if releases {
            self.release(site, now, index, out);
        }
        if rest {
            let held = site.stations[station as usize].blocked;
            self.go_on(site, now, index, Some(station), out);
            // One that is blocked after service keeps its server.
            if site.stations[station as usize].blocked != held {
                site.touch_station(station);
            }
            touched |= site.dirty_stations.contains(station);
        }
        let SiteState {
            visits,
            stations,
            observer,
            dirty_stations,
            ..
        } = site;
        if staffed && !touched {
            let desk = &mut stations[station as usize];
            match desk.queue.pop_if(desk.on_duty > desk.busy + desk.blocked) {
                Some(job) if job.joint => {
                    desk.queue.push(job);
                    dirty_stations.push(station);
                }
                Some(job) => {
                    desk.busy += 1;
                    let level = desk.level();
                    observer.queue(station, now, level);
                    let next = &visits[job.visit as usize];
                    let step = paths[next.plan as usize].step(job.step as usize);
                    match &step.drawn {
                        Some(drawn) => {
                            begin_service(next, observer, now, &job, station, drawn, out)
                        }
                        None => self.start(site, now, &job, station, out),
                    }
                }
                None => {
                    let level = desk.level();
                    observer.work(station, now, level);
                }
            }
        }
        self.rest(site, now, out);
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
        if self.path_of(site.site, v).releases(v) {
            self.release(site, now, index, out);
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
        let way = &self.stops[v.cargo.route as usize][v.cargo.leg as usize];
        let leaves = way.departs
            && !v.is_batch()
            && !v.gated
            && v.kept.is_none()
            && v.waits.is_empty()
            && v.detours.is_empty()
            && site.gaps.is_empty();
        if !leaves {
            self.complete(site, now, index, out);
            return;
        }
        let link = stop.link;
        let carrier = way.carrier;
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
}

/// As [`Corridor::start`], of a step whose time is one draw of one law.
#[inline(always)]
pub(super) fn begin_service<O: Observer>(
    v: &Visit,
    observer: &mut O,
    now: Time,
    job: &Job,
    station: u16,
    drawn: &Drawn<'_>,
    out: &mut Outbox<'_, Corridor<'_, O>>,
) {
    let length = drawn.length(v.draw, job.call, job.unit);
    observer.fact(&v.fact(now, FactKind::Started, job.step, job.unit, length.ms()));
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

/// A step is ready and stands in line: its job. Made ready by the end of step `trigger`, or by nothing here.
#[inline(always)]
fn line_up<O: Observer>(
    v: &mut Visit,
    observer: &mut O,
    now: Time,
    index: u32,
    (s, fee): (usize, f64),
    trigger: u8,
) -> Job {
    if fee != 0.0 {
        v.fees += fee / f64::from(v.consignments().max(1));
    }
    v.begun |= 1 << s;
    let record = &mut v.records[s];
    (record.ready, record.joined) = (now, now);
    (record.trigger, record.left, record.by) = (trigger, 1, NO_VISIT);
    observer.fact(&v.fact(now, FactKind::Joined, s as u8, 0, 0));
    Job {
        priority: NOT_STARTED,
        joined: now,
        entity: v.cargo.entity,
        call: v.call,
        step: s as u8,
        unit: 0,
        visit: index,
        joint: false,
    }
}

/// As [`Corridor::attribute`], of one with a plan that met no trouble, no gate and no interruption.
#[inline]
pub(super) fn attribute(
    v: &Visit,
    path: &PlanPath<'_>,
    departed: Time,
    carrier: ActorKind,
) -> HourTable {
    let mut table = HourTable::default();
    let inside = v.inside.max(v.arrived);
    let within = |from: Time, to: Time| to.max(inside) - from.max(inside);
    let mut step = v.last;
    let worked = v.records.get(step as usize).map_or(inside, |r| r.ended);
    table.add(carrier, HourKind::Waiting, within(worked, departed));
    while let Some(record) = v.records.get(step as usize) {
        let &StepPath { actor, served, .. } = path.step(step as usize);
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
