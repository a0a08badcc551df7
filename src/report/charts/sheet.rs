//! The frame of every chart: title, what is seen, legend above the data, and a grid of panels.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::canvas::{Canvas, GREY, INK, Rect, Type, picture, text_width};
use super::palette::{Dash, Hatch, Look, Marker};
use crate::experiment::results::SideResult;
use crate::report::select;

/// Width of a chart without panels side by side in pixels.
pub(super) const WIDTH: f64 = 1_200.0;
/// Margin around everything.
const MARGIN: f64 = 20.0;
const LEGEND: f64 = 13.0;
const LINE: f64 = 20.0;

/// What stands beside a word of the legend.
#[derive(Clone, Copy)]
pub(super) enum Glyph {
    /// A line of this look, with its marker where `true`.
    Line(Look, bool),
    /// A point.
    Point(Marker, RGBColor),
    /// A filled box.
    Swatch(RGBColor, Hatch),
    /// A wide pale line, under another that may coincide with it.
    Wide(Look),
}

/// Width in pixels and opacity of a wide line.
pub(super) const WIDE: (f64, f64) = (5.0, 0.45);

/// A chart about to be drawn.
pub(super) struct Sheet {
    pub width: f64,
    /// What is seen.
    pub title: String,
    /// Title of the study.
    pub study: String,
    /// How to read it.
    pub subtitle: String,
    pub legend: Vec<(Glyph, String)>,
}

impl Sheet {
    /// Draws the frame and then the body, which gets a rectangle of this height.
    pub fn draw(&self, height: f64, body: impl FnOnce(&Canvas<'_>, Rect)) -> String {
        let inner = self.width - 2.0 * MARGIN;
        let title = broken(&self.title, 18.0, true, inner);
        let mut subtitle = broken(&self.study, 13.0, false, inner);
        let study = subtitle.len();
        subtitle.extend(broken(&self.subtitle, 13.0, false, inner));
        let legend = self.legend_rows(inner);
        let head = MARGIN
            + 24.0 * title.len() as f64
            + 18.0 * subtitle.len() as f64
            + LINE * legend.len() as f64
            + 16.0;
        picture(self.width, head + height + MARGIN, |canvas| {
            let mut y = MARGIN;
            for line in &title {
                canvas.text(line, (MARGIN, y + 9.0), Type::new(18.0).bold());
                y += 24.0;
            }
            for (i, line) in subtitle.iter().enumerate() {
                let color = if i < study { INK } else { GREY };
                canvas.text(line, (MARGIN, y + 6.0), Type::new(13.0).color(color));
                y += 18.0;
            }
            y += 6.0;
            for row in &legend {
                for (x, i) in row {
                    let (glyph, text) = &self.legend[*i];
                    draw_glyph(canvas, (MARGIN + x, y + 8.0), *glyph);
                    canvas.text(text, (MARGIN + x + GLYPH + 6.0, y + 8.0), Type::new(LEGEND));
                }
                y += LINE;
            }
            body(
                canvas,
                Rect {
                    left: MARGIN,
                    top: head,
                    right: self.width - MARGIN,
                    bottom: head + height,
                },
            );
        })
    }

    /// Keys in rows: (offset, position in the legend).
    fn legend_rows(&self, inner: f64) -> Vec<Vec<(f64, usize)>> {
        let mut rows: Vec<Vec<(f64, usize)>> = Vec::new();
        let mut x = f64::INFINITY;
        for (i, (_, text)) in self.legend.iter().enumerate() {
            let width = GLYPH + 6.0 + text_width(text, LEGEND, false);
            if x + width > inner {
                rows.push(Vec::new());
                x = 0.0;
            }
            rows.last_mut()
                .expect("the first key opens a row")
                .push((x, i));
            x += width + 24.0;
        }
        rows
    }
}

/// Width of a legend's glyph.
const GLYPH: f64 = 40.0;

fn draw_glyph(canvas: &Canvas<'_>, (x, y): (f64, f64), glyph: Glyph) {
    let (right, middle) = (x + GLYPH, x + GLYPH / 2.0);
    let box_of = |half: f64| Rect {
        left: x + 5.0,
        top: y - half,
        right: right - 5.0,
        bottom: y + half,
    };
    match glyph {
        Glyph::Line(look, marker) => {
            canvas.line(&[(x, y), (right, y)], look.color.to_rgba(), 2.0, look.dash);
            if marker {
                canvas.marker((middle, y), look.marker, 4.5, look.color);
            }
        }
        Glyph::Point(marker, color) => canvas.marker((middle, y), marker, 5.0, color),
        Glyph::Swatch(color, hatch) => {
            canvas.fill(box_of(6.0), color.to_rgba());
            canvas.hatch(box_of(6.0), hatch);
        }
        Glyph::Wide(look) => canvas.line(
            &[(x, y), (right, y)],
            look.color.mix(WIDE.1),
            WIDE.0,
            Dash::Solid,
        ),
    }
}

/// `text` in lines no wider than `width` pixels.
pub(super) fn broken(text: &str, size: f64, bold: bool, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size, bold) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text` cut to `width` pixels, with an ellipsis where something was cut.
pub(super) fn fitted(text: &str, size: f64, bold: bool, width: f64) -> String {
    if text_width(text, size, bold) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while !kept.is_empty() && text_width(&format!("{kept}…"), size, bold) > width {
        kept.pop();
    }
    format!("{}…", kept.trim_end())
}

/// Panels side by side and below each other.
pub(super) struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub gap: f64,
}

impl Grid {
    /// A grid for `n` panels: one column for one, two up to four, three beyond.
    pub fn of(n: usize) -> Self {
        let columns = match n {
            0 | 1 => 1,
            2..=4 => 2,
            _ => 3,
        };
        Grid {
            columns,
            rows: n.div_ceil(columns),
            gap: 26.0,
        }
    }

    /// Width of the whole chart: one panel alone needs less.
    pub fn sheet_width(&self) -> f64 {
        match self.columns {
            1 => 820.0,
            2 => 1_080.0,
            _ => WIDTH,
        }
    }

    /// Height of the body for panels of this height.
    pub fn height(&self, panel: f64) -> f64 {
        self.rows as f64 * panel + (self.rows.max(1) - 1) as f64 * self.gap
    }

    /// The rectangle of panel `i`.
    pub fn panel(&self, body: Rect, i: usize) -> Rect {
        let (column, row) = ((i % self.columns) as f64, (i / self.columns) as f64);
        let width = (body.width() - self.gap * (self.columns - 1) as f64) / self.columns as f64;
        let height =
            (body.height() - self.gap * (self.rows.max(1) - 1) as f64) / self.rows.max(1) as f64;
        let (left, top) = (
            body.left + column * (width + self.gap),
            body.top + row * (height + self.gap),
        );
        Rect {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }
}

/// The title of a panel, above its frame: the first that fits, else the last cut short.
pub(super) fn panel_title(canvas: &Canvas<'_>, panel: Rect, titles: &[String]) {
    let fits = titles
        .iter()
        .find(|t| text_width(t, 13.5, true) <= panel.width());
    let title = fits
        .or(titles.last())
        .map(String::as_str)
        .unwrap_or_default();
    let text = fitted(title, 13.5, true, panel.width());
    canvas.text(
        &text,
        (panel.left, panel.top + 7.0),
        Type::new(13.5).bold().at(HPos::Left, VPos::Center),
    );
}

/// The titles of a side, the long one first.
pub(super) fn side_titles(side: &SideResult) -> [String; 2] {
    [select::side_label(side), select::short_side_label(side)]
}
