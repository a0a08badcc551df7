//! Raising a level only turns "no" into "yes": with the same draws, whoever is spared a control, or sends data ahead, at a
//! level does so at every higher one. A law of the draws, not of the hours.

use corridor::world::SkipReason;
use proptest::prelude::*;

use crate::facts::{Facts, study};

/// Two controlled borders in a row, three countries; the data is faster than any cargo, so that none is late.
fn corridor(seed: u64, regime: &str, less: [f64; 3], more: [f64; 3]) -> String {
    let pair = |pair: &str, [information, recognition, enforcement]: [f64; 3]| {
        format!(
            "{{ between = [{pair}], information = {information}, recognition = {recognition}, enforcement = {enforcement} }}"
        )
    };
    let set = |levels| {
        format!(
            "[{}, {}]",
            pair("\"CN\", \"KZ\"", levels),
            pair("\"KZ\", \"RU\"", levels)
        )
    };
    let (less, more) = (set(less), set(more));
    format!(
        r#"
[scenario]
regime = "{regime}"

[experiment]
horizon = "8 d"
replications = 2
seed = {seed}
cooperation = ["less", "more"]

[agencies]
customs = {{}}
quarantine = {{}}

[sites]
xian = {{ country = "CN", kind = "hub" }}
khorgos = {{ country = "CN", kind = "border", procedures = {{ exit = "exit-control" }} }}
altynkol = {{ country = "KZ", kind = "border", procedures = {{ entry = "control" }} }}
syrym = {{ country = "KZ", kind = "border", procedures = {{ exit = "exit-control" }} }}
mashtakovo = {{ country = "RU", kind = "border", procedures = {{ entry = "control" }} }}
samara = {{ country = "RU", kind = "hub" }}

[links]
one = {{ from = "xian", to = "khorgos", mode = "rail", distance = "50 km", transit = {{ uniform = {{ low = "2 h", high = "9 h" }} }}, minimum = "2 h" }}
two = {{ from = "khorgos", to = "altynkol", mode = "rail", distance = "50 km", transit = "2 h", minimum = "2 h" }}
three = {{ from = "altynkol", to = "syrym", mode = "road", distance = "50 km", transit = "2 h", minimum = "2 h" }}
four = {{ from = "syrym", to = "mashtakovo", mode = "road", distance = "50 km", transit = "2 h", minimum = "2 h" }}
five = {{ from = "mashtakovo", to = "samara", mode = "road", distance = "50 km", transit = "2 h", minimum = "2 h" }}

[flows]
all = {{ from = "xian", to = "samara", volume = "12 consignments/day", aeo_share = 0.3, trader = "RU" }}

[cooperation]
data_delay = "1 h"

[cooperation.sets]
less = {less}
more = {more}

[procedures.exit-control]
channels = {{ red = 0.3, yellow = 0.2 }}
steps = [
    {{ name = "exit-documents", agency = "customs", kind = "documents", service = "1 h", servers = 2 }},
    {{ name = "exit-exam", agency = "customs", kind = "physical", service = {{ exponential = {{ mean = "1 h" }} }}, servers = 1, share = {{ red = 1.0 }}, recognisable = ["exam"] }},
]

[procedures.control]
channels = {{ red = 0.3, yellow = 0.2 }}
steps = [
    {{ name = "declaration", agency = "customs", kind = "declaration", service = "1 h" }},
    {{ name = "documents", agency = "customs", kind = "documents", service = "1 h", servers = 1, pre_arrival = true }},
    {{ name = "enquiry", agency = "customs", kind = "documents", service = {{ exponential = {{ mean = "4 h" }} }}, assisted_service = {{ exponential = {{ mean = "1 h" }} }}, share = 0.2, servers = "unlimited" }},
    {{ name = "exam", agency = "customs", kind = "physical", service = {{ exponential = {{ mean = "1 h" }} }}, servers = 1, share = {{ red = 1.0, yellow = 0.5 }}, recognisable = ["exam"], assisted_share = 0.5 }},
    {{ name = "quarantine-exam", agency = "quarantine", kind = "physical", service = {{ exponential = {{ mean = "1 h" }} }}, servers = 1, recognisable = ["exam"] }},
]
"#
    )
}

/// Position of the enquiry among the steps at an entry side.
const ENQUIRY: u8 = 2;

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raising_a_level_only_turns_no_into_yes(
        seed in 0u64..1000,
        regime in prop::sample::select(vec!["serial", "parallel", "joint"]),
        which in 0usize..3,
        common in [0.0..1.0f64, 0.0..1.0, 0.0..1.0],
        levels in (0.0..1.0f64, 0.0..1.0f64),
    ) {
        let (mut less, mut more) = (common, common);
        // Recognition of nothing at all would not recognise a foreign operator's status either, which changes channels.
        less[which] = levels.0.min(levels.1).max(1e-3);
        more[which] = levels.0.max(levels.1).max(1e-3);
        let study = study(&corridor(seed, regime, less, more));
        let (low, high) = (Facts::of(&study, 0), Facts::of(&study, 1));
        prop_assert!(low.sent_ahead().is_subset(&high.sent_ahead()), "data sent at the lower level alone");
        let recognised = |facts: &Facts| facts.skipped(SkipReason::Recognised);
        let carried_out = |facts: &Facts| facts.carried_out();
        // More assistance selects fewer: who is no longer selected has nothing to be recognised.
        if which != 2 {
            prop_assert!(recognised(&low).is_subset(&recognised(&high)), "recognised at the lower level alone");
        }
        prop_assert!(
            low.skipped(SkipReason::NotSelected).is_subset(&high.skipped(SkipReason::NotSelected)),
            "spared selection at the lower level alone"
        );
        prop_assert!(carried_out(&high).is_subset(&carried_out(&low)), "a step is carried out at the higher level alone");
        for site in ["altynkol", "mashtakovo"] {
            let (slow, fast) = (low.services(site, ENQUIRY), high.services(site, ENQUIRY));
            for (who, ms) in &fast {
                prop_assert!(*ms <= slow[who], "{who:?} is enquired longer at the higher level");
            }
        }
    }
}

#[test]
fn the_sets_grow_by_more_than_nothing() {
    let study = study(&corridor(1, "serial", [0.2, 0.2, 0.0], [0.8, 0.8, 0.0]));
    let (low, high) = (Facts::of(&study, 0), Facts::of(&study, 1));
    assert!(high.sent_ahead().len() > low.sent_ahead().len() + 20);
    let recognised = |facts: &Facts| facts.skipped(SkipReason::Recognised).len();
    assert!(recognised(&low) > 10 && recognised(&high) > recognised(&low) + 20);
}
