//! Counterfactual twins and the blame of fork-joins: one sentence, tables, files.

use crate::experiment::twins::{Blames, Difference, TwinsResult};
use crate::report::artifacts::Artifact;
use crate::report::charts;
use crate::report::csv;
use crate::report::growing::{growing, with_growing};
use crate::report::number;
use crate::report::table::{Table, wrap};
use crate::report::tables::DEFAULT_WIDTH;
use crate::stats::Estimate;

/// Parts printed; `twins.csv` has all.
const PARTS: usize = 20;
/// Groups printed of one kind.
const GROUPS: usize = 12;
/// Twins named in a list.
const NAMED: usize = 5;

/// The answer in a sentence, with its error.
pub fn sentence(results: &TwinsResult) -> String {
    with_growing(difference(results), &growing(&results.overloads))
}

fn difference(results: &TwinsResult) -> String {
    let all = &results.all;
    if all.twins == 0 {
        return format!(
            "No consignment arrived both in {} and in {}: there is no difference to split.",
            results.base, results.variant
        );
    }
    let more = if all.difference_h.mean > 0.0 {
        "longer"
    } else {
        "less"
    };
    let by = Estimate {
        mean: all.difference_h.mean.abs(),
        ..all.difference_h
    };
    let later = if all.later.mean > 0.0 {
        format!(
            "{} % of the consignments are later all the same, by {} h on average",
            number::percent(&all.later),
            number::estimate(&all.later_by_h)
        )
    } else {
        "no consignment is later".to_owned()
    };
    let later = if all.difference_h.mean > 0.0 {
        format!(
            "{} % of the consignments are quicker all the same",
            number::percent(&all.sooner)
        )
    } else {
        later
    };
    format!(
        "Door to door a consignment takes {} h {more} in {} than in {} ({} twins); {later}.",
        number::estimate(&by),
        results.variant,
        results.base,
        number::count(all.twins),
    )
}

/// Everything about twins as plain text.
pub fn twins_text(results: &TwinsResult) -> String {
    let width = usize::from(DEFAULT_WIDTH);
    let setting = format!(
        "Each consignment in {} and in {} on identical draws, {} replication{}, seed {}. Each ± is half a 95 % \
         interval over replications; columns ending in _h are hours per consignment that arrived in both.",
        results.base,
        results.variant,
        results.replications,
        if results.replications == 1 { "" } else { "s" },
        results.seed,
    );
    let mut out = format!("{}\n{}", results.title, wrap(&setting, width));
    let mut section = |title: &str, tables: &[Table]| {
        out.push_str(&format!("\n== {title} ==\n"));
        let texts: Vec<String> = tables.iter().map(|t| t.to_text(DEFAULT_WIDTH)).collect();
        out.push_str(&texts.join("\n"));
    };
    if results.all.twins > 0 {
        section(
            "Where the difference comes from",
            &[kinds(results), parts(results)],
        );
        section(
            "Who gains and who loses",
            &[groups(results), quantiles(results)],
        );
    }
    section("Single consignments", &singles(results));
    let blames: Vec<Table> = results.blame.iter().map(blame_table).collect();
    section("Who was last where work came together", &blames);
    out.push_str("\n== Finding ==\n");
    out.push_str(&wrap(&sentence(results), width));
    out
}

/// The blame of one variant as plain text.
pub fn blame_text(blames: &Blames) -> String {
    let setting = format!(
        "{} replication{}. Each ± is half a 95 % interval over replications.",
        blames.replications,
        if blames.replications == 1 { "" } else { "s" },
    );
    let width = usize::from(DEFAULT_WIDTH);
    let mut text = format!(
        "{}\n{}\n{}",
        blames.title,
        wrap(&setting, width),
        blame_table(blames).to_text(DEFAULT_WIDTH)
    );
    if !blames.overloads.is_empty() {
        text.push_str("\n== Finding ==\n");
        text.push_str(&wrap(&blame_sentence(blames), width));
    }
    text
}

/// Whose being last costs most, in a sentence with its error.
pub fn blame_sentence(blames: &Blames) -> String {
    with_growing(costliest(blames), &growing(&blames.overloads))
}

fn costliest(blames: &Blames) -> String {
    let rows = blames.rows.iter();
    let Some(worst) = rows.max_by(|a, b| a.cost_h.mean.total_cmp(&b.cost_h.mean)) else {
        return format!(
            "In {} nothing waits for work of several agencies together: there is nobody to blame.",
            blames.variant
        );
    };
    format!(
        "In {} it is {} at {} whose being last costs most: {} h a join on average; alone it is last at {} % of {} joins.",
        blames.variant,
        worst.whose_title,
        worst.site_title,
        number::estimate(&worst.cost_h),
        number::percent(&worst.last),
        number::count(worst.joins),
    )
}

/// The blame of one variant as files: `blame.csv`, `blame.txt` and `blame.json`, ordered by name.
pub fn blame_artifacts(blames: &Blames) -> Vec<Artifact> {
    let json = serde_json::to_string(blames).expect("results have string keys only");
    vec![
        Artifact::text("blame.csv", csv::blame(&[blames])),
        Artifact::text("blame.json", json),
        Artifact::text("blame.txt", blame_text(blames)),
    ]
}

/// The twins as files, ordered by name: CSV tables, the waterfall as SVG and PNG, the text and all as JSON. The same
/// results give the same bytes.
pub fn twin_artifacts(results: &TwinsResult) -> Vec<Artifact> {
    let json = serde_json::to_string(results).expect("results have string keys only");
    let blames: Vec<&Blames> = results.blame.iter().collect();
    let mut files = vec![
        Artifact::text("blame.csv", csv::blame(&blames)),
        Artifact::text("twins-groups.csv", csv::twin_groups(results)),
        Artifact::text("twins.csv", csv::twin_parts(results)),
        Artifact::text("twins.json", json),
        Artifact::text("twins.txt", twins_text(results)),
    ];
    if let Some(chart) = charts::waterfall(results) {
        files.push(Artifact {
            name: format!("{}.png", chart.name),
            bytes: chart.png(),
        });
        files.push(Artifact::text(&format!("{}.svg", chart.name), chart.svg));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn kinds(results: &TwinsResult) -> Table {
    let title = "By kind of hours along the critical path";
    let mut table = Table::new(title, 1, &["kind", "base_h", "variant_h", "difference_h"]);
    for kind in &results.kinds {
        table.row(vec![
            kind.kind.to_string(),
            number::estimate(&kind.base_h),
            number::estimate(&kind.variant_h),
            number::difference(&kind.difference_h),
        ]);
    }
    table.row(vec![
        "door to door".to_owned(),
        number::estimate(&results.all.base_h),
        number::estimate(&results.all.variant_h),
        number::difference(&results.all.difference_h),
    ]);
    table
}

fn parts(results: &TwinsResult) -> Table {
    let shown: Vec<_> = results
        .parts
        .iter()
        .filter(|p| p.difference_h.mean != 0.0)
        .take(PARTS)
        .collect();
    let mut table = Table::new(
        "By part, the largest difference first",
        3,
        &[
            "place",
            "whose",
            "kind",
            "base_h",
            "variant_h",
            "difference_h",
        ],
    );
    for part in &shown {
        table.row(vec![
            part.place_title.clone(),
            part.whose_title.clone(),
            part.kind.to_string(),
            number::estimate(&part.base_h),
            number::estimate(&part.variant_h),
            number::difference(&part.difference_h),
        ]);
    }
    let note = "For each consignment the parts add to its difference to the millisecond; so do their means.";
    match results.parts.get(shown.len()) {
        Some(next) => table.with_note(format!(
            "{note} The {} other parts, {} h together, stand in twins.csv.",
            results.parts.len() - shown.len(),
            number::difference(&next.rest_h)
        )),
        None => table.with_note(note),
    }
}

fn fared(by: &str, group: &str, d: &Difference) -> Vec<String> {
    vec![
        by.to_owned(),
        group.to_owned(),
        number::count(d.twins),
        number::estimate(&d.base_h),
        number::difference(&d.difference_h),
        number::percent(&d.later),
        known(&d.later_by_h),
        number::percent(&d.sooner),
        known(&d.sooner_by_h),
    ]
}

/// An estimate, or nothing where no replication has one.
fn known(e: &Estimate) -> String {
    if e.replications == 0 {
        number::MISSING.to_owned()
    } else {
        number::estimate(e)
    }
}

fn groups(results: &TwinsResult) -> Table {
    let header = [
        "by",
        "group",
        "twins",
        "base_h",
        "difference_h",
        "later_%",
        "later_by_h",
        "sooner_%",
        "sooner_by_h",
    ];
    let mut table = Table::new("By group of consignments", 2, &header);
    table.row(fared("all", "all", &results.all));
    let mut left_out = 0;
    for by in ["flow", "channel", "aeo"] {
        let groups: Vec<_> = results.groups.iter().filter(|g| g.by == by).collect();
        if groups.len() < 2 {
            continue;
        }
        left_out += groups.len().saturating_sub(GROUPS);
        for group in groups.into_iter().take(GROUPS) {
            table.row(fared(group.by, &group.group, &group.difference));
        }
    }
    let mut note = "channel: the most severe that an agency put the consignment itself in, in the base; none where no \
                    agency selects. aeo: of an authorised economic operator."
        .to_owned();
    if left_out > 0 {
        note.push_str(&format!(
            " {left_out} more groups stand in twins-groups.csv."
        ));
    }
    table.with_note(note)
}

fn quantiles(results: &TwinsResult) -> Table {
    let names: Vec<String> = results
        .quantiles
        .iter()
        .map(|q| format!("P{}_h", number::fixed(q.p * 100.0, 0)))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut table = Table::new("Quantiles of the difference over consignments", 0, &names);
    let values = results.quantiles.iter();
    table.row(
        values
            .map(|q| number::difference(&q.difference_h))
            .collect(),
    );
    table
}

fn singles(results: &TwinsResult) -> Vec<Table> {
    let mut tables = Vec::new();
    if !results.unpaired.is_empty() {
        let header = [
            "in the base",
            "in the variant",
            "first of replication 0",
            "twins",
        ];
        let mut table = Table::new(
            "Without a difference: one of the twins did not arrive",
            3,
            &header,
        );
        for unpaired in &results.unpaired {
            let named: Vec<&str> = unpaired.first.iter().map(String::as_str).collect();
            table.row(vec![
                unpaired.base.clone(),
                unpaired.variant.clone(),
                named[..named.len().min(NAMED)].join(", "),
                number::count(unpaired.twins),
            ]);
        }
        tables.push(table.with_note(
            "Counts are totals over the replications. These consignments are in none of the means above.",
        ));
    }
    let mut table = Table::new(
        "Who lost most and who gained most, in replication 0",
        1,
        &["consignment", "difference_h"],
    );
    for example in results
        .worst
        .iter()
        .take(NAMED)
        .chain(results.best.iter().take(NAMED))
    {
        let sign = if example.difference_h > 0.0 { "+" } else { "" };
        table.row(vec![
            example.consignment.clone(),
            format!("{sign}{}", number::fixed(example.difference_h, 2)),
        ]);
    }
    let note = format!(
        "Single consignments, so without interval. Follow one with `corridor explain FILE --consignment FLOW:ORDINAL \
         --variant {}` and `--variant {}`. Paired, and on another route in one variant or both: {}.",
        results.base,
        results.variant,
        number::count(results.rerouted),
    );
    tables.push(table.with_note(note));
    tables
}

fn blame_table(blames: &Blames) -> Table {
    let header = [
        "site",
        "whose",
        "joins",
        "part_in_%",
        "last_%",
        "together_%",
        "margin_h",
        "cost_h",
    ];
    let title = format!("Blame in {}", blames.variant);
    if blames.rows.is_empty() {
        return Table::new(title, 0, &[]).with_note(
            "Nothing came together: no step, and no departure, waited for work of several agencies that do not follow \
             on one another. In serial order none does.",
        );
    }
    let mut table = Table::new(title, 2, &header);
    for row in &blames.rows {
        table.row(vec![
            row.site_title.clone(),
            row.whose_title.clone(),
            number::count(row.joins),
            number::percent(&row.part_in),
            number::percent(&row.last),
            number::percent(&row.together),
            known(&row.margin_h),
            number::estimate(&row.cost_h),
        ]);
    }
    table.with_note(
        "A join: a step, or the departure, that waits for work of several agencies none of which waits for another. \
         joins: one for each consignment, over all replications. last_%: share at which it alone was last; together_%: \
         at which it was last with another, to the millisecond (a joint visit ends for all). margin_h: when it alone \
         was last, how long after the one before. cost_h: that over all joins of the site: what its being last \
         costs a join.",
    )
}
