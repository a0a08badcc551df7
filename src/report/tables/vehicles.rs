//! Table of one variant's second vehicles.

use crate::experiment::results::*;
use crate::report::number::{estimate, measured};
use crate::report::table::Table;
use crate::report::tables::sides::filled;

/// How long second vehicles waited for cargo, and how many left empty.
pub(super) fn vehicles(variant: &VariantResult) -> Option<Table> {
    let header = [
        "vehicle",
        "left_per_day",
        "mean_wait_h",
        "waiting",
        "left_empty",
        "left_part_empty",
    ];
    let mut table = Table::new("Second vehicles", 1, &header).with_note(
        "of those that left within the measured window. waiting: mean number standing; left_empty, left_part_empty: vehicles in one \
         replication that had waited as long as they do and left without cargo, or without being full.",
    );
    for f in &variant.vehicles {
        table.row(vec![
            format!("{}: {}", f.title, f.vehicle),
            estimate(&f.left_per_day),
            measured(&f.wait_h),
            estimate(&f.mean_waiting),
            estimate(&f.left_empty),
            estimate(&f.left_part_empty),
        ]);
    }
    filled(table)
}
