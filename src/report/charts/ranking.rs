//! Charts of a ranking: hours saved with intervals, and what they cost.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, WHITE};

use super::Chart;
use super::axis::{self, BOTTOM_ROOM, Scale, left_room, round_up};
use super::canvas::{Canvas, GREY, INK, Rect, Type, text_width};
use super::palette::{Dash, Hatch, Marker};
use super::sheet::{Glyph, Sheet, fitted};
use crate::experiment::rank::results::{Ranking, System, Verdict};
use crate::experiment::results::Measured;
use crate::report::number::{self, fixed};
use crate::report::ranking::{by_hours, of_what};

const SELECTED: RGBColor = RGBColor(213, 94, 0);
const SURVIVOR: RGBColor = RGBColor(0, 114, 178);
const OUT: RGBColor = RGBColor(150, 150, 150);
const ROW: f64 = 26.0;
const NAME: f64 = 13.0;
const SMALL: f64 = 11.5;
/// Of a name in two lines, and how far these are apart.
const NARROW: f64 = 10.5;
const LINE: f64 = 11.5;

/// The charts of a ranking that it has data for.
pub fn ranking_charts(ranking: &Ranking) -> Vec<Chart> {
    let chart = |name: &str, caption: &str, svg: Option<String>| {
        svg.map(|svg| Chart {
            name: name.to_owned(),
            caption: caption.to_owned(),
            svg,
        })
    };
    let hours = chart(
        "hours-saved",
        "Hours that each intervention saves",
        hours(ranking),
    );
    let cost = chart(
        "hours-for-cost",
        "TEU-hours that each intervention saves, and its cost",
        cost(ranking),
    );
    hours.into_iter().chain(cost).collect()
}

/// How an intervention ended.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Selected,
    Left,
    Out,
}

fn end(ranking: &Ranking, system: &System) -> End {
    if ranking.systems[ranking.best].name == system.name {
        End::Selected
    } else if system.eliminated_at.is_some() {
        End::Out
    } else {
        End::Left
    }
}

impl End {
    fn look(self) -> (RGBColor, Hatch, Marker) {
        match self {
            End::Selected => (SELECTED, Hatch::None, Marker::Diamond),
            End::Left => (SURVIVOR, Hatch::None, Marker::Disc),
            End::Out => (OUT, Hatch::Rising, Marker::Square),
        }
    }

    fn word(self) -> &'static str {
        match self {
            End::Selected => "selected",
            End::Left => "not screened out",
            End::Out => "screened out",
        }
    }
}

fn legend(ranking: &Ranking, glyph: impl Fn(End) -> Glyph) -> Vec<(Glyph, String)> {
    [End::Selected, End::Left, End::Out]
        .into_iter()
        .filter(|e| {
            ranking
                .systems
                .iter()
                .skip(1)
                .any(|s| end(ranking, s) == *e)
        })
        .map(|e| (glyph(e), e.word().to_owned()))
        .collect()
}

fn sure(ranking: &Ranking) -> String {
    match ranking.verdict {
        Verdict::Guaranteed(p) => format!(
            "Selected with probability at least {p} as the best{} or within {} h of it.",
            match ranking.not_ranked.is_empty() {
                true => "",
                false => " of those whose hours are known",
            },
            ranking.delta_h
        ),
        Verdict::NotSettled(n) => format!("Not settled: {n} are left, no guarantee."),
        Verdict::Estimated(p, _) => format!(
            "Estimated probability of a correct selection {}: no guarantee.",
            fixed(p, 2)
        ),
        Verdict::Bound => "Too many unfinished: no guarantee.".to_owned(),
    }
}

/// Ends of the interval, or of the middle where it has none.
fn ends(m: &Measured) -> Option<(f64, f64, f64)> {
    let middle = number::value(m)?;
    let half = number::half_width(m).unwrap_or(0.0);
    Some((middle - half, middle, middle + half))
}

/// Bars of hours saved with intervals.
fn hours(ranking: &Ranking) -> Option<String> {
    let rows = by_hours(ranking);
    let all: Vec<(f64, f64, f64)> = rows.iter().filter_map(|s| ends(&s.saved_h)).collect();
    if all.is_empty() {
        return None;
    }
    let low = all.iter().map(|e| e.0).fold(0.0, f64::min);
    let high = all.iter().map(|e| e.2).fold(0.0, f64::max);
    let low = if low < 0.0 { -round_up(-low) } else { 0.0 };
    let sheet = Sheet {
        width: 980.0,
        title: "Hours that each intervention saves".to_owned(),
        study: ranking.title.clone(),
        subtitle: format!(
            "Saved of the mean hours {}, against doing nothing; whiskers hold for all together (95 %, Bonferroni). {}",
            of_what(&ranking.measure),
            sure(ranking)
        ),
        legend: legend(ranking, |e| {
            let (color, hatch, _) = e.look();
            Glyph::Swatch(color, hatch)
        }),
    };
    let names = rows
        .iter()
        .map(|s| text_width(&s.title, NAME, false))
        .fold(0.0, f64::max)
        .min(330.0);
    let height = rows.len() as f64 * ROW + BOTTOM_ROOM + 8.0;
    Some(sheet.draw(height, |canvas, body| {
        let plot = body.inset(names + 12.0, 4.0, 130.0, BOTTOM_ROOM);
        let x = Scale::linear(low, round_up(high), plot.left, plot.right);
        axis::bottom(canvas, plot, &x, 8, "hours saved per consignment");
        canvas.rule((x.px(0.0), plot.top), (x.px(0.0), plot.bottom), INK, 1.2);
        for (i, s) in rows.iter().enumerate() {
            bar(
                canvas,
                ranking,
                s,
                &x,
                plot,
                plot.top + (i as f64 + 0.5) * ROW,
                names,
            );
        }
    }))
}

/// A long name in two lines, parted at the space that leaves them most alike.
fn halves(name: &str, bold: bool, width: f64) -> Vec<String> {
    let whole = text_width(name, NARROW, bold);
    let beside = |at: &usize| (text_width(&name[..*at], NARROW, bold) - 0.5 * whole).abs();
    let spaces = name.match_indices(' ').map(|(at, _)| at);
    let Some(at) = spaces.min_by(|a, b| beside(a).total_cmp(&beside(b))) else {
        return vec![fitted(name, NARROW, bold, width)];
    };
    [&name[..at], &name[at + 1..]]
        .map(|line| fitted(line, NARROW, bold, width))
        .into()
}

fn bar(
    canvas: &Canvas<'_>,
    ranking: &Ranking,
    s: &System,
    x: &Scale,
    plot: Rect,
    y: f64,
    names: f64,
) {
    let which = end(ranking, s);
    let (color, hatch, _) = which.look();
    let bold = which == End::Selected;
    let lines = match text_width(&s.title, NAME, bold) <= names {
        true => vec![s.title.clone()],
        false => halves(&s.title, bold, names),
    };
    let size = if lines.len() == 1 { NAME } else { NARROW };
    let name = Type::new(size).at(HPos::Right, VPos::Center);
    let name = if bold { name.bold() } else { name };
    let first = y - 0.5 * LINE * (lines.len() - 1) as f64;
    for (n, text) in lines.iter().enumerate() {
        canvas.text(text, (plot.left - 10.0, first + n as f64 * LINE), name);
    }
    let note = match s.eliminated_at {
        Some(at) => format!("out at {at} repl."),
        None => format!("{} repl.", s.replications),
    };
    let small = Type::new(SMALL).color(GREY);
    canvas.text(&note, (plot.right + 12.0, y), small);
    let Some((from, middle, to)) = ends(&s.saved_h) else {
        canvas.text("no mean known", (x.px(0.0) + 6.0, y), small);
        return;
    };
    let (zero, at) = (x.px(0.0), x.px(middle));
    let rect = Rect {
        left: zero.min(at),
        right: zero.max(at),
        top: y - 8.0,
        bottom: y + 8.0,
    };
    canvas.fill(rect, color.to_rgba());
    canvas.hatch(rect, hatch);
    whisker(canvas, (x.px(from), y), (x.px(to), y), INK);
}

/// A line with a short stroke across each end.
fn whisker(canvas: &Canvas<'_>, from: (f64, f64), to: (f64, f64), color: RGBColor) {
    canvas.rule(from, to, color, 1.3);
    let level = (from.1 - to.1).abs() < (from.0 - to.0).abs();
    let (dx, dy) = if level { (0.0, 4.0) } else { (4.0, 0.0) };
    for (x, y) in [from, to] {
        canvas.rule((x - dx, y - dy), (x + dx, y + dy), color, 1.3);
    }
}

/// TEU-hours saved a year over the cost a year.
fn cost(ranking: &Ranking) -> Option<String> {
    let points: Vec<(&System, f64, (f64, f64, f64))> = by_hours(ranking)
        .into_iter()
        .filter_map(|s| Some((s, s.cost_a_year? / 1e3, ends(&s.teu_hours_a_year)?)))
        .map(|(s, x, (a, b, c))| (s, x, (a / 1e3, b / 1e3, c / 1e3)))
        .collect();
    if points.is_empty() {
        return None;
    }
    let right = points.iter().map(|p| p.1).fold(0.0, f64::max);
    let high = points.iter().map(|p| p.2.2).fold(0.0, f64::max);
    let low = points.iter().map(|p| p.2.0).fold(0.0, f64::min);
    let low = if low < 0.0 { -round_up(-low) } else { 0.0 };
    let top = round_up(high * 1.05);
    let sheet = Sheet {
        width: 980.0,
        title: "TEU-hours that each intervention saves, and its cost".to_owned(),
        study: ranking.title.clone(),
        subtitle: "Both a year. Along a dotted line every 1000 US$ saves as many TEU-hours; the steeper, the more. Whiskers hold for \
                   all together (95 %, Bonferroni)."
            .to_owned(),
        legend: legend(ranking, |e| {
            let (color, _, marker) = e.look();
            Glyph::Point(marker, color)
        }),
    };
    Some(sheet.draw(480.0, |canvas, body| {
        let y_of = |top_px: f64, bottom: f64| Scale::linear(low, top, bottom, top_px);
        let room = left_room(&y_of(0.0, 1.0), 6);
        let plot = body.inset(room, 12.0, 150.0, BOTTOM_ROOM);
        let y = y_of(plot.top, plot.bottom);
        let x = Scale::linear(0.0, right * 1.12, plot.left, plot.right);
        axis::left(canvas, plot, &y, 6, "TEU-hours saved a year, thousands");
        axis::bottom(canvas, plot, &x, 6, "cost a year, thousand US$");
        if low < 0.0 {
            canvas.rule((plot.left, y.px(0.0)), (plot.right, y.px(0.0)), INK, 1.0);
        }
        let mut placed = rays(canvas, &points, (&x, &y), plot);
        for (s, cost, (from, middle, to)) in &points {
            let (color, _, marker) = end(ranking, s).look();
            let at = (x.px(*cost), y.px(*middle));
            whisker(canvas, (at.0, y.px(*from)), (at.0, y.px(*to)), color);
            canvas.marker(at, marker, 6.0, color);
            placed.push(around(at, 8.0, 8.0));
        }
        for (s, cost, (_, middle, _)) in &points {
            let at = (x.px(*cost), y.px(*middle));
            label(canvas, &s.name, at, plot, &mut placed);
        }
    }))
}

fn around((x, y): (f64, f64), half_width: f64, half_height: f64) -> Rect {
    Rect {
        left: x - half_width,
        right: x + half_width,
        top: y - half_height,
        bottom: y + half_height,
    }
}

/// Lines of equal effect for the cost: that of the best, and halves of it; gives where their labels stand.
fn rays(
    canvas: &Canvas<'_>,
    points: &[(&System, f64, (f64, f64, f64))],
    (x, y): (&Scale, &Scale),
    plot: Rect,
) -> Vec<Rect> {
    let slopes = points.iter().filter(|p| p.1 > 0.0).map(|p| p.2.1 / p.1);
    let most = slopes.fold(0.0, f64::max);
    let mut placed = Vec::new();
    if most <= 0.0 {
        return placed;
    }
    for part in [1.0, 0.25, 0.06] {
        // Thousands over thousands are TEU-hours a US dollar; rounded down to 1, 2 or 5.
        let power = libm::pow(10.0, libm::floor(libm::log10(most * part)));
        let steps = [5.0, 2.0, 1.0].map(|s| s * power);
        let slope = steps
            .into_iter()
            .find(|s| *s <= most * part)
            .unwrap_or(power);
        let end_x = x.high.min(y.high / slope);
        let end = (x.px(end_x), y.px(end_x * slope));
        let line = [(x.px(0.0), y.px(0.0)), end];
        canvas.line(&line, GREY.mix(0.8), 1.0, Dash::Dotted);
        let text = format!(
            "{} TEU-h for 1000 US$",
            fixed(slope * 1000.0, if slope < 0.01 { 1 } else { 0 })
        );
        let width = text_width(&text, SMALL, false);
        let at_top = end_x < x.high;
        let (place, h) = match at_top {
            true => ((end.0, plot.top - 7.0), HPos::Center),
            false => ((plot.right + 6.0, end.1), HPos::Left),
        };
        canvas.text(
            &text,
            place,
            Type::new(SMALL).color(GREY).at(h, VPos::Center),
        );
        placed.push(around(place, width / 2.0 + 2.0, 7.0));
    }
    placed
}

/// A name beside its point, at the first place that covers nothing.
fn label(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), plot: Rect, placed: &mut Vec<Rect>) {
    let width = text_width(text, 12.0, false);
    let offsets = [0.0, -14.0, 14.0, -28.0, 28.0, -42.0, 42.0, -56.0, 56.0];
    let places = offsets.iter().flat_map(|dy| {
        let side = |left: f64| Rect {
            left,
            right: left + width,
            top: y + dy - 7.0,
            bottom: y + dy + 7.0,
        };
        [side(x + 11.0), side(x - 11.0 - width)]
    });
    let free = |r: &Rect| {
        let inside = r.left >= plot.left && r.right <= plot.right + 50.0 && r.top >= plot.top - 2.0;
        let apart =
            |p: &Rect| r.right < p.left || r.left > p.right || r.bottom < p.top || r.top > p.bottom;
        inside && r.bottom <= plot.bottom + 2.0 && placed.iter().all(apart)
    };
    let fallback = around((x + 11.0 + width / 2.0, y), width / 2.0, 7.0);
    let place = places.into_iter().find(|r| free(r)).unwrap_or(fallback);
    let middle = (place.top + place.bottom) / 2.0;
    if (middle - y).abs() > 15.0 {
        let near = if place.left > x {
            place.left
        } else {
            place.right
        };
        canvas.rule((x, y), (near, middle), GREY, 0.6);
    }
    canvas.fill(place, WHITE.mix(0.8));
    canvas.text(text, (place.left, middle), Type::new(12.0));
    placed.push(place);
}
