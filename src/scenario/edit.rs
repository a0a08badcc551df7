//! One difference of two scenario trees: found, named, made.

use super::edits::EditedValue;
use super::tree::{Key, Node, Table, Value, quoted};

/// Keys that say something and change nothing.
const SILENT: [&str; 5] = ["title", "question", "source", "evidence", "range"];
/// A difference in the tree.
pub(super) struct Edit {
    /// Where.
    pub path: Vec<String>,
    /// What the first tree has there.
    pub from: Option<Node>,
    /// What the second has.
    pub to: Option<Node>,
}

/// The value without what is known about it.
fn bare(node: &Node) -> &Node {
    node.table()
        .and_then(|table| table.get("value"))
        .unwrap_or(node)
}

/// Adds the differences of two values below `path` to `out`.
pub(super) fn differences(path: &mut Vec<String>, a: &Node, b: &Node, out: &mut Vec<Edit>) {
    let (inner_a, inner_b) = (bare(a), bare(b));
    match (&inner_a.value, &inner_b.value) {
        (Value::Table(x), Value::Table(y)) => {
            let lacks = |x: &Table, y: &Table| {
                x.keys()
                    .any(|key| !SILENT.contains(&key) && y.get(key).is_none())
            };
            // Within an item, a table that lost keys and got others is another form of it: half of each is neither.
            if path.len() > 2 && lacks(x, y) && lacks(y, x) {
                out.push(Edit::new(path, Some(a), Some(b)));
                return;
            }
            let more = y.keys().filter(|key| x.get(key).is_none());
            let keys: Vec<&str> = x.keys().chain(more).collect();
            for key in keys.into_iter().filter(|key| !SILENT.contains(key)) {
                path.push(key.to_owned());
                between(path, x.get(key), y.get(key), out);
                path.pop();
            }
        }
        (Value::Array(x), Value::Array(y)) if steps(x).is_some() && steps(x) == steps(y) => {
            for ((step, x), y) in steps(x).into_iter().flatten().zip(x).zip(y) {
                path.push(step);
                differences(path, x, y, out);
                path.pop();
            }
        }
        _ if inner_a.to_toml() != inner_b.to_toml() => out.push(Edit::new(path, Some(a), Some(b))),
        _ => {}
    }
}

fn between(path: &mut Vec<String>, a: Option<&Node>, b: Option<&Node>, out: &mut Vec<Edit>) {
    match (a, b) {
        (Some(a), Some(b)) => differences(path, a, b, out),
        // A whole section more or less: each of its items is an edit.
        (Some(node), None) | (None, Some(node)) if path.len() == 1 && node.table().is_some() => {
            let table = node.table().into_iter().flat_map(|table| &table.entries);
            for (key, item) in table {
                path.push(key.name.clone());
                out.push(Edit::new(path, a.map(|_| item), b.map(|_| item)));
                path.pop();
            }
        }
        _ => out.push(Edit::new(path, a, b)),
    }
}

/// The steps of the path to each item of a list of tables: their names, or their positions where none has a name.
/// `None` where the list is a single value.
fn steps(items: &[Node]) -> Option<Vec<String>> {
    let tables: Option<Vec<&Table>> = items.iter().map(Node::table).collect();
    let tables = tables.filter(|tables| !tables.is_empty())?;
    let name = |table: &&Table| match table.get("name").map(|node| &bare(node).value) {
        Some(Value::String(name)) => Some(name.clone()),
        _ => None,
    };
    match tables.iter().map(name).collect::<Option<Vec<String>>>() {
        Some(names) => Some(names),
        None if tables.iter().all(|table| name(table).is_none()) => {
            Some((0..items.len()).map(|at| at.to_string()).collect())
        }
        None => None,
    }
}

impl Edit {
    fn new(path: &[String], from: Option<&Node>, to: Option<&Node>) -> Edit {
        Edit {
            path: path.to_vec(),
            from: from.cloned(),
            to: to.cloned(),
        }
    }

    /// Its dotted path.
    pub fn name(&self) -> String {
        let steps: Vec<String> = self.path.iter().map(|step| quoted(step)).collect();
        steps.join(".")
    }

    /// As the reader is told of it.
    pub fn value(&self) -> EditedValue {
        let text = |node: &Node| match &bare(node).value {
            Value::String(text) => text.clone(),
            _ => bare(node).to_toml(),
        };
        EditedValue {
            path: self.name(),
            from: self.from.as_ref().map(text),
            to: self.to.as_ref().map(text),
        }
    }
}

/// Puts a value at a path, or takes it away.
pub(super) fn put(root: &mut Node, path: &[String], value: Option<&Node>) {
    let Some((last, above)) = path.split_last() else {
        return;
    };
    let mut node = root;
    for step in above {
        if value.is_some()
            && let Value::Table(table) = &mut node.value
            && table.get(step).is_none()
            && table.get("value").is_none()
        {
            let (name, spot) = (step.clone(), node.spot);
            let empty = Value::Table(Table::default());
            table
                .entries
                .push((Key { name, spot }, Node { spot, value: empty }));
        }
        match child(node, step) {
            Some(next) => node = next,
            None => return,
        }
    }
    if matches!(&node.value, Value::Table(table) if table.get(last).is_none() && table.get("value").is_some())
        && let Some(inner) = child(node, "value")
    {
        return put(inner, std::slice::from_ref(last), value);
    }
    match (&mut node.value, value) {
        (Value::Table(table), Some(value)) => match table.get_mut(last) {
            Some(place) => *place = value.clone(),
            None => {
                let (name, spot) = (last.clone(), value.spot);
                table.entries.push((Key { name, spot }, value.clone()));
            }
        },
        (Value::Table(table), None) => table.entries.retain(|(key, _)| key.name != *last),
        (Value::Array(_), Some(value)) => {
            if let Some(place) = child(node, last) {
                *place = value.clone();
            }
        }
        _ => {}
    }
}

fn child<'n>(node: &'n mut Node, step: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Table(table) => {
            let key = match table.get(step) {
                Some(_) => step,
                None => "value",
            };
            let next = table.get_mut(key)?;
            match key == step {
                true => Some(next),
                false => child(next, step),
            }
        }
        Value::Array(items) => {
            let at = steps(items)?.iter().position(|name| name == step)?;
            items.get_mut(at)
        }
        _ => None,
    }
}
