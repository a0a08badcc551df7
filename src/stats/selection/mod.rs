//! Selecting the best of several candidates; smaller is better.

mod kn;
mod ocba;
mod rinott;

pub use kn::{Elimination, Kn};
pub use ocba::{allocate, correct_selection, correct_selection_paired};
pub use rinott::{rinott_constant, rinott_sizes};

/// Why a selection cannot be set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionError {
    /// There is no candidate.
    NoCandidate,
    /// The error probability must lie strictly between 0 and 1 - 1/k of k candidates (a blind guess does as well).
    Alpha,
    /// The indifference zone must be positive and finite.
    Delta,
    /// The first stage needs at least two replications of each candidate.
    FirstStage,
    /// The values are not one finite number for each candidate and replication of the stage.
    Values,
}

impl std::fmt::Display for SelectionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SelectionError::NoCandidate => "there is no candidate",
            SelectionError::Alpha => {
                "alpha must lie strictly between 0 and 1 - 1/k, with k candidates"
            }
            SelectionError::Delta => "the indifference zone must be positive",
            SelectionError::FirstStage => {
                "the first stage needs at least two replications of each candidate"
            }
            SelectionError::Values => {
                "there must be one finite number for each candidate and replication"
            }
        })
    }
}

impl std::error::Error for SelectionError {}

/// Checks what all procedures with a guarantee need.
fn check(k: usize, alpha: f64, delta: f64, first: usize) -> Result<(), SelectionError> {
    if k == 0 {
        return Err(SelectionError::NoCandidate);
    }
    // Of one candidate there is nothing to select: any alpha will do.
    let blind = if k == 1 { 1.0 } else { 1.0 - 1.0 / k as f64 };
    if !(alpha > 0.0 && alpha < blind) {
        return Err(SelectionError::Alpha);
    }
    if !(delta > 0.0 && delta.is_finite()) {
        return Err(SelectionError::Delta);
    }
    if first < 2 {
        return Err(SelectionError::FirstStage);
    }
    Ok(())
}

/// The index of the least value, the first of equals; none without values.
fn least(values: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    values
        .min_by(|(i, a), (j, b)| a.total_cmp(b).then(i.cmp(j)))
        .map(|(i, _)| i)
}
