//! Routes with what their stops cost in hours and money, for the time-cost-distance chart.

use super::replication::Pool;
use super::replication::Row;
use super::results::*;
use super::summarise::over;
use crate::network::{FlowNode, Network, Stop};
use crate::scenario::Scenario;
use crate::terms::{FlowId, SiteId};
use crate::time::MS_PER_HOUR;

const HOUR: f64 = MS_PER_HOUR as f64;

pub(super) fn routes(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    sides: &[SideResult],
    pool: &Pool,
) -> Vec<RouteResult> {
    let mut found = Vec::new();
    let sides = Sides::new(network, sides);
    for (f, flow) in network.flows.iter().enumerate() {
        for (n, &route) in flow.routes.iter().enumerate() {
            let stops = &network.routes[route as usize].stops;
            let mut distance_km = 0.0;
            let (mut travel_h, mut travel_cost) = (0.0, 0.0);
            let mut listed = Vec::new();
            for (leg, stop) in stops.iter().enumerate() {
                let place = &scenario.sites[stop.site.index()];
                let mix = cells_of(network, flow, stops, leg);
                let stay_cost: f64 = mix
                    .iter()
                    .map(|&(cell, share)| {
                        let tally = &pool.cells[stop.site.index()][cell];
                        let n = tally.bcp.moments.n.max(1) as f64;
                        share * tally.fees as f64 / 1e6 / n
                    })
                    .sum();
                listed.push(RouteStop {
                    site: place.name.clone(),
                    title: place.title.clone(),
                    role: stop.reported_role(),
                    distance_km,
                    stay_h: stay(rows, &sides, stop.site, &mix),
                    travel_h,
                    travel_cost,
                    stay_cost: stay_cost / flow.teu.max(f64::MIN_POSITIVE),
                });
                if let Some(link) = stop.link {
                    let link = &scenario.links[link.index()];
                    distance_km += link.distance_km;
                    travel_h = (link.transit.mean() / HOUR).max(link.minimum.hours());
                    travel_cost = link.cost_per_teu;
                }
            }
            found.push(RouteResult {
                flow: scenario.flows[FlowId::from(f).index()].name.clone(),
                share: flow.shares[n],
                stops: listed,
            });
        }
    }
    found
}

/// The cells that a flow's consignments are reported under at a stop, with their shares of the flow: lanes by
/// commodity.
pub(super) fn cells_of(
    network: &Network,
    flow: &FlowNode,
    stops: &[Stop],
    leg: usize,
) -> Vec<(usize, f64)> {
    // On a train the general procedure holds for all.
    let on_train = stops[0]
        .forms
        .is_some_and(|line| leg > 0 && leg < network.lines[line as usize].break_leg as usize);
    let mut mix: Vec<(usize, f64)> = Vec::new();
    let mut below = 0.0;
    for &(upto, commodity) in &flow.commodities {
        let share = upto - below;
        below = upto;
        let lane = (!on_train).then_some(commodity);

        let Some((_, cell)) = stops[leg].plan_for(lane) else {
            continue;
        };
        match mix.iter_mut().find(|(c, _)| *c == cell as usize) {
            Some((_, sum)) => *sum += share,
            None => mix.push((cell as usize, share)),
        }
    }
    mix
}

/// The mean stay of a mix of cells at a site.
fn stay(rows: &[Row], sides: &Sides<'_>, site: SiteId, mix: &[(usize, f64)]) -> Measured {
    let of = |cell: usize| sides.of(site, cell).map(|s| s.bcp.mean_h);
    match mix {
        [] => Measured::Missing,
        [(cell, _)] => of(*cell).unwrap_or(Measured::Missing),
        mix if mix
            .iter()
            .all(|(c, _)| matches!(of(*c), Some(Measured::Estimate(_)))) =>
        {
            let mean = |r: &Row| {
                mix.iter()
                    .map(|(c, w)| w * r.cells[site.index()][*c].bcp.mean)
                    .sum()
            };
            Measured::Estimate(over(rows, mean))
        }
        _ => Measured::Missing,
    }
}

/// The results of sides, which are listed site by site, cell by cell.
pub(super) struct Sides<'a> {
    sides: &'a [SideResult],
    /// By site: how many are listed before its own.
    before: Vec<usize>,
}

impl<'a> Sides<'a> {
    pub fn new(network: &Network, sides: &'a [SideResult]) -> Self {
        let before = network.sites.iter().scan(0, |sum, site| {
            let before = *sum;
            *sum += site.cells.len();
            Some(before)
        });
        Sides {
            sides,
            before: before.collect(),
        }
    }

    /// The result of cell number `cell` of a site.
    pub fn of(&self, site: SiteId, cell: usize) -> Option<&'a SideResult> {
        self.sides.get(self.before.get(site.index())? + cell)
    }
}
