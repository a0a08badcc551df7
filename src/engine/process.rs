//! Logical processes, the channels between them, and the trait in which world and engine meet.

use super::mail::{Mail, Sent};
use super::outbox::{Lines, Outbox};
use super::wheel::{Due, Item};
use super::{Execution, FutureEventList, Key};
use crate::time::{Span, Time};

/// A logical process's position in the execution's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProcessId(pub u32);

/// A channel's position in the execution's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelId(pub u32);

/// A way for messages from one logical process to another. Its `lookahead` is a promise: no message on it
/// is stamped earlier than the sender's now plus this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Sender.
    pub from: ProcessId,
    /// Receiver.
    pub to: ProcessId,
    /// Least delay of any message; positive.
    pub lookahead: Span,
    /// For people, such as `transit alashankou-dostyk`.
    pub name: String,
}

/// A promise that was broken during a run: a defect of the program, never of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A message was stamped below its channel's lookahead.
    #[error(
        "a message on channel `{channel}` sent at {now} for {at} is below the channel's lookahead of {lookahead}"
    )]
    BelowLookahead {
        /// The channel's name.
        channel: String,
        /// When it was sent.
        now: Time,
        /// When it would have been received.
        at: Time,
        /// The promise.
        lookahead: Span,
    },
    /// An event was scheduled at or before the present instant.
    #[error(
        "logical process {process} scheduled an event for {at} at {now}: an effect not after its cause"
    )]
    NotAfterCause {
        /// The process.
        process: u32,
        /// When it was scheduled.
        now: Time,
        /// When it would have happened.
        at: Time,
    },
    /// Two events of one process had the same key.
    #[error("logical process {process} has two events of the key {key:?}")]
    KeyNotUnique {
        /// The process.
        process: u32,
        /// The key.
        key: Key,
    },
    /// A message was sent on a channel of another process.
    #[error("logical process {process} sent on channel `{channel}`, which is not its own")]
    WrongChannel {
        /// The process.
        process: u32,
        /// The channel's name.
        channel: String,
    },
}

/// The world: what happens. A logical process owns its state; handling gets `&mut` that state, the world
/// itself (immutable), and an outbox. It touches another process only by a message, by value, of at most 32
/// bytes, stamped no earlier than now plus the lookahead of the channel.
pub trait World: Sync {
    /// The state that one logical process owns.
    type Process: Send;
    /// What will happen within a process.
    type Event: Copy + Send;
    /// What one process tells another.
    type Message: Copy + Send;
    /// What a sweep needs besides, and leaves empty: one for all processes that a thread sweeps, so that its memory stays
    /// in the cache. `()` where nothing sweeps.
    type Scratch: Default + Send;

    /// An event of the process happens. It may join queues and schedule, but starts no service.
    fn handle(
        &self,
        process: &mut Self::Process,
        now: Time,
        event: Self::Event,
        out: &mut Outbox<'_, Self>,
    );

    /// The only event of its instant: as [`World::handle`], then [`World::settle`].
    #[inline]
    fn handle_alone(
        &self,
        process: &mut Self::Process,
        now: Time,
        event: Self::Event,
        out: &mut Outbox<'_, Self>,
    ) {
        self.handle(process, now, event, out);
        self.settle(process, now, out);
    }

    /// A message arrives. As [`World::handle`].
    fn receive(
        &self,
        process: &mut Self::Process,
        now: Time,
        message: Self::Message,
        out: &mut Outbox<'_, Self>,
    );

    /// Messages that were sent together arrive, in their order: as [`World::receive`] for each.
    #[inline]
    fn receive_together(
        &self,
        process: &mut Self::Process,
        now: Time,
        messages: &[Self::Message],
        out: &mut Outbox<'_, Self>,
    ) {
        for message in messages {
            self.receive(process, now, *message, out);
        }
    }

    /// The only message of its instant: as [`World::receive`], then [`World::settle`].
    #[inline]
    fn receive_alone(
        &self,
        process: &mut Self::Process,
        now: Time,
        message: Self::Message,
        out: &mut Outbox<'_, Self>,
    ) {
        self.receive(process, now, message, out);
        self.settle(process, now, out);
    }

    /// All events of the instant have been handled: dispatch and unblocking, until nothing changes.
    fn settle(&self, process: &mut Self::Process, now: Time, out: &mut Outbox<'_, Self>);

    /// Entities whose end the run waits for that have entered through this process, less those that left
    /// through it; the sum over all processes is the number still inside.
    fn awaited(&self, process: &Self::Process) -> i64;

    /// True for a process that is advanced window by window ([`World::sweep`]) rather than instant by instant: one
    /// whose ends of service follow from its arrivals at once. The same for the whole run.
    fn sweeps(&self, _process: &Self::Process) -> bool {
        false
    }

    /// Everything that happens before `end` in a process that sweeps. `arrived` holds the messages due before `end`
    /// and not given before, in no order; it is left empty. Nothing is scheduled: what is to come after `end` the process keeps
    /// itself. [`Outbox::cause_at`] says when what is sent was caused. Returns the events handled.
    fn sweep(
        &self,
        _process: &mut Self::Process,
        _end: Time,
        _arrived: &mut Vec<(Time, Self::Message)>,
        _scratch: &mut Self::Scratch,
        _out: &mut Outbox<'_, Self>,
    ) -> u64 {
        0
    }

    /// The earliest instant at which a process that sweeps has something to do besides what others send it;
    /// [`Time::MAX`] where there is none.
    fn wakes(&self, _process: &Self::Process) -> Time {
        Time::MAX
    }

    /// The run is over for a process that sweeps: what only further sweeps need, it may leave to the processes after it.
    fn close(&self, _process: &mut Self::Process, _scratch: &mut Self::Scratch) {}

    /// The key of a message that is received at `at`, where it follows from the message: such a message is kept without
    /// its key, and takes less room while it is under way. `None` is always right.
    fn key_of(&self, _at: Time, _message: &Self::Message) -> Option<Key> {
        None
    }
}

/// An event or a message in a future event list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coming<E, M> {
    Event(E),
    Message(M),
    /// Messages that arrive together: a place in [`Kept`](super::mail::Kept).
    Bundle(u32),
}

impl<E, M> Coming<E, M> {
    /// A message, or the bundle at place `kept`.
    pub fn sent(kept: u32, message: M) -> Self {
        match kept {
            Item::<M>::ALONE => Coming::Message(message),
            bundle => Coming::Bundle(bundle),
        }
    }
}

/// A logical process: its state and its future event list.
#[derive(Clone, Debug)]
pub struct LogicalProcess<W: World + ?Sized> {
    /// The world's state.
    pub state: W::Process,
    pub(super) list: FutureEventList<Coming<W::Event, W::Message>>,
}

/// When a run ends: at the first instant after `horizon` at which nothing awaited is inside, at the latest
/// after `drain_end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// No run ends before.
    pub horizon: Time,
    /// Nothing happens after.
    pub drain_end: Time,
}

impl Stop {
    /// Where a window that starts at `start` ends at the latest: with the horizon, so that what happened by then can be
    /// told from what happened after, or with the drain.
    pub(super) fn limit(&self, start: Time) -> Time {
        let last = if start <= self.horizon {
            self.horizon.min(self.drain_end)
        } else {
            self.drain_end
        };
        last.saturating_add(Span::TICK)
    }
}

impl<W: World + ?Sized> LogicalProcess<W> {
    /// A process with its first events.
    pub fn new(state: W::Process, first: impl IntoIterator<Item = (Key, W::Event)>) -> Self {
        let mut list = FutureEventList::new();
        for (key, event) in first {
            list.push(key, Coming::Event(event));
        }
        LogicalProcess { state, list }
    }

    /// Takes what another process sent.
    pub(super) fn deliver(&mut self, sent: Sent<W::Message>) {
        let coming = Coming::sent(sent.kept, sent.message);
        self.list.push(sent.key, coming);
    }

    /// When it next has something to do besides what is sent to it.
    pub(super) fn wakes(&self, world: &W) -> Time {
        if world.sweeps(&self.state) {
            world.wakes(&self.state)
        } else {
            self.list.next_time()
        }
    }

    /// Everything before `end` of a process that sweeps; `arrived` is what was sent, and is left empty.
    pub(super) fn sweep(
        &mut self,
        world: &W,
        id: ProcessId,
        end: Time,
        (arrived, scratch): (&mut Vec<(Time, W::Message)>, &mut W::Scratch),
        lines: &Lines<'_>,
        mail: &mut Mail<W::Message>,
    ) -> Result<u64, EngineError> {
        let mut out = Outbox {
            world,
            process: id,
            now: Time::ZERO,
            lines,
            list: &mut self.list,
            mail,
        };
        let events = world.sweep(&mut self.state, end, arrived, scratch, &mut out);
        arrived.clear();
        match mail.error.take() {
            Some(error) => Err(error),
            None => Ok(events),
        }
    }

    /// Everything before `end` of a process that goes from instant to instant: its own events and what is `due` to it,
    /// merged by key; each instant is settled once.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn run(
        &mut self,
        world: &W,
        id: ProcessId,
        end: Time,
        due: &mut [Due],
        lines: &Lines<'_>,
        mail: &mut Mail<W::Message>,
        done: &mut Execution,
    ) -> Result<(), EngineError> {
        if due.len() > 1 {
            mail.sort(world, due);
        }
        let mut due = &*due;
        let state = &mut self.state;
        let mut out = Outbox {
            world,
            process: id,
            now: Time::ZERO,
            lines,
            list: &mut self.list,
            mail,
        };
        loop {
            let own = out.list.next_time();
            let sent = due.first().map_or(Time::MAX, |d| d.at);
            let now = own.min(sent);
            if now >= end {
                return Ok(());
            }
            out.now = now;
            let after = due.get(1).map_or(Time::MAX, |d| d.at);
            // Alone in its instant, as most are: no key has to be compared.
            let place = if own < sent {
                out.list.take_alone()
            } else {
                None
            };
            if let Some(place) = place
                && let Coming::Event(event) = out.list.at(place)
            {
                let event = *event;
                world.handle_alone(state, now, event, &mut out);
                done.events += 1;
                done.instants += 1;
                if out.mail.error.is_some() {
                    return out.mail.error.take().map_or(Ok(()), Err);
                }
                continue;
            }
            let alone = if let Some(place) = place {
                Some(*out.list.at(place))
            } else if sent < own && sent < after {
                let place = due[0].place;
                due = &due[1..];
                Some(out.mail.take(place))
            } else {
                None
            };
            match alone {
                Some(Coming::Message(message)) => {
                    world.receive_alone(state, now, message, &mut out);
                    done.events += 1;
                }
                Some(coming) => {
                    done.events += out.happens(state, coming);
                    world.settle(state, now, &mut out);
                }
                None => {
                    done.events += out.instant(state, &mut due)?;
                    world.settle(state, now, &mut out);
                }
            }
            done.instants += 1;
            if out.mail.error.is_some() {
                return out.mail.error.take().map_or(Ok(()), Err);
            }
        }
    }
}

impl<W: World + ?Sized> Outbox<'_, W> {
    /// Something happens; gives how many events that is.
    #[inline]
    fn happens(&mut self, state: &mut W::Process, coming: Coming<W::Event, W::Message>) -> u64 {
        let now = self.now;
        match coming {
            Coming::Event(event) => self.world.handle(state, now, event, self),
            Coming::Message(message) => self.world.receive(state, now, message, self),
            Coming::Bundle(place) => {
                let (_, bundle) = self.mail.kept.take(place);
                self.world.receive_together(state, now, &bundle, self);
                let events = bundle.len() as u64;
                self.mail.kept.give_back(bundle);
                return events;
            }
        }
        1
    }

    /// All that happens at one instant, own events and what was sent merged by key.
    fn instant(&mut self, state: &mut W::Process, due: &mut &[Due]) -> Result<u64, EngineError> {
        let now = self.now;
        let mut last: Option<Key> = None;
        let mut events = 0;
        loop {
            let own = self.list.next_time() == now;
            let sent = due.first().filter(|d| d.at == now);
            let sent = sent.map(|d| (self.mail.key(self.world, d.place), d.place));
            let (key, coming) = match sent {
                Some((key, place)) if !own || self.list.next_key().is_none_or(|own| key <= own) => {
                    *due = &due[1..];
                    (key, self.mail.take(place))
                }
                _ if own => match self.list.pop() {
                    Some(next) => next,
                    None => return Ok(events),
                },
                _ => return Ok(events),
            };
            if last == Some(key) {
                let process = self.process.0;
                return Err(EngineError::KeyNotUnique { process, key });
            }
            last = Some(key);
            events += self.happens(state, coming);
            if self.mail.error.is_some() {
                return self.mail.error.take().map_or(Ok(events), Err);
            }
        }
    }
}
