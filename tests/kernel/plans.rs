//! Plans to try: one part and several, orders that are the best and orders that are any, windows short and long.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use corridor::engine::{Channel, Plan, ProcessId};
use corridor::random::{Purpose, Stream};
use corridor::time::Span;

/// Does something on so many threads.
pub fn on<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    static POOLS: OnceLock<Mutex<BTreeMap<usize, &'static rayon::ThreadPool>>> = OnceLock::new();
    let mut pools = POOLS.get_or_init(Mutex::default).lock().unwrap();
    let pool = *pools.entry(threads).or_insert_with(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        Box::leak(Box::new(pool.build().unwrap()))
    });
    drop(pools);
    pool.install(run)
}

/// A random deal of the processes to `parts` parts, in a random order.
fn dealt(processes: usize, parts: usize, seed: u64) -> Vec<Vec<ProcessId>> {
    let stream = Stream::new(seed, 0, "deal", "", "", Purpose::Other(2));
    let mut all: Vec<ProcessId> = (0..processes as u32).map(ProcessId).collect();
    all.sort_by_key(|id| stream.bits(u64::from(id.0), 0, 0));
    let mut dealt: Vec<Vec<ProcessId>> = vec![Vec::new(); parts];
    for id in all {
        dealt[(stream.bits(u64::from(id.0), 1, 0) % parts as u64) as usize].push(id);
    }
    dealt.retain(|part| !part.is_empty());
    dealt
}

/// Plans with the threads to run them on: the best order, every process a part, and for each seed random parts in
/// random orders; windows and thread counts go round.
pub fn all(processes: usize, channels: &[Channel], seeds: &[u64]) -> Vec<(Plan, usize)> {
    let one = Plan::one(processes, channels);
    let each: Vec<Vec<ProcessId>> = (0..processes as u32).map(|n| vec![ProcessId(n)]).collect();
    let mut plans = vec![one.clone(), Plan::of(each, channels)];
    for &seed in seeds {
        for parts in [1, 2, 3, 5] {
            let dealt = dealt(processes, parts, seed);
            plans.push(Plan::of(dealt.clone(), channels));
            // In the order of the deal: more channels lead back, and windows are the shorter.
            plans.push(Plan {
                parts: dealt,
                ..one.clone()
            });
        }
    }
    let windows = [None, Some(1), Some(2), Some(7), Some(64)];
    let threads = [1, 2, 3, 4, 8];
    let tried = plans.into_iter().enumerate().flat_map(|(n, plan)| {
        windows.iter().enumerate().map(move |(w, window)| {
            let mut plan = plan.clone();
            plan.window = window.map(Span::from_ms);
            // Few events a window, so that short trials have many.
            plan.events = [4, 64][w % 2];
            (plan, threads[(n + w) % threads.len()])
        })
    });
    tried.collect()
}
