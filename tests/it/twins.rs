//! `corridor twins` and `corridor blame`, end to end.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A folder with the scenario `mine.toml`, made by `corridor new`.
struct Workplace(tempfile::TempDir);

/// Exit code, standard output, standard error.
type Said = (i32, String, String);

impl Workplace {
    fn new() -> Self {
        let place = Workplace(tempfile::tempdir().unwrap());
        assert_eq!(place.corridor(&["new", "mine"]).0, 0);
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

    /// Two replications of four days.
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

    /// The only folder of results whose name holds this.
    fn results(&self, about: &str) -> PathBuf {
        let entries = fs::read_dir(self.path().join("output/mine")).unwrap();
        let mut found = entries
            .map(|e| e.unwrap().path())
            .filter(|p| p.to_string_lossy().contains(about));
        let first = found.next().unwrap();
        assert_eq!(found.next(), None);
        first
    }

    /// What of ours is left in the output folder and beside the scenario that should not be.
    fn unfinished(&self) -> usize {
        let folders = [self.path().to_owned(), self.path().join("output/mine")];
        let names = folders
            .iter()
            .filter_map(|f| fs::read_dir(f).ok())
            .flatten();
        let begun = |name: String| name.starts_with(".unfinished-");
        names
            .filter(|e| begun(e.as_ref().unwrap().file_name().into_string().unwrap()))
            .count()
    }
}

fn lines(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|line| line.unwrap()).collect()
}

const TWINS: [&str; 4] = ["--base", "serial/none", "--variant", "parallel/none"];

#[test]
fn twins_are_printed_and_written_and_their_parts_add_in_the_files() {
    let place = Workplace::new();
    let (code, out, err) = place.short(
        "twins",
        &[&TWINS[..], &["--consignments", "all.csv"]].concat(),
    );
    assert_eq!(code, 0, "{err}");
    for words in [
        "Each consignment in serial/none and in parallel/none on identical draws, 2 replications",
        "By kind of hours along the critical path",
        "door to door",
        "Who gains and who loses",
        "Quantiles of the difference",
        "Blame in parallel/none",
        "== Finding ==",
    ] {
        assert!(out.contains(words), "`{words}` is missing:\n{out}");
    }
    let folder = place.results("/twins-");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("twins.txt"), out);
    assert!(read("twins.svg").starts_with("<svg"));
    assert!(
        fs::read(folder.join("twins.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    // The means of the parts add to the mean of the whole.
    let number =
        |line: &BTreeMap<String, String>, column: &str| line[column].parse::<f64>().unwrap();
    let parts = lines(&read("twins.csv"));
    let whole = &lines(&read("twins-groups.csv"))[0];
    assert_eq!((whole["by"].as_str(), whole["twins"] != "0"), ("all", true));
    let sum: f64 = parts.iter().map(|p| number(p, "difference_h")).sum();
    assert!((sum - number(whole, "difference_h")).abs() < 1e-9, "{sum}");
    // So do those of every consignment, in milliseconds; and their mean over each replication is the mean.
    let mut twins: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in lines(&fs::read_to_string(place.path().join("all.csv")).unwrap()) {
        let ms = |column: &str| line[column].parse::<i64>();
        if let Ok(difference) = ms("difference_ms") {
            assert_eq!(
                difference,
                ms("variant_ms").unwrap() - ms("base_ms").unwrap()
            );
            let who = (line["replication"].clone(), line["consignment"].clone());
            *twins.entry(who).or_default() += difference;
        }
    }
    assert_eq!(twins.len().to_string(), whole["twins"]);
    let of = |replication: &str| {
        let mine = twins.iter().filter(|((r, _), _)| r == replication);
        let all: Vec<f64> = mine.map(|(_, ms)| *ms as f64 / 3_600_000.0).collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let mean = (of("0") + of("1")) / 2.0;
    assert!(
        (mean - number(whole, "difference_h")).abs() < 1e-9,
        "{mean}"
    );
    let blame = lines(&read("blame.csv"));
    assert!(blame.iter().all(|b| b["variant"] == "parallel/none"));
    assert!(!blame.is_empty());
    assert_eq!(place.unfinished(), 0);
}

#[test]
fn who_lost_most_has_the_story_that_explain_tells() {
    let place = Workplace::new();
    let (code, out, err) = place.short("twins", &[&TWINS[..], &["--json", "--quiet"]].concat());
    assert_eq!(code, 0, "{err}");
    let twins: serde_json::Value = serde_json::from_str(&out).unwrap();
    let example = &twins["best"][0];
    let door = |variant: &str| {
        let which = ["--consignment", example["consignment"].as_str().unwrap()];
        let more = [&which[..], &["--variant", variant, "--json"]].concat();
        let (code, out, err) = place.short("explain", &more);
        assert_eq!(code, 0, "{err}");
        let story: serde_json::Value = serde_json::from_str(&out).unwrap();
        story["door_to_door_h"].as_f64().unwrap()
    };
    let difference = door("parallel/none") - door("serial/none");
    assert!((difference - example["difference_h"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn the_same_files_for_one_and_four_threads() {
    let place = Workplace::new();
    let run = |threads: &str, out: &str| {
        let more = [&TWINS[..], &["--threads", threads, "--out", out]].concat();
        let (code, _, err) = place.short("twins", &more);
        assert_eq!(code, 0, "{err}");
        let scenario = place.path().join(out).join("mine");
        let folder = fs::read_dir(scenario)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let files = fs::read_dir(folder).unwrap().map(|e| e.unwrap());
        let files = files
            .filter(|e| e.file_name() != "timing.json")
            .map(|e| (e.file_name(), fs::read(e.path()).unwrap()));
        files.collect::<BTreeMap<_, _>>()
    };
    let one = run("1", "one");
    assert_eq!(one.len(), 8);
    assert!(one == run("4", "four"));
}

#[test]
fn blame_is_a_command_of_its_own() {
    let place = Workplace::new();
    let (code, out, err) = place.short("blame", &["--variant", "parallel/none"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("Blame in parallel/none") && out.contains("cost_h"),
        "{out}"
    );
    let folder = place.results("/blame-");
    let alone = fs::read_to_string(folder.join("blame.csv")).unwrap();
    let (code, ..) = place.short("twins", &TWINS);
    assert_eq!(code, 0);
    let beside = place.results("/twins-").join("blame.csv");
    assert_eq!(alone, fs::read_to_string(beside).unwrap());
    // Shares at a site add to one.
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    for line in lines(&alone) {
        *shares.entry(line["site"].clone()).or_default() += line["last"].parse::<f64>().unwrap();
    }
    for (site, share) in shares {
        assert!(share <= 1.0 + 1e-9, "{site}: {share}");
    }
    // Serial order brings nothing together.
    let (code, out, _) = place.short("blame", &["--variant", "serial/none"]);
    assert!(code == 0 && out.contains("Nothing came together"), "{out}");
}

#[test]
fn wrong_names_are_refused_with_the_names_that_there_are() {
    let place = Workplace::new();
    let known =
        "serial/none, serial/agreed, parallel/none, parallel/agreed, joint/none, joint/agreed";
    let (code, out, err) = place.short("twins", &["--variant", "paralel/none"]);
    let expected = "error: no variant is called `paralel/none`; did you mean `parallel/none`?\n";
    assert_eq!((code, out.as_str(), err.as_str()), (2, "", expected));
    let (code, _, err) = place.short("twins", &["--base", "x", "--variant", "parallel/none"]);
    let expected = format!("error: no variant is called `x`; there are: {known}\n");
    assert_eq!((code, err.as_str()), (2, expected.as_str()));
    let (code, _, err) = place.short("twins", &["--variant", "serial/none"]);
    let expected =
        "error: `serial/none` is set against itself; name two variants with --base and --variant\n";
    assert_eq!((code, err.as_str()), (2, expected));
    let (code, _, err) = place.short("blame", &["--variant", "x"]);
    let expected = format!("error: no variant is called `x`; there are: {known}\n");
    assert_eq!((code, err.as_str()), (2, expected.as_str()));
    let (code, _, err) = place.short(
        "twins",
        &[&TWINS[..], &["--consignments", "nowhere/all.csv"]].concat(),
    );
    assert_eq!(code, 2);
    // The folder is named, and no temporary file within it.
    assert!(
        err.ends_with("error: cannot write to nowhere: No such file or directory (os error 2)\n"),
        "{err}"
    );
    assert!(!place.path().join("output/mine").exists() || place.unfinished() == 0);
}
