//! `corridor sweep FILE --vary PATH=VALUES ...`: a scenario at many design points.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use corridor::experiment::sweep::{self, Design, Plan, Sweep};
use corridor::experiment::warm_up::WarmUpResult;
use corridor::experiment::{Measure, RunOptions, Store};
use corridor::report;
use corridor::scenario::{self, LoadOptions, Loaded, Vary};
use serde::{Deserialize, Serialize};

use super::Options;
use super::failure::{Failure, note, print};
use super::output::{Account, Finished, RunFolder, Timing};
use super::progress::Progress;
use super::study;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    request: Request,
}

/// What is swept: with the scenario and its seed, all that determines the points and what is told of them.
#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
pub(super) struct Request {
    /// A factor and its values (repeatable): a list (`regime=serial,joint`), a range with its step
    /// (`cooperation.information=0:1:0.1`), or the ends for a design that draws values
    /// (`flows.trucks.volume="100 trucks/day:140 trucks/day"`)
    #[arg(long = "vary", value_name = "PATH=VALUES", required = true, value_parser = written_well)]
    vary: Vec<String>,
    /// Every combination of values, or points drawn over the whole space
    #[arg(long, value_name = "DESIGN", value_enum, default_value_t = DesignChoice::Factorial)]
    design: DesignChoice,
    /// How many points a Latin hypercube or Sobol design has
    #[arg(long, value_name = "N")]
    points: Option<u32>,
    /// The variant that every point starts from, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// The mean that charts and the finding are about: all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE,
    /// crossing:EXIT:ENTRY or door_to_door:FLOW [default: the scenario's headline]
    #[arg(long, value_name = "MEASURE", value_parser = known_measure)]
    measure: Option<String>,
}

/// `--design`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DesignChoice {
    /// Every combination of values
    Factorial,
    /// Latin hypercube
    Latin,
    /// Scrambled Sobol sequence
    Sobol,
}

/// A factor with values; kept as it is written, for the manifest.
fn written_well(text: &str) -> Result<String, String> {
    Vary::parse(text).map(|_| text.to_owned())
}

pub(super) fn known_measure(text: &str) -> Result<String, String> {
    match text {
        "headline" => Ok(text.to_owned()),
        _ => Measure::parse(text).map(|_| text.to_owned()),
    }
}

/// A sweep and the scenario, without its points, that it is of.
pub(super) struct Swept {
    pub loaded: Loaded,
    pub sweep: Sweep,
}

/// Loads the scenario with these options.
type Load<'a> = &'a dyn Fn(&LoadOptions) -> Result<Loaded, scenario::Failure>;

impl Request {
    fn design(&self) -> Result<Design, Failure> {
        match (self.design, self.points) {
            (DesignChoice::Factorial, None) => Ok(Design::Factorial),
            (DesignChoice::Factorial, Some(_)) => Err(Failure::Setup(
                "--points is for designs that draw their points: add --design latin or --design sobol".to_owned(),
            )),
            (_, None) => Err(Failure::Setup(
                "how many points? Add --points N, such as --points 64".to_owned(),
            )),
            (DesignChoice::Latin, Some(points)) => Ok(Design::Latin { points }),
            (DesignChoice::Sobol, Some(points)) => Ok(Design::Sobol { points }),
        }
    }

    /// The points for a scenario with this seed.
    fn plan(&self, seed: u64) -> Result<Plan, Failure> {
        let vary: Result<Vec<Vary>, String> = self.vary.iter().map(|v| Vary::parse(v)).collect();
        let vary = vary.map_err(Failure::Setup)?;
        Plan::new(&vary, self.design()?, seed).map_err(Failure::Setup)
    }

    /// The measure that was asked for; `None` for the headline.
    fn measure(&self) -> Result<Option<Measure>, Failure> {
        let asked = self.measure.as_deref().filter(|text| *text != "headline");
        asked
            .map(Measure::parse)
            .transpose()
            .map_err(Failure::Setup)
    }

    /// Runs the points of the scenario that `load` gives.
    pub fn conduct(
        &self,
        options: &LoadOptions,
        load: Load<'_>,
        run: &RunOptions,
        tell: sweep::Progress<'_>,
    ) -> Result<Swept, Failure> {
        let ready = self.ready(options, load)?;
        let warm_up = study::warm_up(&ready.loaded.study, run, tell)?;
        let sweep = ready.conduct(self, warm_up, run, None, tell)?;
        Ok(Swept {
            loaded: ready.base,
            sweep,
        })
    }

    /// The scenario and its points, checked.
    fn ready(&self, options: &LoadOptions, load: Load<'_>) -> Result<Ready, Failure> {
        let base = load(options)?;
        let plan = self.plan(base.study.experiment.seed)?;
        let chosen = study::variant(&base, self.variant.as_deref())?;
        let points = plan.scenario_points(self.variant.as_deref());
        let loaded = load(&LoadOptions {
            points,
            ..options.clone()
        })?;
        Ok(Ready {
            variant: base.study.variants[chosen].name.clone(),
            base,
            loaded,
            plan,
        })
    }

    /// What the manifest tells of a sweep.
    pub fn account(&self, sweep: &Sweep) -> Account {
        Account {
            scenario: sweep.scenario.clone(),
            seed: sweep.seed,
            replications: sweep.replications,
            precision: None,
            sweep: Some(self.clone()),
            rank: None,
            variants: sweep.points.iter().map(|p| p.name.clone()).collect(),
            digest: sweep.digest.clone(),
            events: sweep.events,
            finding: sweep.finding.clone(),
            engines: sweep.engines.clone(),
        }
    }
}

/// A scenario whose points can be run.
struct Ready {
    /// Without the points.
    base: Loaded,
    /// With the points for variants.
    loaded: Loaded,
    plan: Plan,
    /// What they start from.
    variant: String,
}

impl Ready {
    fn conduct(
        &self,
        request: &Request,
        warm_up: Option<WarmUpResult>,
        run: &RunOptions,
        store: Option<&dyn Store>,
        tell: sweep::Progress<'_>,
    ) -> Result<Sweep, Failure> {
        let measure = request.measure()?;
        let settled = warm_up
            .as_ref()
            .map(|found| found.apply(&self.loaded.study));
        let mut sweep = sweep::sweep(
            settled.as_ref().unwrap_or(&self.loaded.study),
            &self.plan,
            &self.variant,
            measure.as_ref(),
            run,
            store,
            tell,
        )?;
        sweep.warm_up = warm_up;
        sweep.finding = report::sweep_finding(&sweep);
        Ok(sweep)
    }
}

/// Runs the points, or takes the finished sweep, and prints what was found.
pub(super) fn sweep(args: &SweepArgs, options: &Options) -> Result<(), Failure> {
    let load_options = options.loading();
    let request = &args.request;
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let ready = request.ready(&load_options, &load)?;
    // The points have the warnings of the scenario, and perhaps more.
    for warning in &ready.loaded.warnings {
        note(options.quiet, &format!("{warning}\n"));
    }
    let folder = RunFolder::of_sweep(&ready.base, request, &options.out);
    let finished = match folder.finished(&ready.base) {
        Some(finished) if !options.fresh => {
            note(
                options.quiet,
                "This sweep is finished already and is shown again; --fresh runs it anew.",
            );
            finished
        }
        _ => run(&ready, request, options, &folder)?,
    };
    if options.json {
        return print(&format!("{}\n", finished.read(report::SWEEP_JSON)?));
    }
    if options.quiet {
        return print(&format!("{}\n", finished.finding()));
    }
    print(&finished.read("tables.txt")?)?;
    note(
        options.quiet,
        &format!("Tables, charts and files: {}", folder.path.display()),
    );
    Ok(())
}

fn run(
    ready: &Ready,
    request: &Request,
    options: &Options,
    folder: &RunFolder,
) -> Result<Finished, Failure> {
    let unfinished = folder.unfinished(options.fresh)?;
    study::tell_of_kept(&unfinished, options);
    let progress = Progress::new(options.quiet);
    let threads = options.threads.map(usize::from);
    let run_options = options.runs();
    let timing = Timing::start(threads);
    let started = Instant::now();
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let warm_up = match ready.loaded.study.experiment.steady {
        true => Some(study::settle(
            &ready.loaded,
            &run_options,
            &unfinished,
            folder,
            options,
            &tell,
        )?),
        false => None,
    };
    let found = ready.conduct(request, warm_up, &run_options, Some(&unfinished), &tell);
    if let Err(Failure::Scenario(_) | Failure::Defect(_)) = found {
        // It would fail again.
        unfinished.clear();
    }
    let sweep = found?;
    let ran = started.elapsed();
    note(options.quiet, &study::engines(&sweep.engines));
    let artifacts = report::sweep_artifacts(&sweep);
    let account = request.account(&sweep);
    let timing = timing.end(ran, started.elapsed(), &account, unfinished.found());
    let finished = folder.write(
        &unfinished,
        &ready.base,
        &options.set,
        &account,
        &artifacts,
        &timing,
    )?;
    unfinished.clear();
    Ok(finished)
}
