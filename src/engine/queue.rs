//! The future event list of one logical process: a four-ary heap ordered by [`Key`].
//!
//! Four children a node halve the depth of a binary heap and keep siblings in neighbouring cache lines
//! (LaMarca and Ladner, "The influence of caches on the performance of heaps", 1996).

use super::Key;
use crate::time::Time;

/// Events to come, least key first.
///
/// The heap holds sixteen bytes an event, its time and its place in a slab: all that sifting reads, save
/// where two events share an instant and their whole keys decide.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    heap: Vec<(Time, u32)>,
    slab: Vec<(Key, E)>,
    free: Vec<u32>,
}

const ARITY: usize = 4;

impl<E: Copy> Default for FutureEventList<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> FutureEventList<E> {
    /// An empty list.
    pub const fn new() -> Self {
        FutureEventList {
            heap: Vec::new(),
            slab: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Number of events to come.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// True where nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The instant of the next event; [`Time::MAX`] where there is none.
    pub fn next_time(&self) -> Time {
        self.heap.first().map_or(Time::MAX, |(time, _)| *time)
    }

    /// The key of the next event.
    pub fn next_key(&self) -> Option<Key> {
        let (_, place) = self.heap.first()?;
        Some(self.slab[*place as usize].0)
    }

    fn before(&self, a: (Time, u32), b: (Time, u32)) -> bool {
        a.0 < b.0 || a.0 == b.0 && self.slab[a.1 as usize].0 < self.slab[b.1 as usize].0
    }

    /// Adds an event.
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
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if !self.before(entry, self.heap[parent]) {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Takes the event of the least key.
    pub fn pop(&mut self) -> Option<(Key, E)> {
        let last = self.heap.pop()?;
        let first = match self.heap.first() {
            Some(&first) => {
                self.sift_down(last);
                first
            }
            None => last,
        };
        self.free.push(first.1);
        Some(self.slab[first.1 as usize])
    }

    /// Puts `entry` into the hole at the top.
    fn sift_down(&mut self, entry: (Time, u32)) {
        let len = self.heap.len();
        let mut hole = 0;
        loop {
            let start = hole * ARITY + 1;
            if start >= len {
                break;
            }
            let children = &self.heap[start..(start + ARITY).min(len)];
            let (mut first, mut least) = (start, children[0]);
            for (child, &other) in children.iter().enumerate().skip(1) {
                if self.before(other, least) {
                    (first, least) = (start + child, other);
                }
            }
            if !self.before(least, entry) {
                break;
            }
            self.heap[hole] = least;
            hole = first;
        }
        self.heap[hole] = entry;
    }

    /// Takes the event of the least key if it happens at `now`.
    pub fn pop_at(&mut self, now: Time) -> Option<(Key, E)> {
        if self.next_time() == now {
            self.pop()
        } else {
            None
        }
    }

    /// All events to come, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &(Key, E)> {
        self.heap
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
    }
}
