//! Finished replications of a run that has not ended: one checksummed file each, renamed into place, so that the same
//! command goes on where an interrupted one was.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use corridor::experiment::Store;
use sha2::{Digest, Sha256};

use super::failure::Failure;

/// Names the program that wrote the records, which another build need not understand.
const PROGRAM: &str = "program";
/// Bytes of a checksum.
const SUM: usize = 32;

/// A folder of finished replications.
pub(super) struct Unfinished {
    path: PathBuf,
    /// With those of its parts.
    found: Arc<AtomicUsize>,
}

impl Unfinished {
    /// The folder at `path`, made where it is not there. What another build of the program left there, or all of it if
    /// `afresh`, is thrown away.
    pub fn open(path: PathBuf, afresh: bool) -> Result<Self, Failure> {
        let program = program();
        let theirs = fs::read_to_string(path.join(PROGRAM)).unwrap_or_default();
        if path.exists() && (afresh || theirs != program) {
            fs::remove_dir_all(&path).map_err(|e| Failure::io("clear", &path, &e))?;
        }
        fs::create_dir_all(&path).map_err(|e| Failure::io("create", &path, &e))?;
        let store = Unfinished {
            path,
            found: Arc::default(),
        };
        store
            .put(PROGRAM, program.as_bytes())
            .map_err(|e| Failure::io("write to", &store.path, &e))?;
        Ok(store)
    }

    /// Where the replications are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many replications are there and in the folder's parts.
    pub fn count(&self) -> usize {
        count(&self.path)
    }

    /// How many replications were taken from the folder and its parts so far.
    pub fn found(&self) -> usize {
        self.found.load(Ordering::Relaxed)
    }

    /// Removes the folder: its run has ended. What cannot be removed does no harm.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(&self.path);
    }

    /// Writes a file beside its place and moves it there.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(bytes)?;
        file.persist(self.path.join(name))?;
        Ok(())
    }
}

fn name(variant: usize, replication: u32) -> String {
    format!("{variant}-{replication}.run")
}

/// How many replications are in a folder and those within it.
pub(super) fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => count(&entry.path()),
            _ => usize::from(entry.file_name().to_string_lossy().ends_with(".run")),
        })
        .sum()
}

/// This build of the program: its version, and length and time of its file.
fn program() -> String {
    let about = std::env::current_exe().and_then(fs::metadata);
    let about = about.map(|about| (about.len(), about.modified().ok()));
    format!("{} {about:?}\n", env!("CARGO_PKG_VERSION"))
}

impl Store for Unfinished {
    fn load(&self, variant: usize, replication: u32) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path.join(name(variant, replication))).ok()?;
        let sum = bytes.split_off(bytes.len().checked_sub(SUM)?);
        if Sha256::digest(&bytes).as_slice() != sum {
            return None;
        }
        self.found.fetch_add(1, Ordering::Relaxed);
        Some(bytes)
    }

    fn save(&self, variant: usize, replication: u32, record: &[u8]) -> Result<(), String> {
        let mut bytes = record.to_vec();
        bytes.extend_from_slice(&Sha256::digest(record));
        let name = name(variant, replication);
        let saved = self.put(&name, &bytes).or_else(|_| {
            // The same run may have ended in another process meanwhile, and cleared the folder.
            fs::create_dir_all(&self.path)?;
            self.put(&name, &bytes)
        });
        saved.map_err(|e| format!("cannot write to {}: {e}", self.path.display()))
    }

    /// A folder within this one, made when the first replication is kept there. It goes when this one is cleared.
    fn scope(&self, name: &str) -> Box<dyn Store + '_> {
        Box::new(Unfinished {
            path: self.path.join(name),
            found: Arc::clone(&self.found),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_given_back_whole_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let store = Unfinished::open(place.path().join("run"), false).unwrap();
        assert_eq!(store.load(0, 0), None);
        store.save(0, 0, b"one").unwrap();
        store.save(3, 12, b"another").unwrap();
        assert_eq!(store.load(3, 12).as_deref(), Some(&b"another"[..]));
        let path = store.path().join(name(0, 0));
        let mut bytes = fs::read(&path).unwrap();
        for damaged in [&bytes[..20], &bytes[..bytes.len() - 1]] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(store.load(0, 0), None);
        }
        bytes[1] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(store.load(0, 0), None);
    }

    #[test]
    fn a_folder_is_gone_on_with_unless_it_is_another_programs() {
        let place = tempfile::tempdir().unwrap();
        let open = |afresh| Unfinished::open(place.path().join("run"), afresh).unwrap();
        open(false).save(0, 0, b"one").unwrap();
        assert_eq!(open(false).count(), 1);
        assert_eq!(open(true).count(), 0);
        open(false).save(0, 0, b"one").unwrap();
        fs::write(place.path().join("run").join(PROGRAM), "0.0.0\n").unwrap();
        assert_eq!(open(false).count(), 0);
    }

    #[test]
    fn parts_share_no_replication_and_are_counted_and_cleared_with_the_whole() {
        let place = tempfile::tempdir().unwrap();
        let open = |afresh| Unfinished::open(place.path().join("run"), afresh).unwrap();
        let store = open(false);
        store.save(0, 0, b"whole").unwrap();
        store.scope("together").save(0, 0, b"part").unwrap();
        store.scope("capacity-0-1.25").save(1, 7, b"other").unwrap();
        let again = open(false);
        assert_eq!(again.count(), 3);
        assert_eq!(again.load(0, 0).as_deref(), Some(&b"whole"[..]));
        assert_eq!(again.load(1, 7), None);
        assert_eq!(again.scope("together").load(1, 7), None);
        let part = again.scope("together").load(0, 0);
        assert_eq!(part.as_deref(), Some(&b"part"[..]));
        assert_eq!(again.found(), 2);
        again.clear();
        assert_eq!(open(false).scope("together").load(0, 0), None);
    }

    #[test]
    fn a_folder_that_another_process_cleared_is_made_anew() {
        let place = tempfile::tempdir().unwrap();
        let store = Unfinished::open(place.path().join("run"), false).unwrap();
        store.clear();
        store.save(0, 0, b"one").unwrap();
        assert_eq!(store.load(0, 0).as_deref(), Some(&b"one"[..]));
    }
}
