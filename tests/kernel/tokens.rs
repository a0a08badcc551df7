//! A world of tokens that wander between stations at random: the usual trial of parallel simulators (PHOLD; Fujimoto
//! 1990), with queues, so that the order of what happens in one instant would show.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use corridor::engine::{Channel, ChannelId, Key, LogicalProcess, Outbox, Phase, ProcessId, World};
use corridor::random::{Purpose, Stream};
use corridor::time::{Span, Time};

const DONE: u8 = 0;
const ARRIVAL: u8 = 1;
/// Every tenth token leaves after its hops and is waited for; the others wander for ever.
const AWAITED: u64 = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Token {
    pub id: u64,
    pub hops: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum Event {
    Comes(Token),
    Done(Token),
}

/// A station with one server; first come, first served, ties by token.
#[derive(Clone, Debug, Default)]
pub struct Station {
    pub id: u64,
    pub waiting: BinaryHeap<Reverse<(Time, Token)>>,
    pub busy: bool,
    /// A hash of who was served, when, in this order: any swap changes it.
    pub history: u64,
    /// The same of those who are waited for.
    pub awaited_history: u64,
    pub served: u64,
    pub inside: i64,
}

pub struct Phold {
    pub stations: u64,
    pub channels: Vec<Channel>,
    pub hops: u32,
    pub time: Stream,
    pub way: Stream,
}

impl Phold {
    /// Every station is joined with every other and with itself; lookaheads differ.
    pub fn new(stations: u32, lookahead: u64, hops: u32) -> Self {
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

    pub fn processes(&self, tokens: u64) -> Vec<LogicalProcess<Self>> {
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
    type Scratch = ();

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

    fn key_of(&self, at: Time, token: &Token) -> Option<Key> {
        // Of every third it is left to the executor to keep the key.
        (!token.id.is_multiple_of(3)).then(|| key(at, ARRIVAL, *token))
    }
}
