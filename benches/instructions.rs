//! Instructions per event of the default corridor, counted by callgrind: a figure that no load of the machine
//! disturbs.
//!
//! `cargo bench --bench instructions`; needs valgrind, and says so where there is none. The bench runs itself under
//! callgrind, which counts only within [`replication`].

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use corridor::experiment;
use corridor::network::Network;
use corridor::scenario::{self, LoadOptions};

const COUNTED: &str = "--counted";

/// What is counted; never inlined, so that callgrind finds its name.
#[inline(never)]
fn replication(network: &Network, seed: u64) -> u64 {
    experiment::run_one(network, seed, 0)
        .expect("the default scenario breaks no promise")
        .execution
        .events
}

/// One replication of the default corridor's first variant: the number of its events.
fn events() -> u64 {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let study = scenario::load(&file, &LoadOptions::default())
        .expect("the default scenario is right")
        .study;
    let networks = experiment::compile(&study).expect("the default scenario can be compiled");
    replication(&networks[0], study.experiment.seed)
}

/// Runs this bench under callgrind: instructions and events.
fn count(this: &Path) -> Result<(u64, u64), String> {
    let out: PathBuf = this.with_file_name("callgrind.instructions.out");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions*replication*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this)
        .arg(COUNTED)
        .output()
        .map_err(|e| format!("valgrind cannot be started ({e})"))?;
    let (said, told) = (
        String::from_utf8_lossy(&run.stderr).into_owned(),
        String::from_utf8_lossy(&run.stdout).into_owned(),
    );
    let instructions = said
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, number)| number.trim().parse().ok());
    let events = told.trim().parse().ok();
    match (instructions, events) {
        (Some(instructions), Some(events)) if events > 0 => Ok((instructions, events)),
        _ => Err(format!("callgrind counted nothing:\n{said}{told}")),
    }
}

fn main() -> ExitCode {
    if std::env::args().any(|word| word == COUNTED) {
        println!("{}", events());
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|word| word == "--test") {
        return ExitCode::SUCCESS;
    }
    let counted = std::env::current_exe()
        .map_err(|e| e.to_string())
        .and_then(|this| count(&this));
    match counted {
        Ok((instructions, events)) => {
            println!(
                "china-europe-rail: {} instructions per event ({instructions} instructions, {events} events)",
                (instructions + events / 2) / events
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("instructions per event were not counted: {why}");
            ExitCode::from(2)
        }
    }
}
