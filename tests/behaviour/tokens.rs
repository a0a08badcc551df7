//! What holds of tokens and second vehicles whatever the scenario: tokens are neither made nor lost, nobody has two of
//! a kind, who asks first has first, and vehicles and cargo meet in the order in which they came.

use std::collections::BTreeMap;

use proptest::prelude::*;

use corridor::network::PoolKind;
use corridor::terms::EntityId;
use corridor::time::{Span, Time};
use corridor::world::FactKind;

use crate::facts::{Facts, study};

#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    volume: u32,
    count: u32,
    places: u32,
    reissue: u32,
    notice: u32,
    owner: &'static str,
    returned: &'static str,
    links: &'static str,
    train: bool,
    backlog: u32,
    lorries: u32,
    room: u32,
    patience: u32,
}

fn cases() -> impl Strategy<Value = Case> {
    let sizes = (1u32..6, 1u32..4, 0u32..40, 1u32..5_000);
    let words = (
        prop::sample::select(vec!["post", "start", "end"]),
        prop::sample::select(vec![
            "\"arrival\"",
            "\"departure\"",
            "\"destination\"",
            "{ site = \"yard\" }",
        ]),
        prop::sample::select(vec!["[\"one\"]", "[\"one\", \"two\"]", "[\"two\"]"]),
    );
    let vehicles = (6u32..30, 1u32..4, 1u32..48);
    (
        any::<u64>(),
        4u32..20,
        sizes,
        words,
        any::<bool>(),
        0u32..4,
        vehicles,
    )
        .prop_map(
            |(seed, volume, sizes, words, train, backlog, vehicles)| Case {
                seed: seed >> 12,
                volume,
                count: sizes.0,
                places: sizes.1,
                reissue: sizes.2,
                notice: sizes.3,
                owner: words.0,
                returned: words.1,
                links: words.2,
                train,
                // What the backlog holds must be there.
                backlog: backlog.min(sizes.0),
                lorries: vehicles.0,
                room: vehicles.1,
                patience: vehicles.2,
            },
        )
}

fn text(case: &Case) -> String {
    let (service, break_at) = if case.train {
        (", service = \"train\"", "yard")
    } else {
        ("", "end")
    };
    let backlog = if case.backlog > 0 {
        format!(
            "[[backlog]]\nsite = \"yard\"\nflow = \"all\"\nconsignments = {}",
            case.backlog
        )
    } else {
        String::new()
    };
    format!(
        r#"
[experiment]
horizon = "6 d"
max_drain = "40 d"
replications = 2
seed = {seed}
regimes = ["serial", "parallel", "joint"]

[agencies]
customs = {{}}
quarantine = {{}}

[sites]
start = {{ country = "CN", kind = "hub" }}
post = {{ country = "CN", kind = "terminal", procedures = {{ transit = "transload" }} }}
yard = {{ country = "CN", kind = "terminal", procedures = {{ transit = "control" }} }}
end = {{ country = "CN", kind = "hub" }}

[links]
zero = {{ between = ["start", "post"], mode = "rail", distance = "50 km", transit = "1 h", minimum = "1 h" }}
one = {{ from = "post", to = "yard", mode = "rail", distance = "50 km", transit = {{ uniform = {{ low = "1 h", high = "9 h" }} }}, minimum = "1 h" }}
two = {{ from = "yard", to = "end", mode = "rail", distance = "50 km", transit = "2 h", minimum = "1 h" }}

[services]
train = {{ mode = "rail", formation = {{ size = 3 }}, break_at = "{break_at}" }}

[flows]
all = {{ from = "start", to = "end", volume = "{volume} consignments/day"{service}{patience_of_traders} }}

{backlog}

[tokens]
wagon = {{ kind = "wagon", owner = "{owner}", count = {count}, reissue = "{reissue} h", notice = "{notice} s", links = {links}, returned = {returned} }}
place = {{ kind = "place", owner = "post", count = {places} }}
ramp = {{ kind = "place", owner = "{owner}", count = 2, notice = "{notice} s" }}

[vehicles]
lorry = {{ site = "post", arrivals = "{lorries} trucks/day", waits_at_most = "{patience} h", capacity = {room} }}

[procedures.transload]
steps = [
    {{ name = "unload", agency = "terminal", kind = "handling", unit = "consignment", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 2, takes = ["place"] }},
    {{ name = "lorry", agency = "carrier", kind = "wait_for", unit = "consignment", vehicle = "lorry" }},
    {{ name = "load", agency = "terminal", kind = "handling", unit = "consignment", service = "10 min", servers = 2, share = 0.7, gives = ["place"] }},
    {{ name = "tidy", agency = "terminal", kind = "handling", service = "5 min", servers = 2 }},
]

[procedures.control]
steps = [
    {{ name = "to-the-ramp", agency = "terminal", kind = "handling", service = "10 min", servers = 3, share = 0.5, takes = ["ramp"] }},
    {{ name = "customs-exam", agency = "customs", kind = "physical", service = "30 min", servers = 1 }},
    {{ name = "quarantine-exam", agency = "quarantine", kind = "physical", service = "20 min", servers = 1 }},
    {{ name = "off-the-ramp", agency = "terminal", kind = "handling", service = "10 min", servers = 3, share = 0.8, gives = ["ramp"] }},
]
"#,
        seed = case.seed,
        volume = case.volume,
        owner = case.owner,
        count = case.count,
        reissue = case.reissue,
        notice = case.notice,
        links = case.links,
        returned = case.returned,
        places = case.places,
        lorries = case.lorries,
        patience = case.patience,
        patience_of_traders = if case.train {
            ""
        } else {
            ", gives_up_after = { exponential = { mean = \"40 h\" } }"
        },
        room = case.room,
    )
}

/// What a run held of one pool, instant by instant.
fn conserved(facts: &Facts, pool: usize) -> Result<(), TestCaseError> {
    let node = &facts.network.pools[pool];
    let count = i64::from(node.supply[0].1);
    let last = facts.recorded.last().map_or(Time::ZERO, |r| r.fact.time);
    let mine = facts
        .recorded
        .iter()
        .filter(|r| r.fact.detail == pool as u64);
    let mine: Vec<_> = mine.collect();
    let (mut held, mut of): (i64, BTreeMap<EntityId, i64>) = (0, BTreeMap::new());
    let (mut asked, mut under_way) = (0i64, 0i64);
    let mut at = 0;
    while at < mine.len() {
        let now = mine[at].fact.time;
        let mut touched = Vec::new();
        while at < mine.len() && mine[at].fact.time == now {
            let fact = &mine[at].fact;
            let remote = node.owner.0 != mine[at].site;
            match fact.kind {
                FactKind::TokenTaken => {
                    held += 1;
                    *of.entry(fact.entity).or_default() += 1;
                    touched.push(fact.entity);
                }
                FactKind::TokenReturned => {
                    held -= 1;
                    *of.entry(fact.entity).or_default() -= 1;
                    touched.push(fact.entity);
                    let notice = if remote { node.notice } else { Span::ZERO };
                    under_way += i64::from(now + notice + node.reissue > last);
                }
                FactKind::Blocked => asked += i64::from(remote),
                FactKind::Unblocked => asked -= i64::from(remote),
                _ => {}
            }
            at += 1;
        }
        prop_assert!(
            (0..=count).contains(&held),
            "{held} of {count} `{}` are held at {now:?}",
            node.name
        );
        for entity in touched {
            let has = of[&entity];
            prop_assert!(
                (0..=1).contains(&has),
                "{entity:?} has {has} of `{}`",
                node.name
            );
        }
    }
    let free = i64::from(facts.free[pool]);
    prop_assert!(free + held <= count, "`{}`: more than there are", node.name);
    // The rest is on its way back, or granted to a site that has not heard of it yet.
    prop_assert!(
        free + held + under_way + asked >= count,
        "`{}`: {free} free, {held} held, {under_way} under way, {asked} asked for, of {count}",
        node.name
    );
    Ok(())
}

/// At one site, who asks first has first.
fn first_come_first_served(facts: &Facts, pool: usize) -> Result<(), TestCaseError> {
    let mut waiting: BTreeMap<(u32, EntityId, u8), Time> = BTreeMap::new();
    // A grant at once has the fact of asking in the same instant: askers first.
    let about = |kind| matches!(kind, FactKind::Blocked | FactKind::Unblocked);
    let mut mine: Vec<_> = facts
        .recorded
        .iter()
        .filter(|r| {
            r.fact.kind == FactKind::GaveUp || about(r.fact.kind) && r.fact.detail == pool as u64
        })
        .collect();
    mine.sort_by_key(|r| (r.fact.time, r.fact.kind, r.fact.entity));
    for r in &mine {
        let who = (r.site, r.fact.entity, r.fact.step);
        if r.fact.kind == FactKind::GaveUp {
            waiting.retain(|(_, entity, _), _| *entity != r.fact.entity);
        } else if r.fact.kind == FactKind::Blocked {
            waiting.insert(who, r.fact.time);
        } else {
            let since = waiting.remove(&who).expect("a grant answers a request");
            // Of those granted in one instant the order does not show.
            let earlier = waiting.iter().filter(|(w, _)| w.0 == r.site);
            for (other, asked) in earlier {
                let same_instant = mine.iter().any(|m| {
                    m.fact.kind == FactKind::Unblocked
                        && m.fact.time == r.fact.time
                        && (m.site, m.fact.entity, m.fact.step) == *other
                });
                prop_assert!(
                    *asked >= since || same_instant,
                    "{other:?} asked before {who:?}"
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_are_neither_made_nor_lost_and_given_in_order(case in cases()) {
        let study = study(&text(&case));
        for variant in 0..3 {
            let facts = Facts::of(&study, variant);
            prop_assert_eq!(facts.network.pools.len(), 3);
            for pool in 0..3 {
                prop_assert!(matches!(facts.network.pools[pool].kind, PoolKind::Token(_)));
                conserved(&facts, pool)?;
                first_come_first_served(&facts, pool)?;
            }
        }
    }

    #[test]
    fn vehicles_and_cargo_meet_in_the_order_in_which_they_came(case in cases()) {
        let facts = Facts::of(&study(&text(&case)), 0);
        let (mut came, mut joined) = (Time::ZERO, Time::ZERO);
        let mut asked: BTreeMap<(EntityId, u16), Time> = BTreeMap::new();
        let mut taken: BTreeMap<Time, u32> = BTreeMap::new();
        let step = 1;
        let mut mine: Vec<_> = facts
            .recorded
            .iter()
            .filter(|r| facts.network.sites[r.site as usize].name == "post" && r.fact.step == step)
            .filter(|r| matches!(r.fact.kind, FactKind::Joined | FactKind::Matched))
            .collect();
        // Within an instant: those who come, then the matches in the order of the vehicles.
        mine.sort_by_key(|r| {
            let since = asked_at(&facts, r.fact.entity, step);
            (r.fact.time, r.fact.kind, since, r.fact.entity)
        });
        for r in mine {
            if r.fact.kind == FactKind::Joined {
                asked.insert((r.fact.entity, r.fact.attempt), r.fact.time);
                continue;
            }
            let since = asked[&(r.fact.entity, r.fact.attempt)];
            prop_assert!(since >= joined, "cargo overtook");
            joined = since;
            let vehicle = Time::from_ms(r.fact.time.ms() - r.fact.detail);
            prop_assert!(vehicle >= came, "a vehicle overtook");
            came = vehicle;
            prop_assert!(r.fact.detail < u64::from(case.patience) * 3_600_000, "it had left");
            let jobs = taken.entry(vehicle).or_default();
            *jobs += 1;
            prop_assert!(*jobs <= case.room, "more than it has room for");
        }
        prop_assert!(!taken.is_empty(), "some cargo is taken");
    }
}

fn asked_at(facts: &Facts, entity: EntityId, step: u8) -> Time {
    facts
        .recorded
        .iter()
        .find(|r| r.fact.entity == entity && r.fact.step == step && r.fact.kind == FactKind::Joined)
        .map_or(Time::ZERO, |r| r.fact.time)
}
