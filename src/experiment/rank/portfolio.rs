//! Which few interventions together, within a limit of capital: all pairs and triples are run, so that what they do to
//! each other counts.

use super::effects::saved;
use super::results::{Bundle, Portfolio, System, Verdict};
use super::select::{Rules, eliminate, values};
use super::{Account, Load, RankOptions, Watch, point};
use crate::experiment::RunError;
use crate::experiment::results::Measured;
use crate::experiment::trials::Trials;
use crate::scenario::{Intervention, Study};
use crate::stats::Estimate;

/// Most combinations of two and more that are run.
const MOST: usize = 64;

/// Combinations of `choose` and fewer among `of`, but for single ones.
fn combinations(of: usize, choose: usize) -> usize {
    let mut sum = 0usize;
    let mut ways = of;
    for size in 2..=choose.min(of) {
        ways = ways.saturating_mul(of + 1 - size) / size;
        sum = sum.saturating_add(ways);
    }
    sum
}

/// Every set of 1 to `choose` of `taken`, small sets first, each in order.
fn sets(taken: &[usize], choose: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = taken.iter().map(|at| vec![*at]).collect();
    let mut from = 0;
    for _ in 1..choose {
        let to = all.len();
        for set in from..to {
            let last = *all[set].last().unwrap_or(&0);
            for at in taken.iter().filter(|at| **at > last) {
                let mut larger = all[set].clone();
                larger.push(*at);
                all.push(larger);
            }
        }
        from = to;
    }
    all
}

/// The pair of these that cannot be combined, if any.
fn conflict(interventions: &[Intervention], set: &[usize]) -> Option<(usize, usize)> {
    set.iter().find_map(|second| {
        let conflicts = &interventions[*second].conflicts;
        let first = conflicts.iter().find(|(first, _)| set.contains(first))?;
        Some((first.0, *second))
    })
}

/// The sum over members of what each states; nothing where one states nothing.
fn sum(set: &[usize], of: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    set.iter().map(|at| of(*at)).sum()
}

/// Runs and selects.
pub(super) fn portfolio(
    study: &Study,
    load: Load<'_>,
    options: &RankOptions,
    rules: &Rules,
    systems: &[System],
    account: &mut Account,
    watch: &Watch<'_>,
) -> Result<Option<Portfolio>, RunError> {
    let interventions = &study.interventions;
    // What costs nothing once is stated by a yearly cost alone; what states neither may cost anything.
    let capital = |at: usize| match (interventions[at].capital, interventions[at].yearly) {
        (None, None) => None,
        (capital, _) => Some(capital.unwrap_or(0.0)),
    };
    let within = |set: &[usize]| match options.capital_limit {
        None => true,
        Some(limit) => sum(set, capital).is_some_and(|sum| sum <= limit),
    };
    // The best alone are put together, as many as keep to the bound.
    let mut order: Vec<usize> = (0..interventions.len())
        .filter(|at| within(&[*at]))
        .collect();
    let of = order.len();
    let middle = |at: &usize| match systems[*at + 1].saved_h {
        Measured::Estimate(estimate) => estimate.mean,
        _ => f64::NEG_INFINITY,
    };
    order.sort_by(|a, b| middle(b).total_cmp(&middle(a)).then(a.cmp(b)));
    while combinations(order.len(), options.choose) > MOST && order.len() > 2 {
        order.pop();
    }
    let mut taken = order;
    taken.sort_unstable();
    let competing: Vec<Vec<usize>> = sets(&taken, options.choose)
        .into_iter()
        .filter(|set| conflict(interventions, set).is_none() && within(set))
        .collect();
    if competing.is_empty() {
        return Ok(None);
    }
    let groups = groups(interventions);
    // Whole groups and all that is added up are run as well, without competing.
    let mut all = competing.clone();
    let others = groups.iter().map(|(_, members)| members.clone());
    for set in others.filter(|set| conflict(interventions, set).is_none()) {
        if !all.contains(&set) {
            all.push(set);
        }
    }
    for at in 0..interventions.len() {
        let needed = all.iter().any(|set| set.contains(&at));
        if needed && !all.contains(&vec![at]) {
            all.push(vec![at]);
        }
    }
    let mut points = vec![point(options, &[], study)];
    points.extend(all.iter().map(|set| point(options, set, study)));
    (watch.phase)(&format!(
        "Together: {} combinations and the base, {} replications of each at first.",
        all.len(),
        rules.first
    ));
    let joined = load(&points)?;
    // What is put together follows from the singles' replications alone, and so is the same each time.
    let kept = watch.store.map(|store| store.scope("together"));
    let mut trials = Trials::new(&joined, &options.run)?;
    if let Some(kept) = kept.as_deref() {
        trials = trials.with_store(kept);
    }
    trials.extend(&vec![rules.first; points.len()], watch.runs)?;
    let systems: Vec<usize> = (1..=competing.len()).collect();
    let race = eliminate(&mut trials, &systems, rules, watch)?;
    account.add(&trials);
    let base = values(&trials, 0, &rules.measure)?;
    let bound = |v: usize| trials.is_bound(v, &rules.measure);
    let mut alone = vec![None; interventions.len()];
    for (at, set) in all.iter().enumerate() {
        if let [only] = set[..] {
            let known = !bound(0) && !bound(at + 1);
            let hours = values(&trials, at + 1, &rules.measure)?;
            alone[only] = known.then(|| saved(&base, &hours));
        }
    }
    let mut bundles = Vec::with_capacity(all.len());
    for (at, set) in all.iter().enumerate() {
        let v = at + 1;
        let hours = values(&trials, v, &rules.measure)?;
        let known = !bound(0) && !bound(v);
        let both = known.then(|| saved(&base, &hours));
        let singles: Option<Vec<&Vec<f64>>> = set.iter().map(|m| alone[*m].as_ref()).collect();
        let sum_of = singles.map(|singles| add_up(&singles));
        let interaction = both.as_ref().zip(sum_of.as_ref()).map(|(both, sum)| {
            let pairs = both.iter().zip(sum);
            pairs.map(|(both, sum)| both - sum).collect::<Vec<f64>>()
        });
        let estimate = |values: Option<Vec<f64>>| match values {
            Some(values) => Measured::Estimate(Estimate::from_replications(&values)),
            None => Measured::Missing,
        };
        let group = groups.iter().find(|(_, members)| members == set);
        bundles.push(Bundle {
            members: set.clone(),
            names: set.iter().map(|m| interventions[*m].name.clone()).collect(),
            capital: sum(set, capital),
            cost_a_year: sum(set, |m| interventions[m].cost_a_year(options.discount)),
            competes: at < competing.len(),
            group: group.map(|(name, _)| name.clone()),
            replications: trials.replications(v),
            eliminated_at: race.eliminated_at[v],
            saved_h: estimate(both),
            sum_of_singles_h: estimate(sum_of),
            interaction_h: estimate(interaction),
        });
    }
    let all_conflicts = interventions.iter().flat_map(|second| {
        let name = |at: usize| interventions[at].name.clone();
        let conflicts = second.conflicts.iter();
        conflicts.map(move |(first, why)| (name(*first), second.name.clone(), why.clone()))
    });
    let unknown = (0..interventions.len()).filter(|at| capital(*at).is_none());
    Ok(Some(Portfolio {
        choose: options.choose,
        capital_limit: options.capital_limit,
        taken,
        of,
        unknown_cost: unknown.map(|at| interventions[at].name.clone()).collect(),
        conflicts: all_conflicts.collect(),
        bundles,
        best: (!matches!(race.verdict, Verdict::Bound)).then(|| race.best - 1),
        // Beside a lower bound, of the base or of one that competes, nothing is guaranteed.
        verdict: match (0..=competing.len()).any(bound) {
            true => Verdict::Bound,
            false => race.verdict,
        },
        spent: race.spent,
    }))
}

/// Replication by replication, over those that all have.
fn add_up(lists: &[&Vec<f64>]) -> Vec<f64> {
    let n = lists.iter().map(|list| list.len()).min().unwrap_or(0);
    (0..n)
        .map(|r| lists.iter().map(|list| list[r]).sum())
        .collect()
}

/// The groups of two and more, by the place of their first member.
fn groups(interventions: &[Intervention]) -> Vec<(String, Vec<usize>)> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for (at, intervention) in interventions.iter().enumerate() {
        let Some(name) = &intervention.group else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, members)) => members.push(at),
            None => groups.push((name.clone(), vec![at])),
        }
    }
    groups.retain(|(_, members)| members.len() > 1);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_all_there_are_and_small_ones_come_first() {
        let found = sets(&[0, 2, 5], 3);
        let expected: [&[usize]; 7] = [&[0], &[2], &[5], &[0, 2], &[0, 5], &[2, 5], &[0, 2, 5]];
        assert_eq!(found, expected);
        assert_eq!(sets(&[1, 3], 1), [[1], [3]]);
        for (of, choose) in [(7, 3), (8, 2), (3, 5), (10, 3)] {
            let taken: Vec<usize> = (0..of).collect();
            assert_eq!(sets(&taken, choose).len() - of, combinations(of, choose));
        }
    }
}
