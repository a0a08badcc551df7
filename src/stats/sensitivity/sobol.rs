//! First-order and total Sobol indices: how the output's variance divides among factors.

use crate::stats::design::{DesignError, MOST_SOBOL_FACTORS, sobol_points};
use crate::stats::interval::{Interval, mean_and_variance};

/// The design of Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics Communications 181
/// (2010) 259-270: two matrices A and B of n points each, from one Sobol sequence in 2k dimensions, and for each factor i the
/// matrix A with column i of B. n (k + 2) runs.
///
/// ```
/// use corridor::stats::SobolDesign;
///
/// let design = SobolDesign::new(2, 256, 1)?;
/// // Variances 9/12 and 1/12.
/// let outputs: Vec<f64> = design.points().iter().map(|x| 3.0 * x[0] + x[1]).collect();
/// let found = design.indices(&outputs, 0.95).unwrap();
/// assert!((found.factors[0].first.centre - 0.9).abs() < 0.02);
/// # Ok::<(), corridor::stats::DesignError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SobolDesign {
    factors: usize,
    base: usize,
    points: Vec<Vec<f64>>,
}

/// The indices of all factors.
#[derive(Clone, PartialEq, Debug)]
pub struct SobolIndices {
    /// The output's mean over the design.
    pub mean: f64,
    /// Its variance over the design, in the output's unit squared.
    pub variance: f64,
    /// By factor.
    pub factors: Vec<SobolIndex>,
}

/// The parts of the output's variance, from 0 to 1, that come with one factor. Estimates may lie a little outside.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SobolIndex {
    /// What would go, on average, if this factor alone were known: Var(E[y | x_i])/Var(y).
    pub first: Interval,
    /// What would stay, on average, if all others were known: E[Var(y | all but x_i)]/Var(y).
    pub total: Interval,
}

impl SobolDesign {
    /// A design of `base` points in each matrix (a power of two is best) for `factors` factors; the same for the same seed.
    ///
    /// # Errors
    /// [`DesignError`] where Sobol's sequence has not so many points or dimensions (two for each factor).
    pub fn new(factors: usize, base: usize, seed: u32) -> Result<SobolDesign, DesignError> {
        if 2 * factors > MOST_SOBOL_FACTORS {
            return Err(DesignError::Factors {
                most: MOST_SOBOL_FACTORS / 2,
            });
        }
        let both = sobol_points(base, 2 * factors, seed)?;
        let mut points: Vec<Vec<f64>> = both.iter().map(|p| p[..factors].to_vec()).collect();
        points.extend(both.iter().map(|p| p[factors..].to_vec()));
        for factor in 0..factors {
            points.extend(both.iter().map(|p| {
                let mut mixed = p[..factors].to_vec();
                mixed[factor] = p[factors + factor];
                mixed
            }));
        }
        Ok(SobolDesign {
            factors,
            base,
            points,
        })
    }

    /// The points to run, in [0, 1)^k: A, B, then A with one column of B, factor after factor.
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The indices, from one output per point.
    ///
    /// First order by Saltelli et al. (2010), table 2 (b): the mean of f(B) (f(AB_i) - f(A)), f less its mean (which changes no
    /// expectation and much of the error). Total by Jansen (Computer Physics Communications 117 (1999) 35-43): half the mean
    /// of (f(A) - f(AB_i))². Both over the variance of A and B together.
    ///
    /// Intervals are normal, with the error of a ratio of means over the n rows (delta method). Rows of a Sobol sequence are more
    /// even than independent ones, so that the intervals are rather too wide. None where the number of outputs is not that of the points, one is
    /// not finite, or nothing varies.
    pub fn indices(&self, outputs: &[f64], level: f64) -> Option<SobolIndices> {
        let sound = outputs.len() == self.points.len() && outputs.iter().all(|y| y.is_finite());
        if !sound || self.base < 2 {
            return None;
        }
        let n = self.base;
        let mean = mean_and_variance(&outputs[..2 * n]).0;
        let part = |j: usize| outputs[j * n..(j + 1) * n].iter().map(move |y| y - mean);
        let variances: Vec<f64> = part(0)
            .zip(part(1))
            .map(|(a, b)| 0.5 * (a * a + b * b))
            .collect();
        let variance = mean_and_variance(&variances).0;
        if variance <= 0.0 {
            return None;
        }
        let index = |numerators: Vec<f64>| {
            let ratio = mean_and_variance(&numerators).0 / variance;
            let pairs = numerators.iter().zip(&variances);
            let residuals: Vec<f64> = pairs.map(|(u, v)| (u - ratio * v) / variance).collect();
            let of_residuals = mean_and_variance(&residuals).1;
            Interval {
                centre: ratio,
                standard_error: of_residuals.map(|v| (v / n as f64).sqrt()),
                freedom: None,
                level,
            }
        };
        let factor = |i: usize| {
            let three = || part(0).zip(part(1)).zip(part(2 + i));
            SobolIndex {
                first: index(three().map(|((a, b), ab)| b * (ab - a)).collect()),
                total: index(
                    three()
                        .map(|((a, _), ab)| 0.5 * (a - ab) * (a - ab))
                        .collect(),
                ),
            }
        };
        let factors = (0..self.factors).map(factor).collect();
        Some(SobolIndices {
            mean,
            variance,
            factors,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::functions;
    use super::*;

    fn run(factors: usize, base: usize, seed: u32, f: impl Fn(&[f64]) -> f64) -> SobolIndices {
        let design = SobolDesign::new(factors, base, seed).unwrap();
        assert_eq!(design.points().len(), base * (factors + 2));
        let outputs: Vec<f64> = design.points().iter().map(|x| f(x)).collect();
        design.indices(&outputs, 0.99).unwrap()
    }

    fn near(found: &SobolIndices, truth: &[(f64, f64)], within: f64) {
        for (i, (index, (first, total))) in found.factors.iter().zip(truth).enumerate() {
            let off = (index.first.centre - first)
                .abs()
                .max((index.total.centre - total).abs());
            assert!(off < within, "factor {i}: {index:?}, truth {first} {total}");
        }
    }

    #[test]
    fn ishigamis_indices_are_found() {
        let truth = functions::ishigami_indices();
        // The usual table: 0.3139, 0.4424, 0 and 0.5576, 0.4424, 0.2437.
        assert!((truth[0].0 - 0.3139).abs() < 1e-4 && (truth[2].1 - 0.2437).abs() < 1e-4);
        let found = run(3, 4096, 1, functions::ishigami);
        near(&found, &truth, 0.02);
        // Mean a/2 = 3.5, variance 13.8446.
        assert!((found.mean - 3.5).abs() < 0.02 && (found.variance - 13.8446).abs() < 0.2);
    }

    #[test]
    fn the_g_functions_indices_are_found() {
        near(
            &run(6, 4096, 2, functions::g),
            &functions::g_indices(),
            0.02,
        );
    }

    #[test]
    fn intervals_hold_the_truth_and_shrink() {
        let truth = functions::ishigami_indices();
        let (mut held, mut of) = (0, 0);
        for seed in 0..100 {
            let found = run(3, 256, seed, functions::ishigami);
            for (index, (first, total)) in found.factors.iter().zip(truth) {
                held +=
                    u32::from(index.first.contains(first)) + u32::from(index.total.contains(total));
                of += 2;
            }
        }
        // 99 % intervals, rather too wide.
        assert!(f64::from(held) / f64::from(of) > 0.97, "{held} of {of}");
        let wide = run(3, 256, 1, functions::ishigami).factors[0]
            .first
            .half_width();
        let narrow = run(3, 4096, 1, functions::ishigami).factors[0]
            .first
            .half_width();
        assert!(wide / narrow > 3.0 && wide < 0.5, "{wide} {narrow}");
    }

    #[test]
    fn without_variance_or_with_wrong_outputs_there_are_none() {
        let design = SobolDesign::new(2, 8, 1).unwrap();
        assert!(design.indices(&[1.0; 32], 0.95).is_none());
        assert!(design.indices(&[1.0; 31], 0.95).is_none());
        assert_eq!(
            SobolDesign::new(200, 8, 1).unwrap_err(),
            DesignError::Factors { most: 128 }
        );
    }
}
