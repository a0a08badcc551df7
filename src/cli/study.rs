//! What `run` and `compare` share: load, run or show again, write, print.

use std::path::Path;
use std::time::Instant;

use corridor::experiment::precision::extend_until;
use corridor::experiment::{
    Precision, Results, RunError, RunOptions, Store, Trials, WarmUpResult, theory, warm_up,
};
use corridor::report::{self, TableDetail};
use corridor::scenario::{self, Loaded, Study};

use super::Options;
use super::failure::{Failure, note, print};
use super::output::{Account, Finished, RunFolder, Timing};
use super::progress::Progress;
use super::store::Unfinished;

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
    let variants = &loaded.study.variants;
    let Some(name) = name else { return Ok(0) };
    variants.iter().position(|v| v.name == name).ok_or_else(|| {
        let known: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
        Failure::Setup(format!(
            "no variant is called `{name}`; there are: {}",
            known.join(", ")
        ))
    })
}

/// Runs the study, or takes the finished run, and prints what was found.
pub(super) fn conduct(
    loaded: &Loaded,
    options: &Options,
    detail: TableDetail,
    precision: Option<Precision>,
) -> Result<(), Failure> {
    let folder = RunFolder::of(loaded, precision, &options.out);
    let finished = match folder.finished(loaded) {
        Some(finished) if !options.fresh => {
            note(
                options.quiet,
                "This run is finished already and is shown again; --fresh runs it anew.",
            );
            finished
        }
        _ => run(loaded, options, precision, &folder)?,
    };
    show(&finished, options, detail)?;
    note(
        options.quiet,
        &format!("Tables, charts and files: {}", folder.path.display()),
    );
    Ok(())
}

fn run(
    loaded: &Loaded,
    options: &Options,
    precision: Option<Precision>,
    folder: &RunFolder,
) -> Result<Finished, Failure> {
    // An output folder that cannot be written to is better known before the runs than after them.
    let unfinished = folder.unfinished(options.fresh)?;
    forewarn(loaded, options)?;
    tell_of_kept(&unfinished, options);
    let progress = Progress::new(options.quiet);
    let threads = options.threads.map(usize::from);
    let run_options = options.runs();
    let timing = Timing::start(threads);
    let started = Instant::now();
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let found = match loaded.study.experiment.steady {
        true => Some(settle(
            loaded,
            &run_options,
            &unfinished,
            folder,
            options,
            &tell,
        )?),
        false => None,
    };
    let settled = found.as_ref().map(|found| found.apply(&loaded.study));
    let study = settled.as_ref().unwrap_or(&loaded.study);
    let results = replicate(study, &run_options, precision, Some(&unfinished), &tell);
    if let Err(RunError::Scenario(_) | RunError::PromiseBroken(_)) = results {
        // It would fail again.
        unfinished.clear();
    }
    let mut results = results?;
    results.warm_up = found;
    let ran = started.elapsed();
    note(options.quiet, &engines(&results.engines));
    results.finding = report::finding(&results);
    let artifacts = report::artifacts(&results);
    let account = Account::from(&results);
    let timing = timing.end(ran, started.elapsed(), &account, unfinished.found());
    let finished = folder.write(
        &unfinished,
        loaded,
        &options.set,
        &account,
        &artifacts,
        &timing,
    )?;
    unfinished.clear();
    Ok(finished)
}

/// Says that an interrupted experiment goes on, where it does.
pub(super) fn tell_of_kept(unfinished: &Unfinished, options: &Options) {
    let kept = unfinished.count();
    if kept > 0 {
        let runs = if kept == 1 { "run is" } else { "runs are" };
        let text = format!(
            "This experiment was interrupted; {kept} of its {runs} finished, and it goes on."
        );
        note(options.quiet, &text);
    }
}

/// Finds the warm-up of a study that settles; `None` where the study is not said to settle.
pub(super) fn warm_up(
    study: &Study,
    options: &RunOptions,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<Option<WarmUpResult>, RunError> {
    let found = || warm_up::find(study, options, None, tell);
    study.experiment.steady.then(found).transpose()
}

/// Finds the warm-up of a study that settles, says it, and draws why where it does not.
pub(super) fn settle(
    loaded: &Loaded,
    run_options: &RunOptions,
    unfinished: &Unfinished,
    folder: &RunFolder,
    options: &Options,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<WarmUpResult, Failure> {
    let pilot = Unfinished::open(unfinished.path().join("warm-up"), false)?;
    let found = warm_up::find(&loaded.study, run_options, Some(&pilot), tell)?;
    let Some(refusal) = found.refusal() else {
        let text = format!(
            "Warm-up: {:.1} days, found by MSER-5 over {} replications (latest for {}).",
            found.cut_h / 24.0,
            found.replications,
            found.latest
        );
        note(options.quiet, &text);
        return Ok(found);
    };
    let picture = report::charts::warm_up(&loaded.study.title, &found);
    let path = folder.refused(&format!("{}.svg", picture.name), picture.svg.as_bytes())?;
    unfinished.clear();
    Err(Failure::Scenario(format!(
        "error: {refusal}; {} shows it",
        path.display()
    )))
}

/// Runs what `store` does not hold, as many replications as the study or the precision asks for.
pub(super) fn replicate(
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
        ..trials.results()
    })
}

/// Says before the run which stations are offered more than they can do.
fn forewarn(loaded: &Loaded, options: &Options) -> Result<(), Failure> {
    if options.quiet {
        return Ok(());
    }
    let loads = theory::before(&loaded.study)?;
    for sentence in theory::forewarnings(&loaded.study, &loads) {
        note(options.quiet, &format!("Before the run: {sentence}."));
    }
    Ok(())
}

/// How the variants were executed, and why; those of one way together.
pub(super) fn engines(engines: &[String]) -> String {
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

fn show(finished: &Finished, options: &Options, detail: TableDetail) -> Result<(), Failure> {
    if options.json {
        return print(&format!("{}\n", finished.read("results.json")?));
    }
    if options.quiet {
        return print(&format!("{}\n", finished.finding()));
    }
    print(&finished.read(match detail {
        TableDetail::Concise => "tables.txt",
        TableDetail::Full => "tables-full.txt",
    })?)
}
