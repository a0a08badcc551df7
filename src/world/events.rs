//! What will happen in a site, and what sites tell each other.

use crate::engine::{Key, Phase};
use crate::terms::{EntityId, LinkId};
use crate::time::Time;

// Kinds in the order in which they are handled within a phase.
pub(super) const DUTY: u8 = 0;
pub(super) const DONE: u8 = 0;
pub(super) const FREED: u8 = 1;
pub(super) const HANDED_OVER: u8 = 2;
pub(super) const SLOT: u8 = 3;
pub(super) const ARRIVAL: u8 = 4;
pub(super) const DATA: u8 = 5;
pub(super) const BACKLOG: u8 = 6;
pub(super) const CANDIDATE: u8 = 7;
pub(super) const LINE_DEPARTS: u8 = 8;
pub(super) const LINK_DEPARTS: u8 = 9;

/// What will happen in a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A station's number of servers on duty changes.
    Duty {
        /// Station.
        station: u16,
        /// Position in its list of changes.
        next: u32,
    },
    /// The next candidate arrival of a flow.
    Candidate {
        /// Flow.
        flow: u16,
        /// Its ordinal.
        ordinal: u64,
    },
    /// The opening backlog is there.
    Backlog,
    /// A job is done.
    Done {
        /// Visit.
        visit: u32,
        /// When its service started.
        started: Time,
        /// Station.
        station: u16,
        /// Which of the step's jobs.
        unit: u16,
        /// Step.
        step: u8,
    },
    /// A joint visit is done.
    JointDone {
        /// Visit.
        visit: u32,
        /// Its first listed step.
        step: u8,
    },
    /// An officer's own exam within a joint visit is done.
    Freed {
        /// Station.
        station: u16,
    },
    /// The file has been carried to the next agency.
    HandedOver {
        /// Visit.
        visit: u32,
        /// Step.
        step: u8,
    },
    /// A slot.
    Slot {
        /// Station.
        station: u16,
    },
    /// A service's departure.
    LineDeparts {
        /// Batch line.
        line: u16,
        /// Which.
        departure: u64,
    },
    /// A link's departure.
    LinkDeparts {
        /// Link.
        link: LinkId,
        /// Which.
        departure: u64,
    },
}

impl Event {
    pub(super) fn duty(station: u16, at: Time) -> (Key, Event) {
        Self::duty_change(station, 1, at)
    }

    pub(super) fn duty_change(station: u16, next: u32, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Changes, DUTY, 0, u64::from(station)),
            Event::Duty { station, next },
        )
    }

    pub(super) fn line_departs(line: u16, departure: u64, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, LINE_DEPARTS, 0, u64::from(line)),
            Event::LineDeparts { line, departure },
        )
    }

    pub(super) fn link_departs(link: LinkId, departure: u64, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, LINK_DEPARTS, 0, u64::from(link.0)),
            Event::LinkDeparts { link, departure },
        )
    }
}

/// A consignment (or a batch's header) under way. By value, without pointers: all else about it follows from
/// its keyed draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cargo {
    /// Who.
    pub entity: EntityId,
    /// When it entered the corridor.
    pub born: Time,
    /// When it arrived at the exit side of the border that it is crossing; for a batch's header, the number of
    /// its members.
    pub crossing: Time,
    /// Route.
    pub route: u16,
    /// Commodity.
    pub commodity: u16,
    /// Stop of the route.
    pub leg: u8,
    /// See the constants.
    pub flags: u8,
    /// How it travels.
    pub form: Form,
}

/// How cargo travels between sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// A consignment that travels alone.
    Lone,
    /// A batch's header; its members follow in the same instant.
    Batch,
    /// A member of the batch that came just before it.
    Member,
    /// Data of a consignment or batch, ahead of it.
    Data,
    /// As above, for the entry side's steps at a one-stop post.
    EntryData,
}

impl Cargo {
    /// Entered within the measured window.
    pub const MEASURED: u8 = 1;
    /// Of an authorised economic operator.
    pub const AEO: u8 = 2;
    /// Has met a step that is reported apart.
    pub const APART: u8 = 4;

    /// True where all of `flags` are set.
    pub fn is(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// The key under which a consignment, or a batch with its members, arrives.
    pub(super) fn arrival(at: Time, entity: EntityId, leg: u8) -> Key {
        Key::new(at, Phase::Happenings, ARRIVAL, 0, entity.0).part(0, u16::from(leg), 0)
    }

    /// The key under which data arrives.
    pub(super) fn data(at: Time, entity: EntityId, leg: u8, part: u8) -> Key {
        Key::new(at, Phase::Happenings, DATA, 0, entity.0).part(0, u16::from(leg), u32::from(part))
    }
}

const _: () = assert!(
    size_of::<Cargo>() <= 32,
    "a message between logical processes is at most 32 bytes"
);
