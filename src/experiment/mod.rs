//! Experiments: every variant in every replication, in parallel, with common random numbers; then the
//! estimates.

pub mod carec;
mod compare;
mod conduct;
mod deadlock;
mod explain;
mod explain_acts;
mod explain_departures;
mod explain_stays;
mod explain_text;
mod explain_waits;
mod explain_work;
mod replication;
pub mod results;
mod summarise;
pub mod theory;
pub mod trs;
mod vehicles;
mod ways;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use rayon::prelude::*;

use crate::engine::Engine;
use crate::network::Network;
use crate::observe::Digest;
use crate::scenario::{RouteShares, Study};
use crate::world::Kernel;

pub use conduct::Conduct;
pub use explain::{Act, Explanation, Lost, Passage, explain};
pub use replication::{Observations, observe, observe_as, run_as, run_one};
pub use results::{Measure, Measured, Results};

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
    let networks = compile(study)?;
    let replications = study.experiment.replications as usize;
    let total = networks.len() * replications;
    let done = AtomicUsize::new(0);
    let pools: Vec<Mutex<replication::Pool>> = networks.iter().map(|_| Mutex::default()).collect();
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|e| RunError::Setup(format!("no threads could be started: {e}")))?;
    let conduct = Conduct {
        engine: options.engine,
        kernel: options.kernel,
        digest: true,
        // The runs come first; threads that they leave idle are for their parts.
        threads: threads.current_num_threads() / total.max(1),
    };
    let engines: Vec<OnceLock<String>> = networks.iter().map(|_| OnceLock::new()).collect();
    // The first that fails, in the order of the list, is the one that is told of; those after it need not run.
    let failed = AtomicUsize::new(usize::MAX);
    let rows: Vec<Result<replication::Row, RunError>> = threads.install(|| {
        (0..total)
            .into_par_iter()
            .filter(|job| *job <= failed.load(Ordering::Relaxed))
            .map(|job| {
                // Replication first, so that the variants' progress is even and the longest do not come last.
                let (variant, number) = (job % networks.len(), (job / networks.len()) as u32);
                let network = &networks[variant];
                let run = run_as(network, study.experiment.seed, number, &conduct);
                let run = run.map_err(|error| {
                    failed.fetch_min(job, Ordering::Relaxed);
                    match error {
                        RunError::Scenario(text) => RunError::Scenario(format!(
                            "variant `{}`, replication {number}: {text}",
                            study.variants[variant].name
                        )),
                        other => other,
                    }
                })?;
                if number == 0 {
                    engines[variant].get_or_init(|| run.engine.clone());
                }
                let reduced = replication::reduce(network, run);
                // The pool's sums are exact integers: the order in which runs come to it shows nowhere.
                pools[variant]
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .merge(&reduced);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                Ok(reduced.row)
            })
            .collect()
    });
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut by_variant: Vec<Vec<replication::Row>> = networks.iter().map(|_| Vec::new()).collect();
    for (job, row) in rows.into_iter().enumerate() {
        by_variant[job % networks.len()].push(row);
    }
    let mut digest = Digest::default();
    let mut events = 0;
    let mut variants = Vec::new();
    for (v, network) in networks.iter().enumerate() {
        let pool = pools[v].lock().unwrap_or_else(|e| e.into_inner());
        digest.merge(pool.digest);
        events += pool.events;
        variants.push(summarise::variant(study, v, network, &by_variant[v], &pool));
    }
    let comparisons = compare::comparisons(study, &networks, &by_variant, &variants);
    let benchmarks = compare::benchmarks(study, &variants);
    // Release time where that is what the benchmarks state, or where no border side is controlled.
    let at_border = |s: &results::SideResult| s.role.is_at_border() && s.bcp.n > 0;
    let stated = !study.benchmarks.is_empty() && study.benchmarks.iter().all(|b| b.release);
    let headline = if stated || !variants[0].sides.iter().any(at_border) {
        Measure::AllReleases
    } else {
        Measure::AllSides
    };
    Ok(Results {
        scenario: study.name.clone(),
        title: study.title.clone(),
        question: study.question.clone(),
        seed: study.experiment.seed,
        replications: study.experiment.replications,
        warm_up_h: study.experiment.warm_up.hours(),
        horizon_h: study.experiment.horizon.hours(),
        start: study.experiment.start.to_string(),
        variants,
        comparisons,
        headline,
        benchmarks,
        finding: String::new(),
        digest: digest.to_string(),
        events,
        engines: engines
            .into_iter()
            .filter_map(OnceLock::into_inner)
            .collect(),
    })
}
