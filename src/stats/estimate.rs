//! A number with its interval.

use serde::{Deserialize, Serialize};

/// A mean over replications with the half-width of its two-sided Student-t interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean over replications.
    pub mean: f64,
    /// Half-width of the 95 % interval; infinite with fewer than two replications.
    pub half_width: f64,
    /// Number of replications.
    pub replications: u32,
}
