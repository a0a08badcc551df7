//! `corridor diff A B`: what differs between two scenarios, and how their difference divides among the edits.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use corridor::experiment::{Measure, RunError, difference};
use corridor::report::difference as report;
use corridor::scenario::{self, Edits, LoadOptions, Loaded, Side, Study};
use corridor::stats::MOST_PLAYERS;
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::study::{self, Forewarning};
use super::sweep::known_measure;

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

/// What is asked of two scenarios.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// How tables call the two.
    names: [String; 2],
    /// How messages call their files: as they were named.
    #[serde(skip)]
    paths: [String; 2],
    /// The variants that are named.
    variants: [Option<String>; 2],
    edits: u8,
    measure: Option<String>,
}

/// Runs all combinations, or takes the finished comparison, and prints how the difference divides.
pub(super) fn diff(args: &DiffArgs, options: &Options) -> Result<(), Failure> {
    if args.b.is_none() && args.variants.is_none() {
        return Err(Failure::Setup(
            "what is it set against? Name a second scenario, or two variants of this one: --variants FIRST SECOND"
                .to_owned(),
        ));
    }
    let load = |load: &LoadOptions| scenario::load(&args.a, load);
    let loaded = study::load_settled(&args.a, options)?;
    let second = (args.b.as_ref())
        .map(|path| study::load_settled(path, options))
        .transpose()?;
    let variants = match (args.variants.as_deref(), &args.variant) {
        (Some([a, b]), _) => [Some(a.clone()), Some(b.clone())],
        (_, both) => [both.clone(), both.clone()],
    };
    study::variant_of(&loaded, variants[0].as_deref(), Some(&args.a))?;
    let b = args.b.as_deref().unwrap_or(&args.a);
    let other = second.as_ref().unwrap_or(&loaded);
    study::variant_of(other, variants[1].as_deref(), Some(b))?;
    let asked = Asked::Diff(Request {
        names: names(&args.a, b),
        paths: [&args.a, b].map(|path| path.display().to_string()),
        variants,
        edits: args.edits,
        measure: args.measure.clone(),
    });
    let given = Given {
        second,
        ..study::given(loaded, options, &load)
    };
    answer(&asked, &given, options, asked.shown().1, None)
}

/// What two files are called: by their names, or by their paths where those are the same.
fn names(a: &Path, b: &Path) -> [String; 2] {
    let stem = |path: &Path| {
        let stem = path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    match a != b && stem(a) == stem(b) {
        true => [a, b].map(|path| path.display().to_string()),
        false => [a, b].map(stem),
    }
}

impl Request {
    /// All that determines the results.
    pub fn identity(&self) -> String {
        let (names, variants) = (&self.names, &self.variants);
        format!("{names:?} {variants:?} {} {:?}", self.edits, self.measure)
    }

    /// Runs all combinations of edits and divides the difference.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let measure = (self.measure.as_deref().filter(|text| *text != "headline"))
            .map(Measure::parse)
            .transpose()
            .map_err(Failure::Setup)?;
        let edits = self.edits(given)?;
        let study = &edits.study;
        let replications = study.experiment.replications;
        means.say(&format!(
            "{} edits: {} combinations, {} runs.",
            edits.edits.len(),
            study.variants.len(),
            study.variants.len() * replications as usize
        ));
        let called = match given.second {
            None => edits.names.clone(),
            Some(_) => {
                let with = |at: usize| match &self.variants[at] {
                    Some(variant) => format!("{} ({variant})", self.names[at]),
                    None => self.names[at].clone(),
                };
                [with(0), with(1)]
            }
        };
        forewarn(study, &called, means)?;
        let started = Instant::now();
        let result = difference::difference(
            &edits,
            study,
            called,
            measure.as_ref(),
            &means.run,
            means.store(),
            &means.tell(),
        )?;
        Ok(Answer {
            simulation: started.elapsed(),
            artifacts: report::diff_artifacts(&result),
            account: Account {
                scenario: given.loaded.study.name.clone(),
                seed: result.seed,
                replications,
                variants: study.variants.iter().map(|v| v.name.clone()).collect(),
                digest: result.digest.clone(),
                events: Some(result.events),
                finding: report::diff_sentence(&result),
                engines: Vec::new(),
            },
        })
    }

    /// What differs between the two.
    fn edits(&self, given: &Given<'_>) -> Result<Edits, Failure> {
        let loaded = [
            &given.loaded,
            given.second.as_ref().unwrap_or(&given.loaded),
        ];
        let files = loaded.map(|loaded: &Loaded| -> Vec<(&str, &str)> {
            let files = loaded.inputs.iter().skip(1);
            files.map(|(n, t)| (n.as_str(), t.as_str())).collect()
        });
        let files = [&files[0][..], &files[1][..]];
        let side = |at: usize| Side {
            name: &self.paths[at],
            text: &loaded[at].text,
            variant: self.variants[at].as_deref(),
            files: &files[at],
        };
        let most = usize::from(self.edits);
        Ok(scenario::edits(side(0), side(1), &given.options, most)?)
    }
}

/// Says before the run which stations of the two scenarios are offered as much as they can do, or more, and of how many
/// combinations. They go by what the two are `called`.
fn forewarn(study: &Study, called: &[String; 2], means: &Means<'_>) -> Result<(), RunError> {
    let mut named = study.clone();
    let last = named.variants.len() - 1;
    for (at, name) in [0, last].into_iter().zip(called) {
        named.variants[at].name.clone_from(name);
    }
    let both = match last {
        0 => &[0][..],
        _ => &[0, last],
    };
    let forewarning = Forewarning::new(&named, means)?;
    forewarning.variants(both, false);
    // Of one edit the two are all there is.
    if last > 1 {
        let name = |at: usize| format!("in {}", named.variants[at].name);
        forewarning.points((0, 1), "combinations", &name);
    }
    Ok(())
}
