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
