//! A windowed executor that visits processes in any order the caller likes: the proof, used by tests, that
//! results do not depend on the order in which logical processes advance.

use super::mail::Mail;
use super::outbox::Lines;
use super::wheel::Item;
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
    let lines = Lines::straight(channels);
    let mut done = Execution::default();
    let mut order: Vec<usize> = (0..processes.len()).collect();
    let mut mail: Mail<W::Message> = Mail::straight();
    // What those that sweep have been sent and have not yet come to.
    let mut inboxes: Vec<Vec<(Time, W::Message)>> = processes.iter().map(|_| Vec::new()).collect();
    let (mut arrived, mut scratch) = (Vec::new(), W::Scratch::default());
    loop {
        let own = processes.iter().map(|p| p.wakes(world)).min();
        let sent = inboxes.iter().flatten().map(|(at, _)| *at).min();
        let start = own.unwrap_or(Time::MAX).min(sent.unwrap_or(Time::MAX));
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
        let end = start.saturating_add(window).min(stop.limit(start));
        shuffle(&mut order);
        for &n in &order {
            let (process, id) = (&mut processes[n], ProcessId(n as u32));
            if world.sweeps(&process.state) {
                let inbox = &mut inboxes[n];
                arrived.extend(inbox.extract_if(.., |(at, _)| *at < end));
                done.events += process.sweep(
                    world,
                    id,
                    end,
                    (&mut arrived, &mut scratch),
                    &lines,
                    &mut mail,
                )?;
            } else {
                process.run(world, id, end, &mut [], &lines, &mut mail, &mut done)?;
            }
        }
        done.windows += 1;
        if start <= stop.horizon {
            done.within = done.events;
        }
        for sent in mail.sent.drain(..) {
            let to = sent.to.0 as usize;
            if !world.sweeps(&processes[to].state) {
                processes[to].deliver(sent);
            } else if sent.kept == Item::<W::Message>::ALONE {
                inboxes[to].push((sent.key.time(), sent.message));
            } else {
                let (key, bundle) = mail.kept.take(sent.kept);
                inboxes[to].extend(bundle.into_iter().map(|m| (key.time(), m)));
            }
        }
    }
    done.messages = mail.count;
    Ok(done)
}
