//! Charts of a sweep: response curves, heat map, interaction, and the scatter of drawn designs.

mod heat;
mod interaction;
mod response;
mod scatter;

use plotters::style::text_anchor::{HPos, VPos};

use super::Chart;
use super::axis::{self, Scale};
use super::canvas::{Canvas, FAINT, GREY, Rect, Type, text_width};
use super::sheet::fitted;
use crate::experiment::sweep::{Sweep, SweptFactor};

/// Panels of one chart.
const PANELS: usize = 6;

/// Every chart that the sweep has data for.
pub fn sweep_charts(sweep: &Sweep) -> Vec<Chart> {
    type Draw = fn(&Sweep) -> Option<String>;
    let charts: [(&str, &str, Draw); 4] = [
        ("response", "How the hours answer", response::draw),
        ("heat-map", "Hours at each combination", heat::draw),
        (
            "interaction",
            "Effects alone and together",
            interaction::draw,
        ),
        ("scatter", "All points, by factor", scatter::draw),
    ];
    let chart = |(name, caption, draw): (&str, &str, Draw)| {
        let svg = draw(sweep)?;
        Some(Chart {
            name: name.to_owned(),
            caption: caption.to_owned(),
            svg,
        })
    };
    let warm_up = (sweep.warm_up.iter()).map(|found| super::warm_up(&sweep.title, found));
    charts
        .into_iter()
        .filter_map(chart)
        .chain(warm_up)
        .collect()
}

/// What is left out of a chart's panels, in words.
fn left_out(panels: usize) -> String {
    match panels.saturating_sub(PANELS) {
        0 => String::new(),
        _ => format!(" {PANELS} of {panels} combinations of the other factors are drawn."),
    }
}

/// Where a factor's values stand along an axis: numbers to scale, words evenly.
struct Along {
    scale: Scale,
    /// Position and label of each value; empty where any value was drawn between two ends.
    levels: Vec<(f64, String)>,
    numbers: bool,
}

impl Along {
    fn of(factor: &SweptFactor, left: f64, right: f64) -> Along {
        let numbers = factor.range.filter(|(low, high)| high > low);
        let scale = match numbers {
            Some((low, high)) => {
                let room = 0.03 * (high - low);
                Scale::linear(low - room, high + room, left, right)
            }
            None => Scale::linear(-0.5, factor.levels.len() as f64 - 0.5, left, right),
        };
        let position = |at: usize| match numbers {
            Some(_) => factor.levels[at].number.unwrap_or_default(),
            None => at as f64,
        };
        Along {
            levels: (0..factor.levels.len())
                .map(|at| (position(at), factor.levels[at].label().to_owned()))
                .collect(),
            scale,
            numbers: numbers.is_some(),
        }
    }

    fn px(&self, position: f64) -> f64 {
        self.scale.px(position)
    }

    /// The axis along the bottom: a tick for each value where they fit, else round numbers.
    fn draw(&self, canvas: &Canvas<'_>, plot: Rect, title: &str) {
        let widest = (self.levels.iter())
            .map(|(_, label)| text_width(short(label), axis::TICK, false))
            .fold(0.0, f64::max);
        let closest = (self.levels.windows(2))
            .map(|pair| (self.px(pair[1].0) - self.px(pair[0].0)).abs())
            .fold(f64::INFINITY, f64::min);
        let title = fitted(title, 12.5, false, plot.width());
        if self.numbers && (self.levels.is_empty() || widest + 8.0 > closest) {
            let ticks = (plot.width() / 60.0) as usize;
            axis::bottom(canvas, plot, &self.scale, ticks, &title);
            return;
        }
        let room = if self.numbers {
            f64::INFINITY
        } else {
            closest.min(plot.width()) - 6.0
        };
        let ticks: Vec<(f64, String)> = (self.levels.iter())
            .map(|(at, label)| {
                let label = if self.numbers { short(label) } else { label };
                (*at, fitted(label, axis::TICK, false, room))
            })
            .collect();
        axis::bottom_with(canvas, plot, &self.scale, ticks, &title);
    }
}

/// A number without its unit, which stands in the axis title.
fn short(label: &str) -> &str {
    label.split(' ').next().unwrap_or(label)
}

/// The line of zero across a plot whose axis runs along the bottom.
fn zero(canvas: &Canvas<'_>, plot: Rect, scale: &Scale) {
    let x = scale.px(0.0);
    canvas.rule((x, plot.top), (x, plot.bottom), GREY, 1.0);
}

/// A pale stripe behind every second row.
fn stripe(canvas: &Canvas<'_>, row: Rect) {
    use plotters::style::Color;
    canvas.fill(row, FAINT.mix(0.35));
}

/// A word at the right end of a line.
fn flush_right(canvas: &Canvas<'_>, text: &str, at: (f64, f64), t: Type) {
    canvas.text(text, at, t.at(HPos::Right, VPos::Center));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sweep::fixture;

    fn chart(sweep: &Sweep, name: &str) -> String {
        let charts = sweep_charts(sweep);
        let found = charts.iter().find(|c| c.name == name);
        found.unwrap_or_else(|| panic!("no {name}")).svg.clone()
    }

    /// The texts of a picture.
    fn texts(svg: &str) -> Vec<String> {
        let mut found = Vec::new();
        for part in svg.split("<text").skip(1) {
            let (_, rest) = part.split_once('>').unwrap();
            let (text, _) = rest.split_once("</text>").unwrap();
            found.push(text.trim().to_owned());
        }
        found
    }

    fn has(svg: &str, wanted: &[&str]) {
        let found = texts(svg);
        for text in wanted {
            assert!(
                found.iter().any(|t| t == text),
                "`{text}` is not in {found:?}"
            );
        }
    }

    #[test]
    fn response_curves_name_axis_unit_and_lines() {
        let svg = chart(&fixture::levels(), "response");
        has(
            &svg,
            &[
                "level of information",
                "mean hours",
                "regime serial",
                "regime joint",
                "0.4",
            ],
        );
        // A band and a line for each regime.
        assert!(svg.matches("<polygon").count() >= 3, "bands are missing");
    }

    #[test]
    fn the_heat_map_has_every_number_in_its_cell() {
        let sweep = fixture::levels();
        let svg = chart(&sweep, "heat-map");
        has(
            &svg,
            &["serial", "parallel", "joint", "0.0", "1.0", "hours"],
        );
        let cells = texts(&svg).iter().filter(|t| t.starts_with('±')).count();
        assert_eq!(cells, sweep.points.len());
    }

    #[test]
    fn the_interaction_shows_each_alone_and_all_together() {
        let svg = chart(&fixture::mutuals(), "interaction");
        has(
            &svg,
            &[
                "information alone",
                "information + recognition together",
                "information + recognition + enforcement together",
                "regime joint",
            ],
        );
    }

    #[test]
    fn a_drawn_design_has_a_scatter_for_each_factor_and_no_curves() {
        let sweep = fixture::drawn();
        let names: Vec<String> = sweep_charts(&sweep).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["scatter"]);
        let svg = chart(&sweep, "scatter");
        has(
            &svg,
            &[
                "level of information",
                "flows.a.volume, trains/day",
                "parallel",
            ],
        );
        assert!(svg.matches("<circle").count() >= 3 * sweep.points.len());
    }

    /// Pictures to look at, in the folder that `CHARTS` names: of made-up sweeps, and of the `results.json` that
    /// `RESULTS` names, if any. `CHARTS=... cargo test --lib look_at_every_sweep -- --ignored`
    #[test]
    #[ignore = "writes files for a person to look at"]
    fn look_at_every_sweep() {
        let folder = std::env::var("CHARTS").unwrap();
        let mut sweeps = vec![
            ("levels", fixture::levels()),
            ("mutuals", fixture::mutuals()),
            ("drawn", fixture::drawn()),
        ];
        if let Ok(path) = std::env::var("RESULTS") {
            let text = std::fs::read_to_string(path).unwrap();
            sweeps.push(("real", serde_json::from_str(&text).unwrap()));
        }
        for (name, sweep) in sweeps {
            for file in crate::report::sweep_artifacts(&sweep) {
                std::fs::write(format!("{folder}/{name}-{}", file.name), file.bytes).unwrap();
            }
        }
    }
}
