//! Trials: replications of a study's variants, run as they are asked for and kept as they end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kept::kept;
use super::replication::{Pool, Reduced, Row};
use super::results::{Measure, Results, VariantResult};
use super::{Conduct, Overload, RunError, RunOptions};
use super::{compare, compile, long_run, measures, replication, summarise};
use crate::network::Network;
use crate::observe::Digest;
use crate::scenario::Study;

/// Keeps finished replications, so that an interrupted experiment goes on where it was. What it is given is all that a
/// replication brings to the results.
pub trait Store: Sync {
    /// What was kept of this replication of variant number `variant`; `None` where nothing was, or not all of it.
    fn load(&self, variant: usize, replication: u32) -> Option<Vec<u8>>;

    /// Keeps a replication.
    ///
    /// # Errors
    /// Why it could not be kept, in words.
    fn save(&self, variant: usize, replication: u32, record: &[u8]) -> Result<(), String>;

    /// The part of this store that is called `name`, a few letters, digits, hyphens and points. It shares no replication
    /// with the store itself or with a part of another name, so that each of the [`Trials`] of an experiment that has
    /// several keeps its own. The same name must always stand for the same variants.
    fn scope(&self, name: &str) -> Box<dyn Store + '_>;
}

/// What is kept of a replication.
#[derive(Serialize, Deserialize)]
struct Record {
    run: Reduced,
    engine: String,
}

/// The variants of a study and what their replications brought so far.
pub struct Trials<'s> {
    study: &'s Study,
    networks: Vec<Network>,
    options: RunOptions,
    threads: rayon::ThreadPool,
    store: Option<&'s dyn Store>,
    /// By variant, by replication.
    rows: Vec<Vec<Row>>,
    /// By variant: sums that are exact, so that the order in which runs come to them shows nowhere.
    pools: Vec<Mutex<Pool>>,
    /// By variant: how its first replication was executed, and why.
    engines: Vec<String>,
}

impl<'s> Trials<'s> {
    /// Compiles the variants; runs nothing yet.
    ///
    /// # Errors
    /// Where a variant cannot be compiled or threads cannot be had.
    pub fn new(study: &'s Study, options: &RunOptions) -> Result<Self, RunError> {
        let networks = compile(study)?;
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .build()
            .map_err(|e| RunError::Setup(format!("no threads could be started: {e}")))?;
        Ok(Trials {
            study,
            options: *options,
            threads,
            store: None,
            rows: networks.iter().map(|_| Vec::new()).collect(),
            pools: networks.iter().map(|_| Mutex::default()).collect(),
            engines: vec![String::new(); networks.len()],
            networks,
        })
    }

    /// The same with finished replications kept in `store`, and taken from it.
    #[must_use]
    pub fn with_store(mut self, store: &'s dyn Store) -> Self {
        self.store = Some(store);
        self
    }

    /// The study.
    pub fn study(&self) -> &'s Study {
        self.study
    }

    /// The compiled variants.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// How many replications of variant number `variant` there are.
    pub fn replications(&self, variant: usize) -> u32 {
        self.rows[variant].len() as u32
    }

    /// Runs what is missing until every variant has `replications`; `progress` is told of each finished run (done, of
    /// how many).
    ///
    /// # Errors
    /// [`RunError`]: a replication cannot be run or kept, or a promise was broken.
    pub fn extend_all(
        &mut self,
        replications: u32,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<(), RunError> {
        self.extend(&vec![replications; self.networks.len()], progress)
    }

    /// Runs what is missing until each variant has as many replications as `wanted` says of it. Which were run before,
    /// and in which order, changes no result.
    ///
    /// # Errors
    /// As [`Trials::extend_all`].
    pub fn extend(
        &mut self,
        wanted: &[u32],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<(), RunError> {
        // Replication first, so that the variants' progress is even and the longest do not come last.
        let mut jobs: Vec<(u32, usize)> = (wanted.iter().enumerate())
            .flat_map(|(v, &wanted)| (self.replications(v)..wanted).map(move |r| (r, v)))
            .collect();
        jobs.sort_unstable();
        let conduct = Conduct {
            engine: self.options.engine,
            kernel: self.options.kernel,
            digest: true,
            // The runs come first; threads that they leave idle are for their parts.
            threads: self.threads.current_num_threads() / jobs.len().max(1),
        };
        let done = AtomicUsize::new(0);
        // The first that fails, in the order of the list, is the one that is told of; those after it need not run.
        let failed = AtomicUsize::new(usize::MAX);
        let this = &*self;
        let found: Vec<Result<(Row, String), RunError>> = self.threads.install(|| {
            (0..jobs.len())
                .into_par_iter()
                .filter(|job| *job <= failed.load(Ordering::Relaxed))
                .map(|job| {
                    let (number, variant) = jobs[job];
                    let record = this.record(variant, number, &conduct).inspect_err(|_| {
                        failed.fetch_min(job, Ordering::Relaxed);
                    })?;
                    let mut pool = this.pools[variant]
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    pool.merge(&record.run);
                    drop(pool);
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
                    Ok((record.run.row, record.engine))
                })
                .collect()
        });
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        for (&(number, variant), (row, engine)) in jobs.iter().zip(found) {
            if number == 0 {
                self.engines[variant] = engine;
            }
            self.rows[variant].push(row);
        }
        Ok(())
    }

    /// A replication, from the store or run.
    fn record(&self, variant: usize, number: u32, conduct: &Conduct) -> Result<Record, RunError> {
        kept(self.store, variant, number, || {
            let network = &self.networks[variant];
            let run = replication::run_as(network, self.study.experiment.seed, number, conduct);
            let run = run.map_err(|error| match error {
                RunError::Scenario(text) => RunError::Scenario(format!(
                    "variant `{}`, replication {number}: {text}",
                    self.study.variants[variant].name
                )),
                other => other,
            })?;
            let engine = run.engine.clone();
            Ok(Record {
                run: replication::reduce(network, run),
                engine,
            })
        })
    }

    /// The values of `measure` in the replications of variant number `variant`, in their order; NaN where a replication
    /// observed nothing. `None` where the variant has no such measure. Of unfinished consignments the hours so far
    /// count: see [`Trials::is_bound`].
    pub fn values(&self, variant: usize, measure: &Measure) -> Option<Vec<f64>> {
        let of = measures::finder(self.study, &self.networks[variant], variant, measure)?;
        Some(self.rows[variant].iter().map(of).collect())
    }

    /// Says that variant number `variant` has no such measure, and which of its kind it has; `place` says what the variant
    /// is, such as `this scenario`.
    pub(super) fn no_measure(&self, variant: usize, measure: &Measure, place: &str) -> RunError {
        /// More are not listed.
        const LISTED: usize = 12;
        let known = measures::known(self.study, &self.networks[variant], variant, measure);
        let rest = match known.len().saturating_sub(LISTED) {
            0 => String::new(),
            n => format!(" and {n} more (`corridor compare` writes all to comparisons.csv)"),
        };
        let known = match known.is_empty() {
            true => format!("there is no {}", measure.words().0),
            false => format!(
                "there are {}{rest}",
                known[..known.len().min(LISTED)].join(", ")
            ),
        };
        RunError::Scenario(format!(
            "`{}` is measured nowhere in {place}; {known}",
            measure.option()
        ))
    }

    /// Whether the values of `measure` for a variant are lower bounds, because more than 0.1 % of its measured
    /// consignments were unfinished.
    pub fn is_bound(&self, variant: usize, measure: &Measure) -> bool {
        let pool = self.pool(variant);
        measures::is_bound(self.study, &self.networks[variant], variant, &pool, measure)
    }

    /// The numbers of each replication of variant number `variant`.
    pub(super) fn rows(&self, variant: usize) -> &[Row] {
        &self.rows[variant]
    }

    /// The mean number of consignments present at all sites together, by bin of the series over time, from the start to
    /// the horizon; mean over the replications of variant number `variant`.
    pub fn present(&self, variant: usize) -> Vec<f64> {
        let rows = &self.rows[variant];
        let bins = rows
            .first()
            .and_then(|r| r.present.first())
            .map_or(0, Vec::len);
        let at = |bin: usize| {
            rows.iter()
                .flat_map(|r| &r.present)
                .map(|site| site[bin])
                .sum::<f64>()
        };
        (0..bins).map(|bin| at(bin) / rows.len() as f64).collect()
    }

    /// As [`Trials::values`], of the 90th percentile; infinite where it falls among the unfinished. `None` too of sums
    /// over a whole way, of which only the mean is known.
    pub fn p90s(&self, variant: usize, measure: &Measure) -> Option<Vec<f64>> {
        let of = measures::p90_finder(self.study, &self.networks[variant], variant, measure)?;
        Some(self.rows[variant].iter().map(of).collect())
    }

    fn pool(&self, variant: usize) -> std::sync::MutexGuard<'_, Pool> {
        self.pools[variant]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What the study is first about: release time where that is what its benchmarks state or where no border side is
    /// controlled, else BCP time.
    pub fn headline(&self) -> Measure {
        let stated =
            !self.study.benchmarks.is_empty() && self.study.benchmarks.iter().all(|b| b.release);
        let mut at_border = false;
        let pool = self.pool(0);
        for (cells, node) in pool.cells.iter().zip(&self.networks[0].sites) {
            for (tally, cell) in cells.iter().zip(&node.cells) {
                at_border |= cell.role.is_at_border() && tally.bcp.count() > 0;
            }
        }
        if stated || !at_border {
            Measure::AllReleases
        } else {
            Measure::AllSides
        }
    }

    /// What variant number `variant` was found to do.
    pub fn variant(&self, variant: usize) -> VariantResult {
        let (network, rows) = (&self.networks[variant], &self.rows[variant]);
        summarise::variant(self.study, variant, network, rows, &self.pool(variant))
    }

    /// Where a desk of variant number `variant` cannot keep up. Much less work than [`Trials::variant`].
    pub fn overload(&self, variant: usize) -> Option<Overload> {
        let about = &self.study.variants[variant];
        let (network, rows) = (&self.networks[variant], &self.rows[variant]);
        let stations = summarise::stations(&about.scenario, network, rows, &mut Vec::new());
        Overload::simulated(&about.name, &stations)
    }

    /// Digest of all runs, the events in them, and how each variant's first run was executed.
    pub fn account(&self) -> (Digest, u64, &[String]) {
        let mut digest = Digest::default();
        let mut events = 0;
        for v in 0..self.networks.len() {
            let pool = self.pool(v);
            digest.merge(pool.digest);
            events += pool.events;
        }
        (digest, events, &self.engines)
    }

    /// As [`Trials::results`]; a single replication, which has no intervals over replications, is run once more for
    /// the batch means of its sides.
    ///
    /// # Errors
    /// A broken promise of the engine.
    pub fn whole_results(&self) -> Result<Results, RunError> {
        let mut results = self.results();
        let seed = self.study.experiment.seed;
        for (v, variant) in results.variants.iter_mut().enumerate() {
            if self.replications(v) == 1 {
                variant.long_run = long_run::sides(&self.networks[v], seed, &variant.sides)?;
            }
        }
        Ok(results)
    }

    /// The results, of as many replications as the base has.
    pub fn results(&self) -> Results {
        let study = self.study;
        let (digest, events, _) = self.account();
        let variants: Vec<VariantResult> =
            (0..self.networks.len()).map(|v| self.variant(v)).collect();
        Results {
            scenario: study.name.clone(),
            title: study.title.clone(),
            question: study.question.clone(),
            seed: study.experiment.seed,
            replications: self.replications(0),
            warm_up_h: study.experiment.warm_up.hours(),
            horizon_h: study.experiment.horizon.hours(),
            start: study.experiment.start.to_string(),
            comparisons: compare::comparisons(study, &self.networks, &self.rows, &variants),
            benchmarks: compare::benchmarks(study, &variants),
            variants,
            headline: self.headline(),
            precision: None,
            warm_up: None,
            finding: String::new(),
            digest: digest.to_string(),
            events,
            engines: self.engines.clone(),
        }
    }
}
