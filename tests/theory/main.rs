//! Queueing theory: scenarios whose exact answers are known. Each file of `tests/suite/theory` states formula, source
//! and value; the truth must lie in the run's 99.9 % interval, and that interval must be narrow. And each check must
//! fail under a deliberate error.

mod criteria;
#[path = "../suite/expect.rs"]
mod expect;
mod queues;

use std::path::PathBuf;

use criteria::{Scale, violations};

fn family(prefix: &str, files: usize) -> Vec<PathBuf> {
    let named = |p: &PathBuf| {
        p.file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| n.starts_with(prefix))
    };
    let found: Vec<PathBuf> = expect::files("theory").into_iter().filter(named).collect();
    assert_eq!(found.len(), files, "the files `{prefix}*` are found");
    found
}

fn holds(prefix: &str, files: usize) {
    let violated: Vec<String> = family(prefix, files)
        .iter()
        .flat_map(|path| violations(path, &[], Scale::FULL))
        .collect();
    assert!(violated.is_empty(), "{}", violated.join("\n"));
}

#[test]
fn one_officer_with_exponential_service_waits_as_mm1() {
    holds("mm1-", 3);
}

#[test]
fn four_officers_wait_as_erlang_c_says() {
    holds("mmc-", 3);
}

#[test]
fn any_service_law_waits_as_pollaczek_and_khinchine_say() {
    holds("mg1-", 9);
}

#[test]
fn two_posts_in_tandem_are_each_as_if_alone() {
    holds("tandem-", 4);
}

#[test]
fn a_network_of_flows_both_ways_has_product_form() {
    holds("kelly-", 3);
}

#[test]
fn parallel_clearance_by_two_agencies_is_flatto_and_hahns_fork_join() {
    holds("fork-join-2-", 3);
}

#[test]
fn parallel_clearance_by_more_agencies_is_near_nelson_and_tantawis_approximation() {
    holds("fork-join-4", 1);
    holds("fork-join-8", 1);
    holds("fork-join-16", 1);
}

#[test]
fn interrupted_work_waits_as_preemptive_priority_and_gaver_say() {
    holds("interrupted-", 2);
}

#[test]
fn below_the_limit_serial_and_parallel_stay_bounded() {
    holds("load-97", 1);
}

#[test]
fn above_the_limit_serial_and_parallel_grow_linearly() {
    holds("load-103", 1);
}

/// The check of each file fails under each of the errors that it names: service 5 % longer, one officer more. Short
/// runs come first: where they already contradict the theory, longer ones would the more.
fn fails(prefix: &str, files: usize) {
    for path in family(prefix, files) {
        let stated = expect::read(&path);
        for error in ["service", "servers"] {
            let overrides = stated.errors(error);
            assert!(
                !overrides.is_empty(),
                "{} names an error of {error}",
                path.display()
            );
            let found = Scale::RISING
                .iter()
                .find_map(|scale| violations(&path, &overrides, *scale).pop());
            assert!(
                found.is_some(),
                "{}: the error of {error} goes unnoticed",
                path.display()
            );
        }
    }
}

#[test]
fn the_checks_of_single_posts_notice_errors() {
    fails("mm1-", 3);
    fails("mmc-", 3);
    fails("mg1-", 9);
}

#[test]
fn the_checks_of_interrupted_work_notice_errors() {
    fails("interrupted-", 2);
}

#[test]
fn the_checks_of_networks_notice_errors() {
    fails("tandem-", 4);
    fails("kelly-", 3);
    fails("fork-join-", 6);
    fails("load-", 2);
}
