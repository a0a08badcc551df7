//! From counts to p-values: the probability, if the numbers are random, of a statistic at least as great.

use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma_lr, gamma_ur};

/// Of a chi-square statistic.
pub fn chi_square(x: f64, degrees: f64) -> f64 {
    gamma_ur(0.5 * degrees, 0.5 * x)
}

/// Of a standard normal one.
pub fn normal(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// Of a Poisson count.
pub fn poisson(count: u64, mean: f64) -> f64 {
    if count == 0 {
        1.0
    } else {
        gamma_lr(count as f64, mean)
    }
}

/// Of counts against equal probabilities of all cells.
pub fn equal(counts: &[u32]) -> f64 {
    let n: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    let expected = n / counts.len() as f64;
    let x: f64 = counts
        .iter()
        .map(|c| (f64::from(*c) - expected).powi(2) / expected)
        .sum();
    chi_square(x, (counts.len() - 1) as f64)
}

/// Of counts against probabilities; neighbouring cells are joined until each is expected at least 25 times.
pub fn given(counts: &[u64], probabilities: &[f64]) -> f64 {
    let n: f64 = counts.iter().map(|c| *c as f64).sum();
    let (mut x, mut cells) = (0.0, 0.0);
    let (mut count, mut expected) = (0.0, 0.0);
    let mut left = n;
    let mut left_count = n;
    for (c, p) in counts.iter().zip(probabilities) {
        count += *c as f64;
        expected += n * p;
        // What is left over joins the last cell, so it must stay large enough too.
        if expected >= 25.0 && left - expected >= 25.0 {
            x += (count - expected).powi(2) / expected;
            cells += 1.0;
            left -= expected;
            left_count -= count;
            (count, expected) = (0.0, 0.0);
        }
    }
    x += (left_count - left).powi(2) / left;
    chi_square(x, cells)
}

/// Of p-values against the uniform law: Kolmogorov and Smirnov's distance, Stephens' approximation.
pub fn uniform(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values
        .iter()
        .enumerate()
        .map(|(i, p)| (p - i as f64 / n).max((i + 1) as f64 / n - p))
        .fold(0.0, f64::max);
    let t = distance * (n.sqrt() + 0.12 + 0.11 / n.sqrt());
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        sign * (-2.0 * f64::from(k * k) * t * t).exp()
    };
    (2.0 * (1..=50).map(term).sum::<f64>()).clamp(0.0, 1.0)
}
