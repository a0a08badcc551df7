//! A folder with scenarios in which the program is run as its users run it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A folder of its own, gone with the test.
pub struct Workplace(tempfile::TempDir);

/// What a command said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Workplace {
    /// With these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(place.path().join(name), text).unwrap();
        }
        place
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program here.
    pub fn corridor(&self, arguments: &[&str]) -> Said {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
        let output = command.current_dir(self.path()).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Starts the program here; what it says on standard error can be read.
    pub fn start(&self, arguments: &[&str]) -> std::process::Child {
        std::process::Command::new(assert_cmd::cargo::cargo_bin!("corridor"))
            .current_dir(self.path())
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What stands in a folder of results, in order: finished runs, and unfinished ones, whose names begin with a point.
    pub fn entries(&self, folder: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join(folder));
        let entries = entries.into_iter().flatten();
        let mut found: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        found.sort();
        found
    }

    /// The one run in a folder of results, with nothing beside it.
    pub fn only(&self, folder: &str) -> PathBuf {
        let mut entries = self.entries(folder);
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }
}

/// The files of a run, but for the one with clock times.
pub fn files(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(run).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|e| (e.file_name().into_string().unwrap(), e.path()));
    named
        .filter(|(name, _)| name != "timing.json")
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}
