//! Consignments present and jobs waiting over time, by site, with intervals.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{self, BOTTOM_ROOM, Scale, left_room};
use super::canvas::{Canvas, GREY, Rect, Type};
use super::palette::{Dash, Look, looks};
use super::sheet::{Glyph, Grid, Sheet, panel_title};
use crate::experiment::results::*;
use crate::report::select;
use crate::stats::Estimate;

/// Sites shown, the fullest first.
const LIMIT: usize = 9;

/// The chart, unless nothing was counted.
pub(super) fn draw(results: &Results) -> Option<String> {
    let base = results.variants.first()?;
    let mut sites: Vec<&QueueSeries> = base
        .queues
        .iter()
        .filter(|q| mean(&q.present) > 0.0)
        .collect();
    sites.sort_by(|a, b| mean(&b.present).total_cmp(&mean(&a.present)));
    let all = sites.len();
    sites.truncate(LIMIT);
    if sites.is_empty() {
        return None;
    }
    let looks = looks(results);
    let shown: Vec<usize> = [Some(0), select::best(results)]
        .into_iter()
        .flatten()
        .collect();
    let lines: Vec<(usize, bool, Look)> = shown
        .iter()
        .enumerate()
        .flat_map(|(k, i)| {
            // Present is solid; waiting is broken. Two variants of one colour would be told apart by nothing.
            let color = if k > 0 && looks[*i].color == looks[0].color {
                looks_apart(looks[0])
            } else {
                looks[*i].color
            };
            let look = |dash| Look {
                color,
                dash,
                marker: looks[*i].marker,
            };
            [
                (*i, true, look(Dash::Solid)),
                (*i, false, look(Dash::Short)),
            ]
        })
        .collect();
    let which = if all > LIMIT {
        format!(" The {LIMIT} fullest of {all} sites are shown.")
    } else {
        String::new()
    };
    let grid = Grid::of(sites.len());
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: "Consignments at each site over time".to_owned(),
        study: results.title.clone(),
        subtitle: format!(
            "Means over time bins and {} replications; bands are 95 % intervals. Present: consignments at the site; \
             waiting: jobs in its queues. The grey part is the warm-up, which is not measured; the dashed line is the \
             horizon.{which}",
            results.replications
        ),
        legend: lines
            .iter()
            .map(|(i, present, look)| {
                let what = if *present { "present" } else { "waiting" };
                (
                    Glyph::Line(*look, false),
                    format!("{}: {what}", results.variants[*i].name),
                )
            })
            .collect(),
    };
    let height = if grid.columns == 1 { 380.0 } else { 270.0 };
    Some(sheet.draw(grid.height(height), |canvas, body| {
        for (i, site) in sites.iter().enumerate() {
            draw_site(
                canvas,
                grid.panel(body, i),
                results,
                &site.site,
                &site.title,
                &lines,
            );
        }
    }))
}

fn looks_apart(base: Look) -> plotters::style::RGBColor {
    let orange = plotters::style::RGBColor(213, 94, 0);
    if base.color == orange {
        plotters::style::RGBColor(0, 114, 178)
    } else {
        orange
    }
}

fn mean(series: &[Estimate]) -> f64 {
    let finite = series.iter().map(|e| e.mean).filter(|m| m.is_finite());
    finite.sum::<f64>() / series.len().max(1) as f64
}

fn draw_site(
    canvas: &Canvas<'_>,
    panel: Rect,
    results: &Results,
    site: &str,
    title: &str,
    lines: &[(usize, bool, Look)],
) {
    panel_title(canvas, panel, &[title.to_owned()]);
    let series: Vec<(&QueueSeries, &[Estimate], Look)> = lines
        .iter()
        .filter_map(|(i, present, look)| {
            let q = results.variants[*i]
                .queues
                .iter()
                .find(|q| q.site == site)?;
            Some((
                q,
                if *present {
                    q.present.as_slice()
                } else {
                    q.waiting.as_slice()
                },
                *look,
            ))
        })
        .collect();
    let half = |e: &Estimate| {
        if e.half_width.is_finite() {
            e.half_width
        } else {
            0.0
        }
    };
    let high = series
        .iter()
        .flat_map(|s| s.1)
        .map(|e| e.mean + half(e))
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    let days = series
        .iter()
        .map(|s| s.0.bin_h * s.1.len() as f64 / 24.0)
        .fold(0.0, f64::max);
    let y_of = |top: f64, bottom: f64| Scale::linear(0.0, axis::round_up(high * 1.03), bottom, top);
    let plot = panel.inset(left_room(&y_of(0.0, 1.0), 5), 24.0, 10.0, BOTTOM_ROOM);
    let y = y_of(plot.top, plot.bottom);
    let x = Scale::linear(0.0, days, plot.left, plot.right);
    if results.warm_up_h > 0.0 {
        let warm = Rect {
            right: x.px(results.warm_up_h / 24.0),
            ..plot
        };
        canvas.fill(warm, GREY.mix(0.10));
    }
    axis::left(canvas, plot, &y, 5, "consignments or jobs");
    axis::bottom(
        canvas,
        plot,
        &x,
        (plot.width() / 45.0) as usize,
        "days from the start",
    );
    let horizon = results.horizon_h / 24.0;
    if horizon < days {
        let at = x.px(horizon);
        canvas.line(
            &[(at, plot.top), (at, plot.bottom)],
            GREY.to_rgba(),
            1.1,
            Dash::Short,
        );
        canvas.text(
            "horizon",
            (at, plot.top - 3.0),
            Type::new(11.0).color(GREY).at(HPos::Center, VPos::Bottom),
        );
    }
    for (q, values, look) in &series {
        let middle = |i: usize| x.px((i as f64 + 0.5) * q.bin_h / 24.0);
        let seen: Vec<(f64, &Estimate)> = values
            .iter()
            .enumerate()
            .filter(|(_, e)| e.mean.is_finite())
            .map(|(i, e)| (middle(i), e))
            .collect();
        if seen.len() < 2 {
            continue;
        }
        let upper = seen.iter().map(|(at, e)| (*at, y.px(e.mean + half(e))));
        let lower = seen
            .iter()
            .rev()
            .map(|(at, e)| (*at, y.px((e.mean - half(e)).max(0.0))));
        canvas.area(
            &upper.chain(lower).collect::<Vec<_>>(),
            look.color.mix(0.18),
        );
        let line: Vec<(f64, f64)> = seen.iter().map(|(at, e)| (*at, y.px(e.mean))).collect();
        canvas.line(&line, look.color.to_rgba(), 1.7, look.dash);
    }
}
