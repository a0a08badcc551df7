//! Documents that go wrong, consignment by consignment: on the same draws a higher share only adds rejections, more
//! assistance only shortens enquiries, a common factor leaves every law as it is.

use corridor::engine::run_windowed;
use corridor::experiment::{observe, run_one};
use corridor::terms::EntityId;
use corridor::world::FactKind;
use proptest::prelude::*;

use crate::facts::{Facts, study};

/// A corridor from China to Kazakhstan with `procedure` at the gate, and variants without and with assistance.
fn corridor(seed: u64, days: u32, volume: u32, enforcement: f64, procedure: &str) -> String {
    format!(
        r#"
[experiment]
horizon = "{days} d"
replications = 2
seed = {seed}
cooperation = ["none", "helped"]

[agencies]
customs = {{}}
quarantine = {{}}

[sites]
xian = {{ country = "CN", kind = "hub" }}
gate = {{ country = "KZ", kind = "border", procedures = {{ entry = "control" }} }}
end = {{ country = "KZ", kind = "hub" }}

[links]
one = {{ from = "xian", to = "gate", mode = "road", distance = "50 km", transit = {{ uniform = {{ low = "1 h", high = "9 h" }} }}, minimum = "1 h" }}
two = {{ from = "gate", to = "end", mode = "road", distance = "50 km", transit = "1 h", minimum = "1 h" }}

[flows]
all = {{ from = "xian", to = "end", volume = "{volume} consignments/day", aeo_share = 0.3 }}

[cooperation.sets]
helped = [{{ between = ["CN", "KZ"], enforcement = {enforcement}, information = 0.5 }}]

[procedures.control]
{procedure}
"#
    )
}

fn rejecting(share: f64, at_most: u32, enquired: f64) -> String {
    format!(
        r#"
channels = {{ yellow = 0.2, red = 0.1, blue = 0.3 }}
regime = "parallel"
correlation = 0.3
steps = [
    {{ name = "declaration", agency = "customs", kind = "declaration", service = "20 min", rejected = {{ share = {share}, relodge = "2 h", at_most = {at_most} }} }},
    {{ name = "documents", agency = "customs", kind = "documents", service = {{ exponential = {{ mean = "30 min" }} }}, servers = 2, pre_arrival = true, unit = "container", rejected = {{ share = {share}, relodge = {{ exponential = {{ mean = "3 h" }} }}, at_most = {at_most} }}, originals = {{ missing = 0.3, wait = "4 h", electronic = true }} }},
    {{ name = "certificates", agency = "quarantine", kind = "documents", service = {{ exponential = {{ mean = "20 min" }} }}, servers = 1, enquiry = {{ share = {enquired}, service = {{ lognormal = {{ mean = "1 d", cv = 1.3 }} }}, assisted_service = {{ lognormal = {{ mean = "5 h", cv = 1.3 }} }} }} }},
    {{ name = "audit", agency = "customs", kind = "documents", service = "1 h", desk = "documents", post_release = true }},
]"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_higher_share_only_turns_acceptances_into_rejections(
        seed in 0u64..1000, low in 0.0..1.0f64, more in 0.0..1.0f64, at_most in 1u32..5,
    ) {
        let high = low + (1.0 - low) * more;
        // Without enforcement levels and data ahead, so that both runs have the same steps.
        let rejections = |share| {
            let text = corridor(seed, 8, 12, 0.0, &rejecting(share, at_most, 0.2));
            Facts::of(&study(&text), 0).details(FactKind::Rejected)
        };
        let (few, many) = (rejections(low), rejections(high));
        for (who, attempts) in &many {
            let expected: Vec<u64> = (0..attempts.len() as u64).collect();
            prop_assert_eq!(attempts, &expected, "{:?}: each lodging is rejected at most once", who);
            prop_assert!(attempts.len() <= at_most as usize);
        }
        for (who, attempts) in few {
            let more = many.get(&who).map_or(0, Vec::len);
            prop_assert!(more >= attempts.len(), "{who:?}: {attempts:?} became {more}");
        }
    }

    #[test]
    fn assistance_only_shortens_enquiries(seed in 0u64..1000, level in 0.0..=1.0f64) {
        let text = corridor(seed, 8, 12, level, &rejecting(0.2, 3, 0.5));
        let study = study(&text);
        let (alone, helped) = (
            Facts::of(&study, 0).details(FactKind::Enquired),
            Facts::of(&study, 1).details(FactKind::Enquired),
        );
        prop_assert!(alone.len() > 10);
        for (who, wait) in &alone {
            if let Some(helped) = helped.get(who) {
                prop_assert!(helped <= wait, "{:?}: {} ms became {} ms", who, wait[0], helped[0]);
            }
        }
    }
}

#[test]
fn the_order_in_which_sites_advance_changes_nothing() {
    for seed in 0..6 {
        let text = corridor(seed, 10, 20, 0.5, &rejecting(0.4, 3, 0.3))
            .replace("aeo_share = 0.3", "aeo_share = 0.3, service = \"truck\"")
            + "\n[services]\ntruck = { mode = \"road\", formation = { size = 3 }, on_hold = \"detach\" }\n";
        let text = text.replace("unit = \"container\"", "unit = \"consignment\"");
        for network in corridor::experiment::compile(&study(&text)).expect("it compiles") {
            let sequential = run_one(&network, seed, 0).expect("it runs");
            let mut window = seed as usize;
            let windowed = observe(&network, seed, 0, |world, processes| {
                let turn = |order: &mut [usize]| {
                    window += 1;
                    let by = window % order.len().max(1);
                    order.rotate_left(by);
                };
                run_windowed(world, processes, &world.channels(), world.stop(), turn)
            })
            .expect("it runs");
            assert_eq!(sequential.digest, windowed.digest);
        }
    }
}

/// Two documents at once, without queues.
fn two_documents(head: &str, last: &str) -> String {
    let law = r#"{ exponential = { mean = "1 h" } }"#;
    format!(
        r#"{head}
steps = [
    {{ name = "customs", agency = "customs", kind = "documents", service = {law}, servers = "unlimited" }},
    {{ name = "quarantine", agency = "quarantine", kind = "documents", service = {law}, servers = "unlimited"{last} }},
]"#
    )
}

/// Ranks from 0, of times without ties but for rounding to the millisecond.
fn ranks(times: &[u64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|&i| (times[i], i));
    let mut ranks = vec![0.0; times.len()];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i] = rank as f64;
    }
    ranks
}

/// Spearman's rank correlation of the two agencies' times, and how many consignments there are.
fn spearman(head: &str, last: &str) -> (f64, f64) {
    let text = corridor(4, 60, 300, 0.0, &two_documents(head, last));
    let facts = Facts::of(&study(&text), 0);
    let (a, b) = (facts.services("gate", 0), facts.services("gate", 1));
    let both: Vec<&EntityId> = a.keys().filter(|who| b.contains_key(who)).collect();
    let x = ranks(&both.iter().map(|who| a[who]).collect::<Vec<u64>>());
    let y = ranks(&both.iter().map(|who| b[who]).collect::<Vec<u64>>());
    let n = both.len() as f64;
    let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum();
    (1.0 - 6.0 * squares / (n * (n * n - 1.0)), n)
}

#[test]
fn two_agencies_times_have_the_stated_rank_correlation() {
    for rho in [0.2, 0.6] {
        let (found, n) = spearman(&format!("correlation = {rho}"), "");
        let expected = 6.0 / std::f64::consts::PI * (rho / 2.0f64).asin();
        // The standard error is below 1 / sqrt(n) for a positive dependence.
        let sigma = 1.0 / n.sqrt();
        assert!(n > 10_000.0);
        assert!(
            (found - expected).abs() < 5.0 * sigma,
            "rho {rho}: {found} against {expected}"
        );
    }
    for (head, last) in [("", ""), ("correlation = 0.6", ", correlated = false")] {
        let (found, n) = spearman(head, last);
        assert!(found.abs() < 5.0 / n.sqrt(), "`{head}{last}`: {found}");
    }
}

#[test]
fn a_correlation_of_0_is_none_to_the_bit() {
    let digest = |head: &str| {
        let study = study(&corridor(9, 10, 50, 0.0, &two_documents(head, "")));
        let network = &corridor::experiment::compile(&study).expect("it compiles")[0];
        run_one(network, 9, 0).expect("it runs").digest
    };
    assert_eq!(digest("correlation = 0.0"), digest(""));
    assert_ne!(digest("correlation = 0.1"), digest(""));
}
