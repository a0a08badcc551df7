//! `corridor sweep FILE --vary PATH=VALUES ...`: a scenario at many design points.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use corridor::experiment::Measure;
use corridor::experiment::sweep::{self, Design, Plan};
use corridor::report;
use corridor::scenario::{self, LoadOptions, Loaded, Vary};
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::{Failure, note};
use super::study::{self, Forewarning};

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

    /// Runs the points.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let plan = self.plan(given.loaded.study.experiment.seed)?;
        let chosen = study::variant(&given.loaded, self.variant.as_deref())?;
        let variant = &given.loaded.study.variants[chosen].name;
        let loaded = self.points(&plan, given)?;
        let measure = self.measure()?;
        let name = |at: usize| format!("at {}", loaded.study.variants[at].name);
        Forewarning::new(&given.loaded.study, means)?.variants(&[chosen], true);
        Forewarning::new(&loaded.study, means)?.points((0, 1), "points", &name);
        let started = Instant::now();
        let warm_up = means.settle(&loaded)?;
        let settled = warm_up.as_ref().map(|found| found.apply(&loaded.study));
        let mut sweep = sweep::sweep(
            settled.as_ref().unwrap_or(&loaded.study),
            &plan,
            variant,
            measure.as_ref(),
            &means.run,
            means.store(),
            &means.tell(),
        )?;
        let simulation = started.elapsed();
        sweep.warm_up = warm_up;
        sweep.finding = report::sweep_finding(&sweep);
        Ok(Answer {
            artifacts: report::sweep_artifacts(&sweep),
            simulation,
            account: Account {
                scenario: sweep.scenario,
                seed: sweep.seed,
                replications: sweep.replications,
                variants: sweep.points.into_iter().map(|p| p.name).collect(),
                digest: sweep.digest,
                events: Some(sweep.events),
                finding: sweep.finding,
                engines: sweep.engines,
            },
        })
    }

    /// The scenario with its points for variants.
    fn points(&self, plan: &Plan, given: &Given<'_>) -> Result<Loaded, Failure> {
        let asked = LoadOptions {
            points: plan.scenario_points(self.variant.as_deref()),
            ..given.options.clone()
        };
        Ok((given.load)(&asked)?)
    }
}

/// Runs the points, or takes the finished sweep, and prints what was found.
pub(super) fn sweep(args: &SweepArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let given = study::given(load(&options.loading())?, options, &load);
    let request = &args.request;
    let plan = request.plan(given.loaded.study.experiment.seed)?;
    study::variant(&given.loaded, request.variant.as_deref())?;
    // The points have the warnings of the scenario, and perhaps more.
    for warning in &request.points(&plan, &given)?.warnings {
        note(options.quiet, &format!("{warning}\n"));
    }
    let asked = Asked::Sweep(request.clone());
    answer(&asked, &given, options, asked.shown().1, None)
}
