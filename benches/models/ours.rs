//! M1 and M2 in corridor: the scenarios of this folder, run once with all aggregate observers and no journal.

use std::path::Path;

use corridor::experiment::{self, Conduct};
use corridor::network::Network;
use corridor::observe::{Digest, SiteObserver, TimeTally};
use corridor::scenario::{self, LoadOptions};
use corridor::world::Kernel;

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
        let mut flows = last.journeys.numbered();
        let (_, journeys) = flows.next().expect("a model has a flow");
        &journeys.time
    }

    /// Consignments that entered, measured or not: those that arrived at the first site.
    pub fn entered(&self) -> u64 {
        self.sites[0].little.arrivals
    }
}

/// One replication with this kernel, on one thread; `digest` says whether facts are hashed as well.
pub fn replicate(
    network: &Network,
    seed: u64,
    replication: u32,
    kernel: Kernel,
    digest: bool,
) -> Seen {
    let conduct = Conduct {
        kernel,
        digest,
        ..Conduct::default()
    };
    let run = experiment::run_as(network, seed, replication, &conduct)
        .expect("the model breaks no promise");
    Seen {
        sites: run.sites,
        digest: run.digest,
    }
}
