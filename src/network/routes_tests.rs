//! Routes against a search of all paths, on small networks with many ties.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn network(nodes: usize, edges: &[(usize, usize, u64)]) -> RouteGraph {
    RouteGraph::new(nodes, &edges_of(edges)).unwrap()
}

fn edges_of(edges: &[(usize, usize, u64)]) -> Vec<RouteEdge> {
    edges
        .iter()
        .map(|&(from, to, weight)| RouteEdge { from, to, weight })
        .collect()
}

fn links(routes: Vec<Route>) -> Vec<Vec<usize>> {
    routes.into_iter().map(|r| r.links).collect()
}

#[test]
fn alternatives_come_in_the_order_of_weight_then_link_numbers() {
    // Two borders of equal weight between 0 and 3, a dearer direct link, and a twin of link 1.
    let edges = [
        (0, 3, 9),
        (0, 1, 2),
        (1, 3, 3),
        (0, 2, 3),
        (2, 3, 2),
        (0, 1, 2),
    ];
    let routes = network(4, &edges).alternatives(0, 3, &[], 10).unwrap();
    assert_eq!(
        routes.iter().map(|r| r.weight).collect::<Vec<_>>(),
        [5, 5, 5, 9]
    );
    assert_eq!(links(routes), [vec![1, 2], vec![3, 4], vec![5, 2], vec![0]]);
}

#[test]
fn a_short_route_costs_as_little_in_a_large_network_as_in_a_small_one() {
    // A ring that is travelled both ways. Were the whole ring searched for each route, it would take minutes.
    let nodes = 100_000;
    let edges: Vec<_> = (0..nodes)
        .flat_map(|n| [(n, (n + 1) % nodes, 2), ((n + 1) % nodes, n, 2)])
        .collect();
    let graph = network(nodes, &edges);
    let begun = std::time::Instant::now();
    for from in (0..nodes - 4).step_by(10) {
        let routes = graph.alternatives(from, from + 4, &[], 1).unwrap();
        let onward: Vec<usize> = (from..from + 4).map(|n| 2 * n).collect();
        assert_eq!(links(routes), [onward]);
    }
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[test]
fn only_as_many_as_asked_for_are_given_and_none_where_there_is_no_way() {
    let graph = network(3, &[(0, 1, 1), (0, 1, 2)]);
    assert_eq!(graph.alternatives(0, 1, &[], 1).unwrap().len(), 1);
    assert_eq!(graph.alternatives(0, 1, &[], 0).unwrap(), []);
    assert_eq!(graph.alternatives(0, 2, &[], 3).unwrap(), []);
    assert_eq!(graph.alternatives(1, 0, &[], 3).unwrap(), []);
    assert_eq!(graph.alternatives(0, 1, &[2], 3).unwrap(), []);
}

#[test]
fn a_route_over_a_stop_does_not_turn_back_on_itself() {
    // The best way from stop 1 to 3 goes back over 0; the whole must not.
    let graph = network(4, &[(0, 1, 1), (1, 0, 1), (0, 3, 1), (1, 2, 5), (2, 3, 5)]);
    assert_eq!(
        links(graph.alternatives(0, 3, &[1], 3).unwrap()),
        [vec![0, 3, 4]]
    );
    assert_eq!(links(graph.alternatives(0, 3, &[], 1).unwrap()), [vec![2]]);
}

#[test]
fn cycles_that_cost_nothing_are_not_entered() {
    let graph = network(
        4,
        &[
            (0, 1, 0),
            (1, 2, 0),
            (2, 1, 0),
            (1, 3, 0),
            (2, 3, 0),
            (0, 0, 0),
        ],
    );
    assert_eq!(
        links(graph.alternatives(0, 3, &[], 5).unwrap()),
        [vec![0, 1, 4], vec![0, 3]]
    );
    // Node 2 is as near as 1, but leads only back to it.
    let graph = network(4, &[(0, 1, 1), (1, 2, 0), (2, 1, 0), (1, 3, 0)]);
    assert_eq!(
        links(graph.alternatives(0, 3, &[], 5).unwrap()),
        [vec![0, 3]]
    );
}

#[test]
fn impossible_questions_are_refused_with_a_reason() {
    let edge = RouteEdge {
        from: 0,
        to: 5,
        weight: 1,
    };
    let error = RouteGraph::new(2, &[edge]).unwrap_err();
    assert_eq!(error.to_string(), "node 5 does not exist; there are 2");
    let heavy = RouteEdge {
        from: 0,
        to: 1,
        weight: u64::MAX,
    };
    assert_eq!(
        RouteGraph::new(2, &[heavy, heavy]).unwrap_err(),
        RouteError::TooHeavy
    );
    let graph = network(3, &[(0, 1, 1)]);
    assert_eq!(
        graph.alternatives(0, 0, &[], 1),
        Err(RouteError::StopTwice(0))
    );
    assert_eq!(
        graph.alternatives(0, 2, &[1, 1], 1),
        Err(RouteError::StopTwice(1))
    );
    assert_eq!(
        graph.alternatives(0, 7, &[], 1),
        Err(RouteError::UnknownNode { node: 7, nodes: 3 })
    );
}

#[test]
fn real_weights_are_rounded_and_senseless_ones_refused() {
    assert_eq!(integer_weight(2.5), Ok(3));
    assert_eq!(integer_weight(-0.0), Ok(0));
    for weight in [-1.0, f64::NAN, f64::INFINITY, 1e17] {
        let error = integer_weight(weight).unwrap_err();
        assert!(
            error.to_string().contains("is not a number from 0 to 2^53"),
            "{error}"
        );
    }
}

#[test]
fn logit_shares_follow_the_costs() {
    let scale = 10.0;
    let thresholds = logit_thresholds(&[100.0, 100.0 + scale, 100.0], scale);
    let whole = 2f64.powi(64);
    let shares = [
        thresholds[0] as f64 / whole,
        (thresholds[1] - thresholds[0]) as f64 / whole,
        (thresholds[2] - thresholds[1]) as f64 / whole,
    ];
    assert!((shares[0] / shares[1] - std::f64::consts::E).abs() < 1e-12);
    assert!((shares[0] - shares[2]).abs() < 1e-12);
    assert_eq!(thresholds[2], u64::MAX);
}

#[test]
fn costs_without_a_choice_have_stated_thresholds() {
    assert!(logit_thresholds(&[], 1.0).is_empty());
    assert_eq!(logit_thresholds(&[5.0], 1.0), [u64::MAX]);
    assert_eq!(
        logit_thresholds(&[2.0, 1.0, 1.0], 0.0),
        [0, u64::MAX, u64::MAX]
    );
    assert_eq!(
        logit_thresholds(&[1.0, f64::INFINITY, f64::NAN], 1.0),
        [u64::MAX; 3]
    );
    assert_eq!(
        logit_thresholds(&[f64::NAN, f64::NAN], 1.0),
        [1 << 63, u64::MAX]
    );
}

#[test]
fn bits_choose_the_first_alternative_whose_threshold_they_do_not_exceed() {
    let thresholds = [99, 99, 199, u64::MAX];
    let chosen = [0, 99, 100, 199, 200, u64::MAX].map(|bits| choose(&thresholds, bits));
    assert_eq!(chosen, [0, 0, 2, 2, 3, 3]);
}

/// All loopless routes that meet the stops in order, by trying everything.
fn all_routes(edges: &[RouteEdge], stops: &[usize]) -> Vec<Route> {
    fn extend(
        edges: &[RouteEdge],
        stops: &[usize],
        path: &mut Vec<usize>,
        route: &mut Route,
        all: &mut Vec<Route>,
    ) {
        let node = path[path.len() - 1];
        if node == stops[stops.len() - 1] {
            let met: Vec<usize> = path.iter().copied().filter(|n| stops.contains(n)).collect();
            if met == stops {
                all.push(route.clone());
            }
            return;
        }
        for (link, edge) in edges.iter().enumerate().filter(|(_, e)| e.from == node) {
            if !path.contains(&edge.to) {
                path.push(edge.to);
                route.links.push(link);
                route.weight += edge.weight;
                extend(edges, stops, path, route, all);
                route.weight -= edge.weight;
                route.links.pop();
                path.pop();
            }
        }
    }
    let mut all = Vec::new();
    extend(
        edges,
        stops,
        &mut vec![stops[0]],
        &mut Route {
            weight: 0,
            links: vec![],
        },
        &mut all,
    );
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_alternatives_are_the_best_of_all_routes(
        edges in prop::collection::vec((0usize..6, 0usize..6, 0u64..3), 0..20),
        lightest in 0u64..2,
        order in Just([0usize, 1, 2, 3]).prop_shuffle(),
        vias in 0usize..3,
        k in 1usize..8,
    ) {
        let edges: Vec<_> = edges.into_iter().map(|(f, t, w)| (f, t, w + lightest)).collect();
        let stops = &order[..vias + 2];
        let found = network(6, &edges)
            .alternatives(stops[0], stops[vias + 1], &stops[1..=vias], k)
            .unwrap();
        let mut expected = all_routes(&edges_of(&edges), stops);
        expected.truncate(k);
        prop_assert_eq!(found, expected);
    }
}
