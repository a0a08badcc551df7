//! Tokens that wander between stations at random: the usual trial of parallel simulators (PHOLD; Fujimoto 1990),
//! with queues, so that the order of what happens in one instant would show.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use corridor::engine::{
    self, Channel, ChannelId, Execution, Key, LogicalProcess, Outbox, Phase, ProcessId, Stop, World,
};
use corridor::random::{Purpose, Stream};
use corridor::time::{Span, Time};
use proptest::prelude::*;

const DONE: u8 = 0;
const ARRIVAL: u8 = 1;
/// Every tenth token leaves after its hops and is waited for; the others wander for ever.
const AWAITED: u64 = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Token {
    id: u64,
    hops: u32,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Comes(Token),
    Done(Token),
}

/// A station with one server; first come, first served, ties by token.
#[derive(Clone, Debug, Default)]
struct Station {
    id: u64,
    waiting: BinaryHeap<Reverse<(Time, Token)>>,
    busy: bool,
    /// A hash of who was served, when, in this order: any swap changes it.
    history: u64,
    /// The same of those who are waited for.
    awaited_history: u64,
    served: u64,
    inside: i64,
}

struct Phold {
    stations: u64,
    channels: Vec<Channel>,
    hops: u32,
    time: Stream,
    way: Stream,
}

impl Phold {
    /// Every station is joined with every other and with itself; lookaheads differ.
    fn new(stations: u32, lookahead: u64, hops: u32) -> Self {
        let channel = |from, to| Channel {
            from: ProcessId(from),
            to: ProcessId(to),
            lookahead: Span::from_ms(lookahead + u64::from((from + to) % 3)),
            name: format!("{from}>{to}"),
        };
        let stream = |purpose| Stream::new(1, 0, "phold", "", "", purpose);
        Phold {
            stations: u64::from(stations),
            channels: (0..stations)
                .flat_map(|from| (0..stations).map(move |to| channel(from, to)))
                .collect(),
            hops,
            time: stream(Purpose::Service),
            way: stream(Purpose::Route),
        }
    }

    fn processes(&self, tokens: u64) -> Vec<LogicalProcess<Self>> {
        (0..self.stations)
            .map(|id| {
                let here = (0..tokens).filter(|token| token % self.stations == id);
                let station = Station {
                    id,
                    inside: here.clone().filter(|token| token % AWAITED == 0).count() as i64,
                    ..Station::default()
                };
                // All come in three instants: many events in each.
                let first = here.map(|id| {
                    let token = Token { id, hops: 0 };
                    let at = Time::from_ms(1 + id % 3);
                    (key(at, ARRIVAL, token), Event::Comes(token))
                });
                LogicalProcess::new(station, first)
            })
            .collect()
    }
}

fn key(at: Time, kind: u8, token: Token) -> Key {
    Key::new(at, Phase::Happenings, kind, 0, token.id).part(0, 0, token.hops)
}

fn fold(history: &mut u64, now: Time, token: Token) {
    *history = (*history ^ now.ms() ^ token.id << 32)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29);
}

impl World for Phold {
    type Process = Station;
    type Event = Event;
    type Message = Token;

    fn handle(&self, station: &mut Station, now: Time, event: Event, out: &mut Outbox<'_, Self>) {
        let token = match event {
            Event::Comes(token) => return self.receive(station, now, token, out),
            Event::Done(token) => token,
        };
        station.busy = false;
        station.served += 1;
        fold(&mut station.history, now, token);
        if token.id.is_multiple_of(AWAITED) {
            fold(&mut station.awaited_history, now, token);
            if token.hops == self.hops {
                station.inside -= 1;
                return;
            }
        }
        let to = self.way.bits(token.id, token.hops, 0) % self.stations;
        let channel = (station.id * self.stations + to) as usize;
        let next = Token {
            hops: token.hops + 1,
            ..token
        };
        let at = now + self.channels[channel].lookahead;
        out.send(ChannelId(channel as u32), key(at, ARRIVAL, next), next);
    }

    fn receive(&self, station: &mut Station, now: Time, token: Token, _: &mut Outbox<'_, Self>) {
        station.waiting.push(Reverse((now, token)));
    }

    fn settle(&self, station: &mut Station, now: Time, out: &mut Outbox<'_, Self>) {
        if station.busy {
            return;
        }
        if let Some(Reverse((_, token))) = station.waiting.pop() {
            station.busy = true;
            let length = Span::from_ms(1 + self.time.bits(token.id, token.hops, 0) % 3);
            out.schedule(key(now + length, DONE, token), Event::Done(token));
        }
    }

    fn awaited(&self, station: &Station) -> i64 {
        station.inside
    }
}

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
        prop_assert_eq!(windowed, done);
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
