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

/// Reads a number with a unit; the error is a reason and a remedy.
pub fn parse(text: &str) -> Result<Measured, (String, String)> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            let exponent = (c == 'e' || c == 'E')
                && text[..at].ends_with(|p: char| p.is_ascii_digit())
                && text[at + 1..].starts_with(|n: char| n.is_ascii_digit() || n == '-' || n == '+');
            !(c.is_ascii_digit() || "+-._".contains(c) || exponent)
        })
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = (text[..end].replace('_', ""), text[end..].trim());
    let Ok(number) = digits.parse::<f64>() else {
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
    if let Some((counted, period)) = unit.split_once('/') {
        let (counted, period) = (counted.trim(), short(period.trim()));
        let Some(&(_, days)) = PERIODS.iter().find(|(name, _)| *name == period) else {
            let known = PERIODS.iter().map(|(name, _)| *name);
            let remedy = nearest(period, known).map_or(
                "known: `min`, `h`, `day`, `week`, `year`".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            return Err((format!("unknown unit of time `{period}`"), remedy));
        };
        if counted == "USD" {
            return Ok(Measured {
                dimension: Dimension::ValueOfTime,
                value: number / (days * 24.0),
                counted: "",
            });
        }
        let singular = counted.strip_suffix('s').unwrap_or(counted);
        let Some(counted) = COUNTED
            .iter()
            .find(|name| **name == singular)
            .or((counted.is_empty()).then_some(&""))
        else {
            let remedy = nearest(singular, COUNTED.iter().copied())
                .map_or(format!("known: {}", COUNTED.join("s, ") + "s"), |name| {
                    format!("did you mean `{name}s`?")
                });
            return Err((format!("unknown thing `{counted}` in a rate"), remedy));
        };
        return Ok(Measured {
            dimension: Dimension::Rate,
            value: number / days,
            counted,
        });
    }
    match UNITS.iter().find(|(name, ..)| *name == short(unit)) {
        Some(&(_, dimension, factor)) => Ok(Measured {
            dimension,
            value: number * factor,
            counted: "",
        }),
        None => {
            let known = UNITS
                .iter()
                .map(|(name, ..)| *name)
                .chain(SPELLINGS.iter().map(|(long, _)| *long));
            let remedy = nearest(unit, known)
                .map_or(String::new(), |name| format!("did you mean `{name}`?"));
            Err((format!("unknown unit `{unit}`"), remedy))
        }
    }
}

/// The quantity that `node` is, of the dimension that is needed, at least 0.
fn quantity(node: &Node, reader: &mut Reader<'_, '_>, needed: Dimension) -> Option<Measured> {
    let write = format!("write {} such as {}", needed.what(), needed.example());
    let text = match &node.value {
        Value::String(text) => text,
        Value::Integer(_) | Value::Float(_) => {
            reader.error(
                node.spot,
                format!("`{}` has no unit", node.to_toml()),
                write,
            );
            return None;
        }
        _ => {
            reader.error(
                node.spot,
                format!("this is {}, not {}", needed.what(), node.what()),
                write,
            );
            return None;
        }
    };
    let measured = match parse(text) {
        Ok(measured) => measured,
        Err((reason, remedy)) => {
            reader.error(
                node.spot,
                reason,
                if remedy.is_empty() { write } else { remedy },
            );
            return None;
        }
    };
    if measured.dimension != needed {
        let message = format!(
            "`{text}` is {}, where {} is needed",
            measured.dimension.what(),
            needed.what()
        );
        reader.error(node.spot, message, write);
        return None;
    }
    if measured.value < 0.0 {
        reader.error(
            node.spot,
            format!("`{text}` is negative"),
            format!("{} is at least 0", needed.what()),
        );
        return None;
    }
    Some(measured)
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
    fn what_is_no_quantity_is_refused_with_a_reason() {
        assert_eq!(parse("45").unwrap_err().0, "`45` has no unit");
        assert_eq!(parse("45 mni").unwrap_err().1, "did you mean `min`?");
        assert_eq!(
            parse("soon").unwrap_err().0,
            "`soon` does not start with a number"
        );
        assert_eq!(
            parse("3 cows/day").unwrap_err().0,
            "unknown thing `cows` in a rate"
        );
        assert_eq!(
            parse("3 trains/fortnight").unwrap_err().0,
            "unknown unit of time `fortnight`"
        );
    }
}
