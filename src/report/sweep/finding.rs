//! The answer of a sweep in one plain sentence: only what the intervals support.

use crate::experiment::Overload;
use crate::experiment::results::Measured;
use crate::experiment::sweep::{Design, Effect, EffectKind, Sweep};
use crate::report::growing::growing_at;
use crate::report::number::{self, fixed};
use crate::report::sweep::view::{View, factor_word, given_label, measure_words};
use crate::stats::Estimate;

/// Lines and panels that the sentence goes through.
const CLAUSES: usize = 6;

/// What was found and how sure it is, in one sentence.
pub fn sweep_finding(sweep: &Sweep) -> String {
    let (clauses, more) = match sweep.design {
        Design::Factorial => curves(sweep),
        Design::Latin { .. } | Design::Sobol { .. } => plane(sweep),
    };
    let sure = if sweep.replications < 2 {
        "one replication gives no interval, so nothing is certain".to_owned()
    } else {
        format!(
            "95 % intervals, each for itself, paired over {} replications",
            sweep.replications
        )
    };
    let overloads = sweep.points.iter().filter_map(|p| p.overload.clone());
    let overloads: Vec<Overload> = overloads.collect();
    let growing = growing_at(&overloads, sweep.points.len(), "points");
    format!(
        "{}: {} ({sure}){more}{growing}.",
        sweep.title,
        clauses.join("; ")
    )
}

/// What a difference is, where its interval says so.
fn falls(e: &Estimate) -> Option<bool> {
    (e.half_width.is_finite() && e.mean.abs() > e.half_width).then_some(e.mean < 0.0)
}

/// The size of a difference with its interval.
fn size(e: &Estimate) -> String {
    number::estimate(&Estimate {
        mean: e.mean.abs(),
        ..*e
    })
}

/// One clause for each line of the first panel, and what stands after the brackets.
fn curves(sweep: &Sweep) -> (Vec<String>, String) {
    let view = View::of(sweep);
    let x = &sweep.factors[view.x];
    let last = x.levels.len() - 1;
    // Numbers go upwards, however they are listed.
    let mut order: Vec<usize> = (0..=last).collect();
    if x.range.is_some() {
        let number = |at: usize| x.levels[at].number.unwrap_or_default();
        order.sort_by(|a, b| number(*a).total_cmp(&number(*b)));
    }
    let words = measure_words(sweep);
    let panels = view.panels(sweep);
    let lines = view.line_count(sweep);
    let mut clauses = Vec::new();
    for line in 0..lines.min(CLAUSES) {
        let points: Vec<usize> = (order.iter())
            .filter_map(|at| view.point(sweep, &panels[0], line, *at))
            .collect();
        let under = view.lines.map_or(String::new(), |f| under(sweep, f, line));
        let subject = if clauses.is_empty() {
            format!("the mean hours {words}")
        } else {
            "they".to_owned()
        };
        let (from, to) = (x.levels[order[0]].label(), x.levels[order[last]].label());
        let lead = match (clauses.is_empty(), last) {
            (_, 0) => format!("at {} {from}, {subject}", factor_word(x)),
            (true, _) => format!("from {} {from} to {to}, {subject}", factor_word(x)),
            _ => subject,
        };
        let first = sweep.points[points[0]].mean_h;
        if last == 0 {
            clauses.push(format!("{lead} are {}{under}", number::measured(&first)));
            continue;
        }
        clauses.push(clause(sweep, &points, &lead, &under, view.x));
    }
    clauses.extend(together(sweep));
    let mut more = String::new();
    let given = view.panel_label(sweep, &panels[0]);
    if panels.len() > 1 {
        let others = match panels.len() - 1 {
            1 => "one further combination stands".to_owned(),
            n => format!("{n} further combinations stand"),
        };
        more = format!("; this is told of {given}: {others} in the tables");
    }
    if lines > CLAUSES {
        more.push_str(&format!(
            "; the first {CLAUSES} of {lines} lines are told here"
        ));
    }
    (clauses, more)
}

/// What all factors whose effects are told do together, against the sum of each alone.
fn together(sweep: &Sweep) -> Option<String> {
    let given = &sweep.effects.first()?.given;
    let most = sweep.effects.iter().map(|e| e.of.len()).max()?;
    let of = |kind: EffectKind| {
        let whole = |e: &&Effect| e.given == *given && e.of.len() == most && e.kind == kind;
        sweep.effects.iter().find(whole)
    };
    let combined = of(EffectKind::Combined)?;
    let interaction = of(EffectKind::Interaction)?.hours?;
    let change = combined.hours?;
    let saves = falls(&change)?;
    let names: Vec<&str> = (combined.of.iter())
        .map(|f| factor_word(&sweep.factors[*f]))
        .collect();
    let (last, others) = names.split_last()?;
    let given = match given[..] {
        [] => String::new(),
        _ => format!(" (with {})", given_label(sweep, given)),
    };
    let against = match falls(&interaction) {
        Some(down) => format!(
            "{} h {} than the sum of each alone",
            size(&interaction),
            if down == saves { "more" } else { "less" }
        ),
        None if interaction.is_nothing() => "the sum of each alone".to_owned(),
        None => format!(
            "which cannot be told from the sum of each alone ({} h apart)",
            number::difference(&interaction)
        ),
    };
    Some(format!(
        "{} and {last} from first to last together{given} {} {} h, {against}",
        others.join(", "),
        if saves { "save" } else { "add" },
        size(&change)
    ))
}

/// Which line it is, such as ` under serial clearance` or ` with recognition 0.5`.
fn under(sweep: &Sweep, factor: usize, level: usize) -> String {
    let about = &sweep.factors[factor];
    match about.name.as_str() {
        "regime" => format!(" under {} clearance", about.levels[level].label()),
        _ => format!(" with {}", given_label(sweep, &[(factor, level)])),
    }
}

/// How the means go along one line.
fn clause(sweep: &Sweep, points: &[usize], lead: &str, under: &str, x: usize) -> String {
    let level = |at: usize| sweep.points[points[at]].levels[x].label();
    let (first, last) = (points[0], points[points.len() - 1]);
    let mean = |point: usize| &sweep.points[point].mean_h;
    let whole = sweep.contrast(&[(last, 1.0), (first, -1.0)]);
    let (Some(whole), Measured::Estimate(a), Measured::Estimate(b)) =
        (whole, mean(first), mean(last))
    else {
        return format!("{lead} cannot be compared{under}, because an end has no mean");
    };
    if !whole.half_width.is_finite() {
        let way = if whole.mean < 0.0 { "fewer" } else { "more" };
        return format!("{lead} were {way} in the one replication{under}");
    }
    let percent = match a.mean {
        0.0 => String::new(),
        mean => format!(", {} %", fixed((whole.mean / mean * 100.0).abs(), 1)),
    };
    let mut text = match falls(&whole) {
        Some(down) => format!(
            "{lead} {} from {} to {}{under} (by {} h{percent})",
            if down { "fall" } else { "rise" },
            number::estimate(a),
            number::estimate(b),
            size(&whole)
        ),
        None if whole.is_nothing() => format!("{lead} do not change at all{under}"),
        None => format!(
            "{lead} show no significant difference{under} ({} h)",
            number::difference(&whole)
        ),
    };
    if falls(&whole).is_some()
        && let Some((from, to)) = steepest(sweep, points, x, whole.mean < 0.0)
    {
        let sign = if whole.mean < 0.0 { -1.0 } else { 1.0 };
        let half = [
            (points[to], sign),
            (points[from], -sign),
            (last, -0.5 * sign),
            (first, 0.5 * sign),
        ];
        let more_than_half = sweep.contrast(&half).is_some_and(|e| e.low() > 0.0);
        let how = if more_than_half {
            "most of it"
        } else {
            "steepest"
        };
        text.push_str(&format!(
            ", {how} between {} and {}",
            level(from),
            level(to)
        ));
    }
    if let Some((at, estimate)) = dip(sweep, points) {
        text.push_str(&format!(
            ", and are fewest at {}: {}",
            level(at),
            number::estimate(&estimate)
        ));
    }
    text
}

/// The shortest stretch, at most half of the steps, each of which is steeper than each step outside it, beyond the
/// simultaneous error of these comparisons (Bonferroni).
fn steepest(sweep: &Sweep, points: &[usize], x: usize, down: bool) -> Option<(usize, usize)> {
    let steps = points.len() - 1;
    let sign = if down { -1.0 } else { 1.0 };
    // Per unit of a number, so that long steps are not steep for their length.
    let number = |i: usize| sweep.points[points[i]].levels[x].number;
    let length = |i: usize| match (number(i), number(i + 1)) {
        (Some(a), Some(b)) if a != b => (b - a).abs(),
        _ => 1.0,
    };
    let step = |i: usize, weight: f64| {
        let weight = weight / length(i);
        [(points[i + 1], weight), (points[i], -weight)]
    };
    let sizes: Vec<f64> = (0..steps)
        .map(|i| sweep.contrast(&step(i, sign)).map_or(f64::NAN, |e| e.mean))
        .collect();
    for width in 1..=steps / 2 {
        let sum = |start: usize| sizes[start..start + width].iter().sum::<f64>();
        let start = (0..=steps - width).max_by(|a, b| sum(*a).total_cmp(&sum(*b)))?;
        let inside = start..start + width;
        let comparisons = (width * (steps - width)) as f64;
        let level = 1.0 - 0.05 / comparisons;
        let larger = |i: usize, j: usize| {
            let weights = [step(i, sign), step(j, -sign)].concat();
            let e = sweep.contrast(&weights).map(|e| e.at_level(level));
            e.is_some_and(|e| e.half_width.is_finite() && e.low() > 0.0)
        };
        let outside = || (0..steps).filter(|j| !inside.contains(j));
        if inside.clone().all(|i| outside().all(|j| larger(i, j))) {
            return Some((start, start + width));
        }
    }
    None
}

/// The least mean, where it lies between the ends and is below both, beyond the simultaneous error of the choice.
fn dip(sweep: &Sweep, points: &[usize]) -> Option<(usize, Estimate)> {
    let last = points.len() - 1;
    let mean = |at: usize| match sweep.points[points[at]].mean_h {
        Measured::Estimate(e) => e.mean,
        _ => f64::INFINITY,
    };
    let least = (1..last).min_by(|a, b| mean(*a).total_cmp(&mean(*b)))?;
    let level = 1.0 - 0.05 / (2 * (last - 1)) as f64;
    let below = |end: usize| {
        let e = sweep.contrast(&[(points[least], 1.0), (points[end], -1.0)]);
        e.is_some_and(|e| falls(&e.at_level(level)) == Some(true))
    };
    match sweep.points[points[least]].mean_h {
        Measured::Estimate(e) if below(0) && below(last) => Some((least, e)),
        _ => None,
    }
}

/// One clause for each coefficient of the plane.
fn plane(sweep: &Sweep) -> (Vec<String>, String) {
    let words = measure_words(sweep);
    let Some(fit) = &sweep.regression else {
        let none = format!(
            "over {} points no plane could be fitted to the mean hours {words}",
            sweep.points.len()
        );
        return (vec![none], String::new());
    };
    let mut order: Vec<usize> = (0..fit.coefficients.len()).collect();
    let hours = |i: usize| fit.coefficients[i].hours;
    order.sort_by(|a, b| hours(*b).mean.abs().total_cmp(&hours(*a).mean.abs()));
    let mut clauses = Vec::new();
    for i in order.into_iter().take(CLAUSES) {
        let coefficient = &fit.coefficients[i];
        let name = factor_word(&sweep.factors[coefficient.factor]);
        let way = format!("{name} from {} to {}", coefficient.from, coefficient.to);
        clauses.push(match falls(&coefficient.hours) {
            Some(true) => format!("{way} saves {} h", size(&coefficient.hours)),
            Some(false) => format!("{way} adds {} h", size(&coefficient.hours)),
            None if coefficient.hours.is_nothing() => format!("{way} changes nothing at all"),
            None => format!(
                "{way} makes no significant difference ({} h)",
                number::difference(&coefficient.hours)
            ),
        });
    }
    clauses[0] = format!(
        "by the plane through {} points, of the mean hours {words}, {}",
        sweep.points.len(),
        clauses[0]
    );
    let more = format!(
        "; the plane explains {} % of the variance between the points",
        fixed(fit.explained * 100.0, 1)
    );
    (clauses, more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::fixture;

    #[test]
    fn a_fall_is_told_with_its_ends_its_size_and_where_most_of_it_is() {
        let text = sweep_finding(&fixture::levels());
        assert!(
            text.starts_with(
                "China-Europe rail corridor: from information 0.0 to 1.0, the mean hours at the border sides fall \
                 from 68.0 ±0.9 to 59.6 ±"
            ),
            "{text}"
        );
        assert!(
            text.contains("most of it between 0.2 and 0.4; they fall from 61.2"),
            "{text}"
        );
        assert!(text.contains(" under joint clearance (by "), "{text}");
        assert!(
            text.ends_with("(95 % intervals, each for itself, paired over 5 replications)."),
            "{text}"
        );
    }

    /// The points of a sweep with the means moved by replication and point.
    fn moved(by: impl Fn(usize, usize) -> f64) -> Sweep {
        let mut sweep = fixture::levels();
        for (p, point) in sweep.points.iter_mut().enumerate() {
            let values: Vec<f64> = (0..5).map(|r| 50.0 + by(r, p)).collect();
            point.values = values.iter().map(|v| Some(*v)).collect();
            point.mean_h = Measured::Estimate(Estimate::from_replications(&values));
        }
        sweep
    }

    #[test]
    fn what_changes_nothing_is_told_without_statistics() {
        let text = sweep_finding(&moved(|r, _| r as f64));
        assert!(text.contains("do not change at all"), "{text}");
        assert!(!text.contains("significant"), "{text}");
    }

    #[test]
    fn what_the_intervals_do_not_support_is_not_claimed() {
        let text = sweep_finding(&moved(|r, p| ((r * 7 + p * 5) % 11) as f64));
        assert!(text.contains("no significant difference"), "{text}");
        assert!(
            !text.contains("fall") && !text.contains(" between "),
            "{text}"
        );
        // A straight line has no steepest part.
        let text = sweep_finding(&moved(|r, p| {
            -((p / 3) as f64) + 0.01 * ((r * 7 + p * 5) % 11) as f64
        }));
        assert!(
            text.contains("fall from") && !text.contains(" between "),
            "{text}"
        );
    }

    #[test]
    fn a_dip_between_the_ends_is_told() {
        let text = sweep_finding(&moved(|r, p| {
            let x = (p / 3) as f64 - 6.0;
            0.2 * x * x + 0.01 * ((r * 7 + p * 5) % 11) as f64
        }));
        assert!(text.contains("and are fewest at 0.6: 50."), "{text}");
    }

    #[test]
    fn what_the_mutuals_do_together_is_told_against_the_sum_of_each_alone() {
        let text = sweep_finding(&fixture::mutuals());
        assert!(
            text.contains(
                "information, recognition and enforcement from first to last together (with regime serial) save 11.0 \
                 ±0.1 h, 2.00 ±0.09 h less than the sum of each alone"
            ),
            "{text}"
        );
        let mut sweep = fixture::mutuals();
        for effect in &mut sweep.effects {
            if effect.kind == EffectKind::Interaction {
                effect.hours = Some(Estimate::from_replications(&[0.5, -0.4, 0.0]));
            }
        }
        let text = sweep_finding(&sweep);
        assert!(text.contains("which cannot be told from the sum"), "{text}");
    }

    #[test]
    fn numbers_are_told_upwards_however_they_are_listed() {
        let mut sweep = fixture::levels();
        let up = sweep_finding(&sweep);
        // The same points, listed downwards.
        sweep.factors[0].levels.reverse();
        let rows: Vec<_> = sweep.points.chunks(3).rev().flatten().cloned().collect();
        sweep.points = rows;
        let listed = sweep_finding(&sweep);
        let told = |text: &str| text.split("; information and").next().map(str::to_owned);
        assert_eq!(told(&listed), told(&up));
    }

    #[test]
    fn one_replication_and_a_missing_mean_claim_nothing() {
        let mut sweep = fixture::levels();
        sweep.points[0].mean_h = Measured::AtLeast(70.0);
        let text = sweep_finding(&sweep);
        assert!(
            text.contains("cannot be compared under serial clearance, because an end has no mean"),
            "{text}"
        );
        let mut sweep = fixture::levels();
        sweep.replications = 1;
        for point in &mut sweep.points {
            point.values.truncate(1);
            let value = [point.values[0].unwrap_or_default()];
            point.mean_h = Measured::Estimate(Estimate::from_replications(&value));
        }
        let text = sweep_finding(&sweep);
        assert!(text.contains("were fewer in the one replication"), "{text}");
        assert!(
            text.contains("nothing is certain") && !text.contains("±inf"),
            "{text}"
        );
    }

    #[test]
    fn a_drawn_design_is_told_by_its_plane_largest_first() {
        let text = sweep_finding(&fixture::drawn());
        assert!(
            text.contains("flows.a.volume from 8 trains/day to 12 trains/day adds 11."),
            "{text}"
        );
        assert!(
            text.contains("; information from 0 to 1 saves 5."),
            "{text}"
        );
        assert!(
            text.contains("of the variance between the points."),
            "{text}"
        );
    }
}
