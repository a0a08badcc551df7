//! What each intervention does beside its hours: TEU-hours for the money, fees, officers' hours, examinations.

use super::RankOptions;
use super::results::{Queue, System};
use super::select::{Race, values};
use crate::experiment::RunError;
use crate::experiment::replication::Row;
use crate::experiment::results::{Measure, Measured};
use crate::experiment::trials::Trials;
use crate::network::StationKind;
use crate::scenario::{RouteCost, Study};
use crate::stats::{CONFIDENCE, Estimate};
use crate::terms::ActorKind;

/// Days in a year of demand.
const DAYS_PER_YEAR: f64 = 365.0;

/// The value of time that all flows state, in US dollars per TEU-hour: nothing where one states none or another.
pub(super) fn stated_value(study: &Study) -> Option<f64> {
    let mut values = study.variants[0]
        .scenario
        .flows
        .iter()
        .map(|flow| match flow.routes.by {
            RouteCost::Generalised(value) => Some(value),
            RouteCost::Time | RouteCost::Money => None,
        });
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// Base less variant, pair by pair over the replications that both have.
pub(super) fn saved(base: &[f64], variant: &[f64]) -> Vec<f64> {
    base.iter().zip(variant).map(|(b, v)| b - v).collect()
}

/// The estimate at the level that holds for `many` together (Bonferroni): 1 - 0.05/many each.
pub(super) fn together(values: &[f64], many: usize) -> Measured {
    let estimate = Estimate::from_replications(values);
    if estimate.replications == 0 {
        return Measured::Missing;
    }
    let level = 1.0 - (1.0 - CONFIDENCE) / many.max(1) as f64;
    Measured::Estimate(estimate.at_level(level))
}

/// Officers' hours of a replication, a TEU.
fn officer_hours(trials: &Trials<'_>, variant: usize, row: &Row) -> f64 {
    let agencies = &trials.study().variants[variant].scenario.agencies;
    let mut hours = 0.0;
    for (site, rows) in trials.networks()[variant].sites.iter().zip(&row.stations) {
        for (station, row) in site.stations.iter().zip(rows) {
            let officers = agencies[station.agency.index()].kind == ActorKind::Authority
                && matches!(station.servers, StationKind::Staffed(_));
            if officers {
                hours += row.worked;
            }
        }
    }
    hours / row.teu_per_day
}

/// What was found of the base and of each intervention.
pub(super) fn systems(
    trials: &Trials<'_>,
    study: &Study,
    measure: &Measure,
    race: &Race,
    options: &RankOptions,
    worth: Option<f64>,
) -> Result<Vec<System>, RunError> {
    let many = study.interventions.len();
    let base_h = values(trials, 0, measure)?;
    let base_rows = trials.rows(0);
    let base_bound = trials.is_bound(0, measure);
    let base_officers: Vec<f64> = base_rows
        .iter()
        .map(|row| officer_hours(trials, 0, row))
        .collect();
    let fees_exist = (0..trials.networks().len())
        .flat_map(|v| trials.rows(v))
        .any(|row| row.fees_per_teu > 0.0);
    let mut found = Vec::with_capacity(many + 1);
    for v in 0..trials.networks().len() {
        let about = v.checked_sub(1).map(|at| &study.interventions[at]);
        let hours = values(trials, v, measure)?;
        let bound = trials.is_bound(v, measure);
        let estimate = Estimate::from_replications(&hours);
        let rows = trials.rows(v);
        let saved_h = saved(&base_h, &hours);
        // Against a bound no difference is known; one's own bound makes the other wrong too.
        let known = about.is_some() && !bound && !base_bound;
        let of = |values: Vec<f64>| match known {
            true => together(&values, many),
            false => Measured::Missing,
        };
        let cost = about.and_then(|about| about.cost_a_year(options.discount));
        let teu_hours: Vec<f64> = saved_h
            .iter()
            .zip(base_rows)
            .map(|(h, row)| h * row.teu_per_day * DAYS_PER_YEAR)
            .collect();
        let per_cost = cost.filter(|cost| *cost > 0.0).map(|cost| {
            teu_hours
                .iter()
                .map(|h| h / cost * 1_000.0)
                .collect::<Vec<f64>>()
        });
        let fees: Vec<f64> = base_rows
            .iter()
            .zip(rows)
            .map(|(b, r)| b.fees_per_teu - r.fees_per_teu)
            .collect();
        let money: Option<Vec<f64>> = match (fees_exist, worth) {
            (false, None) => None,
            (_, worth) => Some(
                fees.iter()
                    .zip(&saved_h)
                    .map(|(fee, h)| fee + h * worth.unwrap_or(0.0))
                    .collect(),
            ),
        };
        let officers: Vec<f64> = rows
            .iter()
            .map(|row| officer_hours(trials, v, row))
            .collect();
        let missing = Vec::new;
        found.push(System {
            name: about.map_or_else(|| super::NOTHING.to_owned(), |a| a.name.clone()),
            title: about.map_or_else(|| "Nothing is done".to_owned(), |a| a.title.clone()),
            payer: about.and_then(|a| a.payer.clone()),
            group: about.and_then(|a| a.group.clone()),
            replications: trials.replications(v),
            eliminated_at: race.eliminated_at[v],
            mean_h: match bound {
                true => Measured::AtLeast(estimate.mean),
                false => Measured::Estimate(estimate),
            },
            capital: about.and_then(|a| a.capital),
            cost_a_year: cost,
            teu_hours_a_year: of(teu_hours),
            teu_hours_per_kusd: of(per_cost.unwrap_or_else(missing)),
            fees_saved_per_teu: of(if fees_exist { fees } else { missing() }),
            usd_saved_per_teu: of(money.unwrap_or_else(missing)),
            officer_hours_saved_per_teu: of(saved(&base_officers, &officers)),
            saved_h: of(saved_h),
        });
    }
    Ok(found)
}

/// The station with the highest offered load of the base and of each intervention.
pub(super) fn queues(trials: &Trials<'_>, study: &Study) -> Vec<Queue> {
    let names = study.interventions.iter().map(|i| i.name.clone());
    std::iter::once(super::NOTHING.to_owned())
        .chain(names)
        .enumerate()
        .filter_map(|(v, name)| {
            let stations = trials.variant(v).stations;
            let most = stations.iter().max_by(|a, b| {
                let order = a.offered_load.mean.total_cmp(&b.offered_load.mean);
                // Of equals the first.
                order
                    .then_with(|| (&b.site, &b.agency, &b.desk).cmp(&(&a.site, &a.agency, &a.desk)))
            })?;
            Some(Queue {
                name,
                station: format!("{}/{}/{}", most.title, most.agency, most.desk),
                offered_load: most.offered_load,
                mean_queue: most.mean_queue,
            })
        })
        .collect()
}
