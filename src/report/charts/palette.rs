//! Colours, dashes, markers and hatches: colour-blind-safe (Okabe and Ito), and colour is never alone.

use plotters::style::RGBColor;

use super::canvas::Rect;
use crate::experiment::results::Results;
use crate::report::select;
use crate::terms::HourKind;

/// Okabe and Ito's palette without yellow, which does not show on white; darkest contrasts first.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Long,
    Dotted,
    Short,
}

impl Dash {
    const ALL: [Dash; 4] = [Dash::Solid, Dash::Long, Dash::Short, Dash::Dotted];

    /// Pixels drawn and pixels left out; `None` for a solid line.
    pub fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Dash::Solid => None,
            Dash::Long => Some((9.0, 4.0)),
            Dash::Dotted => Some((1.8, 2.6)),
            Dash::Short => Some((4.5, 3.0)),
        }
    }
}

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    TriangleDown,
}

impl Marker {
    const ALL: [Marker; 5] = [
        Marker::Disc,
        Marker::Square,
        Marker::Triangle,
        Marker::Diamond,
        Marker::TriangleDown,
    ];

    /// Corners around the origin for size 1; `None` for a disc.
    pub fn corners(self) -> Option<Vec<(f64, f64)>> {
        match self {
            Marker::Disc => None,
            Marker::Square => Some(vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Marker::Triangle => Some(vec![(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            Marker::Diamond => Some(vec![(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            Marker::TriangleDown => Some(vec![(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
        }
    }
}

/// Lines over a filled rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hatch {
    None,
    Rising,
    Falling,
    Upright,
}

impl Hatch {
    /// The lines, clipped to the rectangle.
    pub fn lines(self, r: Rect) -> Vec<((f64, f64), (f64, f64))> {
        const STEP: f64 = 5.0;
        if self == Hatch::None || r.width() <= 0.0 {
            return Vec::new();
        }
        if self == Hatch::Upright {
            let first = (r.left / STEP).ceil() * STEP;
            return (0..)
                .map(|i| first + f64::from(i) * STEP)
                .take_while(|x| *x < r.right)
                .map(|x| ((x, r.top), (x, r.bottom)))
                .collect();
        }
        // Lines x + y = c (rising) or x - y = c (falling), for c at whole steps, so that segments join up.
        let sign = if self == Hatch::Rising { 1.0 } else { -1.0 };
        let (y0, y1) = if sign > 0.0 {
            (r.top, r.bottom)
        } else {
            (-r.bottom, -r.top)
        };
        let first = ((r.left + y0) / STEP).ceil() * STEP;
        (0..)
            .map(|i| first + f64::from(i) * STEP)
            .take_while(|c| *c < r.right + y1)
            .map(|c| {
                let from = (c - y1).max(r.left);
                let to = (c - y0).min(r.right);
                ((from, (c - from) * sign), (to, (c - to) * sign))
            })
            .collect()
    }
}

/// How a variant is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub color: RGBColor,
    pub dash: Dash,
    pub marker: Marker,
}

/// The look of the line at this position.
pub(super) fn look(at: usize) -> Look {
    Look {
        color: COLORS[at % COLORS.len()],
        dash: Dash::ALL[at % Dash::ALL.len()],
        marker: Marker::ALL[at % Marker::ALL.len()],
    }
}

/// A colour for a share in [0, 1]: after cividis (Nunez, Anderton and Renslow 2018), which rises in lightness for every
/// kind of sight; dark is 0.
pub(super) fn sequential(share: f64) -> RGBColor {
    const STOPS: [(f64, f64, f64); 6] = [
        (0.0, 34.0, 78.0),
        (53.0, 69.0, 108.0),
        (102.0, 105.0, 112.0),
        (148.0, 142.0, 119.0),
        (200.0, 184.0, 102.0),
        (253.0, 234.0, 69.0),
    ];
    let at = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let low = (at as usize).min(STOPS.len() - 2);
    let (a, b, part) = (STOPS[low], STOPS[low + 1], at - low as f64);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// One look per variant: colour and marker by regime and dash by cooperation where those are the factors,
/// else all three by position.
pub(super) fn looks(results: &Results) -> Vec<Look> {
    let look = |color: usize, dash: usize| Look {
        color: COLORS[color % COLORS.len()],
        dash: Dash::ALL[dash % Dash::ALL.len()],
        marker: Marker::ALL[color % Marker::ALL.len()],
    };
    match select::factors(results) {
        Some((regimes, sets)) => results
            .variants
            .iter()
            .map(|v| {
                let regime = regimes
                    .iter()
                    .position(|r| v.regime == Some(*r))
                    .unwrap_or(0);
                let set = sets
                    .iter()
                    .position(|s| v.cooperation.as_ref() == Some(s))
                    .unwrap_or(0);
                if regimes.len() == 1 {
                    look(set, set)
                } else {
                    look(regime, set)
                }
            })
            .collect(),
        None => (0..results.variants.len()).map(|i| look(i, i)).collect(),
    }
}

/// Colour and hatch of a kind of hour.
pub(super) fn kind(kind: HourKind) -> (RGBColor, Hatch) {
    match kind {
        HourKind::Waiting => (RGBColor(213, 94, 0), Hatch::Rising),
        HourKind::Service => (RGBColor(0, 114, 178), Hatch::None),
        HourKind::Blocking => (RGBColor(0, 0, 0), Hatch::Falling),
        HourKind::HandOff => (RGBColor(204, 121, 167), Hatch::Upright),
        HourKind::Travel => (RGBColor(165, 165, 165), Hatch::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn no_two_of_nine_variants_look_alike() {
        let looks = looks(&fixture::rich());
        for (i, a) in looks.iter().enumerate() {
            assert!(looks[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn the_sequential_palette_rises_in_lightness() {
        // Relative luminance by the weights of sRGB, enough to order colours of one palette.
        let light = |c: RGBColor| {
            0.2126 * f64::from(c.0) + 0.7152 * f64::from(c.1) + 0.0722 * f64::from(c.2)
        };
        for i in 0..20 {
            let (a, b) = (f64::from(i) / 20.0, f64::from(i + 1) / 20.0);
            assert!(light(sequential(a)) < light(sequential(b)), "{i}");
        }
        assert_eq!(sequential(-1.0), sequential(0.0));
        assert_eq!(sequential(2.0), RGBColor(253, 234, 69));
    }

    #[test]
    fn hatch_lines_stay_inside() {
        let r = Rect {
            left: 3.0,
            top: 7.0,
            right: 40.0,
            bottom: 20.0,
        };
        for hatch in [Hatch::Rising, Hatch::Falling, Hatch::Upright] {
            let lines = hatch.lines(r);
            assert!(lines.len() > 4);
            for (x, y) in lines.into_iter().flat_map(|(a, b)| [a, b]) {
                assert!(
                    (2.999..=40.001).contains(&x) && (6.999..=20.001).contains(&y),
                    "{hatch:?} {x} {y}"
                );
            }
        }
    }
}
