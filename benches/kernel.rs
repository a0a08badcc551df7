//! The kernel's parts: future event list, keyed draws, laws, histograms, one station, tokens between stations.
//!
//! `cargo bench --bench kernel`; times are per element.

use std::hint::black_box;

use corridor::engine::{self, FutureEventList, Key, LogicalProcess, Outbox, Phase, Stop, World};
use corridor::random::{Law, LawSpec, Purpose, Stream};
use corridor::stats::Histogram;
use corridor::time::{Span, Time};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// The toy world of the tests; they read more of its state than the bench.
#[path = "../tests/kernel/tokens.rs"]
#[allow(dead_code)]
mod tokens;

fn stream(purpose: Purpose) -> Stream {
    Stream::new(1, 0, "bench", "", "", purpose)
}

fn exponential() -> Law {
    Law::compile(&LawSpec::Exponential { mean: 1e6 })
}

fn key(at: Time, entity: u64) -> Key {
    Key::new(at, Phase::Happenings, 0, 0, entity)
}

/// The hold model (Jones 1986): the next event leaves and one comes an exponential time later, so that the number
/// of events to come stays what it is.
fn future_event_list(c: &mut Criterion) {
    let mut group = c.benchmark_group("future_event_list");
    let (law, draws) = (exponential(), stream(Purpose::Service));
    let steps: Vec<Span> = (0..1 << 16)
        .map(|n| Span::from_ms_f64(law.quantile(draws.uniform(n, 0, 0))))
        .collect();
    const HOLDS: usize = 1000;
    group.throughput(Throughput::Elements(HOLDS as u64));
    for pending in [100usize, 1_000, 10_000, 100_000] {
        let mut list = FutureEventList::new();
        for n in 0..pending {
            list.push(key(Time::ZERO + steps[n % steps.len()], n as u64), n as u64);
        }
        let mut next = 0;
        group.bench_function(format!("hold/{pending}"), |b| {
            b.iter(|| {
                for _ in 0..HOLDS {
                    if let Some((taken, event)) = list.pop() {
                        next = (next + 1) % steps.len();
                        list.push(key(taken.time() + steps[next], event), event);
                    }
                }
            });
        });
    }
    group.finish();
}

fn draws(c: &mut Criterion) {
    const DRAWS: u64 = 1000;
    let mut group = c.benchmark_group("draw");
    group.throughput(Throughput::Elements(DRAWS));
    let stream = stream(Purpose::Service);
    group.bench_function("keyed", |b| {
        b.iter(|| (0..DRAWS).fold(0.0, |sum, n| sum + stream.uniform(black_box(n), 0, 0)));
    });
    let laws = [
        ("exponential", LawSpec::Exponential { mean: 1e6 }),
        ("lognormal", LawSpec::LogNormal { mean: 1e6, cv: 1.0 }),
        ("gamma", LawSpec::Gamma { mean: 1e6, cv: 0.5 }),
    ];
    let uniforms: Vec<f64> = (0..DRAWS).map(|n| stream.uniform(n, 0, 0)).collect();
    for (name, spec) in laws {
        let law = Law::compile(&spec);
        group.bench_function(format!("quantile/{name}"), |b| {
            b.iter(|| {
                uniforms
                    .iter()
                    .fold(0.0, |sum, &u| sum + law.quantile(black_box(u)))
            });
        });
    }
    group.finish();
}

fn histogram(c: &mut Criterion) {
    let (law, draws) = (exponential(), stream(Purpose::Service));
    let values: Vec<u64> = (0..1000)
        .map(|n| law.quantile(draws.uniform(n, 0, 0)) as u64)
        .collect();
    let mut group = c.benchmark_group("histogram");
    group.throughput(Throughput::Elements(values.len() as u64));
    let mut histogram = Histogram::new();
    group.bench_function("record", |b| {
        b.iter(|| {
            for &value in &values {
                histogram.record(black_box(value));
            }
        });
    });
    group.finish();
}

/// One station with one server at load 0.8: exponential arrivals and services, first come, first served.
struct OneStation {
    law: Law,
    between: Stream,
    service: Stream,
}

#[derive(Clone, Copy)]
enum Happening {
    Arrival(u64),
    Done,
}

#[derive(Default)]
struct Queue {
    came: u64,
    served: u64,
    busy: bool,
}

impl World for OneStation {
    type Process = Queue;
    type Event = Happening;
    type Message = ();
    type Scratch = ();

    fn handle(&self, queue: &mut Queue, now: Time, event: Happening, out: &mut Outbox<'_, Self>) {
        match event {
            Happening::Arrival(n) => {
                queue.came += 1;
                let wait = self.law.quantile(self.between.uniform(n, 0, 0)) / 0.8;
                let at = now + Span::from_ms_f64(wait).max(Span::TICK);
                out.schedule(key(at, n + 1), Happening::Arrival(n + 1));
            }
            Happening::Done => {
                queue.busy = false;
                queue.served += 1;
            }
        }
    }

    fn receive(&self, _: &mut Queue, _: Time, (): (), _: &mut Outbox<'_, Self>) {}

    fn settle(&self, queue: &mut Queue, now: Time, out: &mut Outbox<'_, Self>) {
        if !queue.busy && queue.came > queue.served {
            queue.busy = true;
            let length = self.law.quantile(self.service.uniform(queue.served, 0, 0));
            let at = now + Span::from_ms_f64(length).max(Span::TICK);
            out.schedule(
                Key::new(at, Phase::Happenings, 1, 0, queue.served),
                Happening::Done,
            );
        }
    }

    fn awaited(&self, _: &Queue) -> i64 {
        0
    }
}

fn one_station(c: &mut Criterion) {
    let world = OneStation {
        law: exponential(),
        between: stream(Purpose::Interarrival),
        service: stream(Purpose::Service),
    };
    let process = || {
        let first = (key(Time::from_ms(1), 0), Happening::Arrival(0));
        vec![LogicalProcess::new(Queue::default(), [first])]
    };
    let end = Time::from_ms(10_000_000_000);
    let stop = Stop {
        horizon: end,
        drain_end: end,
    };
    let run = |mut processes: Vec<LogicalProcess<OneStation>>| {
        engine::run_sequential(&world, &mut processes, &[], stop)
            .expect("one station breaks no promise")
            .events
    };
    let mut group = c.benchmark_group("one_station");
    group.throughput(Throughput::Elements(run(process())));
    group.bench_function("sequential", |b| {
        b.iter_batched(process, run, BatchSize::SmallInput);
    });
    group.finish();
}

fn phold(c: &mut Criterion) {
    let mut group = c.benchmark_group("phold");
    group.sample_size(20);
    for stations in [16, 256] {
        let world = tokens::Phold::new(stations, 10, u32::MAX);
        let tokens = u64::from(stations) * 8;
        let stop = Stop {
            horizon: Time::from_ms(2_000),
            drain_end: Time::from_ms(2_000),
        };
        let run = |mut processes: Vec<LogicalProcess<tokens::Phold>>| {
            engine::run_sequential(&world, &mut processes, &world.channels, stop)
                .expect("wandering tokens break no promise")
                .events
        };
        group.throughput(Throughput::Elements(run(world.processes(tokens))));
        group.bench_function(format!("sequential/{stations}"), |b| {
            b.iter_batched(|| world.processes(tokens), run, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    future_event_list,
    draws,
    histogram,
    one_station,
    phold
);
criterion_main!(benches);
