//! Where waits can close to a circle: who may hold what while waiting for what, of pools and servers, for all routes.
//! What is found is possible, not certain: it depends on how many there are of each, and on who comes when.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::*;

/// Something that is held and waited for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Node {
    Pool(PoolIndex),
    /// A station of a site, after all mergers.
    Station(SiteId, StationIndex),
}

/// Who stands at `site` and holds `held` may wait for `wanted`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Edge {
    held: Node,
    wanted: Node,
    site: SiteId,
}

/// Marks the sites within which a wait cycle can close.
pub(super) fn mark(network: &mut Network) {
    if network.pools.is_empty() {
        return;
    }
    let edges = edges(network);
    let mut by_site: BTreeMap<SiteId, Vec<&Edge>> = BTreeMap::new();
    for edge in &edges {
        by_site.entry(edge.site).or_default().push(edge);
    }
    for (site, there) in by_site {
        let here = |node: Node| match node {
            Node::Pool(pool) => network.pools[pool as usize].owner == site,
            Node::Station(at, _) => at == site,
        };
        let within = there.into_iter().filter(|e| here(e.held) && here(e.wanted));
        let found = !circles(within).is_empty();
        network.sites[site.index()].cycles = found;
    }
}

impl Network {
    /// The wait cycles that the scenario allows, in words: each names the yards and tokens that it goes through.
    pub fn possible_cycles(&self) -> Vec<String> {
        if self.pools.is_empty() {
            return Vec::new();
        }
        let edges = edges(self);
        let words = |nodes: BTreeSet<Node>| {
            let names = nodes.iter().filter_map(|node| match node {
                Node::Pool(pool) => {
                    let pool = &self.pools[*pool as usize];
                    Some(match pool.kind {
                        PoolKind::Yard => format!("the {}", pool.name),
                        PoolKind::Token(kind) => format!("{kind} `{}`", pool.name),
                    })
                }
                Node::Station(..) => None,
            });
            let names: Vec<String> = names.collect();
            let what = match names.as_slice() {
                [one] => {
                    format!("{one}: who holds one of its places or pieces may wait for another")
                }
                all => format!(
                    "{}: who holds one of these may wait for the next",
                    all.join(", ")
                ),
            };
            format!(
                "a wait cycle is possible through {what}; a run in which it closes ends with an error that names it"
            )
        };
        circles(edges.iter()).into_iter().map(words).collect()
    }
}

/// The strongly connected parts that hold a pool.
fn circles<'e>(edges: impl Iterator<Item = &'e Edge>) -> Vec<BTreeSet<Node>> {
    let mut graph: DiGraph<Node, ()> = DiGraph::new();
    let mut index = BTreeMap::new();
    for edge in edges {
        let mut at = |node: Node| *index.entry(node).or_insert_with(|| graph.add_node(node));
        let (held, wanted) = (at(edge.held), at(edge.wanted));
        graph.update_edge(held, wanted, ());
    }
    let parts = tarjan_scc(&graph)
        .into_iter()
        .filter(|part| part.len() > 1 || part.iter().any(|node| graph.contains_edge(*node, *node)));
    let mut found: Vec<BTreeSet<Node>> = parts
        .map(|part| {
            part.into_iter()
                .map(|i| graph[i])
                .collect::<BTreeSet<Node>>()
        })
        .filter(|part| part.iter().any(|node| matches!(node, Node::Pool(_))))
        .collect();
    found.sort();
    found
}

fn edges(network: &Network) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for route in &network.routes {
        for leg in 0..route.stops.len() {
            stop(network, &route.stops, leg, &mut edges);
        }
    }
    for (s, site) in network.sites.iter().enumerate() {
        // Batches of several lines form in one yard: each may wait for consignments that find no place.
        let Some(gate) = &site.gate else { continue };
        let waiting = site.lines.iter().filter_map(|line| {
            let line = &network.lines[*line as usize];
            let stands = network.routes[line.route as usize].stops[0].yard == Some(gate.pool);
            match line.formation {
                LineFormation::Size { size, within: None } if stands => Some(size - 1),
                _ => None,
            }
        });
        let places = network.pools[gate.pool as usize].supply[0].1;
        if waiting.sum::<u32>() >= places {
            edges.insert(Edge {
                held: Node::Pool(gate.pool),
                wanted: Node::Pool(gate.pool),
                site: SiteId::from(s),
            });
        }
    }
    edges
}

/// What may be held, and waited for, at one stop of a route, in the order in which it comes there.
fn stop(network: &Network, stops: &[Stop], leg: usize, edges: &mut BTreeSet<Edge>) {
    let here = &stops[leg];
    let mut held: Vec<Node> = Vec::new();
    let mut add = |held: &[Node], wanted: Node| {
        for &held in held {
            let site = here.site;
            edges.insert(Edge { held, wanted, site });
        }
    };
    for (at, later) in stops.iter().enumerate().skip(leg) {
        let carried = later
            .gives
            .iter()
            .filter(|g| (g.since as usize) < leg && (at > leg || !g.on_arrival));
        held.extend(carried.map(|g| Node::Pool(g.pool)));
    }
    if let Some(pool) = here.yard {
        if !here.reserved {
            add(&held, Node::Pool(pool));
        }
        held.push(Node::Pool(pool));
    }
    let mut desks = Vec::new();
    let mut still = Vec::new();
    for &(_, plan, _) in &here.plans {
        let plan = &network.sites[here.site.index()].plans[plan as usize];
        for order in &plan.orders {
            steps(network, here.site, plan, order, &held, &mut add);
        }
        for step in &plan.steps {
            still.extend(step.takes.iter().map(|pool| Node::Pool(*pool)));
            desks.extend(station(network, here.site, step.station).filter(|_| step.needs_cargo));
        }
    }
    held.extend(still);
    for &pool in &here.takes {
        add(&held, Node::Pool(pool));
        if network.pools[pool as usize].kind.hours() == HourKind::Blocking {
            add(&desks, Node::Pool(pool));
        }
        held.push(Node::Pool(pool));
    }
    if let (true, Some(pool)) = (here.guarded, stops.get(leg + 1).and_then(|next| next.yard)) {
        add(&held, Node::Pool(pool));
    }
}

/// What the steps of a plan may hold and wait for under one order of theirs.
fn steps(
    network: &Network,
    site: SiteId,
    plan: &Plan,
    order: &Order,
    base: &[Node],
    add: &mut impl FnMut(&[Node], Node),
) {
    let after = |i: usize, j: usize| order.before[i] >> j & 1 == 1;
    for (j, step) in plan.steps.iter().enumerate() {
        let mut held = base.to_vec();
        let mut desks = Vec::new();
        for (i, other) in plan.steps.iter().enumerate() {
            if i == j || after(i, j) {
                continue;
            }
            for &pool in &other.takes {
                let given = (0..plan.steps.len()).any(|k| {
                    let gives = |h: &HeldPool| {
                        h.pool == pool && h.taker as usize == i && h.giver as usize == k
                    };
                    plan.held.iter().any(gives) && after(j, k) && (k == i || after(k, i))
                });
                if !given {
                    held.push(Node::Pool(pool));
                }
            }
            desks.extend(station(network, site, other.station).filter(|_| other.needs_cargo));
        }
        for &pool in &step.takes {
            add(&held, Node::Pool(pool));
            if network.pools[pool as usize].kind.hours() == HourKind::Blocking {
                add(&desks, Node::Pool(pool));
            }
            held.push(Node::Pool(pool));
        }
        let own = station(network, site, step.station);
        if let Some(own) = own {
            add(&held, own);
        }
        // A joint visit keeps the officers that are there until all are.
        for (m, other) in plan.steps.iter().enumerate() {
            if m != j && order.joint[j] >> m & 1 == 1 {
                let with = station(network, site, other.station).filter(|with| Some(*with) != own);
                if let (Some(own), Some(with)) = (own, with) {
                    add(&[own], with);
                }
            }
        }
    }
}

/// The station that serves a desk after all mergers, where it has officers.
fn station(network: &Network, site: SiteId, mut index: StationIndex) -> Option<Node> {
    let stations = &network.sites[site.index()].stations;
    while let Some((_, host)) = stations[index as usize].absorbed {
        index = host;
    }
    matches!(stations[index as usize].servers, StationKind::Staffed(_))
        .then_some(Node::Station(site, index))
}
