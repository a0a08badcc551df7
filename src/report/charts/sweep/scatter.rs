//! The points of a drawn design against each factor, with means of neighbouring points.

use plotters::style::Color;

use super::Along;
use crate::experiment::results::Measured;
use crate::experiment::sweep::{Design, Sweep};
use crate::report::charts::axis::{self, BOTTOM_ROOM, Scale, left_room};
use crate::report::charts::canvas::{Canvas, GREY, Rect};
use crate::report::charts::palette::{Dash, Marker, look};
use crate::report::charts::sheet::{Glyph, Grid, Sheet};
use crate::report::sweep::view::{factor_title, measure_words, range};
use crate::stats::Estimate;

/// Factors drawn.
const FACTORS: usize = 9;
/// Points that a mean of neighbours has at least, and groups at most.
const GROUP: (usize, usize) = (4, 8);

/// The chart of a Latin hypercube or Sobol design.
pub(super) fn draw(sweep: &Sweep) -> Option<String> {
    if sweep.design == Design::Factorial {
        return None;
    }
    let (low, high) = range(sweep.points.iter().map(|p| &p.mean_h))?;
    let shown = sweep.factors.len().min(FACTORS);
    let grid = Grid::of(shown);
    let means = look(1);
    let left = match sweep.factors.len() - shown {
        0 => String::new(),
        _ => format!(" {shown} of {} factors are drawn.", sweep.factors.len()),
    };
    let bounds = sweep
        .points
        .iter()
        .filter(|p| !matches!(p.mean_h, Measured::Estimate(_)));
    let missing = match bounds.count() {
        0 => String::new(),
        n => format!(" {n} points have no mean and are not drawn."),
    };
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: format!("Mean hours {}, all points by factor", measure_words(sweep)),
        study: sweep.title.clone(),
        subtitle: format!(
            "Each panel shows every point; the other factors differ between points, hence the scatter. Means are over \
             equal groups of neighbouring points, with 95 % intervals over {} replications for these very points.{}{left}{missing}",
            sweep.replications,
            if low > 0.0 {
                " The axis of hours does not start at zero."
            } else {
                ""
            }
        ),
        legend: vec![
            (Glyph::Point(Marker::Disc, GREY), "a point".to_owned()),
            (Glyph::Line(means, true), "mean of neighbours".to_owned()),
        ],
    };
    let height = if grid.columns == 1 { 420.0 } else { 300.0 };
    Some(sheet.draw(grid.height(height), |canvas, body| {
        for factor in 0..shown {
            draw_factor(canvas, grid.panel(body, factor), sweep, factor, (low, high));
        }
    }))
}

fn draw_factor(canvas: &Canvas<'_>, panel: Rect, sweep: &Sweep, f: usize, (low, high): (f64, f64)) {
    let y_of = |top: f64, bottom: f64| Scale::linear(low, high, bottom, top);
    let room = left_room(&y_of(0.0, 1.0), 5);
    let plot = panel.inset(room, 6.0, 10.0, BOTTOM_ROOM);
    let y = y_of(plot.top, plot.bottom);
    let factor = &sweep.factors[f];
    let along = Along::of(factor, plot.left, plot.right);
    axis::left(canvas, plot, &y, 5, "mean hours");
    along.draw(canvas, plot, &factor_title(factor));
    let position = |point: usize| {
        let level = &sweep.points[point].levels[f];
        let word = || factor.levels.iter().position(|l| l == level).unwrap_or(0) as f64;
        if along.numbers {
            level.number.unwrap_or_default()
        } else {
            word()
        }
    };
    let mut points: Vec<(f64, usize)> = (0..sweep.points.len())
        .filter(|p| matches!(sweep.points[*p].mean_h, Measured::Estimate(_)))
        .map(|p| (position(p), p))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (x, point) in &points {
        if let Measured::Estimate(e) = sweep.points[*point].mean_h {
            canvas.marker((along.px(*x), y.px(e.mean)), Marker::Disc, 2.6, GREY);
        }
    }
    let look = look(1);
    let groups = groups(&points, !along.levels.is_empty());
    let mut through = Vec::new();
    for (x, estimate) in groups.iter().filter_map(|group| mean(sweep, group)) {
        let (at, middle) = (along.px(x), y.px(estimate.mean));
        if estimate.half_width.is_finite() {
            let ends = [(at, y.px(estimate.low())), (at, y.px(estimate.high()))];
            canvas.line(&ends, look.color.to_rgba(), 1.5, Dash::Solid);
            for (_, end) in ends {
                let cap = [(at - 4.0, end), (at + 4.0, end)];
                canvas.line(&cap, look.color.to_rgba(), 1.5, Dash::Solid);
            }
        }
        through.push((at, middle));
    }
    if along.numbers && through.len() > 1 {
        canvas.line(&through, look.color.to_rgba(), 1.9, look.dash);
    }
    for at in through {
        canvas.marker(at, look.marker, 4.4, look.color);
    }
}

/// Points with the same value together where the values are listed, else equal groups of neighbours.
fn groups(points: &[(f64, usize)], listed: bool) -> Vec<Vec<(f64, usize)>> {
    if listed {
        return points
            .chunk_by(|a, b| a.0 == b.0)
            .map(<[_]>::to_vec)
            .collect();
    }
    let count = (points.len() / GROUP.0).clamp(1, GROUP.1);
    let end = |i: usize| i * points.len() / count;
    (0..count)
        .map(|i| points[end(i)..end(i + 1)].to_vec())
        .collect()
}

/// Mean position and mean hours of a group.
fn mean(sweep: &Sweep, group: &[(f64, usize)]) -> Option<(f64, Estimate)> {
    let n = group.len() as f64;
    let weights: Vec<(usize, f64)> = group.iter().map(|(_, point)| (*point, 1.0 / n)).collect();
    let position = group.iter().map(|(x, _)| x).sum::<f64>() / n;
    (!group.is_empty()).then(|| sweep.contrast(&weights).map(|e| (position, e)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_grouped_evenly_and_equal_values_together() {
        let points: Vec<(f64, usize)> = (0..33).map(|i| (f64::from(i), i as usize)).collect();
        let sizes: Vec<usize> = groups(&points, false).iter().map(Vec::len).collect();
        assert_eq!((sizes.len(), sizes.iter().sum::<usize>()), (8, 33));
        assert!(sizes.iter().all(|n| (4..=5).contains(n)));
        let points = [(0.0, 3), (0.0, 5), (1.0, 2)];
        let sizes: Vec<usize> = groups(&points, true).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1]);
    }
}
