//! Counterfactual twins and the blame of fork-joins as tidy CSV tables.

use super::line::{Line, Sheet};
use crate::experiment::twins::{Blames, Fate, Trace, Twin, TwinsResult};
use crate::observe::{Parts, Place};

/// The difference by part.
pub fn twin_parts(results: &TwinsResult) -> String {
    let mut sheet = Sheet::new(&[
        "base",
        "variant",
        "place",
        "title",
        "whose",
        "kind",
        "twins",
        "base_h~",
        "variant_h~",
        "difference_h~",
    ]);
    for part in &results.parts {
        sheet.line(
            Line::default()
                .text(&results.base)
                .text(&results.variant)
                .text(&part.place)
                .text(&part.place_title)
                .text(&part.whose)
                .text(part.kind)
                .text(results.all.twins)
                .estimate(&part.base_h)
                .estimate(&part.variant_h)
                .estimate(&part.difference_h),
        );
    }
    sheet.finish()
}

/// The difference by group of consignments; the first line is of all.
pub fn twin_groups(results: &TwinsResult) -> String {
    let mut sheet = Sheet::new(&[
        "base",
        "variant",
        "by",
        "group",
        "twins",
        "base_h~",
        "difference_h~",
        "later~",
        "later_by_h~",
        "sooner~",
        "sooner_by_h~",
    ]);
    let all = ("all", "all", &results.all);
    let groups = results.groups.iter();
    let groups = groups.map(|g| (g.by, g.group.as_str(), &g.difference));
    for (by, group, difference) in std::iter::once(all).chain(groups) {
        sheet.line(
            Line::default()
                .text(&results.base)
                .text(&results.variant)
                .text(by)
                .text(group)
                .text(difference.twins)
                .estimate(&difference.base_h)
                .estimate(&difference.difference_h)
                .estimate(&difference.later)
                .estimate(&difference.later_by_h)
                .estimate(&difference.sooner)
                .estimate(&difference.sooner_by_h),
        );
    }
    sheet.finish()
}

/// Who was last at fork-joins, in each of the variants.
pub fn blame(variants: &[&Blames]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "whose",
        "joins",
        "part_in~",
        "last~",
        "together~",
        "margin_h~",
        "cost_h~",
        "total_h~",
    ]);
    for blames in variants {
        for row in &blames.rows {
            sheet.line(
                Line::default()
                    .text(&blames.variant)
                    .text(&row.site)
                    .text(&row.site_title)
                    .text(&row.whose)
                    .text(row.joins)
                    .estimate(&row.part_in)
                    .estimate(&row.last)
                    .estimate(&row.together)
                    .estimate(&row.margin_h)
                    .estimate(&row.cost_h)
                    .estimate(&row.total_h),
            );
        }
    }
    sheet.finish()
}

/// The columns of [`twin_line`].
pub fn twin_header() -> [&'static str; 10] {
    [
        "replication",
        "consignment",
        "base",
        "variant",
        "place",
        "whose",
        "kind",
        "base_ms",
        "variant_ms",
        "difference_ms",
    ]
}

/// The lines of one twin: a line a part. `base` and `variant` are how the journeys ended; hours are milliseconds, so
/// that they add exactly. The difference is empty where one of the twins did not arrive. A twin without parts has one
/// line with the columns of a part empty.
pub fn twin_line(
    parts: &Parts,
    twin: &Twin,
    mut write: impl FnMut(&[&str; 10]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let replication = twin.replication.to_string();
    let consignment = parts.consignment(twin.consignment);
    let fates = twin.runs.each_ref().map(Trace::fate).map(Fate::words);
    let mut line = |place: &str, whose: &str, kind: &str, ms: [&str; 3]| {
        write(&[
            &replication,
            &consignment,
            fates[0],
            fates[1],
            place,
            whose,
            kind,
            ms[0],
            ms[1],
            ms[2],
        ])
    };
    if twin.parts.is_empty() {
        return line("", "", "", ["", "", ""]);
    }
    for (part, ms) in &twin.parts {
        let (place, whose, kind) = parts.part(*part);
        let (Place::Site(place) | Place::Link(place)) = place;
        let difference = match twin.difference() {
            Some(_) => (i128::from(ms[1]) - i128::from(ms[0])).to_string(),
            None => String::new(),
        };
        let ms = ms.map(|ms| ms.to_string());
        line(
            place,
            whose,
            &kind.to_string(),
            [&ms[0], &ms[1], &difference],
        )?;
    }
    Ok(())
}
