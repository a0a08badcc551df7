//! Agencies, calendars, commodities; the backlog and the benchmarks.

use super::choice::one_of;
use crate::scenario::calendar::{Date, Days, Hours};
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Flag, Number, Share, Text, Word, leaf_schema};
use crate::scenario::quantity::{Duration, Money};
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::{Node, Value};
use crate::terms::{ActorKind, Role};

document! {
    /// An agency or other actor.
    "agency" AgencyDoc {
        /// Title for tables; default: the name.
        title: Text,
        /// What kind of actor it is; default authority.
        kind: Word<ActorKind>,
        /// Probability that an officer of its desks is absent on a local day; default 0.
        sickness: Share,
    }
}

document! {
    /// Opening hours, in the local time of the site that uses them.
    "calendar" CalendarDoc {
        /// Shifts.
        shifts: List<ShiftDoc> = required,
        /// Local dates on which nothing opens.
        holidays: List<Date>,
    }
}

document! {
    /// A shift.
    "shift" ShiftDoc {
        /// Days on which it starts: `mon-fri`, `sat`, `mon,wed`; default: every day.
        days: Days,
        /// Hours: `08:00-20:00`; they may pass midnight.
        hours: Hours = required,
        /// Share of the desk's servers on duty, above 0; default 1.
        staff: Share,
    }
}

document! {
    /// A commodity.
    "commodity" CommodityDoc {
        /// Value per TEU; default 0 USD.
        value: Money,
        /// True where it perishes; default: where `perishes_after` is stated.
        perishable: Flag,
        /// From entering the corridor until it has perished: it leaves the corridor then; default: never.
        perishes_after: Duration,
    }
}

document! {
    /// Consignments already waiting at a site at the start.
    "backlog" BacklogDoc {
        /// Where they wait.
        site: Text = required,
        /// Which flow they belong to.
        flow: Text = required,
        /// How many.
        consignments: Count = required,
    }
}

document! {
    /// Published hours that are set beside the simulated ones.
    "benchmark" BenchmarkDoc {
        /// The site.
        site: Text = required,
        /// The role: entry or exit.
        role: Word<Role> = required,
        /// Published mean, in hours.
        hours: Number = required,
        /// What was measured: `bcp` (default) or `release`.
        measure: Measure,
        /// Plausible range, in hours, of the base variant.
        gate: Gate,
        /// Where it was published.
        source: Text = required,
    }
}

/// What a benchmark measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// BCP time.
    Bcp,
    /// Release time.
    Release,
}

leaf_schema!(Measure, { "type": "string", "enum": ["bcp", "release"] });

impl Read for Measure {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        one_of(
            node,
            reader,
            "measure",
            &[("bcp", Measure::Bcp), ("release", Measure::Release)],
        )
    }
}

/// A range of hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate(pub f64, pub f64);

leaf_schema!(Gate, { "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 2, "maxItems": 2 });

impl Read for Gate {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let ends = match &node.value {
            Value::Array(ends) if ends.len() == 2 => ends,
            _ => {
                reader.error(
                    node.spot,
                    "a gate is two numbers of hours",
                    "write [40, 55]",
                );
                return None;
            }
        };
        let (low, high) = (
            Number::read(&ends[0], reader)?.0,
            Number::read(&ends[1], reader)?.0,
        );
        if low > high {
            reader.error(
                node.spot,
                "the gate's low end lies above its high end",
                "write [low, high]",
            );
            return None;
        }
        Some(Gate(low, high))
    }
}
