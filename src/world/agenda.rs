//! What of a site has to be looked at before the instant ends: visits in the order of their keys, stations in that of
//! their numbers; and the hashing of what is looked up by consignment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::terms::EntityId;

/// A visit's key: consignment, call, place.
type VisitKey = (EntityId, u8, u32);

/// Visits that may go on. In most instants there is one, so the first stands outside the heap of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct DirtyVisits {
    first: Option<VisitKey>,
    others: BinaryHeap<Reverse<VisitKey>>,
}

impl DirtyVisits {
    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// One that is not yet among them.
    #[inline]
    pub fn push(&mut self, visit: VisitKey) {
        match &mut self.first {
            None => self.first = Some(visit),
            Some(first) => {
                let later = if visit < *first {
                    std::mem::replace(first, visit)
                } else {
                    visit
                };
                self.others.push(Reverse(later));
            }
        }
    }

    /// Takes the one of the least key: its place.
    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        let (_, _, visit) = self.first?;
        self.first = if self.others.is_empty() {
            None
        } else {
            self.others.pop().map(|Reverse(next)| next)
        };
        Some(visit)
    }

    /// One is not to be looked at any more.
    pub fn forget(&mut self, visit: u32) {
        if self.first.is_some_and(|(_, _, first)| first == visit) {
            self.pop();
        } else {
            self.others.retain(|Reverse((_, _, other))| *other != visit);
        }
    }
}

/// Stations that may start work: a bit a station.
#[derive(Clone, Debug)]
pub(super) struct DirtyStations {
    /// The first 64, which are all that most sites have.
    first: u64,
    others: Vec<u64>,
}

impl DirtyStations {
    /// None of so many.
    pub fn of(stations: usize) -> Self {
        DirtyStations {
            first: 0,
            others: vec![0; stations.div_ceil(64).saturating_sub(1)],
        }
    }

    #[inline]
    pub fn push(&mut self, station: u16) {
        let bit = 1 << (station & 63);
        match usize::from(station >> 6) {
            0 => self.first |= bit,
            later => self.others[later - 1] |= bit,
        }
    }

    /// Whether a station is among them.
    #[inline]
    pub fn contains(&self, station: u16) -> bool {
        let word = match usize::from(station >> 6) {
            0 => self.first,
            later => self.others[later - 1],
        };
        word >> (station & 63) & 1 == 1
    }

    /// Whether there is one.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0 && self.others.iter().all(|word| *word == 0)
    }

    /// Takes the one of the least number.
    #[inline]
    pub fn pop(&mut self) -> Option<u16> {
        if self.first != 0 {
            let bit = self.first.trailing_zeros();
            self.first &= self.first - 1;
            return Some(bit as u16);
        }
        self.pop_later()
    }

    fn pop_later(&mut self) -> Option<u16> {
        for (place, word) in self.others.iter_mut().enumerate() {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some((place as u16 + 1) << 6 | bit as u16);
            }
        }
        None
    }
}

/// Hashes keys that the scenario cannot choose against us: consignments' numbers, and small numbers.
pub(super) type KeyedBy = BuildHasherDefault<KeyHasher>;

/// Multiply and fold, a word at a time.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd1b5_4a32_d192_ed03;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn visits_come_in_the_order_of_their_keys(acts in prop::collection::vec((0u64..9, 0u32..9, 0u8..4), 0..60)) {
            let (mut dirty, mut expected) = (DirtyVisits::default(), BTreeSet::new());
            for (entity, visit, act) in acts {
                let key = (EntityId(entity), 0, visit);
                match act {
                    0 => prop_assert_eq!(dirty.pop(), expected.pop_first().map(|(_, _, visit)| visit)),
                    1 => {
                        dirty.forget(visit);
                        expected.retain(|(_, _, other)| *other != visit);
                    }
                    _ => if !expected.iter().any(|(_, _, other)| *other == visit) {
                        dirty.push(key);
                        expected.insert(key);
                    }
                }
            }
            while let Some(visit) = dirty.pop() {
                prop_assert_eq!(Some(visit), expected.pop_first().map(|(_, _, visit)| visit));
            }
            prop_assert!(expected.is_empty());
        }

        #[test]
        fn stations_come_in_the_order_of_their_numbers(stations in prop::collection::vec(0u16..200, 0..40)) {
            let mut dirty = DirtyStations::of(200);
            stations.iter().for_each(|station| dirty.push(*station));
            let expected = BTreeSet::from_iter(stations);
            prop_assert_eq!(Vec::from_iter(std::iter::from_fn(|| dirty.pop())), Vec::from_iter(expected));
        }
    }
}
