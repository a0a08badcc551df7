//! CSV table of second vehicles.

use super::line::{Line, Sheet};
use crate::experiment::results::*;

pub(super) fn vehicles(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "vehicle",
        "left_per_day~",
        "wait_mean_h^",
        "mean_waiting_vehicles~",
        "left_empty_vehicles~",
        "left_part_empty_vehicles~",
    ]);
    for v in variants {
        for f in &v.vehicles {
            let line = Line::default()
                .text(&v.name)
                .text(&f.site)
                .text(&f.title)
                .text(&f.vehicle);
            let line = line
                .estimate(&f.left_per_day)
                .measured(&f.wait_h)
                .estimate(&f.mean_waiting);
            sheet.line(line.estimate(&f.left_empty).estimate(&f.left_part_empty));
        }
    }
    sheet.finish()
}
