//! The sequential kernel: always the logical process with the earliest next instant.

use super::mail::Mail;
use super::outbox::Lines;
use super::{Channel, EngineError, Execution, LogicalProcess, ProcessId, Stop, World};
use crate::time::{Span, Time};

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
    let lines = Lines::straight(channels);
    let mut done = Execution::default();
    let mut next = Tournament::new(processes.iter().map(|p| p.list.next_time()));
    let mut mail: Mail<W::Message> = Mail::straight();
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
        processes[id].run(
            world,
            ProcessId(id as u32),
            now.saturating_add(Span::TICK),
            &mut [],
            &lines,
            &mut mail,
            &mut done,
        )?;
        if now <= stop.horizon {
            done.within = done.events;
        }
        if let (Some(sum), Some(before)) = (awaited.as_mut(), before) {
            *sum += world.awaited(&processes[id].state) - before;
        }
        next.set(id, processes[id].list.next_time());
        for sent in mail.sent.drain(..) {
            let (to, at) = (sent.to.0 as usize, sent.key.time());
            processes[to].deliver(sent);
            if at < next.of(to) {
                next.set(to, at);
            }
        }
    }
    done.messages = mail.count;
    Ok(done)
}

/// A tournament tree over the processes' next instants: the earliest, ties to the lowest process.
///
/// A pair holds two players who meet, lower processes left; pair 1 is the final, and the winner of pair `n` plays in
/// pair `n / 2`, on the side that `n` is odd or even. So a game reads one pair.
struct Tournament {
    leaves: usize,
    pairs: Vec<[(Time, u32); 2]>,
    winner: (Time, u32),
}

impl Tournament {
    fn new(times: impl Iterator<Item = Time>) -> Self {
        let times: Vec<Time> = times.collect();
        let leaves = times.len().next_power_of_two().max(2);
        let mut tree = Tournament {
            leaves,
            pairs: vec![[(Time::MAX, 0); 2]; leaves],
            winner: (Time::MAX, 0),
        };
        for (id, time) in times.into_iter().enumerate() {
            tree.set(id, time);
        }
        tree
    }

    fn least(&self) -> (usize, Time) {
        let (time, id) = self.winner;
        (id as usize, time)
    }

    fn of(&self, id: usize) -> Time {
        let place = self.leaves + id;
        self.pairs[place / 2][place & 1].0
    }

    fn set(&mut self, id: usize, time: Time) {
        let mut place = self.leaves + id;
        let mut winner = (time, id as u32);
        while place > 1 {
            let pair = &mut self.pairs[place / 2];
            pair[place & 1] = winner;
            let [left, right] = *pair;
            winner = if right.0 < left.0 { right } else { left };
            place /= 2;
        }
        self.winner = winner;
    }
}
