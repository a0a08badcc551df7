//! Steps under way: which are ready next, what their ends set free, when the cargo is released.

use super::joint::joint_visit;
use super::paths::{Goes, PlanPath};
use super::visit::{NO_PLAN, NO_VISIT, OF_PARENT, Record, Stage};
use super::{Corridor, Event, FactKind, JobEnd, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::Plan;
use crate::terms::{OnHold, Unit};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// Lets a visit go on: every step whose precedence is satisfied starts or queues; the cargo joins one queue
    /// at a time, the first listed step that is ready; a visit with nothing left to do is complete.
    pub(super) fn advance(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.is_straight() {
            self.advance_straight(site, now, index, out);
            return;
        }
        if v.void {
            self.void(site, now, index, out);
            return;
        }
        if site.visits[index as usize].doomed {
            self.leave_if_idle(site, now, index, out);
            return;
        }
        if matches!(
            site.visits[index as usize].stage,
            Stage::Come | Stage::Outside
        ) {
            if self.let_in(site, now, index, out) {
                self.begin(site, now, index, out);
                if site.visits[index as usize].is_straight() {
                    self.advance_straight(site, now, index, out);
                    return;
                }
            } else if site.visits[index as usize].ahead == 0 {
                return;
            }
        }
        if !site.visits[index as usize].asked.is_empty() {
            self.take_next(site, now, index, out);
        }
        let v = &site.visits[index as usize];
        if v.stage == Stage::Waiting {
            if v.gated {
                self.go(site, now, index, out);
            }
            return;
        }
        if v.plan == NO_PLAN {
            self.complete(site, now, index, out);
            return;
        }
        let path = self.path_of(site.site, v);
        let plan = path.plan;
        let order = &plan.orders[v.epoch as usize];
        let mut satisfied = v.done | !v.applies;
        let mut mine = v.applies & !v.begun;
        if v.parent != NO_VISIT {
            let parent = &site.visits[v.parent as usize];
            satisfied &= plan.per_consignment | (parent.done | !parent.applies);
        } else if v.is_batch() {
            mine &= !plan.per_consignment;
        }
        // Outside the gate as before the arrival: what can be done ahead goes on.
        let ahead = matches!(v.stage, Stage::Ahead | Stage::Outside);
        let known = v.ahead;
        let alone = v.is_batch() && ahead;
        while mine != 0 {
            let s = mine.trailing_zeros() as usize;
            mine &= mine - 1;
            let step = &plan.steps[s];
            if order.before[s] & !satisfied != 0 {
                continue;
            }
            // Before the cargo comes, a batch's containers are not known.
            if ahead
                && (!step.pre_arrival
                    || step.needs_cargo
                    || known >> step.part & 1 == 0
                    || alone && step.unit == Unit::Container)
            {
                continue;
            }
            if !step.needs_cargo {
                self.ready_in(site, now, index, s, path, out);
                continue;
            }
            if !self.cargo_is_free(site, index) {
                continue;
            }
            let v = &mut site.visits[index as usize];
            let group = joint_visit(plan, v, s) & !v.begun;
            if group.count_ones() > 1 {
                let all_ready = (0..plan.steps.len())
                    .filter(|m| group >> m & 1 == 1)
                    .all(|m| order.before[m] & !satisfied == 0);
                if !all_ready {
                    continue;
                }
                v.cargo_at = s as u8;
                mine &= !group;
                self.join_jointly(site, now, index, s, group, out);
            } else {
                v.cargo_at = s as u8;
                self.ready_in(site, now, index, s, path, out);
            }
        }
        let v = &site.visits[index as usize];
        let open = v.applies & !v.done;
        if plan.outside != 0 && !ahead && open != 0 && open & !plan.outside == 0 {
            self.free_place_early(site, now, index, out);
        }
        let v = &site.visits[index as usize];
        if !ahead && v.applies & !v.done == 0 {
            if v.stage == Stage::Audit {
                site.dismiss(index);
            } else {
                self.complete(site, now, index, out);
            }
        }
    }

    /// True where no step has the cargo. On a train that waits for its consignments, neither the train's steps nor
    /// theirs can have it while the others do; a detached consignment stands apart from its train.
    pub(super) fn cargo_is_free(&self, site: &SiteState<O>, index: u32) -> bool {
        let v = &site.visits[index as usize];
        let at_rest = |other: u32| site.visits[other as usize].cargo_at == NO_STEP;
        if v.cargo_at != NO_STEP {
            return false;
        }
        if v.parent != NO_VISIT {
            self.detaches(site, v.parent) || at_rest(v.parent)
        } else if v.is_batch() && v.children > 0 {
            self.detaches(site, index)
                || v.members
                    .iter()
                    .all(|m| m.visit == NO_VISIT || at_rest(m.visit))
        } else {
            true
        }
    }

    /// The trigger to record for a step that is ready now.
    #[inline]
    pub(super) fn trigger(&self, site: &SiteState<O>, now: Time, index: u32) -> u8 {
        let v = &site.visits[index as usize];
        if v.last != NO_STEP && v.records[v.last as usize].ended == now {
            return v.last;
        }
        if v.parent != NO_VISIT {
            let parent = &site.visits[v.parent as usize];
            if parent.last != NO_STEP && parent.records[parent.last as usize].ended == now {
                return parent.last | OF_PARENT;
            }
        }
        NO_STEP
    }

    /// A step of a visit of this plan is ready: it joins its queue, after the hand-over if there is one.
    #[inline(always)]
    pub(super) fn ready_in(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        path: &PlanPath<'_>,
        out: &mut Outbox<'_, Self>,
    ) {
        let trigger = self.trigger(site, now, index);
        let v = &mut site.visits[index as usize];
        v.begun |= 1 << s;
        v.records[s] = Record {
            ready: now,
            joined: now,
            trigger,
            left: v.records[s].left,
            ..Record::default()
        };
        if path.step(s).goes != Goes::Elsewhere {
            self.queue_up(site, now, index, s as u8, path, out);
            return;
        }
        let plan = path.plan;
        if plan.troubled >> s & 1 == 1 && self.originals_are_missing(site, now, index, s as u8, out)
        {
            return;
        }
        if plan.steps[s].takes.is_empty() {
            self.carry_in(site, now, index, s, path, out);
        } else {
            self.equip(site, now, index, s, out);
        }
    }

    /// A step takes the tokens that it needs; with all of them it goes on.
    #[inline(never)]
    pub(super) fn equip(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        out: &mut Outbox<'_, Self>,
    ) {
        site.visits[index as usize].equipped |= 1 << s;
        if self.takes(site, now, index, s, out) {
            self.carry(site, now, index, s, out);
        }
    }

    /// The file is carried to the step's agency, where the regime says so, and joins its queue.
    pub(super) fn carry(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let path = self.path_of(site.site, v);
        self.carry_in(site, now, index, s, path, out);
    }

    /// As [`Corridor::carry`], of a visit of this plan.
    #[inline]
    fn carry_in(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        path: &PlanPath<'_>,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let plan = path.plan;
        let hand_over = plan.steps[s].hand_over;
        if hand_over > Span::ZERO && plan.orders[v.epoch as usize].handed_over >> s & 1 == 1 {
            let key = Key::new(
                now + hand_over,
                Phase::Happenings,
                events::HANDED_OVER,
                0,
                v.cargo.entity.0,
            );
            let key = key.part(v.call, s as u16, 0);
            out.schedule(
                key,
                Event::HandedOver {
                    visit: index,
                    step: s as u8,
                },
            );
        } else if v.void {
            self.void_step(site, now, index, s as u8, out);
        } else {
            self.queue_up(site, now, index, s as u8, path, out);
        }
    }

    /// How many jobs a step of a visit makes: one a unit.
    pub(super) fn jobs(&self, site: &SiteState<O>, index: u32, s: usize) -> u32 {
        let v = &site.visits[index as usize];
        let containers = |route: u16| {
            let flow = self.network.routes[route as usize].flow;
            self.network.flows[flow.index()].containers
        };
        let jobs = match self.plan_of(self.network, site.site, v).steps[s].unit {
            Unit::Batch | Unit::Consignment => 1,
            Unit::Container if v.is_batch() => {
                v.members.iter().map(|m| containers(m.cargo.route)).sum()
            }
            Unit::Container => containers(v.cargo.route),
        };
        jobs.max(1)
    }

    /// Charges the fee of a step, for each of its jobs, to the consignments of a visit; gives the number of jobs.
    #[inline]
    pub(super) fn charge(&self, site: &mut SiteState<O>, index: u32, s: usize) -> u32 {
        let v = &site.visits[index as usize];
        let step = &self.plan_of(self.network, site.site, v).steps[s];
        let jobs = match step.unit {
            Unit::Batch | Unit::Consignment => 1,
            Unit::Container => self.jobs(site, index, s),
        };
        let fee = step.fee;
        if fee != 0.0 {
            let v = &mut site.visits[index as usize];
            v.fees += fee * f64::from(jobs) / f64::from(v.consignments().max(1));
        }
        jobs
    }

    /// A server comes free.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn job_done(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        unit: u16,
        station: u16,
        started: Time,
        served: Span,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.stations[station as usize].staffed {
            site.free(station);
        }
        self.job_ended(site, now, index, s, unit, started, served, out);
    }

    /// A job has ended; with the last the step has.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn job_ended(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        unit: u16,
        started: Time,
        served: Span,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        site.observer
            .fact(&v.fact(now, FactKind::Completed, s, unit, started.ms()));
        let measured = v.measured() || v.counts && now <= self.network.horizon;
        let record = &mut v.records[s as usize];
        let job = JobEnd {
            plan: v.plan,
            step: s,
            joined: record.joined,
            started,
            ended: now,
            served,
            ahead: v.stage == Stage::Ahead,
            measured,
        };
        record.left -= 1;
        let last = record.left == 0;
        site.observer.job(&job);
        if !last {
            return;
        }
        record.started = started;
        if v.is_straight() {
            site.touch_visit(index);
            self.step_done(site, now, index, s, out);
            return;
        }
        if v.void {
            self.void_step(site, now, index, s, out);
            return;
        }
        let plan = self.path_of(site.site, v).plan;
        if plan.troubled >> s & 1 == 1 {
            self.result(site, now, index, s, out);
        } else {
            self.step_ended_in(site, now, index, s, plan, out);
        }
    }

    /// A step has ended.
    pub(super) fn step_ended(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let plan = self.path_of(site.site, &site.visits[index as usize]).plan;
        self.step_ended_in(site, now, index, s, plan, out);
    }

    /// As [`Corridor::step_ended`], of a visit of this plan.
    #[inline(always)]
    fn step_ended_in(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        plan: &Plan,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        v.records[s as usize].ended = now;
        v.done |= 1 << s;
        v.last = s;
        if v.cargo_at == s {
            v.cargo_at = NO_STEP;
        }
        let (parent, batch) = (v.parent, v.is_batch());
        if !v.dirty {
            v.dirty = true;
            let key = (v.cargo.entity, v.call, index);
            site.dirty_visits.push(key);
        }
        if !plan.held.is_empty() {
            self.give_after(site, now, index, s, out);
        }
        if batch {
            // Members' steps may have waited for this one.
            for m in 0..site.visits[index as usize].members.len() {
                let child = site.visits[index as usize].members[m].visit;
                if child != NO_VISIT {
                    site.touch_visit(child);
                }
            }
        } else if parent != NO_VISIT {
            site.touch_visit(parent);
            let p = &mut site.visits[parent as usize];
            if p.applies >> s & 1 == 1 && p.stage == Stage::Working {
                p.records[s as usize].left -= 1;
                if p.records[s as usize].left == 0 {
                    p.records[s as usize].by = index;
                    p.records[s as usize].ended = now;
                    p.done |= 1 << s;
                    p.begun |= 1 << s;
                    p.last = s;
                }
            }
        }
        self.release_in(site, now, index, plan, out);
    }

    /// Release: the last of the controls and payments that take place is done, and the cargo is there. A batch's
    /// is that of its own steps; a consignment on it has its own release besides. Data that is sent at release
    /// leaves.
    pub(super) fn release(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.plan != NO_PLAN {
            let plan = self.plan_of(self.network, site.site, v);
            self.release_in(site, now, index, plan, out);
        }
    }

    /// As [`Corridor::release`], of a visit of this plan.
    #[inline(always)]
    fn release_in(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        plan: &Plan,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        let own = if v.is_batch() {
            !plan.per_consignment
        } else {
            u64::MAX
        };
        let open = v.applies & plan.release & own & !v.done;
        if open != 0
            || plan.release == 0
            || v.released
            || v.doomed
            || matches!(v.stage, Stage::Ahead | Stage::Outside)
        {
            return;
        }
        v.released = true;
        v.released_at = now;
        site.common_fact(index, now, FactKind::Released, NO_STEP, 0, 0);
        self.send_on_release(site, now, index, out);
        if plan.audits != 0 {
            self.audit(site, now, index);
        }
    }

    /// True where the batch of this visit leaves held consignments behind.
    pub(super) fn detaches(&self, site: &SiteState<O>, batch: u32) -> bool {
        let line = site.visits[batch as usize].cargo.entity.group();
        self.network.lines[line as usize].on_hold == OnHold::Detach
    }
}
