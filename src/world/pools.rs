//! Pools at their owner site: requests queue, grants are given, what comes back can be taken again (semantics
//! section 2: state shared by sites lives at one owner site and is reached by messages with a positive delay).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::visit::{NO_VISIT, Wait};
use super::{Cargo, Corridor, Event, FactKind, Form, NO_STEP, Observer, SiteState, events};
use crate::engine::{ChannelId, Key, Outbox, Phase};
use crate::network::PoolIndex;
use crate::terms::{EntityId, SiteId};
use crate::time::{Span, Time};

/// A request for one of a pool; the order of its fields is the order of grants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Request {
    pub priority: u8,
    /// When it came to the owner.
    pub since: Time,
    pub entity: EntityId,
    pub leg: u8,
    /// The step that needs it, or [`NO_STEP`] for a gate.
    pub step: u8,
    /// The site that asks.
    pub site: u32,
    /// The visit, where the owner's own site asks.
    pub visit: u32,
}

/// A pool's state at its owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub free: u32,
    /// The supply in force: no more can be free.
    most: u32,
    /// What the opening backlog holds beyond the supply: the first to come back are not free.
    pub owed: u32,
    pub queue: BinaryHeap<Reverse<Request>>,
    /// How many of those in the queue wait outside the gate.
    outside: u32,
    pub dirty: bool,
}

/// What a visit has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    pub pool: PoolIndex,
    /// The step that needs it, or [`NO_STEP`] for a gate.
    pub step: u8,
    pub since: Time,
    pub granted: bool,
}

impl Request {
    /// True where it is that of a vehicle that waits for a place, outside the gate.
    fn is_outside(&self) -> bool {
        self.visit != NO_VISIT && self.step == NO_STEP
    }
}

impl Pool {
    /// At the start all are free.
    pub fn new(supply: u32) -> Self {
        Pool {
            free: supply,
            most: supply,
            ..Pool::default()
        }
    }

    /// A request joins the queue.
    fn push(&mut self, request: Request) {
        self.outside += u32::from(request.is_outside());
        self.queue.push(Reverse(request));
    }

    /// The request that is granted next.
    fn pop(&mut self) -> Option<Request> {
        let request = self.queue.pop()?.0;
        self.outside -= u32::from(request.is_outside());
        Some(request)
    }

    /// A visit waits no longer, for a step or its gate.
    pub fn forget(&mut self, visit: u32, step: u8) {
        self.queue
            .retain(|Reverse(r)| r.visit != visit || r.step != step);
        let outside = self.queue.iter().filter(|r| r.0.is_outside());
        self.outside = outside.count() as u32;
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// A visit asks for one of a pool, for a step or (with [`NO_STEP`]) for its gate.
    pub(super) fn ask(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        pool: PoolIndex,
        step: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.pools[pool as usize];
        let v = &mut site.visits[index as usize];
        site.wait_began = true;
        v.asked.push(Asked {
            pool,
            step,
            since: now,
            granted: false,
        });
        let cargo = v.cargo;
        site.fact(index, now, FactKind::Blocked, step, 0, u64::from(pool));
        let request = Request {
            priority: 0,
            since: now,
            entity: cargo.entity,
            leg: cargo.leg,
            step,
            site: site.site as u32,
            visit: index,
        };
        if node.owner.index() == site.site {
            site.pools[node.place as usize].push(request);
            site.touch_pool(node.place);
            return;
        }
        site.wanting
            .insert((cargo.entity, cargo.leg, step, pool), index);
        let message = request.message(pool, Form::Request);
        self.notify(site, now + node.notice, node.owner, message, out);
    }

    /// Sends a message about a pool to another site.
    pub(super) fn notify(
        &self,
        site: &SiteState<O>,
        at: Time,
        to: SiteId,
        message: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        let notices = &self.network.sites[site.site].notices;
        let found = notices
            .binary_search_by_key(&to, |(site, _)| *site)
            .expect("a channel for notices joins every user of a pool with its owner");
        let key = Key::new(
            at,
            Phase::Happenings,
            events::NOTICE,
            message.form as u8,
            message.entity.0,
        );
        let part = u32::from(message.route) << 8 | u32::from(message.commodity as u8);
        let key = key.part(message.leg, site.site as u16, part);
        out.send(ChannelId(notices[found].1), key, message);
    }

    /// A request comes to the owner.
    pub(super) fn requested(&self, site: &mut SiteState<O>, now: Time, message: &Cargo) {
        let place = self.network.pools[message.route as usize].place;
        let request = Request::of(message, now);
        site.pools[place as usize].push(request);
        site.touch_pool(place);
    }

    /// The owner grants what is free, in the requests' order.
    pub(super) fn grant(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        place: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let index = self.network.sites[site.site].pools[place as usize];
        let notice = self.network.pools[index as usize].notice;
        loop {
            let pool = &mut site.pools[place as usize];
            if pool.free == 0 {
                return;
            }
            let Some(request) = pool.pop() else {
                return;
            };
            pool.free -= 1;
            if request.site as usize == site.site {
                self.granted(site, now, request.visit, index, request.step);
            } else {
                let message = request.message(index, Form::Grant);
                self.notify(site, now + notice, SiteId(request.site), message, out);
            }
        }
    }

    /// A grant comes to the site that asked. Where nobody wants it any more it goes back.
    pub(super) fn grant_arrives(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        message: &Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        let request = Request::of(message, now);
        let who = (request.entity, request.leg, request.step, message.route);
        match site.wanting.remove(&who) {
            Some(visit) => self.granted(site, now, visit, message.route, request.step),
            None => {
                // It has come to the site, and goes back at once.
                let pool = u64::from(message.route);
                site.cargo_fact(message, now, FactKind::TokenTaken, pool);
                self.give_back(site, now, message, message.route, request.step, out);
            }
        }
    }

    /// A visit has what it asked for.
    fn granted(&self, site: &mut SiteState<O>, now: Time, index: u32, pool: PoolIndex, step: u8) {
        let node = &self.network.pools[pool as usize];
        let v = &mut site.visits[index as usize];
        let asked = v
            .asked
            .iter_mut()
            .find(|a| a.pool == pool && a.step == step)
            .expect("a grant answers a request");
        asked.granted = true;
        let from = asked.since;
        v.waits.push(Wait {
            step,
            actor: node.actor,
            kind: node.kind.hours(),
            from,
            to: now,
        });
        site.fact(index, now, FactKind::Unblocked, step, 0, u64::from(pool));
        site.fact(index, now, FactKind::TokenTaken, step, 0, u64::from(pool));
        site.touch_visit(index);
    }

    /// One of a pool is given back by `cargo`, here; it can be taken again after the pool's `reissue`.
    pub(super) fn give_back(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        pool: PoolIndex,
        step: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.pools[pool as usize];
        site.cargo_fact(cargo, now, FactKind::TokenReturned, u64::from(pool));
        if node.owner.index() != site.site {
            let request = Request {
                priority: 0,
                since: now,
                entity: cargo.entity,
                leg: cargo.leg,
                step,
                site: site.site as u32,
                visit: NO_VISIT,
            };
            let at = now + node.notice + node.reissue;
            let message = request.message(pool, Form::Return);
            self.notify(site, at, node.owner, message, out);
        } else if node.reissue > Span::ZERO {
            let at = now + node.reissue;
            let key = Key::new(at, Phase::Happenings, events::REISSUED, 0, cargo.entity.0);
            out.schedule(
                key.part(cargo.leg, pool, u32::from(step)),
                Event::Reissued { place: node.place },
            );
        } else {
            self.returned(site, node.place);
        }
    }

    /// One of a pool can be taken again.
    pub(super) fn returned(&self, site: &mut SiteState<O>, place: u16) {
        let pool = &mut site.pools[place as usize];
        if pool.owed > 0 {
            pool.owed -= 1;
            return;
        }
        // What comes back of last year's quota adds nothing to this year's.
        pool.free = pool.most.min(pool.free + 1);
        site.touch_pool(place);
    }

    /// A new year's quota: the number of free ones is set anew.
    pub(super) fn resupply(
        &self,
        site: &mut SiteState<O>,
        place: u16,
        next: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let index = self.network.sites[site.site].pools[place as usize];
        let supply = &self.network.pools[index as usize].supply;
        let pool = &mut site.pools[place as usize];
        pool.most = supply[next as usize].1;
        pool.free = pool.most;
        site.touch_pool(place);
        if let Some(&(at, _)) = supply.get(next as usize + 1) {
            let (key, event) = Event::supply(place, next + 1, at);
            out.schedule(key, event);
        }
    }
}

impl Request {
    /// As a message of at most 32 bytes. The entity and leg are its own; the pool stands in `route`, priority and
    /// step in `commodity`, the asking site in `crossing`.
    fn message(&self, pool: PoolIndex, form: Form) -> Cargo {
        Cargo {
            entity: self.entity,
            born: self.since,
            crossing: Time::from_ms(u64::from(self.site)),
            route: pool,
            commodity: u16::from(self.priority) << 8 | u16::from(self.step),
            leg: self.leg,
            flags: 0,
            form,
        }
    }

    /// A request that came by message at `now`.
    fn of(message: &Cargo, now: Time) -> Request {
        Request {
            priority: (message.commodity >> 8) as u8,
            since: now,
            entity: message.entity,
            leg: message.leg,
            step: message.commodity as u8,
            site: message.crossing.ms() as u32,
            visit: NO_VISIT,
        }
    }
}

impl<O: Observer> SiteState<O> {
    /// The opening backlog holds `held` of a pool.
    pub(super) fn hold_from_the_start(&mut self, place: usize, held: u32) {
        let pool = &mut self.pools[place];
        pool.owed = held.saturating_sub(pool.free);
        pool.free = pool.free.saturating_sub(held);
    }

    pub(super) fn touch_pool(&mut self, place: u16) {
        let pool = &mut self.pools[place as usize];
        if !pool.dirty {
            pool.dirty = true;
            self.dirty_pools.push(place);
        }
    }

    /// The dirty pool of the least number.
    pub(super) fn next_dirty_pool(&mut self) -> Option<u16> {
        let least = (0..self.dirty_pools.len()).min_by_key(|i| self.dirty_pools[*i])?;
        let place = self.dirty_pools.swap_remove(least);
        self.pools[place as usize].dirty = false;
        Some(place)
    }

    /// How many wait outside the gate for a place of the pool at `place`.
    pub(super) fn outside(&self, place: u16) -> u32 {
        self.pools[place as usize].outside
    }
}
