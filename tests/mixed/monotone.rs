//! The two cases in which "more cooperation, no consignment later" is a theorem (semantics section 6), with what comes
//! from outside switched on.
//!
//! What keeps the theorems: (a) one controlled first-come-first-served station, of any number of officers, and (b) a
//! tandem of single-officer stations where who is spared a control keeps the place. Both compare, consignment by consignment,
//! the same arrivals with service times that are no longer. Arrival patterns, bursts, records, seasons and surges leave the
//! arrivals the same at both levels. Calendars, strikes, sickness and closures take officers away at instants that depend
//! on no job: a station with d(t) officers on duty still starts its jobs in the order in which they came, as early as d(t)
//! allows, and an officer who finishes beyond a shift, or a closure, does so earlier where the work is less.
//!
//! Left out, because they break the cases by nature. Shocks on service multiply the time drawn at the instant at which a
//! job starts, so who starts earlier may start within the shock and be longer: they are here with the whole run as their
//! duration only. Preemption, classes, lanes and aeo_first leave first come, first served. A shift of fewer officers that
//! begins while all are at work (`finish`) lets the next to come free leave, and with several officers that takes away the
//! server of one who would have been next; with a shift of all or none it does not: so a calendar opens or closes all, and
//! strikes and sickness meet a single officer. Machines that fail by their busy time, giving up, balking and other routes
//! make what comes depend on the hours. Finite yards, tokens and second vehicles couple the station with another; so do
//! documents that are rejected, which come back to the end of the queue. Timetables and entry slots keep the order, and are
//! monotone, but a departure with room for few lets who is earlier take a place: first come, first served again; the link
//! after the gate has none here, so that departures are compared where they happen.

use std::collections::BTreeMap;

use corridor::engine;
use corridor::experiment;
use corridor::observe::Journal;
use corridor::scenario;
use corridor::terms::EntityId;
use corridor::time::Time;
use corridor::world::{Corridor, Draws, FactKind};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::demand::FILES;

/// What comes from outside.
#[derive(Clone, Debug)]
struct Outside {
    seed: u16,
    volume: u32,
    profiles: bool,
    burst: bool,
    recorded: bool,
    surge: bool,
    strike: bool,
    sickness: bool,
    closed_site: bool,
    closed_link: bool,
    season: bool,
    calendar: bool,
    slow: bool,
    shift_end: u8,
}

fn outside() -> impl Strategy<Value = Outside> {
    let flags = prop::array::uniform11(any::<bool>());
    (0u16..1000, 4u32..16, flags, 0u8..3).prop_map(|(seed, volume, flags, shift_end)| {
        let [
            profiles,
            burst,
            recorded,
            surge,
            strike,
            sickness,
            closed_site,
            closed_link,
            season,
            calendar,
            slow,
        ] = flags;
        Outside {
            seed,
            volume,
            profiles,
            burst,
            recorded,
            surge,
            strike,
            sickness,
            closed_site,
            closed_link,
            season,
            calendar,
            slow,
            shift_end,
        }
    })
}

/// A corridor with an exam on the exit side (no queue) and `procedure` at the gate.
fn corridor(outside: &Outside, mechanism: &str, levels: [f64; 2], procedure: &str) -> String {
    let Outside { seed, volume, .. } = outside;
    let on = |flag: bool, text: &'static str| if flag { text } else { "" };
    let [less, more] = levels;
    let sickness = on(outside.sickness, "sickness = 0.3");
    let closed = on(
        outside.closed_link,
        ", closed = [{ from = \"2024-12-29\", until = \"2024-12-29T09:00:00Z\" }]",
    );
    let season = on(outside.season, ", open_season = \"29 dec-25 dec\"");
    let profiles = on(
        outside.profiles,
        ", weekdays = [1, 1, 1, 1, 1.4, 0.5, 0.3], hours = [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 3, 2, 3, 3, 3, 3, 2, 1, 1, 0, 0, 0, 0], growth = 0.5",
    );
    let burst = on(
        outside.burst,
        ", burst = { size = { uniform = { low = 1, high = 5 } }, spacing = \"7 min\" }",
    );
    let listed = on(
        outside.recorded,
        "listed = { from = \"depot\", to = \"market\", recorded = \"register.csv\", commodities = { general = 1.0 } }",
    );
    let shocks = [
        (
            outside.surge,
            "surge = { from = \"2024-12-28\", until = \"2024-12-30\", demand = 1.7, scope = { flows = [\"out\"] } }",
        ),
        (
            outside.strike,
            "strike = { every = { exponential = { mean = \"2 d\" } }, lasting = \"9 h\", staff = 0, scope = { sites = [\"gate\"] } }",
        ),
        (
            outside.closed_site,
            "blockade = { from = \"2024-12-30T05:00:00Z\", until = \"2024-12-30T19:00:00Z\", closed = true, scope = { sites = [\"gate\"] } }",
        ),
        (
            outside.slow,
            "slow = { from = \"2024-12-27\", service = 1.4, scope = { sites = [\"gate\"] } }",
        ),
    ];
    let shocks: Vec<&str> = shocks.iter().filter(|s| s.0).map(|s| s.1).collect();
    let shocks = match shocks.is_empty() {
        true => String::new(),
        false => format!("[shocks]\n{}", shocks.join("\n")),
    };
    format!(
        r#"
[experiment]
start = "2024-12-27"
horizon = "8 d"
replications = 2
seed = {seed}
cooperation = ["less", "more"]

[agencies]
customs = {{ {sickness} }}
quarantine = {{ {sickness} }}

[commodities]
general = {{}}
fruit = {{}}

[calendars.day]
shifts = [{{ hours = "07:00-23:00" }}]

[sites]
depot = {{ country = "CN", kind = "hub", time_zone = "Asia/Shanghai" }}
exit = {{ country = "CN", kind = "border", time_zone = "Asia/Shanghai", procedures = {{ exit = "leave" }} }}
gate = {{ country = "KZ", kind = "border", time_zone = "Asia/Almaty", procedures = {{ entry = "control" }} }}
market = {{ country = "KZ", kind = "hub" }}

[links]
one = {{ from = "depot", to = "exit", mode = "road", distance = "50 km", transit = {{ uniform = {{ low = "1 h", high = "9 h" }} }}, minimum = "1 h"{season} }}
two = {{ from = "exit", to = "gate", mode = "road", distance = "50 km", transit = "1 h"{closed} }}
three = {{ from = "gate", to = "market", mode = "road", distance = "50 km", transit = "1 h" }}

[flows]
out = {{ from = "depot", to = "market", volume = "{volume} trucks/day", commodities = {{ general = 1.0 }}{profiles}{burst} }}
{listed}

[cooperation.sets]
less = [{{ between = ["CN", "KZ"], {mechanism} = {less} }}]
more = [{{ between = ["CN", "KZ"], {mechanism} = {more} }}]

[procedures.leave]
steps = [{{ name = "exit-exam", agency = "customs", kind = "physical", service = "1 h", servers = "unlimited", recognisable = ["exam"] }}]

{shocks}

[procedures.control]
{procedure}
"#
    )
}

/// When each measured consignment departs from the gate in the two variants.
fn departures(text: &str) -> Vec<BTreeMap<EntityId, Time>> {
    let study = match scenario::from_str("monotone.toml", text, &FILES) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}\n{text}"),
    };
    let networks = experiment::compile(&study).expect("the scenario compiles");
    let of = |network: &corridor::network::Network| {
        let gate = network.sites.iter().position(|s| s.name == "gate");
        let draws = Draws::new(network, study.experiment.seed, 0);
        let world: Corridor<'_, Journal> = Corridor::new(network, &draws);
        let mut processes = world.processes(|s| Journal::of_kind(s, FactKind::Departed));
        engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
            .expect("the run keeps its promises");
        let facts = Journal::sorted(processes.into_iter().map(|p| p.state.observer));
        let there = facts
            .iter()
            .filter(|r| r.fact.measured && Some(r.site as usize) == gate);
        there.map(|r| (r.fact.entity, r.fact.time)).collect()
    };
    networks.iter().map(of).collect()
}

/// Tries generated outsides: at the higher level nobody departs from the gate later, and many earlier.
fn nobody_is_later(mechanism: &str, procedure: impl Fn(&Outside, &str) -> String) {
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let earlier = std::cell::Cell::new(0);
    let levels = (0.0..1.0f64, 0.0..1.0f64);
    let outcome =
        TestRunner::new_with_rng(config, rng).run(&(outside(), levels), |(outside, (a, b))| {
            let calendar = if outside.calendar {
                ", calendar = \"day\""
            } else {
                ""
            };
            let procedure = procedure(&outside, calendar);
            let text = corridor(&outside, mechanism, [a.min(b), a.max(b)], &procedure);
            let both = departures(&text);
            let (less, more) = (&both[0], &both[1]);
            prop_assert!(less.len() > 10, "only {} depart", less.len());
            prop_assert!(less.keys().eq(more.keys()), "the same consignments depart");
            for (who, at) in less {
                prop_assert!(
                    more[who] <= *at,
                    "{who:?} departs at {:?} instead of {at:?}\n{text}",
                    more[who]
                );
            }
            let gained = less.iter().filter(|(who, at)| more[who] < **at).count();
            earlier.set(earlier.get() + gained);
            Ok(())
        });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(earlier.get() > 200, "only {} are earlier", earlier.get());
}

/// Fewer officers than before are of a single desk alone: see the head of this file.
fn servers(outside: &Outside) -> u32 {
    if outside.sickness {
        1
    } else {
        1 + outside.volume % 3
    }
}

fn shift_end(outside: &Outside) -> &'static str {
    ["finish", "pause", "hand_over"][outside.shift_end as usize]
}

#[test]
fn with_more_recognition_nobody_is_later_whatever_comes_from_outside() {
    nobody_is_later("recognition", |outside, calendar| {
        format!(
            r#"channels = {{ red = 0.7 }}
steps = [{{ name = "exam", agency = "customs", kind = "physical", setup = "10 min", service = {{ exponential = {{ mean = "2 h" }} }},
    servers = {}, share = {{ red = 1.0 }}, recognisable = ["exam"], audit_share = 0.1{calendar}, shift_end = "{}" }}]"#,
            servers(outside),
            shift_end(outside)
        )
    });
}

#[test]
fn with_more_enforcement_nobody_is_later_whatever_comes_from_outside() {
    nobody_is_later("enforcement", |outside, calendar| {
        format!(
            r#"channels = {{ red = 0.5, yellow = 0.3 }}
steps = [{{ name = "exam", agency = "customs", kind = "physical", service = {{ gamma = {{ mean = "2 h", cv = 0.8 }} }},
    assisted_service = {{ gamma = {{ mean = "30 min", cv = 0.8 }} }}, servers = {}, share = {{ red = 1.0, yellow = 0.4 }},
    assisted_share = 0.5{calendar}, shift_end = "{}" }}]"#,
            servers(outside),
            shift_end(outside)
        )
    });
}

#[test]
fn nobody_is_later_in_a_tandem_whatever_comes_from_outside() {
    nobody_is_later("enforcement", |outside, calendar| {
        let step = |name: &str, agency: &str, mean: &str| {
            format!(
                r#"{{ name = "{name}", agency = "{agency}", kind = "documents", service = {{ exponential = {{ mean = "{mean}" }} }}, assisted_service = "1 ms", servers = 1{calendar}, shift_end = "{}" }}"#,
                shift_end(outside)
            )
        };
        format!(
            "regime = \"serial\"\nsteps = [{}, {}]",
            step("customs-enquiry", "customs", "70 min"),
            step("quarantine-enquiry", "quarantine", "50 min")
        )
    });
}
