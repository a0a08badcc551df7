//! Factors of a sweep and the values they take, as `PATH=VALUES` writes them: a list `a,b,c`, a range `from:to:step`,
//! or `from:to` for designs that draw values between two ends.

use serde::{Deserialize, Serialize};

use super::points::Factor;
use super::quantity::{number_end, same_measure};

/// The most values that one range may have.
pub const MOST_LEVELS: usize = 1_000;

/// A value that a factor takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// As the scenario is given it: TOML, or bare text.
    pub text: String,
    /// Its number in the factor's unit; `None` where the factor has words for values.
    pub number: Option<f64>,
}

impl Level {
    /// For people: without the quotes of TOML.
    pub fn label(&self) -> &str {
        unquoted(&self.text)
    }
}

/// The values of a factor.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These, in order.
    Listed(Vec<Level>),
    /// Any between two ends, in `unit` (empty where there is none).
    Between {
        /// The least.
        from: f64,
        /// The greatest.
        to: f64,
        /// What stands after the number.
        unit: String,
    },
}

/// A factor and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Vary {
    /// What changes.
    pub factor: Factor,
    /// To what.
    pub values: Values,
    /// What numbers are in, such as `trucks/day`; empty where they have no unit or the values are words.
    pub unit: String,
}

impl Vary {
    /// Reads `PATH=VALUES`.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn parse(text: &str) -> Result<Vary, String> {
        let how = "write PATH=a,b,c or PATH=from:to:step, such as cooperation.information=0:1:0.1";
        let (path, values) = text.split_once('=').ok_or_else(|| how.to_owned())?;
        let (path, values) = (path.trim(), values.trim());
        if path.is_empty() {
            return Err(format!("no path stands before the equals sign: {how}"));
        }
        if values.is_empty() {
            return Err(format!("`{path}` has no values: {how}"));
        }
        let factor = Factor::parse(path);
        let items = split(values, ',');
        if items.iter().any(|item| item.is_empty()) {
            return Err(format!(
                "an empty value stands in `{values}`: remove the comma"
            ));
        }
        if items.len() == 1 && split(values, ':').len() > 1 {
            return range(factor, values);
        }
        let mut levels: Vec<Level> = Vec::with_capacity(items.len());
        for item in items {
            // A regime and its like are bare words; a path's value is TOML, where quotes tell text from number.
            let text = match factor {
                Factor::Path(_) => item,
                _ => unquoted(item),
            };
            if levels.iter().any(|level| level.text == text) {
                return Err(format!("`{text}` is listed twice: name each value once"));
            }
            levels.push(Level {
                text: text.to_owned(),
                number: None,
            });
        }
        let unit = number_all(&mut levels).unwrap_or_default();
        Ok(Vary {
            factor,
            values: Values::Listed(levels),
            unit,
        })
    }

    /// The value at a share in [0, 1) of the way from the first to the last: of listed ones, each has an equal part.
    pub fn at(&self, share: f64) -> Level {
        match &self.values {
            Values::Listed(levels) => {
                let at = (share * levels.len() as f64) as usize;
                levels[at.min(levels.len() - 1)].clone()
            }
            Values::Between { from, to, unit } => {
                // Six digits of the way are far below any interval, and short to read.
                let digits = 5 - libm::log10(to - from).floor() as i32;
                let places = digits.clamp(0, 12) as usize;
                written(from + share * (to - from), places, unit)
            }
        }
    }
}

/// A number with its unit as a level.
fn written(value: f64, places: usize, unit: &str) -> Level {
    let text = format!("{value:.places$}");
    let number = text.parse().unwrap_or(value);
    let text = match unit {
        "" => text,
        unit => format!("{text} {unit}"),
    };
    Level {
        text,
        number: Some(number),
    }
}

/// `from:to:step` or `from:to`.
fn range(factor: Factor, text: &str) -> Result<Vary, String> {
    let how = "write a range as from:to:step, or a value that holds a colon in quotes";
    let parts = split(text, ':');
    if parts.len() > 3 {
        return Err(format!("`{text}` has {} parts: {how}", parts.len()));
    }
    let mut numbers = Vec::with_capacity(3);
    let mut unit = "";
    for part in parts {
        let part = unquoted(part);
        let (digits, own) =
            number(part).ok_or_else(|| format!("`{part}` does not start with a number: {how}"))?;
        if !own.is_empty() && !unit.is_empty() && own != unit {
            return Err(format!(
                "the range `{text}` has two units, `{unit}` and `{own}`: write all of it in one"
            ));
        }
        unit = if own.is_empty() { unit } else { own };
        numbers.push(digits);
    }
    let value = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let (from, to) = (value(numbers[0]), value(numbers[1]));
    let unit = unit.to_owned();
    let Some(step_text) = numbers.get(2) else {
        if to <= from {
            return Err(format!(
                "the range `{text}` does not rise: write the lesser end first"
            ));
        }
        return Ok(Vary {
            factor,
            values: Values::Between {
                from,
                to,
                unit: unit.clone(),
            },
            unit,
        });
    };
    let step = value(step_text);
    if step == 0.0 {
        return Err(format!(
            "the step of `{text}` is zero: write one above zero"
        ));
    }
    if (to - from) * step < 0.0 {
        return Err(format!(
            "the step of `{text}` leads away from its end: write {} instead",
            -step
        ));
    }
    // A step that misses the end by rounding alone still meets it.
    let steps = ((to - from) / step + 1e-9).floor();
    if steps + 1.0 > MOST_LEVELS as f64 {
        return Err(format!(
            "the range `{text}` has {} values, more than {MOST_LEVELS}: take a larger step",
            steps + 1.0
        ));
    }
    let places = decimals(numbers[0]).max(decimals(step_text));
    let levels = (0..=steps as usize)
        .map(|i| written(from + i as f64 * step, places, &unit))
        .collect();
    Ok(Vary {
        factor,
        values: Values::Listed(levels),
        unit,
    })
}

/// Gives listed levels their numbers, all in the unit of the first, which comes back; nothing where one of them is no
/// number or measures something else.
fn number_all(levels: &mut [Level]) -> Option<String> {
    let mut numbers = Vec::with_capacity(levels.len());
    let unit = number(unquoted(&levels[0].text))?.1.to_owned();
    for level in levels.iter() {
        let (digits, own) = number(unquoted(&level.text))?;
        let factor = match own == unit {
            true => 1.0,
            false => same_measure(own, &unit)?,
        };
        numbers.push(digits.parse::<f64>().ok()? * factor);
    }
    for (level, number) in levels.iter_mut().zip(numbers) {
        level.number = Some(number);
    }
    Some(unit)
}

/// A finite number at the start of `text` and the unit after it.
fn number(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (digits, unit) = text.split_at(number_end(text));
    let unit = unit.trim();
    let is_unit = unit.chars().all(|c| c.is_alphabetic() || "/% ".contains(c));
    let finite = digits.parse::<f64>().is_ok_and(f64::is_finite);
    (finite && is_unit).then_some((digits, unit))
}

/// Digits after the decimal point, as written.
fn decimals(number: &str) -> usize {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let places = mantissa.split_once('.').map_or(0, |(_, after)| after.len()) as i64;
    let exponent = exponent.parse::<i64>().unwrap_or(0);
    (places - exponent).clamp(0, 15) as usize
}

/// Without the quotes of a TOML string, where it is one.
fn unquoted(text: &str) -> &str {
    let inner = |quote: char| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// Parts between `separator`s that stand outside quotes and brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if c == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        match Vary::parse(text).unwrap().values {
            Values::Listed(levels) => levels.into_iter().map(|level| level.text).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn numbers(text: &str) -> (Vec<f64>, String) {
        let vary = Vary::parse(text).unwrap();
        let Values::Listed(levels) = vary.values else {
            panic!("a list")
        };
        (levels.iter().filter_map(|l| l.number).collect(), vary.unit)
    }

    #[test]
    fn lists_are_split_at_commas_outside_quotes_and_brackets() {
        assert_eq!(
            texts("regime=serial, parallel,\"joint\""),
            ["serial", "parallel", "joint"]
        );
        assert_eq!(texts("a.b=[1, 2],[3, 4]"), ["[1, 2]", "[3, 4]"]);
        assert_eq!(
            texts("calendars.day.shifts.0.hours=\"08:00-20:00\",\"06:00-22:00\""),
            ["\"08:00-20:00\"", "\"06:00-22:00\""]
        );
        assert_eq!(
            numbers("flows.trucks.volume=\"100 trucks/day\",\"120 trucks/day\""),
            (vec![100.0, 120.0], "trucks/day".to_owned())
        );
        assert_eq!(
            numbers("x.y=30 min,1 h"),
            (vec![30.0, 60.0], "min".to_owned())
        );
        assert_eq!(numbers("x.y=30 min,1 km"), (vec![], String::new()));
        assert_eq!(numbers("x.y=08:00-20:00,4"), (vec![], String::new()));
    }

    #[test]
    fn a_range_meets_its_end_in_spite_of_rounding_and_keeps_its_digits() {
        let tenths = texts("cooperation.information=0:1:0.1");
        assert_eq!(
            tenths,
            [
                "0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"
            ]
        );
        assert_eq!(texts("a.servers=1:4:1"), ["1", "2", "3", "4"]);
        assert_eq!(texts("a.b=1:0:-0.5"), ["1.0", "0.5", "0.0"]);
        assert_eq!(texts("a.b=0:1:0.4"), ["0.0", "0.4", "0.8"]);
        assert_eq!(texts("a.b=2:2:1"), ["2"]);
        assert_eq!(
            texts("a.b=0:3e-3:1e-3"),
            ["0.000", "0.001", "0.002", "0.003"]
        );
        assert_eq!(
            texts("a.b=20 min:60 min:20 min"),
            ["20 min", "40 min", "60 min"]
        );
        assert_eq!(
            numbers("a.b=\"1.5 h:2.5 h:0.5 h\"").0.len(),
            0,
            "in quotes it is one value"
        );
        assert_eq!(
            numbers("a.b=100:140:20 trucks/day"),
            (vec![100.0, 120.0, 140.0], "trucks/day".to_owned())
        );
    }

    #[test]
    fn between_two_ends_any_value_can_be_taken() {
        let vary = Vary::parse("a.b=1 h:3 h").unwrap();
        let level = vary.at(0.25);
        assert_eq!(
            (level.text.as_str(), level.number),
            ("1.50000 h", Some(1.5))
        );
        let level = Vary::parse("a.b=0:2000").unwrap().at(0.123_456_789);
        assert_eq!(level.text, "246.91");
        let list = Vary::parse("regime=serial,joint").unwrap();
        assert_eq!(
            (
                list.at(0.49).text,
                list.at(0.5).text,
                list.at(0.999_999).text
            ),
            ("serial".to_owned(), "joint".to_owned(), "joint".to_owned())
        );
    }

    #[test]
    fn mistakes_are_told_with_their_remedy() {
        let how = "write PATH=a,b,c or PATH=from:to:step, such as cooperation.information=0:1:0.1";
        for (text, message) in [
            ("regime", how.to_owned()),
            (
                "=1,2",
                format!("no path stands before the equals sign: {how}"),
            ),
            ("regime=", format!("`regime` has no values: {how}")),
            (
                "regime=serial,,joint",
                "an empty value stands in `serial,,joint`: remove the comma".to_owned(),
            ),
            (
                "regime=serial,serial",
                "`serial` is listed twice: name each value once".to_owned(),
            ),
            (
                "a.b=0:1:0",
                "the step of `0:1:0` is zero: write one above zero".to_owned(),
            ),
            (
                "a.b=0:1:-0.1",
                "the step of `0:1:-0.1` leads away from its end: write 0.1 instead".to_owned(),
            ),
            (
                "a.b=0:1:0.0001",
                "the range `0:1:0.0001` has 10001 values, more than 1000: take a larger step"
                    .to_owned(),
            ),
            (
                "a.b=1:0",
                "the range `1:0` does not rise: write the lesser end first".to_owned(),
            ),
            (
                "a.b=20 min:1 h:10 min",
                "the range `20 min:1 h:10 min` has two units, `min` and `h`: write all of it in one"
                    .to_owned(),
            ),
            (
                "a.b=low:high:1",
                "`low` does not start with a number: write a range as from:to:step, or a value that holds a colon in \
                 quotes"
                    .to_owned(),
            ),
            (
                "a.b=1:2:3:4",
                "`1:2:3:4` has 4 parts: write a range as from:to:step, or a value that holds a colon in quotes"
                    .to_owned(),
            ),
        ] {
            assert_eq!(Vary::parse(text).unwrap_err(), message, "{text}");
        }
    }
}
