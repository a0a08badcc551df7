//! `corridor blame FILE`: who was last where several agencies' work came together.

use std::path::PathBuf;

use clap::Args;
use corridor::experiment::twins;
use corridor::report::twins as report;

use super::Options;
use super::failure::{Failure, note, print};
use super::files;
use super::output::RunFolder;
use super::progress::Progress;
use super::study;
use super::twins::beside;

/// Arguments of `blame`.
#[derive(Debug, Args)]
pub(super) struct BlameArgs {
    /// The scenario
    file: PathBuf,
    /// The variant, such as `parallel/agreed` [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

/// Runs the variant and prints the blame of its fork-joins.
pub(super) fn blame(args: &BlameArgs, options: &Options) -> Result<(), Failure> {
    let loaded = study::load_settled(&args.file, options)?;
    let variant = study::variant(&loaded, args.variant.as_deref())?;
    let folder = RunFolder::of(&loaded, None, &options.out);
    folder.prepare()?;
    let progress = Progress::new(options.quiet);
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let threads = options.threads.map(usize::from);
    let blames = twins::blame(&loaded.study, variant, threads, &tell)?;
    let path = beside(&folder, &["blame", &blames.variant]);
    let artifacts = report::blame_artifacts(&blames);
    files::write_folder(&path, &artifacts)?;
    let shown = if options.json {
        "blame.json"
    } else {
        "blame.txt"
    };
    if let Some(file) = artifacts.iter().find(|a| a.name == shown) {
        let end = if options.json { "\n" } else { "" };
        print(&format!("{}{end}", String::from_utf8_lossy(&file.bytes)))?;
    }
    note(options.quiet, &format!("Files: {}", path.display()));
    Ok(())
}
