//! Data ahead of the cargo: when it is sent, and the work that it opens (semantics section 6).

use super::visit::{NO_VISIT, Stage};
use super::{Cargo, Corridor, FactKind, Form, NO_STEP, Observer, SiteState, SkipReason};
use crate::engine::{ChannelId, Outbox};
use crate::network::ENTRY_PART;
use crate::terms::{CommodityId, Mechanism, SiteId, StepKind};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// Data comes, for a part of the plan: work that can be done ahead begins. Data later than its cargo is ignored.
    pub(super) fn data_arrives(&self, site: &mut SiteState<O>, now: Time, header: Cargo, part: u8) {
        let who = (header.entity, header.leg);
        if site.came.contains(&who) {
            return;
        }
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
    pub(super) fn send_data(
        &self,
        now: Time,
        cargo: &Cargo,
        at_release: bool,
        from: u8,
        before: u8,
        out: &mut Outbox<'_, Self>,
    ) {
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
