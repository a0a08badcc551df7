//! The milestones of a consignment's stay, for a time release study: when it was lodged, accepted, assessed, paid for,
//! examined, released, and when it left. Of a train's consignment the train's milestones are its own too.

use std::collections::{BTreeMap, BTreeSet};

use crate::network::Network;
use crate::terms::{AgencyId, EntityId, StepKind};
use crate::time::Time;
use crate::world::{Fact, FactKind, NO_STEP, Observer, SkipReason, VisitEnd};

/// What one agency did at a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgencyStay {
    /// The agency.
    pub agency: AgencyId,
    /// Which part of the plan its steps belong to.
    pub part: u8,
    /// When its first check of documents started.
    pub accepted: Option<Time>,
    /// When its last check of documents ended.
    pub assessed: Option<Time>,
    /// When its last scan or physical control ended.
    pub examined: Option<Time>,
}

/// Milestones as far as they were reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// When its data came ahead of the cargo.
    pub data: Option<Time>,
    /// The data stood for a declaration.
    pub stood_for: bool,
    /// When its last declaration was made.
    pub lodged: Option<Time>,
    /// Steps that were declarations.
    pub declared: u64,
    /// When its duties were paid.
    pub paid: Option<Time>,
    /// By agency and part.
    pub agencies: Vec<AgencyStay>,
    /// It had a step of its own to be done.
    joined: bool,
}

impl Milestones {
    fn agency(&mut self, agency: AgencyId, part: u8) -> &mut AgencyStay {
        let known = |a: &AgencyStay| (a.agency, a.part) == (agency, part);
        let at = self.agencies.iter().position(known).unwrap_or_else(|| {
            self.agencies.push(AgencyStay {
                agency,
                part,
                accepted: None,
                assessed: None,
                examined: None,
            });
            self.agencies.len() - 1
        });
        &mut self.agencies[at]
    }

    /// Those of its train as well.
    fn join(&mut self, train: &Milestones) {
        self.data = earliest(self.data, train.data);
        self.stood_for |= train.stood_for;
        self.lodged = self.lodged.max(train.lodged);
        self.declared |= train.declared;
        self.paid = self.paid.max(train.paid);
        for other in &train.agencies {
            let own = self.agency(other.agency, other.part);
            own.accepted = earliest(own.accepted, other.accepted);
            own.assessed = own.assessed.max(other.assessed);
            own.examined = own.examined.max(other.examined);
        }
    }
}

fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    a.into_iter().chain(b).min()
}

/// A consignment's stay at a site with a procedure for it, from arrival to gate-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Which consignment.
    pub consignment: EntityId,
    /// The train that it was on.
    pub train: Option<EntityId>,
    /// Its own steps were done, beside the train's.
    pub alone: bool,
    /// Earlier calls at the site.
    pub call: u8,
    /// Plan.
    pub plan: u16,
    /// Cell it is reported under.
    pub cell: u16,
    /// Arrival.
    pub arrived: Time,
    /// Release, where there are controls.
    pub released: Option<Time>,
    /// Gate-out.
    pub departed: Time,
    /// Met a step reported apart.
    pub apart: bool,
    /// What was reached between.
    pub reached: Milestones,
}

/// What a step is to a time release study.
#[derive(Clone, Copy, Debug)]
struct Task {
    kind: StepKind,
    agency: AgencyId,
    part: u8,
    /// It delays nothing: an audit after release.
    after: bool,
}

/// An observer that keeps the stays of one site. The kernel must tell facts as they happen: event by event.
#[derive(Clone, Debug)]
pub struct StayObserver {
    /// By plan and step.
    tasks: Vec<Vec<Task>>,
    open: BTreeMap<(EntityId, u8), Milestones>,
    /// By consignment: the train that it is on here.
    trains: BTreeMap<EntityId, EntityId>,
    aboard: BTreeMap<EntityId, BTreeSet<EntityId>>,
    leaving: Option<(EntityId, u8, u16)>,
    left: Option<EntityId>,
    stays: Vec<Stay>,
    entered: Vec<EntityId>,
}

impl StayObserver {
    /// An observer of site number `site`.
    pub fn new(network: &Network, site: usize) -> Self {
        let plans = network.sites[site].plans.iter();
        StayObserver {
            tasks: plans
                .map(|plan| {
                    let steps = plan.steps.iter();
                    steps
                        .map(|step| Task {
                            kind: step.kind,
                            agency: step.agency,
                            part: step.part,
                            after: step.post_release,
                        })
                        .collect()
                })
                .collect(),
            open: BTreeMap::new(),
            trains: BTreeMap::new(),
            aboard: BTreeMap::new(),
            leaving: None,
            left: None,
            stays: Vec::new(),
            entered: Vec::new(),
        }
    }

    /// The stays that ended, in the order of their ends, and the measured consignments that entered the corridor here.
    pub fn finish(self) -> (Vec<Stay>, Vec<EntityId>) {
        (self.stays, self.entered)
    }

    fn step(&mut self, fact: &Fact) {
        let tasks = self.tasks.get(fact.plan as usize);
        let Some(task) = tasks
            .and_then(|steps| steps.get(fact.step as usize))
            .copied()
        else {
            return;
        };
        if task.after {
            return;
        }
        let stay = self.open.entry((fact.entity, fact.visit)).or_default();
        let now = fact.time;
        match (fact.kind, task.kind) {
            (FactKind::Joined, _) => stay.joined = true,
            (FactKind::Skipped, StepKind::Declaration) => {
                stay.stood_for |= fact.detail == SkipReason::SentAhead as u64;
            }
            (FactKind::Started, StepKind::Documents) => {
                let agency = stay.agency(task.agency, task.part);
                agency.accepted = earliest(agency.accepted, Some(now));
            }
            (FactKind::Completed, StepKind::Declaration) => {
                stay.lodged = stay.lodged.max(Some(now));
                stay.declared |= 1 << fact.step;
            }
            (FactKind::Completed, StepKind::Documents) => {
                let agency = stay.agency(task.agency, task.part);
                agency.assessed = agency.assessed.max(Some(now));
            }
            (FactKind::Completed, StepKind::Scan | StepKind::Physical) => {
                let agency = stay.agency(task.agency, task.part);
                agency.examined = agency.examined.max(Some(now));
            }
            (FactKind::Completed, StepKind::Pay) => stay.paid = stay.paid.max(Some(now)),
            _ => {}
        }
    }

    fn keep(
        &mut self,
        (consignment, train): (EntityId, Option<EntityId>),
        alone: bool,
        (call, plan, cell): (u8, u16, u16),
        end: &VisitEnd<'_>,
        mut reached: Milestones,
    ) {
        if let Some(of_train) = train.and_then(|train| self.open.get(&(train, call))) {
            reached.join(of_train);
        }
        self.stays.push(Stay {
            consignment,
            train,
            alone,
            call,
            plan,
            cell,
            arrived: end.arrived,
            released: end.release.map(|span| end.arrived + span),
            departed: end.departed,
            apart: end.apart,
            reached,
        });
    }
}

impl Observer for StayObserver {
    fn aboard(&mut self, batch: EntityId, consignment: EntityId, _now: Time) {
        // Who has just left the site is on a train that is formed of it, and that goes with no stay of its own.
        if self.left == Some(consignment) {
            return;
        }
        // One that a train left behind had that train's milestones, whichever takes it up.
        self.trains.entry(consignment).or_insert(batch);
        self.aboard.entry(batch).or_default().insert(consignment);
    }

    fn fact(&mut self, fact: &Fact) {
        match fact.kind {
            FactKind::Entered if fact.measured => self.entered.push(fact.entity),
            FactKind::DataCame => {
                let stay = self.open.entry((fact.entity, fact.visit)).or_default();
                stay.data = earliest(stay.data, Some(fact.time));
            }
            FactKind::Departed => self.leaving = Some((fact.entity, fact.visit, fact.plan)),
            _ if fact.step != NO_STEP => self.step(fact),
            _ => {}
        }
    }

    fn visit_end(&mut self, end: &VisitEnd<'_>) {
        let Some((entity, call, plan)) = self.leaving.take() else {
            return;
        };
        self.left = Some(entity);
        let Some(cell) = end.cell.filter(|_| !end.gave_up) else {
            self.open.remove(&(entity, call));
            return;
        };
        let which = (call, plan, cell);
        if !entity.is_batch() {
            let reached = self.open.remove(&(entity, call)).unwrap_or_default();
            let train = self.trains.remove(&entity);
            if let Some(members) = train.and_then(|train| self.aboard.get_mut(&train)) {
                members.remove(&entity);
            }
            self.keep((entity, train), true, which, end, reached);
            return;
        }
        // Those who have no step of their own leave with the train; the others are told of one by one.
        for member in self.aboard.remove(&entity).unwrap_or_default() {
            if self.open.get(&(member, call)).is_some_and(|own| own.joined) {
                continue;
            }
            self.trains.remove(&member);
            self.open.remove(&(member, call));
            self.keep(
                (member, Some(entity)),
                false,
                which,
                end,
                Milestones::default(),
            );
        }
    }
}
