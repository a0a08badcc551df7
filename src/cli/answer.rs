//! What all experiments share: shown again where they are finished; else run, gone on with where they were interrupted,
//! written whole, and printed.

use std::path::Path;
use std::time::{Duration, Instant};

use corridor::experiment::warm_up::{self, WarmUpResult};
use corridor::experiment::{RunOptions, Store};
use corridor::report::{self, Artifact};
use corridor::scenario::{self, LoadOptions, Loaded};

use super::Options;
use super::asked::Asked;
use super::failure::{Failure, note, print};
use super::interrupt::Interruption;
use super::output::{Finished, RunFolder, Timing};
use super::progress::Progress;
use super::store::Unfinished;

/// Loads a scenario with these options.
pub(super) type Load<'a> = &'a dyn Fn(&LoadOptions) -> Result<Loaded, scenario::Failure>;

/// The scenario that something is asked of.
pub(super) struct Given<'a> {
    pub loaded: Loaded,
    /// The scenario that it is set against, where there is a second.
    pub second: Option<Loaded>,
    /// What is changed of it as it is loaded.
    pub options: LoadOptions,
    /// Loads it anew, from its file or from a manifest.
    pub load: Load<'a>,
}

/// How an experiment is run, what is told of it, and where its finished replications are.
pub(super) struct Means<'a> {
    pub run: RunOptions,
    quiet: bool,
    progress: Progress,
    /// Nowhere while a run is verified.
    place: Option<(&'a Unfinished, &'a RunFolder)>,
    /// A CSV file with every consignment, beside the answer.
    pub consignments: Option<&'a Path>,
}

/// What an experiment came to.
pub(super) struct Answer {
    pub account: Account,
    /// The files.
    pub artifacts: Vec<Artifact>,
    /// How long the simulation took.
    pub simulation: Duration,
}

/// What a manifest tells of an experiment.
pub(super) struct Account {
    pub scenario: String,
    pub seed: u64,
    pub replications: u32,
    pub variants: Vec<String>,
    /// Digest of all facts of all runs; of an experiment that follows single consignments, of its results.
    pub digest: String,
    /// Events in all runs, where they were counted.
    pub events: Option<u64>,
    pub finding: String,
    /// How each variant was executed, and why.
    pub engines: Vec<String>,
}

impl<'a> Means<'a> {
    /// Without a place for what is finished.
    pub fn new(options: &Options) -> Self {
        Means {
            run: options.runs(),
            quiet: options.quiet,
            progress: Progress::new(options.quiet),
            place: None,
            consignments: None,
        }
    }

    /// Is told of finished runs: how many, of how many.
    pub fn tell(&self) -> impl Fn(usize, usize) + Sync + '_ {
        |done, total| self.progress.tell(done, total)
    }

    /// Says something on standard error.
    pub fn say(&self, text: &str) {
        note(self.quiet, text);
    }

    /// Whether nothing is said.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// What keeps finished replications.
    pub fn store(&self) -> Option<&dyn Store> {
        self.place.map(|(unfinished, _)| unfinished as &dyn Store)
    }

    /// A folder for what does not fit into memory.
    pub fn scratch(&self) -> Option<&Path> {
        self.place.map(|(unfinished, _)| unfinished.path())
    }

    /// The warm-up of a study that settles; `None` where the study is not said to settle. Where it does not after all, a
    /// picture is left that shows it.
    pub fn settle(&self, loaded: &Loaded) -> Result<Option<WarmUpResult>, Failure> {
        if !loaded.study.experiment.steady {
            return Ok(None);
        }
        let open = |(kept, _): (&Unfinished, &RunFolder)| {
            Unfinished::open(kept.path().join("warm-up"), false)
        };
        let pilot = self.place.map(open).transpose()?;
        let store = pilot.as_ref().map(|pilot| pilot as &dyn Store);
        let found = warm_up::find(&loaded.study, &self.run, store, &self.tell())?;
        let Some(refusal) = found.refusal() else {
            self.say(&format!(
                "Warm-up: {:.1} days, found by MSER-5 over {} replications (latest for {}).",
                found.cut_h / 24.0,
                found.replications,
                found.latest
            ));
            return Ok(Some(found));
        };
        let mut text = format!("error: {refusal}");
        if let Some((_, folder)) = self.place {
            let picture = report::charts::warm_up(&loaded.study.title, &found);
            let name = format!("{}.svg", picture.name);
            let path = folder.refused(&name, picture.svg.as_bytes())?;
            text = format!("{text}; {} shows it", path.display());
        }
        Err(Failure::Scenario(text))
    }
}

/// Asks, or takes the finished answer, and prints what was found: the file `text` in full.
pub(super) fn answer(
    asked: &Asked,
    given: &Given<'_>,
    options: &Options,
    text: &str,
    consignments: Option<&Path>,
) -> Result<(), Failure> {
    let folder = RunFolder::of(given, asked, options.out());
    let finished = match folder.finished(given) {
        // The file of consignments is not among those that are kept.
        Some(finished) if !options.fresh && consignments.is_none() => {
            note(
                options.quiet,
                &format!(
                    "This {} is finished already and is shown again; --fresh runs it anew.",
                    asked.noun()
                ),
            );
            finished
        }
        _ => run(asked, given, options, &folder, consignments)?,
    };
    if options.json {
        return print(&format!("{}\n", finished.read(asked.shown().0)?));
    }
    if options.quiet {
        return print(&format!("{}\n", finished.finding()));
    }
    print(&finished.read(text)?)?;
    note(
        options.quiet,
        &format!("Tables, charts and files: {}", folder.path.display()),
    );
    Ok(())
}

fn run(
    asked: &Asked,
    given: &Given<'_>,
    options: &Options,
    folder: &RunFolder,
    consignments: Option<&Path>,
) -> Result<Finished, Failure> {
    // An output folder that cannot be written to is better known before the runs than after them.
    let unfinished = folder.unfinished(options.fresh)?;
    let kept = unfinished.count();
    if kept > 0 {
        let runs = if kept == 1 { "run is" } else { "runs are" };
        let text = format!(
            "This experiment was interrupted; {kept} of its {runs} finished, and it goes on."
        );
        note(options.quiet, &text);
    }
    let interruption = match options.quiet {
        true => None,
        false => Some(Interruption::answered(unfinished.path(), options.fresh)),
    };
    let means = Means {
        place: Some((&unfinished, folder)),
        consignments,
        ..Means::new(options)
    };
    let timing = Timing::start(options.threads.map(usize::from));
    let started = Instant::now();
    let answer = asked.conduct(given, &means);
    match &answer {
        // It would fail again.
        Err(Failure::Scenario(_) | Failure::Defect(_)) => unfinished.clear(),
        Err(_) if unfinished.count() == 0 => unfinished.clear(),
        _ => {}
    }
    let answer = answer?;
    let engines = engines(&answer.account.engines);
    if !engines.is_empty() {
        note(options.quiet, &engines);
    }
    let timing = timing.end(&answer, started.elapsed(), unfinished.found());
    let finished = folder.write(&unfinished, given, asked, &answer, &timing)?;
    drop(interruption);
    unfinished.clear();
    Ok(finished)
}

/// How the variants were executed, and why; those of one way together.
fn engines(engines: &[String]) -> String {
    let mut ways: Vec<(&str, usize)> = Vec::new();
    for why in engines {
        match ways.iter_mut().find(|(known, _)| known == why) {
            Some((_, count)) => *count += 1,
            None => ways.push((why, 1)),
        }
    }
    let line = |(why, count): &(&str, usize)| match ways.len() {
        1 => format!("Engine: {why}."),
        _ => format!("Engine ({count} of {} variants): {why}.", engines.len()),
    };
    ways.iter().map(line).collect::<Vec<_>>().join("\n")
}
