//! Tables of one variant's sides, crossings and flows: times, shares, hours by actor and kind, controls.

use crate::experiment::results::*;
use crate::report::number::{self, estimate, measured, measured_percent, percent};
use crate::report::select;
use crate::report::select::mode_word;
use crate::report::table::Table;
use crate::stats::Estimate;
use crate::terms::{ActorKind, HourKind, Named};

const FIGURES: [&str; 6] = ["mean_h", "median_h", "sd_h", "p90_h", "p95_h", "p99_h"];
const SHARES: [&str; 3] = ["within_24h_%", "within_48h_%", "within_72h_%"];

/// BCP, release and enquiry times: mean, median, spread and tail.
pub(super) fn times(variant: &VariantResult) -> Option<Table> {
    let all = |s: &SideResult| {
        [&s.bcp, &s.release, &s.apart]
            .map(|t| t.unfinished)
            .iter()
            .sum::<u64>()
    };
    let open = variant.sides.iter().any(|s| all(s) > 0);
    let mut table = Table::new("Time at each side, hours", 2, &header(&["side", "time"], open)).with_note(format!(
        "bcp: arrival to physical departure; release: arrival to the last authority's release; apart: bcp of \
         consignments with an enquiry, in neither of the other two.{}",
        if open { OPEN } else { "" }
    ));
    for side in &variant.sides {
        let name = [
            format!("{}, {}", side.title, side.role),
            way(side),
            String::new(),
        ];
        let times = [
            ("bcp", &side.bcp),
            ("release", &side.release),
            ("apart", &side.apart),
        ];
        let seen = times.iter().filter(|(_, t)| t.n > 0);
        for (line, (word, time)) in seen.enumerate() {
            let mut row = vec![name[line].clone(), (*word).to_owned()];
            row.extend(figures(time, open));
            table.row(row);
        }
    }
    filled(table)
}

/// What the column `open` is.
const OPEN: &str = " open: of n, not finished when the drain ended; they count as endless.";

fn header(words: &[&'static str], open: bool) -> Vec<&'static str> {
    let open = if open { &["open"][..] } else { &[] };
    [words, &["n"], open, &FIGURES].concat()
}

fn figures(time: &TimesResult, open: bool) -> Vec<String> {
    let mut cells = vec![number::count(time.n)];
    if open {
        cells.push(number::count(time.unfinished));
    }
    cells.extend(
        [
            time.mean_h,
            time.median_h,
            time.sd_h,
            time.p90_h,
            time.p95_h,
            time.p99_h,
        ]
        .iter()
        .map(measured),
    );
    cells
}

fn way(side: &SideResult) -> String {
    if side.direction.is_empty() {
        format!("  {}", mode_word(side.mode))
    } else {
        format!("  {}, {}", mode_word(side.mode), side.direction)
    }
}

/// Shares finished in time, and throughput against demand.
pub(super) fn shares_and_throughput(variant: &VariantResult) -> Option<Table> {
    let header = [
        "side",
        "time",
        SHARES[0],
        SHARES[1],
        SHARES[2],
        "departed_per_day",
        "arrived_per_day",
    ];
    let mut table = Table::new(
        "Share finished in time, per cent; throughput against demand, per day",
        2,
        &header,
    );
    for side in variant.sides.iter().filter(|s| s.bcp.n > 0) {
        let mut row = vec![format!("{}, {}", side.title, side.role), "bcp".to_owned()];
        row.extend(side.bcp.within.iter().map(measured_percent));
        row.extend([
            estimate(&side.throughput_per_day),
            estimate(&side.demand_per_day),
        ]);
        table.row(row);
        if side.release.n > 0 {
            let mut row = vec![way(side), "release".to_owned()];
            row.extend(side.release.within.iter().map(measured_percent));
            row.extend([String::new(), String::new()]);
            table.row(row);
        }
    }
    filled(table)
}

/// Mean hours of each side by actor.
pub(super) fn by_actor(variant: &VariantResult) -> Option<Table> {
    split(
        variant,
        "Hours by actor, mean_h per consignment",
        ActorKind::ALL,
        |row| row.actor,
    )
}

/// Mean hours of each side by kind.
pub(super) fn by_kind(variant: &VariantResult) -> Option<Table> {
    let kinds: Vec<HourKind> = HourKind::ALL
        .iter()
        .copied()
        .filter(|k| *k != HourKind::Travel)
        .collect();
    split(
        variant,
        "Hours by kind, mean_h per consignment",
        &kinds,
        |row| row.kind,
    )
}

fn split<T: Named + ToString>(
    variant: &VariantResult,
    title: &str,
    columns: &[T],
    of: impl Fn(&HoursRow) -> T,
) -> Option<Table> {
    let mut header = vec!["side".to_owned()];
    header.extend(columns.iter().map(|c| format!("{}_h", c.name())));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::new(title, 1, &header).with_note(
        "Along each consignment's critical path; a row adds to its mean bcp time. The interval of a sum of parts is \
         at most the ± shown.",
    );
    for side in variant.sides.iter().filter(|s| !s.hours.is_empty()) {
        let mut row = vec![format!("{}, {}", side.title, side.role)];
        row.extend(columns.iter().map(|c| {
            let parts: Vec<&HoursRow> = side.hours.iter().filter(|h| of(h) == *c).collect();
            sum(&parts).map_or_else(|| number::MISSING.to_owned(), |e| estimate(&e))
        }));
        table.row(row);
    }
    filled(table)
}

/// Sum of means; the half-widths add up to a bound, whatever the parts' correlation.
pub(crate) fn sum(parts: &[&HoursRow]) -> Option<Estimate> {
    let first = parts.first()?;
    Some(Estimate {
        mean: parts.iter().map(|p| p.mean_h.mean).sum(),
        half_width: parts.iter().map(|p| p.mean_h.half_width).sum(),
        replications: first.mean_h.replications,
    })
}

/// Crossing times: exit-side queue to entry-side departure.
pub(super) fn crossings(variant: &VariantResult) -> Option<Table> {
    let name =
        |c: &CrossingResult| format!("{} ({})", c.title, way_of(&mode_word(c.mode), &c.direction));
    let rows: Vec<_> = variant
        .crossings
        .iter()
        .map(|c| (name(c), &c.time))
        .collect();
    durations(
        "Crossing time (exit-side queue to entry-side departure)",
        "border",
        &rows,
    )
}

/// Door-to-door times.
pub(super) fn flows(variant: &VariantResult) -> Option<Table> {
    let rows: Vec<_> = variant
        .flows
        .iter()
        .map(|f| (select::flow_among(&variant.flows, &f.flow), &f.time))
        .collect();
    durations("Door-to-door time", "flow", &rows)
}

/// How journeys ended that did not arrive, and how often another route was taken.
pub(super) fn outcomes(variant: &VariantResult) -> Option<Table> {
    let mut table = Table::new(
        "Journeys that did not arrive, and other routes taken, % of the consignments that entered",
        2,
        &["flow", "outcome", "share_%"],
    );
    for flow in &variant.flows {
        let name = select::flow_among(&variant.flows, &flow.flow);
        for lost in flow.lost.iter().filter(|lost| lost.n > 0) {
            let words = lost.outcome.name().replace('_', " ");
            table.row(vec![name.clone(), words, percent(&lost.share)]);
        }
        if let Some(rerouted) = flow.rerouted.filter(|r| r.mean > 0.0) {
            let words = "took another route".to_owned();
            table.row(vec![name.clone(), words, percent(&rerouted)]);
        }
    }
    filled(table)
}

fn way_of(mode: &str, direction: &str) -> String {
    if direction.is_empty() {
        mode.to_owned()
    } else {
        format!("{mode}, {direction}")
    }
}

fn durations(title: &str, what: &'static str, rows: &[(String, &TimesResult)]) -> Option<Table> {
    let open = rows.iter().any(|(_, t)| t.unfinished > 0);
    let mut table = Table::new(format!("{title}, hours"), 1, &header(&[what], open));
    for (name, time) in rows {
        let mut row = vec![name.clone()];
        row.extend(figures(time, open));
        table.row(row);
    }
    filled(table)
}

/// Examinations, and what the regime saved by not doing things twice.
pub(super) fn controls(variant: &VariantResult) -> Option<Table> {
    let header = [
        "side",
        "examined_%",
        "by_two_or_more_%",
        "saved_declarations_h",
        "saved_setups_h",
    ];
    let mut table = Table::new(
        "Examinations, and hours per consignment saved by one declaration and one setup",
        1,
        &header,
    );
    for side in variant.sides.iter().filter(|s| s.bcp.n > 0) {
        table.row(vec![
            format!("{}, {}", side.title, side.role),
            percent(&side.examined),
            percent(&side.examined_twice),
            estimate(&side.saved_declaration_h),
            estimate(&side.saved_setup_h),
        ]);
    }
    filled(table)
}

/// The table, unless it has no rows.
pub(super) fn filled(table: Table) -> Option<Table> {
    (!table.rows.is_empty()).then_some(table)
}
