//! CAREC's four trade facilitation indicators, from every run.
//!
//! Source: CAREC Corridor Performance Measurement and Monitoring (CPMM) annual reports: TFI1, hours taken to clear one
//! side of a border; TFI2, US dollars paid there; TFI3, US dollars to travel a corridor section, for 500 km and 20
//! tonnes; TFI4, kilometres per hour, with delay (SWD, over the whole journey) and without (SWOD, while moving).

use serde::{Deserialize, Serialize};

use super::replication::{CellRow, Row};
use super::results::{FlowResult, Measured, SideResult};
use super::summarise::over;
use super::ways::cells_of;
use crate::network::{FlowNode, Network};
use crate::scenario::Scenario;
use crate::terms::{FlowId, Mode, Role};
use crate::time::MS_PER_HOUR;

/// The section that TFI3 is stated for, km.
const SECTION_KM: f64 = 500.0;
/// The load that TFI3 is stated for, tonnes.
const LOAD_T: f64 = 20.0;

/// CAREC's measures of one variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CarecResult {
    /// By side of a border.
    pub sides: Vec<CarecSide>,
    /// By flow.
    pub flows: Vec<CarecFlow>,
    /// Over all passages of border sides: hours and dollars.
    pub passages: Option<SideMeasures>,
    /// Over all flows, by their stated volumes: dollars and speeds.
    pub journeys: Option<FlowMeasures>,
}

impl Default for CarecResult {
    /// Nothing measured.
    fn default() -> Self {
        CarecResult {
            sides: Vec::new(),
            flows: Vec::new(),
            passages: None,
            journeys: None,
        }
    }
}

/// TFI1 and TFI2.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SideMeasures {
    /// TFI1: mean hours (BCP time).
    pub tfi1_h: Measured,
    /// TFI2: mean US dollars per consignment; missing where the scenario states no fee.
    pub tfi2_usd: Measured,
    /// Of these, official.
    pub official_usd: Measured,
    /// Of these, unofficial.
    pub unofficial_usd: Measured,
}

/// TFI3 and TFI4.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FlowMeasures {
    /// TFI3: US dollars per 500 km and 20 tonnes, links' costs and fees; missing where the scenario states neither.
    pub tfi3_usd: Measured,
    /// TFI4 with delay: km/h from entering the corridor to leaving it.
    pub swd_km_h: Measured,
    /// TFI4 without delay: km/h over the mean transit times of the links, which are stated, not simulated.
    pub swod_km_h: Option<f64>,
}

/// One side of a border.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CarecSide {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Role.
    pub role: Role,
    /// Mode.
    pub mode: Mode,
    /// Direction.
    pub direction: String,
    /// Its measures.
    pub measures: SideMeasures,
}

/// One flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CarecFlow {
    /// Flow name.
    pub flow: String,
    /// Direction.
    pub direction: String,
    /// Mean length of its routes, km, by their shares.
    pub distance_km: f64,
    /// Tonnes per consignment.
    pub tonnes: f64,
    /// Its measures.
    pub measures: FlowMeasures,
}

/// A flow's routes, in the mean over their shares.
struct Way {
    distance_km: f64,
    moving_h: f64,
    /// Links' costs, US dollars per consignment.
    travel_usd: f64,
    /// Cells at which fees are paid: site, cell, how often a journey.
    paid: Vec<(usize, usize, f64)>,
    /// The scenario states costs or fees on it.
    charges: bool,
}

/// The measures of a variant whose sides and flows are these.
pub(super) fn result(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    (sides, flows): (&[SideResult], &[FlowResult]),
) -> CarecResult {
    let mut listed = sides.iter();
    let mut found = Vec::new();
    let mut cells: Vec<(usize, usize)> = Vec::new();
    for (s, site) in network.sites.iter().enumerate() {
        for (c, cell) in site.cells.iter().enumerate() {
            let Some(side) = listed.next() else { break };
            if !cell.role.is_at_border() || side.bcp.n == 0 {
                continue;
            }
            cells.push((s, c));
            found.push(CarecSide {
                site: side.site.clone(),
                title: side.title.clone(),
                role: side.role,
                mode: side.mode,
                direction: side.direction.clone(),
                measures: at_sides(scenario, network, rows, &[(s, c)], side.bcp.mean_h),
            });
        }
    }
    let bounded = found
        .iter()
        .any(|side| matches!(side.measures.tfi1_h, Measured::AtLeast(_)));
    let tfi1 = over(rows, |r| mean_over(r, &cells, |cell| cell.bcp.mean));
    let passages = (!cells.is_empty()).then(|| {
        let tfi1 = if bounded {
            Measured::AtLeast(tfi1.mean)
        } else {
            Measured::Estimate(tfi1)
        };
        at_sides(scenario, network, rows, &cells, tfi1)
    });
    let ways: Vec<Way> = network
        .flows
        .iter()
        .map(|flow| way(scenario, network, flow))
        .collect();
    let of_flow = |f: usize| {
        let alone = |n: usize| if n == f { 1.0 } else { 0.0 };
        journeys(scenario, rows, &ways, flows, alone)
    };
    let volumes: Vec<f64> = scenario.flows.iter().map(|flow| flow.per_day).collect();
    CarecResult {
        sides: found,
        flows: (0..ways.len())
            .map(|f| CarecFlow {
                flow: scenario.flows[FlowId::from(f).index()].name.clone(),
                direction: flows[f].direction.clone(),
                distance_km: ways[f].distance_km,
                tonnes: scenario.flows[f].tonnes,
                measures: of_flow(f),
            })
            .collect(),
        passages,
        journeys: (!ways.is_empty())
            .then(|| journeys(scenario, rows, &ways, flows, |f| volumes[f])),
    }
}

/// The mean over the finished passages of some cells in one replication.
fn mean_over(row: &Row, cells: &[(usize, usize)], value: impl Fn(&CellRow) -> f64) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for &(s, c) in cells {
        let cell = &row.cells[s][c];
        if cell.finished > 0.0 {
            sum += cell.finished * value(cell);
            n += cell.finished;
        }
    }
    if n > 0.0 { sum / n } else { f64::NAN }
}

/// Whether a fee is stated for those of this cell: what nobody stated is not known, rather than nothing.
fn charges(network: &Network, (site, cell): (usize, usize)) -> bool {
    let node = &network.sites[site];
    let plan = &node.plans[node.cells[cell].plan as usize];
    plan.fee != 0.0 || plan.steps.iter().any(|step| step.fee != 0.0)
}

fn at_sides(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    cells: &[(usize, usize)],
    tfi1_h: Measured,
) -> SideMeasures {
    // A share of each site's fees: weights of a mean over sites.
    let stated = cells.iter().any(|cell| charges(network, *cell));
    let part = |share: &dyn Fn(f64) -> f64| {
        if !stated {
            return Measured::Missing;
        }
        Measured::Estimate(over(rows, |r| {
            let (mut sum, mut n) = (0.0, 0.0);
            for &(s, c) in cells {
                let cell = &r.cells[s][c];
                if cell.finished > 0.0 {
                    sum += cell.finished * cell.fees * share(scenario.sites[s].unofficial_share);
                    n += cell.finished;
                }
            }
            if n > 0.0 { sum / n } else { f64::NAN }
        }))
    };
    SideMeasures {
        tfi1_h,
        tfi2_usd: part(&|_| 1.0),
        official_usd: part(&|unofficial| 1.0 - unofficial),
        unofficial_usd: part(&|unofficial| unofficial),
    }
}

/// The measures of all flows together, each with its weight.
fn journeys(
    scenario: &Scenario,
    rows: &[Row],
    ways: &[Way],
    flows: &[FlowResult],
    weight: impl Fn(usize) -> f64,
) -> FlowMeasures {
    let counted: Vec<(usize, f64)> = (0..ways.len())
        .map(|f| (f, weight(f)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    let sum = |value: &dyn Fn(usize) -> f64| -> f64 {
        counted.iter().map(|&(f, weight)| weight * value(f)).sum()
    };
    let km = sum(&|f| ways[f].distance_km);
    let tonne_km = sum(&|f| ways[f].distance_km * scenario.flows[f].tonnes);
    let moving_h = sum(&|f| ways[f].moving_h);
    let known = |value: &dyn Fn(&Row) -> f64, given: bool| {
        let estimate = over(rows, value);
        if given && estimate.replications > 0 {
            Measured::Estimate(estimate)
        } else {
            Measured::Missing
        }
    };
    let paid = |r: &Row, f: usize| -> f64 {
        let fees = ways[f].paid.iter().map(|&(s, c, times)| {
            let cell = &r.cells[s][c];
            // Where nobody came nothing was paid.
            if cell.finished > 0.0 {
                times * cell.fees
            } else {
                0.0
            }
        });
        ways[f].travel_usd + fees.sum::<f64>()
    };
    // A time that is a lower bound gives no speed.
    let ended = counted
        .iter()
        .all(|(f, _)| matches!(flows[*f].time.mean_h, Measured::Estimate(_)));
    FlowMeasures {
        tfi3_usd: known(
            &|r| sum(&|f| paid(r, f)) / tonne_km * SECTION_KM * LOAD_T,
            tonne_km > 0.0 && counted.iter().any(|(f, _)| ways[*f].charges),
        ),
        swd_km_h: known(&|r| km / sum(&|f| r.journeys[f].mean), ended && km > 0.0),
        swod_km_h: (moving_h > 0.0 && km > 0.0).then_some(km / moving_h),
    }
}

fn way(scenario: &Scenario, network: &Network, flow: &FlowNode) -> Way {
    let mut way = Way {
        distance_km: 0.0,
        moving_h: 0.0,
        travel_usd: 0.0,
        paid: Vec::new(),
        charges: false,
    };
    for (&route, &share) in flow.routes.iter().zip(&flow.shares) {
        let stops = &network.routes[route as usize].stops;
        for (leg, stop) in stops.iter().enumerate() {
            for (cell, part) in cells_of(network, flow, stops, leg) {
                way.charges |= charges(network, (stop.site.index(), cell));
                way.paid.push((stop.site.index(), cell, share * part));
            }
            if let Some(link) = stop.link {
                let stated = &scenario.links[link.index()];
                way.distance_km += share * stated.distance_km;
                way.moving_h += share * transit_h(network, link.index(), stated.transit.mean());
                way.charges |= stated.cost_per_teu != 0.0;
                way.travel_usd += share * stated.cost_per_teu * flow.teu;
            }
        }
    }
    way
}

/// Points at which a link's law is taken.
const POINTS: u32 = 2048;

/// Mean hours on a link, whose shorter draws are raised to its minimum: the mean of the law, and of what they are raised
/// by, which is bounded, so that a sum over its quantiles is close.
fn transit_h(network: &Network, link: usize, mean_ms: f64) -> f64 {
    let node = &network.links[link];
    let least = node.minimum.ms() as f64;
    let raised: f64 = (0..POINTS)
        .map(|i| (f64::from(i) + 0.5) / f64::from(POINTS))
        .map(|u| (least - node.transit.quantile(u)).max(0.0))
        .sum();
    (mean_ms + raised / f64::from(POINTS)) / MS_PER_HOUR as f64
}
