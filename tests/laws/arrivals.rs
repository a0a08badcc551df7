//! Arrivals that vary: as many as the rate says, and no draw of one thing moved by another.

use std::collections::BTreeMap;

use corridor::engine;
use corridor::experiment;
use corridor::network::Network;
use corridor::observe::Journal;
use corridor::scenario::{self, Study};
use corridor::terms::EntityId;
use corridor::time::Time;
use corridor::world::{Corridor, Draws, FactKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const FILES: &[(&str, &str)] = &[("register.csv", "time\n5\n7\n")];

fn study(text: &str) -> Study {
    match scenario::from_str("arrivals.toml", text, &FILES) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}"),
    }
}

/// Two sites a road apart, 400 days from the first of January 2023 in Almaty.
fn corridor(flows: &str, rest: &str) -> Study {
    study(&format!(
        r#"
[experiment]
start = "2022-12-31T18:00:00Z"
horizon = "400 d"
max_drain = "1 d"
replications = 2
[sites]
a = {{ country = "KZ", kind = "hub", time_zone = "Asia/Almaty" }}
b = {{ country = "KZ", kind = "hub" }}
[links]
road = {{ between = ["a", "b"], mode = "road", distance = "10 km", transit = "1 h" }}
[flows]
{flows}
{rest}"#
    ))
}

/// When each consignment of the flow called `name` entered, by ordinal.
fn entries(network: &Network, study: &Study, name: &str) -> BTreeMap<u64, Time> {
    let flow = network.flows.iter().position(|f| f.name == name).unwrap();
    let draws = Draws::new(network, study.experiment.seed, 0);
    let world: Corridor<'_, Journal> = Corridor::new(network, &draws);
    let mut processes = world.processes(|site| Journal::of_kind(site, FactKind::Entered));
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop()).unwrap();
    let facts = Journal::sorted(processes.into_iter().map(|p| p.state.observer));
    facts
        .iter()
        .map(|r| (r.fact.entity, r.fact.time))
        .filter(|(entity, _)| entity.group() as usize == flow)
        .map(|(entity, at)| (EntityId::ordinal(entity), at))
        .collect()
}

fn base(study: &Study, name: &str) -> BTreeMap<u64, Time> {
    entries(&experiment::compile(study).unwrap()[0], study, name)
}

const MONTHS: [f64; 12] = [0.4, 0.7, 1.0, 1.3, 1.6, 1.9, 1.6, 1.3, 1.0, 0.7, 0.5, 0.9];
const WEEKDAYS: [f64; 7] = [1.6, 1.3, 1.1, 1.0, 0.9, 0.7, 0.4];
const HOURS: [f64; 24] = [
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9,
    1.6, 1.3, 1.0, 0.7, 0.4,
];
const PER_DAY: f64 = 300.0;

/// Local month, day of the week and hour at `ms` after the start.
fn local(study: &Study, ms: u64) -> (usize, usize, usize) {
    let at = study.experiment.start.as_millisecond() + ms as i64;
    let zone = TimeZone::get("Asia/Almaty").unwrap();
    let at = zone.to_datetime(Timestamp::from_millisecond(at).unwrap());
    let weekday = at.weekday().to_monday_zero_offset() as usize;
    (at.month() as usize - 1, weekday, at.hour() as usize)
}

/// Expected arrivals by month, by day of the week and by hour, with the profiles shifted by so many places.
fn expected(study: &Study, shift: [usize; 3]) -> [Vec<f64>; 3] {
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map(f64::from);
    let month_mean = MONTHS.iter().zip(days).map(|(m, d)| m * d).sum::<f64>() / 365.0;
    let weekday_mean = WEEKDAYS.iter().sum::<f64>() / 7.0;
    let hour_mean = HOURS.iter().sum::<f64>() / 24.0;
    let mut sums = [vec![0.0; 12], vec![0.0; 7], vec![0.0; 24]];
    for hour in 0..400 * 24 {
        let (m, d, h) = local(study, hour * 3_600_000);
        // Growth of 20 % a year, at the middle of the hour.
        let grown = 1.2f64.powf((hour as f64 + 0.5) / 24.0 / 365.0);
        let rate = PER_DAY / 24.0 * grown * MONTHS[(m + shift[0]) % 12] / month_mean
            * WEEKDAYS[(d + shift[1]) % 7]
            / weekday_mean
            * HOURS[(h + shift[2]) % 24]
            / hour_mean;
        for (sum, at) in sums.iter_mut().zip([m, d, h]) {
            sum[at] += rate;
        }
    }
    sums
}

/// The greatest distance of a count from its expectation, in standard deviations of a Poisson count.
fn farthest(counts: &[f64], expected: &[f64]) -> f64 {
    let distance = |(n, mean): (&f64, &f64)| (n - mean).abs() / mean.sqrt();
    counts
        .iter()
        .zip(expected)
        .map(distance)
        .fold(0.0, f64::max)
}

#[test]
fn as_many_arrive_in_each_month_weekday_and_hour_as_the_integral_of_the_rate() {
    let flow = format!(
        "f = {{ from = \"a\", to = \"b\", volume = \"{PER_DAY} trucks/day\", growth = 0.2, months = {MONTHS:?}, \
         weekdays = {WEEKDAYS:?}, hours = {HOURS:?} }}"
    );
    let study = corridor(&flow, "");
    let end = 400 * 24 * 3_600_000;
    let mut counts = [vec![0.0; 12], vec![0.0; 7], vec![0.0; 24]];
    for at in base(&study, "f").values().filter(|at| at.ms() < end) {
        let (m, d, h) = local(&study, at.ms());
        for (count, at) in counts.iter_mut().zip([m, d, h]) {
            count[at] += 1.0;
        }
    }
    let right = expected(&study, [0, 0, 0]);
    for (counts, expected) in counts.iter().zip(&right) {
        let far = farthest(counts, expected);
        assert!(
            far < 5.0,
            "{far} standard deviations: {counts:?} {expected:?}"
        );
    }
    let (all, mean) = (counts[0].iter().sum::<f64>(), right[0].iter().sum::<f64>());
    assert!((all - mean).abs() < 5.0 * mean.sqrt(), "{all} of {mean}");
    // The bound tells: profiles shifted by one place are far outside it.
    for (cycle, count) in counts.iter().enumerate() {
        for by in [1, [12, 7, 24][cycle] - 1] {
            let mut shift = [0, 0, 0];
            shift[cycle] = by;
            let far = farthest(count, &expected(&study, shift)[cycle]);
            assert!(far > 10.0, "cycle {cycle} shifted by {by}: {far}");
        }
    }
}

#[test]
fn bursts_bring_the_volume_on_average() {
    let flow = "f = { from = \"a\", to = \"b\", volume = \"100 trucks/day\", burst = { size = { lognormal = { mean = 8, cv \
                = 1.2 } }, spacing = \"3 min\" } }";
    let study = corridor(flow, "");
    let network = &experiment::compile(&study).unwrap()[0];
    let entered = entries(network, &study, "f");
    let mut sizes: BTreeMap<u64, f64> = BTreeMap::new();
    for ordinal in entered.keys() {
        *sizes.entry(ordinal / 4096).or_default() += 1.0;
    }
    let mean = network.flows[0].burst.as_ref().unwrap().mean;
    // A sum of a Poisson number of sizes has the variance n E(size^2) = n mean^2 (1 + cv^2); rounding adds 1/12.
    let bursts = 401.0 * 100.0 / mean;
    let second = (64.0 * (1.0 + 1.44) + 1.0 / 12.0) * 1.05;
    let (all, volume) = (entered.len() as f64, 401.0 * 100.0);
    assert!(
        (all - volume).abs() < 5.0 * (bursts * second).sqrt(),
        "{all} of {volume}"
    );
    assert!((sizes.len() as f64 - bursts).abs() < 5.0 * bursts.sqrt());
}

#[test]
fn another_profile_keeps_or_drops_candidates_and_moves_none() {
    let flow = "f = { from = \"a\", to = \"b\", volume = \"30 trucks/day\" }";
    let week = "[variants.week.set]\n\"flows.f.weekdays\" = [1, 1, 1, 1, 1, 0, 0]\n\"flows.f.growth\" = 0.5";
    let study = corridor(flow, week);
    let networks = experiment::compile(&study).unwrap();
    let [steady, week] = [0, 1].map(|v| entries(&networks[v], &study, "f"));
    let common = week.iter().filter(|(o, _)| steady.contains_key(o)).count();
    assert!(common > 5000, "{common}");
    for (ordinal, at) in week.iter().filter(|(o, _)| steady.contains_key(o)) {
        assert_eq!(steady[ordinal], *at);
    }
}

#[test]
fn bursts_of_another_size_come_at_the_same_times() {
    let flow =
        "f = { from = \"a\", to = \"b\", volume = \"100 trucks/day\", burst = { size = 5 } }";
    let more = "[variants.more.set]\n\"flows.f.volume\" = \"110 trucks/day\"\n\
                \"flows.f.burst.size\" = { lognormal = { mean = 9, cv = 0.5 } }";
    let study = corridor(flow, more);
    let networks = experiment::compile(&study).unwrap();
    let bursts = [0, 1].map(|v| {
        let entered = entries(&networks[v], &study, "f");
        let first = entered.into_iter().filter(|(o, _)| o % 4096 == 0);
        first.collect::<BTreeMap<u64, Time>>()
    });
    // 20 a day and 110/9 a day under one envelope: the rarer are a part of the others.
    assert!(bursts[1].len() > 4000 && bursts[0].len() > 7000);
    let common = bursts[1]
        .iter()
        .filter(|(o, at)| bursts[0].get(o) == Some(at));
    assert!(common.count() + 10 > bursts[1].len());
}

#[test]
fn other_flows_and_empties_move_no_draw() {
    let one = "f = { from = \"a\", to = \"b\", volume = \"30 trucks/day\", months = [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }";
    let others = "a1 = { from = \"a\", to = \"b\", volume = \"9 trucks/day\", burst = { size = 3 } }\n\
                  e = { from = \"b\", to = \"a\", after = { flow = \"f\", delay = \"1 h\" } }\n\
                  r = { from = \"a\", to = \"b\", recorded = \"register.csv\" }\n";
    // After the horizon a run ends when the last measured consignment is out, whosesoever it is.
    let measured = |flows: &str| {
        let mut entered = base(&corridor(flows, ""), "f");
        entered.retain(|_, at| at.hours() <= 400.0 * 24.0);
        entered
    };
    let (alone, among) = (measured(one), measured(&format!("{others}{one}")));
    assert!(alone.len() > 10_000);
    assert!(alone == among, "an entry moved");
}

#[test]
fn a_greater_share_only_adds_empties() {
    let flows = "f = { from = \"a\", to = \"b\", volume = \"30 trucks/day\" }\n\
                 e = { from = \"b\", to = \"a\", after = { flow = \"f\", share = 0.3, delay = { lognormal = { mean = \
                 \"9 h\", cv = 1 } } } }";
    let study = corridor(flows, "[variants.more.set]\n\"flows.e.after.share\" = 0.5");
    let networks = experiment::compile(&study).unwrap();
    let [few, more] = [0, 1].map(|v| entries(&networks[v], &study, "e"));
    let loaded = entries(&networks[0], &study, "f").len() as f64;
    for (ordinal, at) in &few {
        assert_eq!(more.get(ordinal), Some(at), "{ordinal}");
    }
    for (empties, share) in [(few.len() as f64, 0.3), (more.len() as f64, 0.5)] {
        let spread = (loaded * share * (1.0 - share)).sqrt();
        assert!((empties - share * loaded).abs() < 5.0 * spread + 20.0);
    }
}

#[test]
fn the_contents_of_recorded_arrivals_identify_the_run() {
    let text = "[experiment]\nhorizon = \"1 d\"\n[sites]\na = { country = \"KZ\", kind = \"hub\" }\nb = { country = \"KZ\", \
                kind = \"hub\" }\n[links]\nr = { from = \"a\", to = \"b\", mode = \"road\", distance = \"1 km\", transit = \
                \"1 h\" }\n[flows]\nf = { from = \"a\", to = \"b\", recorded = \"register.csv\" }\n";
    let loaded = scenario::from_str("x.toml", text, &FILES).unwrap();
    assert!(
        loaded
            .inputs
            .contains(&("register.csv".to_owned(), FILES[0].1.to_owned()))
    );
}
