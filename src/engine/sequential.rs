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
struct Tournament {
    leaves: usize,
    times: Vec<Time>,
    winner: Vec<u32>,
}

impl Tournament {
    fn new(times: impl Iterator<Item = Time>) -> Self {
        let times: Vec<Time> = times.collect();
        let leaves = times.len().next_power_of_two().max(1);
        let mut tree = Tournament {
            leaves,
            times,
            winner: vec![0; 2 * leaves],
        };
        tree.times.resize(leaves, Time::MAX);
        for leaf in 0..leaves {
            tree.winner[leaves + leaf] = leaf as u32;
        }
        for node in (1..leaves).rev() {
            tree.winner[node] = tree.play(node);
        }
        tree
    }

    fn play(&self, node: usize) -> u32 {
        let (left, right) = (self.winner[2 * node], self.winner[2 * node + 1]);
        if self.times[right as usize] < self.times[left as usize] {
            right
        } else {
            left
        }
    }

    fn least(&self) -> (usize, Time) {
        let id = self.winner[1] as usize;
        (id, self.times[id])
    }

    fn of(&self, id: usize) -> Time {
        self.times[id]
    }

    fn set(&mut self, id: usize, time: Time) {
        self.times[id] = time;
        let mut node = (self.leaves + id) / 2;
        while node >= 1 {
            self.winner[node] = self.play(node);
            node /= 2;
        }
    }
}
