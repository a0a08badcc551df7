//! Entry control: a yard behind the gate, the story that a consignment tells, and what holds of every day and window.

use std::collections::BTreeMap;

use corridor::experiment::{self, RunOptions};
use corridor::scenario::{Study, Yard};
use corridor::terms::{ActorKind, HourKind, Role};
use corridor::time::{MS_PER_HOUR, Span, Time};
use corridor::world::FactKind;

use crate::facts::{self, Facts};

/// Trucks from `start` over `post`, where `entry` is the entry control.
fn corridor(entry: &str, flow: &str) -> Study {
    facts::study(&format!(
        "[experiment]\nhorizon = \"40 d\"\nwarm_up = \"0 d\"\nreplications = 2\n\
         [agencies]\ncustoms = {{}}\n\
         [commodities]\ndry = {{}}\nfish = {{ perishable = true }}\n\
         [sites]\n\
         start = {{ country = \"KZ\", kind = \"hub\" }}\n\
         post = {{ country = \"KZ\", kind = \"terminal\", time_zone = \"Asia/Almaty\", \
         procedures = {{ transit = \"control\" }}, entry = {entry} }}\n\
         end = {{ country = \"KZ\", kind = \"hub\" }}\n\
         [links]\n\
         to-post = {{ from = \"start\", to = \"post\", mode = \"road\", distance = \"9 km\", \
         transit = {{ gamma = {{ mean = \"75 min\", cv = 0.5 }} }} }}\n\
         from-post = {{ from = \"post\", to = \"end\", mode = \"road\", distance = \"9 km\", transit = \"1 h\" }}\n\
         [flows]\nall = {{ from = \"start\", to = \"end\", {flow} }}\n\
         [procedures.control]\n\
         steps = [{{ name = \"documents\", agency = \"customs\", kind = \"documents\", service = \"1 h\", \
         servers = \"unlimited\" }}]\n"
    ))
}

/// Each truck's arrival at `post` and when it was let in: its documents start in that instant.
fn passages(facts: &Facts) -> Vec<(Time, Time)> {
    let of = |kind| facts.at("post").filter(move |r| r.fact.kind == kind);
    let arrived: BTreeMap<_, _> = of(FactKind::Arrived)
        .map(|r| (r.fact.entity, r.fact.time))
        .collect();
    of(FactKind::Started)
        .map(|r| (arrived[&r.fact.entity], r.fact.time))
        .collect()
}

#[test]
fn no_day_lets_in_more_than_its_cap_and_none_lets_wait_whom_it_could_let_in() {
    let study = corridor(
        "{ caps = [{ per_day = 30 }] }",
        "volume = \"29 trucks/day\", commodities = { dry = 1.0 }",
    );
    let passages = passages(&Facts::of(&study, 0));
    assert!(passages.len() > 1000);
    // Almaty's day begins at 18 h of UTC in January 2024.
    let day = |at: Time| (at.ms() + 6 * MS_PER_HOUR) / (24 * MS_PER_HOUR);
    let mut let_in: BTreeMap<u64, u32> = BTreeMap::new();
    for (_, at) in &passages {
        *let_in.entry(day(*at)).or_default() += 1;
    }
    assert!(let_in.values().all(|n| *n <= 30), "{let_in:?}");
    let mut waited = 0;
    for (arrived, at) in &passages {
        for full in day(*arrived)..day(*at) {
            waited += 1;
            assert_eq!(let_in[&full], 30, "day {full} had room");
        }
        assert!(
            *arrived == *at || day(*arrived) < day(*at),
            "it waits for the next day"
        );
    }
    let mut in_order = passages.clone();
    in_order.sort_by_key(|(arrived, at)| (*at, *arrived));
    assert!(in_order.is_sorted(), "first come, first in");
    assert!(waited > 50, "the cap acts");
}

#[test]
fn no_window_lets_in_more_than_its_places() {
    let study = corridor(
        "{ booking = { window = \"1 h\", capacity = 3, ahead = \"2 d\", no_show = 0.2, attempts = 2 } }",
        "volume = \"50 trucks/day\", commodities = { dry = 1.0 }",
    );
    let facts = Facts::of(&study, 0);
    let passages = passages(&facts);
    let window = |at: Time| at.ms() / MS_PER_HOUR;
    let mut let_in: BTreeMap<u64, u32> = BTreeMap::new();
    for (_, at) in &passages {
        *let_in.entry(window(*at)).or_default() += 1;
    }
    assert!(let_in.values().all(|n| *n <= 3), "{let_in:?}");
    let count = |site, kind| facts.at(site).filter(|r| r.fact.kind == kind).count();
    let (booked, missed) = (
        count("start", FactKind::Booked),
        count("start", FactKind::NoShow),
    );
    let share = missed as f64 / booked as f64;
    assert!(
        (0.17..0.23).contains(&share),
        "a fifth do not come: {share}"
    );
    let late = count("post", FactKind::NoShow);
    let early = count("post", FactKind::KeptOut);
    assert!(
        late > 20 && early > 500,
        "{late} late, {early} early or without"
    );
    // Half of them come before the window for which they set out, at its mean; no one is let in before it.
    let on_the_hour = passages.iter().filter(|(_, at)| at.ms() % MS_PER_HOUR == 0);
    assert!(on_the_hour.count() > passages.len() / 4);
}

#[test]
fn a_perishable_never_waits_behind_another_that_came_later() {
    let study = corridor(
        "{ slots = [{ rate = \"48/day\" }], lanes = [\"perishable\"] }",
        "volume = \"45 trucks/day\", commodities = { dry = 0.8, fish = 0.2 }",
    );
    let passages = passages(&Facts::of(&study, 0));
    let half_hour = MS_PER_HOUR / 2;
    assert!(passages.iter().all(|(_, at)| at.ms() % half_hour == 0));
    let overtaken = passages.windows(2).filter(|pair| pair[0].0 > pair[1].0);
    assert!(overtaken.count() > 20, "the lane acts");
}

#[test]
fn the_yard_comes_after_the_gate() {
    let mut study = corridor(
        "{ slots = [{ rate = \"24/day\", capacity = 2 }] }",
        "volume = \"2 trucks/day\", arrivals = \"regular\", group = 2, commodities = { dry = 1.0 }",
    );
    study.experiment.horizon = Span::from_hours(40.0);
    let scenario = &mut study.variants[0].scenario;
    scenario.links[0].transit = corridor::random::LawSpec::Constant(1.25 * MS_PER_HOUR as f64);
    scenario.sites[1].yard = Some(Yard {
        places: 1,
        roles: vec![Role::Transit],
        gate_places: None,
        notice: Span::TICK,
    });
    assert_eq!(study.validate(), Ok(()));
    let results = experiment::run(
        &study,
        &RunOptions {
            threads: Some(1),
            ..RunOptions::default()
        },
        &|_, _| {},
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let side = &results.variants[0].sides[0];
    let hours = |actor, kind| {
        let row = side
            .hours
            .iter()
            .find(|r| (r.actor, r.kind) == (actor, kind));
        row.map_or(0.0, |row| row.mean_h.mean)
    };
    // Both come at 25.25 h and are let in with the slot of 26 h. There is one place: the second has it at 27 h, when
    // the first has gone after its hour of documents.
    assert!((hours(ActorKind::Authority, HourKind::Waiting) - 0.75).abs() < 1e-9);
    assert!((hours(ActorKind::Terminal, HourKind::Blocking) - 0.5).abs() < 1e-9);
    assert!((hours(ActorKind::Authority, HourKind::Service) - 1.0).abs() < 1e-9);
    let story = experiment::explain(&study, 0, "all:1").unwrap_or_else(|e| panic!("{e}"));
    let post = &story.passages[1];
    assert_eq!(post.departed_h, Some(28.0));
    let text = story.to_string();
    assert!(
        text.contains("outside the gate, as it waited for a slot [authority]: 0.75 h"),
        "{text}"
    );
}

#[test]
fn a_story_tells_of_the_booking() {
    let study = corridor(
        "{ booking = { window = \"2 h\", capacity = 1, no_show = 1.0, attempts = 1 } }",
        "volume = \"1 trucks/day\", arrivals = \"regular\", commodities = { dry = 1.0 }",
    );
    let story = experiment::explain(&study, 0, "all:0").unwrap_or_else(|e| panic!("{e}"));
    let text = story.to_string();
    // Asked at 24 h; with twice ten minutes' notice and 75 minutes on the way it could be there at 25.58 h.
    assert!(
        text.contains("booked the arrival window that begins at 26.00 h"),
        "{text}"
    );
    assert!(text.contains("missed its arrival window"), "{text}");
    assert!(
        text.contains("24.00 h  consignment  waits for its booked arrival window [authority]: "),
        "{text}"
    );
}

#[test]
fn entry_control_built_in_code_is_checked() {
    let mut study = corridor(
        "{ caps = [{ per_day = 3 }] }",
        "volume = \"1 trucks/day\", commodities = { dry = 1.0 }",
    );
    assert_eq!(study.validate(), Ok(()));
    if let Some(entry) = &mut study.variants[0].scenario.sites[1].entry {
        entry.caps[0].per_day = 0;
        entry.roles = vec![Role::Exit];
    }
    let faults = study.validate().expect_err("a cap of nobody");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].ends_with("post: an entry cap that cannot be"));
    if let Some(entry) = &mut study.variants[0].scenario.sites[1].entry {
        entry.caps.clear();
    }
    let faults = study.validate().expect_err("nothing keeps anybody out");
    assert!(faults[0].ends_with("post: entry control that keeps nobody out"));
}
