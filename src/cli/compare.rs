//! `corridor compare FILE`: all variants against the base.

use std::path::PathBuf;

use clap::Args;
use corridor::report::TableDetail;

use super::Options;
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
    let loaded = study::load(&args.file, options)?;
    study::conduct(
        &loaded,
        options,
        TableDetail::Concise,
        args.precision.wanted(),
    )
}
