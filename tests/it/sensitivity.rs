//! `corridor sensitivity`, end to end.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// Two desks in turn that nobody waits for: one of an assumed 2 h, from 1 h to 4 h, and one of a measured hour.
const DESKS: &str = include_str!("desks.toml");

const PAPERS: &str = "procedures.enter.steps.papers.service";
const OFFICERS: &str = "procedures.enter.steps.papers.servers";

/// Exit code, standard output, standard error.
type Said = (i32, String, String);

/// A folder with the scenario `desks.toml`.
struct Workplace(tempfile::TempDir);

impl Workplace {
    fn new(text: &str) -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        fs::write(place.0.path().join("desks.toml"), text).unwrap();
        place
    }

    fn corridor(&self, arguments: &[&str]) -> Said {
        let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
        let fixed = ["sensitivity", "desks.toml"];
        let output = command
            .current_dir(self.0.path())
            .args(fixed)
            .args(arguments)
            .output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        (code, text(output.stdout), text(output.stderr))
    }

    fn results(&self, out: &str) -> PathBuf {
        let entries = fs::read_dir(self.0.path().join(out).join("desks")).unwrap();
        let mut found = entries.map(|e| e.unwrap().path());
        let first = found.next().unwrap();
        assert_eq!(found.next(), None, "one folder, whole");
        first
    }
}

fn lines(file: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.deserialize().map(|line| line.unwrap()).collect()
}

#[test]
fn every_method_finds_the_value_that_matters_and_the_ledger_holds_assumed_values_only() {
    let place = Workplace::new(DESKS);
    let (code, out, err) = place.corridor(&[]);
    assert_eq!(code, 0, "{err}");
    // 1 + 2 * 2 ends, 6 trajectories of 3 points, 32 (2 + 2) points, 3 replications each.
    assert!(
        err.contains("2 assumed values in 2 groups: 151 points of 1 variant, 453 runs."),
        "{err}"
    );
    let folder = place.results("output");
    let ledger = lines(&folder.join("ledger.csv"));
    let paths: Vec<&str> = ledger.iter().map(|l| l["path"].as_str()).collect();
    assert_eq!(paths, [PAPERS, OFFICERS]);
    let number =
        |line: &BTreeMap<String, String>, column: &str| line[column].parse::<f64>().unwrap();
    // Hours are 1 h more than the desk's: 2, 3 as written, 5.
    for (column, expected) in [
        ("low_h", -1.0),
        ("high_h", 2.0),
        ("swing_h", 3.0),
        ("additive_share", 1.0),
    ] {
        assert!(
            (number(&ledger[0], column) - expected).abs() < 1e-9,
            "{column} {:?}",
            ledger[0]
        );
    }
    assert!(
        number(&ledger[1], "swing_h").abs() < 1e-9,
        "{:?}",
        ledger[1]
    );
    let found = lines(&folder.join("sensitivity.csv"));
    let value = |group: &str, what: &str| {
        let line = found
            .iter()
            .find(|l| l["group"] == group && l["what"] == what);
        number(line.unwrap(), "value")
    };
    assert!(
        (value(PAPERS, "mu_star") - 3.0).abs() < 1e-3 && (value(PAPERS, "mu") - 3.0).abs() < 1e-3
    );
    assert!(value(OFFICERS, "mu_star").abs() < 1e-9);
    assert!(
        (value(PAPERS, "first") - 1.0).abs() < 0.1,
        "{}",
        value(PAPERS, "first")
    );
    assert!((value(PAPERS, "total") - 1.0).abs() < 0.1 && value(OFFICERS, "total").abs() < 1e-9);
    let finding = "Mean hours at the border sides in serial: 3.00 ±0.00 h as written. Measure \
                   `procedures.enter.steps.papers.service` next (1 h to 4 h): from 2.00 ±0.00 h at the low end to 5.00 ±0.00 h \
                   at the high end, about 100 % of the variance of all 2 that were varied, effects added up.";
    let flat: Vec<&str> = out.split_whitespace().collect();
    assert!(flat.join(" ").ends_with(finding), "{out}");
}

#[test]
fn a_difference_whose_sign_changes_is_told_with_what_it_is_worth_to_know() {
    // In turn papers + 1 h; at once, with a slower second desk, the longer of papers and 2.5 h: +0.5 h, -0.5 h, -1 h with papers
    // of 1, 2 and 4 h.
    let text = DESKS.replace("regimes = [\"serial\", \"parallel\"]\n", "")
        + "[variants.at-once]\nregime = \"parallel\"\n\
           set = { \"procedures.enter.steps.health.service\" = \"150 min\" }\n\
           [variants.fixed]\nset = { \"procedures.enter.steps.papers.service\" = \"150 min\" }\n";
    let place = Workplace::new(&text);
    let method = ["--method", "tornado"];
    let (code, _, err) =
        place.corridor(&[&method[..], &["--variant", "at-once", "--out", "one"]].concat());
    assert_eq!(code, 0, "{err}");
    let ledger = lines(&place.results("one").join("ledger.csv"));
    let number = |column: &str| ledger[0][column].parse::<f64>().unwrap();
    assert_eq!(
        (ledger[0]["path"].as_str(), ledger[0]["sign"].as_str()),
        (PAPERS, "changes")
    );
    assert!((number("low_h") - 1.0).abs() < 1e-9 && (number("high_h") + 0.5).abs() < 1e-9);
    // Above zero on a quarter of the range, a quarter of an hour on average there.
    assert!((number("worth_h") - 0.0625).abs() < 1e-9, "{:?}", ledger[0]);
    assert_eq!(
        (ledger[1]["sign"].as_str(), ledger[1]["worth_h"].as_str()),
        ("kept", "0")
    );
    let (code, out, err) =
        place.corridor(&[&method[..], &["--variant", "fixed", "--out", "two"]].concat());
    assert_eq!(code, 0, "{err}");
    let ledger = lines(&place.results("two").join("ledger.csv"));
    let papers = ledger.iter().find(|l| l["path"] == PAPERS).unwrap();
    assert_eq!(papers["not_varied"], "a variant in question sets it itself");
    assert!(
        out.contains(
            "- a variant in question sets it itself: procedures.enter.steps.papers.service"
        ),
        "{out}"
    );
}

#[test]
fn threads_change_no_byte() {
    let place = Workplace::new(DESKS);
    let run = |threads: &str, out: &str| {
        let said = place.corridor(&[
            "--points",
            "4",
            "--variant",
            "parallel",
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
            "ledger.csv",
            "manifest.json",
            "sensitivity.csv",
            "sensitivity.json",
            "sensitivity.txt",
            "tornado.png",
            "tornado.svg"
        ]
    );
    assert!(one == run("4", "four"));
}

#[test]
fn mistakes_are_told_with_their_remedy() {
    let place = Workplace::new(DESKS);
    for (arguments, code, message) in [
        (
            &["--variant", "joint"][..],
            2,
            "error: no variant is called `joint`; there are: serial, parallel\n",
        ),
        (
            &["--variant", "serial", "--against", "serial"],
            2,
            "error: `serial` is set against itself; name two variants with --variant and --against\n",
        ),
        (
            &["--method", "sobol"],
            2,
            "error: --method sobol is of the first few: add --method tornado or --method morris to know which\n",
        ),
        (
            &["--measure", "bcp:entri:entry"],
            1,
            "error: `bcp:entri:entry` is measured nowhere in this scenario; there are bcp:entry:entry\n",
        ),
    ] {
        let (found, out, err) = place.corridor(arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{err}");
        assert!(err.ends_with(message), "{err}");
    }
    let known = DESKS.replace("evidence = \"assumed\"", "evidence = \"measured\"");
    let (code, _, err) = Workplace::new(&known).corridor(&[]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "error: no assumed value can be varied; `corridor check` lists those that are stated\n"
    );
}
