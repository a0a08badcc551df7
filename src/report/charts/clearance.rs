//! Clearance time by regime and cooperation: mean time of every variant at each side, with intervals.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{self, BOTTOM_ROOM, Scale};
use super::canvas::{Canvas, GREY, INK, Rect, Type, text_width};
use super::palette::{Dash, Look, Marker, looks};
use super::sheet::{Glyph, Grid, Sheet, fitted, panel_title, side_titles};
use crate::experiment::results::*;
use crate::report::number;
use crate::report::select::{self, SideKey};

/// Sides shown, those that cost most hours first.
const LIMIT: usize = 11;
const ROW: f64 = 18.0;
const NAME: f64 = 12.5;

/// The chart, unless no side has a measured consignment.
pub(super) fn draw(results: &Results) -> Option<String> {
    let ranked = select::ranked_sides(results);
    let shown = &ranked[..ranked.len().min(LIMIT)];
    if shown.is_empty() {
        return None;
    }
    let looks = looks(results);
    let panels: Vec<Panel> = headline(results)
        .into_iter()
        .chain(shown.iter().map(|side| Panel::of(results, side)))
        .collect();
    let grid = Grid::of(panels.len());
    let rows = results.variants.len() as f64 * ROW;
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: format!(
            "Mean {} time at each side, by variant",
            select::headline_name(results)
        ),
        study: results.title.clone(),
        subtitle: subtitle(results, shown.len(), ranked.len()),
        legend: legend(results, &looks),
    };
    let names = results
        .variants
        .iter()
        .map(|v| text_width(&v.name, NAME, false))
        .fold(0.0, f64::max)
        .min(190.0);
    Some(
        sheet.draw(grid.height(rows + 26.0 + BOTTOM_ROOM), |canvas, body| {
            let body = body.inset(names + 10.0, 0.0, 0.0, 0.0);
            for (i, about) in panels.iter().enumerate() {
                let panel = grid.panel(body, i);
                let plot = panel.inset(0.0, 26.0, 0.0, BOTTOM_ROOM);
                if i % grid.columns == 0 {
                    for (k, v) in results.variants.iter().enumerate() {
                        let y = plot.top + (k as f64 + 0.5) * ROW;
                        let name = fitted(&v.name, NAME, false, names);
                        canvas.text(
                            &name,
                            (plot.left - 10.0, y),
                            Type::new(NAME).at(HPos::Right, VPos::Center),
                        );
                    }
                }
                draw_panel(canvas, panel, plot, results, about, &looks);
            }
        }),
    )
}

fn subtitle(results: &Results, shown: usize, all: usize) -> String {
    let base = results
        .variants
        .first()
        .map_or("the base", |v| v.name.as_str());
    let which = if shown < all {
        format!(" The {shown} of {all} sides that cost most hours are shown.")
    } else {
        String::new()
    };
    format!(
        "Points are means over {} replications, whiskers their 95 % intervals, numbers mean_h ± half the interval; the \
         band is the interval of {base}. An arrow marks a lower bound. Hour axes differ from panel to panel and need \
         not start at zero.{which}",
        results.replications
    )
}

fn legend(results: &Results, looks: &[Look]) -> Vec<(Glyph, String)> {
    let point = |i: usize, text: String| (Glyph::Point(looks[i].marker, looks[i].color), text);
    match select::factors(results) {
        Some((regimes, _)) if regimes.len() > 1 => regimes
            .iter()
            .filter_map(|r| {
                let i = results.variants.iter().position(|v| v.regime == Some(*r))?;
                Some(point(i, format!("{r} clearance")))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Range of a panel: all intervals, at least 12 % of the largest value wide, from zero where that costs little.
fn range(values: &[Measured]) -> (f64, f64) {
    let ends = values.iter().filter_map(|m| {
        let (v, half) = (number::value(m)?, number::half_width(m).unwrap_or(0.0));
        Some((v - half, v + half))
    });
    let (mut low, mut high) = ends.fold((f64::INFINITY, 0.0f64), |(l, h), (a, b)| {
        (l.min(a), h.max(b))
    });
    if !low.is_finite() {
        return (0.0, 1.0);
    }
    let least = high * 0.12;
    if high - low < least {
        (low, high) = (
            low - (least - (high - low)) / 2.0,
            high + (least - (high - low)) / 2.0,
        );
    }
    let pad = (high - low) * 0.06;
    if low < 0.4 * high {
        (0.0, high + pad)
    } else {
        (low - pad, high + pad)
    }
}

/// A panel: what it is of, in a long and a short form, and one value a variant.
struct Panel {
    titles: [String; 2],
    values: Vec<Measured>,
}

impl Panel {
    fn of(results: &Results, side: &SideResult) -> Self {
        let key = SideKey::of(side);
        let value = |v: &VariantResult| {
            key.find(v).map_or(Measured::Missing, |s| {
                select::headline_time(results, s).mean_h
            })
        };
        Panel {
            titles: side_titles(side),
            values: results.variants.iter().map(value).collect(),
        }
    }
}

/// The study's headline: all that a consignment passes, added up; `None` where nothing was compared by it.
fn headline(results: &Results) -> Option<Panel> {
    let compared = |v: &VariantResult| select::comparison(results, &v.name, &results.headline);
    let base = results.variants.iter().find_map(compared)?.base_h;
    let value = |(n, v): (usize, &VariantResult)| match (n, compared(v)) {
        (0, _) => Measured::Estimate(base),
        (_, Some(c)) => Measured::Estimate(c.variant_h),
        (_, None) => Measured::Missing,
    };
    let title = match results.headline {
        Measure::AllReleases => "All controlled stops of a consignment",
        _ => "All border sides of a consignment",
    };
    Some(Panel {
        titles: [format!("{title}, added up"), title.to_owned()],
        values: results.variants.iter().enumerate().map(value).collect(),
    })
}

fn draw_panel(
    canvas: &Canvas<'_>,
    panel: Rect,
    plot: Rect,
    results: &Results,
    about: &Panel,
    looks: &[Look],
) {
    panel_title(canvas, panel, &about.titles);
    let values = &about.values;
    let texts: Vec<String> = values.iter().map(printed).collect();
    let column = texts
        .iter()
        .map(|t| text_width(t, NAME, false))
        .fold(30.0, f64::max)
        + 10.0;
    let plot = plot.inset(0.0, 0.0, column, 0.0);
    let (low, high) = range(values);
    let scale = Scale::linear(low, high, plot.left, plot.right);
    for k in (0..values.len()).step_by(2) {
        let top = plot.top + k as f64 * ROW;
        let stripe = Rect {
            left: plot.left,
            top,
            right: plot.right + column,
            bottom: top + ROW,
        };
        canvas.fill(stripe, INK.mix(0.035));
    }
    axis::bottom(
        canvas,
        plot,
        &scale,
        (plot.width() / 45.0) as usize,
        &format!("mean {} time, hours", select::headline_name(results)),
    );
    canvas.text(
        "mean_h",
        (plot.right + column, plot.bottom + 7.0),
        Type::new(axis::TICK).color(GREY).at(HPos::Right, VPos::Top),
    );
    if let (Some(v), half) = (
        number::value(&values[0]),
        number::half_width(&values[0]).unwrap_or(0.0),
    ) {
        let (left, right) = (scale.px(v - half), scale.px(v + half));
        canvas.fill(
            Rect {
                left,
                right,
                ..plot
            },
            looks[0].color.mix(0.13),
        );
        let x = scale.px(v);
        canvas.line(
            &[(x, plot.top), (x, plot.bottom)],
            looks[0].color.mix(0.6),
            1.0,
            Dash::Short,
        );
    }
    for (k, (value, text)) in values.iter().zip(&texts).enumerate() {
        let y = plot.top + (k as f64 + 0.5) * ROW;
        canvas.text(
            text,
            (plot.right + column, y),
            Type::new(NAME).at(HPos::Right, VPos::Center),
        );
        let Some(v) = number::value(value) else {
            continue;
        };
        let x = scale.px(v);
        let color = looks[k].color;
        if let Some(half) = number::half_width(value) {
            whisker(
                canvas,
                (scale.px(v - half), scale.px(v + half), y),
                color.to_rgba(),
            );
        }
        if matches!(value, Measured::AtLeast(_)) {
            canvas.line(&[(x, y), (x + 16.0, y)], color.to_rgba(), 1.8, Dash::Solid);
            canvas.area(
                &[(x + 22.0, y), (x + 14.0, y - 5.0), (x + 14.0, y + 5.0)],
                color.to_rgba(),
            );
            canvas.marker((x, y), Marker::Square, 2.0, color);
        } else {
            canvas.marker((x, y), looks[k].marker, 4.6, color);
        }
    }
}

/// As in the tables; the bundled font has no sign for infinity.
pub(super) fn printed(value: &Measured) -> String {
    number::measured(value).replace("±∞", "(no interval)")
}

/// A level interval with its ends marked.
pub(super) fn whisker(
    canvas: &Canvas<'_>,
    (left, right, y): (f64, f64, f64),
    color: plotters::style::RGBAColor,
) {
    canvas.line(&[(left, y), (right, y)], color, 1.6, Dash::Solid);
    for x in [left, right] {
        canvas.line(&[(x, y - 4.5), (x, y + 4.5)], color, 1.6, Dash::Solid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::est;

    #[test]
    fn a_panel_keeps_every_interval_and_does_not_blow_up_noise() {
        let (low, high) = range(&[
            Measured::Estimate(est(43.0, 0.2)),
            Measured::Estimate(est(43.1, 0.2)),
        ]);
        assert!(
            low < 42.8 && high > 43.3 && high - low >= 0.12 * 43.0,
            "{low} {high}"
        );
        let (low, _) = range(&[Measured::Estimate(est(10.0, 0.2)), Measured::AtLeast(43.0)]);
        assert!(low.abs() < 1e-12);
        assert_eq!(range(&[Measured::Missing]), (0.0, 1.0));
    }
}
