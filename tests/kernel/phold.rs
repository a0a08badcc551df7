//! Under any order of logical processes a run is the same.

use corridor::engine::{self, Execution, Plan, Stop};
use corridor::random::{Purpose, Stream};
use corridor::time::Time;
use proptest::prelude::*;

use super::plans;
use super::tokens::{Phold, Station};

fn stop(horizon: u64, drain_end: u64) -> Stop {
    Stop {
        horizon: Time::from_ms(horizon),
        drain_end: Time::from_ms(drain_end),
    }
}

fn sequential(world: &Phold, tokens: u64, stop: Stop) -> (Vec<Station>, Execution) {
    let mut processes = world.processes(tokens);
    let done = engine::run_sequential(world, &mut processes, &world.channels, stop).unwrap();
    (processes.into_iter().map(|p| p.state).collect(), done)
}

/// The same under windows, each in another order drawn from `seed`.
fn windowed(world: &Phold, tokens: u64, stop: Stop, seed: u64) -> (Vec<Station>, Execution) {
    let mut processes = world.processes(tokens);
    let order = Stream::new(seed, 0, "order", "", "", Purpose::Other(0));
    let mut window = 0;
    let shuffle = |list: &mut [usize]| {
        window += 1;
        for n in (1..list.len()).rev() {
            list.swap(
                n,
                (order.bits(window, n as u32, 0) % (n as u64 + 1)) as usize,
            );
        }
    };
    let done = engine::run_windowed(world, &mut processes, &world.channels, stop, shuffle).unwrap();
    (processes.into_iter().map(|p| p.state).collect(), done)
}

/// The same by a plan, on so many threads.
fn planned(
    world: &Phold,
    tokens: u64,
    stop: Stop,
    plan: &Plan,
    threads: usize,
) -> (Vec<Station>, Execution) {
    let mut processes = world.processes(tokens);
    let run = || engine::run(world, &mut processes, &world.channels, stop, plan).unwrap();
    let done = plans::on(threads, run);
    (processes.into_iter().map(|p| p.state).collect(), done)
}

fn histories(stations: &[Station]) -> Vec<(u64, u64)> {
    stations.iter().map(|s| (s.served, s.history)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn results_are_the_same_whatever_the_order_of_processes(
        stations in 1u32..9, tokens in 1u64..60, lookahead in 1u64..12, seed: u64
    ) {
        let world = Phold::new(stations, lookahead, u32::MAX);
        let stop = stop(500, 500);
        let (expected, done) = sequential(&world, tokens, stop);
        let (got, windowed) = windowed(&world, tokens, stop, seed);
        prop_assert_eq!(histories(&got), histories(&expected));
        prop_assert_eq!((windowed.events, windowed.instants, windowed.messages),
            (done.events, done.instants, done.messages));
        prop_assert_eq!((windowed.within, done.within), (done.events, done.events));
    }

    #[test]
    fn results_are_the_same_by_every_plan(
        stations in 1u32..12, tokens in 1u64..80, lookahead in 1u64..12, seed: u64
    ) {
        let world = Phold::new(stations, lookahead, u32::MAX);
        let stop = stop(400, 400);
        let (expected, done) = sequential(&world, tokens, stop);
        for (plan, threads) in plans::all(stations as usize, &world.channels, &[seed, !seed]) {
            let (got, planned) = planned(&world, tokens, stop, &plan, threads);
            prop_assert_eq!(histories(&got), histories(&expected), "{:?} on {}", plan, threads);
            let planned = Execution { windows: 0, ..planned };
            prop_assert_eq!(planned, done, "{:?} on {}", plan, threads);
        }
    }

    #[test]
    fn those_waited_for_fare_the_same_when_the_run_ends_with_the_last_of_them(
        stations in 1u32..9, hops in 5u32..40, seed: u64
    ) {
        let world = Phold::new(stations, 3, hops);
        let stop = stop(20, 20_000);
        let (expected, done) = sequential(&world, 50, stop);
        let (got, windowed) = windowed(&world, 50, stop, seed);
        prop_assert_eq!(got.iter().map(|s| s.inside).sum::<i64>(), 0);
        let awaited = |stations: &[Station]| -> Vec<u64> {
            stations.iter().map(|s| s.awaited_history).collect()
        };
        prop_assert_eq!(awaited(&got), awaited(&expected));
        // Windows end whole: what nobody waits for may go on a little longer, never less.
        prop_assert!(windowed.events >= done.events);
        for (plan, threads) in plans::all(stations as usize, &world.channels, &[seed]) {
            let (got, planned) = planned(&world, 50, stop, &plan, threads);
            prop_assert_eq!(got.iter().map(|s| s.inside).sum::<i64>(), 0);
            prop_assert_eq!(awaited(&got), awaited(&expected), "{:?} on {}", plan, threads);
            prop_assert!(planned.events >= done.events);
            prop_assert_eq!(planned.within, done.within);
        }
    }
}

#[test]
fn every_token_is_at_one_place() {
    let world = Phold::new(5, 2, u32::MAX);
    let (stations, done) = sequential(&world, 40, stop(2000, 2000));
    let served: u64 = stations.iter().map(|s| s.served).sum();
    assert_eq!(done.messages, served, "whoever was served was sent on");
    let here: usize = stations
        .iter()
        .map(|s| s.waiting.len() + usize::from(s.busy))
        .sum();
    // Arrivals and completions handled, less completions: those who came; each came first once, or by message.
    let came = done.events - served;
    assert!(here <= 40 && came <= 40 + done.messages);
    assert_eq!(came - served, here as u64);
    assert!(
        served > 1000,
        "the trial is no trial if little happens: {served}"
    );
}

#[test]
fn histories_tell_orders_apart() {
    let other = |lookahead| {
        let world = Phold::new(4, lookahead, u32::MAX);
        histories(&sequential(&world, 30, stop(300, 300)).0)
    };
    assert_ne!(other(3), other(4));
}
