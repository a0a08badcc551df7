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

use super::{Overload, RunError, compile};
use crate::network::Network;
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

/// Where a desk of these variants of `study` cannot keep up, as far as that is known before the run.
pub(super) fn overloads(study: &Study, networks: &[Network], variants: &[usize]) -> Vec<Overload> {
    let found = variants.iter().filter_map(|&v| {
        let variant = &study.variants[v];
        let loads = offered_loads(&variant.scenario, &networks[v]);
        Overload::offered(&variant.name, &loads)
    });
    found.collect()
}

/// A sentence for each station that is offered as much as its staff can do, or more, with the variants in which it is.
pub fn forewarnings(study: &Study, loads: &[Vec<StationLoad>]) -> Vec<String> {
    let all: Vec<usize> = (0..study.variants.len()).collect();
    forewarnings_of(study, loads, &all, false)
}

/// As [`forewarnings`], of some variants alone. `named`: the variants are told even where it holds in all of these.
pub fn forewarnings_of(
    study: &Study,
    loads: &[Vec<StationLoad>],
    variants: &[usize],
    named: bool,
) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for &v in variants {
        let name = study.variants[v].name.as_str();
        for sentence in loads[v].iter().flat_map(StationLoad::warnings) {
            match found.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, variants)) => variants.push(name),
                None => found.push((sentence, vec![name])),
            }
        }
    }
    found
        .into_iter()
        .map(|(sentence, names)| {
            if names.len() == variants.len() && !named {
                sentence
            } else {
                format!("{sentence} [{}]", names.join(", "))
            }
        })
        .collect()
}

/// One sentence on many points, each of one or several variants: at how many of them a station is offered as much as it
/// can do or more (but for those where work after closing makes up for it), and where most; nothing where at none.
/// `what` they are called, and where each is, such as `at servers=2`.
pub fn forewarning_of_points(
    points: &[&[Vec<StationLoad>]],
    what: &str,
    place: &dyn Fn(usize) -> String,
) -> Option<String> {
    let mut count = 0;
    let mut worst: Option<(f64, &StationLoad, usize)> = None;
    for (at, variants) in points.iter().enumerate() {
        let grows = variants.iter().flatten();
        let grows = grows.filter_map(|station| Some((station.growing()?, station)));
        let mut here = false;
        for (load, station) in grows {
            here = true;
            if worst.is_none_or(|(most, ..)| load > most) {
                worst = Some((load, station, at));
            }
        }
        count += usize::from(here);
    }
    let (load, station, at) = worst?;
    let load = match load.is_finite() {
        true => format!("{load:.2}"),
        false => "without anybody on duty".to_owned(),
    };
    Some(format!(
        "{count} of {} {what} offer{} a station as much as it can do or more, worst: {} {load} {}",
        points.len(),
        if count == 1 { "s" } else { "" },
        station.name(),
        place(at)
    ))
}
