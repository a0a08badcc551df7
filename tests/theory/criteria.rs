//! When a run contradicts the theory that its file states.

use std::path::Path;

use corridor::experiment::results::{Results, VariantResult};
use corridor::experiment::{self, RunOptions};
use corridor::scenario::{self, LoadOptions, Study};
use corridor::stats::Estimate;

use crate::expect::{self, Expect, Expectations, Figure};
use crate::queues;

/// The confidence of the interval in which the truth must lie.
const LEVEL: f64 = 0.999;
/// Its half-width is at most this, in per cent of the truth, where a line says nothing else.
const NARROW: f64 = 2.0;

/// How much of the stated run is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The measured time is divided by this.
    divide: f64,
    /// At most so many replications.
    replications: u32,
}

impl Scale {
    /// All of it.
    pub const FULL: Scale = Scale {
        divide: 1.0,
        replications: u32::MAX,
    };
    /// From short to long.
    pub const RISING: [Scale; 4] = [
        Scale {
            divide: 40.0,
            replications: 10,
        },
        Scale {
            divide: 10.0,
            replications: 10,
        },
        Scale {
            divide: 3.0,
            replications: 20,
        },
        Scale::FULL,
    ];
}

fn load(path: &Path, overrides: &[(String, String)], scale: Scale, horizon: Option<&str>) -> Study {
    let read = |options: &LoadOptions| match scenario::load(path, options) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}"),
    };
    let mut options = LoadOptions {
        overrides: overrides.to_vec(),
        ..LoadOptions::default()
    };
    if let Some(horizon) = horizon {
        options
            .overrides
            .push(("experiment.horizon".into(), format!("\"{horizon}\"")));
    }
    let study = read(&options);
    if scale == Scale::FULL {
        return study;
    }
    let (warm_up, end) = (
        study.experiment.warm_up.hours(),
        study.experiment.horizon.hours(),
    );
    let hours = warm_up + (end - warm_up) / scale.divide;
    options
        .overrides
        .push(("experiment.horizon".into(), format!("\"{hours} h\"")));
    options.replications = Some(study.experiment.replications.min(scale.replications));
    read(&options)
}

/// The truth lies in the interval; where all of the run was run, the interval is narrow.
fn contradiction(
    line: &str,
    estimate: Estimate,
    truth: f64,
    narrow: Option<f64>,
) -> Option<String> {
    let interval = estimate.at_level(LEVEL);
    let found = format!("{:.6} ± {:.6}", interval.mean, interval.half_width);
    // Seen with `--nocapture`: how near, and how narrow.
    println!(
        "{line}: found {found} ({:.2} %)",
        100.0 * interval.half_width / truth
    );
    if !interval.contains(truth) {
        return Some(format!("{line}: found {found}"));
    }
    let percent = 100.0 * interval.half_width / truth;
    let wide = narrow.is_some_and(|bound| percent > bound);
    wide.then(|| format!("{line}: found {found}, an interval of ± {percent:.2} %, too wide"))
}

fn variant<'r>(results: &'r Results, keys: &Expect) -> &'r VariantResult {
    let wanted = keys.keys.get("variant");
    let found = results
        .variants
        .iter()
        .find(|v| wanted.is_none_or(|w| *w == v.name));
    found.unwrap_or_else(|| panic!("`{}`: no such variant", keys.line))
}

/// What the run of the file at `path`, with `overrides`, contradicts.
pub fn violations(path: &Path, overrides: &[(String, String)], scale: Scale) -> Vec<String> {
    let stated = expect::read(path);
    let name = path
        .file_stem()
        .and_then(|n| n.to_str())
        .expect("a file has a name");
    let study = load(path, overrides, scale, None);
    let results = experiment::run(&study, &RunOptions::default(), &|_, _| {});
    let results = results.unwrap_or_else(|e| panic!("{name}: {e}"));
    let full = scale == Scale::FULL;
    let mut violated = Vec::new();
    for line in &stated.figures {
        let narrow = line
            .keys
            .get("within")
            .map_or(NARROW, |w| w.parse().expect("a number of per cent"));
        match line.figure(variant(&results, line)) {
            Some(Figure::Estimate(estimate)) => {
                violated.extend(contradiction(
                    &line.line,
                    estimate,
                    line.number(),
                    full.then_some(narrow),
                ));
            }
            Some(other) => violated.push(format!("{}: found {other:?}", line.line)),
            // A figure of the queue's own distribution, below.
            None => {}
        }
    }
    violated.extend(distribution(path, &stated, overrides, scale));
    for (word, line) in &stated.others {
        violated.extend(other(word, line, &results, full));
    }
    violated.iter().map(|v| format!("{name}: {v}")).collect()
}

/// Figures of the distribution of waits and of numbers waiting, from an observer of their own over a shorter run.
fn distribution(
    path: &Path,
    stated: &Expectations,
    overrides: &[(String, String)],
    scale: Scale,
) -> Vec<String> {
    let Some((_, line)) = stated.directives.iter().find(|(word, _)| word == "queues") else {
        return Vec::new();
    };
    let horizon = line.split('"').nth(1).expect("a horizon in quotes");
    // An error shows in the means; only the whole check looks at the distribution.
    if scale != Scale::FULL || !overrides.is_empty() {
        return Vec::new();
    }
    let study = load(path, overrides, scale, Some(horizon));
    let found = queues::observe(&study);
    let contradicted = stated.figures.iter().filter_map(|line| {
        let narrow = line
            .keys
            .get("within")
            .map(|w| w.parse().expect("a number of per cent"));
        let estimate = match line.keys["measure"].as_str() {
            "waits" => found.waits(),
            "waiting_at_least" => found.at_least(line.keys["count"].parse().expect("a number")),
            _ => return None,
        };
        contradiction(&line.line, estimate, line.number(), narrow)
    });
    contradicted.collect()
}

/// Criteria other than "the truth lies in the interval".
fn other(word: &str, line: &Expect, results: &Results, full: bool) -> Option<String> {
    let variant = variant(results, line);
    let percent = || {
        line.keys["percent"]
            .parse::<f64>()
            .expect("a number of per cent")
            / 100.0
    };
    let outside = |what: &str, low: f64, high: f64| {
        // A short run contradicts only with the whole of its interval; the whole run must lie inside with all of it.
        let (least, most) = (
            line.number() * (1.0 - percent()),
            line.number() * (1.0 + percent()),
        );
        let bad = if full {
            low < least || high > most
        } else {
            high < least || low > most
        };
        bad.then(|| format!("{}: found {what} between {low:.6} and {high:.6}", line.line))
    };
    match word {
        "near" => match line.figure(variant) {
            Some(Figure::Estimate(estimate)) => {
                let interval = estimate.at_level(LEVEL);
                outside("a mean", interval.low(), interval.high())
            }
            other => Some(format!("{}: found {other:?}", line.line)),
        },
        "present" if full => {
            let (_, levels) = series(variant, line, results.warm_up_h);
            let mean = levels.iter().sum::<f64>() / levels.len() as f64;
            outside("a mean number present", mean, mean)
        }
        "growth" if full => {
            // The second half: by then the lesser desk is in its own equilibrium.
            let (days, levels) = series(variant, line, results.horizon_h / 2.0);
            let slope = slope(&days, &levels);
            outside("a slope", slope, slope)
        }
        "present" | "growth" => None,
        "overloaded" => match line.as_measure("overloaded").figure(variant) {
            Some(Figure::Number(found)) if found == line.number() => None,
            found => Some(format!("{}: found {found:?}", line.line)).filter(|_| full),
        },
        _ => panic!("`{word}` is no criterion"),
    }
}

/// The number present at a site, by day, from hour `from` on.
fn series(variant: &VariantResult, line: &Expect, from: f64) -> (Vec<f64>, Vec<f64>) {
    let queue = variant
        .queues
        .iter()
        .find(|q| q.site == line.keys["site"])
        .expect("the site has a series");
    let middle = |bin: usize| (bin as f64 + 0.5) * queue.bin_h;
    let bins = (0..queue.present.len()).filter(|bin| *bin as f64 * queue.bin_h >= from);
    bins.map(|bin| (middle(bin) / 24.0, queue.present[bin].mean))
        .unzip()
}

/// Least squares.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let products: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    products / x.iter().map(|x| (x - mx) * (x - mx)).sum::<f64>()
}
