//! Sweeps: a scenario at many design points on common random numbers, and how its hours answer to the factors.

mod collect;
mod design;
mod effects;
mod regression;

use serde::{Deserialize, Serialize};

use super::Overload;
use super::outcomes::Subject;
use super::results::{Measure, Measured};
use super::warm_up::WarmUpResult;
use crate::scenario::Level;
use crate::stats::Estimate;

#[cfg(test)]
pub(crate) use collect::finish;
pub use collect::{Progress, sweep};
pub use design::{Design, MOST_POINTS, Plan};
pub use effects::{Effect, EffectKind};
pub use regression::{Coefficient, Regression};

/// What a sweep found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sweep {
    /// Scenario name (file stem).
    pub scenario: String,
    /// Title.
    pub title: String,
    /// Root seed.
    pub seed: u64,
    /// Replications of each point.
    pub replications: u32,
    /// Warm-up in hours.
    pub warm_up_h: f64,
    /// Horizon in hours, warm-up included.
    pub horizon_h: f64,
    /// First instant, RFC 3339.
    pub start: String,
    /// The variant of the file that every point starts from.
    pub variant: String,
    /// How the points were chosen.
    pub design: Design,
    /// What was varied.
    pub factors: Vec<SweptFactor>,
    /// The mean that charts, effects and the finding are about.
    pub measure: Measure,
    /// The points, in the design's order; the others are compared with the first.
    pub points: Vec<PointResult>,
    /// What the numbers of `rows` are of.
    pub subjects: Vec<Subject>,
    /// Every number of every point, by point.
    pub rows: Vec<SweepRow>,
    /// What each factor does alone and what they do together, from the first to the last of their values; empty where
    /// the design has no such corners.
    pub effects: Vec<Effect>,
    /// The plane through the points of a design that draws them, if there are enough.
    pub regression: Option<Regression>,
    /// How the warm-up was found, where the scenario says that it settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpResult>,
    /// The answer in one plain sentence, with how sure it is.
    pub finding: String,
    /// Digest of all facts of all runs, 32 hex digits.
    pub digest: String,
    /// Logical events handled in all runs.
    pub events: u64,
    /// How each point's first run was executed, and why: no result, and in no file of results.
    #[serde(skip)]
    pub engines: Vec<String>,
}

/// A factor of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptFactor {
    /// As the command line names it.
    pub name: String,
    /// Unit of its numbers; empty where they have none or its values are words.
    pub unit: String,
    /// Its values, in order; empty where any value between two ends was drawn.
    pub levels: Vec<Level>,
    /// The least and greatest number that it may take; `None` where its values are words.
    pub range: Option<(f64, f64)>,
}

/// One design point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PointResult {
    /// Its name: every factor with its value.
    pub name: String,
    /// By factor.
    pub levels: Vec<Level>,
    /// The mean that the sweep is about, hours.
    pub mean_h: Measured,
    /// Of that mean, this point less the first, paired by replication; `None` at the first, and where there is no mean.
    pub difference_h: Option<Estimate>,
    /// That mean in each replication, hours; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
    /// Stations that cannot keep up, consignments unfinished.
    pub warnings: Vec<String>,
    /// Where a desk cannot keep up, so that its hours grow with the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overload: Option<Overload>,
}

/// One number of a point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SweepRow {
    /// Position of the point.
    pub point: usize,
    /// Position of what it is of.
    pub subject: usize,
    /// The number.
    pub value: Measured,
    /// This point less the first, paired by replication; `None` at the first, and where either is no estimate.
    pub difference: Option<Estimate>,
}

impl Sweep {
    /// The mean of point number `point` in each replication, where it is an estimate.
    pub fn values(&self, point: usize) -> Option<Vec<f64>> {
        let point = &self.points[point];
        let estimate = matches!(point.mean_h, Measured::Estimate(_));
        estimate.then(|| point.values.iter().map(|v| v.unwrap_or(f64::NAN)).collect())
    }

    /// The estimate of a sum of points' means, each times its weight, over replications: a contrast on common random
    /// numbers. `None` where one of the points has no mean.
    pub fn contrast(&self, weights: &[(usize, f64)]) -> Option<Estimate> {
        let mut sums = vec![0.0; self.replications as usize];
        for &(point, weight) in weights {
            let values = self.values(point)?;
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        Some(Estimate::from_replications(&sums))
    }

    /// For a factorial design, the position of the point with these levels, one a factor.
    pub fn at(&self, levels: &[usize]) -> Option<usize> {
        let factors = self.factors.iter().zip(levels);
        (self.design == Design::Factorial)
            .then(|| factors.fold(0, |at, (factor, level)| at * factor.levels.len() + level))
    }
}
