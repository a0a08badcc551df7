//! Comparing laws: does one lie above another anywhere?

use statrs::distribution::{ContinuousCDF, Gamma, Normal};

use crate::random::LawSpec;

/// The quantile of `law` at `share`, for comparison only: the simulation draws from its own tables.
fn quantile(law: &LawSpec, share: f64) -> f64 {
    match law {
        LawSpec::Constant(value) => *value,
        LawSpec::Exponential { mean } => -mean * libm::log1p(-share),
        LawSpec::LogNormal { mean, cv } => {
            let variance = libm::log1p(cv * cv);
            let standard = Normal::standard().inverse_cdf(share);
            mean * libm::exp(libm::sqrt(variance) * standard - variance / 2.0)
        }
        LawSpec::Gamma { mean, cv } => {
            let shape = 1.0 / (cv * cv);
            Gamma::new(shape, shape / mean).map_or(*mean, |gamma| gamma.inverse_cdf(share))
        }
        LawSpec::Uniform { low, high } => low + share * (high - low),
        LawSpec::Triangular { low, mode, high } => {
            let split = (mode - low) / (high - low);
            if share < split {
                low + libm::sqrt(share * (high - low) * (mode - low))
            } else {
                high - libm::sqrt((1.0 - share) * (high - low) * (high - mode))
            }
        }
        LawSpec::Empirical(points) => {
            let after = points
                .partition_point(|point| point.0 <= share)
                .clamp(1, points.len() - 1);
            let ((x0, y0), (x1, y1)) = (points[after - 1], points[after]);
            y0 + (share - x0) / (x1 - x0) * (y1 - y0)
        }
    }
}

/// The first share, on a grid, at which the quantile of `law` lies above that of `other`.
pub fn first_above(law: &LawSpec, other: &LawSpec) -> Option<f64> {
    let above = |share: &f64| quantile(law, *share) > quantile(other, *share) * (1.0 + 1e-9);
    (1..1000)
        .map(|thousandth| f64::from(thousandth) / 1000.0)
        .find(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_mean_of_the_same_shape_lies_nowhere_above() {
        let enquiry = |mean| LawSpec::LogNormal { mean, cv: 1.3 };
        assert_eq!(first_above(&enquiry(3.0), &enquiry(15.0)), None);
        assert_eq!(first_above(&enquiry(15.0), &enquiry(3.0)), Some(0.001));
    }

    #[test]
    fn a_wider_law_crosses_a_narrower_one() {
        let gamma = |mean, cv| LawSpec::Gamma { mean, cv };
        assert!(first_above(&gamma(1.0, 2.0), &gamma(1.5, 0.2)).is_some());
        assert_eq!(first_above(&gamma(1.0, 0.5), &gamma(1.5, 0.5)), None);
    }

    #[test]
    fn quantiles_of_bounded_laws_are_exact() {
        assert_eq!(
            quantile(
                &LawSpec::Uniform {
                    low: 1.0,
                    high: 3.0
                },
                0.25
            ),
            1.5
        );
        assert_eq!(
            quantile(
                &LawSpec::Triangular {
                    low: 0.0,
                    mode: 1.0,
                    high: 2.0
                },
                0.5
            ),
            1.0
        );
        assert_eq!(
            quantile(
                &LawSpec::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (1.0, 4.0)]),
                0.75
            ),
            3.0
        );
    }
}
