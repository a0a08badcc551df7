//! Law: an experiment in steps, or one that goes on after an interruption, finds what one in a single step finds.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use corridor::experiment::{Measure, RunOptions, Store, Trials};
use corridor::scenario::{self, LoadOptions, NoFiles, Study};

fn study() -> Study {
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let options = LoadOptions {
        overrides: vec![
            set("experiment.warm_up", "2 d"),
            set("experiment.horizon", "9 d"),
        ],
        ..LoadOptions::default()
    };
    scenario::from_str_with("template.toml", scenario::TEMPLATE, &NoFiles, &options)
        .unwrap()
        .study
}

fn json(trials: &Trials<'_>) -> String {
    serde_json::to_string(&trials.results()).unwrap()
}

/// A store in memory that counts what it gives back.
#[derive(Default)]
struct Memory {
    records: Mutex<BTreeMap<(usize, u32), Vec<u8>>>,
    given: AtomicUsize,
}

impl Store for Memory {
    fn load(&self, variant: usize, replication: u32) -> Option<Vec<u8>> {
        let found = self
            .records
            .lock()
            .unwrap()
            .get(&(variant, replication))
            .cloned();
        self.given
            .fetch_add(usize::from(found.is_some()), Ordering::Relaxed);
        found
    }

    fn save(&self, variant: usize, replication: u32, record: &[u8]) -> Result<(), String> {
        let mut records = self.records.lock().unwrap();
        records.insert((variant, replication), record.to_vec());
        Ok(())
    }

    fn scope(&self, _: &str) -> Box<dyn Store + '_> {
        unreachable!("one study has no parts")
    }
}

#[test]
fn replications_asked_for_in_steps_are_those_asked_for_at_once() {
    let study = study();
    let mut whole = Trials::new(&study, &RunOptions::default()).unwrap();
    whole.extend_all(4, &|_, _| {}).unwrap();
    let mut stepwise = Trials::new(
        &study,
        &RunOptions {
            threads: Some(1),
            ..RunOptions::default()
        },
    )
    .unwrap();
    let mut wanted = vec![1; study.variants.len()];
    wanted[2] = 4;
    stepwise.extend(&wanted, &|_, _| {}).unwrap();
    assert_eq!((stepwise.replications(0), stepwise.replications(2)), (1, 4));
    stepwise.extend_all(3, &|_, _| {}).unwrap();
    stepwise.extend_all(4, &|_, _| {}).unwrap();
    assert_eq!(json(&whole), json(&stepwise));
}

#[test]
fn what_was_kept_is_not_run_again_and_changes_nothing() {
    let study = study();
    let store = Memory::default();
    let mut first = Trials::new(&study, &RunOptions::default())
        .unwrap()
        .with_store(&store);
    first.extend_all(2, &|_, _| {}).unwrap();
    // One record is lost, and one is cut short.
    {
        let mut records = store.records.lock().unwrap();
        records.remove(&(1, 0));
        records.get_mut(&(0, 1)).unwrap().truncate(40);
    }
    store.given.store(0, Ordering::Relaxed);
    let mut second = Trials::new(&study, &RunOptions::default())
        .unwrap()
        .with_store(&store);
    second.extend_all(2, &|_, _| {}).unwrap();
    assert_eq!(json(&first), json(&second));
    assert_eq!(
        store.given.load(Ordering::Relaxed),
        2 * study.variants.len() - 1
    );
}

#[test]
fn a_measure_is_found_by_name_one_value_for_each_replication() {
    let study = study();
    let mut trials = Trials::new(&study, &RunOptions::default()).unwrap();
    trials.extend_all(3, &|_, _| {}).unwrap();
    let results = trials.results();
    for comparison in &results.comparisons {
        let variant = study
            .variants
            .iter()
            .position(|v| v.name == comparison.variant)
            .unwrap();
        let values = trials.values(variant, &comparison.measure).unwrap();
        assert_eq!(values.len(), 3);
        let mean = values.iter().sum::<f64>() / 3.0;
        assert!(
            (mean - comparison.variant_h.mean).abs() < 1e-9,
            "{:?}",
            comparison.measure
        );
        assert!(!trials.is_bound(variant, &comparison.measure));
    }
    assert_eq!(
        trials.values(0, &Measure::DoorToDoor("nobody".to_owned())),
        None
    );
}
