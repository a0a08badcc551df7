//! A drawing surface in real pixels over plotters' SVG backend, which knows whole pixels only: it is drawn
//! ten times larger, and the picture's view box brings it back to size.

use std::sync::{Arc, OnceLock};

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use resvg::{tiny_skia, usvg};

use super::palette::{Dash, Hatch, Marker};

/// How many backend pixels make one pixel of the picture.
const SCALE: f64 = 10.0;

/// The bundled family, with what a browser without it falls back to; plotters finds the font by this name.
const FAMILY: &str = "Noto Sans, sans-serif";

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSans-Bold.ttf");

/// Ascent plus descent of the bundled font in em; plotters measures text by the line's height.
const LINE_HEIGHT_EM: f64 = 1.362;
/// plotters writes its font sizes divided by this into SVG.
const SVG_FONT_FACTOR: f64 = 1.24;

/// Text ink.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Less important text, axes.
pub(super) const GREY: RGBColor = RGBColor(105, 105, 105);
/// Grid lines.
pub(super) const FAINT: RGBColor = RGBColor(222, 222, 222);

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The rectangle without these margins.
    pub fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect {
            left: self.left + left,
            top: self.top + top,
            right: self.right - right,
            bottom: self.bottom - bottom,
        }
    }
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    /// Font size in pixels.
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
    pub h: HPos,
    pub v: VPos,
    /// Turned a quarter to the left, for the title of an upright axis.
    pub upright: bool,
}

impl Type {
    /// Plain ink, flush left, centred on the line.
    pub const fn new(size: f64) -> Self {
        Type {
            size,
            bold: false,
            color: INK,
            h: HPos::Left,
            v: VPos::Center,
            upright: false,
        }
    }

    pub const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub const fn color(mut self, color: RGBColor) -> Self {
        self.color = color;
        self
    }

    pub const fn at(mut self, h: HPos, v: VPos) -> Self {
        self.h = h;
        self.v = v;
        self
    }

    pub const fn upright(mut self) -> Self {
        self.upright = true;
        self
    }
}

/// Registers the bundled font with plotters, once.
fn fonts() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, BOLD)] {
            if plotters::style::register_font(FAMILY, style, bytes).is_err() {
                unreachable!("the bundled font is a valid TrueType file");
            }
        }
    });
}

/// Width of `text` in pixels.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    fonts();
    let style = if bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    let font = FontDesc::new(
        FontFamily::Name(FAMILY),
        size * LINE_HEIGHT_EM * SCALE,
        style,
    );
    let (width, _) = font.box_size(text).expect("the bundled font is registered");
    f64::from(width) / SCALE
}

/// A picture being drawn.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// What cannot happen: a drawing into memory failing.
const IN_MEMORY: &str = "drawing into a string cannot fail";

/// Draws a picture of this size in pixels and returns it as SVG.
pub(super) fn picture(width: f64, height: f64, draw: impl FnOnce(&Canvas<'_>)) -> String {
    let (w, h) = (
        (width * SCALE).round() as u32,
        (height * SCALE).round() as u32,
    );
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (w, h)).into_drawing_area();
        area.fill(&WHITE).expect(IN_MEMORY);
        let canvas = Canvas { area };
        draw(&canvas);
        canvas.area.present().expect(IN_MEMORY);
    }
    let drawn = format!("<svg width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\"");
    let shown = format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {w} {h}\"",
        width.round(),
        height.round()
    );
    svg.replacen(&drawn, &shown, 1)
}

/// Pixels of a PNG per pixel of its picture each way: sharp on dense screens, quick to encode.
const PNG_SCALE: f32 = 1.5;

/// The picture as PNG, with the bundled font.
pub(super) fn png(svg: &str) -> Vec<u8> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let fontdb = FONTS.get_or_init(|| {
        let mut database = usvg::fontdb::Database::new();
        for bytes in [REGULAR, BOLD] {
            database.load_font_data(bytes.to_vec());
        }
        database.set_sans_serif_family("Noto Sans");
        Arc::new(database)
    });
    let options = usvg::Options {
        fontdb: Arc::clone(fontdb),
        font_family: "Noto Sans".to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).expect("plotters writes valid SVG");
    let (w, h) = (
        tree.size().width() * PNG_SCALE,
        tree.size().height() * PNG_SCALE,
    );
    let mut pixels =
        tiny_skia::Pixmap::new(w.round() as u32, h.round() as u32).expect("a chart has a size");
    resvg::render(
        &tree,
        tiny_skia::Transform::from_scale(PNG_SCALE, PNG_SCALE),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .expect("a pixmap in memory can be encoded")
}

impl Canvas<'_> {
    fn at((x, y): (f64, f64)) -> (i32, i32) {
        ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
    }

    fn stroke(color: RGBAColor, width: f64) -> ShapeStyle {
        ShapeStyle {
            color,
            filled: false,
            stroke_width: (width * SCALE).round() as u32,
        }
    }

    /// A line through the points.
    pub fn line(&self, points: &[(f64, f64)], color: RGBAColor, width: f64, dash: Dash) {
        let points: Vec<(i32, i32)> = points.iter().map(|p| Self::at(*p)).collect();
        let style = Self::stroke(color, width);
        match dash.lengths() {
            None => self.area.draw(&PathElement::new(points, style)),
            Some((on, off)) => {
                let (on, off) = ((on * SCALE) as i32, (off * SCALE) as i32);
                self.area
                    .draw(&DashedPathElement::new(points, on, off, style))
            }
        }
        .expect(IN_MEMORY);
    }

    /// A thin solid line between two points.
    pub fn rule(&self, from: (f64, f64), to: (f64, f64), color: RGBColor, width: f64) {
        self.line(&[from, to], color.to_rgba(), width, Dash::Solid);
    }

    /// A filled area.
    pub fn area(&self, points: &[(f64, f64)], color: RGBAColor) {
        let points: Vec<(i32, i32)> = points.iter().map(|p| Self::at(*p)).collect();
        self.area
            .draw(&Polygon::new(points, color.filled()))
            .expect(IN_MEMORY);
    }

    /// A filled rectangle.
    pub fn fill(&self, rect: Rect, color: RGBAColor) {
        let corners = [
            Self::at((rect.left, rect.top)),
            Self::at((rect.right, rect.bottom)),
        ];
        self.area
            .draw(&Rectangle::new(corners, color.filled()))
            .expect(IN_MEMORY);
    }

    /// White lines over a rectangle, so that neighbours differ by more than colour.
    pub fn hatch(&self, rect: Rect, hatch: Hatch) {
        let white = WHITE.mix(0.75);
        for (from, to) in hatch.lines(rect) {
            self.line(&[from, to], white, 0.9, Dash::Solid);
        }
    }

    /// A marker around a point.
    pub fn marker(&self, (x, y): (f64, f64), marker: Marker, size: f64, color: RGBColor) {
        let ring = |points: Vec<(f64, f64)>| {
            self.area(&points, color.to_rgba());
            let closed: Vec<(f64, f64)> = points.iter().chain(points.first()).copied().collect();
            self.line(&closed, WHITE.to_rgba(), 0.7, Dash::Solid);
        };
        match marker.corners() {
            Some(corners) => ring(
                corners
                    .iter()
                    .map(|(dx, dy)| (x + dx * size, y + dy * size))
                    .collect(),
            ),
            None => {
                let (center, radius) = (Self::at((x, y)), (size * SCALE) as i32);
                self.area
                    .draw(&Circle::new(center, radius, color.filled()))
                    .expect(IN_MEMORY);
                let outline = Self::stroke(WHITE.to_rgba(), 0.7);
                self.area
                    .draw(&Circle::new(center, radius, outline))
                    .expect(IN_MEMORY);
            }
        }
    }

    /// A text.
    pub fn text(&self, text: &str, at: (f64, f64), t: Type) {
        fonts();
        let style = if t.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = FontDesc::new(
            FontFamily::Name(FAMILY),
            t.size * SVG_FONT_FACTOR * SCALE,
            style,
        );
        let font = if t.upright {
            font.transform(FontTransform::Rotate270)
        } else {
            font
        };
        let style = TextStyle::from(font)
            .color(&t.color)
            .pos(Pos::new(t.h, t.v));
        self.area
            .draw_text(text, &style, Self::at(at))
            .expect(IN_MEMORY);
    }
}
