//! What `run` and `compare` share: load, run or show again, write, print.

use std::path::Path;
use std::time::Instant;

use corridor::experiment::{self, Results, RunOptions};
use corridor::report::{self, TableDetail};
use corridor::scenario::{self, LoadOptions, Loaded};

use super::Options;
use super::failure::{Failure, note, print};
use super::output::{Finished, RunFolder, Timing};
use super::progress::Progress;

/// Loads a scenario with the options of the command line; warnings go to standard error.
pub(super) fn load(file: &Path, options: &Options) -> Result<Loaded, Failure> {
    let loaded = scenario::load(
        file,
        &LoadOptions {
            overrides: options.set.clone(),
            seed: options.seed,
            replications: options.replications,
        },
    )?;
    for warning in &loaded.warnings {
        note(options.quiet, &format!("{warning}\n"));
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
) -> Result<(), Failure> {
    let folder = RunFolder::of(loaded, &options.out);
    let finished = match folder.finished(loaded) {
        Some(finished) if !options.fresh => {
            note(
                options.quiet,
                "This run is finished already and is shown again; --fresh runs it anew.",
            );
            finished
        }
        _ => run(loaded, options, &folder)?,
    };
    show(&finished, options, detail)?;
    note(
        options.quiet,
        &format!("Tables, charts and files: {}", folder.path.display()),
    );
    Ok(())
}

fn run(loaded: &Loaded, options: &Options, folder: &RunFolder) -> Result<Finished, Failure> {
    // An output folder that cannot be written to is better known before the runs than after them.
    folder.prepare()?;
    forewarn(loaded, options)?;
    let progress = Progress::new(options.quiet);
    let threads = options.threads.map(usize::from);
    let run_options = RunOptions {
        threads,
        engine: options.engine.into(),
        kernel: options.kernel.into(),
    };
    let timing = Timing::start(threads);
    let started = Instant::now();
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let mut results = experiment::run(&loaded.study, &run_options, &tell)?;
    let ran = started.elapsed();
    note(options.quiet, &engines(&results));
    results.finding = report::finding(&results);
    let artifacts = report::artifacts(&results);
    folder.write(
        loaded,
        &options.set,
        &results,
        &artifacts,
        &timing.end(ran, started.elapsed(), &results),
    )
}

/// Says before the run which stations are offered more than they can do.
fn forewarn(loaded: &Loaded, options: &Options) -> Result<(), Failure> {
    if options.quiet {
        return Ok(());
    }
    let loads = experiment::theory::before(&loaded.study)?;
    for sentence in experiment::theory::forewarnings(&loaded.study, &loads) {
        note(options.quiet, &format!("Before the run: {sentence}."));
    }
    Ok(())
}

/// How the variants were executed, and why; those of one way together.
fn engines(results: &Results) -> String {
    let mut ways: Vec<(&str, usize)> = Vec::new();
    for why in &results.engines {
        match ways.iter_mut().find(|(known, _)| known == why) {
            Some((_, count)) => *count += 1,
            None => ways.push((why, 1)),
        }
    }
    let line = |(why, count): &(&str, usize)| match ways.len() {
        1 => format!("Engine: {why}."),
        _ => format!(
            "Engine ({count} of {} variants): {why}.",
            results.engines.len()
        ),
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
