//! The tables of a sweep: hours by point, effects, the regression, and notes on what is missing.

use crate::experiment::results::Measured;
use crate::experiment::sweep::{Design, Effect, Sweep};
use crate::report::number;
use crate::report::sweep::view::{HEAT_SIDE, View, factor_title, given_label, measure_words};
use crate::report::table::Table;
use crate::stats::Estimate;

/// Points that a table lists one by one; the rest are in `sweep.csv`.
const LISTED: usize = 40;
/// Lines side by side.
const WIDE: usize = 5;

/// What was run, in one line.
pub(super) fn setting(sweep: &Sweep) -> String {
    let days = |h: f64| number::fixed(h / 24.0, if h % 24.0 == 0.0 { 0 } else { 1 });
    let counts: Vec<String> = (sweep.factors.iter())
        .map(|factor| factor.levels.len().to_string())
        .collect();
    // A point that is drawn again is run once.
    let differ = |points: u32| match sweep.points.len() {
        n if n < points as usize => format!(", of which {n} differ and were run,"),
        _ => String::new(),
    };
    let design = match sweep.design {
        Design::Factorial if counts.len() > 1 => {
            format!(
                "full factorial, {} = {} points",
                counts.join(" x "),
                sweep.points.len()
            )
        }
        Design::Factorial => format!("{} points of one factor", sweep.points.len()),
        Design::Latin { points } => format!("Latin hypercube of {points} points{}", differ(points)),
        Design::Sobol { points } => format!("{points} scrambled Sobol points{}", differ(points)),
    };
    format!(
        "{design} from variant {}, each in {} replication{} from {}, measured from day {} to day {}{}; seed {}, {} events, \
         digest {}. All points share their random draws. Each ± is half a 95 % interval over replications, each for \
         itself.",
        sweep.variant,
        sweep.replications,
        if sweep.replications == 1 { "" } else { "s" },
        sweep.start,
        days(sweep.warm_up_h),
        days(sweep.horizon_h),
        match &sweep.warm_up {
            Some(found) => format!(
                " (warm-up found by MSER-5 over {} replications, latest for {})",
                found.replications, found.latest
            ),
            None => String::new(),
        },
        sweep.seed,
        number::count(sweep.events),
        sweep.digest,
    )
}

/// Every table that the sweep has data for.
pub(super) fn tables(sweep: &Sweep) -> Vec<Table> {
    let mut tables = by_point(sweep);
    tables.extend(effects(sweep));
    tables.extend(regression(sweep));
    tables
}

/// What the tables and charts do not show, and warnings.
pub(super) fn notes(sweep: &Sweep) -> Vec<String> {
    let mut notes = Vec::new();
    let without = |is: fn(&Measured) -> bool| sweep.points.iter().filter(|p| is(&p.mean_h)).count();
    let bounds = without(|m| matches!(m, Measured::AtLeast(_)));
    if bounds > 0 {
        notes.push(format!(
            "{bounds} of {} points have a lower bound only, because more than 0.1 % of their consignments were \
             unfinished: they are compared with nothing.",
            sweep.points.len()
        ));
    }
    if sweep.design != Design::Factorial {
        notes.push(
            "The points of a drawn design are no grid: no response curves by a second factor, heat map or interaction \
             are drawn. The scatter shows all points, with means of neighbours."
                .to_owned(),
        );
        if sweep.regression.is_none() {
            notes.push(
                "No plane was fitted: there are too few points for the factors, a point has no mean, or two factors \
                 vary together."
                    .to_owned(),
            );
        }
    }
    if sweep.design == Design::Factorial && sweep.points.len() > 1 {
        let view = View::of(sweep);
        let sides = [Some(view.x), view.lines];
        let too_long = |f: usize| sweep.factors[f].levels.len() > HEAT_SIDE;
        if view.lines.is_some() && sides.into_iter().flatten().any(too_long) {
            notes.push(format!(
                "No heat map is drawn: a factor has more than {HEAT_SIDE} values."
            ));
        }
        let varied = sweep.factors.iter().filter(|f| f.levels.len() > 1);
        if sweep.effects.is_empty() && varied.count() > 1 {
            notes.push(
                "Effects alone and together are told of two or three factors, or of the mutuals."
                    .to_owned(),
            );
        }
    }
    // The same warning at many points is one.
    let mut warnings: Vec<(&str, Vec<&str>)> = Vec::new();
    for point in &sweep.points {
        for warning in &point.warnings {
            match warnings.iter_mut().find(|(text, _)| text == warning) {
                Some((_, points)) => points.push(&point.name),
                None => warnings.push((warning, vec![&point.name])),
            }
        }
    }
    let all = warnings.len();
    for (text, points) in warnings.into_iter().take(12) {
        notes.push(match &points[..] {
            [one] => format!("{one}: {text}"),
            [first, ..] => format!("{first} and {} more points: {text}", points.len() - 1),
            [] => text.to_owned(),
        });
    }
    if all > 12 {
        notes.push(format!("{} more warnings are in results.json.", all - 12));
    }
    notes
}

/// A mean and what it differs from the first point by.
fn cell(mean: &Measured, difference: Option<&Estimate>) -> [String; 2] {
    [
        number::measured(mean),
        difference.map_or_else(|| number::MISSING.to_owned(), number::difference),
    ]
}

fn by_point(sweep: &Sweep) -> Vec<Table> {
    let title = format!("Mean hours {}", measure_words(sweep));
    let against = format!(
        "difference_h: less the first point ({}), paired by replication.",
        sweep.points[0].name
    );
    let view = View::of(sweep);
    let long = sweep.factors[view.x].levels.len() > LISTED;
    if sweep.design != Design::Factorial || view.line_count(sweep) > WIDE || long {
        return vec![listed(sweep, &title, &against)];
    }
    let panels = view.panels(sweep);
    let mut tables = Vec::new();
    let mut rows = 0;
    for panel in &panels {
        let given = view.panel_label(sweep, panel);
        let title = match given.as_str() {
            "" => title.clone(),
            _ => format!("{title}, {given}"),
        };
        let x = &sweep.factors[view.x];
        if rows > 0 && rows + x.levels.len() > LISTED {
            break;
        }
        rows += x.levels.len();
        let mut header = vec![factor_title(x)];
        for line in 0..view.line_count(sweep) {
            let name = view.lines.map_or(String::new(), |f| {
                format!("{} ", given_label(sweep, &[(f, line)]))
            });
            header.push(format!("{name}mean_h"));
            header.push("difference_h".to_owned());
        }
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut table = Table::new(title, 1, &header);
        for (at, level) in x.levels.iter().enumerate() {
            let mut cells = vec![level.label().to_owned()];
            for line in 0..view.line_count(sweep) {
                let Some(point) = view.point(sweep, panel, line, at) else {
                    continue;
                };
                let point = &sweep.points[point];
                cells.extend(cell(&point.mean_h, point.difference_h.as_ref()));
            }
            table.row(cells);
        }
        tables.push(table);
    }
    let left = panels.len() - tables.len();
    if let Some(last) = tables.last_mut() {
        last.note = Some(match left {
            0 => against,
            _ => format!("{against} {left} more such tables are in sweep.csv alone."),
        });
    }
    tables
}

/// Points one by one; of many, the first.
fn listed(sweep: &Sweep, title: &str, against: &str) -> Table {
    let mut header: Vec<String> = sweep.factors.iter().map(factor_title).collect();
    header.extend(["mean_h".to_owned(), "difference_h".to_owned()]);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::new(title, sweep.factors.len(), &header);
    for point in sweep.points.iter().take(LISTED) {
        let mut cells: Vec<String> = (point.levels.iter())
            .map(|level| level.label().to_owned())
            .collect();
        cells.extend(cell(&point.mean_h, point.difference_h.as_ref()));
        table.row(cells);
    }
    let left = sweep.points.len().saturating_sub(LISTED);
    match left {
        0 => table.with_note(against),
        _ => table.with_note(format!("{against} {left} more points are in sweep.csv.")),
    }
}

/// What an effect is of, such as `information + recognition`.
pub(crate) fn effect_label(sweep: &Sweep, effect: &Effect) -> String {
    let names: Vec<&str> = (effect.of.iter())
        .map(|f| crate::report::sweep::view::factor_word(&sweep.factors[*f]))
        .collect();
    names.join(" + ")
}

fn effects(sweep: &Sweep) -> Option<Table> {
    let first = sweep.effects.first()?;
    let ends: Vec<String> = (sweep.effects.iter())
        .filter(|e| e.of.len() == 1 && e.given == first.given)
        .map(|e| {
            let levels = &sweep.factors[e.of[0]].levels;
            let (from, to) = (&levels[0], &levels[levels.len() - 1]);
            format!(
                "{} from {} to {}",
                effect_label(sweep, e),
                from.label(),
                to.label()
            )
        })
        .collect();
    // The column of the other factors only where there are any.
    let given = !first.given.is_empty();
    let header = ["given", "of", "effect", "hours"];
    let mut table = Table::new(
        "Effects alone and together, hours",
        2 + usize::from(given),
        &header[usize::from(!given)..],
    );
    for effect in sweep.effects.iter().take(3 * LISTED) {
        let mut cells = Vec::new();
        if given {
            cells.push(given_label(sweep, &effect.given));
        }
        cells.extend([
            effect_label(sweep, effect),
            effect.kind.to_string(),
            effect
                .hours
                .as_ref()
                .map_or_else(|| number::MISSING.to_owned(), number::difference),
        ]);
        table.row(cells);
    }
    let left = sweep.effects.len().saturating_sub(3 * LISTED);
    let more = match left {
        0 => String::new(),
        _ => format!(" {left} more are in effects.csv."),
    };
    Some(table.with_note(format!(
        "{}. Combined less the sum of the marginal effects is the interaction: above zero where several together save \
         less than the sum of each alone. Intervals are paired by replication.{more}",
        ends.join(", ")
    )))
}

fn regression(sweep: &Sweep) -> Option<Table> {
    let fit = sweep.regression.as_ref()?;
    let mut table = Table::new(
        "What each factor does from end to end, by the plane through the points",
        3,
        &["factor", "from", "to", "hours"],
    );
    for coefficient in &fit.coefficients {
        table.row(vec![
            sweep.factors[coefficient.factor].name.clone(),
            coefficient.from.clone(),
            coefficient.to.clone(),
            number::difference(&coefficient.hours),
        ]);
    }
    Some(table.with_note(format!(
        "Least squares over {} points; the plane explains {} % of the variance between their means. The intervals are \
         over replications, for these points: they do not hold the error of taking the answer for a plane.",
        sweep.points.len(),
        number::fixed(fit.explained * 100.0, 1)
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sweep::fixture;

    #[test]
    fn two_factors_make_one_table_of_levels_by_regimes() {
        let tables = tables(&fixture::levels());
        let table = &tables[0];
        assert_eq!(table.title, "Mean hours at the border sides");
        assert_eq!(table.header[0], "level of information");
        assert_eq!(table.header[3], "regime parallel mean_h");
        assert_eq!((table.rows.len(), table.rows[0].len()), (11, 7));
        assert_eq!(table.rows[0][0..3], ["0.0", "68.0 ±0.9", "-"]);
        assert!(
            table.note.as_ref().unwrap().starts_with(
                "difference_h: less the first point (cooperation.information=0.0 regime=serial)"
            ),
            "{:?}",
            table.note
        );
    }

    #[test]
    fn points_without_a_mean_are_counted_and_warnings_are_told_once() {
        let mut sweep = fixture::levels();
        sweep.points[4].mean_h = Measured::AtLeast(99.0);
        for at in [3, 4] {
            sweep.points[at].warnings = vec!["customs cannot keep up".to_owned()];
        }
        let notes = notes(&sweep);
        assert!(
            notes[0].starts_with("1 of 33 points have a lower bound only"),
            "{notes:?}"
        );
        assert_eq!(
            notes[1],
            "cooperation.information=0.1 regime=serial and 1 more points: customs cannot keep up"
        );
        assert!(tables(&sweep)[0].rows[1].contains(&">= 99.0".to_owned()));
    }

    #[test]
    fn the_interaction_of_the_mutuals_is_a_row() {
        let sweep = fixture::mutuals();
        let table = effects(&sweep).unwrap();
        let row = table.rows.iter().find(|r| {
            r[0] == "regime joint" && r[1] == "information + recognition" && r[2] == "interaction"
        });
        assert!(row.unwrap()[3].starts_with("+1."), "{row:?}");
    }
}
