//! Rinott's two-stage procedure: how many replications it would have taken.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

use super::{SelectionError, check};

/// Nodes of each of the two integrals.
const NODES: usize = 240;

/// Rinott's constant h: the solution of
///
/// ∫ [∫ Phi(h/sqrt(v (1/x + 1/y))) f(x) dx]^(k-1) f(y) dy = 1 - alpha,
///
/// f the density of chi-square with v = n0 - 1 degrees of freedom, both integrals from 0 to infinity (Rinott, On two-stage
/// selection procedures and related probability-inequalities, Communications in Statistics A 7 (1978) 799-811; tables:
/// Wilcox, J. Quality Technology 16 (1984) 97-100). 0 for one candidate.
///
/// Integrals by the trapezoidal rule in ln x, which converges faster than any power for such integrands; the root by bisection.
///
/// # Errors
/// [`SelectionError`] where there is no candidate, alpha is out of its range or `first` is less than 2.
pub fn rinott_constant(k: usize, alpha: f64, first: usize) -> Result<f64, SelectionError> {
    check(k, alpha, 1.0, first)?;
    if k == 1 {
        return Ok(0.0);
    }
    let nodes = chi_square_nodes((first - 1) as f64);
    let normal = Normal::standard();
    let correct = |h: f64| -> f64 {
        let outer = nodes.iter().map(|&(y, weight_y)| {
            let inner = nodes
                .iter()
                .map(|&(x, weight_x)| weight_x * normal.cdf(h / (1.0 / x + 1.0 / y).sqrt()));
            weight_y * libm::pow(inner.sum::<f64>().min(1.0), (k - 1) as f64)
        });
        outer.sum()
    };
    let (mut low, mut high) = (0.0, 4.0);
    // With one degree of freedom the laws have no mean: h may be very great, but it is finite.
    while correct(high) < 1.0 - alpha && high < 1e12 {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-7 * high {
        let middle = 0.5 * (low + high);
        if correct(middle) < 1.0 - alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}

/// Values of chi-square divided by its degrees of freedom, with their weights in an integral over its law.
fn chi_square_nodes(freedom: f64) -> Vec<(f64, f64)> {
    let half = 0.5 * freedom;
    // The density of u = ln(x/v) is exp(g(u)) up to its factor.
    let exponent = |u: f64| half * (u - libm::exp(u));
    let factor = half * half.ln() - ln_gamma(half);
    // Beyond where it has fallen by e^-36 from its peak at 0 nothing counts.
    let end = |sign: f64| {
        let mut u = 0.01 * sign;
        while exponent(u) > exponent(0.0) - 36.0 {
            u *= 1.1;
        }
        u
    };
    let (from, to) = (end(-1.0), end(1.0));
    let step = (to - from) / (NODES - 1) as f64;
    let node = |i: usize| {
        let u = from + i as f64 * step;
        (libm::exp(u), step * libm::exp(exponent(u) + factor))
    };
    (0..NODES).map(node).collect()
}

/// How many replications of each candidate Rinott's procedure takes in all: max(n0, ceil(h² S²_i/delta²)), with S²_i the
/// sample variances of the first stage, `first` replications of each. The procedure needs independent candidates.
///
/// # Errors
/// As [`rinott_constant`]; [`SelectionError::Delta`] where `delta` is not positive, [`SelectionError::Values`] where a variance is
/// negative or not finite.
pub fn rinott_sizes(
    variances: &[f64],
    alpha: f64,
    delta: f64,
    first: usize,
) -> Result<Vec<u64>, SelectionError> {
    check(variances.len(), alpha, delta, first)?;
    if !variances.iter().all(|v| v.is_finite() && *v >= 0.0) {
        return Err(SelectionError::Values);
    }
    let h = rinott_constant(variances.len(), alpha, first)?;
    let size = |v: &f64| ((h * h * v / (delta * delta)).ceil() as u64).max(first as u64);
    Ok(variances.iter().map(size).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_is_that_of_published_tables() {
        // Bechhofer, Santner and Goldsman, Design and Analysis of Experiments for Statistical Selection (1995), from its program
        // RINOTT: 50 degrees of freedom. Its own integral is cut off, so that its values for very many candidates
        // are a little too great or small; those of few hundred and fewer are exact to their digits.
        for (k, probability, expected, within) in [
            (10, 0.975, 4.045, 6e-4),
            (1000, 0.975, 6.057, 6e-3),
            (1000, 0.9, 5.488, 6e-3),
        ] {
            let found = rinott_constant(k, 1.0 - probability, 51).unwrap();
            assert!(
                (found - expected).abs() < within,
                "{k} {probability}: {found}"
            );
        }
    }

    #[test]
    fn with_known_variances_it_is_a_product_of_normal_laws_beyond_dunnetts_point() {
        // Both integrals then stand still at x = y = v, and Phi(h/sqrt 2)^(k-1) = 1 - alpha is left.
        let normal = Normal::standard();
        // Dunnett, J. Amer. Statist. Assoc. 50 (1955), table 1a, infinite freedom: what the k - 1 comparisons with one
        // best need exactly; Rinott's inequality makes a little more of it.
        for (k, dunnett) in [
            (2, 1.64),
            (3, 1.92),
            (4, 2.06),
            (5, 2.16),
            (6, 2.23),
            (10, 2.42),
        ] {
            let found = rinott_constant(k, 0.05, 200_001).unwrap() / 2f64.sqrt();
            let product = normal.inverse_cdf(0.95f64.powf(1.0 / (k - 1) as f64));
            assert!((found - product).abs() < 1e-4, "{k}: {found} {product}");
            assert!(
                found > dunnett - 0.005 && found < dunnett + 0.13,
                "{k}: {found}"
            );
        }
    }

    #[test]
    fn with_two_degrees_of_freedom_it_agrees_with_a_simulation() {
        // Two candidates: P(Z <= h/sqrt(v (1/x + 1/y))), averaged over draws of two chi-squares with 2 degrees of freedom.
        let mut mixer = crate::stats::mixer::Mixer::new(17);
        let normal = Normal::standard();
        let h = rinott_constant(2, 0.1, 3).unwrap();
        let draws = 200_000;
        let mut chi_square = || -2.0 * (1.0 - mixer.uniform()).ln();
        let sum: f64 = (0..draws)
            .map(|_| normal.cdf(h / (2.0 / chi_square() + 2.0 / chi_square()).sqrt()))
            .sum();
        let found = sum / f64::from(draws);
        assert!((found - 0.9).abs() < 0.002, "{found}");
    }

    #[test]
    fn the_laws_of_the_integral_have_mass_and_mean_one() {
        for freedom in [1.0, 2.0, 9.0, 19.0, 999.0] {
            let nodes = chi_square_nodes(freedom);
            let mass: f64 = nodes.iter().map(|(_, w)| w).sum();
            let mean: f64 = nodes.iter().map(|(x, w)| x * w).sum();
            assert!(
                (mass - 1.0).abs() < 1e-7 && (mean - 1.0).abs() < 1e-7,
                "{freedom}: {mass} {mean}"
            );
        }
    }

    #[test]
    fn sizes_grow_with_the_variance_but_not_below_the_first_stage() {
        let sizes = rinott_sizes(&[0.0, 4.0, 16.0], 0.05, 1.0, 20).unwrap();
        let h = rinott_constant(3, 0.05, 20).unwrap();
        assert_eq!(
            sizes,
            [
                20,
                (4.0 * h * h).ceil() as u64,
                (16.0 * h * h).ceil() as u64
            ]
        );
        assert_eq!(
            rinott_sizes(&[-1.0], 0.05, 1.0, 20),
            Err(SelectionError::Values)
        );
    }
}
