//! The digest of a run is the same whatever the executor, the order in which processes advance, and the number
//! of threads; and every message keeps its channel's lookahead (the trap is always set).

use std::collections::BTreeMap;

use corridor::engine::{
    self, Channel, Engine, Plan, ProcessId, World, run_sequential, run_windowed,
};
use corridor::experiment::{self, RunOptions, observe, observe_as, run_one};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::time::Span;
use corridor::world::Kernel;

use crate::files;

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

#[test]
fn the_shuffled_windowed_executor_gives_the_digest_of_the_sequential_one() {
    let mut channels = 0;
    for path in files::all() {
        let study = files::short(&path, 20);
        for network in files::compile(&path, &study) {
            let sequential =
                run_one(&network, 7, 0).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let windowed = observe(&network, 7, 0, |world, processes| {
                run_windowed(
                    world,
                    processes,
                    &world.channels(),
                    world.stop(),
                    shuffler(3),
                )
            })
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(sequential.digest, windowed.digest, "{}", path.display());
            assert!(
                sequential.execution.events > 0,
                "{} does something",
                path.display()
            );
            channels += network.channels.len();
        }
    }
    assert!(
        channels > 100,
        "the scenarios have channels to keep promises on"
    );
}

/// Single changes to the plan of a run: threads, parts, windows, events a window.
fn plans(channels: &[Channel], sites: usize) -> Vec<(usize, Plan)> {
    let one = Plan::one(sites, channels);
    let dealt = |parts: usize| {
        let mut dealt: Vec<Vec<ProcessId>> = vec![Vec::new(); parts.min(sites).max(1)];
        let parts = dealt.len();
        for site in 0..sites {
            dealt[site % parts].push(ProcessId(site as u32));
        }
        Plan::of(dealt, channels)
    };
    let window = |ms| Plan {
        window: Some(Span::from_ms(ms)),
        ..one.clone()
    };
    let crowded = |events| Plan { events, ..dealt(3) };
    vec![
        (1, one.clone()),
        (2, dealt(2)),
        (3, dealt(3)),
        (4, dealt(8)),
        (8, dealt(usize::MAX)),
        (1, dealt(usize::MAX)),
        (1, window(999)),
        (1, window(3_600_000)),
        (1, window(40 * 86_400_000)),
        (2, crowded(1)),
    ]
}

/// The digest, and the events up to the horizon, of a network by every plan, under either kernel.
fn by_every_plan(network: &Network, pools: &BTreeMap<usize, rayon::ThreadPool>, about: &str) {
    let sequential = run_one(network, 7, 0).unwrap_or_else(|e| panic!("{about}: {e}"));
    let reference = observe(network, 7, 0, |world, processes| {
        run_sequential(world, processes, &world.channels(), world.stop())
    })
    .unwrap_or_else(|e| panic!("{about}: {e}"));
    assert_eq!(sequential.digest, reference.digest, "{about}");
    for kernel in [Kernel::Events, Kernel::Auto] {
        // Nothing sweeps twice: where nothing sweeps, the second kernel is the first.
        let mut swept = kernel == Kernel::Events;
        let mut plan_of = Vec::new();
        let alone = observe_as(network, 7, 0, kernel, |world, processes| {
            swept |= processes.iter().any(|p| world.sweeps(&p.state));
            plan_of = plans(&world.channels(), processes.len());
            let plan = Plan::one(processes.len(), &world.channels());
            engine::run(world, processes, &world.channels(), world.stop(), &plan)
        })
        .unwrap_or_else(|e| panic!("{about}: {e}"));
        assert_eq!(alone.digest, reference.digest, "{about}, {kernel:?}");
        if !swept {
            continue;
        }
        for (threads, plan) in &plan_of {
            let run = || {
                observe_as(network, 7, 0, kernel, |world, processes| {
                    engine::run(world, processes, &world.channels(), world.stop(), plan)
                })
            };
            let what = format!("{about}, {kernel:?}, {threads} threads, {plan:?}");
            let planned = pools[threads].install(run);
            let planned = planned.unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(planned.digest, reference.digest, "{what}");
            assert_eq!(planned.execution.within, alone.execution.within, "{what}");
        }
    }
}

#[test]
fn every_plan_gives_the_digest_of_the_sequential_executor() {
    let pool = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        (threads, pool.unwrap())
    };
    let pools: BTreeMap<usize, rayon::ThreadPool> = [1, 2, 3, 4, 8].map(pool).into();
    for path in files::all() {
        let study = files::short(&path, 4);
        let networks = files::compile(&path, &study);
        // The first and the last variant: those between differ in degree.
        for network in [&networks[0], &networks[networks.len() - 1]] {
            by_every_plan(network, &pools, &path.display().to_string());
        }
    }
}

#[test]
fn the_digest_and_every_estimate_are_the_same_for_1_2_4_and_8_threads() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let study = files::short(&path, 15);
    let run = |threads, engine, kernel| {
        let options = RunOptions {
            threads: Some(threads),
            engine,
            kernel,
        };
        let results = experiment::run(&study, &options, &|_, _| {}).unwrap();
        assert!(results.engines.len() == results.variants.len());
        serde_json::to_string(&results).unwrap()
    };
    let one = run(1, Engine::Sequential, Kernel::Events);
    for threads in [2, 4, 8, 64] {
        assert!(
            run(threads, Engine::Auto, Kernel::Events) == one,
            "{threads} threads give other results than one"
        );
    }
    assert!(run(2, Engine::Parallel, Kernel::Events) == one);
    assert!(run(2, Engine::Auto, Kernel::Auto) == one);
}

#[test]
fn another_seed_or_replication_gives_another_digest() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let study = files::short(&path, 5);
    let network = &files::compile(&path, &study)[0];
    let digest = |seed, replication| run_one(network, seed, replication).unwrap().digest;
    assert_ne!(digest(1, 0), digest(2, 0));
    assert_ne!(digest(1, 0), digest(1, 1));
    assert_eq!(digest(1, 0), digest(1, 0));
}
