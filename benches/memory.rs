//! Bytes of live memory per consignment in the system, and per one that has finished, by a counting allocator.
//!
//! `cargo bench --bench memory`; a plain program, because bytes do not vary from run to run.
//!
//! A run is stopped at its horizon, with its logical processes still there. What is live then, less what was live
//! before the first event, is set against the consignments that are inside (more of them where transit takes longer,
//! or where more come than the servers can do), and against those that have left (more of them the later the
//! horizon, at one load).

use corridor::engine::{self, Plan, Stop};
use corridor::experiment;
use corridor::network::Network;
use corridor::observe::{SiteObserver, Window};
use corridor::time::Span;
use corridor::world::{Corridor, Draws, Fact, FactKind, Kernel, Observer};
use peak_alloc::PeakAlloc;

#[path = "models/large.rs"]
#[allow(dead_code)]
mod large;

use large::{Large, Layout};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Counts who comes and goes.
#[derive(Default)]
struct Counted {
    entered: u64,
    left: u64,
}

impl Observer for Counted {
    fn fact(&mut self, fact: &Fact) {
        self.entered += u64::from(fact.kind == FactKind::Entered);
        self.left += u64::from(fact.kind == FactKind::Left);
    }
}

/// A run stopped at its horizon.
struct Seen {
    inside: u64,
    finished: u64,
    /// Bytes that it came to hold, without any observer.
    bare: i64,
    /// With the observers of a study.
    observed: i64,
}

/// Runs until the horizon: the most bytes that the run came to hold, and what its observers saw.
fn grown<O: Observer>(
    network: &Network,
    observer: impl FnMut(usize) -> O,
    then: impl FnOnce(Vec<O>),
) -> i64 {
    let draws = Draws::new(network, 1, 0);
    let world: Corridor<'_, O> = Corridor::with_kernel(network, &draws, Kernel::Auto);
    let mut processes = world.processes(observer);
    let channels = world.channels();
    let stop = Stop {
        horizon: network.horizon,
        drain_end: network.horizon,
    };
    let plan = Plan::one(processes.len(), &channels);
    let before = MEMORY.current_usage() as i64;
    MEMORY.reset_peak_usage();
    engine::run(&world, &mut processes, &channels, stop, &plan)
        .expect("the network breaks no promise");
    // The most that it held: messages under way are let go with the run.
    let grown = MEMORY.peak_usage() as i64 - before;
    then(processes.into_iter().map(|p| p.state.observer).collect());
    grown
}

fn seen(large: &Large) -> Seen {
    let study = large.study();
    let network = experiment::compile(&study)
        .expect("the network can be compiled")
        .remove(0);
    drop(study);
    let (mut entered, mut finished) = (0, 0);
    grown(
        &network,
        |_| Counted::default(),
        |all| {
            entered = all.iter().map(|o| o.entered).sum();
            finished = all.iter().map(|o| o.left).sum();
        },
    );
    let window = Window::of(&network);
    Seen {
        inside: entered - finished,
        finished,
        bare: grown(&network, |_| (), drop),
        observed: grown(
            &network,
            |site| SiteObserver::new(&network, site, window),
            drop,
        ),
    }
}

/// The slope of a straight line by least squares.
fn slope(points: &[(u64, i64)]) -> f64 {
    let n = points.len() as f64;
    let mean = |of: &dyn Fn(&(u64, i64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(&|p| p.0 as f64), mean(&|p| p.1 as f64));
    let products = points.iter().map(|p| (p.0 as f64 - x) * (p.1 as f64 - y));
    let squares = points.iter().map(|p| (p.0 as f64 - x).powi(2));
    products.sum::<f64>() / squares.sum::<f64>()
}

/// One table: what varies, its points, and bytes per consignment in the system or finished.
fn table(title: &str, points: &[(String, Large)], finished: bool) {
    println!("\n{title}");
    println!(
        "{:>14} {:>12} {:>12} {:>14} {:>14}",
        "", "inside", "finished", "bytes", "with observers"
    );
    let (mut bare, mut observed) = (Vec::new(), Vec::new());
    for (name, large) in points {
        let seen = seen(large);
        let against = if finished { seen.finished } else { seen.inside };
        bare.push((against, seen.bare));
        observed.push((against, seen.observed));
        println!(
            "{name:>14} {:>12} {:>12} {:>14} {:>14}",
            seen.inside, seen.finished, seen.bare, seen.observed
        );
    }
    println!(
        "bytes per consignment {}: {:.2}, with observers {:.2}",
        if finished {
            "finished"
        } else {
            "in the system"
        },
        slope(&bare),
        slope(&observed)
    );
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|word| word == "--test") {
        return;
    }
    // A ring hangs together. Chains are run one after another, as sections of the network, and hold less at a time.
    let base = Large {
        layout: Layout::Ring,
        minimum: Span::from_ms(60_000),
        horizon_min: 24.0 * 60.0,
        warm_up_min: 60.0,
        ..Large::m2(300)
    };
    let transit = [10.0, 100.0, 200.0, 400.0].map(|transit_min| {
        let large = Large {
            transit_min,
            ..base
        };
        (format!("{transit_min} min"), large)
    });
    table(
        "By mean transit time (load 0.8): more are under way.",
        &transit,
        false,
    );
    // Sites that cannot keep up: all who wait are there at once, so nothing is kept for a greater number of before.
    let load = [1.1, 1.2, 1.4, 1.8].map(|load| (format!("load {load}"), Large { load, ..base }));
    table(
        "By load above 1: more wait at the first site's first desk.",
        &load,
        false,
    );
    let hours = [24.0, 48.0, 96.0, 192.0].map(|hours| {
        let large = Large {
            load: 0.5,
            horizon_min: hours * 60.0,
            ..base
        };
        (format!("{hours} h"), large)
    });
    table("By horizon (load 0.5): more have left.", &hours, true);
}
