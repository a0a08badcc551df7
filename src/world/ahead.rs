//! Data ahead of the cargo: when it is sent, and the work that it opens (semantics section 6).

use super::visit::{NO_VISIT, Stage};
use super::{Cargo, Corridor, FactKind, Form, NO_STEP, Observer, SiteState, SkipReason};
use crate::engine::{ChannelId, Outbox};
use crate::network::{ENTRY_PART, Stop};
use crate::terms::{CommodityId, Mechanism, SiteId, StepKind};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// Data comes, for a part of the plan: work that can be done ahead begins. Data later than its cargo is ignored.
    pub(super) fn data_arrives(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        header: Cargo,
        part: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let who = (header.entity, header.leg);
        if site.came.contains(&who) || self.is_stale(site, &header) {
            return;
        }
        self.void_stale(site, now, &header, out);
        if let Some(&index) = site.ahead.get(&who) {
            self.more_data(site, now, index, part);
            return;
        }
        let stop = self.stop_at(&header);
        let commodity = (!header.entity.is_batch()).then_some(CommodityId(header.commodity));
        let Some(plan) = stop.plan_for(commodity) else {
            return;
        };
        let index = self.open_visit(site, now, header, Some(plan));
        let visit = &mut site.visits[index as usize];
        visit.stage = Stage::Ahead;
        visit.ahead = 1 << part;
        visit.epoch = self.network.epoch(SiteId::from(site.site), now) as u8;
        let scope = if header.entity.is_batch() {
            !self.network.sites[site.site].plans[plan.0 as usize].per_consignment
        } else {
            u64::MAX
        };
        site.ahead.insert(who, index);
        site.fact(index, now, FactKind::DataCame, NO_STEP, 0, 0);
        self.choose_steps(site, now, index, scope);
        site.touch_visit(index);
    }

    /// True where the consignment has come by another route than that for which this data was sent.
    fn is_stale(&self, site: &SiteState<O>, header: &Cargo) -> bool {
        let stops = &self.network.routes[header.route as usize].stops;
        let other = |leg: u8| {
            let here = |stop: &Stop| stop.site.index() == site.site;
            !stops.get(leg as usize).is_some_and(here)
        };
        self.may_reroute(header)
            && (0..=u8::MAX)
                .filter(|leg| other(*leg))
                .any(|leg| site.came.contains(&(header.entity, leg)))
    }

    fn may_reroute(&self, cargo: &Cargo) -> bool {
        let flow = self.network.routes[cargo.route as usize].flow;
        let drivers = &self.network.flows[flow.index()].drivers;
        drivers.reroutes.is_some() || drivers.balks.is_some()
    }

    /// Re-routing voids what was sent before (semantics section 6): what the data of a re-routed consignment has opened
    /// here for another stop, or another procedure, than those of its route now.
    pub(super) fn void_stale(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        if self.network.routes[cargo.route as usize].detours > 0 {
            self.void_data(site, now, cargo, Some(cargo.route), out);
        }
    }

    /// Voids what the data of a consignment has opened here, but for that which is right on `route`.
    pub(super) fn void_data(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        route: Option<u16>,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.ahead.is_empty() {
            return;
        }
        let commodity = Some(CommodityId(cargo.commodity));
        for leg in 0..=u8::MAX {
            let who = (cargo.entity, leg);
            let Some(&index) = site.ahead.get(&who) else {
                continue;
            };
            let stop = route.and_then(|r| {
                self.network.routes[r as usize]
                    .stops
                    .get(leg as usize)
                    .filter(|stop| stop.site.index() == site.site)
            });
            let plan = stop.and_then(|stop| stop.plan_for(commodity));
            if plan.is_none_or(|(plan, _)| plan != site.visits[index as usize].plan) {
                site.ahead.remove(&who);
                self.void(site, now, index, out);
            }
        }
    }

    /// Nothing more of a visit starts: its queued jobs are withdrawn, those in service end without effect.
    pub(super) fn void(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let taken = self.taken_by_open_steps(site, index);
        self.withdraw(site, now, index);
        site.undirty(index);
        let v = &mut site.visits[index as usize];
        v.void = true;
        v.straight = false;
        let cargo = v.cargo;
        for granted in std::mem::take(&mut v.asked) {
            site.visits[index as usize].begun &= !(1 << granted.step);
            self.give_back(site, now, &cargo, granted.pool, granted.step, out);
        }
        for (step, pool) in taken {
            if site.visits[index as usize].begun >> step & 1 == 0 {
                self.give_back(site, now, &cargo, pool, step, out);
            }
        }
        self.dismiss_void(site, now, index, out);
    }

    /// A step of a void visit is over; with the last of those under way the visit is.
    pub(super) fn void_step(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let cargo = site.visits[index as usize].cargo;
        for held in self.held(site, index) {
            if held.giver == Some(s) {
                self.give_back(site, now, &cargo, held.pool, s, out);
            }
        }
        site.visits[index as usize].done |= 1 << s;
        self.dismiss_void(site, now, index, out);
    }

    fn dismiss_void(
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
        let cargo = v.cargo;
        for held in self.held(site, index) {
            self.give_back(site, now, &cargo, held.pool, NO_STEP, out);
        }
        site.dismiss(index);
    }

    /// Data of the other part of the plan has come before: its declaration, too, is not made any more.
    fn more_data(&self, site: &mut SiteState<O>, now: Time, index: u32, part: u8) {
        let v = &mut site.visits[index as usize];
        if v.ahead >> part & 1 == 1 {
            return;
        }
        v.ahead |= 1 << part;
        let plan = self.plan_of(self.network, site.site, v);
        site.fact(index, now, FactKind::DataCame, NO_STEP, u16::from(part), 0);
        for (s, step) in plan.steps.iter().enumerate() {
            let v = &mut site.visits[index as usize];
            let made = step.part == part && step.kind == StepKind::Declaration;
            if made && v.applies & !v.begun & 1 << s != 0 {
                v.applies &= !(1 << s);
                let reason = SkipReason::SentAhead as u64;
                site.fact(index, now, FactKind::Skipped, s as u8, 0, reason);
            }
        }
        site.touch_visit(index);
    }

    /// At release: data for the entry side, where the mode sends it then.
    pub(super) fn send_on_release(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        if !self.informs {
            return;
        }
        let v = &site.visits[index as usize];
        // A member's release is its own affair; the train's data speaks for the train.
        if v.parent != NO_VISIT {
            return;
        }
        let cargo = v.cargo;
        if cargo.entity.is_batch() {
            let break_leg = self.network.lines[cargo.entity.group() as usize].break_leg;
            self.send_data(now, &cargo, true, 0, break_leg, out);
            for m in 0..site.visits[index as usize].members.len() {
                let member = site.visits[index as usize].members[m].cargo;
                self.send_data(now, &member, true, break_leg, u8::MAX, out);
            }
        } else {
            // Where its train will form, the train's data speaks for the stops that it reaches on it.
            let line = self.stop_at(&cargo).forms.filter(|_| cargo.leg == 0);
            let from = line.map_or(0, |line| self.network.lines[line as usize].break_leg);
            self.send_data(now, &cargo, true, from, u8::MAX, out);
        }
    }

    /// Sends the data of `cargo` to later stops in `[from, before)`, where the draw of its pair says so.
    #[inline]
    pub(super) fn send_data(
        &self,
        now: Time,
        cargo: &Cargo,
        at_release: bool,
        from: u8,
        before: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        if !self.informs {
            return;
        }
        for sending in &self.stop_at(cargo).sends {
            if sending.at_release != at_release || sending.leg < from || sending.leg >= before {
                continue;
            }
            let level = self.network.levels[sending.scope.index()].at(Mechanism::Information, now);
            if level <= 0.0 {
                continue;
            }
            let draw = self.draws.key(cargo.entity);
            if self.draws.information[sending.scope.index()].uniform(draw, 0, 0) < level {
                let at = now + self.network.data_delay;
                let ahead = Cargo {
                    leg: sending.leg,
                    form: if sending.part == ENTRY_PART {
                        Form::EntryData
                    } else {
                        Form::Data
                    },
                    ..*cargo
                };
                let key = Cargo::data(at, cargo.entity, sending.leg, sending.part);
                out.send(ChannelId(sending.channel), key, ahead);
            }
        }
    }
}
