//! Who has something to do next, and when: what lets a window pass over those who have nothing.

use crate::time::Time;

/// Processes whose next instants share a minimum.
const BLOCK: usize = 64;

/// The next instant of each process, and the least of each block of them: who has nothing to do in a window is not
/// looked at.
pub(super) struct Agenda {
    pub next: Vec<Time>,
    pub blocks: Vec<Time>,
}

impl Agenda {
    pub fn new(len: usize) -> Self {
        Agenda {
            next: vec![Time::MAX; len],
            blocks: vec![Time::MAX; len.div_ceil(BLOCK)],
        }
    }

    /// The processes of a block.
    pub fn block(&self, block: usize) -> std::ops::Range<usize> {
        block * BLOCK..((block + 1) * BLOCK).min(self.next.len())
    }

    /// The process has something to do at `at`, if not before.
    pub fn lower(&mut self, process: usize, at: Time) {
        if at < self.next[process] {
            self.next[process] = at;
            let block = &mut self.blocks[process / BLOCK];
            *block = (*block).min(at);
        }
    }

    /// Reckons a block's least anew.
    pub fn refresh(&mut self, block: usize) {
        let range = self.block(block);
        let least = self.next[range].iter().min();
        self.blocks[block] = least.copied().unwrap_or(Time::MAX);
    }

    /// The earliest instant of all.
    pub fn earliest(&self) -> Time {
        self.blocks.iter().min().copied().unwrap_or(Time::MAX)
    }
}
