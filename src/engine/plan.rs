//! How an execution goes: who is visited in which order, in which parts, and how long windows are. No result depends on
//! it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Channel, ProcessId};
use crate::time::{Span, Time};

/// How an execution goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Parts that threads advance beside each other, each a list of processes in the order in which they are visited.
    /// Every process is in one.
    pub parts: Vec<Vec<ProcessId>>,
    /// Windows are this long, or as long as channels allow; `None`: as long as serves the cache.
    pub window: Option<Span>,
    /// Where windows follow the load, about so many events are in each.
    pub events: u64,
}

/// What bounds a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// No window is longer.
    pub span: Span,
    /// The position of the channel whose lookahead that is; `None` where nothing bounds.
    pub channel: Option<usize>,
}

impl Bound {
    /// Nothing bounds.
    pub const NONE: Bound = Bound {
        span: Span::MAX,
        channel: None,
    };

    fn narrow(&mut self, channel: usize, lookahead: Span) {
        if lookahead < self.span {
            *self = Bound {
                span: lookahead,
                channel: Some(channel),
            };
        }
    }
}

/// What bounds a plan's windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Windows within each part: by channels that lead back, against the order of visits.
    pub within: Vec<Bound>,
    /// Windows of all parts together: by channels from one to another.
    pub between: Bound,
}

impl Plan {
    /// Events in a window, where nothing else is known: they and the state that they touch fit the second-level cache.
    pub const EVENTS: u64 = 1 << 12;
    /// Events that a visit to one process should bring together, where there are many: its state comes from memory. With
    /// 1,000 sites 128 cost a quarter of what 8 do (`cargo bench --bench growth`).
    pub const EVENTS_EACH: u64 = 128;

    /// All processes on one thread, in the order that allows the longest windows.
    pub fn one(processes: usize, channels: &[Channel]) -> Plan {
        let all = (0..processes as u32).map(ProcessId).collect();
        Plan::of(vec![all], channels)
    }

    /// These parts, each in the order that allows it the longest windows.
    pub fn of(parts: Vec<Vec<ProcessId>>, channels: &[Channel]) -> Plan {
        let processes = parts.iter().map(Vec::len).sum();
        let mut place = vec![(0u32, 0u32); processes];
        for (part, members) in parts.iter().enumerate() {
            for (local, id) in members.iter().enumerate() {
                place[id.0 as usize] = (part as u32, local as u32);
            }
        }
        let mut edges: Vec<Vec<Edge>> = parts.iter().map(|_| Vec::new()).collect();
        for channel in channels {
            let (part, from) = place[channel.from.0 as usize];
            let (other, to) = place[channel.to.0 as usize];
            if part == other && from != to {
                edges[part as usize].push(Edge {
                    from,
                    to,
                    lookahead: channel.lookahead,
                });
            }
        }
        let ordered = parts.iter().zip(edges).map(|(members, edges)| {
            let order = order(members.len(), edges);
            order.into_iter().map(|n| members[n as usize]).collect()
        });
        Plan {
            parts: ordered.collect(),
            window: None,
            events: Plan::EVENTS,
        }
    }

    /// What bounds its windows; `sweeps` says which processes do. A message to its own sender bounds only where
    /// that one sweeps.
    pub fn bounds(&self, channels: &[Channel], sweeps: impl Fn(ProcessId) -> bool) -> Bounds {
        bounds(&self.parts, channels, sweeps)
    }
}

/// What bounds the windows of lists of processes, each in its order of visits, that hold every process once.
pub(super) fn bounds(
    lists: &[Vec<ProcessId>],
    channels: &[Channel],
    sweeps: impl Fn(ProcessId) -> bool,
) -> Bounds {
    let processes = lists.iter().map(Vec::len).sum();
    let mut place = vec![(0usize, 0usize); processes];
    for (list, members) in lists.iter().enumerate() {
        for (local, id) in members.iter().enumerate() {
            place[id.0 as usize] = (list, local);
        }
    }
    let mut bounds = Bounds {
        within: vec![Bound::NONE; lists.len()],
        between: Bound::NONE,
    };
    for (n, channel) in channels.iter().enumerate() {
        let (list, from) = place[channel.from.0 as usize];
        let (other, to) = place[channel.to.0 as usize];
        if list != other {
            bounds.between.narrow(n, channel.lookahead);
        } else if to < from || to == from && sweeps(channel.from) {
            bounds.within[list].narrow(n, channel.lookahead);
        }
    }
    bounds
}

/// A channel within a part.
struct Edge {
    from: u32,
    to: u32,
    lookahead: Span,
}

/// The order of visits that allows the longest windows: the greatest lookahead such that the channels below it have no
/// cycle, found by bisection, then those channels sorted topologically, ties to the lower number.
fn order(processes: usize, mut edges: Vec<Edge>) -> Vec<u32> {
    edges.sort_by_key(|e| e.from);
    let mut first = vec![0usize; processes + 1];
    for edge in &edges {
        first[edge.from as usize + 1] += 1;
    }
    for n in 0..processes {
        first[n + 1] += first[n];
    }
    let mut spans: Vec<Span> = edges.iter().map(|e| e.lookahead).collect();
    spans.push(Span::MAX);
    spans.sort_unstable();
    spans.dedup();
    let sorted = |below: Span| -> Option<Vec<u32>> {
        let mut into = vec![0u32; processes];
        for edge in edges.iter().filter(|e| e.lookahead < below) {
            into[edge.to as usize] += 1;
        }
        let free = (0..processes as u32).filter(|n| into[*n as usize] == 0);
        let mut free: BinaryHeap<Reverse<u32>> = free.map(Reverse).collect();
        let mut order = Vec::with_capacity(processes);
        while let Some(Reverse(n)) = free.pop() {
            order.push(n);
            for edge in &edges[first[n as usize]..first[n as usize + 1]] {
                if edge.lookahead < below {
                    into[edge.to as usize] -= 1;
                    if into[edge.to as usize] == 0 {
                        free.push(Reverse(edge.to));
                    }
                }
            }
        }
        (order.len() == processes).then_some(order)
    };
    // The least leaves no channel, and so no cycle.
    let mut found = (0..processes as u32).collect();
    let (mut low, mut high) = (0, spans.len());
    while low < high {
        let middle = (low + high) / 2;
        match sorted(spans[middle]) {
            Some(order) => {
                found = order;
                low = middle + 1;
            }
            None => high = middle,
        }
    }
    found
}

/// How long windows are: they follow the number of events, never a clock, so that they are the same in every run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    window: Span,
    /// Bits of a slot's width.
    slot: u32,
    /// Events wanted in a window; none where its length is given.
    events: Option<u64>,
}

impl Pace {
    /// A window's slots: its end falls on the border of one, which then need not be divided.
    const SLOTS: u64 = 4;
    /// No window is longer or shorter than the one before it by more than this.
    const FASTEST: u64 = 8;

    /// Windows of `window`, else of about so many events; none is longer than `bound`.
    pub fn new(window: Option<Span>, events: u64, bound: Span) -> Self {
        let length = window.unwrap_or(Span::from_ms(1 << 10)).max(Span::TICK);
        Pace {
            window: length,
            slot: Self::fitting(if bound < length { bound } else { length }),
            events: window.is_none().then_some(events),
        }
    }

    fn fitting(window: Span) -> u32 {
        (window.ms() / Self::SLOTS).max(1).ilog2().min(40)
    }

    /// The bits of a slot's width.
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// Where the window from `start` on ends.
    pub fn end(&self, start: Time, bound: Span) -> Time {
        let length = if self.window < bound {
            self.window
        } else {
            bound
        };
        let end = start.saturating_add(length);
        let border = Time::from_ms(end.ms() >> self.slot << self.slot);
        if border.since(start).ms() > length.ms() / 2 && self.events.is_some() {
            border
        } else {
            end
        }
    }

    /// A window held `events`; it was `cut` short, or not. Gives the bits of the slots' new width, where that changes.
    pub fn adapt(&mut self, events: u64, cut: bool, bound: Span) -> Option<u32> {
        let wanted = self.events?;
        let length = self.window.ms();
        // A run that begins with windows much too short should not go through many of them.
        let factor =
            |more: u64, less: u64| 1 << (more / less.max(1)).clamp(2, Self::FASTEST).ilog2();
        if events > 2 * wanted && length > 1 {
            self.window = Span::from_ms((length / factor(events, wanted)).max(1));
        } else if 2 * events < wanted && !cut && self.window < bound && length < 1 << 40 {
            self.window = Span::from_ms(length * factor(wanted, events));
        } else {
            return None;
        }
        // As long as the bound lets it be, not as long as it would like to be.
        let fitting = Self::fitting(Span::from_ms(self.window.ms().min(bound.ms())));
        (fitting.abs_diff(self.slot) >= 2).then(|| {
            self.slot = fitting;
            fitting
        })
    }
}
