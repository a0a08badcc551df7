//! The digest of a run is the same whatever the executor, the order in which processes advance, and the number
//! of threads; and every message keeps its channel's lookahead (the trap is always set).

use corridor::engine::run_windowed;
use corridor::experiment::{self, RunOptions, observe, run_one};
use corridor::random::{Purpose, Stream};

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

#[test]
fn the_digest_and_every_estimate_are_the_same_for_1_2_4_and_8_threads() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let study = files::short(&path, 15);
    let run = |threads| {
        let results = experiment::run(
            &study,
            &RunOptions {
                threads: Some(threads),
            },
            &|_, _| {},
        )
        .unwrap();
        serde_json::to_string(&results).unwrap()
    };
    let one = run(1);
    for threads in [2, 4, 8] {
        assert!(
            run(threads) == one,
            "{threads} threads give other results than one"
        );
    }
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
