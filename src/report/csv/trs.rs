//! CSV table of a time release study.

use super::line::{Line, Sheet};
use crate::experiment::trs::TimeReleaseStudy;

/// The study, one line for each side, group and milestone.
pub(crate) fn trs(study: &TimeReleaseStudy) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "role",
        "mode",
        "lane",
        "split",
        "group",
        "milestone",
        "declarations",
        "mean_h~",
        "median_h",
        "sd_h",
        "min_h",
        "max_h",
        "p90_h",
    ]);
    for row in &study.rows {
        let line = Line::default()
            .text(&study.variant)
            .text(&row.site)
            .text(&row.title)
            .text(row.role)
            .text(row.mode)
            .text(row.lane.as_deref().unwrap_or_default())
            .text(&row.split)
            .text(&row.group)
            .text(row.milestone.name())
            .text(row.n);
        let line = line
            .estimate(&row.mean_h)
            .number(row.median_h)
            .optional(row.sd_h);
        sheet.line(line.number(row.min_h).number(row.max_h).number(row.p90_h));
    }
    sheet.finish()
}
