//! Intervals and tests that hold together, where many are looked at.

use super::interval::Interval;

/// The same intervals, widened so that *all* hold with probability at least `level`, however they depend on each other:
/// each of m at 1 - (1 - level)/m (Bonferroni; Miller, Simultaneous Statistical Inference, 2nd ed. (1981), section 1.1). An interval of
/// which no error is known stays infinite, but counts.
pub fn bonferroni(intervals: &[Interval], level: f64) -> Vec<Interval> {
    let each = 1.0 - (1.0 - level) / intervals.len().max(1) as f64;
    intervals.iter().map(|i| i.at_level(each)).collect()
}

/// Simultaneous intervals of variant minus base for every variant, by paired differences over common random numbers, all
/// holding with probability at least `level` (Bonferroni over Student's t). Pairs with a value that is not finite are left
/// out.
///
/// Not Dunnett's: his law wants independent variants of equal variance, and common random numbers make neither.
pub fn all_against_base(base: &[f64], variants: &[Vec<f64>], level: f64) -> Vec<Interval> {
    let each = |variant: &Vec<f64>| {
        let differences: Vec<f64> = base.iter().zip(variant).map(|(b, v)| v - b).collect();
        Interval::of_mean(&differences, level)
    };
    bonferroni(&variants.iter().map(each).collect::<Vec<_>>(), level)
}

/// Holm's step-down adjustment (Scand. J. Statist. 6 (1979) 65-70): hypotheses whose adjusted p-value is at most alpha may all
/// be rejected with a probability of at most alpha that any of them is true. It rejects all that Bonferroni does, and more.
/// A p-value that is not a number counts as 1.
///
/// ```
/// use corridor::stats::holm;
///
/// let adjusted = holm(&[0.01, 0.04, 0.03]);
/// assert!(adjusted.iter().zip([0.03, 0.06, 0.06]).all(|(a, b)| (a - b).abs() < 1e-12));
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let sound = |i: usize| {
        if p_values[i].is_nan() {
            1.0
        } else {
            p_values[i]
        }
    };
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&i, &j| sound(i).total_cmp(&sound(j)).then(i.cmp(&j)));
    let mut adjusted = vec![1.0; m];
    let mut most = 0.0f64;
    for (step, &i) in order.iter().enumerate() {
        most = most.max((m - step) as f64 * sound(i)).min(1.0);
        adjusted[i] = most;
    }
    adjusted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::mixer::Mixer;

    #[test]
    fn all_intervals_hold_together_as_often_as_promised_and_single_ones_do_not() {
        let mut mixer = Mixer::new(31);
        let (mut together, mut apart) = (0, 0);
        let experiments = 3000;
        for _ in 0..experiments {
            let mut column = |shift: f64| -> Vec<f64> {
                (0..20)
                    .map(|_| shift + (0..4).map(|_| mixer.uniform()).sum::<f64>())
                    .collect()
            };
            let base = column(0.0);
            let variants: Vec<Vec<f64>> = (1..=5).map(|i| column(f64::from(i))).collect();
            let found = all_against_base(&base, &variants, 0.95);
            let holds = |level: fn(Interval) -> Interval| {
                found
                    .iter()
                    .zip(1..)
                    .all(|(i, shift)| level(*i).contains(f64::from(shift)))
            };
            together += u32::from(holds(|i| i));
            apart += u32::from(holds(|i| i.at_level(0.95)));
        }
        let share = |n: u32| f64::from(n) / f64::from(experiments);
        assert!(share(together) >= 0.94, "{}", share(together));
        assert!(share(apart) < 0.9, "{}", share(apart));
    }

    #[test]
    fn the_level_is_shared_among_all() {
        let one = Interval::of_mean(&[1.0, 2.0, 4.0], 0.95);
        let found = bonferroni(&[one, one, one, one, one], 0.95);
        assert!((found[0].level - 0.99).abs() < 1e-12);
        assert!(bonferroni(&[], 0.95).is_empty());
        assert!((bonferroni(&[one], 0.95)[0].half_width() - one.half_width()).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn holm_keeps_the_order_and_lies_between_the_raw_and_bonferronis(
            p in prop::collection::vec(0.0..1.0f64, 1..12),
        ) {
            let adjusted = holm(&p);
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= (p.len() as f64 * p[i]).min(1.0) + 1e-12);
                for j in 0..p.len() {
                    prop_assert!(p[i] >= p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }
}
