//! What a one-stop post makes of regimes: precedence over both sides' steps.
#![allow(clippy::unwrap_used)]

use crate::network::Network;
use crate::scenario::{NoFiles, from_str};
use crate::terms::Regime;

/// The order of the post's plan, of steps written as (kind, agency) on either side.
fn order(post: &str, exit: &[(&str, &str)], entry: &[(&str, &str)]) -> crate::network::Order {
    let steps = |side: &str, steps: &[(&str, &str)]| -> String {
        let step = |(n, (kind, agency)): (usize, &(&str, &str))| {
            let servers = if *kind == "declaration" || *kind == "pick_up" {
                ""
            } else {
                ", servers = 1"
            };
            format!(
                r#"{{ name = "{side}-{n}", agency = "{agency}", kind = "{kind}", service = "1 h"{servers} }}"#
            )
        };
        steps
            .iter()
            .enumerate()
            .map(step)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let text = format!(
        r#"
[experiment]
horizon = "1 d"
replications = 2
[agencies]
customs = {{}}
plants = {{}}
[sites]
a = {{ country = "CN", kind = "hub" }}
gate = {{ country = "CN", kind = "border", procedures = {{ exit = "out" }} }}
post = {{ country = "KZ", kind = "border", procedures = {{ entry = "in" }} }}
b = {{ country = "KZ", kind = "hub" }}
[links]
one = {{ between = ["a", "gate"], mode = "road", distance = "1 km", transit = "1 h" }}
two = {{ between = ["gate", "post"], mode = "road", distance = "1 km", transit = "1 h" }}
three = {{ between = ["post", "b"], mode = "road", distance = "1 km", transit = "1 h" }}
[flows]
f = {{ from = "a", to = "b", volume = "1 trucks/day" }}
[procedures]
out = {{ steps = [{}] }}
in = {{ steps = [{}] }}
[posts]
p = {{ between = ["gate", "post"], kind = "juxtaposed", {post} }}
"#,
        steps("o", exit),
        steps("i", entry)
    );
    let study = from_str("x.toml", &text, &NoFiles).unwrap().study;
    let network = Network::compile(&study, 0, None).unwrap();
    let mut host = network
        .sites
        .iter()
        .find(|s| s.name == "post")
        .cloned()
        .unwrap();
    let plan = host
        .plans
        .iter()
        .position(|p| p.one_stop.is_some())
        .unwrap();
    host.plans.swap_remove(plan).orders.swap_remove(0)
}

const EXIT: [(&str, &str); 3] = [
    ("declaration", "customs"),
    ("documents", "customs"),
    ("physical", "customs"),
];

#[test]
fn serial_is_the_listed_order_with_a_declaration_for_each_country() {
    let order = order("regime = \"serial\"", &EXIT, &EXIT);
    assert_eq!(order.before, [0, 0b1, 0b11, 0b111, 0b1111, 0b1_1111]);
    assert_eq!(order.made, 0b11_1111);
}

#[test]
fn in_parallel_a_country_waits_for_its_own_papers_alone() {
    let order = order("regime = \"parallel\"", &EXIT, &EXIT);
    assert_eq!(order.regime, Regime::Parallel);
    assert_eq!(order.before, [0, 0b1, 0b11, 0, 0b1000, 0b1_1000]);
    assert_eq!(order.made, 0b11_1111);
}

#[test]
fn cargo_waits_for_what_was_handled_before_on_either_side() {
    let exit = [("physical", "customs"), ("pick_up", "carrier")];
    let entry = [
        ("documents", "customs"),
        ("physical", "customs"),
        ("physical", "plants"),
    ];
    let order = order("regime = \"parallel\"", &exit, &entry);
    assert_eq!(order.before, [0, 0b1, 0, 0b111, 0b11]);
}

#[test]
fn joint_visits_unite_two_countries_only_where_the_post_says_so() {
    let entry = [("physical", "customs"), ("physical", "plants")];
    let apart = order("regime = \"joint\"", &EXIT, &entry);
    assert_eq!(apart.joint, [0, 0, 0, 0b1_1000, 0b1_1000]);
    let united = order(
        "regime = \"joint\", joint_examination = true",
        &EXIT,
        &entry,
    );
    assert_eq!(united.joint, [0, 0, 0b1_1100, 0b1_1100, 0b1_1100]);
    let alone = order("regime = \"joint\"", &EXIT, &EXIT);
    assert_eq!(alone.joint, [0; 6]);
}
