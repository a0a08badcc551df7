//! Effects alone and together: a row each, with its interval, and beside what several save together the sum of what
//! each saves alone.

use plotters::style::Color;

use super::{PANELS, flush_right, stripe, zero};
use crate::experiment::sweep::{Effect, EffectKind, Sweep};
use crate::report::charts::axis::{self, BOTTOM_ROOM, Scale};
use crate::report::charts::canvas::{Canvas, GREY, Rect, Type, text_width};
use crate::report::charts::clearance::whisker;
use crate::report::charts::palette::look;
use crate::report::charts::sheet::{Glyph, Grid, Sheet, fitted, panel_title};
use crate::report::number;
use crate::report::sweep::view::{factor_word, given_label, measure_words};
use crate::stats::Estimate;

/// Height of a row.
const ROW: f64 = 24.0;
/// Size of names and numbers.
const NAME: f64 = 12.5;

/// A row of a panel.
struct Row<'a> {
    name: String,
    effect: &'a Effect,
}

/// The chart, where the sweep has effects.
pub(super) fn draw(sweep: &Sweep) -> Option<String> {
    let mut panels: Vec<&[(usize, usize)]> = Vec::new();
    for effect in &sweep.effects {
        if panels.last() != Some(&&effect.given[..]) {
            panels.push(&effect.given);
        }
    }
    let shown = &panels[..panels.len().min(PANELS)];
    let rows: Vec<Vec<Row<'_>>> = shown.iter().map(|given| rows(sweep, given)).collect();
    let count = rows.iter().map(Vec::len).max().filter(|n| *n > 0)?;
    let hours = rows.iter().flatten().filter_map(|row| row.effect.hours);
    let (mut low, mut high) = (0.0f64, 0.0f64);
    for e in hours {
        let half = if e.half_width.is_finite() {
            e.half_width
        } else {
            0.0
        };
        low = low.min(e.mean - half);
        high = high.max(e.mean + half);
    }
    let room = 0.06 * (high - low).max(1e-6);
    let (low, high) = (low - room, high + room);
    // Names and numbers need their room: two panels side by side at most.
    let grid = match shown.len() {
        1 => Grid::of(1),
        n => Grid {
            columns: 2,
            rows: n.div_ceil(2),
            gap: 30.0,
        },
    };
    let ends: Vec<String> = (rows[0].iter())
        .filter(|row| row.effect.kind == EffectKind::Marginal)
        .map(|row| {
            let factor = &sweep.factors[row.effect.of[0]];
            let (from, to) = (&factor.levels[0], &factor.levels[factor.levels.len() - 1]);
            format!(
                "{} from {} to {}",
                factor_word(factor),
                from.label(),
                to.label()
            )
        })
        .collect();
    let left = match panels.len() - shown.len() {
        0 => String::new(),
        _ => format!(
            " {} of {} combinations of the other factors are drawn.",
            shown.len(),
            panels.len()
        ),
    };
    let sheet = Sheet {
        width: if grid.columns == 1 { 900.0 } else { 1_300.0 },
        title: format!(
            "What each changes alone and together, hours {}",
            measure_words(sweep)
        ),
        study: sweep.title.clone(),
        subtitle: format!(
            "Changed: {}. Whiskers are 95 % intervals, paired over {} replications. The interaction is what they change together \
             less the sum of each alone: to the right of zero, together they save less than the sum.{left}",
            ends.join(", "),
            sweep.replications
        ),
        legend: [
            (EffectKind::Marginal, "alone"),
            (EffectKind::Combined, "together"),
            (EffectKind::Interaction, "interaction"),
        ]
        .into_iter()
        .map(|(kind, word)| {
            let look = look(kind as usize);
            (Glyph::Point(look.marker, look.color), word.to_owned())
        })
        .collect(),
    };
    let height = 24.0 + ROW * count as f64 + BOTTOM_ROOM;
    Some(sheet.draw(grid.height(height), |canvas, body| {
        for (i, given) in shown.iter().enumerate() {
            let panel = grid.panel(body, i);
            panel_title(canvas, panel, &[given_label(sweep, given)]);
            draw_rows(canvas, panel, &rows[i], (low, high));
        }
    }))
}

fn rows<'a>(sweep: &'a Sweep, given: &[(usize, usize)]) -> Vec<Row<'a>> {
    let of = |effect: &Effect| {
        let names: Vec<&str> = (effect.of.iter())
            .map(|f| factor_word(&sweep.factors[*f]))
            .collect();
        names.join(" + ")
    };
    let effects = sweep.effects.iter().filter(|e| e.given == given);
    let row = |effect: &'a Effect| Row {
        name: match effect.kind {
            EffectKind::Marginal => format!("{} alone", of(effect)),
            EffectKind::Combined => format!("{} together", of(effect)),
            EffectKind::Interaction => "interaction".to_owned(),
        },
        effect,
    };
    effects.map(row).collect()
}

fn draw_rows(canvas: &Canvas<'_>, panel: Rect, rows: &[Row<'_>], (low, high): (f64, f64)) {
    let text = |e: &Option<Estimate>| {
        let text = e
            .as_ref()
            .map_or_else(|| number::MISSING.to_owned(), number::difference);
        text.replace("±∞", "(no interval)")
    };
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts
            .map(|t| text_width(&t, NAME, false))
            .fold(0.0, f64::max)
            + 10.0
    };
    let names = widest(&mut rows.iter().map(|row| row.name.clone())).min(panel.width() * 0.55);
    let numbers = widest(&mut rows.iter().map(|row| text(&row.effect.hours)));
    let plot = Rect {
        left: panel.left + names,
        top: panel.top + 20.0,
        right: panel.right - numbers,
        bottom: panel.top + 20.0 + ROW * rows.len() as f64,
    };
    let scale = Scale::linear(low, high, plot.left, plot.right);
    for k in (0..rows.len()).step_by(2) {
        let top = plot.top + ROW * k as f64;
        stripe(
            canvas,
            Rect {
                left: panel.left,
                top,
                right: panel.right,
                bottom: top + ROW,
            },
        );
    }
    let ticks = (plot.width() / 42.0) as usize;
    axis::bottom(canvas, plot, &scale, ticks, "change of mean hours");
    zero(canvas, plot, &scale);
    let below = (panel.right, plot.bottom + 13.0);
    flush_right(canvas, "hours", below, Type::new(axis::TICK).color(GREY));
    for (k, row) in rows.iter().enumerate() {
        let y = plot.top + ROW * (k as f64 + 0.5);
        let indent = if row.effect.kind == EffectKind::Interaction {
            14.0
        } else {
            0.0
        };
        let name = fitted(&row.name, NAME, false, names - indent - 4.0);
        canvas.text(&name, (panel.left + indent, y), Type::new(NAME));
        flush_right(
            canvas,
            &text(&row.effect.hours),
            (panel.right, y),
            Type::new(NAME),
        );
        let Some(e) = row.effect.hours else { continue };
        let look = look(row.effect.kind as usize);
        if e.half_width.is_finite() {
            let ends = (scale.px(e.low()), scale.px(e.high()), y);
            whisker(canvas, ends, look.color.to_rgba());
        }
        canvas.marker((scale.px(e.mean), y), look.marker, 4.4, look.color);
    }
}
