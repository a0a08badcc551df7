//! CAREC's measures and the Time Release Study: figures reckoned by hand on a scenario where nothing is random, what
//! they have in common with other tables, and the command.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use corridor::experiment::Measured;
use corridor::experiment::trs::{Milestone, TimeReleaseStudy, TrsRow, time_release_study};
use corridor::scenario::{self, LoadOptions, NoFiles};

use crate::theory::{close, corridor, mean, results, study};

/// Four consignments a day, six hours apart; nothing waits, nothing is random.
pub const DETERMINISTIC: &str = r#"
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
            let usd = (
                mean(&m.tfi2_usd),
                mean(&m.official_usd),
                mean(&m.unofficial_usd),
            );
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
    close(mean(&passages.tfi2_usd), 100.0);
    close(mean(&passages.unofficial_usd), 5.0);
    assert!(matches!(passages.tfi2_usd, Measured::Estimate(e) if e.half_width < 1e-9));
    // 100 USD of the links and 200 of fees over 1000 km, for 20 t: 150 for 500 km.
    for measures in [carec.flows[0].measures, carec.journeys.unwrap()] {
        close(mean(&measures.tfi3_usd), 150.0);
        close(mean(&measures.swd_km_h), 1000.0 / 27.0);
        close(measures.swod_km_h.unwrap(), 50.0);
    }
    close(carec.flows[0].distance_km, 1000.0);
}

#[test]
fn dollars_that_the_scenario_does_not_state_are_missing_not_zero() {
    let stated = [
        ", fee = \"10 USD\", unofficial_share = 0.2",
        ", fee = \"40 USD\"",
        ", fee = \"150 USD\"",
        ", cost = \"100 USD\"",
    ];
    let toml = stated
        .iter()
        .fold(DETERMINISTIC.to_owned(), |text, dollars| {
            assert!(text.contains(dollars));
            text.replace(dollars, "")
        });
    let carec = results(&study(&toml)).variants.swap_remove(0).carec;
    for side in carec
        .sides
        .iter()
        .map(|side| side.measures)
        .chain(carec.passages)
    {
        let usd = [side.tfi2_usd, side.official_usd, side.unofficial_usd];
        assert_eq!(usd, [Measured::Missing; 3]);
    }
    assert_eq!(carec.journeys.unwrap().tfi3_usd, Measured::Missing);
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
    let study = time_release_study(&study(DETERMINISTIC), 0, None, &|_, _| {}).unwrap();
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
    // No procedure states channels: that all would be in the green one tells nothing.
    assert_eq!(of(("channel", "green"), Milestone::Release), None);
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
    let once = time_release_study(&study(DETERMINISTIC), 0, None, &|_, _| {}).unwrap();
    let twice = time_release_study(&study(&two), 0, None, &|_, _| {}).unwrap();
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
    let ahead = time_release_study(&study(&ahead), 0, None, &|_, _| {}).unwrap();
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
        let found = time_release_study(&study, last, None, &|_, _| {}).unwrap();
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

#[test]
fn the_study_is_printed_and_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = corridor(&folder, DETERMINISTIC, &["trs", "mine.toml"]);
    assert_eq!(code, 0, "{err}");
    for words in [
        "Time release study of variant",
        "gate-out",
        "Extreme data",
        "sent ahead: no",
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
