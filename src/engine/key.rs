//! The total order of events: (time, phase, kind, priority, entity, visit, step, attempt).
//!
//! The site is the logical process itself; an event list is local to one, so the site needs no place in
//! the key. Nothing depends on the order of insertion.

use crate::time::Time;

/// The phases of an instant, in their order (semantics section 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Phase {
    /// Exogenous changes: reforms, calendars, breakdowns.
    Changes = 0,
    /// Completions and arrivals: they only join queues.
    Happenings = 1,
}

/// The key of an event: unique within its logical process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    time: Time,
    /// phase (8 bits), kind (8), priority (8), free (40).
    rank: u64,
    entity: u64,
    /// visit (8 bits), step (16), attempt (40).
    part: u64,
}

impl Key {
    /// A key from its parts; `kind` is the world's own number for the kind of event.
    pub const fn new(time: Time, phase: Phase, kind: u8, priority: u8, entity: u64) -> Self {
        let rank = ((phase as u64) << 56) | ((kind as u64) << 48) | ((priority as u64) << 40);
        Key {
            time,
            rank,
            entity,
            part: 0,
        }
    }

    /// The same key for one `visit`, `step` and `attempt` (or member, or container) of the entity.
    pub const fn part(mut self, visit: u8, step: u16, attempt: u32) -> Self {
        self.part = ((visit as u64) << 56) | ((step as u64) << 40) | attempt as u64;
        self
    }

    /// When the event happens.
    pub const fn time(&self) -> Time {
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_by_time_then_phase_then_kind_then_priority_then_entity_then_part() {
        let key = |t, phase, kind, priority, entity| {
            Key::new(Time::from_ms(t), phase, kind, priority, entity)
        };
        let mut keys = vec![
            key(1, Phase::Changes, 9, 9, 9),
            key(1, Phase::Happenings, 0, 1, 9),
            key(1, Phase::Happenings, 1, 0, 1),
            key(1, Phase::Happenings, 1, 0, 2).part(0, 1, 0),
            key(1, Phase::Happenings, 1, 0, 2).part(0, 1, 1),
            key(1, Phase::Happenings, 1, 0, 2).part(1, 0, 0),
            key(2, Phase::Changes, 0, 0, 0),
        ];
        let sorted = keys.clone();
        keys.reverse();
        keys.sort();
        assert_eq!(keys, sorted);
    }
}
