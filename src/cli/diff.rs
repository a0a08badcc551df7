//! `corridor diff A B`: what differs between two scenarios, and how their difference divides among the edits.

use std::path::{Path, PathBuf};

use clap::Args;
use corridor::experiment::{Measure, difference};
use corridor::report::difference as report;
use corridor::scenario::{self, Folder, Side};
use corridor::stats::MOST_PLAYERS;

use super::Options;
use super::failure::{Failure, note, print};
use super::files;
use super::output::RunFolder;
use super::progress::Progress;
use super::study;
use super::sweep::known_measure;
use super::twins::beside;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The first scenario
    a: PathBuf,
    /// The second [default: the first, with --variants]
    b: Option<PathBuf>,
    /// The variant of both, such as `parallel/agreed` [default: the base of each]
    #[arg(long, value_name = "NAME", conflicts_with = "variants")]
    variant: Option<String>,
    /// The variant of the first and that of the second
    #[arg(long, value_names = ["FIRST", "SECOND"], num_args = 2)]
    variants: Option<Vec<String>>,
    /// At most so many edits, grouped by path where more values differ; 2 to the power of N combinations are run
    #[arg(long, value_name = "N", default_value_t = MOST_PLAYERS as u8, value_parser = clap::value_parser!(u8).range(1..=MOST_PLAYERS as i64))]
    edits: u8,
    /// The mean that is divided: all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, crossing:EXIT:ENTRY or
    /// door_to_door:FLOW [default: the first scenario's headline]
    #[arg(long, value_name = "MEASURE", value_parser = known_measure)]
    measure: Option<String>,
}

/// Runs all combinations, divides the difference, prints and writes it.
pub(super) fn diff(args: &DiffArgs, options: &Options) -> Result<(), Failure> {
    if args.b.is_none() && args.variants.is_none() {
        return Err(Failure::Setup(
            "what is it set against? Name a second scenario, or two variants of this one: --variants FIRST SECOND"
                .to_owned(),
        ));
    }
    let measure = (args.measure.as_deref().filter(|text| *text != "headline"))
        .map(Measure::parse)
        .transpose()
        .map_err(Failure::Setup)?;
    let chosen: [Option<&str>; 2] = match (args.variants.as_deref(), &args.variant) {
        (Some([a, b]), _) => [Some(a), Some(b)],
        (_, both) => [both.as_deref(), both.as_deref()],
    };
    let loaded = study::load_settled(&args.a, options)?;
    let text = match &args.b {
        Some(path) => study::load_settled(path, options)?.text,
        None => loaded.text.clone(),
    };
    let b = args.b.as_ref().unwrap_or(&args.a);
    let shown = [args.a.display().to_string(), b.display().to_string()];
    let folders =
        [&args.a, b].map(|path| Folder(path.parent().unwrap_or(Path::new("")).to_owned()));
    let side = |at: usize, text| Side {
        name: &shown[at],
        text,
        variant: chosen[at],
        files: &folders[at],
    };
    let load_options = options.loading();
    let edits = scenario::edits(
        side(0, &loaded.text),
        side(1, &text),
        &load_options,
        usize::from(args.edits),
    )?;
    let names = match &args.b {
        None => edits.names.clone(),
        Some(b) => {
            let stem = |path: &Path| {
                path.file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            };
            let stems = [stem(&args.a), stem(b)];
            let called = match stems[0] == stems[1] {
                true => shown.clone(),
                false => stems,
            };
            let [a, b] = &called;
            let with = |name: &str, at: usize| match chosen[at] {
                Some(variant) => format!("{name} ({variant})"),
                None => name.to_owned(),
            };
            [with(a, 0), with(b, 1)]
        }
    };
    let combinations = edits.study.variants.len();
    let replications = edits.study.experiment.replications;
    let runs = combinations * replications as usize;
    note(
        options.quiet,
        &format!(
            "{} edits: {combinations} combinations, {runs} runs.",
            edits.edits.len()
        ),
    );
    let folder = RunFolder::of(&loaded, None, &options.out);
    folder.prepare()?;
    let path = beside(&folder, &["diff", &names[0], &names[1]]);
    let run = options.runs();
    let progress = Progress::new(options.quiet);
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let result =
        difference::difference(&edits, &edits.study, names, measure.as_ref(), &run, &tell)?;
    let artifacts = report::diff_artifacts(&result);
    files::write_folder(&path, &artifacts)?;
    if options.json {
        let json = artifacts.iter().find(|a| a.name == "diff.json");
        let text = json.map_or_else(Default::default, |a| String::from_utf8_lossy(&a.bytes));
        print(&format!("{text}\n"))?;
    } else if options.quiet {
        print(&format!("{}\n", report::diff_sentence(&result)))?;
    } else {
        print(&report::diff_text(&result))?;
    }
    note(
        options.quiet,
        &format!("Table, chart and files: {}", path.display()),
    );
    Ok(())
}
