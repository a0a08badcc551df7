//! What observers are told of jobs and visits whose ends are computed at arrival: each at once, from beginning to end.

use std::fmt;

use super::{Fact, FactKind, HourTable, JobEnd, NO_STEP, VisitEnd};
use crate::terms::EntityId;
use crate::time::{Span, Time};

/// A job whose end was computed at arrival: all of it at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ComputedJob {
    /// Who.
    pub entity: EntityId,
    /// When it joined the queue.
    pub joined: Time,
    /// When its service starts; [`Time::MAX`] where it never does.
    pub started: Time,
    /// When it ends.
    pub ended: Time,
    /// What it is.
    pub task: Task,
}

/// What a job is: plan, step, call and whether its visit is measured, in one word, so that many are soon compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Task(u64);

impl Task {
    const MEASURED: u64 = 1 << 24;

    /// The job of step `step` of plan `plan` at the visit before which there were `call` others of the same consignment
    /// at the site.
    #[inline(always)]
    pub const fn new(plan: u16, step: u8, call: u8, measured: bool) -> Self {
        let measured = if measured { Self::MEASURED } else { 0 };
        Task((plan as u64) << 32 | measured | (call as u64) << 8 | step as u64)
    }

    /// Plan.
    #[inline(always)]
    pub const fn plan(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Step.
    #[inline(always)]
    pub const fn step(self) -> u8 {
        self.0 as u8
    }

    /// Earlier calls of the consignment at the site.
    #[inline(always)]
    pub const fn call(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Of a measured visit.
    #[inline(always)]
    pub const fn measured(self) -> bool {
        self.0 & Self::MEASURED != 0
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("plan", &self.plan())
            .field("step", &self.step())
            .field("call", &self.call())
            .field("measured", &self.measured())
            .finish()
    }
}

impl ComputedJob {
    /// It holds when it would start and end if it were alone; its server is free at `free`.
    #[inline(always)]
    pub(super) fn wait_until(&mut self, free: Time) {
        let length = self.ended - self.started;
        self.started = self.joined.max(free);
        self.ended = self.started.saturating_add(length);
    }

    /// Its facts, and its end, as far as they happen by `last`.
    #[inline]
    pub fn tell(&self, last: Time, mut fact: impl FnMut(&Fact)) -> Option<JobEnd> {
        let mut one = |time: Time, kind: FactKind, detail: u64| {
            let happens = time <= last;
            if happens {
                fact(&Fact {
                    time,
                    entity: self.entity,
                    visit: self.task.call(),
                    plan: self.task.plan(),
                    step: self.task.step(),
                    attempt: 0,
                    kind,
                    detail,
                    measured: self.task.measured(),
                });
            }
            happens
        };
        let length = self.ended - self.started;
        let happens = one(self.joined, FactKind::Joined, 0)
            && one(self.started, FactKind::Started, length.ms())
            && one(self.ended, FactKind::Completed, self.started.ms());
        happens.then_some(JobEnd {
            plan: self.task.plan(),
            step: self.task.step(),
            joined: self.joined,
            started: self.started,
            ended: self.ended,
            served: length,
            ahead: false,
            measured: self.task.measured(),
        })
    }
}

/// A visit whose departure was computed at arrival.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ComputedVisit {
    /// Who.
    pub entity: EntityId,
    /// When it arrived.
    pub arrived: Time,
    /// When the last authority released it, where there are controls.
    pub released: Option<Time>,
    /// When it departs.
    pub departed: Time,
    /// Declarations that the regime saved.
    pub saved_declaration: Span,
    /// Fees paid, US dollars.
    pub fees: f64,
    /// Plan.
    pub plan: u16,
    /// Cell it is reported under.
    pub cell: u16,
    /// Earlier calls of it at the site.
    pub call: u8,
    /// Agencies that examined it.
    pub examined_by: u8,
    /// It is measured.
    pub measured: bool,
    /// It met a step reported apart here.
    pub apart: bool,
}

/// Visits of one kind that end at departures computed at arrival, of which only sums are asked for: none is reported
/// apart, was examined or was saved a declaration.
#[derive(Clone, Copy, Debug)]
pub struct Departures<'a> {
    /// Plan.
    pub plan: u16,
    /// Cell they are reported under.
    pub cell: u16,
    /// Earlier calls of each at the site.
    pub call: u8,
    /// They are measured.
    pub measured: bool,
    /// When authorities release them.
    pub release: Release,
    /// Fees paid by each, US dollars.
    pub fees: f64,
    /// Each of them.
    pub each: &'a [Departure],
    /// The hours of all.
    pub hours: &'a HourTable,
}

/// When authorities release consignments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Release {
    /// Never: there are no controls.
    Never,
    /// At its departure: what takes place last are controls.
    Departing,
    /// At its departure or before it.
    Before,
}

/// One of [`Departures`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Departure {
    /// Who.
    pub entity: EntityId,
    /// Its place among the site's visits.
    pub(super) visit: u32,
    /// When it arrived.
    pub arrived: Time,
    /// When the last authority released it; its departure where [`Release::Before`] does not hold.
    pub released: Time,
    /// When it departs.
    pub departed: Time,
}

impl ComputedVisit {
    /// Its facts.
    #[inline]
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let fact = |time, kind, detail| Fact {
            time,
            entity: self.entity,
            visit: self.call,
            plan: self.plan,
            step: NO_STEP,
            attempt: 0,
            kind,
            detail,
            measured: self.measured,
        };
        let released = self.released.map(|at| fact(at, FactKind::Released, 0));
        let departed = fact(self.departed, FactKind::Departed, 1);
        released.into_iter().chain(std::iter::once(departed))
    }

    /// Its end, with its hours.
    pub fn end<'h>(&self, hours: &'h HourTable) -> VisitEnd<'h> {
        VisitEnd {
            cell: Some(self.cell),
            arrived: self.arrived,
            departed: self.departed,
            consignments: 1,
            measured: u32::from(self.measured),
            release: self.released.map(|at| at - self.arrived),
            hours,
            apart: self.apart,
            saved_declaration: self.saved_declaration,
            saved_setup: Span::ZERO,
            examined_by: u32::from(self.examined_by),
            fees: self.fees,
            gave_up: false,
        }
    }
}
