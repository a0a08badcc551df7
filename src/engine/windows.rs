//! Windows on one thread: a part of an execution's processes, visited in an order in which short channels lead forward.
//!
//! Within a window everything due to a process is done at once, while its state is in the cache. What it sends to a
//! process later in the order may be due in the same window; so only channels that lead back bound the window.

use super::mail::Mail;
use super::outbox::Lines;
use super::plan::Pace;
use super::wheel::Due;
use super::{EngineError, Execution, LogicalProcess, ProcessId, World, sort_nearly_sorted};
use crate::time::{Span, Time};

/// A process of a part.
pub(super) struct Member<'a, W: World> {
    pub process: &'a mut LogicalProcess<W>,
    pub id: ProcessId,
    pub sweeps: bool,
}

/// Processes that are advanced by one thread at a time.
pub(super) struct Part<'a, W: World> {
    world: &'a W,
    lines: &'a Lines<'a>,
    members: Vec<Member<'a, W>>,
    pub mail: Mail<W::Message>,
    /// No window is longer: the least lookahead of a channel that leads back.
    bound: Span,
    pace: Pace,
    /// What is due to the process that is visited.
    due: Vec<Due>,
    arrived: Vec<(Time, W::Message)>,
    scratch: W::Scratch,
    /// The number awaited, kept from the first question for it on.
    awaited: Option<i64>,
    pub done: Execution,
}

impl<'a, W: World> Part<'a, W> {
    /// These processes, of whose messages `mail` knows.
    pub fn new(
        world: &'a W,
        lines: &'a Lines<'a>,
        members: Vec<Member<'a, W>>,
        mut mail: Mail<W::Message>,
        bound: Span,
        pace: Pace,
    ) -> Self {
        for (place, member) in members.iter().enumerate() {
            mail.wheel.agenda.lower(place, member.process.wakes(world));
        }
        mail.wheel.set_width(pace.slot());
        Part {
            world,
            lines,
            members,
            mail,
            bound,
            pace,
            due: Vec::new(),
            arrived: Vec::new(),
            scratch: W::Scratch::default(),
            awaited: None,
            done: Execution::default(),
        }
    }

    /// When something next happens here, or a little before.
    pub fn earliest(&self) -> Time {
        let wheel = &self.mail.wheel;
        wheel.agenda.earliest().min(wheel.earliest())
    }

    /// How many are awaited by the account of this part's processes.
    pub fn awaited(&mut self) -> i64 {
        let (world, members) = (self.world, &self.members);
        *self.awaited.get_or_insert_with(|| {
            members
                .iter()
                .map(|m| world.awaited(&m.process.state))
                .sum()
        })
    }

    /// Everything before `until`, window by window.
    pub fn advance(&mut self, until: Time) -> Result<(), EngineError> {
        loop {
            let start = self.earliest();
            if start >= until {
                return Ok(());
            }
            self.window(start, until)?;
        }
    }

    /// One window from `start` on, to `until` at the latest.
    pub fn window(&mut self, start: Time, until: Time) -> Result<(), EngineError> {
        let end = self.pace.end(start, self.bound).min(until);
        let before = self.done.events;
        self.mail.wheel.begin(end);
        for block in 0..self.mail.wheel.agenda.blocks.len() {
            if self.mail.wheel.agenda.blocks[block] >= end {
                continue;
            }
            for place in self.mail.wheel.agenda.block(block) {
                if self.mail.wheel.agenda.next[place] < end {
                    self.visit(place, end)?;
                }
            }
            self.mail.wheel.agenda.refresh(block);
        }
        self.mail.wheel.close();
        self.done.windows += 1;
        let events = self.done.events - before;
        if let Some(width) = self.pace.adapt(events, end == until, self.bound) {
            self.mail.wheel.set_width(width);
        }
        Ok(())
    }

    /// Everything before `end` in one process.
    fn visit(&mut self, place: usize, end: Time) -> Result<(), EngineError> {
        let (world, lines, mail) = (self.world, self.lines, &mut self.mail);
        let Member {
            process,
            id,
            sweeps,
        } = &mut self.members[place];
        let before = self.awaited.map(|_| world.awaited(&process.state));
        mail.visit(place);
        mail.wheel.gather(place, &mut self.due);
        let next = if *sweeps {
            // Nothing depends on their order, but queues that are joined in order need no sorting.
            sort_nearly_sorted(&mut self.due, |a, b| a.at < b.at);
            mail.open(&self.due, &mut self.arrived);
            let with = (&mut self.arrived, &mut self.scratch);
            self.done.events += process.sweep(world, *id, end, with, lines, mail)?;
            world.wakes(&process.state)
        } else {
            process.run(world, *id, end, &mut self.due, lines, mail, &mut self.done)?;
            process.list.next_time()
        };
        self.due.clear();
        mail.wheel.agenda.next[place] = next;
        if let (Some(sum), Some(before)) = (self.awaited.as_mut(), before) {
            *sum += world.awaited(&process.state) - before;
        }
        Ok(())
    }
}
