//! Entry control as it is written.

use super::priority::ClassDoc;
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Share, Text, Word};
use crate::scenario::quantity::{Duration, Rate};
use crate::terms::{ActorKind, Mode, Role};

document! {
    /// Whom a site lets in, when, and in what order; the others wait outside.
    "control of entry" EntryDoc {
        /// Roles of the visits that it concerns; default: all.
        roles: List<Word<Role>>,
        /// Whose the hours outside are; default: authority.
        actor: Word<ActorKind>,
        /// Opening hours of the gate; default: always.
        calendar: Text,
        /// Most vehicles per local calendar day.
        caps: List<CapDoc>,
        /// Evenly spaced slots in which vehicles are let in.
        slots: List<EntrySlotsDoc>,
        /// Classes that go first, in their order: `"perishable"`, `"aeo"`, `{ commodity = ".." }`, `{ flow = ".." }`.
        lanes: List<ClassDoc>,
        /// Arrival windows that are booked before departure.
        booking: BookingDoc,
    }
}

document! {
    /// A cap on vehicles per local calendar day.
    "cap" CapDoc {
        /// Only visits of this role; default: all.
        role: Word<Role>,
        /// Only vehicles that come in this mode; default: all.
        mode: Word<Mode>,
        /// Only vehicles of flows of this direction; default: all.
        direction: Text,
        /// Vehicles a day.
        per_day: Count = required,
        /// Of these, kept for single lanes.
        reserved: List<ReservedDoc>,
    }
}

document! {
    /// Places of a cap that are kept for one lane.
    "reserve" ReservedDoc {
        /// The lane's class.
        class: ClassDoc = required,
        /// Vehicles a day.
        per_day: Count = required,
    }
}

document! {
    /// Evenly spaced slots in which vehicles are let in.
    "slot" EntrySlotsDoc {
        /// Only visits of this role; default: all.
        role: Word<Role>,
        /// Only vehicles that come in this mode; default: all.
        mode: Word<Mode>,
        /// Only vehicles of flows of this direction; default: all.
        direction: Text,
        /// How many slots: `12/day`.
        rate: Rate = required,
        /// Vehicles that each lets in; default 1.
        capacity: Count,
        /// First slot after the start; default 0 h.
        offset: Duration,
    }
}

document! {
    /// Arrival windows, one after the other from the start.
    "booking" BookingDoc {
        /// Only visits of this role; default: all.
        role: Word<Role>,
        /// Only vehicles that come in this mode; default: all.
        mode: Word<Mode>,
        /// Only vehicles of flows of this direction; default: all.
        direction: Text,
        /// Length of a window.
        window: Duration = required,
        /// Vehicles that each takes.
        capacity: Count = required,
        /// Windows that begin within this time can be booked; default 14 d.
        ahead: Duration,
        /// How long a request or an answer travels; default 10 min.
        notice: Duration,
        /// Probability that a vehicle does not come in the window that it has booked; default 0.
        no_show: Share,
        /// How long after its window's end a vehicle still counts as booked; default 0 h.
        tolerance: Duration,
        /// Windows that a vehicle books at most; default 3.
        attempts: Count,
    }
}
