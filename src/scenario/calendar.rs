//! Dates, days of the week and opening hours.

use jiff::civil::Date as CivilDate;
use jiff::tz::TimeZone;

use crate::time::Time;

use super::leaf::{Text, leaf_schema};
use super::read::{Read, Reader};
use super::tree::{Node, Value};

/// An instant: a date (midnight UTC) or an RFC 3339 timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub jiff::Timestamp);

leaf_schema!(Instant, { "type": "string", "description": "A date (midnight UTC) or an RFC 3339 instant." });

/// Reads a date, or an instant with its offset.
fn parse_instant(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant);
    }
    // A civil date with a time but no zone would be read at midnight, and its time be lost.
    if text.len() != 10 {
        return None;
    }
    let date: CivilDate = text.parse().ok()?;
    TimeZone::UTC
        .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
        .ok()
}

/// The text of a date, which TOML may hold with or without quotes.
fn date_text(node: &Node, reader: &mut Reader<'_, '_>) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Datetime(text) => Some(text.clone()),
        _ => {
            reader.error(
                node.spot,
                format!("this is a date, not {}", node.what()),
                "write \"2019-01-31\"",
            );
            None
        }
    }
}

impl Read for Instant {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = date_text(node, reader)?;
        let instant = parse_instant(&text).map(Instant);
        if instant.is_none() {
            let remedy = "write \"2019-01-31\" (midnight UTC) or \"2019-01-31T06:00:00Z\"";
            reader.error(node.spot, format!("`{text}` is no date"), remedy);
        }
        instant
    }
}

impl Instant {
    /// The time since `start`; what lies before it is at the start.
    pub fn since(self, start: jiff::Timestamp) -> Time {
        let ms = self.0.as_millisecond() - start.as_millisecond();
        Time::from_ms(u64::try_from(ms).unwrap_or(0))
    }
}

/// A local date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub CivilDate);

leaf_schema!(Date, { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" });

impl Read for Date {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = date_text(node, reader)?;
        match text.parse::<CivilDate>() {
            Ok(date) if text.len() == 10 => Some(Date(date)),
            _ => {
                reader.error(
                    node.spot,
                    format!("`{text}` is no date"),
                    "write \"2019-01-31\"",
                );
                None
            }
        }
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days of the week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub [bool; 7]);

leaf_schema!(Days, { "type": "string", "description": "Days such as mon-fri, or sat, or mon,wed." });

/// Reads `mon-fri`, `sat`, `mon,wed`, `fri-mon`; the error is the part that is no day.
fn parse_days(text: &str) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    let day = |name: &str| {
        let name = name.trim().to_lowercase();
        DAYS.iter().position(|known| *known == name).ok_or(name)
    };
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        days[at] = true;
        while at != last {
            at = (at + 1) % 7;
            days[at] = true;
        }
    }
    Ok(days)
}

impl Read for Days {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = Text::read(node, reader)?.0;
        match parse_days(&text) {
            Ok(days) => Some(Days(days)),
            Err(word) => {
                reader.unknown(node.spot, format!("unknown day `{word}`"), &word, &DAYS);
                None
            }
        }
    }
}

/// Hours of a shift, in minutes after local midnight; an end past midnight is above 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours(pub u16, pub u16);

leaf_schema!(Hours, { "type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$" });

/// Reads `08:00-20:00`; an end at or before the start is on the next day.
fn parse_hours(text: &str) -> Option<(u16, u16)> {
    let clock = |text: &str| {
        let (hours, minutes) = text.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (clock(from)?, clock(to)?);
    match (from, to) {
        (1440, _) => None,
        (from, to) if from == to => None,
        (from, to) if to > from => Some((from, to)),
        (from, to) => Some((from, to + 1440)),
    }
}

impl Read for Hours {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = Text::read(node, reader)?.0;
        let hours = parse_hours(&text).map(|(from, to)| Hours(from, to));
        if hours.is_none() {
            let remedy =
                "write \"08:00-20:00\", past midnight \"20:00-08:00\", all day \"00:00-24:00\"";
            reader.error(node.spot, format!("`{text}` is no time of opening"), remedy);
        }
        hours
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_utc() {
        let midnight = "2019-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(parse_instant("2019-01-01"), Some(midnight));
        assert_eq!(parse_instant("2019-01-01T05:00:00+05:00"), Some(midnight));
        assert_eq!(parse_instant("2019-02-30"), None);
        assert_eq!(
            parse_instant("2019-01-01T05:00:00"),
            None,
            "an instant needs its offset"
        );
    }

    #[test]
    fn what_lies_before_the_start_is_at_the_start() {
        let start = parse_instant("2019-01-02").unwrap();
        assert_eq!(
            Instant(parse_instant("2019-01-01").unwrap()).since(start),
            Time::ZERO
        );
        assert_eq!(
            Instant(parse_instant("2019-01-03").unwrap()).since(start),
            Time::from_ms(86_400_000)
        );
    }

    #[test]
    fn days_are_ranges_and_lists() {
        assert_eq!(
            parse_days("mon-fri"),
            Ok([true, true, true, true, true, false, false])
        );
        assert_eq!(
            parse_days("fri-mon"),
            Ok([true, false, false, false, true, true, true])
        );
        assert_eq!(
            parse_days("mon, wed"),
            Ok([true, false, true, false, false, false, false])
        );
        assert_eq!(parse_days("mon-fry"), Err("fry".to_owned()));
    }

    #[test]
    fn hours_may_pass_midnight() {
        assert_eq!(parse_hours("08:00-20:00"), Some((480, 1200)));
        assert_eq!(parse_hours("20:00-08:00"), Some((1200, 1920)));
        assert_eq!(parse_hours("00:00-24:00"), Some((0, 1440)));
        assert_eq!(parse_hours("08:00-08:00"), None);
        assert_eq!(parse_hours("25:00-26:00"), None);
        assert_eq!(parse_hours("8-20"), None);
    }
}
