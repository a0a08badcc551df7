//! Data ahead of the cargo: when it is sent, and the work that it opens (semantics section 6).

use super::visit::{NO_VISIT, Stage};
use super::{Cargo, Corridor, FactKind, Form, NO_STEP, Observer, SiteState};
use crate::engine::{ChannelId, Outbox};
use crate::terms::{CommodityId, Mechanism, SiteId};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// Data comes: work that can be done ahead begins. Data later than its cargo is ignored.
    pub(super) fn data_arrives(&self, site: &mut SiteState<O>, now: Time, header: Cargo) {
        let who = (header.entity, header.leg);
        if site.came.contains(&who) || site.ahead.contains_key(&who) {
            return;
        }
        let stop = self.stop_at(&header);
        let commodity = (!header.entity.is_batch()).then_some(CommodityId(header.commodity));
        let Some(plan) = stop.plan_for(commodity) else {
            return;
        };
        let mut visit = self.new_visit(now, header, Some(plan));
        visit.stage = Stage::Ahead;
        visit.ahead = true;
        visit.epoch = self.network.epoch(SiteId::from(site.site), now) as u8;
        let scope = if header.entity.is_batch() {
            !self.network.sites[site.site].plans[plan.0 as usize].per_consignment
        } else {
            u64::MAX
        };
        let index = site.admit(visit);
        site.ahead.insert(who, index);
        site.fact(index, now, FactKind::DataCame, NO_STEP, 0, 0);
        self.choose_steps(site, now, index, scope);
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
                    form: Form::Data,
                    ..*cargo
                };
                let key = Cargo::data(at, cargo.entity, sending.leg);
                out.send(ChannelId(sending.channel), key, ahead);
            }
        }
    }
}
