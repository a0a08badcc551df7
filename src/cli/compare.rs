//! `corridor compare FILE`: all variants against the base.

use std::path::PathBuf;

use clap::Args;
use corridor::scenario::{self, LoadOptions};

use super::Options;
use super::answer::answer;
use super::asked::Asked;
use super::failure::Failure;
use super::precision::PrecisionArgs;
use super::study;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The scenario
    pub file: PathBuf,
    #[command(flatten)]
    pub precision: PrecisionArgs,
}

/// Runs every variant and prints the comparison.
pub(super) fn compare(args: &CompareArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let given = study::given(study::load(&args.file, options)?, options, &load);
    let asked = Asked::Compare {
        precision: args.precision.wanted(),
    };
    answer(&asked, &given, options, asked.shown().1, None)
}
