//! Arrival windows booked before departure: the site with the gate gives them, the vehicle asks at the stop before,
//! waits there for its answer and its time, and goes (semantics section 2: request and answer take their time).

use std::collections::{BTreeMap, BTreeSet};

use super::visit::{Stage, Wait};
use super::{Cargo, Corridor, Event, FactKind, Form, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{BookingNode, Classes, EntryNode, Stop};
use crate::terms::{EntityId, HourKind, Mechanism, SiteId};
use crate::time::{Span, Time};

/// A request for a window; the order of its fields is the order in which windows are given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Asking {
    class: u8,
    since: Time,
    entity: EntityId,
    leg: u8,
    attempt: u8,
    route: u16,
    site: u32,
}

/// The windows of a site's gate.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// Requests that came since windows were given last.
    fresh: BTreeSet<Asking>,
    /// Requests for which there was no room; they are tried again as each window begins.
    asking: BTreeSet<Asking>,
    /// The window in which they were tried last.
    tried: u64,
    /// Places booked, by window, from the present one on.
    booked: BTreeMap<u64, u32>,
    /// Whose window begins when, until it is over: who gave up does not come for it.
    given: BTreeMap<(EntityId, u8), Time>,
    /// How many came into which window without a booking.
    walked: (u64, u32),
}

impl Windows {
    /// When the window of a vehicle that comes begins, if it has booked one.
    pub fn comes(&mut self, entity: EntityId, leg: u8) -> Option<Time> {
        self.given.remove(&(entity, leg))
    }

    /// True where the present window has a place that nobody booked.
    pub fn room(&self, booking: &BookingNode, now: Time) -> bool {
        let here = booking.at(now);
        let walked = if self.walked.0 == here {
            self.walked.1
        } else {
            0
        };
        let booked = self.booked.get(&here).copied().unwrap_or(0);
        booked + walked < booking.capacity
    }

    /// One without a booking comes in.
    pub fn walk_in(&mut self, booking: &BookingNode, now: Time) {
        let here = booking.at(now);
        if self.walked.0 != here {
            self.walked = (here, 0);
        }
        self.walked.1 += 1;
    }
}

/// A vehicle that books before it departs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    pub visit: u32,
    since: Time,
    attempt: u8,
    /// When it may go, once it knows.
    leaves: Option<Time>,
}

impl<O: Observer> Corridor<'_, O> {
    /// The lane of a visit's vehicle at stop `leg` of its route, as of `now`; a batch is of a class where all its
    /// consignments are.
    pub(super) fn lane_of(
        &self,
        site: &SiteState<O>,
        now: Time,
        index: u32,
        leg: u8,
        lanes: &Classes,
    ) -> u8 {
        if lanes.is_empty() {
            return 0;
        }
        let v = &site.visits[index as usize];
        let one = |cargo: &Cargo| {
            let stop = &self.network.routes[cargo.route as usize].stops[leg as usize];
            let counts = stop.aeo.is_none_or(|scope| {
                self.network.levels[scope.index()].at(Mechanism::Recognition, now) > 0.0
            });
            self.traits(cargo, cargo.is(Cargo::AEO) && counts)
        };
        if v.is_batch() {
            lanes.of_all(v.members.iter().map(|m| one(&m.cargo)))
        } else {
            lanes.of(one(&v.cargo))
        }
    }

    /// True where a vehicle about to depart needs no window, or its time to go has come.
    pub(super) fn has_window(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        let v = &site.visits[index as usize];
        let cargo = v.cargo;
        if v.booked || self.stop_at(&cargo).books.is_none() {
            return true;
        }
        let who = (cargo.entity, cargo.leg + 1);
        match site.leaving.get(&who) {
            None => {
                let leaving = Leaving {
                    visit: index,
                    since: now,
                    attempt: 0,
                    leaves: None,
                };
                site.leaving.insert(who, leaving);
                self.book(site, now, index, 0, out);
                false
            }
            Some(leaving) if leaving.leaves.is_none_or(|at| at > now) => false,
            Some(&leaving) => {
                site.leaving.remove(&who);
                let actor = self.booking_at(&cargo).map(|(node, _)| node.actor);
                let v = &mut site.visits[index as usize];
                v.booked = true;
                v.waits.extend(actor.map(|actor| Wait {
                    step: NO_STEP,
                    actor,
                    kind: HourKind::Waiting,
                    from: leaving.since,
                    to: now,
                }));
                true
            }
        }
    }

    /// The entry control at the stop after `cargo`'s, and its booking.
    fn booking_at(&self, cargo: &Cargo) -> Option<(&EntryNode, &BookingNode)> {
        let node = self.network.sites[self.next_site(cargo)?.index()]
            .entry
            .as_ref()?;
        Some((node, node.booking.as_ref()?))
    }

    /// Asks the next site for a window.
    fn book(
        &self,
        site: &SiteState<O>,
        now: Time,
        index: u32,
        attempt: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let cargo = site.visits[index as usize].cargo;
        let (Some((node, booking)), Some(to)) = (self.booking_at(&cargo), self.next_site(&cargo))
        else {
            return;
        };
        let class = self.lane_of(site, now, index, cargo.leg + 1, &node.lanes);
        let message = Cargo {
            entity: cargo.entity,
            born: now,
            crossing: Time::from_ms(site.site as u64),
            route: cargo.route,
            commodity: u16::from(class) << 8 | u16::from(attempt),
            leg: cargo.leg + 1,
            flags: 0,
            form: Form::Book,
        };
        self.notify(site, now + booking.notice, to, message, out);
    }

    /// A request for a window comes to the site with the gate.
    pub(super) fn asked_to_book(&self, site: &mut SiteState<O>, now: Time, message: &Cargo) {
        if let Some(state) = &mut site.entry {
            state.dirty = true;
            state.windows.fresh.insert(Asking {
                class: (message.commodity >> 8) as u8,
                since: now,
                entity: message.entity,
                leg: message.leg,
                attempt: message.commodity as u8,
                route: message.route,
                site: message.crossing.ms() as u32,
            });
        }
    }

    /// Gives everyone who asks the first window with room that begins no earlier than he can be there and within the
    /// time that can be booked; where there is none he waits. Gives the instant at which to try again.
    pub(super) fn give_windows(
        &self,
        site: &SiteState<O>,
        now: Time,
        windows: &mut Windows,
        node: &EntryNode,
        booking: &BookingNode,
        out: &mut Outbox<'_, Self>,
    ) -> Option<Time> {
        let here = booking.at(now);
        // What can be booked grows as a window begins, and only then: whoever found no room finds none till then.
        let horizon = booking.at(booking.begins(here) + booking.ahead);
        if here != windows.tried {
            windows.tried = here;
            windows.booked = windows.booked.split_off(&here);
            let over = |begins: Time| begins + booking.window + booking.tolerance <= now;
            windows.given.retain(|_, begins| !over(*begins));
            windows.fresh.append(&mut windows.asking);
        }
        // From this window to the horizon all are full.
        let mut full_from = u64::MAX;
        for one in std::mem::take(&mut windows.fresh) {
            let stop = &self.network.routes[one.route as usize].stops[one.leg as usize - 1];
            let there = self.there(stop, now + booking.notice);
            let first = booking.from(there);
            // Where the way is longer than what can be booked ahead, the first window that can be reached is open.
            let far = there - now + booking.window > booking.ahead;
            let last = if far { horizon.max(first) } else { horizon };
            let has_room = |k: &u64| {
                windows.booked.get(k).is_none_or(|n| *n < booking.capacity)
                    && node.open(booking.begins(*k))
            };
            let found = if first >= full_from && last == horizon {
                None
            } else {
                (first..=last).find(has_room)
            };
            let Some(window) = found else {
                full_from = full_from.min(first);
                windows.asking.insert(one);
                continue;
            };
            *windows.booked.entry(window).or_insert(0) += 1;
            let stop = &self.network.routes[one.route as usize].stops[one.leg as usize];
            if !self.no_show(site.site, stop, booking, one.entity, one.attempt) {
                windows
                    .given
                    .insert((one.entity, one.leg), booking.begins(window));
            }
            let answer = Cargo {
                entity: one.entity,
                born: booking.begins(window),
                crossing: Time::ZERO,
                route: one.route,
                commodity: u16::from(one.attempt),
                leg: one.leg,
                flags: 0,
                form: Form::Window,
            };
            self.notify(site, now + booking.notice, SiteId(one.site), answer, out);
        }
        (!windows.asking.is_empty()).then(|| booking.begins(here + 1))
    }

    /// When a vehicle that is ready to leave `stop` at `ready` is expected at the next, by the mean transit time.
    fn there(&self, stop: &Stop, ready: Time) -> Time {
        let leaves = match self.timetable_of(stop) {
            Some(slots) => slots.at(slots.after(ready)),
            None => ready,
        };
        leaves + stop.books.unwrap_or(Span::ZERO)
    }

    /// When a vehicle leaves `stop` so as to be at the next at `begins`, by the mean transit time: with a timetable,
    /// just before the last departure that does.
    fn sets_out(&self, stop: &Stop, begins: Time) -> Time {
        let mean = stop.books.unwrap_or(Span::ZERO);
        let leaves = Time::from_ms(begins.ms().saturating_sub(mean.ms()));
        match self.timetable_of(stop) {
            Some(slots) => match slots.after(leaves).checked_sub(1) {
                Some(last) => Time::from_ms(slots.at(last).ms().saturating_sub(1)),
                None => Time::ZERO,
            },
            None => leaves,
        }
    }

    fn timetable_of(&self, stop: &Stop) -> Option<crate::network::Slots> {
        self.network.links[stop.link?.index()].timetable
    }

    /// Whether a vehicle does not come in the window that it booked as its `attempt`; both sites know from the key.
    fn no_show(
        &self,
        site: usize,
        stop: &Stop,
        booking: &BookingNode,
        entity: EntityId,
        attempt: u8,
    ) -> bool {
        let stream = self.draws.sites[site].no_show;
        let u = stream.uniform(
            self.draws.key(entity),
            u32::from(stop.visit),
            u32::from(attempt),
        );
        u < booking.no_show
    }

    /// The answer comes: the vehicle knows its window, and when to go. One who will not come knows it when the window
    /// is over.
    pub(super) fn window_given(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        message: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        let who = (message.entity, message.leg);
        let Some(&leaving) = site.leaving.get(&who) else {
            return;
        };
        let cargo = site.visits[leaving.visit as usize].cargo;
        let Some((_, booking)) = self.booking_at(&cargo) else {
            return;
        };
        let begins = message.born;
        let attempt = u16::from(leaving.attempt);
        site.fact(
            leaving.visit,
            now,
            FactKind::Booked,
            NO_STEP,
            attempt,
            begins.ms(),
        );
        let at = if self.missed(&cargo, leaving.attempt) {
            begins + booking.window
        } else {
            self.sets_out(self.stop_at(&cargo), begins)
        };
        let (entity, leg) = who;
        if at <= now {
            self.sets_out_now(site, now, entity, leg, out);
        } else {
            let key = Key::new(at, Phase::Happenings, events::SETS_OUT, 0, entity.0);
            let key = key.part(leg, 0, u32::from(leaving.attempt));
            out.schedule(key, Event::SetsOut { entity, leg });
        }
    }

    /// True where a vehicle that comes to `cargo`'s stop without a window had one: it is over.
    pub(super) fn too_late(&self, site: usize, cargo: &Cargo, booking: &BookingNode) -> bool {
        let stops = &self.network.routes[cargo.route as usize].stops;
        let before = cargo.leg.checked_sub(1).map(|leg| &stops[leg as usize]);
        let missed = |attempt| {
            let stop = &stops[cargo.leg as usize];
            self.no_show(site, stop, booking, cargo.entity, attempt)
        };
        // Who stood here at the start came from no stop before.
        before.is_some_and(|stop| stop.books.is_some())
            && self.stood_at(cargo.entity) != Some(site)
            && !(0..booking.attempts).all(missed)
    }

    /// As [`Corridor::no_show`], for a vehicle at the stop before.
    fn missed(&self, cargo: &Cargo, attempt: u8) -> bool {
        let Some((site, (_, booking))) = self.next_site(cargo).zip(self.booking_at(cargo)) else {
            return false;
        };
        let next = &self.network.routes[cargo.route as usize].stops[cargo.leg as usize + 1];
        self.no_show(site.index(), next, booking, cargo.entity, attempt)
    }

    /// Its time has come: it goes; or, where it has missed its window, it books another, as often as it may.
    pub(super) fn sets_out_now(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        entity: EntityId,
        leg: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(&leaving) = site.leaving.get(&(entity, leg)) else {
            return;
        };
        let v = &site.visits[leaving.visit as usize];
        if v.stage != Stage::Waiting || v.cargo.entity != entity {
            return;
        }
        let cargo = v.cargo;
        let mut next = Leaving {
            leaves: Some(now),
            ..leaving
        };
        if self.missed(&cargo, leaving.attempt) {
            let attempt = u16::from(leaving.attempt);
            site.fact(leaving.visit, now, FactKind::NoShow, NO_STEP, attempt, 0);
            next.attempt += 1;
            let most = self.booking_at(&cargo).map_or(0, |(_, b)| b.attempts);
            if next.attempt < most {
                next.leaves = None;
                self.book(site, now, leaving.visit, next.attempt, out);
            }
        }
        site.leaving.insert((entity, leg), next);
        site.touch_visit(leaving.visit);
    }
}
