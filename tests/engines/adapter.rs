//! The one place where a setting becomes an execution.

use corridor::engine::run_windowed;
use corridor::experiment::{Observations, RunError, observe, observe_computed};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::world::Kernel;

use crate::setting::Setting;

/// What a run did.
pub struct Ran {
    /// What its observers saw.
    pub observations: Observations,
    /// Parts that it was run in.
    pub partitions: usize,
}

/// Runs the first replication of a network under a setting.
pub fn run(network: &Network, seed: u64, setting: Setting) -> Result<Ran, RunError> {
    let number = setting.threads as u64 * 100 + setting.partitions as u64 % 100;
    let partitions = network.sites.len();
    let observations = match setting.kernel {
        Kernel::Events => observe(network, seed, 0, |world, processes| {
            let shuffle = shuffler(number);
            run_windowed(world, processes, &world.channels(), world.stop(), shuffle)
        }),
        Kernel::Auto => observe_computed(network, seed, 0, |world, processes| {
            let shuffle = shuffler(number);
            run_windowed(world, processes, &world.channels(), world.stop(), shuffle)
        }),
    };
    Ok(Ran {
        observations: observations?,
        partitions,
    })
}

/// Deterministic shuffles, another in each window.
fn shuffler(seed: u64) -> impl FnMut(&mut [usize]) {
    let stream = Stream::new(seed, 0, "shuffle", "", "", Purpose::Other(1));
    let mut window = 0;
    move |order: &mut [usize]| {
        window += 1;
        for i in (1..order.len()).rev() {
            let j = (stream.bits(window, i as u32, 0) % (i as u64 + 1)) as usize;
            order.swap(i, j);
        }
    }
}
