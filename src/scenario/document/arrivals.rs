//! Arrivals that vary, as they are written: growth, bursts, back-haul.

use super::size_law::SizeLaw;
use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::{Share, Text, leaf_schema};
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::{Node, Value};

document! {
    /// Arrivals in bursts, such as vessel calls and convoys.
    "burst" BurstDoc {
        /// How many consignments a burst brings: a count, or a law such as `{ lognormal = { mean = 12, cv = 0.5 } }`.
        size: SizeLaw = required,
        /// Time from one consignment of a burst to the next; default: all come at once.
        spacing: Law,
    }
}

document! {
    /// Vehicles that start again, empty, where another flow's journeys end.
    "back-haul" BackHaulDoc {
        /// The other flow; it ends where this one starts.
        flow: Text = required,
        /// Share of its vehicles that start again; default 1.
        share: Share,
        /// Turnaround: from the end of the one journey to the start of the other.
        delay: Law = required,
    }
}

/// Growth a year, as a fraction; may be negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth(pub f64);

leaf_schema!(Growth, { "type": "number", "exclusiveMinimum": -1, "maximum": 1 });

impl Read for Growth {
    const LEAF: bool = true;
    const QUANTITY: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let growth = match node.value {
            Value::Integer(n) => n as f64,
            Value::Float(x) => x,
            _ => {
                let message = format!("growth is a number, not {}", node.what());
                reader.error(node.spot, message, "write 8 % a year as 0.08");
                return None;
            }
        };
        if growth > -1.0 && growth <= 1.0 {
            return Some(Growth(growth));
        }
        let remedy = if growth.is_finite() && (1.0..=100.0).contains(&growth.abs()) {
            format!(
                "write {growth} % a year as {}",
                (growth * 1e7).round() / 1e9
            )
        } else {
            "write 8 % a year as 0.08".to_owned()
        };
        let message = format!("a growth of {growth} a year is not above -1 and at most 1");
        reader.error(node.spot, message, remedy);
        None
    }
    fn measure(&self) -> Option<f64> {
        Some(self.0)
    }
}
