//! Laws of a count: how many consignments come together.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::random::LawSpec;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Number};
use crate::scenario::read::{Field, Read, Reader};
use crate::scenario::source::Spot;
use crate::scenario::tree::{Node, Value};

document! {
    /// A law of a count by its mean.
    "law" CountMeanDoc {
        /// Mean.
        mean: Number = required,
    }
}

document! {
    /// A law of a count by its mean and coefficient of variation.
    "law" CountMeanCvDoc {
        /// Mean.
        mean: Number = required,
        /// Coefficient of variation: standard deviation over mean.
        cv: Number = required,
    }
}

document! {
    /// A uniform law of a count.
    "law" CountUniformDoc {
        /// Least value.
        low: Number = required,
        /// Greatest value.
        high: Number = required,
    }
}

document! {
    /// A triangular law of a count.
    "law" CountTriangularDoc {
        /// Least value.
        low: Number = required,
        /// Most likely value.
        mode: Number = required,
        /// Greatest value.
        high: Number = required,
    }
}

/// A count, or a law of one; what is drawn is rounded by its user.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeLaw(pub LawSpec);

/// The laws, by name.
const LAWS: &[&str] = &["lognormal", "exponential", "gamma", "uniform", "triangular"];

impl JsonSchema for SizeLaw {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SizeLaw".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, schema: Schema| {
            serde_json::json!({
                "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false,
            })
        };
        let forms = vec![
            generator.subschema_for::<Count>().to_value(),
            one("lognormal", generator.subschema_for::<CountMeanCvDoc>()),
            one("exponential", generator.subschema_for::<CountMeanDoc>()),
            one("gamma", generator.subschema_for::<CountMeanCvDoc>()),
            one("uniform", generator.subschema_for::<CountUniformDoc>()),
            one(
                "triangular",
                generator.subschema_for::<CountTriangularDoc>(),
            ),
        ];
        json_schema!({ "description": "A count, or a law of one.", "anyOf": forms })
    }
}

impl Read for SizeLaw {
    const LEAF: bool = true;
    const QUANTITY: bool = true;

    fn is_one_value(node: &Node) -> bool {
        node.table().is_none()
    }

    fn measure(&self) -> Option<f64> {
        match self.0 {
            LawSpec::Constant(count) => Some(count),
            _ => None,
        }
    }

    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            let count = Count::read(node, reader)?.0;
            above_zero(reader, node.spot, f64::from(count))?;
            return Some(SizeLaw(LawSpec::Constant(f64::from(count))));
        };
        for key in table.keys().filter(|key| !LAWS.contains(key)) {
            if !["source", "evidence"].contains(&key) {
                let spot = spot_of(table, key).unwrap_or(node.spot);
                reader.unknown(spot, format!("unknown law `{key}` of a count"), key, LAWS);
            }
        }
        let mut named = table.keys().filter(|key| LAWS.contains(key));
        let (Some(name), None) = (named.next(), named.next()) else {
            let remedy = "write a count, or { lognormal = { mean = 12, cv = 0.5 } }";
            reader.error(node.spot, "this is not one law of a count", remedy);
            return None;
        };
        let law = named_law(table, name, reader)?;
        match law.validate() {
            Ok(()) => Some(SizeLaw(law)),
            Err(reason) => {
                reader.error(node.spot, reason, "");
                None
            }
        }
    }
}

fn spot_of(table: &crate::scenario::tree::Table, name: &str) -> Option<Spot> {
    let entry = table.entries.iter().find(|(key, _)| key.name == name);
    entry.map(|(key, _)| key.spot)
}

fn named_law(
    table: &crate::scenario::tree::Table,
    name: &str,
    reader: &mut Reader<'_, '_>,
) -> Option<LawSpec> {
    Some(match name {
        "exponential" => {
            let doc = reader.field::<CountMeanDoc>(table, name);
            LawSpec::Exponential {
                mean: mean(reader, &doc.get()?.mean)?,
            }
        }
        "lognormal" | "gamma" => {
            let doc = reader.field::<CountMeanCvDoc>(table, name);
            let (mean, cv) = (mean(reader, &doc.get()?.mean)?, doc.get()?.cv.get()?.0);
            match name {
                // Without variation there is no law to invert.
                _ if cv == 0.0 => LawSpec::Constant(mean),
                "lognormal" => LawSpec::LogNormal { mean, cv },
                _ => LawSpec::Gamma { mean, cv },
            }
        }
        "uniform" => {
            let doc = reader.field::<CountUniformDoc>(table, name);
            let doc = doc.get()?;
            let (low, high) = (doc.low.get()?.0, doc.high.get()?.0);
            rising(reader, &doc.high, doc.spot, low, high)?;
            LawSpec::Uniform { low, high }
        }
        _ => {
            let doc = reader.field::<CountTriangularDoc>(table, name);
            let doc = doc.get()?;
            let (low, mode, high) = (doc.low.get()?.0, doc.mode.get()?.0, doc.high.get()?.0);
            rising(reader, &doc.high, doc.spot, low, high)?;
            if !(low..=high).contains(&mode) {
                let spot = doc.mode.spot().unwrap_or(doc.spot);
                reader.error(spot, "`mode` lies outside `low` and `high`", "");
                return None;
            }
            LawSpec::Triangular { low, mode, high }
        }
    })
}

fn mean(reader: &mut Reader<'_, '_>, field: &Field<Number>) -> Option<f64> {
    let (mean, spot) = field.placed()?;
    above_zero(reader, spot, mean.0)?;
    Some(mean.0)
}

fn above_zero(reader: &mut Reader<'_, '_>, spot: Spot, count: f64) -> Option<()> {
    if count > 0.0 {
        return Some(());
    }
    reader.error(spot, "a burst of no consignments", "state at least 1");
    None
}

fn rising(
    reader: &mut Reader<'_, '_>,
    field: &Field<Number>,
    table: Spot,
    low: f64,
    high: f64,
) -> Option<()> {
    if low < high {
        return Some(());
    }
    let spot = field.spot().unwrap_or(table);
    reader.error(spot, "`high` is not above `low`", "");
    None
}
