//! The difference of twins as a waterfall: from the base's door-to-door hours, part by part, to the variant's.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::Chart;
use super::axis::{self, BOTTOM_ROOM, Scale};
use super::canvas::{GREY, INK, Rect, Type, text_width};
use super::palette::{self, Dash, Hatch, Marker};
use super::sheet::{Glyph, Sheet, WIDTH, fitted};
use crate::experiment::twins::{PartResult, TwinsResult};
use crate::report::number;
use crate::terms::{HourKind, Named};

/// Parts shown; the rest is one bar.
const LIMIT: usize = 14;
const ROW: f64 = 24.0;
const NAME: f64 = 12.5;
/// The widest name of a row.
const NAMES: f64 = 400.0;

/// A row: its name, its kind (none: several), the difference in hours, the number that is printed.
struct Row {
    name: String,
    kind: Option<HourKind>,
    difference: f64,
    printed: String,
}

/// The waterfall; `None` where no twins both arrived.
pub fn waterfall(results: &TwinsResult) -> Option<Chart> {
    if results.all.twins == 0 {
        return None;
    }
    let rows = rows(results);
    let base = results.all.base_h.mean;
    let end = base + results.all.difference_h.mean;
    let mut cumulative = vec![base];
    for row in &rows {
        cumulative.push(cumulative[cumulative.len() - 1] + row.difference);
    }
    let low = cumulative.iter().copied().fold(end, f64::min);
    let high = cumulative.iter().copied().fold(end, f64::max);
    let room = ((high - low) * 0.08).max(high.abs() * 1e-3).max(0.01);
    let subtitle = format!(
        "Mean hours per consignment that arrived in both, on identical draws, over {} replications ({} twins). A bar is \
         what a part of the critical path adds (to the right) or saves (to the left); the numbers are with half their \
         95 % interval. The axis does not begin at zero.",
        results.replications,
        number::count(results.all.twins)
    );
    let kinds = HourKind::ALL
        .iter()
        .filter(|k| rows.iter().any(|r| r.kind == Some(**k)));
    let legend = kinds.map(|k| {
        let (color, hatch) = palette::kind(*k);
        (Glyph::Swatch(color, hatch), k.to_string().replace('_', "-"))
    });
    let sheet = Sheet {
        width: WIDTH,
        title: format!("From {} to {}, part by part", results.base, results.variant),
        study: results.title.clone(),
        subtitle,
        legend: legend.collect(),
    };
    let height = (rows.len() + 2) as f64 * ROW + BOTTOM_ROOM;
    let svg = sheet.draw(height, |canvas, body| {
        let names = rows
            .iter()
            .map(|r| text_width(&r.name, NAME, false))
            .fold(90.0, f64::max)
            .min(NAMES);
        let plot = Rect {
            left: body.left + names + 12.0,
            right: body.right - 120.0,
            top: body.top,
            bottom: body.bottom - BOTTOM_ROOM,
        };
        let x = Scale::linear(low - room, high + room, plot.left, plot.right);
        axis::bottom(canvas, plot, &x, 9, "mean hours door to door");
        let middle = |row: usize| plot.top + (row as f64 + 0.5) * ROW;
        let name = Type::new(NAME).at(HPos::Right, VPos::Center);
        let value = Type::new(NAME);
        let whole = |row: usize, text: &str, hours: f64, printed: &str| {
            let y = middle(row);
            canvas.text(text, (plot.left - 8.0, y), name.bold());
            canvas.marker((x.px(hours), y), Marker::Diamond, 5.5, INK);
            canvas.text(printed, (plot.right + 8.0, y), value.bold());
        };
        let printed = format!("{} h", number::estimate(&results.all.base_h));
        whole(0, &fitted(&results.base, NAME, true, names), base, &printed);
        for (i, row) in rows.iter().enumerate() {
            let y = middle(i + 1);
            let (from, to) = (x.px(cumulative[i]), x.px(cumulative[i + 1]));
            let bar = Rect {
                left: from.min(to),
                right: from.max(to).max(from.min(to) + 1.0),
                top: y - ROW * 0.34,
                bottom: y + ROW * 0.34,
            };
            let (color, hatch) = row.kind.map_or((GREY, Hatch::None), palette::kind);
            // Where the one before ended, this begins.
            let joint = [(from, y - ROW), (from, y)];
            canvas.line(&joint, GREY.to_rgba(), 0.8, Dash::Dotted);
            canvas.fill(bar, color.to_rgba());
            canvas.hatch(bar, hatch);
            let label = fitted(&row.name, NAME, false, names);
            canvas.text(&label, (plot.left - 8.0, y), name);
            canvas.text(&row.printed, (plot.right + 8.0, y), value);
        }
        let last = rows.len() + 1;
        let joint = [(x.px(end), middle(last - 1)), (x.px(end), middle(last))];
        canvas.line(&joint, GREY.to_rgba(), 0.8, Dash::Dotted);
        let printed = format!("{} h", number::estimate(&results.all.variant_h));
        whole(
            last,
            &fitted(&results.variant, NAME, true, names),
            end,
            &printed,
        );
    });
    Some(Chart {
        name: "twins".to_owned(),
        caption: format!(
            "The difference of {} from {}, part by part",
            results.variant, results.base
        ),
        svg,
    })
}

fn name(part: &PartResult) -> String {
    let kind = part.kind.to_string().replace('_', "-");
    match part.kind {
        HourKind::Travel => format!("{}: {kind}", part.place_title),
        _ => format!("{}, {}: {kind}", part.place_title, part.whose_title),
    }
}

fn rows(results: &TwinsResult) -> Vec<Row> {
    let changed: Vec<&PartResult> = results
        .parts
        .iter()
        .filter(|p| p.difference_h.mean != 0.0)
        .collect();
    // One more than the limit is shown rather than called others.
    let shown = if changed.len() <= LIMIT + 1 {
        changed.len()
    } else {
        LIMIT
    };
    let mut rows: Vec<Row> = changed[..shown]
        .iter()
        .map(|part| Row {
            name: name(part),
            kind: Some(part.kind),
            difference: part.difference_h.mean,
            printed: number::difference(&part.difference_h),
        })
        .collect();
    if shown < changed.len() {
        let rest = &changed[shown].rest_h;
        rows.push(Row {
            name: format!("{} other parts together", changed.len() - shown),
            kind: None,
            difference: rest.mean,
            printed: number::difference(rest),
        });
    }
    rows
}
