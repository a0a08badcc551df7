//! How many consignments each flow brings, as the scenario states it: nothing is drawn.

use crate::network::demand::Source;
use crate::network::{FlowNode, Network};
use crate::time::Time;

/// Consignments per millisecond of each flow that enter from one instant to a later one; `kept` says which share of a
/// Poisson flow's candidates is kept. Empties come at the rate at which the flow begins whose vehicles they are.
pub(in crate::experiment) fn rates(
    network: &Network,
    (from, to): (Time, Time),
    kept: impl Fn(&FlowNode) -> f64,
) -> Vec<f64> {
    let mut rates: Vec<f64> = network
        .flows
        .iter()
        .map(|flow| own_rate(flow, (from, to), &kept))
        .collect();
    // No flow follows itself, and each follows one other: a forest, from its roots on.
    let roots = network.flows.iter().enumerate();
    let mut next: Vec<usize> = roots
        .filter(|(_, flow)| !matches!(flow.source, Source::After(_)))
        .map(|(at, _)| at)
        .collect();
    while let Some(flow) = next.pop() {
        for &back in &network.flows[flow].empties {
            if let Source::After(haul) = &network.flows[back.index()].source {
                rates[back.index()] = rates[flow] * haul.share;
                next.push(back.index());
            }
        }
    }
    rates
}

fn own_rate(flow: &FlowNode, (from, to): (Time, Time), kept: impl Fn(&FlowNode) -> f64) -> f64 {
    let length = to.since(from).ms().max(1) as f64;
    let brings = flow
        .burst
        .as_ref()
        .map_or(f64::from(flow.group), |burst| burst.mean);
    match &flow.source {
        Source::Poisson => brings / flow.interval_ms * kept(flow),
        Source::Regular => brings / flow.interval_ms,
        Source::Timed(times) => {
            let within = times.iter().filter(|at| from <= **at && **at < to).count();
            within as f64 * brings / length
        }
        Source::Recorded(all) => {
            let within = all.iter().filter(|r| from <= r.at && r.at < to);
            within.map(|r| f64::from(r.consignments)).sum::<f64>() / length
        }
        Source::After(_) => 0.0,
    }
}
