//! Files that appear whole or not at all: written beside their place and moved there in one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use corridor::report::Artifact;

use super::failure::Failure;

/// Writes a folder of files; one that is there is replaced.
pub(super) fn write_folder(path: &Path, artifacts: &[Artifact]) -> Result<(), Failure> {
    let parent = parent(path);
    fs::create_dir_all(parent).map_err(|e| Failure::io("create", parent, &e))?;
    let scratch = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(parent)
        .map_err(|e| Failure::io("write to", parent, &e))?;
    // Within the scratch folder, which only its owner may read, so that the folder gets the usual rights.
    let fresh = scratch.path().join("fresh");
    fs::create_dir(&fresh).map_err(|e| Failure::io("create", &fresh, &e))?;
    for artifact in artifacts {
        let file = fresh.join(&artifact.name);
        fs::write(&file, &artifact.bytes).map_err(|e| Failure::io("write", &file, &e))?;
    }
    if path.exists() {
        let old = scratch.path().join("old");
        fs::rename(path, &old).map_err(|e| Failure::io("replace", path, &e))?;
    }
    fs::rename(&fresh, path).map_err(|e| Failure::io("write", path, &e))
}

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
