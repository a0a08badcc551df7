//! Where the hours go: stacked bars of waiting, service, blocking and hand-off at each side, and with travel
//! along whole routes, for every variant.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{self, BOTTOM_ROOM, Scale};
use super::canvas::{Canvas, GREY, INK, Rect, Type, text_width};
use super::clearance::{printed, whisker};
use super::distance::{main_route, same_sites};
use super::palette;
use super::sheet::{Glyph, Grid, Sheet, fitted, panel_title, side_titles};
use crate::experiment::results::*;
use crate::report::number;
use crate::report::select::{self, SideKey};
use crate::terms::{HourKind, Named};

/// Panels shown.
const LIMIT: usize = 9;
const ROW: f64 = 18.0;
const NAME: f64 = 12.5;

/// A variant's bar in a panel.
struct Bar {
    /// Hours by kind, in stacking order.
    parts: Vec<(HourKind, f64)>,
    /// The whole with its interval, printed beside the bar.
    total: Measured,
    /// True where the bar is that whole, so that its interval belongs at the bar's end.
    whole: bool,
}

/// One panel: a title and a bar for each variant.
struct Panel {
    titles: Vec<String>,
    bars: Vec<Bar>,
}

/// Hours of each side by kind, the side that costs most hours first.
pub(super) fn sites(results: &Results) -> Option<String> {
    let ranked: Vec<&SideResult> = select::ranked_sides(results)
        .into_iter()
        .filter(|s| !s.hours.is_empty())
        .collect();
    let panels: Vec<Panel> = ranked
        .iter()
        .take(LIMIT)
        .map(|side| {
            let key = SideKey::of(side);
            let bar = |v: &VariantResult| match key.find(v) {
                Some(s) => Bar {
                    parts: by_kind(&s.hours),
                    total: s.bcp.mean_h,
                    whole: true,
                },
                None => Bar {
                    parts: Vec::new(),
                    total: Measured::Missing,
                    whole: false,
                },
            };
            Panel {
                titles: side_titles(side).into(),
                bars: results.variants.iter().map(bar).collect(),
            }
        })
        .collect();
    let which = if ranked.len() > LIMIT {
        format!(
            " The {LIMIT} of {} sides that cost most hours are shown.",
            ranked.len()
        )
    } else {
        String::new()
    };
    let subtitle = format!(
        "Mean hours per consignment along its critical path, over {} replications; the whisker and the number are \
         the mean BCP time with half its 95 % interval.{which}",
        results.replications
    );
    let title = "Where the hours go at each side, by variant";
    draw(results, panels, title, subtitle, "mean hours at the side")
}

/// Hours along each flow's main route by kind, travel included.
pub(super) fn routes(results: &Results) -> Option<String> {
    let base = results.variants.first()?;
    let mut flows: Vec<&FlowResult> = base
        .flows
        .iter()
        .filter(|f| main_route(base, &f.flow).is_some())
        .collect();
    flows.sort_by_key(|f| std::cmp::Reverse(f.time.n));
    let panels: Vec<Panel> = flows
        .iter()
        .take(LIMIT)
        .filter_map(|flow| {
            let main = main_route(base, &flow.flow)?;
            let only = main.share >= 0.995;
            let bar = |v: &VariantResult| {
                let route = v
                    .routes
                    .iter()
                    .find(|r| r.flow == flow.flow && same_sites(r, main));
                let total = v
                    .flows
                    .iter()
                    .find(|f| f.flow == flow.flow)
                    .map_or(Measured::Missing, |f| f.time.mean_h);
                let rest = if only { number::value(&total) } else { None };
                Bar {
                    parts: route.map_or_else(Vec::new, |r| along(r, v, rest)),
                    total,
                    whole: only,
                }
            };
            let share = number::fixed(main.share * 100.0, 0);
            let ends = select::flow_label(results, &flow.flow);
            Some(Panel {
                titles: vec![if only {
                    ends
                } else {
                    format!("{ends} ({share} % of the flow)")
                }],
                bars: results.variants.iter().map(bar).collect(),
            })
        })
        .collect();
    let which = if flows.len() > LIMIT {
        format!(" The {LIMIT} busiest of {} flows.", flows.len())
    } else {
        String::new()
    };
    let subtitle = format!(
        "Bars are mean hours along the route that most of the flow takes, its share in brackets where there are \
         others; hours outside procedures, such as a train forming, count as waiting. The number, and the whisker \
         where there is one route, is the door-to-door mean with half its 95 % interval, over {} replications.{which}",
        results.replications
    );
    let title = "Where the hours go, door to door, by variant";
    draw(
        results,
        panels,
        title,
        subtitle,
        "mean hours along the route",
    )
}

/// Hours of a route by kind: travel, and each stop's stay split as its side's hours are. What they leave of
/// the door-to-door mean, where that is known for the route alone, was spent outside procedures: waiting.
fn along(
    route: &RouteResult,
    variant: &VariantResult,
    door_to_door: Option<f64>,
) -> Vec<(HourKind, f64)> {
    let mut parts: Vec<(HourKind, f64)> = HourKind::ALL.iter().map(|k| (*k, 0.0)).collect();
    let mut add = |kind: HourKind, hours: f64| {
        let slot = parts
            .iter_mut()
            .find(|p| p.0 == kind)
            .expect("every kind of hour has a slot");
        slot.1 += hours;
    };
    for stop in &route.stops {
        add(HourKind::Travel, stop.travel_h);
        let stay = number::value(&stop.stay_h).unwrap_or(0.0);
        let side = variant
            .sides
            .iter()
            .find(|s| s.site == stop.site && s.role == stop.role);
        let split = side.map(|s| by_kind(&s.hours)).unwrap_or_default();
        let whole: f64 = split.iter().map(|p| p.1).sum();
        if whole > 0.0 {
            split
                .iter()
                .for_each(|(kind, hours)| add(*kind, stay * hours / whole));
        } else {
            add(HourKind::Waiting, stay);
        }
    }
    let known: f64 = parts.iter().map(|p| p.1).sum();
    if let (Some(all), Some(waiting)) = (
        door_to_door,
        parts.iter_mut().find(|p| p.0 == HourKind::Waiting),
    ) {
        waiting.1 += (all - known).max(0.0);
    }
    parts.retain(|p| p.1 > 0.0);
    parts.sort_by_key(|p| order(p.0));
    parts
}

/// Travel first, then as in the tables.
fn order(kind: HourKind) -> usize {
    let place = HourKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    if kind == HourKind::Travel {
        0
    } else {
        place + 1
    }
}

fn by_kind(rows: &[HoursRow]) -> Vec<(HourKind, f64)> {
    let sum = |kind: HourKind| {
        rows.iter()
            .filter(|r| r.kind == kind)
            .map(|r| r.mean_h.mean)
            .sum::<f64>()
    };
    HourKind::ALL
        .iter()
        .map(|k| (*k, sum(*k)))
        .filter(|p| p.1 > 0.0)
        .collect()
}

/// `hand_off` for people.
fn kind_word(kind: HourKind) -> String {
    kind.name().replace('_', "-")
}

fn draw(
    results: &Results,
    panels: Vec<Panel>,
    title: &str,
    subtitle: String,
    axis_title: &str,
) -> Option<String> {
    if panels.is_empty() {
        return None;
    }
    let mut kinds: Vec<HourKind> = panels
        .iter()
        .flat_map(|p| &p.bars)
        .flat_map(|b| &b.parts)
        .map(|p| p.0)
        .collect();
    kinds.sort_by_key(|k| order(*k));
    kinds.dedup();
    let grid = Grid::of(panels.len());
    let names = results
        .variants
        .iter()
        .map(|v| text_width(&v.name, NAME, false))
        .fold(0.0, f64::max)
        .min(190.0);
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: title.to_owned(),
        study: results.title.clone(),
        subtitle,
        legend: kinds
            .iter()
            .map(|k| {
                let (color, hatch) = palette::kind(*k);
                (Glyph::Swatch(color, hatch), kind_word(*k))
            })
            .collect(),
    };
    let rows = results.variants.len() as f64 * ROW;
    Some(
        sheet.draw(grid.height(rows + 26.0 + BOTTOM_ROOM), |canvas, body| {
            let body = body.inset(names + 10.0, 0.0, 0.0, 0.0);
            for (i, panel) in panels.iter().enumerate() {
                let frame = grid.panel(body, i);
                if i % grid.columns == 0 {
                    for (k, v) in results.variants.iter().enumerate() {
                        let y = frame.top + 26.0 + (k as f64 + 0.5) * ROW;
                        let name = fitted(&v.name, NAME, false, names);
                        canvas.text(
                            &name,
                            (frame.left - 10.0, y),
                            Type::new(NAME).at(HPos::Right, VPos::Center),
                        );
                    }
                }
                draw_panel(canvas, frame, panel, axis_title);
            }
        }),
    )
}

fn draw_panel(canvas: &Canvas<'_>, frame: Rect, panel: &Panel, axis_title: &str) {
    panel_title(canvas, frame, &panel.titles);
    let texts: Vec<String> = panel.bars.iter().map(|b| printed(&b.total)).collect();
    let column = texts
        .iter()
        .map(|t| text_width(t, NAME, false))
        .fold(30.0, f64::max)
        + 10.0;
    let plot = frame.inset(0.0, 26.0, column, BOTTOM_ROOM);
    let longest = |b: &Bar| {
        let whole =
            number::value(&b.total).unwrap_or(0.0) + number::half_width(&b.total).unwrap_or(0.0);
        b.parts.iter().map(|p| p.1).sum::<f64>().max(whole)
    };
    let high = panel.bars.iter().map(longest).fold(0.0, f64::max);
    let scale = Scale::linear(0.0, high * 1.03, plot.left, plot.right);
    axis::bottom(
        canvas,
        plot,
        &scale,
        (plot.width() / 45.0) as usize,
        axis_title,
    );
    let end = plot.right + column;
    canvas.text(
        "mean_h",
        (end, plot.bottom + 7.0),
        Type::new(axis::TICK).color(GREY).at(HPos::Right, VPos::Top),
    );
    for (k, (bar, text)) in panel.bars.iter().zip(&texts).enumerate() {
        let y = plot.top + (k as f64 + 0.5) * ROW;
        let mut from = 0.0;
        for (kind, hours) in &bar.parts {
            let (color, hatch) = palette::kind(*kind);
            let part = Rect {
                left: scale.px(from),
                top: y - ROW * 0.36,
                right: scale.px(from + hours),
                bottom: y + ROW * 0.36,
            };
            canvas.fill(part, color.to_rgba());
            canvas.hatch(part, hatch);
            from += hours;
        }
        let interval = number::value(&bar.total).zip(number::half_width(&bar.total));
        if let Some((v, half)) = interval.filter(|_| bar.whole && !bar.parts.is_empty()) {
            whisker(
                canvas,
                (scale.px(v - half), scale.px(v + half), y),
                INK.to_rgba(),
            );
        }
        canvas.text(
            text,
            (end, y),
            Type::new(NAME).at(HPos::Right, VPos::Center),
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_parts_of_a_route_add_to_its_stays_and_travel() {
        let results = fixture::rich();
        let variant = &results.variants[0];
        let route = &variant.routes[0];
        let parts: f64 = along(route, variant, None).iter().map(|p| p.1).sum();
        let whole: f64 = route
            .stops
            .iter()
            .map(|s| s.travel_h + number::value(&s.stay_h).unwrap())
            .sum();
        assert!((parts - whole).abs() < 1e-9, "{parts} {whole}");
    }

    #[test]
    fn hours_outside_procedures_count_as_waiting() {
        let results = fixture::rich();
        let variant = &results.variants[0];
        let parts = along(&variant.routes[0], variant, Some(1_000.0));
        assert!((parts.iter().map(|p| p.1).sum::<f64>() - 1_000.0).abs() < 1e-9);
    }

    #[test]
    fn travel_is_stacked_first() {
        let results = fixture::rich();
        let variant = &results.variants[0];
        assert_eq!(
            along(&variant.routes[0], variant, None)[0].0,
            HourKind::Travel
        );
    }
}
