//! The future event list of one logical process: a four-ary heap ordered by [`Key`].
//!
//! Four children a node halve the depth of a binary heap and keep siblings in neighbouring cache lines
//! (LaMarca and Ladner, "The influence of caches on the performance of heaps", 1996).

use super::Key;
use crate::time::Time;

/// Events to come, least key first.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    heap: Vec<(Key, E)>,
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
        FutureEventList { heap: Vec::new() }
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
        self.heap.first().map_or(Time::MAX, |(key, _)| key.time())
    }

    /// Adds an event.
    pub fn push(&mut self, key: Key, event: E) {
        let mut hole = self.heap.len();
        self.heap.push((key, event));
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.heap[parent].0 <= key {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = (key, event);
    }

    /// Takes the event of the least key.
    pub fn pop(&mut self) -> Option<(Key, E)> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else {
            return Some(last);
        };
        let len = self.heap.len();
        let mut hole = 0;
        loop {
            let start = hole * ARITY + 1;
            if start >= len {
                break;
            }
            let mut least = start;
            for child in start + 1..(start + ARITY).min(len) {
                if self.heap[child].0 < self.heap[least].0 {
                    least = child;
                }
            }
            if last.0 <= self.heap[least].0 {
                break;
            }
            self.heap[hole] = self.heap[least];
            hole = least;
        }
        self.heap[hole] = last;
        Some(first)
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
        self.heap.iter()
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
