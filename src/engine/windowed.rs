//! A windowed executor that visits processes in any order the caller likes: the proof, used by tests, that
//! results do not depend on the order in which logical processes advance.

use super::process::Sent;
use super::{Channel, EngineError, Execution, LogicalProcess, ProcessId, Stop, World};
use crate::time::{Span, Time};

/// Runs the processes in windows no longer than the least lookahead, each window in the order that
/// `shuffle` leaves its list in.
///
/// # Errors
/// As [`super::run_sequential`].
pub fn run_windowed<W: World>(
    world: &W,
    processes: &mut [LogicalProcess<W>],
    channels: &[Channel],
    stop: Stop,
    mut shuffle: impl FnMut(&mut [usize]),
) -> Result<Execution, EngineError> {
    let window = channels
        .iter()
        .map(|c| c.lookahead)
        .min()
        .unwrap_or(Span::MAX);
    let mut done = Execution::default();
    let mut order: Vec<usize> = (0..processes.len()).collect();
    let mut sent: Vec<Sent<W::Message>> = Vec::new();
    loop {
        let start = processes
            .iter()
            .map(|p| {
                if world.sweeps(&p.state) {
                    p.wakes(world)
                } else {
                    p.list.next_time()
                }
            })
            .min()
            .unwrap_or(Time::MAX);
        if start > stop.drain_end || start == Time::MAX {
            break;
        }
        if start > stop.horizon
            && processes
                .iter()
                .map(|p| world.awaited(&p.state))
                .sum::<i64>()
                == 0
        {
            break;
        }
        // Nothing sent from `start` on arrives before `end`.
        let end = start
            .saturating_add(window)
            .min(Time::from_ms(stop.drain_end.ms().saturating_add(1)));
        shuffle(&mut order);
        for &id in &order {
            let process = &mut processes[id];
            if world.sweeps(&process.state) {
                done.events +=
                    process.run_sweep(world, ProcessId(id as u32), end, channels, &mut sent)?;
                done.instants += 1;
                continue;
            }
            loop {
                let now = process.list.next_time();
                if now >= end {
                    break;
                }
                done.events +=
                    process.run_instant(world, ProcessId(id as u32), now, channels, &mut sent)?;
                done.instants += 1;
            }
        }
        for Sent { to, key, parcel } in sent.drain(..) {
            done.messages += parcel.len() as u64;
            let process = &mut processes[to.0 as usize];
            if world.sweeps(&process.state) {
                process.deliver_swept(key.time(), parcel);
            } else {
                process.deliver(key, parcel);
            }
        }
    }
    Ok(done)
}
