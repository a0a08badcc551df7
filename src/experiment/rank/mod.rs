//! Ranking candidate interventions with a guarantee: which saves most hours, which most for its cost, which few of them
//! together, and how much demand the corridor then bears.
//!
//! Every candidate and the base are run on common random numbers. See [`rank`].

use serde::{Deserialize, Serialize};

mod capacity;
mod effects;
mod missed;
mod portfolio;
pub mod results;
mod select;
mod vehicles;

use super::results::{Measure, Measured};
use super::trials::{Store, Trials};
use super::{Overload, RunError, RunOptions};
use crate::observe::Digest;
use crate::scenario::{Point, Study};

use results::Verdict;

pub use results::Ranking;

/// Loads the scenario with these design points in place of its variants: the caller has the file.
pub type Load<'a> = &'a dyn Fn(&[Point]) -> Result<Study, RunError>;

/// Who watches.
pub struct Watch<'a> {
    /// Told of each finished run (done, of how many of its round).
    pub runs: &'a (dyn Fn(usize, usize) + Sync),
    /// Told in words what is done next.
    pub phase: &'a dyn Fn(&str),
    /// Keeps every replication: those of the base and of each candidate itself, those of combinations and of each demand
    /// that is tried in parts of their own.
    pub store: Option<&'a dyn Store>,
}

/// How to rank.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RankOptions {
    /// Threads, executor, kernel: the results are the same for any, and no file tells them.
    #[serde(skip)]
    pub run: RunOptions,
    /// The variant of the file that the interventions start from; the base where none is named.
    pub variant: Option<String>,
    /// What is compared; the study's headline where none is named.
    pub measure: Option<Measure>,
    /// Indifference zone in hours; by default 1 % of the base's mean in the first stage, rounded down to 1, 2 or 5 times a
    /// power of ten.
    pub delta_h: Option<f64>,
    /// Error probability of the selection.
    pub alpha: f64,
    /// Replications for all together, the base included, shared out by OCBA; without a guarantee. What [`choose`](Self::choose)
    /// and [`target_h`](Self::target_h) ask for is run beside it.
    pub budget: Option<u32>,
    /// Replications of each in the first stage; by default those of the study, at most [`FIRST`].
    pub first: Option<u32>,
    /// Most replications of one candidate.
    pub max_replications: u32,
    /// Discount rate a year of capital costs; 0: none.
    pub discount: f64,
    /// US dollars for an hour of a TEU; by default what all flows state, if they do.
    pub value_of_time: Option<f64>,
    /// Interventions put together at most; 1: none.
    pub choose: usize,
    /// Most capital in US dollars that those together may cost.
    pub capital_limit: Option<f64>,
    /// Hours that nine in ten consignments shall need at most, for the capacity.
    pub target_h: Option<f64>,
    /// Of which time; by default that which is compared, or, where that is a sum, the first crossing's.
    pub target_measure: Option<Measure>,
}

impl Default for RankOptions {
    fn default() -> Self {
        RankOptions {
            run: RunOptions::default(),
            variant: None,
            measure: None,
            delta_h: None,
            alpha: 0.05,
            budget: None,
            first: None,
            max_replications: 2_000,
            discount: 0.0,
            value_of_time: None,
            choose: 3,
            capital_limit: None,
            target_h: None,
            target_measure: None,
        }
    }
}

/// Replications by which the survivors go on, all equally, before they are screened again.
pub const ROUND: u32 = 10;

/// Replications of each candidate in the first stage, where nothing else is asked for: Kim and Nelson (2001) advise at
/// least 10; more would be spent on those who are clearly worse.
pub const FIRST: u32 = 10;

/// The name of the point without any intervention.
pub const NOTHING: &str = "base";

/// Ranks the interventions of `study`, which `load` loads anew with what is put together.
///
/// The first stage gives the variances. [`Kn`](crate::stats::Kn) then goes on with
/// the survivors alone, [`ROUND`] at a time, until one is left; with a budget, OCBA shares out what there is. The order of
/// screening and what is run next depend on sums over replications alone, so that no number of threads changes them.
///
/// # Errors
/// [`RunError::Scenario`]: no intervention is stated, a measure is not known. [`RunError::Setup`]: a budget is too small,
/// before anything is run. Else as [`Trials::extend`].
pub fn rank(
    study: &Study,
    load: Load<'_>,
    options: &RankOptions,
    watch: &Watch<'_>,
) -> Result<Ranking, RunError> {
    if study.interventions.is_empty() {
        return Err(RunError::Scenario(
            "this scenario states no intervention to rank; write each candidate under [interventions.NAME], with what it \
             changes (`set`, `regime`, `agreements`, ...) and what it costs (`capital` and `life`, `yearly`)"
                .into(),
        ));
    }
    let first = options
        .first
        .unwrap_or(study.experiment.replications.min(FIRST));
    if first < 2 {
        return Err(RunError::Scenario(
            "one replication tells no variance: rank with --replications of at least 2".into(),
        ));
    }
    if let Some(budget) = options.budget {
        select::budget_suffices(budget, first, study.interventions.len())?;
    }
    let mut points = vec![point(options, &[], study)];
    points.extend((0..study.interventions.len()).map(|at| point(options, &[at], study)));
    let singles = load(&points)?;
    let mut trials = Trials::new(&singles, &options.run)?;
    if let Some(store) = watch.store {
        trials = trials.with_store(store);
    }
    let all = points.len();
    if let Some(measure) = &options.measure {
        // Known before anything is run.
        (0..all).try_for_each(|v| select::values(&trials, v, measure).map(|_| ()))?;
    }
    (watch.phase)(&format!(
        "First stage: {first} replications of the base and of each of {} interventions.",
        study.interventions.len()
    ));
    trials.extend(&vec![first; all], watch.runs)?;
    let measure = match &options.measure {
        Some(measure) => measure.clone(),
        None => trials.headline(),
    };
    let base = select::values(&trials, 0, &measure)?;
    let mean = base.iter().sum::<f64>() / base.len() as f64;
    let rules = select::Rules {
        measure: measure.clone(),
        alpha: options.alpha,
        delta_h: options.delta_h.unwrap_or_else(|| one_percent(mean)),
        first,
        most: options.max_replications.max(first),
    };
    let race = match options.budget {
        Some(budget) => select::by_budget(&mut trials, &rules, budget, watch)?,
        None => {
            let systems: Vec<usize> = (0..all).collect();
            select::eliminate(&mut trials, &systems, &rules, watch)?
        }
    };
    // What is saved is paired with the base: over all replications of the selected one, though the base itself may have been
    // screened out long before.
    let mut wanted: Vec<u32> = (0..all).map(|v| trials.replications(v)).collect();
    if options.budget.is_none() {
        wanted[0] = wanted[0].max(wanted[race.best]);
    }
    trials.extend(&wanted, watch.runs)?;
    let worth = options.value_of_time.or(effects::stated_value(&singles));
    let systems = effects::systems(&trials, study, &measure, &race, options, worth)?;
    let not_ranked: Vec<String> = (systems.iter())
        .filter(|system| !matches!(system.mean_h, Measured::Estimate(_)))
        .map(|system| system.name.clone())
        .collect();
    let overloads = (systems.iter().enumerate())
        .filter_map(|(at, system)| {
            let variant = system.name.clone();
            trials
                .overload(at)
                .map(|found| Overload { variant, ..found })
        })
        .collect();
    let mut account = Account::default();
    account.add(&trials);
    let portfolio = match options.choose {
        0 | 1 => None,
        _ => portfolio::portfolio(study, load, options, &rules, &systems, &mut account, watch)?,
    };
    let capacity = match options.target_h {
        Some(target_h) => Some(capacity::capacity(
            study,
            load,
            options,
            &trials,
            &measure,
            target_h,
            race.best,
            &mut account,
            watch,
        )?),
        None => None,
    };
    Ok(Ranking {
        scenario: study.name.clone(),
        title: study.title.clone(),
        seed: study.experiment.seed,
        start: study.experiment.start.to_string(),
        base: options
            .variant
            .clone()
            .unwrap_or_else(|| study.variants[0].name.clone()),
        missed: missed::missed(&trials, study),
        queues: effects::queues(&trials, study),
        measure,
        alpha: options.alpha,
        delta_h: rules.delta_h,
        delta_asked: options.delta_h.is_some(),
        budget: options.budget,
        first_stage: first,
        round: ROUND,
        max_replications: rules.most,
        discount: options.discount,
        value_of_time: worth,
        best: race.best,
        // With nothing known to set the selected one against, nothing was selected.
        verdict: match not_ranked.len() + 1 >= systems.len() {
            true => Verdict::Bound,
            false => race.verdict,
        },
        not_ranked,
        overloads,
        spent: race.spent,
        systems,
        portfolio,
        capacity,
        finding: String::new(),
        digest: account.digest.to_string(),
        events: account.events,
    })
}

/// What was run, over all stages.
#[derive(Default)]
struct Account {
    digest: Digest,
    events: u64,
}

impl Account {
    fn add(&mut self, trials: &Trials<'_>) {
        let (digest, events, _) = trials.account();
        self.digest.merge(digest);
        self.events += events;
    }
}

/// The design point that applies these interventions, by position.
fn point(options: &RankOptions, members: &[usize], study: &Study) -> Point {
    let names = members
        .iter()
        .map(|at| study.interventions[*at].name.clone());
    let names: Vec<String> = names.collect();
    Point {
        name: match names.is_empty() {
            true => NOTHING.to_owned(),
            false => format!("+ {}", names.join(" + ")),
        },
        variant: options.variant.clone(),
        interventions: names,
        changes: Vec::new(),
        option: "--variant".to_owned(),
    }
}

/// 1 % of `mean`, rounded down to 1, 2 or 5 times a power of ten.
fn one_percent(mean: f64) -> f64 {
    let percent = mean.abs() / 100.0;
    if !(percent > 0.0 && percent.is_finite()) {
        return 0.01;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(percent)));
    let step = [5.0, 2.0, 1.0]
        .into_iter()
        .find(|s| s * power <= percent * (1.0 + 1e-9));
    step.unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indifference_zone_is_a_round_number_of_at_most_one_percent() {
        for (mean, expected) in [
            (22.8, 0.2),
            (50.0, 0.5),
            (9.99, 0.05),
            (100.0, 1.0),
            (0.0, 0.01),
        ] {
            let found = one_percent(mean);
            assert!((found / expected - 1.0).abs() < 1e-9, "{mean}: {found}");
        }
    }
}
