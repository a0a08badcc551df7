//! `corridor trs FILE`: a Time Release Study of one variant.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use corridor::experiment::trs::time_release_study;
use corridor::report::trs as report;
use corridor::scenario::{self, LoadOptions};
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::output::digest_of;
use super::study::{self, Forewarning};

/// Arguments of `trs`.
#[derive(Debug, Args)]
pub(super) struct TrsArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    request: Request,
}

/// Of which variant.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub(super) struct Request {
    /// The variant, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

/// Runs all replications of one variant with an observer of milestones, or takes the finished study, and prints it.
pub(super) fn trs(args: &TrsArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let loaded = study::load_settled(&args.file, options)?;
    study::variant(&loaded, args.request.variant.as_deref())?;
    let given = study::given(loaded, options, &load);
    let asked = Asked::Trs(args.request.clone());
    answer(&asked, &given, options, asked.shown().1, None)
}

impl Request {
    /// Runs the variant.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let study = &given.loaded.study;
        let variant = study::variant(&given.loaded, self.variant.as_deref())?;
        Forewarning::new(study, means)?.variants(&[variant], false);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(means.run.threads.unwrap_or(0))
            .build()
            .map_err(|e| Failure::Setup(format!("no threads could be started: {e}")))?;
        let (store, tell) = (means.store(), means.tell());
        let started = Instant::now();
        let found = threads.install(|| time_release_study(study, variant, store, &tell))?;
        let simulation = started.elapsed();
        let artifacts = report::artifacts(&found);
        Ok(Answer {
            simulation,
            account: Account {
                scenario: study.name.clone(),
                seed: study.experiment.seed,
                replications: found.replications,
                finding: report::sentence(&found),
                variants: vec![found.variant],
                digest: digest_of(&artifacts),
                events: None,
                engines: Vec::new(),
            },
            artifacts,
        })
    }
}
