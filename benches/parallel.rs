//! The executor: PHOLD (Fujimoto 1990) on one thread and on two; and replications of the default corridor on one and two.
//!
//! `cargo bench --bench parallel`; times are per event. Jobs wander between logical processes: each event sends one job
//! on a channel drawn from those of its process, after the lookahead and an exponential time. There is nothing else to
//! do, so that what is timed is the executor, two keyed draws and a quantile table. Every process has channels to sixteen
//! others drawn from all, since a network of sites has a few links a site, not one to every other.

use std::path::Path;
use std::time::{Duration, Instant};

use corridor::engine::{
    self, Channel, ChannelId, Execution, Key, LogicalProcess, Outbox, Phase, Plan, ProcessId, Stop,
    World,
};
use corridor::experiment::{self, RunOptions};
use corridor::random::{Law, LawSpec, Purpose, Stream};
use corridor::scenario::{self, LoadOptions};
use corridor::time::{Span, Time};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

/// A job and how often it has been sent.
#[derive(Clone, Copy)]
struct Job {
    id: u32,
    hops: u32,
}

/// What a process has seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    id: u32,
    jobs: u64,
    /// A sum over jobs and times: it shows what came when.
    sum: u64,
}

/// Channels from each process.
const WAYS: u32 = 16;

struct Phold {
    processes: u32,
    jobs: u32,
    channels: Vec<Channel>,
    lookahead: Span,
    wait: Law,
    waits: Stream,
    ways: Stream,
}

fn key(at: Time, job: Job) -> Key {
    Key::new(at, Phase::Happenings, 0, 0, u64::from(job.id)).part(0, 0, job.hops)
}

impl Phold {
    /// `jobs` in each process; times in milliseconds.
    fn new(processes: u32, jobs: u32, lookahead: u64, mean: f64) -> Self {
        let lookahead = Span::from_ms(lookahead);
        let map = Stream::new(1, 0, "phold", "", "", Purpose::Other(0));
        let channel = |n: u32| Channel {
            from: ProcessId(n / WAYS),
            to: ProcessId((map.bits(u64::from(n), 0, 0) % u64::from(processes)) as u32),
            lookahead,
            name: String::new(),
        };
        let stream = |purpose| Stream::new(1, 0, "phold", "", "", purpose);
        Phold {
            processes,
            jobs,
            channels: (0..processes * WAYS).map(channel).collect(),
            lookahead,
            wait: Law::compile(&LawSpec::Exponential { mean }),
            waits: stream(Purpose::Transit),
            ways: stream(Purpose::Route),
        }
    }

    fn start(&self) -> Vec<LogicalProcess<Self>> {
        let process = |id: u32| {
            let first = (0..self.jobs).map(|n| {
                let job = Job {
                    id: id * self.jobs + n,
                    hops: 0,
                };
                let wait = self
                    .wait
                    .quantile(self.waits.uniform(u64::from(job.id), 0, 0));
                (key(Time::from_ms(1) + Span::from_ms_f64(wait), job), job)
            });
            let seen = Seen {
                id,
                ..Seen::default()
            };
            LogicalProcess::new(seen, first)
        };
        (0..self.processes).map(process).collect()
    }

    /// Until the jobs have been sent about `events` times.
    fn stop(&self, events: f64) -> Stop {
        let rate =
            f64::from(self.processes * self.jobs) / (self.lookahead.ms() as f64 + self.wait.mean());
        let end = Time::from_ms((events / rate) as u64);
        Stop {
            horizon: end,
            drain_end: end,
        }
    }
}

impl World for Phold {
    type Process = Seen;
    type Event = Job;
    type Message = Job;
    type Scratch = ();

    fn handle(&self, seen: &mut Seen, now: Time, job: Job, out: &mut Outbox<'_, Self>) {
        self.receive(seen, now, job, out);
    }

    fn receive(&self, seen: &mut Seen, now: Time, job: Job, out: &mut Outbox<'_, Self>) {
        seen.jobs += 1;
        seen.sum = seen.sum.wrapping_add(now.ms() ^ u64::from(job.id) << 32);
        let next = Job {
            hops: job.hops + 1,
            ..job
        };
        let who = u64::from(job.id);
        let way = self.ways.bits(who, next.hops, 0);
        let way = (way % u64::from(WAYS)) as u32;
        let wait = self.wait.quantile(self.waits.uniform(who, next.hops, 0));
        let at = now + self.lookahead + Span::from_ms_f64(wait);
        out.send(ChannelId(seen.id * WAYS + way), key(at, next), next);
    }

    fn settle(&self, _: &mut Seen, _: Time, _: &mut Outbox<'_, Self>) {}

    fn awaited(&self, _: &Seen) -> i64 {
        0
    }

    fn key_of(&self, at: Time, job: &Job) -> Option<Key> {
        Some(key(at, *job))
    }
}

type Ran = (Execution, Vec<u64>);

/// The run alone is timed, its making is not.
fn timed(
    phold: &Phold,
    run: impl Fn(&mut [LogicalProcess<Phold>]) -> Execution,
) -> (Duration, Ran) {
    let mut processes = phold.start();
    let started = Instant::now();
    let done = run(&mut processes);
    let took = started.elapsed();
    (
        took,
        (done, processes.iter().map(|p| p.state.sum).collect()),
    )
}

fn instants(phold: &Phold, stop: Stop) -> (Duration, Ran) {
    timed(phold, |processes| {
        engine::run_sequential(phold, processes, &phold.channels, stop)
            .expect("wandering jobs break no promise")
    })
}

fn planned(phold: &Phold, stop: Stop, plan: &Plan) -> (Duration, Ran) {
    timed(phold, |processes| {
        engine::run(phold, processes, &phold.channels, stop, plan)
            .expect("wandering jobs break no promise")
    })
}

/// Processes in `parts` lists of neighbours.
fn divided(phold: &Phold, parts: u32) -> Plan {
    let size = phold.processes.div_ceil(parts);
    let all: Vec<ProcessId> = (0..phold.processes).map(ProcessId).collect();
    let lists = all.chunks(size as usize).map(<[ProcessId]>::to_vec);
    Plan::of(lists.collect(), &phold.channels)
}

fn phold(c: &mut Criterion) {
    let mut group = c.benchmark_group("phold");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);

    // The usual trial: a tenth of the mean time is lookahead.
    let usual = Phold::new(1024, 16, 100, 900.0);
    let stop = usual.stop(2e6);
    let one = Plan::one(1024, &usual.channels);
    let (_, (done, seen)) = planned(&usual, stop, &one);
    let (_, (reference, expected)) = instants(&usual, stop);
    assert!(seen == expected, "both executors see the same");
    assert_eq!(done.events, reference.events);
    println!(
        "phold 1024 x 16: {} events, {:.0} a window",
        done.events,
        done.events as f64 / done.windows as f64
    );
    group.throughput(Throughput::Elements(done.events));
    group.bench_function("1024x16/instants", |b| {
        b.iter_custom(|n| (0..n).map(|_| instants(&usual, stop).0).sum());
    });
    group.bench_function("1024x16/windows", |b| {
        b.iter_custom(|n| (0..n).map(|_| planned(&usual, stop, &one).0).sum());
    });

    // Wide windows, on one thread and on two.
    let wide = Phold::new(1024, 32, 1000, 1000.0);
    let stop = wide.stop(4e6);
    let one = Plan::one(1024, &wide.channels);
    let (_, (done, expected)) = planned(&wide, stop, &one);
    group.throughput(Throughput::Elements(done.events));
    group.bench_function("1024x32/one-thread", |b| {
        b.iter_custom(|n| (0..n).map(|_| planned(&wide, stop, &one).0).sum());
    });
    for threads in [2, 4, 8, 16] {
        if std::thread::available_parallelism().is_ok_and(|n| n.get() < threads) {
            continue;
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("threads can be had");
        let plan = divided(&wide, 4 * threads as u32);
        let (_, (done, seen)) = pool.install(|| planned(&wide, stop, &plan));
        assert!(seen == expected, "two threads see the same as one");
        println!(
            "phold 1024 x 32 on {threads} threads: {} events, {:.0} between barriers",
            done.events,
            done.events as f64 / done.windows as f64
        );
        group.bench_function(format!("1024x32/{threads}-threads"), |b| {
            b.iter_custom(|n| pool.install(|| (0..n).map(|_| planned(&wide, stop, &plan).0).sum()));
        });
    }
    group.finish();
}

/// Sixteen replications of the default corridor's first variant, on one thread and on two.
fn replications(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let options = LoadOptions {
        replications: Some(16),
        ..LoadOptions::default()
    };
    let mut study = scenario::load(&file, &options)
        .expect("the default scenario is right")
        .study;
    study.variants.truncate(1);
    let run = |threads| {
        let options = RunOptions {
            threads: Some(threads),
            ..RunOptions::default()
        };
        experiment::run(&study, &options, &|_, _| {})
            .expect("the default scenario breaks no promise")
            .events
    };
    let mut group = c.benchmark_group("replications");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .throughput(Throughput::Elements(run(1)));
    for threads in [1, 2] {
        group.bench_function(format!("{threads}-threads"), |b| b.iter(|| run(threads)));
    }
    group.finish();
}

criterion_group!(benches, phold, replications);
criterion_main!(benches);
