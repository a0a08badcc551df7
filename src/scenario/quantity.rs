//! Quantities with units: durations, distances, money, rates.

use crate::time::{MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND};

use super::diagnostic::nearest;
use super::leaf::leaf_schema;
use super::read::{Read, Reader};
use super::tree::{Node, Value};

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Time, in milliseconds.
    Duration,
    /// Length, in kilometres.
    Distance,
    /// US dollars.
    Money,
    /// Things per day.
    Rate,
    /// US dollars per hour.
    ValueOfTime,
}

impl Dimension {
    fn what(self) -> &'static str {
        match self {
            Dimension::Duration => "a duration",
            Dimension::Distance => "a distance",
            Dimension::Money => "an amount of money",
            Dimension::Rate => "a rate",
            Dimension::ValueOfTime => "a value of time",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Dimension::Duration => "\"45 min\", \"2.5 h\", \"1 d\"",
            Dimension::Distance => "\"1100 km\"",
            Dimension::Money => "\"120 USD\"",
            Dimension::Rate => "\"9 trains/day\", \"300 trucks/day\"",
            Dimension::ValueOfTime => "\"2 USD/h\"",
        }
    }
}

/// A unit without a denominator.
const UNITS: &[(&str, Dimension, f64)] = &[
    ("ms", Dimension::Duration, 1.0),
    ("s", Dimension::Duration, MS_PER_SECOND as f64),
    ("min", Dimension::Duration, MS_PER_MINUTE as f64),
    ("h", Dimension::Duration, MS_PER_HOUR as f64),
    ("d", Dimension::Duration, MS_PER_DAY as f64),
    ("week", Dimension::Duration, 7.0 * MS_PER_DAY as f64),
    ("m", Dimension::Distance, 0.001),
    ("km", Dimension::Distance, 1.0),
    ("USD", Dimension::Money, 1.0),
];

/// Longer spellings of units.
const SPELLINGS: &[(&str, &str)] = &[
    ("second", "s"),
    ("seconds", "s"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("weeks", "week"),
];

/// What a rate may count.
const COUNTED: &[&str] = &[
    "consignment",
    "truck",
    "train",
    "vessel",
    "container",
    "departure",
    "slot",
    "wagon",
    "job",
    "flight",
];

/// Denominators of rates, in days.
const PERIODS: &[(&str, f64)] = &[
    ("min", 1.0 / 1440.0),
    ("h", 1.0 / 24.0),
    ("d", 1.0),
    ("week", 7.0),
    ("year", 365.0),
];

/// A number with its unit, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What it measures.
    pub dimension: Dimension,
    /// In the dimension's own unit.
    pub value: f64,
    /// What a rate counts, in the singular; empty where it does not say.
    pub counted: &'static str,
}

fn short(unit: &str) -> &str {
    SPELLINGS
        .iter()
        .find(|(long, _)| *long == unit)
        .map_or(unit, |(_, short)| short)
}

/// Reads a number with a unit; the error is a reason, and the word that is probably misspelt.
fn parse(text: &str) -> Result<Measured, (String, String)> {
    let text = text.trim();
    let (digits, unit) = text.split_at(number_end(text));
    let unit = unit.trim();
    let Ok(number) = digits.replace('_', "").parse::<f64>() else {
        return Err((
            format!("`{text}` does not start with a number"),
            String::new(),
        ));
    };
    if !number.is_finite() {
        return Err((format!("`{text}` is too large"), String::new()));
    }
    if unit.is_empty() {
        return Err((format!("`{text}` has no unit"), String::new()));
    }
    let measured = |dimension, value, counted| Measured {
        dimension,
        value,
        counted,
    };
    if let Some((counted, period)) = unit.split_once('/') {
        let (counted, period) = (counted.trim(), short(period.trim()));
        let Some(&(_, days)) = PERIODS.iter().find(|(name, _)| *name == period) else {
            return Err((
                format!("unknown unit of time `{period}`"),
                period.to_owned(),
            ));
        };
        if counted == "USD" {
            return Ok(measured(Dimension::ValueOfTime, number / (days * 24.0), ""));
        }
        let singular = counted.strip_suffix('s').unwrap_or(counted);
        return match COUNTED.iter().find(|name| **name == singular) {
            Some(counted) => Ok(measured(Dimension::Rate, number / days, counted)),
            None if counted.is_empty() => Ok(measured(Dimension::Rate, number / days, "")),
            None => Err((
                format!("unknown thing `{counted}` in a rate"),
                singular.to_owned(),
            )),
        };
    }
    match UNITS.iter().find(|(name, ..)| *name == short(unit)) {
        Some(&(_, dimension, factor)) => Ok(measured(dimension, number * factor, "")),
        None => Err((format!("unknown unit `{unit}`"), unit.to_owned())),
    }
}

/// Where the number at the start of `text` ends.
pub(super) fn number_end(text: &str) -> usize {
    let is_exponent = |at: usize| {
        text[..at].ends_with(|c: char| c.is_ascii_digit())
            && text[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')
    };
    let in_number = |at: usize, c: char| {
        c.is_ascii_digit() || "+-._".contains(c) || ("eE".contains(c) && is_exponent(at))
    };
    text.char_indices()
        .find(|&(at, c)| !in_number(at, c))
        .map_or(text.len(), |(at, _)| at)
}

/// How many of `other` one `unit` is; `None` where they measure different things.
pub(super) fn same_measure(unit: &str, other: &str) -> Option<f64> {
    let one = |unit: &str| parse(&format!("1 {unit}")).ok();
    let (unit, other) = (one(unit)?, one(other)?);
    let same = unit.dimension == other.dimension && unit.counted == other.counted;
    same.then(|| unit.value / other.value)
}

/// The words that a quantity of `dimension` may have after its number.
fn words(dimension: Dimension) -> Vec<String> {
    let periods = || {
        PERIODS
            .iter()
            .map(|(name, _)| *name)
            .chain(["day", "hour"])
            .map(str::to_owned)
    };
    match dimension {
        Dimension::Rate => COUNTED
            .iter()
            .map(|name| format!("{name}s"))
            .chain(periods())
            .collect(),
        Dimension::ValueOfTime => periods().collect(),
        _ => {
            let units = UNITS
                .iter()
                .filter(|(_, of, _)| *of == dimension)
                .map(|(name, ..)| *name);
            let long = SPELLINGS
                .iter()
                .filter(|_| dimension == Dimension::Duration)
                .map(|(long, _)| *long);
            units.chain(long).map(str::to_owned).collect()
        }
    }
}

/// Reads a quantity of the dimension that is needed, at least 0; the error is a reason and a remedy.
pub fn measure(text: &str, needed: Dimension) -> Result<Measured, (String, String)> {
    let write = format!("write {} such as {}", needed.what(), needed.example());
    let measured = parse(text).map_err(|(reason, word)| {
        let known = words(needed);
        match nearest(&word, known.iter().map(String::as_str)) {
            Some(name) if !word.is_empty() => (reason, format!("did you mean `{name}`?")),
            _ => (reason, write.clone()),
        }
    })?;
    if measured.dimension != needed {
        let (found, needed) = (measured.dimension.what(), needed.what());
        return Err((
            format!("`{text}` is {found}, where {needed} is needed"),
            write,
        ));
    }
    if measured.value < 0.0 {
        return Err((
            format!("`{text}` is negative"),
            format!("{} is at least 0", needed.what()),
        ));
    }
    Ok(measured)
}

/// The quantity that `node` is, of the dimension that is needed.
fn quantity(node: &Node, reader: &mut Reader<'_, '_>, needed: Dimension) -> Option<Measured> {
    let (reason, remedy) = match &node.value {
        Value::String(text) => match measure(text, needed) {
            Ok(measured) => return Some(measured),
            Err(refusal) => refusal,
        },
        other => {
            let number = matches!(other, Value::Integer(_) | Value::Float(_));
            let reason = match number {
                true => format!("`{}` has no unit", node.to_toml()),
                false => format!("this is {}, not {}", needed.what(), node.what()),
            };
            (
                reason,
                format!("write {} such as {}", needed.what(), needed.example()),
            )
        }
    };
    reader.error(node.spot, reason, remedy);
    None
}

/// Declares a quantity type.
macro_rules! quantities {
    ($($(#[$meta:meta])* $name:ident = $dimension:ident, $pattern:literal;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name(pub f64);

        leaf_schema!($name, { "type": "string", "pattern": $pattern });

        impl Read for $name {
            const LEAF: bool = true;
            const QUANTITY: bool = true;
            fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
                quantity(node, reader, Dimension::$dimension).map(|measured| $name(measured.value))
            }
            fn measure(&self) -> Option<f64> {
                Some(self.0)
            }
        }
    )+ };
}

quantities! {
    /// A duration, in milliseconds.
    Duration = Duration, r"^[0-9]";
    /// A distance, in kilometres.
    Distance = Distance, r"^[0-9].*m$";
    /// An amount of US dollars.
    Money = Money, r"^[0-9].*USD$";
    /// A value of time, in US dollars per hour.
    ValueOfTime = ValueOfTime, r"^[0-9].*USD/";
}

/// A rate, per day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Things a day.
    pub per_day: f64,
    /// What they are, in the singular; empty where the rate does not say.
    pub counted: &'static str,
}

leaf_schema!(Rate, { "type": "string", "pattern": "^[0-9].*/" });

impl Read for Rate {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Measured { value, counted, .. } = quantity(node, reader, Dimension::Rate)?;
        Some(Rate {
            per_day: value,
            counted,
        })
    }
    fn measure(&self) -> Option<f64> {
        Some(self.per_day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> f64 {
        parse(text).expect(text).value
    }

    #[test]
    fn durations_are_milliseconds() {
        assert_eq!(value("45 min"), 2_700_000.0);
        assert_eq!(value("2.5 h"), 9_000_000.0);
        assert_eq!(value("1 day"), 86_400_000.0);
        assert_eq!(value("1_000ms"), 1000.0);
        assert_eq!(value("1e3 s"), 1_000_000.0);
    }

    #[test]
    fn rates_are_per_day_and_say_what_they_count() {
        assert_eq!(
            parse("9 trains/day"),
            Ok(Measured {
                dimension: Dimension::Rate,
                value: 9.0,
                counted: "train"
            })
        );
        assert_eq!(value("2/h"), 48.0);
        assert_eq!(value("70 consignments/week"), 10.0);
        assert_eq!(value("48 USD/day"), 2.0);
    }

    #[test]
    fn what_is_no_quantity_is_refused_with_reason_and_remedy() {
        let refused = |text| measure(text, Dimension::Duration).expect_err(text);
        let write = "write a duration such as \"45 min\", \"2.5 h\", \"1 d\"".to_owned();
        assert_eq!(
            refused("45"),
            ("`45` has no unit".to_owned(), write.clone())
        );
        assert_eq!(
            refused("soon"),
            (
                "`soon` does not start with a number".to_owned(),
                write.clone()
            )
        );
        assert_eq!(refused("45 mni").1, "did you mean `min`?");
        assert_eq!(
            refused("1 km"),
            (
                "`1 km` is a distance, where a duration is needed".to_owned(),
                write
            )
        );
        assert_eq!(refused("-1 h").0, "`-1 h` is negative");
        let refused = |text| measure(text, Dimension::Rate).expect_err(text);
        assert_eq!(refused("3 cows/day").0, "unknown thing `cows` in a rate");
        assert_eq!(refused("3 trians/day").1, "did you mean `trains`?");
        assert_eq!(
            refused("3 trains/fortnight").0,
            "unknown unit of time `fortnight`"
        );
    }
}
