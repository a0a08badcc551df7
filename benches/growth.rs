//! How cost grows: nanoseconds per logical event against the number of events, of sites, of agencies at a site and
//! of servers at a desk, each beside the smallest point of its table.
//!
//! `cargo bench --bench growth` measures with criterion, up to 10^7 events a run.
//! `cargo bench --bench growth -- --once [events|sites|ring|agencies|servers|setup] [--most 1e9]` runs each point once, without
//! criterion, which is the way to 10^9 events; `--rounds 3` takes the best of three.

use std::cell::Cell;
use std::time::{Duration, Instant};

use corridor::engine::{self, Plan};
use corridor::experiment;
use corridor::network::Network;
use corridor::terms::Regime;
use corridor::world::Kernel;
use criterion::{Criterion, SamplingMode, Throughput};

#[path = "models/large.rs"]
#[allow(dead_code)]
mod large;

use large::{Large, Layout};

/// One run, as it was timed.
struct Timed {
    events: u64,
    /// The executor alone.
    run: Duration,
    /// The time that the processor gave to it, where the system says: what other programs do disturbs it less.
    worked: Option<Duration>,
}

/// The one place where a network is run: a replication with all observers. Only the executor is timed as the run.
fn run(network: &Network) -> Timed {
    let (mut run, mut worked, mut events) = (Duration::ZERO, None, 0);
    experiment::observe_as(network, 1, 0, Kernel::Auto, |world, processes| {
        let (channels, before) = (world.channels(), on_processor());
        let begun = Instant::now();
        let plan = Plan::one(processes.len(), &channels);
        let done = engine::run(world, processes, &channels, world.stop(), &plan);
        run = begun.elapsed();
        worked = on_processor().zip(before).map(|(now, then)| now - then);
        // Those after the horizon, until all that are measured have left, are as much work as those before.
        events = done.as_ref().map_or(0, |done| done.events);
        done
    })
    .expect("the network breaks no promise");
    Timed {
        events,
        run,
        worked,
    }
}

/// How long this thread has been on a processor.
fn on_processor() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let first = stat.split_whitespace().next()?;
    first.parse().ok().map(Duration::from_nanos)
}

/// A stopwatch that goes while this thread is on a processor, or by the clock where the system does not say.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Clock(Instant::now(), on_processor())
    }

    fn seconds(&self) -> f64 {
        let worked = on_processor().zip(self.1).map(|(now, then)| now - then);
        worked.unwrap_or(self.0.elapsed()).as_secs_f64()
    }
}

fn compiled(large: &Large) -> Network {
    let study = large.study();
    study.validate().expect("the network is right");
    experiment::compile(&study)
        .expect("the network can be compiled")
        .remove(0)
}

/// A point of a table.
struct Point {
    name: String,
    large: Large,
}

/// A table: what grows, and the points.
struct Table {
    name: &'static str,
    points: Vec<Point>,
}

fn point(name: impl std::fmt::Display, large: Large) -> Point {
    Point {
        name: name.to_string(),
        large,
    }
}

/// The tables, with runs of about so many events, and of more only where events are what grows.
fn tables(usual: f64, most_events: f64) -> Vec<Table> {
    let horizons = [1e5, 1e6, 1e7, 1e8, 1e9];
    let horizons = horizons.into_iter().filter(|n| *n <= most_events);
    let m2 = Large::m2(3);
    // At least four hours of a site, so that its queues are those of its load, and what comes after the horizon is little.
    let sites = |layout, n: usize| {
        let one = Large {
            layout,
            ..Large::m2(n)
        };
        let hours = Large {
            horizon_min: one.warm_up_min + 240.0,
            ..one
        };
        let long = one.for_events(usual);
        if long.horizon_min > hours.horizon_min {
            long
        } else {
            hours
        }
    };
    let parallel = |agencies| Large {
        agencies,
        regime: Regime::Parallel,
        ..m2
    };
    vec![
        Table {
            name: "events",
            points: horizons
                .map(|n| point(format!("{n:e}"), m2.for_events(n)))
                .collect(),
        },
        Table {
            name: "sites",
            points: [10, 100, 1_000, 10_000, 100_000]
                .map(|n| point(n, sites(Layout::Chains, n)))
                .into(),
        },
        Table {
            name: "ring",
            points: [10, 100, 1_000, 10_000, 100_000]
                .map(|n| point(n, sites(Layout::Ring, n)))
                .into(),
        },
        Table {
            name: "agencies",
            points: [1, 2, 4, 8, 16, 32, 64]
                .map(|n| point(n, parallel(n).for_events(usual)))
                .into(),
        },
        Table {
            name: "agencies-serial",
            points: [1, 2, 4, 8, 16, 32, 64]
                .map(|agencies| point(agencies, Large { agencies, ..m2 }.for_events(usual)))
                .into(),
        },
        Table {
            name: "servers",
            points: [1, 2, 10, 100, 1_000]
                .map(|servers| point(servers, Large { servers, ..m2 }.for_events(usual)))
                .into(),
        },
    ]
}

/// A row: name, events, ns per event by the clock and on the processor.
type Row = (String, u64, f64, f64);

/// Prints a table with the ratio to its first point.
fn print(name: &str, rows: &[Row]) {
    println!(
        "\n{name:>16} {:>14} {:>10} {:>12} {:>8}",
        "events", "ns/event", "on processor", "ratio"
    );
    for (at, events, ns, worked) in rows {
        let ratio = worked / rows[0].3;
        println!("{at:>16} {events:>14} {ns:>10.1} {worked:>12.1} {ratio:>8.2}");
    }
}

fn ns_per_event(run: Duration, events: u64) -> f64 {
    run.as_nanos() as f64 / events as f64
}

/// Each point of the wanted tables `rounds` times, in turns, without criterion: the best of them.
fn once(wanted: &[String], most_events: f64, rounds: usize) {
    for table in tables(1e7, most_events) {
        if !wanted.is_empty() && !wanted.iter().any(|name| *name == table.name) {
            continue;
        }
        let mut rows: Vec<Row> = Vec::new();
        for Point { name, large } in &table.points {
            let network = compiled(large);
            let (mut best, mut worked) = (f64::INFINITY, f64::INFINITY);
            let mut events = 0;
            for _ in 0..rounds {
                let timed = run(&network);
                best = best.min(ns_per_event(timed.run, timed.events));
                let on_processor = timed.worked.unwrap_or(timed.run);
                worked = worked.min(ns_per_event(on_processor, timed.events));
                events = timed.events;
            }
            eprintln!("{} {name}: {worked:.1} ns/event", table.name);
            rows.push((name.clone(), events, best, worked));
        }
        print(table.name, &rows);
    }
    if wanted.is_empty() || wanted.iter().any(|name| name == "setup") {
        setup();
    }
}

/// Resident memory of this process, bytes; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// What comes before and after a run, by the number of sites.
fn setup() {
    println!(
        "\n{:>16} {:>12} {:>12} {:>16} {:>18} {:>18}",
        "sites", "check s", "compile s", "around the run s", "network B/site", "run's B/site"
    );
    for (layout, sites) in [
        (Layout::Chains, 1_000),
        (Layout::Chains, 10_000),
        (Layout::Chains, 100_000),
        (Layout::Ring, 1_000),
        (Layout::Ring, 10_000),
        (Layout::Ring, 100_000),
    ] {
        let large = Large {
            layout,
            warm_up_min: 0.0,
            horizon_min: 0.1,
            ..Large::m2(sites)
        };
        let study = large.study();
        let begun = Clock::start();
        study.validate().expect("the network is right");
        let check = begun.seconds();
        let before = resident();
        let begun = Clock::start();
        let network = experiment::compile(&study)
            .expect("the network can be compiled")
            .remove(0);
        let compile = begun.seconds();
        let after = resident();
        let mut grown = 0;
        let begun = Clock::start();
        experiment::observe(&network, 1, 0, |_, _| {
            grown = resident();
            Ok(engine::Execution::default())
        })
        .expect("nothing happens");
        let around = begun.seconds();
        let each = |from: u64, to: u64| to.saturating_sub(from) / large.whole() as u64;
        println!(
            "{:>16} {check:>12.2} {compile:>12.2} {:>16.2} {:>18} {:>18}",
            format!("{layout:?} {sites}"),
            around,
            each(before, after),
            each(after, grown)
        );
    }
}

fn criterion(criterion: &mut Criterion) {
    for table in tables(2e6, 1e7) {
        let mut rows = Vec::new();
        let mut group = criterion.benchmark_group(format!("growth/{}", table.name));
        group.sampling_mode(SamplingMode::Flat).sample_size(10);
        for Point { name, large } in &table.points {
            let network = std::cell::OnceCell::new();
            let (best, events) = (Cell::new(f64::INFINITY), Cell::new(0));
            let worked = Cell::new(f64::INFINITY);
            let expected = large.events() as u64;
            group.throughput(Throughput::Elements(expected));
            group.bench_function(name, |b| {
                let network = network.get_or_init(|| compiled(large));
                b.iter_custom(|times| {
                    let mut all = Duration::ZERO;
                    for _ in 0..times {
                        let timed = run(network);
                        all += timed.run;
                        best.set(best.get().min(ns_per_event(timed.run, timed.events)));
                        let on_processor = timed.worked.unwrap_or(timed.run);
                        worked.set(worked.get().min(ns_per_event(on_processor, timed.events)));
                        events.set(timed.events);
                    }
                    all
                });
            });
            // Left out by a filter.
            if events.get() > 0 {
                rows.push((name.clone(), events.get(), best.get(), worked.get()));
            }
        }
        group.finish();
        if !rows.is_empty() {
            print(table.name, &rows);
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` only asks whether it starts.
    if words.iter().any(|word| word == "--test") {
        return;
    }
    let after = |flag: &str| {
        let at = words.iter().position(|word| word == flag)?;
        words.get(at + 1)?.parse::<f64>().ok()
    };
    if words.iter().any(|word| word == "--once") {
        let known = [
            "events",
            "sites",
            "ring",
            "agencies",
            "agencies-serial",
            "servers",
            "setup",
        ];
        let wanted: Vec<String> = words
            .iter()
            .filter(|word| known.contains(&word.as_str()))
            .cloned()
            .collect();
        let rounds = after("--rounds").unwrap_or(1.0).max(1.0) as usize;
        once(&wanted, after("--most").unwrap_or(1e7), rounds);
        return;
    }
    let mut bench = Criterion::default().configure_from_args();
    criterion(&mut bench);
    bench.final_summary();
}
