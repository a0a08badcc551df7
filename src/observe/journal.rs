//! The journal: facts as they are, sorted by key when read.

use crate::terms::EntityId;
use crate::time::Time;
use crate::world::{Fact, FactKind, Observer};

/// A fact with its site.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Recorded {
    /// The fact.
    pub fact: Fact,
    /// Where.
    pub site: u32,
}

/// A consignment that is on a batch at a site from an instant on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Boarding {
    /// Since when.
    pub time: Time,
    /// Where.
    pub site: u32,
    /// The batch.
    pub batch: EntityId,
    /// The consignment.
    pub consignment: EntityId,
}

/// Which facts a journal keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Keep {
    All,
    Kind(FactKind),
    Of(Vec<EntityId>),
}

/// An observer that keeps facts.
#[derive(Clone, Debug)]
pub struct Journal {
    site: u32,
    keep: Keep,
    facts: Vec<Recorded>,
    boardings: Vec<Boarding>,
}

impl Journal {
    /// Keeps every fact at `site`.
    pub fn all(site: usize) -> Self {
        Journal {
            site: site as u32,
            keep: Keep::All,
            facts: Vec::new(),
            boardings: Vec::new(),
        }
    }

    /// Keeps the facts of one kind.
    pub fn of_kind(site: usize, kind: FactKind) -> Self {
        Journal {
            site: site as u32,
            keep: Keep::Kind(kind),
            facts: Vec::new(),
            boardings: Vec::new(),
        }
    }

    /// Keeps the facts of some consignments or batches.
    pub fn of(site: usize, entities: &[EntityId]) -> Self {
        Journal {
            site: site as u32,
            keep: Keep::Of(entities.to_vec()),
            facts: Vec::new(),
            boardings: Vec::new(),
        }
    }

    /// What several journals kept, sorted by key.
    pub fn sorted(journals: impl IntoIterator<Item = Journal>) -> Vec<Recorded> {
        let mut facts: Vec<Recorded> = journals.into_iter().flat_map(|j| j.facts).collect();
        facts.sort();
        facts
    }

    /// Who has been on which batch, as far as the journals keep every fact; sorted.
    pub fn boardings<'j>(journals: impl IntoIterator<Item = &'j Journal>) -> Vec<Boarding> {
        let all = journals.into_iter().flat_map(|j| j.boardings.iter());
        let mut boardings: Vec<Boarding> = all.copied().collect();
        boardings.sort();
        boardings
    }
}

impl Observer for Journal {
    fn aboard(&mut self, batch: EntityId, consignment: EntityId, now: Time) {
        if self.keep == Keep::All {
            self.boardings.push(Boarding {
                time: now,
                site: self.site,
                batch,
                consignment,
            });
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let kept = match &self.keep {
            Keep::All => true,
            Keep::Kind(kind) => fact.kind == *kind,
            Keep::Of(entities) => entities.contains(&fact.entity),
        };
        if kept {
            self.facts.push(Recorded {
                fact: *fact,
                site: self.site,
            });
        }
    }
}
