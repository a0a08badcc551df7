//! The default corridor: one replication of its first variant, in events per second.
//!
//! `cargo bench --bench corridor`

use std::path::Path;

use corridor::experiment;
use corridor::scenario::{self, LoadOptions};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn default_corridor(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let study = scenario::load(&file, &LoadOptions::default())
        .expect("the default scenario is right")
        .study;
    let networks = experiment::compile(&study).expect("the default scenario can be compiled");
    let run = || {
        experiment::run_one(&networks[0], study.experiment.seed, 0)
            .expect("the default scenario breaks no promise")
    };
    let mut group = c.benchmark_group("corridor");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .throughput(Throughput::Elements(run().execution.events));
    group.bench_function("china-europe-rail", |b| b.iter(run));
    group.finish();
}

criterion_group!(benches, default_corridor);
criterion_main!(benches);
