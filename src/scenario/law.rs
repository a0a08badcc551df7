//! Laws of durations, by mean and coefficient of variation.

use crate::random::LawSpec;

use super::collection::List;
use super::csv_table;
use super::declare::document;
use super::leaf::{Number, Share, Text};
use super::quantity::Duration;
use super::read::{Field, Read, Reader};
use super::source::Spot;
use super::tree::{Node, Value};

/// A law of a duration in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Law(pub LawSpec);

document! {
    /// A law stated by its mean.
    "law" MeanDoc {
        /// Mean.
        mean: Duration = required,
    }
}

document! {
    /// A law stated by its mean and coefficient of variation.
    "law" MeanCvDoc {
        /// Mean.
        mean: Duration = required,
        /// Coefficient of variation: standard deviation over mean.
        cv: Number = required,
    }
}

document! {
    /// A uniform law.
    "law" UniformDoc {
        /// Least value.
        low: Duration = required,
        /// Greatest value.
        high: Duration = required,
    }
}

document! {
    /// A triangular law.
    "law" TriangularDoc {
        /// Least value.
        low: Duration = required,
        /// Most likely value.
        mode: Duration = required,
        /// Greatest value.
        high: Duration = required,
    }
}

document! {
    /// An empirical law: the quantile function through stated points, or a sample in a CSV file.
    "law" EmpiricalDoc {
        /// CSV file with columns `probability` and `duration`, or with the one column `duration` (a sample).
        csv: Text,
        /// Points [probability, duration], from probability 0 to 1.
        points: List<Point>,
    }
}

/// A point of a quantile function.
#[derive(Clone, Debug)]
pub struct Point {
    probability: f64,
    ms: f64,
}

impl schemars::JsonSchema for Point {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Point".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "array", "minItems": 2, "maxItems": 2 })
    }
}

impl Read for Point {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Array(pair) = &node.value else {
            reader.error(
                node.spot,
                format!("a point is a list, not {}", node.what()),
                "write [0.5, \"1 h\"]",
            );
            return None;
        };
        let [probability, duration] = pair.as_slice() else {
            reader.error(
                node.spot,
                format!("a point has two parts, not {}", pair.len()),
                "write [0.5, \"1 h\"]",
            );
            return None;
        };
        let probability = Share::read(probability, reader);
        let duration = Duration::read(duration, reader);
        Some(Point {
            probability: probability?.0,
            ms: duration?.0,
        })
    }
}

/// The laws, by name.
const LAWS: &[&str] = &[
    "lognormal",
    "exponential",
    "gamma",
    "uniform",
    "triangular",
    "empirical",
];

impl schemars::JsonSchema for Law {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Law".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = |name: &str, schema: schemars::Schema| {
            serde_json::json!({
                "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false,
            })
        };
        let forms = vec![
            generator.subschema_for::<Duration>().to_value(),
            one("lognormal", generator.subschema_for::<MeanCvDoc>()),
            one("exponential", generator.subschema_for::<MeanDoc>()),
            one("gamma", generator.subschema_for::<MeanCvDoc>()),
            one("uniform", generator.subschema_for::<UniformDoc>()),
            one("triangular", generator.subschema_for::<TriangularDoc>()),
            one("empirical", generator.subschema_for::<EmpiricalDoc>()),
        ];
        schemars::json_schema!({ "description": "A duration, or a law of one.", "anyOf": forms })
    }
}

impl Read for Law {
    const LEAF: bool = true;
    const QUANTITY: bool = true;

    fn is_one_value(node: &Node) -> bool {
        node.table().is_none()
    }

    fn measure(&self) -> Option<f64> {
        match self.0 {
            LawSpec::Constant(ms) => Some(ms),
            _ => None,
        }
    }

    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            let ms = Duration::read(node, reader)?.0;
            positive(reader, node.spot, ms)?;
            return Some(Law(LawSpec::Constant(ms)));
        };
        for (key, _) in &table.entries {
            if !LAWS.contains(&key.name.as_str())
                && !["source", "evidence"].contains(&key.name.as_str())
            {
                reader.unknown(
                    key.spot,
                    format!("unknown law `{}`", key.name),
                    &key.name,
                    LAWS,
                );
            }
        }
        let mut named = table.keys().filter(|key| LAWS.contains(key));
        let Some(name) = named.next() else {
            if table
                .keys()
                .all(|key| ["source", "evidence"].contains(&key))
            {
                reader.error(
                    node.spot,
                    "this law has no name",
                    "write { lognormal = { mean = \"45 min\", cv = 1.0 } }",
                );
            }
            return None;
        };
        if let Some(other) = named.next() {
            reader.error(
                node.spot,
                format!("this is two laws at once: `{name}` and `{other}`"),
                "keep one of them",
            );
            return None;
        }
        read_named(table, name, reader).map(Law)
    }
}

fn read_named(
    table: &super::tree::Table,
    name: &str,
    reader: &mut Reader<'_, '_>,
) -> Option<LawSpec> {
    match name {
        "exponential" => {
            let doc = reader.field::<MeanDoc>(table, name);
            Some(LawSpec::Exponential {
                mean: mean(reader, &doc.get()?.mean)?,
            })
        }
        "lognormal" | "gamma" => {
            let doc = reader.field::<MeanCvDoc>(table, name);
            let (mean, cv) = (mean(reader, &doc.get()?.mean)?, doc.get()?.cv.get()?.0);
            Some(match name {
                // Without variation there is no law to invert.
                _ if cv == 0.0 => LawSpec::Constant(mean),
                "lognormal" => LawSpec::LogNormal { mean, cv },
                _ => LawSpec::Gamma { mean, cv },
            })
        }
        "uniform" => {
            let doc = reader.field::<UniformDoc>(table, name);
            let doc = doc.get()?;
            let (low, high) = (doc.low.get()?.0, doc.high.get()?.0);
            if low >= high {
                reader.error(
                    doc.high.spot().unwrap_or(doc.spot),
                    "`high` is not above `low`",
                    "",
                );
                return None;
            }
            Some(LawSpec::Uniform { low, high })
        }
        "triangular" => {
            let doc = reader.field::<TriangularDoc>(table, name);
            let doc = doc.get()?;
            let (low, mode, high) = (doc.low.get()?.0, doc.mode.get()?.0, doc.high.get()?.0);
            if low >= high {
                reader.error(
                    doc.high.spot().unwrap_or(doc.spot),
                    "`high` is not above `low`",
                    "",
                );
                return None;
            }
            if !(low..=high).contains(&mode) {
                reader.error(
                    doc.mode.spot().unwrap_or(doc.spot),
                    "`mode` lies outside `low` and `high`",
                    "",
                );
                return None;
            }
            Some(LawSpec::Triangular { low, mode, high })
        }
        _ => {
            let doc = reader.field::<EmpiricalDoc>(table, name);
            empirical(reader, doc.get()?).map(LawSpec::Empirical)
        }
    }
}

fn mean(reader: &mut Reader<'_, '_>, field: &Field<Duration>) -> Option<f64> {
    let (mean, spot) = field.placed()?;
    positive(reader, spot, mean.0)?;
    Some(mean.0)
}

fn positive(reader: &mut Reader<'_, '_>, spot: Spot, ms: f64) -> Option<()> {
    if ms > 0.0 {
        return Some(());
    }
    reader.error(
        spot,
        "this takes no time at all",
        "what is carried out lasts at least \"1 ms\"; leave out what is not",
    );
    None
}

fn empirical(reader: &mut Reader<'_, '_>, doc: &EmpiricalDoc) -> Option<Vec<(f64, f64)>> {
    let (points, spot) = match (&doc.csv, &doc.points) {
        (Field::Is(file, spot), Field::Absent) => {
            (csv_table::quantiles(reader, &file.0, *spot)?, *spot)
        }
        (Field::Absent, Field::Is(list, _)) if list.items.len() < list.written => return None,
        (Field::Absent, Field::Is(list, spot)) => (
            list.items
                .iter()
                .map(|(point, _)| (point.probability, point.ms))
                .collect(),
            *spot,
        ),
        (Field::Absent, Field::Absent) => {
            reader.error(
                doc.spot,
                "an empirical law has neither `csv` nor `points`",
                "state one of them",
            );
            return None;
        }
        (Field::Is(..), Field::Is(..)) => {
            reader.error(
                doc.spot,
                "an empirical law has both `csv` and `points`",
                "keep one of them",
            );
            return None;
        }
        _ => return None,
    };
    let points: Vec<(f64, f64)> = points;
    let ends =
        points.first().is_some_and(|p| p.0 == 0.0) && points.last().is_some_and(|p| p.0 == 1.0);
    if points.len() < 2 || !ends {
        reader.error(
            spot,
            "the points do not go from probability 0 to probability 1",
            "",
        );
        return None;
    }
    if points
        .windows(2)
        .any(|pair| pair[0].0 >= pair[1].0 || pair[0].1 > pair[1].1)
    {
        reader.error(
            spot,
            "the points do not rise",
            "order them by probability; durations must not fall",
        );
        return None;
    }
    if points.last().is_some_and(|p| p.1 <= 0.0) {
        return positive(reader, spot, 0.0).map(|()| points);
    }
    Some(points)
}

/// The mean of a law, in milliseconds.
pub fn mean_of(law: &LawSpec) -> f64 {
    match law {
        LawSpec::Constant(value) => *value,
        LawSpec::Exponential { mean }
        | LawSpec::LogNormal { mean, .. }
        | LawSpec::Gamma { mean, .. } => *mean,
        LawSpec::Uniform { low, high } => (low + high) / 2.0,
        LawSpec::Triangular { low, mode, high } => (low + mode + high) / 3.0,
        LawSpec::Empirical(points) => points
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0)
            .sum(),
    }
}
