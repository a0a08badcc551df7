//! What visits of a stop bring to its stations, in expectation: which steps take place, how often, how long.

use crate::network::{LineFormation, Network, Plan, PlanStep, SiteNode, StationKind, Stop};
use crate::random::LawSpec;
use crate::scenario::{Scenario, Step};
use crate::terms::{CommodityId, Mechanism, StepKind, Unit};
use crate::time::Time;

/// Visits of one kind at a stop, for each consignment that comes there.
pub(super) struct Visits {
    /// Plan that they follow.
    pub plan: u16,
    /// How many for each consignment of the flow.
    pub each: f64,
    /// Share of authorised economic operators.
    pub aeo: f64,
    /// Steps that they may have.
    pub scope: u64,
    /// Containers of one visit.
    pub containers: f64,
    /// Several come at once.
    pub grouped: bool,
    /// Trains may leave part-empty: there may be more of them.
    pub at_least: bool,
}

/// The kinds of visits at stop number `leg` of a route, whose flow has this share of authorised operators, this mix of
/// commodities (cumulative) and so many containers a consignment.
pub(super) fn visits(
    network: &Network,
    stops: &[Stop],
    leg: usize,
    (aeo, commodities, containers): (f64, &[(f64, CommodityId)], f64),
) -> Vec<Visits> {
    let stop = &stops[leg];
    let line = stops[0]
        .forms
        .map(|line| &network.lines[line as usize])
        .filter(|line| leg > 0 && leg < line.break_leg as usize);
    let Some(line) = line else {
        // A broken train's consignments come together.
        let grouped = stop.breaks;
        let mut below = 0.0;
        let mut found: Vec<Visits> = Vec::new();
        for &(upto, commodity) in commodities {
            let share = upto - below;
            below = upto;
            let Some((plan, _)) = stop.plan_for(Some(commodity)) else {
                continue;
            };
            match found.iter_mut().find(|v| v.plan == plan) {
                Some(known) => known.each += share,
                None => found.push(Visits {
                    plan,
                    each: share,
                    aeo,
                    scope: u64::MAX,
                    containers,
                    grouped,
                    at_least: false,
                }),
            }
        }
        return found;
    };
    let Some((plan, _)) = stop.plan_for(None) else {
        return Vec::new();
    };
    let found = &network.sites[stop.site.index()].plans[plan as usize];
    // Audits too are one for each consignment, or one for the train.
    let audits = (found.steps.iter().enumerate())
        .filter(|(_, step)| step.post_release && step.unit == Unit::Consignment)
        .fold(0u64, |mask, (s, _)| mask | 1 << s);
    let own = found.per_consignment | audits;
    let (size, at_least) = match line.formation {
        LineFormation::Size { size, within } => (size.max(1), within.is_some()),
        LineFormation::Timetable { slots, .. } => (slots.capacity.max(1), true),
    };
    let size = f64::from(size);
    vec![
        Visits {
            plan,
            each: 1.0 / size,
            // A train counts as an authorised operator's where all aboard are.
            aeo: aeo.powf(size),
            scope: !own,
            containers: containers * size,
            grouped: false,
            at_least,
        },
        Visits {
            plan,
            each: 1.0,
            aeo,
            scope: own,
            containers,
            grouped: size > 1.0,
            at_least: false,
        },
    ]
}

/// The jobs that one step of a visit brings, in expectation.
pub(super) struct Jobs {
    /// How many a visit.
    pub number: f64,
    /// Probability that the step takes place.
    pub applies: f64,
    /// Mean time of one, ms.
    pub mean: f64,
    /// Mean of its square.
    pub square: f64,
    /// Several at once.
    pub grouped: bool,
    /// One job in a joint visit of several steps.
    pub joint: bool,
    /// Whether it takes place depends on when data comes.
    pub on_data: bool,
}

/// Where and when a visit is.
pub(super) struct At<'a> {
    pub network: &'a Network,
    pub scenario: &'a Scenario,
    pub stop: &'a Stop,
    pub now: Time,
    pub epoch: usize,
}

impl At<'_> {
    pub fn site(&self) -> &SiteNode {
        &self.network.sites[self.stop.site.index()]
    }

    fn level(&self, scope: Option<crate::network::ScopeId>, mechanism: Mechanism) -> f64 {
        scope.map_or(0.0, |scope| {
            self.network.levels[scope.index()].at(mechanism, self.now)
        })
    }

    /// The step as the scenario states it.
    fn written(&self, step: &PlanStep) -> &Step {
        &self.scenario.procedures[step.procedure.index()].steps[step.listed as usize]
    }

    /// True where the step's station counts its servers, slots or vehicles.
    pub fn queues(&self, step: &PlanStep) -> bool {
        let station = &self.site().stations[step.station as usize];
        !matches!(station.servers, StationKind::Unlimited)
    }

    /// What step number `s` of its plan brings.
    pub fn jobs(&self, visits: &Visits, s: usize) -> Option<Jobs> {
        let plan = &self.site().plans[visits.plan as usize];
        let step = &plan.steps[s];
        let order = &plan.orders[self.epoch];
        if visits.scope >> s & 1 == 0 || (order.made >> s & 1 == 0 && !step.post_release) {
            return None;
        }
        let (applies, lodgings) = self.takes_place(visits, plan, step, s);
        if applies <= 0.0 {
            return None;
        }
        let group = order.joint[s] & visits.scope;
        let joint = group.count_ones() > 1;
        let units = match step.unit {
            Unit::Batch | Unit::Consignment => 1.0,
            Unit::Container => visits.containers.max(1.0),
        };
        let written = self.written(step);
        let (mut mean, mut square) = moments(&written.service);
        let helped = self.level(self.stop.enforcement_of(step.part), Mechanism::Enforcement);
        if let Some(assisted) = &written.assisted_service {
            let (m, q) = moments(assisted);
            mean += helped * (m - mean);
            square += helped * (q - square);
        }
        let mut number = units * lodgings;
        if joint {
            // One officer does all containers, one after another; the variance is not needed of joint visits.
            mean *= units;
            square = mean * mean;
            number = lodgings;
        }
        if let Some(setup) = written
            .setup
            .as_ref()
            .filter(|_| self.sets_up(plan, group, s))
        {
            let (m, q) = moments(setup);
            // Setup and exam are independent.
            square += q + 2.0 * m * mean;
            mean += m;
        }
        let on_data = step.kind == StepKind::Declaration && self.stop.expects;
        Some(Jobs {
            number,
            applies,
            mean,
            square,
            grouped: visits.grouped || (units > 1.0 && !joint),
            joint,
            on_data,
        })
    }

    /// Whether a step's setup counts: in a joint visit a station's officer pays one, and this is the longest of theirs
    /// at the station, which the visit's is at least as long as.
    fn sets_up(&self, plan: &Plan, group: u64, s: usize) -> bool {
        let mean = |i: usize| {
            let setup = self.written(&plan.steps[i]).setup.as_ref();
            setup.map_or(0.0, LawSpec::mean)
        };
        let here = plan.steps[s].station;
        (0..plan.steps.len())
            .filter(|i| group >> i & 1 == 1 && *i != s && plan.steps[*i].station == here)
            .all(|i| mean(i) < mean(s) || (mean(i) == mean(s) && i > s))
    }

    /// The probability that a step takes place, and how often it is then lodged on average.
    fn takes_place(&self, visits: &Visits, plan: &Plan, step: &PlanStep, s: usize) -> (f64, f64) {
        let home = match &self.stop.one_stop {
            Some(post) if step.part == crate::network::ENTRY_PART => post.aeo,
            _ => self.stop.aeo,
        };
        // At home its status counts, abroad where it is recognised at all.
        let counts = home.is_none() || self.level(home, Mechanism::Recognition) > 0.0;
        let aeo = if counts { visits.aeo } else { 0.0 };
        let risk = plan.risk_of(step.part);
        let helped = self.level(self.stop.enforcement_of(step.part), Mechanism::Enforcement);
        let assisted = step
            .assisted_share
            .filter(|_| !step.post_release)
            .map_or(1.0, |factor| 1.0 - helped + helped * factor);
        let selected = |factor: f64| {
            let (red, yellow) = (risk.red * factor, risk.yellow * factor);
            let green = 1.0 - red - yellow - risk.blue;
            let shares = &step.shares;
            assisted
                * (red * shares.red
                    + yellow * shares.yellow
                    + risk.blue * shares.blue
                    + green * shares.green)
        };
        let recognised = self
            .stop
            .recognition
            .iter()
            .filter(|(p, r, _)| *p == visits.plan && *r as usize == s)
            .map(|(_, _, scope)| self.level(Some(*scope), Mechanism::Recognition))
            .fold(0.0, f64::max);
        let kept = if step.post_release {
            1.0
        } else {
            1.0 - recognised * (1.0 - step.audit_share)
        };
        let deferred = if step.deferred_for_aeo { 0.0 } else { 1.0 };
        let of_aeo = selected(risk.aeo_factor) * deferred * kept * aeo;
        let of_others = selected(1.0) * kept * (1.0 - aeo);
        let applies = of_aeo + of_others;
        let trouble = plan.troubles.iter().find(|t| usize::from(t.step) == s);
        let lodgings = |share: f64, at_most: u8| -> f64 {
            (0..=i32::from(at_most)).map(|n| share.powi(n)).sum()
        };
        let times = trouble
            .and_then(|t| t.rejected.as_ref())
            .filter(|_| applies > 0.0)
            .map_or(1.0, |r| {
                (of_aeo * lodgings(r.aeo_share, r.at_most)
                    + of_others * lodgings(r.share, r.at_most))
                    / applies
            });
        (applies, times)
    }
}

/// Mean and mean square of a law.
fn moments(law: &LawSpec) -> (f64, f64) {
    let (mean, cv) = (law.mean(), law.cv());
    (mean, mean * mean * (1.0 + cv * cv))
}
