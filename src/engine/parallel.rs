//! Executions by a plan: one part window by window, or several beside each other with a barrier after each window.

use std::sync::Arc;

use rayon::prelude::*;

use super::mail::{Abroad, Mail};
use super::outbox::Lines;
use super::partition::sections;
use super::plan::{Pace, Plan, bounds};
use super::windows::{Member, Part, Section, finish};
use super::{Channel, EngineError, Execution, LogicalProcess, ProcessId, Stop, World};
use crate::time::Time;

/// Events between two barriers, as a multiple of those of a window: beyond that a barrier costs nothing.
const BETWEEN_BARRIERS: u64 = 8;

/// Runs the processes to their end by `plan`; parts are spread over the threads of the present rayon pool.
///
/// # Errors
/// As [`super::run_sequential`].
///
/// # Panics
/// Where the plan does not hold every process once.
pub fn run<W: World>(
    world: &W,
    processes: &mut [LogicalProcess<W>],
    channels: &[Channel],
    stop: Stop,
    plan: &Plan,
) -> Result<Execution, EngineError> {
    let sections = sections(plan, channels, processes.len());
    let mut place = vec![u32::MAX; processes.len()];
    let mut owner = vec![0u16; processes.len()];
    let visits = sections
        .iter()
        .flat_map(|(part, members)| members.iter().map(move |id| (*part, *id)));
    let mut count = 0;
    for (n, (part, id)) in visits.enumerate() {
        place[id.0 as usize] = n as u32;
        owner[n] = part as u16;
        count += 1;
    }
    assert!(
        count == processes.len() && !place.contains(&u32::MAX),
        "a plan holds every process once"
    );
    let swept: Vec<bool> = processes.iter().map(|p| world.sweeps(&p.state)).collect();
    let sweeps = |id: ProcessId| swept[id.0 as usize];
    let between = plan.bounds(channels, sweeps).between;
    let (of, members): (Vec<usize>, Vec<Vec<ProcessId>>) = sections.into_iter().unzip();
    let within = bounds(&members, channels, sweeps).within;
    let lines = Lines::new(channels, |process| place[process.0 as usize]);
    let owner: Arc<[u16]> = owner.into();
    let mut left: Vec<Option<&mut LogicalProcess<W>>> = processes.iter_mut().map(Some).collect();
    let mut base = 0;
    let made = of.into_iter().zip(members).zip(within);
    let made = made.map(|((part, ids), bound)| {
        let members: Vec<Member<'_, W>> = ids
            .into_iter()
            .map(|id| Member {
                process: left[id.0 as usize]
                    .take()
                    .expect("a plan holds every process once"),
                id,
                sweeps: sweeps(id),
            })
            .collect();
        let mail = Mail::new(base, members.len(), owner.clone());
        base += members.len() as u32;
        let events = plan.events.max(Plan::EVENTS_EACH * members.len() as u64);
        let pace = Pace::new(plan.window, events, bound.span);
        let section = Section::new(world, members, mail, bound.span, pace);
        (part, section)
    });
    let number = plan.parts.len();
    if number == 1 {
        return finish(world, &lines, made.map(|(_, section)| section), stop);
    }
    let mut of_part: Vec<Vec<Section<'_, W>>> = plan.parts.iter().map(|_| Vec::new()).collect();
    made.for_each(|(part, section)| of_part[part].push(section));
    let mut parts: Vec<Seat<'_, W>> = of_part
        .into_iter()
        .map(|sections| Seat {
            part: Part::new(world, &lines, sections, number),
            incoming: plan.parts.iter().map(|_| Abroad::default()).collect(),
            broken: None,
        })
        .collect();
    let events = plan.events.max(Plan::EVENTS_EACH * count as u64) * BETWEEN_BARRIERS;
    let mut pace = Pace::new(plan.window, events, between.span);
    let mut done = Execution::default();
    loop {
        let start = parts.iter().map(Seat::earliest).min().unwrap_or(Time::MAX);
        if start > stop.drain_end || start == Time::MAX {
            return Ok(done);
        }
        if start > stop.horizon && parts.iter_mut().map(|s| s.part.awaited()).sum::<i64>() == 0 {
            return Ok(done);
        }
        let until = stop.limit(start);
        let end = pace.end(start, between.span).min(until);
        parts
            .par_iter_mut()
            .with_max_len(1)
            .for_each(|seat| seat.advance(end));
        if let Some(broken) = parts.iter_mut().find_map(|seat| seat.broken.take()) {
            return Err(broken);
        }
        exchange(&mut parts);
        let before = done.events;
        done = Execution {
            windows: done.windows + 1,
            within: done.within,
            ..Execution::default()
        };
        for Seat { part, .. } in &parts {
            let of_part = part.done();
            done.events += of_part.events;
            done.instants += of_part.instants;
            done.messages += of_part.messages;
        }
        if start <= stop.horizon {
            done.within = done.events;
        }
        pace.adapt(done.events - before, end == until, between.span);
    }
}

/// A part between barriers.
struct Seat<'a, W: World> {
    part: Part<'a, W>,
    /// What other parts sent in the window before, by sender.
    incoming: Vec<Abroad<W::Message>>,
    broken: Option<EngineError>,
}

impl<W: World> Seat<'_, W> {
    fn earliest(&self) -> Time {
        let sent = self.incoming.iter().map(|abroad| abroad.earliest).min();
        self.part.earliest().min(sent.unwrap_or(Time::MAX))
    }

    fn advance(&mut self, end: Time) {
        for sent in &mut self.incoming {
            self.part.receive(sent);
        }
        self.broken = self.part.advance(end).err();
    }
}

/// At the barrier each part gets what the others sent it. Lists change places with empty ones, and keep their memory.
fn exchange<W: World>(parts: &mut [Seat<'_, W>]) {
    for to in 0..parts.len() {
        for from in 0..parts.len() {
            if parts[from].part.abroad[to].earliest < Time::MAX {
                let sent = std::mem::take(&mut parts[from].part.abroad[to]);
                let read = std::mem::replace(&mut parts[to].incoming[from], sent);
                parts[from].part.abroad[to] = read;
            }
        }
    }
}
