//! Windows on one thread: a part of an execution's processes, visited in an order in which short channels lead forward.
//!
//! Within a window everything due to a process is done at once, while its state is in the cache. What it sends to a
//! process later in the order may be due in the same window; so only channels that lead back bound the window. Processes
//! that no channel joins to the others of the part, a section of it, go through many windows before the next section's
//! turn.

use super::mail::{Abroad, Mail};
use super::outbox::Lines;
use super::plan::Pace;
use super::wheel::Due;
use super::{EngineError, Execution, LogicalProcess, ProcessId, Stop, World, sort_nearly_sorted};
use crate::time::{Span, Time};

/// A process of a part.
pub(super) struct Member<'a, W: World> {
    pub process: &'a mut LogicalProcess<W>,
    pub id: ProcessId,
    pub sweeps: bool,
}

/// Processes of a part to which no other of it sends, nor they to others: they go ahead of the others as far as the part
/// may go, so that their state stays in the cache.
pub(super) struct Section<'a, W: World> {
    members: Vec<Member<'a, W>>,
    mail: Mail<W::Message>,
    /// No window is longer: the least lookahead of a channel that leads back.
    bound: Span,
    pace: Pace,
    /// The number awaited, kept from the first question for it on.
    awaited: Option<i64>,
    done: Execution,
}

/// Processes that are advanced by one thread at a time.
pub(super) struct Part<'a, W: World> {
    hand: Hand<'a, W>,
    sections: Vec<Section<'a, W>>,
    /// For each part, what has been sent there in this window.
    pub abroad: Vec<Abroad<W::Message>>,
}

/// What is at hand where a process is visited, whichever it is: lists that are empty before and after.
struct Hand<'a, W: World> {
    world: &'a W,
    lines: &'a Lines<'a>,
    /// What is due to the process that is visited.
    due: Vec<Due>,
    arrived: Vec<(Time, W::Message)>,
    scratch: W::Scratch,
}

impl<'a, W: World> Hand<'a, W> {
    fn new(world: &'a W, lines: &'a Lines<'a>) -> Self {
        Hand {
            world,
            lines,
            due: Vec::new(),
            arrived: Vec::new(),
            scratch: W::Scratch::default(),
        }
    }
}

impl<'a, W: World> Section<'a, W> {
    /// These processes, of whose messages `mail` knows.
    pub fn new(
        world: &W,
        members: Vec<Member<'a, W>>,
        mut mail: Mail<W::Message>,
        bound: Span,
        pace: Pace,
    ) -> Self {
        for (place, member) in members.iter().enumerate() {
            mail.wheel.agenda.lower(place, member.process.wakes(world));
        }
        mail.wheel.set_width(pace.slot());
        Section {
            members,
            mail,
            bound,
            pace,
            awaited: None,
            done: Execution::default(),
        }
    }

    /// When something next happens here, or a little before.
    fn earliest(&self) -> Time {
        let wheel = &self.mail.wheel;
        wheel.agenda.earliest().min(wheel.earliest())
    }

    /// How many are awaited by the account of its processes.
    fn awaited(&mut self, world: &W) -> i64 {
        let members = &self.members;
        *self.awaited.get_or_insert_with(|| {
            members
                .iter()
                .map(|m| world.awaited(&m.process.state))
                .sum()
        })
    }

    /// Adds what it has done.
    fn add_to(&self, sum: &mut Execution) {
        sum.events += self.done.events;
        sum.within += self.done.within;
        sum.instants += self.done.instants;
        sum.windows += self.done.windows;
        sum.messages += self.mail.count;
    }

    /// Everything to its end, where nothing comes from elsewhere.
    fn finish(&mut self, hand: &mut Hand<'_, W>, stop: Stop) -> Result<(), EngineError> {
        loop {
            let start = self.earliest();
            if start > stop.drain_end
                || start == Time::MAX
                || start > stop.horizon && self.awaited(hand.world) == 0
            {
                for member in self.members.iter_mut().filter(|m| m.sweeps) {
                    hand.world
                        .close(&mut member.process.state, &mut hand.scratch);
                }
                return Ok(());
            }
            self.window(hand, start, stop.limit(start))?;
            if start <= stop.horizon {
                self.done.within = self.done.events;
            }
        }
    }

    /// Everything before `until`, window by window.
    fn advance(&mut self, hand: &mut Hand<'_, W>, until: Time) -> Result<(), EngineError> {
        loop {
            let start = self.earliest();
            if start >= until {
                return Ok(());
            }
            self.window(hand, start, until)?;
        }
    }

    /// One window from `start` on, to `until` at the latest.
    fn window(
        &mut self,
        hand: &mut Hand<'_, W>,
        start: Time,
        until: Time,
    ) -> Result<(), EngineError> {
        let end = self.pace.end(start, self.bound).min(until);
        let before = self.done.events;
        self.mail.wheel.begin(end);
        for block in 0..self.mail.wheel.agenda.blocks.len() {
            if self.mail.wheel.agenda.blocks[block] >= end {
                continue;
            }
            for place in self.mail.wheel.agenda.block(block) {
                if self.mail.wheel.agenda.next[place] < end {
                    self.visit(hand, place, end)?;
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
    fn visit(
        &mut self,
        hand: &mut Hand<'_, W>,
        place: usize,
        end: Time,
    ) -> Result<(), EngineError> {
        let (world, lines, mail) = (hand.world, hand.lines, &mut self.mail);
        let Member {
            process,
            id,
            sweeps,
        } = &mut self.members[place];
        let before = self.awaited.map(|_| world.awaited(&process.state));
        mail.visit(place);
        mail.wheel.gather(place, &mut hand.due);
        let next = if *sweeps {
            // Nothing depends on their order, but queues that are joined in order need no sorting.
            sort_nearly_sorted(&mut hand.due, |one| one.at.ms(), |_, _| false);
            mail.open(&hand.due, &mut hand.arrived);
            let with = (&mut hand.arrived, &mut hand.scratch);
            self.done.events += process.sweep(world, *id, end, with, lines, mail)?;
            world.wakes(&process.state)
        } else {
            process.run(world, *id, end, &mut hand.due, lines, mail, &mut self.done)?;
            process.list.next_time()
        };
        hand.due.clear();
        mail.wheel.agenda.next[place] = next;
        if let (Some(sum), Some(before)) = (self.awaited.as_mut(), before) {
            *sum += world.awaited(&process.state) - before;
        }
        Ok(())
    }
}

impl<'a, W: World> Part<'a, W> {
    /// Of these sections; `parts` is the number of all parts.
    pub fn new(
        world: &'a W,
        lines: &'a Lines<'a>,
        sections: Vec<Section<'a, W>>,
        parts: usize,
    ) -> Self {
        Part {
            hand: Hand::new(world, lines),
            sections,
            abroad: (0..parts).map(|_| Abroad::default()).collect(),
        }
    }

    /// When something next happens here, or a little before.
    pub fn earliest(&self) -> Time {
        let each = self.sections.iter().map(Section::earliest);
        each.min().unwrap_or(Time::MAX)
    }

    /// How many are awaited by the account of this part's processes.
    pub fn awaited(&mut self) -> i64 {
        let world = self.hand.world;
        self.sections.iter_mut().map(|s| s.awaited(world)).sum()
    }

    /// What another part has sent here; `from` is left empty.
    pub fn receive(&mut self, from: &mut Abroad<W::Message>) {
        from.earliest = Time::MAX;
        for item in from.items.drain(..) {
            self.mail_of(item.link).receive(item);
        }
        for (item, key, bundle) in from.kept.drain(..) {
            self.mail_of(item.link).receive_kept(item, key, bundle);
        }
    }

    fn mail_of(&mut self, place: u32) -> &mut Mail<W::Message> {
        let section = self.sections.partition_point(|s| s.mail.ends_by(place));
        &mut self.sections[section].mail
    }

    /// Everything before `until`, section by section.
    pub fn advance(&mut self, until: Time) -> Result<(), EngineError> {
        for section in &mut self.sections {
            std::mem::swap(&mut section.mail.abroad, &mut self.abroad);
            let done = section.advance(&mut self.hand, until);
            std::mem::swap(&mut section.mail.abroad, &mut self.abroad);
            done?;
        }
        Ok(())
    }

    /// What it has done.
    pub fn done(&self) -> Execution {
        let mut sum = Execution::default();
        self.sections.iter().for_each(|s| s.add_to(&mut sum));
        sum
    }
}

/// Runs `sections` one after the other, each to the end of the run, where there is no other part: a section ends when
/// nothing awaited is inside, as the run does, since what others do is nothing to it.
pub(super) fn finish<'a, W: World>(
    world: &'a W,
    lines: &'a Lines<'a>,
    sections: impl Iterator<Item = Section<'a, W>>,
    stop: Stop,
) -> Result<Execution, EngineError> {
    let (mut hand, mut sum) = (Hand::new(world, lines), Execution::default());
    for mut section in sections {
        section.finish(&mut hand, stop)?;
        section.add_to(&mut sum);
    }
    Ok(sum)
}
