//! Which executor `auto` takes, and that it says why.

use corridor::engine::{Channel, Choice, Engine, Outlook, ProcessId, choose};
use corridor::time::Span;

fn channel(from: u32, to: u32, lookahead: u64) -> Channel {
    Channel {
        from: ProcessId(from),
        to: ProcessId(to),
        lookahead: Span::from_ms(lookahead),
        name: format!("{from}>{to}"),
    }
}

/// Sixteen pairs: short ways within a pair, long ways round the ring of pairs.
fn pairs() -> Vec<Channel> {
    let pair = |n: u32| {
        let (a, b) = (2 * n, 2 * n + 1);
        [
            channel(a, b, 5),
            channel(b, a, 5),
            channel(b, (2 * n + 2) % 32, 1000),
        ]
    };
    (0..16).flat_map(pair).collect()
}

fn chosen(engine: Engine, channels: &[Channel], load: f64, threads: usize) -> (Choice, String) {
    let outlook = Outlook {
        channels,
        sweeps: &[false; 32],
        loads: &[load; 32],
        threads,
    };
    choose(engine, &outlook)
}

fn parts(choice: &Choice) -> usize {
    match choice {
        Choice::Instants => 0,
        Choice::Planned(plan) => plan.parts.len(),
    }
}

#[test]
fn short_channels_stay_within_a_part_and_the_long_ones_bound_the_window() {
    let (choice, why) = chosen(Engine::Auto, &pairs(), 1.0, 2);
    let Choice::Planned(plan) = choice else {
        panic!("{why}")
    };
    assert!(plan.parts.len() >= 8, "some parts a thread: {plan:?}");
    let of = |n: u32| plan.parts.iter().position(|p| p.contains(&ProcessId(n)));
    for n in 0..16 {
        assert_eq!(of(2 * n), of(2 * n + 1), "pair {n}");
    }
    let bound = plan.bounds(&pairs(), |_| false).between;
    assert_eq!(bound.span, Span::from_ms(1000));
    let named = &pairs()[bound.channel.unwrap()].name;
    assert!(
        why.starts_with("parallel: ") && why.contains(&format!("`{named}`")),
        "{why}"
    );
}

#[test]
fn threads_are_taken_only_where_a_window_is_worth_a_barrier_and_some_are_idle() {
    assert_eq!(parts(&chosen(Engine::Auto, &pairs(), 1.0, 1).0), 1);
    assert_eq!(parts(&chosen(Engine::Sequential, &pairs(), 1.0, 8).0), 1);
    let (seldom, why) = chosen(Engine::Auto, &pairs(), 0.001, 2);
    assert!(parts(&seldom) <= 1, "32 events a window: {why}");
    assert!(why.contains("2 threads promise"), "{why}");
    assert!(
        parts(&chosen(Engine::Parallel, &pairs(), 0.001, 2).0) > 1,
        "forced"
    );
}

#[test]
fn one_part_cannot_be_divided() {
    let tight: Vec<Channel> = (0..32).map(|n| channel(n, (n + 1) % 32, 7)).collect();
    // All channels are alike: every process is a part, or all are one.
    assert!(parts(&chosen(Engine::Parallel, &tight, 100.0, 2).0) > 1);
    let outlook = Outlook {
        channels: &[],
        sweeps: &[true],
        loads: &[1.0],
        threads: 4,
    };
    let (choice, why) = choose(Engine::Parallel, &outlook);
    assert_eq!(parts(&choice), 1);
    assert!(why.contains("cannot be divided"), "{why}");
}

#[test]
fn few_events_a_window_go_from_instant_to_instant_unless_somebody_sweeps() {
    let (choice, why) = chosen(Engine::Sequential, &pairs(), 0.01, 1);
    assert_eq!(choice, Choice::Instants, "1.6 events in 5 ms: {why}");
    assert!(why.contains("`1>0`"), "the channel that leads back: {why}");
    let outlook = Outlook {
        channels: &pairs(),
        sweeps: &[true; 32],
        loads: &[0.01; 32],
        threads: 1,
    };
    assert_eq!(parts(&choose(Engine::Sequential, &outlook).0), 1);
}
