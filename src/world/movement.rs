//! Arrival and departure: consignments alone, batches formed, broken and left behind, data ahead of the cargo.

use super::visit::{Member, NO_PLAN, NO_VISIT, Stage, Visit};
use super::{
    Cargo, Corridor, Event, FactKind, Form, HourTable, NO_STEP, Observer, SiteState, Trip, VisitEnd,
};
use crate::engine::{ChannelId, Outbox};
use crate::network::{LineFormation, Network, Stop};
use crate::terms::{ActorKind, CommodityId, EntityId, LinkId, Mechanism, Role, SiteId};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    fn stop_at(&self, cargo: &Cargo) -> &Stop {
        &self.network.routes[cargo.route as usize].stops[cargo.leg as usize]
    }

    /// A batch's header for its members.
    pub(super) fn header(&self, entity: EntityId, members: &[Cargo], leg: u8) -> Cargo {
        let all = |flag: u8| {
            if members.iter().all(|m| m.is(flag)) {
                flag
            } else {
                0
            }
        };
        let any = |flag: u8| {
            if members.iter().any(|m| m.is(flag)) {
                flag
            } else {
                0
            }
        };
        Cargo {
            entity,
            born: Time::ZERO,
            crossing: Time::from_ms(members.len() as u64),
            route: self.network.lines[entity.group() as usize].route,
            commodity: u16::MAX,
            leg,
            flags: any(Cargo::MEASURED) | all(Cargo::AEO),
            form: Form::Batch,
        }
    }

    /// A consignment that travels alone, or whose batch is broken here, arrives.
    pub(super) fn arrive(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        mut cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        let stop = self.stop_at(&cargo);
        site.cargo_fact(&cargo, now, FactKind::Arrived, 1);
        self.mark_crossing(site, now, stop, &mut cargo);
        let plan = stop.plan_for(Some(CommodityId(cargo.commodity)));
        site.observer
            .visit_begin(plan.map(|(_, cell)| cell), now, 1);
        let waits = stop
            .link
            .is_some_and(|l| self.network.links[l.index()].timetable.is_some())
            || cargo.leg == 0 && stop.forms.is_some();
        if plan.is_none() && !waits {
            self.pass_through(site, now, &cargo, out);
            return;
        }
        let visit = self.come(site, now, cargo, plan);
        site.touch_visit(visit);
    }

    /// The visit of cargo that has come: the one that its data opened, or a new one.
    fn come(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        plan: Option<(u16, u16)>,
    ) -> u32 {
        if !self.stop_at(&cargo).expects {
            return site.admit(self.new_visit(now, cargo, plan));
        }
        let visit = match site.ahead.remove(&(cargo.entity, cargo.leg)) {
            Some(visit) => {
                let v = &mut site.visits[visit as usize];
                v.cargo = cargo;
                v.stage = Stage::Come;
                v.arrived = now;
                visit
            }
            None => site.admit(self.new_visit(now, cargo, plan)),
        };
        self.remember(site, now, (cargo.entity, cargo.leg));
        visit
    }

    fn new_visit(&self, now: Time, cargo: Cargo, plan: Option<(u16, u16)>) -> Visit {
        let mut visit = Visit::new(cargo, self.draws.key(cargo.entity), now);
        (visit.plan, visit.cell) = plan.unwrap_or((NO_PLAN, u16::MAX));
        visit.call = self.stop_at(&cargo).visit;
        visit
    }

    /// Remembers who came within the last data delay, so that data that is later than its cargo is known.
    fn remember(&self, site: &mut SiteState<O>, now: Time, who: (EntityId, u8)) {
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

    fn mark_crossing(&self, site: &mut SiteState<O>, now: Time, stop: &Stop, cargo: &mut Cargo) {
        if stop.role == Role::Exit {
            cargo.crossing = now;
            if let Some(crossing) = stop.crossing {
                if cargo.is(Cargo::MEASURED) {
                    site.observer.crossing_began(crossing, 1);
                }
            }
        }
    }

    /// No procedure and nothing to wait for: the consignment goes straight on.
    fn pass_through(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        site.cargo_fact(cargo, now, FactKind::Departed, 1);
        let hours = HourTable::default();
        site.observer.visit_end(&VisitEnd {
            cell: None,
            arrived: now,
            departed: now,
            consignments: 1,
            measured: u32::from(cargo.is(Cargo::MEASURED)),
            release: None,
            hours: &hours,
            apart: false,
            saved_declaration: Span::ZERO,
            saved_setup: Span::ZERO,
            examined_by: 0,
            fees: 0.0,
        });
        self.end_crossing(site, now, cargo);
        match self.stop_at(cargo).link {
            Some(link) => self.send_alone(site, now, *cargo, link, out),
            None => self.leave(site, now, cargo),
        }
    }

    pub(super) fn batch_arrives(&self, site: &mut SiteState<O>, now: Time, header: Cargo) {
        let stop = self.stop_at(&header);
        site.breaking = header.leg >= self.network.lines[header.entity.group() as usize].break_leg;
        if site.breaking {
            site.cargo_fact(&header, now, FactKind::Broken, header.crossing.ms());
            return;
        }
        site.cargo_fact(&header, now, FactKind::Arrived, header.crossing.ms());
        let plan = stop.plan_for(None);
        site.observer
            .visit_begin(plan.map(|(_, cell)| cell), now, header.crossing.ms() as u32);
        let visit = self.come(site, now, header, plan);
        site.arriving = visit;
        site.touch_visit(visit);
    }

    pub(super) fn member_arrives(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        mut cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.breaking {
            self.arrive(site, now, cargo, out);
            return;
        }
        let stop = self.stop_at(&cargo);
        self.mark_crossing(site, now, stop, &mut cargo);
        let batch = site.arriving as usize;
        site.visits[batch].members.push(Member {
            cargo,
            visit: NO_VISIT,
        });
    }

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

    /// All steps of a visit are done: it departs, or waits for its departure.
    pub(super) fn complete(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let open = |m: &Member| {
            m.visit != NO_VISIT && site.visits[m.visit as usize].stage != Stage::Waiting
        };
        let v = &site.visits[index as usize];
        if !v.members.is_empty() && v.members.iter().all(open) {
            // Everyone is held: a train leaves no sooner than it has someone aboard.
            return;
        }
        let v = &mut site.visits[index as usize];
        v.stage = Stage::Waiting;
        let (cargo, parent) = (v.cargo, v.parent);
        if parent != NO_VISIT {
            if site.visits[parent as usize].stage == Stage::Working {
                site.touch_visit(parent);
            }
            if site.visits[parent as usize].stage == Stage::Waiting
                && !self.rides(site, parent, index)
            {
                // Left behind: for the next train of its line.
                let line = site.visits[parent as usize].cargo.entity.group();
                site.left_behind.entry(line).or_default().push(index);
            }
            return;
        }
        let stop = self.stop_at(&cargo);
        if let Some(line) = stop
            .forms
            .filter(|_| cargo.leg == 0 && !cargo.entity.is_batch())
        {
            site.forming.entry(line).or_default().push(index);
            if let LineFormation::Size(size) = self.network.lines[line as usize].formation {
                if site.forming[&line].len() >= size as usize {
                    self.form(site, now, line, size, out);
                }
            }
            return;
        }
        match stop.link {
            Some(link) if self.network.links[link.index()].timetable.is_some() => {
                site.for_link.entry(link.0).or_default().push(index);
            }
            _ => self.depart(site, now, index, out),
        }
    }

    /// True while a member's visit is still on its batch at the site.
    fn rides(&self, site: &SiteState<O>, batch: u32, member: u32) -> bool {
        site.visits[batch as usize]
            .members
            .iter()
            .any(|m| m.visit == member)
    }

    /// A batch of a line is formed of those that have waited longest, and departs.
    fn form(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        line: u16,
        most: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let mut waiting = site.forming.remove(&line).unwrap_or_default();
        let later = waiting.split_off(waiting.len().min(most as usize));
        if !later.is_empty() {
            site.forming.insert(line, later);
        }
        if waiting.is_empty() {
            return;
        }
        let ordinal = site.formed.entry(line).or_insert(0);
        let entity = EntityId::batch(line, *ordinal);
        *ordinal += 1;
        let cargos: Vec<Cargo> = waiting
            .iter()
            .map(|v| site.visits[*v as usize].cargo)
            .collect();
        let header = self.header(entity, &cargos, 0);
        site.cargo_fact(&header, now, FactKind::Formed, cargos.len() as u64);
        let actor = self.network.lines[line as usize].actor;
        let mut aboard = Vec::new();
        for visit in waiting {
            aboard.push(self.end_alone(site, now, visit, actor));
            site.dismiss(visit);
        }
        let break_leg = self.network.lines[line as usize].break_leg;
        self.send_data(now, &header, true, 0, break_leg, out);
        match self.stop_at(&header).link {
            Some(link) if self.network.links[link.index()].timetable.is_some() => {
                // The train waits for the link's departure as any other.
                site.cargo_fact(&header, now, FactKind::Arrived, aboard.len() as u64);
                site.observer.visit_begin(None, now, aboard.len() as u32);
                let mut visit = self.new_visit(now, header, None);
                visit.stage = Stage::Waiting;
                let train = site.admit(visit);
                site.visits[train as usize]
                    .members
                    .extend(aboard.iter().map(|c| Member {
                        cargo: *c,
                        visit: NO_VISIT,
                    }));
                site.for_link.entry(link.0).or_default().push(train);
            }
            Some(link) => self.send_batch(site, now, header, &aboard, link, out),
            None => {}
        }
    }

    pub(super) fn line_departs(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        line: u16,
        departure: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        if let LineFormation::Timetable(slots) = self.network.lines[line as usize].formation {
            self.form(site, now, line, slots.capacity, out);
            let (key, event) = Event::line_departs(line, departure + 1, slots.at(departure + 1));
            out.schedule(key, event);
        }
    }

    /// A link's departure takes those that waited before it, in the order in which they came, up to its
    /// capacity in consignments; a batch goes whole or waits.
    pub(super) fn link_departs(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        link: LinkId,
        departure: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(slots) = self.network.links[link.index()].timetable else {
            return;
        };
        let mut room = slots.capacity;
        let mut waiting = site
            .for_link
            .remove(&link.0)
            .unwrap_or_default()
            .into_iter();
        let mut later = Vec::new();
        for visit in waiting.by_ref() {
            let size = site.visits[visit as usize].consignments();
            // A batch larger than any departure goes alone rather than never.
            if size > room && !(size > slots.capacity && room == slots.capacity) {
                later.push(visit);
                break;
            }
            room = room.saturating_sub(size);
            self.depart(site, now, visit, out);
        }
        later.extend(waiting);
        if !later.is_empty() {
            site.for_link.insert(link.0, later);
        }
        let (key, event) = Event::link_departs(link, departure + 1, slots.at(departure + 1));
        out.schedule(key, event);
    }

    /// A visit departs now.
    fn depart(&self, site: &mut SiteState<O>, now: Time, index: u32, out: &mut Outbox<'_, Self>) {
        let v = &site.visits[index as usize];
        let (cargo, batch) = (v.cargo, v.is_batch());
        let link = self.stop_at(&cargo).link;
        if batch {
            self.depart_batch(site, now, index, link, out);
            return;
        }
        let carrier = link.map_or(ActorKind::Carrier, |l| {
            Network::carrier(self.network.links[l.index()].mode)
        });
        let cargo = self.end_alone(site, now, index, carrier);
        site.dismiss(index);
        match link {
            Some(link) => self.send_alone(site, now, cargo, link, out),
            None => self.leave(site, now, &cargo),
        }
    }

    fn depart_batch(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        link: Option<LinkId>,
        out: &mut Outbox<'_, Self>,
    ) {
        let line = site.visits[index as usize].cargo.entity.group();
        let (capacity, actor) = (
            self.network.lines[line as usize].capacity,
            self.network.lines[line as usize].actor,
        );
        let members = std::mem::take(&mut site.visits[index as usize].members);
        let mut aboard: Vec<Cargo> = Vec::with_capacity(members.len());
        let mut together: Vec<Cargo> = Vec::with_capacity(members.len());
        let mut kept = 0;
        for member in &members {
            if member.visit == NO_VISIT {
                together.push(member.cargo);
                aboard.push(member.cargo);
            } else if site.visits[member.visit as usize].stage == Stage::Waiting {
                aboard.push(self.end_member(site, now, index, member.visit, actor));
                site.dismiss(member.visit);
            } else {
                kept += 1;
                site.fact(member.visit, now, FactKind::LeftBehind, NO_STEP, 0, 0);
            }
        }
        debug_assert!(
            kept == 0 || self.detaches(site, index),
            "only a detaching train leaves anyone behind"
        );
        self.end_together(site, now, index, &together, actor);
        if site.visits[index as usize].apart {
            together
                .iter_mut()
                .chain(&mut aboard)
                .for_each(|cargo| cargo.flags |= Cargo::APART);
        }
        for cargo in &together {
            self.end_crossing(site, now, cargo);
        }
        // Those left behind by earlier trains of the line, as far as there is room.
        if let Some(waiting) = site.left_behind.remove(&line) {
            let room = (capacity as usize).saturating_sub(aboard.len());
            let mut waiting = waiting;
            let later = waiting.split_off(waiting.len().min(room));
            if !later.is_empty() {
                site.left_behind.insert(line, later);
            }
            for visit in waiting {
                aboard.push(self.end_left_behind(site, now, visit, actor));
            }
        }
        let header = site.visits[index as usize].cargo;
        if kept == 0 {
            site.dismiss(index);
        } else {
            // Its records are still read by those that it left behind.
            let v = &mut site.visits[index as usize];
            v.children = kept;
        }
        if aboard.is_empty() {
            return;
        }
        if let Some(link) = link {
            let leg = header.leg;
            let header = Cargo {
                leg,
                ..self.header(header.entity, &aboard, leg)
            };
            self.send_batch(site, now, header, &aboard, link, out);
        }
    }

    /// A visit's consignment, marked where it or its train met a step that is reported apart.
    fn marked(&self, site: &SiteState<O>, index: u32) -> Cargo {
        let v = &site.visits[index as usize];
        let apart = v.apart || v.parent != NO_VISIT && site.visits[v.parent as usize].apart;
        Cargo {
            flags: v.cargo.flags | if apart { Cargo::APART } else { 0 },
            ..v.cargo
        }
    }

    /// The end of a lone consignment's visit; gives its cargo.
    fn end_alone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        carrier: ActorKind,
    ) -> Cargo {
        let v = &site.visits[index as usize];
        let (cargo, arrived) = (self.marked(site, index), v.arrived);
        let hours = self.attribute(site, index, arrived, now, carrier);
        let v = &site.visits[index as usize];
        let release = v.released.then(|| v.released_at - arrived);
        self.report(site, now, index, &cargo, arrived, release, &hours);
        cargo
    }

    /// The end of the visit of a member with steps of its own, that leaves with its batch.
    fn end_member(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        batch: u32,
        index: u32,
        carrier: ActorKind,
    ) -> Cargo {
        let parent = &site.visits[batch as usize];
        let arrived = parent.arrived;
        let hours = self.attribute(site, batch, arrived, now, carrier);
        let (parent, v) = (&site.visits[batch as usize], &site.visits[index as usize]);
        let release = parent
            .released
            .then(|| parent.released_at.max(v.released_at_or(Time::ZERO)) - arrived);
        let cargo = self.marked(site, index);
        self.report(site, now, index, &cargo, arrived, release, &hours);
        cargo
    }

    /// The end of the visit of one that was left behind, with a later train of its line.
    fn end_left_behind(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        carrier: ActorKind,
    ) -> Cargo {
        let parent = site.visits[index as usize].parent;
        let arrived = site.visits[parent as usize].arrived;
        let hours = self.attribute(site, index, arrived, now, carrier);
        let (p, v) = (&site.visits[parent as usize], &site.visits[index as usize]);
        let release = p
            .released
            .then(|| p.released_at.max(v.released_at_or(Time::ZERO)) - arrived);
        let cargo = self.marked(site, index);
        self.report(site, now, index, &cargo, arrived, release, &hours);
        site.dismiss(index);
        let p = &mut site.visits[parent as usize];
        p.children -= 1;
        if p.children == 0 {
            site.dismiss(parent);
        }
        cargo
    }

    #[allow(clippy::too_many_arguments)]
    fn report(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        cargo: &Cargo,
        arrived: Time,
        release: Option<Span>,
        hours: &HourTable,
    ) {
        site.fact(index, now, FactKind::Departed, NO_STEP, 0, 1);
        let v = &site.visits[index as usize];
        let batch = if v.parent == NO_VISIT {
            v
        } else {
            &site.visits[v.parent as usize]
        };
        let own = if v.parent == NO_VISIT {
            Span::ZERO
        } else {
            v.saved_setup
        };
        let end = VisitEnd {
            cell: (v.plan != NO_PLAN).then_some(v.cell),
            arrived,
            departed: now,
            consignments: 1,
            measured: u32::from(cargo.is(Cargo::MEASURED)),
            release,
            hours,
            apart: v.apart || batch.apart,
            saved_declaration: batch.saved_declaration,
            saved_setup: batch.saved_setup + own,
            examined_by: v.examined_by.max(batch.examined_by),
            fees: if v.parent == NO_VISIT {
                v.fees
            } else {
                v.fees + batch.fees
            },
        };
        site.observer.visit_end(&end);
        self.end_crossing(site, now, cargo);
    }

    /// The end of the visit of a batch's members that have no steps of their own.
    fn end_together(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        batch: u32,
        members: &[Cargo],
        carrier: ActorKind,
    ) {
        if members.is_empty() {
            return;
        }
        site.fact(
            batch,
            now,
            FactKind::Departed,
            NO_STEP,
            0,
            members.len() as u64,
        );
        let arrived = site.visits[batch as usize].arrived;
        let hours = self.attribute(site, batch, arrived, now, carrier);
        let v = &site.visits[batch as usize];
        let end = VisitEnd {
            cell: (v.plan != NO_PLAN).then_some(v.cell),
            arrived,
            departed: now,
            consignments: members.len() as u32,
            measured: members.iter().filter(|m| m.is(Cargo::MEASURED)).count() as u32,
            release: v.released.then(|| v.released_at - arrived),
            hours: &hours,
            apart: v.apart,
            saved_declaration: v.saved_declaration,
            saved_setup: v.saved_setup,
            examined_by: v.examined_by,
            fees: v.fees,
        };
        site.observer.visit_end(&end);
    }

    fn end_crossing(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        let stop = self.stop_at(cargo);
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
    fn leave(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        site.cargo_fact(cargo, now, FactKind::Left, 0);
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
    fn arrival(&self, now: Time, cargo: &Cargo, link: LinkId) -> Time {
        let node = &self.network.links[link.index()];
        let call = u32::from(self.stop_at(cargo).visit);
        let u = self.draws.transit[link.index()].uniform(self.draws.key(cargo.entity), call, 0);
        now + Span::from_ms_f64(node.transit.quantile(u)).max(node.minimum)
    }

    fn send_alone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        let _ = site;
        self.send_data(now, &cargo, false, 0, u8::MAX, out);
        let at = self.arrival(now, &cargo, link);
        let on = Cargo {
            leg: cargo.leg + 1,
            form: Form::Lone,
            ..cargo
        };
        let channel = ChannelId(self.network.links[link.index()].channel);
        out.send(channel, Cargo::arrival(at, cargo.entity, on.leg), on);
    }

    fn send_batch(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        header: Cargo,
        members: &[Cargo],
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        let _ = site;
        let break_leg = self.network.lines[header.entity.group() as usize].break_leg;
        // The train's data for the stops that it reaches as a train, its consignments' for those after.
        self.send_data(now, &header, false, 0, break_leg, out);
        for cargo in members {
            self.send_data(now, cargo, false, break_leg, u8::MAX, out);
        }
        let at = self.arrival(now, &header, link);
        let channel = ChannelId(self.network.links[link.index()].channel);
        let leg = header.leg + 1;
        let members = members.iter().map(|cargo| Cargo {
            leg,
            form: Form::Member,
            ..*cargo
        });
        let all = std::iter::once(Cargo { leg, ..header }).chain(members);
        out.send_all(channel, Cargo::arrival(at, header.entity, leg), all);
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
    fn send_data(
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

impl Visit {
    fn released_at_or(&self, default: Time) -> Time {
        if self.released {
            self.released_at
        } else {
            default
        }
    }
}
