//! What the common way of a visit reads of its plan and steps, worked out once a run: which steps are free of all that
//! most steps are free of, so that who has none of it pays for none of it.

use super::Draws;
use crate::network::{Network, Plan, StationKind};
use crate::random::{Law, Stream};
use crate::terms::{ActorKind, Discipline, HourKind, StepKind, Unit};
use crate::time::Span;

/// A plan.
#[derive(Clone, Debug)]
pub(super) struct PlanPath<'a> {
    /// All there is to know of it.
    pub plan: &'a Plan,
    /// Its steps.
    pub steps: Vec<StepPath<'a>>,
    /// Steps that take place wherever the regime has them and no partner's control stands for them: nothing is drawn,
    /// deferred, sent ahead or counted about them.
    pub certain: u64,
    /// Its visits may go the straight way (`world/straight.rs`): no step takes or holds anything, goes wrong, is done
    /// outside the yard, audited afterwards or part of a joint visit, whatever the epoch.
    pub straight: bool,
    /// [`Plan::release`].
    pub release: u64,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPath<'a> {
    /// Where it stands in line as soon as it is ready: one job, nothing to pay, take, carry or show first, at a counted
    /// desk that serves first come, first served and is nobody else's. `None` where any of it is otherwise.
    pub line: Option<u16>,
    /// Its time is one draw of one law, whoever it is and whenever: this law by this stream.
    pub single_draw: Option<(&'a Law, Stream)>,
    /// It needs the cargo.
    pub needs_cargo: bool,
    /// Whose hours it takes, and as what.
    pub actor: ActorKind,
    pub served: HourKind,
}

impl<'a> PlanPath<'a> {
    /// The plans of every site.
    pub fn of_all(network: &'a Network, draws: &Draws) -> Vec<Vec<PlanPath<'a>>> {
        let sites = 0..network.sites.len();
        sites
            .map(|site| {
                let plans = 0..network.sites[site].plans.len();
                plans
                    .map(|plan| PlanPath::new(network, draws, site, plan))
                    .collect()
            })
            .collect()
    }

    fn new(network: &'a Network, draws: &Draws, site: usize, number: usize) -> Self {
        let plan = &network.sites[site].plans[number];
        let mut certain = 0;
        let steps = plan.steps.iter().enumerate().map(|(s, step)| {
            let selective =
                step.shares.green < 1.0 || step.shares.yellow < 1.0 || step.shares.red < 1.0;
            let counted = step.prevalence_detection.is_some()
                || plan.exams >> s & 1 == 1
                || step.apart
                || step.post_release;
            let may_be_saved = step.kind == StepKind::Declaration || step.deferred_for_aeo;
            if !selective && !counted && !may_be_saved {
                certain |= 1 << s;
            }
            StepPath {
                line: line(network, site, plan, s),
                single_draw: single_draw(network, draws, (site, number), s),
                needs_cargo: step.needs_cargo,
                actor: step.actor,
                // Wagons, slots, a second vehicle, the partner's acceptance: nothing is served meanwhile.
                served: if step.kind == StepKind::WaitFor {
                    HourKind::Waiting
                } else {
                    HourKind::Service
                },
            }
        });
        let steps = steps.collect();
        PlanPath {
            plan,
            steps,
            certain,
            straight: straight(plan),
            release: plan.release,
        }
    }
}

/// See [`PlanPath::straight`].
fn straight(plan: &Plan) -> bool {
    plan.held.is_empty()
        && plan.steps.iter().all(|step| step.takes.is_empty())
        && plan.troubled == 0
        && plan.outside == 0
        && plan.audits == 0
        && plan.one_stop.is_none()
        && (plan.orders.iter()).all(|order| order.joint.iter().all(|group| *group == 0))
}

/// See [`StepPath::line`].
fn line(network: &Network, site: usize, plan: &Plan, s: usize) -> Option<u16> {
    let (node, step) = (&network.sites[site], &plan.steps[s]);
    let station = &node.stations[step.station as usize];
    let alone = node.stations.iter().all(|other| other.absorbed.is_none());
    let carried =
        step.hand_over > Span::ZERO && plan.orders.iter().any(|o| o.handed_over >> s & 1 == 1);
    let straight = alone
        && !carried
        && step.takes.is_empty()
        && plan.troubled >> s & 1 == 0
        && step.fee == 0.0
        && step.unit != Unit::Container
        && station.discipline == Discipline::Fifo
        && matches!(station.servers, StationKind::Staffed(_));
    straight.then_some(step.station)
}

/// See [`StepPath::single_draw`].
fn single_draw<'a>(
    network: &'a Network,
    draws: &Draws,
    (site, number): (usize, usize),
    s: usize,
) -> Option<(&'a Law, Stream)> {
    let plan = &network.sites[site].plans[number];
    let step = &plan.steps[s];
    let single = step.setup.is_none()
        && step.assisted_service.is_none()
        && !(step.correlated && plan.copula_of(step.part).is_some())
        && plan.troubled >> s & 1 == 0
        && !draws.incidents.may_shock(site);
    single.then(|| (&step.service, draws.sites[site].steps[number][s].service))
}
