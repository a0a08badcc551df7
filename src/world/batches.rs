//! Trains and vessels: formed, arriving with their consignments, leaving held ones behind.

use super::visit::{Member, NO_PLAN, NO_VISIT, Stage, Visit};
use super::{Cargo, Corridor, Event, FactKind, Form, NO_STEP, Observer, SiteState, VisitEnd};
use crate::engine::Outbox;
use crate::network::LineFormation;
use crate::terms::{ActorKind, EntityId, LinkId};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// A batch's header for its members.
    pub(super) fn header(&self, entity: EntityId, members: &[Cargo], leg: u8) -> Cargo {
        let (any, all) = members
            .iter()
            .fold((0, u8::MAX), |(any, all), m| (any | m.flags, all & m.flags));
        Cargo {
            entity,
            born: Time::ZERO,
            crossing: Time::from_ms(members.len() as u64),
            route: self.network.lines[entity.group() as usize].route,
            commodity: u16::MAX,
            leg,
            flags: any & Cargo::MEASURED | all & Cargo::AEO,
            form: Form::Batch,
        }
    }

    pub(super) fn batch_arrives(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        header: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        self.give_all(site, now, &header, true, out);
        self.batch_stands(site, now, header);
    }

    /// A batch is at a site, whether it has just come or is there at the start; its members follow.
    pub(super) fn batch_stands(&self, site: &mut SiteState<O>, now: Time, header: Cargo) {
        let stop = self.stop_at(&header);
        site.breaking = header.leg >= self.network.lines[header.entity.group() as usize].break_leg;
        if site.breaking {
            site.cargo_fact(&header, now, FactKind::Broken, header.crossing.ms());
            return;
        }
        site.common_cargo_fact(&header, now, FactKind::Arrived, header.crossing.ms());
        let plan = stop.plan_for(None);
        site.observer
            .visit_begin(plan.map(|(_, cell)| cell), now, header.crossing.ms() as u32);
        let visit = self.come(site, now, header, plan);
        site.arriving = visit;
        site.touch_visit(visit);
    }

    /// The members of the batch that has just arrived.
    pub(super) fn members_arrive(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        members: &[Cargo],
        out: &mut Outbox<'_, Self>,
    ) {
        if site.breaking {
            for cargo in members {
                self.arrive(site, now, *cargo, out);
            }
            return;
        }
        let mut together = std::mem::take(&mut site.together);
        together.clear();
        together.extend_from_slice(members);
        self.mark_crossings(&mut site.observer, now, &mut together);
        let batch = &mut site.visits[site.arriving as usize];
        for cargo in &together {
            site.observer.aboard(batch.cargo.entity, cargo.entity, now);
        }
        batch.members.extend(together.iter().map(|cargo| Member {
            cargo: *cargo,
            visit: NO_VISIT,
        }));
        site.together = together;
    }

    /// A batch of a line is formed of those that have waited longest, and departs.
    pub(super) fn form(
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
            self.give_on_departure(site, now, visit, out);
            site.vehicle_leaves(visit);
            let cargo = self.end_alone(site, now, visit, actor);
            site.observer.aboard(entity, cargo.entity, now);
            aboard.push(cargo);
            site.dismiss(visit);
        }
        let break_leg = self.network.lines[line as usize].break_leg;
        self.send_data(now, &header, true, 0, break_leg, out);
        match self.stop_at(&header).link {
            Some(_) if self.waits_to_depart(&header, now) => {
                // The train waits for the link's departure, or for what it must have, as any other.
                site.cargo_fact(&header, now, FactKind::Arrived, aboard.len() as u64);
                site.observer.visit_begin(None, now, aboard.len() as u32);
                let train = self.open_visit(site, now, header, None);
                let visit = &mut site.visits[train as usize];
                visit.stage = Stage::Waiting;
                visit.members.extend(aboard.iter().map(|c| Member {
                    cargo: *c,
                    visit: NO_VISIT,
                }));
                self.go(site, now, train, out);
            }
            Some(link) => self.send_batch(site, now, header, &aboard, link, out),
            None => {}
        }
    }

    /// A consignment waits for a batch of a line; the batch leaves if that makes it full, and is given its time if that
    /// begins it.
    pub(super) fn await_batch(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        line: u16,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        site.wait_began = true;
        let waiting = site.forming.entry(line).or_default();
        waiting.push(index);
        let count = waiting.len();
        let LineFormation::Size { size, within } = self.network.lines[line as usize].formation
        else {
            return;
        };
        if count >= size as usize {
            self.form(site, now, line, size, out);
        } else if let (Some(within), 1) = (within, count) {
            let begun = site.begun.entry(line).or_insert(0);
            *begun += 1;
            let (key, event) = Event::form_by(line, *begun, now + within);
            out.schedule(key, event);
        }
    }

    /// A batch's time has come: it leaves part-empty, unless it has left full.
    pub(super) fn form_by(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        line: u16,
        begun: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.begun.get(&line) != Some(&begun) {
            return;
        }
        if let LineFormation::Size { size, .. } = self.network.lines[line as usize].formation {
            self.form(site, now, line, size, out);
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
        if let LineFormation::Timetable { slots, least } =
            self.network.lines[line as usize].formation
        {
            if site.forming.get(&line).map_or(0, Vec::len) >= least as usize {
                self.form(site, now, line, slots.capacity, out);
            }
            let (key, event) = Event::line_departs(line, departure + 1, slots.at(departure + 1));
            out.schedule(key, event);
        }
    }

    pub(super) fn depart_batch(
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
        let mut members = std::mem::take(&mut site.visits[index as usize].members);
        let mut aboard = std::mem::take(&mut site.aboard);
        let mut together = std::mem::take(&mut site.together);
        aboard.clear();
        together.clear();
        let mut kept = 0;
        // As most trains: nobody aboard has steps of its own.
        let as_one = site.visits[index as usize].children == 0;
        if as_one {
            debug_assert!(members.iter().all(|m| m.visit == NO_VISIT));
            aboard.extend(members.iter().map(|member| member.cargo));
        } else {
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
        }
        members.clear();
        site.visits[index as usize].members = members;
        debug_assert!(
            kept == 0 || self.detaches(site, index),
            "only a detaching train leaves anyone behind"
        );
        let alike = if as_one { &aboard } else { &together };
        self.end_together(site, now, index, alike, actor);
        if site.visits[index as usize].apart {
            let all = together.iter_mut().chain(&mut aboard);
            all.for_each(|cargo| cargo.flags |= Cargo::APART);
        }
        let alike = if as_one { &aboard } else { &together };
        self.end_crossings(site, now, alike);
        site.together = together;
        // Those left behind by earlier trains of the line, as far as there is room.
        if !site.left_behind.is_empty()
            && let Some(waiting) = site.left_behind.remove(&line)
        {
            let room = (capacity as usize).saturating_sub(aboard.len());
            let mut waiting = waiting;
            let later = waiting.split_off(waiting.len().min(room));
            if !later.is_empty() {
                site.left_behind.insert(line, later);
            }
            for visit in waiting {
                let cargo = self.end_left_behind(site, now, visit, actor);
                let train = site.visits[index as usize].cargo.entity;
                site.observer.aboard(train, cargo.entity, now);
                aboard.push(cargo);
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
        if let Some(link) = link.filter(|_| !aboard.is_empty()) {
            let leg = header.leg;
            let header = Cargo {
                leg,
                ..self.header(header.entity, &aboard, leg)
            };
            self.send_batch(site, now, header, &aboard, link, out);
        }
        site.aboard = aboard;
    }

    /// The end of the visit of a member with steps of its own, that leaves with its batch.
    pub(super) fn end_member(
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
        let one = std::slice::from_ref(&cargo);
        self.follow(site, (batch, index), one, (arrived, now), carrier);
        cargo
    }

    /// The end of the visit of one that was left behind, with a later train of its line.
    pub(super) fn end_left_behind(
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
        let one = std::slice::from_ref(&cargo);
        self.follow(site, (index, index), one, (arrived, now), carrier);
        site.dismiss(index);
        let p = &mut site.visits[parent as usize];
        p.children -= 1;
        if p.children == 0 {
            site.dismiss(parent);
        }
        cargo
    }

    /// The end of the visit of a batch's members that have no steps of their own.
    pub(super) fn end_together(
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
        let departed = members.len() as u64;
        site.common_fact(batch, now, FactKind::Departed, NO_STEP, 0, departed);
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
            gave_up: false,
        };
        site.observer.visit_end(&end);
        self.follow(site, (batch, batch), members, (arrived, now), carrier);
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
