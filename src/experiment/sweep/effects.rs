//! What each factor does alone, what they do together, and the difference: their interaction.
//!
//! From the corners of a factorial design, each factor at its first or its last value. With y(S) the mean where the
//! factors of S are at their last value and the others at their first, the marginal effect of factor i is
//! y({i}) - y({}), the combined effect of S is y(S) - y({}), and the interaction of S is its combined effect less the
//! sum of the marginal effects of its members. All are sums of means over the same replications, so that the intervals
//! are those of paired differences.

use serde::{Deserialize, Serialize};

use super::{Design, Sweep};
use crate::stats::{Estimate, full_factorial};

/// Factors that are taken together, at most.
const MOST: usize = 3;

/// What an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// One factor alone.
    Marginal,
    /// Several together.
    Combined,
    /// Several together, less the sum of each alone.
    Interaction,
}

impl std::fmt::Display for EffectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EffectKind::Marginal => "marginal",
            EffectKind::Combined => "combined",
            EffectKind::Interaction => "interaction",
        })
    }
}

/// An effect of factors that go from their first to their last value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Where the other factors stand: factor and level, by position.
    pub given: Vec<(usize, usize)>,
    /// The factors that change, by position.
    pub of: Vec<usize>,
    /// What it is.
    pub kind: EffectKind,
    /// Hours; `None` where a corner has no mean.
    pub hours: Option<Estimate>,
}

/// The factors whose effects are told: the mutuals where two or more of them vary, else all of two or three factors.
fn members(sweep: &Sweep) -> Vec<usize> {
    let varied = |f: &usize| sweep.factors[*f].levels.len() > 1;
    let all: Vec<usize> = (0..sweep.factors.len()).filter(varied).collect();
    let is_mutual = |f: &usize| sweep.factors[*f].name.starts_with("cooperation.");
    let mutuals: Vec<usize> = all.iter().copied().filter(is_mutual).collect();
    match (mutuals.len(), all.len()) {
        (2.., _) => mutuals,
        (_, 2..=MOST) => all,
        _ => Vec::new(),
    }
}

/// The effects of a factorial design; none where fewer than two factors vary, or too many.
pub(super) fn effects(sweep: &Sweep) -> Vec<Effect> {
    let members = members(sweep);
    if sweep.design != Design::Factorial || !(2..=MOST).contains(&members.len()) {
        return Vec::new();
    }
    let others: Vec<usize> = (0..sweep.factors.len())
        .filter(|f| !members.contains(f))
        .collect();
    let counts: Vec<usize> = (others.iter())
        .map(|f| sweep.factors[*f].levels.len())
        .collect();
    let mut found = Vec::new();
    // One combination where there are no other factors.
    for levels in full_factorial(&counts).unwrap_or_default() {
        let given: Vec<(usize, usize)> = others.iter().copied().zip(levels).collect();
        let corner = |set: &[usize]| {
            let mut levels = vec![0; sweep.factors.len()];
            given.iter().for_each(|(f, level)| levels[*f] = *level);
            set.iter()
                .for_each(|f| levels[*f] = sweep.factors[*f].levels.len() - 1);
            sweep.at(&levels)
        };
        let mut add = |of: Vec<usize>, kind: EffectKind| {
            let hours = weights(&of, kind, &corner).and_then(|w| sweep.contrast(&w));
            found.push(Effect {
                given: given.clone(),
                of,
                kind,
                hours,
            });
        };
        let sets = subsets(&members);
        for set in sets.iter().filter(|set| set.len() == 1) {
            add(set.clone(), EffectKind::Marginal);
        }
        for set in sets.iter().filter(|set| set.len() > 1) {
            add(set.clone(), EffectKind::Combined);
            add(set.clone(), EffectKind::Interaction);
        }
    }
    found
}

/// An effect as a sum over corners.
fn weights(
    of: &[usize],
    kind: EffectKind,
    corner: &dyn Fn(&[usize]) -> Option<usize>,
) -> Option<Vec<(usize, f64)>> {
    let mut weights = vec![(corner(of)?, 1.0), (corner(&[])?, -1.0)];
    if kind == EffectKind::Interaction {
        for factor in of {
            weights.push((corner(&[*factor])?, -1.0));
            weights.push((corner(&[])?, 1.0));
        }
    }
    Some(weights)
}

/// Every set of members that is not empty, smaller ones first.
fn subsets(members: &[usize]) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (1u32..1 << members.len())
        .map(|bits| {
            let chosen = members.iter().enumerate();
            let chosen = chosen.filter(|(i, _)| bits >> i & 1 == 1);
            chosen.map(|(_, factor)| *factor).collect()
        })
        .collect();
    sets.sort_by_key(Vec::len);
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_is_the_combined_effect_less_the_marginals() {
        // Corners are numbered by the bits of their factors.
        let corner = |set: &[usize]| Some(set.iter().map(|f| 1 << f).sum());
        let y = |at: usize| [100.0, 90.0, 80.0, 75.0][at];
        let value = |of: &[usize], kind| -> f64 {
            let weights = weights(of, kind, &corner).unwrap_or_default();
            weights.iter().map(|(at, weight)| weight * y(*at)).sum()
        };
        assert_eq!(value(&[0], EffectKind::Marginal), -10.0);
        assert_eq!(value(&[1], EffectKind::Marginal), -20.0);
        assert_eq!(value(&[0, 1], EffectKind::Combined), -25.0);
        assert_eq!(value(&[0, 1], EffectKind::Interaction), 5.0);
    }

    #[test]
    fn subsets_come_by_size() {
        assert_eq!(
            subsets(&[0, 2, 5]),
            [
                vec![0],
                vec![2],
                vec![5],
                vec![0, 2],
                vec![0, 5],
                vec![2, 5],
                vec![0, 2, 5]
            ]
        );
    }
}
