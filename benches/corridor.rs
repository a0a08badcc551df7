//! One station and the default corridor: a replication with all observers, in events per second.
//!
//! `cargo bench --bench corridor`

use std::path::Path;

use corridor::experiment;
use corridor::scenario::{self, LoadOptions};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

/// Times one replication of the first variant of a scenario file, with all observers.
fn replication(c: &mut Criterion, name: &str, file: &str, overrides: &[(&str, &str)]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let overrides = overrides
        .iter()
        .map(|(path, value)| ((*path).into(), (*value).into()));
    let options = LoadOptions {
        overrides: overrides.collect(),
        ..LoadOptions::default()
    };
    let study = scenario::load(&file, &options)
        .expect("the scenario is right")
        .study;
    let networks = experiment::compile(&study).expect("the scenario can be compiled");
    let run = || {
        experiment::run_one(&networks[0], study.experiment.seed, 0)
            .expect("the scenario breaks no promise")
    };
    let mut group = c.benchmark_group("corridor");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .throughput(Throughput::Elements(run().execution.events));
    group.bench_function(name, |b| b.iter(run));
    group.finish();
}

/// One border station, M/M/1 at load 0.8, in the whole model.
fn one_station(c: &mut Criterion) {
    let horizon = [("experiment.horizon", "\"60 d\"")];
    replication(c, "one-station", "tests/suite/theory/mm1-80.toml", &horizon);
}

fn default_corridor(c: &mut Criterion) {
    replication(
        c,
        "china-europe-rail",
        "scenarios/china-europe-rail.toml",
        &[],
    );
}

criterion_group!(benches, one_station, default_corridor);
criterion_main!(benches);
