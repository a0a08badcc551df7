//! What holds for every experiment that the program can be asked for: it goes on where it was killed, is shown again, and
//! verifies.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::workplace::{Workplace, files};

const SHORT: [&str; 6] = [
    "--set",
    "experiment.warm_up=1 d",
    "--set",
    "experiment.horizon=5 d",
    "--replications",
    "4",
];

/// Every experiment: its arguments, and the folder under `output` that its results go to.
fn experiments() -> Vec<(Vec<&'static str>, &'static str)> {
    let short = |words: &[&'static str]| ([words, &SHORT[..]].concat(), "mine");
    vec![
        short(&["compare", "mine.toml"]),
        short(&["run", "mine.toml", "--variant", "parallel/none"]),
        short(&[
            "sweep",
            "mine.toml",
            "--vary",
            "regime=serial,parallel,joint",
        ]),
        short(&["twins", "mine.toml", "--variant", "parallel/none"]),
        short(&["blame", "mine.toml", "--variant", "parallel/none"]),
        short(&["trs", "mine.toml"]),
        (
            vec!["rank", "queue.toml", "--target", "2h", "--delta", "0.1h"],
            "queue",
        ),
        (
            vec![
                "sensitivity",
                "desks.toml",
                "--trajectories",
                "2",
                "--points",
                "4",
            ],
            "desks",
        ),
        (
            vec!["diff", "desks.toml", "--variants", "serial", "parallel"],
            "desks",
        ),
        (
            vec!["diff", "desks.toml", "slower.toml", "--variant", "serial"],
            "desks",
        ),
    ]
}

fn place() -> Workplace {
    let desks = include_str!("desks.toml");
    let slower = desks.replacen(
        "service = { value = \"1 h\"",
        "service = { value = \"2 h\"",
        1,
    );
    assert_ne!(slower, desks);
    Workplace::with(&[
        ("mine.toml", corridor::scenario::TEMPLATE),
        ("queue.toml", crate::rank::CHANCE),
        ("desks.toml", desks),
        ("slower.toml", &slower),
    ])
}

/// How many finished replications lie in a folder and those within it.
fn kept(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => kept(&path),
            path => usize::from(path.extension().is_some_and(|e| e == "run")),
        })
        .sum()
}

#[test]
fn it_goes_on_where_it_was_killed_and_ends_in_the_same_bytes() {
    let place = place();
    for (arguments, name) in experiments() {
        let whole = [&arguments[..], &["--out", "whole"]].concat();
        let said = place.corridor(&whole);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        let expected = files(&place.only(&format!("whole/{name}")));
        // Killed at its first replication, and again after some more.
        let killed = [&arguments[..], &["--out", "killed"]].concat();
        let folder = place.path().join("killed").join(name);
        let mut kills = 0;
        for more in [0, 3] {
            let before = kept(&folder);
            let mut child = place.start(&killed);
            while kept(&folder) <= before + more && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            child.kill().unwrap();
            let _ = child.wait();
            kills += usize::from(kept(&folder) > 0);
        }
        let said = place.corridor(&killed);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        if kills == 2 {
            let told = said.err.contains("This experiment was interrupted");
            assert!(told, "{arguments:?}: {}", said.err);
        }
        assert!(kills > 0, "{arguments:?} ended before it could be killed");
        let found = files(&place.only(&format!("killed/{name}")));
        assert!(found == expected, "{arguments:?}");
        for folder in ["whole", "killed"] {
            fs::remove_dir_all(place.path().join(folder)).unwrap();
        }
    }
}

#[test]
fn it_is_shown_again_and_verifies_until_a_file_is_changed() {
    let place = place();
    for (arguments, name) in experiments() {
        let said = place.corridor(&arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        let again = place.corridor(&arguments);
        assert_eq!((again.code, &again.out), (0, &said.out), "{arguments:?}");
        assert!(again.err.contains("is finished already"), "{}", again.err);
        let finding = place.corridor(&[&arguments[..], &["--quiet"]].concat());
        assert!(finding.out.lines().count() == 1, "{}", finding.out);
        let run = place.only(&format!("output/{name}"));
        let path = run.to_str().unwrap();
        let verified = place.corridor(&["verify", path, "--threads", "1"]);
        assert_eq!(verified.code, 0, "{arguments:?}: {}", verified.err);
        assert!(verified.out.starts_with("Verified: "), "{}", verified.out);
        let csv = files(&run).into_keys().find(|file| file.ends_with(".csv"));
        let csv = run.join(csv.unwrap());
        fs::write(&csv, fs::read_to_string(&csv).unwrap() + "0\n").unwrap();
        let differs = place.corridor(&["verify", path, "--quiet"]);
        assert_eq!(differs.code, 3, "{arguments:?}: {}", differs.out);
        assert!(differs.err.contains(" was changed"), "{}", differs.err);
        fs::remove_dir_all(place.path().join("output")).unwrap();
    }
}
