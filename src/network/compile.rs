//! From a scenario to a network: sites, then links, then flows with their routes.

use std::collections::BTreeMap;

use super::capacity;
use super::computed;
use super::levels::{LevelCurve, ScopeId};
use super::paths::{self, FlowRoutes};
use super::rates::LocalSlots;
use super::*;
use crate::random::LawCompiler;
use crate::scenario::{self, Scenario, Study, Timetable};

/// Why a scenario cannot be compiled. Loading reports these mistakes with line and column; they are met here
/// only by scenarios built in code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CompileError(pub String);

/// Routes that variants share with the base.
#[derive(Clone, Debug)]
pub struct BaseRoutes(Vec<FlowRoutes>);

impl Network {
    /// The routes of a study's base, for [`Network::compile`] of its variants.
    ///
    /// # Errors
    /// Where a flow has no route.
    pub fn base_routes(scenario: &Scenario) -> Result<BaseRoutes, CompileError> {
        let most = usize::from(u16::MAX);
        if scenario.flows.len() > most || scenario.sites.len() > demand::MOST_SITES {
            return Err(CompileError(format!(
                "the corridor has {} flows and {} sites; at most {most} and {} are possible",
                scenario.flows.len(),
                scenario.sites.len(),
                demand::MOST_SITES
            )));
        }
        let mut finder = paths::Finder::new(scenario);
        let routes = scenario
            .flows
            .iter()
            .enumerate()
            .map(|(f, flow)| finder.routes(FlowId::from(f), flow));
        routes
            .collect::<Result<_, _>>()
            .map(BaseRoutes)
            .map_err(CompileError)
    }

    /// Compiles variant number `variant` of `study`, with `routes` of the base or, where `None`, its own.
    ///
    /// # Errors
    /// Where a flow has no route, a procedure too many steps, a desk no station, a zone no rules.
    pub fn compile(
        study: &Study,
        variant: usize,
        routes: Option<&BaseRoutes>,
    ) -> Result<Network, CompileError> {
        let scenario = &study.variants[variant].scenario;
        let own;
        let routes = match routes {
            Some(routes) => routes,
            None => {
                own = Self::base_routes(scenario)?;
                &own
            }
        };
        let mut reformed: BTreeMap<SiteId, Vec<usize>> = BTreeMap::new();
        for (r, reform) in scenario.reforms.iter().enumerate() {
            for &site in &reform.sites {
                let here = reformed.entry(site).or_default();
                if here.last() != Some(&r) {
                    here.push(r);
                }
            }
        }
        Compiler {
            study,
            scenario,
            finder: paths::Finder::new(scenario),
            reformed,
            yards: scenario.sites.iter().filter(|s| s.yard.is_some()).count(),
            crossings: BTreeMap::new(),
            one_stops: scenario.one_stops(),
            scopes: BTreeMap::new(),
            laws: LawCompiler::new(),
            local: BTreeMap::new(),
        }
        .run(routes)
    }
}

pub(super) struct Compiler<'a> {
    pub(super) study: &'a Study,
    pub(super) scenario: &'a Scenario,
    pub(super) finder: paths::Finder<'a>,
    /// Reforms by site, by date.
    reformed: BTreeMap<SiteId, Vec<usize>>,
    /// Sites with a yard.
    pub(super) yards: usize,
    /// Crossings found so far, by their ends.
    pub(super) crossings: BTreeMap<(SiteId, SiteId, Mode), usize>,
    pub(super) one_stops: Vec<scenario::OneStop>,
    pub(super) scopes: BTreeMap<Scope, ScopeId>,
    pub(super) laws: LawCompiler,
    /// Local time by time zone.
    pub(super) local: BTreeMap<String, LocalSlots>,
}

pub(super) fn slots(timetable: &Timetable) -> Slots {
    Slots {
        every_ms: timetable.every_ms,
        offset: timetable.offset,
        capacity: timetable.capacity,
    }
}

pub(super) fn wrong(e: impl std::fmt::Display) -> CompileError {
    CompileError(e.to_string())
}

impl Compiler<'_> {
    fn run(mut self, base: &BaseRoutes) -> Result<Network, CompileError> {
        let experiment = &self.study.experiment;
        let horizon = Time::ZERO + experiment.horizon;
        let mut network = Network {
            warm_up: Time::ZERO + experiment.warm_up,
            horizon,
            settles: experiment.steady,
            drain_end: horizon + experiment.max_drain,
            agencies: self
                .scenario
                .agencies
                .iter()
                .map(|a| (a.name.clone(), a.kind))
                .collect(),
            sites: Vec::new(),
            links: Vec::new(),
            flows: Vec::new(),
            routes: Vec::new(),
            lines: Vec::new(),
            levels: Vec::new(),
            crossings: Vec::new(),
            channels: Vec::new(),
            data_delay: self.scenario.cooperation.data_delay.max(Span::TICK),
            pools: Vec::new(),
            news: Vec::new(),
            perishes: self
                .scenario
                .commodities
                .iter()
                .map(|c| c.perishes_after)
                .collect(),
            closures: Closures::default(),
            shocks: Vec::new(),
            sick: Vec::new(),
            start: experiment.start,
        };
        for site in 0..self.scenario.sites.len() {
            network
                .sites
                .push(self.site(SiteId::from(site), network.drain_end)?);
        }
        for link in &self.scenario.links {
            let minimum = link.minimum.max(Span::TICK);
            network.links.push(LinkNode {
                name: link.name.clone(),
                to: link.to,
                mode: link.mode,
                transit: self.laws.compile(&link.transit),
                minimum,
                timetable: link.timetable.as_ref().map(slots),
                channel: network.channels.len() as u32,
            });
            network.channels.push(ChannelNode {
                from: link.from,
                to: link.to,
                lookahead: minimum,
                name: format!("transit {}", link.name),
            });
            if link.timetable.is_some() {
                let id = LinkId::from(network.links.len() - 1);
                network.sites[link.from.index()].timetabled.push(id);
            }
        }
        for (f, flow) in self.scenario.flows.iter().enumerate() {
            self.flow(&mut network, FlowId::from(f), flow, &base.0[f])?;
        }
        self.empties(&mut network);
        self.lines(&mut network);
        fits(&network, self.yards + self.scenario.tokens.len())?;
        self.sends(&mut network);
        self.pools(&mut network);
        self.holdings(&mut network);
        self.news(&mut network);
        self.entries(&mut network)?;
        cycles::mark(&mut network);
        for entry in &self.scenario.backlog {
            let site = super::one_stop::backlog_site(&network, entry);
            network.sites[site.index()].backlog.push(BacklogNode {
                flow: entry.flow,
                consignments: entry.consignments,
            });
        }
        network.backlog_fits()?;
        shocks::compile(self.study, self.scenario, &mut self.laws, &mut network).map_err(wrong)?;
        let mut scopes: Vec<_> = self.scopes.into_iter().collect();
        scopes.sort_by_key(|(_, id)| *id);
        network.levels = scopes
            .into_iter()
            .map(|(scope, _)| LevelCurve::compile(&self.scenario.cooperation, scope))
            .collect();
        computed::mark(&mut network);
        Ok(network)
    }

    pub(super) fn scope(&mut self, scope: Scope) -> ScopeId {
        let next = ScopeId(self.scopes.len() as u16);
        *self.scopes.entry(scope).or_insert(next)
    }

    /// Reforms of a site, by date.
    pub(super) fn reforms(&self, site: SiteId) -> impl Iterator<Item = &scenario::Reform> {
        let here = self.reformed.get(&site).map_or(&[][..], Vec::as_slice);
        here.iter().map(|r| &self.scenario.reforms[*r])
    }
}

/// Identities are packed in few bits (see [`EntityId`] and `world::Cargo`): what does not fit is refused, not cut.
fn fits(network: &Network, pools: usize) -> Result<(), CompileError> {
    let longest = network
        .routes
        .iter()
        .map(|r| r.stops.len())
        .max()
        .unwrap_or(0);
    let counts = [
        ("flows", network.flows.len(), 0xffff),
        ("routes of all flows", network.routes.len(), 0xffff),
        (
            "paths of train and vessel services",
            network.lines.len(),
            0xffff,
        ),
        ("stops on one route", longest, 0xff),
        ("border crossings", network.crossings.len(), 0xffff),
        ("yards and tokens", pools, 0xffff),
    ];
    match counts.iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => Err(CompileError(format!(
            "the corridor has {count} {what}; at most {most} are possible"
        ))),
        None => Ok(()),
    }
}

pub(super) fn note_direction(directions: &mut Vec<String>, flow: &scenario::Flow) {
    if let Some(direction) = &flow.direction
        && !directions.contains(direction)
    {
        directions.push(direction.clone());
    }
}

/// An always-open calendar, for scenarios built in code.
pub fn always_open() -> scenario::Calendar {
    capacity::always()
}
