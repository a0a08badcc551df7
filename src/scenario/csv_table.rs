//! CSV files that a scenario names, with the place of every cell.
//!
//! The `csv` crate does not say where a cell stands in the file, and every mistake needs its column; hence
//! this small reader (RFC 4180: commas, quotes, doubled quotes).

use std::collections::HashSet;

use super::quantity::{Dimension, measure};
use super::read::Reader;
use super::source::Spot;
use super::tree::{Key, Node, Table, Value, parse_value};

/// A cell with its place.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its text, without quotes.
    pub text: String,
    /// Where it is.
    pub spot: Spot,
}

/// A CSV file with a header row.
#[derive(Clone, Debug)]
pub struct Csv {
    /// Names of the columns.
    pub header: Vec<Cell>,
    /// Rows; each has as many cells as the header.
    pub rows: Vec<Vec<Cell>>,
}

impl Csv {
    /// The position of column `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell.text == name)
    }
}

/// Splits CSV text into rows of cells; empty lines and lines that start with `#` are skipped.
fn split(source: u32, text: &str) -> Vec<Vec<Cell>> {
    let bytes = text.as_bytes();
    let (mut rows, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let line_end = text[at..].find('\n').map_or(bytes.len(), |n| at + n);
        let line = text[at..line_end].trim();
        if line.is_empty() || line.starts_with('#') {
            at = line_end + 1;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let start = at;
            let mut cell = String::new();
            if bytes.get(at) == Some(&b'"') {
                at += 1;
                while at < bytes.len() {
                    let run = text[at..].find('"').map_or(bytes.len(), |n| at + n);
                    cell.push_str(&text[at..run]);
                    at = (run + 1).min(bytes.len());
                    if bytes.get(at) != Some(&b'"') || run == bytes.len() {
                        break;
                    }
                    cell.push('"');
                    at += 1;
                }
            }
            let rest = text[at..].find([',', '\n']).map_or(bytes.len(), |n| at + n);
            cell.push_str(text[at..rest].trim_end_matches('\r'));
            at = rest;
            let end = start + text[start..at].trim_end().len();
            row.push(Cell {
                text: cell.trim().to_owned(),
                spot: Spot::new(source, start..end.max(start)),
            });
            let more = bytes.get(at) == Some(&b',');
            at += 1;
            if !more {
                break;
            }
        }
        rows.push(row);
    }
    rows
}

/// Reads the CSV file that the scenario calls `file` at `spot`.
pub fn open(reader: &mut Reader<'_, '_>, file: &str, spot: Spot) -> Option<Csv> {
    let source = match reader.sources.open(file) {
        Ok(source) => source,
        Err(error) => {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound => format!("there is no file `{file}`"),
                kind => format!("cannot read `{file}`: {kind}"),
            };
            reader.error(
                spot,
                message,
                "CSV files are looked for beside the scenario",
            );
            return None;
        }
    };
    let mut rows = split(source, &reader.sources.get(source).text).into_iter();
    let Some(header) = rows.next() else {
        reader.error(
            spot,
            format!("`{file}` is empty"),
            "its first row names the columns",
        );
        return None;
    };
    for (index, cell) in header.iter().enumerate() {
        if header[..index]
            .iter()
            .any(|earlier| earlier.text == cell.text)
        {
            reader.error(
                cell.spot,
                format!("column `{}` stands twice", cell.text),
                "keep one of them",
            );
        }
    }
    let mut complete = Vec::new();
    for row in rows {
        if row.len() == header.len() {
            complete.push(row);
        } else {
            let spot = Spot {
                end: row[row.len() - 1].spot.end,
                ..row[0].spot
            };
            let message = format!(
                "this row has {} cells, and the header {}",
                row.len(),
                header.len()
            );
            reader.error(spot, message, "put text with commas in quotes");
        }
    }
    Some(Csv {
        header,
        rows: complete,
    })
}

/// A cell as a value of the tree: numbers, booleans, lists and tables as TOML writes them, all else as text.
pub fn node(cell: &Cell) -> Node {
    let text = cell.text.as_str();
    let like_toml = text.starts_with(|c: char| c.is_ascii_digit() || "+-[{.\"".contains(c))
        || ["true", "false"].contains(&text);
    let value = if like_toml {
        parse_value(text, cell.spot)
    } else {
        None
    };
    value.unwrap_or(Node {
        spot: cell.spot,
        value: Value::String(text.to_owned()),
    })
}

/// Adds the rows of `file` to `section` of the scenario: one named table each; dotted columns make inner tables.
pub fn merge(reader: &mut Reader<'_, '_>, root: &mut Table, section: &str, file: &str, spot: Spot) {
    let Some(csv) = open(reader, file, spot) else {
        return;
    };
    let Some(name_column) = csv.column("name") else {
        let first = csv.header[0].spot;
        reader.error(
            first,
            format!("the table of {section} has no column `name`"),
            "one column names the rows",
        );
        return;
    };
    if root.get(section).is_none() {
        let key = Key {
            name: section.to_owned(),
            spot,
        };
        root.entries.push((
            key,
            Node {
                spot,
                value: Value::Table(Table::default()),
            },
        ));
    }
    let Some(Value::Table(target)) = root.get_mut(section).map(|node| &mut node.value) else {
        return;
    };
    let mut known: HashSet<String> = target.keys().map(str::to_owned).collect();
    for row in &csv.rows {
        let name = &row[name_column];
        if !known.insert(name.text.clone()) {
            reader.error(
                name.spot,
                format!("`{}` is declared twice in {section}", name.text),
                "rename one of them",
            );
            continue;
        }
        let mut table = Table::default();
        for (header, cell) in csv.header.iter().zip(row) {
            if header.text != "name" && !cell.text.is_empty() {
                insert(&mut table, &header.text, header.spot, node(cell));
            }
        }
        let key = Key {
            name: name.text.clone(),
            spot: name.spot,
        };
        target.entries.push((
            key,
            Node {
                spot: name.spot,
                value: Value::Table(table),
            },
        ));
    }
}

/// Puts `node` at the dotted path `column`.
fn insert(table: &mut Table, column: &str, spot: Spot, node: Node) {
    match column.split_once('.') {
        None => table.entries.push((
            Key {
                name: column.to_owned(),
                spot,
            },
            node,
        )),
        Some((first, rest)) => {
            if table.get(first).is_none() {
                let inner = Node {
                    spot: node.spot,
                    value: Value::Table(Table::default()),
                };
                table.entries.push((
                    Key {
                        name: first.to_owned(),
                        spot,
                    },
                    inner,
                ));
            }
            if let Some(Value::Table(inner)) = table.get_mut(first).map(|inner| &mut inner.value) {
                insert(inner, rest, spot, node);
            }
        }
    }
}

/// The numbers in column `name` of `file`, read by `number`; a mistake is noted at its cell.
pub fn numbers(
    reader: &mut Reader<'_, '_>,
    csv: &Csv,
    name: &str,
    number: impl Fn(&str) -> Result<f64, (String, String)>,
) -> Option<Vec<f64>> {
    let Some(column) = csv.column(name) else {
        let known: Vec<&str> = csv.header.iter().map(|cell| cell.text.as_str()).collect();
        let message = format!("this file has no column `{name}`");
        reader.error(
            csv.header[0].spot,
            message,
            format!("its columns are {}", known.join(", ")),
        );
        return None;
    };
    let mut found = Vec::with_capacity(csv.rows.len());
    for row in &csv.rows {
        match number(&row[column].text) {
            Ok(value) if value.is_finite() && value >= 0.0 => found.push(value),
            Ok(value) => reader.error(
                row[column].spot,
                format!("{value} is not a number of at least 0"),
                "",
            ),
            Err((reason, remedy)) => reader.error(row[column].spot, reason, remedy),
        }
    }
    (found.len() == csv.rows.len()).then_some(found)
}

/// A plain number in a cell.
pub fn plain_number(text: &str) -> Result<f64, (String, String)> {
    text.parse()
        .map_err(|_| (format!("`{text}` is no number"), String::new()))
}

/// The quantile function in the CSV file that an empirical law calls `file`.
pub fn quantiles(reader: &mut Reader<'_, '_>, file: &str, spot: Spot) -> Option<Vec<(f64, f64)>> {
    let csv = open(reader, file, spot)?;
    let duration = |text: &str| measure(text, Dimension::Duration).map(|measured| measured.value);
    let durations = numbers(reader, &csv, "duration", duration);
    if csv.column("probability").is_some() {
        let probabilities = numbers(reader, &csv, "probability", plain_number);
        return Some(probabilities?.into_iter().zip(durations?).collect());
    }
    // A sample: the quantile function through its order statistics, evenly spaced.
    let mut sample = durations?;
    sample.sort_by(f64::total_cmp);
    if sample.len() < 2 {
        reader.error(spot, format!("`{file}` holds fewer than two durations"), "");
        return None;
    }
    let last = (sample.len() - 1) as f64;
    Some(
        sample
            .into_iter()
            .enumerate()
            .map(|(index, ms)| (index as f64 / last, ms))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_places_and_lose_their_quotes() {
        let text = "name,title\n# note\na,\"x, \"\"y\"\"\"\r\nb, z \n";
        let rows = split(0, text);
        let words: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.iter().map(|c| c.text.as_str()).collect())
            .collect();
        assert_eq!(
            words,
            [vec!["name", "title"], vec!["a", "x, \"y\""], vec!["b", "z"]]
        );
        let spot = rows[1][1].spot;
        assert_eq!(
            &text[spot.start as usize..spot.end as usize],
            "\"x, \"\"y\"\"\""
        );
    }
}
