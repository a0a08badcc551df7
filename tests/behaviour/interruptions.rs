//! Work that is interrupted, whatever interrupts it: random arrivals, classes, shifts and failures, and what must hold of
//! every job and of every station at every instant.

use std::collections::BTreeMap;

use corridor::engine::{run_sequential, run_windowed};
use corridor::experiment::{self, observe, run_one};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::time::Time;
use corridor::world::{Corridor, Draws, Fact, FactKind, Observer, StationLevel};
use proptest::prelude::*;

use crate::facts::study;

/// What a site did, in the order in which it did it.
#[derive(Default)]
struct Watch {
    facts: Vec<Fact>,
    levels: Vec<(u16, Time, StationLevel)>,
}

impl Observer for Watch {
    fn fact(&mut self, fact: &Fact) {
        self.facts.push(*fact);
    }
    fn station(&mut self, station: u16, now: Time, level: StationLevel) {
        self.levels.push((station, now, level));
    }
}

/// How work may be interrupted.
#[derive(Clone, Debug)]
struct Rules {
    seed: u64,
    servers: u32,
    preemption: &'static str,
    shift_end: &'static str,
    /// Clock, what a failure does.
    machines: Option<(&'static str, &'static str)>,
    /// Half the staff in the afternoon, none at night.
    shifts: bool,
    containers: u32,
    regime: &'static str,
    /// Quarantine becomes part of customs.
    merges: bool,
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

fn rules(regimes: &'static [&'static str]) -> impl Strategy<Value = Rules> {
    let how = || word(&["resume", "restart", "resample"]);
    (
        any::<u32>(),
        1u32..4,
        word(&["none", "resume", "restart", "resample"]),
        word(&["finish", "pause", "hand_over"]),
        prop::option::of((word(&["calendar", "busy"]), how())),
        any::<bool>(),
        1u32..3,
        word(regimes),
        any::<bool>(),
    )
        .prop_map(
            |(
                seed,
                servers,
                preemption,
                shift_end,
                machines,
                shifts,
                containers,
                regime,
                merges,
            )| Rules {
                seed: seed.into(),
                servers,
                preemption,
                shift_end,
                machines,
                shifts,
                containers,
                regime,
                // Machines cannot be merged.
                merges: merges && machines.is_none(),
            },
        )
}

impl Rules {
    fn text(&self) -> String {
        let Rules {
            seed,
            servers,
            preemption,
            shift_end,
            machines,
            shifts,
            containers,
            regime,
            merges,
        } = self;
        let reform = if *merges {
            "[reforms.one-agency]\ndate = \"2024-01-03T05:00:00Z\"\nmerge = [\"customs\", \"quarantine\"]"
        } else {
            ""
        };
        let calendar = if *shifts { "day" } else { "always" };
        let machines = machines.map_or(String::new(), |(clock, on_failure)| {
            format!(
                ", machines = {{ mtbf = {{ exponential = {{ mean = \"7 h\" }} }}, mttr = {{ exponential = {{ mean = \"1 h\" }} }}, clock = \"{clock}\", on_failure = \"{on_failure}\" }}"
            )
        });
        let desk = format!(
            "servers = {servers}, calendar = \"{calendar}\", discipline = \"priority\", priority = [\"perishable\", {{ flow = \"express\" }}], preemption = \"{preemption}\", shift_end = \"{shift_end}\"{machines}"
        );
        let per_day = servers * if *shifts { 5 } else { 9 };
        format!(
            r#"
[scenario]
regime = "{regime}"

[experiment]
horizon = "5 d"
max_drain = "20 d"
seed = {seed}

[agencies]
customs = {{}}
quarantine = {{}}

[calendars.day]
shifts = [{{ hours = "08:00-13:00" }}, {{ hours = "13:00-18:00", staff = 0.5 }}, {{ hours = "18:00-22:00" }}]

[commodities]
general = {{}}
fish = {{ perishable = true }}

[sites]
start = {{ country = "KZ", kind = "hub" }}
post = {{ country = "KZ", kind = "terminal", time_zone = "Asia/Almaty", procedures = {{ transit = "control" }} }}
end = {{ country = "KZ", kind = "hub" }}

[links]
in = {{ from = "start", to = "post", mode = "road", distance = "50 km", transit = {{ exponential = {{ mean = "2 h" }} }}, minimum = "10 min" }}
out = {{ from = "post", to = "end", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}

[flows]
express = {{ from = "start", to = "end", volume = "{per_day} consignments/day", commodities = {{ general = 0.7, fish = 0.3 }} }}
bulk = {{ from = "start", to = "end", volume = "{per_day} consignments/day", containers = {containers}, commodities = {{ general = 0.9, fish = 0.1 }} }}

[procedures.control]
steps = [
    {{ name = "documents", agency = "customs", kind = "documents", unit = "container", service = {{ exponential = {{ mean = "40 min" }} }}, {desk} }},
    {{ name = "exam", agency = "customs", desk = "hall", kind = "physical", share = 0.5, setup = "10 min", service = {{ lognormal = {{ mean = "40 min", cv = 1.0 }} }}, {desk} }},
    {{ name = "pests", agency = "quarantine", desk = "hall", kind = "physical", share = 0.5, setup = "10 min", service = {{ exponential = {{ mean = "1 h" }} }}, {desk} }},
]

{reform}
"#
        )
    }

    fn network(&self) -> Network {
        let study = study(&self.text());
        experiment::compile(&study)
            .expect("the scenario compiles")
            .swap_remove(0)
    }

    /// What the post did.
    fn watch(&self, network: &Network) -> Watch {
        let draws = Draws::new(network, self.seed, 0);
        let world: Corridor<'_, Watch> = Corridor::new(network, &draws);
        let mut processes = world.processes(|_| Watch::default());
        run_sequential(&world, &mut processes, &world.channels(), world.stop())
            .expect("the run keeps its promises");
        let post = network.sites.iter().position(|s| s.name == "post");
        processes
            .swap_remove(post.expect("the post is in the network"))
            .state
            .observer
    }
}

/// One job's facts, in order.
type Life = Vec<(Time, FactKind, u64)>;

fn lives(watch: &Watch) -> BTreeMap<(u64, u8, u8, u16), Life> {
    let mut lives: BTreeMap<_, Life> = BTreeMap::new();
    for f in &watch.facts {
        if matches!(
            f.kind,
            FactKind::Joined | FactKind::Started | FactKind::Interrupted | FactKind::Completed
        ) {
            let key = (f.entity.0, f.visit, f.step, f.attempt);
            lives
                .entry(key)
                .or_default()
                .push((f.time, f.kind, f.detail));
        }
    }
    lives
}

/// Follows one job through its states; gives how often it was interrupted, or what is wrong.
fn follow(life: &Life, rules: &Rules) -> Result<u32, String> {
    let resampled =
        rules.preemption == "resample" || rules.machines.is_some_and(|(_, how)| how == "resample");
    let (mut interrupted, mut drawn, mut remaining) = (0, None::<u64>, None::<u64>);
    let mut at_work: Option<(Time, u64)> = None;
    let mut done = false;
    for (n, &(now, kind, detail)) in life.iter().enumerate() {
        if done || (n == 0) != (kind == FactKind::Joined) {
            return Err("it joins once, first, and nothing follows its end".into());
        }
        match (kind, at_work) {
            (FactKind::Joined, None) => {}
            (FactKind::Started, None) => {
                let right = match (remaining, drawn) {
                    (Some(remaining), _) => detail == remaining,
                    (None, Some(drawn)) => detail == drawn || resampled,
                    (None, None) => true,
                };
                if !right {
                    return Err(format!(
                        "starts for {detail}, of {drawn:?}, {remaining:?} left"
                    ));
                }
                if remaining.is_none() {
                    drawn = Some(detail);
                }
                at_work = Some((now, detail));
            }
            (FactKind::Interrupted, Some((since, length))) => {
                let left = length - (now - since).ms();
                if left == 0 || detail != u64::MAX && detail != left {
                    return Err(format!("interrupted with {left} to go, not {detail}"));
                }
                remaining = (detail != u64::MAX).then_some(detail);
                at_work = None;
                interrupted += 1;
            }
            // A paused job whose machine fails is interrupted again, without having worked.
            (FactKind::Interrupted, None) => {
                if detail != u64::MAX && Some(detail) != remaining {
                    return Err("what remains changes without work".into());
                }
                remaining = remaining.filter(|_| detail != u64::MAX);
            }
            (FactKind::Completed, Some((since, length))) => {
                if (now - since).ms() != length {
                    return Err("it ends when its time is up".into());
                }
                done = true;
            }
            _ => return Err(format!("{kind:?} at {now} is out of turn")),
        }
    }
    Ok(interrupted)
}

/// Every station at the end of every instant.
fn settled(watch: &Watch) -> BTreeMap<u16, Vec<(Time, StationLevel)>> {
    let mut stations: BTreeMap<u16, Vec<(Time, StationLevel)>> = BTreeMap::new();
    for &(station, now, level) in &watch.levels {
        let levels = stations.entry(station).or_default();
        match levels.last_mut() {
            Some((at, last)) if *at == now => *last = level,
            _ => levels.push((now, level)),
        }
    }
    stations
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_job_gets_its_time_and_no_server_is_idle_while_one_waits(
        rules in rules(&["serial", "parallel"])
    ) {
        let network = rules.network();
        let watch = rules.watch(&network);
        let lives = lives(&watch);
        prop_assert!(lives.len() > 20, "the post has work");
        for (job, life) in &lives {
            if let Err(wrong) = follow(life, &rules) {
                prop_assert!(false, "{job:?}: {wrong}\n{life:?}\n{rules:?}");
            }
        }
        // All who came have left again, so that no job was lost.
        let of = |kind| watch.facts.iter().filter(|f| f.kind == kind && f.measured).count();
        prop_assert_eq!(of(FactKind::Arrived), of(FactKind::Departed));
        let floors = rules.preemption != "none" || rules.shift_end != "finish";
        if rules.merges && !floors {
            // Officers at work under their old agency are lent to the new one, which its level does not show.
            return Ok(());
        }
        for levels in settled(&watch).values() {
            let mut before = 0;
            for (now, level) in levels {
                // Beyond the servers on duty only what is finished after its shift.
                let over = level.busy > level.on_duty;
                prop_assert!(!over || rules.shift_end == "finish" && level.busy <= before, "{now}: {level:?} {rules:?}");
                prop_assert!(level.waiting == 0 || level.busy >= level.on_duty, "{now}: {level:?} {rules:?}");
                before = level.busy;
            }
        }
    }

    #[test]
    fn joint_visits_are_not_interrupted_and_officers_are_not_overdrawn(
        rules in rules(&["joint"])
    ) {
        let network = rules.network();
        let watch = rules.watch(&network);
        for (job, life) in &lives(&watch) {
            if let Err(wrong) = follow(life, &rules) {
                prop_assert!(false, "{job:?}: {wrong}\n{life:?}\n{rules:?}");
            }
        }
        let of = |kind| watch.facts.iter().filter(|f| f.kind == kind && f.measured).count();
        prop_assert_eq!(of(FactKind::Arrived), of(FactKind::Departed));
        if rules.merges {
            return Ok(());
        }
        for levels in settled(&watch).values() {
            let mut before = 0;
            for (now, level) in levels {
                let taken = level.busy + level.held;
                // A joint visit in hand is finished beyond its shift.
                prop_assert!(taken <= level.on_duty || taken <= before, "{now}: {level:?} {rules:?}");
                before = taken;
            }
        }
    }

    #[test]
    fn the_shuffled_windowed_executor_gives_the_same_digest(
        rules in rules(&["serial", "parallel", "joint"])
    ) {
        let network = rules.network();
        let sequential = run_one(&network, rules.seed, 0).expect("it runs");
        let stream = Stream::new(rules.seed, 0, "shuffle", "", "", Purpose::Other(1));
        let mut window = 0;
        let shuffle = move |order: &mut [usize]| {
            window += 1;
            for i in (1..order.len()).rev() {
                order.swap(i, (stream.bits(window, i as u32, 0) % (i as u64 + 1)) as usize);
            }
        };
        let windowed = observe(&network, rules.seed, 0, |world, processes| {
            run_windowed(world, processes, &world.channels(), world.stop(), shuffle)
        })
        .expect("it runs");
        prop_assert_eq!(sequential.digest, windowed.digest);
    }
}

#[test]
fn what_interrupts_work_does_so_often_in_these_scenarios() {
    let base = Rules {
        seed: 3,
        servers: 2,
        preemption: "resume",
        shift_end: "finish",
        machines: None,
        shifts: false,
        containers: 2,
        regime: "parallel",
        merges: false,
    };
    let kinds = [
        base.clone(),
        Rules {
            preemption: "none",
            shifts: true,
            shift_end: "pause",
            ..base.clone()
        },
        Rules {
            preemption: "none",
            shifts: true,
            shift_end: "hand_over",
            ..base.clone()
        },
        Rules {
            preemption: "none",
            machines: Some(("busy", "restart")),
            ..base
        },
    ];
    for rules in kinds {
        let watch = rules.watch(&rules.network());
        let lives = lives(&watch);
        let cut = lives
            .values()
            .filter(|life| follow(life, &rules).is_ok_and(|n| n > 0))
            .count();
        assert!(
            cut * 20 > lives.len(),
            "{cut} of {} jobs: {rules:?}",
            lives.len()
        );
    }
}
