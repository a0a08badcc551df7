//! Fees: a site's fee is paid once by every consignment that a procedure awaits there, a step's for each lodging.

use std::path::Path;

use corridor::experiment::{self, RunOptions};

use crate::files;

fn stay_costs(fee: Option<&str>) -> Vec<(String, f64)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let mut overrides = vec![
        ("experiment.horizon".to_owned(), "\"6 d\"".to_owned()),
        ("experiment.warm_up".to_owned(), "\"1 d\"".to_owned()),
    ];
    overrides.extend(fee.map(|fee| ("sites.horgos-road.fee".to_owned(), format!("\"{fee}\""))));
    let mut study = files::load(&path, overrides);
    study.variants.truncate(1);
    let results = experiment::run(&study, &RunOptions::default(), &|_, _| {}).unwrap();
    let teu = study.variants[0].scenario.flows[0].teu;
    let stops = results.variants[0].routes[0].stops.iter();
    stops.map(|s| (s.site.clone(), s.stay_cost * teu)).collect()
}

#[test]
fn a_sites_fee_is_paid_once_a_visit_and_nowhere_else() {
    let (without, with) = (stay_costs(None), stay_costs(Some("30 USD")));
    for ((site, before), (_, after)) in without.iter().zip(&with) {
        let more = if site == "horgos-road" { 30.0 } else { 0.0 };
        assert!(
            (after - before - more).abs() < 1e-6,
            "{site}: {before} US$, then {after} US$"
        );
    }
    assert!(without.iter().any(|(site, _)| site == "horgos-road"));
}

#[test]
fn a_steps_fee_is_due_for_each_lodging() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/behaviour/papers-rejected.toml");
    let cost = |fee: &str| {
        let fee = (
            "procedures.post.steps.documents.fee".to_owned(),
            format!("\"{fee}\""),
        );
        let mut study = files::load(&path, vec![fee]);
        study.variants.truncate(1);
        let results = experiment::run(&study, &RunOptions::default(), &|_, _| {}).unwrap();
        let stops = &results.variants[0].routes[0].stops;
        let stop = stops.iter().find(|s| s.site == "post");
        stop.expect("it passes the post").stay_cost * study.variants[0].scenario.flows[0].teu
    };
    let more = cost("10 USD") - cost("0 USD");
    assert!((more - 30.0).abs() < 1e-6, "three lodgings: {more} US$");
}
