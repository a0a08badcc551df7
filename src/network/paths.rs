//! From flows to routes: expected times and costs of links and stops, alternatives, logit shares.

use super::papers::expected_ms;
use super::routes::{self, RouteEdge, RouteGraph};
use crate::random::LawSpec;
use crate::scenario::{Flow, Link, RouteCost, Scenario, Servers, Timetable};
use crate::terms::{FlowId, LinkId, Mode, Role, SiteId};
use crate::time::MS_PER_HOUR;

/// The routes of one flow, as lists of links, with their shares.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FlowRoutes {
    pub paths: Vec<Vec<LinkId>>,
    pub shares: Vec<f64>,
    pub thresholds: Vec<u64>,
}

/// Expected hours and dollars per TEU of one link, with the stop that it leads to.
///
/// Expected time on a route (semantics section 3) = mean transit + timetable wait + mean service without
/// queueing + the stated `expected_delay` of the site. Service is reckoned as the listed sum of means times shares.
fn link_cost(scenario: &Scenario, link: &Link) -> (f64, f64) {
    let hours = |law: &LawSpec| law.mean() / MS_PER_HOUR as f64;
    let mut time = hours(&link.transit).max(link.minimum.hours());
    let wait = |timetable: &Timetable| timetable.every_ms / 2.0 / MS_PER_HOUR as f64;
    if let Some(timetable) = &link.timetable {
        time += wait(timetable);
    }
    let site = &scenario.sites[link.to.index()];
    let from = &scenario.sites[link.from.index()];
    // The role at the far end is entry where the country changes, else transit; what leaves the near end over
    // a border was cleared there as exit.
    let mut money = link.cost_per_teu;
    let mut stop = |site: &crate::scenario::Site, role: Role| {
        let general = site
            .procedures
            .iter()
            .find(|p| p.role == role && p.commodity.is_none());
        if let Some(usage) = general {
            let steps = &scenario.procedures[usage.procedure.index()].steps;
            // Audits after release delay nobody.
            for step in steps.iter().filter(|s| !s.papers.post_release) {
                let channels = &scenario.procedures[usage.procedure.index()].channels;
                let share = channels.green * step.shares.green
                    + channels.yellow * step.shares.yellow
                    + channels.red * step.shares.red
                    + channels.blue * step.shares.blue;
                let desk = site
                    .desks
                    .iter()
                    .find(|d| d.agency == step.agency && d.name == step.desk);
                let service = match desk.map(|d| d.servers) {
                    Some(Servers::Slots(timetable)) => wait(&timetable),
                    _ => hours(&step.service) + step.setup.as_ref().map_or(0.0, hours),
                };
                let trouble = expected_ms(&step.papers, step.service.mean());
                let service = service + trouble / MS_PER_HOUR as f64;
                time += share * service;
                money += share * step.fee;
            }
            time += site.expected_delay.hours();
            money += site.fee;
        }
    };
    if from.country != site.country {
        stop(from, Role::Exit);
        stop(site, Role::Entry);
    } else {
        stop(site, Role::Transit);
    }
    (time, money)
}

/// Expected hours of a link and the stop that it leads to.
pub(super) fn hours(scenario: &Scenario, link: LinkId) -> f64 {
    link_cost(scenario, &scenario.links[link.index()]).0
}

/// The links that flows of one choice of modes and costs may use, as a graph.
struct Ways {
    by: RouteCost,
    modes: Vec<Mode>,
    graph: RouteGraph,
    /// By link of the graph.
    links: Vec<LinkId>,
}

/// Finds the routes of a scenario's flows. What a link costs does not depend on the flow, and most flows choose among
/// the same links: costs are reckoned once, and graphs are kept.
pub(super) struct Finder<'a> {
    scenario: &'a Scenario,
    /// Hours and dollars, by link.
    costs: Vec<(f64, f64)>,
    ways: Vec<Ways>,
}

/// Graphs that are kept: more would be too many where each flow has a value of time of its own.
const KEPT: usize = 16;

impl<'a> Finder<'a> {
    pub fn new(scenario: &'a Scenario) -> Self {
        let costs = scenario.links.iter().map(|link| link_cost(scenario, link));
        Finder {
            scenario,
            costs: costs.collect(),
            ways: Vec::new(),
        }
    }

    /// The links that a flow may use, with their weights.
    fn ways(&mut self, flow: &Flow) -> Result<&Ways, String> {
        let choice = &flow.routes;
        let same = |ways: &Ways| ways.by == choice.by && ways.modes == choice.modes;
        if let Some(at) = self.ways.iter().position(same) {
            return Ok(&self.ways[at]);
        }
        let mut edges: Vec<RouteEdge> = Vec::new();
        let mut links: Vec<LinkId> = Vec::new();
        for (index, link) in self.scenario.links.iter().enumerate() {
            if !choice.modes.is_empty() && !choice.modes.contains(&link.mode) {
                continue;
            }
            let (hours, dollars) = self.costs[index];
            let cost = match choice.by {
                RouteCost::Time => hours,
                RouteCost::Money => dollars,
                RouteCost::Generalised(value) => dollars + value * hours,
            };
            // Integer weights, so that sums have no rounding and ties are exact: a millionth of an hour or dollar.
            let weight = routes::integer_weight(cost * WEIGHT_UNITS).map_err(|e| {
                format!(
                    "link `{}` has no usable cost for flow `{}`: {e}",
                    link.name, flow.name
                )
            })?;
            edges.push(RouteEdge {
                from: link.from.index(),
                to: link.to.index(),
                weight,
            });
            links.push(LinkId::from(index));
        }
        let graph = RouteGraph::new(self.scenario.sites.len(), &edges)
            .map_err(|e| format!("flow `{}`: {e}", flow.name))?;
        if self.ways.len() == KEPT {
            self.ways.remove(0);
        }
        self.ways.push(Ways {
            by: choice.by,
            modes: choice.modes.clone(),
            graph,
            links,
        });
        Ok(&self.ways[self.ways.len() - 1])
    }

    /// The way of least cost from stop `leg` of `path` to its end that does not go on by the same next site, with the
    /// stops before it; `None` where there is none, or where the next site must be passed.
    pub fn detour(
        &mut self,
        flow: &Flow,
        path: &[LinkId],
        leg: usize,
    ) -> Result<Option<Vec<LinkId>>, String> {
        let next = self.scenario.links[path[leg].index()].to;
        let here = self.scenario.links[path[leg].index()].from;
        let passed: Vec<SiteId> = path[..leg]
            .iter()
            .map(|l| self.scenario.links[l.index()].to)
            .collect();
        let via: Vec<usize> = flow
            .routes
            .via
            .iter()
            .filter(|s| !passed.contains(s))
            .map(|s| s.index())
            .collect();
        if next == flow.to || via.contains(&next.index()) {
            return Ok(None);
        }
        let ways = self.ways(flow)?;
        let around = Some(next.index());
        let found = ways
            .graph
            .alternatives_around(here.index(), flow.to.index(), &via, around, 1)
            .map_err(|e| format!("flow `{}`: {e}", flow.name))?;
        Ok(found.into_iter().next().map(|route| {
            let on = route.links.iter().map(|e| ways.links[*e]);
            path[..leg].iter().copied().chain(on).collect()
        }))
    }

    /// The routes of `flow`: up to k alternatives of least cost and their logit shares.
    pub fn routes(&mut self, id: FlowId, flow: &Flow) -> Result<FlowRoutes, String> {
        let scenario = self.scenario;
        let choice = &flow.routes;
        let via: Vec<usize> = choice.via.iter().map(|s| s.index()).collect();
        let k = choice.alternatives.max(1) as usize;
        let ways = self.ways(flow)?;
        let found = ways
            .graph
            .alternatives(flow.from.index(), flow.to.index(), &via, k)
            .map_err(|e| format!("flow `{}`: {e}", flow.name))?;
        if found.is_empty() {
            let name = |s: SiteId| scenario.sites[s.index()].name.clone();
            return Err(format!(
                "flow `{}` (number {}): no route leads from `{}` to `{}`",
                flow.name,
                id.index(),
                name(flow.from),
                name(flow.to)
            ));
        }
        let costs: Vec<f64> = found
            .iter()
            .map(|r| r.weight as f64 / WEIGHT_UNITS)
            .collect();
        // The stated scale is per hour or dollar; the thresholds want the difference that divides the odds by e.
        let thresholds = routes::logit_thresholds(&costs, 1.0 / choice.logit_scale);
        let mut below = 0.0;
        let shares = thresholds
            .iter()
            .map(|t| {
                let upto = *t as f64 / u64::MAX as f64;
                let share = upto - below;
                below = upto;
                share
            })
            .collect();
        let paths = found
            .into_iter()
            .map(|r| r.links.iter().map(|e| ways.links[*e]).collect())
            .collect();
        Ok(FlowRoutes {
            paths,
            shares,
            thresholds,
        })
    }
}

const WEIGHT_UNITS: f64 = 1e6;
