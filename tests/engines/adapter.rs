//! The one place where a setting becomes an execution.

use std::sync::OnceLock;

use corridor::engine::{Channel, Plan, ProcessId, run as run_planned, run_sequential};
use corridor::experiment::{Observations, RunError, observe, observe_as};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::time::Span;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::setting::{Setting, THREADS, Windows};

/// What a run did.
pub struct Ran {
    /// What its observers saw.
    pub observations: Observations,
    /// Parts that it was run in.
    pub partitions: usize,
}

/// Runs the first replication of a network from instant to instant, event by event: what all others are compared with.
pub fn reference(network: &Network, seed: u64) -> Result<Ran, RunError> {
    let observations = observe(network, seed, 0, |world, processes| {
        run_sequential(world, processes, &world.channels(), world.stop())
    })?;
    Ok(Ran {
        observations,
        partitions: 1,
    })
}

/// Runs the first replication of a network under a setting.
pub fn run(network: &Network, seed: u64, setting: Setting) -> Result<Ran, RunError> {
    let mut partitions = 0;
    let parts = &mut partitions;
    let observations = pool(setting.threads).install(|| {
        observe_as(network, seed, 0, setting.kernel, |world, processes| {
            let channels = world.channels();
            let plan = plan(processes.len(), &channels, setting);
            *parts = plan.parts.len();
            run_planned(world, processes, &channels, world.stop(), &plan)
        })
    })?;
    Ok(Ran {
        observations,
        partitions,
    })
}

/// The plan of a setting. Processes are dealt out in no meaningful order, so that many channels lie between parts.
fn plan(processes: usize, channels: &[Channel], setting: Setting) -> Plan {
    let stream = Stream::new(7, 0, "deal", "", "", Purpose::Other(1));
    let mut order: Vec<ProcessId> = (0..processes as u32).map(ProcessId).collect();
    order.sort_by_key(|id| stream.bits(u64::from(id.0), 0, 0));
    let mut parts = vec![Vec::new(); setting.partitions.min(processes).max(1)];
    let count = parts.len();
    for (n, id) in order.into_iter().enumerate() {
        parts[n % count].push(id);
    }
    let mut plan = Plan::of(parts, channels);
    let lookahead = channels.iter().map(|c| c.lookahead.ms()).min();
    let share = |of: u64| lookahead.map(|ms| Span::from_ms((ms / of).max(1)));
    plan.window = match setting.windows {
        Windows::Free => None,
        Windows::Half => share(2),
        Windows::Tenth => share(10),
    };
    plan
}

/// A pool of so many threads, made once.
fn pool(threads: usize) -> &'static ThreadPool {
    static POOLS: [OnceLock<ThreadPool>; THREADS.len()] =
        [const { OnceLock::new() }; THREADS.len()];
    let place = THREADS.iter().position(|n| *n == threads).unwrap();
    POOLS[place].get_or_init(|| {
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    })
}
