//! The ranking as plain text.

use super::capacity::capacity_tables;
use super::finding::{names, per_cent};
use super::of_what;
use super::order::{by, by_hours};
use crate::experiment::rank::results::*;
use crate::experiment::results::Measured;
use crate::report::number::{self, MISSING, count, estimate, fixed, measured};
use crate::report::table::{Table, wrap};

/// Combinations that are printed; portfolio.csv has them all.
const BUNDLES: usize = 12;

/// The whole ranking, at most `width` characters wide; the finding stands last.
pub fn ranking_tables(ranking: &Ranking, width: u16) -> String {
    let wide = usize::from(width);
    let mut out = format!("{}\n", ranking.title);
    out.push_str(&wrap(&setting(ranking), wide));
    let mut section = |title: &str, text: &[String], tables: &[Table]| {
        out.push_str(&format!("\n== {title} ==\n"));
        for line in text {
            out.push_str(&wrap(line, wide));
        }
        for table in tables {
            out.push_str(&table.to_text(width));
        }
    };
    section("Which first", &[selection(ranking)], &[hours(ranking)]);
    section("For its cost", &[], &[cost(ranking)]);
    section("Where the queue is", &[], &[queues(ranking)]);
    let (text, tables) = missed(ranking);
    section("What fewer examinations miss", &text, &tables);
    if let Some(portfolio) = &ranking.portfolio {
        let text = together(ranking, portfolio);
        section("Which together", &text, &[bundles(portfolio)]);
        if let Some(groups) = groups(portfolio) {
            section("Is one side alone worth it", &[], &[groups]);
        }
    }
    if ranking.budget.is_some() && ranking.portfolio.is_none() {
        let none = "Nothing was put together: the budget is the candidates'. Without --budget, --choose says how many are put \
                    together.";
        section("Which together", &[none.to_owned()], &[]);
    }
    if let Some(capacity) = &ranking.capacity {
        section(
            "Capacity at the target",
            &[],
            &capacity_tables(capacity, &ranking.start),
        );
    }
    if !ranking.finding.is_empty() {
        out.push_str("\n== Finding ==\n");
        out.push_str(&wrap(&ranking.finding, wide));
    }
    out
}

fn setting(ranking: &Ranking) -> String {
    let delta = match ranking.delta_asked {
        true => "as asked",
        false => {
            "1 % of the base's mean after the first stage, rounded down to 1, 2 or 5 (--delta sets it)"
        }
    };
    let sure = match ranking.budget {
        Some(budget) => {
            format!("Budget: {budget} replications of them and the base, without a guarantee.")
        }
        None => format!(
            "Indifference zone {} h: {delta}; alpha {}.",
            ranking.delta_h, ranking.alpha
        ),
    };
    format!(
        "{} interventions against the base {}, on common random numbers, seed {}. Compared: mean hours {}. {sure}",
        ranking.systems.len() - 1,
        ranking.base,
        ranking.seed,
        of_what(&ranking.measure),
    )
}

/// What the selection took, and what others would have taken.
fn selection(ranking: &Ranking) -> String {
    let taken = match ranking.verdict {
        Verdict::Estimated(p, _) => format!(
            "OCBA shared out the replications; the estimated probability of a correct selection is {}.",
            per_cent(p)
        ),
        Verdict::Guaranteed(_) => format!(
            "KN (Kim and Nelson 2001): {} replications of each, then {} of each survivor at a time, until one was left.",
            ranking.first_stage, ranking.round
        ),
        Verdict::NotSettled(left) => format!(
            "KN (Kim and Nelson 2001) had {left} left at {} replications of each: not settled, no guarantee.",
            ranking.max_replications
        ),
        Verdict::Bound => {
            "The hours of the selected one, or of all others, are lower bounds: no guarantee."
                .to_owned()
        }
    };
    format!("{taken} {}", spent(&ranking.spent))
}

fn spent(spent: &Spent) -> String {
    let of = |other: u64| -> String {
        let saved = 100.0 * (1.0 - spent.replications as f64 / other as f64);
        match saved >= 0.0 {
            true => format!("{} % fewer", fixed(saved, 0)),
            false => format!("{} % more", fixed(-saved, 0)),
        }
    };
    let mut text = format!(
        "It took {} replications: {} than the {} of an equal allocation (all as long as the last)",
        count(spent.replications),
        of(spent.equal),
        count(spent.equal)
    );
    if let Some(rinott) = spent.rinott {
        text.push_str(&format!(
            ", {} than the {} of Rinott's procedure at the same zone and alpha",
            of(rinott),
            count(rinott)
        ));
    }
    text.push('.');
    text
}

/// With the sign that a saving has; a difference below its interval is not told apart from 0.
fn signed(m: &Measured) -> String {
    match m {
        Measured::Estimate(e) => number::difference(e),
        other => measured(other),
    }
}

/// In another unit.
fn scaled(m: &Measured, by: f64) -> Measured {
    match m {
        Measured::Estimate(e) => Measured::Estimate(e.times(by)),
        Measured::AtLeast(bound) => Measured::AtLeast(bound * by),
        Measured::Missing => Measured::Missing,
    }
}

fn usd(value: Option<f64>) -> String {
    value.map_or_else(|| MISSING.to_owned(), |v| count(v.round().max(0.0) as u64))
}

fn hours(ranking: &Ranking) -> Table {
    let header = [
        "intervention",
        "mean_h",
        "saved_h",
        "US$_per_TEU",
        "officer_h_per_TEU",
        "replications",
        "out_at",
    ];
    let worth = match ranking.value_of_time {
        Some(value) => format!("fees saved and hours at {value} US$ per TEU-hour"),
        None => "fees saved; no value of time is stated (--value-of-time)".to_owned(),
    };
    let mut table = Table::new("By hours saved", 1, &header).with_note(format!(
        "* the selected one. saved_h: base less intervention, paired; mean hours of a consignment, and so of each of its \
         TEU. Its intervals and those to the right hold for all interventions together (95 %, Bonferroni), those of mean_h \
         each for itself. US$_per_TEU: {worth}. officer_h_per_TEU: hours of authorities' officers at work, or kept idle for \
         a joint visit, saved. out_at: replications at which it was screened out. Those screened out early have wider \
         intervals; their order among themselves is an estimate."
    ));
    let best = &ranking.systems[ranking.best].name;
    for s in ranking.systems.first().into_iter().chain(by_hours(ranking)) {
        let star = if s.name == *best { "* " } else { "" };
        table.row(vec![
            format!("{star}{}: {}", s.name, s.title),
            measured(&s.mean_h),
            signed(&s.saved_h),
            signed(&s.usd_saved_per_teu),
            signed(&s.officer_hours_saved_per_teu),
            s.replications.to_string(),
            s.eliminated_at
                .map_or_else(|| MISSING.to_owned(), |r| r.to_string()),
        ]);
    }
    table
}

fn cost(ranking: &Ranking) -> Table {
    let header = [
        "intervention",
        "payer",
        "capital_US$",
        "US$_a_year",
        "thousand_TEU_h_a_year",
        "TEU_h_per_1000_US$",
    ];
    let how = match ranking.discount > 0.0 {
        true => format!("as an annuity over its life at {} a year", ranking.discount),
        false => "divided by its life, without discounting (--discount)".to_owned(),
    };
    let mut table = Table::new("By TEU-hours saved for the money", 2, &header).with_note(format!(
        "US$_a_year: yearly cost, and capital {how}. thousand_TEU_h_a_year: hours saved times the TEU that enter in 365 days. This \
         order is an estimate, without the guarantee of the selection; intervals as above. A cost that is not stated is not \
         nothing: such an intervention has no rank here."
    ));
    for s in by(ranking, |s| s.teu_hours_per_kusd) {
        table.row(vec![
            s.name.clone(),
            s.payer.clone().unwrap_or_else(|| MISSING.to_owned()),
            usd(s.capital),
            usd(s.cost_a_year),
            signed(&scaled(&s.teu_hours_a_year, 1e-3)),
            match &s.teu_hours_per_kusd {
                Measured::Estimate(e) if e.mean > 0.0 => format!("+{}", number::rounded(e)),
                Measured::Estimate(e) => number::rounded(e),
                other => measured(other),
            },
        ]);
    }
    table
}

fn queues(ranking: &Ranking) -> Table {
    let header = ["intervention", "station", "offered_load", "mean_queue"];
    let mut table = Table::new("Station with the highest offered load", 2, &header)
        .with_note("offered_load: work that comes over what the staff can do. mean_queue: jobs that wait there.");
    let base = ranking.queues.first().map(|q| q.station.as_str());
    for (at, q) in ranking.queues.iter().enumerate() {
        let moved = at > 0 && Some(q.station.as_str()) != base;
        let station = match moved {
            true => format!("{} (moved)", q.station),
            false => q.station.clone(),
        };
        table.row(vec![
            q.name.clone(),
            station,
            estimate(&q.offered_load),
            estimate(&q.mean_queue),
        ]);
    }
    table
}

fn missed(ranking: &Ranking) -> (Vec<String>, Vec<Table>) {
    if ranking.missed.is_empty() {
        let text = "No intervention makes an examination with a stated prevalence miss more, as far as the replications tell.";
        return (vec![text.to_owned()], Vec::new());
    }
    let header = [
        "intervention",
        "side",
        "step",
        "base_per_1000",
        "with_it_per_1000",
        "more_per_1000",
    ];
    let mut table = Table::new("Missed, of 1000 consignments", 3, &header).with_note(
        "(1 - share examined) x prevalence x detection: consignments with something to find that this step would have found and \
         does not. Ratios of sums over the replications that both have; more_per_1000 on common random numbers. Intervals (95 %, \
         each for itself) are of the shares examined; prevalence and detection are taken as stated. Left out: what does not \
         surely rise, and rises by less than 1 %.",
    );
    for row in &ranking.missed {
        table.row(vec![
            row.intervention.clone(),
            row.side.clone(),
            row.step.clone(),
            estimate(&row.before.times(1000.0)),
            estimate(&row.after.times(1000.0)),
            number::difference(&row.more.times(1000.0)),
        ]);
    }
    (Vec::new(), vec![table])
}

fn together(ranking: &Ranking, portfolio: &Portfolio) -> Vec<String> {
    let mut text = Vec::new();
    let limit = portfolio.capital_limit.map_or_else(String::new, |limit| {
        format!(", within {} US$ of capital", count(limit as u64))
    });
    let competing = portfolio.bundles.iter().filter(|b| b.competes).count();
    let which = match portfolio.taken.len() < portfolio.of {
        true => format!(
            "the {} that save most alone, of the {} that could be taken (a limit of time, not of the method)",
            portfolio.taken.len(),
            portfolio.of
        ),
        false => format!("all {}", portfolio.of),
    };
    let how = match portfolio.verdict {
        Verdict::Guaranteed(p) => format!(
            "KN selects among them with probability at least {p} the best or one within {} h of it",
            ranking.delta_h
        ),
        Verdict::NotSettled(left) => format!(
            "not settled: {left} are left at {} replications of each, and the order is an estimate",
            ranking.max_replications
        ),
        Verdict::Estimated(..) | Verdict::Bound => {
            "hours are only lower bounds: no guarantee".to_owned()
        }
    };
    text.push(format!(
        "{competing} sets of up to {}{limit}, of {which}; {how}. {}",
        portfolio.choose,
        spent(&portfolio.spent)
    ));
    for (a, b, why) in &portfolio.conflicts {
        text.push(format!("Skipped together: {a} and {b}; {why}."));
    }
    if !portfolio.unknown_cost.is_empty() && portfolio.capital_limit.is_some() {
        text.push(format!(
            "Left out, since their cost is not stated: {}.",
            portfolio.unknown_cost.join(", ")
        ));
    }
    text
}

fn middle(m: &Measured) -> f64 {
    number::value(m).unwrap_or(f64::NEG_INFINITY)
}

fn bundles(portfolio: &Portfolio) -> Table {
    let header = [
        "together",
        "saved_h",
        "each_alone_added_h",
        "interaction_h",
        "capital_US$",
        "US$_a_year",
        "out_at",
    ];
    let mut order: Vec<(usize, &Bundle)> = portfolio.bundles.iter().enumerate().collect();
    order.retain(|(_, b)| b.competes);
    order.sort_by(|(_, a), (_, b)| middle(&b.saved_h).total_cmp(&middle(&a.saved_h)));
    order.sort_by_key(|(at, _)| portfolio.best != Some(*at));
    let of = order.len();
    let mut table = Table::new("By hours saved together", 1, &header).with_note(format!(
        "The first {} of {of}; portfolio.csv has all. interaction_h: together less each alone added up, paired; below 0 they \
         do part of the same work. Intervals are each for itself.",
        BUNDLES.min(of)
    ));
    for (at, b) in order.into_iter().take(BUNDLES) {
        let star = if portfolio.best == Some(at) { "* " } else { "" };
        let several = b.members.len() > 1;
        let blank = |text: String| if several { text } else { MISSING.to_owned() };
        table.row(vec![
            format!("{star}{}", b.names.join(" + ")),
            signed(&b.saved_h),
            blank(signed(&b.sum_of_singles_h)),
            blank(signed(&b.interaction_h)),
            usd(b.capital),
            usd(b.cost_a_year),
            b.eliminated_at
                .map_or_else(|| MISSING.to_owned(), |r| r.to_string()),
        ]);
    }
    table
}

/// Each part of a group alone, and all of it.
fn groups(portfolio: &Portfolio) -> Option<Table> {
    let header = [
        "group",
        "done",
        "saved_h",
        "share_of_all_%",
        "interaction_h",
    ];
    let mut table = Table::new("Parts of one measure", 2, &header).with_note(
        "share_of_all: what the part alone saves, of what all parts save together. Shares above 100 % in sum: the parts do \
         part of the same work; below: each needs the others.",
    );
    for whole in portfolio.bundles.iter().filter(|b| b.group.is_some()) {
        let group = whole.group.clone().unwrap_or_default();
        let all = number::value(&whole.saved_h).filter(|all| *all > 0.0);
        let alone = |at: &&usize| portfolio.bundles.iter().find(|b| b.members == [**at]);
        for part in whole.members.iter().filter_map(|at| alone(&at)) {
            let share = all.zip(number::value(&part.saved_h));
            table.row(vec![
                group.clone(),
                format!("{} alone", part.names[0]),
                signed(&part.saved_h),
                share.map_or_else(
                    || MISSING.to_owned(),
                    |(all, part)| fixed(100.0 * part / all, 0),
                ),
                MISSING.to_owned(),
            ]);
        }
        table.row(vec![
            group,
            names(whole),
            signed(&whole.saved_h),
            all.map_or_else(|| MISSING.to_owned(), |_| "100".to_owned()),
            signed(&whole.interaction_h),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}
