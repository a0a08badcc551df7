//! The future event list of one logical process, ordered by [`Key`]: a sorted list while it is short, a four-ary heap
//! when it is long.
//!
//! A short list, such as a site's with few servers at work, fits a few cache lines, and most of what is scheduled
//! belongs near its end: insertion there costs less than a heap's sifting. Four children a node halve the depth of a
//! binary heap and keep siblings in neighbouring cache lines (LaMarca and Ladner, "The influence of caches on the
//! performance of heaps", 1996).

use super::Key;
use crate::time::Time;

/// Events to come, least key first.
///
/// What is ordered is sixteen bytes an event, its time and its place in a slab: all that is read, save where two
/// events share an instant and their whole keys decide.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    /// While short, sorted, the least key last; else a heap, the least key first.
    order: Vec<(Time, u32)>,
    short: bool,
    slab: Vec<(Key, E)>,
    free: Vec<u32>,
}

const ARITY: usize = 4;
/// A list that outgrows this becomes a heap.
const LONGEST_SHORT: usize = 40;
/// A heap that shrinks to this becomes a sorted list: well below, so that none goes to and fro.
const SHORT_AGAIN: usize = 10;

impl<E: Copy> Default for FutureEventList<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> FutureEventList<E> {
    /// An empty list.
    pub const fn new() -> Self {
        FutureEventList {
            order: Vec::new(),
            short: true,
            slab: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Number of events to come.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True where nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The instant of the next event; [`Time::MAX`] where there is none.
    #[inline]
    pub fn next_time(&self) -> Time {
        let next = if self.short {
            self.order.last()
        } else {
            self.order.first()
        };
        next.map_or(Time::MAX, |(time, _)| *time)
    }

    /// The key of the next event.
    pub fn next_key(&self) -> Option<Key> {
        let (_, place) = if self.short {
            self.order.last()?
        } else {
            self.order.first()?
        };
        Some(self.slab[*place as usize].0)
    }

    #[inline]
    fn before(slab: &[(Key, E)], a: (Time, u32), b: (Time, u32)) -> bool {
        a.0 < b.0 || a.0 == b.0 && slab[a.1 as usize].0 < slab[b.1 as usize].0
    }

    /// Adds an event.
    #[inline(always)]
    pub fn push(&mut self, key: Key, event: E) {
        let place = match self.free.pop() {
            Some(place) => {
                self.slab[place as usize] = (key, event);
                place
            }
            None => {
                self.slab.push((key, event));
                (self.slab.len() - 1) as u32
            }
        };
        let entry = (key.time(), place);
        if self.short && self.order.len() < LONGEST_SHORT {
            self.insert(entry);
        } else {
            self.push_long(entry);
        }
    }

    /// Into the sorted list, from the end where the soonest are.
    #[inline(always)]
    fn insert(&mut self, entry: (Time, u32)) {
        self.order.push(entry);
        let (order, slab) = (&mut self.order[..], &self.slab[..]);
        for place in (1..order.len()).rev() {
            let sooner = order[place - 1];
            if !Self::before(slab, sooner, entry) {
                order[place] = entry;
                return;
            }
            order[place] = sooner;
        }
        order[0] = entry;
    }

    #[inline(never)]
    fn push_long(&mut self, entry: (Time, u32)) {
        if self.short {
            // A list in rising order is a heap.
            self.short = false;
            self.order.reverse();
        }
        let mut hole = self.order.len();
        self.order.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if !Self::before(&self.slab, entry, self.order[parent]) {
                break;
            }
            self.order[hole] = self.order[parent];
            hole = parent;
        }
        self.order[hole] = entry;
    }

    /// Takes the event of the least key.
    #[inline]
    pub fn pop(&mut self) -> Option<(Key, E)> {
        let place = self.take_first()?;
        Some(self.slab[place as usize])
    }

    /// Takes the event of the least key where no other shares its instant: then the whole key does not matter. Gives
    /// its place for [`FutureEventList::at`].
    #[inline]
    pub(super) fn take_alone(&mut self) -> Option<u32> {
        if self.short {
            let len = self.order.len();
            if len > 1 && self.order[len - 2].0 == self.order[len - 1].0 {
                return None;
            }
        } else {
            let first = self.order.first()?.0;
            let next = self.order.iter().skip(1).take(ARITY);
            if next.into_iter().any(|(at, _)| *at == first) {
                return None;
            }
        }
        self.take_first()
    }

    /// An event that has just been taken.
    #[inline]
    pub(super) fn at(&self, place: u32) -> &E {
        &self.slab[place as usize].1
    }

    /// Takes the first entry out of the order: its place, which holds its event until the next is added.
    #[inline]
    fn take_first(&mut self) -> Option<u32> {
        let (_, place) = if self.short {
            self.order.pop()?
        } else {
            self.pop_long()?
        };
        self.free.push(place);
        Some(place)
    }

    #[inline(never)]
    fn pop_long(&mut self) -> Option<(Time, u32)> {
        let last = self.order.pop()?;
        let first = match self.order.first() {
            Some(&first) => {
                self.sift_down(last);
                first
            }
            None => last,
        };
        if self.order.len() <= SHORT_AGAIN {
            let slab = &self.slab;
            self.short = true;
            self.order
                .sort_unstable_by(|a, b| slab[b.1 as usize].0.cmp(&slab[a.1 as usize].0));
        }
        Some(first)
    }

    /// Puts `entry` into the hole at the top.
    fn sift_down(&mut self, entry: (Time, u32)) {
        let (order, slab) = (&mut self.order[..], &self.slab[..]);
        let len = order.len();
        let mut hole = 0;
        loop {
            let start = hole * ARITY + 1;
            if start >= len {
                break;
            }
            let children = &order[start..(start + ARITY).min(len)];
            let (mut first, mut least) = (start, children[0]);
            for (child, &other) in children.iter().enumerate().skip(1) {
                if Self::before(slab, other, least) {
                    (first, least) = (start + child, other);
                }
            }
            if !Self::before(slab, least, entry) {
                break;
            }
            order[hole] = least;
            hole = first;
        }
        order[hole] = entry;
    }

    /// Takes the event of the least key if it happens at `now`.
    #[inline]
    pub fn pop_at(&mut self, now: Time) -> Option<(Key, E)> {
        if self.next_time() == now {
            self.pop()
        } else {
            None
        }
    }

    /// All events to come, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &(Key, E)> {
        self.order
            .iter()
            .map(|(_, place)| &self.slab[*place as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Phase;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_leave_in_key_order_whatever_the_order_of_insertion(
            mut times in proptest::collection::vec(0u64..50, 0..200)
        ) {
            let key = |t: u64, n: usize| Key::new(Time::from_ms(t), Phase::Happenings, 0, 0, n as u64);
            let mut list = FutureEventList::new();
            for (n, t) in times.iter().enumerate() {
                list.push(key(*t, n), n);
            }
            let mut expected: Vec<_> = times.drain(..).enumerate().map(|(n, t)| key(t, n)).collect();
            expected.sort();
            let mut got = Vec::new();
            while let Some((key, _)) = list.pop() {
                got.push(key);
            }
            prop_assert_eq!(got, expected);
        }

        /// Adding and taking by turns, past the lengths at which the list changes its form and back.
        #[test]
        fn the_least_key_leaves_whatever_form_the_list_has(
            turns in proptest::collection::vec((any::<bool>(), 0usize..60, 0u64..40), 0..12)
        ) {
            let mut list = FutureEventList::new();
            let mut expected = std::collections::BTreeSet::new();
            let mut n = 0;
            for (adds, times, at) in turns {
                for turn in 0..times {
                    if adds {
                        n += 1;
                        let time = Time::from_ms(at + turn as u64 * 7 % 13);
                        let key = Key::new(time, Phase::Happenings, 0, 0, n);
                        list.push(key, n);
                        expected.insert(key);
                    } else {
                        let now = list.next_time();
                        let others = expected.iter().filter(|key| key.time() == now).count();
                        // Alone in its instant or not at all.
                        if let Some(place) = list.take_alone() {
                            prop_assert_eq!(others, 1);
                            let (key, _) = list.slab[place as usize];
                            prop_assert_eq!(Some(key), expected.pop_first());
                        } else {
                            prop_assert_ne!(others, 1);
                            prop_assert_eq!(list.pop().map(|(key, _)| key), expected.pop_first());
                        }
                    }
                }
                prop_assert_eq!(list.len(), expected.len());
                let next = expected.first().map_or(Time::MAX, |key| key.time());
                prop_assert_eq!(list.next_time(), next);
            }
        }
    }
}
