//! A two-sided interval about an estimate: Student's t or, with infinite freedom, the normal law.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// An estimate with what its interval at any level follows from.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate, in the values' unit.
    pub centre: f64,
    /// Its standard error, in the same unit; none where too few values tell it.
    pub standard_error: Option<f64>,
    /// Degrees of freedom of Student's t; none for the normal law.
    pub freedom: Option<f64>,
    /// The level, strictly between 0 and 1.
    pub level: f64,
}

impl Interval {
    /// An estimate of which no error is known.
    pub fn unknown(centre: f64, level: f64) -> Interval {
        Interval {
            centre,
            standard_error: None,
            freedom: None,
            level,
        }
    }

    /// Student's t interval of the mean of independent values; those that are not finite are left out. Without any
    /// value the centre is 0 with an infinite half-width.
    pub fn of_mean(values: &[f64], level: f64) -> Interval {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let (mean, variance) = mean_and_variance(&values);
        Interval {
            centre: mean,
            standard_error: variance.map(|v| (v / values.len() as f64).sqrt()),
            freedom: Some(values.len().saturating_sub(1) as f64),
            level,
        }
    }

    /// Half the interval's width; infinite where no error is known.
    pub fn half_width(self) -> f64 {
        match self.standard_error {
            // Infinitely many standard errors of nothing are nothing known, not "not a number".
            Some(error) if error == 0.0 && self.points().is_finite() => 0.0,
            Some(error) if error > 0.0 => error * self.points(),
            _ => f64::INFINITY,
        }
    }

    fn points(self) -> f64 {
        two_sided_point(self.level, self.freedom)
    }

    /// The lower end.
    pub fn low(self) -> f64 {
        self.centre - self.half_width()
    }

    /// The upper end.
    pub fn high(self) -> f64 {
        self.centre + self.half_width()
    }

    /// Whether `value` lies in it, ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low() <= value && value <= self.high()
    }

    /// The same estimate with its interval of another level.
    pub fn at_level(self, level: f64) -> Interval {
        Interval { level, ..self }
    }

    /// The two-sided p-value of the hypothesis that the truth is `value`; 1 where no error is known.
    pub fn p_value(self, value: f64) -> f64 {
        match self.standard_error {
            Some(0.0) if self.centre != value => 0.0,
            Some(error) if error > 0.0 => {
                2.0 * lower_tail(-((self.centre - value) / error).abs(), self.freedom)
            }
            _ => 1.0,
        }
    }
}

/// How many standard errors a two-sided interval reaches; infinite for a level that is not strictly between 0 and 1 and
/// for less than a positive number of degrees of freedom.
pub(super) fn two_sided_point(level: f64, freedom: Option<f64>) -> f64 {
    if !(level > 0.0 && level < 1.0) {
        return f64::INFINITY;
    }
    // The upper tail: 1 - (1 - level)/2 would lose digits of levels very near 1.
    let tail = 0.5 * (1.0 - level);
    match freedom {
        None => -Normal::standard().inverse_cdf(tail),
        Some(freedom) => match StudentsT::new(0.0, 1.0, freedom) {
            Ok(law) => -law.inverse_cdf(tail),
            Err(_) => f64::INFINITY,
        },
    }
}

/// The probability of less than `x` under Student's t, or the normal law without freedom.
pub(super) fn lower_tail(x: f64, freedom: Option<f64>) -> f64 {
    match freedom.map(|f| StudentsT::new(0.0, 1.0, f)) {
        None => Normal::standard().cdf(x),
        Some(Ok(law)) => law.cdf(x),
        Some(Err(_)) => 0.5,
    }
}

/// The mean (0 without values) and the sample variance (divisor n - 1; none with fewer than two), in two passes.
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, None);
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (mean, (values.len() > 1).then(|| squares / (n - 1.0)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn points_are_those_of_the_usual_tables() {
        for (level, freedom, expected) in [
            (0.95, None, 1.959_963_985),
            (0.99, None, 2.575_829_304),
            (0.95, Some(1.0), 12.706_204_74),
            (0.95, Some(19.0), 2.093_024_054),
            (0.99, Some(19.0), 2.860_934_606),
            // Bonferroni of ten at 0.95 with 19 degrees of freedom: the 0.9975 point.
            (0.995, Some(19.0), 3.173_724_531),
        ] {
            let found = two_sided_point(level, freedom);
            assert!(
                (found / expected - 1.0f64).abs() < 1e-7,
                "{level} {freedom:?}: {found}"
            );
        }
    }

    #[test]
    fn too_few_values_have_an_infinite_interval_and_equal_ones_none() {
        assert_eq!(Interval::of_mean(&[], 0.95).half_width(), f64::INFINITY);
        assert_eq!(
            Interval::of_mean(&[3.0, f64::NAN], 0.95).half_width(),
            f64::INFINITY
        );
        assert_eq!(Interval::of_mean(&[3.0, 3.0], 0.95).half_width(), 0.0);
        assert_eq!(
            Interval::of_mean(&[3.0, 3.0], 1.0).half_width(),
            f64::INFINITY
        );
    }

    #[test]
    fn the_p_value_at_an_end_is_what_the_level_leaves() {
        let interval = Interval::of_mean(&[1.0, 2.0, 4.0, 4.5], 0.95);
        assert!((interval.p_value(interval.low()) - 0.05).abs() < 1e-9);
        assert!((interval.p_value(interval.centre) - 1.0).abs() < 1e-9);
        assert_eq!(Interval::of_mean(&[3.0, 3.0], 0.95).p_value(2.0), 0.0);
    }
}
