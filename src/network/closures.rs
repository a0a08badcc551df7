//! When links and sites are closed: windows of time, dated or outside a local season.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::capacity::instant;
use crate::scenario::{self, Season, YearDay};
use crate::terms::{LinkId, SiteId};
use crate::time::Time;

/// Stretches of time, each `[from, until)`: sorted, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<(Time, Time)>);

impl Windows {
    /// The union of `stretches`.
    pub fn new(mut stretches: Vec<(Time, Time)>) -> Self {
        stretches.retain(|(from, until)| from < until);
        stretches.sort_unstable();
        let mut apart: Vec<(Time, Time)> = Vec::new();
        for (from, until) in stretches {
            match apart.last_mut() {
                Some((_, last)) if from <= *last => *last = until.max(*last),
                _ => apart.push((from, until)),
            }
        }
        Windows(apart)
    }

    /// The union of several.
    pub fn union<'w>(all: impl IntoIterator<Item = &'w Windows>) -> Self {
        Windows::new(all.into_iter().flat_map(|w| w.0.iter().copied()).collect())
    }

    /// When the window that holds `now` ends; `None` where none does.
    pub fn until(&self, now: Time) -> Option<Time> {
        let begun = self.0.partition_point(|(from, _)| *from <= now);
        let (_, until) = *self.0.get(begun.checked_sub(1)?)?;
        (now < until).then_some(until)
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each window.
    pub fn iter(&self) -> impl Iterator<Item = (Time, Time)> + '_ {
        self.0.iter().copied()
    }
}

/// Closures that are known beforehand; both lists are empty where there are none at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closures {
    /// By site.
    pub sites: Vec<Windows>,
    /// By link.
    pub links: Vec<Windows>,
}

impl Closures {
    /// True where nothing is ever closed.
    pub fn is_empty(&self) -> bool {
        self.sites.iter().chain(&self.links).all(Windows::is_empty)
    }

    /// When `site`, closed at `now`, opens again; `None` where it is open.
    pub fn site(&self, site: SiteId, now: Time) -> Option<Time> {
        self.sites.get(site.index())?.until(now)
    }

    /// When `link`, closed at `now`, opens again; `None` where it is open.
    pub fn link(&self, link: LinkId, now: Time) -> Option<Time> {
        self.links.get(link.index())?.until(now)
    }
}

/// The local days of a zone: each with its first instant, from the day of the start to the first after `until`.
pub fn local_days(
    zone: &TimeZone,
    start: Timestamp,
    until: Time,
) -> Result<Vec<(Date, Time)>, jiff::Error> {
    let local = |at: Time| -> Result<Date, jiff::Error> {
        Ok(zone
            .to_datetime(start.checked_add((at.ms() as i64).milliseconds())?)
            .date())
    };
    let (mut day, last) = (local(Time::ZERO)?, local(until)?.checked_add(1.day())?);
    let mut days = Vec::new();
    while day <= last {
        days.push((day, instant(day, 0, zone, start)?));
        day = day.tomorrow()?;
    }
    Ok(days)
}

/// The windows of a season over `days` (or of the time outside it).
pub fn season(days: &[(Date, Time)], season: &Season, inside: bool) -> Windows {
    let holds = |day: &Date| {
        season.holds(YearDay {
            month: day.month() as u8,
            day: day.day() as u8,
        })
    };
    let windows = days
        .iter()
        .enumerate()
        .filter(|(_, (day, _))| holds(day) == inside);
    let next = |n: usize| days.get(n + 1).map_or(Time::MAX, |(_, from)| *from);
    Windows::new(windows.map(|(n, (_, from))| (*from, next(n))).collect())
}

/// The closures of a place whose local days are `days`.
pub fn of_place(closures: &scenario::Closures, days: &[(Date, Time)]) -> Windows {
    let dated = Windows::new(closures.dated.iter().map(|w| (w.from, w.until)).collect());
    match &closures.open_season {
        Some(open) => Windows::union([&dated, &season(days, open, false)]),
        None => dated,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::time::MS_PER_HOUR;

    fn windows(hours: &[(u64, u64)]) -> Windows {
        let ms = |h: u64| Time::from_ms(h * MS_PER_HOUR);
        Windows::new(
            hours
                .iter()
                .map(|(from, until)| (ms(*from), ms(*until)))
                .collect(),
        )
    }

    #[test]
    fn windows_that_touch_are_one_and_empty_ones_are_none() {
        let all = windows(&[(5, 7), (1, 2), (7, 9), (3, 3), (6, 8)]);
        assert_eq!(all, windows(&[(1, 2), (5, 9)]));
    }

    #[test]
    fn a_window_holds_its_first_instant_and_not_its_end() {
        let all = windows(&[(1, 2), (5, 9)]);
        let until = |h: u64| {
            all.until(Time::from_ms(h * MS_PER_HOUR))
                .map(|t| t.ms() / MS_PER_HOUR)
        };
        assert_eq!(
            [0, 1, 2, 4, 5, 8, 9].map(until),
            [None, Some(2), None, None, Some(9), Some(9), None]
        );
    }

    #[test]
    fn a_season_opens_and_closes_at_local_midnight() {
        // Almaty was UTC+6 until the end of February 2024 and is UTC+5 since: 29 February had 25 hours, from 18:00 UTC
        // of the day before; 1 March begins at 19:00 UTC, 25 h after the start, 2 March 49 h after it.
        let zone = TimeZone::get("Asia/Almaty").unwrap();
        let start = "2024-02-28T18:00:00Z".parse().unwrap();
        let days = local_days(&zone, start, Time::from_ms(72 * MS_PER_HOUR)).unwrap();
        let march = Season(vec![(
            YearDay { month: 3, day: 1 },
            YearDay { month: 3, day: 1 },
        )]);
        assert_eq!(season(&days, &march, true), windows(&[(25, 49)]));
        let outside = season(&days, &march, false);
        assert_eq!(
            outside.until(Time::ZERO),
            Some(Time::from_ms(25 * MS_PER_HOUR))
        );
        assert_eq!(
            outside.until(Time::from_ms(49 * MS_PER_HOUR)),
            Some(Time::MAX)
        );
    }
}
