//! Batch means of one long run: how long it must be until 30 batches tell its error.

use corridor::engine;
use corridor::stats::{BATCHES, batch_means};
use corridor::world::{Corridor, Draws, JobEnd, Observer};
use rayon::prelude::*;

use crate::model::Model;
use crate::{LEVEL, experiments};

/// The stays of measured consignments in the order in which they leave, in hours.
struct Stays(Vec<f64>);

impl Observer for Stays {
    fn job(&mut self, job: &JobEnd) {
        if job.measured {
            self.0
                .push(job.ended.since(job.joined).ms() as f64 / 3_600_000.0);
        }
    }
}

fn stays(model: &Model, replication: u32) -> Vec<f64> {
    let draws = Draws::new(&model.network, 1, replication);
    let world: Corridor<'_, Stays> = Corridor::new(&model.network, &draws);
    let mut processes = world.processes(|_| Stays(Vec::new()));
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .expect("the run keeps its promises");
    std::mem::take(&mut processes[model.post].state.observer.0)
}

#[test]
#[ignore = "minutes of release code: see the head of the main file"]
fn thirty_batches_of_one_officer_at_load_80() {
    // Beginnings of the same runs: lengths are compared over common random numbers.
    let lengths = [3_000, 10_000, 20_000, 30_000, 60_000, 100_000];
    // 100 thousand consignments at 192 a day, some 20 days more than that takes.
    let model = Model::new("mm1-80.toml", "545 d", &[]);
    let asked = experiments(2_000);
    let rows: Vec<Vec<(bool, bool)>> = (0..asked as u32)
        .into_par_iter()
        .map(|number| {
            let all = stays(&model, number);
            assert!(all.len() >= lengths[lengths.len() - 1], "{}", all.len());
            let found = lengths.iter().map(|&length| {
                let run = batch_means(&all[..length], BATCHES, LEVEL).expect("enough stays");
                (run.interval.contains(0.5), run.p_value < 0.05)
            });
            found.collect()
        })
        .collect();
    println!("\nBatch means of M/M/1 at load 0.8, {BATCHES} batches, {asked} runs:\n");
    println!("| consignments in all | in a batch | held the truth | neighbours found alike |");
    println!("|---|---|---|---|");
    let mut shares = Vec::new();
    for (column, length) in lengths.iter().enumerate() {
        let share = |of: fn(&(bool, bool)) -> bool| {
            rows.iter().filter(|row| of(&row[column])).count() as f64 / asked as f64
        };
        let (held, alike) = (share(|x| x.0), share(|x| x.1));
        println!(
            "| {length} | {} | {:.1} % | {:.1} % |",
            length / BATCHES,
            100.0 * held,
            100.0 * alike
        );
        shares.push(held);
    }
    // As found; but short runs must cover less, and the longest must come to 93 %.
    let slack = 2.0 * (0.93f64 * 0.07 / asked as f64).sqrt();
    assert!(
        shares[0] < 0.93 && shares[lengths.len() - 1] >= 0.93 - slack,
        "{shares:?}"
    );
}
