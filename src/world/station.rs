//! A station's queue and servers.

use super::StationLevel;
use super::floor::Floor;
use super::job::JobId;
use super::queue::JobQueue;
use crate::terms::EntityId;
use crate::time::Time;

/// A job in a queue; the order of its fields is the order of service: priority, then who came first, ties by
/// consignment, visit, step, unit. A joint visit has one key in all its queues.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Job {
    /// Its class, with [`NOT_STARTED`] unless it has come back to the head of the queue.
    pub priority: u8,
    pub joined: Time,
    pub entity: EntityId,
    pub call: u8,
    pub step: u8,
    pub unit: u16,
    pub visit: u32,
    /// Part of a joint visit: a server that comes free is kept for it until all are.
    pub joint: bool,
}

/// Added to the class of a job that has not started: those that have come back to the head of the queue go first.
pub(super) const NOT_STARTED: u8 = 128;

impl Job {
    /// Its class: lower goes first.
    pub fn class(&self) -> u8 {
        self.priority & !NOT_STARTED
    }

    pub fn id(&self) -> JobId {
        JobId {
            visit: self.visit,
            step: self.step,
            unit: self.unit,
        }
    }
}

/// A station.
#[derive(Clone, Debug, Default)]
pub(super) struct Station {
    pub on_duty: u32,
    pub busy: u32,
    /// Servers that blocked visits keep.
    pub blocked: u32,
    /// Joint visits that a server is kept for, each with its place in the queue.
    pub claims: Vec<Job>,
    pub queue: JobQueue,
    /// Stations whose officers and queue this one has taken over.
    pub guests: Vec<u16>,
    /// The station that has taken this one over.
    pub host: Option<u16>,
    /// Its work in hand, where that can be interrupted.
    pub floor: Option<Box<Floor>>,
    /// A slot event is on its way.
    pub slot_due: bool,
    /// Its servers are counted: officers, lanes, machines.
    pub staffed: bool,
}

impl Station {
    /// Who comes free takes the first of the queue, and no more is to be asked: nobody's server is kept or lent, and no
    /// work is interrupted.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.floor.is_none()
            && self.host.is_none()
            && self.guests.is_empty()
            && self.claims.is_empty()
    }

    /// A plain station has a server free.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        self.on_duty > self.busy + self.blocked
    }

    #[inline]
    pub fn level(&self) -> StationLevel {
        StationLevel {
            on_duty: self.on_duty,
            busy: self.busy,
            held: self.claims.len() as u32,
            blocked: self.blocked,
            waiting: self.queue.len() as u32,
        }
    }
}
