//! How a sweep is laid out for people: which factor runs along the axis, which one tells lines apart, which ones give
//! panels; and what its measure and factors are called.

use crate::experiment::results::{Measure, Measured};
use crate::experiment::sweep::{Sweep, SweptFactor};

/// A sweep's factors by the part they play.
pub(crate) struct View {
    /// Along the axis: the factor with the most numbers, else the one with the most values.
    pub x: usize,
    /// A line, or a row of a heat map, for each value; words come before numbers.
    pub lines: Option<usize>,
    /// A panel for each combination.
    pub rest: Vec<usize>,
}

impl View {
    pub fn of(sweep: &Sweep) -> View {
        let factors = &sweep.factors;
        let count = |f: usize| factors[f].levels.len();
        let rank = |f: &usize| {
            let numbers = factors[*f].range.is_some() && count(*f) > 1;
            // The first of equals.
            (numbers, count(*f), factors.len() - f)
        };
        let x = (0..factors.len()).max_by_key(rank).unwrap_or(0);
        let mut others: Vec<usize> = (0..factors.len()).filter(|f| *f != x).collect();
        let line = (others.iter().copied())
            .filter(|f| count(*f) > 1)
            .min_by_key(|f| (factors[*f].range.is_some(), *f));
        others.retain(|f| Some(*f) != line);
        View {
            x,
            lines: line,
            rest: others,
        }
    }

    /// Every combination of the other factors' values.
    pub fn panels(&self, sweep: &Sweep) -> Vec<Vec<usize>> {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
        for f in &self.rest {
            let count = sweep.factors[*f].levels.len();
            rows = (rows.iter())
                .flat_map(|row| (0..count).map(move |at| [&row[..], &[at]].concat()))
                .collect();
        }
        rows
    }

    /// What a panel shows, such as `regime serial, cooperation.recognition 0`; empty where there are no other factors.
    pub fn panel_label(&self, sweep: &Sweep, panel: &[usize]) -> String {
        let given: Vec<(usize, usize)> = (self.rest.iter().copied())
            .zip(panel.iter().copied())
            .collect();
        given_label(sweep, &given)
    }

    /// The position of a point.
    pub fn point(&self, sweep: &Sweep, panel: &[usize], line: usize, x: usize) -> Option<usize> {
        let mut levels = vec![0; sweep.factors.len()];
        levels[self.x] = x;
        if let Some(f) = self.lines {
            levels[f] = line;
        }
        for (f, level) in self.rest.iter().zip(panel) {
            levels[*f] = *level;
        }
        sweep.at(&levels)
    }

    /// How many lines a panel has.
    pub fn line_count(&self, sweep: &Sweep) -> usize {
        self.lines.map_or(1, |f| sweep.factors[f].levels.len())
    }
}

/// A factor without what people need not read: `information` for `cooperation.information`.
pub(crate) fn factor_word(factor: &SweptFactor) -> &str {
    let name = factor.name.as_str();
    name.strip_prefix("cooperation.").unwrap_or(name)
}

/// A factor with its unit, for an axis.
pub(crate) fn factor_title(factor: &SweptFactor) -> String {
    match (
        factor.unit.as_str(),
        factor.name.starts_with("cooperation."),
    ) {
        ("", true) => format!("level of {}", factor_word(factor)),
        ("", false) => factor.name.clone(),
        (unit, _) => format!("{}, {unit}", factor.name),
    }
}

/// Factors at their levels, such as `regime serial, recognition 0.0`.
pub(crate) fn given_label(sweep: &Sweep, given: &[(usize, usize)]) -> String {
    let parts: Vec<String> = (given.iter())
        .map(|(f, level)| {
            let factor = &sweep.factors[*f];
            format!("{} {}", factor_word(factor), factor.levels[*level].label())
        })
        .collect();
    parts.join(", ")
}

/// What the sweep is about, without its unit: `at the border sides`, for "mean hours ...".
pub(crate) fn measure_words(sweep: &Sweep) -> String {
    let subject = sweep.subjects.iter().find(|s| s.measure == sweep.measure);
    let title = subject.map_or("", |s| s.title.as_str());
    match &sweep.measure {
        Measure::AllSides => "at the border sides".to_owned(),
        Measure::AllReleases => "to release at all controlled stops".to_owned(),
        Measure::Bcp(_, role) => format!("of BCP time at {title}, {role}"),
        Measure::Release(_, role) => format!("to release at {title}, {role}"),
        Measure::Crossing(..) => format!("of crossing time, {title}"),
        Measure::DoorToDoor(_) => format!("door to door, {title}"),
    }
}

/// The least and greatest of what is to be drawn, intervals included, with some room; from zero where that is near.
pub(crate) fn range<'a>(values: impl Iterator<Item = &'a Measured>) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        let (a, b) = match value {
            Measured::Estimate(e) if e.half_width.is_finite() => (e.low(), e.high()),
            Measured::Estimate(e) => (e.mean, e.mean),
            Measured::AtLeast(bound) => (*bound, *bound),
            Measured::Missing => continue,
        };
        low = low.min(a);
        high = high.max(b);
    }
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    // Noise is not blown up to fill a panel.
    let room = ((high - low) * 0.08).max(0.01 * high.abs()).max(1e-6);
    let bottom = low - room;
    Some((
        if low >= 0.0 && bottom < 0.25 * high {
            0.0
        } else {
            bottom
        },
        high + room,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::fixture;

    #[test]
    fn numbers_run_along_the_axis_and_words_tell_lines_apart() {
        let sweep = fixture::levels();
        let view = View::of(&sweep);
        assert_eq!((view.x, view.lines, view.rest.len()), (0, Some(1), 0));
        let sweep = fixture::mutuals();
        let view = View::of(&sweep);
        assert_eq!((view.x, view.lines), (0, Some(3)));
        assert_eq!(view.panels(&sweep).len(), 4);
        assert_eq!(
            view.panel_label(&sweep, &[0, 1]),
            "recognition 0, enforcement 1"
        );
        let point = view
            .point(&sweep, &[0, 1], 1, 1)
            .map(|p| &sweep.points[p].name);
        assert_eq!(
            point.map(String::as_str),
            Some(
                "cooperation.information=1 cooperation.recognition=0 cooperation.enforcement=1 \
                 regime=joint"
            )
        );
    }
}
