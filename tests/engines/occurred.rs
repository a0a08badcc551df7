//! What really occurred in a run, by its facts.

use std::collections::{BTreeMap, BTreeSet};

use corridor::engine::run_sequential;
use corridor::network::{Network, PoolKind};
use corridor::observe::{Journal, Recorded};
use corridor::world::{Corridor, Draws, Fact, FactKind};

/// Something that must occur in some of the networks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Feature {
    /// Two officers' work on one consignment began together.
    Joint,
    /// Work was interrupted for somebody more urgent.
    Preemption,
    /// Somebody waited for a place in a yard.
    FullYard,
    /// A machine failed.
    Breakdown,
    /// Another route was taken.
    Rerouting,
    /// Data came before its cargo.
    DataAhead,
}

impl Feature {
    /// All of them.
    pub const ALL: [Feature; 6] = [
        Feature::Joint,
        Feature::Preemption,
        Feature::FullYard,
        Feature::Breakdown,
        Feature::Rerouting,
        Feature::DataAhead,
    ];
}

/// The features that occurred in the first replication of a network.
pub fn features(network: &Network, seed: u64) -> Result<BTreeSet<Feature>, String> {
    let facts = facts(network, seed)?;
    let any = |kind: FactKind| facts.iter().any(|r| r.fact.kind == kind);
    let occurred = |feature: &Feature| match feature {
        Feature::Joint => joint(network, &facts),
        Feature::Preemption => preempted(network, &facts),
        Feature::FullYard => yard_was_full(network, &facts),
        Feature::Breakdown => any(FactKind::Failed),
        Feature::Rerouting => any(FactKind::Rerouted),
        Feature::DataAhead => any(FactKind::DataCame),
    };
    Ok(Feature::ALL.into_iter().filter(occurred).collect())
}

fn facts(network: &Network, seed: u64) -> Result<Vec<Recorded>, String> {
    let draws = Draws::new(network, seed, 0);
    let world: Corridor<'_, Journal> = Corridor::new(network, &draws);
    let mut processes = world.processes(Journal::all);
    run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| e.to_string())?;
    Ok(Journal::sorted(
        processes.into_iter().map(|p| p.state.observer),
    ))
}

/// Two steps of one joint visit that started at the same instant: the cargo is in one place at a time, so otherwise they
/// cannot.
fn joint(network: &Network, facts: &[Recorded]) -> bool {
    let mut started = BTreeMap::new();
    facts.iter().any(|Recorded { fact, site }| {
        if fact.kind != FactKind::Started {
            return false;
        }
        let plan = &network.sites[*site as usize].plans[fact.plan as usize];
        let step = usize::from(fact.step);
        let together = plan
            .orders
            .iter()
            .any(|o| o.joint.get(step).is_some_and(|group| *group != 0));
        let key = (*site, fact.entity, fact.visit, fact.time);
        together && *started.entry(key).or_insert(fact.step) != fact.step
    })
}

/// Work interrupted at a desk that preempts, when neither its roster changed nor a machine failed.
fn preempted(network: &Network, facts: &[Recorded]) -> bool {
    let failed: BTreeSet<_> = facts
        .iter()
        .filter(|r| r.fact.kind == FactKind::Failed)
        .map(|r| (r.site, r.fact.time))
        .collect();
    let of = |Recorded { fact, site }: &Recorded| {
        let node = &network.sites[*site as usize];
        let step = &node.plans[fact.plan as usize].steps[fact.step as usize];
        let station = &node.stations[step.station as usize];
        let preempts = |i: &corridor::network::Interruptions| i.preemption.is_some();
        station.interruptions.as_ref().is_some_and(preempts)
            && !station.duty().iter().any(|(at, _)| *at == fact.time)
            && !failed.contains(&(*site, fact.time))
    };
    let interrupted = |r: &&Recorded| r.fact.kind == FactKind::Interrupted;
    facts.iter().filter(interrupted).any(of)
}

/// Somebody waited for a place in a yard at least a second longer than its notices travel, or outside its gate.
fn yard_was_full(network: &Network, facts: &[Recorded]) -> bool {
    let yard = |fact: &Fact| {
        let pool = network.pools.get(fact.detail as usize);
        pool.filter(|p| p.kind == PoolKind::Yard)
    };
    let mut since = BTreeMap::new();
    facts.iter().any(|Recorded { fact, site }| {
        let key = (fact.entity, *site, fact.step, fact.detail);
        match fact.kind {
            FactKind::KeptOut => yard(fact).is_some_and(|pool| pool.owner.0 == *site),
            FactKind::Blocked => {
                since.insert(key, fact.time);
                false
            }
            FactKind::Unblocked => yard(fact).is_some_and(|pool| {
                let idle = pool.notice.ms() * 2 + 1000;
                since
                    .remove(&key)
                    .is_some_and(|at| (fact.time - at).ms() > idle)
            }),
            _ => false,
        }
    })
}
