//! What is asked of a scenario: a manifest keeps it, so that `verify` can ask it again.

use corridor::experiment::rank::RankOptions;
use corridor::experiment::{Precision, RunOptions};
use corridor::report::SWEEP_JSON;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Given, Means};
use super::failure::Failure;
use super::{blame, diff, rank, sensitivity, study, sweep, trs, twins};

/// With the scenario, its seed and replications, all that determines what comes out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    /// By `run` and `compare`, of the variants that the manifest names.
    Compare {
        /// The precision that replications go on for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<Precision>,
    },
    /// By `sweep`; the variants are then its points.
    Sweep(sweep::Request),
    /// By `rank`; the variants are then the base and the candidates.
    Rank(RankOptions),
    /// By `sensitivity`.
    Sensitivity(sensitivity::Request),
    /// By `diff`.
    Diff(diff::Request),
    /// By `twins`.
    Twins(twins::Request),
    /// By `blame`.
    Blame(blame::Request),
    /// By `trs`.
    Trs(trs::Request),
}

impl Asked {
    /// What the names of its folders begin with.
    pub fn prefix(&self) -> &'static str {
        match self {
            Asked::Compare { .. } => "",
            Asked::Sweep(_) => "sweep-",
            Asked::Rank(_) => "rank-",
            Asked::Sensitivity(_) => "sensitivity-",
            Asked::Diff(_) => "diff-",
            Asked::Twins(_) => "twins-",
            Asked::Blame(_) => "blame-",
            Asked::Trs(_) => "trs-",
        }
    }

    /// What is called finished.
    pub fn noun(&self) -> &'static str {
        match self {
            Asked::Compare { .. } => "run",
            Asked::Sweep(_) => "sweep",
            Asked::Rank(_) => "ranking",
            Asked::Sensitivity(_) => "analysis",
            Asked::Diff(_) | Asked::Twins(_) => "comparison",
            Asked::Blame(_) | Asked::Trs(_) => "study",
        }
    }

    /// All that determines the results, as text; nothing where the scenario says it all.
    pub fn identity(&self) -> Option<String> {
        match self {
            Asked::Compare { precision } => precision.map(|precision| format!("{precision:?}")),
            Asked::Sweep(request) => Some(format!("{request:?}")),
            // How it is executed changes nothing.
            Asked::Rank(options) => Some(format!(
                "{:?}",
                RankOptions {
                    run: RunOptions::default(),
                    ..options.clone()
                }
            )),
            Asked::Sensitivity(request) => Some(format!("{request:?}")),
            Asked::Diff(request) => Some(request.identity()),
            Asked::Twins(request) => Some(format!("{request:?}")),
            Asked::Blame(request) => Some(format!("{request:?}")),
            Asked::Trs(request) => Some(format!("{request:?}")),
        }
    }

    /// The file of its results as JSON, and the file that is printed.
    pub fn shown(&self) -> (&'static str, &'static str) {
        match self {
            Asked::Compare { .. } => ("results.json", "tables.txt"),
            Asked::Sweep(_) => (SWEEP_JSON, "tables.txt"),
            Asked::Rank(_) => ("ranking.json", "tables.txt"),
            Asked::Sensitivity(_) => ("sensitivity.json", "sensitivity.txt"),
            Asked::Diff(_) => ("diff.json", "diff.txt"),
            Asked::Twins(_) => ("twins.json", "twins.txt"),
            Asked::Blame(_) => ("blame.json", "blame.txt"),
            Asked::Trs(_) => ("trs.json", "trs.txt"),
        }
    }

    /// Whether replications are asked for otherwise than by their number.
    pub fn has_precision(&self) -> bool {
        matches!(self, Asked::Compare { precision } if precision.is_some())
    }

    /// Asks it.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        match self {
            Asked::Compare { precision } => study::conduct(*precision, given, means),
            Asked::Sweep(request) => request.conduct(given, means),
            Asked::Rank(options) => rank::conduct(options, given, means),
            Asked::Sensitivity(request) => request.conduct(given, means),
            Asked::Diff(request) => request.conduct(given, means),
            Asked::Twins(request) => request.conduct(given, means),
            Asked::Blame(request) => request.conduct(given, means),
            Asked::Trs(request) => request.conduct(given, means),
        }
    }
}
