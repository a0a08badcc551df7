//! Entry control, resolved.

use super::names::Lists;
use super::{items, priority, spot_or};
use crate::scenario::collection::List;
use crate::scenario::document::{BookingDoc, CapDoc, Document, EntryDoc, EntrySlotsDoc, SiteDoc};
use crate::scenario::leaf::{Count, Text, Word};
use crate::scenario::model::{
    Booking, Calendar, DailyCap, EntryControl, EntrySlots, PriorityClass, Timetable, Whom,
};
use crate::scenario::quantity::Duration;
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{ActorKind, CalendarId, Mode, Named, Role};
use crate::time::{MS_PER_DAY, MS_PER_MINUTE, Span};

/// The entry control of a site, if it is written.
pub fn entry(
    reader: &mut Reader<'_, '_>,
    site: &SiteDoc,
    document: &Document,
    lists: &Lists,
    calendars: &[Calendar],
) -> Option<EntryControl> {
    let (doc, spot) = site.entry.placed()?;
    let roles = roles(reader, doc);
    let calendar = lists
        .calendars
        .field(reader, &doc.calendar)
        .map(CalendarId::from);
    let lanes = doc.lanes.placed().map_or(Vec::new(), |(list, at)| {
        priority::classes(reader, list, at, lists)
    });
    let mut whose = Whose {
        roles: &roles,
        document,
    };
    let mut caps = Vec::new();
    for (cap, at) in listed(&doc.caps) {
        caps.extend(self::cap(reader, cap, *at, &lanes, lists, &mut whose));
    }
    let mut slots = Vec::new();
    for (slot, at) in listed(&doc.slots) {
        slots.extend(self::slots(reader, slot, *at, &mut whose));
    }
    let booking = doc
        .booking
        .placed()
        .and_then(|(booking, at)| self::booking(reader, booking, at, &mut whose));
    if doc.caps.is_absent()
        && doc.slots.is_absent()
        && doc.booking.is_absent()
        && doc.calendar.is_absent()
    {
        reader.error(
            spot,
            "this entry control keeps nobody out",
            "state `caps`, `slots`, `booking` or a `calendar`; `lanes` only order those outside",
        );
    }
    let local = !doc.caps.is_absent() || calendar.is_some_and(|c| !calendars[c.index()].always);
    if local && site.time_zone.is_absent() {
        let what = if doc.caps.is_absent() {
            "opening hours"
        } else {
            "a cap per local day"
        };
        reader.error(
            spot,
            format!("this entry control has {what}, but its site no time zone"),
            "state time_zone = \"Asia/Almaty\" or another IANA name",
        );
    }
    Some(EntryControl {
        roles,
        actor: doc.actor.get().map_or(ActorKind::Authority, |word| word.0),
        calendar,
        caps,
        slots,
        lanes,
        booking,
    })
}

/// The items of a list that may be absent.
fn listed<T>(field: &Field<List<T>>) -> &[(T, Spot)] {
    field.get().map_or(&[], |list| list.items.as_slice())
}

fn roles(reader: &mut Reader<'_, '_>, doc: &EntryDoc) -> Vec<Role> {
    let Some((list, spot)) = doc.roles.placed() else {
        return Role::ALL.to_vec();
    };
    if list.written == 0 {
        reader.error(
            spot,
            "an entry control of no roles",
            "leave `roles` out for all",
        );
    }
    let mut roles = Vec::new();
    for (Word(role), at) in &list.items {
        if roles.contains(role) {
            reader.error(*at, format!("`{role}` stands twice"), "keep one");
        } else {
            roles.push(*role);
        }
    }
    roles
}

/// What the whom of a rule is checked against.
struct Whose<'a> {
    roles: &'a [Role],
    document: &'a Document,
}

impl Whose<'_> {
    fn whom(
        &self,
        reader: &mut Reader<'_, '_>,
        role: &Field<Word<Role>>,
        mode: &Field<Word<Mode>>,
        direction: &Field<Text>,
    ) -> Whom {
        if let Some((Word(role), spot)) = role.placed()
            && !self.roles.contains(role)
        {
            reader.error(
                spot,
                format!("this entry control does not concern `{role}`"),
                "add it to `roles`, or leave this out",
            );
        }
        if let Some((text, spot)) = direction.placed() {
            let flows = items(&self.document.flows);
            let mut known: Vec<&str> = flows
                .iter()
                .filter_map(|(_, flow)| flow.direction.get().map(|d| d.0.as_str()))
                .collect();
            known.dedup();
            if !known.contains(&text.0.as_str()) {
                let message = format!("no flow has the direction `{}`", text.0);
                reader.unknown(spot, message, &text.0, &known);
            }
        }
        Whom {
            role: role.get().map(|word| word.0),
            mode: mode.get().map(|word| word.0),
            direction: direction.get().map(|text| text.0.clone()),
        }
    }
}

fn cap(
    reader: &mut Reader<'_, '_>,
    doc: &CapDoc,
    at: Spot,
    lanes: &[PriorityClass],
    lists: &Lists,
    whose: &mut Whose<'_>,
) -> Option<DailyCap> {
    let whom = whose.whom(reader, &doc.role, &doc.mode, &doc.direction);
    at_least_one(reader, &doc.per_day, "a cap of 0 lets nobody in, ever");
    let mut reserved: Vec<(PriorityClass, u32)> = Vec::new();
    for (reserve, spot) in listed(&doc.reserved) {
        let Some((class, class_at)) = reserve.class.placed() else {
            continue;
        };
        let one = List {
            items: vec![(class.clone(), class_at)],
            written: 1,
        };
        let found = priority::classes(reader, &one, class_at, lists);
        at_least_one(reader, &reserve.per_day, "a reserve of 0 keeps nothing");
        let (Some(&class), Some(count)) = (found.first(), reserve.per_day.get()) else {
            continue;
        };
        if !lanes.contains(&class) {
            reader.error(
                class_at,
                "places are reserved for a class that is no lane",
                "add it to `lanes`: a vehicle counts by the first lane that it fits",
            );
        } else if reserved.iter().any(|(known, _)| *known == class) {
            reader.error(*spot, "this class has a reserve already", "keep one");
        } else {
            reserved.push((class, count.0));
        }
    }
    let per_day = doc.per_day.get()?.0;
    let kept: u64 = reserved.iter().map(|(_, n)| u64::from(*n)).sum();
    if kept > u64::from(per_day) {
        reader.error(
            spot_or(&doc.reserved, at),
            format!("{kept} places are reserved of {per_day}"),
            "reserve no more than the cap",
        );
    }
    Some(DailyCap {
        whom,
        per_day,
        reserved,
    })
}

fn slots(
    reader: &mut Reader<'_, '_>,
    doc: &EntrySlotsDoc,
    at: Spot,
    whose: &mut Whose<'_>,
) -> Option<EntrySlots> {
    let whom = whose.whom(reader, &doc.role, &doc.mode, &doc.direction);
    at_least_one(reader, &doc.capacity, "a slot that lets nobody in");
    let rate = doc.rate.get()?;
    if rate.per_day <= 0.0 {
        let spot = spot_or(&doc.rate, at);
        reader.error(spot, "no slot ever comes", "state a rate above 0");
        return None;
    }
    let every_ms = MS_PER_DAY as f64 / rate.per_day;
    if every_ms < 1.0 {
        let spot = spot_or(&doc.rate, at);
        reader.error(spot, "more than one slot a millisecond", "");
        return None;
    }
    Some(EntrySlots {
        whom,
        timetable: Timetable {
            every_ms,
            offset: span(&doc.offset, Span::ZERO),
            capacity: doc.capacity.get().map_or(1, |count| count.0),
        },
    })
}

fn booking(
    reader: &mut Reader<'_, '_>,
    doc: &BookingDoc,
    at: Spot,
    whose: &mut Whose<'_>,
) -> Option<Booking> {
    let whom = whose.whom(reader, &doc.role, &doc.mode, &doc.direction);
    at_least_one(reader, &doc.capacity, "a window that takes nobody");
    at_least_one(reader, &doc.attempts, "nobody ever books a window");
    let window = span(&doc.window, Span::ZERO);
    let ahead = span(&doc.ahead, Span::from_ms(14 * MS_PER_DAY));
    let notice = span(&doc.notice, Span::from_ms(10 * MS_PER_MINUTE));
    if notice < Span::TICK {
        let remedy = "a request takes its time: state at least 1 ms";
        reader.error(spot_or(&doc.notice, at), "a notice under 1 ms", remedy);
    }
    if let Some(spot) = doc.window.spot().filter(|_| doc.window.get().is_some()) {
        if window.ms() < MS_PER_MINUTE {
            reader.error(spot, "a window under 1 min", "state at least 1 min");
        } else if ahead < window {
            reader.error(
                spot_or(&doc.ahead, spot),
                "windows are longer than the time within which they can be booked",
                "state `ahead` of at least `window`",
            );
        }
    }
    doc.window.get()?;
    Some(Booking {
        whom,
        window,
        capacity: doc.capacity.get()?.0,
        ahead,
        notice,
        no_show: doc.no_show.get().map_or(0.0, |share| share.0),
        tolerance: span(&doc.tolerance, Span::ZERO),
        attempts: doc.attempts.get().map_or(3, |count| count.0),
    })
}

fn span(field: &Field<Duration>, default: Span) -> Span {
    field
        .get()
        .map_or(default, |duration| Span::from_ms_f64(duration.0))
}

fn at_least_one(reader: &mut Reader<'_, '_>, field: &Field<Count>, message: &str) {
    if let Some((Count(0), spot)) = field.placed() {
        reader.error(spot, message, "state at least 1");
    }
}
