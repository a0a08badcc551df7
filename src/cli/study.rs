//! What commands share that load a scenario, and what `run` and `compare` ask of it.

use std::path::Path;
use std::time::Instant;

use corridor::experiment::precision::extend_until;
use corridor::experiment::theory::{self, StationLoad};
use corridor::experiment::{Precision, Results, RunError, RunOptions, Store, Trials};
use corridor::report;
use corridor::scenario::{self, Loaded, Study};

use super::Options;
use super::answer::{Account, Answer, Given, Load, Means};
use super::failure::{Failure, note};

/// Loads a scenario with the options of the command line; warnings go to standard error.
pub(super) fn load(file: &Path, options: &Options) -> Result<Loaded, Failure> {
    let loaded = scenario::load(file, &options.loading())?;
    for warning in &loaded.warnings {
        note(options.quiet, &format!("{warning}\n"));
    }
    Ok(loaded)
}

/// As [`load`], for a command that does not look for the steady state itself.
pub(super) fn load_settled(file: &Path, options: &Options) -> Result<Loaded, Failure> {
    let loaded = load(file, options)?;
    if loaded.study.experiment.steady {
        let text = "error: `steady = true`: this command takes a warm-up that is stated; `corridor compare` finds one, then write it as \
                    `warm_up` in place of `steady`";
        return Err(Failure::Scenario(text.to_owned()));
    }
    Ok(loaded)
}

/// The position of the variant called `name`; the base where none is named.
pub(super) fn variant(loaded: &Loaded, name: Option<&str>) -> Result<usize, Failure> {
    variant_of(loaded, name, None)
}

/// As [`variant`], where there is more than one file.
pub(super) fn variant_of(
    loaded: &Loaded,
    name: Option<&str>,
    file: Option<&Path>,
) -> Result<usize, Failure> {
    let variants = &loaded.study.variants;
    let Some(name) = name else { return Ok(0) };
    variants.iter().position(|v| v.name == name).ok_or_else(|| {
        let known: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
        let of = file.map_or_else(String::new, |file| format!(" of {}", file.display()));
        let meant = match scenario::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", known.join(", ")),
        };
        Failure::Setup(format!("no variant{of} is called `{name}`; {meant}"))
    })
}

/// The options under which a scenario is loaded, and the scenario from its file.
pub(super) fn given<'a>(loaded: Loaded, options: &Options, load: Load<'a>) -> Given<'a> {
    Given {
        loaded,
        second: None,
        options: options.loading(),
        load,
    }
}

/// Runs all variants of a study, or until its means are as precise as is asked.
pub(super) fn conduct(
    precision: Option<Precision>,
    given: &Given<'_>,
    means: &Means<'_>,
) -> Result<Answer, Failure> {
    let loaded = &given.loaded;
    forewarn(&loaded.study, means)?;
    let started = Instant::now();
    let found = means.settle(loaded)?;
    let settled = found.as_ref().map(|found| found.apply(&loaded.study));
    let study = settled.as_ref().unwrap_or(&loaded.study);
    let mut results = replicate(study, &means.run, precision, means.store(), &means.tell())?;
    results.warm_up = found;
    let simulation = started.elapsed();
    results.finding = report::finding(&results);
    Ok(Answer {
        artifacts: report::artifacts(&results),
        simulation,
        account: Account {
            scenario: results.scenario,
            seed: results.seed,
            replications: results.replications,
            variants: results.variants.into_iter().map(|v| v.name).collect(),
            digest: results.digest,
            events: Some(results.events),
            finding: results.finding,
            engines: results.engines,
        },
    })
}

/// Runs what `store` does not hold, as many replications as the study or the precision asks for.
fn replicate(
    study: &Study,
    options: &RunOptions,
    precision: Option<Precision>,
    store: Option<&dyn Store>,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<Results, RunError> {
    let mut trials = Trials::new(study, options)?;
    if let Some(store) = store {
        trials = trials.with_store(store);
    }
    let precision = match precision {
        Some(precision) => Some(extend_until(&mut trials, &precision, tell)?),
        None => {
            trials.extend_all(study.experiment.replications, tell)?;
            None
        }
    };
    Ok(Results {
        precision,
        ..trials.whole_results()?
    })
}

/// Says before the run which stations of which variants are offered as much as they can do, or more.
pub(super) fn forewarn(study: &Study, means: &Means<'_>) -> Result<(), RunError> {
    let all: Vec<usize> = (0..study.variants.len()).collect();
    Forewarning::new(study, means)?.variants(&all, false);
    Ok(())
}

/// What is said before the run of the stations of a study that are offered as much as they can do, or more.
pub(super) struct Forewarning<'a> {
    study: &'a Study,
    /// Of every variant, since every one must be compiled for them; `None` where nothing is said.
    loads: Option<Vec<Vec<StationLoad>>>,
    means: &'a Means<'a>,
}

impl<'a> Forewarning<'a> {
    /// Reckons what all stations of `study` are offered, unless nothing is to be said.
    pub fn new(study: &'a Study, means: &'a Means<'a>) -> Result<Self, RunError> {
        let loads = match means.quiet() {
            true => None,
            false => Some(theory::before(study)?),
        };
        Ok(Forewarning {
            study,
            loads,
            means,
        })
    }

    /// Says which stations of these variants they are; `named`: the variants are told by name even where they all are
    /// meant.
    pub fn variants(&self, variants: &[usize], named: bool) {
        let loads = self.loads.iter();
        for sentence in
            loads.flat_map(|loads| theory::forewarnings_of(self.study, loads, variants, named))
        {
            self.say(&sentence);
        }
    }

    /// Says in one sentence at how many of the points from variant number `first` on there is such a station, and where it
    /// is offered most. Each point is of `sides` variants in turn; `what` they are called.
    pub fn points(
        &self,
        (first, sides): (usize, usize),
        what: &str,
        place: &dyn Fn(usize) -> String,
    ) {
        let Some(loads) = &self.loads else { return };
        let points: Vec<_> = loads[first..].chunks(sides).collect();
        if let Some(sentence) = theory::forewarning_of_points(&points, what, place) {
            self.say(&sentence);
        }
    }

    fn say(&self, sentence: &str) {
        self.means.say(&format!("Before the run: {sentence}."));
    }
}
