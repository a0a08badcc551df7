//! Experiments: every variant in every replication, in parallel, with common random numbers; then the
//! estimates.

pub mod carec;
mod compare;
mod conduct;
mod deadlock;
pub mod difference;
mod explain;
mod explain_acts;
mod explain_departures;
mod explain_stays;
mod explain_text;
mod explain_waits;
mod explain_work;
mod kept;
pub mod long_run;
mod measures;
mod outcomes;
mod overload;
pub mod precision;
pub mod rank;
mod replication;
pub mod results;
pub mod sensitivity;
mod summarise;
pub mod sweep;
pub mod theory;
mod trials;
pub mod trs;
pub mod twins;
mod vehicles;
pub mod warm_up;
mod ways;

use crate::engine::Engine;
use crate::network::Network;
use crate::scenario::{RouteShares, Study};
use crate::world::Kernel;

pub use conduct::Conduct;
pub use explain::{Act, Explanation, Lost, Passage, explain};
pub use outcomes::{Outcome, Statistic, Subject};
pub use overload::Overload;
pub use precision::{Precision, PrecisionResult};
pub use replication::{Observations, observe, observe_as, run_as, run_one};
pub use results::{Measure, Measured, Results};
pub use trials::{Store, Trials};
pub use warm_up::WarmUpResult;

/// Why a run gave no results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The scenario cannot be run.
    #[error("{0}")]
    Scenario(String),
    /// The run could not be started.
    #[error("{0}")]
    Setup(String),
    /// A promise of the program was broken: a defect of Corridor, not of the scenario.
    #[error("a promise was broken (a defect of Corridor): {0}")]
    PromiseBroken(String),
}

/// How to run a study.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Threads; by default one for each core. The results are the same for any number.
    pub threads: Option<usize>,
    /// Executor of each run. The results are the same for any.
    pub engine: Engine,
    /// Kernel of its sites. The results are the same for either.
    pub kernel: Kernel,
}

/// The networks of all variants of a study.
///
/// # Errors
/// Where a variant cannot be compiled.
pub fn compile(study: &Study) -> Result<Vec<Network>, RunError> {
    let wrong = |e: crate::network::CompileError| RunError::Scenario(e.to_string());
    let base = study
        .variants
        .first()
        .ok_or_else(|| RunError::Scenario("the study has no variant".into()))?;
    let routes = Network::base_routes(&base.scenario).map_err(wrong)?;
    let shared = match study.experiment.route_shares {
        RouteShares::Base => Some(&routes),
        RouteShares::Variant => None,
    };
    (0..study.variants.len())
        .map(|v| Network::compile(study, v, shared).map_err(wrong))
        .collect()
}

/// Runs every variant of `study` in every replication and gives the estimates; `progress` is told of each
/// finished run (done, of how many).
///
/// # Errors
/// [`RunError`]: the scenario cannot be run, threads cannot be had, or a promise was broken.
pub fn run(
    study: &Study,
    options: &RunOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Results, RunError> {
    if !study.experiment.steady {
        let mut trials = Trials::new(study, options)?;
        trials.extend_all(study.experiment.replications, progress)?;
        return trials.whole_results();
    }
    let warm_up = warm_up::find(study, options, None, progress)?;
    if let Some(refusal) = warm_up.refusal() {
        return Err(RunError::Scenario(refusal));
    }
    let mut results = run(&warm_up.apply(study), options, progress)?;
    results.warm_up = Some(warm_up);
    Ok(results)
}
