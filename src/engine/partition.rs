//! Parts for threads: processes joined by short channels stay together, loads are even, and the window that the
//! remaining channels allow is worth a barrier. Sections of parts: what no channel joins.

use super::{Channel, Plan, ProcessId};
use crate::time::Span;

/// What a barrier between windows costs, in events' worth of work: some ten microseconds.
const BARRIER: f64 = 200.0;
/// Parts a thread, so that none waits long for the last.
const PARTS: usize = 6;
/// Processes that share a section of a part: as many as the second-level cache has room for, with what waits at them.
const SECTION: usize = 12;
/// Windows that are tried.
const TRIED: usize = 64;

/// Processes in parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Partition {
    pub parts: Vec<Vec<ProcessId>>,
    /// The least lookahead between parts.
    pub window: Span,
    /// Expected events in a window.
    pub events: f64,
    /// How much faster than on one thread, expected.
    pub gain: f64,
}

/// The parts that promise the shortest run on `threads`; `loads` are expected events per millisecond, by process.
/// `None` where there is only one.
pub(super) fn partition(channels: &[Channel], loads: &[f64], threads: usize) -> Option<Partition> {
    let mut spans: Vec<Span> = channels.iter().map(|c| c.lookahead).collect();
    spans.sort_unstable();
    spans.dedup();
    // Without channels any window will do.
    spans.push(Span::MAX);
    let step = spans.len().div_ceil(TRIED);
    let last = spans.len() - 1;
    let tried = (0..last).step_by(step).chain([last]);
    tried
        .filter_map(|n| apart(channels, loads, threads, spans[n]))
        .reduce(|best, other| if other.gain > best.gain { other } else { best })
}

/// The parts where channels below `window` are within parts.
fn apart(channels: &[Channel], loads: &[f64], threads: usize, window: Span) -> Option<Partition> {
    let short = channels.iter().filter(|c| c.lookahead < window);
    let mut cluster = clusters(loads.len(), short);
    let total: f64 = loads.iter().sum();
    let mut clusters: Vec<(f64, Vec<ProcessId>)> = Vec::new();
    let mut seat = vec![usize::MAX; loads.len()];
    for n in 0..loads.len() as u32 {
        let root = find(&mut cluster, n) as usize;
        if seat[root] == usize::MAX {
            seat[root] = clusters.len();
            clusters.push((0.0, Vec::new()));
        }
        let (load, members) = &mut clusters[seat[root]];
        *load += loads[n as usize];
        members.push(ProcessId(n));
    }
    // Neighbours in the list share a part: what they send each other then stays within it.
    let wanted = total / (threads * PARTS) as f64;
    let mut parts: Vec<(f64, Vec<ProcessId>)> = Vec::new();
    for (load, members) in clusters {
        match parts.last_mut() {
            Some((sum, part)) if *sum + load / 2.0 <= wanted => {
                *sum += load;
                part.extend(members);
            }
            _ => parts.push((load, members)),
        }
    }
    if parts.len() < 2 {
        return None;
    }
    // Longest first to the thread that has least: how work stealing comes out, nearly.
    let mut by_load: Vec<f64> = parts.iter().map(|(load, _)| *load).collect();
    by_load.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut busy = vec![0.0f64; threads];
    for load in by_load {
        if let Some(least) = busy.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            *least += load;
        }
    }
    let longest = busy.iter().copied().fold(0.0, f64::max);
    let length = window.ms().min(1 << 40) as f64;
    Some(Partition {
        parts: parts.into_iter().map(|(_, members)| members).collect(),
        window,
        events: total * length,
        gain: total * length / (longest * length + BARRIER),
    })
}

/// Processes that `channels` join, directly or not: a forest, whose roots are the lowest numbers.
fn clusters<'c>(processes: usize, channels: impl Iterator<Item = &'c Channel>) -> Vec<u32> {
    let mut cluster: Vec<u32> = (0..processes as u32).collect();
    for channel in channels {
        let (a, b) = (
            find(&mut cluster, channel.from.0),
            find(&mut cluster, channel.to.0),
        );
        // The lower number stands for both, so that clusters are in the order of their first.
        cluster[a.max(b) as usize] = a.min(b);
    }
    cluster
}

/// The parts of a plan, each as its sections: processes that channels within the part join stay together, in their order
/// of visits, and small clusters share a section. With the position of their part.
pub(super) fn sections(
    plan: &Plan,
    channels: &[Channel],
    processes: usize,
) -> Vec<(usize, Vec<ProcessId>)> {
    let mut part_of = vec![0usize; processes];
    for (part, members) in plan.parts.iter().enumerate() {
        for id in members {
            part_of[id.0 as usize] = part;
        }
    }
    let inner = |c: &&Channel| part_of[c.from.0 as usize] == part_of[c.to.0 as usize];
    let mut cluster = clusters(processes, channels.iter().filter(inner));
    let mut size = vec![0usize; processes];
    for n in 0..processes as u32 {
        size[find(&mut cluster, n) as usize] += 1;
    }
    let mut section_of = vec![usize::MAX; processes];
    let mut sections: Vec<(usize, Vec<ProcessId>)> = Vec::new();
    for (part, members) in plan.parts.iter().enumerate() {
        // What the last section will hold when all its clusters are in it.
        let mut room = 0usize;
        for id in members {
            let root = find(&mut cluster, id.0) as usize;
            if section_of[root] == usize::MAX {
                if room == 0 || room + size[root] > SECTION {
                    sections.push((part, Vec::new()));
                    room = 0;
                }
                room += size[root];
                section_of[root] = sections.len() - 1;
            }
            sections[section_of[root]].1.push(*id);
        }
    }
    sections
}

/// The cluster of a process; shortens the way to it.
fn find(cluster: &mut [u32], process: u32) -> u32 {
    let mut at = process;
    while cluster[at as usize] != at {
        let above = cluster[cluster[at as usize] as usize];
        cluster[at as usize] = above;
        at = above;
    }
    at
}
