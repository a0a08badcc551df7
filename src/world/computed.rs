//! Sites whose ends of service are computed at arrival: each station takes its jobs in the order of their keys and knows
//! at once when each starts and ends (`network/computed` says where that holds, and why).
//!
//! A site is swept window by window. Its stations are taken in an order in which every visit comes to them; each takes
//! the jobs that join it before the window's end. A join of several steps is the latest of their ends. What is known
//! to happen after the window is told at once where nothing else depends on it; a job that joins a queue later waits
//! for its window, since others may still come before it. The facts are those of the event-driven kernel.

use super::computed_queue::{Desk, Joining, Later};
use super::computed_station::Servers;
use super::computed_stay::Served;
use super::computed_visit::{Chosen, Passing};
use super::{Cargo, ComputedJob, Corridor, Departure, HourTable, Observer, Present};
use crate::network::{Course, Plan, StationKind};
use crate::random::{Law, Stream};
use crate::terms::{FlowId, HourKind, StepKind};
use crate::time::{Span, Time};

/// A step as a job needs it.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub service: Law,
    pub stream: Stream,
    /// Neither setup nor assistance.
    pub plain: bool,
    /// It has no queue.
    pub unlimited: bool,
    pub plan: u16,
    pub station: u16,
    /// That of the next listed step; the last one has none.
    pub then: Option<u16>,
    pub hand_over: Span,
    /// Where its hours go.
    pub serving: u8,
    pub waiting: u8,
    pub handing: u8,
}

/// The state of a site whose ends of service are computed at arrival.
#[derive(Clone, Debug)]
pub(super) struct ComputedSite {
    pub visits: Visits,
    /// Who was inside at the end of the run, where that has come.
    left: Vec<Present>,
    /// By station.
    pub desks: Vec<Desk>,
    pub later: Later,
    /// By plan: where its steps begin in `drawn`, its ways in [`Computed::ways`].
    pub first_step: Vec<u32>,
    pub first_way: Vec<u16>,
    pub drawn: Vec<Drawn>,
    /// As above: the station of each step.
    pub stations: Vec<u16>,
    /// The next candidate of each flow that starts here.
    pub candidates: Vec<(FlowId, Time, u64)>,
    pub wakes: Time,
}

/// The visits of a site that are not over.
#[derive(Clone, Debug, Default)]
pub(super) struct Visits {
    pub passing: Vec<Passing>,
    /// By visit, where there are any of [`Course::Other`].
    pub chosen: Vec<Chosen>,
    /// By visit and step.
    pub served: Vec<Served>,
    /// Places of visits that are over.
    pub free: Vec<u32>,
}

/// What the sweep of a site needs besides its state: lists that are empty before and after.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// Visits all of whose ends are known and that have not been told of.
    pub(super) over: Vec<u32>,
    /// Visits of [`Course::Other`], and their steps whose ends have become known.
    pub(super) known: Vec<(u32, u8)>,
    /// By way: who has come in this window to be served at all its stations at once.
    pub(super) fans: Vec<Vec<Joining>>,
    /// By station: who joins its queue in this window.
    pub(super) queues: Vec<Vec<Joining>>,
    /// The jobs of one station, and pure delays.
    pub(super) jobs: Vec<ComputedJob>,
    pub(super) delays: Vec<ComputedJob>,
    pub(super) hours: HourTable,
    pub(super) departures: Vec<Departure>,
    /// Lists of sites whose run is over, empty, for those whose run begins.
    spare: Vec<Visits>,
}

impl Scratch {
    /// A list for the visits of a site.
    pub(super) fn visits(&mut self) -> Visits {
        self.spare.pop().unwrap_or_default()
    }
}

impl ComputedSite {
    /// Adds who is inside, for the count at the end of a run.
    pub fn present(&self, present: &mut Vec<Present>) {
        let Visits { passing, free, .. } = &self.visits;
        let mut gone = vec![false; passing.len()];
        for &visit in free {
            gone[visit as usize] = true;
        }
        present.extend_from_slice(&self.left);
        let inside = passing.iter().zip(gone).filter(|(_, gone)| !gone);
        present.extend(inside.map(|(p, _)| Present {
            cell: Some(p.kind.cell()),
            arrived: p.arrived,
            measured: p.cargo.is(Cargo::MEASURED),
            apart: p.apart || p.cargo.is(Cargo::APART),
            route: p.cargo.route,
            leg: p.cargo.leg,
        }));
    }

    /// The run is over here: keeps who is inside, and leaves its lists to others.
    pub fn close(&mut self, scratch: &mut Scratch) {
        let mut left = Vec::new();
        self.present(&mut left);
        self.left = left;
        let mut visits = std::mem::take(&mut self.visits);
        visits.passing.clear();
        visits.chosen.clear();
        visits.served.clear();
        visits.free.clear();
        scratch.spare.push(visits);
    }

    /// When something next happens besides what others send.
    pub fn wakes(&self) -> Time {
        self.wakes
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The state of a site whose ends of service are computed at arrival, where they are.
    pub(super) fn computed_site(&self, site: usize) -> Option<Box<ComputedSite>> {
        let node = &self.network.sites[site];
        let (true, Ok(computed)) = (self.kernel != super::Kernel::Events, &node.computed) else {
            return None;
        };
        let desk = |d: usize| {
            let duty = self.draws.incidents.duty(self.network, site, d as u16);
            Desk::new(Servers::new(duty))
        };
        let (mut first_step, mut first_way, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        let mut ways = 0;
        for (p, plan) in node.plans.iter().enumerate() {
            first_step.push(drawn.len() as u32);
            first_way.push(ways);
            ways += plan.orders.len() as u16;
            drawn.extend((0..plan.steps.len()).map(|s| self.drawn(site, p, plan, s)));
        }
        let mut desks: Vec<Desk> = (0..node.stations.len()).map(desk).collect();
        for (d, desk) in desks.iter_mut().enumerate() {
            let mut here = (0..).zip(&drawn).filter(|(_, s)| s.station as usize == d);
            if let (Some((step, _)), None) = (here.next(), here.next()) {
                desk.only = Some(step);
            }
        }
        for (p, plan) in node.plans.iter().enumerate() {
            for way in first_way[p]..first_way[p] + plan.orders.len() as u16 {
                if computed.ways[way as usize].course == Course::Fan {
                    for (step, of) in (0..).zip(&plan.steps) {
                        desks[of.station as usize].fans.push((way, step));
                    }
                }
            }
        }
        let candidate = |flow: &FlowId| {
            let at = self.candidate_at(Time::ZERO, flow.0, 0)?;
            Some((*flow, at, 0))
        };
        let candidates: Vec<_> = node.flows.iter().filter_map(candidate).collect();
        Some(Box::new(ComputedSite {
            visits: Visits::default(),
            left: Vec::new(),
            desks,
            later: Later::default(),
            first_step,
            first_way,
            stations: drawn.iter().map(|step| step.station).collect(),
            drawn,
            wakes: candidates.iter().map(|c| c.1).min().unwrap_or(Time::MAX),
            candidates,
        }))
    }

    fn drawn(&self, site: usize, plan_number: usize, plan: &Plan, s: usize) -> Drawn {
        let step = &plan.steps[s];
        let servers = &self.network.sites[site].stations[step.station as usize].servers;
        let kind = if step.kind == StepKind::WaitFor {
            HourKind::Waiting
        } else {
            HourKind::Service
        };
        Drawn {
            service: step.service.clone(),
            stream: self.draws.sites[site].steps[plan_number][s].service,
            plain: step.setup.is_none() && step.assisted_service.is_none(),
            unlimited: matches!(servers, StationKind::Unlimited),
            plan: plan_number as u16,
            station: step.station,
            then: plan.steps.get(s + 1).map(|next| next.station),
            hand_over: step.hand_over,
            serving: HourTable::cell(step.actor, kind),
            waiting: HourTable::cell(step.actor, HourKind::Waiting),
            handing: HourTable::cell(step.actor, HourKind::HandOff),
        }
    }
}
