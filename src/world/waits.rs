//! Who stands in a site, what each waits for and what it holds: the graph of waits as its visits, stations and pools
//! tell it.

use super::aboard::Units;
use super::deadlock::{Graph, Resource, Unit};
use super::joint::joint_visit;
use super::visit::{NO_PLAN, NO_VISIT, Stage, Visit};
use super::{Cargo, Corridor, NO_STEP, Observer, SiteState};
use crate::network::{LineFormation, PoolIndex, StationKind};
use crate::time::Time;

/// One of a pool that is held, and since when.
pub(super) struct Held {
    pub pool: PoolIndex,
    pub since: Time,
    /// The step that gives it back, where a step took it.
    pub giver: Option<u8>,
}

impl<O: Observer> Corridor<'_, O> {
    /// The units at a site, with all their waits whose cause is known and all that they hold.
    pub(super) fn add_units(
        &self,
        graph: &mut Graph,
        sites: &[&SiteState<O>],
        site: &SiteState<O>,
    ) {
        let units = self.units(graph, site);
        let unit = |index: u32| units.own[index as usize];
        for (index, v) in site.visits.iter().enumerate() {
            let Some(u) = unit(index as u32) else {
                continue;
            };
            if self.may_withdraw(v) {
                continue;
            }
            let own = &mut graph.units[u];
            for asked in v.asked.iter().filter(|a| !a.granted) {
                own.waits.push((Resource::Pool(asked.pool), asked.since));
            }
            if let Some(gate) = self.halted_by(sites, site, index as u32) {
                own.waits.push((Resource::Pool(gate), v.held_since));
            }
            if let Some(station) = v.kept {
                let since = v.records[v.last as usize].ended;
                own.holds.push((self.station(site, station), since));
            }
            let under_way = v.begun & !v.done & !units.waiting[index];
            for Held { pool, since, giver } in self.held(site, index as u32) {
                // What the end of a step gives back that nothing holds up comes back.
                if giver.is_some_and(|giver| under_way >> giver & 1 == 1) {
                    continue;
                }
                let departure = units.departure[index].filter(|_| giver.is_none());
                let unit = &mut graph.units[departure.unwrap_or(u)];
                unit.holds.push((Resource::Pool(pool), since));
            }
            self.add_needs(graph, site, &units, index as u32);
        }
        // A batch that forms by size needs consignments that may stand outside.
        for (line, forming) in &site.forming {
            // By a timetable or at its time it leaves part-empty.
            if !matches!(
                self.network.lines[*line as usize].formation,
                LineFormation::Size { within: None, .. }
            ) {
                continue;
            }
            for &index in forming {
                let v = &site.visits[index as usize];
                let done = (v.last != NO_STEP).then(|| v.records[v.last as usize].ended);
                if let (Some(u), Some(pool)) = (unit(index), self.stop_at(&v.cargo).yard) {
                    let since = done.map_or(v.inside, |done| done.max(v.inside));
                    graph.units[u].waits.push((Resource::Pool(pool), since));
                }
            }
        }
        for (s, station) in site.stations.iter().enumerate() {
            if !self.is_staffed(site, s) {
                continue;
            }
            let resource = self.station(site, s as u16);
            for job in station.queue.iter() {
                if let Some(u) = unit(job.visit) {
                    graph.units[u].waits.push((resource, job.joined));
                }
            }
            for claim in &station.claims {
                if let Some(u) = unit(claim.visit) {
                    graph.units[u].holds.push((resource, claim.joined));
                }
            }
        }
    }

    /// A unit for each visit at a site, and which steps wait; for a train that waits for its consignments one more.
    fn units(&self, graph: &mut Graph, site: &SiteState<O>) -> Units {
        let none = || vec![None; site.visits.len()];
        let mut units = Units {
            own: none(),
            departure: none(),
            waiting: vec![0; site.visits.len()],
        };
        for (index, v) in site.visits.iter().enumerate() {
            if v.stage == Stage::Gone {
                continue;
            }
            let mut add = || {
                graph.units.push(Unit {
                    key: (site.site as u32, v.cargo.entity, v.cargo.leg),
                    waits: Vec::new(),
                    holds: Vec::new(),
                    needs: Vec::new(),
                });
                graph.units.len() - 1
            };
            units.own[index] = Some(add());
            if v.is_batch() && !self.waited_for(site, index as u32).is_empty() {
                units.departure[index] = Some(add());
            }
            for asked in v.asked.iter().filter(|a| !a.granted && a.step != NO_STEP) {
                units.waiting[index] |= 1 << asked.step;
            }
        }
        for (s, station) in site.stations.iter().enumerate() {
            if !self.is_staffed(site, s) {
                continue;
            }
            let queue = station.queue.iter();
            for job in queue.chain(&station.claims) {
                let v = &site.visits[job.visit as usize];
                units.waiting[job.visit as usize] |= if job.joint {
                    let plan = self.plan_of(self.network, site.site, v);
                    joint_visit(plan, v, job.step as usize)
                } else {
                    1 << job.step
                };
            }
        }
        units
    }

    fn is_staffed(&self, site: &SiteState<O>, station: usize) -> bool {
        let servers = &self.network.sites[site.site].stations[station].servers;
        matches!(servers, StationKind::Staffed(_))
    }

    /// True where who waits may end its wait by itself (turn away, take another route, perish): it is not stuck.
    fn may_withdraw(&self, visit: &Visit) -> bool {
        let alone = visit.parent == NO_VISIT && !visit.is_batch();
        alone && self.stop_at(&visit.cargo).impatient && self.deadline(&visit.cargo).is_some()
    }

    /// The yard behind the gate that stops a visit's departure, where that gate is known to be full.
    fn halted_by(
        &self,
        sites: &[&SiteState<O>],
        site: &SiteState<O>,
        index: u32,
    ) -> Option<PoolIndex> {
        let v = &site.visits[index as usize];
        let next = self.next_site(&v.cargo).filter(|_| v.halted)?;
        let there = sites.iter().find(|s| s.site == next.index())?;
        let gate = self.network.sites[next.index()].gate.as_ref()?;
        there.gate_full.then_some(gate.pool)
    }

    /// What a visit holds of pools, and since when: it follows from its route, its stop and its steps.
    pub(super) fn held(&self, site: &SiteState<O>, index: u32) -> Vec<Held> {
        let v = &site.visits[index as usize];
        let mut held = Vec::new();
        if v.is_batch() && v.members.is_empty() && v.stage != Stage::Ahead {
            // It has departed; its visit is kept for those whom it left behind.
            return held;
        }
        let (leg, batch) = (v.cargo.leg, v.is_batch());
        let here = matches!(v.stage, Stage::Outside | Stage::Working | Stage::Waiting);
        if v.parent == NO_VISIT && here {
            let stops = &self.network.routes[v.cargo.route as usize].stops;
            let stop = &stops[leg as usize];
            if let Some(pool) = v.place {
                held.push(Held {
                    pool,
                    since: v.inside,
                    giver: None,
                });
            }
            // On a route of consignments that were on a train, the train's stops are its own.
            for (at, later) in stops.iter().enumerate().skip(leg as usize) {
                let token = |pool: PoolIndex| {
                    self.network.pools[pool as usize].kind != crate::network::PoolKind::Yard
                };
                let mine = later.gives.iter().filter(|give| {
                    give.by_batch == batch
                        && (at > leg as usize || !give.on_arrival)
                        && give.since < leg
                        && token(give.pool)
                });
                held.extend(mine.map(|give| Held {
                    pool: give.pool,
                    since: v.arrived,
                    giver: None,
                }));
            }
            let mut gates = v.waits.iter().rev().filter(|w| w.step == NO_STEP);
            for &pool in stop.takes[..v.gate as usize].iter().rev() {
                let since = gates.next().map_or(v.inside, |w| w.to);
                held.push(Held {
                    pool,
                    since,
                    giver: None,
                });
            }
        }
        for asked in v.asked.iter().filter(|a| a.granted) {
            held.push(Held {
                pool: asked.pool,
                since: asked.since,
                giver: None,
            });
        }
        if v.plan != NO_PLAN {
            self.held_by_steps(site, index, &mut held);
        }
        held
    }

    /// True where a place at its stop was reserved for cargo before it departed from the stop before.
    fn reserved(&self, cargo: &Cargo) -> bool {
        self.stop_at(cargo).reserved
            && cargo
                .leg
                .checked_sub(1)
                .is_some_and(|l| self.took(cargo, l))
    }

    /// What a consignment that travels alone holds as it arrives at its stop.
    pub(super) fn held_on_arrival(&self, cargo: &Cargo) -> Vec<PoolIndex> {
        let stops = &self.network.routes[cargo.route as usize].stops[cargo.leg as usize..];
        let mut held = Vec::new();
        for (at, stop) in stops.iter().enumerate() {
            for give in &stop.gives {
                let place = at == 0 && stop.yard == Some(give.pool) && self.reserved(cargo);
                let before = give.since < cargo.leg && (at > 0 || !give.on_arrival);
                if !give.by_batch && (place || before) {
                    held.push(give.pool);
                }
            }
        }
        held
    }

    fn held_by_steps(&self, site: &SiteState<O>, index: u32, held: &mut Vec<Held>) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let is = |mask: u64, s: u8| mask >> s & 1 == 1;
        // A step that waits for its papers has taken nothing yet.
        let has = v.begun & v.equipped;
        for h in plan.held.iter().filter(|h| is(has, h.taker)) {
            let asked = v.asked.iter().find(|a| a.step == h.taker);
            // Where the step that gives it back does not take place, the end of the last step did.
            let returned =
                is(v.done, h.giver) || v.stage == Stage::Waiting && !is(v.applies, h.giver);
            if asked.is_none_or(|a| h.pool < a.pool) && !returned {
                let since = asked.map_or(v.records[h.taker as usize].joined, |a| a.since);
                held.push(Held {
                    pool: h.pool,
                    since,
                    giver: Some(h.giver),
                });
            }
        }
    }
}
