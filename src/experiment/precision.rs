//! Replications until the answer is as sure as was asked for.
//!
//! The sequential rule of Chow and Robbins (1965) in rounds: after 20, 30, 45, ... replications (half as many more each
//! time) the intervals of the headline are looked at, and the first round in which all are narrow enough is the last.
//! Rounds that grow, and twenty replications before the first look, keep the loss of coverage by looking often small
//! (Law, Simulation Modeling and Analysis, 5th ed., section 9.4.1); docs/statistics.md says how much is lost.

use serde::{Deserialize, Serialize};

use super::{RunError, Trials};
use crate::stats::{Estimate, paired};

/// Replications before the first look.
pub const FIRST_LOOK: u32 = 20;

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

/// The next number of replications to look at.
pub fn next_look(replications: u32, most: u32) -> u32 {
    match replications {
        0..FIRST_LOOK => FIRST_LOOK.min(most),
        n => n.saturating_add(n / 2).min(most),
    }
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
    loop {
        let next = next_look(trials.replications(0), precision.most);
        trials.extend_all(next, progress)?;
        let widest = widest(trials);
        let reached = widest
            .as_ref()
            .is_some_and(|(percent, _)| *percent <= precision.percent);
        if reached || next >= precision.most {
            return Ok(PrecisionResult {
                wanted_percent: precision.percent,
                most: precision.most,
                reached,
                widest,
            });
        }
    }
}

/// The widest relative half-width over the variants' means and differences, in per cent, and of what it is. `None` where one is
/// a bound, or was not observed.
fn widest(trials: &Trials<'_>) -> Option<(f64, String)> {
    let measure = trials.headline();
    let base = trials.values(0, &measure)?;
    let base_mean = Estimate::from_replications(&base).mean.abs();
    let mut widest = (0.0, String::new());
    for (v, variant) in trials.study().variants.iter().enumerate() {
        let values = trials.values(v, &measure)?;
        if trials.is_bound(v, &measure) || values.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let mut note = |estimate: Estimate, over: f64, of: String| {
            let percent = match estimate.half_width {
                0.0 => 0.0,
                half_width => 100.0 * half_width / over,
            };
            if percent > widest.0 {
                widest = (percent, of);
            }
        };
        let mean = Estimate::from_replications(&values);
        note(
            mean,
            mean.mean.abs(),
            format!("the mean of {}", variant.name),
        );
        if v > 0 {
            let of = format!("the difference of {}", variant.name);
            note(paired(&base, &values).difference, base_mean, of);
        }
    }
    Some(widest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_after_20_30_45_and_half_as_many_more() {
        let mut looks = vec![0];
        while *looks.last().unwrap_or(&0) < 200 {
            looks.push(next_look(looks[looks.len() - 1], 200));
        }
        assert_eq!(looks, [0, 20, 30, 45, 67, 100, 150, 200]);
        assert_eq!(next_look(0, 7), 7);
    }
}
