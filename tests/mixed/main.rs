//! All parts at random, combined: generated scenarios that load, run alike under both executors, lose nobody, and in
//! which every part really acts.
//!
//! `MIXED_CASES=2000 MIXED_SEED=7 cargo test --test mixed` tries others, and more of them.

mod acting;
mod demand;
mod gates;
mod generator;
mod mix;
mod monotone;
mod outside;
mod posts;
mod procedures;
mod report;
mod runs;
mod table;
mod tokens;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use mix::{Mix, Part};
use report::Report;

/// Scenarios that are generated.
const CASES: u32 = 120;

fn number(variable: &str, default: u32) -> u32 {
    let stated = std::env::var(variable).ok();
    stated.and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Loads and runs a mix, tries the laws, and tells which parts acted and how many runs ended in a wait cycle.
fn tried(mix: &Mix) -> Result<(BTreeSet<Part>, usize), String> {
    // A panic is a failure like any other; with the scenario beside it.
    catch_unwind(AssertUnwindSafe(|| {
        let runs = runs::all(mix)?;
        let cycles = runs.iter().filter(|run| run.ended.is_err()).count();
        Ok((acting::parts(mix, &runs)?, cycles))
    }))
    .unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(format!(
            "panic: {}\n{}",
            words.unwrap_or_default(),
            generator::scenario(mix)
        ))
    })
}

#[test]
fn whatever_is_combined_the_laws_hold_and_every_part_acts() {
    let cases = number("MIXED_CASES", CASES);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    // The same scenarios in every run of the test.
    let seed = [number("MIXED_SEED", 3) as u8; 32];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let report = RefCell::new(Report::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&Mix::strategy(), |mix| {
        let (acted, cycles) = tried(&mix).map_err(TestCaseError::fail)?;
        report.borrow_mut().add(&mix, &acted, cycles);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, mix)) => panic!("{mix:?}\n{why}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
    let report = report.into_inner();
    println!("{report}");
    assert!(
        report.idle().is_empty(),
        "parts that acted in under 10 % of the scenarios: {:?}\n{report}",
        report.idle()
    );
    assert!(
        report.rare().is_empty(),
        "{:?} are too rare\n{report}",
        report.rare()
    );
}
