//! Theory guard rails, CAREC's measures and the Time Release Study: figures reckoned by hand on scenarios where nothing
//! is random, sentences to the letter, and the commands end to end.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use corridor::experiment::theory::{self, StationLoad};
use corridor::experiment::trs::{Milestone, TimeReleaseStudy, TrsRow, time_release_study};
use corridor::experiment::{self, Measured, Results, RunOptions};
use corridor::scenario::{self, LoadOptions, NoFiles, Study};

fn study(text: &str) -> Study {
    match scenario::from_str("generated.toml", text, &NoFiles) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}\n{text}"),
    }
}

fn results(study: &Study) -> Results {
    experiment::run(study, &RunOptions::default(), &|_, _| {}).unwrap()
}

fn close(found: f64, expected: f64) {
    let within = 1e-9 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= within,
        "{found}, not {expected}"
    );
}

fn mean(measured: &Measured) -> f64 {
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

/// Four consignments a day, six hours apart; nothing waits, nothing is random.
const DETERMINISTIC: &str = r#"
[experiment]
start = "2024-01-01"
warm_up = "1 d"
horizon = "6 d"
max_drain = "5 d"
replications = 2
seed = 1
[agencies]
customs = {}
quarantine = {}
[sites]
start = { country = "CN", kind = "hub" }
out = { country = "CN", kind = "border", fee = "10 USD", unofficial_share = 0.2, procedures = { exit = "out" } }
in = { country = "KZ", kind = "border", procedures = { entry = "in" } }
end = { country = "KZ", kind = "hub" }
[links]
to-out = { from = "start", to = "out", mode = "road", distance = "100 km", transit = "2 h", minimum = "1 h" }
across = { from = "out", to = "in", mode = "road", distance = "100 km", transit = "2 h", minimum = "1 h" }
from-in = { from = "in", to = "end", mode = "road", distance = "800 km", transit = "16 h", minimum = "1 h", cost = "100 USD" }
[flows]
all = { from = "start", to = "end", volume = "4 consignments/day", arrivals = "regular", teu = 1, tonnes = 20 }
[procedures.out]
steps = [{ name = "exit-documents", agency = "customs", kind = "documents", service = "1 h", servers = 2, fee = "40 USD" }]
[procedures.in]
steps = [
    { name = "declaration", agency = "customs", kind = "declaration", service = "30 min" },
    { name = "documents", agency = "customs", kind = "documents", service = "1 h", servers = 1 },
    { name = "duty", agency = "trader", kind = "pay", service = "2 h" },
    { name = "exam", agency = "quarantine", kind = "physical", setup = "30 min", service = "90 min", servers = 1, fee = "150 USD" },
    { name = "load", agency = "terminal", kind = "handling", service = "30 min", servers = 1 },
]
"#;

#[test]
fn carecs_measures_are_those_reckoned_by_hand() {
    let carec = results(&study(DETERMINISTIC)).variants.swap_remove(0).carec;
    let sides: Vec<(&str, f64, f64, f64, f64)> = carec
        .sides
        .iter()
        .map(|side| {
            let m = &side.measures;
            let usd = (m.tfi2_usd.mean, m.official_usd.mean, m.unofficial_usd.mean);
            (side.site.as_str(), mean(&m.tfi1_h), usd.0, usd.1, usd.2)
        })
        .collect();
    assert_eq!(sides[0].0, "out");
    for (found, expected) in sides
        .iter()
        .zip([(1.0, 50.0, 40.0, 10.0), (6.0, 150.0, 150.0, 0.0)])
    {
        close(found.1, expected.0);
        close(found.2, expected.1);
        close(found.3, expected.2);
        close(found.4, expected.3);
    }
    let passages = carec.passages.unwrap();
    close(mean(&passages.tfi1_h), 3.5);
    close(passages.tfi2_usd.mean, 100.0);
    close(passages.unofficial_usd.mean, 5.0);
    close(passages.tfi2_usd.half_width, 0.0);
    // 100 USD of the links and 200 of fees over 1000 km, for 20 t: 150 for 500 km.
    for measures in [carec.flows[0].measures, carec.journeys.unwrap()] {
        close(mean(&measures.tfi3_usd), 150.0);
        close(mean(&measures.swd_km_h), 1000.0 / 27.0);
        close(measures.swod_km_h.unwrap(), 50.0);
    }
    close(carec.flows[0].distance_km, 1000.0);
}

#[test]
fn a_flow_has_ten_tonnes_a_teu_unless_it_says_otherwise() {
    let without = DETERMINISTIC.replace(", tonnes = 20", "");
    assert_eq!(study(&without).variants[0].scenario.flows[0].tonnes, 10.0);
    let wrong = DETERMINISTIC.replace("tonnes = 20", "tonnes = 0");
    let failure = scenario::from_str("wrong.toml", &wrong, &NoFiles).unwrap_err();
    assert!(
        failure.to_string().contains("a consignment of 0 t"),
        "{failure}"
    );
}

fn row<'a>(
    study: &'a TimeReleaseStudy,
    site: &str,
    (split, group): (&str, &str),
    milestone: Milestone,
) -> Option<&'a TrsRow> {
    study.rows.iter().find(|row| {
        row.site == site && row.split == split && row.group == group && row.milestone == milestone
    })
}

#[test]
fn milestones_are_those_reckoned_by_hand() {
    let study = time_release_study(&study(DETERMINISTIC), 0).unwrap();
    for (milestone, hours) in [
        (Milestone::Arrival, 0.0),
        (Milestone::Lodgement, 0.5),
        (Milestone::Acceptance, 0.5),
        (Milestone::Assessment, 1.5),
        (Milestone::Payment, 3.5),
        (Milestone::Examination, 5.5),
        (Milestone::Release, 5.5),
        (Milestone::GateOut, 6.0),
    ] {
        let row = row(&study, "in", ("all", "all"), milestone).unwrap();
        // Measured from day 1 to day 6, four a day, both ends counted, in two replications.
        assert!(row.n == 2 * 20 || row.n == 2 * 21, "{}", row.n);
        close(row.mean_h.mean, hours);
        close(row.mean_h.half_width, 0.0);
        close(row.sd_h.unwrap(), 0.0);
        for found in [row.min_h, row.max_h, row.median_h, row.p90_h] {
            close(found, hours);
        }
    }
    let of = |group, milestone| row(&study, "in", group, milestone).map(|r| r.mean_h.mean);
    close(
        of(("agency", "customs"), Milestone::Assessment).unwrap(),
        1.5,
    );
    close(
        of(("agency", "quarantine"), Milestone::Examination).unwrap(),
        5.5,
    );
    assert_eq!(of(("agency", "customs"), Milestone::Examination), None);
    close(of(("channel", "green"), Milestone::Release).unwrap(), 5.5);
    assert_eq!(of(("channel", "red"), Milestone::Release), None);
    close(of(("aeo", "no"), Milestone::Release).unwrap(), 5.5);
    close(of(("sent ahead", "no"), Milestone::Release).unwrap(), 5.5);
    // Arrivals at 5, 11, 17 and 23 h: those hours, and no others, are peak.
    close(of(("peak", "yes"), Milestone::Release).unwrap(), 5.5);
    assert_eq!(of(("peak", "no"), Milestone::Release), None);
    // Where there is no declaration a consignment counts once, and no lodgement is made up.
    assert!(row(&study, "out", ("all", "all"), Milestone::Lodgement).is_none());
    close(
        row(&study, "out", ("all", "all"), Milestone::GateOut)
            .unwrap()
            .mean_h
            .mean,
        1.0,
    );
}

#[test]
fn two_declarations_weigh_twice_and_data_ahead_is_a_group_of_its_own() {
    let two = DETERMINISTIC.replace(
        r#"{ name = "duty","#,
        r#"{ name = "second", agency = "quarantine", kind = "declaration", service = "30 min" },
    { name = "duty","#,
    );
    let once = time_release_study(&study(DETERMINISTIC), 0).unwrap();
    let twice = time_release_study(&study(&two), 0).unwrap();
    let n = |study: &TimeReleaseStudy| {
        row(study, "in", ("all", "all"), Milestone::Release)
            .unwrap()
            .n
    };
    assert_eq!(n(&twice), 2 * n(&once));
    let ahead = format!(
        "{DETERMINISTIC}\n[cooperation]\ndefault = \"full\"\n[cooperation.sets]\nfull = [{{ between = [\"CN\", \"KZ\"], information = 1.0 }}]\n"
    )
    .replace("[cooperation]\ndefault = \"full\"\n", "")
    .replace("replications = 2", "replications = 2\ncooperation = [\"full\"]")
    .replace("kind = \"documents\", service = \"1 h\", servers = 1", "kind = \"documents\", service = \"1 h\", servers = 1, pre_arrival = true");
    let ahead = time_release_study(&study(&ahead), 0).unwrap();
    let of = |milestone| row(&ahead, "in", ("sent ahead", "yes"), milestone).unwrap();
    // Sent at release on the exit side, there an hour later, an hour before the cargo: assessed as that comes.
    close(of(Milestone::Lodgement).mean_h.mean, 0.0);
    close(of(Milestone::Assessment).mean_h.mean, 0.0);
    close(of(Milestone::Payment).mean_h.mean, 2.0);
    assert!(row(&ahead, "in", ("sent ahead", "no"), Milestone::Release).is_none());
}

#[test]
fn gate_out_is_the_time_that_every_other_table_has() {
    for (file, variant) in [
        ("scenarios/china-europe-rail.toml", "parallel/agreed"),
        ("scenarios/khorgos-road.toml", "parallel/agreed"),
        ("tests/suite/behaviour/on-hold-enquiry.toml", ""),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let options = LoadOptions {
            overrides: if variant.is_empty() {
                Vec::new()
            } else {
                vec![
                    ("experiment.warm_up".to_owned(), "\"2 d\"".to_owned()),
                    ("experiment.horizon".to_owned(), "\"9 d\"".to_owned()),
                ]
            },
            replications: Some(2),
            ..LoadOptions::default()
        };
        let mut study = scenario::load(&path, &options).unwrap().study;
        let at = study
            .variants
            .iter()
            .position(|v| v.name == variant)
            .unwrap_or(0);
        // The base stays, for its route shares.
        study.variants = if at == 0 {
            vec![study.variants.swap_remove(0)]
        } else {
            vec![study.variants[0].clone(), study.variants[at].clone()]
        };
        let last = study.variants.len() - 1;
        let found = time_release_study(&study, last).unwrap();
        let results = results(&study);
        let mut met = 0;
        for side in results.variants[last]
            .sides
            .iter()
            .filter(|s| s.bcp.n > s.bcp.unfinished)
        {
            let rows = found.rows.iter().filter(|row| {
                (row.site == side.site && row.role == side.role && row.mode == side.mode)
                    && (row.split == "all" && row.milestone == Milestone::GateOut)
                    && row
                        .lane
                        .as_ref()
                        .is_none_or(|lane| side.title.contains(&format!("(lane: {lane})")))
                    && row.lane.is_some() == side.title.contains("(lane:")
            });
            let rows: Vec<&TrsRow> = rows.collect();
            assert_eq!(rows.len(), 1, "{file}: {}", side.title);
            let ended = side.bcp.n - side.bcp.unfinished;
            // One declaration or as many of each: the mean is that over consignments.
            assert_eq!(
                rows[0].n % ended,
                0,
                "{file}: {} {} {}",
                side.title,
                rows[0].n,
                ended
            );
            if let Measured::Estimate(expected) = side.bcp.mean_h {
                close(rows[0].mean_h.mean, expected.mean);
                met += 1;
            }
        }
        assert!(met > 0, "{file}");
    }
}

/// Runs the program on `text` as `mine.toml`.
fn corridor(folder: &tempfile::TempDir, text: &str, command: &[&str]) -> (i32, String, String) {
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

#[test]
fn the_study_is_printed_and_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = corridor(&folder, DETERMINISTIC, &["trs", "mine.toml"]);
    assert_eq!(code, 0, "{err}");
    for words in [
        "Time release study of variant",
        "gate-out",
        "Extreme data",
        "channel: green",
        "customs, assessment",
    ] {
        assert!(out.contains(words), "`{words}` is missing in\n{out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 120), "{out}");
    let written = fs::read_dir(folder.path().join("output/mine"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let text = fs::read_to_string(written.path().join("trs.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(
        lines
            .iter()
            .any(|l| &l[8] == "gate-out" && &l[6] == "all" && &l[10] == "6"),
        "{text}"
    );
    let (code, _, err) = corridor(
        &folder,
        DETERMINISTIC,
        &["trs", "mine.toml", "--variant", "none-such"],
    );
    assert_eq!(code, 2, "{err}");
}
