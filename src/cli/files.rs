//! A CSV file that appears whole or not at all: written beside its place and moved there in one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// A CSV file under way.
pub(super) struct CsvFile {
    path: PathBuf,
    /// Within a folder of its own, so that the file gets the usual rights.
    folder: tempfile::TempDir,
    writer: csv::Writer<fs::File>,
}

const FILE: &str = "file";

impl CsvFile {
    /// A file that will stand at `path`, with this header.
    pub fn create(path: &Path, header: &[&str]) -> Result<Self, Failure> {
        let parent = parent(path);
        let failed = |e: &io::Error| Failure::io("write to", parent, e);
        let folder = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempdir_in(parent)
            .map_err(|e| failed(&e))?;
        let file = fs::File::create(folder.path().join(FILE)).map_err(|e| failed(&e))?;
        let mut csv = CsvFile {
            path: path.to_owned(),
            folder,
            writer: csv::Writer::from_writer(file),
        };
        csv.line(header).map_err(|e| failed(&e))?;
        Ok(csv)
    }

    /// Writes a line.
    pub fn line(&mut self, fields: &[&str]) -> io::Result<()> {
        self.writer.write_record(fields).map_err(io::Error::from)
    }

    /// The file is whole and stands in its place.
    pub fn finish(mut self) -> Result<(), Failure> {
        let written = self.writer.flush();
        let from = self.folder.path().join(FILE);
        let moved = written.and_then(|()| fs::rename(from, &self.path));
        moved.map_err(|e| Failure::io("write", &self.path, &e))
    }
}

/// The folder in which `path` stands.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
