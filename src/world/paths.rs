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
    /// All its steps.
    pub listed: u64,
    /// Its visits may go the straight way (`world/straight.rs`): no step takes or holds anything, goes wrong, is done
    /// outside the yard, audited afterwards or part of a joint visit, whatever the epoch.
    pub straight: bool,
    /// [`Plan::release`].
    pub release: u64,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPath<'a> {
    /// Where its one job goes as soon as it is ready: there is nothing to take, carry or show first.
    pub goes: Goes,
    /// What it costs a consignment, US dollars.
    pub fee: f64,
    /// Its time is a draw of one law, whoever it is and whenever.
    pub drawn: Option<Drawn<'a>>,
    /// It needs the cargo.
    pub needs_cargo: bool,
    /// Whose hours it takes, and as what.
    pub actor: ActorKind,
    pub served: HourKind,
}

/// Where a step's job goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goes {
    /// Stands in line at a counted desk that serves first come, first served and is nobody else's.
    Line(u16),
    /// Is served at once at a station whose servers are without number, at a site that is never closed.
    Service(u16),
    /// More has to be asked first.
    Elsewhere,
}

/// A law and the stream that draws from it; of a physical step, those of its setup as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn<'a> {
    law: &'a Law,
    stream: Stream,
    setup: Option<(&'a Law, Stream)>,
}

impl Drawn<'_> {
    /// The time that a job takes.
    #[inline(always)]
    pub fn length(&self, draw: u64, call: u8, unit: u16) -> Span {
        let (call, unit) = (u32::from(call), u32::from(unit));
        let draw = |law: &Law, stream: Stream| {
            Span::from_ms_f64(law.quantile(stream.uniform(draw, call, unit)))
        };
        let mut length = draw(self.law, self.stream);
        if let Some((law, stream)) = self.setup {
            length += draw(law, stream);
        }
        length.max(Span::TICK)
    }
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
                goes: goes(network, draws, site, plan, s),
                fee: step.fee,
                drawn: drawn(network, draws, (site, number), s),
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
            listed: (u64::MAX.checked_shr(64 - plan.steps.len() as u32)).unwrap_or(0),
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

/// See [`StepPath::goes`].
fn goes(network: &Network, draws: &Draws, site: usize, plan: &Plan, s: usize) -> Goes {
    let (node, step) = (&network.sites[site], &plan.steps[s]);
    let station = &node.stations[step.station as usize];
    let carried =
        step.hand_over > Span::ZERO && plan.orders.iter().any(|o| o.handed_over >> s & 1 == 1);
    let straight = !carried
        && step.takes.is_empty()
        && plan.troubled >> s & 1 == 0
        && step.unit != Unit::Container
        && station.discipline == Discipline::Fifo
        // Nobody takes over another's queue.
        && node.stations.iter().all(|other| other.absorbed.is_none());
    let ever_closed = draws.closed(site).is_some_and(|closed| !closed.is_empty());
    match station.servers {
        StationKind::Staffed(_) if straight => Goes::Line(step.station),
        StationKind::Unlimited if straight && !ever_closed => Goes::Service(step.station),
        _ => Goes::Elsewhere,
    }
}

/// See [`StepPath::drawn`].
fn drawn<'a>(
    network: &'a Network,
    draws: &Draws,
    (site, number): (usize, usize),
    s: usize,
) -> Option<Drawn<'a>> {
    let plan = &network.sites[site].plans[number];
    let step = &plan.steps[s];
    let one_law = step.assisted_service.is_none()
        && !(step.correlated && plan.copula_of(step.part).is_some())
        && plan.troubled >> s & 1 == 0
        && !draws.incidents.may_shock(site);
    let streams = &draws.sites[site].steps[number][s];
    one_law.then(|| Drawn {
        law: &step.service,
        stream: streams.service,
        setup: step.setup.as_ref().map(|law| (law, streams.setup)),
    })
}
