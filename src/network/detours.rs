//! Other ways from each stop, and the news that they are chosen by.
//!
//! A detour is a route of its own: it shares its first stops with the route that it is taken from, and goes on by
//! another next site. So all that follows from a route (what is taken and given back, data sent ahead, partners in
//! cooperation) is right on a detour as well.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{CompileError, Compiler};
use super::paths;
use super::pools::notice_channel;
use super::*;
use crate::scenario;

/// What a flow's drivers do when it takes too long.
#[derive(Clone, Debug, Default)]
pub struct DriversNode {
    /// From entering until the trader cancels.
    pub gives_up_after: Option<Law>,
    /// Turn away on arrival where more vehicles than this are there, with this probability.
    pub balks: Option<(u32, f64)>,
    /// When another route is taken.
    pub reroutes: Option<ReroutingNode>,
}

/// When another route is taken.
#[derive(Clone, Copy, Debug)]
pub struct ReroutingNode {
    /// Closures count.
    pub closures: bool,
    /// What it must save at least.
    pub gain: Span,
    /// Position in [`Network::news`].
    pub news: Option<u16>,
}

/// Reports of queues of one age and rhythm.
#[derive(Clone, Debug)]
pub struct NewsNode {
    /// How often they leave.
    pub every: Span,
    /// How old they are when they come.
    pub age: Span,
    /// Who reports, and to whom with which channel, sorted.
    pub reports: Vec<(SiteId, Vec<(SiteId, u32)>)>,
}

impl Compiler<'_> {
    pub(super) fn drivers(&mut self, flow: &scenario::Flow) -> DriversNode {
        let drivers = &flow.drivers;
        DriversNode {
            gives_up_after: drivers
                .gives_up_after
                .as_ref()
                .map(|law| self.laws.compile(law)),
            balks: drivers.balks.map(|b| (b.above, b.share)),
            reroutes: drivers.reroutes.map(|r| ReroutingNode {
                closures: r.closures,
                gain: r.gain,
                news: None,
            }),
        }
    }

    /// The detours of a flow's routes, appended to the network's routes, and each stop's expected time to the end.
    pub(super) fn detours(
        &mut self,
        network: &mut Network,
        id: FlowId,
        flow: &scenario::Flow,
    ) -> Result<(), CompileError> {
        let drivers = &flow.drivers;
        let impatient = drivers.gives_up_after.is_some()
            || drivers.balks.is_some()
            || flow
                .commodities
                .iter()
                .any(|(c, share)| *share > 0.0 && network.perishes[c.index()].is_some());
        let most = match (&drivers.reroutes, &drivers.balks) {
            (Some(rerouting), _) => rerouting.at_most,
            (None, Some(_)) => 1,
            (None, None) => 0,
        };
        let mut routes: Vec<u16> = network.flows[id.index()].routes.clone();
        let mut next = 0;
        while next < routes.len() {
            let at = routes[next];
            next += 1;
            let (parts_at, detours) = {
                let route = &network.routes[at as usize];
                (route.parts_at as usize, route.detours)
            };
            if detours < most {
                let stops = network.routes[at as usize].stops.len();
                for leg in parts_at..stops - 1 {
                    // Who has just left a route decides anew at the next stop, not at the same.
                    if leg == parts_at && detours > 0 {
                        continue;
                    }
                    let path: Vec<LinkId> = network.routes[at as usize]
                        .stops
                        .iter()
                        .filter_map(|s| s.link)
                        .collect();
                    let Some(other) = self.finder.detour(flow, &path, leg).map_err(CompileError)?
                    else {
                        continue;
                    };
                    let mut route = self.route(network, id, flow, &other);
                    route.parts_at = leg as u8;
                    route.detours = detours + 1;
                    let number = u16::try_from(network.routes.len()).map_err(|_| {
                        CompileError("the corridor has more than 65535 routes and detours".into())
                    })?;
                    network.routes.push(route);
                    network.routes[at as usize].stops[leg].detour = Some(number);
                    routes.push(number);
                }
            }
            let mut remaining = Span::ZERO;
            for stop in network.routes[at as usize].stops.iter_mut().rev() {
                if let Some(link) = stop.link {
                    let hours = paths::hours(self.scenario, link);
                    remaining += Span::from_hours(hours);
                }
                stop.remaining = remaining;
                stop.impatient = impatient;
            }
        }
        Ok(())
    }

    /// Who reports queues to whom: every border side on a route or detour to every stop with another way.
    pub(super) fn news(&self, network: &mut Network) {
        type Reports = BTreeMap<SiteId, BTreeSet<SiteId>>;
        let mut services: BTreeMap<(Span, Span), Reports> = BTreeMap::new();
        for route in &network.routes {
            let flow = &self.scenario.flows[route.flow.index()];
            let Some((age, every)) = flow
                .drivers
                .reroutes
                .and_then(|r| r.news.map(|age| (age, r.every)))
            else {
                continue;
            };
            let reports = services.entry((age, every)).or_default();
            for (leg, stop) in route.stops.iter().enumerate() {
                let Some(detour) = stop.detour else { continue };
                let ways = [&route.stops, &network.routes[detour as usize].stops];
                for later in ways.into_iter().flat_map(|stops| &stops[leg + 1..]) {
                    if !later.plans.is_empty() && later.site != stop.site {
                        reports.entry(later.site).or_default().insert(stop.site);
                    }
                }
            }
        }
        for ((age, every), reports) in services {
            let number = network.news.len() as u16;
            let mut node = NewsNode {
                every,
                age,
                reports: Vec::new(),
            };
            for (from, routers) in reports {
                let to = routers
                    .into_iter()
                    .map(|router| (router, notice_channel(network, from, router, age)));
                node.reports.push((from, to.collect()));
            }
            network.news.push(node);
            for (flow, about) in network.flows.iter_mut().zip(&self.scenario.flows) {
                if let (Some(node), Some(rerouting)) =
                    (&mut flow.drivers.reroutes, about.drivers.reroutes)
                    && rerouting.news == Some(age)
                    && rerouting.every == every
                {
                    node.news = Some(number);
                }
            }
        }
    }
}
