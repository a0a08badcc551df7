//! Law: a single replication has the interval of its batch means, and more replications have none of it.

use std::path::Path;

use corridor::experiment::results::Results;
use corridor::experiment::{self, RunOptions};
use corridor::report::{TableDetail, tables};
use corridor::scenario::{self, LoadOptions};

/// One officer at load 0.8, whose stay is exponential with mean 0.5 h.
fn run(horizon: &str, seed: u32, replications: u32) -> Results {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/theory/mm1-80.toml");
    let options = LoadOptions {
        overrides: vec![
            ("experiment.horizon".to_owned(), format!("\"{horizon}\"")),
            ("experiment.seed".to_owned(), seed.to_string()),
        ],
        replications: Some(replications),
        ..LoadOptions::default()
    };
    let study = match scenario::load(&path, &options) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}"),
    };
    experiment::run(&study, &RunOptions::default(), &|_, _| {}).unwrap()
}

#[test]
fn one_long_run_tells_its_error_from_batches() {
    // By chance one seed in twenty looks dependent: the first does.
    let results = run("545 d", 2, 1);
    let variant = &results.variants[0];
    let [side] = &variant.long_run[..] else {
        panic!("{:?}", variant.long_run)
    };
    let all = variant.sides.iter().find(|s| s.bcp.n > 0).unwrap();
    assert_eq!((side.n, side.batch), (all.bcp.n, all.bcp.n / 30));
    // 104 thousand stays: the half-width is some 7 % of the mean, and the truth within one and a half of it.
    assert!(
        (side.mean_h - 0.5).abs() < 1.5 * side.half_width_h,
        "{side:?}"
    );
    assert!((0.02..0.05).contains(&side.half_width_h), "{side:?}");
    assert!(side.p_value > 0.05, "{side:?}");
    let text = tables(&results, TableDetail::Concise, 120);
    assert!(text.contains("One long run: batch means"), "{text}");
    assert!(text.contains("look independent"), "{text}");
}

#[test]
fn batches_that_are_too_short_are_told() {
    // Thirty batches of 32 stays, of which some ninety remember each other.
    let results = run("10 d", 1, 1);
    let side = &results.variants[0].long_run[0];
    assert!(
        side.batch < 40 && side.p_value < 0.05 && side.lag1 > 0.2,
        "{side:?}"
    );
    assert!(tables(&results, TableDetail::Concise, 120).contains("dependent"));
}

#[test]
fn replications_need_no_batches() {
    let results = run("10 d", 1, 2);
    assert!(results.variants[0].long_run.is_empty());
    let json = serde_json::to_string(&results).unwrap();
    assert!(!json.contains("long_run"));
}
