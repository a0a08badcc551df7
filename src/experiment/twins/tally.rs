//! What the twins of one replication add up to. All sums are exact integers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::trace::{Fate, Twin};
use crate::observe::PartId;
use crate::stats::Histogram;
use crate::terms::{Channel, EntityId};

/// Twins that are told of by name, in each list.
pub const EXAMPLES: usize = 10;

/// A group of consignments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Group {
    /// Of a flow: the number that a consignment's id holds.
    Flow(u16),
    /// Whose most severe channel in the base was this; `None` where no agency selects.
    Channel(Option<Channel>),
    /// Of an authorised economic operator, or not.
    Aeo(bool),
}

/// How a group of twins fared.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GroupTally {
    /// Twins that both arrived.
    pub n: u64,
    /// Sum of the base's journeys, milliseconds.
    pub base_ms: u128,
    /// Sum of the differences, milliseconds.
    pub difference_ms: i128,
    /// Those that took longer in the variant, and by how much in all.
    pub later: (u64, u128),
    /// Those that were quicker, and by how much in all.
    pub sooner: (u64, u128),
}

impl GroupTally {
    fn add(&mut self, base: u64, difference: i64) {
        self.n += 1;
        self.base_ms += u128::from(base);
        self.difference_ms += i128::from(difference);
        let (count, sum) = match difference {
            0 => return,
            1.. => &mut self.later,
            _ => &mut self.sooner,
        };
        *count += 1;
        *sum += u128::from(difference.unsigned_abs());
    }
}

/// Twins that do not pair.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Unpaired {
    /// How many.
    pub n: u64,
    /// The first of them.
    pub first: Vec<EntityId>,
}

/// The twins of one replication, added up.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// All of them.
    pub all: GroupTally,
    /// By part: sums in the base and in the variant, milliseconds.
    pub parts: BTreeMap<PartId, [u128; 2]>,
    /// By group.
    pub groups: BTreeMap<Group, GroupTally>,
    /// How much later, and how much sooner.
    later: Histogram,
    sooner: Histogram,
    /// By how each journey ended.
    pub unpaired: BTreeMap<[Fate; 2], Unpaired>,
    /// Twins that both arrived, of which one or both took another route on the way.
    pub rerouted: u64,
    /// Those that lost most, and those that gained most: the difference and who.
    pub worst: Vec<(i64, EntityId)>,
    /// See `worst`.
    pub best: Vec<(i64, EntityId)>,
}

impl Tally {
    /// Counts a twin.
    pub fn add(&mut self, twin: &Twin) {
        let Some(difference) = twin.difference() else {
            let unpaired = self.unpaired.entry(twin.fates()).or_default();
            unpaired.n += 1;
            if unpaired.first.len() < EXAMPLES {
                unpaired.first.push(twin.consignment);
            }
            return;
        };
        let base = twin.runs[0].door_to_door().unwrap_or(0);
        self.all.add(base, difference);
        let groups = [
            Group::Flow(twin.consignment.group()),
            Group::Channel(twin.runs[0].channel()),
            Group::Aeo(twin.runs[0].aeo()),
        ];
        for group in groups {
            self.groups.entry(group).or_default().add(base, difference);
        }
        for (part, [base, variant]) in &twin.parts {
            let sums = self.parts.entry(*part).or_default();
            sums[0] += u128::from(*base);
            sums[1] += u128::from(*variant);
        }
        match difference {
            0.. => self.later.record(difference as u64),
            _ => self.sooner.record(difference.unsigned_abs()),
        }
        self.rerouted += u64::from(twin.runs.iter().any(|run| run.rerouted()));
        if difference > 0 {
            keep(&mut self.worst, (-difference, twin.consignment));
        } else if difference < 0 {
            keep(&mut self.best, (difference, twin.consignment));
        }
    }

    /// Quantile `p` of the difference, milliseconds, interpolated within a bucket of 1/256 of its value; `None` without
    /// twins.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let (below, above) = (self.sooner.count() as f64, self.later.count() as f64);
        let rank = p.clamp(0.0, 1.0) * (below + above);
        if rank < below {
            return self.sooner.quantile(1.0 - rank / below).map(|ms| -ms);
        }
        self.later.quantile((rank - below) / above.max(1.0))
    }
}

/// The least few; equal differences in the order of consignments.
fn keep(list: &mut Vec<(i64, EntityId)>, one: (i64, EntityId)) {
    if list.len() == EXAMPLES && list.last().is_some_and(|last| *last <= one) {
        return;
    }
    let at = list.partition_point(|known| *known < one);
    list.insert(at, one);
    list.truncate(EXAMPLES);
}
