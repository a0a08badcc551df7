//! `corridor trs FILE`: a Time Release Study of one variant.

use std::path::PathBuf;

use clap::Args;
use corridor::experiment::trs::time_release_study;
use corridor::report::{Artifact, tables, trs};

use super::Options;
use super::failure::{Failure, note, print};
use super::files;
use super::output::RunFolder;
use super::study;
use super::twins::beside;

/// Arguments of `trs`.
#[derive(Debug, Args)]
pub(super) struct TrsArgs {
    /// The scenario
    file: PathBuf,
    /// The variant, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

/// Runs all replications of one variant with an observer of milestones; prints the study and writes `trs.csv`.
pub(super) fn run(args: &TrsArgs, options: &Options) -> Result<(), Failure> {
    let loaded = study::load_settled(&args.file, options)?;
    let variant = study::variant(&loaded, args.variant.as_deref())?;
    // An output folder that cannot be written to is better known before the runs than after them.
    let folder = RunFolder::of(&loaded, None, &options.out);
    folder.prepare()?;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.map_or(0, usize::from))
        .build()
        .map_err(|e| Failure::Setup(format!("no threads could be started: {e}")))?;
    let found = threads.install(|| time_release_study(&loaded.study, variant))?;
    let path = beside(&folder, &["trs", &found.variant]);
    let sheet = Artifact {
        name: "trs.csv".to_owned(),
        bytes: trs::csv(&found).into_bytes(),
    };
    files::write_folder(&path, &[sheet])?;
    if options.json {
        let text = serde_json::to_string_pretty(&found).expect("studies have string keys only");
        print(&format!("{text}\n"))?;
    } else if !options.quiet {
        print(&trs::tables(&found, tables::DEFAULT_WIDTH))?;
    }
    note(
        options.quiet,
        &format!("The whole study: {}", path.join("trs.csv").display()),
    );
    Ok(())
}
