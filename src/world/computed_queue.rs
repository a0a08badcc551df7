//! Queues of stations whose ends of service are computed at arrival: who is known to join, now or later.

use super::Task;
use super::computed_station::Servers;
use crate::engine::sort_nearly_sorted;
use crate::network::Course;
use crate::terms::EntityId;
use crate::time::Time;

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
    /// The order of service: by time; the whole key (semantics section 2) decides only where two join at one instant.
    #[inline(always)]
    fn before(&self, other: &Self) -> bool {
        self.joined < other.joined || self.joined == other.joined && self.key() < other.key()
    }

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

/// A station.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub servers: Servers,
    joining: Vec<Joining>,
    /// The last of the instants at which they join.
    until: Time,
    /// The first at which one of them joins after the last window.
    pub wakes: Time,
    /// The steps of fans that are done here: way, step.
    pub fans: Vec<(u16, u8)>,
    /// The place in `ComputedSite::drawn` of the only step that is done here, where there is one.
    pub only: Option<u32>,
}

impl Desk {
    pub fn new(servers: Servers) -> Self {
        Desk {
            servers,
            joining: Vec::new(),
            until: Time::ZERO,
            wakes: Time::MAX,
            fans: Vec::new(),
            only: None,
        }
    }

    /// A job joins, now or later.
    #[inline(always)]
    pub fn join(&mut self, job: Joining) {
        self.until = self.until.max(job.joined);
        self.joining.push(job);
    }

    /// Takes the jobs that join before `end`, in their order of service; the others stay, in the order in which they
    /// came to be known. `fans` holds by way who has come to fans in this window, in order.
    #[inline]
    pub fn due(&mut self, end: Time, fans: &[Vec<Joining>], due: &mut Vec<Joining>) {
        self.wakes = Time::MAX;
        if self.until < end {
            due.extend_from_slice(&self.joining);
            self.joining.clear();
            self.until = Time::ZERO;
        } else {
            let mut next = Time::MAX;
            self.joining.retain(|job| {
                let later = job.joined >= end;
                if later {
                    next = next.min(job.joined);
                } else {
                    due.push(*job);
                }
                later
            });
            self.wakes = next;
        }
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

/// Puts jobs in their order of service.
pub(super) fn in_order(jobs: &mut [Joining]) {
    sort_nearly_sorted(jobs, Joining::before);
}
