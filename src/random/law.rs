//! Laws of positive durations, stated by mean and coefficient of variation.

use serde::{Deserialize, Serialize};

/// A law of a non-negative quantity (milliseconds in the model), as the scenario states it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum LawSpec {
    /// Always the same value.
    Constant(f64),
    /// Exponential with this mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Lognormal by mean and coefficient of variation (SD / mean).
    LogNormal {
        /// Mean.
        mean: f64,
        /// Coefficient of variation.
        cv: f64,
    },
    /// Gamma by mean and coefficient of variation; `cv = 1/sqrt(k)` is Erlang-k.
    Gamma {
        /// Mean.
        mean: f64,
        /// Coefficient of variation.
        cv: f64,
    },
    /// Uniform between two values.
    Uniform {
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
    },
    /// Triangular.
    Triangular {
        /// Least value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Greatest value.
        high: f64,
    },
    /// Piecewise linear quantile function through (probability, value) points, from probability 0 to 1.
    Empirical(Vec<(f64, f64)>),
}

/// The smallest coefficient of variation, other than 0, that a lognormal or gamma law may have.
const LEAST_CV: f64 = 0.01;
/// The greatest one of a lognormal law.
const GREATEST_LOGNORMAL_CV: f64 = 20.0;
/// The greatest one of a gamma law: beyond it most of the mass lies at next to nothing.
const GREATEST_GAMMA_CV: f64 = 3.0;

impl LawSpec {
    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            LawSpec::Constant(value) => *value,
            LawSpec::Exponential { mean }
            | LawSpec::LogNormal { mean, .. }
            | LawSpec::Gamma { mean, .. } => *mean,
            LawSpec::Uniform { low, high } => 0.5 * (low + high),
            LawSpec::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            LawSpec::Empirical(points) => points
                .windows(2)
                .map(|w| (w[1].0 - w[0].0) * 0.5 * (w[0].1 + w[1].1))
                .sum(),
        }
    }

    /// The coefficient of variation (SD / mean); 0 where the mean is 0.
    pub fn cv(&self) -> f64 {
        let variance = match self {
            LawSpec::Constant(_) => return 0.0,
            LawSpec::Exponential { .. } => return 1.0,
            LawSpec::LogNormal { cv, .. } | LawSpec::Gamma { cv, .. } => return *cv,
            LawSpec::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            LawSpec::Triangular {
                low: a,
                mode: b,
                high: c,
            } => (a * a + b * b + c * c - a * b - a * c - b * c) / 18.0,
            LawSpec::Empirical(points) => {
                let mean = self.mean();
                let second_moment = |w: &[(f64, f64)]| {
                    let (a, b) = (w[0].1 - mean, w[1].1 - mean);
                    (w[1].0 - w[0].0) * (a * a + a * b + b * b) / 3.0
                };
                points.windows(2).map(second_moment).sum()
            }
        };
        let mean = self.mean();
        if mean > 0.0 {
            libm::sqrt(variance.max(0.0)) / mean
        } else {
            0.0
        }
    }

    /// The law of `factor` times the quantity: the same shape, another unit or speed.
    pub fn scaled(&self, factor: f64) -> LawSpec {
        match self {
            LawSpec::Constant(value) => LawSpec::Constant(value * factor),
            LawSpec::Exponential { mean } => LawSpec::Exponential {
                mean: mean * factor,
            },
            LawSpec::LogNormal { mean, cv } => LawSpec::LogNormal {
                mean: mean * factor,
                cv: *cv,
            },
            LawSpec::Gamma { mean, cv } => LawSpec::Gamma {
                mean: mean * factor,
                cv: *cv,
            },
            LawSpec::Uniform { low, high } => LawSpec::Uniform {
                low: low * factor,
                high: high * factor,
            },
            LawSpec::Triangular { low, mode, high } => LawSpec::Triangular {
                low: low * factor,
                mode: mode * factor,
                high: high * factor,
            },
            LawSpec::Empirical(points) => {
                LawSpec::Empirical(points.iter().map(|&(p, v)| (p, v * factor)).collect())
            }
        }
    }

    /// Says what is wrong with the law's parameters and what they may be.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            LawSpec::Constant(value) => non_negative("value", *value),
            LawSpec::Exponential { mean } => positive("mean", *mean),
            LawSpec::LogNormal { mean, cv } => {
                positive("mean", *mean)?;
                usable_cv("lognormal", *cv, GREATEST_LOGNORMAL_CV)
            }
            LawSpec::Gamma { mean, cv } => {
                positive("mean", *mean)?;
                usable_cv("gamma", *cv, GREATEST_GAMMA_CV)
            }
            LawSpec::Uniform { low, high } => {
                non_negative("low", *low)?;
                non_negative("high", *high)?;
                ascending("low", *low, "high", *high)
            }
            LawSpec::Triangular { low, mode, high } => {
                non_negative("low", *low)?;
                non_negative("mode", *mode)?;
                non_negative("high", *high)?;
                ascending("low", *low, "mode", *mode)?;
                ascending("mode", *mode, "high", *high)
            }
            LawSpec::Empirical(points) => valid_points(points),
        }
    }
}

fn non_negative(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(format!(
        "{name} is {value}; it must be a finite number, 0 or more"
    ))
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(format!(
        "{name} is {value}; it must be a finite number above 0"
    ))
}

fn ascending(name: &str, value: f64, next_name: &str, next: f64) -> Result<(), String> {
    if value <= next {
        return Ok(());
    }
    Err(format!("{name} ({value}) is above {next_name} ({next})"))
}

fn usable_cv(family: &str, cv: f64, greatest: f64) -> Result<(), String> {
    if cv == 0.0 || (LEAST_CV..=greatest).contains(&cv) {
        return Ok(());
    }
    Err(format!(
        "cv is {cv}; for a {family} law it must be 0 (no variation) or from {LEAST_CV} to {greatest}"
    ))
}

fn valid_points(points: &[(f64, f64)]) -> Result<(), String> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err("no points; at least probability 0 and probability 1 are needed".to_string());
    };
    if first.0 != 0.0 || last.0 != 1.0 {
        return Err(format!(
            "probabilities run from {} to {}; they must run from 0 to 1",
            first.0, last.0
        ));
    }
    for &(_, value) in points {
        non_negative("value", value)?;
    }
    for pair in points.windows(2) {
        let ((p0, v0), (p1, v1)) = (pair[0], pair[1]);
        if p0.is_nan() || p1.is_nan() || p0 >= p1 {
            return Err(format!(
                "probability {p1} follows {p0}; probabilities must rise"
            ));
        }
        if v0 > v1 {
            return Err(format!(
                "value {v1} follows {v0}; values must not fall as probability rises"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_keeps_the_shape() {
        let laws = [
            LawSpec::Constant(3.0),
            LawSpec::Exponential { mean: 4.0 },
            LawSpec::LogNormal { mean: 5.0, cv: 1.5 },
            LawSpec::Gamma { mean: 5.0, cv: 0.5 },
            LawSpec::Uniform {
                low: 1.0,
                high: 2.0,
            },
            LawSpec::Triangular {
                low: 0.0,
                mode: 1.0,
                high: 5.0,
            },
            LawSpec::Empirical(vec![(0.0, 1.0), (0.3, 2.0), (1.0, 9.0)]),
        ];
        for law in laws {
            let scaled = law.scaled(60.0);
            assert!((scaled.mean() / law.mean() - 60.0).abs() < 1e-12, "{law:?}");
            assert!((scaled.cv() - law.cv()).abs() < 1e-12, "{law:?}");
        }
    }

    #[test]
    fn an_empirical_law_on_a_straight_line_is_the_uniform_law() {
        let uniform = LawSpec::Uniform {
            low: 2.0,
            high: 6.0,
        };
        let line = LawSpec::Empirical(vec![(0.0, 2.0), (0.25, 3.0), (1.0, 6.0)]);
        assert!((line.mean() - uniform.mean()).abs() < 1e-12);
        assert!((line.cv() - uniform.cv()).abs() < 1e-12);
    }

    #[test]
    fn parameters_without_a_meaning_are_refused_with_a_reason() {
        let refused = |law: LawSpec| law.validate().expect_err("should be refused");
        assert_eq!(
            refused(LawSpec::Constant(-1.0)),
            "value is -1; it must be a finite number, 0 or more"
        );
        assert!(refused(LawSpec::Exponential { mean: 0.0 }).contains("above 0"));
        assert!(refused(LawSpec::Exponential { mean: f64::NAN }).contains("NaN"));
        assert!(
            refused(LawSpec::LogNormal {
                mean: 1.0,
                cv: 21.0
            })
            .contains("from 0.01 to 20")
        );
        assert!(
            refused(LawSpec::Gamma {
                mean: 1.0,
                cv: 0.001
            })
            .contains("from 0.01 to 3")
        );
        assert_eq!(
            refused(LawSpec::Uniform {
                low: 2.0,
                high: 1.0
            }),
            "low (2) is above high (1)"
        );
        assert!(
            refused(LawSpec::Triangular {
                low: 0.0,
                mode: 3.0,
                high: 2.0
            })
            .contains("mode (3)")
        );
        assert!(refused(LawSpec::Empirical(vec![])).contains("no points"));
        assert!(refused(LawSpec::Empirical(vec![(0.0, 1.0), (0.5, 2.0)])).contains("from 0 to 1"));
        assert!(
            refused(LawSpec::Empirical(vec![(0.0, 2.0), (1.0, 1.0)])).contains("must not fall")
        );
        assert!(
            refused(LawSpec::Empirical(vec![(0.0, 1.0), (0.0, 1.5), (1.0, 2.0)]))
                .contains("must rise")
        );
        assert_eq!(LawSpec::Gamma { mean: 1.0, cv: 0.0 }.validate(), Ok(()));
    }
}
