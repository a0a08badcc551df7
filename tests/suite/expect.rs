//! The lines in a scenario file that say what is expected of it.
//!
//! `#! expect variant=parallel measure=bcp site=post role=transit mean_h=1.25` names one figure of the results
//! and its value; the last `key=value` is the statistic. `#! warns variant=base cannot keep up` says that a
//! warning holds these words. The hand-reckoning stands beside them in ordinary comments.

#![allow(dead_code)] // Two test programs share this file; neither uses all of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use corridor::experiment::Measured;
use corridor::experiment::results::{SideResult, TimesResult, VariantResult};
use corridor::stats::Estimate;
use corridor::terms::Named;

/// One expected figure.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The line as written, for messages.
    pub line: String,
    /// What names the figure: `variant`, `measure`, `site`, ...
    pub keys: BTreeMap<String, String>,
    /// Which statistic of it.
    pub statistic: String,
    /// Its value as written.
    pub value: String,
}

/// All that a file says of itself.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// Figures.
    pub figures: Vec<Expect>,
    /// Warnings: the variant, or any, and words of the warning.
    pub warnings: Vec<(Option<String>, String)>,
    /// Criteria of another kind, by their first word.
    pub others: Vec<(String, Expect)>,
    /// Other `#!` lines, by their first word.
    pub directives: Vec<(String, String)>,
}

impl Expectations {
    /// The overrides that make the error of this name: lines `#! error NAME PATH = VALUE`.
    pub fn errors(&self, name: &str) -> Vec<(String, String)> {
        let lines = self.directives.iter().filter(|(word, _)| word == "error");
        let named = lines.filter_map(|(_, rest)| rest.strip_prefix(name)?.strip_prefix(' '));
        named
            .filter_map(|rest| rest.split_once(" = "))
            .map(|(path, value)| (path.to_owned(), value.to_owned()))
            .collect()
    }
}

/// The scenario files of a folder of `tests/suite`, sorted.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite")
        .join(folder);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|e| e.expect("the folder can be read").path())
        .collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

fn pairs(words: &str) -> Vec<(String, String)> {
    let pair = |word: &str| {
        let (key, value) = word
            .split_once('=')
            .unwrap_or_else(|| panic!("`{word}` is no key=value"));
        (key.to_owned(), value.to_owned())
    };
    words.split_whitespace().map(pair).collect()
}

/// The expectations written in the file at `path`.
pub fn read(path: &Path) -> Expectations {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut found = Expectations::default();
    for line in text.lines().filter_map(|l| l.strip_prefix("#! ")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "expect" => found.figures.push(Expect::parse(line, rest)),
            "near" | "present" | "growth" | "overloaded" => {
                found
                    .others
                    .push((word.to_owned(), Expect::parse(line, rest)));
            }
            "warns" => {
                let (first, words) = rest.split_once(' ').unwrap_or((rest, ""));
                match first.strip_prefix("variant=") {
                    Some(variant) => found
                        .warnings
                        .push((Some(variant.to_owned()), words.to_owned())),
                    None => found.warnings.push((None, rest.to_owned())),
                }
            }
            _ => found.directives.push((word.to_owned(), rest.to_owned())),
        }
    }
    found
}

/// A figure of the results.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    /// An estimate over replications.
    Estimate(Estimate),
    /// A number without an interval.
    Number(f64),
    /// Nothing was observed.
    Missing,
}

impl From<Measured> for Figure {
    fn from(measured: Measured) -> Self {
        match measured {
            Measured::Estimate(estimate) => Figure::Estimate(estimate),
            // A bound is no estimate: only `at_least_h` finds it.
            Measured::AtLeast(_) | Measured::Missing => Figure::Missing,
        }
    }
}

impl Expect {
    fn parse(line: &str, words: &str) -> Expect {
        let mut keys = pairs(words);
        let (statistic, value) = keys.pop().expect("an expectation has a value");
        Expect {
            line: line.to_owned(),
            keys: keys.into_iter().collect(),
            statistic,
            value,
        }
    }

    /// The same with another measure.
    pub fn as_measure(&self, measure: &str) -> Expect {
        let mut other = self.clone();
        other.keys.insert("measure".to_owned(), measure.to_owned());
        other
    }

    fn key(&self, key: &str) -> &str {
        self.keys
            .get(key)
            .unwrap_or_else(|| panic!("`{}` does not say which {key}", self.line))
    }

    fn is(&self, key: &str, name: &str) -> bool {
        self.keys.get(key).is_none_or(|k| k == name)
    }

    /// The least or the greatest time; of a histogram, so known to the width of a bucket.
    fn bucket(times: &TimesResult, p: f64) -> Figure {
        let ms = times.histogram.quantile(p);
        ms.map_or(Figure::Missing, |ms| Figure::Number(ms / 3_600_000.0))
    }

    /// By how much the figure may differ from a number reckoned by hand: quantiles by a bucket of the histogram.
    pub fn tolerance(&self) -> f64 {
        match self.statistic.as_str() {
            "min_h" | "max_h" | "median_h" => self.number() / 256.0,
            _ => 1e-6,
        }
    }

    fn times(&self, times: &TimesResult) -> Figure {
        match self.statistic.as_str() {
            "mean_h" => times.mean_h.into(),
            "median_h" => times.median_h.into(),
            "sd_h" => times.sd_h.into(),
            "p90_h" => times.p90_h.into(),
            "p95_h" => times.p95_h.into(),
            "within_24h" => times.within[0].into(),
            "min_h" => Expect::bucket(times, 0.0),
            "max_h" => Expect::bucket(times, 1.0),
            "n" => Figure::Number(times.n as f64),
            "unfinished" => Figure::Number(times.unfinished as f64),
            "at_least_h" => match times.mean_h {
                Measured::AtLeast(bound) => Figure::Number(bound),
                _ => Figure::Missing,
            },
            other => panic!("`{}`: a time has no {other}", self.line),
        }
    }

    fn side<'r>(&self, variant: &'r VariantResult) -> &'r SideResult {
        let lane = self.keys.get("lane").map(|lane| format!("(lane: {lane})"));
        let mine = |s: &&SideResult| {
            s.site == self.key("site")
                && s.role.name() == self.key("role")
                && lane
                    .as_ref()
                    .map_or(!s.title.contains("(lane: "), |lane| s.title.contains(lane))
        };
        variant
            .sides
            .iter()
            .find(mine)
            .unwrap_or_else(|| panic!("`{}`: there is no such side", self.line))
    }

    /// The figure, of one variant's results; `None` where the measure is not one of the results'.
    pub fn figure(&self, variant: &VariantResult) -> Option<Figure> {
        let measure = self.key("measure");
        let side = || self.side(variant);
        let found = match measure {
            "bcp" => self.times(&side().bcp),
            "release" => self.times(&side().release),
            "apart" => self.times(&side().apart),
            "saved_declaration" => Figure::Estimate(side().saved_declaration_h),
            "saved_setup" => Figure::Estimate(side().saved_setup_h),
            "examined" => Figure::Estimate(side().examined),
            "examined_twice" => Figure::Estimate(side().examined_twice),
            "throughput" => Figure::Estimate(side().throughput_per_day),
            "demand" => Figure::Estimate(side().demand_per_day),
            "hours" => {
                let mine = |r: &&corridor::experiment::results::HoursRow| {
                    r.actor.name() == self.key("actor") && r.kind.name() == self.key("kind")
                };
                side()
                    .hours
                    .iter()
                    .find(mine)
                    .map_or(Figure::Number(0.0), |r| Figure::Estimate(r.mean_h))
            }
            "hours_total" => Figure::Number(side().hours.iter().map(|r| r.mean_h.mean).sum()),
            "crossing" => {
                let mine = variant
                    .crossings
                    .iter()
                    .find(|c| c.exit == self.key("exit") && c.entry == self.key("entry"));
                self.times(
                    &mine
                        .unwrap_or_else(|| panic!("`{}`: no such crossing", self.line))
                        .time,
                )
            }
            "door" => {
                let mine = variant.flows.iter().find(|f| f.flow == self.key("flow"));
                self.times(
                    &mine
                        .unwrap_or_else(|| panic!("`{}`: no such flow", self.line))
                        .time,
                )
            }
            "utilisation" | "offered_load" | "overtime" | "held_idle" | "blocked" | "queue"
            | "longest" | "jobs" | "overloaded" => {
                let mine = |s: &&corridor::experiment::results::StationResult| {
                    s.site == self.key("site")
                        && s.agency == self.key("agency")
                        && s.desk == self.key("desk")
                };
                let station = variant.stations.iter().find(mine);
                let station = station.unwrap_or_else(|| panic!("`{}`: no such desk", self.line));
                match measure {
                    "utilisation" => Figure::Estimate(station.utilisation),
                    "offered_load" => Figure::Estimate(station.offered_load),
                    "overtime" => Figure::Estimate(station.overtime_h_per_day),
                    "held_idle" => Figure::Estimate(station.held_idle_h_per_day),
                    "blocked" => Figure::Estimate(station.blocked_h_per_day),
                    "queue" => Figure::Estimate(station.mean_queue),
                    "longest" => Figure::Estimate(station.longest_queue),
                    "jobs" => Figure::Estimate(station.jobs_per_day),
                    _ => Figure::Number(f64::from(u8::from(station.overloaded))),
                }
            }
            "wait" | "service" | "done" | "recognised" | "ahead" | "missed" => {
                let mine = |s: &&corridor::experiment::results::StepResult| {
                    s.site == self.key("site")
                        && s.step == self.key("step")
                        && self.is("procedure", &s.procedure)
                };
                let step = variant.steps.iter().find(mine);
                let step = step.unwrap_or_else(|| panic!("`{}`: no such step", self.line));
                match measure {
                    "wait" => step.wait_h.into(),
                    "service" => step.service_h.into(),
                    "done" => Figure::Number(step.jobs as f64),
                    "recognised" => Figure::Number(step.recognised as f64),
                    "ahead" => Figure::Number(step.ahead as f64),
                    _ => step.missed_share.map_or(Figure::Missing, Figure::Number),
                }
            }
            "vehicles" => {
                let mine = |f: &&corridor::experiment::results::VehicleResult| {
                    f.site == self.key("site") && f.vehicle == self.key("vehicle")
                };
                let fleet = variant.vehicles.iter().find(mine);
                let fleet = fleet.unwrap_or_else(|| panic!("`{}`: no such vehicle", self.line));
                match self.statistic.as_str() {
                    "mean_h" => fleet.wait_h.into(),
                    "left_per_day" => Figure::Estimate(fleet.left_per_day),
                    "waiting" => Figure::Estimate(fleet.mean_waiting),
                    "left_empty" => Figure::Estimate(fleet.left_empty),
                    "left_part_empty" => Figure::Estimate(fleet.left_part_empty),
                    other => panic!("`{}`: a vehicle has no {other}", self.line),
                }
            }
            "lost" | "rerouted" => {
                let flow = variant.flows.iter().find(|f| f.flow == self.key("flow"));
                let flow = flow.unwrap_or_else(|| panic!("`{}`: no such flow", self.line));
                if measure == "rerouted" {
                    flow.rerouted.map_or(Figure::Missing, Figure::Estimate)
                } else {
                    let mine = |l: &&corridor::experiment::results::LostRow| {
                        l.outcome.name() == self.key("outcome")
                    };
                    let lost = flow.lost.iter().find(mine);
                    lost.map_or(Figure::Missing, |l| Figure::Estimate(l.share))
                }
            }
            "route" => {
                let via = self.key("via");
                let mine = variant.routes.iter().filter(|r| r.flow == self.key("flow"));
                Figure::Number(
                    mine.filter(|r| r.stops.iter().any(|s| s.site == via))
                        .map(|r| r.share)
                        .sum(),
                )
            }
            _ => return None,
        };
        Some(found)
    }

    /// The value as a number.
    pub fn number(&self) -> f64 {
        self.value
            .parse()
            .unwrap_or_else(|_| panic!("`{}`: `{}` is no number", self.line, self.value))
    }
}
