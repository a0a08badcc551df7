//! The ranking as tidy CSV: one intervention, combination or demand a line; missing is empty.

use crate::experiment::rank::results::Ranking;
use crate::report::csv::{CsvFile, Line, Sheet};

use super::order::by_hours;

/// Every CSV file of a ranking.
pub(super) fn files(ranking: &Ranking) -> Vec<CsvFile> {
    let mut files = vec![
        ("rank.csv", rank(ranking)),
        ("stations.csv", stations(ranking)),
    ];
    files.extend(portfolio(ranking).map(|text| ("portfolio.csv", text)));
    files.extend(capacity(ranking).map(|text| ("capacity.csv", text)));
    files.extend(vehicles(ranking).map(|text| ("capacity-vehicles.csv", text)));
    files.push(("missed.csv", missed(ranking)));
    files
}

fn rank(ranking: &Ranking) -> String {
    let mut sheet = Sheet::new(&[
        "rank",
        "intervention",
        "title",
        "payer",
        "group",
        "selected",
        "replications",
        "eliminated_at",
        "mean_h^",
        "saved_h^",
        "capital_usd",
        "cost_usd_per_year",
        "saved_teu_h_per_year^",
        "saved_teu_h_per_1000_usd^",
        "saved_fees_usd_per_teu^",
        "saved_usd_per_teu^",
        "saved_officer_h_per_teu^",
    ]);
    let base = ranking.systems.first();
    for (at, s) in base.into_iter().chain(by_hours(ranking)).enumerate() {
        let selected = s.name == ranking.systems[ranking.best].name;
        let rank = if at == 0 {
            String::new()
        } else {
            at.to_string()
        };
        let line = Line::default()
            .text(rank)
            .text(&s.name)
            .text(&s.title)
            .text(s.payer.as_deref().unwrap_or_default())
            .text(s.group.as_deref().unwrap_or_default())
            .text(selected)
            .text(s.replications)
            .optional(s.eliminated_at.map(f64::from))
            .measured(&s.mean_h)
            .measured(&s.saved_h)
            .optional(s.capital)
            .optional(s.cost_a_year)
            .measured(&s.teu_hours_a_year)
            .measured(&s.teu_hours_per_kusd)
            .measured(&s.fees_saved_per_teu)
            .measured(&s.usd_saved_per_teu)
            .measured(&s.officer_hours_saved_per_teu);
        sheet.line(line);
    }
    sheet.finish()
}

fn stations(ranking: &Ranking) -> String {
    let mut sheet = Sheet::new(&[
        "intervention",
        "station",
        "offered_load~",
        "mean_queue_jobs~",
    ]);
    for queue in &ranking.queues {
        let line = Line::default().text(&queue.name).text(&queue.station);
        sheet.line(
            line.estimate(&queue.offered_load)
                .estimate(&queue.mean_queue),
        );
    }
    sheet.finish()
}

fn portfolio(ranking: &Ranking) -> Option<String> {
    let portfolio = ranking.portfolio.as_ref()?;
    let mut sheet = Sheet::new(&[
        "interventions",
        "count",
        "group",
        "competes",
        "selected",
        "replications",
        "eliminated_at",
        "saved_h^",
        "sum_of_singles_h^",
        "interaction_h^",
        "capital_usd",
        "cost_usd_per_year",
    ]);
    for (at, b) in portfolio.bundles.iter().enumerate() {
        let line = Line::default()
            .text(b.names.join(" + "))
            .text(b.members.len())
            .text(b.group.as_deref().unwrap_or_default())
            .text(b.competes)
            .text(portfolio.best == Some(at))
            .text(b.replications)
            .optional(b.eliminated_at.map(f64::from))
            .measured(&b.saved_h)
            .measured(&b.sum_of_singles_h)
            .measured(&b.interaction_h)
            .optional(b.capital)
            .optional(b.cost_a_year);
        sheet.line(line);
    }
    Some(sheet.finish())
}

fn capacity(ranking: &Ranking) -> Option<String> {
    let capacity = ranking.capacity.as_ref()?;
    let mut sheet = Sheet::new(&[
        "intervention",
        "demand_factor",
        "consignments_per_day",
        "teu_per_day",
        "p90_h^",
        "target_h",
        "greatest_that_holds",
    ]);
    for reach in &capacity.reaches {
        for tried in &reach.tried {
            let line = Line::default()
                .text(&reach.name)
                .number(tried.factor)
                .number(tried.consignments_per_day)
                .number(tried.teu_per_day)
                .measured(&tried.p90_h)
                .number(capacity.target_h)
                .text(reach.factor == Some(tried.factor));
            sheet.line(line);
        }
    }
    Some(sheet.finish())
}

/// Trucks, trains and vessels a day at each demand: all of a kind (without a name), then part by part.
fn vehicles(ranking: &Ranking) -> Option<String> {
    let capacity = ranking.capacity.as_ref()?;
    let mut sheet = Sheet::new(&[
        "intervention",
        "demand_factor",
        "greatest_that_holds",
        "vehicle",
        "name",
        "flows",
        "vehicles_per_day~",
        "counted",
        "consignments_per_vehicle^",
        "consignments_per_day",
        "teu_per_day",
    ]);
    for reach in &capacity.reaches {
        for tried in &reach.tried {
            for part in tried.vehicles.iter().chain(&tried.parts) {
                let line = Line::default()
                    .text(&reach.name)
                    .number(tried.factor)
                    .text(reach.factor == Some(tried.factor))
                    .text(part.vehicle.plural())
                    .text(&part.name)
                    .text(part.flows.join(" "))
                    .estimate(&part.per_day)
                    .text(if part.measured { "runs" } else { "volume" })
                    .measured(&part.load)
                    .number(part.consignments_per_day)
                    .number(part.teu_per_day);
                sheet.line(line);
            }
        }
    }
    Some(sheet.finish())
}

fn missed(ranking: &Ranking) -> String {
    let mut sheet = Sheet::new(&[
        "intervention",
        "side",
        "step",
        "missed_share_base~",
        "missed_share~",
        "missed_share_more~",
    ]);
    for row in &ranking.missed {
        let line = Line::default()
            .text(&row.intervention)
            .text(&row.side)
            .text(&row.step);
        sheet.line(
            line.estimate(&row.before)
                .estimate(&row.after)
                .estimate(&row.more),
        );
    }
    sheet.finish()
}
