//! The difference of two scenarios as a waterfall over their edits, and the tornado of assumed values.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::Chart;
use super::axis::{self, BOTTOM_ROOM, Scale};
use super::canvas::{Canvas, GREY, INK, Rect, Type, text_width};
use super::palette::{Dash, Hatch, Marker, look};
use super::sheet::{Glyph, Sheet, WIDTH, fitted};
use crate::experiment::difference::DiffResult;
use crate::experiment::sensitivity::{Entry, Sensitivity};
use crate::report::difference::edit_name;
use crate::report::number;
use crate::report::sensitivity::{answer_words, range_words};
use crate::stats::Estimate;

const ROW: f64 = 26.0;
/// How long the arrow of a bar that goes on beyond the edge is.
const ARROW: f64 = 6.0;
const NAME: f64 = 12.5;
/// The widest name of a row.
const NAMES: f64 = 470.0;
/// Groups that a tornado shows.
const LIMIT: usize = 20;

/// Names at the left, a plot, numbers at the right.
fn frame(body: Rect, names: f64, numbers: f64) -> Rect {
    Rect {
        left: body.left + names + 12.0,
        right: body.right - numbers - 12.0,
        top: body.top,
        bottom: body.bottom - BOTTOM_ROOM,
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>, bold: bool) -> f64 {
    let widths = texts.map(|text| text_width(text, NAME, bold));
    widths.fold(90.0, f64::max).min(NAMES)
}

/// A bar's interval at its end.
fn whisker(canvas: &Canvas<'_>, x: &Scale, y: f64, end: f64, half: f64) {
    if !half.is_finite() {
        return;
    }
    let (low, high) = (x.px(end - half), x.px(end + half));
    canvas.rule((low, y), (high, y), INK, 1.2);
    for at in [low, high] {
        canvas.rule((at, y - 4.0), (at, y + 4.0), INK, 1.2);
    }
}

/// The waterfall from the first scenario's mean to the second's, edit by edit; `None` without edits.
pub fn edits(result: &DiffResult) -> Option<Chart> {
    if result.edits.is_empty() {
        return None;
    }
    let names: Vec<String> = result.edits.iter().map(|e| edit_name(&e.values)).collect();
    let mut at = vec![result.a_h.mean];
    for edit in &result.edits {
        at.push(at[at.len() - 1] + edit.part_h.mean);
    }
    let reach = |e: &Estimate| {
        if e.half_width.is_finite() {
            e.half_width
        } else {
            0.0
        }
    };
    let whiskers = result.edits.iter().zip(&at[1..]);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (middle, half) in whiskers
        .map(|(edit, end)| (*end, reach(&edit.part_h)))
        .chain(at.iter().map(|x| (*x, 0.0)))
    {
        low = low.min(middle - half);
        high = high.max(middle + half);
    }
    let room = ((high - low) * 0.06).max(high.abs() * 1e-3).max(0.01);
    let (more, less) = (look(1).color, look(0).color);
    let sheet = Sheet {
        width: WIDTH,
        title: format!("From {} to {}, edit by edit", result.a, result.b),
        study: result.title.clone(),
        subtitle: format!(
            "Mean hours over {} replications on common random numbers. A bar is an edit's Shapley value; its 95 % interval \
             stands at its end. The axis does not begin at zero.",
            result.replications
        ),
        legend: vec![
            (Glyph::Swatch(more, Hatch::Rising), "adds hours".to_owned()),
            (Glyph::Swatch(less, Hatch::None), "saves hours".to_owned()),
        ],
    };
    let height = (names.len() + 2) as f64 * ROW + BOTTOM_ROOM;
    let ends = [result.a.as_str(), result.b.as_str()];
    let wide = widest(names.iter().map(String::as_str), false).max(widest(ends.into_iter(), true));
    let svg = sheet.draw(height, |canvas, body| {
        let plot = frame(body, wide, 120.0);
        let x = Scale::linear(low - room, high + room, plot.left, plot.right);
        axis::bottom(canvas, plot, &x, 9, "mean hours");
        let middle = |row: usize| plot.top + (row as f64 + 0.5) * ROW;
        let label = Type::new(NAME).at(HPos::Right, VPos::Center);
        let whole = |row: usize, text: &str, hours: &Estimate| {
            let y = middle(row);
            canvas.text(
                &fitted(text, NAME, true, wide),
                (plot.left - 8.0, y),
                label.bold(),
            );
            canvas.marker((x.px(hours.mean), y), Marker::Diamond, 5.5, INK);
            let printed = format!("{} h", number::estimate(hours));
            canvas.text(&printed, (plot.right + 8.0, y), Type::new(NAME).bold());
        };
        whole(0, &result.a, &result.a_h);
        for (row, (edit, name)) in result.edits.iter().zip(&names).enumerate() {
            let y = middle(row + 1);
            let (from, to) = (x.px(at[row]), x.px(at[row + 1]));
            canvas.line(
                &[(from, y - ROW), (from, y)],
                GREY.to_rgba(),
                0.8,
                Dash::Dotted,
            );
            let bar = Rect {
                left: from.min(to),
                right: from.max(to).max(from.min(to) + 1.0),
                top: y - ROW * 0.33,
                bottom: y + ROW * 0.33,
            };
            let adds = edit.part_h.mean > 0.0;
            canvas.fill(bar, if adds { more } else { less }.to_rgba());
            canvas.hatch(bar, if adds { Hatch::Rising } else { Hatch::None });
            whisker(canvas, &x, y, at[row + 1], edit.part_h.half_width);
            canvas.text(
                &fitted(name, NAME, false, wide),
                (plot.left - 8.0, y),
                label,
            );
            let printed = format!("{} h", number::difference(&edit.part_h));
            canvas.text(&printed, (plot.right + 8.0, y), Type::new(NAME));
        }
        let last = names.len() + 1;
        let end = x.px(result.b_h.mean);
        canvas.line(
            &[(end, middle(last) - ROW), (end, middle(last))],
            GREY.to_rgba(),
            0.8,
            Dash::Dotted,
        );
        whole(last, &result.b, &result.b_h);
    });
    Some(Chart {
        name: "diff".to_owned(),
        caption: format!(
            "How the difference of {} from {} divides",
            result.b, result.a
        ),
        svg,
    })
}

/// The tornado: what the answer becomes at each end of a group's range, the greatest swing first; `None` without groups.
pub fn tornado(found: &Sensitivity) -> Option<Chart> {
    let shown: Vec<&Entry> = found.ledger.iter().take(LIMIT).collect();
    if shown.is_empty() {
        return None;
    }
    let base = found.answer_h.mean;
    let (mut low, mut high) = (base, base);
    // Hours where a desk cannot keep up say how long was simulated: all else would be nothing beside them.
    let settled: Vec<&Entry> = shown.iter().copied().filter(|e| !e.grows()).collect();
    let grows = settled.len() < shown.len();
    let drawn = if settled.is_empty() { &shown } else { &settled };
    for end in drawn.iter().flat_map(|e| [&e.low_h, &e.high_h]) {
        let half = if end.half_width.is_finite() {
            end.half_width
        } else {
            0.0
        };
        low = low.min(base + end.mean - half);
        high = high.max(base + end.mean + half);
    }
    // A difference is read against zero.
    if found.question.against.is_some() {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    let room = ((high - low) * 0.04).max(0.01);
    if grows {
        let beyond = 0.5 * (high - low);
        let ends = shown
            .iter()
            .flat_map(|e| [base + e.low_h.mean, base + e.high_h.mean]);
        let (least, most) = ends.fold((low, high), |(l, h), end| (l.min(end), h.max(end)));
        (low, high) = (least.max(low - beyond), most.min(high + beyond));
    }
    let (edge_low, edge_high) = (low - room, high + room);
    let goes_on = |end: &Estimate| !(edge_low..=edge_high).contains(&(base + end.mean));
    let (at_low, at_high) = (look(0).color, look(1).color);
    let more = found.ledger.len() - shown.len();
    let sheet = Sheet {
        width: WIDTH,
        title: "What assumed values do to the answer within their ranges".to_owned(),
        study: found.title.clone(),
        subtitle: format!(
            "{}, {} h as written. Each bar moves one value, or one group of values, alone; whiskers are 95 % intervals of the \
             difference from the answer as written, for all bars together, over {} replications.{}{}",
            answer_words(found),
            number::estimate(&found.answer_h),
            found.replications,
            match more {
                0 => String::new(),
                more => format!(" {more} with smaller swings are not drawn."),
            },
            match grows {
                true =>
                    " *: a desk cannot keep up, or consignments were unfinished: hours grow with the horizon (no whisker); an arrow: beyond the \
                     edge.",
                false => "",
            }
        ),
        legend: vec![
            (
                Glyph::Swatch(at_low, Hatch::None),
                "at the low end".to_owned(),
            ),
            (
                Glyph::Swatch(at_high, Hatch::Rising),
                "at the high end".to_owned(),
            ),
        ],
    };
    let names: Vec<String> = shown
        .iter()
        .map(|e| match e.grows() {
            true => format!("{} *", e.group.name),
            false => e.group.name.clone(),
        })
        .collect();
    let ranges: Vec<String> = shown.iter().map(|e| range_words(&e.group)).collect();
    let wide = widest(names.iter().map(String::as_str), false);
    let numbers = ranges
        .iter()
        .map(|r| text_width(r, NAME, false))
        .fold(60.0, f64::max)
        .min(230.0);
    let height = shown.len() as f64 * ROW + BOTTOM_ROOM;
    let svg = sheet.draw(height, |canvas, body| {
        let plot = frame(body, wide, numbers);
        let x = Scale::linear(edge_low, edge_high, plot.left, plot.right);
        let title = match found.question.against {
            Some(_) => "difference in mean hours",
            None => "mean hours",
        };
        axis::bottom(canvas, plot, &x, 9, title);
        let label = Type::new(NAME).at(HPos::Right, VPos::Center);
        for (row, entry) in shown.iter().enumerate() {
            let y = plot.top + (row as f64 + 0.5) * ROW;
            // Two bars, one above the other, so that neither hides the other where both point the same way.
            let ends = [
                (&entry.low_h, at_low, Hatch::None, -0.19),
                (&entry.high_h, at_high, Hatch::Rising, 0.19),
            ];
            for (end, color, hatch, offset) in ends {
                let y = y + offset * ROW;
                let reached = (base + end.mean).clamp(edge_low, edge_high);
                let (from, to) = (x.px(base), x.px(reached));
                let bar = Rect {
                    left: from.min(to),
                    right: from.max(to).max(from.min(to) + 1.0),
                    top: y - ROW * 0.17,
                    bottom: y + ROW * 0.17,
                };
                canvas.fill(bar, color.to_rgba());
                canvas.hatch(bar, hatch);
                if goes_on(end) {
                    let tip = if to < from { -ARROW } else { ARROW };
                    let head = [
                        (to - tip, y - ROW * 0.25),
                        (to, y),
                        (to - tip, y + ROW * 0.25),
                    ];
                    canvas.line(&head, INK.to_rgba(), 1.6, Dash::Solid);
                } else if !entry.grows() {
                    whisker(canvas, &x, y, base + end.mean, end.half_width);
                }
            }
            canvas.text(
                &fitted(&names[row], NAME, false, wide),
                (plot.left - 8.0, y),
                label,
            );
            let range = fitted(&ranges[row], NAME, false, numbers);
            canvas.text(&range, (plot.right + 8.0, y), Type::new(NAME));
        }
        canvas.rule((x.px(base), plot.top), (x.px(base), plot.bottom), INK, 1.2);
        if found.question.against.is_some() {
            let zero = x.px(0.0);
            canvas.line(
                &[(zero, plot.top), (zero, plot.bottom)],
                GREY.to_rgba(),
                1.4,
                Dash::Long,
            );
        }
    });
    Some(Chart {
        name: "tornado".to_owned(),
        caption: "What assumed values do to the answer".to_owned(),
        svg,
    })
}
