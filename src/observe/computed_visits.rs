//! What the observer of a site learns of consignments whose ends of service are computed at arrival: they enter the corridor,
//! arrive, depart, leave it, many at once. The sums are those of the event-driven kernel.

use super::SiteObserver;
use super::computed::Sums;
use super::digest::Place;
use crate::time::Time;
use crate::world::{Cargo, ComputedVisit, Departures, FactKind, HourTable, NO_STEP, Release};

impl SiteObserver {
    /// The facts about consignments as a whole at these instants, each with its detail.
    #[inline(always)]
    fn digest_cargo<'c>(
        &mut self,
        kind: FactKind,
        each: impl Iterator<Item = (Time, &'c Cargo)>,
        detail: impl Fn(&Cargo) -> u64,
    ) {
        if !self.digests {
            return;
        }
        let (to, place) = (
            self.window.to,
            Place::new(self.site, 0, u16::MAX, NO_STEP, 0),
        );
        let mut digest = self.digest;
        for (at, cargo) in each {
            if cargo.is(Cargo::MEASURED) || at <= to {
                digest.note(place.of(cargo.entity.0), kind, at.ms(), detail(cargo));
            }
        }
        self.digest = digest;
    }

    pub(super) fn note_entered(&mut self, flow: u16, entries: &[(Time, Cargo)]) {
        let each = entries.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Entered, each, |cargo| u64::from(cargo.route));
        let measured = entries.iter().filter(|(_, c)| c.is(Cargo::MEASURED));
        let measured = measured.count() as u64;
        if measured > 0 {
            self.journeys.of(flow).began += measured;
        }
    }

    pub(super) fn note_left<'c>(
        &mut self,
        flow: u16,
        each: impl Iterator<Item = (Time, &'c Cargo)> + Clone,
    ) {
        self.digest_cargo(FactKind::Left, each.clone(), |_| 0);
        let mut measured = each
            .filter(|(_, cargo)| cargo.is(Cargo::MEASURED))
            .peekable();
        if measured.peek().is_none() {
            return;
        }
        let of = self.journeys.of(flow);
        for (at, cargo) in measured {
            let times = if cargo.is(Cargo::APART) {
                &mut of.apart
            } else {
                &mut of.time
            };
            times.record(at - cargo.born);
        }
    }

    pub(super) fn note_passed(&mut self, passing: &[(Time, Cargo)]) {
        // Present for no time: no integral changes.
        let each = passing.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Arrived, each.clone(), |_| 1);
        self.digest_cargo(FactKind::Departed, each, |_| 1);
        let n = passing.len() as u64;
        self.little.arrivals += n;
        self.little.departures += n;
        let to = self.window.to;
        self.events += passing.iter().filter(|(at, _)| *at <= to).count() as u64;
    }

    pub(super) fn note_computed_arrivals(&mut self, arrivals: &[(Time, Cargo)], cell: u16) {
        let each = arrivals.iter().map(|(at, cargo)| (*at, cargo));
        self.digest_cargo(FactKind::Arrived, each, |_| 1);
        let window = self.window;
        let (mut left, mut within, mut by_its_end) = (0u128, 0, 0);
        for (at, _) in arrivals {
            left += u128::from(window.to.since(*at).ms());
            within += u64::from(window.holds(*at));
            by_its_end += u64::from(*at <= window.to);
        }
        self.events += by_its_end;
        self.little.arrivals += arrivals.len() as u64;
        self.little.occupancy = self.little.occupancy.wrapping_add(left);
        let instants = arrivals.iter().map(|(at, _)| at.ms());
        self.present_changes.change_each(instants, 1);
        self.cells[cell as usize].arrived += within;
    }

    pub(super) fn note_computed_departures(&mut self, of: &Departures<'_>) {
        let (window, place) = (
            self.window,
            Place::new(self.site, of.call, of.plan, NO_STEP, 0),
        );
        let (mut left, mut stays, mut within) = (0u128, 0u128, 0);
        let (mut bcp, mut release) = (Sums::default(), Sums::default());
        let (mut digest, digests) = (self.digest, self.digests);
        for one in of.each {
            let (arrived, departed) = (one.arrived, one.departed);
            if digests && (of.measured || departed <= window.to) {
                let about = place.of(one.entity.0);
                digest.note(about, FactKind::Departed, departed.ms(), 1);
                if of.release == Release::Departing {
                    digest.note(about, FactKind::Released, departed.ms(), 0);
                }
            }
            left += u128::from(window.to.since(departed).ms());
            stays += u128::from(self.clip(departed) - self.clip(arrived));
            within += u64::from(window.holds(departed));
            bcp.record((departed - arrived).ms());
        }
        if of.release == Release::Before {
            for one in of.each {
                if digests && (of.measured || one.released <= window.to) {
                    let at = one.released.ms();
                    digest.note(place.of(one.entity.0), FactKind::Released, at, 0);
                }
                release.record((one.released - one.arrived).ms());
            }
        }
        self.digest = digest;
        self.little.departures += of.each.len() as u64;
        self.little.occupancy = self.little.occupancy.wrapping_sub(left);
        self.little.stays += stays;
        let instants = of.each.iter().map(|one| one.departed.ms());
        self.present_changes.change_each(instants, -1);
        let cell = &mut self.cells[of.cell as usize];
        cell.departed += within;
        if !of.measured {
            return;
        }
        let n = of.each.len();
        cell.bcp.moments.merge(&bcp.moments(n));
        match of.release {
            Release::Departing => {
                cell.release.moments.merge(&bcp.moments(n));
                for one in of.each {
                    let time = (one.departed - one.arrived).ms();
                    cell.bcp.histogram.record(time);
                    cell.release.histogram.record(time);
                }
            }
            Release::Before => {
                cell.release.moments.merge(&release.moments(n));
                for one in of.each {
                    let (of_stay, of_release) = (one.departed, one.released);
                    cell.bcp.histogram.record((of_stay - one.arrived).ms());
                    cell.release
                        .histogram
                        .record((of_release - one.arrived).ms());
                }
            }
            Release::Never => {
                for one in of.each {
                    cell.bcp.histogram.record((one.departed - one.arrived).ms());
                }
            }
        }
        cell.begin_hours();
        for (k, ms) in of.hours.cells() {
            cell.hours[k] += u128::from(ms);
        }
        if of.fees != 0.0 {
            cell.fees += of.each.len() as u128 * libm::round(of.fees * 1e6) as u128;
        }
    }

    #[inline]
    pub(super) fn note_computed_visit(&mut self, visit: &ComputedVisit, hours: &HourTable) {
        let (arrived, departed) = (visit.arrived, visit.departed);
        visit.facts().for_each(|fact| self.digest_fact(&fact));
        self.little.departures += 1;
        let left = self.window.to.since(departed).ms();
        self.little.occupancy = self.little.occupancy.wrapping_sub(u128::from(left));
        self.present_changes.change(departed.ms(), -1);
        let stay = self.clip(departed) - self.clip(arrived);
        self.little.stays += u128::from(stay);
        let within = self.window.holds(departed);
        let cell = &mut self.cells[visit.cell as usize];
        cell.departed += u64::from(within);
        if !visit.measured {
            return;
        }
        let bcp = departed - arrived;
        if visit.apart {
            cell.apart.record(bcp);
            return;
        }
        cell.bcp.record(bcp);
        if let Some(at) = visit.released {
            cell.release.record(at - arrived);
        }
        cell.begin_hours();
        for (k, ms) in hours.cells() {
            cell.hours[k] += u128::from(ms);
        }
        cell.saved_declaration += u128::from(visit.saved_declaration.ms());
        cell.examined += u64::from(visit.examined_by > 0);
        cell.examined_twice += u64::from(visit.examined_by > 1);
        if visit.fees != 0.0 {
            cell.fees += libm::round(visit.fees * 1e6) as u128;
        }
    }
}
