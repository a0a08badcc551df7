//! Shocks as facts: who waits at a closed way and since when, whose service was lengthened, and that a surge of demand
//! only adds consignments to those of the base.

use std::collections::BTreeMap;

use corridor::terms::EntityId;
use corridor::world::FactKind;

use proptest::prelude::*;

use crate::facts::{Facts, study};

const HOUR: u64 = 3_600_000;

/// A post with documents of half an hour; `more` is what is said of the way on.
fn post(changes: &str, more: &str) -> String {
    format!(
        r#"
[experiment]
horizon = "20 d"
replications = 2
{changes}

[agencies]
customs = {{}}

[sites]
start = {{ country = "KZ", kind = "hub" }}
post = {{ country = "KZ", kind = "terminal", procedures = {{ transit = "control" }} }}
end = {{ country = "KZ", kind = "hub" }}

[links]
to-post = {{ from = "start", to = "post", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}
from-post = {{ from = "post", to = "end", mode = "road", distance = "50 km", transit = "1 h"{more} }}

[procedures.control]
steps = [{{ name = "documents", agency = "customs", kind = "documents", service = "30 min", servers = 9 }}]
"#
    )
}

#[test]
fn the_wait_at_a_closed_way_begins_when_the_consignment_is_ready() {
    let closed =
        ", closed = [{ from = \"2024-01-02T02:00:00Z\", until = \"2024-01-02T16:00:00Z\" }]";
    let text = post("", closed)
        + r#"
[flows]
all = { from = "start", to = "end", volume = "4 consignments/day", arrivals = "regular" }
"#;
    let facts = Facts::of(&study(&text), 0);
    let closed: Vec<(u64, u64)> = facts
        .all_of(FactKind::Closed)
        .map(|f| (f.time.ms(), f.detail))
        .collect();
    // Ready at 6k + 1.5 h: 31.5 and 37.5 h lie in the closure, which ends at 40 h.
    let ready = |tenths: u64| (tenths * HOUR / 10, 40 * HOUR);
    assert_eq!(closed, [ready(315), ready(375)]);
    let left: Vec<u64> = facts.departures("post").values().map(|t| t.ms()).collect();
    let expected = [75, 135, 195, 255, 400, 400, 435].map(|tenths: u64| tenths * HOUR / 10);
    assert_eq!(left[..7], expected);
}

#[test]
fn a_lengthened_service_is_a_fact_with_its_factor() {
    let text = post("", "")
        + r#"
[shocks]
slow = { from = "2024-01-02", until = "2024-01-03", service = 2.5 }
slower = { from = "2024-01-02T12:00:00Z", until = "2024-01-03", service = 3 }

[flows]
all = { from = "start", to = "end", volume = "4 consignments/day", arrivals = "regular" }
"#;
    let facts = Facts::of(&study(&text), 0);
    let shocked: Vec<(u64, u64)> = facts
        .all_of(FactKind::Shocked)
        .map(|f| (f.time.ms() / HOUR, f.detail))
        .collect();
    assert_eq!(shocked, [(25, 2500), (31, 2500), (37, 7500), (43, 7500)]);
}

/// Who entered, and when.
fn entered(facts: &Facts) -> BTreeMap<EntityId, u64> {
    facts
        .all_of(FactKind::Entered)
        .map(|f| (f.entity, f.time.ms()))
        .collect()
}

#[test]
fn a_surge_adds_consignments_to_those_of_the_base_and_moves_none() {
    let text = post("[variants]\nbase-demand = { shocks = [] }", "")
        + r#"
[shocks.fair]
every = { exponential = { mean = "4 d" } }
lasting = { gamma = { mean = "1 d", cv = 0.5 } }
demand = 3
scope = { flows = ["all"] }

[flows]
all = { from = "start", to = "end", volume = "200 consignments/day" }
"#;
    let study = study(&text);
    let (surge, base) = (
        entered(&Facts::of(&study, 0)),
        entered(&Facts::of(&study, 1)),
    );
    assert!(base.iter().all(|(who, when)| surge.get(who) == Some(when)));
    let more: Vec<u64> = surge
        .iter()
        .filter(|(who, _)| !base.contains_key(who))
        .map(|(_, when)| *when)
        .collect();
    // 20 days at 200 a day are 4000, give or take 63.
    assert!((base.len() as f64 - 4000.0).abs() < 260.0, "{}", base.len());
    // In each surge two more for each one: about 400 a day of it, none outside.
    assert!(more.len() > 200, "{} more", more.len());
    let mut gaps: Vec<u64> = more
        .windows(2)
        .map(|pair| pair[1].abs_diff(pair[0]))
        .collect();
    gaps.sort_unstable();
    assert!(
        gaps[gaps.len() - 1] > 6 * HOUR,
        "the additional ones come in bursts"
    );
}

/// An instant of the first days of 2024, by hours from its start.
fn date(hour: u64) -> String {
    format!("2024-01-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24)
}

fn holds(window: (u64, u64), ms: u64) -> bool {
    window.0 * HOUR <= ms && ms < (window.0 + window.1) * HOUR
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is closed when: nothing departs over a closed link, from or towards a closed site, and nothing starts
    /// at one, or in a strike.
    #[test]
    fn nothing_passes_what_is_closed(
        seed in 0u64..1000,
        way in (0u64..200, 1u64..60),
        place in (0u64..200, 1u64..60),
        strike in (0u64..200, 1u64..60),
        trains in any::<bool>(),
        timetable in any::<bool>(),
    ) {
        let window = |(from, hours): (u64, u64)| {
            format!("from = \"{}\", until = \"{}\"", date(from), date(from + hours))
        };
        let departures = if timetable {
            ", timetable = { departures = \"6/day\", capacity = 40 }"
        } else {
            ""
        };
        let service = if trains { ", service = \"train\"" } else { "" };
        let text = post(&format!("seed = {seed}"), departures)
            + &format!(
                r#"
[services]
train = {{ mode = "road", formation = {{ size = 7 }} }}

[shocks]
way = {{ {}, closed = true, scope = {{ links = ["from-post"] }} }}
place = {{ {}, closed = true, scope = {{ sites = ["post"] }} }}
strike = {{ {}, staff = 0, scope = {{ sites = ["post"] }} }}

[flows]
all = {{ from = "start", to = "end", volume = "60 consignments/day"{service} }}
"#,
                window(way),
                window(place),
                window(strike),
            );
        let study = study(&text);
        let network = &corridor::experiment::compile(&study).expect("it compiles")[0];
        corridor::experiment::run_one(network, seed, 0).expect("conservation and Little's law hold");
        let facts = Facts::of(&study, 0);
        let gone = facts.departures("post");
        prop_assert!(!gone.is_empty());
        for at in gone.values().map(|t| t.ms()) {
            prop_assert!(!holds(way, at) && !holds(place, at), "departed at {at} ms");
        }
        // A consignment's own departure from its first site is the train's formation.
        for at in facts.departures("start").values().map(|t| t.ms()).filter(|_| !trains) {
            prop_assert!(!holds(place, at), "departed towards it at {at} ms");
        }
        for at in facts.all_of(FactKind::Started).map(|f| f.time.ms()) {
            prop_assert!(!holds(place, at) && !holds(strike, at), "started at {at} ms");
        }
    }
}
