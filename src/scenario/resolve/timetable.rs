//! Timetables: evenly spaced departures.

use super::spot_or;
use crate::scenario::document::TimetableDoc;
use crate::scenario::leaf::Count;
use crate::scenario::model::Timetable;
use crate::scenario::quantity::Rate;
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::time::{MS_PER_DAY, Span};

/// A timetable, if it is written and right.
pub fn timetable(reader: &mut Reader<'_, '_>, field: &Field<TimetableDoc>) -> Option<Timetable> {
    let (doc, spot) = field.placed()?;
    let offset = doc
        .offset
        .get()
        .map_or(Span::ZERO, |offset| Span::from_ms_f64(offset.0));
    departures(reader, &doc.departures, &doc.capacity, offset, spot)
}

/// A timetable from its parts.
pub fn departures(
    reader: &mut Reader<'_, '_>,
    departures: &Field<Rate>,
    capacity: &Field<Count>,
    offset: Span,
    table: Spot,
) -> Option<Timetable> {
    if let Some((rate, spot)) = departures.placed()
        && rate.per_day <= 0.0
    {
        reader.error(spot, "nothing ever departs", "state a rate above 0");
        return None;
    }
    if let Some((count, spot)) = capacity.placed()
        && count.0 == 0
    {
        reader.error(
            spot,
            "a departure without room",
            "state a capacity of at least 1",
        );
        return None;
    }
    let rate = departures.get()?;
    let every_ms = MS_PER_DAY as f64 / rate.per_day;
    if every_ms < 1.0 {
        reader.error(
            spot_or(departures, table),
            "more than one departure a millisecond",
            "",
        );
        return None;
    }
    Some(Timetable {
        every_ms,
        offset,
        capacity: capacity.get()?.0,
    })
}
