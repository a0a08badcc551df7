//! `corridor run FILE`: one variant, in full.

use std::path::PathBuf;

use clap::Args;
use corridor::scenario::{self, LoadOptions};

use super::Options;
use super::answer::answer;
use super::asked::Asked;
use super::failure::Failure;
use super::precision::PrecisionArgs;
use super::study;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The scenario
    file: PathBuf,
    /// The variant, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    #[command(flatten)]
    precision: PrecisionArgs,
}

/// Runs one variant and prints everything about it. Another than the base is run beside the base, whose
/// route shares it may keep, and from which it is told apart.
pub(super) fn run(args: &RunArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let mut loaded = study::load(&args.file, options)?;
    let chosen = study::variant(&loaded, args.variant.as_deref())?;
    let mut position = 0;
    loaded.study.variants.retain(|_| {
        position += 1;
        position == 1 || position == chosen + 1
    });
    let asked = Asked::Compare {
        precision: args.precision.wanted(),
    };
    let given = study::given(loaded, options, &load);
    answer(&asked, &given, options, "tables-full.txt", None)
}
