//! Match-up: cargo and second vehicle wait for each other, first come first served on both sides.
//!
//! Cargo waits in its desk's queue, in that queue's order; vehicles wait in the order in which they came. A vehicle
//! takes as many jobs as it has room for and leaves when it is full, or when it has waited as long as it does. At a
//! closed site nothing is matched; both go on waiting, in their order.

use std::collections::VecDeque;

use super::closures::wake;
use super::{Corridor, Event, FactKind, Observer, SiteState, VehicleEnd, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{FleetArrivals, FleetIndex};
use crate::time::{Span, Time};

/// A vehicle that waits for cargo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Standing {
    ordinal: u64,
    since: Time,
    /// Jobs that it has taken.
    taken: u32,
}

/// The vehicles that wait at one desk, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Fleet {
    waiting: VecDeque<Standing>,
    dirty: bool,
}

impl<O: Observer> Corridor<'_, O> {
    /// The arrival of a fleet's vehicle number `ordinal`, where the one before came at `last`.
    pub(super) fn vehicle_event(
        &self,
        site: usize,
        fleet: FleetIndex,
        ordinal: u64,
        last: Time,
    ) -> (Key, Event) {
        let at = match &self.network.sites[site].fleets[fleet as usize].arrivals {
            FleetArrivals::Regular(slots) => slots.at(ordinal),
            FleetArrivals::Random(law) => {
                let u = self.draws.sites[site].vehicles[fleet as usize].uniform(ordinal, 0, 0);
                last + Span::from_ms_f64(law.quantile(u)).max(Span::TICK)
            }
        };
        let key = Key::new(
            at,
            Phase::Happenings,
            events::VEHICLE_COMES,
            0,
            u64::from(fleet),
        );
        (key, Event::VehicleComes { fleet, ordinal })
    }

    /// A vehicle comes and waits for cargo.
    pub(super) fn vehicle_comes(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        fleet: FleetIndex,
        ordinal: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let (key, event) = self.vehicle_event(site.site, fleet, ordinal + 1, now);
        out.schedule(key, event);
        if let Some(wait) = self.network.sites[site.site].fleets[fleet as usize].waits_at_most {
            let key = Key::new(
                now + wait,
                Phase::Happenings,
                events::VEHICLE_LEAVES,
                0,
                u64::from(fleet),
            );
            out.schedule(key, Event::VehicleLeaves { fleet, ordinal });
        }
        site.fleets[fleet as usize].waiting.push_back(Standing {
            ordinal,
            since: now,
            taken: 0,
        });
        site.observe_fleet(fleet, now);
        site.touch_fleet(fleet);
    }

    /// A vehicle has waited as long as it does: it leaves with what it has.
    pub(super) fn vehicle_leaves(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        fleet: FleetIndex,
        ordinal: u64,
    ) {
        let waiting = &mut site.fleets[fleet as usize].waiting;
        // They come in the order of their ordinals; one that was filled has gone.
        if waiting.front().is_some_and(|v| v.ordinal == ordinal)
            && let Some(vehicle) = waiting.pop_front()
        {
            self.vehicle_gone(site, now, fleet, vehicle);
        }
    }

    /// Vehicles take the jobs that wait, the longest waiting first on both sides.
    pub(super) fn match_up(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        fleet: FleetIndex,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.sites[site.site].fleets[fleet as usize];
        let station = node.station as usize;
        if let Some(at) = self.site_open_at(site, now) {
            self.match_when_open(site, at, fleet, out);
            return;
        }
        while let Some(vehicle) = site.fleets[fleet as usize].waiting.front_mut()
            && let Some(job) = site.stations[station].queue.pop()
        {
            vehicle.taken += 1;
            let (vehicle, full) = (*vehicle, vehicle.taken == node.capacity);
            let waited = (now - vehicle.since).ms();
            site.fact(
                job.visit,
                now,
                FactKind::Matched,
                job.step,
                job.unit,
                waited,
            );
            site.fact(job.visit, now, FactKind::Started, job.step, job.unit, 0);
            site.observe_station(station, now);
            self.job_ended(
                site,
                now,
                job.visit,
                job.step,
                job.unit,
                now,
                Span::ZERO,
                out,
            );
            if full {
                site.fleets[fleet as usize].waiting.pop_front();
                self.vehicle_gone(site, now, fleet, vehicle);
            }
        }
    }

    /// At a closed site cargo and vehicles that could be matched are matched when it opens, at `at`.
    fn match_when_open(
        &self,
        site: &mut SiteState<O>,
        at: Time,
        fleet: FleetIndex,
        out: &mut Outbox<'_, Self>,
    ) {
        let station = self.network.sites[site.site].fleets[fleet as usize].station;
        let both = !site.fleets[fleet as usize].waiting.is_empty()
            && !site.stations[station as usize].queue.is_empty();
        if both && !std::mem::replace(&mut site.opening_due, true) {
            wake(None, at, out);
        }
    }

    fn vehicle_gone(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        fleet: FleetIndex,
        vehicle: Standing,
    ) {
        site.observe_fleet(fleet, now);
        let capacity = self.network.sites[site.site].fleets[fleet as usize].capacity;
        site.observer.vehicle_left(&VehicleEnd {
            fleet,
            came: vehicle.since,
            left: now,
            taken: vehicle.taken,
            capacity,
        });
    }
}

impl<O: Observer> SiteState<O> {
    pub(super) fn touch_fleet(&mut self, fleet: FleetIndex) {
        let f = &mut self.fleets[fleet as usize];
        if !f.dirty {
            f.dirty = true;
            self.dirty_fleets.push(fleet);
        }
    }

    /// The dirty fleet of the least number.
    pub(super) fn next_dirty_fleet(&mut self) -> Option<FleetIndex> {
        let least = (0..self.dirty_fleets.len()).min_by_key(|i| self.dirty_fleets[*i])?;
        let fleet = self.dirty_fleets.swap_remove(least);
        self.fleets[fleet as usize].dirty = false;
        Some(fleet)
    }

    fn observe_fleet(&mut self, fleet: FleetIndex, now: Time) {
        let waiting = self.fleets[fleet as usize].waiting.len() as u32;
        self.observer.vehicles(fleet, now, waiting);
    }
}
