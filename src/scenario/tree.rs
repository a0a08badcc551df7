//! The scenario as a tree of values, each of which knows its place in the text.
//!
//! Overrides, variants and CSV tables edit this tree; the document types then read it. The tree exists
//! because a serde decoder stops at the first mistake, and this program reports all of them.

use toml::de::{DeTable, DeValue};

use super::source::Spot;

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is written.
    pub spot: Spot,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time, or both.
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A key with its place.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key, without quotes.
    pub name: String,
    /// Where it is written.
    pub spot: Spot,
}

/// A table in file order.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Keys and values.
    pub entries: Vec<(Key, Node)>,
}

impl Table {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|(k, _)| k.name == key)
            .map(|(_, node)| node)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|(k, _)| k.name == key)
            .map(|(_, node)| node)
    }

    /// The names of its keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.name.as_str())
    }
}

impl Node {
    /// What the value is, in words.
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::String(_) => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The table that it is, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Gives the whole subtree the place `spot`, as values of an override have.
    pub fn place(&mut self, spot: Spot) {
        self.spot = spot;
        match &mut self.value {
            Value::Array(items) => items.iter_mut().for_each(|item| item.place(spot)),
            Value::Table(table) => {
                for (key, node) in &mut table.entries {
                    key.spot = spot;
                    node.place(spot);
                }
            }
            _ => {}
        }
    }

    /// The value as TOML on one line.
    pub fn to_toml(&self) -> String {
        match &self.value {
            Value::String(text) => toml::Value::from(text.as_str()).to_string(),
            Value::Integer(n) => n.to_string(),
            Value::Float(x) => toml::Value::from(*x).to_string(),
            Value::Boolean(yes) => yes.to_string(),
            Value::Datetime(text) => text.clone(),
            Value::Array(items) => format!(
                "[{}]",
                items
                    .iter()
                    .map(Node::to_toml)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Value::Table(table) => {
                let entry = |(key, node): &(Key, Node)| {
                    format!("{} = {}", quoted(&key.name), node.to_toml())
                };
                format!(
                    "{{ {} }}",
                    table
                        .entries
                        .iter()
                        .map(entry)
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
        }
    }
}

/// A key as TOML writes it: in quotes where it needs them.
pub fn quoted(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare {
        key.to_owned()
    } else {
        toml::Value::from(key).to_string()
    }
}

/// A mistake in the TOML itself.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    /// Where.
    pub spot: Spot,
    /// What the TOML parser says.
    pub message: String,
}

/// Reads text number `source` as TOML.
pub fn parse(source: u32, text: &str) -> Result<Node, Vec<SyntaxError>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut mistakes: Vec<_> = errors
        .iter()
        .map(|error| syntax_error(source, text, error))
        .collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let span = root.span();
    let table = convert_table(source, root.into_inner(), &mut mistakes);
    if mistakes.is_empty() {
        Ok(Node {
            spot: Spot::new(source, span),
            value: Value::Table(table),
        })
    } else {
        Err(mistakes)
    }
}

/// Reads `text` as one TOML value with the place `spot`.
pub fn parse_value(text: &str, spot: Spot) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut mistakes = Vec::new();
    let mut node = convert(spot.source, value, &mut mistakes);
    node.place(spot);
    mistakes.is_empty().then_some(node)
}

fn syntax_error(source: u32, text: &str, error: &toml::de::Error) -> SyntaxError {
    let range = error.span().unwrap_or(text.len()..text.len());
    SyntaxError {
        spot: Spot::new(source, range),
        message: error.message().replace('\n', ", "),
    }
}

fn convert_table(source: u32, table: DeTable<'_>, mistakes: &mut Vec<SyntaxError>) -> Table {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let key = Key {
            spot: Spot::new(source, key.span()),
            name: key.into_inner().into_owned(),
        };
        entries.push((key, convert(source, value, mistakes)));
    }
    Table { entries }
}

fn convert(
    source: u32,
    value: toml::Spanned<DeValue<'_>>,
    mistakes: &mut Vec<SyntaxError>,
) -> Node {
    let spot = Spot::new(source, value.span());
    let mut wrong = |message: &str| {
        mistakes.push(SyntaxError {
            spot,
            message: message.to_owned(),
        })
    };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Integer(n),
            Err(_) => {
                wrong("the number is too large");
                Value::Integer(0)
            }
        },
        DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(datetime) => Value::Datetime(datetime.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| convert(source, item, mistakes))
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(source, table, mistakes)),
    };
    Node { spot, value }
}
