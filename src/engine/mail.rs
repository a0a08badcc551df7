//! The messages of one section of an execution: those to its own processes, and those that leave it.

use std::sync::Arc;

use super::process::Coming;
use super::wheel::{Due, Item, Wheel};
use super::{EngineError, Key, ProcessId, World};
use crate::time::Time;

/// Keys that do not follow from their messages, and messages that arrive together.
pub(super) struct Kept<M> {
    entries: Vec<(Key, Vec<M>)>,
    free: Vec<u32>,
    spare: Vec<Vec<M>>,
}

impl<M> Kept<M> {
    pub fn new() -> Self {
        Kept {
            entries: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// An empty list, with memory that was used before where there is some.
    pub fn spare(&mut self) -> Vec<M> {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps a key and its bundle; the bundle is empty for a single message.
    pub fn keep(&mut self, key: Key, bundle: Vec<M>) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.entries[place as usize] = (key, bundle);
                place
            }
            None => {
                self.entries.push((key, bundle));
                (self.entries.len() - 1) as u32
            }
        }
    }

    pub fn key(&self, place: u32) -> Key {
        self.entries[place as usize].0
    }

    /// True for several messages that arrive together.
    pub fn is_bundle(&self, place: u32) -> bool {
        !self.entries[place as usize].1.is_empty()
    }

    pub fn take(&mut self, place: u32) -> (Key, Vec<M>) {
        self.free.push(place);
        let (key, bundle) = &mut self.entries[place as usize];
        (*key, std::mem::take(bundle))
    }

    /// A bundle whose messages have been received.
    pub fn give_back(&mut self, mut bundle: Vec<M>) {
        if bundle.capacity() > 0 {
            bundle.clear();
            self.spare.push(bundle);
        }
    }
}

/// A message that the executor itself gives to its receiver after the instant.
#[derive(Clone, Debug)]
pub(super) struct Sent<M> {
    pub to: ProcessId,
    pub key: Key,
    /// A bundle's place in [`Kept`], or [`Item::ALONE`].
    pub kept: u32,
    pub message: M,
}

/// What leaves for another part.
pub(super) struct Abroad<M> {
    /// When the first is due; [`Time::MAX`] where there is nothing.
    pub earliest: Time,
    pub items: Vec<Item<M>>,
    /// As above, with what [`Kept`] held.
    pub kept: Vec<(Item<M>, Key, Vec<M>)>,
}

impl<M> Default for Abroad<M> {
    fn default() -> Self {
        Abroad {
            earliest: Time::MAX,
            items: Vec::new(),
            kept: Vec::new(),
        }
    }
}

/// The messages of one section of a part.
pub(super) struct Mail<M> {
    /// Messages go by [`Mail::sent`], there is no wheel: executors that go from instant to instant.
    pub straight: bool,
    pub sent: Vec<Sent<M>>,
    /// Place of the process that is being visited.
    pub here: u32,
    /// The place of its first process; places of a section follow one another.
    base: u32,
    len: u32,
    pub wheel: Wheel<M>,
    pub kept: Kept<M>,
    /// For each part, what has been sent there in this window; it has them while its processes are visited.
    pub abroad: Vec<Abroad<M>>,
    /// The part of each place.
    owner: Arc<[u16]>,
    /// The first promise that was broken.
    pub error: Option<EngineError>,
    /// Messages sent, each of a bundle.
    pub count: u64,
}

impl<M: Copy> Mail<M> {
    /// For `len` processes from place `base` on; `owner` gives the part of each place.
    pub fn new(base: u32, len: usize, owner: Arc<[u16]>) -> Self {
        Mail {
            straight: false,
            sent: Vec::new(),
            here: base,
            base,
            len: len as u32,
            wheel: Wheel::new(len),
            kept: Kept::new(),
            abroad: Vec::new(),
            owner,
            error: None,
            count: 0,
        }
    }

    /// For executors that give each message to its receiver themselves.
    pub fn straight() -> Self {
        Mail {
            straight: true,
            ..Self::new(0, 0, Arc::new([]))
        }
    }

    /// The process at this place of the part is visited.
    pub fn visit(&mut self, place: usize) {
        self.here = self.base + place as u32;
    }

    /// True for what can be given to its sender at once: due to itself within the window.
    pub fn to_itself(&self, to: u32, at: Time) -> bool {
        to == self.here && at < self.wheel.end
    }

    /// The place of a process in this section, where it is one of it.
    #[inline]
    pub fn local(&self, to: u32) -> Option<u32> {
        let local = to.wrapping_sub(self.base);
        (local < self.len).then_some(local)
    }

    /// Sends a single message whose key follows from it to a process of this section, by [`Mail::local`].
    #[inline(always)]
    pub fn post_local(&mut self, local: u32, at: Time, message: M) {
        self.put(Item {
            at,
            link: local,
            kept: Item::<M>::ALONE,
            message,
        });
    }

    /// Into this window, or into the wheel.
    #[inline(always)]
    fn put(&mut self, item: Item<M>) {
        if item.at >= self.wheel.end {
            self.wheel.put(item);
        } else {
            debug_assert!(
                self.base + item.link > self.here,
                "only who comes later is sent to within the window"
            );
            self.wheel.put_due(item);
        }
    }

    /// Sends to the process at place `to`: into this window, into the wheel, or to another part.
    #[inline]
    pub fn post(&mut self, to: u32, at: Time, kept: u32, message: M) {
        let mut item = Item {
            at,
            link: to,
            kept,
            message,
        };
        if let Some(local) = self.local(to) {
            item.link = local;
            self.put(item);
            return;
        }
        let abroad = &mut self.abroad[usize::from(self.owner[to as usize])];
        abroad.earliest = abroad.earliest.min(at);
        if kept == Item::<M>::ALONE {
            abroad.items.push(item);
        } else {
            let (key, bundle) = self.kept.take(kept);
            abroad.kept.push((item, key, bundle));
        }
    }

    /// True where its last process has a place before `place`.
    pub fn ends_by(&self, place: u32) -> bool {
        self.base + self.len <= place
    }

    /// What another part has sent to one of its processes.
    pub fn receive(&mut self, mut item: Item<M>) {
        item.link -= self.base;
        self.wheel.put(item);
    }

    /// As [`Mail::receive`], with what [`Kept`] held there.
    pub fn receive_kept(&mut self, mut item: Item<M>, key: Key, bundle: Vec<M>) {
        item.kept = self.kept.keep(key, bundle);
        self.receive(item);
    }

    /// The key of a due message.
    pub fn key<W: World<Message = M> + ?Sized>(&self, world: &W, place: u32) -> Key {
        let item = self.wheel.item(place);
        match item.kept {
            Item::<M>::ALONE => world
                .key_of(item.at, &item.message)
                .expect("an item without a kept key has one that follows from its message"),
            kept => self.kept.key(kept),
        }
    }

    /// Puts due messages in the order of their keys.
    pub fn sort<W: World<Message = M> + ?Sized>(&self, world: &W, due: &mut [Due]) {
        due.sort_unstable_by(|a, b| {
            a.at.cmp(&b.at)
                .then_with(|| self.key(world, a.place).cmp(&self.key(world, b.place)))
        });
    }

    /// A due message, as it comes.
    #[inline]
    pub fn take<E>(&mut self, place: u32) -> Coming<E, M> {
        let &Item { kept, message, .. } = self.wheel.item(place);
        if kept == Item::<M>::ALONE {
            return Coming::Message(message);
        }
        if self.kept.is_bundle(kept) {
            return Coming::Bundle(kept);
        }
        self.kept.take(kept);
        Coming::Message(message)
    }

    /// Due messages to a process that sweeps, each of a bundle, in no order.
    pub fn open(&mut self, due: &[Due], into: &mut Vec<(Time, M)>) {
        for &Due { at, place } in due {
            match self.take::<()>(place) {
                Coming::Bundle(kept) => {
                    let (_, bundle) = self.kept.take(kept);
                    into.extend(bundle.iter().map(|message| (at, *message)));
                    self.kept.give_back(bundle);
                }
                Coming::Message(message) => into.push((at, message)),
                Coming::Event(()) => {}
            }
        }
    }
}
