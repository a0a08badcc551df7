//! The scenario files that the laws are tried on.

use std::path::{Path, PathBuf};

use corridor::experiment;
use corridor::network::Network;
use corridor::scenario::{self, LoadOptions, Study};

/// Every scenario file of the repository that is meant to run.
pub fn all() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["scenarios", "tests/suite/theory", "tests/suite/behaviour"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        files.extend(
            entries
                .map(|e| e.expect("the folder can be read").path())
                .filter(|p| p.extension().is_some_and(|e| e == "toml")),
        );
    }
    files.sort();
    assert!(
        !files.is_empty(),
        "the repository's scenario files are found: {files:?}"
    );
    files
}

/// A scenario with a horizon of at most `days` and one replication; behaviour files, which are short, as they are.
pub fn short(path: &Path, days: u32) -> Study {
    let whole = load(path, Vec::new());
    if whole.experiment.horizon.hours() <= f64::from(days) * 24.0 {
        return whole;
    }
    let warm_up = days / 10;
    load(
        path,
        vec![
            ("experiment.horizon".into(), format!("\"{days} d\"")),
            ("experiment.warm_up".into(), format!("\"{warm_up} d\"")),
        ],
    )
}

pub fn load(path: &Path, overrides: Vec<(String, String)>) -> Study {
    let options = LoadOptions {
        overrides,
        replications: Some(2),
        ..LoadOptions::default()
    };
    match scenario::load(path, &options) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{}: {failure}", path.display()),
    }
}

pub fn compile(path: &Path, study: &Study) -> Vec<Network> {
    experiment::compile(study).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
