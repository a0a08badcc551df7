//! The distribution of waits and of the number waiting at a post's only desk, by an observer of its own.

use corridor::engine;
use corridor::experiment;
use corridor::network::Network;
use corridor::scenario::Study;
use corridor::stats::Estimate;
use corridor::time::Time;
use corridor::world::{Corridor, Draws, JobEnd, Observer, StationLevel};
use rayon::prelude::*;

/// Levels up to this are told apart.
const LEVELS: usize = 16;

/// Watches the desk of one site within the measured window.
struct Watch {
    from: Time,
    to: Time,
    jobs: u64,
    waited: u64,
    /// Time with exactly so many waiting, ms.
    time: [u64; LEVELS],
    waiting: u32,
    since: Time,
}

impl Watch {
    fn until(&mut self, now: Time) {
        let (from, to) = (self.since.max(self.from), now.min(self.to));
        self.time[(self.waiting as usize).min(LEVELS - 1)] += to.since(from).ms();
        self.since = now;
    }
}

impl Observer for Watch {
    fn job(&mut self, job: &JobEnd) {
        if job.measured {
            self.jobs += 1;
            self.waited += u64::from(job.started > job.joined);
        }
    }

    fn station(&mut self, _station: u16, now: Time, level: StationLevel) {
        self.until(now);
        self.waiting = level.waiting;
    }
}

/// What was seen, one row a replication: the share that waited, and the shares of time with exactly n waiting.
pub struct Seen(Vec<(f64, Vec<f64>)>);

impl Seen {
    /// The probability of waiting.
    pub fn waits(&self) -> Estimate {
        Estimate::from_replications(
            &self
                .0
                .iter()
                .map(|(waited, _)| *waited)
                .collect::<Vec<f64>>(),
        )
    }

    /// The probability that at least `count` wait.
    pub fn at_least(&self, count: usize) -> Estimate {
        let share = |(_, time): &(f64, Vec<f64>)| time[count..].iter().sum::<f64>();
        Estimate::from_replications(&self.0.iter().map(share).collect::<Vec<f64>>())
    }
}

/// Runs the base of `study` under the watch.
pub fn observe(study: &Study) -> Seen {
    let network = &experiment::compile(study).expect("the scenario compiles")[0];
    let post = network
        .sites
        .iter()
        .position(|s| !s.stations.is_empty())
        .expect("a post with a desk");
    let replications = 0..study.experiment.replications;
    Seen(
        replications
            .into_par_iter()
            .map(|r| one(network, post, study.experiment.seed, r))
            .collect(),
    )
}

fn one(network: &Network, post: usize, seed: u64, replication: u32) -> (f64, Vec<f64>) {
    let draws = Draws::new(network, seed, replication);
    let world: Corridor<'_, Watch> = Corridor::new(network, &draws);
    let mut processes = world.processes(|_| Watch {
        from: network.warm_up,
        to: network.horizon,
        jobs: 0,
        waited: 0,
        time: [0; LEVELS],
        waiting: 0,
        since: Time::ZERO,
    });
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .expect("the run keeps its promises");
    let watch = &mut processes[post].state.observer;
    watch.until(network.horizon.max(watch.since));
    let whole: u64 = watch.time.iter().sum();
    let shares = watch.time.iter().map(|ms| *ms as f64 / whole as f64);
    (watch.waited as f64 / watch.jobs as f64, shares.collect())
}
