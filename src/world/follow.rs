//! What an observer that follows consignments is told: of each stay its critical path, stretch by stretch; of each
//! transit how long it took; where several agencies' work came together, when each was done. A run whose observer does
//! not ask ([`Observer::FOLLOWS`]) reckons none of it.

use super::visit::{NO_PLAN, NO_VISIT, Visit};
use super::{Cargo, Corridor, HourTable, NO_STEP, Observer, SiteState};
use crate::network::Plan;
use crate::terms::{ActorKind, AgencyId, Channel, EntityId, HourKind, LinkId};
use crate::time::{Span, Time};

/// Whose hours they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Whose {
    /// An agency's, or another actor's that the scenario names.
    Agency(AgencyId),
    /// An actor's that has no name of its own: the trader's declaration, the carrier's wait for departure.
    Actor(ActorKind),
}

/// A stretch of the critical path of a stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Whose.
    pub whose: Whose,
    /// Waiting, service, blocking or hand-off.
    pub kind: HourKind,
    /// How long.
    pub span: Span,
}

/// A measured consignment's stay that has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StayEnd<'a> {
    /// Who.
    pub consignment: EntityId,
    /// When it arrived.
    pub arrived: Time,
    /// When it departed.
    pub departed: Time,
    /// Its critical path, from the departure back; the stretches add to the stay.
    pub path: &'a [Stretch],
    /// Of an authorised economic operator.
    pub aeo: bool,
    /// The most severe channel that an agency which selects put it in; `None` where none selects.
    pub channel: Option<Channel>,
}

/// Work of several agencies on one visit that came together: what followed, or the departure, waited for the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Join<'a> {
    /// Whose work came together and when each was done with it, the last first; at least two.
    pub branches: &'a [(Whose, Time)],
    /// Measured consignments of the visit.
    pub consignments: u32,
}

/// Takes the hours of a critical path as they are found, each with the step at which they went (or [`NO_STEP`]).
pub(super) trait HourSink {
    fn add(&mut self, step: u8, actor: ActorKind, kind: HourKind, span: Span);
}

impl HourSink for HourTable {
    #[inline(always)]
    fn add(&mut self, _step: u8, actor: ActorKind, kind: HourKind, span: Span) {
        HourTable::add(self, actor, kind, span);
    }
}

/// Keeps a critical path by step.
struct ByStep<'p> {
    agencies: &'p [(String, ActorKind)],
    plan: Option<&'p Plan>,
    path: Vec<Stretch>,
}

impl HourSink for ByStep<'_> {
    fn add(&mut self, step: u8, actor: ActorKind, kind: HourKind, span: Span) {
        if span > Span::ZERO {
            let whose = whose(self.agencies, self.plan, step, actor);
            self.path.push(Stretch { whose, kind, span });
        }
    }
}

/// An agency's hours are its own where it is such an actor; a declaration's are the trader's.
fn whose(
    agencies: &[(String, ActorKind)],
    plan: Option<&Plan>,
    step: u8,
    actor: ActorKind,
) -> Whose {
    let agency = plan
        .and_then(|plan| plan.steps.get(step as usize))
        .map(|s| s.agency);
    match agency {
        Some(agency) if step != NO_STEP && agencies[agency.index()].1 == actor => {
            Whose::Agency(agency)
        }
        _ => Whose::Actor(actor),
    }
}

/// From the mildest to the most severe.
fn severity(channel: Channel) -> u8 {
    match channel {
        Channel::Green => 0,
        Channel::Blue => 1,
        Channel::Yellow => 2,
        Channel::Red => 3,
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// Consignments depart, after the hours of visit `hours_of`; where one has steps of its own, they are visit `own`'s.
    #[inline(always)]
    pub(super) fn follow(
        &self,
        site: &mut SiteState<O>,
        (hours_of, own): (u32, u32),
        who: &[Cargo],
        (arrived, departed): (Time, Time),
        carrier: ActorKind,
    ) {
        if O::FOLLOWS {
            self.tell_of_stay(site, (hours_of, own), who, (arrived, departed), carrier);
            self.tell_of_joins(site, own, who);
        }
    }

    /// As [`Corridor::follow`], of one that leaves the corridor without having arrived: its work did not come together.
    #[inline(always)]
    pub(super) fn follow_lost(
        &self,
        site: &mut SiteState<O>,
        visit: u32,
        who: &Cargo,
        (arrived, departed): (Time, Time),
    ) {
        if O::FOLLOWS {
            let who = std::slice::from_ref(who);
            let trader = ActorKind::Trader;
            self.tell_of_stay(site, (visit, visit), who, (arrived, departed), trader);
        }
    }

    /// Cargo departs over a link and arrives so much later.
    #[inline(always)]
    pub(super) fn follow_travel(site: &mut SiteState<O>, who: &[Cargo], link: LinkId, took: Span) {
        if O::FOLLOWS {
            for cargo in who.iter().filter(|c| c.is(Cargo::MEASURED)) {
                site.observer.travelled(cargo.entity, link, took);
            }
        }
    }

    fn tell_of_stay(
        &self,
        site: &mut SiteState<O>,
        (hours_of, own): (u32, u32),
        who: &[Cargo],
        (arrived, departed): (Time, Time),
        carrier: ActorKind,
    ) {
        if !who.iter().any(|cargo| cargo.is(Cargo::MEASURED)) {
            return;
        }
        let v = &site.visits[hours_of as usize];
        let plan = (v.plan != NO_PLAN).then(|| self.plan_of(self.network, site.site, v));
        let mut sink = ByStep {
            agencies: &self.network.agencies,
            plan,
            path: Vec::new(),
        };
        self.attribute_to(site, hours_of, arrived, departed, carrier, &mut sink);
        let v = &site.visits[own as usize];
        // A train's own channel is nobody's aboard.
        let channel = (!v.is_batch())
            .then(|| self.severest_channel(site.site, v))
            .flatten();
        for cargo in who.iter().filter(|c| c.is(Cargo::MEASURED)) {
            site.observer.stay(&StayEnd {
                consignment: cargo.entity,
                arrived,
                departed,
                path: &sink.path,
                aeo: cargo.is(Cargo::AEO),
                channel,
            });
        }
    }

    fn severest_channel(&self, site: usize, v: &Visit) -> Option<Channel> {
        if v.plan == NO_PLAN {
            return None;
        }
        let path = self.path_of(site, v);
        let mut severest: Option<Channel> = None;
        for (s, step) in path.plan.steps.iter().enumerate() {
            if path.selective >> s & 1 == 1 {
                let channel = self
                    .assessment(site, v, step.part)
                    .channel(step.agency.index());
                if severest.is_none_or(|known| severity(channel) > severity(known)) {
                    severest = Some(channel);
                }
            }
        }
        severest
    }

    fn tell_of_joins(&self, site: &mut SiteState<O>, visit: u32, who: &[Cargo]) {
        let consignments = who.iter().filter(|c| c.is(Cargo::MEASURED)).count() as u32;
        if consignments == 0 || site.visits[visit as usize].plan == NO_PLAN {
            return;
        }
        for branches in self.joins(site, visit) {
            let branches = &branches[..];
            site.observer.joined(&Join {
                branches,
                consignments,
            });
        }
    }

    /// Where work of several agencies came together in a visit that is over: before each step, and before the departure,
    /// those steps that must be done before it and before none of the others. Each set of steps counts once.
    fn joins(&self, site: &SiteState<O>, visit: u32) -> Vec<Vec<(Whose, Time)>> {
        let v = &site.visits[visit as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let order = &plan.orders[v.epoch as usize];
        let own = v.applies & v.done;
        let parent = (v.parent != NO_VISIT).then(|| &site.visits[v.parent as usize]);
        let of_parent = parent.map_or(0, |p| p.applies & p.done & !plan.per_consignment);
        let all = own | of_parent;
        let bits = |mask: u64| (0..plan.steps.len()).filter(move |s| mask >> s & 1 == 1);
        let ended = |s: usize| {
            let holder = match parent {
                Some(p) if own >> s & 1 == 0 => p,
                _ => v,
            };
            let mut record = &holder.records[s];
            while record.by != NO_VISIT {
                record = &site.visits[record.by as usize].records[s];
            }
            record.ended
        };
        let mut seen: Vec<u64> = Vec::new();
        let mut joins = Vec::new();
        for next in bits(all).map(Some).chain([None]) {
            let before = match next {
                None => all,
                Some(s) => {
                    // A joint visit waits for what any of its steps waits for.
                    let group = order.joint[s] & all | 1 << s;
                    let waits_for = bits(group).fold(0, |mask, m| mask | order.before[m]);
                    waits_for & all & !group
                }
            };
            let covered = bits(before).fold(0, |mask, s| mask | order.before[s]);
            let last = before & !covered;
            if last.count_ones() < 2 || seen.contains(&last) {
                continue;
            }
            seen.push(last);
            let mut branches: Vec<(Whose, Time)> = Vec::new();
            for s in bits(last) {
                let step = &plan.steps[s];
                let who = whose(&self.network.agencies, Some(plan), s as u8, step.actor);
                match branches.iter_mut().find(|(known, _)| *known == who) {
                    Some((_, end)) => *end = (*end).max(ended(s)),
                    None => branches.push((who, ended(s))),
                }
            }
            if branches.len() > 1 {
                branches.sort_by_key(|&(who, end)| (std::cmp::Reverse(end), who));
                joins.push(branches);
            }
        }
        joins
    }
}
