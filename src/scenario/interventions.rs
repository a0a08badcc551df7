//! Interventions in the tree: what their `set` tables change, whether that can be read, and which cannot be combined.

use super::load::{changed_world, written_changes};
use super::model::Intervention;
use super::overrides::Override;
use super::read::Reader;
use super::resolve::Candidate;
use super::tree::Node;

/// The section that they stand in.
pub(super) const SECTION: &str = "interventions";

/// What the study says of its interventions, each checked by applying it alone.
pub(super) fn checked(
    reader: &mut Reader<'_, '_>,
    root: &Node,
    candidates: &[Candidate],
    start: jiff::Timestamp,
) -> Vec<Intervention> {
    let mut earlier: Vec<(&Candidate, Vec<Override>)> = Vec::new();
    let mut found = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let name = &candidate.about.name;
        let changes = written_changes(reader, root, SECTION, name);
        changed_world(
            reader,
            root,
            &format!("intervention `{name}`"),
            &changes,
            start,
        );
        let conflicts = earlier.iter().enumerate().filter_map(|(at, (other, set))| {
            conflict((other, set), (candidate, &changes)).map(|why| (at, why))
        });
        found.push(Intervention {
            conflicts: conflicts.collect(),
            ..candidate.about.clone()
        });
        earlier.push((candidate, changes));
    }
    found
}

/// Why two interventions cannot be applied together: they give one thing two values. The order in which they are
/// applied would decide, and nobody could say what was built.
pub(super) fn conflict(
    (a, a_sets): (&Candidate, &[Override]),
    (b, b_sets): (&Candidate, &[Override]),
) -> Option<String> {
    if let (Some(first), Some(second)) = (a.regime, b.regime)
        && first != second
    {
        return Some(format!(
            "`regime` is {first} in one and {second} in the other"
        ));
    }
    if let (Some(first), Some(second)) = (&a.cooperation, &b.cooperation)
        && first != second
    {
        return Some(format!(
            "`cooperation` is {first} in one and {second} in the other"
        ));
    }
    a_sets
        .iter()
        .flat_map(|first| b_sets.iter().map(move |second| (first, second)))
        .find_map(|(first, second)| between(first, second))
}

/// Why two changes of values cannot stand together.
fn between(first: &Override, second: &Override) -> Option<String> {
    let common = first
        .path
        .iter()
        .zip(&second.path)
        .take_while(|(a, b)| a == b)
        .count();
    if common < first.path.len().min(second.path.len()) {
        return None;
    }
    let path = |change: &Override| change.path.join(".");
    if first.path.len() != second.path.len() {
        let (whole, part) = match first.path.len() < second.path.len() {
            true => (first, second),
            false => (second, first),
        };
        return Some(format!(
            "one sets `{}` and the other `{}` in it",
            path(whole),
            path(part)
        ));
    }
    let (a, b) = (first.value.to_toml(), second.value.to_toml());
    (a != b).then(|| format!("`{}` is {a} in one and {b} in the other", path(first)))
}
