//! A world whose events say what they do: for broken promises, one at a time, and for the end of a run.

use corridor::engine::{
    self, Channel, ChannelId, EngineError, Execution, Key, LogicalProcess, Outbox, Phase,
    ProcessId, Stop, World,
};
use corridor::time::{Span, Time};

use super::plans;

/// What an event does when it happens. Instants are in milliseconds.
#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    Schedule(u64),
    ScheduleTwice(u64),
    Send(u32, u64),
    /// Three messages that arrive together.
    SendThree(u32, u64),
    /// A message on the channel and an event of the receiver's own may meet under one key.
    SendAs(u32, u64, u64),
    /// Again after this long, for ever: demand goes on.
    Tick(u64),
    Enter,
    Leave,
}

#[derive(Clone, Debug, Default)]
struct Diary {
    handled: Vec<u64>,
    received: Vec<u64>,
    places: Vec<u64>,
    settled: Vec<u64>,
    inside: i64,
}

#[derive(Clone)]
struct Script;

fn key(at: u64, entity: u64) -> Key {
    Key::new(Time::from_ms(at), Phase::Happenings, 0, 0, entity)
}

impl World for Script {
    type Process = Diary;
    type Event = Act;
    /// Its place among those that arrive together, from 1; 0 alone.
    type Message = u64;
    type Scratch = ();

    fn handle(&self, diary: &mut Diary, now: Time, act: Act, out: &mut Outbox<'_, Self>) {
        diary.handled.push(now.ms());
        match act {
            Act::Nothing => {}
            Act::Schedule(at) => out.schedule(key(at, 7), Act::Nothing),
            Act::ScheduleTwice(at) => {
                out.schedule(key(at, 7), Act::Nothing);
                out.schedule(key(at, 7), Act::Nothing);
            }
            Act::Send(channel, at) => out.send(ChannelId(channel), key(at, 9), 0),
            Act::SendThree(channel, at) => out.send_all(ChannelId(channel), key(at, 9), 1, [2, 3]),
            Act::SendAs(channel, at, entity) => out.send(ChannelId(channel), key(at, entity), 0),
            Act::Tick(every) => out.schedule(key(now.ms() + every, 8), act),
            Act::Enter => diary.inside += 1,
            Act::Leave => diary.inside -= 1,
        }
    }

    fn receive(&self, diary: &mut Diary, now: Time, place: u64, _: &mut Outbox<'_, Self>) {
        diary.received.push(now.ms());
        diary.places.push(place);
    }

    fn settle(&self, diary: &mut Diary, now: Time, _: &mut Outbox<'_, Self>) {
        diary.settled.push(now.ms());
    }

    fn awaited(&self, diary: &Diary) -> i64 {
        diary.inside
    }
}

type Process = LogicalProcess<Script>;

/// Acts of processes 0 and 1, in that order, each event an entity of its own.
fn processes(acts: [&[(u64, Act)]; 2]) -> Vec<Process> {
    let process = |acts: &[(u64, Act)]| {
        let first = acts
            .iter()
            .enumerate()
            .map(|(n, &(at, act))| (key(at, n as u64), act));
        LogicalProcess::new(Diary::default(), first)
    };
    acts.map(process).into()
}

/// Channel 0 leads from process 0 to 1 with a lookahead of 10 ms, channel 1 back with 4.
fn channels() -> [Channel; 2] {
    let channel = |from, to, lookahead, name: &str| Channel {
        from: ProcessId(from),
        to: ProcessId(to),
        lookahead: Span::from_ms(lookahead),
        name: name.into(),
    };
    [
        channel(0, 1, 10, "transit there"),
        channel(1, 0, 4, "transit back"),
    ]
}

fn stop(horizon: u64, drain_end: u64) -> Stop {
    Stop {
        horizon: Time::from_ms(horizon),
        drain_end: Time::from_ms(drain_end),
    }
}

/// From instant to instant; and, up to the horizon, the same under every plan.
fn sequential(mut processes: Vec<Process>, stop: Stop) -> (Vec<Process>, Execution) {
    let fresh = processes.clone();
    let done = engine::run_sequential(&Script, &mut processes, &channels(), stop).unwrap();
    for (plan, threads) in plans::all(processes.len(), &channels(), &[]) {
        let mut planned = fresh.clone();
        let run = || engine::run(&Script, &mut planned, &channels(), stop, &plan);
        let under_plan = plans::on(threads, run).unwrap();
        assert_eq!(under_plan.within, done.within, "{plan:?} on {threads}");
        assert!(under_plan.events >= done.events, "{plan:?} on {threads}");
        let early = |diary: &[u64]| -> Vec<u64> {
            let upto = diary.iter().filter(|at| **at <= stop.horizon.ms());
            upto.copied().collect()
        };
        for (a, b) in planned.iter().zip(&processes) {
            assert_eq!(early(&a.state.handled), early(&b.state.handled), "{plan:?}");
            assert_eq!(
                early(&a.state.received),
                early(&b.state.received),
                "{plan:?}"
            );
            assert_eq!(early(&a.state.settled), early(&b.state.settled), "{plan:?}");
            assert!(a.state.places.starts_with(&b.state.places), "{plan:?}");
            let goes_on = a.state.handled.starts_with(&b.state.handled);
            assert!(goes_on, "nobody is stopped before its time: {plan:?}");
        }
    }
    (processes, done)
}

/// The error under every executor, which must be the same.
fn error(acts: [&[(u64, Act)]; 2]) -> EngineError {
    let stop = stop(1000, 1000);
    let under_sequential =
        engine::run_sequential(&Script, &mut processes(acts), &channels(), stop).unwrap_err();
    let under_windowed = engine::run_windowed(
        &Script,
        &mut processes(acts),
        &channels(),
        stop,
        <[usize]>::reverse,
    )
    .unwrap_err();
    assert_eq!(under_sequential, under_windowed);
    for (plan, threads) in plans::all(2, &channels(), &[]) {
        let run = || engine::run(&Script, &mut processes(acts), &channels(), stop, &plan);
        let under_plan = plans::on(threads, run).unwrap_err();
        assert_eq!(under_sequential, under_plan, "{plan:?} on {threads}");
    }
    under_sequential
}

#[test]
fn a_message_below_its_channels_lookahead_is_refused() {
    let error = error([&[(5, Act::Send(0, 14))], &[]]);
    assert_eq!(
        error.to_string(),
        "a message on channel `transit there` sent at 00:00:00.005 for 00:00:00.014 is below the channel's \
         lookahead of 00:00:00.010"
    );
}

#[test]
fn a_message_at_its_lookahead_arrives() {
    let (processes, done) = sequential(
        processes([&[(5, Act::Send(0, 15))], &[(6, Act::Send(1, 10))]]),
        stop(1000, 1000),
    );
    assert_eq!(processes[1].state.received, [15]);
    assert_eq!(processes[0].state.received, [10]);
    assert_eq!(
        done,
        Execution {
            events: 4,
            within: 4,
            instants: 4,
            messages: 2,
            windows: 0,
        }
    );
}

#[test]
fn messages_sent_together_arrive_together_in_their_order() {
    let (processes, done) = sequential(
        processes([
            &[(5, Act::SendThree(0, 20)), (6, Act::SendThree(0, 30))],
            &[],
        ]),
        stop(1000, 1000),
    );
    assert_eq!(processes[1].state.received, [20, 20, 20, 30, 30, 30]);
    assert_eq!(processes[1].state.places, [1, 2, 3, 1, 2, 3]);
    assert_eq!(processes[1].state.settled, [20, 30]);
    assert_eq!((done.events, done.messages), (8, 6), "each is counted");
}

#[test]
fn the_trap_and_the_rule_of_keys_hold_for_messages_sent_together() {
    let below = error([&[(5, Act::SendThree(0, 14))], &[]]);
    assert!(
        matches!(below, EngineError::BelowLookahead { .. }),
        "{below}"
    );
    let foreign = error([&[(5, Act::SendThree(1, 500))], &[]]);
    assert!(
        matches!(foreign, EngineError::WrongChannel { .. }),
        "{foreign}"
    );
    let twice = [(5, Act::SendThree(0, 20)), (6, Act::Send(0, 20))];
    let twice = error([&twice, &[]]);
    assert!(matches!(twice, EngineError::KeyNotUnique { .. }), "{twice}");
}

#[test]
fn each_channel_has_its_own_lookahead() {
    let error = error([&[], &[(100, Act::Send(1, 103))]]);
    assert_eq!(
        error,
        EngineError::BelowLookahead {
            channel: "transit back".into(),
            now: Time::from_ms(100),
            at: Time::from_ms(103),
            lookahead: Span::from_ms(4),
        }
    );
}

#[test]
fn an_effect_is_later_than_its_cause() {
    for at in [41, 42] {
        let error = error([&[], &[(42, Act::Schedule(at))]]);
        assert_eq!(
            error.to_string(),
            format!(
                "logical process 1 scheduled an event for 00:00:00.0{at} at 00:00:00.042: an effect not after \
                 its cause"
            )
        );
    }
    let (processes, _) = sequential(processes([&[], &[(42, Act::Schedule(43))]]), stop(99, 99));
    assert_eq!(processes[1].state.handled, [42, 43]);
}

#[test]
fn two_events_of_one_key_are_refused() {
    let error = error([&[(1, Act::ScheduleTwice(3))], &[]]);
    assert_eq!(
        error,
        EngineError::KeyNotUnique {
            process: 0,
            key: key(3, 7)
        }
    );
    let text = error.to_string();
    assert!(
        text.starts_with("logical process 0 has two events of the key Key { time: Time(3)"),
        "{text}"
    );
}

#[test]
fn a_message_and_an_event_of_one_key_are_refused() {
    // Process 1's first event at 50 is its entity 0.
    let error = error([&[(1, Act::SendAs(0, 50, 0))], &[(50, Act::Nothing)]]);
    assert_eq!(
        error,
        EngineError::KeyNotUnique {
            process: 1,
            key: key(50, 0)
        }
    );
}

#[test]
fn a_process_sends_on_its_own_channels_only() {
    let error = error([&[(5, Act::Send(1, 500))], &[]]);
    assert_eq!(
        error.to_string(),
        "logical process 0 sent on channel `transit back`, which is not its own"
    );
}

#[test]
fn an_instant_is_settled_once_after_all_its_events() {
    let (processes, done) = sequential(
        processes([
            &[(3, Act::Nothing), (3, Act::Nothing), (4, Act::Nothing)],
            &[(3, Act::Nothing)],
        ]),
        stop(99, 99),
    );
    assert_eq!(processes[0].state.handled, [3, 3, 4]);
    assert_eq!(processes[0].state.settled, [3, 4]);
    assert_eq!(
        processes[1].state.settled,
        [3],
        "an instant is one process's own"
    );
    assert_eq!((done.events, done.instants), (4, 3));
}

#[test]
fn with_nothing_inside_a_run_ends_at_its_horizon() {
    let (processes, _) = sequential(processes([&[(10, Act::Tick(10))], &[]]), stop(50, 200));
    assert_eq!(processes[0].state.handled, [10, 20, 30, 40, 50]);
}

#[test]
fn after_the_horizon_a_run_goes_on_until_those_inside_have_left() {
    // Enters at one process, leaves at the other.
    let acts: [&[(u64, Act)]; 2] = [
        &[(10, Act::Tick(10)), (45, Act::Enter)],
        &[(75, Act::Leave), (300, Act::Nothing)],
    ];
    let (processes, _) = sequential(processes(acts), stop(50, 200));
    assert_eq!(processes[0].state.handled, [10, 20, 30, 40, 45, 50, 60, 70]);
    assert_eq!(processes[1].state.handled, [75]);
}

#[test]
fn who_enters_after_the_others_have_left_is_not_waited_for() {
    let acts: [&[(u64, Act)]; 2] = [&[(45, Act::Enter), (60, Act::Leave), (70, Act::Enter)], &[]];
    let (processes, _) = sequential(processes(acts), stop(50, 200));
    assert_eq!(processes[0].state.handled, [45, 60]);
}

#[test]
fn whoever_stays_inside_a_run_ends_with_its_drain() {
    let acts: [&[(u64, Act)]; 2] = [&[(10, Act::Tick(10)), (45, Act::Enter)], &[]];
    let (processes, _) = sequential(processes(acts), stop(50, 100));
    assert_eq!(
        processes[0].state.handled,
        [10, 20, 30, 40, 45, 50, 60, 70, 80, 90, 100]
    );
}

#[test]
fn a_run_without_processes_or_events_is_over_at_once() {
    let mut none: [Process; 0] = [];
    let nothing = engine::run_sequential(&Script, &mut none, &[], stop(50, 100)).unwrap();
    assert_eq!(nothing, Execution::default());
    let plan = engine::Plan::one(0, &[]);
    let nothing = engine::run(&Script, &mut none, &[], stop(50, 100), &plan).unwrap();
    assert_eq!(nothing, Execution::default());
    let nothing = sequential(processes([&[], &[]]), stop(50, 100)).1;
    assert_eq!(nothing, Execution::default());
}
