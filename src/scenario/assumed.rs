//! The assumed values of a scenario as factors: which can be varied, between which ends, and which go together.

use serde::{Deserialize, Serialize};

use super::model::Study;
use super::overrides::{WHOLE_STUDY, split_path};
use super::quantity::{number_end, same_measure};
use crate::terms::Evidence;

/// Without a stated range a value is varied between these shares of itself.
pub const DEFAULT_SHARES: (f64, f64) = (0.5, 1.5);

/// An assumed value that can be varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assumed {
    /// Dotted path.
    pub path: String,
    /// As written.
    pub value: String,
    /// Its number, in `unit`.
    pub number: f64,
    /// What stands after the number; empty where there is none.
    pub unit: String,
    /// The least that it may be.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Whether the scenario states the range; else it is a default of this program.
    pub stated: bool,
    /// Whether only whole numbers make sense.
    pub whole: bool,
}

/// An assumed value that was not varied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unvaried {
    /// Dotted path.
    pub path: String,
    /// As written.
    pub value: String,
    /// Why not.
    pub why: String,
}

/// Values that are varied together, each through its own range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupedValues {
    /// The path, with `*` for what differs among its values.
    pub name: String,
    /// Its values.
    pub values: Vec<Assumed>,
}

/// Which values go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// Each alone.
    Value,
    /// The same value of all items of a section: `links.*.transit.lognormal.mean`.
    Item,
    /// All values of a section that end alike: `procedures.*.servers`.
    Section,
}

impl Assumed {
    /// The value at this share of the way from the low to the high end, as a scenario is given it.
    pub fn at(&self, share: f64) -> String {
        let x = self.low + share * (self.high - self.low);
        let text = match self.whole {
            true => format!("{}", x.round() as i64),
            false => {
                // Six digits of the number are far below any interval, and short to read.
                let places = (5 - libm::log10(x.abs().max(1e-9)).floor() as i32).clamp(1, 12);
                let text = format!("{x:.*}", places as usize);
                let short = text.trim_end_matches('0');
                // TOML tells a number with a point from a whole one.
                match short.strip_suffix('.') {
                    Some(whole) if self.unit.is_empty() => format!("{whole}.0"),
                    Some(whole) => whole.to_owned(),
                    None => short.to_owned(),
                }
            }
        };
        match self.unit.as_str() {
            "" => text,
            unit => format!("{text} {unit}"),
        }
    }
}

/// The assumed values of a study: those that can be varied, and those that cannot. `kept` are paths that one of the
/// variants in question sets itself.
pub fn assumed(study: &Study, kept: &[String]) -> (Vec<Assumed>, Vec<Unvaried>) {
    let (mut varied, mut not) = (Vec::new(), Vec::new());
    let values = study.values.iter();
    for value in values.filter(|value| value.evidence == Evidence::Assumed) {
        let factor = match section(&value.path) {
            "variants" => Err("it is of one variant, and changes no hours".to_owned()),
            name if WHOLE_STUDY.contains(&name) => Err("it holds for the whole study".to_owned()),
            "benchmarks" => Err("it is what results are set beside".to_owned()),
            _ if kept.contains(&value.path) => {
                Err("a variant in question sets it itself".to_owned())
            }
            _ => factor(&value.path, &value.value, value.range.as_ref()),
        };
        match factor {
            Ok(factor) => varied.push(factor),
            Err(why) => not.push(Unvaried {
                path: value.path.clone(),
                value: value.value.clone(),
                why,
            }),
        }
    }
    (varied, not)
}

fn section(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn factor(path: &str, value: &str, range: Option<&(String, String)>) -> Result<Assumed, String> {
    let (number, unit) = number(value).ok_or("it is no single number")?;
    let whole = unit.is_empty() && value.parse::<i64>().is_ok();
    let end = |text: &str| {
        let (end, own) = self::number(text)?;
        match own == unit {
            true => Some(end),
            false => Some(end * same_measure(own, unit)?),
        }
    };
    let stated = range.and_then(|(low, high)| Some((end(low)?, end(high)?)));
    let (low, high) = match stated {
        Some(ends) => ends,
        None if number == 0.0 => {
            return Err("it is zero and states no range: write `range = [low, high]`".to_owned());
        }
        None => {
            let ends = (number * DEFAULT_SHARES.0, number * DEFAULT_SHARES.1);
            let last = path.rsplit('.').next().unwrap_or(path);
            match whole {
                true => ((ends.0 + 0.5).floor().max(1.0), (ends.1 + 0.5).floor()),
                // A share is at most the whole; a coefficient of variation may be greater.
                false if unit.is_empty() && number <= 1.0 && last != "cv" => {
                    (ends.0, ends.1.min(1.0))
                }
                false => ends,
            }
        }
    };
    if low >= high {
        return Err("its range is a single value".to_owned());
    }
    Ok(Assumed {
        path: path.to_owned(),
        value: value.to_owned(),
        number,
        unit: unit.to_owned(),
        low,
        high,
        stated: stated.is_some(),
        whole,
    })
}

fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let (digits, unit) = text.split_at(number_end(text));
    let unit = unit.trim();
    let is_unit = unit.chars().all(|c| c.is_alphabetic() || "/ ".contains(c));
    let number = digits.parse::<f64>().ok().filter(|n| n.is_finite())?;
    is_unit.then_some((number, unit))
}

/// Puts values together, in the order of the file.
pub fn group(values: &[Assumed], by: Grouping) -> Vec<GroupedValues> {
    let mut groups: Vec<GroupedValues> = Vec::new();
    for value in values {
        let steps = split_path(&value.path).unwrap_or_else(|_| vec![value.path.clone()]);
        let name = match (by, &steps[..]) {
            (Grouping::Item, [section, _, rest @ ..]) if !rest.is_empty() => {
                format!("{section}.*.{}", rest.join("."))
            }
            (Grouping::Section, [section, _, rest @ ..]) if !rest.is_empty() => {
                // The mean of a service and of a setup are not the same thing; the hours of a profile are.
                let place = |step: &&String| step.parse::<usize>().is_ok();
                let (last, above) = rest.split_last().expect("the rest is not empty");
                match (place(&last), above.last(), above.iter().rev().nth(1)) {
                    (true, Some(list), _) => format!("{section}.*.{list}.*"),
                    (_, _, Some(what)) if ["mean", "cv"].contains(&last.as_str()) => {
                        format!("{section}.*.{what}.*.{last}")
                    }
                    _ => format!("{section}.*.{last}"),
                }
            }
            _ => value.path.clone(),
        };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.values.push(value.clone()),
            None => groups.push(GroupedValues {
                name,
                values: vec![value.clone()],
            }),
        }
    }
    groups
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{NoFiles, TEMPLATE, from_str};
    use super::*;

    #[test]
    fn stated_ranges_are_used_and_others_are_half_to_one_and_a_half() {
        let range = Some(("10 min".to_owned(), "2 h".to_owned()));
        let found = factor("a.b.mean", "20 min", range.as_ref()).unwrap();
        assert_eq!((found.low, found.high, found.stated), (10.0, 120.0, true));
        assert_eq!(found.at(0.5), "65 min");
        let found = factor("a.b.mean", "20 min", None).unwrap();
        assert_eq!((found.low, found.high, found.stated), (10.0, 30.0, false));
        let found = factor("a.b.servers", "3", None).unwrap();
        assert_eq!(
            (found.low, found.high, found.at(0.4)),
            (2.0, 5.0, "3".to_owned())
        );
        assert_eq!(factor("a.b.share", "0.8", None).unwrap().high, 1.0);
        assert_eq!(
            factor("a.b.cv", "0.8", None).unwrap().high,
            1.2000000000000002
        );
        assert!(
            factor("a.b.servers", "0", None)
                .unwrap_err()
                .contains("range")
        );
        assert!(factor("a.b.hours", "08:00-20:00", None).is_err());
    }

    #[test]
    fn only_assumed_values_are_listed_and_those_that_a_variant_sets_are_kept() {
        let text = TEMPLATE.replace(
            "volume = \"120 trucks/day\"",
            "volume = { value = \"120 trucks/day\", evidence = \"measured\", source = \"gate\" }",
        );
        let loaded = from_str("t.toml", &text, &NoFiles).unwrap();
        let (varied, not) = assumed(&loaded.study, &[]);
        assert_eq!((varied.len(), not.len()), (30, 0));
        assert!(varied.iter().all(|v| v.path != "flows.trucks.volume"));
        let kept = ["procedures.enter.channels.red".to_owned()];
        let (varied, not) = assumed(&loaded.study, &kept);
        assert_eq!((varied.len(), not.len()), (29, 1));
    }

    #[test]
    fn values_go_together_by_item_or_section() {
        let value = |path: &str| factor(path, "20 min", None).unwrap();
        let values = [
            value("links.a.transit.lognormal.mean"),
            value("links.b.transit.lognormal.mean"),
            value("procedures.p.steps.s.service.lognormal.mean"),
            value("procedures.p.steps.s.setup.lognormal.mean"),
            value("procedures.q.steps.t.service.lognormal.mean"),
            value("flows.f.hours.0"),
            value("flows.f.hours.1"),
        ];
        let names = |by| {
            let groups = group(&values, by);
            groups
                .iter()
                .map(|g| (g.name.clone(), g.values.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Grouping::Value).len(), 7);
        assert_eq!(
            names(Grouping::Item)[0],
            ("links.*.transit.lognormal.mean".to_owned(), 2)
        );
        let by_section = names(Grouping::Section);
        assert_eq!(by_section[1], ("procedures.*.service.*.mean".to_owned(), 2));
        assert_eq!(by_section[2], ("procedures.*.setup.*.mean".to_owned(), 1));
        assert_eq!(by_section[3], ("flows.*.hours.*".to_owned(), 2));
    }
}
