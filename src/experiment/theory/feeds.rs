//! How jobs come to a station: whether as a Poisson process, or with independent times between them. What theorems ask
//! for, and nothing more: where in doubt, no.

use super::load::is_poisson;
use super::visits::{At, Jobs, Visits};
use crate::network::demand::Source;
use crate::network::{FlowNode, Network, StationKind, Stop};
use crate::random::LawSpec;
use crate::scenario::Scenario;

/// What a route's consignments have met so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upstream {
    /// Nothing but delays that do not depend on each other: a Poisson process stays one.
    pub free: bool,
    /// Nothing but constant delays, the same for all.
    pub constant: bool,
}

impl Upstream {
    /// At the route's first stop.
    pub const START: Self = Upstream {
        free: true,
        constant: true,
    };

    /// They come to a stop.
    pub fn comes(&mut self, stop: &Stop) {
        let kept =
            stop.yard.is_some() || stop.entry.is_some() || stop.forms.is_some() || stop.breaks;
        self.free &= !kept;
    }

    /// They leave it.
    pub fn goes(&mut self, network: &Network, scenario: &Scenario, stop: &Stop, kinds: &[Visits]) {
        self.free &= !stop.may_hold();
        let site = &network.sites[stop.site.index()];
        for kind in kinds {
            let steps = &site.plans[kind.plan as usize].steps;
            self.constant &= steps.is_empty();
            for step in steps {
                let station = &site.stations[step.station as usize];
                let pure = matches!(station.servers, StationKind::Unlimited);
                self.free &= pure && step.takes.is_empty();
            }
        }
        if let Some(link) = stop.link {
            let link = &scenario.links[link.index()];
            self.free &= link.timetable.is_none();
            self.constant &= matches!(link.transit, LawSpec::Constant(_));
        }
        self.constant &= self.free;
    }
}

/// Which visit brings jobs: flow, route, stop and plan.
type Which = (usize, u16, usize, u16);

/// Where a visit comes from.
pub(super) struct From<'a> {
    pub which: Which,
    pub flow: &'a FlowNode,
    /// Visits for each of the flow's consignments.
    pub share: f64,
    pub upstream: Upstream,
}

/// How a station's jobs come.
#[derive(Clone, Debug, Default)]
pub(super) struct Feeds {
    last: Option<Which>,
    count: usize,
    /// Some come several at once, or in joint visits.
    pub grouped: bool,
    /// Not all arrivals are Poisson processes of one rate.
    pub varies: bool,
    /// Not all come as Poisson processes that are independent of each other.
    pub disturbed: bool,
    /// Coefficient of variation of the times between jobs, where those are independent and of one law.
    pub renewal_cv: Option<f64>,
    /// Not all last exponential times of one mean.
    mixed: bool,
    mean: f64,
}

impl Feeds {
    /// Jobs of step number `s` of a visit.
    pub fn add(&mut self, at: &At<'_>, kind: &Visits, (s, jobs): (usize, &Jobs), from: &From<'_>) {
        let flow = from.flow;
        let poisson = is_poisson(flow);
        let even =
            matches!(flow.source, Source::Regular) && flow.group == 1 && flow.burst.is_none();
        let plan = &at.site().plans[kind.plan as usize];
        let order = &plan.orders[at.epoch];
        let step = &plan.steps[s];
        // Steps before it, and those that may have the cargo when it is ready.
        let meets = |i: usize| {
            let other = &plan.steps[i];
            let before = order.before[s] >> i & 1 == 1;
            before || (step.needs_cargo && other.needs_cargo && i != s)
        };
        let mut free = from.upstream.free && step.takes.is_empty() && !jobs.joint;
        let mut constant = from.upstream.constant && !at.stop.expects;
        for (i, other) in plan.steps.iter().enumerate().filter(|(i, _)| meets(*i)) {
            free &= !at.queues(other) && other.takes.is_empty();
            constant &= at.jobs(kind, i).is_none();
        }
        let troubled = plan.troubles.iter().any(|t| usize::from(t.step) == s);
        let twice = self.last == Some(from.which);
        self.last = Some(from.which);
        self.grouped |= jobs.grouped || jobs.joint || flow.group > 1 || flow.burst.is_some();
        self.varies |= !poisson;
        self.disturbed |= !(poisson && free) || twice || troubled || jobs.number != 1.0;
        self.count += 1;
        let p = from.share * jobs.applies;
        self.renewal_cv = if !self.disturbed {
            Some(1.0)
        } else if self.count == 1 && even && free && constant && !troubled && jobs.number == 1.0 {
            // Of regular arrivals each is kept with probability p: a geometric number of intervals.
            Some((1.0 - p).max(0.0).sqrt())
        } else {
            None
        };
        let written = &at.scenario.procedures[step.procedure.index()].steps[step.listed as usize];
        let exponential = matches!(written.service, LawSpec::Exponential { .. })
            && written.setup.is_none()
            && written.assisted_service.is_none()
            && plan.copula_of(step.part).is_none();
        self.mixed |= !exponential || (self.count > 1 && self.mean != jobs.mean);
        self.mean = jobs.mean;
    }

    /// Services are exponential, of one mean.
    pub fn exponential(&self) -> bool {
        self.count > 0 && !self.mixed
    }
}
