//! The warm-up of a study that settles, found from its own runs.

use serde::{Deserialize, Serialize};

use super::{RunError, RunOptions, Store, Trials};
use crate::observe::Window;
use crate::scenario::Study;
use crate::stats::{Settled, mser5};
use crate::time::Span;

/// Replications that are averaged at most.
pub const PILOT: u32 = 10;

/// What was found of a study's warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmUpResult {
    /// Hours to leave out, of every variant: the latest cut of all.
    pub cut_h: f64,
    /// Whether every variant settles within the first half of its run.
    pub settled: bool,
    /// The variant with the latest cut.
    pub latest: String,
    /// Replications that were averaged.
    pub replications: u32,
    /// Width of a bin, hours.
    pub bin_h: f64,
    /// By variant.
    pub series: Vec<WarmUpSeries>,
}

/// One variant's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmUpSeries {
    /// The variant.
    pub variant: String,
    /// Hours to leave out, of it alone.
    pub cut_h: f64,
    /// Mean number of consignments present at all sites, by bin.
    pub present: Vec<f64>,
    /// MSER-5 by five bins left out: the squared standard error of the mean of the rest.
    pub curve: Vec<f64>,
}

/// Runs up to [`PILOT`] replications of each variant and says where the latest of them settles.
///
/// # Errors
/// As [`Trials::extend_all`]; and where the scenario has no steady state, or the horizon gives too few bins.
pub fn find(
    study: &Study,
    options: &RunOptions,
    store: Option<&dyn Store>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<WarmUpResult, RunError> {
    for variant in &study.variants {
        if let Some(why) = variant.scenario.unsteady() {
            let text = format!("variant `{}` has no steady state: {why}", variant.name);
            return Err(RunError::Scenario(text));
        }
    }
    let mut trials = Trials::new(study, options)?;
    if let Some(store) = store {
        trials = trials.with_store(store);
    }
    let replications = study.experiment.replications.clamp(1, PILOT);
    trials.extend_all(replications, progress)?;
    let bin_h = Window::of(&trials.networks()[0]).bin.hours();
    // Whole days are measured, so that each hour of the day counts alike; of a short run every hour is dear.
    let whole_h = if trials.networks()[0].horizon.hours() < 14.0 * 24.0 {
        1.0
    } else {
        24.0
    };
    let mut series = Vec::with_capacity(study.variants.len());
    let mut settled = true;
    for (v, variant) in study.variants.iter().enumerate() {
        let present = trials.present(v);
        let cut = mser5(std::slice::from_ref(&present)).ok_or_else(|| {
            RunError::Scenario(format!(
                "`steady` needs at least 50 bins of {bin_h} h to look at, and the horizon gives {}: state a longer \
                 horizon, or a warm-up",
                present.len()
            ))
        })?;
        settled &= cut.verdict == Settled::Settled;
        series.push(WarmUpSeries {
            variant: variant.name.clone(),
            cut_h: (cut.cut as f64 * bin_h / whole_h).ceil() * whole_h,
            present,
            curve: cut.curve,
        });
    }
    // The first of equals.
    let latest = series
        .iter()
        .reduce(|a, b| if b.cut_h > a.cut_h { b } else { a });
    let (cut_h, latest) = latest.map_or((0.0, String::new()), |s| (s.cut_h, s.variant.clone()));
    Ok(WarmUpResult {
        cut_h,
        settled,
        latest,
        replications,
        bin_h,
        series,
    })
}

impl WarmUpResult {
    /// The study with this warm-up.
    #[must_use]
    pub fn apply(&self, study: &Study) -> Study {
        let mut study = study.clone();
        study.experiment.warm_up = Span::from_hours(self.cut_h);
        study.experiment.steady = false;
        study
    }

    /// Why no interval can be given, where the study does not settle.
    pub fn refusal(&self) -> Option<String> {
        let last = self
            .series
            .first()
            .map_or(0.0, |s| s.present.len() as f64 * self.bin_h / 24.0);
        (!self.settled).then(|| {
            format!(
                "the study does not settle: under `{}` the beginning shows until day {:.0} of {last:.0} (MSER-5), beyond the \
                 middle, so no interval would be right; state a longer horizon, or see whether a desk cannot keep up",
                self.latest,
                self.cut_h / 24.0
            )
        })
    }
}
