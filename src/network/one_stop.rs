//! One-stop posts compiled: the steps of both sides in one plan, the desks of both at one site.
//!
//! A route over a one-stop post keeps its two stops. The one that hosts the post has a plan with the exit side's
//! steps (part 0) before the entry side's ([`ENTRY_PART`]); the other has none, so that vehicles pass through it.

use super::order::Order;
use super::*;
use crate::random::OneFactor;
use crate::scenario::{self, OneStop, Procedure, Step, Together};

use super::compile::{CompileError, Compiler, note_direction};
use super::compile_site::pool;

/// [`PlanStep::part`] of the entry side's steps.
pub const ENTRY_PART: u8 = 1;

/// What a one-stop post's plan has for the entry side alone.
#[derive(Clone, Debug)]
pub struct OneStopPlan {
    /// The post's position in the scenario.
    pub post: usize,
    /// The exit side and the entry side.
    pub homes: [SiteId; 2],
    /// The entry side's steps.
    pub entry_steps: u64,
    /// Probabilities of the entry side's channels.
    pub risk: Risk,
    /// Dependence of one consignment's service times in the entry side's steps.
    pub copula: Option<OneFactor>,
    /// What joint visits do with the entry side's officers whose exam ends first.
    pub officers_held: OfficersHeld,
    procedures: Together,
}

/// How a stop belongs to a one-stop post.
#[derive(Clone, Copy, Debug)]
pub struct AtPost {
    /// The stop of the route that does the steps of both sides.
    pub host: u8,
    /// The role under which visits there are reported.
    pub role: Role,
    /// As [`Stop::enforcement`], for the entry side's steps (that field is then the exit side's).
    pub enforcement: Option<ScopeId>,
    /// As [`Stop::aeo`], for the entry side's steps.
    pub aeo: Option<ScopeId>,
}

impl Stop {
    /// The scope of assistance for a part of the plan.
    pub fn enforcement_of(&self, part: u8) -> Option<ScopeId> {
        match &self.one_stop {
            Some(post) if part == ENTRY_PART => post.enforcement,
            _ => self.enforcement,
        }
    }

    /// True where a one-stop post on the side that is entered does the exit controls too.
    pub fn does_exit_controls_beyond(&self) -> bool {
        self.one_stop.is_some() && self.role == Role::Entry && !self.plans.is_empty()
    }

    /// The role under which visits are reported.
    pub fn reported_role(&self) -> Role {
        match &self.one_stop {
            Some(post) if !self.plans.is_empty() => post.role,
            _ => self.role,
        }
    }
}

impl Plan {
    /// Whose the steps of a part are: a side of a one-stop post; `None` where it is the site of the visit.
    #[inline]
    pub fn home_of(&self, part: u8) -> Option<SiteId> {
        let post = self.one_stop.as_ref()?;
        Some(post.homes[part as usize])
    }

    /// How consignments are put in channels by those whose steps a part has.
    #[inline]
    pub fn risk_of(&self, part: u8) -> &Risk {
        match &self.one_stop {
            Some(post) if part == ENTRY_PART => &post.risk,
            _ => &self.risk,
        }
    }

    /// The dependence of one consignment's service times in the steps of a part.
    #[inline]
    pub fn copula_of(&self, part: u8) -> Option<&OneFactor> {
        match &self.one_stop {
            Some(post) if part == ENTRY_PART => post.copula.as_ref(),
            _ => self.copula.as_ref(),
        }
    }

    /// What a joint visit of the steps `group` does with officers whose exam ends first: it keeps them where either
    /// side does.
    pub fn officers_held_in(&self, group: u64) -> OfficersHeld {
        match &self.one_stop {
            None => self.officers_held,
            Some(post) => {
                let exit = group & !post.entry_steps != 0;
                let entry = group & post.entry_steps != 0;
                let longest = exit && self.officers_held == OfficersHeld::Longest
                    || entry && post.officers_held == OfficersHeld::Longest;
                if longest {
                    OfficersHeld::Longest
                } else {
                    OfficersHeld::OwnExam
                }
            }
        }
    }
}

impl Compiler<'_> {
    /// The directions that post at `host` serves.
    pub(super) fn hosted(&self, host: SiteId) -> Vec<OneStop> {
        let mine = |way: &&OneStop| way.host == host;
        self.one_stops.iter().filter(mine).copied().collect()
    }

    /// Adds the plans of the one-stop post at `host`.
    pub(super) fn one_stop_plans(
        &mut self,
        host: SiteId,
        epochs: &[Time],
        stations: &[StationNode],
        plans: &mut Vec<Plan>,
    ) -> Result<(), CompileError> {
        for way in self.hosted(host) {
            for together in way.procedures(&self.scenario.sites) {
                if find(plans, &way, &together).is_none() {
                    let plan = self.one_stop_plan(&way, together, epochs, stations)?;
                    plans.push(plan);
                }
            }
        }
        Ok(())
    }

    fn one_stop_plan(
        &mut self,
        way: &OneStop,
        together: Together,
        epochs: &[Time],
        stations: &[StationNode],
    ) -> Result<Plan, CompileError> {
        let scenario = self.scenario;
        let procedure = |id: ProcedureId| &scenario.procedures[id.index()];
        let (exit, entry) = (together.exit.map(procedure), together.entry.map(procedure));
        let (mut steps, mut troubles) = (Vec::new(), Vec::new());
        if let Some(id) = together.exit {
            steps = self.steps(way.exit, id, (0, 0), stations, &mut troubles)?;
        }
        let first = steps.len();
        if let Some(id) = together.entry {
            steps.extend(self.steps(
                way.entry,
                id,
                (ENTRY_PART, first),
                stations,
                &mut troubles,
            )?);
        }
        // The entry side's agencies get ids of their own, see `one_stop_order`.
        if scenario.agencies.len() > usize::from(u16::MAX) / 2 {
            return Err(CompileError("too many agencies for a one-stop post".into()));
        }
        if steps.len() > MAX_STEPS {
            let name = &scenario.posts[way.post].name;
            return Err(CompileError(format!(
                "post `{name}` has {} steps at one stop; at most {MAX_STEPS} are possible",
                steps.len()
            )));
        }
        let orders = epochs
            .iter()
            .map(|&from| self.one_stop_order(way, exit, entry, from))
            .collect();
        let no_risk = Risk::default();
        let held = |p: Option<&Procedure>| p.map_or(OfficersHeld::Longest, |p| p.officers_held);
        let fee = |site: SiteId, p: Option<&Procedure>| {
            p.map_or(0.0, |_| scenario.sites[site.index()].fee)
        };
        let copula = |p: Option<&Procedure>| p.and_then(|p| OneFactor::new(p.correlation));
        let mut tokens = exit.map_or(Vec::new(), |p| self.held(p));
        tokens.extend(
            entry
                .map_or(Vec::new(), |p| self.held(p))
                .into_iter()
                .map(|held| HeldPool {
                    taker: held.taker + first as u8,
                    giver: held.giver + first as u8,
                    ..held
                }),
        );
        let own = together.exit.or(together.entry);
        Ok(Plan {
            procedure: own.expect("a stop has the steps of one side at least"),
            orders,
            risk: exit.map_or(no_risk, Risk::of),
            copula: copula(exit),
            held: tokens,
            officers_held: held(exit),
            fee: fee(way.exit, exit) + fee(way.entry, entry),
            one_stop: Some(Box::new(OneStopPlan {
                post: way.post,
                homes: [way.exit, way.entry],
                entry_steps: u64::MAX.checked_shl(first as u32).unwrap_or(0),
                risk: entry.map_or(no_risk, Risk::of),
                copula: copula(entry),
                officers_held: held(entry),
                procedures: together,
            })),
            ..Plan::of(steps, troubles)
        })
    }

    /// The regime of the post over both sides' steps, in their listed order, the exit side's first. The agencies of
    /// two countries are two, also where they bear one name; each country has its own declaration.
    fn one_stop_order(
        &self,
        way: &OneStop,
        exit: Option<&Procedure>,
        entry: Option<&Procedure>,
        from: Time,
    ) -> Order {
        let post = &self.scenario.posts[way.post];
        let first = exit.map_or(0, |p| p.steps.len());
        // The entry side's agencies get ids of their own, above all others.
        let abroad = self.scenario.agencies.len() as u16;
        let mut steps: Vec<Step> = exit.map_or(Vec::new(), |p| p.steps.clone());
        for step in entry.map_or(&[][..], |p| &p.steps) {
            steps.push(Step {
                agency: AgencyId(step.agency.0 + abroad),
                after: step.after.iter().map(|s| s + first).collect(),
                ..step.clone()
            });
        }
        let merged = |agency: AgencyId| {
            if agency.0 < abroad {
                self.merged(way.exit, agency, from)
            } else {
                let own = AgencyId(agency.0 - abroad);
                AgencyId(self.merged(way.entry, own, from).0 + abroad)
            }
        };
        let country = |step: usize| usize::from(step >= first);
        let mut order = Order::arrange(&steps, post.regime, merged, country);
        if !post.joint_examination {
            let exit_steps = (0..first).fold(0u64, |mask, s| mask | 1 << s);
            for (s, group) in order.joint.iter_mut().enumerate() {
                *group &= if s < first { exit_steps } else { !exit_steps };
                if group.count_ones() < 2 {
                    *group = 0;
                }
            }
        }
        if !post.pool.is_empty() {
            // Nothing is carried between the desks of a pooled agency.
            let pooled = |agency: AgencyId| {
                let agency = merged(agency);
                let side = usize::from(way.exit != post.between[0]);
                let pair = post
                    .pool
                    .iter()
                    .find(|pair| agency.0 == pair[1 - side].0 + abroad);
                pair.map_or(agency, |pair| pair[side])
            };
            order.handed_over = Order::arrange(&steps, post.regime, pooled, country).handed_over;
        }
        order
    }

    /// Pools the desks of one name of pooled agencies: one queue, the sum of both shifts.
    pub(super) fn pool_agencies(&self, host: SiteId, stations: &mut [StationNode], until: Time) {
        let mut seen: Vec<usize> = Vec::new();
        for way in self.hosted(host) {
            if seen.contains(&way.post) {
                continue;
            }
            seen.push(way.post);
            let post = &self.scenario.posts[way.post];
            // The pool's queue is that of the country where the post stands.
            let own = usize::from(post.between[1] == host);
            for pair in &post.pool {
                for guest in 0..stations.len() {
                    let mine = &stations[guest];
                    if mine.home != post.between[1 - own] || mine.agency != pair[1 - own] {
                        continue;
                    }
                    let StationKind::Staffed(duty) = &mine.servers else {
                        continue;
                    };
                    let duty = duty.clone();
                    let partner = stations.iter().position(|h| {
                        h.home == host
                            && h.agency == pair[own]
                            && h.desk == mine.desk
                            && matches!(h.servers, StationKind::Staffed(_))
                    });
                    let Some(partner) = partner else { continue };
                    if let StationKind::Staffed(own) = &stations[partner].servers {
                        let both = pool(own, &duty, Time::ZERO, until);
                        stations[partner].servers = StationKind::Staffed(both);
                    }
                    let partner = partner as StationIndex;
                    stations[guest].servers = StationKind::Staffed(vec![(Time::ZERO, 0)]);
                    stations[guest].absorbed = Some((Time::ZERO, partner));
                    // What a reform merges into the guest comes to the pool.
                    for station in stations.iter_mut() {
                        match &mut station.absorbed {
                            Some((_, host)) if *host as usize == guest => *host = partner,
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    /// Plans and cells of a visit at a one-stop post: lanes first, the general procedures last.
    pub(super) fn one_stop_plans_of(
        &self,
        network: &mut Network,
        way: &OneStop,
        mode: Mode,
        flow: &scenario::Flow,
    ) -> Vec<(Option<CommodityId>, u16, u16)> {
        let node = &mut network.sites[way.host.index()];
        let mut plans = Vec::new();
        for together in way.procedures(&self.scenario.sites) {
            let carries = |c: CommodityId| {
                flow.commodities
                    .iter()
                    .any(|(f, share)| *f == c && *share > 0.0)
            };
            if together.lane.is_some_and(|lane| !carries(lane)) {
                continue;
            }
            let plan = find(&node.plans, way, &together)
                .expect("the post's plans were compiled from the same list")
                as u16;
            let cell = node.cell(way.role(), mode, together.lane, plan);
            note_direction(&mut node.cells[cell as usize].directions, flow);
            plans.push((together.lane, plan, cell));
        }
        plans
    }

    /// Moves the steps of the stops `leg` and `leg + 1` to the one that hosts them, with the scopes of both.
    pub(super) fn unite(&self, stops: &mut [Stop], leg: usize, way: &OneStop) {
        let entry = AtPost {
            host: if way.host == way.exit { leg } else { leg + 1 } as u8,
            role: way.role(),
            enforcement: stops[leg + 1].enforcement,
            aeo: stops[leg + 1].aeo,
        };
        let (enforcement, aeo) = (stops[leg].enforcement, stops[leg].aeo);
        for stop in &mut stops[leg..=leg + 1] {
            stop.one_stop = Some(entry);
            (stop.enforcement, stop.aeo) = (enforcement, aeo);
        }
    }
}

impl SiteNode {
    /// The cell of these visits, a new one if there is none yet.
    pub(super) fn cell(
        &mut self,
        role: Role,
        mode: Mode,
        lane: Option<CommodityId>,
        plan: u16,
    ) -> u16 {
        let same = |c: &Cell| (c.role, c.mode, c.lane, c.plan) == (role, mode, lane, plan);
        let found = self.cells.iter().position(same);
        let cell = found.unwrap_or_else(|| {
            self.cells.push(Cell {
                role,
                mode,
                lane,
                directions: Vec::new(),
                plan,
            });
            self.cells.len() - 1
        });
        cell as u16
    }
}

/// The plan of a direction and its procedures.
fn find(plans: &[Plan], way: &OneStop, together: &Together) -> Option<usize> {
    plans.iter().position(|plan| {
        plan.one_stop.as_ref().is_some_and(|post| {
            let same =
                (post.procedures.exit, post.procedures.entry) == (together.exit, together.entry);
            post.homes == [way.exit, way.entry] && same
        })
    })
}

/// Where a backlog stands: consignments that wait at an entry side whose controls a post does at the exit side wait
/// there.
pub(super) fn backlog_site(network: &Network, entry: &scenario::Backlog) -> SiteId {
    for &route in &network.flows[entry.flow.index()].routes {
        let stops = &network.routes[route as usize].stops;
        if let Some(stop) = stops.iter().find(|s| s.site == entry.site) {
            return match &stop.one_stop {
                Some(post) if stop.role == Role::Entry => stops[post.host as usize].site,
                _ => entry.site,
            };
        }
    }
    entry.site
}

#[cfg(test)]
#[path = "one_stop_tests.rs"]
mod tests;
