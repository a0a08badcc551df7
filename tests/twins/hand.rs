//! Two trucks, two agencies with one officer each, reckoned by hand.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use corridor::experiment::twins::{self, Fate, TwinsResult};
use corridor::observe::{Parts, Place};
use corridor::scenario::{self, Study};

use crate::demand::FILES;

/// `near` and `far` leave each midnight and are at the border at 1 o'clock, `near` first in every queue. Customs takes
/// 2 h, quarantine 5 h; in serial the file is carried from the one to the other in 30 min. Half an hour further on the
/// journey is over.
const POST: &str = r#"
[experiment]
horizon = "30 h"
max_drain = "20 d"
replications = 2
start = "2024-01-01"
regimes = ["serial", "parallel"]
[agencies]
customs = {}
quarantine = { title = "Plant quarantine" }
[sites]
near-depot = { country = "KZ", kind = "hub", time_zone = "UTC" }
far-depot = { country = "KZ", kind = "hub", time_zone = "UTC" }
x = { country = "KZ", kind = "border", time_zone = "UTC", title = "The post", procedures = { exit = "out" } }
e = { country = "CN", kind = "border", time_zone = "UTC" }
[links]
near-road = { from = "near-depot", to = "x", mode = "road", distance = "60 km", transit = "1 h", minimum = "1 h" }
far-road = { from = "far-depot", to = "x", mode = "road", distance = "60 km", transit = "1 h", minimum = "1 h" }
bridge = { from = "x", to = "e", mode = "road", distance = "1 km", transit = "30 min", minimum = "30 min" }
[procedures.out]
steps = [
    { name = "customs-docs", agency = "customs", kind = "documents", service = "2 h", servers = 1 },
    { name = "quarantine-docs", agency = "quarantine", kind = "documents", service = "5 h", servers = 1, hand_over = "30 min" },
]
[flows]
near = { from = "near-depot", to = "e", volume = "1 trucks/day", arrivals = "regular" }
far = { from = "far-depot", to = "e", volume = "1 trucks/day", arrivals = "regular" }
"#;

fn study(text: &str) -> Study {
    scenario::from_str("hand.toml", text, &FILES)
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
        .study
}

type Split = BTreeMap<(String, String, String), [u64; 2]>;

/// Replication, consignment, how its two journeys ended, the difference in milliseconds, and its parts.
type Seen = (u32, String, [Fate; 2], Option<i64>, Split);

/// All twins of serial and parallel with their parts, in milliseconds.
fn all(text: &str) -> (TwinsResult, Vec<Seen>) {
    let mut seen = Vec::new();
    let mut each = |parts: &Parts, twin: &twins::Twin| {
        let split = twin.parts.iter().map(|(part, ms)| {
            let (place, whose, kind) = parts.part(*part);
            let (Place::Site(place) | Place::Link(place)) = place;
            ((place.clone(), whose.to_owned(), kind.to_string()), *ms)
        });
        seen.push((
            twin.replication,
            parts.consignment(twin.consignment),
            twin.fates(),
            twin.difference(),
            split.collect(),
        ));
        Ok(())
    };
    let results = crate::twins(&study(text), (0, 1), (1, 1 << 20), Some(&mut each)).unwrap();
    (results, seen)
}

fn split(lines: &[(&str, &str, &str, [f64; 2])]) -> Split {
    let part = |(place, whose, kind, hours): &(&str, &str, &str, [f64; 2])| {
        let key = ((*place).into(), (*whose).into(), (*kind).into());
        (key, hours.map(|h| (h * 3_600_000.0) as u64))
    };
    lines.iter().map(part).collect()
}

#[test]
fn each_twin_is_split_to_the_millisecond() {
    let (results, seen) = all(POST);
    // Serial: customs 1-3 h, quarantine 3:30-8:30. Parallel: quarantine 1-6 h is the critical path.
    let near = split(&[
        ("x", "customs", "service", [2.0, 0.0]),
        ("x", "quarantine", "hand_off", [0.5, 0.0]),
        ("x", "quarantine", "service", [5.0, 5.0]),
        ("near-road", "carrier", "travel", [1.0, 1.0]),
        ("bridge", "carrier", "travel", [0.5, 0.5]),
    ]);
    // Serial: behind `near`, customs 3-5 h, at quarantine from 5:30, served 8:30-13:30. Parallel: quarantine 6-11 h.
    let far = split(&[
        ("x", "customs", "waiting", [2.0, 0.0]),
        ("x", "customs", "service", [2.0, 0.0]),
        ("x", "quarantine", "hand_off", [0.5, 0.0]),
        ("x", "quarantine", "waiting", [3.0, 5.0]),
        ("x", "quarantine", "service", [5.0, 5.0]),
        ("far-road", "carrier", "travel", [1.0, 1.0]),
        ("bridge", "carrier", "travel", [0.5, 0.5]),
    ]);
    let both = [Fate::Arrived, Fate::Arrived];
    let less = Some(-9_000_000);
    assert_eq!(
        seen,
        [
            (0, "near:0".to_owned(), both, less, near.clone()),
            (0, "far:0".to_owned(), both, less, far.clone()),
            (1, "near:0".to_owned(), both, less, near),
            (1, "far:0".to_owned(), both, less, far),
        ]
    );
    assert_eq!(results.all.twins, 4);
    assert_eq!(results.all.difference_h.mean, -2.5);
    assert_eq!(results.all.difference_h.half_width, 0.0);
    assert_eq!(
        (results.all.sooner.mean, results.all.later.mean),
        (1.0, 0.0)
    );
    let of = |whose: &str, kind: &str| {
        let mut parts = results.parts.iter();
        let part = parts.find(|p| p.whose == whose && p.kind.to_string() == kind);
        part.unwrap().difference_h.mean
    };
    assert_eq!(of("customs", "waiting"), -1.0);
    assert_eq!(of("customs", "service"), -2.0);
    assert_eq!(of("quarantine", "hand_off"), -0.5);
    assert_eq!(of("quarantine", "waiting"), 1.0);
    let whole: f64 = results.parts.iter().map(|p| p.difference_h.mean).sum();
    assert!((whole - results.all.difference_h.mean).abs() < 1e-12);
    for q in &results.quantiles {
        // Within a bucket of the histogram.
        assert!((q.difference_h.mean + 2.5).abs() < 0.01, "{q:?}");
    }
}

#[test]
fn the_last_at_a_join_is_blamed_for_what_it_comes_later_than_the_one_before_it() {
    let (results, _) = all(POST);
    // In serial nothing comes together.
    assert!(results.blame[0].rows.is_empty());
    // Quarantine is 3 h behind customs with `near`, and 6 h (11 h against 5 h) with `far`.
    let rows = &results.blame[1].rows;
    let row = |whose: &str| rows.iter().find(|r| r.whose == whose).unwrap();
    let last = row("quarantine");
    assert_eq!((last.site_title.as_str(), last.joins), ("The post", 4));
    assert_eq!(last.whose_title, "Plant quarantine");
    assert_eq!((last.part_in.mean, last.last.mean), (1.0, 1.0));
    assert_eq!((last.margin_h.mean, last.cost_h.mean), (4.5, 4.5));
    assert_eq!(last.total_h.mean, 9.0);
    assert_eq!(
        (row("customs").part_in.mean, row("customs").last.mean),
        (1.0, 0.0)
    );
    assert_eq!(
        (
            row("customs").margin_h.replications,
            row("customs").cost_h.mean
        ),
        (0, 0.0)
    );
    // By its own command the same.
    let alone = twins::blame(&study(POST), 1, Some(1), None, &|_, _| {}).unwrap();
    let json = |b: &twins::Blames| serde_json::to_string(b).unwrap();
    assert_eq!(json(&alone), json(&results.blame[1]));
}

#[test]
fn who_are_last_together_are_blamed_neither() {
    let text = POST.replace("service = \"5 h\"", "service = \"2 h\"");
    let (results, _) = all(&text);
    for row in &results.blame[1].rows {
        assert_eq!(
            (row.together.mean, row.last.mean, row.cost_h.mean),
            (1.0, 0.0, 0.0)
        );
    }
    assert_eq!(results.blame[1].rows.len(), 2);
}

#[test]
fn a_joint_visit_waits_for_the_documents_of_all_and_ends_together() {
    // Documents as before; then both examine the cargo at one stop, 1 h, with nobody before them.
    let exams = r#"
    { name = "customs-exam", agency = "customs", kind = "physical", service = "1 h", servers = 9 },
    { name = "quarantine-exam", agency = "quarantine", kind = "physical", service = "30 min", servers = 9 },
]
[flows]"#;
    let text = POST
        .replace("]\n[flows]", exams)
        .replace("\"parallel\"", "\"joint\"");
    let (results, _) = all(&text);
    let rows = &results.blame[1].rows;
    let row = |whose: &str| rows.iter().find(|r| r.whose == whose).unwrap();
    // Each consignment has two joins: the documents, at which quarantine is last, and the exam, which ends for both.
    assert_eq!(row("quarantine").joins, 8);
    assert_eq!(
        (row("quarantine").last.mean, row("quarantine").together.mean),
        (0.5, 0.5)
    );
    assert_eq!(row("quarantine").margin_h.mean, 4.5);
    assert_eq!(
        (row("customs").last.mean, row("customs").together.mean),
        (0.0, 0.5)
    );
}

#[test]
fn twins_that_do_not_both_arrive_are_counted_and_named() {
    // Who is not through 12 h after setting out gives up: `far` in serial alone (it leaves the post at 13:30 h).
    let text = POST.replace("far = { from", "far = { gives_up_after = \"12 h\", from");
    let (results, seen) = all(&text);
    let fates: BTreeSet<[Fate; 2]> = seen.iter().map(|s| s.2).collect();
    let cancelled = Fate::Lost(corridor::terms::Outcome::Cancelled);
    assert_eq!(
        fates,
        BTreeSet::from([[Fate::Arrived, Fate::Arrived], [cancelled, Fate::Arrived]])
    );
    assert_eq!((results.all.twins, results.unpaired.len()), (2, 1));
    let lost = &results.unpaired[0];
    assert_eq!(
        (lost.base.as_str(), lost.variant.as_str()),
        ("cancelled", "arrived")
    );
    assert_eq!(
        (lost.twins, &lost.first[..]),
        (2, &["far:0".to_owned()][..])
    );
}
