//! Which parts of the results are shown first: the sides that cost most hours, the variants that answer
//! the question.

use crate::experiment::results::*;
use crate::report::number;
use crate::terms::{Mode, Regime, Role};

/// What names a side in every variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SideKey {
    pub site: String,
    pub role: Role,
    pub mode: Mode,
    /// Tells lanes of one side apart.
    pub title: String,
}

impl SideKey {
    pub fn of(side: &SideResult) -> Self {
        SideKey {
            site: side.site.clone(),
            role: side.role,
            mode: side.mode,
            title: side.title.clone(),
        }
    }

    /// This side's results in `variant`.
    pub fn find<'a>(&self, variant: &'a VariantResult) -> Option<&'a SideResult> {
        variant.sides.iter().find(|s| SideKey::of(s) == *self)
    }
}

/// The base's sides that have measured consignments, the one that costs most hours in all first.
pub(crate) fn ranked_sides(results: &Results) -> Vec<&SideResult> {
    let Some(base) = results.variants.first() else {
        return Vec::new();
    };
    let hours = |s: &SideResult| {
        let time = headline_time(results, s);
        time.n as f64 * number::value(&time.mean_h).unwrap_or(0.0)
    };
    let seen = |s: &&SideResult| headline_time(results, s).n > 0;
    let mut sides: Vec<&SideResult> = base.sides.iter().filter(seen).collect();
    sides.sort_by(|a, b| hours(b).total_cmp(&hours(a)));
    sides
}

/// Title, role, mode and direction of a side in one line, such as `Dostyk, entry (rail, westbound)`.
pub(crate) fn side_label(side: &SideResult) -> String {
    if side.direction.is_empty() {
        format!("{}, {} ({})", side.title, side.role, mode_word(side.mode))
    } else {
        format!(
            "{}, {} ({}, {})",
            side.title,
            side.role,
            mode_word(side.mode),
            side.direction
        )
    }
}

/// As [`side_label`] without the mode, where there is less room.
pub(crate) fn short_side_label(side: &SideResult) -> String {
    let direction = if side.direction.is_empty() {
        String::new()
    } else {
        format!(", {}", side.direction)
    };
    format!("{}, {}{direction}", side.title, side.role)
}

/// A mode as people write it.
pub(crate) fn mode_word(mode: Mode) -> String {
    mode.to_string().replace('_', " ")
}

/// The comparison of `variant` by `measure`, where both means are finite.
pub(crate) fn comparison<'a>(
    results: &'a Results,
    variant: &str,
    measure: &Measure,
) -> Option<&'a Comparison> {
    results
        .comparisons
        .iter()
        .find(|c| c.variant == variant && c.measure == *measure && usable(c))
}

/// True where the comparison says something: finite means.
pub(crate) fn usable(c: &Comparison) -> bool {
    c.base_h.mean.is_finite() && c.variant_h.mean.is_finite() && c.difference_h.mean.is_finite()
}

/// The time of a side that the study is about: release time or BCP time.
pub(crate) fn headline_time<'a>(results: &Results, side: &'a SideResult) -> &'a TimesResult {
    match results.headline {
        Measure::AllReleases => &side.release,
        _ => &side.bcp,
    }
}

/// What that time is called.
pub(crate) fn headline_name(results: &Results) -> &'static str {
    match results.headline {
        Measure::AllReleases => "release",
        _ => "BCP",
    }
}

/// What the variants are first compared by: the study's headline, else the first measure that was compared.
pub(crate) fn main_measure(results: &Results) -> Option<Measure> {
    let usable = || results.comparisons.iter().filter(|c| usable(c));
    usable()
        .find(|c| c.measure == results.headline)
        .or_else(|| usable().next())
        .map(|c| c.measure.clone())
}

/// The position of the variant, other than the base, with the lowest mean by the main measure.
pub(crate) fn best(results: &Results) -> Option<usize> {
    let measure = main_measure(results)?;
    let mean = |i: &usize| {
        comparison(results, &results.variants[*i].name, &measure).map(|c| c.variant_h.mean)
    };
    (1..results.variants.len())
        .filter(|i| mean(i).is_some())
        .min_by(|a, b| {
            mean(a)
                .unwrap_or(f64::MAX)
                .total_cmp(&mean(b).unwrap_or(f64::MAX))
        })
        .or((results.variants.len() > 1).then_some(1))
}

/// Regimes and cooperation sets, in order of first use, where every variant is one of their product.
pub(crate) fn factors(results: &Results) -> Option<(Vec<Regime>, Vec<String>)> {
    let (mut regimes, mut sets) = (Vec::new(), Vec::new());
    for v in &results.variants {
        let (regime, set) = (v.regime?, v.cooperation.clone()?);
        if !regimes.contains(&regime) {
            regimes.push(regime);
        }
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    let whole = regimes.len() * sets.len() == results.variants.len()
        && results.variants.iter().all(|v| {
            let base = &results.variants[0];
            v.reforms == base.reforms && v.posts == base.posts
        });
    (whole && results.variants.len() > 1).then_some((regimes, sets))
}

/// At most `limit` variants for a chart whose lines would cover each other: the base, the fastest, those that
/// differ from the base by one factor (the fastest of each factor first), then the others in order.
pub(crate) fn principal(results: &Results, limit: usize) -> Vec<usize> {
    let all = results.variants.len();
    let mut order: Vec<usize> = Vec::new();
    let mut choose = |i: usize| {
        if i < all && !order.contains(&i) {
            order.push(i);
        }
    };
    choose(0);
    if let Some(best) = best(results) {
        choose(best);
    }
    if let (Some(base), Some(measure)) = (results.variants.first(), main_measure(results)) {
        let mean = |i: usize| {
            comparison(results, &results.variants[i].name, &measure)
                .map_or(f64::INFINITY, |c| c.variant_h.mean)
        };
        let mut alone: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
        for (i, v) in results.variants.iter().enumerate() {
            match (v.regime == base.regime, v.cooperation == base.cooperation) {
                (false, true) => alone[0].push(i),
                (true, false) => alone[1].push(i),
                _ => {}
            }
        }
        for list in &mut alone {
            list.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
        }
        alone
            .iter()
            .filter_map(|l| l.first())
            .for_each(|i| choose(*i));
        alone.iter().flatten().for_each(|i| choose(*i));
    }
    (0..all).for_each(&mut choose);
    order.truncate(limit);
    order.sort_unstable();
    order
}

/// What a measure is called in tables.
pub(crate) fn measure_label(results: &Results, measure: &Measure) -> String {
    let title = |site: &str| {
        let sides = results.variants.iter().flat_map(|v| &v.sides);
        sides
            .into_iter()
            .find(|s| s.site == site)
            .map_or_else(|| site.to_owned(), |s| s.title.clone())
    };
    match measure {
        Measure::Bcp(site, role) => format!("BCP, {}, {role}", title(site)),
        Measure::Release(site, role) => format!("release, {}, {role}", title(site)),
        Measure::Crossing(exit, entry) => {
            let crossings = results.variants.iter().flat_map(|v| &v.crossings);
            let known = crossings
                .into_iter()
                .find(|c| c.exit == *exit && c.entry == *entry);
            let names = || format!("{} - {}", title(exit), title(entry));
            format!(
                "crossing, {}",
                known.map_or_else(names, |c| c.title.clone())
            )
        }
        Measure::DoorToDoor(flow) => format!("door to door, {}", flow_label(results, flow)),
        Measure::AllSides => "all border sides".to_owned(),
        Measure::AllReleases => "release, all stops".to_owned(),
    }
}

/// A flow by its ends, such as `Xi'an - Duisburg`, or its name.
pub(crate) fn flow_label(results: &Results, flow: &str) -> String {
    let flows = results
        .variants
        .first()
        .map(|v| v.flows.as_slice())
        .unwrap_or_default();
    flow_among(flows, flow)
}

/// As [`flow_label`], among the flows of one variant: flows with the same ends are told apart by their names.
pub(crate) fn flow_among(flows: &[FlowResult], name: &str) -> String {
    let Some(flow) = flows.iter().find(|f| f.flow == name) else {
        return name.to_owned();
    };
    let ends = format!("{} - {}", flow.from, flow.to);
    let same = |f: &&FlowResult| (&f.from, &f.to) == (&flow.from, &flow.to);
    if flows.iter().filter(same).count() > 1 {
        format!("{ends} ({name})")
    } else {
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_principal_variants_are_the_base_the_best_and_the_best_of_each_factor() {
        let results = fixture::rich();
        let names: Vec<&str> = principal(&results, 4)
            .into_iter()
            .map(|i| results.variants[i].name.as_str())
            .collect();
        assert_eq!(
            names,
            ["serial/none", "serial/full", "parallel/none", "joint/full"]
        );
        assert_eq!(principal(&fixture::tiny(), 4), [0]);
        assert_eq!(principal(&results, 99).len(), 9);
    }

    #[test]
    fn a_product_of_factors_is_recognised_only_when_whole() {
        let mut results = fixture::rich();
        assert!(factors(&results).is_some_and(|(r, c)| r.len() == 3 && c.len() == 3));
        results.variants.pop();
        assert!(factors(&results).is_none());
        assert!(factors(&fixture::tiny()).is_none());
    }

    #[test]
    fn sides_are_ranked_by_the_hours_they_cost_in_all() {
        let results = fixture::rich();
        let ranked = ranked_sides(&results);
        assert_eq!(ranked[0].title, "Dostyk");
        assert_eq!(ranked.len(), 8);
    }
}
