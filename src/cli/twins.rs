//! `corridor twins FILE --variant NAME`: each consignment in two variants on identical draws.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use corridor::experiment::twins::{self, EachTwin, MEMORY, Store, TwinOptions};
use corridor::report::{csv, twins as report};
use corridor::scenario::{self, LoadOptions, Loaded};
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::files::CsvFile;
use super::output::digest_of;
use super::study::{self, Forewarning};

/// Arguments of `twins`.
#[derive(Debug, Args)]
pub(super) struct TwinsArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    request: Request,
    /// Also write every consignment's parts to this CSV file
    #[arg(long, value_name = "FILE.csv")]
    consignments: Option<PathBuf>,
}

/// The two variants.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub(super) struct Request {
    /// The variant that differences are taken from, such as `serial/none` [default: the base]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,
    /// The variant that is set against it, such as `parallel/none`
    #[arg(long, value_name = "NAME")]
    variant: String,
}

/// Runs both variants, or takes the finished comparison, and prints how the differences split.
pub(super) fn twins(args: &TwinsArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let loaded = study::load_settled(&args.file, options)?;
    args.request.pair(&loaded)?;
    let given = study::given(loaded, options, &load);
    let asked = Asked::Twins(args.request.clone());
    let consignments = args.consignments.as_deref();
    answer(&asked, &given, options, asked.shown().1, consignments)
}

impl Request {
    /// The positions of the two variants.
    fn pair(&self, loaded: &Loaded) -> Result<(usize, usize), Failure> {
        let base = study::variant(loaded, self.base.as_deref())?;
        let variant = study::variant(loaded, Some(&self.variant))?;
        if base == variant {
            return Err(Failure::Setup(format!(
                "`{}` is set against itself; name two variants with --base and --variant",
                self.variant
            )));
        }
        Ok((base, variant))
    }

    /// Runs both variants and splits the differences.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let study = &given.loaded.study;
        let pair = self.pair(&given.loaded)?;
        Forewarning::new(study, means)?.variants(&[pair.0, pair.1], false);
        // A file without a name: it is gone with the program, however that ends.
        let store = || -> io::Result<Box<dyn Store>> {
            let file = match means.scratch() {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            };
            Ok(Box::new(file))
        };
        let how = TwinOptions {
            threads: means.run.threads,
            memory: MEMORY,
            store: &store,
            kept: means.store(),
        };
        let tell = means.tell();
        let started = Instant::now();
        let results = match means.consignments {
            None => twins::twins(study, pair, &how, None, &tell)?,
            Some(path) => {
                let mut file = CsvFile::create(path, &csv::twin_header())?;
                let each: &mut EachTwin<'_> =
                    &mut |parts, twin| csv::twin_line(parts, twin, |line| file.line(line));
                let results = twins::twins(study, pair, &how, Some(each), &tell)?;
                file.finish()?;
                results
            }
        };
        let simulation = started.elapsed();
        let artifacts = report::twin_artifacts(&results);
        Ok(Answer {
            simulation,
            account: Account {
                scenario: study.name.clone(),
                seed: study.experiment.seed,
                replications: study.experiment.replications,
                variants: [pair.0, pair.1]
                    .map(|v| study.variants[v].name.clone())
                    .to_vec(),
                digest: digest_of(&artifacts),
                events: None,
                finding: report::sentence(&results),
                engines: Vec::new(),
            },
            artifacts,
        })
    }
}
