//! Running a plan's points and gathering every number of each, one point at a time.

use std::collections::BTreeMap;

use super::effects::effects;
use super::regression::regression;
use super::{Plan, PointResult, Sweep, SweepRow};
use crate::experiment::outcomes::{Outcome, Subject};
use crate::experiment::results::{Measure, Measured};
use crate::experiment::{Overload, RunError, RunOptions, Store, Trials};
use crate::scenario::Study;
use crate::stats::paired;

/// Is told of each finished run: done, of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Runs the points of `plan`, which are the variants of `study`, each in as many replications as the study asks for;
/// with a store, finished replications are kept and taken from it. `variant` names what the points start from, for the
/// reader. The sweep is about `measure`, or about the study's headline.
///
/// # Errors
/// [`RunError`]: a point cannot be run, a replication cannot be kept, the base has no such measure, or a promise was
/// broken.
pub fn sweep(
    study: &Study,
    plan: &Plan,
    variant: &str,
    measure: Option<&Measure>,
    options: &RunOptions,
    store: Option<&dyn Store>,
    progress: Progress<'_>,
) -> Result<Sweep, RunError> {
    let mut trials = Trials::new(study, options)?;
    if let Some(store) = store {
        trials = trials.with_store(store);
    }
    if let Some(measure) = measure
        && trials.values(0, measure).is_none()
    {
        return Err(trials.no_measure(0, measure, "this scenario"));
    }
    trials.extend_all(study.experiment.replications, progress)?;
    let measure = measure.cloned().unwrap_or_else(|| trials.headline());
    let mut table = Table::default();
    let mut points: Vec<PointResult> = Vec::with_capacity(plan.points.len());
    let first = trials.values(0, &measure).unwrap_or_default();
    for (at, levels) in plan.points.iter().enumerate() {
        let result = trials.variant(at);
        table.add(at, trials.outcomes(at, &result));
        let values = trials.values(at, &measure).unwrap_or_default();
        let mean_h = trials.mean(at, &measure).unwrap_or(Measured::Missing);
        let is_mean = |m: &Measured| matches!(m, Measured::Estimate(_));
        let compared =
            at > 0 && is_mean(&mean_h) && points.first().is_some_and(|p| is_mean(&p.mean_h));
        let name = plan.name(levels);
        points.push(PointResult {
            overload: Overload::simulated(&name, &result.stations),
            name,
            levels: levels.clone(),
            difference_h: compared.then(|| paired(&first, &values).difference),
            mean_h,
            values: values.iter().map(|v| v.is_finite().then_some(*v)).collect(),
            warnings: result.warnings,
        });
    }
    let (digest, events, engines) = trials.account();
    let mut sweep = Sweep {
        scenario: study.name.clone(),
        title: study.title.clone(),
        seed: study.experiment.seed,
        replications: study.experiment.replications,
        warm_up_h: study.experiment.warm_up.hours(),
        horizon_h: study.experiment.horizon.hours(),
        start: study.experiment.start.to_string(),
        variant: variant.to_owned(),
        design: plan.design,
        factors: plan.factors.clone(),
        measure,
        points,
        subjects: table.subjects,
        rows: table.rows,
        effects: Vec::new(),
        regression: None,
        warm_up: None,
        finding: String::new(),
        digest: digest.to_string(),
        events,
        engines: engines.to_vec(),
    };
    finish(&mut sweep);
    Ok(sweep)
}

/// What follows from the points' means.
pub(crate) fn finish(sweep: &mut Sweep) {
    sweep.effects = effects(sweep);
    sweep.regression = regression(sweep);
}

/// Rows under construction.
#[derive(Default)]
struct Table {
    subjects: Vec<Subject>,
    places: BTreeMap<Subject, usize>,
    rows: Vec<SweepRow>,
    /// What the first point has, by subject: what the others are compared with.
    first: BTreeMap<usize, Outcome>,
}

impl Table {
    fn add(&mut self, point: usize, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            let next = self.subjects.len();
            let subject = *self.places.entry(outcome.subject.clone()).or_insert(next);
            if subject == next {
                self.subjects.push(outcome.subject.clone());
            }
            let first = self.first.get(&subject).filter(|_| point > 0);
            self.rows.push(SweepRow {
                point,
                subject,
                value: outcome.measured,
                difference: first.and_then(|first| outcome.less(first)),
            });
            if point == 0 {
                self.first.insert(subject, outcome);
            }
        }
    }
}
