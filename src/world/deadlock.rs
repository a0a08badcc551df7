//! Wait cycles: who waits for what, who holds it, and what of that can never end.
//!
//! A reduction of the graph of waits (Holt 1972, "Some deadlock properties of computer systems"): who waits for
//! nothing, or only for what someone who is not stuck holds, will go on and give back all that it holds; what then
//! remains waits for itself. Everything whose end is not seen from here (cargo under way, jobs in service, what is
//! being reissued, a pool of another process) counts as not stuck, so that nothing is called a cycle that is none.

use std::collections::BTreeMap;

use super::visit::{NO_PLAN, NO_VISIT, Stage, Visit};
use super::{Corridor, NO_STEP, Observer, SiteState};
use crate::network::{LineFormation, PoolIndex, PoolKind, StationKind};
use crate::terms::{EntityId, OnHold};
use crate::time::{MS_PER_DAY, Time};

/// What a vehicle waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Resource {
    /// One of a pool.
    Pool(PoolIndex),
    /// A server of a station.
    Station {
        /// Site.
        site: u32,
        /// The station that serves, after mergers.
        station: u16,
    },
}

/// One of a wait cycle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stuck {
    /// Where it stands.
    pub site: u32,
    /// A consignment, or a train.
    pub entity: EntityId,
    /// The stop of its route.
    pub leg: u8,
    /// What it holds, for which the one before it in the cycle waits.
    pub holds: Resource,
    /// What it waits for.
    pub waits_for: Resource,
    /// Since when.
    pub since: Time,
}

/// A wait cycle: each waits for what the next holds, the last for what the first holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deadlock {
    /// The instant in which it closed.
    pub instant: Time,
    /// Its members, the one of the least (site, entity, stop) first.
    pub cycle: Vec<Stuck>,
}

/// One of a pool that is held, and since when.
struct Held {
    pool: PoolIndex,
    since: Time,
}

/// A vehicle, or a consignment that its train has left behind: what moves as one.
struct Unit {
    key: (u32, EntityId, u8),
    waits: Vec<(Resource, Time)>,
    holds: Vec<(Resource, Time)>,
}

/// What can be held, and by whom.
#[derive(Default)]
struct Holders {
    /// It will come free without anyone who is seen here.
    open: bool,
    by: Vec<(usize, Time)>,
}

/// The graph of waits.
struct Graph {
    units: Vec<Unit>,
    resources: BTreeMap<Resource, Holders>,
}

impl<O: Observer> Corridor<'_, O> {
    /// At the end of an instant, in a site where a cycle can close: the first that did is kept in its state.
    pub(super) fn watch_cycles(&self, site: &mut SiteState<O>) {
        let asked = |site: &SiteState<O>| site.pools.iter().any(|pool| !pool.queue.is_empty());
        if site.deadlock.is_none() && (asked(site) || !site.forming.is_empty()) {
            let found = self.analyse(&[&*site]);
            site.deadlock = found;
        }
    }

    /// The first wait cycle of a run, from its sites' states at the end: within one site or across several.
    pub fn deadlock(&self, sites: &[&SiteState<O>]) -> Option<Deadlock> {
        if self.network.pools.is_empty() {
            return None;
        }
        let within = sites.iter().filter_map(|site| site.deadlock.clone()).min();
        let across = self.analyse(sites);
        match (within, across) {
            // The same cycle is seen twice; as it was seen when it closed it is named.
            (Some(within), Some(across)) if across.instant < within.instant => Some(across),
            (Some(within), _) => Some(within),
            (None, across) => across,
        }
    }

    fn analyse(&self, sites: &[&SiteState<O>]) -> Option<Deadlock> {
        let graph = self.graph(sites);
        let stuck = |until: Time| self.stuck(&graph, until);
        if !stuck(Time::MAX).contains(&true) {
            return None;
        }
        // The least instant by which it had closed: later waits cannot have closed it.
        let waits = graph
            .units
            .iter()
            .flat_map(|u| u.waits.iter().chain(&u.holds));
        let mut instants: Vec<Time> = waits.map(|(_, since)| *since).collect();
        instants.sort();
        instants.dedup();
        let open = instants.partition_point(|at| !stuck(*at).contains(&true));
        let instant = *instants.get(open)?;
        let cycle = graph.cycle(&stuck(instant), instant, &|r, held| {
            self.free_again(r, held, instant)
        })?;
        Some(Deadlock { instant, cycle })
    }

    /// True where a resource of which `held` are stuck has more than those.
    fn free_again(&self, resource: Resource, held: usize, from: Time) -> bool {
        match resource {
            Resource::Pool(_) => false,
            Resource::Station { site, station } => {
                let station = &self.network.sites[site as usize].stations[station as usize];
                let StationKind::Staffed(duty) = &station.servers else {
                    return true;
                };
                // Near the end of the run, the calendar's last week tells what would come after it.
                let end = self.network.drain_end.ms();
                let from = from.min(Time::from_ms(end.saturating_sub(7 * MS_PER_DAY)));
                let now = duty.partition_point(|(at, _)| *at <= from);
                let most = duty[now.saturating_sub(1)..].iter().map(|(_, n)| *n).max();
                held < most.unwrap_or(0) as usize
            }
        }
    }

    /// Which units are stuck, of waits and holdings that began by `until` alone.
    fn stuck(&self, graph: &Graph, until: Time) -> Vec<bool> {
        let mut stuck = vec![true; graph.units.len()];
        loop {
            let mut changed = false;
            for (u, unit) in graph.units.iter().enumerate() {
                let mut waits = unit.waits.iter().filter(|(_, since)| *since <= until);
                let more = |r: Resource, held| self.free_again(r, held, until);
                if stuck[u] && waits.all(|(r, _)| !graph.taken(*r, &stuck, until, &more)) {
                    stuck[u] = false;
                    changed = true;
                }
            }
            if !changed {
                return stuck;
            }
        }
    }

    fn graph(&self, sites: &[&SiteState<O>]) -> Graph {
        let mut graph = Graph {
            units: Vec::new(),
            resources: BTreeMap::new(),
        };
        for site in sites {
            self.add_units(&mut graph, sites, site);
        }
        for (u, unit) in graph.units.iter().enumerate() {
            for &(resource, since) in &unit.holds {
                let holders = graph.resources.entry(resource).or_default();
                holders.by.push((u, since));
            }
        }
        // A pool that is not seen whole (another site keeps it, some of it is under way, it is supplied anew), or has
        // a free one, holds nobody up for ever.
        let mut kept: BTreeMap<PoolIndex, u32> = BTreeMap::new();
        for site in sites {
            let pools = self.network.sites[site.site].pools.iter();
            kept.extend(
                pools
                    .zip(&site.pools)
                    .map(|(index, pool)| (*index, pool.free)),
            );
        }
        for (p, node) in self.network.pools.iter().enumerate() {
            let holders = graph
                .resources
                .entry(Resource::Pool(p as PoolIndex))
                .or_default();
            let seen = holders.by.len();
            debug_assert!(
                node.kind != PoolKind::Yard
                    || kept
                        .get(&(p as PoolIndex))
                        .is_none_or(|free| seen + *free as usize <= node.supply[0].1 as usize),
                "places are conserved: no more are held and free than there are in the {}",
                node.name
            );
            holders.open = match kept.get(&(p as PoolIndex)) {
                Some(0) => node.supply.len() > 1 || (node.supply[0].1 as usize) > seen,
                _ => true,
            };
        }
        for site in sites {
            for (s, station) in site.stations.iter().enumerate() {
                let root = site.serving(s as u16);
                if station.busy > 0 {
                    let resource = self.station(site, root);
                    graph.resources.entry(resource).or_default().open = true;
                }
            }
        }
        graph
    }

    fn station(&self, site: &SiteState<O>, station: u16) -> Resource {
        Resource::Station {
            site: site.site as u32,
            station: site.serving(station),
        }
    }

    /// The units at a site, with all their waits whose cause is known and all that they hold.
    fn add_units(&self, graph: &mut Graph, sites: &[&SiteState<O>], site: &SiteState<O>) {
        let mut place: Vec<Option<usize>> = vec![None; site.visits.len()];
        for (index, v) in site.visits.iter().enumerate() {
            if v.stage == Stage::Gone || self.moves_with(site, index as u32) != index as u32 {
                continue;
            }
            place[index] = Some(graph.units.len());
            graph.units.push(Unit {
                key: (site.site as u32, v.cargo.entity, v.cargo.leg),
                waits: Vec::new(),
                holds: Vec::new(),
            });
        }
        let unit = |index: u32| place[self.moves_with(site, index) as usize];
        for (index, v) in site.visits.iter().enumerate() {
            let Some(u) = unit(index as u32).filter(|_| v.stage != Stage::Gone) else {
                continue;
            };
            if self.may_withdraw(v) {
                continue;
            }
            let unit = &mut graph.units[u];
            for asked in v.asked.iter().filter(|a| !a.granted) {
                unit.waits.push((Resource::Pool(asked.pool), asked.since));
            }
            if let Some(gate) = self.halted_by(sites, site, index as u32) {
                unit.waits.push((Resource::Pool(gate), v.held_since));
            }
            for Held { pool, since } in self.held(site, index as u32) {
                unit.holds.push((Resource::Pool(pool), since));
            }
            if let Some(station) = v.kept {
                let since = v.records[v.last as usize].ended;
                unit.holds.push((self.station(site, station), since));
            }
        }
        // A batch that forms by size needs consignments that may stand outside.
        for (line, forming) in &site.forming {
            if let LineFormation::Timetable(_) = self.network.lines[*line as usize].formation {
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
            let staffed = |s: usize| {
                let servers = &self.network.sites[site.site].stations[s].servers;
                matches!(servers, StationKind::Staffed(_))
            };
            if !staffed(s) {
                continue;
            }
            let resource = self.station(site, s as u16);
            for job in station.queue.iter().map(|job| &job.0) {
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

    /// The visit that another moves with: its train's, where that waits for it.
    fn moves_with(&self, site: &SiteState<O>, index: u32) -> u32 {
        let parent = site.visits[index as usize].parent;
        if parent == NO_VISIT || site.visits[index as usize].stage == Stage::Gone {
            return index;
        }
        let line = site.visits[parent as usize].cargo.entity.group();
        let waits = self.network.lines[line as usize].on_hold == OnHold::Wait;
        if waits && self.rides(site, parent, index) {
            parent
        } else {
            index
        }
    }

    /// True where who waits may end its wait by itself (turn away, take another route, perish): it is not stuck.
    fn may_withdraw(&self, _visit: &Visit) -> bool {
        false
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
}

impl Graph {
    /// True where all of a resource is held by units that are stuck.
    fn taken(
        &self,
        resource: Resource,
        stuck: &[bool],
        until: Time,
        more: &dyn Fn(Resource, usize) -> bool,
    ) -> bool {
        let Some(holders) = self.resources.get(&resource) else {
            return false;
        };
        if holders.open {
            return false;
        }
        let still = |(u, since): &&(usize, Time)| stuck[*u] && *since <= until;
        let held = holders.by.iter().filter(still).count();
        let all = match resource {
            Resource::Pool(_) => held == holders.by.len(),
            // Officers are more than those who are held.
            Resource::Station { .. } => true,
        };
        held > 0 && all && !more(resource, held)
    }

    /// A cycle among the stuck units: from the least of them on, to the least of those that hold what it waits for,
    /// until one is met again.
    fn cycle(
        &self,
        stuck: &[bool],
        until: Time,
        more: &dyn Fn(Resource, usize) -> bool,
    ) -> Option<Vec<Stuck>> {
        let least =
            |units: &mut dyn Iterator<Item = usize>| units.min_by_key(|u| self.units[*u].key);
        let mut at = least(&mut (0..self.units.len()).filter(|u| stuck[*u]))?;
        let mut way: Vec<(usize, Resource, Time)> = Vec::new();
        while !way.iter().any(|(u, _, _)| *u == at) {
            let waits = self.units[at].waits.iter();
            let &(resource, since) = waits
                .filter(|(r, since)| *since <= until && self.taken(*r, stuck, until, more))
                .min()?;
            way.push((at, resource, since));
            let by = self.resources.get(&resource)?.by.iter();
            let mut holders = by
                .filter(|(u, since)| stuck[*u] && *since <= until)
                .map(|(u, _)| *u);
            at = least(&mut holders)?;
        }
        way.drain(..way.iter().position(|(u, _, _)| *u == at)?);
        let first = least(&mut way.iter().map(|(u, _, _)| *u))?;
        let turn = way.iter().position(|(u, _, _)| *u == first)?;
        way.rotate_left(turn);
        let before = |i: usize| way[(i + way.len() - 1) % way.len()].1;
        let cycle = way.iter().enumerate().map(|(i, &(u, waits_for, since))| {
            let (site, entity, leg) = self.units[u].key;
            Stuck {
                site,
                entity,
                leg,
                holds: before(i),
                waits_for,
                since,
            }
        });
        Some(cycle.collect())
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// What a visit holds of pools, and since when: it follows from its route, its stop and its steps.
    fn held(&self, site: &SiteState<O>, index: u32) -> Vec<Held> {
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
            // On a route of consignments that were on a train, the train's stops are its own.
            for (at, later) in stops.iter().enumerate().skip(leg as usize) {
                let mine = later.gives.iter().filter(|give| {
                    give.by_batch == batch
                        && (at > leg as usize || !give.on_arrival)
                        && self.took(&v.cargo, give.since)
                });
                for give in mine {
                    let yard = at == leg as usize && stop.yard == Some(give.pool);
                    if yard && v.stage != Stage::Outside && !v.left_yard {
                        held.push(Held {
                            pool: give.pool,
                            since: v.inside,
                        });
                    } else if give.since < leg {
                        held.push(Held {
                            pool: give.pool,
                            since: v.arrived,
                        });
                    }
                }
            }
            let mut gates = v.waits.iter().rev().filter(|w| w.step == NO_STEP);
            for &pool in stop.takes[..v.gate as usize].iter().rev() {
                let since = gates.next().map_or(v.inside, |w| w.to);
                held.push(Held { pool, since });
            }
        }
        for asked in v.asked.iter().filter(|a| a.granted) {
            held.push(Held {
                pool: asked.pool,
                since: asked.since,
            });
        }
        if v.plan != NO_PLAN {
            self.held_by_steps(site, index, &mut held);
        }
        held
    }

    fn held_by_steps(&self, site: &SiteState<O>, index: u32, held: &mut Vec<Held>) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        for (s, step) in plan.steps.iter().enumerate() {
            if v.begun >> s & 1 == 0 || step.takes.is_empty() {
                continue;
            }
            let asked = v.asked.iter().find(|a| a.step == s as u8);
            let since = asked.map_or(v.records[s].joined, |a| a.since);
            let taken = step
                .takes
                .iter()
                .filter(|p| asked.is_none_or(|a| **p < a.pool));
            held.extend(taken.map(|&pool| Held { pool, since }));
        }
        for (s, step) in plan.steps.iter().enumerate() {
            for pool in step.gives.iter().filter(|_| v.done >> s & 1 == 1) {
                if let Some(at) = held.iter().rposition(|h| h.pool == *pool) {
                    held.remove(at);
                }
            }
        }
    }
}
