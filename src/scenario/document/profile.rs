//! Relative rates over a cycle: the hours of a day, the days of a week, the months of a year.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scenario::collection::List;
use crate::scenario::csv_table;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Number, Text};
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::Node;

document! {
    /// A profile in a CSV file.
    "profile" ProfileFile {
        /// CSV file with a column `rate`, one row for each hour, day or month.
        csv: Text = required,
    }
}

/// Relative rates over a cycle of `N` parts, in a list of `N` numbers or a CSV file; their mean over the cycle is
/// made 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile<const N: usize>(pub [f64; N]);

/// Days of the months of a common year.
const DAYS: [f64; 12] = [
    31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0,
];

/// How a cycle of `n` parts is called, how one part of it, and how many.
fn words(n: usize) -> (&'static str, &'static str, &'static str) {
    match n {
        7 => ("a week", "day", "7 days"),
        12 => ("a year", "month", "12 months"),
        _ => ("a day", "hour", "24 hours"),
    }
}

/// How long part `at` of a cycle of `n` parts lasts.
fn weight(n: usize, at: usize) -> f64 {
    if n == DAYS.len() { DAYS[at] } else { 1.0 }
}

impl<const N: usize> JsonSchema for Profile<N> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Profile_of_{N}").into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let file = generator.subschema_for::<ProfileFile>();
        let list = serde_json::json!({ "type": "array", "items": { "type": "number" }, "minItems": N, "maxItems": N });
        json_schema!({ "anyOf": [list, file] })
    }
}

impl<const N: usize> Read for Profile<N> {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let rates = if node.table().is_some() {
            let file = ProfileFile::read(node, reader)?;
            let (name, spot) = file.csv.placed()?;
            let csv = csv_table::open(reader, &name.0, spot)?;
            csv_table::numbers(reader, &csv, "rate", csv_table::plain_number)?
        } else {
            let list = List::<Number>::read(node, reader)?;
            if list.items.len() < list.written {
                return None;
            }
            list.items.iter().map(|(number, _)| number.0).collect()
        };
        let (cycle, part, parts) = words(N);
        let Ok(rates) = <[f64; N]>::try_from(rates.as_slice()) else {
            reader.error(
                node.spot,
                format!("{cycle} has {parts}, and this profile {}", rates.len()),
                "",
            );
            return None;
        };
        let long: f64 = (0..N).map(|at| weight(N, at)).sum();
        let sum: f64 = (0..N).map(|at| rates[at] * weight(N, at)).sum();
        let mean = sum / long;
        if mean <= 0.0 {
            reader.error(
                node.spot,
                format!("this profile is zero in every {part}"),
                format!("state a rate above 0 in some {part}"),
            );
            return None;
        }
        Some(Profile(rates.map(|rate| rate / mean)))
    }
}
