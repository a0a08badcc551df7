//! `steady = true`: the warm-up is found from the runs, told and drawn, or refused.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// One desk at this load, from empty, sixty days, three replications.
fn scenario(load: f64, horizon: &str) -> String {
    format!(
        "[experiment]\nsteady = true\nhorizon = \"{horizon}\"\nreplications = 3\n\
         [agencies]\ncustoms = {{}}\n\
         [sites]\na = {{ country = \"CN\", kind = \"hub\" }}\n\
         b = {{ country = \"CN\", kind = \"hub\", procedures = {{ destination = \"p\" }} }}\n\
         [links]\na-b = {{ between = [\"a\", \"b\"], mode = \"road\", distance = \"1 km\", transit = \"1 h\" }}\n\
         [procedures.p]\nsteps = [{{ name = \"check\", agency = \"customs\", kind = \"documents\", \
         service = {{ exponential = {{ mean = \"1 h\" }} }}, servers = 1 }}]\n\
         [flows]\nf = {{ from = \"a\", to = \"b\", volume = \"{} trucks/day\" }}\n",
        24.0 * load
    )
}

fn corridor(place: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
    let output = command.current_dir(place).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn run(load: f64, horizon: &str) -> (tempfile::TempDir, (i32, String, String)) {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("desk.toml"), scenario(load, horizon)).unwrap();
    let said = corridor(place.path(), &["compare", "desk.toml"]);
    (place, said)
}

fn entries(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.join("output/desk")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn the_warm_up_is_found_told_and_drawn_and_the_run_verifies() {
    let (place, (code, out, err)) = run(0.5, "100 d");
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("Warm-up: ") && err.contains("found by MSER-5 over 3 replications"),
        "{err}"
    );
    assert!(out.contains("see warm-up.svg"), "{out}");
    let run = &entries(place.path())[0];
    assert!(run.join("warm-up.svg").exists() && run.join("warm-up.png").exists());
    let results = fs::read_to_string(run.join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let found = &results["warm_up"];
    assert_eq!(found["settled"], true);
    assert_eq!(results["warm_up_h"], found["cut_h"]);
    assert!(found["cut_h"].as_f64().unwrap() < 50.0 * 24.0);
    // 100 days in bins of 2 h.
    assert_eq!(
        found["series"][0]["present"].as_array().unwrap().len(),
        1_200
    );
    let (code, _, err) = corridor(place.path(), &["verify", run.to_str().unwrap(), "--quiet"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_queue_that_grows_never_settles_and_gives_a_picture_and_no_number() {
    let (place, (code, out, err)) = run(1.5, "100 d");
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(
        err.contains("the study does not settle: under `base` the beginning shows until day "),
        "{err}"
    );
    let left = entries(place.path());
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(
        left[0].to_string_lossy().ends_with("-warm-up.svg"),
        "{left:?}"
    );
}

#[test]
fn a_horizon_of_too_few_bins_is_refused() {
    let (_, (code, _, err)) = run(0.5, "2 d");
    assert_eq!(code, 1);
    assert!(
        err.contains("`steady` needs at least 50 bins of 1 h to look at, and the horizon gives 48: state a longer horizon"),
        "{err}"
    );
}

#[test]
fn commands_that_take_a_stated_warm_up_say_so() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("desk.toml"), scenario(0.5, "100 d")).unwrap();
    for command in [
        &["blame"][..],
        &["trs"],
        &["rank"],
        &["twins", "--variant", "base"],
    ] {
        let (code, out, err) = corridor(place.path(), &[command, &["desk.toml"]].concat());
        assert_eq!((code, out.as_str()), (1, ""), "{command:?}");
        assert!(
            err.contains(
                "this command takes a warm-up that is stated; `corridor compare` finds one"
            ),
            "{err}"
        );
    }
}
