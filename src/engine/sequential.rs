//! The sequential kernel: always the logical process with the earliest next instant.

use super::process::Sent;
use super::{Channel, EngineError, Execution, LogicalProcess, ProcessId, Stop, World};
use crate::time::Time;

/// Runs the processes to their end, in the order of (time, process).
///
/// # Errors
/// Where the world breaks a promise of [`World`]: an effect not after its cause, a message below its
/// channel's lookahead, two events of one key.
pub fn run_sequential<W: World>(
    world: &W,
    processes: &mut [LogicalProcess<W>],
    channels: &[Channel],
    stop: Stop,
) -> Result<Execution, EngineError> {
    let mut done = Execution::default();
    let mut next = Tournament::new(processes.iter().map(|p| p.list.next_time()));
    let mut sent: Vec<Sent<W::Message>> = Vec::new();
    let mut awaited: Option<i64> = None;
    loop {
        let (id, now) = next.least();
        if now > stop.drain_end || now == Time::MAX {
            break;
        }
        if now > stop.horizon {
            // Only the process that just ran can have changed the number awaited.
            let sum = awaited
                .get_or_insert_with(|| processes.iter().map(|p| world.awaited(&p.state)).sum());
            if *sum == 0 {
                break;
            }
        }
        let before = awaited.map(|_| world.awaited(&processes[id].state));
        done.events +=
            processes[id].run_instant(world, ProcessId(id as u32), now, channels, &mut sent)?;
        done.instants += 1;
        if let (Some(sum), Some(before)) = (awaited.as_mut(), before) {
            *sum += world.awaited(&processes[id].state) - before;
        }
        next.set(id, processes[id].list.next_time());
        for Sent { to, key, parcel } in sent.drain(..) {
            done.messages += parcel.len() as u64;
            let to = to.0 as usize;
            processes[to].deliver(key, parcel);
            if key.time() < next.of(to) {
                next.set(to, key.time());
            }
        }
    }
    Ok(done)
}

/// A tournament tree over the processes' next instants: the earliest, ties to the lowest process.
///
/// Node 1 is the root, those from `leaves` on are the processes. A node holds its winner's instant, so that a game
/// reads no more than the sibling.
struct Tournament {
    leaves: usize,
    nodes: Vec<(Time, u32)>,
}

impl Tournament {
    fn new(times: impl Iterator<Item = Time>) -> Self {
        let times: Vec<Time> = times.collect();
        let leaves = times.len().next_power_of_two().max(1);
        let mut nodes = vec![(Time::MAX, 0); 2 * leaves];
        for leaf in 0..leaves {
            let time = times.get(leaf).copied().unwrap_or(Time::MAX);
            nodes[leaves + leaf] = (time, leaf as u32);
        }
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]);
        }
        Tournament { leaves, nodes }
    }

    fn least(&self) -> (usize, Time) {
        let (time, id) = self.nodes[1];
        (id as usize, time)
    }

    fn of(&self, id: usize) -> Time {
        self.nodes[self.leaves + id].0
    }

    fn set(&mut self, id: usize, time: Time) {
        let nodes = &mut self.nodes[..];
        let mut node = self.leaves + id;
        let mut winner = (time, id as u32);
        nodes[node] = winner;
        while node > 1 {
            let sibling = nodes[node ^ 1];
            if sibling < winner {
                winner = sibling;
            }
            node /= 2;
            if nodes[node] == winner {
                // All games above stand.
                return;
            }
            nodes[node] = winner;
        }
    }
}
