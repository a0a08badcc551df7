//! How the difference of two scenarios divides among their edits: Shapley values over all combinations of edits, on common
//! random numbers.

use serde::{Deserialize, Serialize};

use super::results::Measure;
use super::{Overload, RunError, RunOptions, Store, Trials};
use crate::scenario::{EditedValue, Edits, Study};
use crate::stats::{Estimate, paired, shapley_over_replications};

/// What an edit does to the mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EditResult {
    /// What it changes.
    pub values: Vec<EditedValue>,
    /// Hours that it adds to the first scenario, alone.
    pub alone_h: Estimate,
    /// Hours that it adds where all other edits are made already.
    pub last_h: Estimate,
    /// Its part of the difference in hours: its Shapley value.
    pub part_h: Estimate,
}

/// Two scenarios, and how their difference divides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DiffResult {
    /// Title of the study.
    pub title: String,
    /// What the first is called.
    pub a: String,
    /// What the second is called.
    pub b: String,
    /// The mean that is divided.
    pub measure: Measure,
    /// That mean in the first scenario, hours.
    pub a_h: Estimate,
    /// In the second.
    pub b_h: Estimate,
    /// The second less the first, paired by replication.
    pub difference_h: Estimate,
    /// The edits, the greatest part first.
    pub edits: Vec<EditResult>,
    /// Replications of each combination.
    pub replications: u32,
    /// Root seed.
    pub seed: u64,
    /// Combinations of edits that were run.
    pub combinations: usize,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// Where a desk cannot keep up, so that hours grow with the horizon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// Digest of all facts of all runs.
    pub digest: String,
    /// Events in them.
    #[serde(skip)]
    pub events: u64,
}

/// Runs every combination of the edits in as many replications as `study` asks for, and divides the difference of the
/// means of `measure` (the headline where none is named). `study` is that of `edits`, or the same with its warm-up found.
/// `names` are what the two are called.
///
/// # Errors
/// [`RunError`]: a combination cannot be run, or has no such measure.
pub fn difference(
    edits: &Edits,
    study: &Study,
    names: [String; 2],
    measure: Option<&Measure>,
    options: &RunOptions,
    store: Option<&dyn Store>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<DiffResult, RunError> {
    let mut trials = Trials::new(study, options)?;
    if let Some(store) = store {
        trials = trials.with_store(store);
    }
    let combinations = study.variants.len();
    let absent = |trials: &Trials<'_>, at: usize, measure: &Measure| {
        let place = format!("`{}`, with these edits made", study.variants[at].name);
        trials.no_measure(at, measure, &place)
    };
    if let Some(measure) = measure
        && let Some(at) = (0..combinations).find(|at| trials.values(*at, measure).is_none())
    {
        return Err(absent(&trials, at, measure));
    }
    trials.extend_all(study.experiment.replications, progress)?;
    let measure = measure.cloned().unwrap_or_else(|| trials.headline());
    let worths = (0..combinations).map(|at| {
        let values = trials.values(at, &measure);
        values.ok_or_else(|| absent(&trials, at, &measure))
    });
    let worths: Vec<Vec<f64>> = worths.collect::<Result<_, _>>()?;
    let mut notes = edits.notes.clone();
    let bounds = (0..combinations).filter(|at| trials.is_bound(*at, &measure));
    let bounds = bounds.count();
    if bounds > 0 {
        notes.push(format!(
            "In {bounds} of {combinations} combinations more than 0.1 % of the consignments were unfinished: their means \
             are lower bounds, and parts that rest on them are not to be trusted."
        ));
    }
    let all = combinations - 1;
    let less = |a: usize, b: usize| paired(&worths[a], &worths[b]).difference;
    let division = shapley_over_replications(&worths, crate::stats::CONFIDENCE)
        .ok_or_else(|| RunError::Setup("more edits than can be divided exactly".to_owned()))?;
    let mut parts: Vec<EditResult> = (edits.edits.iter().zip(&division.values).enumerate())
        .map(|(at, (values, part))| EditResult {
            values: values.clone(),
            alone_h: less(0, 1 << at),
            last_h: less(all & !(1 << at), all),
            part_h: (*part).into(),
        })
        .collect();
    parts.sort_by(|a, b| b.part_h.mean.abs().total_cmp(&a.part_h.mean.abs()));
    let [a, b] = names;
    let overloads = (0..combinations).filter_map(|at| {
        let found = trials.overload(at)?;
        let variant = match at {
            0 => a.clone(),
            at if at == all => b.clone(),
            _ => found.variant,
        };
        Some(Overload { variant, ..found })
    });
    let overloads = overloads.collect();
    let (digest, events, _) = trials.account();
    Ok(DiffResult {
        title: study.title.clone(),
        a,
        b,
        a_h: Estimate::from_replications(&worths[0]),
        b_h: Estimate::from_replications(&worths[all]),
        difference_h: less(0, all),
        measure,
        edits: parts,
        replications: study.experiment.replications,
        seed: study.experiment.seed,
        combinations,
        notes,
        overloads,
        digest: digest.to_string(),
        events,
    })
}
