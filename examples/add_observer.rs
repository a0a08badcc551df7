//! Watches a run with an observer of one's own: which queue was longest at Khorgos, and when?
//!
//! `cargo run --release --example add_observer [FILE]`
//!
//! An observer sees every fact and every change of a station of one site. It cannot change what happens: the
//! digest of a run is the same whoever watches.

use std::path::PathBuf;

use corridor::engine;
use corridor::experiment;
use corridor::scenario::{self, LoadOptions};
use corridor::time::Time;
use corridor::world::{Corridor, Draws, Observer, StationLevel};
use jiff::SignedDuration;

/// For each station of a site, the longest queue that it had, and when it first had it.
#[derive(Default)]
struct LongestQueues(Vec<(u32, Time)>);

impl Observer for LongestQueues {
    fn station(&mut self, station: u16, now: Time, level: StationLevel) {
        let station = usize::from(station);
        if station >= self.0.len() {
            self.0.resize(station + 1, (0, Time::ZERO));
        }
        if level.waiting > self.0[station].0 {
            self.0[station] = (level.waiting, now);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os()
        .nth(1)
        .map_or("scenarios/khorgos-road.toml".into(), PathBuf::from);
    let study = scenario::load(&path, &LoadOptions::default())
        .map_err(|failure| failure.to_string())?
        .study;

    // One run by hand: the compiled network of the base, the draws of its first replication, one logical process
    // for each site, each with an observer of its own.
    let network = &experiment::compile(&study)?[0];
    let draws = Draws::new(network, study.experiment.seed, 0);
    let world = Corridor::new(network, &draws);
    let mut processes = world.processes(|_site| LongestQueues::default());
    let done = engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())?;

    let mut queues: Vec<(u32, Time, String)> = Vec::new();
    for (site, process) in network.sites.iter().zip(&processes) {
        let longest = &process.state.observer.0;
        for (station, &(waiting, when)) in site.stations.iter().zip(longest) {
            let agency = &network.agencies[station.agency.index()].0;
            let name = format!("{}: {agency}, {}", site.name, station.desk);
            queues.push((waiting, when, name));
        }
    }
    queues.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
    println!("The longest queues of {} events:", done.events);
    for (waiting, when, name) in queues.iter().filter(|q| q.0 > 0).take(5) {
        let at = study.experiment.start + SignedDuration::from_millis(when.ms() as i64);
        println!(
            "{waiting:>5} jobs at {} UTC  {name}",
            at.strftime("%F %H:%M")
        );
    }
    Ok(())
}
