//! Values that may be written in more than one way.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scenario::collection::Map;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Share, Text, leaf_schema};
use crate::scenario::read::{Field, Read, Reader};
use crate::scenario::source::Spot;
use crate::scenario::tree::{Node, Value};
use crate::terms::ChannelShares;

/// The value among `words` that `node` names.
pub fn one_of<T: Copy>(
    node: &Node,
    reader: &mut Reader<'_, '_>,
    what: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let text = Text::read(node, reader)?.0;
    let found = words
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        reader.unknown(node.spot, format!("unknown {what} `{text}`"), &text, &known);
    }
    found
}

/// Number of servers, or `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServersDoc {
    /// This many.
    Count(u32),
    /// A pure delay.
    Unlimited,
}

leaf_schema!(ServersDoc, { "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "unlimited" }] });

impl Read for ServersDoc {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if let Value::String(text) = &node.value {
            if text == "unlimited" {
                return Some(ServersDoc::Unlimited);
            }
            let message = format!("`{text}` is no number of servers");
            reader.error(
                node.spot,
                message,
                "write a whole number from 1, or \"unlimited\"",
            );
            return None;
        }
        let servers = Count::read(node, reader)?.0;
        if servers == 0 {
            let remedy =
                "write at least 1, or \"unlimited\"; a closed desk is a matter of its calendar";
            reader.error(node.spot, "a desk without servers never serves", remedy);
            return None;
        }
        Some(ServersDoc::Count(servers))
    }
    fn measure(&self) -> Option<f64> {
        match self {
            ServersDoc::Count(servers) => Some(f64::from(*servers)),
            ServersDoc::Unlimited => None,
        }
    }
}

document! {
    /// Shares by risk channel; a channel that is not named has share 0 (blue: that of green, before release).
    "table of shares" ShareTable {
        /// Share in the green channel.
        green: Share,
        /// Share in the yellow channel.
        yellow: Share,
        /// Share in the red channel.
        red: Share,
        /// Share in the blue channel, of a post-release step only.
        blue: Share,
    }
}

/// A share of all consignments, or shares by risk channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareDoc {
    /// By channel; blue is 0 in a table that does not name it.
    pub shares: ChannelShares,
    /// Written as a table of channels.
    pub by_channel: bool,
    /// Where the blue channel is named.
    pub blue: Option<Spot>,
}

impl JsonSchema for ShareDoc {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Shares".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms = [
            generator.subschema_for::<Share>(),
            generator.subschema_for::<ShareTable>(),
        ];
        json_schema!({ "description": "A share of all, or shares by risk channel.", "anyOf": forms })
    }
}

impl Read for ShareDoc {
    const LEAF: bool = true;
    const QUANTITY: bool = true;

    fn is_one_value(node: &Node) -> bool {
        node.table().is_none()
    }

    fn measure(&self) -> Option<f64> {
        Some(self.shares.red).filter(|red| self.shares == ChannelShares::all(*red))
    }

    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if node.table().is_none() {
            return Share::read(node, reader).map(|share| ShareDoc {
                shares: ChannelShares::all(share.0),
                by_channel: false,
                blue: None,
            });
        }
        let shares = ShareTable::read(node, reader)?;
        let of = |field: &Field<Share>| field.get().map_or(0.0, |share| share.0);
        Some(ShareDoc {
            shares: ChannelShares {
                green: of(&shares.green),
                yellow: of(&shares.yellow),
                red: of(&shares.red),
                blue: of(&shares.blue),
            },
            by_channel: true,
            blue: shares.blue.spot(),
        })
    }
}

/// Something per desk of an agency: one value for all its desks, or one for each that is named.
#[derive(Clone, Debug)]
pub enum PerDesk<T> {
    /// For all desks.
    All(Field<T>),
    /// For each desk that is named.
    Each(Map<Leaf<T>>),
}

/// A leaf that keeps its place inside a [`Map`].
#[derive(Clone, Debug)]
pub struct Leaf<T>(pub Field<T>);

impl<T: Read> Read for Leaf<T> {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        Some(Leaf(reader.item(node)))
    }
}

impl<T: JsonSchema> JsonSchema for Leaf<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T: Read> Read for PerDesk<T> {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        match node.table() {
            Some(table) if table.get("value").is_none() => {
                Map::read(node, reader).map(PerDesk::Each)
            }
            _ => Some(PerDesk::All(reader.item(node))),
        }
    }
}

impl<T: JsonSchema> JsonSchema for PerDesk<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("PerDesk_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms = [
            generator.subschema_for::<T>(),
            generator.subschema_for::<Map<Leaf<T>>>(),
        ];
        json_schema!({ "anyOf": forms })
    }
}
