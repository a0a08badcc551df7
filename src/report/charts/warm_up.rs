//! Where a study settles: consignments present from the start on, and MSER-5 by what is left out.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::Chart;
use super::axis::{self, BOTTOM_ROOM, Scale, left_room};
use super::canvas::{Canvas, GREY, INK, Rect, Type};
use super::palette::{Dash, Look, Marker};
use super::sheet::{Glyph, Grid, Sheet, panel_title};
use crate::experiment::warm_up::{WarmUpResult, WarmUpSeries};

/// Variants shown, those that settle last.
const LIMIT: usize = 6;

/// The chart of a warm-up that was found, or that could not be.
pub fn warm_up(title: &str, found: &WarmUpResult) -> Chart {
    let mut shown: Vec<&WarmUpSeries> = found.series.iter().collect();
    shown.sort_by(|a, b| b.cut_h.total_cmp(&a.cut_h));
    let all = shown.len();
    shown.truncate(LIMIT);
    let grid = Grid::of(shown.len());
    let which = match all > LIMIT {
        true => format!(" The {LIMIT} of {all} variants that settle last are shown."),
        false => String::new(),
    };
    let verdict = match found.settled {
        true if found.cut_h == 0.0 => "No beginning shows, and none is left out.".to_owned(),
        true => format!(
            "The first {} days of every variant are left out, as {} needs.",
            days(found.cut_h),
            found.latest
        ),
        false => format!(
            "{} has not settled by the middle of the run (day {}): no interval would be right.",
            found.latest,
            days(found.cut_h)
        ),
    };
    let [present, curve] = looks();
    let sheet = Sheet {
        width: grid.sheet_width(),
        title: "Where the runs settle".to_owned(),
        study: title.to_owned(),
        subtitle: format!(
            "{verdict} Consignments present at all sites, mean over {} replications and bins of {} h; the grey part is left out by \
             the variant's own MSER-5, whose curve (broken, without a scale: only where it is least counts) is the squared \
             standard error of the mean of the rest.{which}",
            found.replications, found.bin_h
        ),
        legend: vec![
            (Glyph::Line(present, false), "present".to_owned()),
            (Glyph::Line(curve, false), "MSER-5".to_owned()),
        ],
    };
    let height = if grid.columns == 1 { 380.0 } else { 270.0 };
    let svg = sheet.draw(grid.height(height), |canvas, body| {
        for (i, series) in shown.iter().enumerate() {
            panel(canvas, grid.panel(body, i), found, series);
        }
    });
    Chart {
        name: "warm-up".to_owned(),
        caption: "Where the runs settle".to_owned(),
        svg,
    }
}

fn days(hours: f64) -> String {
    crate::report::number::fixed(hours / 24.0, if hours % 24.0 == 0.0 { 0 } else { 1 })
}

fn looks() -> [Look; 2] {
    let look = |color, dash| Look {
        color,
        dash,
        marker: Marker::Disc,
    };
    [
        look(RGBColor(0, 114, 178), Dash::Solid),
        look(RGBColor(213, 94, 0), Dash::Short),
    ]
}

fn panel(canvas: &Canvas<'_>, panel: Rect, found: &WarmUpResult, series: &WarmUpSeries) {
    panel_title(canvas, panel, std::slice::from_ref(&series.variant));
    let high = series.present.iter().copied().fold(0.0, f64::max);
    let last = series.present.len() as f64 * found.bin_h / 24.0;
    let y_of = |top: f64, bottom: f64| Scale::linear(0.0, axis::round_up(high * 1.03), bottom, top);
    let plot = panel.inset(left_room(&y_of(0.0, 1.0), 5), 24.0, 10.0, BOTTOM_ROOM);
    let y = y_of(plot.top, plot.bottom);
    let x = Scale::linear(0.0, last, plot.left, plot.right);
    let cut = x.px(series.cut_h / 24.0);
    if series.cut_h > 0.0 {
        canvas.fill(Rect { right: cut, ..plot }, GREY.mix(0.10));
    }
    axis::left(canvas, plot, &y, 5, "consignments");
    axis::bottom(
        canvas,
        plot,
        &x,
        (plot.width() / 45.0) as usize,
        "days from the start",
    );
    let middle = x.px(last / 2.0);
    canvas.line(
        &[(middle, plot.top), (middle, plot.bottom)],
        GREY.to_rgba(),
        1.1,
        Dash::Short,
    );
    canvas.text(
        "middle",
        (middle, plot.top - 3.0),
        Type::new(11.0).color(GREY).at(HPos::Center, VPos::Bottom),
    );
    if (cut - middle).abs() > 50.0 && cut - plot.left > 40.0 {
        let label = format!("day {}", days(series.cut_h));
        canvas.text(
            &label,
            (cut, plot.top - 3.0),
            Type::new(11.0).color(INK).at(HPos::Center, VPos::Bottom),
        );
    }
    let [present, curve] = looks();
    let line: Vec<(f64, f64)> = (series.present.iter().enumerate())
        .map(|(i, value)| (x.px((i as f64 + 0.5) * found.bin_h / 24.0), y.px(*value)))
        .collect();
    canvas.line(&line, present.color.to_rgba(), 1.7, present.dash);
    let most = series.curve.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        let height = plot.bottom - plot.top;
        let line: Vec<(f64, f64)> = (series.curve.iter().enumerate())
            .map(|(d, value)| {
                let left_out = 5.0 * d as f64 * found.bin_h / 24.0;
                (x.px(left_out), plot.bottom - 0.9 * height * value / most)
            })
            .collect();
        canvas.line(&line, curve.color.to_rgba(), 1.3, curve.dash);
    }
}
