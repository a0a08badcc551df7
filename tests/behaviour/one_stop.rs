//! One-stop posts: draws are kept, whatever post does the steps; and what variants with and without one compare.

use corridor::experiment::{self, Measure, RunOptions};
use proptest::prelude::*;

use crate::facts::{Facts, study};

/// Two exit steps, with an audit after release, and three entry steps in each direction, with channels, papers that go
/// wrong, correlated times and a shock, on lorries or trains; the base has no post.
fn border(seed: u64, regime: &str, train: bool) -> String {
    let (volume, service) = if train {
        ("3 trains/day", ", service = \"train\"")
    } else {
        ("12 consignments/day", "")
    };
    let steps = |to: &str, desk: &str| {
        format!(
            r#"
[procedures.{to}-exit]
channels = {{ red = 0.3, yellow = 0.2, blue = 0.2 }}
correlation = 0.5
steps = [
    {{ name = "papers", agency = "customs", desk = "{desk}-out", kind = "documents", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 3 }},
    {{ name = "exam", agency = "customs", desk = "{desk}-out-yard", kind = "physical", unit = "consignment", setup = {{ exponential = {{ mean = "10 min" }} }}, service = {{ exponential = {{ mean = "20 min" }} }}, servers = 3, share = {{ red = 1.0, yellow = 0.5 }} }},
    {{ name = "audit", agency = "customs", desk = "{desk}-out", kind = "documents", service = {{ exponential = {{ mean = "20 min" }} }}, post_release = true }},
]
[procedures.{to}-entry]
channels = {{ red = 0.2, yellow = 0.3 }}
correlation = 0.4
steps = [
    {{ name = "papers", agency = "customs", desk = "{desk}-in", kind = "documents", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 3, rejected = {{ share = 0.3, relodge = "10 min" }}, enquiry = {{ share = {{ red = 0.5 }}, service = "10 min" }} }},
    {{ name = "plants", agency = "quarantine", desk = "{desk}-in", kind = "physical", unit = "consignment", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 3, share = 0.4 }},
    {{ name = "exam", agency = "customs", desk = "{desk}-in-yard", kind = "physical", unit = "consignment", setup = {{ exponential = {{ mean = "10 min" }} }}, service = {{ exponential = {{ mean = "20 min" }} }}, servers = 3, share = {{ red = 1.0, yellow = 0.5 }} }},
]
"#
        )
    };
    format!(
        r#"
[scenario]
regime = "{regime}"
posts = []

[experiment]
start = "2024-01-01"
horizon = "3 d"
replications = 2
seed = {seed}

[variants]
juxtaposed = {{ posts = ["j"] }}
straddling = {{ posts = ["s"] }}
single = {{ posts = ["c"] }}

[agencies]
customs = {{}}
quarantine = {{}}

[sites]
xian = {{ country = "CN", kind = "hub" }}
khorgos = {{ country = "CN", kind = "border", procedures = {{ exit = "cn-exit", entry = "cn-entry" }}, fee = "10 USD" }}
altynkol = {{ country = "KZ", kind = "border", procedures = {{ exit = "kz-exit", entry = "kz-entry" }}, fee = "20 USD" }}
almaty = {{ country = "KZ", kind = "hub" }}

[links]
one = {{ between = ["xian", "khorgos"], mode = "rail", distance = "50 km", transit = {{ uniform = {{ low = "2 h", high = "9 h" }} }}, minimum = "2 h" }}
two = {{ between = ["khorgos", "altynkol"], mode = "rail", distance = "5 km", transit = "1 h", minimum = "1 h" }}
three = {{ between = ["altynkol", "almaty"], mode = "rail", distance = "50 km", transit = "2 h", minimum = "2 h" }}

[services]
train = {{ mode = "rail", formation = {{ size = 4 }}, on_hold = "wait" }}

[flows]
west = {{ from = "xian", to = "almaty", volume = "{volume}", teu = 2{service} }}
east = {{ from = "almaty", to = "xian", volume = "{volume}", teu = 2{service} }}

[shocks]
slow = {{ from = "2024-01-01", service = 1.5, scope = {{ country = "KZ", agencies = ["customs"] }} }}

[posts]
j = {{ between = ["khorgos", "altynkol"], kind = "juxtaposed" }}
s = {{ between = ["khorgos", "altynkol"], kind = "straddling", at = "altynkol", pool = [["quarantine", "quarantine"]] }}
c = {{ between = ["khorgos", "altynkol"], kind = "single_country", at = "khorgos", regime = "serial" }}
{}{}"#,
        steps("cn", "hall"),
        steps("kz", "hall"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_consignments_meet_the_same_steps_for_the_same_time_at_any_post(
        seed in 0u64..1000,
        regime in prop::sample::select(vec!["serial", "parallel"]),
        train in prop::bool::ANY,
    ) {
        let study = study(&border(seed, regime, train));
        let base = Facts::of(&study, 0);
        for variant in 1..study.variants.len() {
            let post = Facts::of(&study, variant);
            for (home, procedures) in [("khorgos", ["cn-exit", "cn-entry"]), ("altynkol", ["kz-exit", "kz-entry"])] {
                for procedure in procedures {
                    let listed = &study.variants[0].scenario.procedures;
                    let id = listed.iter().position(|p| p.name == procedure).expect("it is declared");
                    // Audits are not of those measured.
                    let audit = |step: &u8| listed[id].steps[*step as usize].papers.post_release;
                    for step in (0..listed[id].steps.len() as u8).filter(|s| !audit(s)) {
                        let (apart, together) = (base.services_of(home, id, step), post.services_of(home, id, step));
                        prop_assert!(!apart.is_empty() || train);
                        prop_assert_eq!(&apart, &together, "{} {} {}", variant, procedure, step);
                    }
                }
            }
        }
    }
}

#[test]
fn a_post_is_compared_with_two_sites_by_all_sides_crossing_and_door_to_door() {
    let study = study(&border(1, "parallel", false));
    let results = experiment::run(
        &study,
        &RunOptions {
            threads: Some(1),
            ..RunOptions::default()
        },
        &|_, _| {},
    )
    .expect("the study runs");
    assert_eq!(results.headline, Measure::AllSides);
    for variant in ["juxtaposed", "straddling", "single"] {
        let of = |measure: &Measure| {
            let mine = |c: &&corridor::experiment::results::Comparison| {
                c.variant == variant && c.measure == *measure
            };
            let found = results.comparisons.iter().find(mine);
            found.unwrap_or_else(|| panic!("{variant}: nothing on {measure:?}"))
        };
        let sides = of(&Measure::AllSides);
        let west = of(&Measure::Crossing("khorgos".into(), "altynkol".into()));
        let east = of(&Measure::Crossing("altynkol".into(), "khorgos".into()));
        of(&Measure::DoorToDoor("west".into()));
        of(&Measure::AllReleases);
        // Crossing is the sides and the gap of an hour; the two directions are of about one volume.
        let base = (west.base_h.mean + east.base_h.mean) / 2.0 - 1.0;
        let there = (west.variant_h.mean + east.variant_h.mean) / 2.0 - 1.0;
        assert!((sides.base_h.mean / base - 1.0).abs() < 0.1, "{variant}");
        assert!(
            (sides.variant_h.mean / there - 1.0).abs() < 0.1,
            "{variant}"
        );
        if variant != "single" {
            assert!(
                sides.difference_h.mean < 0.0,
                "{variant}: parallel over both sides is faster"
            );
        }
        // Neither side is compared alone: there is none.
        let side = |c: &corridor::experiment::results::Comparison| {
            c.variant == variant && matches!(c.measure, Measure::Bcp(..) | Measure::Release(..))
        };
        assert!(!results.comparisons.iter().any(side), "{variant}");
    }
    // Both sides' fees, 10 + 20 dollars a consignment of 2 TEU, are paid at one stop.
    for variant in &results.variants {
        for route in &variant.routes {
            let fees: f64 = route.stops.iter().map(|s| s.stay_cost).sum();
            assert!((fees - 15.0).abs() < 1e-6, "{}: {fees}", variant.name);
        }
    }
}
