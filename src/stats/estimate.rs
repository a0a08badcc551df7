//! A number with its interval over replications, and the comparison of two variants by pairs.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::interval::Interval;

/// The confidence level of [`Estimate::half_width`].
pub const CONFIDENCE: f64 = 0.95;

/// A mean over replications with the half-width of its two-sided Student-t interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean over replications.
    pub mean: f64,
    /// Half-width of the 95 % interval; infinite with fewer than two replications (null in files).
    #[serde(
        serialize_with = "infinite_to_null",
        deserialize_with = "null_to_infinite"
    )]
    pub half_width: f64,
    /// Number of replications.
    pub replications: u32,
}

impl Estimate {
    /// The mean of one value per replication, with its 95 % interval. Values that are not finite are
    /// missing and are left out. Without any value the mean is 0 with an infinite half-width and 0
    /// replications: nothing is known.
    pub fn from_replications(values: &[f64]) -> Estimate {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let n = values.len() as f64;
        let mean = if values.is_empty() {
            0.0
        } else {
            values.iter().sum::<f64>() / n
        };
        let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        Estimate::from_squares(mean, squares, values.len())
    }

    /// From a mean and the sum of squares about it, both of `n` independent replications.
    fn from_squares(mean: f64, squares: f64, n: usize) -> Estimate {
        let replications = u32::try_from(n).unwrap_or(u32::MAX);
        let half_width = if n < 2 {
            f64::INFINITY
        } else {
            student_t(CONFIDENCE, replications) * (squares / (n - 1) as f64 / n as f64).sqrt()
        };
        Estimate {
            mean,
            half_width,
            replications,
        }
    }

    /// The same estimate with the interval of another confidence level, such as 0.999, strictly between
    /// 0 and 1; an infinite half-width stays so.
    pub fn at_level(self, level: f64) -> Estimate {
        if !self.half_width.is_finite() || self.replications < 2 {
            return self;
        }
        let ratio = student_t(level, self.replications) / student_t(CONFIDENCE, self.replications);
        Estimate {
            half_width: self.half_width * ratio,
            ..self
        }
    }

    /// In another unit: so many times as much, `by` not negative.
    pub fn times(self, by: f64) -> Estimate {
        Estimate {
            mean: self.mean * by,
            half_width: self.half_width * by,
            ..self
        }
    }

    /// The interval's lower end.
    pub fn low(self) -> f64 {
        self.mean - self.half_width
    }

    /// The interval's upper end.
    pub fn high(self) -> f64 {
        self.mean + self.half_width
    }

    /// Nothing in every replication, up to the rounding of sums: no statement of statistics.
    pub fn is_nothing(self) -> bool {
        self.mean.abs() + self.half_width < 1e-9
    }

    /// Whether `value` lies in the interval.
    pub fn contains(self, value: f64) -> bool {
        self.low() <= value && value <= self.high()
    }
}

impl From<Interval> for Estimate {
    /// The interval's centre and half-width, at its level; of as many replications as its degrees of freedom say, 0 where
    /// these are not known.
    fn from(interval: Interval) -> Self {
        Estimate {
            mean: interval.centre,
            half_width: interval.half_width(),
            replications: interval.freedom.map_or(0, |freedom| freedom as u32 + 1),
        }
    }
}

/// How many standard errors the two-sided interval of Student's t reaches, with `replications` - 1
/// degrees of freedom; infinite for a level that is not strictly between 0 and 1.
fn student_t(level: f64, replications: u32) -> f64 {
    let freedom = f64::from(replications.saturating_sub(1));
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(law) if level > 0.0 && level < 1.0 => law.inverse_cdf(0.5 + 0.5 * level),
        _ => f64::INFINITY,
    }
}

/// The difference of a variant from a base over common random numbers.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct PairedComparison {
    /// Mean of variant minus base over pairs, in the values' unit.
    pub difference: Estimate,
    /// That difference in per cent of the base's mean; a half-width is infinite where the base's mean is 0.
    pub percent_of_base: Estimate,
}

/// Compares `variant` with `base`, replication by replication (equal places share their random numbers).
/// Pairs with a value that is not finite are left out.
///
/// The percentage is the ratio R = mean(d) / mean(b) of differences to bases, its interval by the delta
/// method: the standard error is that of the mean of (d - R b) / mean(b) (ratio estimator: Cochran,
/// Sampling Techniques, 3rd ed., section 6.3). R has a bias of order 1/n, small beside the interval.
pub fn paired(base: &[f64], variant: &[f64]) -> PairedComparison {
    let both = base
        .iter()
        .zip(variant)
        .filter(|(b, v)| b.is_finite() && v.is_finite());
    let pairs: Vec<(f64, f64)> = both.map(|(b, v)| (*b, v - b)).collect();
    let differences: Vec<f64> = pairs.iter().map(|(_, d)| *d).collect();
    let difference = Estimate::from_replications(&differences);
    let base_mean = pairs.iter().map(|(b, _)| b).sum::<f64>() / pairs.len().max(1) as f64;
    let percent_of_base = if base_mean == 0.0 {
        Estimate {
            mean: 0.0,
            half_width: f64::INFINITY,
            replications: difference.replications,
        }
    } else {
        let ratio = difference.mean / base_mean;
        let residual = |&(b, d): &(f64, f64)| 100.0 * (d - ratio * b) / base_mean;
        let squares = pairs.iter().map(residual).map(|r| r * r).sum();
        Estimate::from_squares(100.0 * ratio, squares, pairs.len())
    };
    PairedComparison {
        difference,
        percent_of_base,
    }
}

/// JSON has no infinity.
fn infinite_to_null<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    value.is_finite().then_some(*value).serialize(serializer)
}

fn null_to_infinite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_uses_students_t() {
        // Two-sided 95 % and 99.9 % points from the usual tables.
        for (n, level, expected) in [
            (2, 0.95, 12.706_204_74),
            (3, 0.95, 4.302_652_730),
            (20, 0.95, 2.093_024_054),
            (31, 0.95, 2.042_272_456),
            (20, 0.999, 3.883_405_853),
            (1001, 0.95, 1.962_339_081),
        ] {
            let found = student_t(level, n);
            assert!(
                (found / expected - 1.0).abs() < 1e-7,
                "n = {n}, level {level}: {found}"
            );
        }
    }

    #[test]
    fn a_mean_of_replications_has_its_interval() {
        let estimate = Estimate::from_replications(&[1.0, 2.0, 3.0]);
        assert_eq!(estimate.mean, 2.0);
        assert!((estimate.half_width - 4.302_652_730 / 3f64.sqrt()).abs() < 1e-6);
        assert!((estimate.at_level(0.95).half_width - estimate.half_width).abs() < 1e-9);
        assert!(estimate.at_level(0.999).half_width > 5.0 * estimate.half_width);
        assert!(estimate.contains(0.0) && !estimate.contains(-1.0));
    }

    #[test]
    fn fewer_than_two_replications_have_an_infinite_interval_and_nothing_is_nan() {
        for values in [&[][..], &[4.0], &[4.0, f64::NAN], &[f64::INFINITY]] {
            let estimate = Estimate::from_replications(values);
            assert!(
                estimate.half_width == f64::INFINITY && estimate.mean.is_finite(),
                "{values:?}"
            );
            assert!(estimate.at_level(0.999).half_width == f64::INFINITY);
            let text = serde_json::to_string(&estimate).unwrap();
            assert_eq!(serde_json::from_str::<Estimate>(&text).unwrap(), estimate);
        }
        let none = paired(&[], &[]);
        assert!(
            none.percent_of_base.mean == 0.0 && none.percent_of_base.half_width == f64::INFINITY
        );
        assert!(paired(&[0.0, 0.0], &[1.0, 2.0]).percent_of_base.half_width == f64::INFINITY);
    }

    #[test]
    fn a_common_disturbance_cancels_in_the_difference_and_a_common_factor_in_the_percentage() {
        let base = [10.0, 14.0, 9.0, 20.0];
        let shifted = base.map(|b| b - 3.0);
        let found = paired(&base, &shifted).difference;
        assert!((found.mean + 3.0).abs() < 1e-12 && found.half_width < 1e-12);
        let scaled = base.map(|b| 0.8 * b);
        let found = paired(&base, &scaled).percent_of_base;
        assert!((found.mean + 20.0).abs() < 1e-12 && found.half_width < 1e-12);
    }

    #[test]
    fn about_95_in_100_intervals_of_the_percentage_hold_the_truth() {
        let experiments = 2000;
        let mut covered = 0;
        for experiment in 0..experiments {
            // A uniform number between 5 and 15, by the finaliser of splitmix64.
            let draw = |i: u64, k: u64| {
                let mut z = (experiment * 40 + i * 2 + k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                5.0 + 10.0 * ((z ^ (z >> 31)) as f64 / u64::MAX as f64)
            };
            let base: Vec<f64> = (0..20).map(|i| draw(i, 0) + draw(i, 1)).collect();
            let variant: Vec<f64> = (0..20).map(|i| draw(i, 0) + 0.5 * draw(i, 1)).collect();
            // Means 20 and 15: the truth is 25 % less.
            covered += u32::from(paired(&base, &variant).percent_of_base.contains(-25.0));
        }
        let share = f64::from(covered) / experiments as f64;
        assert!((0.93..0.97).contains(&share), "{share}");
    }
}
