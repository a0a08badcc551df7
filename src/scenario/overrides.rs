//! Changing single values of the scenario: `--set PATH=VALUE` and the `set` tables of variants.

use super::diagnostic::nearest;
use super::read::Reader;
use super::source::Spot;
use super::tree::{Key, Node, Table, Value, parse_value, quoted};

/// Sections whose keys are names, which an override may change but not invent.
const NAMED: &[&str] = &[
    "variants",
    "agencies",
    "calendars",
    "commodities",
    "sites",
    "links",
    "procedures",
    "services",
    "flows",
    "reforms",
    "shocks",
    "posts",
    "interventions",
];

/// Sections that an override may add.
const SECTIONS: &[&str] = &["scenario", "experiment", "cooperation", "tables"];

/// Sections that hold for a whole study, so that no variant can change them.
pub const WHOLE_STUDY: &[&str] = &["experiment", "variants", "interventions", "tables"];

/// One change: where and what.
#[derive(Clone, Debug)]
pub struct Override {
    /// The path, split at its dots.
    pub path: Vec<String>,
    /// Where the path is written.
    pub spot: Spot,
    /// The new value.
    pub value: Node,
}

/// Splits a dotted path; keys in quotes may hold dots.
pub fn split_path(text: &str) -> Result<Vec<String>, String> {
    let mut path = Vec::new();
    let mut rest = text.trim();
    loop {
        if let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') {
            let Some(end) = rest[1..].find(quote) else {
                return Err("a quote in the path is not closed".to_owned());
            };
            path.push(rest[1..=end].to_owned());
            rest = &rest[end + 2..];
            if !rest.is_empty() && !rest.starts_with('.') {
                return Err("a key in quotes is followed by a dot or by nothing".to_owned());
            }
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            path.push(rest[..end].trim().to_owned());
            rest = &rest[end..];
        }
        if path.last().is_some_and(String::is_empty) {
            return Err("the path has an empty part".to_owned());
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return Ok(path),
        }
    }
}

/// The override `path=value` of the command line; notes what is wrong with it.
pub fn from_option(
    reader: &mut Reader<'_, '_>,
    option: &str,
    path: &str,
    value: &str,
) -> Option<Override> {
    let source = reader.sources.add(option, &format!("{path}={value}"));
    let path_spot = Spot::new(source, 0..path.len());
    let value_spot = Spot::new(source, path.len() + 1..path.len() + 1 + value.len());
    let node = parse_value(value.trim(), value_spot).unwrap_or_else(|| Node {
        spot: value_spot,
        value: Value::String(value.trim().to_owned()),
    });
    match split_path(path) {
        Ok(path) => Some(Override {
            path,
            spot: path_spot,
            value: node,
        }),
        Err(reason) => {
            reader.error(path_spot, reason, "write a path such as `experiment.seed`");
            None
        }
    }
}

/// The overrides in the `set` table of `whose`, such as a variant; notes what is wrong with them.
pub fn from_variant(reader: &mut Reader<'_, '_>, set: &Table, whose: &str) -> Vec<Override> {
    let mut overrides = Vec::new();
    for (key, value) in &set.entries {
        let path = match split_path(&key.name) {
            Ok(path) => path,
            Err(reason) => {
                reader.error(
                    key.spot,
                    reason,
                    "write a path such as \"sites.dostyk.expected_delay\"",
                );
                continue;
            }
        };
        if path.len() == 1 {
            let remedy =
                "write the whole path in quotes: \"sites.dostyk.expected_delay\" = \"2 h\"";
            reader.error(
                key.spot,
                format!("`{}` is a whole section", key.name),
                remedy,
            );
        } else if WHOLE_STUDY.contains(&path[0].as_str()) {
            let message = format!("{whose} cannot change `{}`", path[0]);
            reader.error(key.spot, message, "what is in it holds for the whole study");
        } else {
            overrides.push(Override {
                path,
                spot: key.spot,
                value: value.clone(),
            });
        }
    }
    overrides
}

/// Applies one override to the tree, or notes why it cannot be.
pub fn apply(reader: &mut Reader<'_, '_>, root: &mut Node, change: &Override) {
    if let Err((message, remedy)) = set(root, change) {
        reader.error(change.spot, message, remedy);
    }
}

type Refusal = (String, String);

fn set(root: &mut Node, change: &Override) -> Result<(), Refusal> {
    let mut node = root;
    for (depth, step) in change.path.iter().enumerate() {
        let above = &change.path[..depth];
        // A value with its evidence is passed through to the value.
        if node
            .table()
            .is_some_and(|table| table.get("value").is_some() && table.get(step).is_none())
        {
            node = table_mut(node)
                .and_then(|table| table.get_mut("value"))
                .ok_or_else(|| scalar(above, step))?;
        }
        node = match &mut node.value {
            Value::Table(table) => {
                if table.get(step).is_none() {
                    may_create(table, above, step)?;
                    let empty = Node {
                        spot: change.spot,
                        value: Value::Table(Table::default()),
                    };
                    table.entries.push((
                        Key {
                            name: step.clone(),
                            spot: change.spot,
                        },
                        empty,
                    ));
                }
                table.get_mut(step).ok_or_else(|| scalar(above, step))?
            }
            Value::Array(items) => {
                let at = item(items, above, step)?;
                &mut items[at]
            }
            _ => return Err(scalar(above, step)),
        };
    }
    let keeps_evidence = node
        .table()
        .is_some_and(|table| table.get("value").is_some())
        && change.value.table().is_none();
    match table_mut(node)
        .filter(|_| keeps_evidence)
        .and_then(|table| table.get_mut("value"))
    {
        Some(value) => *value = change.value.clone(),
        None => *node = change.value.clone(),
    }
    Ok(())
}

fn table_mut(node: &mut Node) -> Option<&mut Table> {
    match &mut node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

fn join(path: &[String]) -> String {
    path.iter()
        .map(|step| quoted(step))
        .collect::<Vec<_>>()
        .join(".")
}

fn scalar(above: &[String], step: &str) -> Refusal {
    let path = join(above);
    (
        format!("`{path}` is a single value and has no part `{step}`"),
        format!("set `{path}` itself"),
    )
}

/// The path among `known` beside `step` that is probably meant, else the path above it.
fn nearest_path<'a>(above: &[String], step: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut path = above.to_vec();
    match nearest(step, known) {
        Some(name) => {
            path.push(name.to_owned());
            format!("did you mean `{}`?", join(&path))
        }
        None if above.is_empty() => {
            "paths start with a section, such as `experiment` or `sites`".to_owned()
        }
        None => format!("the nearest existing path is `{}`", join(above)),
    }
}

fn may_create(table: &Table, above: &[String], step: &str) -> Result<(), Refusal> {
    let allowed = match above {
        [] => SECTIONS.contains(&step),
        [section] => !NAMED.contains(&section.as_str()),
        _ => true,
    };
    if allowed {
        return Ok(());
    }
    let mut path = above.to_vec();
    path.push(step.to_owned());
    Err((
        format!("there is no `{}`", join(&path)),
        nearest_path(above, step, table.keys()),
    ))
}

fn item(items: &[Node], above: &[String], step: &str) -> Result<usize, Refusal> {
    let name = |node: &Node| match node
        .table()
        .and_then(|table| table.get("name"))
        .map(|name| &name.value)
    {
        Some(Value::String(name)) => Some(name.clone()),
        _ => None,
    };
    let names: Vec<String> = items.iter().filter_map(name).collect();
    let by_name = items
        .iter()
        .position(|node| name(node).as_deref() == Some(step));
    by_name
        .or_else(|| step.parse().ok().filter(|&at: &usize| at < items.len()))
        .ok_or_else(|| {
            let mut path = above.to_vec();
            path.push(step.to_owned());
            (
                format!("there is no `{}`", join(&path)),
                nearest_path(above, step, names.iter().map(String::as_str)),
            )
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::scenario::tree::parse;

    fn changed(text: &str, path: &str, value: &str) -> Result<String, Refusal> {
        let mut root = parse(0, text).unwrap();
        let value = parse_value(value, Spot::default()).unwrap();
        set(
            &mut root,
            &Override {
                path: split_path(path).unwrap(),
                spot: Spot::default(),
                value,
            },
        )?;
        Ok(root.to_toml())
    }

    #[test]
    fn paths_are_split_at_dots_outside_quotes() {
        assert_eq!(
            split_path("a.\"b.c\".d"),
            Ok(vec!["a".to_owned(), "b.c".to_owned(), "d".to_owned()])
        );
        assert!(split_path("a..b").is_err());
        assert!(split_path("a.\"b").is_err());
    }

    #[test]
    fn a_value_with_its_evidence_keeps_the_evidence() {
        let text = "[experiment]\nseed = { value = 1, evidence = \"assumed\" }";
        let expected = "{ experiment = { seed = { value = 2, evidence = \"assumed\" } } }";
        assert_eq!(
            changed(text, "experiment.seed", "2"),
            Ok(expected.to_owned())
        );
    }

    #[test]
    fn items_are_found_by_name_or_position() {
        let text = "[procedures.p]\nsteps = [{ name = \"a\", x = 1 }, { name = \"b\", x = 1 }]";
        let expected = "{ procedures = { p = { steps = [{ name = \"a\", x = 1 }, { name = \"b\", x = 2 }] } } }";
        assert_eq!(
            changed(text, "procedures.p.steps.b.x", "2"),
            Ok(expected.to_owned())
        );
        assert_eq!(
            changed(text, "procedures.p.steps.1.x", "2"),
            Ok(expected.to_owned())
        );
        let (message, remedy) = changed(text, "procedures.p.steps.c.x", "2").unwrap_err();
        assert_eq!(message, "there is no `procedures.p.steps.c`");
        assert_eq!(remedy, "the nearest existing path is `procedures.p.steps`");
    }

    #[test]
    fn names_are_not_invented_but_keys_may_be_added() {
        let text = "[sites.dostyk]\nkind = \"border\"";
        let (message, remedy) = changed(text, "sites.dostik.kind", "1").unwrap_err();
        assert_eq!(
            (message.as_str(), remedy.as_str()),
            ("there is no `sites.dostik`", "did you mean `sites.dostyk`?")
        );
        let expected = "{ sites = { dostyk = { kind = \"border\", desks = { customs = { scan = { servers = 2 } } } } } }";
        assert_eq!(
            changed(text, "sites.dostyk.desks.customs.scan.servers", "2"),
            Ok(expected.to_owned())
        );
        assert_eq!(
            changed(text, "sites.dostyk.kind.x", "2").unwrap_err().1,
            "set `sites.dostyk.kind` itself"
        );
    }
}
