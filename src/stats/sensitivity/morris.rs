//! Morris screening: which factors matter, for few runs.

use crate::stats::interval::{Interval, mean_and_variance};
use crate::stats::mixer::Mixer;

/// Morris's design (Technometrics 33 (1991) 161-174): `r` trajectories through a grid of p levels in [0, 1]^k, each of k + 1
/// points, of which neighbours differ in one factor by delta = p/(2 (p - 1)), each factor once and in random order and direction.
///
/// ```
/// use corridor::stats::MorrisDesign;
///
/// let design = MorrisDesign::new(3, 10, 4, 1).unwrap();
/// let outputs: Vec<f64> = design.points().iter().map(|x| 5.0 * x[0] - x[1]).collect();
/// let found = design.effects(&outputs, 0.95).unwrap();
/// assert!((found[0].mu_star.centre - 5.0).abs() < 1e-9 && found[2].mu_star.centre == 0.0);
/// ```
#[derive(Clone, Debug)]
pub struct MorrisDesign {
    factors: usize,
    points: Vec<Vec<f64>>,
}

/// What the trajectories say about one factor: effects in the output's unit, per whole range of the factor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Elementary {
    /// The mean of the elementary effects. Effects of both signs cancel in it.
    pub mu: Interval,
    /// The mean of their absolute values (Campolongo, Cariboni and Saltelli, Environmental Modelling & Software 22 (2007)
    /// 1509-1518): the factor's importance.
    pub mu_star: Interval,
    /// Their standard deviation: great where the factor acts in curves or together with others.
    pub sigma: f64,
}

impl MorrisDesign {
    /// A design for `factors` factors, of `trajectories` trajectories over `levels` levels (4 as a rule); the same for the same seed. None
    /// without factors, with fewer than two trajectories, or where the number of levels is not even (with an even number and this delta each level is as
    /// probable).
    pub fn new(factors: usize, trajectories: usize, levels: usize, seed: u64) -> Option<Self> {
        if factors == 0 || trajectories < 2 || levels < 2 || !levels.is_multiple_of(2) {
            return None;
        }
        let mut mixer = Mixer::new(seed);
        let half = levels / 2;
        let place = |level: usize| level as f64 / (levels - 1) as f64;
        let mut points = Vec::with_capacity(trajectories * (factors + 1));
        for _ in 0..trajectories {
            // A level and its partner half the grid away: upwards from the lower half, downwards from the upper.
            let mut level: Vec<usize> = (0..factors).map(|_| mixer.below(levels)).collect();
            points.push(level.iter().map(|l| place(*l)).collect());
            for factor in mixer.permutation(factors) {
                level[factor] = if level[factor] < half {
                    level[factor] + half
                } else {
                    level[factor] - half
                };
                points.push(level.iter().map(|l| place(*l)).collect::<Vec<f64>>());
            }
        }
        Some(MorrisDesign { factors, points })
    }

    /// The points to run, trajectory after trajectory.
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The effects of each factor, from one output per point; intervals are Student's t over trajectories. None where the number
    /// of outputs is not that of the points, or one is not finite.
    pub fn effects(&self, outputs: &[f64], level: f64) -> Option<Vec<Elementary>> {
        if outputs.len() != self.points.len() || outputs.iter().any(|y| !y.is_finite()) {
            return None;
        }
        let mut effects = vec![Vec::new(); self.factors];
        let length = self.factors + 1;
        for (points, outputs) in self.points.chunks(length).zip(outputs.chunks(length)) {
            for (x, y) in points.windows(2).zip(outputs.windows(2)) {
                let steps = x[1].iter().zip(&x[0]).map(|(after, before)| after - before);
                for (factor, step) in steps.enumerate().filter(|(_, step)| *step != 0.0) {
                    effects[factor].push((y[1] - y[0]) / step);
                }
            }
        }
        let of_factor = |effects: &Vec<f64>| {
            let absolute: Vec<f64> = effects.iter().map(|e| e.abs()).collect();
            Elementary {
                mu: Interval::of_mean(effects, level),
                mu_star: Interval::of_mean(&absolute, level),
                sigma: mean_and_variance(effects).1.unwrap_or(0.0).sqrt(),
            }
        };
        Some(effects.iter().map(of_factor).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::functions;
    use super::*;

    #[test]
    fn a_line_has_its_slopes_and_no_spread_and_a_product_has_spread() {
        let design = MorrisDesign::new(3, 20, 4, 9).unwrap();
        let line: Vec<f64> = design
            .points()
            .iter()
            .map(|x| 2.0 * x[0] - 3.0 * x[1])
            .collect();
        let found = design.effects(&line, 0.95).unwrap();
        for (factor, slope) in found.iter().zip([2.0, -3.0, 0.0f64]) {
            assert!((factor.mu.centre - slope).abs() < 1e-12 && factor.sigma < 1e-12);
            assert!((factor.mu_star.centre - slope.abs()).abs() < 1e-12);
        }
        let product: Vec<f64> = design
            .points()
            .iter()
            .map(|x| (x[0] - 0.5) * (x[1] - 0.5))
            .collect();
        let found = design.effects(&product, 0.95).unwrap();
        // Effects of ± 1/6 and ± 1/2: they cancel in mu, not in mu*.
        assert!(found[0].sigma > 0.2 && found[0].mu.centre.abs() < found[0].mu_star.centre);
    }

    #[test]
    fn the_mean_effect_of_a_product_is_its_expectation() {
        // |effect of x_0| is |x_1 - ½|: over the levels 0, 1/3, 2/3, 1 its mean is (½ + 1/6)/2 = 1/3.
        let design = MorrisDesign::new(2, 4000, 4, 2).unwrap();
        let product: Vec<f64> = design
            .points()
            .iter()
            .map(|x| (x[0] - 0.5) * (x[1] - 0.5))
            .collect();
        let found = design.effects(&product, 0.999).unwrap();
        assert!(
            found[0].mu_star.contains(1.0 / 3.0),
            "{:?}",
            found[0].mu_star
        );
        assert!(found[0].mu.contains(0.0));
    }

    #[test]
    fn the_g_functions_factors_are_ranked() {
        let design = MorrisDesign::new(6, 100, 8, 4).unwrap();
        let outputs: Vec<f64> = design.points().iter().map(|x| functions::g(x)).collect();
        let found = design.effects(&outputs, 0.95).unwrap();
        for pair in found[..5].windows(2) {
            assert!(pair[0].mu_star.centre > pair[1].mu_star.centre);
        }
        assert!(found[4].mu_star.centre < 0.05 * found[0].mu_star.centre);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(MorrisDesign::new(0, 5, 4, 1).is_none() && MorrisDesign::new(2, 5, 3, 1).is_none());
        let design = MorrisDesign::new(2, 2, 4, 1).unwrap();
        assert!(design.effects(&[0.0; 5], 0.95).is_none());
        assert!(design.effects(&[f64::NAN; 6], 0.95).is_none());
    }

    proptest! {
        #[test]
        fn each_trajectory_moves_every_factor_once_by_delta(
            factors in 1usize..8, trajectories in 2usize..6, half in 1usize..5, seed: u64,
        ) {
            let levels = 2 * half;
            let delta = levels as f64 / (2.0 * (levels - 1) as f64);
            let design = MorrisDesign::new(factors, trajectories, levels, seed).unwrap();
            prop_assert_eq!(design.points().len(), trajectories * (factors + 1));
            for path in design.points().chunks(factors + 1) {
                let mut moved = vec![0; factors];
                for pair in path.windows(2) {
                    for (f, (a, b)) in pair[0].iter().zip(&pair[1]).enumerate() {
                        prop_assert!((0.0..=1.0).contains(b));
                        if a != b {
                            prop_assert!(((a - b).abs() - delta).abs() < 1e-12);
                            moved[f] += 1;
                        }
                    }
                }
                prop_assert!(moved.iter().all(|n| *n == 1));
            }
        }
    }
}
