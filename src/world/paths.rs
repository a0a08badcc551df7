//! What the common way of a visit reads of its plan and steps, worked out once a run: which steps are free of all that
//! most steps are free of, so that who has none of it pays for none of it.

use super::Draws;
use crate::network::{Network, Order, Plan, StationKind, Stop};
use crate::random::{Law, Stream};
use crate::terms::{ActorKind, Discipline, HourKind, StepKind, Unit};
use crate::time::Span;

/// A plan.
#[derive(Clone, Debug)]
pub(super) struct PlanPath<'a> {
    /// All there is to know of it.
    pub plan: &'a Plan,
    /// Its steps, epoch after epoch: but for what goes before them they are the same in each.
    steps: Vec<StepPath<'a>>,
    /// How many they are.
    pub len: usize,
    /// Steps that take place wherever the regime has them and no partner's control stands for them: nothing is drawn,
    /// deferred, sent ahead or counted about them.
    pub certain: u64,
    /// Steps that a risk channel chooses.
    pub selective: u64,
    /// Steps that detect what is amiss.
    pub detects: u64,
    /// All its steps.
    pub listed: u64,
    /// Its visits may go the straight way (`world/straight.rs`): no step takes or holds anything, goes wrong, is done
    /// outside the yard, audited afterwards or part of a joint visit, whatever the epoch.
    pub straight: bool,
    /// All steps of it take place at every visit to which no partner's control is recognised, whatever the epoch.
    pub sure: bool,
    /// [`Plan::release`].
    pub release: u64,
}

/// A stop of a route.
#[derive(Clone, Copy, Debug)]
pub(super) struct StopPath {
    /// Who comes alone is let in at once, chooses no way, gives nothing back, and goes straight: the plan and the cell.
    pub arrives: Option<(u16, u16)>,
    /// Who is done departs alone and at once, and gives nothing back.
    pub departs: bool,
    /// Whose the wait for departure is.
    pub carrier: ActorKind,
}

impl StopPath {
    /// The stops of every route.
    pub fn of_all(
        network: &Network,
        draws: &Draws,
        plans: &[Vec<PlanPath<'_>>],
    ) -> Vec<Vec<StopPath>> {
        let routes = network.routes.iter();
        routes
            .map(|route| {
                let stops = route.stops.iter();
                stops
                    .map(|stop| StopPath {
                        arrives: arrives(stop, &plans[stop.site.index()])
                            .filter(|_| route.detours == 0),
                        departs: departs(network, draws, stop),
                        carrier: stop.link.map_or(ActorKind::Carrier, |link| {
                            Network::carrier(network.links[link.index()].mode)
                        }),
                    })
                    .collect()
            })
            .collect()
    }
}

/// See [`StopPath::arrives`].
fn arrives(stop: &Stop, plans: &[PlanPath<'_>]) -> Option<(u16, u16)> {
    let &[(None, plan, cell)] = &stop.plans[..] else {
        return None;
    };
    let plain = plans[plan as usize].straight
        && stop.gives.is_empty()
        && stop.detour.is_none()
        && stop.yard.is_none()
        && stop.entry.is_none()
        && !(stop.impatient || stop.expects || stop.reserved);
    plain.then_some((plan, cell))
}

/// See [`StopPath::departs`].
fn departs(network: &Network, draws: &Draws, stop: &Stop) -> bool {
    let waits = stop.link.is_some_and(|link| {
        let closed = draws.incidents.links.get(link.index());
        network.links[link.index()].timetable.is_some() || closed.is_some_and(|c| !c.is_empty())
    });
    !waits && !stop.may_hold() && stop.forms.is_none() && stop.gives.is_empty()
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPath<'a> {
    /// Steps that must be done or not apply before it may start.
    pub before: u64,
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
        let u = self.stream.uniform(draw, call, unit);
        let mut length = Span::from_ms_f64(self.law.quantile(u));
        if let Some((law, stream)) = self.setup {
            let u = stream.uniform(draw, call, unit);
            length += Span::from_ms_f64(law.quantile(u));
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

    /// A step.
    #[inline(always)]
    pub fn step(&self, s: usize) -> &StepPath<'a> {
        &self.steps[s]
    }

    /// Where the steps of an epoch begin.
    #[inline(always)]
    pub fn begin(&self, epoch: u8) -> usize {
        usize::from(epoch) * self.len
    }

    fn new(network: &'a Network, draws: &Draws, site: usize, number: usize) -> Self {
        let plan = &network.sites[site].plans[number];
        let (mut certain, mut chosen, mut detects) = (0, 0, 0);
        let steps = plan.steps.iter().enumerate().map(|(s, step)| {
            let selective =
                step.shares.green < 1.0 || step.shares.yellow < 1.0 || step.shares.red < 1.0;
            chosen |= u64::from(selective) << s;
            detects |= u64::from(step.prevalence_detection.is_some()) << s;
            let counted = step.prevalence_detection.is_some()
                || plan.exams >> s & 1 == 1
                || step.apart
                || step.post_release;
            let may_be_saved = step.kind == StepKind::Declaration || step.deferred_for_aeo;
            if !selective && !counted && !may_be_saved {
                certain |= 1 << s;
            }
            StepPath {
                before: 0,
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
        let steps: Vec<StepPath<'_>> = steps.collect();
        let of_epoch = |order: &'a Order| {
            let steps = steps.iter().zip(&order.before);
            steps.map(|(step, &before)| StepPath { before, ..*step })
        };
        let in_epochs = plan.orders.iter().flat_map(of_epoch).collect();
        let listed = (u64::MAX.checked_shr(64 - plan.steps.len() as u32)).unwrap_or(0);
        let sure = |order: &Order| certain & order.made & !plan.audits & listed == listed;
        PlanPath {
            plan,
            len: steps.len(),
            steps: in_epochs,
            certain,
            selective: chosen,
            detects,
            listed,
            sure: plan.orders.iter().all(sure),
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
