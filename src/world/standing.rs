//! The opening backlog: who stands where at the start, on which trains, and what it holds from the start.

use super::{Cargo, Corridor, FactKind, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::Line;
use crate::network::demand::backlog_from;
use crate::terms::{EntityId, Role};
use crate::time::Time;

/// Consignments that are at a site at the start.
#[derive(Debug, Default)]
struct Standing {
    /// All of them, in the order in which they enter.
    all: Vec<Cargo>,
    /// Those not on a train.
    alone: Vec<Cargo>,
    /// Trains: header and members.
    trains: Vec<(Cargo, Vec<Cargo>)>,
}

impl<O: Observer> Corridor<'_, O> {
    /// The opening backlog: consignments that are at the site at the start, on trains where their flow has a
    /// service.
    pub(super) fn backlog(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) {
        let mut batches = 0;
        for n in 0..self.network.sites[site.site].backlog.len() {
            let standing = self.standing(site.site, n, &mut batches);
            for cargo in &standing.all {
                self.enter(site, now, cargo);
                let stop = self.stop_at(cargo);
                if let (Role::Entry, Some(crossing), true) =
                    (stop.role, stop.crossing, cargo.is(Cargo::MEASURED))
                {
                    // It crossed the exit side before the start; its crossing is timed from the start.
                    site.observer.crossing_began(crossing, 1);
                }
            }
            // What is given back on arrival was given back before the start.
            for cargo in &standing.alone {
                self.hold_from_the_start(site, now, cargo);
                self.stand(site, now, *cargo, out);
            }
            for (header, members) in &standing.trains {
                self.hold_from_the_start(site, now, header);
                self.batch_stands(site, now, *header);
                self.members_arrive(site, now, members, out);
            }
        }
    }

    /// Who stands at a site by entry `n` of its backlog. Known from the keyed draws alone, so that the owners of
    /// tokens elsewhere know it too. `batches` counts the trains of the site's entries.
    fn standing(&self, here: usize, n: usize, batches: &mut u64) -> Standing {
        let network = self.network;
        let backlog = &network.sites[here].backlog;
        let leg_of = |route: u16| {
            network.routes[route as usize]
                .stops
                .iter()
                .position(|s| s.site.index() == here)
        };
        let first = backlog_from(here);
        let entry = &backlog[n];
        let earlier = backlog[..n].iter().map(|e| u64::from(e.consignments));
        let from = first + earlier.sum::<u64>();
        let mut standing = Standing::default();
        for ordinal in from..from + u64::from(entry.consignments) {
            let mut cargo = self.consignment(Time::ZERO, entry.flow.0, ordinal);
            let passing = network.flows[entry.flow.index()]
                .routes
                .iter()
                .copied()
                .find(|r| leg_of(*r).is_some());
            let Some(route) = leg_of(cargo.route).map(|_| cargo.route).or(passing) else {
                continue;
            };
            cargo.route = route;
            cargo.leg = leg_of(route).unwrap_or(0) as u8;
            standing.all.push(cargo);
        }
        for cargo in &standing.all {
            // Where the flow's trains pass, it stands on one.
            if self.train_of(cargo).is_none() {
                standing.alone.push(*cargo);
            }
        }
        for (l, line) in network.lines.iter().enumerate() {
            let on_it = |c: &&Cargo| self.train_of(c) == Some(l as u16);
            let members: Vec<Cargo> = standing.all.iter().filter(on_it).copied().collect();
            for members in members.chunks(Line::most(line).max(1) as usize) {
                let header = self.header(
                    EntityId::batch(l as u16, first + *batches),
                    members,
                    members[0].leg,
                );
                *batches += 1;
                standing.trains.push((header, members.to_vec()));
            }
        }
        standing
    }

    /// The line on whose train a consignment of the backlog stands.
    fn train_of(&self, cargo: &Cargo) -> Option<u16> {
        let line = self.network.routes[cargo.route as usize].stops[0].forms?;
        let break_leg = self.network.lines[line as usize].break_leg;
        (cargo.leg > 0 && cargo.leg < break_leg).then_some(line)
    }

    fn held_by(&self, cargo: &Cargo) -> Vec<u16> {
        let batch = cargo.entity.is_batch();
        self.network
            .held_at(cargo.route as usize, cargo.leg as usize, batch)
    }

    fn hold_from_the_start(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        if self.network.pools.is_empty() {
            return;
        }
        for pool in self.held_by(cargo) {
            site.cargo_fact(cargo, now, FactKind::TokenTaken, u64::from(pool));
        }
    }

    /// How many of each pool the opening backlog holds from the start.
    pub(super) fn held_from_the_start(&self) -> Vec<u32> {
        let mut held = vec![0; self.network.pools.len()];
        if held.is_empty() {
            return held;
        }
        for (s, site) in self.network.sites.iter().enumerate() {
            let mut batches = 0;
            for n in 0..site.backlog.len() {
                let standing = self.standing(s, n, &mut batches);
                let trains = standing.trains.iter().map(|(header, _)| header);
                for cargo in standing.alone.iter().chain(trains) {
                    for pool in self.held_by(cargo) {
                        held[pool as usize] += 1;
                    }
                }
            }
        }
        held
    }
}
