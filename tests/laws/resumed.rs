//! Law: a ranking that is interrupted in any of its stages goes on where it was, runs nothing twice and finds the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use corridor::experiment::rank::{RankOptions, Ranking, Watch, rank};
use corridor::experiment::{RunError, Store};
use corridor::scenario::{self, LoadOptions, NoFiles, Point, Study};

/// A queue at chance; two parts of one measure and an alternative.
const BORDER: &str = r#"
[experiment]
warm_up = "1 d"
horizon = "5 d"
replications = 3
[agencies]
customs = {}
[sites]
factory = { country = "CN", kind = "hub" }
border = { country = "KZ", kind = "border", procedures = { destination = "control" } }
[links]
road = { between = ["factory", "border"], mode = "road", distance = "40 km", transit = "1 h" }
[procedures.control]
steps = [{ name = "customs", agency = "customs", kind = "documents", service = { exponential = { mean = "25 min" } }, servers = 2 }]
[flows]
trucks = { from = "factory", to = "border", volume = "90 trucks/day" }
[interventions.officer]
set = { "procedures.control.steps.customs.servers" = 3 }
group = "staff"
[interventions.form]
set = { "procedures.control.steps.customs.service" = { exponential = { mean = "23 min" } } }
group = "staff"
"#;

fn load(points: &[Point]) -> Result<Study, RunError> {
    let options = LoadOptions {
        points: points.to_vec(),
        ..LoadOptions::default()
    };
    let loaded = scenario::from_str_with("border.toml", BORDER, &NoFiles, &options);
    Ok(loaded.unwrap().study)
}

/// Part, variant, replication.
type Key = (String, usize, u32);

/// A store in memory that keeps so many more replications and then fails.
#[derive(Clone)]
struct Memory {
    part: String,
    records: Arc<Mutex<BTreeMap<Key, Vec<u8>>>>,
    left: Arc<AtomicUsize>,
}

impl Memory {
    fn new() -> Self {
        Memory {
            part: String::new(),
            records: Arc::default(),
            left: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }

    /// The same records, of which `more` can be added.
    fn until(&self, more: usize) -> Self {
        Memory {
            left: Arc::new(AtomicUsize::new(more)),
            ..self.clone()
        }
    }

    fn keys(&self) -> Vec<Key> {
        self.records.lock().unwrap().keys().cloned().collect()
    }
}

impl Store for Memory {
    fn load(&self, variant: usize, replication: u32) -> Option<Vec<u8>> {
        let records = self.records.lock().unwrap();
        records
            .get(&(self.part.clone(), variant, replication))
            .cloned()
    }

    fn save(&self, variant: usize, replication: u32, record: &[u8]) -> Result<(), String> {
        let one_less = |left: usize| left.checked_sub(1);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
            .map_err(|_| "pulled out".to_owned())?;
        let key = (self.part.clone(), variant, replication);
        let before = self.records.lock().unwrap().insert(key, record.to_vec());
        assert!(before.is_none(), "run twice: {variant}, {replication}");
        Ok(())
    }

    fn scope(&self, name: &str) -> Box<dyn Store + '_> {
        Box::new(Memory {
            part: format!("{}/{name}", self.part),
            ..self.clone()
        })
    }
}

fn ranked(store: &Memory) -> Result<Ranking, RunError> {
    let options = RankOptions {
        delta_h: Some(0.3),
        target_h: Some(3.0),
        ..RankOptions::default()
    };
    let watch = Watch {
        runs: &|_, _| {},
        phase: &|_| {},
        store: Some(store),
    };
    rank(&load(&[]).unwrap(), &load, &options, &watch)
}

fn json(ranking: &Ranking) -> String {
    serde_json::to_string(ranking).unwrap()
}

#[test]
fn a_ranking_that_is_interrupted_anywhere_goes_on_and_runs_nothing_twice() {
    let whole = Memory::new();
    let expected = json(&ranked(&whole).unwrap());
    let keys = whole.keys();
    let of = |part: &str| keys.iter().filter(|key| key.0.starts_with(part)).count();
    // Every stage keeps what it runs: candidates, combinations, demands.
    let candidates = keys.iter().filter(|key| key.0.is_empty()).count();
    let stages = [candidates, of("/together"), of("/capacity-")];
    assert!(stages.iter().all(|runs| *runs > 6), "{stages:?}");
    assert_eq!(stages.iter().sum::<usize>(), keys.len());
    // Pulled out in each stage, twice in the last.
    let mut kept = 0;
    let store = Memory::new();
    for until in [
        candidates / 2,
        candidates + stages[1] / 2,
        candidates + stages[1] + stages[2] / 3,
        keys.len() - 1,
    ] {
        let cut = store.until(until - kept);
        let error = ranked(&cut).unwrap_err().to_string();
        assert!(error.contains("pulled out"), "{error}");
        kept = store.keys().len();
        assert_eq!(kept, until);
    }
    let resumed = ranked(&store.until(keys.len() - kept)).unwrap();
    assert_eq!(json(&resumed), expected);
    assert_eq!(store.keys(), keys);
    // What is finished is not run again at all.
    assert_eq!(json(&ranked(&store.until(0)).unwrap()), expected);
}
