//! Scales and axes: round ticks, grid lines, titles with units.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Canvas, FAINT, GREY, Rect, Type, text_width};

/// Size of tick labels in pixels.
pub(super) const TICK: f64 = 12.0;
/// Size of axis titles in pixels.
const TITLE: f64 = 12.5;

/// Maps values to pixels along one direction, linearly or by logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    log: bool,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` at pixel `from`, `high` at pixel `to`.
    pub fn linear(low: f64, high: f64, from: f64, to: f64) -> Self {
        Scale {
            low,
            high: if high > low { high } else { low + 1.0 },
            log: false,
            from,
            to,
        }
    }

    /// As [`Scale::linear`], by logarithm; both values are positive.
    pub fn log(low: f64, high: f64, from: f64, to: f64) -> Self {
        Scale {
            low,
            high,
            log: true,
            from,
            to,
        }
    }

    /// The pixel of a value; values outside are put on the edge.
    pub fn px(&self, value: f64) -> f64 {
        let v = value.clamp(self.low, self.high);
        let share = if self.log {
            libm::log(v / self.low) / libm::log(self.high / self.low)
        } else {
            (v - self.low) / (self.high - self.low)
        };
        self.from + share * (self.to - self.from)
    }

    /// The value at a share in [0, 1] of the way.
    pub fn value(&self, share: f64) -> f64 {
        if self.log {
            self.low * libm::pow(self.high / self.low, share)
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// At most about `n` round ticks with their labels.
    pub fn ticks(&self, n: usize) -> Vec<(f64, String)> {
        if self.log {
            const LADDER: [f64; 16] = [
                0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0, 168.0, 336.0, 720.0,
                1_440.0, 2_880.0,
            ];
            let inside = LADDER
                .into_iter()
                .filter(|t| (self.low..=self.high).contains(t));
            return inside.map(|t| (t, t.to_string())).collect();
        }
        let step = round_step((self.high - self.low) / n.max(1) as f64);
        let places = if step >= 1.0 {
            0
        } else {
            (-libm::log10(step)).ceil().max(0.0) as usize
        };
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last)
            .map(|i| i as f64 * step)
            .map(|t| (t, grouped(t, places)))
            .collect()
    }
}

/// Every multiple of `step` in the scale's range, as whole numbers.
pub(super) fn multiples(scale: &Scale, step: u32) -> Vec<(f64, String)> {
    let multiples = (0u32..)
        .map(|i| i * step)
        .skip_while(|t| f64::from(*t) < scale.low);
    multiples
        .take_while(|t| f64::from(*t) <= scale.high)
        .map(|t| (f64::from(t), t.to_string()))
        .collect()
}

/// The next of 1, 2, 5 times a power of ten, not below `least`.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::log10(least).floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= least * 0.999)
        .unwrap_or(10.0 * power)
}

/// A number with its thousands set apart.
fn grouped(value: f64, places: usize) -> String {
    if places == 0 && value.abs() >= 10_000.0 {
        let text = crate::report::number::count(value.abs() as u64);
        if value < 0.0 {
            format!("-{text}")
        } else {
            text
        }
    } else {
        crate::report::number::fixed(value, places)
    }
}

/// The least round value at or above `value`.
pub(super) fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let step = round_step(value / 5.0);
    (value / step - 1e-9).ceil() * step
}

/// Room that an axis at the left needs for its labels and title.
pub(super) fn left_room(scale: &Scale, n: usize) -> f64 {
    let widest = scale
        .ticks(n)
        .iter()
        .map(|(_, label)| text_width(label, TICK, false))
        .fold(0.0, f64::max);
    widest + 34.0
}

/// Room that an axis at the bottom needs: with tick labels only, or with a title too.
pub(super) const BOTTOM_ROOM: f64 = 42.0;

/// The axis along the bottom of `r`: grid lines, labels, title.
pub(super) fn bottom(canvas: &Canvas<'_>, r: Rect, scale: &Scale, n: usize, title: &str) {
    bottom_with(canvas, r, scale, scale.ticks(n), title);
}

/// As [`bottom`], with ticks of one's own.
pub(super) fn bottom_with(
    canvas: &Canvas<'_>,
    r: Rect,
    scale: &Scale,
    ticks: Vec<(f64, String)>,
    title: &str,
) {
    for (value, label) in ticks {
        let x = scale.px(value);
        canvas.rule((x, r.top), (x, r.bottom), FAINT, 0.8);
        canvas.rule((x, r.bottom), (x, r.bottom + 4.0), GREY, 0.9);
        canvas.text(
            &label,
            (x, r.bottom + 7.0),
            Type::new(TICK).color(GREY).at(HPos::Center, VPos::Top),
        );
    }
    canvas.rule((r.left, r.bottom), (r.right, r.bottom), GREY, 0.9);
    let middle = (r.left + r.right) / 2.0;
    canvas.text(
        title,
        (middle, r.bottom + 24.0),
        Type::new(TITLE).at(HPos::Center, VPos::Top),
    );
}

/// The axis along the left of `r`: grid lines, labels, upright title.
pub(super) fn left(canvas: &Canvas<'_>, r: Rect, scale: &Scale, n: usize, title: &str) {
    let room = left_room(scale, n);
    for (value, label) in scale.ticks(n) {
        let y = scale.px(value);
        canvas.rule((r.left, y), (r.right, y), FAINT, 0.8);
        canvas.rule((r.left - 4.0, y), (r.left, y), GREY, 0.9);
        canvas.text(
            &label,
            (r.left - 7.0, y),
            Type::new(TICK).color(GREY).at(HPos::Right, VPos::Center),
        );
    }
    canvas.rule((r.left, r.top), (r.left, r.bottom), GREY, 0.9);
    let middle = (r.top + r.bottom) / 2.0;
    canvas.text(
        title,
        (r.left - room + 8.0, middle),
        Type::new(TITLE).at(HPos::Center, VPos::Center).upright(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = Scale::linear(0.0, 47.0, 0.0, 100.0).ticks(5);
        let labels: Vec<&str> = ticks.iter().map(|t| t.1.as_str()).collect();
        assert_eq!(labels, ["0", "10", "20", "30", "40"]);
        let labels: Vec<String> = Scale::linear(0.0, 0.3, 0.0, 1.0)
            .ticks(3)
            .into_iter()
            .map(|t| t.1)
            .collect();
        assert_eq!(labels, ["0.0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn a_scale_maps_ends_to_ends_and_keeps_outliers_on_the_edge() {
        let scale = Scale::log(0.1, 10.0, 50.0, 250.0);
        assert!((scale.px(1.0) - 150.0).abs() < 1e-9);
        assert!((scale.px(100.0) - 250.0).abs() < 1e-9);
        assert!((scale.value(0.5) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_empty_range_still_has_a_scale() {
        assert!(Scale::linear(3.0, 3.0, 0.0, 10.0).px(3.0).is_finite());
    }
}
