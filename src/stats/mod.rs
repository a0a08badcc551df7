//! Statistics: exact moments, log-linear histograms, integrals over time, intervals over replications,
//! paired comparison.

mod estimate;
mod histogram;
mod moments;
pub mod queueing;
mod timeline;

pub use estimate::{CONFIDENCE, Estimate, PairedComparison, paired};
pub use histogram::Histogram;
pub use moments::Moments;
pub(crate) use timeline::level_ms;
pub use timeline::{BinnedChanges, BinnedIntegral};
