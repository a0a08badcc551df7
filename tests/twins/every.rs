//! Every pair of variants of every scenario file, and of generated ones: the parts of each consignment add to its journey
//! and those of each difference to the difference (the run itself refuses what does not), what is added up is what the
//! usual run saw, and threads and chunks change nothing.

use corridor::experiment::{self, RunError, run_one};
use corridor::observe::SiteObserver;
use corridor::scenario::{self, Study};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::demand::FILES;
use crate::files;
use crate::generator;
use crate::mix::Mix;

/// What the usual run says of the journeys of replication 0: how many arrived, and their milliseconds.
fn journeys(study: &Study, variant: usize) -> (u64, u128) {
    let networks = experiment::compile(study).unwrap();
    let run = run_one(&networks[variant], study.experiment.seed, 0).unwrap();
    let of = |site: &SiteObserver| {
        let trips = site.journeys.numbered().map(|(_, trip)| {
            let (time, apart) = (trip.time.moments, trip.apart.moments);
            (time.n + apart.n, time.sum + apart.sum)
        });
        trips.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    };
    let sites = run.sites.iter().map(of);
    sites.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Tries every variant against the base; gives the number of twins that paired. Wait cycles are the scenario's.
fn tried(what: &str, study: &Study) -> u64 {
    let mut paired = 0;
    for variant in 1..study.variants.len().max(2) {
        let variant = variant.min(study.variants.len() - 1);
        let mut sums = [(0, 0); 2];
        let mut each = |_: &corridor::observe::Parts, twin: &experiment::twins::Twin| {
            for (sum, run) in sums.iter_mut().zip(&twin.runs) {
                if let (0, Some(ms)) = (twin.replication, run.door_to_door()) {
                    *sum = (sum.0 + 1, sum.1 + u128::from(ms));
                }
            }
            Ok(())
        };
        let told = crate::twins(study, (0, variant), (1, 50_000), Some(&mut each));
        let told = match told {
            Ok(told) => told,
            Err(RunError::Scenario(cycle)) if cycle.contains("wait cycle") => continue,
            Err(e) => panic!("{what}, variant {variant}: {e}"),
        };
        for (sum, variant) in sums.into_iter().zip([0, variant]) {
            assert_eq!(sum, journeys(study, variant), "{what}, variant {variant}");
        }
        paired += told.all.twins;
    }
    paired
}

#[test]
fn the_parts_add_in_every_scenario_file() {
    let mut paired = 0;
    for path in files::all() {
        if path.ends_with("scenarios/khorgos-road.toml") {
            // 300 trucks a day: its own test.
            continue;
        }
        let study = files::short(&path, 12);
        paired += tried(&path.display().to_string(), &study);
    }
    assert!(paired > 2_000, "{paired} twins");
}

#[test]
fn the_parts_add_on_the_road_through_khorgos() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let mut study = files::short(&path, 2);
    study.experiment.replications = 1;
    assert!(tried("khorgos-road", &study) > 5_000);
}

#[test]
fn the_parts_add_in_generated_scenarios() {
    let mut paired = 0;
    for number in 0..60u32 {
        let mut seed = [5; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mix = Mix::strategy().new_tree(&mut runner).unwrap().current();
        // The regimes as factors in place of the one regime.
        let text = generator::scenario(&mix);
        let mut lines: Vec<&str> = text.lines().collect();
        let regime = lines
            .iter()
            .position(|l| l.starts_with("regime = "))
            .unwrap();
        lines.remove(regime);
        let at = lines.iter().position(|l| *l == "[experiment]").unwrap();
        lines.insert(at + 1, "regimes = [\"serial\", \"parallel\", \"joint\"]");
        let text = lines.join("\n");
        let loaded = scenario::from_str("mixed.toml", &text, &FILES);
        let study = loaded.unwrap_or_else(|e| panic!("{e}\n{text}")).study;
        paired += tried(&format!("{text}\n"), &study);
    }
    assert!(paired > 2_000, "{paired} twins");
}

#[test]
fn threads_and_chunks_change_nothing() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let mut study = files::short(&path, 10);
    study.experiment.replications = 4;
    let last = study.variants.len() - 1;
    let run = |how| {
        let results = crate::twins(&study, (0, last), how, None).unwrap();
        (serde_json::to_string(&results).unwrap(), results.spilled)
    };
    let (one, in_memory) = run((1, 64 << 20));
    let (four, spilled) = run((4, 64 << 10));
    assert!(
        in_memory == 0 && spilled > 64 << 10,
        "{in_memory}, {spilled}"
    );
    assert_eq!(one, four);
}
