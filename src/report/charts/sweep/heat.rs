//! Heat map: mean hours at every combination of two factors, the number in its cell.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::{PANELS, left_out, short};
use crate::experiment::results::Measured;
use crate::experiment::sweep::{Design, Sweep};
use crate::report::charts::canvas::{Canvas, GREY, INK, Rect, Type, text_width};
use crate::report::charts::palette::{Hatch, sequential};
use crate::report::charts::sheet::{Sheet, WIDTH, fitted, panel_title};
use crate::report::number;
use crate::report::sweep::view::{View, factor_title, factor_word, measure_words};

/// Height of a cell.
const CELL: f64 = 42.0;
/// Widest cell.
const WIDE: f64 = 130.0;
/// Columns that still hold a number.
const COLUMNS: usize = 24;
/// Rows of one panel.
const ROWS: usize = 24;
/// Between panels.
const GAP: f64 = 36.0;
/// Size of numbers in cells.
const SIZE: f64 = 12.0;
/// Room for the axis below and the space after it.
const FOOT: f64 = 54.0;

/// The chart of a factorial design of two or more factors.
pub(super) fn draw(sweep: &Sweep) -> Option<String> {
    let view = View::of(sweep);
    let lines = view.lines?;
    let (columns, rows) = (
        sweep.factors[view.x].levels.len(),
        sweep.factors[lines].levels.len(),
    );
    if sweep.design != Design::Factorial || columns < 2 || columns > COLUMNS || rows > ROWS {
        return None;
    }
    let panels = view.panels(sweep);
    let shown = &panels[..panels.len().min(PANELS)];
    let values = || {
        let means = sweep.points.iter().filter_map(|p| number::value(&p.mean_h));
        means.filter(|v| v.is_finite())
    };
    let (low, high) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(f64::NEG_INFINITY, f64::max),
    );
    if !low.is_finite() {
        return None;
    }
    let names = (sweep.factors[lines].levels.iter())
        .map(|level| text_width(level.label(), SIZE, false))
        .fold(
            text_width(factor_word(&sweep.factors[lines]), SIZE, false),
            f64::max,
        )
        .min(220.0)
        + 12.0;
    let cell = ((WIDTH - 40.0 - names) / columns as f64).min(WIDE);
    // Narrow panels stand beside each other.
    let one = names + cell * columns as f64;
    let beside = (((WIDTH - 40.0 + GAP) / (one + GAP)) as usize)
        .clamp(1, 3)
        .min(shown.len());
    let width = ((one + GAP) * beside as f64 - GAP + 40.0).max(640.0);
    let bounds = sweep
        .points
        .iter()
        .any(|p| matches!(p.mean_h, Measured::AtLeast(_)));
    let sheet = Sheet {
        width,
        title: format!("Mean hours {}, at each combination", measure_words(sweep)),
        study: sweep.title.clone(),
        subtitle: format!(
            "Numbers are mean hours with half a 95 % interval over {} replications; darker is fewer.{}{}",
            sweep.replications,
            if bounds {
                " Hatched: a lower bound, too many were unfinished."
            } else {
                ""
            },
            left_out(panels.len()),
        ),
        legend: Vec::new(),
    };
    let head = if view.rest.is_empty() { 24.0 } else { 42.0 };
    let panel_height = head + CELL * rows as f64 + FOOT;
    let height = 40.0 + panel_height * shown.len().div_ceil(beside) as f64;
    Some(sheet.draw(height, |canvas, body| {
        color_bar(canvas, body, (low, high));
        for (i, given) in shown.iter().enumerate() {
            let top = body.top + 40.0 + panel_height * (i / beside) as f64;
            let left = body.left + (one + GAP) * (i % beside) as f64;
            let panel = Rect {
                left,
                top,
                right: left + one,
                bottom: top + panel_height,
            };
            panel_title(canvas, panel, &[view.panel_label(sweep, given)]);
            let grid = Rect {
                left: panel.left + names,
                top: panel.top + head,
                right: panel.left + names + cell * columns as f64,
                bottom: panel.top + head + CELL * rows as f64,
            };
            draw_grid(canvas, grid, sweep, &view, given, (low, high));
        }
    }))
}

/// The palette with its ends.
fn color_bar(canvas: &Canvas<'_>, body: Rect, (low, high): (f64, f64)) {
    const STEPS: usize = 60;
    let places = if high - low < 10.0 { 1 } else { 0 };
    let low_text = number::fixed(low, places);
    let left = body.left + text_width(&low_text, SIZE, false) + 8.0;
    let y = body.top + 10.0;
    canvas.text(&low_text, (body.left, y), Type::new(SIZE).color(GREY));
    let step = 240.0 / STEPS as f64;
    for i in 0..STEPS {
        let part = Rect {
            left: left + step * i as f64,
            top: y - 7.0,
            // Over the next one's edge, so that no seam shows.
            right: left + (step * (i + 1) as f64 + 1.0).min(240.0),
            bottom: y + 7.0,
        };
        let share = (i as f64 + 0.5) / STEPS as f64;
        canvas.fill(part, sequential(share).to_rgba());
    }
    let high_text = number::fixed(high, places);
    let right = left + 248.0;
    canvas.text(&high_text, (right, y), Type::new(SIZE).color(GREY));
    let after = right + text_width(&high_text, SIZE, false) + 6.0;
    canvas.text("hours", (after, y), Type::new(SIZE).color(GREY));
}

fn draw_grid(
    canvas: &Canvas<'_>,
    grid: Rect,
    sweep: &Sweep,
    view: &View,
    given: &[usize],
    (low, high): (f64, f64),
) {
    let Some(lines) = view.lines else { return };
    let (across, down) = (&sweep.factors[view.x], &sweep.factors[lines]);
    let width = grid.width() / across.levels.len() as f64;
    let names = grid.left - 8.0;
    let right = |text: &str, y: f64, t: Type| {
        canvas.text(text, (names, y), t.at(HPos::Right, VPos::Center));
    };
    right(
        factor_word(down),
        grid.top - 12.0,
        Type::new(SIZE).color(GREY),
    );
    for (row, level) in down.levels.iter().enumerate() {
        let y = grid.top + CELL * (row as f64 + 0.5);
        let name = fitted(level.label(), SIZE, false, 220.0);
        right(&name, y, Type::new(SIZE));
        for at in 0..across.levels.len() {
            let Some(point) = view.point(sweep, given, row, at) else {
                continue;
            };
            let cell = Rect {
                left: grid.left + width * at as f64 + 1.0,
                top: grid.top + CELL * row as f64 + 1.0,
                right: grid.left + width * (at + 1) as f64 - 1.0,
                bottom: grid.top + CELL * (row + 1) as f64 - 1.0,
            };
            draw_cell(canvas, cell, &sweep.points[point].mean_h, (low, high));
        }
    }
    let numbers = across.range.is_some();
    for (at, level) in across.levels.iter().enumerate() {
        let label = if numbers {
            short(level.label())
        } else {
            level.label()
        };
        let x = grid.left + width * (at as f64 + 0.5);
        let label = fitted(label, SIZE, false, width - 4.0);
        let t = Type::new(SIZE).color(GREY).at(HPos::Center, VPos::Top);
        canvas.text(&label, (x, grid.bottom + 6.0), t);
    }
    let middle = (grid.left + grid.right) / 2.0;
    let t = Type::new(12.5).at(HPos::Center, VPos::Top);
    canvas.text(&factor_title(across), (middle, grid.bottom + 25.0), t);
}

fn draw_cell(canvas: &Canvas<'_>, cell: Rect, mean: &Measured, (low, high): (f64, f64)) {
    let Some(value) = number::value(mean) else {
        let t = Type::new(SIZE).color(GREY).at(HPos::Center, VPos::Center);
        let middle = (
            (cell.left + cell.right) / 2.0,
            (cell.top + cell.bottom) / 2.0,
        );
        canvas.text(number::MISSING, middle, t);
        return;
    };
    let share = if high > low {
        (value - low) / (high - low)
    } else {
        0.5
    };
    let color = sequential(share);
    canvas.fill(cell, color.to_rgba());
    let ink = if share < 0.55 {
        RGBColor(255, 255, 255)
    } else {
        INK
    };
    let x = (cell.left + cell.right) / 2.0;
    let middle = (cell.top + cell.bottom) / 2.0;
    let text = crate::report::charts::clearance::printed(mean);
    let t = |size: f64| Type::new(size).color(ink).at(HPos::Center, VPos::Center);
    if matches!(mean, Measured::AtLeast(_)) {
        let edge = Rect {
            bottom: cell.top + 7.0,
            ..cell
        };
        canvas.hatch(edge, Hatch::Rising);
    }
    match text.split_once(" ±") {
        Some((value, half)) => {
            canvas.text(value, (x, middle - 8.0), t(SIZE + 0.5));
            canvas.text(&format!("±{half}"), (x, middle + 9.0), t(SIZE - 1.5));
        }
        None => canvas.text(&text, (x, middle), t(SIZE - 1.0)),
    }
}
