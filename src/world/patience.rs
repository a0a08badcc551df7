//! Giving up: traders who cancel, goods that perish, drivers who turn away for good.
//!
//! A consignment that travels alone leaves the corridor at its deadline where it waits; where it is in service, at the
//! end of that service. On a train it stays until the train is broken, and one that its train leaves behind stays for the
//! next. What it holds goes back.

use std::collections::BTreeSet;

use super::pools::Asked;
use super::station::Job;
use super::visit::{NO_PLAN, NO_VISIT, Stage};
use super::{
    Cargo, Corridor, Event, FactKind, HourTable, NO_STEP, Observer, SiteState, VisitEnd, events,
};
use crate::engine::{Key, Outbox, Phase};
use crate::terms::{ActorKind, EntityId, Outcome, Role};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// When a consignment leaves the corridor unless it has arrived, and how; the earlier of cancelling and perishing.
    pub(super) fn deadline(&self, cargo: &Cargo) -> Option<(Time, Outcome)> {
        let flow = self.network.routes[cargo.route as usize].flow;
        let cancels = self.network.flows[flow.index()]
            .drivers
            .gives_up_after
            .as_ref()
            .map(|law| {
                let draw = self.draws.key(cargo.entity);
                let u = self.draws.flows[flow.index()].patience.uniform(draw, 0, 0);
                (
                    cargo.born + Span::from_ms_f64(law.quantile(u)),
                    Outcome::Cancelled,
                )
            });
        let perishes = self.network.perishes[cargo.commodity as usize]
            .map(|after| (cargo.born + after, Outcome::Perished));
        // Both at one instant: it has perished.
        perishes
            .into_iter()
            .chain(cancels)
            .min_by_key(|(at, _)| *at)
    }

    /// A visit begins whose cargo may give up here.
    pub(super) fn watch_patience(
        &self,
        site: &SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let cargo = site.visits[index as usize].cargo;
        if let Some((at, _)) = self.deadline(&cargo)
            && at > now
        {
            let key = Key::new(at, Phase::Happenings, events::GIVES_UP, 0, cargo.entity.0);
            out.schedule(
                key.part(cargo.leg, 0, 0),
                Event::GivesUp {
                    visit: index,
                    leg: cargo.leg,
                    entity: cargo.entity,
                },
            );
        }
    }

    /// The deadline of a consignment: it leaves, at once or as soon as it is out of service.
    pub(super) fn gives_up(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        leg: u8,
        entity: EntityId,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let here = v.cargo.entity == entity
            && v.cargo.leg == leg
            && v.parent == NO_VISIT
            && !matches!(v.stage, Stage::Gone | Stage::Ahead | Stage::Audit);
        if !here {
            return;
        }
        site.visits[index as usize].doomed = true;
        site.visits[index as usize].straight = false;
        let mut taken = self.taken_by_open_steps(site, index);
        // What has just been granted to a step is of no use to it any more.
        let v = &mut site.visits[index as usize];
        let granted = |a: &Asked| a.granted && a.step != NO_STEP;
        for ask in v.asked.iter().filter(|a| granted(a)) {
            taken.push((ask.step, ask.pool));
            v.begun &= !(1 << ask.step);
        }
        v.asked.retain(|a| !granted(a));
        // Nobody works on a step that waits for papers.
        for s in 0..v.records.len() as u8 {
            if v.waits_for_papers(s, now) {
                v.begun &= !(1 << s);
            }
        }
        self.withdraw(site, now, index);
        // A step that had taken something and is begun no more gives it back.
        for (step, pool) in taken {
            let v = &site.visits[index as usize];
            if v.begun >> step & 1 == 0 {
                let cargo = v.cargo;
                self.give_back(site, now, &cargo, pool, step, out);
            }
        }
        self.leave_if_idle(site, now, index, out);
    }

    /// A step of one that gives up goes no further: true where it is so, and the step is not begun any more.
    pub(super) fn breaks_off(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        if !site.visits[index as usize].doomed {
            return false;
        }
        let taken = self.taken_by_open_steps(site, index);
        let v = &mut site.visits[index as usize];
        v.begun &= !(1 << s);
        let cargo = v.cargo;
        for (_, pool) in taken.into_iter().filter(|(step, _)| *step == s) {
            self.give_back(site, now, &cargo, pool, s, out);
        }
        self.leave_if_idle(site, now, index, out);
        true
    }

    /// One that gives up leaves as soon as nothing of it is in service.
    pub(super) fn leave_if_idle(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.begun & !v.done != 0 {
            return;
        }
        let cargo = self.marked(site, index);
        let outcome = self
            .deadline(&cargo)
            .filter(|(at, _)| *at <= now)
            .map_or(Outcome::Cancelled, |(_, outcome)| outcome);
        self.give_server_back(site, now, index);
        for held in self.held(site, index) {
            self.give_back(site, now, &cargo, held.pool, NO_STEP, out);
        }
        let arrived = site.visits[index as usize].arrived;
        let hours = self.attribute(site, index, arrived, now, ActorKind::Trader);
        let v = &site.visits[index as usize];
        let cell = (v.plan != NO_PLAN).then_some(v.cell);
        site.cargo_fact(&cargo, now, FactKind::GaveUp, outcome as u64);
        site.cargo_fact(&cargo, now, FactKind::Departed, 1);
        let end = VisitEnd {
            cell,
            gave_up: true,
            ..VisitEnd::of_one(cargo.is(Cargo::MEASURED), arrived, now, &hours)
        };
        site.observer.visit_end(&end);
        self.follow_lost(site, index, &cargo, (arrived, now));
        site.vehicle_leaves(index);
        self.lost(site, &cargo, outcome, true);
        site.undirty(index);
        site.dismiss(index);
    }

    /// A consignment that has not come in leaves the corridor.
    pub(super) fn turns_back(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        outcome: Outcome,
        out: &mut Outbox<'_, Self>,
    ) {
        self.void_data(site, now, cargo, None, out);
        // What it has taken on its way, and the place that is reserved for it here.
        for pool in self.held_on_arrival(cargo) {
            self.give_back(site, now, cargo, pool, NO_STEP, out);
        }
        site.cargo_fact(cargo, now, FactKind::GaveUp, outcome as u64);
        site.cargo_fact(cargo, now, FactKind::Departed, 1);
        let hours = HourTable::default();
        site.observer.visit_end(&VisitEnd {
            gave_up: true,
            ..VisitEnd::of_one(cargo.is(Cargo::MEASURED), now, now, &hours)
        });
        // On arrival at an exit side no crossing has begun.
        let began = self.stop_at(cargo).role == Role::Entry;
        self.lost(site, cargo, outcome, began);
    }

    /// A measured journey ends without arriving, and with it the crossing that it is on.
    fn lost(&self, site: &mut SiteState<O>, cargo: &Cargo, outcome: Outcome, crossing: bool) {
        if !cargo.is(Cargo::MEASURED) {
            return;
        }
        site.awaited -= 1;
        let flow = self.network.routes[cargo.route as usize].flow;
        site.observer.journey_lost(flow.0, outcome);
        let stop = self.stop_at(cargo);
        if let (true, Role::Exit | Role::Entry, Some(crossing)) =
            (crossing, stop.role, stop.crossing)
        {
            site.observer.crossing_lost(crossing);
        }
    }

    /// What steps that are begun and not done have taken; a step that still asks has what goes before.
    pub(super) fn taken_by_open_steps(&self, site: &SiteState<O>, index: u32) -> Vec<(u8, u16)> {
        let v = &site.visits[index as usize];
        let mut taken = Vec::new();
        if v.plan == NO_PLAN {
            return taken;
        }
        let plan = self.plan_of(self.network, site.site, v);
        for (s, step) in plan.steps.iter().enumerate() {
            if v.begun >> s & 1 == 1 && v.done >> s & 1 == 0 {
                let asks = v.asked.iter().find(|a| a.step as usize == s);
                let before = |pool: &u16| asks.is_none_or(|a| *pool < a.pool);
                let has = step.takes.iter().copied().filter(before);
                taken.extend(has.map(|pool| (s as u8, pool)));
            }
        }
        taken
    }

    /// The stations in whose queues a visit may stand.
    fn stands_at(&self, site: &SiteState<O>, index: u32) -> BTreeSet<usize> {
        let v = &site.visits[index as usize];
        let mut stations: BTreeSet<usize> = v.needed.iter().map(|s| usize::from(*s)).collect();
        if v.plan != NO_PLAN {
            let plan = self.plan_of(self.network, site.site, v);
            for (s, step) in plan.steps.iter().enumerate() {
                if (v.begun & !v.done) >> s & 1 == 1 {
                    stations.insert(usize::from(step.station));
                    stations.insert(usize::from(site.serving(step.station)));
                }
            }
        }
        stations
    }

    /// Takes a visit out of all queues here.
    pub(super) fn withdraw(&self, site: &mut SiteState<O>, now: Time, index: u32) {
        let asked = std::mem::take(&mut site.visits[index as usize].asked);
        let cargo = site.visits[index as usize].cargo;
        for ask in &asked {
            if ask.granted {
                continue;
            }
            let node = &self.network.pools[ask.pool as usize];
            if node.owner.index() == site.site {
                site.pools[node.place as usize].forget(index, ask.step);
            } else {
                // The grant will come and go back.
                site.wanting
                    .remove(&(cargo.entity, cargo.leg, ask.step, ask.pool));
            }
            if ask.step != NO_STEP {
                site.visits[index as usize].begun &= !(1 << ask.step);
            }
        }
        site.visits[index as usize].asked = asked.into_iter().filter(|a| a.granted).collect();
        for station in self.stands_at(site, index) {
            let s = &mut site.stations[station];
            let mine = |job: &Job| job.visit == index;
            let claims = s.claims.iter().filter(|c| mine(c)).count();
            let queued: Vec<Job> = s.queue.iter().copied().filter(mine).collect();
            if claims == 0 && queued.is_empty() {
                continue;
            }
            for job in &queued {
                // What has been begun of it is forgotten.
                if let Some(floor) = &mut s.floor {
                    floor.dismiss(job.id());
                }
            }
            s.claims.retain(|c| !mine(c));
            s.queue.retain(|job| !mine(job));
            let joint = claims > 0 || queued.iter().any(|job| job.joint);
            let v = &mut site.visits[index as usize];
            if joint {
                let plan = &self.network.sites[site.site].plans[v.plan as usize];
                let group = super::joint::joint_visit(plan, v, v.cargo_at as usize);
                v.begun &= !group | v.done;
                v.claimed = 0;
            }
            for job in queued.iter().filter(|job| !job.joint) {
                let record = &mut v.records[job.step as usize];
                record.left -= 1;
                if record.left == 0 {
                    v.begun &= !(1 << job.step);
                }
            }
            site.touch_station(station as u16);
            site.observe_station(station, now);
        }
        site.leaving.retain(|_, leaving| leaving.visit != index);
        if let Some(entry) = &mut site.entry {
            entry.forget(index);
        }
        for waiting in site
            .forming
            .values_mut()
            .chain(site.for_link.values_mut())
            .chain(site.for_gate.values_mut())
            .chain(site.for_opening.values_mut())
        {
            waiting.retain(|visit| *visit != index);
        }
    }
}

impl<O: Observer> SiteState<O> {
    /// A visit that leaves has nothing left to do.
    pub(super) fn undirty(&mut self, index: u32) {
        if std::mem::take(&mut self.visits[index as usize].dirty) {
            self.dirty_visits.forget(index);
        }
    }
}
