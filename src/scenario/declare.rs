//! Declaring document tables: fields, reading and schema from one list.

/// Declares a document table: its struct, how it is read, and its JSON Schema, from one list of fields.
macro_rules! document {
    (
        $(#[doc = $doc:literal])+
        $what:literal $name:ident {
            $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty $(= $required:ident)?, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default)]
        // Some fields are there to be checked and described, and are read from the tree.
        #[allow(dead_code)]
        pub struct $name {
            /// Where the table is written.
            pub spot: $crate::scenario::source::Spot,
            $( $(#[doc = $fdoc])+ pub $field: $crate::scenario::read::Field<$ty>, )+
        }

        impl $name {
            /// Its keys.
            pub const KEYS: &[&str] = &[$(stringify!($field)),+];
        }

        impl $crate::scenario::read::Read for $name {
            fn read(
                node: &$crate::scenario::tree::Node,
                reader: &mut $crate::scenario::read::Reader<'_, '_>,
            ) -> Option<Self> {
                let table = reader.table(node, &$crate::scenario::read::with_article($what))?;
                reader.enter(table, $what, Self::KEYS);
                $( let $field = reader.field::<$ty>(table, stringify!($field)); )+
                $( {
                    let (about, absent) = (concat!($($fdoc),+), $field.is_absent());
                    let required: &[&str] = &[$(stringify!($required))?];
                    if absent && !required.is_empty() {
                        let message = concat!("this ", $what, " has no `", stringify!($field), "`");
                        reader.error(node.spot, message, format!("add `{}`:{about}", stringify!($field)));
                    }
                } )+
                reader.leave();
                Some($name { spot: node.spot, $($field),+ })
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut properties = serde_json::Map::new();
                $(
                    let description = concat!($($fdoc),+).trim();
                    let schema = $crate::scenario::leaf::field_schema::<$ty>(generator, description);
                    properties.insert(stringify!($field).to_owned(), schema);
                )+
                $crate::scenario::leaf::statement_properties(&mut properties);
                let required: &[&str] = &[$( $( { let _ = stringify!($required); stringify!($field) }, )? )+];
                schemars::json_schema!({
                    "type": "object",
                    "description": concat!($($doc),+).trim(),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }
        }
    };
}
pub(crate) use document;
