//! Selection over trials: KN in fixed rounds, or OCBA within a budget.

use super::results::{Spent, Verdict};
use super::{ROUND, Watch};
use crate::experiment::RunError;
use crate::experiment::results::Measure;
use crate::experiment::trials::Trials;
use crate::stats::{Kn, SelectionError, allocate, correct_selection_paired, rinott_sizes};

/// What a selection is by.
pub(super) struct Rules {
    pub measure: Measure,
    pub alpha: f64,
    pub delta_h: f64,
    /// Replications of each in the first stage.
    pub first: u32,
    /// Most replications of one.
    pub most: u32,
}

/// How a selection went.
pub(super) struct Race {
    /// The selected variant.
    pub best: usize,
    pub verdict: Verdict,
    pub spent: Spent,
    /// By variant: at how many replications it was screened out.
    pub eliminated_at: Vec<Option<u32>>,
}

impl From<SelectionError> for RunError {
    fn from(error: SelectionError) -> Self {
        RunError::Scenario(format!("no selection can be made: {error}"))
    }
}

/// The values of a measure, all of them finite.
pub(super) fn values(
    trials: &Trials<'_>,
    variant: usize,
    measure: &Measure,
) -> Result<Vec<f64>, RunError> {
    let name = &trials.study().variants[variant].name;
    let values = trials
        .values(variant, measure)
        .ok_or_else(|| trials.no_measure(variant, measure, &format!("`{name}`")))?;
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(RunError::Scenario(format!(
            "nothing was observed of the measure in replication {at} of `{name}`: a longer horizon would observe more"
        ))),
        None => Ok(values),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample variance; 0 of fewer than two values.
fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|v| (v - middle) * (v - middle)).sum();
    squares / (values.len().max(2) - 1) as f64
}

/// Selects among the variants `systems` by KN.
pub(super) fn eliminate(
    trials: &mut Trials<'_>,
    systems: &[usize],
    rules: &Rules,
    watch: &Watch<'_>,
) -> Result<Race, RunError> {
    let first = rules.first;
    let mut wanted: Vec<u32> = (0..trials.networks().len())
        .map(|v| trials.replications(v))
        .collect();
    systems
        .iter()
        .for_each(|v| wanted[*v] = wanted[*v].max(first));
    trials.extend(&wanted, watch.runs)?;
    let mut kn = Kn::new(systems.len(), rules.alpha, rules.delta_h, first as usize)?;
    let mut stage = Vec::with_capacity(systems.len());
    for v in systems {
        let mut values = values(trials, *v, &rules.measure)?;
        values.truncate(first as usize);
        stage.push(values);
    }
    kn.first_stage(&stage)?;
    let variances: Vec<f64> = stage.iter().map(|values| variance(values)).collect();
    let rinott = match systems.len() {
        1 => u64::from(first),
        _ => rinott_sizes(&variances, rules.alpha, rules.delta_h, first as usize)?
            .iter()
            .sum(),
    };
    let mut eliminated_at = vec![None; wanted.len()];
    let mut sums = vec![0.0; systems.len()];
    let mut r = first;
    loop {
        for &i in kn.survivors() {
            let values = values(trials, systems[i], &rules.measure)?;
            sums[i] = values.iter().take(r as usize).sum();
        }
        for gone in kn.screen(&sums, u64::from(r))? {
            eliminated_at[systems[gone.candidate]] = Some(r);
        }
        if kn.selected().is_some() || r >= rules.most {
            break;
        }
        let next = (r + ROUND).min(rules.most);
        (watch.phase)(&format!(
            "{} of {} are left after {r} replications; the next {}.",
            kn.survivors().len(),
            systems.len(),
            next - r
        ));
        for &i in kn.survivors() {
            wanted[systems[i]] = wanted[systems[i]].max(next);
        }
        trials.extend(&wanted, watch.runs)?;
        r = next;
    }
    let least = kn.survivors().iter().copied().min_by(|a, b| {
        let order = sums[*a].total_cmp(&sums[*b]);
        order.then(a.cmp(b))
    });
    let best = systems[kn.selected().or(least).unwrap_or(0)];
    let counts = systems.iter().map(|v| u64::from(trials.replications(*v)));
    let spent = Spent {
        replications: counts.clone().sum(),
        equal: counts.max().unwrap_or(0) * systems.len() as u64,
        rinott: Some(rinott),
    };
    let verdict = match kn.selected() {
        _ if trials.is_bound(best, &rules.measure) => Verdict::Bound,
        Some(_) => Verdict::Guaranteed(1.0 - rules.alpha),
        None => Verdict::NotSettled(kn.survivors().len()),
    };
    Ok(Race {
        best,
        verdict,
        spent,
        eliminated_at,
    })
}

/// Whether a first stage of `first` replications of the base and of each of `interventions` is within `budget`.
pub(super) fn budget_suffices(
    budget: u32,
    first: u32,
    interventions: usize,
) -> Result<(), RunError> {
    let all = interventions as u64 + 1;
    let least = u64::from(first) * all;
    if u64::from(budget) >= least {
        return Ok(());
    }
    let shorter = match first > 2 {
        true => format!(
            ", or a shorter first stage: --replications 2 takes {}, the least there is",
            2 * all
        ),
        false => String::new(),
    };
    let of = match interventions {
        1 => "the one intervention".to_owned(),
        n => format!("each of {n} interventions"),
    };
    Err(RunError::Setup(format!(
        "--budget {budget} is too small: the first stage is {first} replications of the base and of {of}; take --budget \
         {least} or more{shorter}"
    )))
}

/// Shares `budget` replications, of which the first stage is taken already, out among all variants by OCBA, a round's worth
/// at a time.
pub(super) fn by_budget(
    trials: &mut Trials<'_>,
    rules: &Rules,
    budget: u32,
    watch: &Watch<'_>,
) -> Result<Race, RunError> {
    let all = trials.networks().len();
    let read = |trials: &Trials<'_>| -> Result<Vec<Vec<f64>>, RunError> {
        (0..all)
            .map(|v| values(trials, v, &rules.measure))
            .collect()
    };
    let mut taken: Vec<u64> = (0..all)
        .map(|v| u64::from(trials.replications(v)))
        .collect();
    while taken.iter().sum::<u64>() < u64::from(budget) {
        let values = read(trials)?;
        let means: Vec<f64> = values.iter().map(|v| mean(v)).collect();
        let variances: Vec<f64> = values.iter().map(|v| variance(v)).collect();
        let next = (taken.iter().sum::<u64>() + u64::from(ROUND)).min(u64::from(budget));
        let sizes = allocate(&means, &variances, &taken, next)?;
        let wanted: Vec<u32> = sizes.iter().map(|n| *n as u32).collect();
        trials.extend(&wanted, watch.runs)?;
        taken = sizes;
    }
    let values = read(trials)?;
    let common = taken.iter().copied().min().unwrap_or(0) as usize;
    let means: Vec<f64> = values.iter().map(|v| mean(&v[..common])).collect();
    let best = (0..all).min_by(|a, b| means[*a].total_cmp(&means[*b]).then(a.cmp(b)));
    let best = best.unwrap_or(0);
    let verdict = match trials.is_bound(best, &rules.measure) {
        true => Verdict::Bound,
        false => Verdict::Estimated(correct_selection_paired(&values)?, budget),
    };
    Ok(Race {
        best,
        verdict,
        spent: Spent {
            replications: taken.iter().sum(),
            equal: taken.iter().copied().max().unwrap_or(0) * all as u64,
            rinott: None,
        },
        eliminated_at: vec![None; all],
    })
}
