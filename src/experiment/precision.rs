//! Replications until the answer is as sure as was asked for.
//!
//! The rule is [`Rule`]'s: after 20, 30, 45, ... replications the intervals of the headline are looked at, and the first
//! look at which all are narrow enough is the last.

use serde::{Deserialize, Serialize};

use super::{RunError, Trials};
use crate::stats::{Estimate, Precision as Rule, Verdict, paired};

/// The precision that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// Greatest half-width of a 95 % interval, in per cent of the mean; of a difference, of the base's mean.
    pub percent: f64,
    /// Replications at most.
    pub most: u32,
}

/// How far a study came towards a precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionResult {
    /// What was asked for, per cent.
    pub wanted_percent: f64,
    /// Replications at most.
    pub most: u32,
    /// Whether it was reached.
    pub reached: bool,
    /// The widest interval in the end: per cent, and of what; `None` where a mean is only a lower bound.
    pub widest: Option<(f64, String)>,
}

/// Runs replications of all variants until the headline's mean of each, and its paired difference from the base, are
/// known with `precision`, or until there are as many as it allows.
///
/// # Errors
/// As [`Trials::extend_all`].
pub fn extend_until(
    trials: &mut Trials<'_>,
    precision: &Precision,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<PrecisionResult, RunError> {
    let rule = Rule::new(precision.percent / 100.0, precision.most).ok_or_else(|| {
        let text = "a precision is above 0 %, and takes at least two replications";
        RunError::Setup(text.to_owned())
    })?;
    let mut replications = rule.first();
    loop {
        trials.extend_all(replications, progress)?;
        let intervals = intervals(trials);
        let widths: Vec<(f64, f64)> = match &intervals {
            Some(intervals) => intervals
                .iter()
                .map(|i| (i.half_width, i.reference))
                .collect(),
            // A bound is never precise.
            None => vec![(f64::INFINITY, 1.0)],
        };
        let reached = match rule.judge_all(replications, &widths) {
            Verdict::More { until } => {
                replications = until;
                continue;
            }
            Verdict::Reached => true,
            Verdict::NotReached { .. } => false,
        };
        let percent = |i: &Interval| match i.half_width {
            0.0 => 0.0,
            half_width => 100.0 * half_width / i.reference.abs(),
        };
        let widest = intervals
            .unwrap_or_default()
            .into_iter()
            .map(|i| (percent(&i), i.of));
        return Ok(PrecisionResult {
            wanted_percent: precision.percent,
            most: precision.most,
            reached,
            // The first of equals.
            widest: widest.reduce(|a, b| if b.0 > a.0 { b } else { a }),
        });
    }
}

/// An interval that has to be narrow enough.
struct Interval {
    half_width: f64,
    /// What it is held against.
    reference: f64,
    of: String,
}

/// The intervals of the variants' means and differences. `None` where one is a bound, or was not observed.
fn intervals(trials: &Trials<'_>) -> Option<Vec<Interval>> {
    let measure = trials.headline();
    let base = trials.values(0, &measure)?;
    let base_mean = Estimate::from_replications(&base).mean;
    let mut intervals = Vec::new();
    for (v, variant) in trials.study().variants.iter().enumerate() {
        let values = trials.values(v, &measure)?;
        if trials.is_bound(v, &measure) || values.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let mean = Estimate::from_replications(&values);
        intervals.push(Interval {
            half_width: mean.half_width,
            reference: mean.mean,
            of: format!("the mean of {}", variant.name),
        });
        if v > 0 {
            intervals.push(Interval {
                half_width: paired(&base, &values).difference.half_width,
                reference: base_mean,
                of: format!("the difference of {}", variant.name),
            });
        }
    }
    Some(intervals)
}
