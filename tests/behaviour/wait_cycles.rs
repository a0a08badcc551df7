//! Wait cycles are named with their instant, alike by every engine, and nothing is called one that is none.

use corridor::engine::{run_sequential, run_windowed};
use corridor::experiment::{self, RunError, RunOptions, observe, run_one};
use corridor::network::Network;
use corridor::random::{Purpose, Stream};
use corridor::scenario::{Returned, Study, Supply, Token};
use corridor::terms::{SiteId, TokenId, TokenKind};
use corridor::time::Span;

use crate::facts::study;

/// Two yards that face each other, with `places` each; traffic in both directions, every `every` a truck.
///
/// East-bound trucks come to the west side at 25 h, west-bound ones to the east side at 26 h; a scan takes 1 h. With
/// one place each: the east-bound one is done at 26 h and asks for the place that the west-bound one has just taken;
/// that one is done at 27 h and asks for the place of the first. The cycle closes at 27 h.
fn head_on(places: u32) -> String {
    format!(
        r#"
[experiment]
horizon = "60 h"
max_drain = "10 d"
replications = 1
[agencies]
customs = {{}}
[sites]
west = {{ country = "CN", kind = "hub" }}
west-side = {{ country = "CN", kind = "border", procedures = {{ exit = "out", entry = "in" }}, yard = {{ places = {places}, notice = "6 min" }} }}
east-side = {{ country = "KZ", kind = "border", procedures = {{ exit = "out", entry = "in" }}, yard = {{ places = {places}, notice = "6 min" }} }}
east = {{ country = "KZ", kind = "hub" }}
[links]
west-road = {{ between = ["west", "west-side"], mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}
gap = {{ between = ["west-side", "east-side"], mode = "road", distance = "5 km", transit = "30 min", minimum = "30 min" }}
east-road = {{ between = ["east-side", "east"], mode = "road", distance = "50 km", transit = "2 h", minimum = "2 h" }}
[flows]
eastbound = {{ from = "west", to = "east", volume = "1 trucks/day", arrivals = "regular" }}
westbound = {{ from = "east", to = "west", volume = "1 trucks/day", arrivals = "regular" }}
[procedures.out]
steps = [{{ name = "scan", agency = "customs", kind = "scan", service = "1 h", servers = 1 }}]
[procedures.in]
steps = [{{ name = "exam", agency = "customs", kind = "physical", service = "1 h", servers = 1 }}]
"#
    )
}

fn network(study: &Study) -> Network {
    experiment::compile(study).expect("it compiles").remove(0)
}

/// How a run ends under the sequential executor and under the windowed one with its processes in another order.
fn endings(network: &Network, seed: u64) -> [Result<String, RunError>; 2] {
    let sequential = observe(network, seed, 0, |world, processes| {
        run_sequential(world, processes, &world.channels(), world.stop())
    });
    let windowed = observe(network, seed, 0, |world, processes| {
        let stream = Stream::new(seed, 0, "shuffle", "", "", Purpose::Other(1));
        let mut window = 0;
        run_windowed(world, processes, &world.channels(), world.stop(), |order| {
            window += 1;
            order.sort_by_key(|process| stream.bits(window, *process as u32, 0));
        })
    });
    [sequential, windowed].map(|ending| ending.map(|run| run.digest.to_string()))
}

#[test]
fn a_cycle_across_two_sites_is_named_with_its_instant_alike_by_every_engine() {
    let study = study(&head_on(1));
    let [sequential, windowed] = endings(&network(&study), 1);
    let expected = "wait cycle, closed at 2024-01-02T03:00:00Z, 27.000 h after the start: those in it wait for each \
                    other and never go on.\
                    \n  consignment `eastbound:0` at `west-side` holds a place in the yard of west-side and waits since \
                    26.000 h for a place in the yard of east-side, held by consignment `westbound:0` at `east-side`\
                    \n  consignment `westbound:0` at `east-side` holds a place in the yard of east-side and waits since \
                    27.000 h for a place in the yard of west-side, held by consignment `eastbound:0` at `west-side`";
    assert_eq!(sequential, Err(RunError::Scenario(expected.to_owned())));
    assert_eq!(sequential, windowed);
}

#[test]
fn an_experiment_names_the_variant_and_the_replication_of_a_cycle() {
    let study = study(&head_on(1));
    let error = experiment::run(&study, &RunOptions::default(), &|_, _| {});
    let Err(RunError::Scenario(text)) = error else {
        panic!("a wait cycle is an error of the scenario")
    };
    assert!(
        text.starts_with("variant `base`, replication 0: wait cycle, closed at"),
        "{text}"
    );
}

#[test]
fn with_two_places_the_same_traffic_flows_and_the_possible_cycle_is_warned_of() {
    let study = study(&head_on(2));
    let network = network(&study);
    let [sequential, windowed] = endings(&network, 1);
    assert!(sequential.is_ok(), "{sequential:?}");
    assert_eq!(sequential, windowed);
    let warnings = network.possible_cycles();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("the yard of west-side, the yard of east-side"),
        "{warnings:?}"
    );
}

#[test]
fn traffic_that_is_not_measured_and_never_goes_on_is_an_error_too() {
    // Warm-up ends after the cycle has closed, and of those who enter later none is measured: nothing is awaited.
    let text = head_on(1).replace(
        "horizon = \"60 h\"",
        "warm_up = \"59 h\"\nhorizon = \"60 h\"",
    );
    let [sequential, windowed] = endings(&network(&study(&text)), 1);
    let Err(RunError::Scenario(text)) = &sequential else {
        panic!("it is an error: {sequential:?}")
    };
    assert!(text.contains("27.000 h after the start"), "{text}");
    assert_eq!(sequential, windowed);
}

#[test]
fn one_direction_alone_can_close_no_cycle() {
    let text = head_on(1).replace(
        "westbound = { from = \"east\", to = \"west\", volume = \"1 trucks/day\", arrivals = \"regular\" }\n",
        "",
    );
    let network = network(&study(&text));
    assert_eq!(network.possible_cycles(), Vec::<String>::new());
    assert!(endings(&network, 1)[0].is_ok());
}

/// One post; goods of two commodities take two permits of which there is one each, `x` first the one and then the
/// other, `y` the other way round. Each step takes 1 h; `x` comes at 25 h, `y` at 25.5 h. At 26 h `x` asks for the second,
/// at 26.5 h `y` for the first: then the cycle closes, within the post.
fn crossing_orders() -> Study {
    let mut study = study(
        r#"
[experiment]
horizon = "40 h"
max_drain = "10 d"
replications = 1
[agencies]
customs = {}
[commodities]
x = {}
y = {}
[sites]
start = { country = "KZ", kind = "hub" }
other = { country = "KZ", kind = "hub" }
post = { country = "KZ", kind = "terminal", procedures = { transit = "xy" }, lanes = [{ commodity = "y", transit = "yx" }] }
end = { country = "KZ", kind = "hub" }
[links]
to-post = { from = "start", to = "post", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }
by-other = { from = "other", to = "post", mode = "road", distance = "50 km", transit = "90 min", minimum = "90 min" }
from-post = { from = "post", to = "end", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }
[flows]
x = { from = "start", to = "end", volume = "1 trucks/day", arrivals = "regular", commodities = { x = 1.0 } }
y = { from = "other", to = "end", volume = "1 trucks/day", arrivals = "regular", commodities = { y = 1.0 } }
[procedures.xy]
steps = [
    { name = "first", agency = "customs", kind = "scan", service = "1 h", servers = "unlimited" },
    { name = "second", agency = "customs", kind = "scan", service = "1 h", servers = "unlimited" },
]
[procedures.yx]
steps = [
    { name = "one", agency = "customs", kind = "scan", service = "1 h", servers = "unlimited" },
    { name = "two", agency = "customs", kind = "scan", service = "1 h", servers = "unlimited" },
]
"#,
    );
    let scenario = &mut study.variants[0].scenario;
    let owner = scenario
        .sites
        .iter()
        .position(|s| s.name == "post")
        .expect("the post");
    for name in ["ramp", "crane"] {
        scenario.tokens.push(Token {
            name: name.to_owned(),
            kind: TokenKind::Permit,
            owner: SiteId::from(owner),
            supply: Supply::Circulating {
                count: 1,
                reissue: Span::ZERO,
            },
            notice: Span::from_ms(60_000),
            links: Vec::new(),
            flows: Vec::new(),
            returned: Returned::Destination,
        });
    }
    for (procedure, order) in scenario.procedures.iter_mut().zip([[0, 1], [1, 0]]) {
        let [first, second] = order.map(|token: usize| TokenId::from(token));
        procedure.steps[0].takes = vec![first];
        procedure.steps[1].takes = vec![second];
        procedure.steps[1].gives = vec![first, second];
    }
    study
}

#[test]
fn a_cycle_within_one_site_is_found_where_steps_take_in_opposite_orders() {
    let study = crossing_orders();
    let network = network(&study);
    let post = network
        .sites
        .iter()
        .find(|s| s.name == "post")
        .expect("the post");
    assert!(post.cycles, "it is watched at every instant");
    let [sequential, windowed] = endings(&network, 1);
    let expected = "wait cycle, closed at 2024-01-02T02:30:00Z, 26.500 h after the start: those in it wait for each \
                    other and never go on.\
                    \n  consignment `x:0` at `post` holds a permit (`ramp`) and waits since 26.000 h for a permit \
                    (`crane`), held by consignment `y:0` at `post`\
                    \n  consignment `y:0` at `post` holds a permit (`crane`) and waits since 26.500 h for a permit \
                    (`ramp`), held by consignment `x:0` at `post`";
    assert_eq!(sequential, Err(RunError::Scenario(expected.to_owned())));
    assert_eq!(sequential, windowed);
}

#[test]
fn the_same_order_closes_no_cycle_and_is_not_watched() {
    let mut study = crossing_orders();
    let scenario = &mut study.variants[0].scenario;
    let same = scenario.procedures[0].steps.clone();
    for (step, of) in scenario.procedures[1].steps.iter_mut().zip(same) {
        (step.takes, step.gives) = (of.takes, of.gives);
    }
    let network = network(&study);
    assert!(network.sites.iter().all(|site| !site.cycles));
    assert_eq!(network.possible_cycles(), Vec::<String>::new());
    let [sequential, windowed] = endings(&network, 1);
    assert!(sequential.is_ok(), "{sequential:?}");
    assert_eq!(sequential, windowed);
}

#[test]
fn trains_that_wait_for_consignments_outside_are_named() {
    // Two trains of three form in a yard of four places: two and two of them stand there, and wait for a third each.
    let text = r#"
[experiment]
horizon = "30 h"
max_drain = "10 d"
replications = 1
[sites]
yard = { country = "KZ", kind = "terminal", procedures = { origin = "load" }, yard = { places = 4, roles = ["origin"] } }
north = { country = "KZ", kind = "hub" }
south = { country = "KZ", kind = "hub" }
[links]
up = { from = "yard", to = "north", mode = "rail", distance = "50 km", transit = "1 h", minimum = "1 h" }
down = { from = "yard", to = "south", mode = "rail", distance = "50 km", transit = "1 h", minimum = "1 h" }
[services]
northern = { mode = "rail", formation = { size = 3 } }
southern = { mode = "rail", formation = { size = 3 } }
[flows]
a = { from = "yard", to = "north", volume = "2 consignments/day", arrivals = "regular", group = 2, service = "northern" }
b = { from = "yard", to = "south", volume = "2 consignments/day", arrivals = "regular", group = 2, service = "southern" }
[procedures.load]
steps = [{ name = "loading", agency = "terminal", kind = "handling", service = "1 h", servers = "unlimited" }]
"#;
    let network = network(&study(text));
    assert!(network.sites[0].cycles);
    let [sequential, windowed] = endings(&network, 1);
    // All four are loaded at 25 h; those of the next day stand outside.
    let expected = "wait cycle, closed at 2024-01-02T01:00:00Z, 25.000 h after the start: those in it wait for each \
                    other and never go on.\
                    \n  consignment `a:0` at `yard` holds a place in the yard of yard and waits since 25.000 h for a \
                    place in the yard of yard, held by itself and others that wait likewise";
    assert_eq!(sequential, Err(RunError::Scenario(expected.to_owned())));
    assert_eq!(sequential, windowed);
    assert!(
        run_one(&network, 2, 0).is_err(),
        "it is no matter of the seed"
    );
}

#[test]
fn a_cycle_through_desks_that_blocked_vehicles_keep_is_named() {
    // Only who comes in holds a place, of which each side has one, but both directions share a lane. Two trucks come to
    // either side at 25 h. The first of each is scanned by 26 h, leaves the lane with its grant at 26.2 h and waits for
    // the other side's lane from 26.7 h; that one scans the second truck from 26.2 to 27.2 h, which then keeps it and
    // waits for the place that the first holds.
    let text = head_on(1)
        .replace(
            "yard = { places = 1,",
            "yard = { places = 1, roles = [\"entry\"],",
        )
        .replace(
            "transit = \"2 h\", minimum = \"2 h\"",
            "transit = \"1 h\", minimum = \"1 h\"",
        )
        .replace(
            "volume = \"1 trucks/day\"",
            "volume = \"2 trucks/day\", group = 2",
        )
        .replace("servers = 1 }", "servers = 1, desk = \"lane\" }");
    let network = network(&study(&text));
    assert_eq!(network.possible_cycles().len(), 1);
    let [sequential, windowed] = endings(&network, 1);
    let expected = "wait cycle, closed at 2024-01-02T03:12:00Z, 27.200 h after the start: those in it wait for each \
                    other and never go on.\
                    \n  consignment `eastbound:1` at `west-side` holds a server of desk `lane` of `customs` and waits \
                    since 27.200 h for a place in the yard of east-side, held by consignment `eastbound:0` at `east-side`\
                    \n  consignment `eastbound:0` at `east-side` holds a place in the yard of east-side and waits since \
                    26.700 h for a server of desk `lane` of `customs`, held by consignment `westbound:1` at `east-side`\
                    \n  consignment `westbound:1` at `east-side` holds a server of desk `lane` of `customs` and waits \
                    since 27.200 h for a place in the yard of west-side, held by consignment `westbound:0` at `west-side`\
                    \n  consignment `westbound:0` at `west-side` holds a place in the yard of west-side and waits since \
                    26.700 h for a server of desk `lane` of `customs`, held by consignment `eastbound:1` at `west-side`";
    assert_eq!(sequential, Err(RunError::Scenario(expected.to_owned())));
    assert_eq!(sequential, windowed);
    // A lane for each direction, and nothing is shared.
    let apart = text.replacen("desk = \"lane\"", "desk = \"out\"", 1);
    let network = self::network(&study(&apart));
    assert_eq!(network.possible_cycles(), Vec::<String>::new());
    assert!(endings(&network, 1)[0].is_ok());
}
