//! Statistics: exact moments, log-linear histograms, integrals over time; intervals over replications, for quantiles and for
//! one long run; comparison, selection of the best, designs of experiments, sensitivity, Shapley values. Each method
//! names its paper.

mod batch_means;
mod design;
mod estimate;
mod histogram;
mod interval;
mod mixer;
mod moments;
mod precision;
mod quantile;
pub mod queueing;
mod selection;
mod sensitivity;
mod shapley;
mod simultaneous;
mod timeline;
mod warm_up;
mod welch;

pub use batch_means::{BATCHES, BatchMeans, batch_means};
pub use design::{
    DesignError, MOST_POINTS, MOST_SOBOL_FACTORS, MOST_SOBOL_POINTS, full_factorial,
    latin_hypercube, sobol_points,
};
pub use estimate::{CONFIDENCE, Estimate, PairedComparison, paired};
pub use histogram::Histogram;
pub use interval::Interval;
pub use moments::Moments;
pub use precision::{FIRST_CHECK, Precision, Verdict};
pub use quantile::{
    OrderInterval, buffer_time_index, order_statistics, ratio, ratio_difference, sectioned,
};
pub use selection::{
    Elimination, Kn, SelectionError, allocate, correct_selection, correct_selection_paired,
    rinott_constant, rinott_sizes,
};
pub use sensitivity::{Elementary, MorrisDesign, SobolDesign, SobolIndex, SobolIndices};
pub use shapley::{Division, MOST_PLAYERS, shapley, shapley_over_replications};
pub use simultaneous::{all_against_base, bonferroni, holm};
pub(crate) use timeline::level_ms;
pub use timeline::{BinnedChanges, BinnedIntegral};
pub use warm_up::{BATCH, Settled, Truncation, mser5};
pub use welch::welch;
