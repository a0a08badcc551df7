//! Tokens as they are written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::choice::one_of;
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Text, Word};
use crate::scenario::place::Country;
use crate::scenario::quantity::Duration;
use crate::scenario::read::{Field, Read, Reader};
use crate::scenario::source::Spot;
use crate::scenario::tree::Node;
use crate::terms::{Mode, TokenKind};

document! {
    /// A kind of token: taken, held and given back.
    "token" TokenDoc {
        /// What it is.
        kind: Word<TokenKind> = required,
        /// Site that keeps the free ones and the queue for them.
        owner: Text = required,
        /// How many go round.
        count: Count,
        /// From the return of one until it can be taken again; default 0 d.
        reissue: Duration,
        /// Instead of `count`: how many are issued at the start and every 1 January (UTC), each for one journey.
        per_year: Count,
        /// How long a request, a grant or a return travels between a site and the owner; default 10 s.
        notice: Duration,
        /// Taken before departure over these links.
        links: List<Text>,
        /// Taken before departure over every link from the first country to the second.
        between: List<Country>,
        /// Modes of the links of `between`; default: any.
        modes: List<Word<Mode>>,
        /// By consignments of these flows; default: of all.
        flows: List<Text>,
        /// Where it is given back: at the link's end on `arrival` (default) or on `departure`, at the `destination`, or on departure from a site.
        returned: ReturnedDoc,
    }
}

/// Where a token is given back.
#[derive(Clone, Debug)]
pub enum ReturnedDoc {
    /// On arrival at the link's end.
    Arrival,
    /// On departure from there.
    Departure,
    /// At the end of the journey.
    Destination,
    /// On departure from a site.
    At(String, Spot),
}

document! {
    /// The site where a token is given back.
    "place of return" ReturnSite {
        /// The site.
        site: Text = required,
    }
}

impl JsonSchema for ReturnedDoc {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Returned".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let site = generator.subschema_for::<ReturnSite>();
        let word = serde_json::json!({ "type": "string", "enum": ["arrival", "departure", "destination"] });
        json_schema!({ "anyOf": [word, site] })
    }
}

impl Read for ReturnedDoc {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if node.table().is_some() {
            let table = ReturnSite::read(node, reader)?;
            let Field::Is(site, spot) = table.site else {
                return None;
            };
            return Some(ReturnedDoc::At(site.0, spot));
        }
        let words = [("arrival", 0), ("departure", 1), ("destination", 2)];
        Some(match one_of(node, reader, "place of return", &words)? {
            0 => ReturnedDoc::Arrival,
            1 => ReturnedDoc::Departure,
            _ => ReturnedDoc::Destination,
        })
    }
}
