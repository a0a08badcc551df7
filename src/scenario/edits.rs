//! What differs between two scenarios, edit by edit, and the worlds that have some of the edits and not others.

use serde::{Deserialize, Serialize};

use super::diagnostic::{Diagnostics, Severity};
use super::edit::{Edit, differences, put};
use super::load::{Failure, LoadOptions, file_name, study, with_overrides, written_changes};
use super::load::{from_str_with, set_envelopes};
use super::model::{Study, Variant};
use super::overrides;
use super::read::Reader;
use super::source::{Files, Sources, Spot};
use super::tree::{self, Node, Value};

/// One of the two scenarios: its name in messages, its text, and the variant of it that is meant (the base where none is
/// named).
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Name of the file.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The variant.
    pub variant: Option<&'a str>,
    /// Where the files are that it names.
    pub files: &'a dyn Files,
}

/// The files of both scenarios.
struct Both<'a>(&'a dyn Files, &'a dyn Files);

impl Files for Both<'_> {
    fn read(&self, name: &str) -> std::io::Result<String> {
        self.0.read(name).or_else(|_| self.1.read(name))
    }
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedValue {
    /// Dotted path.
    pub path: String,
    /// In the first scenario; `None` where it has none.
    pub from: Option<String>,
    /// In the second.
    pub to: Option<String>,
}

/// Two scenarios set side by side.
#[derive(Clone, Debug)]
pub struct Edits {
    /// The variants' names, first and second.
    pub names: [String; 2],
    /// The edits, each of one value or of several that go together. No edit: the scenarios are the same.
    pub edits: Vec<Vec<EditedValue>>,
    /// A study of which variant number `mask` is the first scenario with edit `i` in it where bit `i` of `mask` is set: the
    /// first scenario is the first variant, the second the last. All share their random draws.
    pub study: Study,
    /// What the reader should know: values that were grouped, and why; what differs and was not counted.
    pub notes: Vec<String>,
}

/// Sections that no difference is sought in: how it is run holds for both, and the others change nothing.
const ASIDE: [&str; 4] = ["experiment", "variants", "tables", "benchmarks"];

/// Sets two scenarios side by side, with at most `most` edits; more are grouped by section and path. `options` hold for
/// both; both run as the first one's `[experiment]` says.
///
/// # Errors
/// Where either scenario is wrong, or a combination of edits is one that no grouping mends.
pub fn edits(
    a: Side<'_>,
    b: Side<'_>,
    options: &LoadOptions,
    most: usize,
) -> Result<Edits, Failure> {
    let mut notes = Vec::new();
    let files = Both(a.files, b.files);
    let mut sources = Sources::new(a.name, a.text, &files);
    let other = sources.add(b.name, b.text);
    let first = plain(&mut sources, 0, a, options)?;
    let second = plain(&mut sources, other, b, options)?;
    let mut reader = Reader::new(&mut sources);
    for (name, text) in &second.inputs {
        if (first.inputs.iter()).any(|(known, other)| known == name && other != text) {
            let spot = Spot::new(other, 0..0);
            let message =
                format!("both scenarios name a file `{name}`, and the two are not the same");
            reader.error(spot, message, "give one of them another name");
            return Err(Failure::Wrong(Diagnostics(reader.diagnostics())));
        }
    }
    let mut found = Vec::new();
    differences(&mut Vec::new(), &first.root, &second.root, &mut found);
    let (aside, found): (Vec<Edit>, Vec<Edit>) = found
        .into_iter()
        .partition(|edit| ASIDE.contains(&edit.path[0].as_str()));
    let ran: Vec<String> = aside
        .iter()
        .filter(|edit| edit.path[0] == "experiment")
        .map(|edit| format!("`{}`", edit.name()))
        .collect();
    if !ran.is_empty() {
        notes.push(format!(
            "Both are run as {} says; not counted are differences in {}.",
            a.name,
            ran.join(", ")
        ));
    }
    let mut groups = grouped(&found, most.max(1));
    if groups.len() < found.len() {
        notes.push(format!(
            "{} values differ; they were grouped by section and path into {} edits.",
            found.len(),
            groups.len()
        ));
    }
    let mut world = Worlds {
        sources,
        root: &first.root,
        found: &found,
        name: a.name,
        options: LoadOptions {
            points: Vec::new(),
            ..options.clone()
        },
    };
    let mut study = world.with(&[])?;
    study.variants = world.combinations(&mut groups, &mut notes)?;
    let until = (study.experiment.horizon).saturating_add(study.experiment.max_drain);
    set_envelopes(&mut study.variants, until);
    Ok(Edits {
        names: [first.variant, second.variant],
        edits: groups
            .iter()
            .map(|group| group.iter().map(|&e| found[e].value()).collect())
            .collect(),
        study,
        notes,
    })
}

/// A scenario with one variant, whose changes and choices are written into it.
struct Plain {
    root: Node,
    variant: String,
    /// The files that it names.
    inputs: Vec<(String, String)>,
}

fn plain(
    sources: &mut Sources<'_>,
    source: u32,
    side: Side<'_>,
    options: &LoadOptions,
) -> Result<Plain, Failure> {
    // Mistakes are told as `run` tells them.
    let loaded = from_str_with(side.name, side.text, side.files, options)?;
    let variants = &loaded.study.variants;
    let wanted = side.variant.unwrap_or(&variants[0].name);
    let mut reader = Reader::new(sources);
    let Some(variant) = variants.iter().find(|variant| variant.name == wanted) else {
        let known: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
        let at = reader.sources.add("--variant", wanted);
        let message = format!("no variant of {} is called `{wanted}`", side.name);
        reader.unknown(Spot::new(at, 0..wanted.len()), message, wanted, &known);
        return Err(Failure::Wrong(Diagnostics(reader.diagnostics())));
    };
    let root = tree::parse(
        source,
        side.text.strip_prefix('\u{feff}').unwrap_or(side.text),
    )
    .expect("what was loaded is TOML");
    let mut root = with_overrides(&mut reader, root, options);
    for change in written_changes(&mut reader, &root, "variants", wanted) {
        overrides::apply(&mut reader, &mut root, &change);
    }
    let own = |key: &str| {
        let written = root.table()?.get("variants")?.table()?.get(wanted)?;
        written.table()?.get(key).cloned()
    };
    let text = |text: String| Node {
        spot: Spot::new(source, 0..0),
        value: Value::String(text),
    };
    let choices = [
        (
            "regime",
            variant.regime.map(|regime| text(regime.to_string())),
        ),
        ("cooperation", variant.cooperation.clone().map(text)),
        ("reforms", own("reforms")),
        ("shocks", own("shocks")),
        ("posts", own("posts")),
    ];
    for (key, choice) in choices {
        if let Some(choice) = choice {
            put(
                &mut root,
                &["scenario".to_owned(), key.to_owned()],
                Some(&choice),
            );
        }
    }
    put(&mut root, &["variants".to_owned()], None);
    put(&mut root, &["tables".to_owned()], None);
    for key in ["regimes", "cooperation"] {
        put(&mut root, &["experiment".to_owned(), key.to_owned()], None);
    }
    Ok(Plain {
        root,
        variant: wanted.to_owned(),
        inputs: loaded.inputs.into_iter().skip(1).collect(),
    })
}

/// Edits by section, and within the largest by the next step of their paths, as long as there are at most `most` groups.
/// Where even the sections are more, those with the fewest edits go together.
fn grouped(found: &[Edit], most: usize) -> Vec<Vec<usize>> {
    if found.len() <= most {
        return (0..found.len()).map(|edit| vec![edit]).collect();
    }
    let split = |group: &[usize], depth: usize| {
        let mut parts: Vec<(&[String], Vec<usize>)> = Vec::new();
        for &edit in group {
            let path = &found[edit].path;
            let prefix = &path[..depth.min(path.len())];
            match parts.iter_mut().find(|(known, _)| *known == prefix) {
                Some((_, part)) => part.push(edit),
                None => parts.push((prefix, vec![edit])),
            }
        }
        parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>()
    };
    let all: Vec<usize> = (0..found.len()).collect();
    let mut groups: Vec<(Vec<usize>, usize)> =
        split(&all, 1).into_iter().map(|part| (part, 1)).collect();
    while groups.len() > most {
        groups.sort_by_key(|(group, _)| (std::cmp::Reverse(group.len()), group[0]));
        let last = groups.pop().map_or(Vec::new(), |(group, _)| group);
        if let Some((group, _)) = groups.last_mut() {
            group.extend(last);
            group.sort_unstable();
        }
    }
    let mut closed: Vec<Vec<usize>> = Vec::new();
    while let Some(at) = (0..groups.len()).max_by_key(|&g| (groups[g].0.len(), g)) {
        let (group, depth) = groups.swap_remove(at);
        let deepest = group
            .iter()
            .map(|&e| found[e].path.len())
            .max()
            .unwrap_or(0);
        let parts = split(&group, depth + 1);
        if depth >= deepest || groups.len() + closed.len() + parts.len() > most {
            closed.push(group);
        } else {
            groups.extend(parts.into_iter().map(|part| (part, depth + 1)));
        }
    }
    closed.sort();
    closed
}

/// The first scenario with some of the edits.
struct Worlds<'a> {
    sources: Sources<'a>,
    root: &'a Node,
    found: &'a [Edit],
    name: &'a str,
    options: LoadOptions,
}

impl Worlds<'_> {
    fn with(&mut self, chosen: &[usize]) -> Result<Study, Failure> {
        let mut root = self.root.clone();
        for &edit in chosen {
            put(
                &mut root,
                &self.found[edit].path,
                self.found[edit].to.as_ref(),
            );
        }
        let mut reader = Reader::new(&mut self.sources);
        let study = study(&mut reader, &root, &file_name(self.name), &self.options);
        let mut diagnostics = reader.diagnostics();
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        match diagnostics.is_empty() {
            true => Ok(study),
            false => Err(Failure::Wrong(Diagnostics(diagnostics))),
        }
    }

    /// Every combination of the groups. Groups of which some combination is no scenario are put together with those that
    /// they need.
    fn combinations(
        &mut self,
        groups: &mut Vec<Vec<usize>>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Variant>, Failure> {
        loop {
            let mut variants: Vec<Result<Variant, Failure>> = Vec::new();
            for mask in 0..1usize << groups.len() {
                let mut chosen: Vec<usize> = members(mask, groups.len())
                    .flat_map(|g| groups[g].iter().copied())
                    .collect();
                chosen.sort_unstable();
                variants.push(self.with(&chosen).map(|mut study| {
                    let mut variant = study.variants.swap_remove(0);
                    variant.name = match mask {
                        0 => "no edit".to_owned(),
                        _ => members(mask, groups.len())
                            .map(|g| self.found[groups[g][0]].name())
                            .collect::<Vec<_>>()
                            .join(" + "),
                    };
                    variant
                }));
            }
            let fewest =
                |masks: &mut dyn Iterator<Item = usize>| masks.min_by_key(|m| (m.count_ones(), *m));
            let Some(refused) = fewest(&mut (0..variants.len()).filter(|m| variants[*m].is_err()))
            else {
                return variants.into_iter().collect();
            };
            // The least that contains it and is a scenario.
            let mended = fewest(
                &mut (0..variants.len()).filter(|m| m & refused == refused && variants[*m].is_ok()),
            );
            let Some(mended) = mended.filter(|m| m.count_ones() > 1) else {
                return variants.into_iter().collect();
            };
            let together: Vec<usize> = members(mended, groups.len()).collect();
            let names: Vec<String> = (together.iter())
                .map(|&g| format!("`{}`", self.found[groups[g][0]].name()))
                .collect();
            notes.push(format!(
                "{} go together: one without the other is no scenario.",
                names.join(" and ")
            ));
            let mut joined = Vec::new();
            for g in together.into_iter().rev() {
                joined.extend(groups.remove(g));
            }
            joined.sort_unstable();
            groups.push(joined);
            groups.sort();
        }
    }
}

fn members(mask: usize, n: usize) -> impl Iterator<Item = usize> {
    (0..n).filter(move |g| mask >> g & 1 == 1)
}
