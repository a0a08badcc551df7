//! Alternative routes over links with whole-number weights, and the choice among them.
//!
//! Weights are integers (milliseconds, or a cost in a small unit), so that ties are ties: routes are
//! ordered by weight and then by their link numbers, and neither a platform's rounding nor the order of a
//! hash table can change which are found. Distances come from Dijkstra's search from the target, which ends as soon as
//! all that a shortest route can meet is known, so that a short route costs little in a large network; the paths are
//! read off them link by link, and Yen's algorithm (Management Science 17, 1971) finds the alternatives.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use thiserror::Error;

/// A directed link between two nodes. Its index in the list is its link number; several links may join
/// the same nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RouteEdge {
    /// Where it starts.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it adds to a route's weight.
    pub weight: u64,
}

/// A way from one node to another that meets no node twice. Ordered by weight, then by link numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Route {
    /// The sum of its links' weights.
    pub weight: u64,
    /// Its link numbers in the order of travel.
    pub links: Vec<usize>,
}

/// Why routes cannot be searched.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum RouteError {
    /// A link or a stop names a node that does not exist.
    #[error("node {node} does not exist; there are {nodes}")]
    UnknownNode {
        /// The number given.
        node: usize,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A node stands twice among origin, intermediate stops and destination.
    #[error("node {0} stands twice among the stops of a route; a route meets no node twice")]
    StopTwice(usize),
    /// The weights of all links together exceed what a sum can hold.
    #[error("the weights of all links together exceed 2^64 - 1; use a larger unit")]
    TooHeavy,
    /// A real weight that is negative, not a number or too large.
    #[error("the weight {0} is not a number from 0 to 2^53")]
    BadWeight(f64),
}

/// A real weight rounded to the nearest whole number; refused if negative, NaN or above 2^53.
pub fn integer_weight(weight: f64) -> Result<u64, RouteError> {
    if (0.0..=(1u64 << 53) as f64).contains(&weight) {
        Ok(libm::round(weight) as u64)
    } else {
        Err(RouteError::BadWeight(weight))
    }
}

/// A network to search for routes.
#[derive(Clone, Debug)]
pub struct RouteGraph {
    /// Edge indices are link numbers.
    graph: DiGraph<(), u64, usize>,
    /// Links of weight zero can form cycles that cost nothing, which the walk must not enter.
    has_free_links: bool,
}

/// Concatenations of alternatives between stops that are looked at before the search gives up on finding
/// more routes that meet no node twice.
const MOST_CONCATENATIONS: usize = 10_000;

impl RouteGraph {
    /// A network of nodes `0..nodes` and these links.
    pub fn new(nodes: usize, edges: &[RouteEdge]) -> Result<RouteGraph, RouteError> {
        let mut graph = DiGraph::with_capacity(nodes, edges.len());
        (0..nodes).for_each(|_| {
            graph.add_node(());
        });
        let mut total = 0u64;
        for edge in edges {
            if let Some(node) = [edge.from, edge.to].into_iter().find(|&n| n >= nodes) {
                return Err(RouteError::UnknownNode { node, nodes });
            }
            total = total.checked_add(edge.weight).ok_or(RouteError::TooHeavy)?;
            graph.add_edge(
                NodeIndex::new(edge.from),
                NodeIndex::new(edge.to),
                edge.weight,
            );
        }
        Ok(RouteGraph {
            graph,
            has_free_links: edges.iter().any(|e| e.weight == 0),
        })
    }

    /// The best `k` routes from `source` over the nodes `via`, in that order, to `target`, best first; fewer
    /// where there are fewer, none where the target cannot be reached. With intermediate stops the search
    /// ends after 10,000 concatenations, which only a network of many parallel detours reaches.
    pub fn alternatives(
        &self,
        source: usize,
        target: usize,
        via: &[usize],
        k: usize,
    ) -> Result<Vec<Route>, RouteError> {
        self.alternatives_around(source, target, via, None, k)
    }

    /// As [`RouteGraph::alternatives`], over routes that do not meet the node `around`.
    pub(super) fn alternatives_around(
        &self,
        source: usize,
        target: usize,
        via: &[usize],
        around: Option<usize>,
        k: usize,
    ) -> Result<Vec<Route>, RouteError> {
        let stops: Vec<usize> = [source]
            .iter()
            .chain(via)
            .chain(&[target])
            .copied()
            .collect();
        let nodes = self.graph.node_count();
        let mut is_stop: BTreeSet<usize> = around.into_iter().collect();
        for &node in &stops {
            if node >= nodes {
                return Err(RouteError::UnknownNode { node, nodes });
            }
            if !is_stop.insert(node) {
                return Err(RouteError::StopTwice(node));
            }
        }
        let mut legs: Vec<Alternatives> = stops
            .windows(2)
            .map(|ends| {
                let mut banned = is_stop.clone();
                banned.remove(&ends[0]);
                banned.remove(&ends[1]);
                Alternatives::new(self, ends[0], ends[1], banned)
            })
            .collect();
        Ok(self.concatenate(&mut legs, k))
    }

    /// The best `k` loopless concatenations of one alternative of each leg, by best-first search: to take
    /// the next alternative of a leg never makes the whole better.
    fn concatenate(&self, legs: &mut [Alternatives], k: usize) -> Vec<Route> {
        let mut routes = Vec::new();
        let mut open = BinaryHeap::new();
        let mut seen = BTreeSet::new();
        let first = vec![0; legs.len()];
        if let Some(route) = joined(legs, &first) {
            open.push(Reverse((route, first)));
        }
        for _ in 0..MOST_CONCATENATIONS {
            if routes.len() == k {
                break;
            }
            let Some(Reverse((route, choice))) = open.pop() else {
                break;
            };
            if self.is_loopless(&route) {
                routes.push(route);
                // The next alternative may be far longer, and is not asked for.
                if routes.len() == k {
                    break;
                }
            }
            for leg in 0..legs.len() {
                let mut next = choice.clone();
                next[leg] += 1;
                if seen.insert(next.clone())
                    && let Some(route) = joined(legs, &next)
                {
                    open.push(Reverse((route, next)));
                }
            }
        }
        routes
    }

    fn is_loopless(&self, route: &Route) -> bool {
        let mut ends: Vec<usize> = route.links.iter().map(|&link| self.ends(link).1).collect();
        ends.extend(route.links.first().map(|&link| self.ends(link).0));
        let met = ends.len();
        ends.sort_unstable();
        ends.dedup();
        ends.len() == met
    }

    /// Where a link starts and ends.
    fn ends(&self, link: usize) -> (usize, usize) {
        let ends = self.graph.edge_endpoints(link.into());
        let (from, to) = ends.expect("routes consist of links of this network");
        (from.index(), to.index())
    }

    fn weight(&self, link: usize) -> u64 {
        self.graph[petgraph::graph::EdgeIndex::new(link)]
    }

    /// The distances to `target` over nodes that are not `banned`, of all nodes that are no further than what a
    /// shortest route from `start` (itself banned) by another first link than `not_first` meets.
    fn distances_to(
        &self,
        target: usize,
        start: usize,
        banned: &BTreeSet<usize>,
        not_first: &BTreeSet<usize>,
    ) -> HashMap<usize, u64> {
        let mut known: HashMap<usize, u64> = HashMap::new();
        let mut open = BinaryHeap::from([Reverse((0u64, target))]);
        // The least way from the start that has been found: who is further off is on none that is as short.
        let mut least = u64::MAX;
        while let Some(Reverse((distance, node))) = open.pop() {
            if distance > least {
                break;
            }
            if known.contains_key(&node) {
                continue;
            }
            known.insert(node, distance);
            for edge in self.graph.edges_directed(node.into(), Direction::Incoming) {
                let from = edge.source().index();
                let further = distance + edge.weight();
                if from == start && !not_first.contains(&edge.id().index()) {
                    least = least.min(further);
                }
                if !banned.contains(&from) && !known.contains_key(&from) {
                    open.push(Reverse((further, from)));
                }
            }
        }
        known
    }

    /// The best route from `start` to `target` that meets no `banned` node and does not begin with a link
    /// in `not_first`.
    fn best(
        &self,
        start: usize,
        target: usize,
        mut banned: BTreeSet<usize>,
        not_first: &BTreeSet<usize>,
    ) -> Option<Route> {
        let mut route = Route {
            weight: 0,
            links: Vec::new(),
        };
        let mut node = start;
        banned.insert(node);
        let mut distances = self.distances_to(target, start, &banned, not_first);
        while node != target {
            let onward = self.graph.edges(node.into()).filter_map(|edge| {
                let link = edge.id().index();
                let to = edge.target().index();
                let rest = distances.get(&to).filter(|_| !banned.contains(&to))?;
                let refused = route.links.is_empty() && not_first.contains(&link);
                (!refused).then_some((edge.weight() + rest, link))
            });
            // The least link number among the links that begin a shortest rest.
            let (_, link) = onward.min()?;
            route.weight += self.weight(link);
            route.links.push(link);
            node = self.ends(link).1;
            banned.insert(node);
            if self.has_free_links && node != target {
                distances = self.distances_to(target, node, &banned, &BTreeSet::new());
            }
        }
        Some(route)
    }
}

/// One alternative of each leg in a row; none where a leg has no such alternative.
fn joined(legs: &mut [Alternatives], choice: &[usize]) -> Option<Route> {
    let mut whole = Route {
        weight: 0,
        links: Vec::new(),
    };
    for (leg, &number) in legs.iter_mut().zip(choice) {
        let part = leg.get(number)?;
        // A concatenation that uses a link twice has a loop, so it may exceed the checked sum.
        whole.weight = whole.weight.saturating_add(part.weight);
        whole.links.extend(&part.links);
    }
    Some(whole)
}

/// The loopless routes between two nodes, best first, found as they are asked for (Yen's algorithm).
struct Alternatives<'a> {
    network: &'a RouteGraph,
    source: usize,
    target: usize,
    banned: BTreeSet<usize>,
    found: Vec<Route>,
    /// Best route of each class of routes that leave a found one at some node.
    candidates: BTreeSet<Route>,
    started: bool,
}

impl<'a> Alternatives<'a> {
    fn new(network: &'a RouteGraph, source: usize, target: usize, banned: BTreeSet<usize>) -> Self {
        let (found, candidates) = (Vec::new(), BTreeSet::new());
        Alternatives {
            network,
            source,
            target,
            banned,
            found,
            candidates,
            started: false,
        }
    }

    /// The alternative of this number, counted from 0.
    fn get(&mut self, number: usize) -> Option<&Route> {
        while self.found.len() <= number {
            if self.started {
                self.branch_from_last();
            } else {
                self.started = true;
                let best = self.network.best(
                    self.source,
                    self.target,
                    self.banned.clone(),
                    &BTreeSet::new(),
                );
                self.candidates.extend(best);
            }
            let next = self.candidates.pop_first()?;
            self.found.push(next);
        }
        self.found.get(number)
    }

    /// For each node of the last found route: the best route that shares it up to there and goes on
    /// otherwise than all found routes that share it.
    fn branch_from_last(&mut self) {
        let Some(last) = self.found.last() else {
            return;
        };
        let mut banned = self.banned.clone();
        let (mut node, mut weight) = (self.source, 0);
        for (i, &link) in last.links.iter().enumerate() {
            let root = &last.links[..i];
            let sharing = self.found.iter().filter(|r| r.links.starts_with(root));
            let taken: BTreeSet<usize> = sharing.filter_map(|r| r.links.get(i).copied()).collect();
            if let Some(rest) = self.network.best(node, self.target, banned.clone(), &taken) {
                let links = root.iter().chain(&rest.links).copied().collect();
                self.candidates.insert(Route {
                    weight: weight + rest.weight,
                    links,
                });
            }
            banned.insert(node);
            weight += self.network.weight(link);
            node = self.network.ends(link).1;
        }
    }
}

/// Logit shares of alternatives as cumulative thresholds: the share of an alternative is proportional to
/// exp(-cost / `scale`), and `scale` is the difference in cost that divides the odds by e. The last
/// threshold is `u64::MAX`.
///
/// With a scale that is not above 0 all go to the first of least cost. A cost that is not finite has no
/// share, unless none is finite: then all are equal.
pub fn logit_thresholds(costs: &[f64], scale: f64) -> Vec<u64> {
    let least = costs
        .iter()
        .copied()
        .filter(|c| c.is_finite())
        .fold(f64::INFINITY, f64::min);
    let first = costs.iter().position(|&c| c == least);
    let odds = |(i, &cost): (usize, &f64)| match first {
        None => 1.0,
        Some(first) if scale.is_nan() || scale <= 0.0 => f64::from(u8::from(i == first)),
        Some(_) if cost.is_finite() => libm::exp(-(cost - least) / scale),
        Some(_) => 0.0,
    };
    let odds: Vec<f64> = costs.iter().enumerate().map(odds).collect();
    let total: f64 = odds.iter().sum();
    let mut sum = 0.0;
    let mut thresholds: Vec<u64> = odds
        .iter()
        .map(|share| {
            sum += share;
            // `as` saturates: a share of 1 becomes u64::MAX.
            (sum / total * 2f64.powi(64)) as u64
        })
        .collect();
    if let Some(last) = thresholds.last_mut() {
        *last = u64::MAX;
    }
    thresholds
}

/// The alternative that 64 random bits choose: the first whose threshold they do not exceed.
pub fn choose(thresholds: &[u64], bits: u64) -> usize {
    let below = thresholds.partition_point(|&threshold| threshold < bits);
    below.min(thresholds.len().saturating_sub(1))
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
