//! Tables of named things, and lists.

use super::read::{Field, Read, Reader};
use super::source::Spot;
use super::tree::{Key, Node, Value, quoted};

/// A table of named things, in file order.
#[derive(Clone, Debug)]
pub struct Map<T>(pub Vec<(Key, T)>);

impl<T> Map<T> {
    /// The thing called `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, item)| item)
    }
}

impl<T: Read> Read for Map<T> {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let table = reader.table(node, "this")?;
        let mut items = Vec::with_capacity(table.entries.len());
        for (key, node) in &table.entries {
            if key.name.is_empty()
                || key
                    .name
                    .chars()
                    .any(|c| c.is_control() || "~/\\".contains(c))
            {
                let message = format!("`{}` cannot be a name", key.name.escape_default());
                reader.error(
                    key.spot,
                    message,
                    "names are not empty and hold none of `~`, `/`, `\\`",
                );
            }
            if let Field::Is(item, _) = reader.within(quoted(&key.name), |reader| reader.item(node))
            {
                items.push((key.clone(), item));
            }
        }
        Some(Map(items))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Map<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "object", "additionalProperties": items })
    }
}

/// A list.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// The items that could be read, with their places.
    pub items: Vec<(T, Spot)>,
    /// How many are written.
    pub written: usize,
}

impl<T: Read> Read for List<T> {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Array(nodes) = &node.value else {
            reader.error(
                node.spot,
                format!("this is a list, not {}", node.what()),
                "write it in [ ]",
            );
            return None;
        };
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let name = node
                .table()
                .and_then(|t| t.get("name"))
                .and_then(|n| match &n.value {
                    Value::String(text) => Some(quoted(text)),
                    _ => None,
                });
            let step = name.unwrap_or_else(|| index.to_string());
            if let Field::Is(item, spot) = reader.within(step, |reader| reader.item(node)) {
                items.push((item, spot));
            }
        }
        Some(List {
            items,
            written: nodes.len(),
        })
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "array", "items": items })
    }
}
