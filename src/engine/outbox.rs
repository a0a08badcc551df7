//! Where handling puts what it causes, and the traps on the way: below the lookahead, a channel of another's, an effect
//! not after its cause.

use super::mail::{Mail, Sent};
use super::process::Coming;
use super::wheel::Item;
use super::{Channel, ChannelId, EngineError, FutureEventList, Key, ProcessId, World};
use crate::time::{Span, Time};

/// A channel as sending needs it; who reads errors reads its name in [`Lines::channels`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub from: u32,
    /// The receiver's place in the execution's order of visits.
    pub to: u32,
    pub lookahead: Span,
}

/// All channels of an execution.
pub(super) struct Lines<'a> {
    pub lines: Vec<Line>,
    pub channels: &'a [Channel],
}

impl<'a> Lines<'a> {
    /// The channels, with `place` of each receiver.
    pub fn new(channels: &'a [Channel], place: impl Fn(ProcessId) -> u32) -> Self {
        let line = |c: &Channel| Line {
            from: c.from.0,
            to: place(c.to),
            lookahead: c.lookahead,
        };
        Lines {
            lines: channels.iter().map(line).collect(),
            channels,
        }
    }

    /// The channels, processes in their own order.
    pub fn straight(channels: &'a [Channel]) -> Self {
        Self::new(channels, |process| process.0)
    }
}

/// Where handling puts what it causes.
pub struct Outbox<'a, W: World + ?Sized> {
    pub(super) world: &'a W,
    pub(super) process: ProcessId,
    pub(super) now: Time,
    pub(super) lines: &'a Lines<'a>,
    pub(super) list: &'a mut FutureEventList<Coming<W::Event, W::Message>>,
    pub(super) mail: &'a mut Mail<W::Message>,
}

impl<W: World + ?Sized> Outbox<'_, W> {
    /// In a sweep: what is sent from here on was caused at `now`.
    pub fn cause_at(&mut self, now: Time) {
        self.now = now;
    }

    /// Schedules an event of the same process, after the present instant.
    #[inline]
    pub fn schedule(&mut self, key: Key, event: W::Event) {
        if key.time() > self.now {
            self.list.push(key, Coming::Event(event));
        } else {
            self.refuse_event(key);
        }
    }

    #[cold]
    fn refuse_event(&mut self, key: Key) {
        let broken = EngineError::NotAfterCause {
            process: self.process.0,
            now: self.now,
            at: key.time(),
        };
        self.mail.error.get_or_insert(broken);
    }

    /// Sends `message` on `channel`; it is received at the key's time. The trap: a message below the
    /// channel's lookahead is refused, and the run ends in error.
    pub fn send(&mut self, channel: ChannelId, key: Key, message: W::Message) {
        if let Some(to) = self.checked(channel, key) {
            self.mail.count += 1;
            self.deliver(to, key, Item::<W::Message>::ALONE, message);
        }
    }

    /// As [`Outbox::send`], for a message that is received at `at` and whose key follows from it ([`World::key_of`]).
    #[inline]
    pub fn send_plain(&mut self, channel: ChannelId, at: Time, message: W::Message) {
        let line = self.lines.lines[channel.0 as usize];
        let due = at >= self.now.saturating_add(line.lookahead);
        let here = at < self.mail.wheel.end && line.to == self.mail.here;
        if self.mail.straight || line.from != self.process.0 || !due || here {
            if let Some(key) = self.world.key_of(at, &message) {
                self.send(channel, key, message);
            }
            return;
        }
        debug_assert!(self.world.key_of(at, &message).is_some());
        self.mail.count += 1;
        let alone = Item::<W::Message>::ALONE;
        self.mail.post(line.to, at, alone, message);
    }

    /// As [`Outbox::send_plain`], of several messages, each caused at the first instant and received at the second.
    #[inline]
    pub fn send_plain_each(
        &mut self,
        channel: ChannelId,
        each: impl Iterator<Item = (Time, Time, W::Message)>,
    ) {
        let line = self.lines.lines[channel.0 as usize];
        let local = self.mail.local(line.to);
        let common = !self.mail.straight && line.from == self.process.0;
        let here = line.to == self.mail.here;
        for (cause, at, message) in each {
            let due = at >= cause.saturating_add(line.lookahead);
            let to_itself = here && at < self.mail.wheel.end;
            match local {
                Some(local) if common && due && !to_itself => {
                    debug_assert!(self.world.key_of(at, &message).is_some());
                    self.mail.count += 1;
                    self.mail.post_local(local, at, message);
                }
                _ => {
                    self.cause_at(cause);
                    self.send_plain(channel, at, message);
                }
            }
        }
    }

    /// Sends several messages that are received together, in this order, under one key: a train and its
    /// consignments. Otherwise as [`Outbox::send`].
    pub fn send_all(
        &mut self,
        channel: ChannelId,
        key: Key,
        first: W::Message,
        others: impl IntoIterator<Item = W::Message>,
    ) {
        if let Some(to) = self.checked(channel, key) {
            let mut bundle = self.mail.kept.spare();
            bundle.push(first);
            bundle.extend(others);
            self.mail.count += bundle.len() as u64;
            let kept = self.mail.kept.keep(key, bundle);
            self.deliver(to, key, kept, first);
        }
    }

    /// Sends what has been checked; `kept` is the place of a bundle, of which `message` is the first.
    fn deliver(&mut self, to: u32, key: Key, mut kept: u32, message: W::Message) {
        let at = key.time();
        if self.mail.straight {
            let to = ProcessId(to);
            let sent = Sent {
                to,
                key,
                kept,
                message,
            };
            self.mail.sent.push(sent);
            return;
        }
        if self.mail.to_itself(to, at) {
            // To itself within the window: what is due has been gathered already.
            self.list.push(key, Coming::sent(kept, message));
            return;
        }
        if kept == Item::<W::Message>::ALONE && self.world.key_of(at, &message) != Some(key) {
            kept = self.mail.kept.keep(key, Vec::new());
        }
        self.mail.post(to, at, kept, message);
    }

    /// The receiver's place, where the channel's promises are kept.
    fn checked(&mut self, channel: ChannelId, key: Key) -> Option<u32> {
        let line = self.lines.lines[channel.0 as usize];
        if line.from == self.process.0 && key.time() >= self.now.saturating_add(line.lookahead) {
            return Some(line.to);
        }
        self.refuse(channel, key);
        None
    }

    #[cold]
    fn refuse(&mut self, channel: ChannelId, key: Key) {
        let channel = &self.lines.channels[channel.0 as usize];
        let broken = if channel.from != self.process {
            EngineError::WrongChannel {
                process: self.process.0,
                channel: channel.name.clone(),
            }
        } else {
            EngineError::BelowLookahead {
                channel: channel.name.clone(),
                now: self.now,
                at: key.time(),
                lookahead: channel.lookahead,
            }
        };
        self.mail.error.get_or_insert(broken);
    }
}
