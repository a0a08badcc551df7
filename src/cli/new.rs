//! `corridor new NAME`: a commented scenario to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use corridor::scenario;

use super::Options;
use super::failure::{Failure, note};

/// Arguments of `new`.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name of the scenario; it is written to NAME.toml
    name: PathBuf,
}

/// Writes the template; a file that exists is left alone.
pub(super) fn new(args: &NewArgs, options: &Options) -> Result<(), Failure> {
    let mut path = args.name.clone();
    if path.extension().is_none_or(|e| e != "toml") {
        path.as_mut_os_string().push(".toml");
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|e| Failure::io("create", &path, &e))?;
    file.write_all(scenario::TEMPLATE.as_bytes())
        .map_err(|e| Failure::io("write", &path, &e))?;
    let shown = path.display();
    note(
        options.quiet,
        &format!("Wrote {shown}. It runs as it is: corridor compare {shown}"),
    );
    Ok(())
}
