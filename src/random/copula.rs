//! The one-factor Gaussian copula: several uniforms of one consignment made dependent, each kept uniform.
//!
//! With independent standard normal scores z (shared) and z_i (of step i) the score of step i is
//! sqrt(rho) z + sqrt(1 - rho) z_i: standard normal again, with correlation rho between any two steps. Its
//! probability under the normal distribution is the step's uniform, so every step keeps its law exactly; Spearman's
//! rank correlation of two steps is (6/pi) asin(rho/2), Kendall's tau (2/pi) asin(rho) (Embrechts, Lindskog and McNeil
//! 2003, Modelling Dependence with Copulas and Applications to Risk Management, section 5).

use super::normal;

/// The shares of the common and of the own score.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OneFactor {
    common: f64,
    own: f64,
}

impl OneFactor {
    /// The copula of correlation `rho` in (0, 1); `None` where nothing depends on the common factor, or everything.
    pub fn new(rho: f64) -> Option<Self> {
        (rho > 0.0 && rho < 1.0).then(|| OneFactor {
            common: libm::sqrt(rho),
            own: libm::sqrt(1.0 - rho),
        })
    }

    /// The uniform of a step from the `shared` one and the step's `own`, all strictly between 0 and 1.
    pub fn uniform(&self, shared: f64, own: f64) -> f64 {
        let z = self.common * normal::quantile(shared) + self.own * normal::quantile(own);
        middle_of_cell(normal::probability(z))
    }
}

/// The middle of the cell of width 2^-52 that `u` lies in: strictly between 0 and 1, with an exact complement, as the
/// quantile functions take it from a stream.
fn middle_of_cell(u: f64) -> f64 {
    const CELLS: f64 = (1u64 << 52) as f64;
    (libm::floor(u * CELLS).min(CELLS - 1.0) + 0.5) / CELLS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const N: u64 = 200_000;

    /// Uniforms of two steps of `N` consignments.
    fn pairs(rho: f64) -> Vec<(f64, f64)> {
        let copula = OneFactor::new(rho).expect("a correlation");
        let stream = |agency: &str, purpose| Stream::new(5, 0, "gate", agency, "", purpose);
        let shared = stream("", Purpose::Correlation);
        let (a, b) = (
            stream("customs", Purpose::Service),
            stream("quarantine", Purpose::Service),
        );
        (0..N)
            .map(|n| {
                let z = shared.uniform(n, 0, 0);
                let of = |own: Stream| copula.uniform(z, own.uniform(n, 0, 0));
                (of(a), of(b))
            })
            .collect()
    }

    /// Kolmogorov-Smirnov's distance from the uniform law.
    fn distance(mut sample: Vec<f64>) -> f64 {
        sample.sort_by(f64::total_cmp);
        let n = sample.len() as f64;
        sample
            .iter()
            .enumerate()
            .map(|(i, u)| (u - i as f64 / n).abs().max(((i + 1) as f64 / n - u).abs()))
            .fold(0.0, f64::max)
    }

    #[test]
    fn each_step_keeps_its_uniform_law() {
        for rho in [0.1, 0.4, 0.9] {
            let all = pairs(rho);
            // P(sqrt(n) D > 2) < 7e-4; the draws are fixed by their keys.
            let bound = 2.0 / libm::sqrt(N as f64);
            assert!(distance(all.iter().map(|p| p.0).collect()) < bound, "{rho}");
            assert!(distance(all.iter().map(|p| p.1).collect()) < bound, "{rho}");
        }
    }

    #[test]
    fn two_steps_have_the_rank_correlation_of_the_copula() {
        for rho in [0.1, 0.4, 0.9] {
            // With uniform margins Spearman's correlation is the mean of 12 (u - 1/2) (v - 1/2).
            let products = pairs(rho)
                .iter()
                .map(|(u, v)| 12.0 * (u - 0.5) * (v - 0.5))
                .collect::<Vec<f64>>();
            let mean = products.iter().sum::<f64>() / N as f64;
            let variance = products
                .iter()
                .map(|x| (x - mean) * (x - mean))
                .sum::<f64>()
                / (N - 1) as f64;
            let sigma = libm::sqrt(variance / N as f64);
            let expected = 6.0 / std::f64::consts::PI * libm::asin(rho / 2.0);
            assert!(
                (mean - expected).abs() < 5.0 * sigma,
                "rho {rho}: {mean} against {expected}, sigma {sigma}"
            );
        }
    }

    #[test]
    fn what_comes_out_lies_strictly_between_0_and_1_and_has_an_exact_complement() {
        let copula = OneFactor::new(0.5).expect("a correlation");
        let least = 1.0 / (1u64 << 53) as f64;
        for (shared, own) in [(least, least), (1.0 - least, 1.0 - least), (0.5, 0.5)] {
            let u = copula.uniform(shared, own);
            assert!(u > 0.0 && u < 1.0);
            assert_eq!(1.0 - (1.0 - u), u);
        }
        assert!((copula.uniform(0.5, 0.5) - 0.5).abs() < 1e-15);
        assert_eq!(OneFactor::new(0.0), None);
    }
}
