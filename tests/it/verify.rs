//! `corridor verify` and `--precision`, end to end.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;

/// A folder with a scenario, and what the program says there: exit code, standard output, standard error.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(
            place.0.path().join("mine.toml"),
            corridor::scenario::TEMPLATE,
        )
        .unwrap();
        place
    }

    fn corridor(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
        let output = command
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Runs the scenario, shortened, and gives the folder of the run.
    fn run(&self, more: &[&str]) -> PathBuf {
        let short = [
            "--set",
            "experiment.warm_up=1 d",
            "--set",
            "experiment.horizon=5 d",
        ];
        let (code, _, err) = self.corridor(&[&["compare", "mine.toml"], &short[..], more].concat());
        assert_eq!(code, 0, "{err}");
        let mut runs = fs::read_dir(self.0.path().join("output/mine")).unwrap();
        let run = runs.next().unwrap().unwrap().path();
        assert!(runs.next().is_none());
        run
    }

    fn verify(&self, run: &std::path::Path) -> (i32, String, String) {
        self.corridor(&["verify", run.to_str().unwrap(), "--quiet"])
    }
}

#[test]
fn a_run_verifies_from_its_manifest_alone_and_by_any_kernel_and_threads() {
    let place = Place::new();
    let run = place.run(&[
        "--replications",
        "2",
        "--seed",
        "77",
        "--set",
        "flows.trucks.volume=60 trucks/day",
    ]);
    // What it was made from may be gone.
    fs::remove_file(place.0.path().join("mine.toml")).unwrap();
    let manifest = run.join("manifest.json");
    let (code, out, err) = place.corridor(&[
        "verify",
        manifest.to_str().unwrap(),
        "--kernel",
        "events",
        "--threads",
        "1",
    ]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with("Verified: 6 variants x 2 replications come to digest "),
        "{out}"
    );
    assert!(
        out.trim_end().ends_with(", and every file to its bytes."),
        "{out}"
    );
}

#[test]
fn one_variant_that_was_run_verifies() {
    let place = Place::new();
    let short = [
        "--replications",
        "2",
        "--set",
        "experiment.warm_up=1 d",
        "--set",
        "experiment.horizon=5 d",
    ];
    let (code, _, err) = place.corridor(
        &[
            &["run", "mine.toml", "--variant", "joint/agreed"],
            &short[..],
        ]
        .concat(),
    );
    assert_eq!(code, 0, "{err}");
    let run = fs::read_dir(place.0.path().join("output/mine"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let (code, out, err) = place.verify(&run);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with("Verified: 2 variants x 2 replications"),
        "{out}"
    );
}

#[test]
fn what_was_changed_is_named_with_exit_code_3() {
    let place = Place::new();
    let run = place.run(&["--replications", "2"]);
    let sides = run.join("sides.csv");
    let whole = fs::read_to_string(&sides).unwrap();
    fs::write(&sides, whole.replacen('1', "2", 1)).unwrap();
    let (code, out, err) = place.verify(&run);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(
        err.ends_with("is not what it says: sides.csv was changed\n"),
        "{err}"
    );
    fs::remove_file(&sides).unwrap();
    let (code, _, err) = place.verify(&run);
    assert_eq!(code, 3);
    assert!(
        err.ends_with("is not what it says: sides.csv is missing\n"),
        "{err}"
    );
    fs::write(&sides, whole).unwrap();
    let manifest = run.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let digest = serde_json::from_str::<serde_json::Value>(&text).unwrap()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let zeros = "0".repeat(digest.len());
    fs::write(&manifest, text.replacen(&digest, &zeros, 1)).unwrap();
    let (code, _, err) = place.verify(&run);
    assert_eq!(code, 3);
    assert!(
        err.ends_with(&format!(
            "is not what it says: digest {digest} instead of {zeros}\n"
        )),
        "{err}"
    );
}

#[test]
fn what_is_no_manifest_is_refused() {
    let place = Place::new();
    let (code, _, err) = place.corridor(&["verify", "mine.toml"]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with("error: mine.toml is no manifest of this version of corridor: "),
        "{err}"
    );
    let (code, _, err) = place.corridor(&["verify", "nowhere/manifest.json"]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with("error: cannot read nowhere/manifest.json"),
        "{err}"
    );
}

#[test]
fn what_would_change_the_run_is_refused() {
    let place = Place::new();
    let run = place.run(&["--replications", "2"]);
    let run = run.to_str().unwrap();
    for (option, value) in [
        ("--seed", "7"),
        ("--replications", "3"),
        ("--set", "experiment.horizon=6 d"),
    ] {
        let message = format!(
            "error: verify runs what the manifest says, and {option} would change that: leave it out; what changes no \
             result, such as --threads, --engine and --kernel, may be given\n"
        );
        for arguments in [
            ["verify", run, option, value],
            [option, value, "verify", run],
        ] {
            let (code, out, err) = place.corridor(&arguments);
            assert_eq!((code, out.as_str(), err.as_str()), (2, "", &message[..]));
        }
    }
    let (code, _, err) =
        place.corridor(&["verify", run, "--engine", "sequential", "--threads", "2"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn what_means_nothing_to_it_is_refused() {
    let place = Place::new();
    let run = place.run(&["--replications", "2"]);
    let run = run.to_str().unwrap();
    let cases: [(&[&str], &str); 3] = [
        (&["--fresh"], "always runs anew"),
        (&["--out", "elsewhere"], "writes no files"),
        (
            &["--json"],
            "prints one line, and no results: those of the run are in its folder",
        ),
    ];
    for (option, why) in cases {
        let message = format!(
            "error: {} means nothing to verify, which {why}; leave it out\n",
            option[0]
        );
        for arguments in [[&["verify", run], option], [option, &["verify", run]]] {
            let (code, out, err) = place.corridor(&arguments.concat());
            assert_eq!((code, out.as_str(), err.as_str()), (2, "", &message[..]));
        }
    }
    // Even where it is what it would be without.
    let (code, _, err) = place.corridor(&["verify", run, "--out", "output"]);
    assert_eq!(code, 2, "{err}");
    let (code, _, err) = place.corridor(&["verify", run]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn replications_go_on_until_the_answer_is_precise_and_the_run_verifies() {
    let place = Place::new();
    let run = place.run(&["--precision", "4%", "--max-replications", "100"]);
    let results = fs::read_to_string(run.join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let precision = &results["precision"];
    assert_eq!(precision["reached"], true, "{precision}");
    assert!(
        precision["widest"][0].as_f64().unwrap() <= 4.0,
        "{precision}"
    );
    let replications = results["replications"].as_u64().unwrap();
    assert!(
        [20, 30, 45, 67, 100].contains(&replications),
        "{replications}"
    );
    let finding = results["finding"].as_str().unwrap();
    assert!(
        finding.contains("after which all were within the 4 % asked for"),
        "{finding}"
    );
    let tables = fs::read_to_string(run.join("tables.txt")).unwrap();
    let tables = tables.split_whitespace().collect::<Vec<_>>().join(" ");
    let until = "Replications went on until the headline's means and differences were all within the 4 % asked for. Each ±";
    assert!(tables.contains(until), "{tables}");
    let setting = format!("6 variants x {replications} replications from ");
    assert!(tables.contains(&setting), "{tables}");
    let (code, _, err) = place.verify(&run);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_precision_that_is_not_reached_is_told_with_the_width() {
    let place = Place::new();
    let run = place.run(&["--precision", "0.01%", "--max-replications", "5"]);
    let results = fs::read_to_string(run.join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    assert_eq!(
        (&results["precision"]["reached"], &results["replications"]),
        (&false.into(), &5.into())
    );
    let finding = results["finding"].as_str().unwrap();
    assert!(
        finding.contains("the 0.01 % asked for were not reached: the mean of "),
        "{finding}"
    );
    let tables = fs::read_to_string(run.join("tables.txt")).unwrap();
    let tables = tables.split_whitespace().collect::<Vec<_>>().join(" ");
    let not = ". The 0.01 % asked for were not reached: the mean of ";
    assert!(tables.contains(not), "{tables}");
}

#[test]
fn a_precision_takes_no_number_of_replications_beside_it() {
    let place = Place::new();
    let (code, _, err) = place.corridor(&[
        "compare",
        "mine.toml",
        "--precision",
        "2%",
        "--replications",
        "5",
    ]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot be used with"), "{err}");
    let (code, _, err) = place.corridor(&["compare", "mine.toml", "--precision", "2"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("write it as a number of per cent above 0, such as 2%"),
        "{err}"
    );
}
