//! `corridor sweep`, end to end, on a scenario of one border.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A folder with the scenario `mine.toml`, made by `corridor new`.
struct Workplace(tempfile::TempDir);

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

const SHORT: [&str; 6] = [
    "--replications",
    "3",
    "--set",
    "experiment.warm_up=1 d",
    "--set",
    "experiment.horizon=4 d",
];

impl Workplace {
    fn new() -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        assert_eq!(place.corridor(&["new", "mine"]).code, 0);
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

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

    /// Sweeps `mine.toml`, shortened to three replications of three days.
    fn sweep(&self, more: &[&str]) -> Said {
        self.corridor(&[&["sweep", "mine.toml"], &SHORT[..], more].concat())
    }

    /// The only folder of a finished run.
    fn run(&self, folder: &str) -> PathBuf {
        let entries = fs::read_dir(self.path().join(folder).join("mine")).unwrap();
        let runs: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }
}

/// Lines of a CSV file by column.
fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let line = |record: csv::StringRecord| {
        let cells = record.iter().map(str::to_owned);
        header.iter().cloned().zip(cells).collect()
    };
    reader.records().map(|r| line(r.unwrap())).collect()
}

/// Every file but the one with clock times.
fn files(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(run).unwrap().map(|e| e.unwrap());
    entries
        .map(|e| {
            (
                e.file_name().into_string().unwrap(),
                fs::read(e.path()).unwrap(),
            )
        })
        .filter(|(name, _)| name != "timing.json")
        .collect()
}

const FACTORS: [&str; 4] = [
    "--vary",
    "cooperation.information=0:1:0.5",
    "--vary",
    "regime=serial,joint",
];

#[test]
fn a_sweep_has_a_row_for_each_point_and_measure_and_its_files_are_whole() {
    let place = Workplace::new();
    let said = place.sweep(&FACTORS);
    assert_eq!(said.code, 0, "{}", said.err);
    for words in [
        "full factorial, 3 x 2 = 6 points from variant serial/none",
        "level of information",
        "Effects alone and together, hours",
        "== Finding ==",
        "One border by road: from information 0.0 to 1.0, the mean hours at the border sides",
    ] {
        assert!(
            said.out.contains(words),
            "`{words}` is missing in\n{}",
            said.out
        );
    }
    let run = place.run("output");
    let name = run.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("sweep-") && name.len() == 18, "{name}");
    let lines = csv(&run.join("sweep.csv"));
    let mut by_point: BTreeMap<[&str; 3], usize> = BTreeMap::new();
    for line in &lines {
        let key = ["point", "cooperation.information", "regime"].map(|c| line[c].as_str());
        *by_point.entry(key).or_default() += 1;
    }
    let points: Vec<[&str; 3]> = by_point.keys().copied().collect();
    assert_eq!(
        points,
        [
            ["1", "0.0", "serial"],
            ["2", "0.0", "joint"],
            ["3", "0.5", "serial"],
            ["4", "0.5", "joint"],
            ["5", "1.0", "serial"],
            ["6", "1.0", "joint"],
        ]
    );
    // Two sums; BCP and release of both sides, one crossing and one flow, in nine statistics each.
    let each: Vec<usize> = by_point.values().copied().collect();
    assert_eq!(each, [2 + 9 * 6; 6]);
    for line in &lines {
        let number = |column: &str| line[column].parse::<f64>().unwrap();
        assert!(
            number("low") <= number("value") && number("value") <= number("high"),
            "{line:?}"
        );
        assert_eq!(line["replications"], "3");
        assert_eq!(
            line["difference"].is_empty(),
            line["point"] == "1",
            "{line:?}"
        );
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["variants"].as_array().unwrap().len(), 6);
    assert_eq!(manifest["asked"]["sweep"]["vary"][1], "regime=serial,joint");
    let again = place.sweep(&FACTORS);
    assert_eq!((again.code, &again.out), (0, &said.out));
    assert!(again.err.contains("shown again"), "{}", again.err);
    let verified = place.corridor(&["verify", run.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(
        verified.out.contains("every file to its bytes"),
        "{}",
        verified.out
    );
}

#[test]
fn points_that_are_variants_of_the_file_come_to_what_compare_finds() {
    let place = Workplace::new();
    let said = place.sweep(&[
        "--vary",
        "regime=serial,parallel,joint",
        "--vary",
        "cooperation=none,agreed",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let compared = [&["compare", "mine.toml", "--out", "other"], &SHORT[..]].concat();
    assert_eq!(place.corridor(&compared).code, 0);
    let swept = csv(&place.run("output").join("sweep.csv"));
    let (mut found, mut shares) = (0, 0);
    for line in csv(&place.run("other").join("comparisons.csv")) {
        let (regime, set) = line["variant"].split_once('/').unwrap();
        let same = swept.iter().find(|s| {
            s["regime"] == regime
                && s["cooperation"] == set
                && s["measure"] == line["measure"]
                && s["of"] == line["of"]
                && s["statistic"] == "mean"
        });
        let same = same.unwrap_or_else(|| panic!("{line:?}"));
        assert_eq!(same["value"], line["variant_mean_h"], "{line:?}");
        assert_eq!(same["difference"], line["difference_h"], "{line:?}");
        let half = line["difference_h_half_width"].parse::<f64>().unwrap();
        let ends = ["difference_low", "difference_high"].map(|c| same[c].parse::<f64>().unwrap());
        assert!((ends[1] - ends[0] - 2.0 * half).abs() < 1e-9, "{line:?}");
        found += 1;
    }
    assert_eq!(found, 5 * 8, "five variants, eight measures");
    // Other statistics are those of the sides' table, the base's among them.
    for line in csv(&place.run("other").join("sides.csv")) {
        let (regime, set) = line["variant"].split_once('/').unwrap();
        for (statistic, column) in [("p90", "p90_h"), ("within_24h", "within_24h_share")] {
            let of = format!("{} {}", line["site"], line["role"]);
            let same = swept.iter().find(|s| {
                s["regime"] == regime
                    && s["cooperation"] == set
                    && s["measure"] == line["time"]
                    && s["of"] == of
                    && s["statistic"] == statistic
            });
            if let Some(same) = same {
                assert_eq!(same["value"], line[column], "{line:?}");
                shares += 1;
            }
        }
    }
    assert_eq!(shares, 6 * 2 * 2 * 2);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let place = Workplace::new();
    for (threads, out) in [("1", "one"), ("4", "four")] {
        let more = [&FACTORS[..], &["--threads", threads, "--out", out]].concat();
        assert_eq!(place.sweep(&more).code, 0);
    }
    let (one, four) = (files(&place.run("one")), files(&place.run("four")));
    assert!(one.len() > 10, "{:?}", one.keys());
    assert!(one == four);
}

#[test]
fn the_warm_up_of_a_study_that_settles_is_found_for_all_points_together() {
    let place = Workplace::new();
    let fixed = [
        "sweep",
        "mine.toml",
        "--vary",
        "regime=serial,joint",
        "--replications",
        "2",
    ];
    let steady = [
        "--set",
        "experiment.steady=true",
        "--set",
        "experiment.horizon=60 d",
    ];
    let text = fs::read_to_string(place.path().join("mine.toml")).unwrap();
    let without: Vec<&str> = text.lines().filter(|l| !l.starts_with("warm_up")).collect();
    fs::write(place.path().join("mine.toml"), without.join("\n")).unwrap();
    let said = place.corridor(&[&fixed[..], &steady].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("found by MSER-5 over 2 replications"),
        "{}",
        said.err
    );
    assert!(
        said.out.contains("(warm-up found by MSER-5 over"),
        "{}",
        said.out
    );
    let run = place.run("output");
    assert!(run.join("warm-up.svg").exists());
    let verified = place.corridor(&["verify", run.to_str().unwrap(), "--quiet"]);
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn drawn_designs_fill_the_space_from_the_seed() {
    let place = Workplace::new();
    let drawn = |design: &str, out: &str, more: &[&str]| {
        let fixed = [
            "--vary",
            "cooperation.information=0:1",
            "--vary",
            "flows.trucks.volume=60 trucks/day:80 trucks/day",
            "--design",
            design,
            "--points",
            "8",
            "--out",
            out,
        ];
        let said = place.sweep(&[&fixed[..], more].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let run = place.run(out);
        let mut levels: Vec<String> = csv(&run.join("sweep.csv"))
            .iter()
            .map(|line| format!("{} {}", line["point"], line["flows.trucks.volume"]))
            .collect();
        levels.dedup();
        (said, run, levels)
    };
    let (said, run, sobol) = drawn("sobol", "sobol", &[]);
    assert!(
        said.out.contains("8 scrambled Sobol points"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("== Notes ==") && said.out.contains("no grid"),
        "{}",
        said.out
    );
    assert!(run.join("scatter.png").exists() && run.join("regression.csv").exists());
    assert!(!run.join("heat-map.png").exists());
    assert_eq!(sobol.len(), 8);
    assert!(
        sobol.iter().all(|level| level.ends_with(" trucks/day")),
        "{sobol:?}"
    );
    let (_, _, latin) = drawn("latin", "latin", &[]);
    let (_, _, other) = drawn("latin", "other", &["--seed", "9"]);
    assert!(latin != sobol && latin != other);
}

#[test]
fn another_measure_and_another_start_can_be_asked_for() {
    let place = Workplace::new();
    let said = place.sweep(&[
        "--vary",
        "procedures.enter.steps.customs-exam.servers=3,4",
        "--variant",
        "joint/agreed",
        "--measure",
        "release:entry:entry",
        "--json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let sweep: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(sweep["variant"], "joint/agreed");
    assert_eq!(sweep["points"].as_array().unwrap().len(), 2);
    let finding = sweep["finding"].as_str().unwrap();
    assert!(
        finding.contains("the mean hours to release at Entry side, entry"),
        "{finding}"
    );
    let quiet = place.sweep(&["--vary", "regime=serial,joint", "--quiet"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    assert_eq!(quiet.out.lines().count(), 1);
}

#[test]
fn mistakes_are_told_with_their_remedy_and_nothing_is_written() {
    let place = Workplace::new();
    let wrong: [(&[&str], i32, &str); 16] = [
        (&[], 2, "--vary <PATH=VALUES>"),
        (
            &["--vary", "regime"],
            2,
            "write PATH=a,b,c or PATH=from:to:step, such as cooperation.information=0:1:0.1",
        ),
        (
            &["--vary", "cooperation.information=0:1:0"],
            2,
            "the step of `0:1:0` is zero: write one above zero",
        ),
        (
            &["--vary", "regime=serial", "--vary", "regime=joint"],
            2,
            "error: `regime` is varied twice: write all its values in one --vary",
        ),
        (
            &["--vary", "cooperation.information=0:1"],
            2,
            "error: a factorial design needs values for `cooperation.information`: write \
             cooperation.information=0:1:STEP, or choose --design latin or sobol",
        ),
        (
            &[
                "--vary",
                "cooperation.information=0:1:0.01",
                "--vary",
                "cooperation.recognition=0:1:0.02",
            ],
            2,
            "error: the design has 101 x 51 = 5151 points, more than 2000: take fewer values or larger steps, or \
             --design sobol with --points N",
        ),
        (
            &["--vary", "regime=serial,joint", "--points", "4"],
            2,
            "error: --points is for designs that draw their points: add --design latin or --design sobol",
        ),
        (
            &["--vary", "cooperation.information=0:1", "--design", "sobol"],
            2,
            "error: how many points? Add --points N, such as --points 64",
        ),
        (
            &["--vary", "regime=serial,joint", "--measure", "hours"],
            2,
            "`hours` is no measure",
        ),
        (
            &["--vary", "regime=serial,joint", "--variant", "nope"],
            2,
            "error: no variant is called `nope`; there are: serial/none",
        ),
        (
            &["--vary", "regime=serial,joined"],
            1,
            "unknown regime `joined`",
        ),
        (
            &["--vary", "flows.truks.volume=70 trucks/day"],
            1,
            "did you mean `flows.trucks`?",
        ),
        (
            &[
                "--vary",
                "regime=serial,joint",
                "--measure",
                "bcp:nowhere:entry",
            ],
            1,
            "error: `bcp:nowhere:entry` is measured nowhere in this scenario; there are bcp:exit:exit, bcp:entry:entry\n",
        ),
        (
            &["--vary", "cooperation.infomation=0,1"],
            1,
            "error: there is no `cooperation.infomation`",
        ),
        (
            &["--vary", "cooperation.infomation=0,1"],
            1,
            "did you mean `information`?",
        ),
        (
            &["--vary", "cooperation.trust=0,1"],
            1,
            "known: `information`, `recognition`, `enforcement`, `data_delay`, `sent_at`, `instruments`, `sets`",
        ),
    ];
    for (arguments, code, message) in wrong {
        let said = place.sweep(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {}", said.err);
        assert!(said.err.contains(message), "{arguments:?}: {}", said.err);
    }
    // The point that is wrong is all that is wrong: nothing is said of what its scenario uses.
    let said = place.sweep(&["--vary", "experiment.horizon=3 d,4 d"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .starts_with("error: a design point cannot change `experiment`\n"),
        "{}",
        said.err
    );
    assert!(said.err.ends_with("\n1 error in --vary\n"), "{}", said.err);
    let left = fs::read_dir(place.path().join("output/mine")).map_or(0, |found| found.count());
    assert_eq!(left, 0);
}

#[test]
fn whole_numbers_are_drawn_from_a_range_with_a_whole_step() {
    let place = Workplace::new();
    let path = "procedures.leave.steps.export-documents.servers";
    let remedy = format!(
        "= help: give its range a whole step, {path}=FROM:TO:1: a design that draws gives each of its numbers an equal part"
    );
    let latin = ["--design", "latin", "--points", "8"];
    for (values, design, wrong) in [("2:5", &latin[..], None), ("3:5:0.5", &[], Some("3.0"))] {
        let vary = format!("{path}={values}");
        let said = place.sweep(&[&["--vary", &vary], design].concat());
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.err.contains("this is a whole number, not "),
            "{}",
            said.err
        );
        let number = wrong.map_or(String::new(), |wrong| format!("not {wrong}\n"));
        assert!(said.err.contains(&number), "{}", said.err);
        assert!(said.err.contains(&remedy), "{}", said.err);
    }
    let vary = format!("{path}=2:5:1");
    let said = place.sweep(&[&["--vary", &vary], &latin[..]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let rows = csv(&place.run("output").join("sweep.csv"));
    let mut drawn: Vec<(String, String)> = (rows.iter())
        .map(|row| (row["point"].clone(), row[path].clone()))
        .collect();
    drawn.sort();
    drawn.dedup();
    // Eight draws, two of each: every one is run once.
    let mut servers: Vec<&str> = drawn.iter().map(|(_, servers)| servers.as_str()).collect();
    servers.sort_unstable();
    assert_eq!(servers, ["2", "3", "4", "5"]);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "Latin hypercube of 8 points, of which 4 differ and were run, from variant ";
    assert!(flat.contains(told), "{}", said.out);
}
