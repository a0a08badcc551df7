//! Opening hours as ticks: calendars in local time, with the zone's history, become the number of servers on
//! duty from each instant.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::scenario::{Calendar, Shift};
use crate::time::{MS_PER_MINUTE, Span, Time};

/// What a desk is staffed with from an instant on.
#[derive(Clone, Copy, Debug)]
pub struct Staffing<'a> {
    /// From.
    pub from: Time,
    /// Servers when fully staffed.
    pub servers: u32,
    /// When.
    pub calendar: &'a Calendar,
}

/// Servers on duty from each instant until `until`, the first at [`Time::ZERO`]; equal neighbours are merged.
///
/// A shift that starts or ends in a gap or fold of local time is read as RFC 5545 does (jiff's "compatible"
/// disambiguation). Where shifts overlap, the one with the larger staff counts.
///
/// # Errors
/// Where the zone is unknown or the start lies beyond the civil calendar.
pub fn on_duty(
    staffing: &[Staffing<'_>],
    zone: &TimeZone,
    start: Timestamp,
    until: Time,
) -> Result<Vec<(Time, u32)>, jiff::Error> {
    let mut duty: Vec<(Time, u32)> = Vec::new();
    for (n, period) in staffing.iter().enumerate() {
        let end = staffing
            .get(n + 1)
            .map_or(until, |next| next.from.min(until));
        if period.from >= end && n + 1 < staffing.len() {
            continue;
        }
        if period.calendar.always {
            push(&mut duty, period.from, period.servers);
            continue;
        }
        for (at, staff) in staff_over(period.calendar, zone, start, period.from, end)? {
            // Rounded up: half of three officers on duty are two.
            push(
                &mut duty,
                at,
                libm::ceil(f64::from(period.servers) * staff - 1e-9).max(0.0) as u32,
            );
        }
    }
    Ok(duty)
}

fn push(duty: &mut Vec<(Time, u32)>, at: Time, servers: u32) {
    match duty.last_mut() {
        Some((_, last)) if *last == servers => {}
        Some((from, last)) if *from == at => *last = servers,
        _ => duty.push((at, servers)),
    }
}

/// The share of staff on duty from each instant of `[from, until)`.
fn staff_over(
    calendar: &Calendar,
    zone: &TimeZone,
    start: Timestamp,
    from: Time,
    until: Time,
) -> Result<Vec<(Time, f64)>, jiff::Error> {
    let local = |at: Time| -> Result<Date, jiff::Error> {
        let at = start.checked_add((at.ms() as i64).milliseconds())?;
        Ok(zone.to_datetime(at).date())
    };
    // A night shift may have started the day before.
    let mut day = local(from)?.checked_sub(2.days())?;
    let last = local(until)?.checked_add(1.day())?;
    let mut turns: Vec<(Time, usize, bool)> = Vec::new();
    let mut staffs: Vec<f64> = Vec::new();
    while day <= last {
        if !calendar.holidays.contains(&day) {
            for shift in &calendar.shifts {
                if shift.days[day.weekday().to_monday_zero_offset() as usize] {
                    let (open, close) = (
                        instant(day, shift.from, zone, start)?,
                        instant(day, shift.to, zone, start)?,
                    );
                    let (open, close) = (open.max(from), close.min(until));
                    if open < close {
                        turns.push((open, staffs.len(), true));
                        turns.push((close, staffs.len(), false));
                        staffs.push(shift.staff);
                    }
                }
            }
        }
        day = day.tomorrow()?;
    }
    turns.sort();
    let mut on: Vec<usize> = Vec::new();
    let mut over = vec![(from, 0.0)];
    for (n, &(at, shift, opens)) in turns.iter().enumerate() {
        if opens {
            on.push(shift);
        } else {
            on.retain(|s| *s != shift);
        }
        if turns.get(n + 1).is_none_or(|next| next.0 > at) {
            let staff = on.iter().map(|s| staffs[*s]).fold(0.0, f64::max);
            match over.last_mut() {
                Some((from, last)) if *from == at => *last = staff,
                _ => over.push((at, staff)),
            }
        }
    }
    Ok(over)
}

/// The tick at which it is `minutes` after midnight of `day` in `zone`.
pub(super) fn instant(
    day: Date,
    minutes: u16,
    zone: &TimeZone,
    start: Timestamp,
) -> Result<Time, jiff::Error> {
    let days = i32::from(minutes / 1440);
    let minutes = minutes % 1440;
    let day = day.checked_add(days.days())?;
    let at: DateTime = day.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
    let at = zone.to_ambiguous_timestamp(at).compatible()?;
    let ms = at.as_millisecond() - start.as_millisecond();
    Ok(Time::from_ms(ms.max(0) as u64))
}

/// The first instants of the years (UTC) that begin after the start and not after `until`.
pub fn years(start: Timestamp, until: Time) -> Vec<Time> {
    let first = TimeZone::UTC.to_datetime(start).year() + 1;
    (first..)
        .map_while(|year| {
            let midnight = Date::new(year, 1, 1).ok()?;
            let at = instant(midnight, 0, &TimeZone::UTC, start).ok()?;
            (at <= until).then_some(at)
        })
        .collect()
}

/// The first instants of the local calendar days until `until`; the first day is the one of the start, and counts from
/// [`Time::ZERO`] on. A midnight that a zone's clocks skip is the first instant after the gap.
///
/// # Errors
/// Where an instant lies beyond the civil calendar.
pub fn days(zone: &TimeZone, start: Timestamp, until: Time) -> Result<Vec<Time>, jiff::Error> {
    let mut day = zone.to_datetime(start).date();
    let mut days = vec![Time::ZERO];
    loop {
        day = day.tomorrow()?;
        let at = instant(day, 0, zone, start)?;
        if at > until {
            return Ok(days);
        }
        days.push(at);
    }
}

/// The grain of rates that vary with the local hour: zones differ from UTC by whole quarters of an hour.
pub const QUARTER: Span = Span::from_ms(15 * MS_PER_MINUTE);

/// A calendar that is always open.
pub fn always() -> Calendar {
    Calendar {
        name: "always".into(),
        always: true,
        shifts: Vec::<Shift>::new(),
        holidays: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::time::MS_PER_HOUR;

    fn day_shift() -> Calendar {
        Calendar {
            name: "day".into(),
            always: false,
            shifts: vec![Shift {
                days: [true, true, true, true, true, false, false],
                from: 480,
                to: 1200,
                staff: 1.0,
            }],
            holidays: vec!["2019-01-02".parse().unwrap()],
        }
    }

    fn hours(zone: &str, start: &str, calendar: &Calendar, days: u64) -> Vec<(u64, u32)> {
        let staffing = [Staffing {
            from: Time::ZERO,
            servers: 3,
            calendar,
        }];
        on_duty(
            &staffing,
            &TimeZone::get(zone).unwrap(),
            start.parse().unwrap(),
            Time::from_ms(days * 24 * MS_PER_HOUR),
        )
        .unwrap()
        .into_iter()
        .map(|(at, n)| (at.ms() / MS_PER_HOUR, n))
        .collect()
    }

    #[test]
    fn a_day_shift_keeps_local_hours_weekends_and_holidays() {
        // 2019-01-01 is a Tuesday; Shanghai is UTC+8, so 08:00 there is 00:00 UTC. Wednesday is a holiday.
        assert_eq!(
            hours("Asia/Shanghai", "2019-01-01T00:00:00Z", &day_shift(), 6),
            [(0, 3), (12, 0), (48, 3), (60, 0), (72, 3), (84, 0)]
        );
    }

    #[test]
    fn the_zones_history_counts() {
        // Kazakhstan became one zone, UTC+5, on 2024-03-01: Almaty's 08:00 moved from 02:00 to 03:00 UTC.
        let hours = hours("Asia/Almaty", "2024-02-28T18:00:00Z", &day_shift(), 3);
        assert_eq!(hours, [(0, 0), (8, 3), (20, 0), (33, 3), (45, 0)]);
    }

    #[test]
    fn days_are_the_zones_own() {
        // Warsaw: 2019-03-31 has 23 hours; local midnights are 23:00 UTC before it and 22:00 UTC after it.
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        let start = "2019-03-30T20:00:00Z".parse().unwrap();
        let days = days(&zone, start, Time::from_ms(60 * MS_PER_HOUR)).unwrap();
        let hours: Vec<u64> = days.iter().map(|at| at.ms() / MS_PER_HOUR).collect();
        assert_eq!(hours, [0, 3, 26, 50]);
    }

    #[test]
    fn a_night_shift_that_began_before_the_start_is_on_duty() {
        let night = Calendar {
            name: "night".into(),
            always: false,
            shifts: vec![Shift {
                days: [true; 7],
                from: 20 * 60,
                to: 32 * 60,
                staff: 0.5,
            }],
            holidays: Vec::new(),
        };
        assert_eq!(
            hours("UTC", "2019-01-01T00:00:00Z", &night, 1),
            [(0, 2), (8, 0), (20, 2), (24, 0)]
        );
    }
}
