//! Intervals for quantiles, shares and other functions of a distribution that replications estimate.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::interval::{Interval, mean_and_variance};

/// The sectioning interval (Asmussen and Glynn, Stochastic Simulation (2007), section III.5a; Nakayama, Confidence
/// intervals for quantiles using sectioning when applying variance-reduction techniques, ACM Trans. Modeling and Computer
/// Simulation 24 (2014) 19): the centre is the figure of the *pooled* observations of all replications, and the error follows from
/// how the replications' own figures spread about it,
///
/// S² = sum over i of (q_i - q)²/(n - 1),  q ± t_{n-1} S/sqrt(n).
///
/// A quantile of few observations is biased, and so is the mean of replications' quantiles, however many there are; the
/// pooled quantile has a bias n times smaller. The replications' bias is in S instead, so that the interval
/// is wider than it need be rather than beside the truth. So for quantiles, buffer-time indices, ratios, and differences
/// of them between variants over common random numbers (`pooled` the difference of the pooled figures, `sections`
/// those of the replications).
///
/// Sections that are not finite are left out.
///
/// ```
/// use corridor::stats::sectioned;
///
/// let interval = sectioned(10.2, &[9.0, 10.0, 11.0, 10.0], 0.95);
/// assert_eq!(interval.centre, 10.2);
/// assert!(interval.contains(10.0) && !interval.contains(12.0));
/// ```
pub fn sectioned(pooled: f64, sections: &[f64], level: f64) -> Interval {
    let sections: Vec<f64> = sections.iter().copied().filter(|s| s.is_finite()).collect();
    let n = sections.len() as f64;
    if sections.len() < 2 || !pooled.is_finite() {
        return Interval::unknown(pooled, level);
    }
    let squares: f64 = sections.iter().map(|s| (s - pooled) * (s - pooled)).sum();
    Interval {
        centre: pooled,
        standard_error: Some((squares / (n - 1.0) / n).sqrt()),
        freedom: Some(n - 1.0),
        level,
    }
}

/// The ratio of sums over replications, such as consignments on target over all: the ratio R = sum a/sum b with the
/// error of the mean of (a - R b)/mean(b) (Cochran, Sampling Techniques, 3rd ed., section 6.3). Unlike the mean of
/// replications' shares it weighs each consignment alike. Pairs that are not finite are left out; none where the
/// denominators' sum is 0.
pub fn ratio(numerators: &[f64], denominators: &[f64], level: f64) -> Option<Interval> {
    let both = numerators.iter().zip(denominators);
    let pairs: Vec<(f64, f64)> = both
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (*a, *b))
        .collect();
    let n = pairs.len() as f64;
    let mean = pairs.iter().map(|p| p.1).sum::<f64>() / n;
    if pairs.is_empty() || mean == 0.0 {
        return None;
    }
    let ratio = pairs.iter().map(|p| p.0).sum::<f64>() / n / mean;
    let residuals: Vec<f64> = pairs.iter().map(|(a, b)| (a - ratio * b) / mean).collect();
    Some(Interval {
        centre: ratio,
        standard_error: mean_and_variance(&residuals).1.map(|v| (v / n).sqrt()),
        freedom: Some(n - 1.0),
        level,
    })
}

/// The difference of two such ratios whose replications share their random numbers: numerators and denominators of the
/// base, then of the other, which is taken less the base. Its error is that of the mean over replications of the
/// difference between both ratios' residuals (a - R b)/mean(b), so that what they have in common cancels (Cochran,
/// Sampling Techniques, 3rd ed., chapter 6: comparison of two ratios). Over the replications that both have; none where
/// a denominators' sum is 0.
///
/// ```
/// use corridor::stats::ratio_difference;
///
/// // Of 10, 20 and 30 consignments 1, 3 and 2 more are missed.
/// let base = (&[4.0, 7.0, 9.0][..], &[10.0, 20.0, 30.0][..]);
/// let other = (&[5.0, 10.0, 11.0][..], &[10.0, 20.0, 30.0][..]);
/// let more = ratio_difference(base, other, 0.95).unwrap();
/// assert!((more.centre - 0.1).abs() < 1e-12);
/// ```
pub fn ratio_difference(
    base: (&[f64], &[f64]),
    other: (&[f64], &[f64]),
    level: f64,
) -> Option<Interval> {
    let lists = [base.0, base.1, other.0, other.1];
    let n = lists.iter().map(|list| list.len()).min().unwrap_or(0);
    let rows: Vec<[f64; 4]> = (0..n)
        .map(|r| lists.map(|list| list[r]))
        .filter(|row| row.iter().all(|value| value.is_finite()))
        .collect();
    let n = rows.len() as f64;
    let mean = |of: usize| rows.iter().map(|row| row[of]).sum::<f64>() / n;
    if rows.is_empty() || mean(1) == 0.0 || mean(3) == 0.0 {
        return None;
    }
    let (before, after) = (mean(0) / mean(1), mean(2) / mean(3));
    let (of_base, of_other) = (mean(1), mean(3));
    let residuals: Vec<f64> = rows
        .iter()
        .map(|[a, b, c, d]| (c - after * d) / of_other - (a - before * b) / of_base)
        .collect();
    Some(Interval {
        centre: after - before,
        standard_error: mean_and_variance(&residuals).1.map(|v| (v / n).sqrt()),
        freedom: Some(n - 1.0),
        level,
    })
}

/// The buffer-time index (P95 - mean)/mean: the spare time, in parts of the mean, that makes 19 of 20 come in time (Federal
/// Highway Administration, Travel Time Reliability, 2006). Give it pooled and by replication to [`sectioned`]. None where the
/// mean is 0.
pub fn buffer_time_index(mean: f64, p95: f64) -> Option<f64> {
    (mean != 0.0).then(|| (p95 - mean) / mean)
}

/// Which of n independent observations in order, counted from 1, bound a quantile; see [`order_statistics`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OrderInterval {
    /// Place of the lower end; 0: no observation is surely enough below, the interval is open downwards.
    pub low: u64,
    /// Place of the upper end; n + 1: open upwards.
    pub high: u64,
    /// The probability, for any continuous law, that the quantile lies between: at least the level.
    pub coverage: f64,
}

/// The interval between order statistics for the p-quantile of `n` *independent* observations of any law: the number below
/// the quantile is binomial, so P(X_(l) <= q < X_(u)) = P(l <= B < u) (David and Nagaraja, Order Statistics, 3rd ed., section
/// 7.1). The tails are cut equally: l and u are the innermost places that leave no more than (1 - level)/2 on each side.
///
/// Visits of one run are not independent; use it for one value per replication, or for resampled observations. None
/// without observations, or where `p` or `level` is not strictly between 0 and 1.
pub fn order_statistics(n: u64, p: f64, level: f64) -> Option<OrderInterval> {
    let inside = |x: f64| x > 0.0 && x < 1.0;
    if n == 0 || !inside(p) || !inside(level) {
        return None;
    }
    let law = Binomial::new(p, n).ok()?;
    let tail = 0.5 * (1.0 - level);
    // The number below is less than `low` with at most the tail's probability, and at least `high` with at most it.
    let less = |l: u64| if l == 0 { 0.0 } else { law.cdf(l - 1) };
    let at_least = |u: u64| if u == 0 { 1.0 } else { law.sf(u - 1) };
    let low = last(n, |l| less(l) <= tail);
    let high = last(n, |u| at_least(u) > tail) + 1;
    Some(OrderInterval {
        low,
        high,
        coverage: 1.0 - less(low) - if high > n { 0.0 } else { at_least(high) },
    })
}

/// The last of `0..=n` for which something holds that holds for 0 and, once it does not, never again.
fn last(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut yes, mut no) = (0, n + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::mixer::Mixer;

    #[test]
    fn places_for_the_median_are_those_of_the_table() {
        // Conover, Practical Nonparametric Statistics, table A3 (binomial, p = ½): 20 observations, places 6 and 15, 95.86 %.
        let found = order_statistics(20, 0.5, 0.95).unwrap();
        assert_eq!((found.low, found.high), (6, 15));
        assert!((found.coverage - 0.958_61).abs() < 1e-5, "{found:?}");
        // Of 20, nothing bounds the 99th percentile from above.
        let found = order_statistics(20, 0.99, 0.95).unwrap();
        assert_eq!(found.high, 21);
        assert_eq!(order_statistics(0, 0.5, 0.95), None);
        assert_eq!(order_statistics(5, 1.0, 0.95), None);
    }

    /// The p-quantile as the least value with at least that share at or below it.
    fn quantile(values: &mut [f64], p: f64) -> f64 {
        values.sort_by(f64::total_cmp);
        values[((p * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1]
    }

    #[test]
    fn sectioning_covers_where_the_mean_of_replications_quantiles_does_not() {
        // 20 replications of 40 exponential values: their own 95th percentiles are biased.
        let mut mixer = Mixer::new(8);
        let truth = 20f64.ln();
        let (mut sections_cover, mut means_cover) = (0, 0);
        let experiments = 3000;
        for _ in 0..experiments {
            let mut replications: Vec<Vec<f64>> = (0..20)
                .map(|_| (0..40).map(|_| -(1.0 - mixer.uniform()).ln()).collect())
                .collect();
            let own: Vec<f64> = replications.iter_mut().map(|r| quantile(r, 0.95)).collect();
            let mut pooled = replications.concat();
            let whole = quantile(&mut pooled, 0.95);
            sections_cover += u32::from(sectioned(whole, &own, 0.95).contains(truth));
            means_cover += u32::from(Interval::of_mean(&own, 0.95).contains(truth));
        }
        let share = |n: u32| f64::from(n) / f64::from(experiments);
        assert!(
            (0.93..0.985).contains(&share(sections_cover)),
            "{}",
            share(sections_cover)
        );
        assert!(share(means_cover) < 0.92, "{}", share(means_cover));
    }

    #[test]
    fn a_ratio_weighs_consignments_not_replications() {
        let found = ratio(&[1.0, 90.0], &[10.0, 100.0], 0.95).unwrap();
        assert!((found.centre - 91.0 / 110.0).abs() < 1e-15);
        // Equal shares leave no error.
        assert!(
            ratio(&[2.0, 4.0, 6.0], &[10.0, 20.0, 30.0], 0.95)
                .unwrap()
                .half_width()
                < 1e-12
        );
        assert_eq!(ratio(&[0.0], &[0.0], 0.95), None);
        assert_eq!(ratio(&[], &[], 0.95), None);
    }

    #[test]
    fn the_index_is_in_parts_of_the_mean() {
        assert_eq!(buffer_time_index(10.0, 25.0), Some(1.5));
        assert_eq!(buffer_time_index(0.0, 25.0), None);
        assert!(!sectioned(1.0, &[1.0], 0.95).half_width().is_finite());
    }

    proptest! {
        #[test]
        fn the_places_cover_at_least_the_level_and_no_closer_ones_do(
            n in 1u64..400, p in 0.01..0.99f64, level in 0.5..0.999f64,
        ) {
            let found = order_statistics(n, p, level).unwrap();
            prop_assert!(found.low < found.high && found.high <= n + 1);
            prop_assert!(found.coverage >= level - 1e-12);
            let law = Binomial::new(p, n).unwrap();
            let tail = 0.5 * (1.0 - level);
            // One place further in, either side leaves more than its tail.
            prop_assert!(law.cdf(found.low) > tail);
            prop_assert!(found.high < 2 || 1.0 - law.cdf(found.high - 2) > tail - 1e-12);
        }
    }
}
