//! Which steps of a visit take place: channels, selectivity, the three mutuals (semantics sections 4 and 6).

use super::draws::{Draws, SiteDraws};
use super::paths::PlanPath;
use super::visit::{NO_VISIT, Record, Stage, Visit};
use super::{Corridor, FactKind, NO_STEP, Observer, SiteState, SkipReason};
use crate::engine::Outbox;
use crate::network::{Network, Plan, ScopeId, Stop};
use crate::terms::{AgencyId, Channel, EntityId, Mechanism, StepKind};
use crate::time::{Span, Time};

/// How the agencies of one side put one consignment, at one visit, in a risk channel; at a one-stop post there are two.
pub(super) struct Assessment<'a> {
    draws: &'a SiteDraws,
    draw: u64,
    call: u32,
    /// Uniform of the channel that agencies have in common, and the probability that one follows it.
    common: f64,
    follow: f64,
    red: f64,
    yellow: f64,
    blue: f64,
}

impl<'a> Assessment<'a> {
    /// At a visit to `site` with this plan, by those whose steps this part has; `aeo` where it counts as an authorised
    /// operator's.
    #[inline]
    fn new(
        draws: &'a Draws,
        (site, plan, part): (usize, &Plan, u8),
        (draw, call): (u64, u32),
        aeo: bool,
    ) -> Self {
        let risk = plan.risk_of(part);
        let factor = if aeo { risk.aeo_factor } else { 1.0 };
        let home = plan.home_of(part).map_or(site, |home| home.index());
        let draws = &draws.sites[home];
        Assessment {
            draws,
            draw,
            call,
            common: draws.channel.uniform(draw, call, 0),
            follow: risk.follow,
            red: risk.red * factor,
            yellow: risk.yellow * factor,
            blue: risk.blue,
        }
    }

    /// The channel that an agency puts the consignment in.
    #[inline]
    pub fn channel(&self, agency: usize) -> Channel {
        let (draw, call) = (self.draw, self.call);
        let own = self.draws.follow[agency].uniform(draw, call, 0) >= self.follow;
        let x = if own {
            self.draws.own[agency].uniform(draw, call, 0)
        } else {
            self.common
        };
        if x < self.red {
            Channel::Red
        } else if x < self.red + self.yellow {
            Channel::Yellow
        } else if x < self.red + self.yellow + self.blue {
            Channel::Blue
        } else {
            Channel::Green
        }
    }
}

impl Draws {
    /// The channel that an agency puts a consignment or batch in at its visit number `call` to `site`, in a part of
    /// plan number `plan`; `aeo` where it counts as an authorised operator's there.
    pub fn channel(
        &self,
        network: &Network,
        (site, plan, part): (usize, u16, u8),
        (entity, call): (EntityId, u8),
        (agency, aeo): (AgencyId, bool),
    ) -> Channel {
        let plan = &network.sites[site].plans[plan as usize];
        let of = (self.key(entity), u32::from(call));
        Assessment::new(self, (site, plan, part), of, aeo).channel(agency.index())
    }

    /// Whether a consignment is an authorised economic operator's.
    pub fn is_aeo(&self, network: &Network, consignment: EntityId) -> bool {
        let flow = usize::from(consignment.group());
        let share = network.flows[flow].aeo_share;
        let draw = self.key(consignment);
        share > 0.0 && self.flows[flow].aeo.uniform(draw, 0, 0) < share
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// How the agencies of a part of its plan assess a visit's consignment, whose status there is known.
    pub(super) fn assessment(&self, site: usize, v: &Visit, part: u8) -> Assessment<'_> {
        let plan = self.plan_of(self.network, site, v);
        let of = (v.draw, u32::from(v.call));
        Assessment::new(self.draws, (site, plan, part), of, v.is_aeo(part))
    }

    /// The stop at which a visit is.
    pub(super) fn stop_of(&self, visit: &Visit) -> &Stop {
        &self.network.routes[visit.cargo.route as usize].stops[visit.cargo.leg as usize]
    }

    /// The plan of a visit.
    pub(super) fn plan_of<'n>(&self, network: &'n Network, site: usize, visit: &Visit) -> &'n Plan {
        &network.sites[site].plans[visit.plan as usize]
    }

    /// What the common way of a visit reads of its plan.
    #[inline]
    pub(super) fn path_of(&self, site: usize, visit: &Visit) -> &PlanPath<'_> {
        &self.paths[site][visit.plan as usize]
    }

    /// Gives a visit its plan, regime and the steps that take place. `scope` is the set of steps it may have:
    /// a batch's own, a member's own, or all; audits after release are chosen at release.
    pub(super) fn choose_steps(&self, site: &mut SiteState<O>, now: Time, index: u32, scope: u64) {
        let network = self.network;
        let v = &mut site.visits[index as usize];
        let path = self.path_of(site.site, v);
        let plan = path.plan;
        let scope = scope & !plan.audits;
        let order = &plan.orders[v.epoch as usize];
        let stop = self.stop_of(v);
        let draws = &self.draws.sites[site.site];
        let (draw, call) = (v.draw, u32::from(v.call));
        let began = v.began;
        let level = |scope: ScopeId, mechanism| network.levels[scope.index()].at(mechanism, began);
        v.aeo = self.counts_as_aeo(&v.cargo, began);
        if path.straight && v.parent == NO_VISIT {
            v.begin_records(plan.steps.len());
        } else {
            v.records.clear();
            v.records.resize(plan.steps.len(), Record::default());
        }
        let (aeo, ahead) = (v.aeo, v.ahead);
        let recognisable = if stop.recognition.is_empty() {
            0
        } else {
            (stop.recognition.iter())
                .filter(|(p, _, _)| *p == v.plan)
                .fold(0u64, |mask, (_, r, _)| mask | 1 << r)
        };
        let steps = &plan.steps[..];
        let scope = scope & path.listed;
        let certain = scope & path.certain & order.made & !recognisable;
        if certain == scope {
            v.applies = scope;
            (v.saved_declaration, v.examined_by) = (Span::ZERO, 0);
            return;
        }
        // How each side assesses it, where a step's selection asks for it.
        let mut sides: [Option<(Assessment<'_>, f64)>; 2] = [None, None];
        let side = |part| {
            let aid = stop.enforcement_of(part);
            let assistance = aid.map_or(0.0, |s| level(s, Mechanism::Enforcement));
            (self.assessment(site.site, v, part), assistance)
        };
        let mut applies = certain;
        let mut skipped: [u8; 64] = [u8::MAX; 64];
        let mut omitted = 0u64;
        let mut eligible = scope & !certain & path.detects;
        let mut apart = false;
        let mut examined: [u32; 8] = [u32::MAX; 8];
        let mut examined_by = 0u32;
        let mut saved = Span::ZERO;
        let streams = &draws.steps[v.plan as usize][..];
        let mut rest = scope & !certain;
        while rest != 0 {
            let s = rest.trailing_zeros() as usize;
            let bit = 1u64 << s;
            rest &= !bit;
            let step = &steps[s];
            // Until all conditions are met.
            omitted |= bit;
            let selective = path.selective & bit != 0;
            let mut chosen = true;
            if selective {
                let side_of = || side(step.part);
                let (assessment, assistance) =
                    sides[usize::from(step.part)].get_or_insert_with(side_of);
                let unassisted = step.shares.of(assessment.channel(step.agency.index()));
                let assisted = step.assisted_share.map_or(1.0, |a| a) * unassisted;
                let share = (1.0 - *assistance) * unassisted + *assistance * assisted;
                chosen = streams[s].selection.uniform(draw, call, 0) < share;
                eligible |= bit;
            }
            if !chosen {
                skipped[s] = SkipReason::NotSelected as u8;
                continue;
            }
            if order.made & bit == 0 {
                skipped[s] = SkipReason::DeclarationSaved as u8;
                let u = if step.correlated && plan.copula_of(step.part).is_some() {
                    draws.service(plan, v.plan, s, draw, call, 0)
                } else {
                    streams[s].service.uniform(draw, call, 0)
                };
                saved += Span::from_ms_f64(step.service.quantile(u));
                continue;
            }
            if ahead >> step.part & 1 == 1 && step.kind == StepKind::Declaration {
                skipped[s] = SkipReason::SentAhead as u8;
                continue;
            }
            if aeo >> step.part & 1 == 1 && step.deferred_for_aeo {
                skipped[s] = SkipReason::Deferred as u8;
                continue;
            }
            if recognisable & bit != 0 {
                let recognition = stop
                    .recognition
                    .iter()
                    .filter(|(p, r, _)| *p == v.plan && *r as usize == s)
                    .map(|(_, _, scope)| level(*scope, Mechanism::Recognition))
                    .fold(0.0, f64::max);
                if recognition > 0.0
                    && streams[s].recognition.uniform(draw, call, 0) < recognition
                    && streams[s].audit.uniform(draw, call, 0) >= step.audit_share
                {
                    skipped[s] = SkipReason::Recognised as u8;
                    continue;
                }
            }
            omitted &= !bit;
            applies |= bit;
            // The agencies of two countries are two, also where they bear one name.
            let by = u32::from(step.part) << 16 | u32::from(step.agency.0);
            if plan.exams & bit != 0
                && !examined[..examined_by as usize].contains(&by)
                && let Some(place) = examined.get_mut(examined_by as usize)
            {
                *place = by;
                examined_by += 1;
            }
            apart |= step.apart;
        }
        v.apart |= apart;
        v.applies = applies;
        v.saved_declaration = saved;
        v.examined_by = examined_by;
        let (plan_index, measured) = (v.plan, v.measured());
        let mut told = omitted | if measured { eligible } else { 0 };
        while told != 0 {
            let s = told.trailing_zeros() as usize;
            told &= told - 1;
            let reason = skipped[s];
            if reason != u8::MAX {
                let detail = u64::from(reason);
                site.common_fact(index, now, FactKind::Skipped, s as u8, 0, detail);
            }
            if measured && eligible >> s & 1 == 1 {
                let recognised = reason == SkipReason::Recognised as u8;
                let selected = reason != SkipReason::NotSelected as u8;
                site.observer
                    .eligible(plan_index, s as u8, selected, recognised);
            } else if measured && reason == SkipReason::Recognised as u8 {
                site.observer.eligible(plan_index, s as u8, true, true);
            }
        }
    }

    /// Starts a visit whose cargo has come: chooses the steps of it (if its data was not here before) and of
    /// the members that have some of their own.
    pub(super) fn begin(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        v.stage = Stage::Working;
        v.last = NO_STEP;
        if v.plan == super::visit::NO_PLAN {
            return;
        }
        let node = &self.network.sites[site.site];
        let plan = &node.plans[v.plan as usize];
        v.fees += plan.fee;
        let (is_batch, ahead) = (v.is_batch(), v.ahead);
        let per_consignment = if is_batch { plan.per_consignment } else { 0 };
        if ahead == 0 {
            v.epoch = self
                .network
                .epoch(crate::terms::SiteId::from(site.site), now) as u8;
            self.choose_steps(site, now, index, !per_consignment);
        }
        if is_batch && per_consignment != 0 {
            self.begin_members(site, now, index, per_consignment, out);
        }
        let v = &mut site.visits[index as usize];
        v.straight = self.may_go_straight(site.site, v);
        if v.applies & plan.release & !v.done == 0 || !v.straight {
            self.release(site, now, index, out);
        }
    }

    fn begin_members(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        batch: u32,
        per_consignment: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let parent = &site.visits[batch as usize];
        let (plan, cell, epoch, call, ahead, began) = (
            parent.plan,
            parent.cell,
            parent.epoch,
            parent.call,
            parent.ahead,
            parent.began,
        );
        let line = &self.network.lines[parent.cargo.entity.group() as usize];
        let waits = line.on_hold == crate::terms::OnHold::Wait;
        for m in 0..site.visits[batch as usize].members.len() {
            let cargo = site.visits[batch as usize].members[m].cargo;
            let child = site.admit(cargo, self.draws.key(cargo.entity), now);
            let visit = &mut site.visits[child as usize];
            (visit.plan, visit.cell, visit.epoch, visit.call) = (plan, cell, epoch, call);
            (visit.ahead, visit.began, visit.parent) = (ahead, began, batch);
            visit.stage = Stage::Working;
            self.choose_steps(site, now, child, per_consignment);
            let applies = site.visits[child as usize].applies;
            if applies == 0 {
                // Nothing of its own to do: its choices are recorded, its place is not needed.
                site.dismiss(child);
                continue;
            }
            let parent = &mut site.visits[batch as usize];
            parent.members[m].visit = child;
            parent.children += 1;
            if waits {
                parent.applies |= applies;
                for (s, record) in parent.records.iter_mut().enumerate() {
                    record.left += (applies >> s & 1) as u32;
                }
            }
            site.touch_visit(child);
            self.release(site, now, child, out);
        }
    }
}
