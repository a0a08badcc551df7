//! M1 and M2 in corridor, beside the textbook loop: nanoseconds per logical event.
//!
//! `cargo bench --bench models`. Throughput is in logical events: the arrivals at sites and the ends of service,
//! whatever a kernel does (M1: 2 a consignment, M2: 15). Before anything is timed, corridor and the textbook loop
//! must have seen the same times, to the millisecond and the last bucket, and M1 the mean of Erlang C.
//!
//! `cargo bench --bench models -- --figures MODEL FIRST RUNS CONSIGNMENTS` prints a line of figures a run,
//! for `benches/peers/run.py`.

use std::hint::black_box;
use std::time::Instant;

use corridor::network::Network;
use corridor::stats::Moments;
use corridor::time::MS_PER_MINUTE;
use corridor::world::Kernel;
use criterion::{Criterion, SamplingMode, Throughput};

#[path = "models/mod.rs"]
mod models;

use models::textbook::{self, Laws};
use models::{Model, ours};

const SEED: u64 = 1;
const KERNELS: [(&str, Kernel); 2] = [("events", Kernel::Events), ("auto", Kernel::Auto)];
const FIGURES: &str = "--figures";
/// Replications for means with their standard deviations.
const REPLICATIONS: u32 = 20;

/// A model, ready to run both ways.
struct Subject {
    model: Model,
    network: Network,
    laws: Laws,
}

impl Subject {
    /// A model over the scenario's time, or so many consignments'.
    fn new(model: Model, consignments: Option<u64>) -> Subject {
        Subject {
            model,
            network: ours::network(model, consignments),
            laws: Laws::of(model),
        }
    }

    fn ours(&self, replication: u32, kernel: Kernel) -> ours::Seen {
        ours::replicate(&self.network, SEED, replication, kernel, true)
    }

    /// The textbook loop, over the same time.
    fn by_hand(&self, replication: u32) -> textbook::Seen {
        let (from, to) = (self.network.warm_up.ms(), self.network.horizon.ms());
        textbook::run(&self.laws, SEED, replication, from, to)
    }
}

fn same(what: &str, ours: &corridor::observe::TimeTally, theirs: &textbook::Tally) {
    assert_eq!(ours.moments, theirs.moments, "{what}");
    assert!(ours.histogram == theirs.histogram, "{what}: histograms");
    assert_eq!(ours.unfinished, 0, "{what}");
}

/// Corridor, with either kernel, and the textbook loop see the same times.
fn agree(subject: &Subject) {
    let model = subject.model;
    for replication in 0..2 {
        let theirs = subject.by_hand(replication);
        let mut digests = Vec::new();
        for (kernel, how) in KERNELS {
            let name = format!("{}, {kernel}, replication {replication}", model.name());
            let ours = subject.ours(replication, how);
            for (site, stays) in theirs.stays.iter().enumerate() {
                same(
                    &format!("{name}: stays at site {site}"),
                    ours.stays(site),
                    stays,
                );
            }
            match model {
                // The scenario goes on to an exit that is a minute away.
                Model::M1 => {
                    let (all, stays) = (&ours.journeys().moments, &theirs.stays[0].moments);
                    let roads = u128::from(stays.n) * u128::from(MS_PER_MINUTE);
                    assert_eq!(all.sum, stays.sum + roads, "{name}: journeys");
                }
                Model::M2(_) => {
                    // Of those who come after the horizon, ours knows some more: its last window ends later.
                    assert!(ours.entered() >= theirs.entered, "{name}: consignments");
                    same(
                        &format!("{name}: journeys"),
                        ours.journeys(),
                        &theirs.journeys,
                    );
                }
            }
            digests.push(ours.digest);
        }
        assert!(digests[0] == digests[1], "{}: digests", model.name());
    }
}

/// The mean stay of M/M/c by Erlang C.
fn erlang_c(arrivals: f64, service: f64, servers: u32) -> f64 {
    let load = arrivals * service;
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 0..servers {
        sum += term;
        term *= load / f64::from(k + 1);
    }
    let free = 1.0 - load / f64::from(servers);
    let waits = term / free / (sum + term / free);
    service + waits * service / (f64::from(servers) * free)
}

/// The mean over replications and the standard deviation of one replication.
fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// M1 has the mean stay of Erlang C, within four standard errors, which are less than 1 % of it. Corridor's means are
/// those of the textbook loop, so the loop is asked.
fn agrees_with_theory(m1: &Subject) {
    let theory = erlang_c(3.6, 1.0, 4);
    let means: Vec<f64> = (0..REPLICATIONS)
        .map(|r| {
            let seen = m1.by_hand(r);
            seen.stays[0].moments.mean().unwrap_or(f64::NAN) / MS_PER_MINUTE as f64
        })
        .collect();
    let (mean, sd) = mean_and_sd(&means);
    let error = sd / f64::from(REPLICATIONS).sqrt();
    println!("m1: mean stay {mean:.4} min, standard error {error:.4}; Erlang C {theory:.4}");
    assert!(error < 0.01 * theory, "too few replications");
    assert!((mean - theory).abs() <= 4.0 * error, "not Erlang C's mean");
}

fn bench(c: &mut Criterion, subject: &Subject) {
    let events = subject.model.events_each() * subject.by_hand(0).entered;
    let mut group = c.benchmark_group(subject.model.name());
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .throughput(Throughput::Elements(events));
    group.bench_function("textbook", |b| b.iter(|| subject.by_hand(0)));
    for (kernel, how) in KERNELS {
        for (name, digest) in [
            (kernel.to_owned(), true),
            (format!("{kernel}, no digest"), false),
        ] {
            let run = || ours::replicate(&subject.network, SEED, 0, how, digest);
            group.bench_function(name, |b| b.iter(run));
        }
    }
    group.finish();
}

/// Seconds that this thread has been on a processor, from the kernel's account, so that other programs cost nothing; 0
/// where there is none.
fn cpu_seconds() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = account.split_whitespace().next();
    ns.and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Runs and times once: prints a line of figures, the means in minutes, the stay that over all sites. `of` gives what has
/// been run its consignments and mean times in milliseconds.
fn figure<T>(
    tool: &str,
    model: Model,
    run: impl FnOnce() -> T,
    of: impl FnOnce(&T) -> (u64, f64, f64),
) {
    let (started, before) = (Instant::now(), cpu_seconds());
    let seen = black_box(run());
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - before);
    let (consignments, stay, journey) = of(&seen);
    let minute = MS_PER_MINUTE as f64;
    println!(
        "tool={tool} model={} consignments={consignments} seconds={seconds} cpu={cpu} stay={} journey={}",
        model.name(),
        stay / minute,
        journey / minute
    );
}

/// The lines that the script for peers reads: replications from `first` on, of every kernel, on one thread.
fn figures(model: Model, first: u32, runs: u32, consignments: u64) {
    let mean = |times: &Moments| times.mean().unwrap_or(f64::NAN);
    let subject = Subject::new(model, Some(consignments));
    let sites = subject.by_hand(first).stays.len();
    for r in first..first + runs {
        for (kernel, how) in KERNELS {
            let run = || subject.ours(r, how);
            figure(&format!("corridor-{kernel}"), model, run, |seen| {
                let stays = (0..sites).map(|site| mean(&seen.stays(site).moments));
                (seen.entered(), stays.sum(), mean(&seen.journeys().moments))
            });
        }
        figure(
            "textbook",
            model,
            || subject.by_hand(r),
            |seen| {
                let stays = seen.stays.iter().map(|tally| mean(&tally.moments));
                (seen.entered, stays.sum(), mean(&seen.journeys.moments))
            },
        );
    }
}

/// What follows [`FIGURES`]: model, first replication, replications, consignments.
fn figures_asked(words: &[String]) -> Option<(Model, u32, u32, u64)> {
    let at = words.iter().position(|word| word == FIGURES)?;
    let [model, first, runs, consignments] = words.get(at + 1..at + 5)? else {
        return None;
    };
    let model = Model::ALL.into_iter().find(|known| known.name() == model)?;
    let (first, runs) = (first.parse().ok()?, runs.parse().ok()?);
    Some((model, first, runs, consignments.parse().ok()?))
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some((model, first, runs, consignments)) = figures_asked(&words) {
        figures(model, first, runs, consignments);
        return;
    }
    if words.iter().any(|word| word == FIGURES) {
        eprintln!("{FIGURES} m1|m2-serial|m2-parallel FIRST RUNS CONSIGNMENTS");
        std::process::exit(2);
    }
    let mut criterion = Criterion::default().configure_from_args();
    let subjects = Model::ALL.map(|model| Subject::new(model, None));
    subjects.iter().for_each(agree);
    agrees_with_theory(&subjects[0]);
    for subject in &subjects {
        bench(&mut criterion, subject);
    }
    criterion.final_summary();
}
