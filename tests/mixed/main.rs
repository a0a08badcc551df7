//! All parts at random, combined: generated scenarios that load, run alike under both executors, lose nobody, and in
//! which every part really acts.

mod acting;
mod demand;
mod generator;
mod mix;
mod outside;
mod procedures;
mod report;
mod runs;
mod table;

use std::cell::RefCell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use mix::Mix;
use report::Report;

/// Scenarios that are generated.
const CASES: u32 = 120;

#[test]
fn whatever_is_combined_the_laws_hold_and_every_part_acts() {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 600,
        ..Config::default()
    };
    // The same scenarios in every run of the test.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let report = RefCell::new(Report::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&Mix::strategy(), |mix| {
        let fail = |words: String| TestCaseError::fail(words);
        let runs = runs::all(&mix).map_err(fail)?;
        let acted = acting::parts(&mix, &runs).map_err(fail)?;
        let cycles = runs.iter().filter(|run| run.ended.is_err()).count();
        report.borrow_mut().add(&mix, &acted, cycles);
        Ok(())
    });
    let report = report.into_inner();
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    println!("{report}");
    assert!(
        report.idle().is_empty(),
        "parts that acted in under 10 % of the scenarios: {:?}\n{report}",
        report.idle()
    );
}
