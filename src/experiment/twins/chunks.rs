//! Sorting more records than memory holds: sorted chunks are written to a store as the buffer fills, and read back merged
//! (external merge sort: Knuth, The Art of Computer Programming, vol. 3, section 5.4).
//!
//! Memory is the buffer while records come, and one read buffer a chunk, together no more than the sorting buffer, while
//! they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::observe::Record;
use crate::terms::EntityId;

/// Where chunks are kept: a file that is nobody else's, or memory in tests.
pub trait Store: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Store for T {}

/// Makes an empty store.
pub type MakeStore<'m> = dyn Fn() -> io::Result<Box<dyn Store>> + Sync + 'm;

/// A consignment and something about it; ordered by consignment.
type Entry = (u64, u64);

/// Bytes of an entry.
pub const ENTRY: usize = 16;

/// The least read buffer of a chunk, in entries.
const LEAST: usize = 64;

/// Collects records in any order.
pub struct Sorter<'m> {
    buffer: Vec<Entry>,
    most: usize,
    make: &'m MakeStore<'m>,
    store: Option<Box<dyn Store>>,
    /// Entries of each chunk.
    chunks: Vec<u64>,
    failed: Option<io::Error>,
}

impl<'m> Sorter<'m> {
    /// A sorter with a buffer of `bytes`; beyond it, chunks go to a store that `make` makes.
    pub fn new(bytes: usize, make: &'m MakeStore<'m>) -> Self {
        Sorter {
            buffer: Vec::new(),
            most: (bytes / ENTRY).max(LEAST),
            make,
            store: None,
            chunks: Vec::new(),
            failed: None,
        }
    }

    /// Takes a record. A store that fails is told of at the end.
    pub fn put(&mut self, consignment: EntityId, record: Record) {
        if self.buffer.capacity() == 0 {
            // At once: a buffer that grew would be there twice while it does.
            self.buffer.reserve_exact(self.most);
        }
        self.buffer.push((consignment.0, record.0));
        if self.buffer.len() == self.most {
            self.spill();
        }
    }

    fn spill(&mut self) {
        self.buffer.sort_unstable();
        if self.failed.is_none()
            && let Err(error) = self.write()
        {
            self.failed = Some(error);
        }
        self.buffer.clear();
    }

    fn write(&mut self) -> io::Result<()> {
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert((self.make)()?),
        };
        let mut bytes = Vec::with_capacity(ENTRY * 4096);
        for some in self.buffer.chunks(4096) {
            bytes.clear();
            for (consignment, record) in some {
                bytes.extend_from_slice(&consignment.to_le_bytes());
                bytes.extend_from_slice(&record.to_le_bytes());
            }
            store.write_all(&bytes)?;
        }
        self.chunks.push(self.buffer.len() as u64);
        Ok(())
    }

    /// All records, sorted.
    ///
    /// # Errors
    /// Where the store could not be made, written or read.
    pub fn sorted(mut self) -> io::Result<Sorted> {
        if !self.chunks.is_empty() && !self.buffer.is_empty() {
            self.spill();
        }
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Some(mut store) = self.store else {
            self.buffer.sort_unstable();
            return Ok(Sorted {
                memory: self.buffer,
                at: 0,
                merge: None,
            });
        };
        store.flush()?;
        drop(std::mem::take(&mut self.buffer));
        // One more than the chunks: what is being read is there as bytes too.
        let each = (self.most / (self.chunks.len() + 1)).clamp(LEAST, 1 << 16);
        let mut merge = Merge {
            store,
            cursors: Vec::with_capacity(self.chunks.len()),
            heads: BinaryHeap::with_capacity(self.chunks.len()),
            each,
            bytes: Vec::with_capacity(each * ENTRY),
        };
        let mut from = 0;
        for (chunk, entries) in self.chunks.iter().enumerate() {
            merge.cursors.push(Cursor {
                next: from,
                left: *entries,
                read: Vec::with_capacity(each),
                at: 0,
            });
            from += entries;
            merge.advance(chunk)?;
        }
        Ok(Sorted {
            memory: Vec::new(),
            at: 0,
            merge: Some(merge),
        })
    }

    /// Bytes written to the store so far.
    pub fn spilled(&self) -> u64 {
        self.chunks.iter().sum::<u64>() * ENTRY as u64
    }
}

/// Sorted records, read one after the other.
pub struct Sorted {
    memory: Vec<Entry>,
    at: usize,
    merge: Option<Merge>,
}

impl Sorted {
    /// The consignment of the next record.
    pub fn peek(&self) -> Option<EntityId> {
        let entry = match &self.merge {
            None => self.memory.get(self.at).copied(),
            Some(merge) => merge.heads.peek().map(|Reverse((entry, _))| *entry),
        };
        entry.map(|(consignment, _)| EntityId(consignment))
    }

    /// The next record.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(&mut self) -> io::Result<Option<(EntityId, Record)>> {
        let entry = match &mut self.merge {
            None => {
                let entry = self.memory.get(self.at).copied();
                self.at += 1;
                entry
            }
            Some(merge) => merge.next()?,
        };
        Ok(entry.map(|(consignment, record)| (EntityId(consignment), Record(record))))
    }
}

/// A chunk that is being read.
struct Cursor {
    /// The entry of the store that is read next, and how many of the chunk are left from there.
    next: u64,
    left: u64,
    read: Vec<Entry>,
    at: usize,
}

struct Merge {
    store: Box<dyn Store>,
    cursors: Vec<Cursor>,
    /// The first entry of each chunk that has one; equal entries are equal, whichever chunk they come from.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
    each: usize,
    bytes: Vec<u8>,
}

impl Merge {
    fn next(&mut self) -> io::Result<Option<Entry>> {
        let Some(Reverse((entry, chunk))) = self.heads.pop() else {
            return Ok(None);
        };
        self.advance(chunk)?;
        Ok(Some(entry))
    }

    /// The next entry of a chunk, if it has one, is among the heads.
    fn advance(&mut self, chunk: usize) -> io::Result<()> {
        let cursor = &mut self.cursors[chunk];
        if cursor.at == cursor.read.len() {
            cursor.read.clear();
            cursor.at = 0;
            let many = cursor.left.min(self.each as u64);
            if many == 0 {
                return Ok(());
            }
            self.bytes.resize(many as usize * ENTRY, 0);
            self.store
                .seek(SeekFrom::Start(cursor.next * ENTRY as u64))?;
            self.store.read_exact(&mut self.bytes)?;
            let word = |bytes: &[u8]| {
                let mut word = [0; 8];
                word.copy_from_slice(bytes);
                u64::from_le_bytes(word)
            };
            let entries = self.bytes.chunks_exact(ENTRY);
            cursor
                .read
                .extend(entries.map(|e| (word(&e[..8]), word(&e[8..]))));
            cursor.next += many;
            cursor.left -= many;
        }
        self.heads.push(Reverse((cursor.read[cursor.at], chunk)));
        cursor.at += 1;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn memory() -> io::Result<Box<dyn Store>> {
        Ok(Box::new(io::Cursor::new(Vec::new())))
    }

    fn all(mut sorted: Sorted) -> Vec<Entry> {
        let mut entries = Vec::new();
        while let Some((consignment, record)) = sorted.read().unwrap() {
            entries.push((consignment.0, record.0));
        }
        entries
    }

    proptest! {
        #[test]
        fn what_comes_out_is_what_went_in_sorted(
            mut entries in prop::collection::vec((0u64..50, 0u64..1000), 0..2000),
            bytes in 0usize..40_000,
        ) {
            let mut sorter = Sorter::new(bytes, &memory);
            for (consignment, record) in &entries {
                sorter.put(EntityId(*consignment), Record(*record));
            }
            let found = all(sorter.sorted().unwrap());
            entries.sort_unstable();
            prop_assert_eq!(found, entries);
        }
    }

    #[test]
    fn a_store_that_fails_is_told_of_and_not_before_it_is_needed() {
        let broken = || Err(io::Error::other("the disk is full"));
        let mut sorter = Sorter::new(0, &broken);
        for n in 0..LEAST as u64 - 1 {
            sorter.put(EntityId(n), Record(0));
        }
        assert_eq!(all(sorter.sorted().unwrap()).len(), LEAST - 1);
        let mut sorter = Sorter::new(0, &broken);
        for n in 0..LEAST as u64 {
            sorter.put(EntityId(n), Record(0));
        }
        let error = sorter.sorted().err().unwrap();
        assert_eq!(error.to_string(), "the disk is full");
    }
}
