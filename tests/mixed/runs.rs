//! Running a generated scenario: both executors, and the laws that hold in every run.

use std::collections::{BTreeMap, BTreeSet};

use corridor::engine::{run_sequential, run_windowed};
use corridor::experiment::{self, Observations, RunError, observe, run_one};
use corridor::network::Network;
use corridor::observe::{Digest, Journal, Recorded};
use corridor::random::{Purpose, Stream};
use corridor::scenario;
use corridor::terms::EntityId;
use corridor::world::{Corridor, Draws, FactKind};

use crate::demand::FILES;
use crate::generator;
use crate::mix::{Mix, Part};

/// One variant, run.
pub struct Run {
    /// What was run.
    pub network: Network,
    /// What the run's observers saw; or the wait cycle in which it ended.
    pub ended: Result<Observations, String>,
    /// All its facts.
    pub facts: Vec<Recorded>,
}

/// The networks of all variants of a mix's scenario. A scenario that is refused is a mistake of the generator.
pub fn networks(mix: &Mix) -> Result<Vec<Network>, String> {
    let text = generator::scenario(mix);
    let loaded = scenario::from_str("mixed.toml", &text, &FILES)
        .map_err(|failure| format!("the scenario is refused:\n{failure}\n{text}"))?;
    experiment::compile(&loaded.study).map_err(|e| format!("it cannot be compiled: {e}\n{text}"))
}

/// Runs every variant of a mix under both executors, and tries the laws.
pub fn all(mix: &Mix) -> Result<Vec<Run>, String> {
    networks(mix)?
        .into_iter()
        .enumerate()
        .map(|(variant, network)| {
            one(mix, network)
                .map_err(|e| format!("variant {variant}: {e}\n{}", generator::scenario(mix)))
        })
        .collect()
}

/// The digest of the base of a mix's scenario; `None` where it ends in a wait cycle.
pub fn base_digest(mix: &Mix) -> Result<Option<Digest>, String> {
    let network = &networks(mix)?[0];
    match run_one(network, u64::from(mix.seed), 0) {
        Ok(run) => Ok(Some(run.digest)),
        Err(RunError::Scenario(_)) => Ok(None),
        Err(e) => Err(e.to_string()),
    }
}

fn one(mix: &Mix, network: Network) -> Result<Run, String> {
    let seed = u64::from(mix.seed);
    let sequential = run_one(&network, seed, 0);
    let windowed = observe(&network, seed, 0, |world, processes| {
        let shuffle = shuffler(seed);
        run_windowed(world, processes, &world.channels(), world.stop(), shuffle)
    });
    let ended = match (sequential, windowed) {
        (Ok(a), Ok(b)) if a.digest == b.digest => Ok(a),
        (Ok(_), Ok(_)) => return Err("the executors' digests differ".into()),
        (Err(RunError::Scenario(a)), Err(RunError::Scenario(b))) if a == b => Err(a),
        (a, b) => {
            let words = |end: Result<Observations, RunError>| match end {
                Ok(_) => "it ends".to_owned(),
                Err(e) => e.to_string(),
            };
            return Err(format!("sequential: {}\nwindowed: {}", words(a), words(b)));
        }
    };
    let facts = facts(&network, seed)?;
    let run = Run {
        network,
        ended,
        facts,
    };
    nobody_is_lost(mix, &run)?;
    Ok(run)
}

/// Deterministic shuffles, another in each window.
fn shuffler(seed: u64) -> impl FnMut(&mut [usize]) {
    let stream = Stream::new(seed, 0, "shuffle", "", "", Purpose::Other(1));
    let mut window = 0;
    move |order: &mut [usize]| {
        window += 1;
        for i in (1..order.len()).rev() {
            let j = (stream.bits(window, i as u32, 0) % (i as u64 + 1)) as usize;
            order.swap(i, j);
        }
    }
}

/// All facts of a run, in the order of their keys. What is still inside at the end is what the facts say.
fn facts(network: &Network, seed: u64) -> Result<Vec<Recorded>, String> {
    let draws = Draws::new(network, seed, 0);
    let world: Corridor<'_, Journal> = Corridor::new(network, &draws);
    let mut processes = world.processes(Journal::all);
    run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| e.to_string())?;
    let present: usize = processes.iter().map(|p| p.state.present().len()).sum();
    let facts = Journal::sorted(processes.into_iter().map(|p| p.state.observer));
    let sum = |kind: FactKind| -> u64 {
        let mine = facts.iter().filter(|r| r.fact.kind == kind);
        mine.map(|r| r.fact.detail).sum()
    };
    let inside = sum(FactKind::Arrived) - sum(FactKind::Departed);
    if inside != present as u64 {
        return Err(format!("{inside} should be inside, {present} are"));
    }
    Ok(facts)
}

/// Entered = arrived + gave up + still inside, consignment by consignment; and of those measured nobody is inside at
/// the end, unless a wait cycle keeps them.
fn nobody_is_lost(mix: &Mix, run: &Run) -> Result<(), String> {
    let mut ways: BTreeMap<EntityId, Vec<FactKind>> = BTreeMap::new();
    let mut measured = BTreeSet::new();
    for Recorded { fact, .. } in &run.facts {
        use FactKind::{Entered, GaveUp, Left};
        if matches!(fact.kind, Entered | Left | GaveUp) {
            ways.entry(fact.entity).or_default().push(fact.kind);
            if fact.measured {
                measured.insert(fact.entity);
            }
        }
    }
    // A year's permits may run out before the last has one; and those whom a full gate has stopped go on all at once, in
    // no order, so that where it is too small somebody may be last for ever.
    let kept = run.ended.is_err() || mix.has(Part::Quota) || mix.has(Part::GatePlaces);
    for (who, way) in &ways {
        use FactKind::{Entered, GaveUp, Left};
        match way[..] {
            [Entered, Left] | [Entered, GaveUp] => {}
            [Entered] if !measured.contains(who) || kept => {}
            [Entered] => return Err(format!("{who:?} entered and is never out")),
            _ => return Err(format!("{who:?} went the way {way:?}")),
        }
    }
    let Ok(seen) = &run.ended else { return Ok(()) };
    let mut counts = [0; 2];
    for journey in seen.sites.iter().flat_map(|site| &site.journeys) {
        let ended =
            journey.time.moments.n + journey.apart.count() + journey.lost.iter().sum::<u64>();
        counts[0] += journey.began;
        counts[1] += ended;
    }
    if counts[0] != measured.len() as u64 || counts[1] != counts[0] && !kept {
        return Err(format!(
            "{} measured journeys are counted as {counts:?}",
            measured.len()
        ));
    }
    Ok(())
}
