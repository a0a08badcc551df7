//! Statistics: exact moments, log-linear histograms, intervals over replications, paired comparison.

mod estimate;

pub use estimate::Estimate;
