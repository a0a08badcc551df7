//! Gates: what a vehicle must have before it is let into a site, and before it departs.
//!
//! Before it comes in it needs a place in the yard (reserved before departure where it comes over a border). Before it
//! departs it needs, one after the other in the pools' order, every permit, wagon and place that its route asks for.
//! A vehicle that waits for a place across the border keeps the server of its last step (blocking after service).

use super::joint::joint_visit;
use super::pools::Asked;
use super::visit::{NO_PLAN, Stage, Wait};
use super::{Cargo, Corridor, FactKind, Form, NO_STEP, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::{Give, PoolIndex, PoolKind, StationKind};
use crate::terms::{ActorKind, EntityId, HourKind, SiteId};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// True where the cargo of a visit that has come may begin its steps; else it waits outside.
    pub(super) fn let_in(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        let stop = self.stop_at(&site.visits[index as usize].cargo);
        if let Some(stream) = stop.entry
            && !self.past_entry(site, now, index, stream)
        {
            return false;
        }
        let v = &mut site.visits[index as usize];
        let Some(pool) = stop.yard else { return true };
        match v.asked_at_gate() {
            // Who stands on the entry side at the start reserved nothing: it takes what is free, as all others.
            _ if stop.reserved && v.arrived > Time::ZERO => {}
            None => {
                v.stage = Stage::Outside;
                site.fact(index, now, FactKind::KeptOut, NO_STEP, 0, u64::from(pool));
                self.ask(site, now, index, pool, NO_STEP, out);
                return false;
            }
            Some(asked) if !asked.granted => return false,
            Some(_) => {
                v.clear_gate();
                v.stage = Stage::Come;
                v.inside = now;
                v.place = Some(pool);
                site.fact(index, now, FactKind::LetIn, NO_STEP, 0, u64::from(pool));
            }
        }
        true
    }

    /// All steps are done: a visit goes through the gates before departure, as far as it can.
    #[inline]
    pub(super) fn go(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let stop = self.stop_at(&v.cargo);
        if !stop.may_hold() && !v.gated && v.kept.is_none() {
            match stop.link {
                Some(link) if self.must_wait(link, now) => self.hold(site, now, index, link, out),
                _ => self.depart(site, now, index, out),
            }
        } else {
            self.pass_gates(site, now, index, out);
        }
    }

    #[inline(never)]
    fn pass_gates(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let cargo = self.way_on(site, now, index);
        let stop = self.stop_at(&cargo);
        loop {
            let v = &mut site.visits[index as usize];
            let Some(&pool) = stop.takes.get(v.gate as usize) else {
                break;
            };
            match v.asked_at_gate() {
                None => {
                    v.gated = true;
                    if self.blocks(pool) {
                        self.keep_server(site, now, index);
                    } else {
                        // It has its place and goes off the desk: a wait for a permit holds up nobody there.
                        self.give_server_back(site, now, index);
                    }
                    self.ask(site, now, index, pool, NO_STEP, out);
                    return;
                }
                Some(asked) if !asked.granted => return,
                Some(_) => {
                    v.clear_gate();
                    v.gate += 1;
                }
            }
        }
        if stop.books.is_some() && !self.has_window(site, now, index, out) {
            site.visits[index as usize].gated = true;
            return;
        }
        if stop.guarded
            && let Some(next) = self.next_site(&cargo)
            && site.halted.contains(&next)
        {
            if !site.visits[index as usize].halted {
                let v = &mut site.visits[index as usize];
                (v.halted, v.gated, v.held_since) = (true, true, now);
                site.wait_began = true;
                let gate = self.gate_of(next);
                site.fact(index, now, FactKind::KeptOut, NO_STEP, 0, gate);
                // It stands aside: only who waits for a place across the border keeps a desk.
                self.give_server_back(site, now, index);
                let place = site.for_gate.entry(next).or_default();
                place.push(index);
            }
            return;
        }
        let v = &mut site.visits[index as usize];
        v.gated = false;
        if std::mem::take(&mut v.halted) {
            let from = v.held_since;
            v.waits.push(Wait {
                step: NO_STEP,
                actor: ActorKind::Terminal,
                kind: HourKind::Blocking,
                from,
                to: now,
            });
            if let Some(next) = self.next_site(&cargo) {
                let gate = self.gate_of(next);
                site.fact(index, now, FactKind::LetIn, NO_STEP, 0, gate);
            }
        }
        self.give_server_back(site, now, index);
        match stop.link {
            Some(link) if self.must_wait(link, now) => self.hold(site, now, index, link, out),
            _ => self.depart(site, now, index, out),
        }
    }

    /// The cargo of a visit that is about to depart, on the route that it chooses then.
    fn way_on(&self, site: &mut SiteState<O>, now: Time, index: u32) -> Cargo {
        let v = &site.visits[index as usize];
        let (mut cargo, first) = (v.cargo, v.gate == 0 && !v.gated && !v.is_batch());
        if first && self.stop_at(&cargo).detour.is_some() {
            self.choose_way_on(site, now, &mut cargo);
            site.visits[index as usize].cargo = cargo;
        }
        cargo
    }

    /// True where a departure from the cargo's stop may have to wait.
    pub(super) fn waits_to_depart(&self, cargo: &Cargo, now: Time) -> bool {
        let stop = self.stop_at(cargo);
        stop.guarded
            || stop.books.is_some()
            || !stop.takes.is_empty()
            || stop.link.is_some_and(|l| self.must_wait(l, now))
    }

    /// A step that is ready takes what it needs, one after the other in the pools' order; true where that is nothing.
    pub(super) fn takes(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        let plan = self.plan_of(self.network, site.site, &site.visits[index as usize]);
        let Some(&first) = plan.steps[s].takes.first() else {
            return true;
        };
        self.take(site, now, index, s, first, out);
        false
    }

    fn take(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        pool: PoolIndex,
        out: &mut Outbox<'_, Self>,
    ) {
        if self.blocks(pool) {
            self.keep_server(site, now, index);
        }
        self.ask(site, now, index, pool, s as u8, out);
    }

    /// Steps of a visit that were given what they asked for go on.
    pub(super) fn take_next(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let given = |a: &Asked| a.granted && a.step != NO_STEP;
        while let Some(at) = site.visits[index as usize].asked.iter().position(given) {
            let asked = site.visits[index as usize].asked.remove(at);
            let plan = self.plan_of(self.network, site.site, &site.visits[index as usize]);
            let next = plan.steps[asked.step as usize]
                .takes
                .iter()
                .find(|pool| **pool > asked.pool);
            match next {
                Some(&pool) => self.take(site, now, index, asked.step as usize, pool, out),
                None => {
                    self.give_server_back(site, now, index);
                    self.carry(site, now, index, asked.step as usize, out);
                }
            }
        }
    }

    /// What a step gives back at its end.
    #[inline(never)]
    pub(super) fn give_after(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        for held in &plan.held {
            let v = &site.visits[index as usize];
            if held.giver == s && v.applies >> held.taker & 1 == 1 {
                let cargo = v.cargo;
                self.give_back(site, now, &cargo, held.pool, s, out);
            }
        }
    }

    /// All steps are done: what a step took goes back where the one that gives it back did not take place.
    pub(super) fn give_rest(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.plan == NO_PLAN {
            return;
        }
        let plan = self.plan_of(self.network, site.site, v);
        for held in &plan.held {
            let v = &site.visits[index as usize];
            // What consignments on a train took, they give back themselves.
            let mine = !v.is_batch() || plan.per_consignment >> held.taker & 1 == 0;
            if mine && v.done >> held.taker & 1 == 1 && v.applies >> held.giver & 1 == 0 {
                let cargo = v.cargo;
                self.give_back(site, now, &cargo, held.pool, held.giver, out);
            }
        }
    }

    /// The site at the end of the link that leads on from a cargo's stop.
    pub(super) fn next_site(&self, cargo: &Cargo) -> Option<SiteId> {
        let link = self.stop_at(cargo).link?;
        Some(self.network.links[link.index()].to)
    }

    /// True where who waits for the pool is blocked, rather than waiting for a paper or a wagon.
    fn blocks(&self, pool: PoolIndex) -> bool {
        self.network.pools[pool as usize].kind.hours() == HourKind::Blocking
    }

    /// The yard behind the gate of `site`, as a fact's detail.
    fn gate_of(&self, site: SiteId) -> u64 {
        let gate = self.network.sites[site.index()].gate.as_ref();
        gate.map_or(u64::MAX, |gate| u64::from(gate.pool))
    }

    /// A visit that is blocked after service keeps the server of the step that ended last, where that step had the
    /// cargo and a server: one server, of a joint visit that of the officer who was with it to its end.
    fn keep_server(&self, site: &mut SiteState<O>, now: Time, index: u32) {
        let v = &site.visits[index as usize];
        if v.last == NO_STEP || v.records[v.last as usize].ended != now || v.kept.is_some() {
            return;
        }
        let plan = self.plan_of(self.network, site.site, v);
        let step = &plan.steps[v.last as usize];
        if !step.needs_cargo {
            return;
        }
        let jointly = joint_visit(plan, v, v.last as usize).count_ones() > 1;
        let Some(station) = (if jointly {
            v.stayed
        } else {
            Some(step.station)
        }) else {
            return;
        };
        let station = site.serving(station);
        if matches!(
            self.network.sites[site.site].stations[station as usize].servers,
            StationKind::Staffed(_)
        ) {
            site.visits[index as usize].kept = Some(station);
            site.stations[station as usize].blocked += 1;
            site.observe_station(station as usize, now);
        }
    }

    /// A visit whose remaining steps need no yard gives its place back before it departs.
    pub(super) fn free_place_early(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        let cargo = v.cargo;
        if matches!(v.stage, Stage::Working | Stage::Waiting)
            && let Some(pool) = v.place.take()
        {
            self.give_back(site, now, &cargo, pool, NO_STEP, out);
        }
    }

    pub(super) fn give_server_back(&self, site: &mut SiteState<O>, now: Time, index: u32) {
        if let Some(station) = site.visits[index as usize].kept.take() {
            site.stations[station as usize].blocked -= 1;
            site.touch_station(station);
            site.observe_station(station as usize, now);
        }
    }

    /// The tokens that `cargo` gives back on its arrival at its stop, or on its departure from it. A place in a yard is
    /// its visit's to give back: whether one was needed depends on the way that it had in mind when it came.
    #[inline]
    pub(super) fn give_all(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        on_arrival: bool,
        out: &mut Outbox<'_, Self>,
    ) {
        let gives = &self.stop_at(cargo).gives[..];
        if !gives.is_empty() {
            self.give_each(site, now, cargo, gives, on_arrival, out);
        }
    }

    #[inline(never)]
    fn give_each(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: &Cargo,
        gives: &[Give],
        on_arrival: bool,
        out: &mut Outbox<'_, Self>,
    ) {
        let batch = cargo.entity.is_batch();
        for give in gives {
            let yard = self.network.pools[give.pool as usize].kind == PoolKind::Yard;
            if give.on_arrival == on_arrival && give.by_batch == batch && !yard {
                self.give_back(site, now, cargo, give.pool, NO_STEP, out);
            }
        }
    }

    /// What a visit gives back on its departure: its place too, unless it did so before.
    pub(super) fn give_on_departure(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        let (cargo, place) = (v.cargo, v.place.take());
        if let Some(pool) = place {
            self.give_back(site, now, &cargo, pool, NO_STEP, out);
        }
        self.give_all(site, now, &cargo, false, out);
    }

    /// True where cargo has been at stop `leg` of its route since the start of the run.
    pub(super) fn took(&self, cargo: &Cargo, leg: u8) -> bool {
        let Some(start) = self.stood_at(cargo.entity) else {
            return true;
        };
        let stops = &self.network.routes[cargo.route as usize].stops;
        let start = stops.iter().position(|s| s.site.index() == start);
        start.is_none_or(|start| start <= leg as usize)
    }

    /// A notice from a site whose gate is full, or has room again.
    pub(super) fn halt_arrives(&self, site: &mut SiteState<O>, message: &Cargo) {
        let from = SiteId(message.crossing.ms() as u32);
        if message.flags == 0 {
            site.halted.remove(&from);
            for visit in site.for_gate.remove(&from).unwrap_or_default() {
                site.touch_visit(visit);
            }
        } else {
            site.halted.insert(from);
        }
    }

    /// At the end of an instant: a gate that has become full stops departures towards it, one that has room again
    /// lets them go on.
    pub(super) fn watch_gate(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(gate) = &self.network.sites[site.site].gate else {
            return;
        };
        let Some(places) = gate.places else { return };
        let pool = &self.network.pools[gate.pool as usize];
        let full = site.outside(pool.place) >= places;
        if full == site.gate_full {
            return;
        }
        site.gate_full = full;
        for &(to, _) in &gate.upstream {
            let message = Cargo {
                entity: EntityId(u64::from(gate.pool)),
                born: now,
                crossing: Time::from_ms(site.site as u64),
                route: gate.pool,
                commodity: 0,
                leg: 0,
                flags: u8::from(full),
                form: Form::Halt,
            };
            self.notify(site, now + pool.notice, to, message, out);
        }
    }
}
