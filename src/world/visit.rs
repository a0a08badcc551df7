//! A visit: one consignment's or batch's stay at a site, and how far it has come.

use super::papers::Papers;
use super::pools::Asked;
use super::{Cargo, Fact, FactKind, NO_STEP};
use crate::terms::{ActorKind, HourKind};
use crate::time::{Span, Time};

/// Stands for "no visit".
pub(super) const NO_VISIT: u32 = u32::MAX;
/// Stands for "no plan".
pub(super) const NO_PLAN: u16 = u16::MAX;
/// On a record's trigger: the step is the parent batch's.
pub(super) const OF_PARENT: u8 = 0x80;

/// Where a visit stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Only the data has come.
    Ahead,
    /// The cargo has come; its steps are not yet chosen.
    Come,
    /// The cargo has come and waits outside the gate.
    Outside,
    /// Steps are under way.
    Working,
    /// All steps are done; it waits for a departure.
    Waiting,
    /// The cargo is released; its papers are audited.
    Audit,
    /// Its place is free.
    Gone,
}

/// Where a visit stands with the site's entry control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gatekept {
    /// It has not met it.
    New,
    /// It waits outside.
    Out,
    /// It has been let in.
    In,
}

/// One step of a visit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// When all that it waits for was done.
    pub ready: Time,
    /// When it joined the queue (after the hand-over).
    pub joined: Time,
    /// When its last job started.
    pub started: Time,
    /// When its last job ended.
    pub ended: Time,
    /// The step whose end made it ready; [`NO_STEP`]: the arrival.
    pub trigger: u8,
    /// Jobs (or, in a batch that waits, members' visits) still to be done.
    pub left: u32,
    /// The member's visit that did it last, in a batch.
    pub by: u32,
}

impl Default for Record {
    fn default() -> Self {
        Record {
            ready: Time::ZERO,
            joined: Time::ZERO,
            started: Time::ZERO,
            ended: Time::ZERO,
            trigger: NO_STEP,
            left: 0,
            by: NO_VISIT,
        }
    }
}

/// Time that a step took beside the last attempt at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detour {
    pub step: u8,
    /// What it waited for; `None` for the hours of an attempt that was rejected.
    pub why: Option<Papers>,
    pub actor: ActorKind,
    pub kind: HourKind,
    pub from: Time,
    pub to: Time,
}

/// A consignment on a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub cargo: Cargo,
    /// Its own visit, where it has steps of its own.
    pub visit: u32,
}

/// A visit.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub cargo: Cargo,
    /// Key of its draws.
    pub draw: u64,
    pub plan: u16,
    pub cell: u16,
    pub epoch: u8,
    /// Earlier calls at the site.
    pub call: u8,
    pub stage: Stage,
    /// The step that has the cargo, or [`NO_STEP`].
    pub cargo_at: u8,
    /// The step that ended last.
    pub last: u8,
    pub dirty: bool,
    /// Nothing about it is out of the common: see `world/straight.rs`.
    pub straight: bool,
    /// Of which parts of the plan the data came ahead: a bit a part.
    pub ahead: u8,
    /// For which parts of the plan it counts as an authorised economic operator: a bit a part.
    pub aeo: u8,
    pub released: bool,
    /// An audit of a measured consignment.
    pub counts: bool,
    /// Has met a step that is reported apart.
    pub apart: bool,
    pub began: Time,
    pub arrived: Time,
    pub released_at: Time,
    /// Steps that take place; those under way or done; those done.
    pub applies: u64,
    pub begun: u64,
    pub done: u64,
    /// Steps that have begun to take what they need.
    pub equipped: u64,
    pub saved_declaration: Span,
    pub saved_setup: Span,
    pub examined_by: u32,
    pub fees: f64,
    pub records: Vec<Record>,
    /// Troubles with documents, in order.
    pub detours: Vec<Detour>,
    pub members: Vec<Member>,
    /// The batch's visit, for a member's.
    pub parent: u32,
    /// Members' visits that still need this batch's records.
    pub children: u32,
    /// A joint visit: stations that are needed, and how many of them have kept a server.
    pub needed: Vec<u16>,
    pub claimed: u32,
    /// What it has asked for and not yet used.
    pub asked: Vec<Asked>,
    /// Which of the gates before departure it stands at; whether it stands at one.
    pub gate: u8,
    pub gated: bool,
    /// Its data is void: nothing more of it starts.
    pub void: bool,
    /// It leaves as soon as it is out of service.
    pub doomed: bool,
    /// It waits because the next site's gate is full, since when.
    pub halted: bool,
    pub held_since: Time,
    /// The station whose server it keeps while it is blocked.
    pub kept: Option<u16>,
    /// The station whose officer is with a joint visit to its end.
    pub stayed: Option<u16>,
    /// The yard in which it has a place, or where one is reserved for it.
    pub place: Option<u16>,
    /// When it was let in.
    pub inside: Time,
    /// Where it stands with entry control here.
    pub gatekept: Gatekept,
    /// It may depart: it has booked its arrival window, or need not.
    pub booked: bool,
    /// Waits whose cause is known, in order of their ends.
    pub waits: Vec<Wait>,
}

/// A wait whose cause is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wait {
    /// The step that waited to be queued, or [`NO_STEP`] for a gate.
    pub step: u8,
    pub actor: ActorKind,
    pub kind: HourKind,
    pub from: Time,
    pub to: Time,
}

impl Visit {
    #[inline]
    pub fn new(cargo: Cargo, draw: u64, now: Time) -> Self {
        Visit {
            cargo,
            draw,
            plan: NO_PLAN,
            cell: u16::MAX,
            epoch: 0,
            call: 0,
            stage: Stage::Come,
            cargo_at: NO_STEP,
            last: NO_STEP,
            dirty: false,
            straight: false,
            ahead: 0,
            aeo: 0,
            released: false,
            counts: false,
            apart: false,
            began: now,
            arrived: now,
            released_at: Time::MAX,
            applies: 0,
            begun: 0,
            done: 0,
            equipped: 0,
            saved_declaration: Span::ZERO,
            saved_setup: Span::ZERO,
            examined_by: 0,
            fees: 0.0,
            records: Vec::new(),
            detours: Vec::new(),
            members: Vec::new(),
            parent: NO_VISIT,
            children: 0,
            needed: Vec::new(),
            claimed: 0,
            asked: Vec::new(),
            gate: 0,
            gated: false,
            void: false,
            doomed: false,
            halted: false,
            held_since: now,
            kept: None,
            stayed: None,
            place: None,
            inside: now,
            gatekept: Gatekept::New,
            booked: false,
            waits: Vec::new(),
        }
    }

    /// Begins another visit in the place of one that is gone, whose lists' memory it keeps. Field by field, since
    /// a visit is too large to be made elsewhere and moved.
    #[inline]
    pub fn renew(&mut self, cargo: Cargo, draw: u64, now: Time) {
        let fresh = Visit::new(cargo, draw, now);
        macro_rules! take_over {
            (fields $($field:ident)*, lists $($list:ident)*, kept_as_it_is $($kept:ident)*) => {
                let Visit { $($field,)* $($list: _,)* $($kept: _,)* } = fresh;
                $(self.$field = $field;)*
                $(if !self.$list.is_empty() { self.$list.clear(); })*
            };
        }
        take_over!(
            fields cargo draw plan cell epoch call stage cargo_at last dirty straight ahead aeo released counts apart began
                arrived released_at applies begun done saved_declaration saved_setup examined_by fees parent children
                claimed gate gated doomed halted held_since kept stayed place equipped void inside gatekept booked,
            lists detours members needed asked waits,
            kept_as_it_is records
        );
    }

    /// A fact about it.
    #[inline(always)]
    pub fn fact(&self, now: Time, kind: FactKind, step: u8, attempt: u16, detail: u64) -> Fact {
        Fact {
            time: now,
            entity: self.cargo.entity,
            visit: self.call,
            plan: self.plan,
            step,
            attempt,
            kind,
            detail,
            measured: self.measured(),
        }
    }

    pub fn is_batch(&self) -> bool {
        self.cargo.entity.is_batch()
    }

    /// True where it counts as an authorised economic operator for a part of its plan.
    pub fn is_aeo(&self, part: u8) -> bool {
        self.aeo >> part & 1 == 1
    }

    pub fn measured(&self) -> bool {
        self.cargo.is(Cargo::MEASURED)
    }

    /// What it has asked for at a gate.
    pub fn asked_at_gate(&self) -> Option<Asked> {
        self.asked.iter().copied().find(|a| a.step == NO_STEP)
    }

    /// What it had asked for at a gate is used.
    pub fn clear_gate(&mut self) {
        self.asked.retain(|a| a.step != NO_STEP);
    }

    /// Consignments present with it.
    pub fn consignments(&self) -> u32 {
        match (self.is_batch(), self.members.len()) {
            (false, _) => 1,
            // Before the members come, the header says how many they are.
            (true, 0) => self.cargo.crossing.ms() as u32,
            (true, n) => n as u32,
        }
    }
}
