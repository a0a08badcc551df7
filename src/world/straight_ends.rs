//! How a visit that goes the straight way (see `world/straight.rs`) comes, and how it departs.

use super::follow::HourSink;
use super::paths::{PlanPath, StepPath};
use super::visit::{Record, Stage, Visit};
use super::{Cargo, Corridor, FactKind, HourTable, NO_STEP, Observer, SiteState, VisitEnd};
use crate::engine::Outbox;
use crate::terms::{ActorKind, HourKind, SiteId};
use crate::time::{Span, Time};

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
}

impl<O: Observer> Corridor<'_, O> {
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
    /// As [`Corridor::complete`].
    #[inline]
    pub(super) fn complete_straight(
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
        let arrived = v.arrived;
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
        let followed = (arrived, now);
        let one = std::slice::from_ref(&cargo);
        self.follow(site, (index, index), one, followed, carrier);
        self.end_crossing(site, now, &cargo);
        site.vehicles[plan] -= 1;
        site.dismiss(index);
        match link {
            Some(link) => self.send_alone(site, now, cargo, link, out),
            None => self.leave(site, now, &cargo, out),
        }
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
    attribute_to(v, path, departed, carrier, &mut table);
    debug_assert_eq!(
        table.total(),
        (departed - v.arrived).ms(),
        "hours by actor and kind add to the stay"
    );
    table
}

/// As [`attribute`], into what takes them.
#[inline(always)]
pub(super) fn attribute_to(
    v: &Visit,
    path: &PlanPath<'_>,
    departed: Time,
    carrier: ActorKind,
    hours: &mut impl HourSink,
) {
    let inside = v.inside.max(v.arrived);
    let within = |from: Time, to: Time| to.max(inside) - from.max(inside);
    let mut step = v.last;
    let worked = v.records.get(step as usize).map_or(inside, |r| r.ended);
    hours.add(
        NO_STEP,
        carrier,
        HourKind::Waiting,
        within(worked, departed),
    );
    while let Some(record) = v.records.get(step as usize) {
        let &StepPath { actor, served, .. } = path.step(step as usize);
        hours.add(step, actor, served, within(record.started, record.ended));
        if record.joined < record.started {
            let waited = within(record.joined, record.started);
            hours.add(step, actor, HourKind::Waiting, waited);
        }
        if record.ready < record.joined {
            let carried = within(record.ready, record.joined);
            hours.add(step, actor, HourKind::HandOff, carried);
        }
        step = record.trigger;
    }
}
