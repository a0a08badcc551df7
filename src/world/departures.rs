//! The end of a visit: waiting for a departure, departing, and what is reported of it.

use super::visit::{Member, NO_PLAN, NO_VISIT, Stage};
use super::{Cargo, Corridor, Event, FactKind, HourTable, NO_STEP, Observer, SiteState, VisitEnd};
use crate::engine::Outbox;
use crate::network::Network;
use crate::terms::{ActorKind, LinkId};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
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
        self.give_rest(site, now, index, out);
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
            self.await_batch(site, now, line, index, out);
            return;
        }
        self.go(site, now, index, out);
    }

    /// True while a member's visit is still on its batch at the site.
    pub(super) fn rides(&self, site: &SiteState<O>, batch: u32, member: u32) -> bool {
        site.visits[batch as usize]
            .members
            .iter()
            .any(|m| m.visit == member)
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
        let (key, event) = Event::link_departs(link, departure + 1, slots.at(departure + 1));
        out.schedule(key, event);
        if self.departure_open_at(link, now).is_some() {
            return;
        }
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
    }

    /// A visit departs now.
    pub(super) fn depart(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let (cargo, batch) = (v.cargo, v.is_batch());
        let stop = self.stop_at(&cargo);
        let link = stop.link;
        if !stop.gives.is_empty() {
            self.give_on_departure(site, now, index, out);
        }
        site.vehicle_leaves(index);
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
            None => self.leave(site, now, &cargo, out),
        }
    }

    /// A visit's consignment, marked where it or its train met a step that is reported apart.
    pub(super) fn marked(&self, site: &SiteState<O>, index: u32) -> Cargo {
        let v = &site.visits[index as usize];
        let apart = v.apart || v.parent != NO_VISIT && site.visits[v.parent as usize].apart;
        Cargo {
            flags: v.cargo.flags | if apart { Cargo::APART } else { 0 },
            ..v.cargo
        }
    }

    /// The end of a lone consignment's visit; gives its cargo.
    pub(super) fn end_alone(
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
        let one = std::slice::from_ref(&cargo);
        self.follow(site, (index, index), one, (arrived, now), carrier);
        cargo
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn report(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        cargo: &Cargo,
        arrived: Time,
        release: Option<Span>,
        hours: &HourTable,
    ) {
        site.common_fact(index, now, FactKind::Departed, NO_STEP, 0, 1);
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
            gave_up: false,
        };
        site.observer.visit_end(&end);
        self.end_crossing(site, now, cargo);
    }
}
