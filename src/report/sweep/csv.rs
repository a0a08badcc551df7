//! A sweep as tidy CSV: one line a design point and number; effects and the regression apart. What is not known is
//! empty.

use crate::experiment::results::Measured;
use crate::experiment::sweep::Sweep;
use crate::report::csv::{Line, Sheet};
use crate::stats::{CONFIDENCE, Estimate};

const MEASURED: [&str; 17] = [
    "measure",
    "of",
    "title",
    "mode",
    "direction",
    "statistic",
    "unit",
    "value",
    "low",
    "high",
    "at_least",
    "replications",
    "difference",
    "difference_low",
    "difference_high",
    "simultaneous_low",
    "simultaneous_high",
];

/// `sweep.csv`: every factor a column; `low` and `high` are the ends of the 95 % interval; `difference` is the point
/// less the first, paired by replication; the `simultaneous` ends hold for all points of a measure together (Bonferroni).
pub(super) fn points(sweep: &Sweep) -> String {
    let factors = sweep.factors.iter().map(|factor| factor.name.as_str());
    let columns: Vec<&str> = std::iter::once("point")
        .chain(factors)
        .chain(MEASURED)
        .collect();
    let mut sheet = Sheet::new(&columns);
    let comparisons = (sweep.points.len() - 1).max(1) as f64;
    let together = |e: Estimate| e.at_level(1.0 - (1.0 - CONFIDENCE) / comparisons);
    for row in &sweep.rows {
        let subject = &sweep.subjects[row.subject];
        let (word, of) = subject.measure.words();
        let levels = &sweep.points[row.point].levels;
        let line = Line::default().text(row.point + 1);
        let line = levels
            .iter()
            .fold(line, |line, level| line.text(level.label()));
        let line = line
            .text(word)
            .text(of)
            .text(&subject.title)
            .text(subject.mode.map_or_else(String::new, |m| m.to_string()))
            .text(&subject.direction)
            .text(subject.statistic)
            .text(subject.statistic.unit());
        let line = match row.value {
            Measured::Estimate(e) => ends(line, Some(e)).optional(None).text(e.replications),
            Measured::AtLeast(bound) => ends(line, None).number(bound).text(""),
            Measured::Missing => ends(line, None).optional(None).text(""),
        };
        let all = row.difference.map(together);
        let line = ends(line, row.difference);
        sheet.line(
            line.optional(all.map(Estimate::low))
                .optional(all.map(Estimate::high)),
        );
    }
    sheet.finish()
}

/// Mean and both ends of the interval.
fn ends(line: Line, e: Option<Estimate>) -> Line {
    line.optional(e.map(|e| e.mean))
        .optional(e.map(Estimate::low))
        .optional(e.map(Estimate::high))
}

/// `effects.csv`: what each factor does alone, several together, and their interaction, in hours.
pub(super) fn effects(sweep: &Sweep) -> Option<String> {
    if sweep.effects.is_empty() {
        return None;
    }
    // The factors whose effects are told have no level: they go from their first to their last value.
    let factors = sweep.factors.iter().map(|factor| factor.name.as_str());
    let columns: Vec<&str> = factors
        .chain(["effect", "of", "hours", "low", "high", "replications"])
        .collect();
    let mut sheet = Sheet::new(&columns);
    for effect in &sweep.effects {
        let cell = |f: usize| {
            let factor = &sweep.factors[f];
            let label = |at: usize| factor.levels[at].label().to_owned();
            let given = effect.given.iter().find(|(g, _)| *g == f);
            match given {
                Some((_, level)) => label(*level),
                None if effect.of.contains(&f) => {
                    format!("{} to {}", label(0), label(factor.levels.len() - 1))
                }
                None => label(0),
            }
        };
        let line = (0..sweep.factors.len()).fold(Line::default(), |line, f| line.text(cell(f)));
        let of: Vec<&str> = (effect.of.iter())
            .map(|f| sweep.factors[*f].name.as_str())
            .collect();
        let line = ends(line.text(effect.kind).text(of.join(" + ")), effect.hours);
        let replications = effect
            .hours
            .map_or(String::new(), |e| e.replications.to_string());
        sheet.line(line.text(replications));
    }
    Some(sheet.finish())
}

/// `regression.csv`: what each factor does by the plane through the points, in hours.
pub(super) fn regression(sweep: &Sweep) -> Option<String> {
    let fit = sweep.regression.as_ref()?;
    let mut sheet = Sheet::new(&[
        "factor",
        "from",
        "to",
        "hours",
        "low",
        "high",
        "explained_share",
    ]);
    for coefficient in &fit.coefficients {
        let line = Line::default()
            .text(&sweep.factors[coefficient.factor].name)
            .text(&coefficient.from)
            .text(&coefficient.to);
        sheet.line(ends(line, Some(coefficient.hours)).number(fit.explained));
    }
    Some(sheet.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sweep::fixture;

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        let records = reader.records();
        records
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn every_point_and_measure_has_a_line_and_every_factor_a_column() {
        let lines = read(&points(&fixture::levels()));
        assert_eq!(lines.len(), 1 + 33);
        assert_eq!(
            lines[0][..6],
            [
                "point",
                "cooperation.information",
                "regime",
                "measure",
                "of",
                "title"
            ]
        );
        assert_eq!(lines[2][..4], ["2", "0.0", "parallel", "all_sides"]);
        assert_eq!(
            lines[1][15..],
            ["", "", ""],
            "the first is compared with nothing"
        );
        let number = |at: usize| lines[2][at].parse::<f64>().unwrap();
        assert!((number(15) + 6.8).abs() < 0.1, "{:?}", lines[2]);
        assert!(number(16) < number(15) && number(15) < number(17));
        assert!(number(18) < number(16) && number(17) < number(19));
    }

    #[test]
    fn a_lower_bound_stands_apart() {
        let mut sweep = fixture::levels();
        sweep.rows[3].value = Measured::AtLeast(41.2);
        sweep.rows[3].difference = None;
        let line = &read(&points(&sweep))[4];
        assert_eq!(line[10..15], ["", "", "", "41.2", ""]);
    }

    #[test]
    fn effects_are_of_the_mutuals_for_each_regime() {
        let lines = read(&effects(&fixture::mutuals()).unwrap());
        // Three alone, and combined and interaction of three pairs and of all.
        assert_eq!(lines.len(), 1 + 2 * (3 + 2 * 4));
        assert_eq!(
            lines[1][..6],
            [
                "0 to 1",
                "0",
                "0",
                "serial",
                "marginal",
                "cooperation.information"
            ]
        );
        assert!((lines[1][6].parse::<f64>().unwrap() + 6.0).abs() < 0.1);
        let pair = lines.iter().find(|l| l[4] == "interaction").unwrap();
        assert!(
            (pair[6].parse::<f64>().unwrap() - 2.0).abs() < 0.2,
            "{pair:?}"
        );
    }

    #[test]
    fn the_plane_is_written_with_its_fit() {
        let lines = read(&regression(&fixture::drawn()).unwrap());
        assert_eq!(lines[1][..3], ["cooperation.information", "0", "1"]);
        assert_eq!(
            lines[2][..3],
            ["flows.a.volume", "8 trains/day", "12 trains/day"]
        );
        assert_eq!(lines[3][..3], ["regime", "serial", "parallel"]);
        assert!((lines[2][3].parse::<f64>().unwrap() - 11.4).abs() < 0.5);
        assert!(lines[1][6].parse::<f64>().unwrap() > 0.95);
    }
}
