//! The comparison of two independent samples of unequal variance.

use super::interval::{Interval, mean_and_variance};

/// The interval of mean(variant) - mean(base) for *independent* replications (Welch, Biometrika 29 (1938) 350-362), with
/// Satterthwaite's degrees of freedom
///
/// (a + b)² / (a²/(n_a - 1) + b²/(n_b - 1)),  a = s_a²/n_a, b = s_b²/n_b.
///
/// Variants that share their random numbers are compared by pairs instead (`paired`). Values that are not finite are left out.
///
/// ```
/// use corridor::stats::welch;
///
/// let interval = welch(&[10.0, 12.0, 11.0], &[14.0, 18.0, 13.0, 15.0], 0.95);
/// assert_eq!(interval.centre, 4.0);
/// ```
pub fn welch(base: &[f64], variant: &[f64], level: f64) -> Interval {
    let of = |values: &[f64]| -> (f64, Option<(f64, f64)>) {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let n = values.len() as f64;
        let (mean, variance) = mean_and_variance(&values);
        (mean, variance.map(|v| (v / n, n - 1.0)))
    };
    let ((mean_b, b), (mean_v, v)) = (of(base), of(variant));
    let (Some((b, freedom_b)), Some((v, freedom_v))) = (b, v) else {
        return Interval::unknown(mean_v - mean_b, level);
    };
    let sum = b + v;
    let freedom = if sum > 0.0 {
        // In parts of the sum, so that nothing overflows or vanishes.
        1.0 / ((b / sum).powi(2) / freedom_b + (v / sum).powi(2) / freedom_v)
    } else {
        freedom_b + freedom_v
    };
    Interval {
        centre: mean_v - mean_b,
        standard_error: Some(sum.sqrt()),
        freedom: Some(freedom),
        level,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_comparison_is_that_of_the_sleep_data() {
        // Student's sleep data (Biometrika 6 (1908) 20), as t.test(extra ~ group) of R gives it: t = -1.8608, df = 17.776,
        // p = 0.07939, 95 % interval -3.3654832 to 0.2054832.
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let found = welch(&second, &first, 0.95);
        assert!((found.freedom.unwrap() - 17.776).abs() < 5e-4);
        assert!((found.low() + 3.365_483_2).abs() < 1e-6, "{}", found.low());
        assert!(
            (found.high() - 0.205_483_2).abs() < 1e-6,
            "{}",
            found.high()
        );
        assert!((found.p_value(0.0) - 0.079_39).abs() < 5e-6);
    }

    proptest! {
        #[test]
        fn freedom_lies_between_the_lesser_and_the_sum(
            a in prop::collection::vec(-9.0..9.0f64, 2..20),
            b in prop::collection::vec(-9.0..9.0f64, 2..20),
        ) {
            let freedom = welch(&a, &b, 0.95).freedom.unwrap();
            let (least, most) = ((a.len().min(b.len()) - 1) as f64, (a.len() + b.len() - 2) as f64);
            prop_assert!(freedom >= least - 1e-9 && freedom <= most + 1e-9);
        }
    }
}
