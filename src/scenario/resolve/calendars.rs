//! Calendars and their shifts.

use super::names::ALWAYS;
use super::{items, spot_or};
use crate::scenario::document::Document;
use crate::scenario::model::{Calendar, Shift};
use crate::scenario::read::{Field, Reader};

/// The calendars, `always` first.
pub fn calendars(reader: &mut Reader<'_, '_>, document: &Document) -> Vec<Calendar> {
    let always = Calendar {
        name: ALWAYS.to_owned(),
        always: true,
        shifts: Vec::new(),
        holidays: Vec::new(),
    };
    let mut calendars = vec![always];
    for (key, doc) in items(&document.calendars) {
        let mut shifts = Vec::new();
        for (shift, spot) in doc
            .shifts
            .get()
            .map_or(&[][..], |list| list.items.as_slice())
        {
            let Some(hours) = shift.hours.get() else {
                continue;
            };
            if matches!(shift.days, Field::Bad(_)) {
                continue;
            }
            let staff = shift.staff.get().map_or(1.0, |share| share.0);
            if staff == 0.0 {
                reader.error(
                    spot_or(&shift.staff, *spot),
                    "a shift without staff",
                    "leave the shift out",
                );
            }
            let days = shift.days.get().map_or([true; 7], |days| days.0);
            let next = Shift {
                days,
                from: hours.0,
                to: hours.1,
                staff,
            };
            if shifts.iter().any(|earlier| overlap(earlier, &next)) {
                let remedy = "staff is the share on duty: write shifts that follow each other";
                reader.error(*spot, "this shift overlaps an earlier one", remedy);
            }
            shifts.push(next);
        }
        if let Some((list, spot)) = doc.shifts.placed()
            && list.written == 0
        {
            reader.error(
                spot,
                "a calendar without shifts never opens",
                "state a shift, or use `always`",
            );
        }
        let holidays = doc.holidays.get().map_or(Vec::new(), |list| {
            list.items.iter().map(|(date, _)| date.0).collect()
        });
        calendars.push(Calendar {
            name: key.name.clone(),
            always: false,
            shifts,
            holidays,
        });
    }
    calendars
}

/// True where two shifts are on duty at the same minute of some week.
fn overlap(a: &Shift, b: &Shift) -> bool {
    let week = 7 * 1440;
    let starts = |shift: &Shift| {
        let from = i32::from(shift.from);
        (0..7)
            .filter(|&day| shift.days[day as usize])
            .map(|day| day * 1440 + from)
            .collect::<Vec<i32>>()
    };
    let (length_a, length_b) = (i32::from(a.to - a.from), i32::from(b.to - b.from));
    starts(a).iter().any(|&start_a| {
        starts(b).iter().any(|&start_b| {
            (start_b - start_a).rem_euclid(week) < length_a
                || (start_a - start_b).rem_euclid(week) < length_b
        })
    })
}
