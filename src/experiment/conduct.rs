//! How a run is executed: which executor, which kernel, how many threads. Nothing here changes a result.

use super::replication::Observed;
use crate::engine::{self, Channel, Choice, Engine, LogicalProcess, Outlook, World};
use crate::network::Network;
use crate::time::Time;
use crate::world::Kernel;

/// How a run is executed.
#[derive(Clone, Copy, Debug)]
pub struct Conduct {
    /// Executor.
    pub engine: Engine,
    /// Kernel of the sites.
    pub kernel: Kernel,
    /// Threads that the run has for itself.
    pub threads: usize,
    /// Whether the digest is made; without it benches can say what it costs.
    pub digest: bool,
}

impl Default for Conduct {
    /// One thread.
    fn default() -> Self {
        Conduct {
            engine: Engine::Sequential,
            kernel: Kernel::Auto,
            threads: 1,
            digest: true,
        }
    }
}

impl Conduct {
    /// The executor of a run that is about to begin, and why.
    pub(super) fn choose(
        &self,
        world: &Observed<'_>,
        processes: &[LogicalProcess<Observed<'_>>],
        channels: &[Channel],
    ) -> (Choice, String) {
        let sweeps: Vec<bool> = processes.iter().map(|p| world.sweeps(&p.state)).collect();
        let outlook = Outlook {
            channels,
            sweeps: &sweeps,
            loads: &loads(world.network),
            threads: self.threads,
        };
        engine::choose(self.engine, &outlook)
    }
}

/// Expected events per millisecond at each site, roughly: every consignment arrives, meets every step, and leaves.
/// Enough to say which sites weigh how much.
fn loads(network: &Network) -> Vec<f64> {
    // All candidates: which of them are kept matters little here, and takes time to reckon.
    let rates = super::theory::demand::rates(network, (Time::ZERO, network.horizon), |_| 1.0);
    let mut loads = vec![0.0; network.sites.len()];
    for (flow, rate) in network.flows.iter().zip(rates) {
        for (&route, share) in flow.routes.iter().zip(&flow.shares) {
            for stop in &network.routes[route as usize].stops {
                let site = &network.sites[stop.site.index()];
                let steps = stop
                    .plans
                    .first()
                    .map_or(0, |&(_, plan, _)| site.plans[plan as usize].steps.len());
                loads[stop.site.index()] += rate * share * (1 + steps) as f64;
            }
        }
    }
    loads
}
