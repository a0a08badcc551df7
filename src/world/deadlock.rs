//! Wait cycles: who waits for what, who holds it, and what of that can never end.
//!
//! A reduction of the graph of waits (Holt 1972, "Some deadlock properties of computer systems"): who waits for
//! nothing, or only for what someone who is not stuck holds, will go on and give back all that it holds; what then
//! remains waits for itself. Everything whose end is not seen from here (cargo under way, jobs in service, what is
//! being reissued, a pool of another process) counts as not stuck, so that nothing is called a cycle that is none.

use std::collections::BTreeMap;

use super::{Corridor, Observer, SiteState};
use crate::network::{PoolIndex, PoolKind, StationKind};
use crate::terms::EntityId;
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

/// A vehicle, or a consignment on a train with steps of its own.
pub(super) struct Unit {
    pub key: (u32, EntityId, u8),
    pub waits: Vec<(Resource, Time)>,
    pub holds: Vec<(Resource, Time)>,
    /// Units of its own train without whom it does not go on; who needs any of them waits for nothing itself.
    pub needs: Vec<usize>,
}

/// What can be held, and by whom.
#[derive(Default)]
struct Holders {
    /// It will come free without anyone who is seen here.
    open: bool,
    by: Vec<(usize, Time)>,
}

/// The graph of waits.
pub(super) struct Graph {
    pub units: Vec<Unit>,
    resources: BTreeMap<Resource, Holders>,
}

impl<O: Observer> Corridor<'_, O> {
    /// At the end of an instant in which a wait began, in a site where a cycle can close: the first that did is kept in
    /// its state. One that closes as work ends, without a new wait, is found at the end of the run.
    pub(super) fn watch_cycles(&self, site: &mut SiteState<O>) {
        let began = std::mem::take(&mut site.wait_began);
        let asked = |site: &SiteState<O>| site.pools.iter().any(|pool| !pool.queue.is_empty());
        if began && site.deadlock.is_none() && (asked(site) || !site.forming.is_empty()) {
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
                let alone = unit.needs.iter().all(|need| !stuck[*need]);
                if stuck[u] && alone && waits.all(|(r, _)| !graph.taken(*r, &stuck, until, &more)) {
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

    pub(super) fn station(&self, site: &SiteState<O>, station: u16) -> Resource {
        Resource::Station {
            site: site.site as u32,
            station: site.serving(station),
        }
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

    /// What a stuck unit waits for, or who it needs does.
    fn blocked_by(
        &self,
        unit: usize,
        stuck: &[bool],
        until: Time,
        more: &dyn Fn(Resource, usize) -> bool,
    ) -> Option<(Resource, Time)> {
        let waits = self.units[unit].waits.iter();
        let taken =
            |(r, since): &&(Resource, Time)| *since <= until && self.taken(*r, stuck, until, more);
        waits.filter(taken).min().copied().or_else(|| {
            let needs = self.units[unit].needs.iter().filter(|need| stuck[**need]);
            needs
                .filter_map(|need| self.blocked_by(*need, stuck, until, more))
                .min()
        })
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
            let (resource, since) = self.blocked_by(at, stuck, until, more)?;
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
