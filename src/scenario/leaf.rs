//! Single values that are no quantities: text, numbers, shares, counts, words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::terms::{Evidence, Named};

use super::read::{Read, Reader};
use super::tree::{Node, Value};

/// Implements `JsonSchema` inline for a leaf.
macro_rules! leaf_schema {
    ($name:ty, $schema:tt) => {
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(crate) use leaf_schema;

/// Text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub String);

leaf_schema!(Text, { "type": "string" });

impl Read for Text {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        match &node.value {
            Value::String(text) => Some(Text(text.clone())),
            _ => {
                reader.error(
                    node.spot,
                    format!("this is text, not {}", node.what()),
                    "write it in quotes",
                );
                None
            }
        }
    }
}

/// True or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

leaf_schema!(Flag, { "type": "boolean" });

impl Read for Flag {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        match node.value {
            Value::Boolean(yes) => Some(Flag(yes)),
            _ => {
                reader.error(
                    node.spot,
                    format!("this is true or false, not {}", node.what()),
                    "",
                );
                None
            }
        }
    }
}

/// The finite number that `node` is; `what` says what is needed.
fn number(node: &Node, reader: &mut Reader<'_, '_>, what: &str) -> Option<f64> {
    let number = match node.value {
        Value::Integer(n) => n as f64,
        Value::Float(x) => x,
        _ => {
            let remedy = match &node.value {
                Value::String(text) if text.trim().parse::<f64>().is_ok() => {
                    "write it without quotes"
                }
                _ => "",
            };
            reader.error(
                node.spot,
                format!("this is {what}, not {}", node.what()),
                remedy,
            );
            return None;
        }
    };
    if !number.is_finite() {
        reader.error(node.spot, format!("this is {what}, and must be finite"), "");
        return None;
    }
    Some(number)
}

/// A number of at least 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

leaf_schema!(Number, { "type": "number", "minimum": 0 });

impl Read for Number {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let number = number(node, reader, "a number")?;
        if number < 0.0 {
            reader.error(
                node.spot,
                format!("{number} is negative"),
                "numbers here are at least 0",
            );
            return None;
        }
        Some(Number(number))
    }
    fn measure(&self) -> Option<f64> {
        Some(self.0)
    }
}

/// A share or probability in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

leaf_schema!(Share, { "type": "number", "minimum": 0, "maximum": 1 });

impl Read for Share {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let number = number(node, reader, "a share in [0, 1]")?;
        if !(0.0..=1.0).contains(&number) {
            let remedy = if (2.0..=100.0).contains(&number) {
                format!("write {number} % as {}", (number * 1e7).round() / 1e9)
            } else {
                "shares and probabilities lie between 0 and 1".to_owned()
            };
            reader.error(node.spot, format!("{number} lies outside [0, 1]"), remedy);
            return None;
        }
        Some(Share(number))
    }
    fn measure(&self) -> Option<f64> {
        Some(self.0)
    }
}

/// How the complaint begins that a number is not whole.
pub const WHOLE: &str = "this is a whole number, not";

/// A whole number of at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub u32);

leaf_schema!(Count, { "type": "integer", "minimum": 0, "maximum": 4294967295u32 });

impl Read for Count {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Integer(n) = node.value else {
            reader.error(node.spot, format!("{WHOLE} {}", fraction_or(node)), "");
            return None;
        };
        let count = u32::try_from(n).ok().map(Count);
        if count.is_none() {
            let why = if n < 0 { "is negative" } else { "is too large" };
            reader.error(node.spot, format!("{n} {why}"), "");
        }
        count
    }
    fn measure(&self) -> Option<f64> {
        Some(f64::from(self.0))
    }
}

/// What the node is, where a whole number is needed.
fn fraction_or(node: &Node) -> String {
    match node.value {
        // `3.0` is not to be read as 3.
        Value::Float(x) => format!("{x:?}"),
        _ => node.what().to_owned(),
    }
}

/// The seed of all draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

leaf_schema!(Seed, { "type": "integer", "minimum": 0 });

impl Read for Seed {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Integer(n) = node.value else {
            reader.error(
                node.spot,
                format!("a seed is a whole number, not {}", fraction_or(node)),
                "",
            );
            return None;
        };
        let seed = u64::try_from(n).ok().map(Seed);
        if seed.is_none() {
            reader.error(
                node.spot,
                format!("the seed {n} is negative"),
                "take any whole number from 0",
            );
        }
        seed
    }
}

/// A word of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T: Named> Read for Word<T> {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = Text::read(node, reader)?.0;
        let word = T::from_name(&text).map(Word);
        if word.is_none() {
            let known: Vec<&str> = T::ALL.iter().map(|value| value.name()).collect();
            reader.unknown(
                node.spot,
                format!("unknown {} `{text}`", T::WHAT),
                &text,
                &known,
            );
        }
        word
    }
}

impl<T: Named> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::WHAT.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = T::ALL.iter().map(|value| value.name()).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// The schema of a field: that of its type, bare or in a table with what is known about the value.
pub fn field_schema<T: Read>(
    generator: &mut SchemaGenerator,
    description: &str,
) -> serde_json::Value {
    let plain = generator.subschema_for::<T>();
    if !T::LEAF {
        let mut schema = plain;
        schema.insert("description".to_owned(), description.into());
        return schema.to_value();
    }
    let mut properties = serde_json::Map::new();
    properties.insert("value".to_owned(), plain.clone().to_value());
    statement_properties(&mut properties);
    if T::QUANTITY {
        let ends = serde_json::json!({ "type": "array", "items": plain.clone(), "minItems": 2, "maxItems": 2 });
        properties.insert("range".to_owned(), ends);
    }
    serde_json::json!({
        "description": description,
        "anyOf": [
            plain,
            { "type": "object", "properties": properties, "required": ["value"], "additionalProperties": false },
        ],
    })
}

/// Adds `source` and `evidence`, which every table may carry.
pub fn statement_properties(properties: &mut serde_json::Map<String, serde_json::Value>) {
    let evidence: Vec<&str> = Evidence::ALL.iter().map(|value| value.name()).collect();
    let words = serde_json::json!({ "type": "string", "enum": evidence, "description": "How well the values are known." });
    properties.entry("source").or_insert_with(
        || serde_json::json!({ "type": "string", "description": "Where the values come from." }),
    );
    properties.entry("evidence").or_insert(words);
}
