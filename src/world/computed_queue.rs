//! Queues of stations whose ends of service are computed at arrival: who is known to join, now or later.

use super::Task;
use super::computed_station::Servers;
use crate::engine::sort_nearly_sorted;
use crate::network::Course;
use crate::terms::EntityId;
use crate::time::{Span, Time};

/// A job that joins a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Joining {
    pub joined: Time,
    pub entity: EntityId,
    /// The key under which the entity draws.
    pub draw: u64,
    pub ticket: Ticket,
}

impl Joining {
    /// Where two join at one instant, the whole key decides on the order of service (semantics section 2).
    fn key(&self) -> (EntityId, u8, u8) {
        (self.entity, self.ticket.call(), self.ticket.step())
    }

    /// The job of the same visit's next listed step.
    #[inline(always)]
    pub fn next(&self, joined: Time) -> Self {
        Joining {
            joined,
            ticket: Ticket(self.ticket.0 + 1),
            ..*self
        }
    }
}

/// A step of a visit, in one word: from below step, call, course, whether it is measured, place of the visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ticket(u64);

impl Ticket {
    #[inline(always)]
    pub fn new(visit: u32, call: u8, course: Course, measured: bool) -> Self {
        let measured = u64::from(measured) << 24;
        Ticket(u64::from(visit) << 32 | measured | (course as u64) << 16 | u64::from(call) << 8)
    }

    #[inline(always)]
    pub fn of_step(self, step: u8) -> Self {
        Ticket(self.0 & !0xff | u64::from(step))
    }

    #[inline(always)]
    pub fn visit(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    pub fn step(self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    pub fn call(self) -> u8 {
        (self.0 >> 8) as u8
    }

    #[inline(always)]
    pub fn is(self, course: Course) -> bool {
        (self.0 >> 16) as u8 == course as u8
    }

    #[inline(always)]
    pub fn task(self, plan: u16) -> Task {
        Task::new(plan, self.step(), self.call(), self.0 >> 24 & 1 == 1)
    }
}

/// Who is known to join a queue of the site after the window: a job that joins later waits for its window, since others
/// may still come before it.
#[derive(Clone, Debug)]
pub(super) struct Later {
    /// Who joins before `until`, and who after it: these are looked at once in several windows.
    soon: Vec<Joining>,
    far: Vec<Joining>,
    until: Time,
    /// The end of the present window.
    end: Time,
    /// When the first of them joins.
    pub wakes: Time,
}

impl Default for Later {
    fn default() -> Self {
        Later {
            soon: Vec::new(),
            far: Vec::new(),
            until: Time::ZERO,
            end: Time::ZERO,
            wakes: Time::MAX,
        }
    }
}

impl Later {
    /// Windows between two looks at those who join long after.
    const WINDOWS: u64 = 4;

    fn push(&mut self, job: Joining) {
        self.wakes = self.wakes.min(job.joined);
        if job.joined < self.until {
            self.soon.push(job);
        } else {
            self.far.push(job);
        }
    }

    /// Gives those who join before `end`.
    pub fn begin(&mut self, end: Time, mut give: impl FnMut(Joining)) {
        let window = end.since(self.end).ms();
        self.end = end;
        if self.wakes >= end {
            return;
        }
        if self.until < end {
            let ahead = Span::from_ms(window.saturating_mul(Self::WINDOWS));
            let until = end.saturating_add(ahead);
            let nearer = self.far.extract_if(.., |job| job.joined < until);
            self.soon.extend(nearer);
            self.until = until;
        }
        let mut wakes = Time::MAX;
        let mut kept = 0;
        for n in 0..self.soon.len() {
            let job = self.soon[n];
            if job.joined < end {
                give(job);
                continue;
            }
            wakes = wakes.min(job.joined);
            self.soon[kept] = job;
            kept += 1;
        }
        self.soon.truncate(kept);
        if self.soon.is_empty() {
            let first = self.far.iter().map(|job| job.joined).min();
            wakes = first.unwrap_or(Time::MAX);
        }
        self.wakes = wakes;
    }
}

/// A job joins a queue, in the window that ends at `end` or later.
#[inline(always)]
pub(super) fn join(queue: &mut Vec<Joining>, later: &mut Later, end: Time, job: Joining) {
    if job.joined < end {
        queue.push(job);
    } else {
        later.push(job);
    }
}

/// A station.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub servers: Servers,
    /// The steps of fans that are done here: way, step.
    pub fans: Vec<(u16, u8)>,
    /// The place in `ComputedSite::drawn` of the only step that is done here, where there is one.
    pub only: Option<u32>,
}

impl Desk {
    pub fn new(servers: Servers) -> Self {
        Desk {
            servers,
            fans: Vec::new(),
            only: None,
        }
    }

    /// Completes those who join one by one by those who come to fans, all in their order of service. `fans` holds by way
    /// who has come to fans in this window, in order.
    #[inline]
    pub fn complete(&self, fans: &[Vec<Joining>], due: &mut Vec<Joining>) {
        let mut sources = usize::from(!due.is_empty()) * 2;
        for &(way, step) in &self.fans {
            let fan = &fans[way as usize];
            sources += usize::from(!fan.is_empty());
            due.extend(fan.iter().map(|one| Joining {
                ticket: one.ticket.of_step(step),
                ..*one
            }));
        }
        if sources > 1 {
            in_order(due);
        }
    }
}

/// Puts jobs in their order of service: by time, then by key.
pub(super) fn in_order(jobs: &mut [Joining]) {
    let joined = |one: &Joining| one.joined.ms();
    sort_nearly_sorted(jobs, joined, |a, b| a.key() < b.key());
}
