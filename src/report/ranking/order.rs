//! In which order interventions are shown.

use crate::experiment::rank::results::{Ranking, System};
use crate::experiment::results::Measured;
use crate::report::number;

/// The interventions, those with most of `of` first; those of which nothing is known last, in file order.
pub(crate) fn by(ranking: &Ranking, of: impl Fn(&System) -> Measured) -> Vec<&System> {
    let mut systems: Vec<&System> = ranking.systems.iter().skip(1).collect();
    let middle = |system: &System| number::value(&of(system)).unwrap_or(f64::NEG_INFINITY);
    // Stable, so that equals stay in file order.
    systems.sort_by(|a, b| middle(b).total_cmp(&middle(a)));
    systems
}

/// The interventions by hours saved, the selected one first whatever its estimate.
pub(crate) fn by_hours(ranking: &Ranking) -> Vec<&System> {
    let mut systems = by(ranking, |system| system.saved_h);
    let best = &ranking.systems[ranking.best].name;
    systems.sort_by_key(|system| system.name != *best);
    systems
}
