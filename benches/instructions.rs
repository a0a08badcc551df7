//! Instructions per event, counted by callgrind: figures that no load of the machine disturbs, and their budgets.
//!
//! `cargo bench --bench instructions`; needs valgrind, and says so where there is none. With `-- --budget` it fails
//! where a budget is exceeded, with `-- --write` it renews the table in docs/performance.md. The bench runs itself
//! under callgrind, once for each subject, which counts only within [`counted`]. Events are logical events in M1 and
//! M2, and those that the kernel handled in the default corridor.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use corridor::experiment;
use corridor::scenario::{self, LoadOptions};
use corridor::world::Kernel;

#[path = "models/mod.rs"]
#[allow(dead_code)]
mod models;

use models::textbook::{self, Laws};
use models::{Model, ours};

/// Runs one subject, for the process under callgrind.
const COUNT: &str = "--count";
/// Fails where a budget is exceeded.
const BUDGET: &str = "--budget";
/// Renews the table in docs/performance.md.
const WRITE: &str = "--write";
/// The default corridor, as a subject.
const DEFAULT: &str = "china-europe-rail";

/// The compiler that the budgets hold for: another one counts, and fails nothing.
const RUSTC: &str = "rustc 1.95.0";
/// Most instructions per event, by subject, on x86-64: what was counted, and some 3 %, as the standard library's hash
/// maps differ from run to run. A change that counts less lowers them.
const BUDGETS: [(&str, u64); 13] = [
    (DEFAULT, 1_067),
    ("m1 events", 1_983),
    ("m1 auto", 643),
    ("m2-serial events", 1_285),
    ("m2-serial auto", 380),
    ("m2-parallel events", 1_266),
    ("m2-parallel auto", 367),
    ("m1 events-undigested", 1_825),
    ("m1 auto-undigested", 530),
    ("m2-serial events-undigested", 1_175),
    ("m2-serial auto-undigested", 312),
    ("m2-parallel events-undigested", 1_149),
    ("m2-parallel auto-undigested", 299),
];

/// Consignments of a model: callgrind is some fifty times slower than the machine.
const CONSIGNMENTS: u64 = 10_000;
const SEED: u64 = 1;

/// What is counted; never inlined, so that callgrind finds its name.
#[inline(never)]
fn counted(run: &dyn Fn() -> u64) -> u64 {
    run()
}

/// One replication of the default corridor's first variant: the number of its events.
fn default_corridor() -> u64 {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{DEFAULT}.toml"));
    let study = scenario::load(&file, &LoadOptions::default())
        .expect("the default scenario is right")
        .study;
    let networks = experiment::compile(&study).expect("the default scenario can be compiled");
    counted(&|| {
        experiment::run_one(&networks[0], study.experiment.seed, 0)
            .expect("the default scenario breaks no promise")
            .execution
            .events
    })
}

/// One replication of a model, by a kernel or by hand: the number of its logical events.
fn model(model: Model, by: &str) -> Option<u64> {
    let network = ours::network(model, Some(CONSIGNMENTS));
    let kernel =
        |kernel, digest| counted(&|| ours::replicate(&network, SEED, 0, kernel, digest).entered());
    let entered = match by {
        "events" => kernel(Kernel::Events, true),
        "auto" => kernel(Kernel::Auto, true),
        "events-undigested" => kernel(Kernel::Events, false),
        "auto-undigested" => kernel(Kernel::Auto, false),
        "textbook" => {
            let laws = Laws::of(model);
            let (from, to) = (network.warm_up.ms(), network.horizon.ms());
            counted(&|| black_box(textbook::run(&laws, SEED, 0, from, to)).entered)
        }
        _ => return None,
    };
    Some(entered * model.events_each())
}

/// Runs a subject: its number of events, where there is such a subject.
fn events(subject: &str) -> Option<u64> {
    match subject.split_once(' ') {
        None => (subject == DEFAULT).then(default_corridor),
        Some((name, by)) => {
            let known = Model::ALL.into_iter().find(|model| model.name() == name)?;
            model(known, by)
        }
    }
}

/// Runs this bench under callgrind for one subject: instructions and events.
fn count(this: &Path, subject: &str) -> Result<(u64, u64), String> {
    let out: PathBuf = this.with_file_name("callgrind.instructions.out");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions*counted*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this)
        .args([COUNT, subject])
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

/// Whether the budgets bind here; what is to be said where they do not.
fn bind() -> Result<(), String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Err("the budgets are those of x86-64 on Linux".into());
    }
    let version = rustc();
    if version.starts_with(&format!("{RUSTC} ")) {
        Ok(())
    } else {
        Err(format!(
            "the budgets are those of {RUSTC}, this is {version}"
        ))
    }
}

/// The compiler's name and version; cargo has just built this bench with it.
fn rustc() -> String {
    let told = Command::new("rustc").arg("--version").output();
    told.map_or("an unknown compiler".into(), |out| {
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    })
}

/// Counts all subjects and prints a line each: instructions per event.
fn count_all(this: &Path) -> Result<Vec<(String, u64)>, String> {
    let by_hand = Model::ALL.map(|model| format!("{} textbook", model.name()));
    let subjects = BUDGETS.map(|(subject, _)| subject.to_owned());
    let mut counts = Vec::new();
    println!(
        "{:<32}{:>12}{:>10}",
        "instructions/event", "counted", "budget"
    );
    for subject in subjects.into_iter().chain(by_hand) {
        let (instructions, events) = count(this, &subject)?;
        let each = (instructions + events / 2) / events;
        let budget = budget_of(&subject).map_or("-".into(), |budget| budget.to_string());
        println!(
            "{subject:<32}{each:>12}{budget:>10}   ({instructions} instructions, {events} events)"
        );
        counts.push((subject, each));
    }
    Ok(counts)
}

fn budget_of(subject: &str) -> Option<u64> {
    let found = BUDGETS.iter().find(|(name, _)| *name == subject);
    found.map(|(_, budget)| *budget)
}

/// Renews the table in docs/performance.md, between its marks.
fn write(counts: &[(String, u64)]) -> Result<(), String> {
    const BEGIN: &str =
        "<!-- instructions: written by cargo bench --bench instructions -- --write -->";
    const END: &str = "<!-- end of instructions -->";
    let of = |subject: String| {
        let found = counts.iter().find(|(name, _)| *name == subject);
        found.map_or("-".into(), |(_, each)| each.to_string())
    };
    let mut table = String::from("| | M1 | M2 serial | M2 parallel |\n|---|---|---|---|\n");
    for (name, by) in [
        ("corridor, kernel `auto`", "auto"),
        ("the same without the digest", "auto-undigested"),
        ("corridor, kernel `events`", "events"),
        ("the same without the digest", "events-undigested"),
        ("textbook loop", "textbook"),
    ] {
        let cells = Model::ALL.map(|model| of(format!("{} {by}", model.name())));
        table += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    let default = of(DEFAULT.into());
    table += &format!(
        "\nDefault scenario, for each event that the kernel handled: {default}. Compiler: {}.\n",
        rustc()
    );
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    let text = std::fs::read_to_string(&docs).map_err(|e| e.to_string())?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
    });
    let text = parts.ok_or("docs/performance.md has no place for the table")?;
    std::fs::write(&docs, text).map_err(|e| e.to_string())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == COUNT) {
        let Some(events) = words.get(at + 1).and_then(|subject| events(subject)) else {
            eprintln!("{COUNT} SUBJECT");
            return ExitCode::from(2);
        };
        println!("{events}");
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` only asks whether it starts.
    if words.iter().any(|word| word == "--test") {
        return ExitCode::SUCCESS;
    }
    let asked = |flag: &str| words.iter().any(|word| word == flag);
    let counts = std::env::current_exe()
        .map_err(|e| e.to_string())
        .and_then(|this| count_all(&this))
        .and_then(|counts| {
            if asked(WRITE) {
                write(&counts).map(|()| counts)
            } else {
                Ok(counts)
            }
        });
    let counts = match counts {
        Ok(counts) => counts,
        Err(why) => {
            eprintln!("instructions per event were not counted: {why}");
            return ExitCode::from(2);
        }
    };
    if let Err(why) = bind() {
        println!("No budget binds: {why}.");
        return ExitCode::SUCCESS;
    }
    let mut over = false;
    for (subject, each) in counts {
        if let Some(budget) = budget_of(&subject).filter(|budget| each > *budget) {
            eprintln!("{subject}: {each} instructions per event, the budget is {budget}");
            over = true;
        }
    }
    ExitCode::from(u8::from(over && asked(BUDGET)))
}
