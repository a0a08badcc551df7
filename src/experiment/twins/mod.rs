//! Counterfactual twins: each consignment in two variants of a study on identical draws. The difference of its two
//! journeys is split along the critical path of each, so that waiting, service, blocking, hand-off and travel, by place
//! and by whose they are, add to it exactly, in milliseconds. Beside them the blame of fork-joins: who was last where
//! several agencies' work came together, how often and at what cost.
//!
//! The journeys are streamed: records of all consignments are sorted in chunks (see `chunks`), so that memory does not
//! grow with their number.

mod chunks;
mod outcome;
mod tally;
mod trace;

use std::io;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kept::kept;
use super::{RunError, compile, deadlock, theory};
use crate::engine;
use crate::network::Network;
use crate::observe::{Follower, Labels, PartId, Parts, Record, Records, SiteBlame};
use crate::scenario::Study;
use crate::terms::EntityId;
use crate::world::{Corridor, Draws};

pub use chunks::{MakeStore, Sorted, Sorter, Store};
pub use outcome::{
    BlameResult, Blames, Difference, Example, GroupResult, KindResult, PartResult, QuantileResult,
    TwinsResult, UnpairedResult,
};
pub use trace::{Fate, Trace, Twin, Twins};

/// How twins are run.
pub struct TwinOptions<'o> {
    /// Threads; by default one for each core. The results are the same for any number.
    pub threads: Option<usize>,
    /// Most bytes of records in memory, over all threads.
    pub memory: usize,
    /// Makes the stores for what goes beyond it.
    pub store: &'o MakeStore<'o>,
    /// Keeps what each replication came to, and has it where it was run before. Not asked where every twin is told of.
    pub kept: Option<&'o dyn super::Store>,
}

/// The default of [`TwinOptions::memory`]: with all else that a run holds less than 256 MB.
pub const MEMORY: usize = 128 << 20;

/// Is told of every twin, in the order of replications, flows and ordinals.
pub type EachTwin<'e> = dyn FnMut(&Parts, &Twin) -> io::Result<()> + Send + 'e;

/// A run's records, as all its sites' observers put them.
struct Shared<'m>(Arc<Mutex<Sorter<'m>>>);

impl Records for Shared<'_> {
    fn put(&mut self, consignment: EntityId, record: Record) {
        // The sorter stays as it is whoever fails beside it.
        let mut sorter = self.0.lock().unwrap_or_else(|e| e.into_inner());
        sorter.put(consignment, record);
    }
}

/// Follows every measured consignment of one run, event by event; gives the sites' blame.
fn follow<R: Records>(
    network: &Network,
    labels: &Arc<Labels>,
    seed: u64,
    replication: u32,
    records: impl Fn() -> R,
) -> Result<Vec<SiteBlame>, RunError> {
    let draws = Draws::new(network, seed, replication);
    let world: Corridor<'_, Follower<R>> = Corridor::new(network, &draws);
    let mut processes = world.processes(|site| Follower::new(site, Arc::clone(labels), records()));
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    deadlock::check(&world, processes.iter().map(|p| &p.state))?;
    let mut blame = Vec::with_capacity(processes.len());
    for (site, process) in processes.into_iter().enumerate() {
        let observer = process.state.observer;
        if let Some(broken) = observer.broken {
            return Err(RunError::PromiseBroken(format!(
                "at `{}` in replication {replication}: {broken}",
                network.sites[site].name
            )));
        }
        blame.push(observer.blame);
    }
    Ok(blame)
}

/// One replication of both variants.
struct Pair<'p> {
    networks: [&'p Network; 2],
    labels: &'p [Arc<Labels>; 2],
    names: [&'p str; 2],
    parts: &'p Parts,
    seed: u64,
    /// Bytes of records that each run may keep in memory.
    memory: usize,
    store: &'p MakeStore<'p>,
}

/// What a replication gives.
#[derive(Serialize, Deserialize)]
struct Done {
    tally: tally::Tally,
    blame: [Vec<SiteBlame>; 2],
    spilled: u64,
}

impl Pair<'_> {
    fn run(&self, replication: u32, mut each: Option<&mut EachTwin<'_>>) -> Result<Done, RunError> {
        let mut spilled = 0;
        let mut one = |side: usize| -> Result<(Sorted, Vec<SiteBlame>), RunError> {
            let sorter = Arc::new(Mutex::new(Sorter::new(self.memory, self.store)));
            let records = || Shared(Arc::clone(&sorter));
            let labels = &self.labels[side];
            let blame = follow(self.networks[side], labels, self.seed, replication, records)
                .map_err(|error| match error {
                    RunError::Scenario(text) => RunError::Scenario(format!(
                        "variant `{}`, replication {replication}: {text}",
                        self.names[side]
                    )),
                    other => other,
                })?;
            let sorter = Arc::into_inner(sorter)
                .ok_or_else(|| RunError::PromiseBroken("an observer outlived its run".to_owned()))?
                .into_inner()
                .unwrap_or_else(|e| e.into_inner());
            spilled += sorter.spilled();
            let sorted = sorter.sorted().map_err(|e| trace::unreadable(&e))?;
            Ok((sorted, blame))
        };
        let (base, base_blame) = one(0)?;
        let (variant, variant_blame) = one(1)?;
        let mut tally = tally::Tally::default();
        let mut twins = Twins::new([base, variant], self.names, self.parts, replication);
        while let Some(twin) = twins.pair()? {
            tally.add(twin);
            if let Some(each) = &mut each {
                each(self.parts, twin).map_err(|e| {
                    RunError::Setup(format!("the consignments' file could not be written: {e}"))
                })?;
            }
        }
        Ok(Done {
            tally,
            blame: [base_blame, variant_blame],
            spilled,
        })
    }
}

/// Runs variants number `base` and `variant` of `study` in every replication on identical draws, pairs their
/// consignments and splits the differences; `each` is told of every twin, for which replications go one after another.
///
/// # Errors
/// [`RunError`]: the scenario cannot be run, threads or stores cannot be had, or a promise was broken: above all that
/// the parts of a difference add to it.
pub fn twins(
    study: &Study,
    (base, variant): (usize, usize),
    options: &TwinOptions<'_>,
    each: Option<&mut EachTwin<'_>>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<TwinsResult, RunError> {
    let networks = compile(study)?;
    let overloads = theory::overloads(study, &networks, &[base, variant]);
    let networks = [&networks[base], &networks[variant]];
    let (parts, labels) = Parts::of(&networks);
    if parts.count() > Record::PARTS {
        return Err(RunError::Scenario(format!(
            "{} sites and links by actors and kinds are more than the {} that twins can tell apart",
            parts.count(),
            Record::PARTS
        )));
    }
    let [base_labels, variant_labels] = match <[Labels; 2]>::try_from(labels) {
        Ok(labels) => labels.map(Arc::new),
        Err(_) => {
            let text = "two networks have two sets of labels".to_owned();
            return Err(RunError::PromiseBroken(text));
        }
    };
    let labels = [base_labels, variant_labels];
    let replications = study.experiment.replications;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|e| RunError::Setup(format!("no threads could be started: {e}")))?;
    let at_once = if each.is_some() {
        1
    } else {
        threads.current_num_threads().min(replications as usize)
    };
    let pair = Pair {
        networks,
        labels: &labels,
        names: [base, variant].map(|v| study.variants[v].name.as_str()),
        parts: &parts,
        seed: study.experiment.seed,
        // Both runs of a pair have their records in memory at once, at worst.
        memory: options.memory / (2 * at_once.max(1)),
        store: options.store,
    };
    let done = std::sync::atomic::AtomicUsize::new(0);
    let told = || {
        let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(so_far, replications as usize);
    };
    let runs: Vec<Done> = match each {
        Some(each) => (0..replications)
            .map(|r| pair.run(r, Some(&mut *each)).inspect(|_| told()))
            .collect::<Result<_, _>>()?,
        None => {
            let all: Vec<Result<Done, RunError>> = threads.install(|| {
                (0..replications)
                    .into_par_iter()
                    .map(|r| kept(options.kept, 0, r, || pair.run(r, None)).inspect(|_| told()))
                    .collect()
            });
            // The first that fails, in the order of replications, is the one that is told of.
            all.into_iter().collect::<Result<_, _>>()?
        }
    };
    Ok(outcome::summarise(
        study,
        (base, variant),
        overloads,
        &parts,
        &runs,
    ))
}

/// The blame of fork-joins in variant number `variant` of `study`: who was last where several agencies' work came
/// together. Replications that `store` holds are taken from there.
///
/// # Errors
/// As [`twins`].
pub fn blame(
    study: &Study,
    variant: usize,
    threads: Option<usize>,
    store: Option<&dyn super::Store>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Blames, RunError> {
    let networks = compile(study)?;
    let network = &networks[variant];
    let (parts, mut labels) = Parts::of(&[network]);
    let Some(labels) = labels.pop().map(Arc::new) else {
        let text = "a network has its labels".to_owned();
        return Err(RunError::PromiseBroken(text));
    };
    let replications = study.experiment.replications;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .map_err(|e| RunError::Setup(format!("no threads could be started: {e}")))?;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let seed = study.experiment.seed;
    let all: Vec<Result<Vec<SiteBlame>, RunError>> = threads.install(|| {
        (0..replications)
            .into_par_iter()
            .map(|r| {
                let run = kept(store, variant, r, || {
                    follow(network, &labels, seed, r, || ())
                });
                let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                progress(so_far, replications as usize);
                run
            })
            .collect()
    });
    let runs: Vec<Vec<SiteBlame>> = all.into_iter().collect::<Result<_, _>>()?;
    let runs: Vec<&[SiteBlame]> = runs.iter().map(Vec::as_slice).collect();
    let overloads = theory::overloads(study, &networks, &[variant]);
    Ok(outcome::blames(study, variant, overloads, &parts, &runs))
}

/// The titles that tables give to a part's place and owner.
fn titles(study: &Study, variant: usize, parts: &Parts, part: PartId) -> (String, String) {
    let (place, owner, _) = parts.part(part);
    (
        outcome::place_title(study, variant, place),
        outcome::owner_title(study, variant, owner),
    )
}
