//! M1 and M2 in corridor: the scenarios of this folder, run once with all aggregate observers and no journal.

use std::path::Path;

use corridor::engine::{self, EngineError, Execution, LogicalProcess};
use corridor::experiment;
use corridor::network::Network;
use corridor::observe::{Digest, SiteObserver, TimeTally, Window};
use corridor::scenario::{self, LoadOptions};
use corridor::world::{Corridor, Draws, Kernel};

use super::Model;

/// The scenario of a model, over so many consignments' time where that is stated.
pub fn network(model: Model, consignments: Option<u64>) -> Network {
    let file = format!("benches/models/{}.toml", model.name());
    let set = |path: &str, days: f64| (path.into(), format!("\"{days} d\""));
    let horizon = consignments.map(|n| set("experiment.horizon", n as f64 / model.per_day()));
    let options = LoadOptions {
        overrides: horizon.into_iter().collect(),
        ..LoadOptions::default()
    };
    let study = scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &options)
        .expect("the scenario is right")
        .study;
    let mut networks = experiment::compile(&study).expect("the scenario can be compiled");
    networks.swap_remove(0)
}

/// What a run has seen.
pub struct Seen {
    /// By site.
    pub sites: Vec<SiteObserver>,
    /// Of all sites.
    pub digest: Digest,
}

impl Seen {
    /// Stays at a site of the model, measured consignments.
    pub fn stays(&self, site: usize) -> &TimeTally {
        &self.sites[site].cells[0].bcp
    }

    /// Journeys, measured consignments: they end at the last site.
    pub fn journeys(&self) -> &TimeTally {
        let last = self.sites.last().expect("a model has sites");
        &last.journeys[0].time
    }

    /// Consignments that entered, measured or not: those that arrived at the first site.
    pub fn entered(&self) -> u64 {
        self.sites[0].little.arrivals
    }
}

type Observed<'n> = Corridor<'n, SiteObserver>;

/// The executor of a kernel, on one thread.
fn execute<'n>(
    world: &Observed<'n>,
    processes: &mut [LogicalProcess<Observed<'n>>],
) -> Result<Execution, EngineError> {
    let (channels, stop) = (world.channels(), world.stop());
    match world.kernel {
        Kernel::Events => engine::run_sequential(world, processes, &channels, stop),
        Kernel::Auto => engine::run_windowed(world, processes, &channels, stop, |_| {}),
    }
}

/// One replication with this kernel.
pub fn replicate(network: &Network, seed: u64, replication: u32, kernel: Kernel) -> Seen {
    let draws = Draws::new(network, seed, replication);
    let world: Observed<'_> = Corridor::with_kernel(network, &draws, kernel);
    let window = Window::of(network);
    let mut processes = world.processes(|site| SiteObserver::new(network, site, window));
    execute(&world, &mut processes).expect("the model breaks no promise");
    let mut digest = Digest::default();
    let mut sites = Vec::with_capacity(processes.len());
    for mut process in processes {
        SiteObserver::close(network, &mut process.state, network.drain_end);
        let observer = process.state.observer;
        let little = observer.little;
        assert_eq!(little.occupancy, little.stays, "Little's law");
        digest.merge(observer.digest);
        sites.push(observer);
    }
    Seen { sites, digest }
}
