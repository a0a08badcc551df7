//! Mean and variance from exact integer sums, the same in whatever order observations come.

use serde::{Deserialize, Serialize};

/// Sums over observations in whole milliseconds (or any other integer unit). A sum that would exceed
/// 128 bits stays at the greatest value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Moments {
    /// Number of observations.
    pub n: u64,
    /// Their sum.
    pub sum: u128,
    /// The sum of their squares.
    pub sum_of_squares: u128,
}

impl Moments {
    /// No observation yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more observation.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let wide = u128::from(value);
        self.n += 1;
        // Fewer than 2^64 numbers below 2^64: their sum fits.
        self.sum += wide;
        self.sum_of_squares = self.sum_of_squares.saturating_add(wide * wide);
    }

    /// As many more observations of one value.
    #[inline]
    pub fn record_many(&mut self, value: u64, times: u32) {
        let wide = u128::from(value);
        self.n += u64::from(times);
        self.sum += wide * u128::from(times);
        let squares = (wide * wide).saturating_mul(u128::from(times));
        self.sum_of_squares = self.sum_of_squares.saturating_add(squares);
    }

    /// The observations of `other` as well.
    pub fn merge(&mut self, other: &Moments) {
        self.n += other.n;
        self.sum = self.sum.saturating_add(other.sum);
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
    }

    /// The mean; none without observations.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 / self.n as f64)
    }

    /// The sample variance (divisor n - 1); none with fewer than two observations.
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        // With sum = n q + r, the sum of (x - q)^2 is sum_of_squares - q (n q + 2 r), in integers, so that
        // nothing cancels in floating point.
        let n = u128::from(self.n);
        let (q, r) = (self.sum / n, self.sum % n);
        let about_q = self
            .sum_of_squares
            .saturating_sub(q.saturating_mul(self.sum.saturating_add(r)));
        let about_mean = about_q as f64 - r as f64 * (r as f64 / self.n as f64);
        Some(about_mean.max(0.0) / (self.n - 1) as f64)
    }

    /// The sample standard deviation; none with fewer than two observations.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Moments {
        let mut moments = Moments::new();
        values.iter().for_each(|&v| moments.record(v));
        moments
    }

    #[test]
    fn too_few_observations_have_no_mean_or_variance_rather_than_zero() {
        assert_eq!(of(&[]).mean(), None);
        assert_eq!(of(&[5]).mean(), Some(5.0));
        assert_eq!(of(&[5]).variance(), None);
        assert_eq!(of(&[5, 5]).variance(), Some(0.0));
    }

    #[test]
    fn many_of_one_value_are_as_if_told_one_by_one() {
        let mut moments = of(&[3]);
        moments.record_many(7, 3);
        moments.record_many(9, 0);
        assert_eq!(moments, of(&[3, 7, 7, 7]));
        moments.record_many(u64::MAX, 5);
        assert_eq!(
            moments,
            of(&[3, 7, 7, 7, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX])
        );
    }

    #[test]
    fn a_small_variance_about_a_large_mean_is_not_lost() {
        let base = 1 << 50;
        assert_eq!(of(&[base, base + 1, base + 2]).variance(), Some(1.0));
        assert_eq!(of(&[base, base + 3, base + 2]).variance(), Some(7.0 / 3.0));
    }

    #[test]
    fn moments_survive_a_file() {
        let moments = of(&[u64::MAX, u64::MAX - 1, 3]);
        let text = serde_json::to_string(&moments).unwrap();
        assert_eq!(serde_json::from_str::<Moments>(&text).unwrap(), moments);
    }

    proptest! {
        #[test]
        fn merging_parts_gives_the_whole(values in prop::collection::vec(0..1u64 << 45, 0..50), cut in 0usize..50) {
            let cut = cut.min(values.len());
            let mut merged = of(&values[cut..]);
            merged.merge(&of(&values[..cut]));
            prop_assert_eq!(merged, of(&values));
        }

        #[test]
        fn the_variance_is_that_of_the_two_pass_formula(values in prop::collection::vec(0..1_000_000u64, 2..50)) {
            let n = values.len() as f64;
            let mean = values.iter().sum::<u64>() as f64 / n;
            let expected = values.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0);
            prop_assert!((of(&values).variance().unwrap() - expected).abs() <= 1e-9 * expected.max(1.0));
        }
    }
}
