//! OCBA: how a budget of replications is best divided, and the probability of a correct selection that it buys.

use crate::stats::interval::{lower_tail, mean_and_variance};

use super::{SelectionError, least};

/// The allocation of `total` replications among candidates by OCBA (Chen, Lin, Yücesan and Chick, Simulation budget
/// allocation for further enhancing the efficiency of ordinal optimization, Discrete Event Dynamic Systems 10 (2000)
/// 251-270), smaller being better: with b the least mean and d_i its distance from mean i,
///
/// N_i/N_j = (s_i/d_i)² / (s_j/d_j)² for i, j other than b,  N_b = s_b sqrt(sum over i of N_i²/s_i²).
///
/// Nobody gets fewer than the `taken` replications: who has more than its part keeps them, and the others divide what is
/// left in the same proportions. Parts are rounded down and the rest given to the largest remainders, the first of
/// equals, so that the sum is `total` exactly (or that of `taken`, if greater).
///
/// Candidates without variance, or as good as the best, count as if they had a millionth of the greatest of these.
///
/// # Errors
/// [`SelectionError::NoCandidate`] without any; [`SelectionError::Values`] where lengths differ or a number is not finite.
pub fn allocate(
    means: &[f64],
    variances: &[f64],
    taken: &[u64],
    total: u64,
) -> Result<Vec<u64>, SelectionError> {
    check_values(means, variances, taken)?;
    let k = means.len();
    let best = least(means.iter().copied().enumerate()).ok_or(SelectionError::NoCandidate)?;
    let floored = |values: Vec<f64>| -> Vec<f64> {
        let most = values.iter().copied().fold(0.0, f64::max);
        let floor = if most > 0.0 { 1e-6 * most } else { 1.0 };
        values.into_iter().map(|v| v.max(floor)).collect()
    };
    let deviations = floored(variances.iter().map(|v| v.sqrt()).collect());
    let distances = floored(means.iter().map(|m| m - means[best]).collect());
    let mut weights: Vec<f64> = (0..k)
        .map(|i| (deviations[i] / distances[i]).powi(2))
        .collect();
    let others = (0..k).filter(|&i| i != best);
    let squares: f64 = others.map(|i| (weights[i] / deviations[i]).powi(2)).sum();
    weights[best] = if k == 1 {
        1.0
    } else {
        deviations[best] * squares.sqrt()
    };
    // Whoever has more already is taken out until nobody has.
    let mut open: Vec<usize> = (0..k).collect();
    loop {
        let kept: u64 = (0..k).filter(|i| !open.contains(i)).map(|i| taken[i]).sum();
        let left = total.saturating_sub(kept);
        let sum: f64 = open.iter().map(|&i| weights[i]).sum();
        let part = |i: usize| left as f64 * (weights[i] / sum);
        let fewer: Vec<usize> = open
            .iter()
            .copied()
            .filter(|&i| part(i) >= taken[i] as f64)
            .collect();
        if fewer.len() == open.len() {
            let mut sizes = taken.to_vec();
            open.iter()
                .for_each(|&i| sizes[i] = (part(i).floor() as u64).max(taken[i]));
            let mut rest = total.saturating_sub(sizes.iter().sum());
            let mut order = open.clone();
            order.sort_by(|&i, &j| part(j).fract().total_cmp(&part(i).fract()).then(i.cmp(&j)));
            for &i in order.iter().cycle() {
                if rest == 0 {
                    break;
                }
                sizes[i] += 1;
                rest -= 1;
            }
            return Ok(sizes);
        }
        open = fewer;
        if open.is_empty() {
            return Ok(taken.to_vec());
        }
    }
}

/// The approximate probability that the candidate with the least mean is the best, for *independent* candidates: Bonferroni's
/// lower bound 1 - sum over i of Phi(-d_i/sqrt(s_b²/n_b + s_i²/n_i)) (APCS-B: Chen et al. 2000, equation 5), at least 0. An
/// estimate, not a guarantee: the variances count as known. Over common random numbers use [`correct_selection_paired`].
///
/// # Errors
/// As [`allocate`], and where a candidate has no replication.
pub fn correct_selection(
    means: &[f64],
    variances: &[f64],
    taken: &[u64],
) -> Result<f64, SelectionError> {
    check_values(means, variances, taken)?;
    let best = least(means.iter().copied().enumerate()).ok_or(SelectionError::NoCandidate)?;
    if taken.contains(&0) {
        return Err(SelectionError::Values);
    }
    let of_mean = |i: usize| variances[i] / taken[i] as f64;
    let wrong = (0..means.len())
        .filter(|&i| i != best)
        .map(|i| misjudged(means[i] - means[best], of_mean(best) + of_mean(i), None));
    Ok((1.0 - wrong.sum::<f64>()).max(0.0))
}

/// As [`correct_selection`], over common random numbers: for each candidate one value per replication, equal places on
/// equal numbers. A pair is compared over the replications that both have, by the t law of its differences. The best is that of
/// the least mean over the replications that all have.
///
/// # Errors
/// [`SelectionError::NoCandidate`] without any; [`SelectionError::Values`] where one has fewer than two values or a value is not
/// finite.
pub fn correct_selection_paired(values: &[Vec<f64>]) -> Result<f64, SelectionError> {
    let common = values
        .iter()
        .map(Vec::len)
        .min()
        .ok_or(SelectionError::NoCandidate)?;
    if common < 2 || values.iter().flatten().any(|v| !v.is_finite()) {
        return Err(SelectionError::Values);
    }
    let means = values
        .iter()
        .map(|v| mean_and_variance(&v[..common]).0)
        .enumerate();
    let best = least(means).ok_or(SelectionError::NoCandidate)?;
    let wrong = (0..values.len()).filter(|&i| i != best).map(|i| {
        let pairs = values[i].iter().zip(&values[best]);
        let differences: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
        let (mean, variance) = mean_and_variance(&differences);
        let n = differences.len() as f64;
        misjudged(mean, variance.unwrap_or(0.0) / n, Some(n - 1.0))
    });
    Ok((1.0 - wrong.sum::<f64>()).max(0.0))
}

/// The probability that a difference so estimated is less than 0.
fn misjudged(difference: f64, variance: f64, freedom: Option<f64>) -> f64 {
    if variance > 0.0 {
        lower_tail(-difference / variance.sqrt(), freedom)
    } else if difference > 0.0 {
        0.0
    } else {
        0.5
    }
}

fn check_values(means: &[f64], variances: &[f64], taken: &[u64]) -> Result<(), SelectionError> {
    if means.is_empty() {
        return Err(SelectionError::NoCandidate);
    }
    let lengths = variances.len() == means.len() && taken.len() == means.len();
    let numbers =
        means.iter().all(|m| m.is_finite()) && variances.iter().all(|v| v.is_finite() && *v >= 0.0);
    if lengths && numbers {
        Ok(())
    } else {
        Err(SelectionError::Values)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_allocation_is_that_of_the_formula() {
        // Means 1, 2, 3 and equal variances: N_2 : N_3 = 4 : 1, N_1 = sqrt(16 + 1).
        let sizes = allocate(&[1.0, 2.0, 3.0], &[4.0; 3], &[0; 3], 10_000).unwrap();
        let sum = 5.0 + 17f64.sqrt();
        for (found, part) in sizes.iter().zip([17f64.sqrt(), 4.0, 1.0]) {
            assert!(
                (*found as f64 - 10_000.0 * part / sum).abs() <= 1.0,
                "{sizes:?}"
            );
        }
        // With two candidates, replications are in proportion to the standard deviations.
        assert_eq!(
            allocate(&[1.0, 2.0], &[9.0, 1.0], &[0; 2], 400).unwrap(),
            [300, 100]
        );
    }

    #[test]
    fn the_probability_is_that_of_two_normal_means() {
        // One pair: distance 1.645 standard errors.
        let found = correct_selection(&[0.0, 1.644_853_627], &[2.0, 6.0], &[4, 12]).unwrap();
        assert!((found - 0.95).abs() < 1e-9, "{found}");
        // Two such rivals: twice the error.
        let found =
            correct_selection(&[1.644_853_627, 0.0, 1.644_853_627], &[2.0; 3], &[4; 3]).unwrap();
        assert!((found - 0.90).abs() < 1e-9, "{found}");
    }

    #[test]
    fn common_numbers_tell_more_than_independent_ones() {
        let base: Vec<f64> = (0..20).map(|i| f64::from(i * i % 23)).collect();
        let other: Vec<f64> = base
            .iter()
            .enumerate()
            .map(|(i, b)| b + 1.0 + 0.1 * (i % 3) as f64)
            .collect();
        let moments = |v: &[f64]| mean_and_variance(v);
        let ((m0, v0), (m1, v1)) = (moments(&base), moments(&other));
        let independent =
            correct_selection(&[m0, m1], &[v0.unwrap(), v1.unwrap()], &[20, 20]).unwrap();
        let paired = correct_selection_paired(&[base, other]).unwrap();
        assert!(
            paired > 0.999 && independent < 0.8,
            "{paired} {independent}"
        );
    }

    proptest! {
        #[test]
        fn the_budget_is_spent_to_the_last_and_nobody_loses(
            candidates in prop::collection::vec((-10.0..10.0f64, 0.0..9.0f64, 0u64..50), 1..8),
            total in 0u64..2000,
        ) {
            let means: Vec<f64> = candidates.iter().map(|c| c.0).collect();
            let variances: Vec<f64> = candidates.iter().map(|c| c.1).collect();
            let taken: Vec<u64> = candidates.iter().map(|c| c.2).collect();
            let sizes = allocate(&means, &variances, &taken, total).unwrap();
            prop_assert_eq!(sizes.iter().sum::<u64>(), total.max(taken.iter().sum()));
            prop_assert!(sizes.iter().zip(&taken).all(|(size, had)| size >= had));
        }
    }
}
