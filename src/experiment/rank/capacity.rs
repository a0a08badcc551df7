//! Capacity at a target: the greatest demand at which nine consignments in ten still need at most so many hours.

use super::results::{Capacity, Demand, Reach};
use super::vehicles::vehicles;
use super::{Account, Load, RankOptions, Watch, point};
use crate::experiment::RunError;
use crate::experiment::results::{Measure, Measured};
use crate::experiment::trials::Trials;
use crate::scenario::{Change, Factor, Flow, Study};
use crate::stats::Estimate;

/// The demand that is tried at most and at least, in multiples of today's.
const MOST: f64 = 4.0;
const LEAST: f64 = 0.1;
/// The step by which the demand is raised or lowered until the target lies between two tried.
const STEP: f64 = 1.25;
/// The relative width at which the search ends.
const TOLERANCE: f64 = 0.01;
/// How far growth is followed, in years.
const FURTHEST: f64 = 200.0;

/// What is searched for.
struct Search<'a> {
    study: &'a Study,
    load: Load<'a>,
    options: &'a RankOptions,
    measure: Measure,
    target_h: f64,
    watch: &'a Watch<'a>,
}

/// Whether the mean over replications of P90 is at most the target.
fn holds(tried: &Demand, target: f64) -> bool {
    matches!(tried.p90_h, Measured::Estimate(e) if e.mean <= target)
}

/// Whether the whole interval lies at or below the target; above it.
fn surely(tried: &Demand, target: f64) -> (bool, bool) {
    match tried.p90_h {
        Measured::Estimate(e) => (e.high() <= target, e.low() > target),
        // Some replications' P90 falls among the unfinished: it is beyond anything.
        Measured::AtLeast(_) => (false, true),
        Measured::Missing => (false, false),
    }
}

/// Finds the capacities without and with the variant `best` of `trials`.
#[allow(clippy::too_many_arguments)]
pub(super) fn capacity(
    study: &Study,
    load: Load<'_>,
    options: &RankOptions,
    trials: &Trials<'_>,
    compared: &Measure,
    target_h: f64,
    best: usize,
    account: &mut Account,
    watch: &Watch<'_>,
) -> Result<Capacity, RunError> {
    let measure = match &options.target_measure {
        Some(measure) => measure.clone(),
        None => with_quantile(trials, compared),
    };
    if trials.p90s(0, &measure).is_none() {
        return Err(RunError::Scenario(
            "of the time whose 90th percentile is to keep to the target none is known; name one by --target-measure, \
             such as crossing:EXIT:ENTRY, bcp:SITE:ROLE or door_to_door:FLOW"
                .into(),
        ));
    }
    let search = Search {
        study,
        load,
        options,
        measure,
        target_h,
        watch,
    };
    let flows = &trials.study().variants[0].scenario.flows;
    let mut who: Vec<Option<usize>> = vec![None];
    who.extend(best.checked_sub(1).map(Some));
    let mut reaches = Vec::with_capacity(who.len());
    for who in who {
        reaches.push(search.reach(who, flows, account)?);
    }
    Ok(Capacity {
        measure: search.measure,
        target_h,
        replications: study.experiment.replications,
        tolerance: TOLERANCE,
        grows: flows.iter().any(|flow| flow.pattern.growth != 0.0),
        reaches,
    })
}

/// What is compared, or, where only its mean is known, the first crossing, or the first flow's way from door to door.
fn with_quantile(trials: &Trials<'_>, compared: &Measure) -> Measure {
    if trials.p90s(0, compared).is_some() {
        return compared.clone();
    }
    let network = &trials.networks()[0];
    let name = |site: crate::terms::SiteId| network.sites[site.index()].name.clone();
    match network.crossings.first() {
        Some(crossing) => Measure::Crossing(name(crossing.exit), name(crossing.entry)),
        None => Measure::DoorToDoor(trials.study().variants[0].scenario.flows[0].name.clone()),
    }
}

impl Search<'_> {
    fn reach(
        &self,
        who: Option<usize>,
        flows: &[Flow],
        account: &mut Account,
    ) -> Result<Reach, RunError> {
        let name = match who {
            Some(at) => self.study.interventions[at].name.clone(),
            None => super::NOTHING.to_owned(),
        };
        (self.watch.phase)(&format!("Capacity of `{name}`."));
        let mut tried: Vec<Demand> = Vec::new();
        let mut does = |factor: f64| -> Result<bool, RunError> {
            let found = self.tried(who, factor, account)?;
            let does = holds(&found, self.target_h);
            tried.push(found);
            Ok(does)
        };
        // (the greatest that holds, the least that does not).
        let mut bracket = (None, None);
        let mut factor = 1.0;
        if does(1.0)? {
            bracket.0 = Some(1.0);
            while bracket.1.is_none() && factor < MOST {
                factor = rounded(factor * STEP).min(MOST);
                match does(factor)? {
                    true => bracket.0 = Some(factor),
                    false => bracket.1 = Some(factor),
                }
            }
        } else {
            bracket.1 = Some(1.0);
            while bracket.0.is_none() && factor > LEAST {
                factor = rounded(factor / STEP).max(LEAST);
                match does(factor)? {
                    true => bracket.0 = Some(factor),
                    false => bracket.1 = Some(factor),
                }
            }
        }
        while let (Some(low), Some(high)) = bracket
            && high / low > 1.0 + TOLERANCE
        {
            let middle = rounded(libm::sqrt(low * high));
            if middle <= low || middle >= high {
                break;
            }
            match does(middle)? {
                true => bracket.0 = Some(middle),
                false => bracket.1 = Some(middle),
            }
        }
        tried.sort_by(|a, b| a.factor.total_cmp(&b.factor));
        let p90 = |factor: Option<f64>| {
            let found = tried.iter().find(|t| Some(t.factor) == factor);
            found.map_or(Measured::Missing, |t| t.p90_h)
        };
        let below = tried.iter().rev().find(|t| surely(t, self.target_h).0);
        let above = tried.iter().find(|t| surely(t, self.target_h).1);
        let interval = (below.map(|t| t.factor), above.map(|t| t.factor));
        Ok(Reach {
            name,
            now_h: p90(Some(1.0)),
            factor: bracket.0,
            interval,
            p90_h: p90(bracket.0),
            at_least: bracket.1.is_none(),
            years: bracket.0.and_then(|factor| years_until(flows, factor)),
            tried,
        })
    }

    /// P90 at a multiple of the demand. The candidates are always those of the greatest multiple, which are thinned: at a
    /// lower demand come some of those that come at a higher one, and every one of them with the same draws.
    fn tried(
        &self,
        who: Option<usize>,
        factor: f64,
        account: &mut Account,
    ) -> Result<Demand, RunError> {
        let at = |name: &str, factor: f64, members: &[usize]| {
            let mut point = point(self.options, members, self.study);
            point.name = name.to_owned();
            point.changes = vec![Change {
                factor: Factor::Demand,
                value: factor.to_string(),
            }];
            point.option = "--target".to_owned();
            point
        };
        let members: Vec<usize> = who.into_iter().collect();
        let points = [at("tried", factor, &members), at("most", MOST, &[])];
        let study = (self.load)(&points)?;
        // By place, since a name may hold any character; the base is 0.
        let part = format!("capacity-{}-{factor}", who.map_or(0, |at| at + 1));
        let kept = self.watch.store.map(|store| store.scope(&part));
        let mut trials = Trials::new(&study, &self.options.run)?;
        if let Some(kept) = kept.as_deref() {
            trials = trials.with_store(kept);
        }
        trials.extend(&[self.study.experiment.replications, 0], self.watch.runs)?;
        account.add(&trials);
        let values = trials.p90s(0, &self.measure).unwrap_or_default();
        let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let p90 = if values.contains(&f64::INFINITY) {
            Measured::AtLeast(finite.iter().copied().fold(0.0, f64::max))
        } else if finite.is_empty() {
            Measured::Missing
        } else {
            Measured::Estimate(Estimate::from_replications(&finite))
        };
        let flows = &study.variants[0].scenario.flows;
        let (all, parts) = vehicles(&trials, 0);
        Ok(Demand {
            factor,
            p90_h: p90,
            consignments_per_day: flows.iter().map(|flow| flow.per_day).sum(),
            teu_per_day: flows.iter().map(|flow| flow.per_day * flow.teu).sum(),
            vehicles: all,
            parts,
        })
    }
}

/// To a thousandth, so that it prints as it was tried.
fn rounded(factor: f64) -> f64 {
    libm::round(factor * 1_000.0) / 1_000.0
}

/// Years until the flows, each growing as stated, together bring `factor` of what they bring now; nothing where they do
/// not grow so far within two hundred years. 0 where they bring it now.
fn years_until(flows: &[Flow], factor: f64) -> Option<f64> {
    let demand = |years: f64| -> f64 {
        let at = |flow: &Flow| flow.per_day * libm::pow(1.0 + flow.pattern.growth, years);
        flows.iter().map(at).sum()
    };
    let wanted = factor * demand(0.0);
    if flows.iter().all(|flow| flow.pattern.growth == 0.0) || demand(FURTHEST) < wanted {
        return None;
    }
    if wanted <= demand(0.0) {
        return Some(0.0);
    }
    let (mut low, mut high) = (0.0, FURTHEST);
    while high - low > 1e-3 {
        let middle = 0.5 * (low + high);
        match demand(middle) < wanted {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::scenario::{NoFiles, TEMPLATE, from_str};

    #[test]
    fn demand_that_grows_reaches_its_double_when_compound_growth_says() {
        let study = from_str("t.toml", TEMPLATE, &NoFiles).unwrap().study;
        let mut flows = study.variants[0].scenario.flows.clone();
        flows.iter_mut().for_each(|flow| flow.pattern.growth = 0.0);
        assert_eq!(years_until(&flows, 2.0), None);
        flows.iter_mut().for_each(|flow| flow.pattern.growth = 0.08);
        let found = years_until(&flows, 2.0).unwrap();
        assert!((found - 2f64.ln() / 1.08f64.ln()).abs() < 2e-3, "{found}");
        assert_eq!(years_until(&flows, 0.9), Some(0.0));
    }
}
