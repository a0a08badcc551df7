//! Cumulative share of consignments released by hours after arrival, with 24, 48 and 72 h marked.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{self, BOTTOM_ROOM, Scale, left_room};
use super::canvas::{Canvas, GREY, Rect, Type};
use super::palette::{Dash, Look, looks};
use super::sheet::{Glyph, Grid, Sheet, panel_title, side_titles};
use crate::experiment::results::*;
use crate::report::number;
use crate::report::select::{self, SideKey};
use crate::time::MS_PER_HOUR;

/// Sides shown, those that cost most hours first.
const LIMIT: usize = 9;
/// Lines in a panel.
const LINES: usize = 5;
const MARKS: [f64; 3] = [24.0, 48.0, 72.0];

/// The chart, unless no side has a release.
pub(super) fn draw(results: &Results) -> Option<String> {
    let ranked: Vec<&SideResult> = select::ranked_sides(results)
        .into_iter()
        .filter(|s| s.release.n > 0)
        .collect();
    let shown = &ranked[..ranked.len().min(LIMIT)];
    if shown.is_empty() {
        return None;
    }
    let looks = looks(results);
    let variants = select::principal(results, LINES);
    let grid = Grid::of(shown.len());
    let limits = Limits::of(results, shown, &variants);
    let which = if shown.len() < ranked.len() {
        format!(
            " The {} of {} sides that cost most hours are shown.",
            shown.len(),
            ranked.len()
        )
    } else {
        String::new()
    };
    let lines = if variants.len() < results.variants.len() {
        format!(
            " {} of {} variants are drawn.",
            variants.len(),
            results.variants.len()
        )
    } else {
        String::new()
    };
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: "Share of consignments released, by hours after arrival".to_owned(),
        study: results.title.clone(),
        subtitle: format!(
            "Release is the last authority's. Points at 24, 48 and 72 h carry 95 % intervals over {} replications.{}{which}{lines}",
            results.replications,
            if limits.log {
                " Hours are drawn by logarithm."
            } else {
                ""
            },
        ),
        legend: variants
            .iter()
            .map(|i| {
                (
                    Glyph::Line(looks[*i], true),
                    results.variants[*i].name.clone(),
                )
            })
            .collect(),
    };
    let height = if grid.columns == 1 { 420.0 } else { 300.0 };
    Some(sheet.draw(grid.height(height), |canvas, body| {
        for (i, side) in shown.iter().enumerate() {
            draw_side(
                canvas,
                grid.panel(body, i),
                results,
                side,
                &variants,
                &looks,
                limits,
            );
        }
    }))
}

/// The hours shown in every panel.
#[derive(Clone, Copy)]
struct Limits {
    low: f64,
    high: f64,
    log: bool,
}

impl Limits {
    /// Linear up to the slowest side's 97th percentile; by logarithm where even the slowest is quick, because
    /// 72 h would squeeze its curves against the axis.
    fn of(results: &Results, shown: &[&SideResult], variants: &[usize]) -> Self {
        let hours = |p: f64| {
            let times = shown.iter().flat_map(|side| {
                let key = SideKey::of(side);
                variants
                    .iter()
                    .filter_map(move |i| key.find(&results.variants[*i]))
                    .map(|s| &s.release)
            });
            times
                .filter_map(|t| t.histogram.quantile(p))
                .filter(|ms| ms.is_finite())
                .map(|ms| ms / MS_PER_HOUR as f64)
                .fold(0.0, f64::max)
        };
        if hours(0.95) < 18.0 {
            Limits {
                low: (hours(0.02) / 4.0).clamp(0.01, 1.0),
                high: 96.0,
                log: true,
            }
        } else {
            Limits {
                low: 0.0,
                high: hours(0.97).clamp(78.0, 240.0),
                log: false,
            }
        }
    }
}

fn draw_side(
    canvas: &Canvas<'_>,
    panel: Rect,
    results: &Results,
    side: &SideResult,
    variants: &[usize],
    looks: &[Look],
    limits: Limits,
) {
    panel_title(canvas, panel, &side_titles(side));
    let y_of = |top: f64, bottom: f64| Scale::linear(0.0, 100.0, bottom, top);
    let room = left_room(&y_of(0.0, 1.0), 5);
    let plot = panel.inset(room, 40.0, 10.0, BOTTOM_ROOM);
    let y = y_of(plot.top, plot.bottom);
    let x = if limits.log {
        Scale::log(limits.low, limits.high, plot.left, plot.right)
    } else {
        Scale::linear(limits.low, limits.high, plot.left, plot.right)
    };
    axis::left(canvas, plot, &y, 5, "released, per cent");
    let ticks = if limits.log {
        x.ticks(0)
    } else {
        axis::multiples(&x, if limits.high <= 130.0 { 12 } else { 24 })
    };
    axis::bottom_with(canvas, plot, &x, ticks, "hours after arrival");
    for mark in MARKS {
        let at = x.px(mark);
        canvas.line(
            &[(at, plot.top), (at, plot.bottom)],
            GREY.to_rgba(),
            1.1,
            Dash::Short,
        );
        canvas.text(
            &format!("{mark} h"),
            (at, plot.top - 3.0),
            Type::new(axis::TICK)
                .color(GREY)
                .at(HPos::Center, VPos::Bottom),
        );
    }
    let key = SideKey::of(side);
    for i in variants {
        let Some(time) = key
            .find(&results.variants[*i])
            .map(|s| &s.release)
            .filter(|t| t.n > 0)
        else {
            continue;
        };
        let curve: Vec<(f64, f64)> = (0..=160)
            .filter_map(|k| {
                let hours = x.value(f64::from(k) / 160.0);
                let share = time
                    .histogram
                    .share_within((hours * MS_PER_HOUR as f64) as u64)?;
                Some((x.px(hours), y.px(share * 100.0)))
            })
            .collect();
        canvas.line(&curve, looks[*i].color.to_rgba(), 1.9, looks[*i].dash);
        for (mark, within) in MARKS.into_iter().zip(&time.within) {
            let Some(share) = number::value(within) else {
                continue;
            };
            let (at, look) = (x.px(mark), looks[*i]);
            if let Some(half) = number::half_width(within) {
                let ends = [
                    (at, y.px((share - half) * 100.0)),
                    (at, y.px((share + half) * 100.0)),
                ];
                canvas.line(&ends, look.color.to_rgba(), 1.4, Dash::Solid);
                for (_, end) in ends {
                    canvas.line(
                        &[(at - 4.0, end), (at + 4.0, end)],
                        look.color.to_rgba(),
                        1.4,
                        Dash::Solid,
                    );
                }
            }
            canvas.marker((at, y.px(share * 100.0)), look.marker, 3.8, look.color);
        }
    }
}
