//! `corridor twins FILE --variant NAME`: each consignment in two variants on identical draws.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use corridor::experiment::twins::{self, EachTwin, MEMORY, Store, TwinOptions};
use corridor::report::{csv, twins as report};

use super::Options;
use super::failure::{Failure, note, print};
use super::files::{self, CsvFile};
use super::output::RunFolder;
use super::progress::Progress;
use super::study;

/// Arguments of `twins`.
#[derive(Debug, Args)]
pub(super) struct TwinsArgs {
    /// The scenario
    file: PathBuf,
    /// The variant that differences are taken from, such as `serial/none` [default: the base]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,
    /// The variant that is set against it, such as `parallel/none`
    #[arg(long, value_name = "NAME")]
    variant: String,
    /// Also write every consignment's parts to this CSV file
    #[arg(long, value_name = "FILE.csv")]
    consignments: Option<PathBuf>,
}

/// Runs both variants, splits the differences, prints and writes them.
pub(super) fn twins(args: &TwinsArgs, options: &Options) -> Result<(), Failure> {
    let loaded = study::load_settled(&args.file, options)?;
    let base = study::variant(&loaded, args.base.as_deref())?;
    let variant = study::variant(&loaded, Some(&args.variant))?;
    let name = |v: usize| loaded.study.variants[v].name.as_str();
    if base == variant {
        return Err(Failure::Setup(format!(
            "`{}` is set against itself; name two variants with --base and --variant",
            name(base)
        )));
    }
    let folder = RunFolder::of(&loaded, None, &options.out);
    folder.prepare()?;
    let path = beside(&folder, &["twins", name(base), name(variant)]);
    let scratch = path.parent().unwrap_or(Path::new(".")).to_owned();
    // A file without a name: it is gone with the program, however that ends.
    let store = || -> io::Result<Box<dyn Store>> { Ok(Box::new(tempfile::tempfile_in(&scratch)?)) };
    let how = TwinOptions {
        threads: options.threads.map(usize::from),
        memory: MEMORY,
        store: &store,
    };
    let progress = Progress::new(options.quiet);
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let pair = (base, variant);
    let results = match &args.consignments {
        None => twins::twins(&loaded.study, pair, &how, None, &tell)?,
        Some(file) => {
            let mut file = CsvFile::create(file, &csv::twin_header())?;
            let each: &mut EachTwin<'_> =
                &mut |parts, twin| csv::twin_line(parts, twin, |line| file.line(line));
            let results = twins::twins(&loaded.study, pair, &how, Some(each), &tell)?;
            file.finish()?;
            results
        }
    };
    let artifacts = report::twin_artifacts(&results);
    files::write_folder(&path, &artifacts)?;
    if options.json {
        let json = artifacts.iter().find(|a| a.name == "twins.json");
        let text = json.map_or_else(Default::default, |a| String::from_utf8_lossy(&a.bytes));
        print(&format!("{text}\n"))?;
    } else if options.quiet {
        print(&format!("{}\n", report::sentence(&results)))?;
    } else {
        print(&report::twins_text(&results))?;
    }
    note(
        options.quiet,
        &format!("Tables, chart and files: {}", path.display()),
    );
    Ok(())
}

/// A folder beside that of the run of the same scenario, with what it is about in its name.
pub(super) fn beside(folder: &RunFolder, about: &[&str]) -> PathBuf {
    let run = folder.path.file_name().unwrap_or_default();
    let mut name = run.to_string_lossy().into_owned();
    for word in about {
        name.push('-');
        let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
        name.extend(word.chars().map(plain));
    }
    folder.path.with_file_name(name)
}
