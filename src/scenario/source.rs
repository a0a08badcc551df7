//! The texts that a scenario is read from, and places in them.

use std::fmt;
use std::io;
use std::ops::Range;

/// A range of bytes in one of the texts that a scenario was read from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Spot {
    /// Position of the text in [`Sources`].
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Spot {
    /// The range `range` of text number `source`.
    pub fn new(source: u32, range: Range<usize>) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Spot {
            source,
            start: narrow(range.start),
            end: narrow(range.end),
        }
    }
}

/// Reads the files that a scenario names, such as CSV tables; paths are as the scenario writes them.
pub trait Files {
    /// The text of the file that the scenario calls `name`.
    fn read(&self, name: &str) -> io::Result<String>;
}

/// No files at all: for scenarios that stand alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _name: &str) -> io::Result<String> {
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no files beside this scenario",
        ))
    }
}

/// Files held in memory, as (name, text).
impl Files for &[(&str, &str)] {
    fn read(&self, name: &str) -> io::Result<String> {
        match self.iter().find(|(file, _)| *file == name) {
            Some((_, text)) => Ok((*text).to_owned()),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
        }
    }
}

/// Files in a folder.
#[derive(Clone, Debug)]
pub struct Folder(pub std::path::PathBuf);

impl Files for Folder {
    fn read(&self, name: &str) -> io::Result<String> {
        std::fs::read_to_string(self.0.join(name))
    }
}

/// One text.
#[derive(Clone, Debug)]
pub struct Source {
    /// How messages call it: the path of a file, or `--set`.
    pub name: String,
    /// The name by which the scenario calls it; empty for the scenario itself and for overrides.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Where its lines start.
    lines: Vec<usize>,
}

impl Source {
    fn new(name: String, file: &str, text: String) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Source {
            name,
            file: file.to_owned(),
            text,
            lines,
        }
    }
}

/// Every text that the scenario was read from; the scenario itself is the first.
pub struct Sources<'f> {
    list: Vec<Source>,
    files: &'f dyn Files,
    folder: String,
}

impl fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}

impl<'f> Sources<'f> {
    /// A scenario called `name` in messages, and where its files are.
    pub fn new(name: &str, text: &str, files: &'f dyn Files) -> Self {
        let folder = name
            .rfind(['/', '\\'])
            .map_or(String::new(), |slash| name[..=slash].to_owned());
        let scenario = Source::new(name.to_owned(), "", text.to_owned());
        Sources {
            list: vec![scenario],
            files,
            folder,
        }
    }

    /// Adds a text that is no file, such as an override; returns its number.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        self.list
            .push(Source::new(name.to_owned(), "", text.to_owned()));
        (self.list.len() - 1) as u32
    }

    /// The number of the file that the scenario calls `file`, read once.
    pub fn open(&mut self, file: &str) -> io::Result<u32> {
        if let Some(known) = self
            .list
            .iter()
            .position(|s| s.file == file && !file.is_empty())
        {
            return Ok(known as u32);
        }
        let text = self.files.read(file)?;
        // A byte order mark is no part of the first column's name.
        let text = text
            .strip_prefix('\u{feff}')
            .map_or(text.clone(), str::to_owned);
        self.list
            .push(Source::new(format!("{}{file}", self.folder), file, text));
        Ok((self.list.len() - 1) as u32)
    }

    /// Text number `source`.
    pub fn get(&self, source: u32) -> &Source {
        &self.list[source as usize]
    }

    /// All of them.
    pub fn list(&self) -> &[Source] {
        &self.list
    }

    /// Line and column of the start of `spot`, both from 1; columns count characters.
    pub fn line_column(&self, spot: Spot) -> (usize, usize) {
        let source = self.get(spot.source);
        let at = (spot.start as usize).min(source.text.len());
        let line = source.lines.partition_point(|&start| start <= at);
        let before = source
            .text
            .get(source.lines[line - 1]..at)
            .unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let sources = Sources::new("x.toml", "a = 1\nб = \"œuf\"\n", &NoFiles);
        let start = sources.get(0).text.find('"').expect("a quote");
        assert_eq!(sources.line_column(Spot::new(0, start..start + 1)), (2, 5));
    }
}
