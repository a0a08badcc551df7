//! Why a command did not do what was asked, and the exit code that says so.

use std::any::Any;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use corridor::experiment::RunError;
use corridor::scenario;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The scenario is wrong: exit code 1.
    Scenario(String),
    /// It could not run: exit code 2.
    Setup(String),
    /// A promise was broken, a defect of the program: exit code 3.
    Defect(String),
    /// A run does not come to what its manifest says: exit code 3.
    Difference(String),
    /// Whoever read the output stopped reading; no failure of ours: exit code 0.
    NobodyReads,
}

impl Failure {
    /// A file or folder that could not be read or written.
    pub fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        // A temporary file adds its own name, which says nothing to anybody.
        let text = error.to_string();
        let reason = text.split(" at path \"").next().unwrap_or(&text);
        Failure::Setup(format!("cannot {what} {}: {reason}", path.display()))
    }

    /// A caught panic.
    pub fn from_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Failure::Defect(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// Says on standard error what went wrong.
    pub fn report(&self) {
        let text = match self {
            Failure::Scenario(text) => text.clone(),
            Failure::Setup(text) | Failure::Difference(text) => format!("error: {text}"),
            Failure::Defect(text) => {
                format!(
                    "error: a promise of corridor was broken; this is a defect, please report it: {text}"
                )
            }
            Failure::NobodyReads => return,
        };
        // Where even standard error is closed, the exit code alone has to say it.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Scenario(_) => ExitCode::from(1),
            Failure::Setup(_) => ExitCode::from(2),
            Failure::Defect(_) | Failure::Difference(_) => ExitCode::from(3),
            Failure::NobodyReads => ExitCode::SUCCESS,
        }
    }
}

impl From<scenario::Failure> for Failure {
    fn from(failure: scenario::Failure) -> Self {
        match failure {
            scenario::Failure::Wrong(diagnostics) => Failure::Scenario(diagnostics.to_string()),
            scenario::Failure::Unreadable {
                ref path,
                ref error,
            } => {
                let meant = match error.kind() {
                    io::ErrorKind::NotFound => scenario_beside(Path::new(path)),
                    _ => None,
                };
                let meant = meant.map_or_else(String::new, |near| {
                    format!("; did you mean {}?", near.display())
                });
                Failure::Setup(format!("{failure}{meant}"))
            }
        }
    }
}

/// The scenario file in the folder of `path`, where nothing stands, whose name is nearest to its own; nothing where none is
/// near.
fn scenario_beside(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let listed = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let entries = fs::read_dir(listed).ok()?.flatten().map(|e| e.path());
    let stems: Vec<String> = entries
        .filter(|file| file.extension().is_some_and(|e| e == "toml") && file.is_file())
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    // Without the endings, which make any two names alike.
    let word = path.file_stem()?.to_str()?;
    let near = scenario::nearest(word, stems.iter().map(String::as_str))?;
    Some(folder.join(format!("{near}.toml")))
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Scenario(text) => Failure::Scenario(format!("error: {text}")),
            RunError::Setup(text) => Failure::Setup(text),
            RunError::PromiseBroken(text) => Failure::Defect(text),
        }
    }
}

/// Writes `text` to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::NobodyReads,
        _ => Failure::Setup(format!("cannot write to standard output: {error}")),
    })
}

/// Writes a line to standard error, unless `quiet`.
pub(super) fn note(quiet: bool, text: &str) {
    if !quiet {
        // Notes are not results: where standard error is closed, nothing is lost.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
