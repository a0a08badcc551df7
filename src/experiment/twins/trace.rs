//! A consignment's records put together, and a consignment beside its twin: the same draws under two variants.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::chunks::Sorted;
use crate::experiment::RunError;
use crate::observe::{PartId, Parts, Record, Said};
use crate::terms::{Channel, EntityId, Named, Outcome};

/// How a consignment's journey went on in one run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Fate {
    /// It reached its destination.
    Arrived,
    /// It left the corridor on its way.
    Lost(Outcome),
    /// It was still under way when the run ended.
    Unfinished,
    /// It never entered, or was not measured.
    Absent,
}

impl Fate {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Fate::Arrived => "arrived",
            Fate::Lost(Outcome::Cancelled) => "cancelled",
            Fate::Lost(Outcome::Perished) => "perished",
            Fate::Lost(Outcome::TurnedAway) => "turned away",
            Fate::Unfinished => "unfinished",
            Fate::Absent => "absent",
        }
    }
}

/// One consignment in one run.
#[derive(Clone, Default, Debug)]
pub struct Trace {
    entered: Option<u64>,
    left: Option<u64>,
    notes: u64,
    /// Milliseconds by part, in the order of the parts, each once.
    pub parts: Vec<(PartId, u64)>,
}

impl Trace {
    /// The next consignment's, if there is one; equal parts are added up.
    fn read(&mut self, from: &mut Sorted, who: EntityId) -> Result<(), RunError> {
        (self.entered, self.left, self.notes) = (None, None, 0);
        self.parts.clear();
        while from.peek() == Some(who) {
            let Some((_, record)) = from.read().map_err(|e| unreadable(&e))? else {
                break;
            };
            match record.said() {
                Said::Entered(at) => self.entered = Some(at),
                Said::Left(at) => self.left = Some(at),
                Said::Notes(notes) => self.notes |= notes,
                Said::Hours(part, ms) => match self.parts.last_mut() {
                    Some((known, sum)) if *known == part => *sum += ms,
                    _ => self.parts.push((part, ms)),
                },
            }
        }
        Ok(())
    }

    /// How its journey ended.
    pub fn fate(&self) -> Fate {
        let lost = Outcome::ALL
            .iter()
            .find(|o| self.notes & Record::LOST << (**o as u64) != 0);
        match (self.entered, self.left, lost) {
            (None, _, _) => Fate::Absent,
            (_, Some(_), _) => Fate::Arrived,
            (_, _, Some(outcome)) => Fate::Lost(*outcome),
            _ => Fate::Unfinished,
        }
    }

    /// From entering to leaving the corridor, milliseconds; `None` where it did not arrive.
    pub fn door_to_door(&self) -> Option<u64> {
        self.left?.checked_sub(self.entered?)
    }

    /// It took another route on its way.
    pub fn rerouted(&self) -> bool {
        self.notes & Record::REROUTED != 0
    }

    /// It is an authorised economic operator's.
    pub fn aeo(&self) -> bool {
        self.notes & Record::AEO != 0
    }

    /// The most severe channel that it was put in at any of its visits.
    pub fn channel(&self) -> Option<Channel> {
        let channels = Record::CHANNELS.iter().enumerate().rev();
        let mut found = channels.filter(|(i, _)| self.notes & Record::CHANNEL << i != 0);
        found.next().map(|(_, channel)| *channel)
    }

    /// The promise: the parts of a journey add to it, to the millisecond.
    fn check(&self, who: EntityId, variant: &str, names: &Parts) -> Result<(), RunError> {
        let sum: u64 = self.parts.iter().map(|(_, ms)| ms).sum();
        match self.door_to_door() {
            Some(whole) if whole != sum => Err(RunError::PromiseBroken(format!(
                "the parts of consignment {} in variant `{variant}` add to {sum} ms, its journey took {whole} ms",
                names.consignment(who)
            ))),
            _ => Ok(()),
        }
    }
}

pub(super) fn unreadable(error: &std::io::Error) -> RunError {
    RunError::Setup(format!(
        "the temporary file for the consignments' records could not be made, written or read: {error}"
    ))
}

/// A consignment in the base and in the variant.
#[derive(Clone, Debug)]
pub struct Twin {
    /// Which replication.
    pub replication: u32,
    /// Who; see [`Parts::consignment`].
    pub consignment: EntityId,
    /// In the base, and in the variant.
    pub runs: [Trace; 2],
    /// Milliseconds of each part in the base and in the variant, in the order of the parts. Where both arrived, the
    /// differences of variant and base add exactly to the difference of the journeys.
    pub parts: Vec<(PartId, [u64; 2])>,
}

impl Twin {
    /// How each journey ended.
    pub fn fates(&self) -> [Fate; 2] {
        [self.runs[0].fate(), self.runs[1].fate()]
    }

    /// How much longer the journey took in the variant, milliseconds; `None` where one of the two did not arrive.
    pub fn difference(&self) -> Option<i64> {
        let [base, variant] = [&self.runs[0], &self.runs[1]].map(Trace::door_to_door);
        Some(variant? as i64 - base? as i64)
    }
}

/// Reads the twins of one replication one after the other, in the order of flows and ordinals.
pub struct Twins<'t> {
    runs: [Sorted; 2],
    names: [&'t str; 2],
    parts: &'t Parts,
    twin: Twin,
}

impl<'t> Twins<'t> {
    /// The twins of the sorted records of two runs of a replication; `names` are the variants'.
    pub fn new(runs: [Sorted; 2], names: [&'t str; 2], parts: &'t Parts, replication: u32) -> Self {
        Twins {
            runs,
            names,
            parts,
            twin: Twin {
                replication,
                consignment: EntityId(0),
                runs: [Trace::default(), Trace::default()],
                parts: Vec::new(),
            },
        }
    }

    /// The next twin.
    ///
    /// # Errors
    /// [`RunError::Setup`] where the store cannot be read, [`RunError::PromiseBroken`] where parts do not add to the
    /// whole.
    pub fn pair(&mut self) -> Result<Option<&Twin>, RunError> {
        let next = self.runs.iter().filter_map(Sorted::peek).min();
        let Some(who) = next else {
            return Ok(None);
        };
        let twin = &mut self.twin;
        twin.consignment = who;
        for (run, from) in self.runs.iter_mut().enumerate() {
            twin.runs[run].read(from, who)?;
            twin.runs[run].check(who, self.names[run], self.parts)?;
        }
        let [base, variant] = &twin.runs;
        unite(&base.parts, &variant.parts, &mut twin.parts);
        if let Some(difference) = twin.difference() {
            let split: i64 = twin
                .parts
                .iter()
                .map(|(_, [b, v])| *v as i64 - *b as i64)
                .sum();
            if split != difference {
                return Err(RunError::PromiseBroken(format!(
                    "the split of consignment {} adds to {split} ms, its difference is {difference} ms",
                    self.parts.consignment(who)
                )));
            }
        }
        Ok(Some(&self.twin))
    }
}

/// The parts of both, in order; a part that one does not have is zero there.
fn unite(base: &[(PartId, u64)], variant: &[(PartId, u64)], both: &mut Vec<(PartId, [u64; 2])>) {
    both.clear();
    let (mut b, mut v) = (0, 0);
    loop {
        let order = match (base.get(b), variant.get(v)) {
            (Some(x), Some(y)) => x.0.cmp(&y.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let mut one = (PartId(0), [0, 0]);
        if order.is_le() {
            one = (base[b].0, [base[b].1, 0]);
            b += 1;
        }
        if order.is_ge() {
            (one.0, one.1[1]) = variant[v];
            v += 1;
        }
        both.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_only_one_has_are_zero_in_the_other() {
        let p = |n, ms| (PartId(n), ms);
        let mut both = Vec::new();
        unite(
            &[p(1, 10), p(3, 5)],
            &[p(2, 7), p(3, 9), p(8, 1)],
            &mut both,
        );
        let expected = [(1, [10, 0]), (2, [0, 7]), (3, [5, 9]), (8, [0, 1])];
        assert_eq!(both, expected.map(|(n, ms)| (PartId(n), ms)));
    }
}
