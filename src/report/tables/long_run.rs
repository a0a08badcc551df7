//! Table of a single long run: batch means of its sides.

use crate::experiment::results::VariantResult;
use crate::report::number;
use crate::report::table::Table;
use crate::report::tables::sides::filled;
use crate::stats::{BATCHES, Estimate};

/// Below this probability neighbours are more alike than chance makes them.
const ALIKE: f64 = 0.05;

/// The sides of a single replication, with intervals from its own batches; `None` where there were more.
pub(super) fn sides(variant: &VariantResult) -> Option<Table> {
    let header = [
        "side",
        "n",
        "in_a_batch",
        "mean_h",
        "lag_1",
        "p_%",
        "batches",
    ];
    let mut table = Table::new("One long run: batch means of the time at each side", 1, &header)
        .with_note(format!(
            "mean_h: over {BATCHES} batches in the order of departure, ± half a 95 % interval (Student's t over batches); lag_1: \
             how alike neighbouring batches are (autocorrelation); p_%: the probability of that or more, were batches \
             independent. Batches that are dependent are too short, and the interval is too narrow: run for longer."
        ));
    for side in &variant.long_run {
        let mean = Estimate {
            mean: side.mean_h,
            half_width: side.half_width_h,
            replications: BATCHES as u32,
        };
        let verdict = match side.p_value < ALIKE {
            true => "dependent",
            false => "look independent",
        };
        table.row(vec![
            side.side.clone(),
            number::count(side.n),
            number::count(side.batch),
            number::estimate(&mean),
            number::fixed(side.lag1, 2),
            number::fixed(100.0 * side.p_value, 1),
            verdict.to_owned(),
        ]);
    }
    filled(table)
}
