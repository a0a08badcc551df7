//! Tables of what theory says: offered loads before a run, references and bounds beside simulated waits after it.

use crate::experiment::results::*;
use crate::experiment::theory::{ForkJoin, Offered, StationLoad};
use crate::report::number::{self, estimate, percent};
use crate::report::table::Table;
use crate::report::tables::sides::filled;

/// A load in per cent, such as `107.0` or `>= 96.2`, or why it is not known.
fn load(offered: &Offered) -> String {
    match offered.load {
        None => "not known before the run".to_owned(),
        Some(load) if !load.is_finite() => "nobody on duty".to_owned(),
        Some(load) => {
            let least = if offered.at_least { ">= " } else { "" };
            format!("{least}{}", number::fixed(load * 100.0, 1))
        }
    }
}

/// What stations are offered before a run, the most loaded first, at most `most` of them; `None` where there is none.
/// Loads that are not known come first: nobody says that they are small.
pub fn offered(stations: &[StationLoad], most: usize) -> Option<Table> {
    let mut sorted: Vec<&StationLoad> = stations.iter().collect();
    let key = |s: &StationLoad| s.whole.offered.load.unwrap_or(f64::INFINITY);
    sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
    let title = if most < sorted.len() {
        format!(
            "Offered load before the run: the {most} most loaded of {} stations",
            sorted.len()
        )
    } else {
        "Offered load before the run, the most loaded stations first".to_owned()
    };
    let header = [
        "station",
        "period_d",
        "jobs_per_day",
        "service_h",
        "on_duty",
        "load_%",
        "not counted",
    ];
    let mut table = Table::new(title, 1, &header).with_note(
        "load: expected work over what the staff on duty can do (slots, vehicles: jobs over places); from 100 % on the queue grows without \
         bound. Reckoned as though every station keeps up with what comes before it.",
    );
    for station in sorted.into_iter().take(most) {
        let periods = match &station.periods[..] {
            [] => std::slice::from_ref(&station.whole),
            several => several,
        };
        for period in periods {
            table.row(vec![
                format!("{}: {}, {}", station.title, station.agency, station.desk),
                format!("{:.0}-{:.0}", period.from_h / 24.0, period.to_h / 24.0),
                number::fixed(period.jobs_per_day, 2),
                number::fixed(period.service_h, 2),
                number::fixed(period.staffed, 2),
                load(&period.offered),
                period.offered.why.join("; "),
            ]);
        }
    }
    filled(table)
}

/// Loads and waits of stations, as simulated and as reckoned.
pub(super) fn stations(variant: &VariantResult) -> Option<Table> {
    let header = [
        "station",
        "model",
        "load_before_%",
        "load_%",
        "wait_h",
        "reference_h",
        "bound_h",
    ];
    let mut table = Table::new("Theory beside simulated waits", 2, &header).with_note(
        "load_before: reckoned before the run; load: simulated. wait: mean queue over the rate of jobs. reference: the model's mean wait in \
         the long run, `~` where arrivals are only taken as Poisson or the formula is an approximation. bound: Kingman's, where his theorem \
         holds (one server, first come, first served, open round the clock, independent times between arrivals).",
    );
    let hours =
        |h: Option<f64>| h.map_or_else(|| number::MISSING.to_owned(), |h| number::fixed(h, 3));
    for s in &variant.theory.stations {
        let reference = match s.reference_h {
            Some(h) if !s.exact => format!("~{}", hours(Some(h))),
            other => hours(other),
        };
        table.row(vec![
            format!("{}: {}, {}", s.before.title, s.before.agency, s.before.desk),
            s.model.clone(),
            load(&s.before.whole.offered),
            percent(&s.simulated_load),
            estimate(&s.wait_h),
            reference,
            hours(s.bound_h),
        ]);
    }
    filled(table)
}

/// Times to release between their bounds.
pub(super) fn fork_joins(variant: &VariantResult) -> Option<Table> {
    let header = [
        "side",
        "largest part",
        "lower_bound_h",
        "release_h",
        "upper_bound_h",
    ];
    let mut table = Table::new("Documents side by side: bounds of the mean time to release", 2, &header)
        .with_note("lower bound: the largest part's mean; upper bound: the sum of all parts' means. Both hold for any parts.");
    for fork in &variant.theory.fork_joins {
        let ForkJoin {
            title,
            role,
            part,
            largest_h,
            release_h,
            sum_h,
            ..
        } = fork;
        table.row(vec![
            format!("{title}, {role}"),
            part.clone(),
            number::fixed(*largest_h, 3),
            estimate(release_h),
            number::fixed(*sum_h, 3),
        ]);
    }
    filled(table)
}

/// That the laws held, in a sentence.
pub(super) fn laws(results: &Results) -> Option<String> {
    let held: u64 = results.variants.iter().map(|v| v.theory.laws_held).sum();
    (held > 0).then(|| {
        format!(
            "Little's law (the integral of the number present equals the sum of the stays, to the millisecond) and the conservation of \
             consignments were checked at every site of every replication of every variant, {} times in all, and held each time.",
            number::count(held)
        )
    })
}
