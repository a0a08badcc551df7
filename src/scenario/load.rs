//! Loading a scenario: text, overrides, CSV tables, document, study.

use std::collections::HashSet;
use std::path::Path;

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::document::Document;
use super::interventions;
use super::model::{StatedValue, Study, Variant};
use super::overrides::{self, Override};
use super::points::{File, Point};
use super::read::{Field, Problem, Reader};
use super::resolve::{self, Plan, World};
use super::source::{Files, Folder, Sources};
use super::tree::{self, Node, Value};
use crate::time::Span;

/// What the command line may say of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Values to change: dotted path, and the new value as TOML writes it (or bare text).
    pub overrides: Vec<(String, String)>,
    /// Another seed.
    pub seed: Option<u64>,
    /// Another number of replications.
    pub replications: Option<u32>,
    /// Design points, which take the place of the variants of the file; where there are none, the file's are taken.
    pub points: Vec<Point>,
}

/// A loaded scenario.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked study.
    pub study: Study,
    /// The scenario's text, as it stands in the file.
    pub text: String,
    /// Every file read, the scenario first: name and contents. They identify the run.
    pub inputs: Vec<(String, String)>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
}

/// Why a scenario could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The file could not be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The scenario is wrong: all its mistakes, warnings among them.
    #[error("{0}")]
    Wrong(Diagnostics),
}

/// Loads the scenario file at `path`; the CSV files that it names are looked for beside it.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Unreadable {
        path: name.clone(),
        error,
    })?;
    let folder = Folder(path.parent().unwrap_or(Path::new("")).to_path_buf());
    from_str_with(&name, &text, &folder, options)
}

/// Loads the scenario `text`, called `name` in messages; `files` holds the CSV files that it names.
pub fn from_str(name: &str, text: &str, files: &dyn Files) -> Result<Loaded, Failure> {
    from_str_with(name, text, files, &LoadOptions::default())
}

/// Loads the scenario `text` as [`from_str`] does, with `options`.
pub fn from_str_with(
    name: &str,
    text: &str,
    files: &dyn Files,
    options: &LoadOptions,
) -> Result<Loaded, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sources = Sources::new(name, text, files);
    let mut reader = Reader::new(&mut sources);
    let root = match tree::parse(0, text) {
        Ok(root) => root,
        Err(mistakes) => {
            for mistake in mistakes {
                reader.error(
                    mistake.spot,
                    format!("this is no TOML: {}", mistake.message),
                    "",
                );
            }
            return Err(Failure::Wrong(Diagnostics(reader.diagnostics())));
        }
    };
    let root = with_overrides(&mut reader, root, options);
    let study = study(&mut reader, &root, name, options);
    let diagnostics = reader.diagnostics();
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Err(Failure::Wrong(Diagnostics(diagnostics)));
    }
    debug_assert_eq!(
        study.validate(),
        Ok(()),
        "loading checks at least what validation does"
    );
    let files = sources
        .list()
        .iter()
        .skip(1)
        .filter(|source| !source.file.is_empty());
    let mut inputs = vec![(file_name(name), text.to_owned())];
    inputs.extend(files.map(|source| (source.file.clone(), source.text.clone())));
    Ok(Loaded {
        study,
        text: text.to_owned(),
        inputs,
        warnings: diagnostics,
    })
}

pub(super) fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// The tree with CSV tables and the overrides of the command line.
pub(super) fn with_overrides(
    reader: &mut Reader<'_, '_>,
    mut root: Node,
    options: &LoadOptions,
) -> Node {
    let mut changes = Vec::new();
    for (path, value) in &options.overrides {
        changes.extend(overrides::from_option(reader, "--set", path, value));
    }
    if let Some(replications) = options.replications {
        let value = replications.to_string();
        changes.extend(overrides::from_option(
            reader,
            "--replications",
            "experiment.replications",
            &value,
        ));
    }
    // Which tables are read comes before what is in them.
    let (tables, others): (Vec<Override>, Vec<Override>) =
        changes.into_iter().partition(|c| c.path[0] == "tables");
    tables
        .iter()
        .for_each(|change| overrides::apply(reader, &mut root, change));
    merge_tables(reader, &mut root);
    others
        .iter()
        .for_each(|change| overrides::apply(reader, &mut root, change));
    root
}

fn merge_tables(reader: &mut Reader<'_, '_>, root: &mut Node) {
    let Value::Table(root) = &mut root.value else {
        return;
    };
    let Some(tables) = root.get("tables").and_then(Node::table) else {
        return;
    };
    let files: Vec<_> = tables
        .entries
        .iter()
        .filter(|(key, _)| ["sites", "links", "flows"].contains(&key.name.as_str()))
        .filter_map(|(key, node)| match &node.value {
            Value::String(file) => Some((key.name.clone(), file.clone(), node.spot)),
            _ => None,
        })
        .collect();
    for (section, file, spot) in files {
        super::csv_table::merge(reader, root, &section, &file, spot);
    }
}

/// The study in `root`; with mistakes, what comes back is of no use.
pub(super) fn study(
    reader: &mut Reader<'_, '_>,
    root: &Node,
    name: &str,
    options: &LoadOptions,
) -> Study {
    let document = match reader.item::<Document>(root) {
        Field::Is(document, _) => document,
        _ => Document::default(),
    };
    let values = stated_values(reader);
    let start = jiff::Timestamp::from_second(DEFAULT_START).expect("2024-01-01 is in range");
    let world = resolve::resolve(reader, &document, start);
    let lists = resolve::Lists::new(&document);
    let plans = Plan::all(reader, &document, &lists);
    let mut variants: Vec<Variant> = Vec::with_capacity(plans.len());
    for plan in &plans {
        let changes = match plan.written {
            true => written_changes(reader, root, "variants", &plan.name),
            false => Vec::new(),
        };
        let whose = format!("variant `{}`", plan.name);
        let own = changed_world(reader, root, &whose, &changes, start);
        variants.push(resolve::build(own.as_ref().unwrap_or(&world), plan));
    }
    let interventions = interventions::checked(reader, root, &world.interventions, start);
    if !options.points.is_empty() {
        let file = File {
            root,
            world: &world,
            lists: &lists,
            plans: &plans,
            start,
        };
        variants = file.points(reader, &options.points);
    }
    // Points end at the first that is wrong: of the others nothing can be said.
    if options.points.is_empty() || variants.len() == options.points.len() {
        resolve::check_regimes(reader, &document, &variants);
        resolve::check_step_tokens(reader, &document, &variants);
        resolve::check_posts(reader, &document, &variants);
        check_steady(reader, &document, &variants);
    }
    let until = world
        .experiment
        .horizon
        .saturating_add(world.experiment.max_drain);
    set_envelopes(&mut variants, until);
    let stem = file_name(name).trim_end_matches(".toml").to_owned();
    let about = document.scenario.get();
    let text = |field: Option<&super::leaf::Text>| field.map(|text| text.0.clone());
    let mut experiment = world.experiment;
    experiment.seed = options.seed.unwrap_or(experiment.seed);
    Study {
        title: text(about.and_then(|doc| doc.title.get())).unwrap_or_else(|| stem.clone()),
        question: text(about.and_then(|doc| doc.question.get())).unwrap_or_default(),
        sources: about
            .and_then(|doc| doc.sources.get())
            .map_or_else(Vec::new, |list| {
                list.items.iter().map(|(text, _)| text.0.clone()).collect()
            }),
        name: stem,
        experiment,
        variants,
        values,
        benchmarks: world.benchmarks,
        interventions,
    }
}

/// 2024-01-01T00:00:00Z, in seconds of the Unix epoch.
const DEFAULT_START: i64 = 1_704_067_200;

/// The changes in the `set` table of a variant or an intervention that is written in the file.
pub(super) fn written_changes(
    reader: &mut Reader<'_, '_>,
    root: &Node,
    section: &str,
    name: &str,
) -> Vec<Override> {
    let set = || {
        root.table()?
            .get(section)?
            .table()?
            .get(name)?
            .table()?
            .get("set")?
            .table()
    };
    match set() {
        Some(set) => {
            let whose = match section {
                interventions::SECTION => "an intervention",
                _ => "a variant",
            };
            overrides::from_variant(reader, set, whose)
        }
        None => Vec::new(),
    }
}

/// The world with changed scenario values; `None` where none is changed. Its mistakes are said to be in `whose`.
pub(super) fn changed_world(
    reader: &mut Reader<'_, '_>,
    root: &Node,
    whose: &str,
    changes: &[Override],
    start: jiff::Timestamp,
) -> Option<World> {
    if changes.is_empty() {
        return None;
    }
    let known: HashSet<_> = reader
        .problems
        .iter()
        .map(|problem| (problem.spot, problem.message.clone()))
        .collect();
    let mut changed = root.clone();
    changes
        .iter()
        .for_each(|change| overrides::apply(reader, &mut changed, change));
    let mut inner = Reader::new(reader.sources);
    let world = match inner.item::<Document>(&changed) {
        Field::Is(document, _) => resolve::resolve(&mut inner, &document, start),
        _ => return None,
    };
    let new: Vec<Problem> = inner
        .problems
        .into_iter()
        .filter(|problem| !known.contains(&(problem.spot, problem.message.clone())))
        .map(|problem| Problem {
            message: format!("in {whose}: {}", problem.message),
            ..problem
        })
        .collect();
    reader.problems.extend(new);
    Some(world)
}

/// Refuses a search for the steady state of what has none.
fn check_steady(reader: &mut Reader<'_, '_>, document: &Document, variants: &[Variant]) {
    let steady = document
        .experiment
        .get()
        .and_then(|doc| doc.steady.placed());
    let Some((flag, spot)) = steady else { return };
    let unsteady = |variant: &Variant| Some((variant.name.clone(), variant.scenario.unsteady()?));
    if flag.0
        && let Some((name, why)) = variants.iter().find_map(unsteady)
    {
        let message = format!("variant `{name}` has no steady state: {why}");
        let remedy =
            "leave `steady` out, and state `warm_up` where the start should not be measured";
        reader.error(spot, message, remedy);
    }
}

/// Gives each flow the peak of its rate over all variants, `until` nothing happens any more. Of bursts it is the peak
/// in bursts, so that variants with other sizes have them at the same times.
pub(super) fn set_envelopes(variants: &mut [Variant], until: Span) {
    // By name: worlds that are set side by side need not have the same flows.
    let mut names: Vec<String> = Vec::new();
    for flow in variants.iter().flat_map(|variant| &variant.scenario.flows) {
        if !names.contains(&flow.name) {
            names.push(flow.name.clone());
        }
    }
    for name in names {
        let place = |v: usize, variants: &[Variant]| {
            let flows = &variants[v].scenario.flows;
            flows.iter().position(|f| f.name == name).map(|at| (v, at))
        };
        let places: Vec<(usize, usize)> = (0..variants.len())
            .filter_map(|v| place(v, variants))
            .collect();
        let flow = |(v, at): (usize, usize)| &variants[v].scenario.flows[at];
        // Where bursts are the same in all, their size cancels out, and its mean need not be reckoned.
        let same = places
            .windows(2)
            .all(|pair| flow(pair[0]).pattern.burst == flow(pair[1]).pattern.burst);
        let brings = |place: &(usize, usize)| match same {
            true => 1.0,
            false => flow(*place).burst_mean(),
        };
        let bursts: Vec<f64> = places.iter().map(brings).collect();
        let peaks = places.iter().zip(&bursts).map(|(&(v, at), brings)| {
            let surge = (variants[v].scenario).surge_peak(crate::terms::FlowId::from(at));
            flow((v, at)).peak_per_day(until) * surge / brings
        });
        let envelope = peaks.fold(0.0, f64::max);
        for (&(v, at), brings) in places.iter().zip(&bursts) {
            variants[v].scenario.flows[at].envelope_per_day = envelope * brings;
        }
    }
}

/// The stated values in file order, with their lines.
fn stated_values(reader: &mut Reader<'_, '_>) -> Vec<StatedValue> {
    let mut stated = std::mem::take(&mut reader.stated);
    stated.sort_by_key(|stated| stated.spot);
    let line = |spot| reader.sources.line_column(spot).0;
    stated
        .into_iter()
        .map(|stated| StatedValue {
            line: line(stated.spot),
            ..stated.value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::NoFiles;
    use super::*;

    fn template() -> Loaded {
        from_str("template.toml", include_str!("template.toml"), &NoFiles)
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    #[test]
    fn the_template_loads_without_a_warning() {
        let loaded = template();
        assert_eq!(loaded.warnings, []);
        let names: Vec<&str> = loaded
            .study
            .variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect();
        let expected = [
            "serial/none",
            "serial/agreed",
            "parallel/none",
            "parallel/agreed",
            "joint/none",
            "joint/agreed",
        ];
        assert_eq!(names, expected);
        let scenario = &loaded.study.variants[1].scenario;
        assert_eq!(scenario.links.len(), 6);
        assert_eq!(scenario.cooperation.agreements.len(), 2);
        assert_eq!(scenario.sites[2].desks.len(), 5);
    }
}
