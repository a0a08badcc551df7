//! Response curves: mean hours against one factor, a line with its band for each value of a second.

use plotters::style::Color;

use super::{Along, PANELS, left_out};
use crate::experiment::results::Measured;
use crate::experiment::sweep::{Design, Sweep};
use crate::report::charts::axis::{self, BOTTOM_ROOM, Scale, left_room};
use crate::report::charts::canvas::{Canvas, Rect};
use crate::report::charts::palette::{Dash, look};
use crate::report::charts::sheet::{Glyph, Grid, Sheet, panel_title};
use crate::report::sweep::view::{View, factor_title, given_label, measure_words, range};

/// Lines in a panel.
const LINES: usize = 7;

/// The chart of a factorial design.
pub(super) fn draw(sweep: &Sweep) -> Option<String> {
    let view = View::of(sweep);
    let levels = sweep.factors.get(view.x)?.levels.len();
    if sweep.design != Design::Factorial || levels < 2 {
        return None;
    }
    let (low, high) = range(sweep.points.iter().map(|p| &p.mean_h))?;
    let panels = view.panels(sweep);
    let shown = &panels[..panels.len().min(PANELS)];
    let lines = view.line_count(sweep);
    let mut more = left_out(panels.len());
    if lines > LINES {
        more.push_str(&format!(" {LINES} of {lines} lines are drawn."));
    }
    let grid = Grid::of(shown.len());
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: format!(
            "Mean hours {}, by {}",
            measure_words(sweep),
            factor_title(&sweep.factors[view.x])
        ),
        study: sweep.title.clone(),
        subtitle: format!(
            "Bands and whiskers are 95 % intervals over {} replications, each for itself; all points share their random \
             draws, so that differences along a line are surer than the bands.{}{more}",
            sweep.replications,
            if low > 0.0 {
                " The axis of hours does not start at zero."
            } else {
                ""
            }
        ),
        legend: match view.lines {
            Some(f) => (0..lines.min(LINES))
                .map(|line| {
                    (
                        Glyph::Line(look(line), true),
                        given_label(sweep, &[(f, line)]),
                    )
                })
                .collect(),
            None => Vec::new(),
        },
    };
    let height = if grid.columns == 1 { 460.0 } else { 320.0 };
    Some(sheet.draw(grid.height(height), |canvas, body| {
        for (i, panel) in shown.iter().enumerate() {
            draw_panel(
                canvas,
                grid.panel(body, i),
                sweep,
                &view,
                panel,
                (low, high),
            );
        }
    }))
}

fn draw_panel(
    canvas: &Canvas<'_>,
    panel: Rect,
    sweep: &Sweep,
    view: &View,
    given: &[usize],
    (low, high): (f64, f64),
) {
    let label = view.panel_label(sweep, given);
    let head = if label.is_empty() { 6.0 } else { 22.0 };
    panel_title(canvas, panel, &[label]);
    let y_of = |top: f64, bottom: f64| Scale::linear(low, high, bottom, top);
    let room = left_room(&y_of(0.0, 1.0), 6);
    let plot = panel.inset(room, head, 10.0, BOTTOM_ROOM);
    let y = y_of(plot.top, plot.bottom);
    let factor = &sweep.factors[view.x];
    let along = Along::of(factor, plot.left, plot.right);
    axis::left(canvas, plot, &y, 6, "mean hours");
    along.draw(canvas, plot, &factor_title(factor));
    for line in 0..view.line_count(sweep).min(LINES) {
        let look = look(line);
        let mut points: Vec<(f64, f64, f64)> = Vec::new();
        let mut bounds: Vec<(f64, f64)> = Vec::new();
        for (at, (position, _)) in along.levels.iter().enumerate() {
            let Some(point) = view.point(sweep, given, line, at) else {
                continue;
            };
            // Words have no line through them: whiskers beside each other.
            let aside = if along.numbers {
                0.0
            } else {
                7.0 * (line as f64 - 1.0)
            };
            let x = along.px(*position) + aside;
            match sweep.points[point].mean_h {
                Measured::Estimate(e) => {
                    let half = if e.half_width.is_finite() {
                        e.half_width
                    } else {
                        0.0
                    };
                    points.push((x, e.mean, half));
                }
                Measured::AtLeast(bound) => bounds.push((x, bound)),
                Measured::Missing => {}
            }
        }
        if along.numbers {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let upper = points.iter().map(|(x, mean, half)| (*x, y.px(mean + half)));
            let lower = points
                .iter()
                .rev()
                .map(|(x, mean, half)| (*x, y.px(mean - half)));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            if points.len() > 1 {
                canvas.area(&band, look.color.mix(0.14));
                let through: Vec<(f64, f64)> = points
                    .iter()
                    .map(|(x, mean, _)| (*x, y.px(*mean)))
                    .collect();
                canvas.line(&through, look.color.to_rgba(), 1.9, look.dash);
            }
        }
        for (x, mean, half) in &points {
            let ends = [y.px(mean - half), y.px(mean + half)];
            canvas.line(
                &[(*x, ends[0]), (*x, ends[1])],
                look.color.to_rgba(),
                1.4,
                Dash::Solid,
            );
            if *half > 0.0 {
                for end in ends {
                    let cap = [(x - 3.5, end), (x + 3.5, end)];
                    canvas.line(&cap, look.color.to_rgba(), 1.4, Dash::Solid);
                }
            }
            canvas.marker((*x, y.px(*mean)), look.marker, 4.0, look.color);
        }
        // A lower bound: an arrow upwards.
        for (x, bound) in bounds {
            let at = y.px(bound);
            let head = [(x, at - 20.0), (x - 4.5, at - 12.0), (x + 4.5, at - 12.0)];
            canvas.line(
                &[(x, at), (x, at - 12.0)],
                look.color.to_rgba(),
                1.6,
                Dash::Solid,
            );
            canvas.area(&head, look.color.to_rgba());
        }
    }
}
