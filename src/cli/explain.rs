//! `corridor explain FILE --consignment N`: one consignment's way through the corridor.

use std::path::PathBuf;

use clap::Args;
use corridor::experiment;

use super::Options;
use super::failure::{Failure, print};
use super::study;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The scenario
    file: PathBuf,
    /// The consignment: its number, or its flow and ordinal, such as `xian-duisburg:12`
    #[arg(long, value_name = "N")]
    consignment: String,
    /// The variant, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

/// Prints what happened to one consignment, step by step, and what was skipped and why.
pub(super) fn explain(args: &ExplainArgs, options: &Options) -> Result<(), Failure> {
    let loaded = study::load(&args.file, options)?;
    let variant = study::variant(&loaded, args.variant.as_deref())?;
    let explanation = experiment::explain(&loaded.study, variant, &args.consignment)?;
    if options.json {
        let text =
            serde_json::to_string_pretty(&explanation).expect("explanations have string keys only");
        print(&format!("{text}\n"))?;
    } else {
        print(&format!("{explanation}\n"))?;
    }
    // Its story is told as far as it goes; the run is wrong all the same.
    match explanation.wait_cycle {
        Some(cycle) => Err(Failure::Scenario(format!("error: {cycle}"))),
        None => Ok(()),
    }
}
