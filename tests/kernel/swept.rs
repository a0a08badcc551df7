//! Servers whose ends of service are computed at arrival, beside the same servers event by event, in one network: a ring
//! whose messages take exactly their channel's lookahead, so that no window has any slack.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use corridor::engine::{
    self, Channel, ChannelId, Execution, Key, LogicalProcess, Outbox, Phase, Plan, ProcessId, Stop,
    World,
};
use corridor::random::{Purpose, Stream};
use corridor::time::{Span, Time};
use proptest::prelude::*;

use super::plans;

const DONE: u8 = 0;
const ARRIVAL: u8 = 1;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Job {
    id: u64,
    hops: u32,
}

/// One server, first come, first served, ties by job.
#[derive(Clone, Debug, Default)]
struct Server {
    id: u32,
    sweeps: bool,
    /// Event by event: who waits, and whether somebody is served.
    waiting: BinaryHeap<Reverse<(Time, Job)>>,
    busy: bool,
    /// Computed at arrival: who comes first of all, when the server is free, and who leaves when.
    coming: Vec<(Time, Job)>,
    free_at: Time,
    leaving: VecDeque<(Time, Job)>,
    history: u64,
    served: u64,
    inside: i64,
}

impl Server {
    fn leaves(&mut self, now: Time, job: Job) {
        self.served += 1;
        self.history = (self.history ^ now.ms() ^ job.id << 32)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }
}

struct Ring {
    channels: Vec<Channel>,
    /// Jobs leave after so many services; `u32::MAX`: never.
    hops: u32,
    service: Stream,
}

fn key(at: Time, kind: u8, job: Job) -> Key {
    Key::new(at, Phase::Happenings, kind, 0, job.id).part(0, 0, job.hops)
}

impl Ring {
    /// Each server sends to the next and to the one after it.
    fn new(servers: u32, lookahead: u64, hops: u32) -> Self {
        Self::several(1, servers, lookahead, hops)
    }

    /// Several rings, which have nothing to do with each other.
    fn several(rings: u32, servers: u32, lookahead: u64, hops: u32) -> Self {
        let channel = |from: u32, by: u32| Channel {
            from: ProcessId(from),
            to: ProcessId(from / servers * servers + (from % servers + by) % servers),
            lookahead: Span::from_ms(lookahead + u64::from(by + from % 2)),
            name: format!("{from}+{by}"),
        };
        Ring {
            channels: (0..rings * servers)
                .flat_map(|from| [channel(from, 1), channel(from, 2)])
                .collect(),
            hops,
            service: Stream::new(1, 0, "ring", "", "", Purpose::Service),
        }
    }

    /// `mask` says who sweeps.
    fn processes(&self, jobs: u64, mask: u64) -> Vec<LogicalProcess<Self>> {
        let servers = self.channels.len() as u32 / 2;
        let server = |id: u32| {
            let here = (0..jobs).filter(|job| job % u64::from(servers) == u64::from(id));
            let mut server = Server {
                id,
                sweeps: mask >> (id % 64) & 1 == 1,
                inside: here.clone().count() as i64,
                ..Server::default()
            };
            let mut first = Vec::new();
            for id in here {
                let (job, at) = (Job { id, hops: 0 }, Time::from_ms(1 + id / 7));
                if server.sweeps {
                    server.coming.push((at, job));
                } else {
                    first.push((key(at, ARRIVAL, job), (ARRIVAL, job)));
                }
            }
            LogicalProcess::new(server, first)
        };
        (0..servers).map(server).collect()
    }

    fn length(&self, job: Job) -> Span {
        Span::from_ms(1 + self.service.bits(job.id, job.hops, 0) % 4)
    }

    fn takes(&self, server: &mut Server, at: Time, job: Job) {
        server.free_at = server.free_at.max(at) + self.length(job);
        server.leaving.push_back((server.free_at, job));
    }

    fn leaves(&self, server: &mut Server, now: Time, job: Job, out: &mut Outbox<'_, Self>) {
        server.leaves(now, job);
        if job.hops == self.hops {
            server.inside -= 1;
            return;
        }
        let way = self.service.bits(job.id, job.hops, 1) % 2;
        let channel = u64::from(server.id) * 2 + way;
        let next = Job {
            hops: job.hops + 1,
            ..job
        };
        let at = now + self.channels[channel as usize].lookahead;
        out.send(ChannelId(channel as u32), key(at, ARRIVAL, next), next);
    }
}

impl World for Ring {
    type Process = Server;
    type Event = (u8, Job);
    type Message = Job;
    type Scratch = ();

    fn handle(&self, server: &mut Server, now: Time, event: (u8, Job), out: &mut Outbox<'_, Self>) {
        let (kind, job) = event;
        if kind == ARRIVAL {
            return self.receive(server, now, job, out);
        }
        server.busy = false;
        self.leaves(server, now, job, out);
    }

    fn receive(&self, server: &mut Server, now: Time, job: Job, _: &mut Outbox<'_, Self>) {
        server.waiting.push(Reverse((now, job)));
    }

    fn settle(&self, server: &mut Server, now: Time, out: &mut Outbox<'_, Self>) {
        if server.busy {
            return;
        }
        if let Some(Reverse((_, job))) = server.waiting.pop() {
            server.busy = true;
            out.schedule(key(now + self.length(job), DONE, job), (DONE, job));
        }
    }

    fn awaited(&self, server: &Server) -> i64 {
        server.inside
    }

    fn sweeps(&self, server: &Server) -> bool {
        server.sweeps
    }

    fn sweep(
        &self,
        server: &mut Server,
        end: Time,
        arrived: &mut Vec<(Time, Job)>,
        (): &mut (),
        out: &mut Outbox<'_, Self>,
    ) -> u64 {
        arrived.extend(server.coming.extract_if(.., |(at, _)| *at < end));
        arrived.sort();
        let mut events = 0;
        for (at, job) in arrived.drain(..) {
            assert!(at < end, "nothing comes before its time");
            self.takes(server, at, job);
            events += 1;
        }
        while let Some((at, job)) = server.leaving.front().copied().filter(|(at, _)| *at < end) {
            server.leaving.pop_front();
            out.cause_at(at);
            self.leaves(server, at, job, out);
            events += 1;
        }
        events
    }

    fn wakes(&self, server: &Server) -> Time {
        let comes = server.coming.iter().chain(server.leaving.front());
        comes.map(|(at, _)| *at).min().unwrap_or(Time::MAX)
    }
}

type Histories = Vec<(u64, u64)>;

fn histories(processes: &[LogicalProcess<Ring>]) -> Histories {
    let told = processes.iter().map(|p| (p.state.served, p.state.history));
    told.collect()
}

fn stop(horizon: u64, drain_end: u64) -> Stop {
    Stop {
        horizon: Time::from_ms(horizon),
        drain_end: Time::from_ms(drain_end),
    }
}

/// Event by event, from instant to instant.
fn expected(ring: &Ring, jobs: u64, stop: Stop) -> (Histories, Execution) {
    let mut processes = ring.processes(jobs, 0);
    let done = engine::run_sequential(ring, &mut processes, &ring.channels, stop).unwrap();
    (histories(&processes), done)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn who_sweeps_shows_nowhere(
        servers in 3u32..10, jobs in 1u64..60, lookahead in 1u64..9, mask: u64, seed: u64
    ) {
        let ring = Ring::new(servers, lookahead, u32::MAX);
        let stop = stop(400, 400);
        let (told, done) = expected(&ring, jobs, stop);
        for mask in [mask, u64::MAX] {
            for (plan, threads) in plans::all(servers as usize, &ring.channels, &[seed]) {
                let mut processes = ring.processes(jobs, mask);
                let run = || engine::run(&ring, &mut processes, &ring.channels, stop, &plan).unwrap();
                let planned = plans::on(threads, run);
                prop_assert_eq!(histories(&processes), told.clone(), "{:?} on {}", plan, threads);
                prop_assert_eq!(planned.events, done.events);
                prop_assert_eq!(planned.within, planned.events);
                prop_assert_eq!(planned.messages, done.messages);
            }
            let mut processes = ring.processes(jobs, mask);
            engine::run_windowed(&ring, &mut processes, &ring.channels, stop, <[usize]>::reverse).unwrap();
            prop_assert_eq!(histories(&processes), told.clone(), "windowed");
        }
    }

    #[test]
    fn a_run_ends_when_the_last_job_has_left(
        servers in 3u32..10, jobs in 1u64..60, hops in 1u32..30, mask: u64, seed: u64
    ) {
        let ring = Ring::new(servers, 3, hops);
        let stop = stop(10, 100_000);
        let (told, done) = expected(&ring, jobs, stop);
        prop_assert_eq!(told.iter().map(|(n, _)| n).sum::<u64>(), jobs * (u64::from(hops) + 1));
        for (plan, threads) in plans::all(servers as usize, &ring.channels, &[seed]) {
            let mut processes = ring.processes(jobs, mask);
            let run = || engine::run(&ring, &mut processes, &ring.channels, stop, &plan).unwrap();
            let planned = plans::on(threads, run);
            prop_assert_eq!(histories(&processes), told.clone(), "{:?} on {}", plan, threads);
            prop_assert_eq!(planned.messages, done.messages);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// More servers than share a section of a part.
    #[test]
    fn what_has_nothing_to_do_with_each_other_goes_on_by_itself(
        rings in 12u32..30, servers in 3u32..8, jobs in 1u64..400, hops in 1u32..30, mask: u64, seed: u64
    ) {
        for (hops, stop) in [(u32::MAX, stop(100, 100)), (hops, stop(10, 100_000))] {
            let ring = Ring::several(rings, servers, 3, hops);
            let (told, done) = expected(&ring, jobs, stop);
            for (plan, threads) in plans::all((rings * servers) as usize, &ring.channels, &[seed]) {
                let mut processes = ring.processes(jobs, mask);
                let run = || engine::run(&ring, &mut processes, &ring.channels, stop, &plan).unwrap();
                let planned = plans::on(threads, run);
                prop_assert_eq!(histories(&processes), told.clone(), "{:?} on {}", plan, threads);
                prop_assert_eq!(planned.messages, done.messages);
                prop_assert_eq!(planned.events, done.events);
            }
        }
    }
}

#[test]
fn a_line_of_servers_is_not_bounded_and_a_ring_is() {
    let ring = Ring::new(5, 10, u32::MAX);
    let bound = |channels: &[Channel]| {
        let plan = Plan::one(5, channels);
        plan.bounds(channels, |_| true).within[0]
    };
    let line: Vec<Channel> = ring
        .channels
        .iter()
        .filter(|c| c.to.0 > c.from.0)
        .cloned()
        .collect();
    assert_eq!(bound(&line).span, Span::MAX);
    // By one: 11 and 12 ms. By two: 12 and 13 ms. Those of 11 alone have no cycle; those below 13 have.
    let bound = bound(&ring.channels);
    assert_eq!(bound.span, Span::from_ms(12));
    let lookahead = bound.channel.map(|n| ring.channels[n].lookahead);
    assert_eq!(lookahead, Some(Span::from_ms(12)));
}
