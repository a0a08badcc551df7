//! The answer of a study in one plain sentence, with how sure it is.

use crate::experiment::results::*;
use crate::experiment::{Overload, PrecisionResult};
use crate::report::growing;
use crate::report::number::{self, fixed};
use crate::report::select;
use crate::stats::Estimate;

/// What a paired difference says at the 95 % level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Saves,
    Adds,
    NoDifference,
    /// One replication: no interval.
    Unknown,
}

fn verdict(difference: &Estimate) -> Verdict {
    if !difference.half_width.is_finite() {
        Verdict::Unknown
    } else if difference.mean.abs() <= difference.half_width {
        Verdict::NoDifference
    } else if difference.mean < 0.0 {
        Verdict::Saves
    } else {
        Verdict::Adds
    }
}

/// What was found and how sure it is, in one sentence; true for any study: a product of regimes and
/// cooperation, reforms as variants, or a single variant.
pub fn finding(results: &Results) -> String {
    let Some(base) = results.variants.first() else {
        return "No variant was run.".to_owned();
    };
    let Some(measure) = select::main_measure(results) else {
        return without_comparison(results, base);
    };
    let compared: Vec<(&VariantResult, &Comparison)> = results.variants[1..]
        .iter()
        .filter_map(|v| select::comparison(results, &v.name, &measure).map(|c| (v, c)))
        .collect();
    let Some((_, any)) = compared.first() else {
        return without_comparison(results, base);
    };
    let clauses = match select::factors(results) {
        Some(_) => factor_clauses(base, &compared),
        None => mixed_clauses(base, &compared).unwrap_or_else(|| variant_clauses(&compared)),
    };
    let sure = if results.replications < 2 {
        "one replication gives no interval, so nothing is certain".to_owned()
    } else {
        format!(
            "95 % intervals, each for itself, paired over {} replications{}",
            results.replications,
            precision(results)
        )
    };
    format!(
        "{}: of the {} under {}, {} ({sure}){}{}.",
        results.title,
        amount(&any.base_h, what(results, &measure)),
        base_name(base),
        listed(&clauses),
        unknown(results, &compared),
        growing(results),
    )
}

/// Whether the precision that was asked for was reached.
fn precision(results: &Results) -> String {
    let Some(precision) = &results.precision else {
        return String::new();
    };
    match not_reached(precision) {
        Some(not) => format!("; the {not}"),
        None => format!(
            ", after which all were within the {} % asked for",
            precision.wanted_percent
        ),
    }
}

/// That a precision was not reached, and why, after "the"; `None` where it was.
pub(crate) fn not_reached(precision: &PrecisionResult) -> Option<String> {
    if precision.reached {
        return None;
    }
    let why = match &precision.widest {
        Some((percent, of)) => format!(": {of} is known to {} %", fixed(*percent, 1)),
        None => ", for a mean is only a lower bound".to_owned(),
    };
    let wanted = precision.wanted_percent;
    Some(format!("{wanted} % asked for were not reached{why}"))
}

/// What the hours of a measure are, after "the 43.0 h ".
fn what(results: &Results, measure: &Measure) -> String {
    match measure {
        Measure::AllSides => "that a consignment spends on average at the border sides".to_owned(),
        Measure::AllReleases => {
            "that a consignment waits on average for release at all its controlled stops".to_owned()
        }
        other => format!("of mean time ({})", select::measure_label(results, other)),
    }
}

fn amount(base: &Estimate, what: String) -> String {
    if base.half_width.is_finite() {
        format!("{} h {what}", number::estimate(base))
    } else {
        format!("hours {what}")
    }
}

/// The base in words, so that the differences can name what they change.
fn base_name(base: &VariantResult) -> String {
    match (base.regime, &base.cooperation) {
        (Some(regime), Some(set)) => format!("{regime} clearance with cooperation \"{set}\""),
        (Some(regime), None) => format!("{regime} clearance"),
        (None, Some(set)) => format!("cooperation \"{set}\""),
        (None, None) => format!("\"{}\"", base.name),
    }
}

/// Each regime alone, each level of cooperation alone, and the fastest of all.
fn factor_clauses(base: &VariantResult, compared: &[(&VariantResult, &Comparison)]) -> Vec<String> {
    let mut clauses = Vec::new();
    for (v, c) in compared {
        let (same_regime, same_set) = (v.regime == base.regime, v.cooperation == base.cooperation);
        match (v.regime, &v.cooperation) {
            (Some(regime), _) if !same_regime && same_set => {
                clauses.push(clause(&format!("{regime} clearance alone"), c))
            }
            (_, Some(set)) if same_regime && !same_set => {
                clauses.push(clause(&format!("cooperation \"{set}\" alone"), c));
            }
            _ => {}
        }
    }
    if let Some((v, c)) = fastest(compared)
        && v.regime != base.regime
        && v.cooperation != base.cooperation
    {
        let set = v.cooperation.as_deref().unwrap_or_default();
        let name = v.regime.map_or_else(
            || v.name.clone(),
            |r| format!("{r} clearance with cooperation \"{set}\""),
        );
        clauses.push(match verdict(&c.difference_h) {
            Verdict::Saves => clause(&format!("the fastest combination, {name},"), c),
            _ => clause(
                &format!("no combination saves hours: the fastest, {name},"),
                c,
            ),
        });
    }
    clauses
}

/// A product of regimes and cooperation with variants beside it: the product's clauses, and the fastest of the
/// others. `None` where the base is no member of such a product.
fn mixed_clauses(
    base: &VariantResult,
    compared: &[(&VariantResult, &Comparison)],
) -> Option<Vec<String>> {
    let member = |v: &VariantResult| {
        let (regime, set) = (v.regime?, v.cooperation.as_ref()?);
        (v.name == format!("{regime}/{set}")).then_some(())
    };
    member(base)?;
    let (product, others): (Vec<_>, Vec<_>) = compared
        .iter()
        .copied()
        .partition(|(v, _)| member(v).is_some());
    if product.is_empty() || others.is_empty() {
        return None;
    }
    let mut clauses = factor_clauses(base, &product);
    clauses.extend(fastest(&others).map(|(v, c)| {
        clause(
            &format!("of the other variants the fastest, \"{}\",", v.name),
            c,
        )
    }));
    Some(clauses)
}

/// Variants whose hours are no steady figure, because a desk cannot keep up.
fn growing(results: &Results) -> String {
    let variants = results.variants.iter();
    let overloads = variants.filter_map(|v| Overload::simulated(&v.name, &v.stations));
    growing::growing(&overloads.collect::<Vec<_>>())
}

/// Up to six variants in order; of more, the fastest, the slowest and how many differ.
fn variant_clauses(compared: &[(&VariantResult, &Comparison)]) -> Vec<String> {
    if compared.len() <= 6 {
        return compared
            .iter()
            .map(|(v, c)| clause(&format!("\"{}\"", v.name), c))
            .collect();
    }
    let mut clauses: Vec<String> = fastest(compared)
        .iter()
        .map(|(v, c)| clause(&format!("the fastest variant, \"{}\",", v.name), c))
        .collect();
    let slowest = compared
        .iter()
        .max_by(|a, b| a.1.variant_h.mean.total_cmp(&b.1.variant_h.mean));
    clauses.extend(slowest.map(|(v, c)| clause(&format!("the slowest, \"{}\",", v.name), c)));
    let saving = compared
        .iter()
        .filter(|(_, c)| verdict(&c.difference_h) == Verdict::Saves)
        .count();
    clauses.push(format!(
        "{saving} of {} variants save hours significantly",
        compared.len()
    ));
    clauses
}

fn fastest<'a>(
    compared: &[(&'a VariantResult, &'a Comparison)],
) -> Option<(&'a VariantResult, &'a Comparison)> {
    compared
        .iter()
        .copied()
        .min_by(|a, b| a.1.variant_h.mean.total_cmp(&b.1.variant_h.mean))
}

fn clause(who: &str, c: &Comparison) -> String {
    let d = &c.difference_h;
    let (low, high) = (d.mean - d.half_width, d.mean + d.half_width);
    let size = d.mean.abs();
    let share = match c.difference_percent.mean {
        p if p.is_finite() => format!("{} %, ", fixed(p.abs(), 1)),
        _ => String::new(),
    };
    match verdict(d) {
        Verdict::Saves => format!(
            "{who} saves {} h ({share}{} to {} h)",
            hours(size),
            hours(-high),
            hours(-low)
        ),
        Verdict::Adds => format!(
            "{who} adds {} h ({share}{} to {} h)",
            hours(size),
            hours(low),
            hours(high)
        ),
        Verdict::NoDifference if d.is_nothing() => format!("{who} changes nothing at all"),
        Verdict::NoDifference => {
            format!(
                "{who} makes no significant difference ({} to {} h)",
                signed(low),
                signed(high)
            )
        }
        Verdict::Unknown => {
            format!(
                "{who} took {} time",
                if d.mean < 0.0 { "less" } else { "more" }
            )
        }
    }
}

/// Variants without a mean, named at the end so that silence is not taken for zero.
fn unknown(results: &Results, compared: &[(&VariantResult, &Comparison)]) -> String {
    let without: Vec<String> = results.variants[1..]
        .iter()
        .filter(|v| compared.iter().all(|(c, _)| c.name != v.name))
        .map(|v| format!("\"{}\"", v.name))
        .collect();
    if without.is_empty() {
        String::new()
    } else {
        format!(
            "; nothing can be said of {}, where too many consignments are unfinished",
            without.join(", ")
        )
    }
}

fn without_comparison(results: &Results, base: &VariantResult) -> String {
    let title = &results.title;
    let longest = select::ranked_sides(results)
        .into_iter()
        .filter_map(|s| match s.bcp.mean_h {
            Measured::Estimate(e) if e.mean.is_finite() => Some((s, e)),
            _ => None,
        })
        .max_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
    let alone = if results.variants.len() == 1 {
        "with one variant there is nothing to compare"
    } else {
        "the variants cannot be compared, because no mean is known in both the base and another"
    };
    let growing = growing(results);
    match longest {
        Some((side, e)) if e.half_width.is_finite() => format!(
            "{title}: {alone}; the longest mean stay under \"{}\" is {} h (95 % interval {} to {} h) at {}{growing}.",
            base.name,
            hours(e.mean),
            hours(e.mean - e.half_width),
            hours(e.mean + e.half_width),
            select::side_label(side),
        ),
        Some((side, _)) => format!(
            "{title}: {alone}; the longest mean stay under \"{}\" is at {}, and one replication gives no interval for it{growing}.",
            base.name,
            select::side_label(side),
        ),
        None => {
            format!("{title}: {alone}, and no side has a mean time (see the warnings){growing}.")
        }
    }
}

/// Clauses with semicolons, the last after "and".
fn listed(clauses: &[String]) -> String {
    match clauses {
        [] => "no variant can be set against it".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{}; and {last}", rest.join("; ")),
    }
}

/// Hours to a tenth, to a hundredth below ten.
fn hours(h: f64) -> String {
    fixed(h, if h.abs() >= 9.995 { 1 } else { 2 })
}

fn signed(h: f64) -> String {
    if h > 0.0 {
        format!("+{}", hours(h))
    } else {
        hours(h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{self, compared, est};

    #[test]
    fn a_factor_study_names_regimes_cooperation_and_the_fastest_combination() {
        let text = finding(&fixture::rich());
        assert!(
            text.starts_with(
                "China-Europe rail corridor: of the 86.0 ±1.0 h that a consignment spends"
            ),
            "{text}"
        );
        assert!(
            text.contains("parallel clearance alone saves 6.19 h (7.2 %, 5.89 to 6.49 h)"),
            "{text}"
        );
        assert!(
            text.contains("cooperation \"full\" alone saves 10.3 h (12.0 %, 10.0 to 10.6 h)"),
            "{text}"
        );
        assert!(
            text.contains(
                "the fastest combination, joint clearance with cooperation \"full\", saves 15.9 h"
            ),
            "{text}"
        );
        assert!(text.ends_with(")."));
    }

    #[test]
    fn an_insignificant_difference_is_not_called_a_saving() {
        let mut results = fixture::rich();
        for c in &mut results.comparisons {
            c.difference_h = est(-0.1, 0.3);
        }
        let text = finding(&results);
        assert!(!text.contains("saves 0"), "{text}");
        assert!(
            text.contains("makes no significant difference (-0.40 to +0.20 h)"),
            "{text}"
        );
        assert!(text.contains("no combination saves hours"), "{text}");
    }

    #[test]
    fn what_changes_nothing_is_told_without_statistics() {
        let mut results = fixture::rich();
        for c in &mut results.comparisons {
            c.difference_h = est(0.0, 0.0);
        }
        let text = finding(&results);
        assert!(
            text.contains("parallel clearance alone changes nothing at all"),
            "{text}"
        );
        assert!(!text.contains("significant"), "{text}");
    }

    #[test]
    fn a_loss_is_told() {
        let mut results = fixture::awkward();
        results.comparisons = vec![compared("more-officers", Measure::AllSides, 40.0, 48.0)];
        let text = finding(&results);
        assert!(
            text.contains("\"more-officers\" adds 8.00 h (20.0 %, 7.70 to 8.30 h)"),
            "{text}"
        );
    }

    #[test]
    fn one_replication_claims_nothing() {
        let mut results = fixture::awkward();
        results.replications = 1;
        let mut c = compared("more-officers", Measure::AllSides, 40.0, 48.0);
        for e in [
            &mut c.base_h,
            &mut c.variant_h,
            &mut c.difference_h,
            &mut c.difference_percent,
        ] {
            e.half_width = f64::INFINITY;
        }
        results.comparisons = vec![c];
        let text = finding(&results);
        assert!(
            text.contains("one replication gives no interval, so nothing is certain"),
            "{text}"
        );
        assert!(
            !text.contains("inf") && !text.contains("adds") && !text.contains('8'),
            "{text}"
        );
    }

    #[test]
    fn a_single_variant_names_its_longest_stay() {
        let text = finding(&fixture::tiny());
        assert!(
            text.contains("with one variant there is nothing to compare"),
            "{text}"
        );
        assert!(
            text.contains("at Alashankou, exit (rail, westbound)"),
            "{text}"
        );
    }

    #[test]
    fn variants_without_a_mean_are_named() {
        let mut results = fixture::rich();
        results.comparisons.retain(|c| c.variant != "joint/full");
        assert!(finding(&results).contains("nothing can be said of \"joint/full\""));
        let text = finding(&fixture::awkward());
        assert!(text.contains("cannot be compared"), "{text}");
    }
}
