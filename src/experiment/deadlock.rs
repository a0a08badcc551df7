//! A wait cycle in words: an error of the run, because the scenario leads into it.

use super::RunError;
use crate::engine::World;
use crate::network::{Network, PoolKind};
use crate::terms::EntityId;
use crate::time::{MS_PER_HOUR, Time};
use crate::world::{Corridor, Deadlock, Observer, Resource, SiteState, Stuck};

/// A wait cycle is an error of the scenario. Those that closed after the horizon, when nobody measured was left, are
/// none of the run's affair: engines end at different instants there.
pub(super) fn check<'s, O: Observer + 's>(
    world: &Corridor<'_, O>,
    sites: impl Iterator<Item = &'s SiteState<O>>,
) -> Result<(), RunError> {
    found(world, sites).map_or(Ok(()), |words| Err(RunError::Scenario(words)))
}

/// The wait cycle that is an error of the scenario, in words.
pub(super) fn found<'s, O: Observer + 's>(
    world: &Corridor<'_, O>,
    sites: impl Iterator<Item = &'s SiteState<O>>,
) -> Option<String> {
    let sites: Vec<&SiteState<O>> = sites.collect();
    let found = world.deadlock(&sites)?;
    let awaited: i64 = sites.iter().map(|site| world.awaited(site)).sum();
    if found.instant > world.network.horizon && awaited == 0 {
        return None;
    }
    Some(words(world.network, &found))
}

/// Names the cycle and its instant.
fn words(network: &Network, deadlock: &Deadlock) -> String {
    let hours = |at: Time| at.ms() as f64 / MS_PER_HOUR as f64;
    let site = |site: u32| &network.sites[site as usize].name;
    let mut text = format!(
        "wait cycle, closed at {}, {:.3} h after the start: those in it wait for each other and never go on.",
        date(network, deadlock.instant),
        hours(deadlock.instant)
    );
    for (i, one) in deadlock.cycle.iter().enumerate() {
        let Stuck {
            holds,
            waits_for,
            since,
            ..
        } = *one;
        let next = &deadlock.cycle[(i + 1) % deadlock.cycle.len()];
        text.push_str(&format!(
            "\n  {} at `{}` holds {} and waits since {:.3} h for {}, held by {}",
            name(network, one.entity),
            site(one.site),
            thing(network, holds),
            hours(since),
            thing(network, waits_for),
            if deadlock.cycle.len() == 1 {
                "itself and others that wait likewise".to_owned()
            } else {
                format!("{} at `{}`", name(network, next.entity), site(next.site))
            }
        ));
    }
    text
}

fn date(network: &Network, at: Time) -> String {
    let ms = network.start.as_millisecond() + at.ms() as i64;
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| "a date beyond the calendar".to_owned(),
        |t| t.to_string(),
    )
}

fn name(network: &Network, entity: EntityId) -> String {
    let (group, ordinal) = (entity.group() as usize, entity.ordinal());
    if entity.is_batch() {
        format!("train {ordinal} of `{}`", network.lines[group].name)
    } else {
        format!("consignment `{}:{ordinal}`", network.flows[group].name)
    }
}

fn thing(network: &Network, resource: Resource) -> String {
    match resource {
        Resource::Pool(pool) => {
            let pool = &network.pools[pool as usize];
            match pool.kind {
                PoolKind::Yard => format!("a place in the {}", pool.name),
                PoolKind::Token(kind) => format!("a {kind} (`{}`)", pool.name),
            }
        }
        Resource::Station { site, station } => {
            let site = &network.sites[site as usize];
            let station = &site.stations[station as usize];
            let (agency, _) = &network.agencies[station.agency.index()];
            format!("a server of desk `{}` of `{agency}`", station.desk)
        }
    }
}
