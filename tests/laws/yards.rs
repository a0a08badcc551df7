//! Random small yards on a road over two borders: a run finishes or names a wait cycle, alike under every executor;
//! Little's law and the conservation of consignments hold in it (every run checks them); and where no cycle is
//! possible none is ever named.

use corridor::engine::run_windowed;
use corridor::experiment::{self, Observations, RunError, observe, run_one};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::scenario::{self, NoFiles};

/// A road of six sites over two borders, with finite yards at the four border sides; `draw` gives a whole number
/// below its argument. Where `apart`, only the entry sides' yards are finite, so that no cycle is possible.
fn road(draw: &mut impl FnMut(u64) -> u64, apart: bool) -> String {
    let mut sites = String::new();
    for (name, country) in [("a", "CN"), ("b", "KZ"), ("c", "KZ"), ("d", "RU")] {
        let places = 1 + draw(5);
        let roles = if apart { ", roles = [\"entry\"]" } else { "" };
        let gate = match draw(2) {
            0 => String::new(),
            _ => format!(", gate_places = {}", 1 + draw(3)),
        };
        let notice = 1 + draw(10);
        sites += &format!(
            "{name} = {{ country = \"{country}\", kind = \"border\", procedures = {{ exit = \"out\", entry = \"in\" }}, \
             yard = {{ places = {places}{roles}{gate}, notice = \"{notice} min\" }} }}\n"
        );
    }
    let (out, inward) = (1 + draw(3), 1 + draw(3));
    let group = 1 + draw(3);
    let volume = 6 + draw(10);
    format!(
        r#"
[experiment]
horizon = "4 d"
max_drain = "90 d"
replications = 1
[agencies]
customs = {{}}
[sites]
west = {{ country = "CN", kind = "hub" }}
{sites}east = {{ country = "RU", kind = "hub" }}
[links]
west-a = {{ between = ["west", "a"], mode = "road", distance = "50 km", transit = {{ exponential = {{ mean = "2 h" }} }}, minimum = "10 min" }}
a-b = {{ between = ["a", "b"], mode = "road", distance = "5 km", transit = {{ exponential = {{ mean = "20 min" }} }}, minimum = "2 min" }}
b-c = {{ between = ["b", "c"], mode = "road", distance = "500 km", transit = {{ exponential = {{ mean = "8 h" }} }}, minimum = "1 h" }}
c-d = {{ between = ["c", "d"], mode = "road", distance = "5 km", transit = {{ exponential = {{ mean = "20 min" }} }}, minimum = "2 min" }}
d-east = {{ between = ["d", "east"], mode = "road", distance = "50 km", transit = {{ exponential = {{ mean = "2 h" }} }}, minimum = "10 min" }}
[flows]
eastbound = {{ from = "west", to = "east", volume = "{volume} trucks/day", group = {group} }}
westbound = {{ from = "east", to = "west", volume = "{volume} trucks/day" }}
[procedures.out]
steps = [
    {{ name = "papers", agency = "customs", kind = "documents", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 1 }},
    {{ name = "scan", agency = "customs", kind = "scan", service = {{ exponential = {{ mean = "20 min" }} }}, servers = {out} }},
]
[procedures.in]
steps = [{{ name = "exam", agency = "customs", kind = "physical", service = {{ exponential = {{ mean = "40 min" }} }}, servers = {inward} }}]
"#
    )
}

fn shuffled(network: &Network, seed: u64) -> Result<Observations, RunError> {
    let stream = Stream::new(seed, 0, "shuffle", "", "", Purpose::Other(1));
    let mut window = 0;
    observe(network, seed, 0, |world, processes| {
        run_windowed(world, processes, &world.channels(), world.stop(), |order| {
            window += 1;
            order.sort_by_key(|process| stream.bits(window, *process as u32, 0));
        })
    })
}

/// Whether the run ended in a wait cycle.
fn cycle_of(network: &Network, seed: u64, text: &str) -> bool {
    let run = run_one(network, seed, 0);
    let other = shuffled(network, seed);
    match (run, other) {
        (Ok(run), Ok(other)) => {
            assert_eq!(run.digest, other.digest, "{text}");
            let journeys = |f: &dyn Fn(&corridor::observe::TripTally) -> u64| -> u64 {
                run.sites.iter().flat_map(|s| &s.journeys).map(f).sum()
            };
            let (began, ended) = (journeys(&|j| j.began), journeys(&|j| j.time.count()));
            assert!(began > 0);
            assert_eq!(began, ended, "it finishes or names a cycle\n{text}");
            false
        }
        (Err(RunError::Scenario(named)), Err(RunError::Scenario(again))) => {
            assert_eq!(named, again, "{text}");
            assert!(named.starts_with("wait cycle, closed at"), "{named}");
            assert!(
                !network.possible_cycles().is_empty(),
                "it was warned of\n{text}"
            );
            true
        }
        (run, other) => panic!(
            "{:?} but {:?}\n{text}",
            run.map(|r| r.digest),
            other.map(|r| r.digest)
        ),
    }
}

#[test]
fn random_yards_finish_or_name_a_cycle_alike_under_every_executor() {
    let stream = Stream::new(11, 0, "yards", "", "", Purpose::Other(2));
    let mut cycles = 0;
    for scenario in 0..48 {
        let mut drawn = 0;
        let mut draw = |below: u64| {
            drawn += 1;
            stream.bits(scenario, drawn, 0) % below
        };
        let apart = scenario % 2 == 0;
        let text = road(&mut draw, apart);
        let loaded = scenario::from_str("road.toml", &text, &NoFiles).unwrap();
        let network = experiment::compile(&loaded.study).unwrap().remove(0);
        if apart {
            assert_eq!(network.possible_cycles(), Vec::<String>::new(), "{text}");
        }
        let cycle = cycle_of(&network, scenario, &text);
        assert!(!(apart && cycle), "no cycle is possible\n{text}");
        cycles += u32::from(cycle);
    }
    assert!(cycles > 0, "some of the yards that face each other lock");
    assert!(cycles < 24, "and some do not");
}

#[test]
fn a_yard_that_was_built_wrongly_is_named() {
    let mut draw = |_: u64| 0;
    let text = road(&mut draw, false);
    let mut study = scenario::from_str("road.toml", &text, &NoFiles)
        .unwrap()
        .study;
    assert_eq!(study.validate(), Ok(()));
    let site = |name: &str| {
        let sites = &study.variants[0].scenario.sites;
        sites.iter().position(|s| s.name == name).unwrap()
    };
    let (a, b, c, d) = (site("a"), site("b"), site("c"), site("d"));
    let sites = &mut study.variants[0].scenario.sites;
    let mut yard = |at: usize| sites[at].yard.take().unwrap();
    let (mut no_places, mut no_gate, mut no_roles, mut no_notice) =
        (yard(a), yard(b), yard(c), yard(d));
    no_places.places = 0;
    no_gate.gate_places = Some(0);
    no_roles.roles.clear();
    no_notice.notice = corridor::time::Span::ZERO;
    for (at, wrong) in [(a, no_places), (b, no_gate), (c, no_roles), (d, no_notice)] {
        study.variants[0].scenario.sites[at].yard = Some(wrong);
    }
    let expected = [
        "variant `base`: a: a yard without places",
        "variant `base`: b: a gate without places",
        "variant `base`: c: the yard's roles are none, or one stands twice",
        "variant `base`: d: the yard's notice is under 1 ms",
    ];
    assert_eq!(study.validate().unwrap_err(), expected);
}
