//! Coupling: on the same draws, raising a level only turns "no" into "yes" (semantics section 6).

use std::collections::BTreeSet;
use std::path::Path;

use corridor::engine::run_sequential;
use corridor::observe::{Journal, Recorded};
use corridor::scenario::Study;
use corridor::terms::{EntityId, Levels};
use corridor::world::{Corridor, Draws, FactKind, SkipReason};

use crate::files;

/// Where, who, which step.
type Act = (u32, EntityId, u8);

fn study() -> (std::path::PathBuf, Study) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let study = files::short(&path, 40);
    (path, study)
}

/// The facts of the base with the levels of every agreement set to `levels`.
fn facts(levels: Levels) -> Vec<Recorded> {
    let (path, mut study) = study();
    let agreed = study
        .variants
        .iter()
        .find(|v| v.name == "serial/agreed")
        .map(|v| v.scenario.cooperation.clone())
        .expect("the rail scenario has cooperation as agreed");
    study.variants.truncate(1);
    let cooperation = &mut study.variants[0].scenario.cooperation;
    *cooperation = agreed;
    cooperation
        .agreements
        .iter_mut()
        .for_each(|a| a.levels = levels);
    let network = &files::compile(&path, &study)[0];
    let draws = Draws::new(network, 11, 0);
    let world: Corridor<'_, Journal> = Corridor::new(network, &draws);
    let mut processes = world.processes(Journal::all);
    run_sequential(&world, &mut processes, &world.channels(), world.stop()).unwrap();
    let facts = Journal::sorted(processes.into_iter().map(|p| p.state.observer));
    // What is under way at the end has come further in one run than in the other: early entries only.
    facts
        .into_iter()
        .filter(|r| r.fact.time.hours() < 35.0 * 24.0)
        .collect()
}

fn acts(facts: &[Recorded], wanted: impl Fn(&Recorded) -> bool) -> BTreeSet<Act> {
    let of = |r: &Recorded| (r.site, r.fact.entity, r.fact.step);
    facts.iter().filter(|r| wanted(r)).map(of).collect()
}

/// Visits that were decided on in both runs.
fn decided(facts: &[Recorded]) -> BTreeSet<(u32, EntityId)> {
    let kinds = [FactKind::Skipped, FactKind::Joined, FactKind::DataCame];
    facts
        .iter()
        .filter(|r| kinds.contains(&r.fact.kind))
        .map(|r| (r.site, r.fact.entity))
        .collect()
}

fn only_adds(low: &[Recorded], high: &[Recorded], wanted: impl Fn(&Recorded) -> bool) {
    let both: BTreeSet<_> = decided(low).intersection(&decided(high)).copied().collect();
    let (low, high) = (acts(low, &wanted), acts(high, &wanted));
    let lost: Vec<&Act> = low
        .difference(&high)
        .filter(|(site, who, _)| both.contains(&(*site, *who)))
        .collect();
    assert!(
        lost.is_empty(),
        "a higher level took back {} acts: {:?}",
        lost.len(),
        lost.first()
    );
    assert!(
        high.len() > low.len() + 20,
        "a higher level adds: {} acts, then {}",
        low.len(),
        high.len()
    );
    assert!(low.len() > 20, "the lower level acts at all: {}", low.len());
}

fn levels(information: f64, recognition: f64, enforcement: f64) -> Levels {
    Levels {
        information: Some(information),
        recognition: Some(recognition),
        enforcement: Some(enforcement),
    }
}

#[test]
fn more_information_sends_ahead_all_that_less_sent_ahead() {
    let came = |r: &Recorded| r.fact.kind == FactKind::DataCame;
    only_adds(
        &facts(levels(0.3, 0.2, 0.2)),
        &facts(levels(0.7, 0.2, 0.2)),
        came,
    );
}

#[test]
fn more_recognition_lets_all_stand_that_less_let_stand() {
    let stands = |r: &Recorded| {
        r.fact.kind == FactKind::Skipped && r.fact.detail == SkipReason::Recognised as u64
    };
    only_adds(
        &facts(levels(0.0, 0.3, 0.2)),
        &facts(levels(0.0, 0.8, 0.2)),
        stands,
    );
}

#[test]
fn more_enforcement_spares_all_that_less_spared() {
    let spared = |r: &Recorded| {
        r.fact.kind == FactKind::Skipped && r.fact.detail == SkipReason::NotSelected as u64
    };
    only_adds(
        &facts(levels(0.0, 0.2, 0.1)),
        &facts(levels(0.0, 0.2, 0.9)),
        spared,
    );
}
