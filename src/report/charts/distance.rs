//! The time-cost-distance chart: cumulative hours and dollars along a route, borders as upright steps.

use plotters::style::Color;

use super::Chart;
use super::axis::{self, BOTTOM_ROOM, Scale};
use super::canvas::{Canvas, FAINT, GREY, Rect, Type, text_width};
use super::clearance::printed;
use super::labels;
use super::palette::{Dash, Look, looks};
use super::sheet::{Glyph, Sheet, WIDE, WIDTH};
use crate::experiment::results::*;
use crate::report::number;
use crate::report::select;
use crate::terms::Role;

/// Charts at most: the busiest flow of each direction.
const LIMIT: usize = 4;
const LABEL: f64 = 12.0;
/// Height of a row of labels: a name and the hours of the stop.
const ROW: f64 = 34.0;
const HOURS: f64 = 330.0;
const COST: f64 = 200.0;

/// One route in the base and in the variant it is set against.
struct Pair<'a> {
    flow: &'a FlowResult,
    share: f64,
    /// Name, look and stops of each; the base first.
    lines: Vec<(&'a VariantResult, Look, &'a [RouteStop])>,
}

/// A chart for the main route of the busiest flow of each direction.
pub(super) fn draw(results: &Results) -> Vec<Chart> {
    let pairs = pairs(results);
    let alone = pairs.len() == 1;
    pairs
        .iter()
        .map(|pair| Chart {
            name: if alone {
                "time-cost-distance".to_owned()
            } else {
                format!("time-cost-distance-{}", pair.flow.flow)
            },
            caption: format!(
                "Time, cost and distance from {} to {}",
                pair.flow.from, pair.flow.to
            ),
            svg: draw_pair(results, pair),
        })
        .collect()
}

fn pairs(results: &Results) -> Vec<Pair<'_>> {
    let Some(base) = results.variants.first() else {
        return Vec::new();
    };
    let looks = looks(results);
    let mut flows: Vec<&FlowResult> = base.flows.iter().collect();
    flows.sort_by_key(|f| std::cmp::Reverse(f.time.n));
    let mut directions: Vec<&str> = Vec::new();
    let mut pairs = Vec::new();
    for flow in flows {
        if directions.contains(&flow.direction.as_str()) || pairs.len() == LIMIT {
            continue;
        }
        let Some(route) = main_route(base, &flow.flow) else {
            continue;
        };
        let mut lines = vec![(base, looks[0], route.stops.as_slice())];
        if let Some(best) = select::best(results) {
            let same = |r: &&RouteResult| r.flow == flow.flow && same_sites(r, route);
            let other = &results.variants[best];
            lines.extend(
                other
                    .routes
                    .iter()
                    .find(same)
                    .map(|r| (other, looks[best], r.stops.as_slice())),
            );
        }
        directions.push(&flow.direction);
        pairs.push(Pair {
            flow,
            share: route.share,
            lines,
        });
    }
    pairs
}

/// The route that most of a flow takes.
pub(super) fn main_route<'a>(variant: &'a VariantResult, flow: &str) -> Option<&'a RouteResult> {
    let long =
        |r: &&RouteResult| r.flow == flow && r.stops.last().is_some_and(|s| s.distance_km > 0.0);
    variant
        .routes
        .iter()
        .filter(long)
        .max_by(|a, b| a.share.total_cmp(&b.share))
}

/// True where two routes stop at the same sites in the same order.
pub(super) fn same_sites(a: &RouteResult, b: &RouteResult) -> bool {
    a.stops.len() == b.stops.len() && a.stops.iter().zip(&b.stops).all(|(a, b)| a.site == b.site)
}

/// Points of a cumulative line: at each stop the value on arrival and on departure.
fn steps(
    stops: &[RouteStop],
    travel: impl Fn(&RouteStop) -> f64,
    stay: impl Fn(&RouteStop) -> f64,
) -> Vec<(f64, f64)> {
    let mut total = 0.0;
    let mut points = Vec::with_capacity(2 * stops.len());
    for stop in stops {
        total += travel(stop);
        points.push((stop.distance_km, total));
        total += stay(stop);
        points.push((stop.distance_km, total));
    }
    points
}

fn draw_pair(results: &Results, pair: &Pair<'_>) -> String {
    let stops = pair.lines[0].2;
    let texts: Vec<(String, String)> = (0..stops.len()).map(|i| label(pair, i)).collect();
    let widths: Vec<f64> = texts
        .iter()
        .map(|(a, b)| text_width(a, LABEL, true).max(text_width(b, LABEL, false)))
        .collect();
    let distance = stops.last().map_or(1.0, |s| s.distance_km);
    let inner = WIDTH - 40.0;
    // The last label starts at the last stop, so the plot ends where it still fits.
    let right_room = widths
        .iter()
        .zip(stops)
        .map(|(w, s)| w - 40.0 - (distance - s.distance_km) / distance * 700.0);
    let right_room = right_room.fold(10.0, f64::max) + 44.0;
    let left_room = 66.0;
    let x = Scale::linear(0.0, distance, left_room, inner - right_room);
    let points: Vec<f64> = stops.iter().map(|s| x.px(s.distance_km)).collect();
    let rows = labels::rows(&points, &widths, 12.0);
    let strip = (rows.iter().max().map_or(0, |r| r + 1)) as f64 * ROW + 10.0;
    let height = strip + HOURS + 22.0 + COST + BOTTOM_ROOM;
    let sheet = Sheet {
        width: WIDTH,
        title: format!(
            "Time and cost by distance, {} to {}",
            pair.flow.from, pair.flow.to
        ),
        study: results.title.clone(),
        subtitle: subtitle(results, pair),
        legend: pair
            .lines
            .iter()
            .enumerate()
            .map(|(i, (v, look, _))| {
                let glyph = if i == 0 {
                    Glyph::Wide(*look)
                } else {
                    Glyph::Line(*look, false)
                };
                (glyph, v.name.clone())
            })
            .collect(),
    };
    sheet.draw(height, |canvas, body| {
        let x = Scale::linear(
            0.0,
            distance,
            body.left + left_room,
            body.right - right_room,
        );
        let plot = Rect {
            left: x.px(0.0),
            right: x.px(distance),
            top: body.top + strip,
            bottom: body.top + strip + HOURS,
        };
        let cost = Rect {
            top: plot.bottom + 22.0,
            bottom: plot.bottom + 22.0 + COST,
            ..plot
        };
        for (i, (name, hours)) in texts.iter().enumerate() {
            let (at, top) = (
                x.px(stops[i].distance_km),
                plot.top - 6.0 - (rows[i] + 1) as f64 * ROW,
            );
            canvas.line(
                &[(at, top + 2.0), (at, cost.bottom)],
                FAINT.to_rgba(),
                1.0,
                Dash::Solid,
            );
            if hours.is_empty() {
                canvas.text(name, (at + 4.0, top + 23.0), Type::new(LABEL).color(GREY));
            } else {
                canvas.text(name, (at + 4.0, top + 8.0), Type::new(LABEL).bold());
                canvas.text(hours, (at + 4.0, top + 23.0), Type::new(LABEL).color(GREY));
            }
        }
        hours(canvas, plot, &x, pair);
        dollars(canvas, cost, &x, pair);
    })
}

/// Name of a stop with its role, and the hours spent there in each variant, where any are known.
fn label(pair: &Pair<'_>, i: usize) -> (String, String) {
    let stop = &pair.lines[0].2[i];
    let name = match stop.role {
        Role::Transit => stop.title.clone(),
        role => format!("{}, {role}", stop.title),
    };
    let stays: Vec<Measured> = pair
        .lines
        .iter()
        .map(|(_, _, stops)| stops[i].stay_h)
        .collect();
    if stays.iter().all(|s| *s == Measured::Missing) {
        return (name, String::new());
    }
    let stays: Vec<String> = stays.iter().map(printed).collect();
    (name, format!("{} h", stays.join(" to ")))
}

fn subtitle(results: &Results, pair: &Pair<'_>) -> String {
    let doors: Vec<String> = pair
        .lines
        .iter()
        .filter_map(|(v, _, _)| {
            let flow = v.flows.iter().find(|f| f.flow == pair.flow.flow)?;
            Some(format!("{} {} h", v.name, printed(&flow.time.mean_h)))
        })
        .collect();
    let names: Vec<&str> = pair.lines.iter().map(|(v, _, _)| v.name.as_str()).collect();
    format!(
        "Upright steps are stays at stops; beside each name the mean stay, in {}, with half its 95 % \
         interval, drawn as whiskers. Share of the flow on this route: {} %. Door to door over all routes, mean: {}. {} replications.",
        names.join(" and in "),
        number::fixed(pair.share * 100.0, 0),
        doors.join("; "),
        results.replications,
    )
}

fn hours(canvas: &Canvas<'_>, plot: Rect, x: &Scale, pair: &Pair<'_>) {
    let lines: Vec<Vec<(f64, f64)>> = pair
        .lines
        .iter()
        .map(|(_, _, stops)| {
            steps(
                stops,
                |s| s.travel_h,
                |s| number::value(&s.stay_h).unwrap_or(0.0),
            )
        })
        .collect();
    let y = cumulative(canvas, plot, x, pair, &lines, "cumulative hours");
    for (side, ((_, look, stops), points)) in pair.lines.iter().zip(&lines).enumerate() {
        // Base to the right of its steps, the other to the left, so that whiskers never cover each other.
        let shift = if side == 0 { 6.0 } else { -6.0 };
        for (i, stop) in stops.iter().enumerate() {
            let Some(half) = number::half_width(&stop.stay_h) else {
                continue;
            };
            let (km, top) = points[2 * i + 1];
            let at = x.px(km) + shift;
            let ends = [(at, y.px(top - half)), (at, y.px(top + half))];
            canvas.line(&ends, look.color.to_rgba(), 1.3, Dash::Solid);
            for (_, end) in ends {
                canvas.line(
                    &[(at - 3.5, end), (at + 3.5, end)],
                    look.color.to_rgba(),
                    1.3,
                    Dash::Solid,
                );
            }
        }
    }
}

fn dollars(canvas: &Canvas<'_>, plot: Rect, x: &Scale, pair: &Pair<'_>) {
    let lines: Vec<Vec<(f64, f64)>> = pair
        .lines
        .iter()
        .map(|(_, _, stops)| steps(stops, |s| s.travel_cost, |s| s.stay_cost))
        .collect();
    cumulative(canvas, plot, x, pair, &lines, "cumulative US$ per TEU");
    axis::bottom(canvas, plot, x, 10, "distance, km");
}

/// The lines with their upright axis; its scale is returned.
fn cumulative(
    canvas: &Canvas<'_>,
    plot: Rect,
    x: &Scale,
    pair: &Pair<'_>,
    lines: &[Vec<(f64, f64)>],
    title: &str,
) -> Scale {
    let most = lines.iter().flatten().map(|p| p.1).fold(0.0, f64::max);
    let y = Scale::linear(0.0, axis::round_up(most * 1.02), plot.bottom, plot.top);
    axis::left(canvas, plot, &y, 6, title);
    canvas.rule(
        (plot.left, plot.bottom),
        (plot.right, plot.bottom),
        GREY,
        0.9,
    );
    for (i, ((_, look, _), points)) in pair.lines.iter().zip(lines).enumerate() {
        let at: Vec<(f64, f64)> = points.iter().map(|(km, v)| (x.px(*km), y.px(*v))).collect();
        // The base is wide and pale, so that both are seen where they coincide.
        if i == 0 {
            canvas.line(&at, look.color.mix(WIDE.1), WIDE.0, Dash::Solid);
        } else {
            canvas.line(&at, look.color.to_rgba(), 2.2, look.dash);
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_line_rises_by_travel_between_stops_and_by_the_stay_at_them() {
        let results = fixture::rich();
        let route = &results.variants[0].routes[0];
        let points = steps(
            &route.stops,
            |s| s.travel_h,
            |s| number::value(&s.stay_h).unwrap_or(0.0),
        );
        assert_eq!(points[0], (0.0, 0.0));
        assert_eq!(points[1], (0.0, 11.0));
        assert_eq!(points[2], (3_120.0, 73.0));
        assert_eq!(points.len(), 2 * route.stops.len());
    }

    #[test]
    fn one_route_per_direction_is_shown_against_the_fastest_variant() {
        let results = fixture::rich();
        let pairs = pairs(&results);
        let names: Vec<&str> = pairs[0].lines.iter().map(|l| l.0.name.as_str()).collect();
        assert_eq!((pairs.len(), names), (1, vec!["serial/none", "joint/full"]));
        assert!((pairs[0].share - 0.62).abs() < 1e-12);
    }

    #[test]
    fn without_routes_there_is_no_chart() {
        assert!(draw(&fixture::tiny()).is_empty());
    }
}
