//! Logical processes, the channels between them, and the trait in which world and engine meet.

use super::{FutureEventList, Key};
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

    /// An event of the process happens. It may join queues and schedule, but starts no service.
    fn handle(
        &self,
        process: &mut Self::Process,
        now: Time,
        event: Self::Event,
        out: &mut Outbox<'_, Self>,
    );

    /// A message arrives. As [`World::handle`].
    fn receive(
        &self,
        process: &mut Self::Process,
        now: Time,
        message: Self::Message,
        out: &mut Outbox<'_, Self>,
    );

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
        _out: &mut Outbox<'_, Self>,
    ) -> u64 {
        0
    }

    /// The earliest instant at which a process that sweeps has something to do besides what others send it;
    /// [`Time::MAX`] where there is none.
    fn wakes(&self, _process: &Self::Process) -> Time {
        Time::MAX
    }
}

/// An event or a message in a future event list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coming<E, M> {
    Event(E),
    Message(M),
    /// Messages that arrive together: a place in [`Bundles`].
    Bundle(u32),
}

/// Messages that arrive together, and their lists' memory, which is kept from one to the next.
#[derive(Clone, Debug)]
pub(super) struct Bundles<M> {
    arriving: Vec<Vec<M>>,
    free: Vec<u32>,
    spare: Vec<Vec<M>>,
}

impl<M> Bundles<M> {
    fn new() -> Self {
        Bundles {
            arriving: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn keep(&mut self, bundle: Vec<M>) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.arriving[place as usize] = bundle;
                place
            }
            None => {
                self.arriving.push(bundle);
                (self.arriving.len() - 1) as u32
            }
        }
    }

    fn take(arriving: &mut [Vec<M>], free: &mut Vec<u32>, place: u32) -> Vec<M> {
        free.push(place);
        std::mem::take(&mut arriving[place as usize])
    }
}

/// A logical process: its state and its future event list.
#[derive(Clone, Debug)]
pub struct LogicalProcess<W: World + ?Sized> {
    /// The world's state.
    pub state: W::Process,
    pub(super) list: FutureEventList<Coming<W::Event, W::Message>>,
    bundles: Bundles<W::Message>,
    /// What a process that sweeps has been sent and has not yet come to.
    inbox: Vec<(Time, W::Message)>,
    /// Of these, what is due in this window: its memory is kept from one to the next.
    due: Vec<(Time, W::Message)>,
}

/// Messages under way.
#[derive(Clone, Debug)]
pub(super) struct Sent<M> {
    pub to: ProcessId,
    pub key: Key,
    pub parcel: Parcel<M>,
}

/// One message, or several that arrive together.
#[derive(Clone, Debug)]
pub(super) enum Parcel<M> {
    One(M),
    Bundle(Vec<M>),
}

/// Where handling puts what it causes.
pub struct Outbox<'a, W: World + ?Sized> {
    process: ProcessId,
    now: Time,
    channels: &'a [Channel],
    list: &'a mut FutureEventList<Coming<W::Event, W::Message>>,
    sent: &'a mut Vec<Sent<W::Message>>,
    spare: &'a mut Vec<Vec<W::Message>>,
    error: &'a mut Option<EngineError>,
}

impl<W: World + ?Sized> Outbox<'_, W> {
    /// In a sweep: what is sent from here on was caused at `now`.
    pub fn cause_at(&mut self, now: Time) {
        self.now = now;
    }

    /// Schedules an event of the same process, after the present instant.
    pub fn schedule(&mut self, key: Key, event: W::Event) {
        if key.time() <= self.now {
            let broken = EngineError::NotAfterCause {
                process: self.process.0,
                now: self.now,
                at: key.time(),
            };
            self.error.get_or_insert(broken);
            return;
        }
        self.list.push(key, Coming::Event(event));
    }

    /// Sends `message` on `channel`; it is received at the key's time. The trap: a message below the
    /// channel's lookahead is refused, and the run ends in error.
    pub fn send(&mut self, channel: ChannelId, key: Key, message: W::Message) {
        if let Some(to) = self.checked(channel, key) {
            self.sent.push(Sent {
                to,
                key,
                parcel: Parcel::One(message),
            });
        }
    }

    /// Sends several messages that are received together, in this order, under one key: a train and its
    /// consignments. As [`Outbox::send`].
    pub fn send_all(
        &mut self,
        channel: ChannelId,
        key: Key,
        messages: impl IntoIterator<Item = W::Message>,
    ) {
        if let Some(to) = self.checked(channel, key) {
            let mut bundle = self.spare.pop().unwrap_or_default();
            bundle.extend(messages);
            self.sent.push(Sent {
                to,
                key,
                parcel: Parcel::Bundle(bundle),
            });
        }
    }

    /// The receiver, where the channel's promises are kept.
    fn checked(&mut self, channel: ChannelId, key: Key) -> Option<ProcessId> {
        let line = &self.channels[channel.0 as usize];
        if line.from != self.process {
            self.error.get_or_insert(EngineError::WrongChannel {
                process: self.process.0,
                channel: line.name.clone(),
            });
            return None;
        }
        if key.time() < self.now.saturating_add(line.lookahead) {
            self.error.get_or_insert(EngineError::BelowLookahead {
                channel: line.name.clone(),
                now: self.now,
                at: key.time(),
                lookahead: line.lookahead,
            });
            return None;
        }
        Some(line.to)
    }
}

impl<M> Parcel<M> {
    /// How many messages.
    pub fn len(&self) -> usize {
        match self {
            Parcel::One(_) => 1,
            Parcel::Bundle(bundle) => bundle.len(),
        }
    }
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

impl<W: World + ?Sized> LogicalProcess<W> {
    /// A process with its first events.
    pub fn new(state: W::Process, first: impl IntoIterator<Item = (Key, W::Event)>) -> Self {
        let mut list = FutureEventList::new();
        for (key, event) in first {
            list.push(key, Coming::Event(event));
        }
        LogicalProcess {
            state,
            list,
            bundles: Bundles::new(),
            inbox: Vec::new(),
            due: Vec::new(),
        }
    }

    /// Takes what another process sent.
    pub(super) fn deliver(&mut self, key: Key, parcel: Parcel<W::Message>) {
        let coming = match parcel {
            Parcel::One(message) => Coming::Message(message),
            Parcel::Bundle(bundle) => Coming::Bundle(self.bundles.keep(bundle)),
        };
        self.list.push(key, coming);
    }

    /// As [`LogicalProcess::deliver`], to a process that sweeps.
    pub(super) fn deliver_swept(&mut self, at: Time, parcel: Parcel<W::Message>) {
        match parcel {
            Parcel::One(message) => self.inbox.push((at, message)),
            Parcel::Bundle(bundle) => self.inbox.extend(bundle.into_iter().map(|m| (at, m))),
        }
    }

    /// When a process that sweeps next has something to do.
    pub(super) fn wakes(&self, world: &W) -> Time {
        let sent = self.inbox.iter().map(|(at, _)| *at).min();
        world.wakes(&self.state).min(sent.unwrap_or(Time::MAX))
    }

    /// Everything before `end` of a process that sweeps.
    pub(super) fn run_sweep(
        &mut self,
        world: &W,
        id: ProcessId,
        end: Time,
        channels: &[Channel],
        sent: &mut Vec<Sent<W::Message>>,
    ) -> Result<u64, EngineError> {
        let due = &mut self.due;
        self.inbox.retain(|one| {
            let later = one.0 >= end;
            if !later {
                due.push(*one);
            }
            later
        });
        let mut error = None;
        let mut out = Outbox {
            process: id,
            now: Time::ZERO,
            channels,
            list: &mut self.list,
            sent,
            spare: &mut self.bundles.spare,
            error: &mut error,
        };
        let events = world.sweep(&mut self.state, end, due, &mut out);
        due.clear();
        match error {
            Some(error) => Err(error),
            None => Ok(events),
        }
    }

    /// Handles everything at `now`, the process's next instant, and settles it.
    pub(super) fn run_instant(
        &mut self,
        world: &W,
        id: ProcessId,
        now: Time,
        channels: &[Channel],
        sent: &mut Vec<Sent<W::Message>>,
    ) -> Result<u64, EngineError> {
        let mut error = None;
        let mut events = 0;
        let mut last: Option<Key> = None;
        let Bundles {
            arriving,
            free,
            spare,
        } = &mut self.bundles;
        let mut out = Outbox {
            process: id,
            now,
            channels,
            list: &mut self.list,
            sent,
            spare,
            error: &mut error,
        };
        while let Some((key, coming)) = out.list.pop_at(now) {
            if last == Some(key) {
                return Err(EngineError::KeyNotUnique { process: id.0, key });
            }
            last = Some(key);
            match coming {
                Coming::Event(event) => {
                    events += 1;
                    world.handle(&mut self.state, now, event, &mut out);
                }
                Coming::Message(message) => {
                    events += 1;
                    world.receive(&mut self.state, now, message, &mut out);
                }
                Coming::Bundle(place) => {
                    let mut bundle = Bundles::take(arriving, free, place);
                    events += bundle.len() as u64;
                    for message in bundle.drain(..) {
                        world.receive(&mut self.state, now, message, &mut out);
                    }
                    out.spare.push(bundle);
                }
            }
            if out.error.is_some() {
                break;
            }
        }
        if out.error.is_none() {
            world.settle(&mut self.state, now, &mut out);
        }
        match error {
            Some(error) => Err(error),
            None => Ok(events),
        }
    }
}
