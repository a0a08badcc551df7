//! An experiment that is killed goes on where it was, and ends in the very bytes of one that was not.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ARGUMENTS: &[&str] = &["compare", "mine.toml", "--replications", "6"];

fn start(place: &Path, more: &[&str]) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin!("corridor"))
        .current_dir(place)
        .args(ARGUMENTS)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

fn scenario() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("mine.toml"), corridor::scenario::TEMPLATE).unwrap();
    place
}

/// The entries of the scenario's output folder.
fn entries(place: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(place.join("output/mine"));
    let mut found: Vec<PathBuf> = folder
        .into_iter()
        .flatten()
        .map(|e| e.unwrap().path())
        .collect();
    found.sort();
    found
}

fn hidden(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with('.')
}

/// The files of the one finished run, but for the one with clock times.
fn files(place: &Path) -> BTreeMap<String, Vec<u8>> {
    let runs = entries(place);
    assert_eq!(
        runs.len(),
        1,
        "nothing but the finished run is left: {runs:?}"
    );
    let file = |entry: fs::DirEntry| {
        (
            entry.file_name().into_string().unwrap(),
            fs::read(entry.path()).unwrap(),
        )
    };
    let all = fs::read_dir(&runs[0])
        .unwrap()
        .map(|entry| file(entry.unwrap()));
    all.filter(|(name, _)| name != "timing.json").collect()
}

#[test]
fn killed_at_fifty_points_it_ends_in_the_same_bytes() {
    let place = scenario();
    let begun = Instant::now();
    let _ = said(start(place.path(), &[]));
    let whole = begun.elapsed();
    let expected = files(place.path());
    let output = place.path().join("output");
    fs::remove_dir_all(&output).unwrap();
    let (mut killed, mut kept, mut ended, mut draw) = (0, 0, 0, 20_150_528_u64);
    while killed < 50 {
        // Points spread over the whole time that an uninterrupted run takes, by a linear congruential generator.
        draw = draw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let share = (draw >> 40) as f64 / (1u64 << 24) as f64;
        let mut child = start(place.path(), &[]);
        std::thread::sleep(Duration::from_secs_f64(share * whole.as_secs_f64()));
        let over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        let _ = child.wait();
        killed += usize::from(!over);
        let left = entries(place.path());
        // What is there is whole or hidden.
        if left.iter().any(|path| !hidden(path)) {
            let finished: Vec<_> = left.iter().filter(|path| !hidden(path)).collect();
            assert!(finished[0].join("manifest.json").exists());
            let _ = said(start(place.path(), &[]));
            let hidden_ones = entries(place.path())
                .into_iter()
                .filter(|path| hidden(path));
            for path in hidden_ones {
                // Killed between the last rename and the clearing.
                fs::remove_dir_all(path).unwrap();
            }
            assert_eq!(files(place.path()), expected);
            ended += 1;
            fs::remove_dir_all(&output).unwrap();
        } else {
            kept += left
                .iter()
                .filter(|path| fs::read_dir(path).unwrap().count() > 1)
                .count();
        }
    }
    assert!(
        kept > 10,
        "{kept} of 50 kills left finished replications, {ended} runs ended between them"
    );
    let _ = said(start(place.path(), &[]));
    assert_eq!(files(place.path()), expected);
}

/// What the program says where it is interrupted by a signal after some of its runs, and how many it has kept.
#[cfg(unix)]
fn interrupted(place: &Path, signal: (&str, i32), more: &[&str]) -> (String, usize) {
    use std::os::unix::process::ExitStatusExt;

    let runs = || {
        let kept = entries(place).into_iter().filter(|path| hidden(path));
        let kept = kept.flat_map(|path| fs::read_dir(path).unwrap());
        kept.filter(|e| {
            let name = e.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".run")
        })
        .count()
    };
    for _ in 0..50 {
        let mut child = start(place, &[&["--threads", "1"], more].concat());
        while runs() < 3 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let id = child.id().to_string();
        let _ = Command::new("kill").args([signal.0, &id]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            // As it would end without an answer to the signal, for a shell to see.
            assert_eq!(output.status.signal(), Some(signal.1));
            return (String::from_utf8(output.stderr).unwrap(), runs());
        }
        // It was quicker.
        fs::remove_dir_all(place.join("output")).unwrap();
    }
    panic!("{} never ends it", signal.0);
}

#[cfg(unix)]
#[test]
fn an_interruption_says_what_is_kept_and_how_to_go_on() {
    let place = scenario();
    let _ = said(start(place.path(), &[]));
    let expected = files(place.path());
    for (signal, more, goes_on) in [
        (("-INT", 2), &[][..], "the same command goes on from there."),
        (
            ("-TERM", 15),
            &["--fresh"],
            "the same command, without --fresh, goes on from there.",
        ),
    ] {
        fs::remove_dir_all(place.path().join("output")).unwrap();
        let (text, kept) = interrupted(place.path(), signal, more);
        // One more may have ended since they were counted.
        let told =
            [kept, kept - 1].map(|n| format!("Interrupted: {n} finished runs are kept; {goes_on}"));
        let last = text.lines().last().unwrap().to_owned();
        assert!(told.contains(&last), "{kept} kept: {text}");
        let text = said(start(place.path(), &[]));
        let start = format!(
            "This experiment was interrupted; {kept} of its runs are finished, and it goes on."
        );
        assert!(text.starts_with(&start), "{text}");
        assert_eq!(files(place.path()), expected);
    }
    fs::remove_dir_all(place.path().join("output")).unwrap();
    // Nobody listens: who started these tests may have had SIGINT ignored, as for what runs in the background.
    let (text, _) = interrupted(place.path(), ("-TERM", 15), &["--quiet"]);
    assert_eq!(text, "");
}

#[test]
fn going_on_is_told_and_fresh_begins_anew() {
    let place = scenario();
    let _ = said(start(place.path(), &[]));
    let expected = files(place.path());
    fs::remove_dir_all(place.path().join("output")).unwrap();
    let interrupt = || loop {
        let mut child = start(place.path(), &["--fresh"]);
        let kept = || {
            entries(place.path())
                .iter()
                .any(|path| hidden(path) && fs::read_dir(path).unwrap().count() > 5)
        };
        while !kept() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        let _ = child.wait();
        if entries(place.path()).iter().all(|path| hidden(path)) {
            break;
        }
        fs::remove_dir_all(place.path().join("output")).unwrap();
    };
    interrupt();
    let text = said(start(place.path(), &[]));
    assert!(text.contains("This experiment was interrupted"), "{text}");
    assert_eq!(files(place.path()), expected);
    fs::remove_dir_all(place.path().join("output")).unwrap();
    interrupt();
    let text = said(start(place.path(), &["--fresh"]));
    assert!(!text.contains("interrupted"), "{text}");
    assert_eq!(files(place.path()), expected);
}
