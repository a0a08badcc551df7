//! What will happen in a site, and what sites tell each other.

use super::papers::Papers;
use super::{Fact, FactKind, NO_STEP};
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
pub(super) const NOTICE: u8 = 10;
pub(super) const REISSUED: u8 = 11;
pub(super) const REPORT: u8 = 12;
pub(super) const GIVES_UP: u8 = 13;
pub(super) const PAPERS: u8 = 14;
pub(super) const SERVED: u8 = 15;
pub(super) const FAILS: u8 = 16;
pub(super) const REPAIRED: u8 = 17;
pub(super) const ENTERS: u8 = 18;
pub(super) const FORM_BY: u8 = 19;
pub(super) const REOPENS: u8 = 20;
pub(super) const VEHICLE_COMES: u8 = 22;
pub(super) const VEHICLE_LEAVES: u8 = 23;
pub(super) const SETS_OUT: u8 = 21;
// In the phase of changes.
pub(super) const SUPPLY: u8 = 1;
pub(super) const ENTRY: u8 = 2;

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
    /// The next candidate, or recorded, arrival of a flow.
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
        /// The joint visit.
        visit: u32,
    },
    /// A job of a station whose work can be interrupted is done, unless it was interrupted.
    Served {
        /// Visit.
        visit: u32,
        /// Station.
        station: u16,
        /// Which of the step's jobs.
        unit: u16,
        /// Step.
        step: u8,
    },
    /// A machine fails, unless an interruption has put it off.
    Fails {
        /// Station.
        station: u16,
        /// Its number.
        machine: u16,
    },
    /// A machine is repaired.
    Repaired {
        /// Station.
        station: u16,
        /// Its number.
        machine: u16,
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
    /// One of a pool can be taken again.
    Reissued {
        /// The pool's place at the site.
        place: u16,
    },
    /// A second vehicle comes.
    VehicleComes {
        /// Fleet.
        fleet: u16,
        /// Which.
        ordinal: u64,
    },
    /// A second vehicle has waited as long as it does.
    VehicleLeaves {
        /// Fleet.
        fleet: u16,
        /// Which.
        ordinal: u64,
    },
    /// The site reports its queues.
    Report {
        /// News service.
        news: u16,
    },
    /// A consignment's patience, or its freshness, ends.
    GivesUp {
        /// Visit.
        visit: u32,
        /// Stop of its route.
        leg: u8,
        /// Who, since the visit's place may be another's by then.
        entity: EntityId,
    },
    /// A pool's supply changes.
    Supply {
        /// The pool's place at the site.
        place: u16,
        /// Position in its list of changes.
        next: u32,
    },
    /// What a step waited for beside its service is there.
    Papers {
        /// Visit.
        visit: u32,
        /// Step.
        step: u8,
        /// What.
        why: Papers,
        /// Who, since it may have given up by then.
        entity: EntityId,
    },
    /// A consignment enters at a time that was set before: a later one of a burst, or an empty.
    Enters {
        /// Who.
        entity: EntityId,
    },
    /// The first consignment of a batch has waited as long as it may.
    FormBy {
        /// Batch line.
        line: u16,
        /// Which beginning of a batch; a later one makes this void.
        begun: u32,
    },
    /// A closed link that someone waits for opens again; `None`: the site itself.
    Reopens {
        /// Link.
        link: Option<LinkId>,
    },
    /// Entry control may let someone in: a day, a slot, a window or the gate's hours begin.
    Entry,
    /// A vehicle that has booked a window sets out, or knows that it has missed it.
    SetsOut {
        /// Who.
        entity: EntityId,
        /// The stop with the window.
        leg: u8,
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

    pub(super) fn supply(place: u16, next: u32, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Changes, SUPPLY, 0, u64::from(place)),
            Event::Supply { place, next },
        )
    }

    pub(super) fn line_departs(line: u16, departure: u64, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, LINE_DEPARTS, 0, u64::from(line)),
            Event::LineDeparts { line, departure },
        )
    }

    pub(super) fn candidate(flow: u16, ordinal: u64, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, CANDIDATE, 0, u64::from(flow)),
            Event::Candidate { flow, ordinal },
        )
    }

    pub(super) fn enters(entity: EntityId, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, ENTERS, 0, entity.0),
            Event::Enters { entity },
        )
    }

    pub(super) fn form_by(line: u16, begun: u32, at: Time) -> (Key, Event) {
        let key = Key::new(at, Phase::Happenings, FORM_BY, 0, u64::from(line));
        (key.part(0, 0, begun), Event::FormBy { line, begun })
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
    /// A request to a pool's owner; for these three see `world/pools.rs`.
    Request,
    /// A grant of it.
    Grant,
    /// The return of what was taken.
    Return,
    /// A gate is full (flags 1) or has room again (flags 0); `crossing` holds the site.
    Halt,
    /// A report of a site's queues; see `world/detours.rs`.
    Report,
    /// A request for an arrival window at stop `leg`; `crossing` holds the site that asks, `commodity` lane and attempt.
    Book,
    /// The answer; `born` holds when the window begins.
    Window,
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

    /// A fact about it as a whole.
    #[inline(always)]
    pub(super) fn fact(&self, now: Time, kind: FactKind, detail: u64) -> Fact {
        Fact {
            time: now,
            entity: self.entity,
            visit: 0,
            plan: u16::MAX,
            step: NO_STEP,
            attempt: 0,
            kind,
            detail,
            measured: self.is(Cargo::MEASURED),
        }
    }

    /// True for two at one stop of one route.
    pub(super) fn at_one_stop(&self, other: &Cargo) -> bool {
        (self.route, self.leg) == (other.route, other.leg)
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
