//! Generated networks, each run under some settings in rotation, and what must really have happened in them.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use corridor::experiment;
use corridor::network::{EventDriven, Network};
use corridor::scenario;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::adapter;
use crate::demand::FILES;
use crate::mix::Mix;
use crate::occurred::{self, Feature};
use crate::seen::{Seen, fingerprint};
use crate::setting::{self, Setting};
use crate::{generator, plain};

/// Networks of `cargo test`.
const FEW: u32 = 300;
/// Networks of the slow command.
const MANY: u32 = 10_000;
/// Settings that each network is run under, besides the sequential executor.
const EACH: usize = 4;
/// Threads that try networks beside each other.
const WORKERS: usize = 2;

/// What the 300 digests are folded into, in whatever profile this is compiled. A change of the generators moves it, and so does
/// one that moves results.
const DIGEST_OF_FEW: &str = "522a416b8606de7e00f4bb95c5417c8f";

/// The least share of networks in which some station's ends of service are computed at arrival. 0.2 is meant, once sites at
/// which journeys merely end, or to which no agreement sends data, are computed too.
const LEAST_COMPUTED: f64 = 0.2;

/// The text of scenario number `number`.
fn text(number: u32) -> String {
    if number % 3 == 2 {
        return plain::scenario(number);
    }
    let mut seed = [9; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = Mix::strategy().new_tree(&mut runner);
    let mix = tree.expect("nothing is rejected").current();
    longer(&generator::scenario(&mix))
}

/// A mixed scenario with a month's horizon in place of a week's, so that more goes on between its sites.
fn longer(text: &str) -> String {
    let mut text = text.to_owned();
    for days in ["6 d", "7 d", "8 d"] {
        text = text.replace(&format!("horizon = \"{days}\""), "horizon = \"24 d\"");
    }
    text
}

fn network(text: &str) -> Result<Network, String> {
    let loaded =
        scenario::from_str("generated.toml", text, &FILES).map_err(|e| format!("refused: {e}"))?;
    let networks = experiment::compile(&loaded.study).map_err(|e| e.to_string())?;
    networks
        .into_iter()
        .next()
        .ok_or_else(|| "no variant".to_owned())
}

/// What is told of one network.
struct Tried {
    digest: u128,
    events: u64,
    /// Between processes, the most of its runs.
    messages: u64,
    /// The most parts of its runs.
    partitions: usize,
    /// Stations whose ends of service are computed at arrival.
    computed: usize,
    /// Why the other sites go event by event.
    why: Vec<EventDriven>,
    features: BTreeSet<Feature>,
}

fn tried(number: u32, settings: &[Setting]) -> Result<Tried, String> {
    let network = network(&text(number))?;
    let seed = u64::from(number);
    let first = adapter::reference(&network, seed);
    let seen = Seen::of(&network, &first)?;
    let sites = network.sites.iter();
    let mut all = Tried {
        digest: match &first {
            Ok(ran) => ran.observations.digest.0,
            Err(cycle) => u128::from(fingerprint(cycle)),
        },
        events: first
            .as_ref()
            .map_or(0, |ran| ran.observations.execution.events),
        messages: 0,
        partitions: 0,
        computed: sites
            .filter_map(|site| site.computed.as_ref().ok())
            .map(|of| of.stations.len())
            .sum(),
        why: {
            let sites = network.sites.iter();
            sites
                .filter_map(|site| site.computed.as_ref().err().copied())
                .collect()
        },
        features: occurred::features(&network, seed)?,
    };
    for n in 0..EACH {
        let setting = settings[(number as usize * EACH + n) % settings.len()];
        let run = adapter::run(&network, seed, setting);
        let other = Seen::of(&network, &run).map_err(|e| format!("{setting:?}: {e}"))?;
        if let Some(differs) = seen.differs(&other) {
            return Err(format!("{setting:?}: {differs}"));
        }
        if let Ok(ran) = run {
            all.partitions = all.partitions.max(ran.partitions);
            all.messages = all.messages.max(ran.observations.execution.messages);
        }
    }
    Ok(all)
}

/// Tries the networks, on two threads.
fn try_all(count: u32) -> Vec<Tried> {
    let settings = setting::covering();
    let next = AtomicU32::new(0);
    let worker = || {
        let mut mine = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return mine;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| tried(number, &settings)));
            mine.push((number, outcome));
        }
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|w| w.join().expect("caught"));
        done.flatten().collect()
    });
    all.sort_by_key(|(number, _)| *number);
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (number, outcome) in all {
        match outcome {
            Ok(Ok(tried)) => good.push(tried),
            Ok(Err(why)) => bad.push((number, why)),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned();
                let words = words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                bad.push((number, format!("panic: {}", words.unwrap_or_default())));
            }
        }
    }
    if let Some((first, _)) = bad.first() {
        let list = bad.iter().map(|(n, why)| format!("network {n}: {why}\n"));
        let list: String = list.collect();
        panic!(
            "{} of {count} fail\n{list}\nnetwork {first}:\n{}",
            bad.len(),
            text(*first)
        );
    }
    good
}

/// Asserts what must have happened, prints it, and returns what all digests are folded into.
fn judged(all: &[Tried]) -> String {
    let count = all.len() as f64;
    let share = |of: &dyn Fn(&Tried) -> bool| all.iter().filter(|t| of(t)).count() as f64 / count;
    let parallel = share(&|t| t.partitions >= 2 && t.messages >= 1000);
    let computed = share(&|t| t.computed > 0);
    let features: BTreeMap<Feature, f64> = Feature::ALL
        .into_iter()
        .map(|f| (f, share(&|t: &Tried| t.features.contains(&f))))
        .collect();
    let digest = all
        .iter()
        .fold(0_u128, |sum, t| sum.rotate_left(1) ^ t.digest);
    let digest = format!("{digest:032x}");
    println!(
        "{} networks, {} settings each, {} events; two or more parts and 1,000 or more messages in {:.0} %, stations computed at \
         arrival in {:.0} %; occurred: {}; digest {digest}",
        all.len(),
        EACH + 1,
        all.iter().map(|t| t.events).sum::<u64>(),
        parallel * 100.0,
        computed * 100.0,
        features
            .iter()
            .map(|(f, s)| format!("{f:?} {:.0} %", s * 100.0))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let mut reasons = BTreeMap::<EventDriven, usize>::new();
    for why in all.iter().flat_map(|t| &t.why) {
        *reasons.entry(*why).or_default() += 1;
    }
    println!("sites event by event: {reasons:?}");
    assert!(parallel >= 0.8, "{parallel}");
    assert!(computed >= LEAST_COMPUTED, "{computed}");
    for (feature, share) in features {
        assert!(share >= 0.1, "{feature:?} occurred in {share}");
    }
    digest
}

#[test]
fn generated_networks_have_one_digest_and_one_set_of_observations_under_every_setting() {
    let digest = judged(&try_all(FEW));
    assert_eq!(
        digest, DIGEST_OF_FEW,
        "another profile, or a change that moves results or the generators"
    );
}

/// `cargo test --release --test engines -- --ignored --nocapture`; the digest it prints is that of every profile.
#[test]
#[ignore = "slow: 10,000 networks"]
fn ten_thousand_generated_networks() {
    let stated = std::env::var("ENGINES_NETWORKS").ok();
    let count = stated.and_then(|n| n.parse().ok()).unwrap_or(MANY);
    judged(&try_all(count));
}
