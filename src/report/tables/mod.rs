//! The tables of a study, as plain text.

mod carec;
mod compare;
mod long_run;
mod sides;
mod stations;
mod theory;
mod vehicles;

use crate::experiment::results::*;
use crate::report::finding::not_reached;
use crate::report::number;
use crate::report::table::{Table, wrap};
pub use theory::offered;

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableDetail {
    /// The comparison, the base variant's sides, what is busiest, and the warnings.
    Concise,
    /// Every table of every variant.
    Full,
}

/// Width of tables that go to a file or a pipe, in characters.
pub const DEFAULT_WIDTH: u16 = 120;

/// A titled part of the report.
pub(crate) struct Section {
    pub title: String,
    pub text: Vec<String>,
    pub tables: Vec<Table>,
}

/// The whole report as plain text, at most `width` characters wide: question, comparison, sides, stations,
/// published figures, warnings, and last the finding.
pub fn tables(results: &Results, detail: TableDetail, width: u16) -> String {
    let wide = usize::from(width);
    let mut out = format!("{}\n", results.title);
    out.push_str(&wrap(&results.question, wide));
    out.push_str(&wrap(&setting(results), wide));
    for section in sections(results, detail) {
        out.push_str(&format!("\n== {} ==\n", section.title));
        for text in &section.text {
            out.push_str(&wrap(text, wide));
        }
        for (i, table) in section.tables.iter().enumerate() {
            if i > 0 || !section.text.is_empty() {
                out.push('\n');
            }
            out.push_str(&table.to_text(width));
        }
    }
    if !results.finding.is_empty() {
        out.push_str("\n== Finding ==\n");
        out.push_str(&wrap(&results.finding, wide));
    }
    out
}

/// What was run, in one line.
pub(crate) fn setting(results: &Results) -> String {
    let days = |h: f64| number::fixed(h / 24.0, if h % 24.0 == 0.0 { 0 } else { 1 });
    format!(
        "{} variant{} x {} replication{} from {}, measured from day {} to day {}{}; seed {}, {} events, digest {}.{} \
         Each ± is half a 95 % interval over replications; columns ending in _h are real hours.",
        results.variants.len(),
        if results.variants.len() == 1 { "" } else { "s" },
        results.replications,
        if results.replications == 1 { "" } else { "s" },
        results.start,
        days(results.warm_up_h),
        days(results.horizon_h),
        found_warm_up(results),
        results.seed,
        number::count(results.events),
        results.digest,
        until(results),
    )
}

/// Until when replications went on, as a sentence of its own; empty where their number was stated.
fn until(results: &Results) -> String {
    let Some(precision) = &results.precision else {
        return String::new();
    };
    match not_reached(precision) {
        Some(not) => format!(" The {not}."),
        None => format!(
            " Replications went on until the headline's means and differences were all within the {} % asked for.",
            precision.wanted_percent
        ),
    }
}

/// How the warm-up was found, where it was.
fn found_warm_up(results: &Results) -> String {
    results.warm_up.as_ref().map_or(String::new(), |found| {
        format!(
            " (the warm-up is MSER-5's over {} replications, latest for {}; see warm-up.svg)",
            found.replications, found.latest
        )
    })
}

/// All sections at this detail, without those that would be empty.
pub(crate) fn sections(results: &Results, detail: TableDetail) -> Vec<Section> {
    let mut sections = vec![Section {
        title: "Comparison of variants".to_owned(),
        text: Vec::new(),
        tables: compare::comparisons(results, detail),
    }];
    let shown = match detail {
        TableDetail::Concise => results.variants.get(..1).unwrap_or_default(),
        TableDetail::Full => &results.variants,
    };
    for variant in shown {
        let mut tables: Vec<Table> = sides::times(variant).into_iter().collect();
        tables.extend(sides::shares_and_throughput(variant));
        tables.extend(sides::by_actor(variant));
        tables.extend(sides::by_kind(variant));
        tables.extend(sides::crossings(variant));
        tables.extend(sides::flows(variant));
        tables.extend(sides::outcomes(variant));
        tables.extend(long_run::sides(variant));
        tables.extend(carec::overall(variant));
        tables.extend(stations::stations(variant, detail));
        tables.extend(vehicles::vehicles(variant));
        if detail == TableDetail::Full {
            tables.extend(sides::controls(variant));
            tables.extend(stations::steps(variant));
            tables.extend(carec::sides(variant));
            tables.extend(carec::flows(variant));
            tables.extend(theory::stations(variant));
            tables.extend(theory::fork_joins(variant));
        }
        sections.push(Section {
            title: format!("Variant {}", variant.name),
            text: Vec::new(),
            tables,
        });
    }
    sections.push(Section {
        title: "Published and simulated".to_owned(),
        text: Vec::new(),
        tables: compare::benchmarks(results, detail),
    });
    if detail == TableDetail::Full {
        sections.push(Section {
            title: "Laws".to_owned(),
            text: theory::laws(results).into_iter().collect(),
            tables: Vec::new(),
        });
    }
    sections.push(warnings(results));
    sections.retain(|s| !s.text.is_empty() || !s.tables.is_empty());
    sections
}

fn warnings(results: &Results) -> Section {
    let of = |v: &VariantResult| {
        let name = v.name.clone();
        v.warnings
            .iter()
            .map(move |w| format!("{name}: {w}"))
            .collect::<Vec<_>>()
    };
    let text = results.variants.iter().flat_map(of).collect();
    Section {
        title: "Warnings".to_owned(),
        text,
        tables: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_concise_report_fits_120_columns_and_names_units() {
        let text = tables(&fixture::rich(), TableDetail::Concise, DEFAULT_WIDTH);
        assert!(text.lines().all(|l| l.chars().count() <= 120), "{text}");
        for word in [
            "mean_h",
            "median_h",
            "sd_h",
            "p90_h",
            "p95_h",
            "within_24h_%",
            "westbound",
            "utilisation_%",
        ] {
            assert!(text.contains(word), "`{word}` is missing in\n{text}");
        }
    }

    #[test]
    fn every_number_of_a_time_carries_an_interval() {
        let table = sides::times(&fixture::rich().variants[0]).unwrap();
        for row in &table.rows {
            let bare: Vec<_> = row[3..]
                .iter()
                .filter(|c| !(c.contains('±') || *c == "-" || c.starts_with(">=")))
                .collect();
            assert!(bare.is_empty(), "no interval: {bare:?}");
        }
    }

    #[test]
    fn unfinished_and_missing_are_told_apart() {
        let text = tables(&fixture::awkward(), TableDetail::Full, DEFAULT_WIDTH);
        assert!(text.contains(">= 41.2"), "{text}");
        assert!(text.contains(" -"), "{text}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn full_detail_shows_every_variant() {
        let results = fixture::rich();
        let text = tables(&results, TableDetail::Full, DEFAULT_WIDTH);
        for variant in &results.variants {
            assert!(text.contains(&format!("== Variant {} ==", variant.name)));
        }
    }

    #[test]
    fn warnings_name_their_variant_and_the_finding_comes_last() {
        let text = tables(&fixture::awkward(), TableDetail::Concise, DEFAULT_WIDTH);
        assert!(
            text.contains("more-officers: customs at Dostyk cannot keep up"),
            "{text}"
        );
        assert!(text.trim_end().ends_with("What was found."), "{text}");
    }

    #[test]
    fn a_tiny_study_has_no_comparison() {
        let text = tables(&fixture::tiny(), TableDetail::Concise, DEFAULT_WIDTH);
        assert!(!text.contains("Comparison"), "{text}");
        assert!(text.contains("Variant base"), "{text}");
    }
}
