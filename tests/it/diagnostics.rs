//! Every wrong scenario in `tests/suite/diagnostics` gives exactly the messages written at its head.
//!
//! A line `#! error FILE:LINE:COLUMN: reason` (or `warning`) is one expected message, a line `#!   = remedy`
//! below it its remedy; `#! --set PATH=VALUE` loads the file with that override.

use std::fs;
use std::path::{Path, PathBuf};

use corridor::scenario::{self, Diagnostic, Failure, LoadOptions, Severity};

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/diagnostics")
}

/// The scenarios of the catalogue, by name.
fn scenarios() -> Vec<PathBuf> {
    let entries = fs::read_dir(suite()).expect("the catalogue is a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort();
    files
}

fn options(text: &str) -> LoadOptions {
    let overrides = text
        .lines()
        .filter_map(|line| line.strip_prefix("#! --set "))
        .map(|set| {
            let (path, value) = set.split_once('=').expect("an override is PATH=VALUE");
            (path.to_owned(), value.to_owned())
        });
    LoadOptions {
        overrides: overrides.collect(),
        ..LoadOptions::default()
    }
}

fn diagnostics(path: &Path, text: &str) -> Vec<Diagnostic> {
    match scenario::load(path, &options(text)) {
        Ok(loaded) => loaded.warnings,
        Err(Failure::Wrong(diagnostics)) => diagnostics.0,
        Err(failure) => panic!("{failure}"),
    }
}

/// The messages as the head of a file writes them.
fn as_written(diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut lines = Vec::new();
    for diagnostic in diagnostics {
        let severity = if diagnostic.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let file = diagnostic
            .file
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default();
        let Diagnostic {
            line,
            column,
            message,
            ..
        } = diagnostic;
        lines.push(format!("#! {severity} {file}:{line}:{column}: {message}"));
        lines.extend(
            diagnostic
                .remedy
                .iter()
                .map(|remedy| format!("#!   = {remedy}")),
        );
    }
    lines
}

#[test]
fn every_wrong_scenario_gives_the_messages_at_its_head() {
    let files = scenarios();
    assert!(
        files.len() >= 45,
        "the catalogue has {} scenarios",
        files.len()
    );
    let mut wrong = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a readable file");
        let heads = |line: &&str| line.starts_with("#! ") && !line.starts_with("#! --set ");
        let expected: Vec<&str> = text.lines().filter(heads).collect();
        let found = as_written(&diagnostics(&path, &text));
        if found != expected || found.is_empty() {
            wrong.push(format!("{}\n{}\n", path.display(), found.join("\n")));
        }
    }
    assert!(
        wrong.is_empty(),
        "these give other messages, namely:\n\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_scenario_of_the_catalogue_without_an_error_is_about_warnings() {
    for path in scenarios() {
        let text = fs::read_to_string(&path).expect("a readable file");
        let loads = scenario::load(&path, &options(&text)).is_ok();
        let only_warnings = !text.contains("\n#! error ") && !text.starts_with("#! error ");
        assert_eq!(loads, only_warnings, "{}", path.display());
    }
}

#[test]
fn eight_and_more_mistakes_of_one_file_are_reported_at_once() {
    let path = suite().join("many-mistakes.toml");
    let text = fs::read_to_string(&path).expect("a readable file");
    let found = diagnostics(&path, &text);
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    assert!(errors >= 8, "{errors} errors");
    let mut places: Vec<_> = found
        .iter()
        .map(|diagnostic| (diagnostic.line, diagnostic.column))
        .collect();
    places.dedup();
    assert_eq!(places.len(), found.len(), "each stands elsewhere");
}

#[test]
fn a_message_shows_file_line_column_text_reason_and_remedy() {
    let text = "[experiment]\nhorizon = \"10 dd\"\n";
    let Err(Failure::Wrong(all)) = scenario::from_str("dir/x.toml", text, &scenario::NoFiles)
    else {
        panic!("a wrong unit is refused")
    };
    let expected = "\
error: unknown unit `dd`
 --> dir/x.toml:2:11
  |
2 | horizon = \"10 dd\"
  |           ^^^^^^^
  |
  = help: did you mean `d`?";
    assert!(all.to_string().contains(expected), "{all}");
    assert!(all.to_string().ends_with("3 errors in dir/x.toml"), "{all}");
}

/// The fenced blocks of docs/scenario.md, as (what follows the fence, text).
fn fragments() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let text = fs::read_to_string(path).expect("a readable file");
    let mut fragments = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(what) = line.strip_prefix("```") {
            let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            fragments.push((what.to_owned(), inner.join("\n") + "\n"));
        }
    }
    fragments
}

fn assert_loads(text: &str, files: &[(&str, &str)]) {
    match scenario::from_str("docs/scenario.md", text, &files) {
        Ok(loaded) => {
            let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
            assert!(warnings.is_empty(), "{}", warnings.join("\n"));
            assert_eq!(loaded.study.validate(), Ok(()));
        }
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn the_examples_of_the_format_reference_load() {
    let fragments = fragments();
    let runnable: Vec<_> = fragments
        .iter()
        .filter(|(what, _)| what == "toml runnable")
        .collect();
    assert!(!runnable.is_empty(), "there is a first scenario");
    for (_, text) in runnable {
        assert_loads(text, &[]);
    }
    // The examples of the sections are the parts of one scenario.
    let parts = fragments.iter().filter(|(what, _)| what == "toml");
    let whole: Vec<&str> = parts.map(|(_, text)| text.as_str()).collect();
    let csv = fragments
        .iter()
        .filter_map(|(what, text)| Some((what.strip_prefix("csv ")?, text.as_str())));
    assert_loads(&whole.join("\n"), &csv.collect::<Vec<_>>());
}

#[test]
fn the_format_reference_names_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let text = fs::read_to_string(path).expect("a readable file");
    let schema = scenario::schema();
    let definitions = schema["$defs"].as_object().expect("definitions").iter();
    for (name, definition) in definitions {
        for key in definition["properties"]
            .as_object()
            .into_iter()
            .flat_map(|properties| properties.keys())
        {
            let named = text.contains(&format!("`{key}`")) || text.contains(&format!("{key} = "));
            assert!(named, "`{key}` of {name}");
        }
    }
}

/// Every `key = value` line of `text` in turn without its value, or with another in its place.
fn broken(text: &str) -> impl Iterator<Item = String> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let values = [
        "0",
        "-1",
        "nan",
        "\"\"",
        "\"x\"",
        "[]",
        "[0]",
        "{}",
        "{ value = {} }",
        "true",
        "2024-01-01",
    ];
    (0..lines.len()).flat_map(move |at| {
        let lines = lines.clone();
        let key = lines[at].split_once(" = ").map(|(key, _)| key.to_owned());
        let with = move |line: Option<String>| {
            let mut changed = lines.clone();
            match line {
                Some(line) => changed[at] = line,
                None => drop(changed.remove(at)),
            }
            changed.join("\n")
        };
        let replaced = key
            .into_iter()
            .flat_map(move |key| values.map(|value| Some(format!("{key} = {value}"))));
        std::iter::once(None)
            .chain(replaced)
            .map(with)
            .collect::<Vec<String>>()
    })
}

#[test]
fn whatever_stands_in_place_of_a_value_is_refused_or_valid_but_never_a_panic() {
    let fragments = fragments();
    let parts = fragments.iter().filter(|(what, _)| what == "toml");
    let whole: Vec<&str> = parts.map(|(_, text)| text.as_str()).collect();
    let csv = fragments
        .iter()
        .filter_map(|(what, text)| Some((what.strip_prefix("csv ")?, text.as_str())));
    let csv: Vec<(&str, &str)> = csv.collect();
    let runnable = fragments.iter().filter(|(what, _)| what == "toml runnable");
    let texts = std::iter::once(whole.join("\n")).chain(runnable.map(|(_, text)| text.clone()));
    for text in texts.flat_map(|text| broken(&text).collect::<Vec<_>>()) {
        match scenario::from_str("x.toml", &text, &csv.as_slice()) {
            Ok(loaded) => assert_eq!(loaded.study.validate(), Ok(()), "{text}"),
            Err(Failure::Wrong(all)) => assert!(!all.to_string().is_empty()),
            Err(failure) => panic!("{failure}"),
        }
    }
}
