//! The rules of the source tree: who may import whom, and what no file may hold.

use std::fmt;
use std::path::{Path, PathBuf};

/// What each folder of `src` may import of ours besides itself: the layout of ARCHITECTURE.md.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("time", &[]),
    ("terms", &[]),
    ("random", &[]),
    ("stats", &[]),
    ("scenario", &["time", "terms", "random"]),
    ("network", &["time", "terms", "random", "scenario"]),
    ("engine", &["time"]),
    ("world", &["time", "terms", "random", "network", "engine"]),
    ("observe", &["time", "terms", "stats", "network", "world"]),
    (
        "experiment",
        &[
            "time", "terms", "random", "stats", "scenario", "network", "engine", "world", "observe",
        ],
    ),
    // The scenario only for what it says in words: titles, sources, published hours.
    (
        "report",
        &[
            "time",
            "terms",
            "stats",
            "observe",
            "experiment",
            "scenario",
        ],
    ),
];
/// These import everything; nobody imports them.
const TOP: [&str; 3] = ["cli", "lib", "main"];

/// A rule that is broken at a place.
#[derive(Debug, PartialEq)]
struct Fault {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A line of code with its comment cut off (a string that holds `//` is cut too: it imports nothing).
fn code(line: &str) -> &str {
    line.find("//").map_or(line, |at| &line[..at])
}

/// The modules that a line names after `crate::` (or, in `main.rs` and tests, `corridor::`), a group's included.
fn imports(line: &str) -> Vec<&str> {
    let word = |text: &str| {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(text.len())
    };
    let mut found = Vec::new();
    for root in ["crate::", "corridor::"] {
        for (at, _) in line.match_indices(root) {
            let begins = line[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !(c.is_ascii_alphanumeric() || c == '_'));
            if !begins {
                continue;
            }
            let rest = &line[at + root.len()..];
            let Some(group) = rest.strip_prefix('{') else {
                found.push(&rest[..word(rest)]);
                continue;
            };
            // The first word of each entry at the outer level of the braces.
            let mut depth = 0;
            let mut entry = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => entry = true,
                    c if c.is_whitespace() => {}
                    _ if entry => {
                        found.push(&group[at..at + word(&group[at..])]);
                        entry = false;
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// Statements that open `crate::{` run over several lines: they are read as one.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        let line = code(line);
        match all.last_mut() {
            Some((_, statement)) if open => statement.push_str(line),
            _ => all.push((n + 1, line.to_owned())),
        }
        let starts_group = line.contains("crate::{") || line.contains("corridor::{");
        open = (open || starts_group) && !line.contains(';');
    }
    all
}

/// The folder of `src` that a file belongs to; tests of a module belong to it.
fn folder(file: &str) -> &str {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let first = inner.split('/').next().unwrap_or(inner);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn import_faults(file: &str, text: &str) -> Vec<Fault> {
    let from = folder(file);
    if TOP.contains(&from) {
        return Vec::new();
    }
    let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == from);
    let fault = |line, what| Fault {
        file: file.to_owned(),
        line,
        what,
    };
    let Some((_, allowed)) = allowed else {
        return vec![fault(1, format!("`{from}` has no place in the layout"))];
    };
    let known =
        |module: &str| TOP.contains(&module) || MAY_IMPORT.iter().any(|(m, _)| *m == module);
    let mut faults = Vec::new();
    for (line, statement) in statements(text) {
        for to in imports(&statement) {
            // Anything else after `crate::` is a macro or an item of the root.
            if known(to) && to != from && !allowed.contains(&to) {
                faults.push(fault(line, format!("`{from}` may not import `{to}`")));
            }
        }
    }
    faults
}

fn text_faults(file: &str, text: &str) -> Vec<Fault> {
    let fault = |line, what: &str| Fault {
        file: file.to_owned(),
        line,
        what: what.to_owned(),
    };
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(fault(
            1,
            "the first line does not say what the file is about (`//!`)",
        ));
    }
    // Only the machine that this was written on has this folder; the rule may not name it either.
    let machine = concat!("/", "work/");
    let is_test = file.starts_with("tests/")
        || file.starts_with("benches/")
        || file.ends_with("_tests.rs")
        || file.ends_with("/tests.rs");
    let tests_from = text
        .lines()
        .position(|l| l.trim() == "#[cfg(test)]")
        .unwrap_or(usize::MAX);
    for (n, line) in text.lines().enumerate() {
        if line.contains(machine) {
            faults.push(fault(n + 1, "names a folder of one machine"));
        }
        let code = code(line);
        let begins = |word: &str| {
            code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .any(|w| w == word)
        };
        if begins(concat!("un", "safe")) {
            faults.push(fault(n + 1, concat!("un", "safe code")));
        }
        if code.contains(concat!(".unw", "rap()")) && !is_test && n < tests_from {
            faults.push(fault(n + 1, concat!("unw", "rap outside tests")));
        }
    }
    faults
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file under these folders, with its path from the root and its text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in folders {
        rust_files(&root.join(folder), &mut files);
    }
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            (
                name.replace('\\', "/"),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

fn report(faults: &[Fault]) -> String {
    faults.iter().map(|f| format!("\n{f}")).collect()
}

#[test]
fn each_folder_imports_only_what_the_layout_allows() {
    let sources = sources(&["src"]);
    assert!(sources.len() > 50, "the sources were not found");
    let faults: Vec<Fault> = sources
        .iter()
        .flat_map(|(file, text)| import_faults(file, text))
        .collect();
    assert!(faults.is_empty(), "{}", report(&faults));
}

#[test]
fn every_file_says_what_it_is_and_is_of_no_one_machine() {
    let faults: Vec<Fault> = sources(&["src", "tests", "benches", "examples"])
        .iter()
        .flat_map(|(file, text)| text_faults(file, text))
        .collect();
    assert!(faults.is_empty(), "{}", report(&faults));
}

#[test]
fn the_layout_has_no_cycle() {
    // The order of the table is the data's way: each folder is imported only by later ones.
    let place = |name: &str| MAY_IMPORT.iter().position(|(m, _)| *m == name).unwrap();
    for (from, allowed) in MAY_IMPORT {
        for to in allowed {
            assert!(place(to) < place(from), "{from} imports {to}");
        }
    }
}

#[test]
fn the_import_rule_finds_every_way_to_name_a_module() {
    let lines = |text| {
        let faults = import_faults("src/engine/queue.rs", text);
        faults.iter().map(|f| f.line).collect::<Vec<_>>()
    };
    assert_eq!(
        lines("use crate::time::Time;\nuse crate::world::Event;"),
        [2]
    );
    assert_eq!(lines("\nfn f(w: &crate::world::Event) {}"), [2]);
    assert_eq!(
        lines("use crate::{time::Time, world::{Event, Cargo}};"),
        [1]
    );
    assert_eq!(
        lines("use crate::{\n    time::{Span, Time}, // both\n    stats::Moments,\n    cli,\n};"),
        [1, 1]
    );
    assert_eq!(lines("pub use corridor::network;"), [1]);
    assert_eq!(
        lines("// crate::world is above us\nmy_crate::world::f();"),
        [0; 0]
    );
    assert_eq!(
        import_faults("src/nowhere/a.rs", "")[0].to_string(),
        "src/nowhere/a.rs:1: `nowhere` has no place in the layout"
    );
}

#[test]
fn the_text_rules_can_fail() {
    let what = |file, text| {
        let faults = text_faults(file, text);
        faults.into_iter().map(|f| f.what).collect::<Vec<_>>()
    };
    let unwrap = concat!("//! A file.\nfn f() { x.unw", "rap(); }");
    assert_eq!(what("src/a.rs", unwrap), ["unwrap outside tests"]);
    assert_eq!(what("src/a_tests.rs", unwrap), [""; 0]);
    let late = concat!("//! A file.\n#[cfg(test)]\nmod t { x.unw", "rap(); }");
    assert_eq!(what("src/a.rs", late), [""; 0]);
    let wrong = concat!("//! A file.\nun", "safe {}\nlet p = \"/", "work/x\";");
    assert_eq!(
        what("src/a.rs", wrong),
        [concat!("un", "safe code"), "names a folder of one machine"]
    );
    assert_eq!(
        what("src/a.rs", "//! A file.\n#![forbid(unsafe_code)]").len(),
        0
    );
    assert_eq!(what("src/a.rs", "use x;").len(), 1);
}
