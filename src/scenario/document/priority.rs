//! Classes of consignments as they are written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scenario::declare::document;
use crate::scenario::leaf::Text;
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::{Node, Value};

document! {
    /// A class of consignments of one commodity, or of one flow.
    "class" ClassTable {
        /// The commodity.
        commodity: Text,
        /// The flow.
        flow: Text,
    }
}

/// A class of consignments: `"perishable"`, `"aeo"`, `{ commodity = "fruit" }` or `{ flow = "express" }`.
#[derive(Clone, Debug)]
pub enum ClassDoc {
    /// Of a commodity that perishes.
    Perishable,
    /// Of an authorised economic operator.
    Aeo,
    /// Of one commodity or flow.
    Of(ClassTable),
}

const WORDS: [&str; 2] = ["perishable", "aeo"];

impl JsonSchema for ClassDoc {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Class".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<ClassTable>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": WORDS }, table] })
    }
}

impl Read for ClassDoc {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if let Value::Table(_) = &node.value {
            return ClassTable::read(node, reader).map(ClassDoc::Of);
        }
        let text = Text::read(node, reader)?.0;
        match text.as_str() {
            "perishable" => Some(ClassDoc::Perishable),
            "aeo" => Some(ClassDoc::Aeo),
            _ => {
                reader.error(
                    node.spot,
                    format!("unknown class `{text}`"),
                    "write \"perishable\", \"aeo\", { commodity = \"NAME\" } or { flow = \"NAME\" }",
                );
                None
            }
        }
    }
}
