//! Tables that set variants side by side: the regime by cooperation matrix, paired differences, and
//! published beside simulated hours.

use crate::experiment::results::*;
use crate::report::number::{self, difference, estimate, measured};
use crate::report::select;
use crate::report::table::Table;
use crate::report::tables::TableDetail;
use crate::report::tables::sides::filled;

const DIFFERENCES: [&str; 6] = [
    "variant",
    "measure",
    "base_mean_h",
    "variant_mean_h",
    "difference_h",
    "difference_%",
];

/// Headline first, then crossings and flows (base against best), or every pair at full detail.
pub(super) fn comparisons(results: &Results, detail: TableDetail) -> Vec<Table> {
    let mut tables = Vec::new();
    tables.extend(headline(results));
    match detail {
        TableDetail::Concise => tables.extend(base_and_best(results)),
        TableDetail::Full => tables.extend(all(results)),
    }
    tables
}

fn headline(results: &Results) -> Option<Table> {
    let measure = select::main_measure(results)?;
    match select::factors(results) {
        Some((regimes, sets)) if sets.len() <= 4 => {
            let mut header = vec!["regime".to_owned()];
            header.extend(sets.iter().map(|s| format!("cooperation {s}")));
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let mut table = Table::new(
                format!("{}: mean_h, difference_h, difference_%", heading(&measure)),
                1,
                &header,
            )
            .with_note(note(results));
            for regime in &regimes {
                let mut cells = vec![
                    vec![regime.to_string()],
                    vec![String::new()],
                    vec![String::new()],
                ];
                for set in &sets {
                    let variant = results
                        .variants
                        .iter()
                        .find(|v| v.regime == Some(*regime) && v.cooperation.as_ref() == Some(set));
                    for (line, text) in cells
                        .iter_mut()
                        .zip(matrix_cell(results, variant, &measure))
                    {
                        line.push(text);
                    }
                }
                cells.into_iter().for_each(|row| table.row(row));
            }
            filled(table)
        }
        _ => {
            let header = ["variant", "mean_h", "difference_h", "difference_%"];
            let mut table = Table::new(heading(&measure), 1, &header).with_note(note(results));
            for variant in &results.variants {
                let [mean, hours, per_cent] = plain_cells(results, variant, &measure);
                table.row(vec![variant.name.clone(), mean, hours, per_cent]);
            }
            filled(table)
        }
    }
}

fn heading(measure: &Measure) -> String {
    match measure {
        Measure::AllSides => {
            "Mean clearance (BCP) hours over the border sides that a consignment passes".to_owned()
        }
        Measure::AllReleases => {
            "Mean hours to release, added up over the controlled stops that a consignment passes"
                .to_owned()
        }
        _ => "Mean hours".to_owned(),
    }
}

fn note(results: &Results) -> String {
    format!(
        "Differences are against {}, paired by replication (common random numbers); negative is faster.{}",
        results
            .variants
            .first()
            .map_or("the base", |v| v.name.as_str()),
        together(results)
    )
}

/// How much wider the intervals are that hold for all variants at once, and what common random numbers are worth.
fn together(results: &Results) -> String {
    let compared = results.variants.len().saturating_sub(1);
    let main = select::main_measure(results);
    let rows = results
        .comparisons
        .iter()
        .filter(|c| Some(&c.measure) == main.as_ref());
    let mut text = String::new();
    let wider = |c: &Comparison| Some(c.simultaneous_h? / c.difference_h.half_width);
    if compared > 1
        && let Some(wider) = rows.clone().find_map(wider).filter(|w| w.is_finite())
    {
        text = format!(
            " Each interval is for itself; {} times as wide, all {compared} differences hold together with 95 % probability.",
            number::fixed(wider, 2)
        );
    }
    let mut ratios: Vec<f64> = rows.filter_map(|c| c.variance_ratio).collect();
    ratios.sort_by(f64::total_cmp);
    if let [least, .., most] | [least @ most] = ratios[..] {
        let range = match compared {
            1 => number::fixed(least, 1),
            _ => format!("{} to {}", number::fixed(least, 1), number::fixed(most, 1)),
        };
        text.push_str(&format!(
            " Without common random numbers {range} times as many replications would be needed."
        ));
    }
    text
}

/// Mean, difference in hours and in per cent, each with its unit, for a cell of the matrix.
fn matrix_cell(
    results: &Results,
    variant: Option<&VariantResult>,
    measure: &Measure,
) -> [String; 3] {
    let Some(variant) = variant else {
        return Default::default();
    };
    let [mean, hours, per_cent] = plain_cells(results, variant, measure);
    let unit = |text: String, unit: &str| match text.as_str() {
        number::MISSING | "base" | "" => text,
        _ => format!("{text} {unit}"),
    };
    [unit(mean, "h"), unit(hours, "h"), unit(per_cent, "%")]
}

fn plain_cells(results: &Results, variant: &VariantResult, measure: &Measure) -> [String; 3] {
    let missing = || number::MISSING.to_owned();
    let is_base = results
        .variants
        .first()
        .is_some_and(|b| b.name == variant.name);
    if is_base {
        let any = results
            .comparisons
            .iter()
            .find(|c| c.measure == *measure && select::usable(c));
        return [
            any.map_or_else(missing, |c| estimate(&c.base_h)),
            "base".to_owned(),
            String::new(),
        ];
    }
    match select::comparison(results, &variant.name, measure) {
        Some(c) => [
            estimate(&c.variant_h),
            difference(&c.difference_h),
            difference(&c.difference_percent),
        ],
        None => [missing(), missing(), missing()],
    }
}

/// Flows in a concise report.
const FLOWS: usize = 10;

/// Sides, crossings and the busiest flows, the base against the best variant.
fn base_and_best(results: &Results) -> Option<Table> {
    let (base, best) = (
        results.variants.first()?,
        &results.variants[select::best(results)?],
    );
    let header = [
        "time",
        "base_mean_h",
        "best_mean_h",
        "difference_h",
        "difference_%",
    ];
    let title = format!(
        "Base ({}) against the fastest variant ({})",
        base.name, best.name
    );
    let mut table = Table::new(title, 1, &header);
    let mut flows: Vec<&FlowResult> = base.flows.iter().collect();
    flows.sort_by_key(|f| std::cmp::Reverse(f.time.n));
    flows.truncate(FLOWS);
    if flows.len() < base.flows.len() {
        table.note = Some(format!(
            "Door to door: the {} busiest of {} flows.",
            flows.len(),
            base.flows.len()
        ));
    }
    // A change of country without a procedure on either side is no clearance.
    let side = |site: &str| base.sides.iter().any(|s| s.site == site);
    let shown = |m: &Measure| match m {
        Measure::Bcp(..) => results.headline == Measure::AllSides,
        Measure::Release(..) => results.headline == Measure::AllReleases,
        Measure::Crossing(exit, entry) => side(exit) || side(entry),
        Measure::DoorToDoor(flow) => flows.iter().any(|f| f.flow == *flow),
        Measure::AllSides | Measure::AllReleases => false,
    };
    for c in results
        .comparisons
        .iter()
        .filter(|c| c.variant == best.name && shown(&c.measure))
    {
        let mut row = difference_row(results, c);
        row.remove(0);
        table.row(row);
    }
    filled(table)
}

/// Every paired difference.
fn all(results: &Results) -> Option<Table> {
    let mut table = Table::new("Paired differences, hours and per cent", 2, &DIFFERENCES)
        .with_note(note(results));
    for c in &results.comparisons {
        table.row(difference_row(results, c));
    }
    filled(table)
}

fn difference_row(results: &Results, c: &Comparison) -> Vec<String> {
    vec![
        c.variant.clone(),
        select::measure_label(results, &c.measure),
        estimate(&c.base_h),
        estimate(&c.variant_h),
        difference(&c.difference_h),
        difference(&c.difference_percent),
    ]
}

/// Published hours beside simulated ones: the base's, or every variant's at full detail.
pub(super) fn benchmarks(results: &Results, detail: TableDetail) -> Vec<Table> {
    let base = results.variants.first().map(|v| v.name.as_str());
    let header = [
        "variant",
        "side",
        "time",
        "source",
        "published_h",
        "plausible_h",
        "simulated_mean_h",
        "inside",
    ];
    let mut table = Table::new("Published and simulated hours", 4, &header);
    let rows = results.benchmarks.iter();
    for b in rows.filter(|b| detail == TableDetail::Full || base == Some(b.variant.as_str())) {
        let inside = match (b.gate_h, &b.simulated_h) {
            (Some((low, high)), Measured::Estimate(e)) if e.mean.is_finite() => {
                if (low..=high).contains(&e.mean) {
                    "yes"
                } else {
                    "no"
                }
            }
            (Some((_, high)), Measured::AtLeast(bound)) if *bound > high => "no",
            _ => number::MISSING,
        };
        table.row(vec![
            b.variant.clone(),
            format!("{}, {}", b.site, b.role),
            if b.release { "release" } else { "bcp" }.to_owned(),
            b.source.clone(),
            number::fixed(b.published_h, 1),
            b.gate_h.map_or_else(
                || number::MISSING.to_owned(),
                |(low, high)| format!("{low} to {high}"),
            ),
            measured(&b.simulated_h),
            inside.to_owned(),
        ]);
    }
    filled(table).into_iter().collect()
}
