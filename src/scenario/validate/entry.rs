//! What must hold of a site's entry control.

use super::Faults;
use super::parts::{is_share, is_timetable};
use crate::scenario::model::{EntryControl, PriorityClass, Scenario, Site, Whom};
use crate::time::{MS_PER_MINUTE, Span};

pub(super) fn check_entry(faults: &mut Faults, site: &Site, scenario: &Scenario) {
    let Some(entry) = &site.entry else { return };
    let name = site.name.as_str();
    let calendar = entry
        .calendar
        .is_none_or(|id| id.index() < scenario.calendars.len());
    let known = |class: &PriorityClass| match class {
        PriorityClass::Perishable | PriorityClass::Aeo => true,
        PriorityClass::Commodity(id) => id.index() < scenario.commodities.len(),
        PriorityClass::Flow(id) => id.index() < scenario.flows.len(),
    };
    faults.unless(
        calendar && entry.lanes.iter().all(known) && entry.lanes.len() < usize::from(u8::MAX),
        name,
        "entry control with an unknown calendar, or lanes that cannot be",
    );
    let concerns = |whom: &Whom| whom.role.is_none_or(|role| entry.roles.contains(&role));
    let acts = !(entry.caps.is_empty()
        && entry.slots.is_empty()
        && entry.booking.is_none()
        && entry.calendar.is_none());
    faults.unless(
        acts && !entry.roles.is_empty(),
        name,
        "entry control that keeps nobody out",
    );
    for cap in &entry.caps {
        let kept: u64 = cap.reserved.iter().map(|(_, n)| u64::from(*n)).sum();
        let lanes = cap
            .reserved
            .iter()
            .all(|(class, n)| *n > 0 && entry.lanes.contains(class));
        faults.unless(
            cap.per_day > 0
                && kept <= u64::from(cap.per_day)
                && lanes
                && once(entry, cap)
                && concerns(&cap.whom),
            name,
            "an entry cap that cannot be",
        );
    }
    for slots in &entry.slots {
        faults.unless(
            is_timetable(&slots.timetable) && concerns(&slots.whom),
            name,
            "entry slots that cannot be",
        );
    }
    if let Some(booking) = &entry.booking {
        faults.unless(
            booking.window.ms() >= MS_PER_MINUTE
                && booking.ahead >= booking.window
                && booking.notice >= Span::TICK
                && booking.capacity > 0
                && booking.attempts > 0
                && is_share(booking.no_show)
                && concerns(&booking.whom),
            name,
            "a booking of arrival windows that cannot be",
        );
    }
}

/// True where no lane has two reserves of a cap.
fn once(entry: &EntryControl, cap: &crate::scenario::model::DailyCap) -> bool {
    entry.lanes.iter().all(|lane| {
        let reserves = cap.reserved.iter().filter(|(class, _)| class == lane);
        reserves.count() <= 1
    })
}
