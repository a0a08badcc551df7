//! Theory guard rails: what can be known of a run before it, and what its figures can be set beside after it.
//!
//! Before: the work that each station is offered over what its staff can do. After: the same figure as simulated, and
//! waits of textbook queues. The word *bound* is used only where a theorem holds; all else is a *reference*.

pub(super) mod demand;
mod feeds;
mod forkjoin;
mod load;
mod periods;
mod reference;
mod visits;

pub use forkjoin::ForkJoin;
pub use load::{Offered, PeriodLoad, StationLoad, offered_loads};
pub use reference::{StationTheory, TheoryResult};

pub(super) use reference::result;

use super::{RunError, compile};
use crate::scenario::Study;

/// The offered loads of every variant of `study`, in order, before anything is run.
///
/// # Errors
/// Where a variant cannot be compiled.
pub fn before(study: &Study) -> Result<Vec<Vec<StationLoad>>, RunError> {
    let networks = compile(study)?;
    let variants = study.variants.iter().zip(&networks);
    Ok(variants
        .map(|(variant, network)| offered_loads(&variant.scenario, network))
        .collect())
}

/// A sentence for each station that is offered as much as its staff can do, or more, with the variants in which it is.
pub fn forewarnings(study: &Study, loads: &[Vec<StationLoad>]) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for (variant, stations) in study.variants.iter().zip(loads) {
        for sentence in stations.iter().flat_map(StationLoad::warnings) {
            match found.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, variants)) => variants.push(&variant.name),
                None => found.push((sentence, vec![&variant.name])),
            }
        }
    }
    let all = study.variants.len();
    found
        .into_iter()
        .map(|(sentence, variants)| {
            if variants.len() == all {
                sentence
            } else {
                format!("{sentence} [{}]", variants.join(", "))
            }
        })
        .collect()
}
