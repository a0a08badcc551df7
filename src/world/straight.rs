//! The straight way of a visit: nothing it meets is out of the common, so nothing out of the common is asked about.
//!
//! What happens is what [`Corridor::advance`] and its kin do for all visits; here the questions that a straight visit
//! answers with no (see [`PlanPath::straight`]) are left out. Where the end of a job is all that happens at its instant,
//! handling and settling are one: the visit goes on, then its desk takes the next. Where more happens, the two are
//! moves apart, as for all visits. How such a visit comes and departs is in `world/straight_ends.rs`.

use super::paths::{Drawn, Goes, PlanPath, StepPath};
use super::station::{Job, NOT_STARTED};
use super::visit::{NO_VISIT, Stage, Visit};
use super::{Corridor, Event, FactKind, JobEnd, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::time::Time;

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
    pub(super) fn releases(&self, v: &Visit) -> bool {
        v.applies & self.release & !v.done == 0 && self.release != 0 && !v.released
    }
}

impl Visit {
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
    pub(super) fn go_on(
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
        if staffed && !site.dirty_visits.is_empty() {
            // Others may go on in this instant, and come to this desk before those who wait there (semantics section 2).
            site.touch_station(station);
            touched = true;
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
