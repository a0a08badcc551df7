//! The capacity at a target, in trucks, trains and vessels a day.

use super::of_what;
use crate::experiment::rank::results::{Capacity, Demand, Ranking, Reach, Vehicle, Vehicles};
use crate::experiment::results::Measure;
use crate::report::number::{MISSING, estimate, fixed, measured};
use crate::report::table::Table;

/// A stated number: whole from 100 upwards, else with one decimal place where it has one.
fn stated(value: f64) -> String {
    match value >= 99.5 || (value - value.round()).abs() < 0.05 {
        true => fixed(value, 0),
        false => fixed(value, 1),
    }
}

/// Vehicles a day, with the interval of those that were counted in the runs.
fn per_day(vehicles: &Vehicles) -> String {
    match vehicles.measured {
        true => estimate(&vehicles.per_day),
        false => stated(vehicles.per_day.mean),
    }
}

/// A demand in words, such as `150 trucks and 2.5 ±0.1 trains`.
fn in_words(demand: &Demand) -> String {
    let each: Vec<String> = (demand.vehicles.iter())
        .map(|all| format!("{} {}", per_day(all), all.vehicle.plural()))
        .collect();
    match &each[..] {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        _ => each.concat(),
    }
}

/// The year in which demand that grows as stated comes to what is borne; nothing where it never does, or where the search
/// ended at the greatest demand that is tried.
fn year(reach: &Reach, start: &str) -> Option<String> {
    let part = |range: std::ops::Range<usize>| start.get(range)?.parse::<f64>().ok();
    let begin = part(0..4)? + (part(5..7)? - 1.0) / 12.0;
    let years = reach.years.filter(|_| !reach.at_least)?;
    Some(fixed((begin + years).floor(), 0))
}

/// The sentence of the finding; empty where the target is held at no demand that was tried.
pub(super) fn sentence(ranking: &Ranking) -> String {
    let Some(capacity) = &ranking.capacity else {
        return String::new();
    };
    let borne = |reach: &Reach| {
        let sign = if reach.at_least { "at least " } else { "" };
        let demand = reach.at(reach.factor?)?;
        Some(format!("{sign}{}", in_words(demand)))
    };
    let target = format!(" With a 90th percentile of at most {} h", capacity.target_h);
    let years = |reaches: &[&Reach]| -> String {
        let known = reaches.iter().map(|reach| year(reach, &ranking.start));
        let known: Option<Vec<String>> = known.collect();
        match known.as_deref() {
            Some([one]) => format!("; demand that grows as stated is there in {one}"),
            Some([one, other]) if one == other => {
                format!("; demand that grows as stated comes to both in {one}")
            }
            Some([one, other]) => {
                format!("; demand that grows as stated is there in {one}, and in {other}")
            }
            _ => String::new(),
        }
    };
    match &capacity.reaches[..] {
        [without, with] => match (borne(without), borne(with)) {
            (Some(before), Some(after)) => format!(
                "{target}, \"{}\" takes the demand that is borne from {before} to {after} a day (estimates){}.",
                with.name,
                years(&[without, with])
            ),
            (None, Some(after)) => format!(
                "{target}, \"{}\" lets {after} a day be borne; without it the target is held at no demand that was tried \
                 (estimates){}.",
                with.name,
                years(&[with])
            ),
            _ => String::new(),
        },
        [only] => borne(only).map_or_else(String::new, |most| {
            format!(
                "{target}, {most} a day are borne (an estimate){}.",
                years(&[only])
            )
        }),
        _ => String::new(),
    }
}

/// The most that is borne, and what it is made of.
pub(super) fn capacity_tables(capacity: &Capacity, start: &str) -> Vec<Table> {
    vec![reaches(capacity, start), parts(capacity)]
}

/// The kinds of vehicles of any demand that was tried.
fn kinds(capacity: &Capacity) -> Vec<Vehicle> {
    let tried = capacity.reaches.iter().flat_map(|reach| &reach.tried);
    let mut kinds: Vec<Vehicle> = tried
        .flat_map(|demand| demand.vehicles.iter().map(|all| all.vehicle))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn reaches(capacity: &Capacity, start: &str) -> Table {
    let kinds = kinds(capacity);
    let mut header = vec!["with".to_owned(), "P90_now_h".to_owned()];
    header.extend(kinds.iter().map(|kind| match kind {
        Vehicle::Consignment => "others/d".to_owned(),
        kind => format!("{}/d", kind.plural()),
    }));
    let rest = [
        "consignments/d",
        "TEU/d",
        "times_today",
        "interval",
        "P90_there_h",
        "reached",
    ];
    header.extend(rest.map(str::to_owned));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let of = match &capacity.measure {
        Measure::Crossing(exit, entry) => format!("the crossing from {exit} to {entry}"),
        other => format!("the hours {}", of_what(other)),
    };
    let title = format!("Most a day with P90 of at most {} h", capacity.target_h);
    let others = match kinds.contains(&Vehicle::Consignment) {
        true => " others: consignments of whose vehicles the scenario says nothing.",
        false => "",
    };
    let never = match capacity.grows {
        true => "; `-`: not within 200 years, or more is borne than was tried",
        false => "; the scenario states no `growth`, so that no year is known",
    };
    let mut table = Table::new(title, 1, &header).with_note(format!(
        "P90 is of {of}: the mean over {} replications of each one's 90th percentile, unfinished consignments counting as \
         infinite. All flows' volumes are multiplied alike; the consignments of a lower demand are among those of a higher one, \
         with the same draws. Found by bisection to {} %: the greatest multiple tried that holds. interval: from the greatest \
         tried whose whole interval lies below the target to the least that lies above it. reached: the year in which demand \
         that grows as the scenario states comes there, the mix of flows as it then is{never}.{others}",
        capacity.replications,
        fixed(100.0 * capacity.tolerance, 0)
    ));
    for reach in &capacity.reaches {
        let at = |factor: Option<f64>| factor.map_or_else(|| MISSING.to_owned(), |f| fixed(f, 3));
        let sign = if reach.at_least { ">= " } else { "" };
        let demand = reach.factor.and_then(|factor| reach.at(factor));
        let most = |of: &dyn Fn(&Demand) -> Option<String>| match demand {
            Some(demand) => of(demand).map_or_else(|| MISSING.to_owned(), |n| format!("{sign}{n}")),
            None => "none".to_owned(),
        };
        let mut row = vec![reach.name.clone(), measured(&reach.now_h)];
        for kind in &kinds {
            row.push(most(&|demand| {
                let all = demand.vehicles.iter().find(|all| all.vehicle == *kind);
                all.map(per_day)
            }));
        }
        row.extend([
            most(&|demand| Some(stated(demand.consignments_per_day))),
            most(&|demand| Some(stated(demand.teu_per_day))),
            at(reach.factor),
            match reach.factor {
                Some(_) => format!("{} to {}", at(reach.interval.0), at(reach.interval.1)),
                None => MISSING.to_owned(),
            },
            measured(&reach.p90_h),
            match capacity.grows {
                true => year(reach, start).unwrap_or_else(|| MISSING.to_owned()),
                false => "no growth".to_owned(),
            },
        ]);
        table.row(row);
    }
    table
}

/// By flow, or by service where consignments travel in batches.
fn parts(capacity: &Capacity) -> Table {
    let header = [
        "with",
        "flow or service",
        "vehicles",
        "today/d",
        "most/d",
        "consignments_each",
        "consignments/d",
        "TEU/d",
    ];
    let mut table = Table::new("The same, flow by flow", 3, &header).with_note(
        "trucks: consignments that travel alone, on roads all the way; their number is the stated volume. trains, vessels: those \
         that formed in the measured window of the runs, whether bound by departures or by who waits, with what they carried \
         (consignments_each). consignments/d and TEU/d: stated volumes, at the most.",
    );
    for reach in &capacity.reaches {
        let Some(demand) = reach.factor.and_then(|factor| reach.at(factor)) else {
            continue;
        };
        let sign = if reach.at_least { ">= " } else { "" };
        let today = reach.at(1.0);
        for (at, part) in demand.parts.iter().enumerate() {
            let now = today.and_then(|today| today.parts.get(at));
            table.row(vec![
                reach.name.clone(),
                part.name.clone(),
                part.vehicle.plural().to_owned(),
                now.map_or_else(|| MISSING.to_owned(), per_day),
                format!("{sign}{}", per_day(part)),
                match part.measured {
                    true => measured(&part.load),
                    false => "1".to_owned(),
                },
                stated(part.consignments_per_day),
                stated(part.teu_per_day),
            ]);
        }
    }
    table
}
