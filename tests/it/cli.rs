//! The command line, end to end, on a scenario of one border that runs in a moment.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sha2::{Digest, Sha256};

/// A folder with the scenario `mine.toml`, made by `corridor new`.
struct Workplace(tempfile::TempDir);

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Workplace {
    fn new() -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        let said = place.corridor(&["new", "mine"]);
        assert_eq!(said.code, 0, "{}", said.err);
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program here.
    fn corridor(&self, arguments: &[&str]) -> Said {
        let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
        let output = command
            .current_dir(self.path())
            .args(arguments)
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it on `mine.toml`, shortened to two replications of four days.
    fn short(&self, command: &str, more: &[&str]) -> Said {
        let short = [
            command,
            "mine.toml",
            "--replications",
            "2",
            "--set",
            "experiment.warm_up=1 d",
            "--set",
            "experiment.horizon=5 d",
        ];
        self.corridor(&[&short[..], more].concat())
    }

    /// The folders of finished runs.
    fn runs(&self) -> Vec<PathBuf> {
        let folder = self.path().join("output/mine");
        let mut runs: Vec<PathBuf> = fs::read_dir(folder).map_or_else(
            |_| Vec::new(),
            |entries| entries.map(|e| e.unwrap().path()).collect(),
        );
        runs.sort();
        runs
    }

    fn only_run(&self) -> PathBuf {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_new_scenario_runs_as_it_is_and_an_old_one_is_left_alone() {
    let place = Workplace::new();
    fs::write(
        place.path().join("mine.toml"),
        fs::read_to_string(place.path().join("mine.toml")).unwrap() + "\n# mine\n",
    )
    .unwrap();
    let again = place.corridor(&["new", "mine"]);
    assert_eq!(again.code, 2);
    assert!(
        again.err.contains("cannot create mine.toml"),
        "{}",
        again.err
    );
    assert!(
        fs::read_to_string(place.path().join("mine.toml"))
            .unwrap()
            .ends_with("# mine\n")
    );
    assert_eq!(place.short("compare", &[]).code, 0);
}

#[test]
fn compare_prints_the_tables_and_writes_every_file_that_the_manifest_lists() {
    let place = Workplace::new();
    let said = place.short("compare", &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    for words in [
        "Comparison of variants",
        "cooperation agreed",
        "mean_h",
        "== Finding ==",
        "utilisation_%",
    ] {
        assert!(
            said.out.contains(words),
            "`{words}` is missing in\n{}",
            said.out
        );
    }
    let run = place.only_run();
    let name = run.file_name().unwrap().to_str().unwrap();
    assert!(
        name.len() == 12 && name.chars().all(|c| c.is_ascii_hexdigit()),
        "{name}"
    );
    assert!(
        said.err.contains(&format!("output/mine/{name}")),
        "{}",
        said.err
    );
    let manifest = json(&fs::read_to_string(run.join("manifest.json")).unwrap());
    let files = manifest["files"].as_array().unwrap();
    for file in files {
        let bytes = fs::read(run.join(file["name"].as_str().unwrap())).unwrap();
        let sha: String = Sha256::digest(&bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(file["sha256"], sha, "{file}");
    }
    let names: Vec<&str> = files.iter().map(|f| f["name"].as_str().unwrap()).collect();
    let expected = [
        "sides.csv",
        "comparisons.csv",
        "clearance-time.png",
        "queues.svg",
        "report.md",
        "results.json",
    ];
    for name in expected {
        assert!(names.contains(&name), "{name} is missing: {names:?}");
    }
    // The manifest, and the only file with clock times, stand beside the files that it lists.
    assert_eq!(fs::read_dir(&run).unwrap().count(), files.len() + 2);
    let text = fs::read_to_string(place.path().join("mine.toml")).unwrap();
    assert_eq!(manifest["inputs"][0]["text"], text);
    assert_eq!(manifest["overrides"][0][0], "experiment.warm_up");
    assert_eq!(manifest["replications"], 2);
}

#[test]
fn a_finished_run_is_shown_again_unless_fresh() {
    let place = Workplace::new();
    let first = place.short("compare", &[]);
    let timing = place.only_run().join("timing.json");
    let made = fs::read_to_string(&timing).unwrap();
    let second = place.short("compare", &[]);
    assert_eq!((second.code, &second.out), (0, &first.out));
    assert!(second.err.contains("shown again"), "{}", second.err);
    assert_eq!(fs::read_to_string(&timing).unwrap(), made);
    let fresh = place.short("compare", &["--fresh"]);
    assert_eq!((fresh.code, &fresh.out), (0, &first.out));
    assert!(!fresh.err.contains("shown again"), "{}", fresh.err);
    assert_ne!(fs::read_to_string(&timing).unwrap(), made);
    assert_eq!(place.runs().len(), 1, "no scratch folder is left");
}

#[test]
fn a_run_that_was_tampered_with_is_not_shown() {
    let place = Workplace::new();
    place.short("compare", &[]);
    let table = place.only_run().join("tables.txt");
    fs::write(&table, "nonsense").unwrap();
    let said = place.short("compare", &[]);
    assert!(
        !said.err.contains("shown again") && said.out.contains("== Finding =="),
        "{}",
        said.err
    );
    assert_ne!(fs::read_to_string(&table).unwrap(), "nonsense");
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let place = Workplace::new();
    let said = place.short("compare", &["--json"]);
    let results = json(&said.out);
    assert_eq!(results["variants"].as_array().unwrap().len(), 6);
    assert_eq!(
        said.out.trim_end(),
        fs::read_to_string(place.only_run().join("results.json")).unwrap()
    );
}

#[test]
fn quiet_prints_the_finding_alone() {
    let place = Workplace::new();
    let said = place.short("compare", &["--quiet"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(said.out.lines().count(), 1);
    assert!(
        said.out.starts_with("One border by road: of the "),
        "{}",
        said.out
    );
}

#[test]
fn the_number_of_threads_changes_no_result() {
    let place = Workplace::new();
    let one = place.short("compare", &["--json", "--threads", "1"]);
    let two = place.short("compare", &["--json", "--threads", "2", "--fresh"]);
    assert_eq!(one.out, two.out);
}

#[test]
fn what_changes_the_results_changes_the_run() {
    let place = Workplace::new();
    place.short("compare", &["--quiet"]);
    place.short("compare", &["--quiet", "--seed", "9"]);
    place.short(
        "compare",
        &["--quiet", "--set", "agencies.customs.title=Douane"],
    );
    place.short("run", &["--quiet"]);
    assert_eq!(place.runs().len(), 4);
}

#[test]
fn run_shows_one_variant_in_full() {
    let place = Workplace::new();
    let base = place.short("run", &[]);
    assert_eq!(base.code, 0, "{}", base.err);
    assert!(
        base.out.contains("== Variant serial/none ==")
            && base.out.contains("Steps, mean_h per job"),
        "{}",
        base.out
    );
    assert!(!base.out.contains("== Variant parallel/none =="));
    let other = place.short("run", &["--variant", "joint/agreed"]);
    assert!(
        other.out.contains("== Variant joint/agreed =="),
        "{}",
        other.out
    );
    let unknown = place.short("run", &["--variant", "nope"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .err
            .contains("no variant is called `nope`; there are: serial/none"),
        "{}",
        unknown.err
    );
}

#[test]
fn a_wrong_scenario_is_told_with_its_place_and_nothing_is_written() {
    let place = Workplace::new();
    let text = fs::read_to_string(place.path().join("mine.toml")).unwrap();
    let wrong = text
        .replace("country = \"KZ\"", "country = \"Kazakhstan\"")
        .replace("kind = \"hub\"", "kind = \"hubb\"");
    fs::write(place.path().join("mine.toml"), wrong).unwrap();
    for command in ["compare", "run", "check"] {
        let said = place.corridor(&[command, "mine.toml"]);
        assert_eq!(said.code, 1, "{}", said.err);
        for words in ["mine.toml:", "Kazakhstan", "hubb", "did you mean `hub`?"] {
            assert!(
                said.err.contains(words),
                "`{words}` is missing in\n{}",
                said.err
            );
        }
    }
    assert!(!place.path().join("output").exists());
}

#[test]
fn check_lists_what_a_scenario_holds_and_what_is_assumed() {
    let place = Workplace::new();
    let said = place.corridor(&["check", "mine.toml"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for words in ["variants", "6 (serial/none", "are assumed", "line"] {
        assert!(
            said.out.contains(words),
            "`{words}` is missing in\n{}",
            said.out
        );
    }
    let verdict = json(&place.corridor(&["check", "mine.toml", "--json"]).out);
    assert_eq!(verdict["runs"], true);
    let said = place.corridor(&[
        "check",
        "mine.toml",
        "--json",
        "--set",
        "sites.depot.kind=hubb",
    ]);
    assert_eq!(said.code, 1);
    assert_eq!(json(&said.out)["runs"], false);
    assert!(!place.path().join("output").exists());
}

#[test]
fn explain_follows_a_consignment() {
    let place = Workplace::new();
    let said = place.short(
        "explain",
        &["--consignment", "5", "--variant", "joint/none"],
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("joint/none") && said.out.contains("Entry side"),
        "{}",
        said.out
    );
    let found = json(
        &place
            .short("explain", &["--consignment", "5", "--json"])
            .out,
    );
    assert!(found["passages"].as_array().unwrap().len() > 2);
    assert_ne!(
        place.short("explain", &["--consignment", "no such"]).code,
        0
    );
}

#[test]
fn a_file_that_is_not_there_could_not_be_run() {
    let place = Workplace::new();
    let said = place.corridor(&["compare", "other.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("cannot read other.toml"), "{}", said.err);
    // Without a command, the default scenario; here there is none.
    let said = place.corridor(&[]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("china-europe-rail.toml"), "{}", said.err);
}

#[test]
fn a_misspelt_file_is_answered_with_the_scenario_beside_it_that_is_meant() {
    let place = Workplace::new();
    let folder = place.path().join("corridors");
    fs::create_dir_all(folder.join("china-europe-rials.toml")).unwrap();
    for name in [
        "china-europe-rail.toml",
        "middle.toml",
        "china-europe-rial.csv",
    ] {
        fs::write(folder.join(name), "").unwrap();
    }
    let missing =
        |path: &str| format!("error: cannot read {path}: No such file or directory (os error 2)");
    let cases = [
        // A folder and another kind of file are nearer, but no scenarios.
        (
            "corridors/china-europe-rial.toml",
            Some("corridors/china-europe-rail.toml"),
        ),
        ("corridors/midle", Some("corridors/middle.toml")),
        ("./mien.toml", Some("./mine.toml")),
        ("mine.tml", Some("mine.toml")),
        ("other.toml", None),
        ("corridor/middle.toml", None),
    ];
    for (asked, meant) in cases {
        for command in ["compare", "check", "sweep"] {
            let more: &[&str] = match command {
                "sweep" => &["--vary", "flows.trucks.volume=1 trucks/day,2 trucks/day"],
                _ => &[],
            };
            let said = place.corridor(&[&[command, asked], more].concat());
            let meant = meant.map_or(String::new(), |name| format!("; did you mean {name}?"));
            let expected = format!("{}{meant}\n", missing(asked));
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{command}");
            assert_eq!(said.err, expected, "{command}");
        }
    }
}

#[test]
fn an_output_folder_that_cannot_be_is_known_before_the_runs() {
    let place = Workplace::new();
    fs::write(place.path().join("taken"), "a file").unwrap();
    let said = place.short("compare", &["--out", "taken"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("taken") && !said.err.contains("runs"),
        "{}",
        said.err
    );
    assert_eq!(
        fs::read_to_string(place.path().join("taken")).unwrap(),
        "a file"
    );
}

#[test]
fn wrong_usage_could_not_be_run() {
    let place = Workplace::new();
    let wrong: [&[&str]; 4] = [
        &["compare"],
        &["dance"],
        &["compare", "mine.toml", "--set", "nonsense"],
        &["compare", "mine.toml", "--replications", "0"],
    ];
    for arguments in wrong {
        assert_eq!(place.corridor(arguments).code, 2, "{arguments:?}");
    }
    let unknown = place.corridor(&["compare", "mine.toml", "--set", "sites.nowhere.title=X"]);
    assert_eq!(unknown.code, 1, "{}", unknown.err);
}

#[test]
fn the_schema_is_json_and_knows_the_tables_of_the_format() {
    let schema = json(&Workplace::new().corridor(&["schema"]).out);
    for table in [
        "scenario",
        "experiment",
        "sites",
        "links",
        "procedures",
        "flows",
    ] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let place = Workplace::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = place.corridor(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains("compare"), "{shell}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_defect() {
    use std::io::Read;
    use std::process::Stdio;
    let place = Workplace::new();
    let program = assert_cmd::cargo::cargo_bin!("corridor");
    let mut child = std::process::Command::new(program)
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    drop(place);
}
