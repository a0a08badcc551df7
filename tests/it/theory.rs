//! Theory guard rails: loads, references and bounds reckoned by hand, sentences to the letter, and the commands that tell
//! them.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use corridor::experiment::theory::{self, StationLoad};
use corridor::experiment::{self, Measured, Results, RunOptions};
use corridor::scenario::{self, LoadOptions, NoFiles, Study};

use crate::measures::DETERMINISTIC;

pub fn study(text: &str) -> Study {
    match scenario::from_str("generated.toml", text, &NoFiles) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}\n{text}"),
    }
}

pub fn results(study: &Study) -> Results {
    experiment::run(study, &RunOptions::default(), &|_, _| {}).unwrap()
}

pub fn close(found: f64, expected: f64) {
    let within = 1e-9 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= within,
        "{found}, not {expected}"
    );
}

pub fn mean(measured: &Measured) -> f64 {
    match measured {
        Measured::Estimate(estimate) => estimate.mean,
        other => panic!("no estimate: {other:?}"),
    }
}

/// One road post with customs documents and a selective examination of containers; `%` stand for more keys of the
/// flow, more tables, and the mean time of a document.
fn post(flow: &str, tables: &str, documents: &str) -> Study {
    study(&format!(
        r#"
[experiment]
start = "2024-01-01"
warm_up = "1 d"
horizon = "11 d"
max_drain = "20 d"
replications = 2
seed = 1
[agencies]
customs = {{}}
quarantine = {{}}
[calendars.day]
shifts = [{{ days = "mon-sun", hours = "08:00-20:00" }}]
[sites]
start = {{ country = "KZ", kind = "hub" }}
post = {{ title = "Dostyk", country = "KZ", kind = "terminal", time_zone = "UTC", procedures = {{ transit = "control" }} }}
end = {{ country = "KZ", kind = "hub" }}
[links]
to-post = {{ from = "start", to = "post", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}
from-post = {{ from = "post", to = "end", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}
[flows]
all = {{ from = "start", to = "end", {flow} }}
[procedures.control]
channels = {{ yellow = 0.1, red = 0.2 }}
aeo_factor = 0.5
steps = [
    {{ name = "documents", agency = "customs", kind = "documents", service = {{ exponential = {{ mean = "{documents}" }} }}, servers = 1 }},
    {{ name = "exam", agency = "quarantine", kind = "physical", setup = "30 min", service = "30 min", share = {{ red = 1.0 }}, unit = "container", servers = 1, calendar = "day" }},
]
{tables}
"#
    ))
}

fn loads(study: &Study) -> Vec<StationLoad> {
    theory::before(study).unwrap().swap_remove(0)
}

#[test]
fn a_station_is_offered_the_work_that_was_reckoned_by_hand() {
    let study = post(
        r#"volume = "24 consignments/day", aeo_share = 0.5, containers = 2"#,
        "",
        "30 min",
    );
    let found = loads(&study);
    // Documents: 24 a day of half an hour, round the clock.
    close(found[0].whole.offered.load.unwrap(), 0.5);
    close(found[0].whole.jobs_per_day, 24.0);
    // Examinations: red are 0.2 of ordinary traders and 0.1 of authorised ones, so 24 x 0.15 consignments of two
    // containers, an hour each with setup; 7.2 hours of the 12 that the yard is open.
    close(found[1].whole.jobs_per_day, 7.2);
    close(found[1].whole.service_h, 1.0);
    close(found[1].whole.staffed, 0.5);
    close(found[1].whole.offered.load.unwrap(), 0.6);
    assert_eq!(found[1].whole.offered.why, [""; 0]);
    assert_eq!(theory::forewarnings(&study, &[found]), [""; 0]);
}

#[test]
fn an_overloaded_station_is_told_of_before_the_run_to_the_letter() {
    let study = post(r#"volume = "24 consignments/day""#, "", "64.2 min");
    let said = theory::forewarnings(&study, &[loads(&study)]);
    assert_eq!(
        said,
        ["Dostyk/customs is offered 1.07 of what it can do: its queue grows without bound"]
    );
    // The examination is open 12 hours, and 12.4 examinations a day take 12.4. The last one of a day is finished after
    // closing, on average half an hour of work.
    let busy = post(r#"volume = "62 consignments/day""#, "", "1 min");
    assert_eq!(
        theory::forewarnings(&busy, &[loads(&busy)]),
        [
            "Dostyk/quarantine is offered 1.03 of what it can do: only work after closing keeps its queue from growing"
        ]
    );
}

#[test]
fn each_reform_begins_a_period() {
    let reform = r#"
[reforms.officers]
date = "2024-01-07"
scope = { sites = ["post"] }
staffing = { customs = { documents = 2 } }
[variants]
reformed = { reforms = ["officers"] }
"#;
    let study = post(r#"volume = "24 consignments/day""#, reform, "72 min");
    let of_variants = theory::before(&study).unwrap();
    let at = study
        .variants
        .iter()
        .position(|v| v.name == "reformed")
        .unwrap();
    let station = &of_variants[at][0];
    let found: Vec<(f64, f64)> = station
        .periods
        .iter()
        .map(|p| (p.to_h, p.offered.load.unwrap()))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    close(found[0].0, 6.0 * 24.0);
    close(found[0].1, 1.2);
    close(found[1].1, 0.6);
    // 10 days x 28.8 hours over 5 x 24 + 5 x 48.
    close(station.whole.offered.load.unwrap(), 0.8);
    assert_eq!(
        station.warnings(),
        [
            "Dostyk/customs is offered 1.20 of what it can do from day 1 to day 6: its queue grows as long as that lasts"
        ]
    );
}

#[test]
fn what_depends_on_the_state_is_not_known_before_the_run() {
    let study = post(
        r#"volume = "24 consignments/day", gives_up_after = "3 d""#,
        "",
        "90 min",
    );
    let found = loads(&study);
    assert_eq!(found[0].whole.offered.load, None);
    assert!(found[0].whole.offered.why[0].contains("cancel"));
    assert_eq!(found[0].warnings(), [""; 0]);
}

#[test]
fn a_train_brings_one_job_and_its_consignments_bring_their_own() {
    let study = study(
        r#"
[experiment]
start = "2024-01-01"
horizon = "10 d"
replications = 2
[agencies]
customs = {}
[sites]
start = { country = "KZ", kind = "hub" }
post = { country = "KZ", kind = "terminal", procedures = { transit = "control" } }
end = { country = "KZ", kind = "hub" }
[links]
to-post = { from = "start", to = "post", mode = "rail", distance = "50 km", transit = "1 h", minimum = "1 h" }
from-post = { from = "post", to = "end", mode = "rail", distance = "50 km", transit = "1 h", minimum = "1 h" }
[services.block]
mode = "rail"
formation = { size = 4 }
[flows]
all = { from = "start", to = "end", volume = "6 trains/day", service = "block" }
[procedures.control]
steps = [
    { name = "list", agency = "customs", kind = "documents", service = "2 h", servers = 1 },
    { name = "seals", agency = "customs", kind = "physical", service = "15 min", unit = "consignment", servers = 1 },
]
"#,
    );
    let found = loads(&study);
    close(found[0].whole.jobs_per_day, 6.0);
    close(found[0].whole.offered.load.unwrap(), 0.5);
    close(found[1].whole.jobs_per_day, 24.0);
    close(found[1].whole.offered.load.unwrap(), 0.25);
    assert_eq!(found[0].name(), "post/customs/list");
}

#[test]
fn references_and_bounds_stand_where_their_theorems_do() {
    let of = |study: &Study| results(study).variants.swap_remove(0).theory;
    // Poisson arrivals, exponential service: M/M/1 exactly. 24 a day of 45 minutes: 0.75 x 45 min / 0.25.
    let poisson = of(&post(r#"volume = "24 consignments/day""#, "", "45 min"));
    let documents = &poisson.stations[0];
    assert_eq!((documents.model.as_str(), documents.exact), ("M/M/1", true));
    close(documents.reference_h.unwrap(), 2.25);
    // (1 + 0.75^2) / (2 x 1 x 0.25).
    close(documents.bound_h.unwrap(), 3.125);
    // The yard closes at night: nothing is claimed of it.
    assert_eq!(
        (poisson.stations[1].reference_h, poisson.stations[1].bound_h),
        (None, None)
    );
    // Every consignment an hour after the last: no Poisson process, but independent times between arrivals.
    let even = of(&post(
        r#"volume = "24 consignments/day", arrivals = "regular""#,
        "",
        "30 min",
    ));
    assert_eq!(even.stations[0].reference_h, None);
    close(even.stations[0].bound_h.unwrap(), 0.25);
    assert!(even.stations[0].wait_h.mean < 0.25);
    assert_eq!(even.laws_held, 3 * 2);
    // What was reckoned before is what was simulated: evenly spaced jobs, an hour apart.
    let load = even.stations[0].before.whole.offered.load.unwrap();
    assert!((even.stations[0].simulated_load.mean - load).abs() < 0.1);
}

#[test]
fn documents_side_by_side_are_released_between_their_bounds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/theory/fork-join-2-80.toml");
    let options = LoadOptions {
        overrides: vec![("experiment.horizon".to_owned(), "\"12 d\"".to_owned())],
        replications: Some(3),
        ..LoadOptions::default()
    };
    let loaded = scenario::load(&path, &options).unwrap();
    let forks = results(&loaded.study)
        .variants
        .swap_remove(0)
        .theory
        .fork_joins;
    assert_eq!(forks.len(), 1);
    assert!(forks[0].holds(), "{forks:?}");
    assert!(forks[0].largest_h > 0.1 && forks[0].sum_h > 1.5 * forks[0].largest_h);
}

/// Runs the program on `text` as `mine.toml`.
pub fn corridor(folder: &tempfile::TempDir, text: &str, command: &[&str]) -> (i32, String, String) {
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    let mut program: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
    let output = program
        .current_dir(folder.path())
        .args(command)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn check_and_run_tell_of_an_overload_before_anything_is_run() {
    let folder = tempfile::tempdir().unwrap();
    // Four a day of seven hours each, by one examiner of quarantine: 28 hours a day.
    let text = DETERMINISTIC.replace("service = \"90 min\"", "service = \"390 min\"");
    let said = "in/quarantine is offered 1.17 of what it can do: its queue grows without bound";
    let (code, out, _) = corridor(&folder, &text, &["check", "mine.toml"]);
    assert_eq!(code, 0);
    assert!(out.contains(&format!("warning: {said}\n")), "{out}");
    assert!(out.contains("Offered load before the run"), "{out}");
    assert!(out.contains("116.7"), "{out}");
    let (_, json, _) = corridor(&folder, &text, &["check", "mine.toml", "--json"]);
    let verdict: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(verdict["overloads"][0], said);
    let (code, out, err) = corridor(&folder, &text, &["run", "mine.toml"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains(&format!("Before the run: {said}.")), "{err}");
    assert!(out.contains("Little's law"), "{out}");
    assert!(out.contains("none: no long run at this"), "{out}");
    let run = fs::read_dir(folder.path().join("output/mine"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for name in ["theory.csv", "carec.csv"] {
        assert!(run.join(name).is_file(), "{name}");
    }
}
