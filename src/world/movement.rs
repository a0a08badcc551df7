//! Consignments on the move: arrival at a site, transit over a link, the end of the journey.

use super::detours::Turn;
use super::visit::{NO_PLAN, Stage};
use super::{Cargo, Corridor, FactKind, Form, HourTable, Observer, SiteState, Trip, VisitEnd};
use crate::engine::{ChannelId, Outbox};
use crate::network::Stop;
use crate::terms::{CommodityId, EntityId, LinkId, Role};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    pub(super) fn stop_at(&self, cargo: &Cargo) -> &Stop {
        &self.network.routes[cargo.route as usize].stops[cargo.leg as usize]
    }

    /// A consignment that travels alone, or whose batch is broken here, arrives.
    pub(super) fn arrive(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.alone
            && let Some(plan) = self.stops[cargo.route as usize][cargo.leg as usize].arrives
        {
            self.arrive_straight(site, now, cargo, plan, out);
            return;
        }
        self.give_all(site, now, &cargo, true, out);
        self.void_stale(site, now, &cargo, out);
        self.stand(site, now, cargo, out);
    }

    /// A consignment is at a site, whether it has just come or is there at the start.
    pub(super) fn stand(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        mut cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        site.common_cargo_fact(&cargo, now, FactKind::Arrived, 1);
        let mut stop = self.stop_at(&cargo);
        // Who is there at the start is the queue that others find.
        if now > Time::ZERO && (stop.impatient || stop.detour.is_some()) {
            if let Turn::Leaves(outcome) = self.turn_away(site, now, &mut cargo) {
                site.observer.visit_begin(None, now, 1);
                self.turns_back(site, now, &cargo, outcome, out);
                return;
            }
            stop = self.stop_at(&cargo);
            // Where nothing is done it drives on, by the way that it chooses now.
            if stop.role != Role::Exit
                && stop.plan_for(Some(CommodityId(cargo.commodity))).is_none()
            {
                self.choose_way(site, now, &mut cargo);
                stop = self.stop_at(&cargo);
            }
        }
        self.mark_crossing(site, now, stop, &mut cargo);
        let plan = stop.plan_for(Some(CommodityId(cargo.commodity)));
        site.observer
            .visit_begin(plan.map(|(_, cell)| cell), now, 1);
        let waits = || {
            stop.yard.is_some()
                || stop.entry.is_some()
                || cargo.leg == 0 && stop.forms.is_some()
                || self.waits_to_depart(&cargo, now)
        };
        if plan.is_none() && !waits() {
            self.pass_through(site, now, &cargo, out);
            return;
        }
        let visit = self.come(site, now, cargo, plan);
        if stop.impatient {
            self.watch_patience(site, now, visit, out);
        }
        site.touch_visit(visit);
    }

    /// The visit of cargo that has come: the one that its data opened, or a new one.
    pub(super) fn come(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        plan: Option<(u16, u16)>,
    ) -> u32 {
        let stop = self.stop_at(&cargo);
        let rerouted = self.network.routes[cargo.route as usize].detours > 0;
        let visit = if stop.expects || rerouted {
            self.expected(site, now, cargo, plan)
        } else {
            self.open_visit(site, now, cargo, plan)
        };
        let v = &mut site.visits[visit as usize];
        if stop.reserved && now > Time::ZERO {
            v.place = stop.yard;
        }
        if v.plan != NO_PLAN {
            site.vehicles[v.plan as usize] += 1;
        }
        visit
    }

    /// The visit of cargo whose data may have come before it.
    fn expected(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        plan: Option<(u16, u16)>,
    ) -> u32 {
        let mut ahead = site.ahead.remove(&(cargo.entity, cargo.leg));
        // Who has taken another route on arrival may have another procedure here.
        if let (Some(visit), Some((plan, _))) = (ahead, plan)
            && site.visits[visit as usize].plan != plan
        {
            site.visits[visit as usize].void = true;
            site.visits[visit as usize].straight = false;
            site.touch_visit(visit);
            ahead = None;
        }
        let visit = match ahead {
            Some(visit) => {
                let v = &mut site.visits[visit as usize];
                v.cargo = cargo;
                v.stage = Stage::Come;
                v.arrived = now;
                v.inside = now;
                visit
            }
            None => self.open_visit(site, now, cargo, plan),
        };
        self.remember(site, now, (cargo.entity, cargo.leg));
        visit
    }

    /// A new visit of cargo at its stop.
    pub(super) fn open_visit(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        plan: Option<(u16, u16)>,
    ) -> u32 {
        let index = site.admit(cargo, self.draws.key(cargo.entity), now);
        let visit = &mut site.visits[index as usize];
        (visit.plan, visit.cell) = plan.unwrap_or((NO_PLAN, u16::MAX));
        visit.call = self.stop_at(&cargo).visit;
        index
    }

    /// Remembers who came within the last data delay, so that data that is later than its cargo is known.
    pub(super) fn remember(&self, site: &mut SiteState<O>, now: Time, who: (EntityId, u8)) {
        while let Some(&(since, oldest)) = site.came_in_order.front() {
            if since + self.network.data_delay >= now {
                break;
            }
            site.came_in_order.pop_front();
            site.came.remove(&oldest);
        }
        if site.came.insert(who) {
            site.came_in_order.push_back((now, who));
        }
    }

    pub(super) fn mark_crossing(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        stop: &Stop,
        cargo: &mut Cargo,
    ) {
        if stop.role == Role::Exit {
            cargo.crossing = now;
            if let Some(crossing) = stop.crossing
                && cargo.is(Cargo::MEASURED)
            {
                site.observer.crossing_began(crossing, 1);
            }
        }
    }

    /// As [`Corridor::mark_crossing`], of consignments that come together.
    pub(super) fn mark_crossings(&self, observer: &mut O, now: Time, together: &mut [Cargo]) {
        for mates in together.chunk_by_mut(Cargo::at_one_stop) {
            let Some(stop) = mates.first().map(|one| self.stop_at(one)) else {
                continue;
            };
            if stop.role != Role::Exit {
                continue;
            }
            mates.iter_mut().for_each(|cargo| cargo.crossing = now);
            let measured = mates.iter().filter(|c| c.is(Cargo::MEASURED)).count() as u32;
            if let (Some(crossing), 1..) = (stop.crossing, measured) {
                observer.crossing_began(crossing, measured);
            }
        }
    }

    /// No procedure and nothing to wait for: the consignment goes straight on.
    pub(super) fn pass_through(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        site.common_cargo_fact(cargo, now, FactKind::Departed, 1);
        self.give_all(site, now, cargo, false, out);
        let (hours, measured) = (HourTable::default(), cargo.is(Cargo::MEASURED));
        site.observer
            .visit_end(&VisitEnd::of_one(measured, now, now, &hours));
        self.end_crossing(site, now, cargo);
        match self.stop_at(cargo).link {
            Some(link) => self.send_alone(site, now, *cargo, link, out),
            None => self.leave(site, now, cargo, out),
        }
    }

    pub(super) fn end_crossing(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        self.end_crossing_at(self.stop_at(cargo), site, now, cargo);
    }

    /// As [`Corridor::end_crossing`], of consignments that depart together.
    pub(super) fn end_crossings(&self, site: &mut SiteState<O>, now: Time, together: &[Cargo]) {
        for mates in together.chunk_by(Cargo::at_one_stop) {
            let stop = mates.first().map(|one| self.stop_at(one));
            if let Some(stop) = stop.filter(|stop| stop.role == Role::Entry) {
                for cargo in mates {
                    self.end_crossing_at(stop, site, now, cargo);
                }
            }
        }
    }

    #[inline]
    pub(super) fn end_crossing_at(
        &self,
        stop: &Stop,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
    ) {
        if let (Role::Entry, Some(index), true) =
            (stop.role, stop.crossing, cargo.is(Cargo::MEASURED))
        {
            let trip = Trip {
                index,
                time: now - cargo.crossing,
                apart: cargo.is(Cargo::APART),
            };
            site.observer.crossing_ended(&trip);
        }
    }

    /// A consignment has reached its destination.
    pub(super) fn leave(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        site.common_cargo_fact(cargo, now, FactKind::Left, 0);
        let flow = self.network.routes[cargo.route as usize].flow;
        for &empty in &self.network.flows[flow.index()].empties {
            self.turn_round(now, cargo, empty, out);
        }
        if cargo.is(Cargo::MEASURED) {
            site.awaited -= 1;
            let index = self.network.routes[cargo.route as usize].flow.0;
            let trip = Trip {
                index,
                time: now - cargo.born,
                apart: cargo.is(Cargo::APART),
            };
            site.observer.journey_ended(&trip);
        }
    }

    /// When a vehicle that departs now over `link` arrives.
    pub(super) fn arrival(&self, now: Time, cargo: &Cargo, link: LinkId) -> Time {
        self.arrival_from(self.stop_at(cargo), now, cargo, link)
    }

    #[inline]
    fn arrival_from(&self, stop: &Stop, now: Time, cargo: &Cargo, link: LinkId) -> Time {
        let node = &self.network.links[link.index()];
        let call = u32::from(stop.visit);
        let u = self.draws.transit[link.index()].uniform(self.draws.key(cargo.entity), call, 0);
        now + Span::from_ms_f64(node.transit.quantile(u)).max(node.minimum)
    }

    /// As [`Corridor::send_alone_from`], of several from one stop, from which no data goes ahead; with when each departs.
    pub(super) fn send_each<'c>(
        &self,
        stop: &Stop,
        link: LinkId,
        each: impl Iterator<Item = (Time, &'c Cargo)> + Clone,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.links[link.index()];
        let (stream, call) = (self.draws.transit[link.index()], u32::from(stop.visit));
        let channel = ChannelId(node.channel);
        let Some((_, first)) = each.clone().next() else {
            return;
        };
        let keys = self.draws.keys(first.entity);
        let sent = each.map(move |(now, cargo)| {
            let bits = stream.bits(keys.of(cargo.entity), call, 0);
            let length = Span::from_ms_f64(node.transit.quantile_of(bits));
            let on = Cargo {
                leg: cargo.leg + 1,
                form: Form::Lone,
                ..*cargo
            };
            (now, now + length.max(node.minimum), on)
        });
        out.send_plain_each(channel, sent);
    }

    pub(super) fn send_alone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        let stop = self.stop_at(&cargo);
        if O::FOLLOWS {
            let took = self.arrival_from(stop, now, &cargo, link) - now;
            Self::follow_travel(site, &[cargo], link, took);
        }
        self.send_alone_from(stop, now, cargo, link, out);
    }

    #[inline]
    pub(super) fn send_alone_from(
        &self,
        stop: &Stop,
        now: Time,
        cargo: Cargo,
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        if !stop.sends.is_empty() {
            self.send_data(now, &cargo, false, 0, u8::MAX, out);
        }
        let at = self.arrival_from(stop, now, &cargo, link);
        let on = Cargo {
            leg: cargo.leg + 1,
            form: Form::Lone,
            ..cargo
        };
        let channel = ChannelId(self.network.links[link.index()].channel);
        out.send_plain(channel, at, on);
    }

    pub(super) fn send_batch(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        header: Cargo,
        members: &[Cargo],
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        let break_leg = self.network.lines[header.entity.group() as usize].break_leg;
        // The train's data for the stops that it reaches as a train, its consignments' for those after.
        if self.informs {
            self.send_data(now, &header, false, 0, break_leg, out);
            for cargo in members {
                self.send_data(now, cargo, false, break_leg, u8::MAX, out);
            }
        }
        let at = self.arrival(now, &header, link);
        Self::follow_travel(site, members, link, at - now);
        let channel = ChannelId(self.network.links[link.index()].channel);
        let leg = header.leg + 1;
        let members = members.iter().map(|cargo| Cargo {
            leg,
            form: Form::Member,
            ..*cargo
        });
        let key = Cargo::arrival(at, header.entity, leg);
        out.send_all(channel, key, Cargo { leg, ..header }, members);
    }
}
