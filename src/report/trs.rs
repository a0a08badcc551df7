//! A time release study as tables and as CSV.

use super::artifacts::Artifact;
use super::csv::trs_csv;
use super::growing::{growing, with_growing};
use super::number::{self, estimate};
use super::table::{Table, wrap};
use super::tables::DEFAULT_WIDTH;
use crate::experiment::trs::{Milestone, TimeReleaseStudy, TrsRow};

/// The study as a CSV file.
pub fn csv(study: &TimeReleaseStudy) -> String {
    trs_csv(study)
}

/// The study as files, ordered by name: `trs.csv`, `trs.json` and `trs.txt`.
pub fn artifacts(study: &TimeReleaseStudy) -> Vec<Artifact> {
    let json = serde_json::to_string(study).expect("studies have string keys only");
    vec![
        Artifact::text("trs.csv", csv(study)),
        Artifact::text("trs.json", json),
        Artifact::text("trs.txt", tables(study, DEFAULT_WIDTH)),
    ]
}

/// Where release takes longest, in a sentence with its error.
pub fn sentence(study: &TimeReleaseStudy) -> String {
    with_growing(longest(study), &growing(&study.overloads))
}

fn longest(study: &TimeReleaseStudy) -> String {
    let releases = study.of_split("all");
    let releases = releases.filter(|row| row.milestone == Milestone::Release);
    let longest = releases.max_by(|a, b| a.mean_h.mean.total_cmp(&b.mean_h.mean));
    let Some(row) = longest else {
        return format!(
            "In {} nothing is released: no side controls.",
            study.variant
        );
    };
    format!(
        "In {} release takes longest at {} ({}, {}): {} h after arrival on average, nine in ten within {} h ({} declarations).",
        study.variant,
        row.title,
        row.role,
        row.mode,
        estimate(&row.mean_h),
        number::fixed(row.p90_h, 2),
        number::count(row.n),
    )
}

/// The study as plain text: every milestone of every side, then the release of every group.
pub fn tables(study: &TimeReleaseStudy, width: u16) -> String {
    let wide = usize::from(width);
    let mut text = format!("{}\n", study.title);
    text.push_str(&wrap(
        &format!(
            "Time release study of variant {}, {} replication{}. Hours since arrival, weighted by declarations: a consignment counts once for \
             each declaration made for it, and once where none is. Each ± is half a 95 % interval over replications; all else is over all \
             declarations.",
            study.variant,
            study.replications,
            if study.replications == 1 { "" } else { "s" },
        ),
        wide,
    ));
    text.push_str(&wrap(
        "Extreme data: consignments that met a step reported apart (an enquiry) are in no group but their own, `apart`; those who gave up, or \
         had not left at the end of the drain, are in none. What was done before the cargo came counts as 0 h.",
        wide,
    ));
    let header = [
        "side",
        "milestone",
        "n",
        "mean_h",
        "median_h",
        "sd_h",
        "min_h",
        "max_h",
        "p90_h",
    ];
    let mut table = Table::new("Milestones", 2, &header);
    for row in study.of_split("all") {
        table.row(line(row, row.milestone.name().to_owned()));
    }
    let mut groups = Table::new("Release by group", 2, &header).with_note(
        "channel: the strictest that an agency put the consignment, or its train, in. peak: it arrived in a local hour in which more come \
         than on average over the day.",
    );
    groups.header[1] = "group".to_owned();
    let mut agencies = Table::new("Agencies", 2, &header);
    agencies.header[1] = "agency, milestone".to_owned();
    for row in &study.rows {
        match row.split.as_str() {
            "all" => {}
            "agency" => {
                agencies.row(line(
                    row,
                    format!("{}, {}", row.group, row.milestone.name()),
                ));
            }
            split if row.milestone == Milestone::Release => {
                groups.row(line(row, format!("{split}: {}", row.group)));
            }
            _ => {}
        }
    }
    for table in [table, groups, agencies]
        .iter()
        .filter(|t| !t.rows.is_empty())
    {
        text.push_str(&format!("\n{}", table.to_text(width)));
    }
    if !study.overloads.is_empty() {
        text.push_str("\n== Finding ==\n");
        text.push_str(&wrap(&sentence(study), wide));
    }
    text
}

fn line(row: &TrsRow, what: String) -> Vec<String> {
    let lane = row
        .lane
        .as_ref()
        .map_or(String::new(), |lane| format!(", lane {lane}"));
    let hours = |h: f64| number::fixed(h, 2);
    vec![
        format!("{}, {} ({}{lane})", row.title, row.role, row.mode),
        what,
        number::count(row.n),
        estimate(&row.mean_h),
        hours(row.median_h),
        row.sd_h.map_or_else(|| number::MISSING.to_owned(), hours),
        hours(row.min_h),
        hours(row.max_h),
        hours(row.p90_h),
    ]
}
