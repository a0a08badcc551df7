//! Messages under way: a wheel of slots in several levels, and what is due in the present window, by receiver.
//!
//! A message lies in a page of its slot; a slot of a higher level is spread over the lower ones when its time comes
//! (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987), so that no span is too long and no message is
//! looked at more than once a level. Pages go back to a pool: memory follows what is under way now, not what once was.

use super::agenda::Agenda;
use crate::time::Time;

/// No page, no item.
pub(super) const NONE: u32 = u32::MAX;
/// Items a page: few enough that a slot with one message wastes little, enough that a page costs nothing an item.
const PAGE: usize = 32;
const BITS: u32 = 8;
const SLOTS: usize = 1 << BITS;
/// Eight levels of eight bits hold any instant.
const LEVELS: usize = 8;

/// A message under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<M> {
    pub at: Time,
    /// In the wheel its receiver; when due, the receiver's next due item.
    pub link: u32,
    /// Its place in [`Kept`], or [`Item::ALONE`].
    pub kept: u32,
    pub message: M,
}

impl<M> Item<M> {
    /// A single message whose key follows from it.
    pub const ALONE: u32 = NONE;
}

/// A message that is due to a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub at: Time,
    /// Its place among the items.
    pub place: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The page that is filled; those filled before hang on it.
    page: u32,
    fill: u32,
}

const EMPTY: Slot = Slot {
    page: NONE,
    fill: PAGE as u32,
};

/// The messages to the processes of one part.
pub(super) struct Wheel<M> {
    /// The end of the window.
    pub end: Time,
    pub agenda: Agenda,
    /// First due item of each process.
    heads: Vec<u32>,
    due: Slot,
    items: Vec<Item<M>>,
    /// By page, the page of the same slot that was filled before.
    before: Vec<u32>,
    free: Vec<u32>,
    /// Slots are this many bits of a millisecond wide.
    shift: u32,
    /// No message is due before this slot.
    now: u64,
    slots: Vec<Slot>,
    occupied: [[u64; SLOTS / 64]; LEVELS],
    /// Levels that are not empty.
    levels: u8,
}

impl<M: Copy> Wheel<M> {
    /// For `len` processes.
    pub fn new(len: usize) -> Self {
        Wheel {
            end: Time::ZERO,
            agenda: Agenda::new(len),
            heads: vec![NONE; len],
            due: EMPTY,
            items: Vec::new(),
            before: Vec::new(),
            free: Vec::new(),
            shift: 0,
            now: 0,
            slots: vec![EMPTY; LEVELS * SLOTS],
            occupied: [[0; SLOTS / 64]; LEVELS],
            levels: 0,
        }
    }

    /// Puts a message that is due after the present window into its slot.
    #[inline]
    pub fn put(&mut self, item: Item<M>) {
        let slot = item.at.ms() >> self.shift;
        debug_assert!(slot >= self.now, "no message goes into the past");
        let level = match slot ^ self.now {
            0 => 0,
            differs => ((63 - differs.leading_zeros()) / BITS) as usize,
        };
        let index = (slot >> (BITS * level as u32)) as usize % SLOTS;
        let place = level * SLOTS + index;
        let fill = self.slots[place].fill as usize;
        if fill < PAGE {
            let page = self.slots[place].page as usize;
            self.items[page * PAGE + fill] = item;
            self.slots[place].fill += 1;
            return;
        }
        self.occupied[level][index / 64] |= 1 << (index % 64);
        self.levels |= 1 << level;
        self.slots[place] = self.turn_page(self.slots[place].page, item);
    }

    /// A new page after `page`, with one item.
    #[inline(never)]
    fn turn_page(&mut self, page: u32, item: Item<M>) -> Slot {
        let new = match self.free.pop() {
            Some(new) => new,
            None => {
                self.before.push(NONE);
                self.items.resize(self.before.len() * PAGE, item);
                (self.before.len() - 1) as u32
            }
        };
        self.before[new as usize] = page;
        self.items[new as usize * PAGE] = item;
        Slot { page: new, fill: 1 }
    }

    /// Gives a message to its receiver within the present window.
    #[inline(always)]
    pub fn put_due(&mut self, item: Item<M>) {
        if self.due.fill as usize == PAGE {
            self.due = self.turn_page(self.due.page, item);
        } else {
            self.items[self.due.page as usize * PAGE + self.due.fill as usize] = item;
            self.due.fill += 1;
        }
        let place = self.due.page as usize * PAGE + self.due.fill as usize - 1;
        self.chain(place);
    }

    /// Hangs the item on its receiver's chain.
    fn chain(&mut self, place: usize) {
        let item = &mut self.items[place];
        let receiver = item.link as usize;
        self.agenda.lower(receiver, item.at);
        item.link = std::mem::replace(&mut self.heads[receiver], place as u32);
    }

    /// The first slot that is not empty: its level, its index, the first of the slots of level 0 that it spans.
    fn first_slot(&self) -> Option<(usize, usize, u64)> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        let words = &self.occupied[level];
        let w = words.iter().position(|word| *word != 0)?;
        let index = w * 64 + words[w].trailing_zeros() as usize;
        let low = BITS * level as u32;
        let above = self.now.checked_shr(low + BITS).unwrap_or(0);
        let first = above.checked_shl(low + BITS).unwrap_or(0) | (index as u64) << low;
        Some((level, index, first))
    }

    /// Empties a slot: its newest page, and how many items that one has.
    fn open_slot(&mut self, level: usize, index: usize) -> Slot {
        self.occupied[level][index / 64] &= !(1 << (index % 64));
        if self.occupied[level] == [0; SLOTS / 64] {
            self.levels &= !(1 << level);
        }
        std::mem::replace(&mut self.slots[level * SLOTS + index], EMPTY)
    }

    /// No message is due before slot `to`.
    fn advance(&mut self, to: u64) {
        let differs = self.now ^ to;
        self.now = to;
        if differs < SLOTS as u64 {
            return;
        }
        // What was in the lower levels lay before `to`; what is in the slot of the highest level that has turned comes
        // down.
        let level = ((63 - differs.leading_zeros()) / BITS) as usize;
        let index = (to >> (BITS * level as u32)) as usize % SLOTS;
        if self.occupied[level][index / 64] & (1 << (index % 64)) != 0 {
            let slot = self.open_slot(level, index);
            self.spread(slot);
        }
    }

    /// Puts the items of an opened slot where they belong now.
    fn spread(&mut self, slot: Slot) {
        let (mut page, mut fill) = (slot.page, slot.fill as usize);
        while page != NONE {
            for place in page as usize * PAGE..page as usize * PAGE + fill {
                self.put(self.items[place]);
            }
            self.free.push(page);
            (page, fill) = (self.before[page as usize], PAGE);
        }
    }

    /// Begins the window that ends at `end`: what is due before is given to its receivers.
    pub fn begin(&mut self, end: Time) {
        self.end = end;
        let whole = end.ms() >> self.shift;
        while let Some((level, index, first)) = self.first_slot() {
            if first << self.shift >= end.ms() {
                break;
            }
            if level > 0 {
                self.advance(first);
                continue;
            }
            let slot = self.open_slot(0, index);
            if first < whole {
                self.all_due(slot);
            } else {
                // The window ends within the slot.
                self.advance(first);
                self.divide(slot);
                break;
            }
        }
        self.advance(whole);
    }

    /// All items of an opened slot are due: their pages are not copied.
    fn all_due(&mut self, slot: Slot) {
        let (mut page, mut fill) = (slot.page, slot.fill as usize);
        while page != NONE {
            for place in page as usize * PAGE..page as usize * PAGE + fill {
                self.chain(place);
            }
            let next = self.before[page as usize];
            // Behind the page that is being filled, if there is one.
            match self.due.page {
                NONE => {
                    self.before[page as usize] = NONE;
                    self.due = Slot {
                        page,
                        fill: PAGE as u32,
                    };
                }
                filled => {
                    self.before[page as usize] = self.before[filled as usize];
                    self.before[filled as usize] = page;
                }
            }
            (page, fill) = (next, PAGE);
        }
    }

    /// Some items of an opened slot are due.
    fn divide(&mut self, slot: Slot) {
        let (mut page, mut fill) = (slot.page, slot.fill as usize);
        while page != NONE {
            for place in page as usize * PAGE..page as usize * PAGE + fill {
                let item = self.items[place];
                if item.at < self.end {
                    self.put_due(item);
                } else {
                    self.put(item);
                }
            }
            self.free.push(page);
            (page, fill) = (self.before[page as usize], PAGE);
        }
    }

    /// The window is over: the pages of what was due are free.
    pub fn close(&mut self) {
        let mut page = self.due.page;
        while page != NONE {
            self.free.push(page);
            page = self.before[page as usize];
        }
        self.due = EMPTY;
    }

    /// What is due to a process: when, and its place in [`Wheel::item`]; about in order of time.
    pub fn gather(&mut self, process: usize, into: &mut Vec<Due>) {
        let mut place = std::mem::replace(&mut self.heads[process], NONE);
        while place != NONE {
            let item = &self.items[place as usize];
            into.push(Due { at: item.at, place });
            place = item.link;
        }
        // Last come, first in the chain.
        into.reverse();
    }

    /// A due message.
    pub fn item(&self, place: u32) -> &Item<M> {
        &self.items[place as usize]
    }

    /// When the first message in the wheel is due, or a little before.
    pub fn earliest(&self) -> Time {
        let Some((level, index, first)) = self.first_slot() else {
            return Time::MAX;
        };
        let slot = self.slots[level * SLOTS + index];
        if self.before[slot.page as usize] != NONE {
            // Many: to look at them costs more than a window that begins too early.
            return Time::from_ms(first << self.shift).max(self.end);
        }
        let begin = slot.page as usize * PAGE;
        let page = &self.items[begin..begin + slot.fill as usize];
        page.iter().map(|item| item.at).min().unwrap_or(Time::MAX)
    }

    /// Makes slots `2^shift` ms wide. Between windows only.
    pub fn set_width(&mut self, shift: u32) {
        let mut opened = Vec::new();
        while let Some((level, index, _)) = self.first_slot() {
            opened.push(self.open_slot(level, index));
        }
        self.shift = shift;
        self.now = self.end.ms() >> shift;
        for slot in opened {
            self.spread(slot);
        }
    }
}
