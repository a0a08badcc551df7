//! Where a consignment has been, and on which train: the stays of its way, and the facts that concern it at each.

use super::explain::Run;
use crate::observe::Recorded;
use crate::terms::EntityId;
use crate::time::Time;
use crate::world::FactKind;

/// A train that a consignment is on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Train {
    pub entity: EntityId,
    /// Since when.
    pub since: Time,
    /// It came to the site with it; else it was formed here, or took up one that another had left behind.
    pub came: bool,
}

/// A consignment's stay at one site: alone, on a train, or first so and then so.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub site: u32,
    /// Earlier stays at the site.
    pub call: u8,
    pub arrived: Time,
    pub trains: Vec<Train>,
    /// When its train left it behind.
    pub left_behind: Option<Time>,
    /// Facts at the site belong to this stay from here (data may come ahead of the cargo) ...
    from: Time,
    /// ... and before this (audits come after it).
    until: Time,
}

impl Stay {
    /// The train that the consignment came with.
    pub fn came_with(&self) -> Option<Train> {
        self.trains.first().copied().filter(|t| t.came)
    }

    /// The train that was formed of it and others here.
    pub fn formed(&self) -> Option<Train> {
        let first = self.trains.first().copied();
        first.filter(|t| !t.came && self.left_behind.is_none())
    }

    /// True where a fact of this site concerns the consignment: its own, or its train's while it is on it.
    pub fn concerns(&self, entity: EntityId, r: &Recorded) -> bool {
        let machine = matches!(r.fact.kind, FactKind::Failed | FactKind::Repaired);
        if machine || r.site != self.site || r.fact.time < self.from || r.fact.time >= self.until {
            return false;
        }
        let aboard = |t: &Train| {
            let here = t.came || r.fact.time >= t.since;
            t.entity == r.fact.entity && here && !(t.came && self.goes_without(r))
        };
        r.fact.entity == entity || self.trains.iter().any(aboard)
    }

    /// A fact of the train after it has left the consignment behind, or of its departure itself.
    fn goes_without(&self, r: &Recorded) -> bool {
        let of_steps = matches!(
            r.fact.kind,
            FactKind::Released | FactKind::Completed | FactKind::Skipped
        );
        self.left_behind
            .is_some_and(|at| r.fact.time > at || r.fact.time == at && !of_steps)
    }
}

/// The stays of a consignment, in order. On a train its arrivals are the train's: between the train's formation
/// and its breaking the consignment has facts of its own only where it has steps of its own.
pub(super) fn stays(run: &Run<'_>, entity: EntityId) -> Vec<Stay> {
    let arrivals = run
        .facts
        .iter()
        .filter(|r| r.fact.entity == entity && r.fact.kind == FactKind::Arrived)
        .map(|r| (r.fact.time, None, r.site));
    let boardings = run
        .boardings
        .iter()
        .filter(|b| b.consignment == entity)
        .map(|b| (b.time, Some(b.batch), b.site));
    let mut comes: Vec<_> = arrivals.chain(boardings).collect();
    // Who arrives and boards a train in one instant arrives first.
    comes.sort_by_key(|(time, batch, _)| (*time, batch.is_some()));
    let mut stays: Vec<Stay> = Vec::new();
    for (time, batch, site) in comes {
        let stands = stays.last().is_some_and(|stay| stay.site == site);
        if batch.is_none() || !stands {
            let before = stays.iter().filter(|s| s.site == site).count();
            stays.push(Stay {
                site,
                call: before as u8,
                arrived: time,
                trains: Vec::new(),
                left_behind: None,
                from: if before > 0 { time } else { Time::ZERO },
                until: Time::MAX,
            });
        }
        if let (Some(batch), Some(stay)) = (batch, stays.last_mut()) {
            stay.trains.push(Train {
                entity: batch,
                since: time,
                came: !stands,
            });
        }
    }
    for n in 0..stays.len() {
        let (site, arrived) = (stays[n].site, stays[n].arrived);
        let next = stays[n + 1..].iter().find(|s| s.site == site);
        stays[n].until = next.map_or(Time::MAX, |s| s.arrived);
        let until = stays[n].until;
        let behind = run.facts.iter().find(|r| {
            r.fact.entity == entity
                && r.site == site
                && r.fact.kind == FactKind::LeftBehind
                && (arrived..until).contains(&r.fact.time)
        });
        stays[n].left_behind = behind.map(|r| r.fact.time);
    }
    stays
}
