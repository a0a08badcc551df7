//! Entry control: how many vehicles a site lets in, when, and in what order (e-queues, agreed daily numbers, booked
//! arrival windows). Those it keeps out wait outside the gate.

use super::{PriorityClass, Timetable};
use crate::terms::{ActorKind, CalendarId, Mode, Role};
use crate::time::Span;

/// Entry control at a site. A vehicle is a consignment that travels alone, or a train or vessel.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryControl {
    /// Roles of the visits that it concerns.
    pub roles: Vec<Role>,
    /// Whose the hours outside are.
    pub actor: ActorKind,
    /// When vehicles are let in; `None`: at all times.
    pub calendar: Option<CalendarId>,
    /// Most vehicles per local calendar day; all that concern a vehicle must have room.
    pub caps: Vec<DailyCap>,
    /// Evenly spaced slots; all that concern a vehicle must have room.
    pub slots: Vec<EntrySlots>,
    /// Classes, first come first; the rest come after them. Within a class: first come, first in.
    pub lanes: Vec<PriorityClass>,
    /// Arrival windows that are booked before departure.
    pub booking: Option<Booking>,
}

/// Which vehicles a rule concerns: those that have all that is stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whom {
    /// Role of the visit.
    pub role: Option<Role>,
    /// Mode in which the vehicle comes (leaves, at its first site).
    pub mode: Option<Mode>,
    /// Direction of its flow.
    pub direction: Option<String>,
}

/// A cap on vehicles per local calendar day, counted as they are let in.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyCap {
    /// Whom it concerns.
    pub whom: Whom,
    /// Vehicles a day.
    pub per_day: u32,
    /// Of these, kept for single classes of the lanes; what a day leaves of them lapses.
    pub reserved: Vec<(PriorityClass, u32)>,
}

/// Slots: at each, up to `capacity` vehicles that are at the gate are let in.
#[derive(Clone, Debug, PartialEq)]
pub struct EntrySlots {
    /// Whom they concern.
    pub whom: Whom,
    /// When, and how many.
    pub timetable: Timetable,
}

/// Arrival windows, one after the other from the scenario's start.
#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    /// Who books.
    pub whom: Whom,
    /// Length of a window.
    pub window: Span,
    /// Vehicles that one takes.
    pub capacity: u32,
    /// Windows that begin within this time can be booked.
    pub ahead: Span,
    /// How long a request or an answer travels; at least 1 ms.
    pub notice: Span,
    /// Probability that a vehicle does not come in a window that it has booked.
    pub no_show: f64,
    /// How long after its window's end a vehicle still counts as booked.
    pub tolerance: Span,
    /// Windows that a vehicle books at most; after that many missed it comes without.
    pub attempts: u32,
}
