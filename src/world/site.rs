//! The state that one logical process owns: a site's stations, visits and pools.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::agenda::{DirtyStations, DirtyVisits, KeyedBy};
use super::booking::Leaving;
use super::computed::ComputedSite;
use super::entry::EntryState;
use super::floor::Floor;
use super::pools::Pool;
use super::station::Station;
use super::vehicles::Fleet;
use super::visit::{NO_PLAN, NO_VISIT, Stage, Visit};
use super::{Cargo, Deadlock, Fact, FactKind, Observer};
use crate::network::{Network, StationKind};
use crate::terms::{EntityId, SiteId};
use crate::time::{Span, Time};

/// A consignment that is in a site when a run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Present {
    /// Cell that its visit is reported under.
    pub cell: Option<u16>,
    /// When it arrived.
    pub arrived: Time,
    /// Whether it is measured.
    pub measured: bool,
    /// Whether it has met a step that is reported apart, here or before.
    pub apart: bool,
    /// Its route and the stop of it where it is.
    pub route: u16,
    /// As above.
    pub leg: u8,
}

/// A site's state.
pub struct SiteState<O> {
    pub(super) site: usize,
    /// More than its visits and stations can have to settle: vehicles, pools, entry control, a gate, wait cycles.
    pub(super) regulated: bool,
    pub(super) stations: Vec<Station>,
    pub(super) visits: Vec<Visit>,
    free: Vec<u32>,
    /// By the key in which they are let go on.
    pub(super) dirty_visits: DirtyVisits,
    pub(super) dirty_stations: DirtyStations,
    pub(super) dirty_pools: Vec<u16>,
    pub(super) dirty_fleets: Vec<u16>,
    /// Second vehicles that wait.
    pub(super) fleets: Vec<Fleet>,
    /// Pools that the site keeps.
    pub(super) pools: Vec<Pool>,
    /// Visits here that have asked another site: (entity, leg, step, pool).
    pub(super) wanting: BTreeMap<(EntityId, u8, u8, u16), u32>,
    /// Sites whose gate is full: no departures towards them.
    pub(super) halted: BTreeSet<SiteId>,
    /// Who waits for such a gate.
    pub(super) for_gate: BTreeMap<SiteId, Vec<u32>>,
    /// Vehicles that are here for a procedure and have not departed, by plan.
    pub(super) vehicles: Vec<u32>,
    /// Expected delays last reported: by news service, site and plan.
    pub(super) news: BTreeMap<(u16, SiteId, u16), Span>,
    /// What the site last said of its own gate.
    pub(super) gate_full: bool,
    /// Its entry control.
    pub(super) entry: Option<Box<EntryState>>,
    /// Vehicles here that book an arrival window at the next stop: (entity, that stop).
    pub(super) leaving: BTreeMap<(EntityId, u8), Leaving>,
    /// Visits whose data came ahead of the cargo. Looked up by key only; its order never matters.
    pub(super) ahead: HashMap<(EntityId, u8), u32, KeyedBy>,
    /// Who arrived within the last data delay: data that comes after the cargo is ignored.
    pub(super) came: HashSet<(EntityId, u8), KeyedBy>,
    pub(super) came_in_order: VecDeque<(Time, (EntityId, u8))>,
    /// Lists of a train that departs: their memory is kept from one to the next.
    pub(super) aboard: Vec<Cargo>,
    pub(super) together: Vec<Cargo>,
    /// One message or one candidate is all that happens at this instant, as long as no more than one consignment comes.
    pub(super) alone: bool,
    /// The batch whose members are arriving.
    pub(super) arriving: u32,
    /// The batch that arrives is broken here.
    pub(super) breaking: bool,
    /// Consignments waiting for a batch, by line.
    pub(super) forming: BTreeMap<u16, Vec<u32>>,
    /// How often a batch has begun to form, by line where a batch may leave part-empty.
    pub(super) begun: BTreeMap<u16, u32>,
    /// Batches formed, by line.
    pub(super) formed: BTreeMap<u16, u64>,
    /// Consignments left behind, by line.
    pub(super) left_behind: BTreeMap<u16, Vec<u32>>,
    /// Visits waiting for a link's departure, by link.
    pub(super) for_link: BTreeMap<u32, Vec<u32>>,
    /// When the last job of a visit's step was interrupted, from each interruption to the next start.
    pub(super) gaps: BTreeMap<(u32, u8), Vec<(Time, Time)>>,
    /// Visits waiting for a closed link to open, by link.
    pub(super) for_opening: BTreeMap<u32, Vec<u32>>,
    /// Links whose reopening is on its way as an event.
    pub(super) openings: BTreeSet<u32>,
    /// The event of the site's own reopening is on its way.
    pub(super) opening_due: bool,
    /// Measured consignments that entered the corridor here less those that left it here.
    pub(super) awaited: i64,
    /// A wait began in this instant: a cycle can have closed.
    pub(super) wait_began: bool,
    /// The first wait cycle that closed within the site.
    pub(super) deadlock: Option<Deadlock>,
    /// The state of its stations and visits where ends of service are computed at arrival.
    pub(super) computed: Option<Box<ComputedSite>>,
    /// The observer.
    pub observer: O,
}

impl<O: Observer> SiteState<O> {
    pub(super) fn new(network: &Network, site: usize, observer: O) -> Self {
        let node = &network.sites[site];
        let mut stations: Vec<Station> = node
            .stations
            .iter()
            .map(|s| {
                let on_duty = match &s.servers {
                    StationKind::Staffed(duty) => duty.first().map_or(0, |(_, n)| *n),
                    StationKind::Unlimited | StationKind::Slots(_) | StationKind::Vehicles(_) => 0,
                };
                let floor = || Box::new(Floor::new(s, on_duty));
                Station {
                    on_duty,
                    floor: s.interruptions.is_some().then(floor),
                    staffed: matches!(s.servers, StationKind::Staffed(_)),
                    ..Station::default()
                }
            })
            .collect();
        for (guest, station) in node.stations.iter().enumerate() {
            if let Some((from, host)) = station.absorbed
                && from == Time::ZERO
            {
                stations[host as usize].guests.push(guest as u16);
                stations[guest].host = Some(host);
            }
        }
        let pools = node
            .pools
            .iter()
            .map(|pool| Pool::new(network.pools[*pool as usize].supply[0].1));
        SiteState {
            site,
            regulated: !node.fleets.is_empty()
                || !node.pools.is_empty()
                || node.entry.is_some()
                || node.gate.is_some()
                || node.cycles,
            stations,
            visits: Vec::new(),
            free: Vec::new(),
            dirty_visits: DirtyVisits::default(),
            dirty_stations: DirtyStations::of(node.stations.len()),
            dirty_pools: Vec::new(),
            dirty_fleets: Vec::new(),
            fleets: vec![Fleet::default(); node.fleets.len()],
            pools: pools.collect(),
            wanting: BTreeMap::new(),
            halted: BTreeSet::new(),
            for_gate: BTreeMap::new(),
            vehicles: vec![0; node.plans.len()],
            news: BTreeMap::new(),
            gate_full: false,
            entry: (node.entry.as_ref()).map(|entry| Box::new(EntryState::new(entry))),
            leaving: BTreeMap::new(),
            ahead: HashMap::default(),
            came: HashSet::default(),
            came_in_order: VecDeque::new(),
            aboard: Vec::new(),
            together: Vec::new(),
            alone: false,
            arriving: NO_VISIT,
            breaking: false,
            forming: BTreeMap::new(),
            begun: BTreeMap::new(),
            formed: BTreeMap::new(),
            left_behind: BTreeMap::new(),
            for_link: BTreeMap::new(),
            gaps: BTreeMap::new(),
            for_opening: BTreeMap::new(),
            openings: BTreeSet::new(),
            opening_due: false,
            awaited: 0,
            wait_began: false,
            deadlock: None,
            computed: None,
            observer,
        }
    }

    #[inline(never)]
    pub(super) fn observe_station(&mut self, index: usize, now: Time) {
        let level = self.stations[index].level();
        self.observer.station(index as u16, now, level);
    }

    /// Begins a visit in a free place.
    pub(super) fn admit(&mut self, cargo: Cargo, draw: u64, now: Time) -> u32 {
        match self.free.pop() {
            Some(place) => {
                // Not when its last visit was dismissed: others of its train may still have read them then.
                while !self.gaps.is_empty()
                    && let Some((&step, _)) = self.gaps.range((place, 0)..=(place, u8::MAX)).next()
                {
                    self.gaps.remove(&step);
                }
                self.visits[place as usize].renew(cargo, draw, now);
                place
            }
            None => {
                self.visits.push(Visit::new(cargo, draw, now));
                (self.visits.len() - 1) as u32
            }
        }
    }

    /// When the job that ended a visit's step last was interrupted.
    pub(super) fn gaps_of(&self, visit: u32, step: u8) -> &[(Time, Time)] {
        if self.gaps.is_empty() {
            return &[];
        }
        self.gaps.get(&(visit, step)).map_or(&[], Vec::as_slice)
    }

    /// Frees a visit's place.
    pub(super) fn dismiss(&mut self, visit: u32) {
        debug_assert!(
            !self.visits[visit as usize].dirty,
            "a visit that is dismissed has nothing left to do"
        );
        self.visits[visit as usize].stage = Stage::Gone;
        self.free.push(visit);
    }

    /// Consignments in the site, for reckoning after a run.
    pub fn present(&self) -> Vec<Present> {
        let mut present = Vec::new();
        if let Some(computed) = &self.computed {
            computed.present(&mut present);
        }
        for v in self
            .visits
            .iter()
            .filter(|v| !matches!(v.stage, Stage::Gone | Stage::Ahead | Stage::Audit))
        {
            let cell = (v.plan != NO_PLAN).then_some(v.cell);
            let one = |cargo: &Cargo, arrived, apart: bool| Present {
                cell,
                arrived,
                measured: cargo.is(Cargo::MEASURED),
                apart: apart || cargo.is(Cargo::APART),
                route: cargo.route,
                leg: cargo.leg,
            };
            let apart_on_its_own =
                |visit: u32| visit != NO_VISIT && self.visits[visit as usize].apart;
            if v.is_batch() {
                present.extend(
                    v.members
                        .iter()
                        .map(|m| one(&m.cargo, v.arrived, v.apart || apart_on_its_own(m.visit))),
                );
            } else if v.parent == NO_VISIT {
                present.push(one(&v.cargo, v.arrived, v.apart));
            } else if self.visits[v.parent as usize].members.is_empty() {
                // Left behind: its batch has gone.
                let parent = &self.visits[v.parent as usize];
                present.push(one(&v.cargo, parent.arrived, v.apart || parent.apart));
            }
        }
        present
    }

    /// How many of each pool that the site keeps are free, in the order of the site's pools.
    pub fn free_of_pools(&self) -> Vec<u32> {
        self.pools.iter().map(|pool| pool.free).collect()
    }

    /// A vehicle that came for a procedure departs.
    pub(super) fn vehicle_leaves(&mut self, visit: u32) {
        let plan = self.visits[visit as usize].plan;
        if plan != NO_PLAN {
            self.vehicles[plan as usize] -= 1;
        }
    }

    /// Places for visits that were ever needed at once: what the site's memory grows with.
    pub fn places(&self) -> usize {
        self.visits.len()
    }

    #[inline]
    pub(super) fn touch_visit(&mut self, visit: u32) {
        let v = &mut self.visits[visit as usize];
        if !v.dirty {
            v.dirty = true;
            self.dirty_visits.push((v.cargo.entity, v.call, visit));
        }
    }

    /// Something has changed at a station: it is asked what it can start, and its observer is told, before the
    /// instant ends.
    #[inline]
    pub(super) fn touch_station(&mut self, station: u16) {
        self.dirty_stations.push(station);
    }

    /// Something has to be looked at before the instant ends.
    #[inline]
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty_visits.is_empty() || !self.dirty_stations.is_empty()
    }

    /// The dirty visit of the least key.
    #[inline]
    pub(super) fn next_dirty_visit(&mut self) -> Option<u32> {
        let visit = self.dirty_visits.pop()?;
        self.visits[visit as usize].dirty = false;
        Some(visit)
    }

    /// The dirty station of the least number.
    #[inline]
    pub(super) fn next_dirty_station(&mut self) -> Option<u16> {
        self.dirty_stations.pop()
    }

    /// A fact about a visit.
    #[inline(never)]
    pub(super) fn fact(
        &mut self,
        visit: u32,
        now: Time,
        kind: FactKind,
        step: u8,
        attempt: u16,
        detail: u64,
    ) {
        self.common_fact(visit, now, kind, step, attempt, detail);
    }

    /// As [`SiteState::fact`], where the kind is known and common enough to be worth code of its own.
    #[inline(always)]
    pub(super) fn common_fact(
        &mut self,
        visit: u32,
        now: Time,
        kind: FactKind,
        step: u8,
        attempt: u16,
        detail: u64,
    ) {
        let v = &self.visits[visit as usize];
        self.observer
            .fact(&v.fact(now, kind, step, attempt, detail));
    }

    /// A fact about a consignment or batch that has no visit here.
    #[inline(never)]
    pub(super) fn cargo_fact(&mut self, cargo: &Cargo, now: Time, kind: FactKind, detail: u64) {
        self.observer
            .fact(&Self::of_cargo(cargo, now, kind, detail));
    }

    /// As [`SiteState::cargo_fact`], where the kind is known and common enough to be worth code of its own.
    #[inline(always)]
    pub(super) fn common_cargo_fact(
        &mut self,
        cargo: &Cargo,
        now: Time,
        kind: FactKind,
        detail: u64,
    ) {
        self.observer
            .fact(&Self::of_cargo(cargo, now, kind, detail));
    }

    /// A fact about cargo as a whole.
    #[inline(always)]
    pub(super) fn of_cargo(cargo: &Cargo, now: Time, kind: FactKind, detail: u64) -> Fact {
        cargo.fact(now, kind, detail)
    }
}
