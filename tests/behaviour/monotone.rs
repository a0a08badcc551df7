//! The two cases in which "more cooperation, no consignment later" is a theorem.
//!
//! (a) Recognition or enforcement, on a path with one controlled first-come-first-served station (of any number of officers):
//! the consignments come in the same order at the same times, the work that each brings is no more, so each starts no
//! later (Kiefer and Wolfowitz 1955: the waits are monotone in the service times).
//! (b) A tandem of single-officer stations where a consignment spared a control keeps its place: each departure is a maximum
//! of sums of service times over paths, hence monotone in every one of them. Keeping its place is what matters: a
//! step that is skipped meets no queue, and whoever skips it overtakes (`counterexample-recognition.toml` is such a
//! tandem). So here the control spared is a step that enforcement shortens to 1 ms, the least a step can last.

use proptest::prelude::*;

use crate::facts::{Facts, study};

/// A corridor from China to Kazakhstan with an exam on the exit side (no queue) and `procedure` at the gate.
fn corridor(seed: u64, sets: &str, volume: u32, procedure: &str) -> String {
    format!(
        r#"
[experiment]
horizon = "12 d"
replications = 2
seed = {seed}
cooperation = ["less", "more"]

[agencies]
customs = {{}}
quarantine = {{}}

[sites]
xian = {{ country = "CN", kind = "hub" }}
khorgos = {{ country = "CN", kind = "border", procedures = {{ exit = "exit-control" }} }}
gate = {{ country = "KZ", kind = "border", procedures = {{ entry = "control" }} }}
end = {{ country = "KZ", kind = "hub" }}

[links]
one = {{ from = "xian", to = "khorgos", mode = "road", distance = "50 km", transit = {{ uniform = {{ low = "1 h", high = "9 h" }} }}, minimum = "1 h" }}
two = {{ from = "khorgos", to = "gate", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}
three = {{ from = "gate", to = "end", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}

[flows]
all = {{ from = "xian", to = "end", volume = "{volume} consignments/day" }}

[cooperation.sets]
{sets}

[procedures.exit-control]
steps = [{{ name = "exit-exam", agency = "customs", kind = "physical", service = "1 h", servers = "unlimited", recognisable = ["exam"] }}]

[procedures.control]
{procedure}
"#
    )
}

fn sets(mechanism: &str, less: f64, more: f64) -> String {
    format!(
        "less = [{{ between = [\"CN\", \"KZ\"], {mechanism} = {less} }}]\nmore = [{{ between = [\"CN\", \"KZ\"], {mechanism} = {more} }}]"
    )
}

/// No consignment departs from the gate later with more than with less; gives how many depart earlier.
fn nobody_is_later(text: &str) -> Result<usize, TestCaseError> {
    let study = study(text);
    let (less, more) = (
        Facts::of(&study, 0).departures("gate"),
        Facts::of(&study, 1).departures("gate"),
    );
    prop_assert!(less.len() > 20, "only {} depart", less.len());
    prop_assert!(less.keys().eq(more.keys()), "the same consignments depart");
    for (who, at) in &less {
        prop_assert!(
            more[who] <= *at,
            "{who:?} departs at {:?} instead of {at:?}",
            more[who]
        );
    }
    Ok(less.iter().filter(|(who, at)| more[who] < **at).count())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_more_recognition_nobody_is_later_at_one_station(
        seed in 0u64..1000, levels in (0.0..1.0f64, 0.0..1.0f64), servers in 1u32..4, volume in 6u32..20,
        mean in 1u32..6, share in 0.2..1.0f64, audit in 0.0..0.5f64,
    ) {
        let exam = format!(
            r#"channels = {{ red = {share} }}
steps = [{{ name = "exam", agency = "customs", kind = "physical", setup = "10 min", service = {{ exponential = {{ mean = "{mean} h" }} }},
    servers = {servers}, share = {{ red = 1.0 }}, recognisable = ["exam"], audit_share = {audit} }}]"#
        );
        let (less, more) = (levels.0.min(levels.1), levels.0.max(levels.1));
        nobody_is_later(&corridor(seed, &sets("recognition", less, more), volume, &exam))?;
    }

    #[test]
    fn with_more_enforcement_nobody_is_later_at_one_station(
        seed in 0u64..1000, levels in (0.0..1.0f64, 0.0..1.0f64), servers in 1u32..4, volume in 6u32..20,
        mean in 1u32..6, assisted in 0.0..1.0f64,
    ) {
        let exam = format!(
            r#"channels = {{ red = 0.6, yellow = 0.3 }}
steps = [{{ name = "exam", agency = "customs", kind = "physical", service = {{ gamma = {{ mean = "{mean} h", cv = 0.8 }} }},
    assisted_service = {{ gamma = {{ mean = "30 min", cv = 0.8 }} }}, servers = {servers}, share = {{ red = 1.0, yellow = 0.4 }},
    assisted_share = {assisted} }}]"#
        );
        let (less, more) = (levels.0.min(levels.1), levels.0.max(levels.1));
        nobody_is_later(&corridor(seed, &sets("enforcement", less, more), volume, &exam))?;
    }

    #[test]
    fn nobody_is_later_in_a_tandem_where_who_is_spared_keeps_the_place(
        seed in 0u64..1000, levels in (0.0..1.0f64, 0.0..1.0f64), volume in 6u32..20, means in (1u32..5, 1u32..5),
    ) {
        let tandem = format!(
            r#"regime = "serial"
steps = [
    {{ name = "customs-enquiry", agency = "customs", kind = "documents", service = {{ exponential = {{ mean = "{} h" }} }}, assisted_service = "1 ms", servers = 1 }},
    {{ name = "quarantine-enquiry", agency = "quarantine", kind = "documents", service = {{ exponential = {{ mean = "{} h" }} }}, assisted_service = "1 ms", servers = 1 }},
]"#,
            means.0, means.1
        );
        let (less, more) = (levels.0.min(levels.1), levels.0.max(levels.1));
        nobody_is_later(&corridor(seed, &sets("enforcement", less, more), volume, &tandem))?;
    }
}

#[test]
fn the_comparison_is_not_empty_many_are_earlier() {
    let exam = r#"steps = [{ name = "exam", agency = "customs", kind = "physical", service = "3 h", servers = 1, recognisable = ["exam"], audit_share = 0.0 }]"#;
    let earlier = nobody_is_later(&corridor(1, &sets("recognition", 0.2, 0.8), 10, exam))
        .expect("nobody is later");
    assert!(earlier > 50, "only {earlier} are earlier");
}

#[test]
fn the_comparison_finds_those_who_are_later_where_skipping_overtakes() {
    let tandem = r#"regime = "serial"
steps = [
    { name = "exam", agency = "customs", kind = "physical", service = { exponential = { mean = "2 h" } }, servers = 1, recognisable = ["exam"], audit_share = 0.0 },
    { name = "documents", agency = "customs", kind = "documents", service = "2 h", servers = 1 },
]"#;
    let found = nobody_is_later(&corridor(1, &sets("recognition", 0.2, 0.8), 10, tandem));
    assert!(
        found.is_err(),
        "whoever skips the exam overtakes, and someone is later"
    );
}
