//! `corridor diff`, end to end.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// Two desks, of 2 h and 1 h, that nobody waits for: 3 h in turn, 2 h at once.
const DESKS: &str = include_str!("desks.toml");

/// Exit code, standard output, standard error.
type Said = (i32, String, String);

/// A folder with scenarios.
struct Workplace(tempfile::TempDir);

impl Workplace {
    /// `a.toml` is [`DESKS`], `b.toml` the same with changes.
    fn new(changes: &[(&str, &str)]) -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        let changed = changes.iter().fold(DESKS.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        fs::write(place.path().join("a.toml"), DESKS).unwrap();
        fs::write(place.path().join("b.toml"), changed).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn corridor(&self, arguments: &[&str]) -> Said {
        let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
        let output = command.current_dir(self.path()).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        (code, text(output.stdout), text(output.stderr))
    }

    fn results(&self, out: &str) -> PathBuf {
        let entries = fs::read_dir(self.path().join(out).join("a")).unwrap();
        let mut found = entries.map(|e| e.unwrap().path());
        let first = found.next().unwrap();
        assert_eq!(found.next(), None, "one folder, whole");
        first
    }
}

fn lines(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(folder.join("diff.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|line| line.unwrap()).collect()
}

fn hours(line: &BTreeMap<String, String>, column: &str) -> f64 {
    line[column].parse().unwrap()
}

/// Both edits: 3 h in turn become 4 h at once with a desk of 4 h.
const BOTH: [(&str, &str); 2] = [
    ("[\"serial\", \"parallel\"]", "[\"parallel\", \"serial\"]"),
    (
        "\"1 h\", evidence = \"measured\"",
        "\"4 h\", evidence = \"measured\"",
    ),
];

#[test]
fn two_edits_that_act_together_share_the_difference_as_reckoned_by_hand() {
    // Hours: neither 2 + 1 = 3, at once max(2, 1) = 2, slower 2 + 4 = 6, both max(2, 4) = 4. At once: ½ ((2 - 3) + (4 - 6))
    // = -1.5; slower: ½ ((6 - 3) + (4 - 2)) = 2.5.
    let place = Workplace::new(&BOTH);
    let (code, out, err) = place.corridor(&["diff", "a.toml", "b.toml"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("2 edits: 4 combinations, 12 runs."), "{err}");
    let found = lines(&place.results("output"));
    let paths: Vec<&str> = found.iter().map(|l| l["path"].as_str()).collect();
    assert_eq!(
        paths,
        ["procedures.enter.steps.health.service", "scenario.regime"]
    );
    assert_eq!(
        (found[0]["from"].as_str(), found[0]["to"].as_str()),
        ("1 h", "4 h")
    );
    for (line, expected) in found.iter().zip([[3.0, 2.0, 2.5], [-1.0, -2.0, -1.5]]) {
        for (column, expected) in ["alone_h", "last_h", "part_h"].into_iter().zip(expected) {
            assert!(
                (hours(line, column) - expected).abs() < 1e-9,
                "{column} {line:?}"
            );
        }
        assert!(hours(line, "part_h_half_width") < 1e-9);
    }
    assert!(
        out.contains("b has 1.00 ±0.00 more mean hours at the border sides than a; the greatest part of it, +2.50 ±0.00 h, is"),
        "{out}"
    );
    assert!(
        out.contains("; most against it, -1.50 ±0.00 h, works `"),
        "{out}"
    );
}

#[test]
fn parts_sum_to_the_difference_where_there_is_chance() {
    // Queues at one desk of few officers, and two more edits.
    let place = Workplace::new(&[
        ("volume = \"20 trucks/day\"", "volume = \"24 trucks/day\""),
        ("servers = 500\n[flows", "servers = 2\n[flows"),
        ("{ value = \"2 h\"", "{ value = \"90 min\""),
    ]);
    let (code, _, err) = place.corridor(&["diff", "a.toml", "b.toml", "--json"]);
    assert_eq!(code, 0, "{err}");
    let json = fs::read_to_string(place.results("output").join("diff.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let parts = json["edits"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    let sum: f64 = parts
        .iter()
        .map(|e| e["part_h"]["mean"].as_f64().unwrap())
        .sum();
    let all = json["difference_h"]["mean"].as_f64().unwrap();
    assert!((sum - all).abs() < 1e-9 && all.abs() > 1e-3, "{sum} {all}");
    let (a, b) = (
        json["a_h"]["mean"].as_f64().unwrap(),
        json["b_h"]["mean"].as_f64().unwrap(),
    );
    assert!((b - a - all).abs() < 1e-9);
}

#[test]
fn the_same_scenario_differs_in_nothing_and_two_variants_in_what_they_choose() {
    let place = Workplace::new(&[]);
    let (code, out, _) = place.corridor(&["diff", "a.toml", "b.toml", "--quiet"]);
    assert_eq!(
        (code, out.as_str()),
        (
            0,
            "a and b do not differ in anything that a run depends on.\n"
        )
    );
    let (code, out, _) = place.corridor(&[
        "diff",
        "a.toml",
        "--variants",
        "serial",
        "parallel",
        "--quiet",
    ]);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "parallel has 1.00 ±0.00 fewer mean hours at the border sides than serial; the greatest part of it, -1.00 ±0.00 h, \
         is that of `scenario.regime`.\n"
    );
}

#[test]
fn threads_change_no_byte() {
    let place = Workplace::new(&BOTH);
    let run = |threads: &str, out: &str| {
        let said = place.corridor(&[
            "diff",
            "a.toml",
            "b.toml",
            "--threads",
            threads,
            "--out",
            out,
        ]);
        assert_eq!(said.0, 0, "{}", said.2);
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(place.results(out))
            .unwrap()
            .map(|e| e.unwrap())
            .filter(|e| e.file_name() != "timing.json")
            .map(|e| {
                (
                    e.file_name().into_string().unwrap(),
                    fs::read(e.path()).unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    };
    let one = run("1", "one");
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "diff.csv",
            "diff.json",
            "diff.png",
            "diff.svg",
            "diff.txt",
            "manifest.json"
        ]
    );
    assert!(one == run("4", "four"));
}

#[test]
fn mistakes_are_told_with_their_remedy() {
    let place = Workplace::new(&BOTH);
    for (arguments, code, message) in [
        (
            &["diff", "a.toml"][..],
            2,
            "error: what is it set against? Name a second scenario, or two variants of this one: --variants FIRST SECOND\n",
        ),
        (
            &["diff", "a.toml", "b.toml", "--variant", "serail"],
            2,
            "error: no variant of a.toml is called `serail`; did you mean `serial`?\n",
        ),
        (
            &["diff", "a.toml", "--variants", "serial", "other"],
            2,
            "error: no variant of a.toml is called `other`; there are: serial, parallel\n",
        ),
        (
            &["diff", "a.toml", "b.toml", "--measure", "bcp:entri:entry"],
            1,
            "error: `bcp:entri:entry` is measured nowhere in `no edit`, with these edits made; there are bcp:entry:entry\n",
        ),
    ] {
        let (found, out, err) = place.corridor(arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(message), "{err}");
    }
}
