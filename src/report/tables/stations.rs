//! Tables of one variant's stations and steps.

use crate::experiment::results::*;
use crate::report::number::{self, estimate, measured, percent};
use crate::report::table::Table;
use crate::report::tables::TableDetail;
use crate::report::tables::sides::filled;

/// Stations in a concise report.
const CONCISE: usize = 10;

/// Utilisation, load and queues: the most loaded first.
pub(super) fn stations(variant: &VariantResult, detail: TableDetail) -> Option<Table> {
    let header = [
        "station",
        "utilisation_%",
        "load_%",
        "queue_jobs",
        "longest_jobs",
        "jobs_per_day",
        "overtime_h/d",
        "held_idle_h/d",
        "blocked_h/d",
    ];
    let width = if detail == TableDetail::Full {
        header.len()
    } else {
        6
    };
    let mut stations: Vec<&StationResult> = variant.stations.iter().collect();
    let load = |s: &StationResult| {
        if s.offered_load.mean.is_finite() {
            s.offered_load.mean
        } else {
            -1.0
        }
    };
    stations.sort_by(|a, b| load(b).total_cmp(&load(a)));
    let shown = if detail == TableDetail::Full {
        stations.len()
    } else {
        CONCISE.min(stations.len())
    };
    let title = if shown < stations.len() {
        format!("Stations: the {shown} most loaded of {}", stations.len())
    } else {
        "Stations, the most loaded first".to_owned()
    };
    let mut table = Table::new(title, 1, &header[..width]).with_note(
        "load: work offered over what the staff can do; above 100 % the queue grows, unless work after closing makes up for it. queue: mean jobs \
         waiting; longest: mean over replications of the longest queue. blocked: servers kept by those who cannot leave.",
    );
    for s in &stations[..shown] {
        let name = format!(
            "{}: {}, {}{}",
            s.title,
            s.agency,
            s.desk,
            if s.overloaded {
                " (cannot keep up)"
            } else {
                ""
            }
        );
        let mut row = vec![
            name,
            percent(&s.utilisation),
            percent(&s.offered_load),
            estimate(&s.mean_queue),
            estimate(&s.longest_queue),
            estimate(&s.jobs_per_day),
            estimate(&s.overtime_h_per_day),
            estimate(&s.held_idle_h_per_day),
            estimate(&s.blocked_h_per_day),
        ];
        row.truncate(width);
        table.row(row);
    }
    filled(table)
}

/// Every step: jobs, waits, services, and the expected price of fewer examinations.
pub(super) fn steps(variant: &VariantResult) -> Option<Table> {
    let header = [
        "step",
        "agency",
        "jobs",
        "recognised",
        "ahead",
        "wait_h",
        "service_h",
        "missed_%",
    ];
    let mut table = Table::new("Steps, mean_h per job", 2, &header).with_note(
        "recognised: skipped because the partner's decision stands; ahead: done before the cargo came; missed_%: \
         expected share of consignments with something to find that passes, from the stated shares (no estimate).",
    );
    for s in &variant.steps {
        table.row(vec![
            format!("{}, {}: {}", s.site, s.role, s.title),
            s.agency.clone(),
            number::count(s.jobs),
            number::count(s.recognised),
            number::count(s.ahead),
            measured(&s.wait_h),
            measured(&s.service_h),
            s.missed_share.map_or_else(
                || number::MISSING.to_owned(),
                |m| number::fixed(m * 100.0, 2),
            ),
        ]);
    }
    filled(table)
}
