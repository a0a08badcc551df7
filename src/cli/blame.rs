//! `corridor blame FILE`: who was last where several agencies' work came together.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use corridor::experiment::twins;
use corridor::report::twins as report;
use corridor::scenario::{self, LoadOptions};
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::output::digest_of;
use super::study::{self, Forewarning};

/// Arguments of `blame`.
#[derive(Debug, Args)]
pub(super) struct BlameArgs {
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

/// Runs the variant, or takes the finished study, and prints the blame of its fork-joins.
pub(super) fn blame(args: &BlameArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let loaded = study::load_settled(&args.file, options)?;
    study::variant(&loaded, args.request.variant.as_deref())?;
    let given = study::given(loaded, options, &load);
    let asked = Asked::Blame(args.request.clone());
    answer(&asked, &given, options, asked.shown().1, None)
}

impl Request {
    /// Runs the variant.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let study = &given.loaded.study;
        let variant = study::variant(&given.loaded, self.variant.as_deref())?;
        Forewarning::new(study, means)?.variants(&[variant], false);
        let started = Instant::now();
        let (threads, store) = (means.run.threads, means.store());
        let blames = twins::blame(study, variant, threads, store, &means.tell())?;
        let simulation = started.elapsed();
        let artifacts = report::blame_artifacts(&blames);
        Ok(Answer {
            simulation,
            account: Account {
                scenario: study.name.clone(),
                seed: study.experiment.seed,
                replications: study.experiment.replications,
                finding: report::blame_sentence(&blames),
                variants: vec![blames.variant],
                digest: digest_of(&artifacts),
                events: None,
                engines: Vec::new(),
            },
            artifacts,
        })
    }
}
