//! In how many trucks, trains and vessels a day a variant's demand travels.
//!
//! A consignment that travels alone on roads is a truck, and their number is the stated volume. How many batches a
//! service forms depends on its departures and on who waits: they are counted in the runs.

use super::results::{Vehicle, Vehicles};
use crate::experiment::replication::Row;
use crate::experiment::results::Measured;
use crate::experiment::trials::Trials;
use crate::scenario::{Flow, Scenario};
use crate::stats::{CONFIDENCE, Estimate, ratio};
use crate::terms::{Mode, ServiceId, SiteId};

/// Flows whose consignments travel in the same vehicles.
struct Part<'s> {
    vehicle: Vehicle,
    /// The service, and where its batches form.
    service: Option<(ServiceId, SiteId)>,
    flows: Vec<&'s Flow>,
    /// Lines of the network.
    lines: Vec<usize>,
}

/// The parts of a variant's demand, in the flows' order.
fn parts<'s>(trials: &Trials<'s>, variant: usize) -> Vec<Part<'s>> {
    let network = &trials.networks()[variant];
    let scenario: &'s Scenario = &trials.study().variants[variant].scenario;
    let mut parts: Vec<Part<'s>> = Vec::new();
    for (flow, node) in scenario.flows.iter().zip(&network.flows) {
        let stops = |route: &u16| &network.routes[usize::from(*route)].stops;
        let mut lines: Vec<usize> = (node.routes.iter())
            .filter_map(|route| stops(route).first()?.forms)
            .map(usize::from)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        let service = flow
            .service
            .filter(|_| !lines.is_empty())
            .map(|service| (service, flow.from));
        let mut links = node
            .routes
            .iter()
            .flat_map(|route| stops(route).iter().filter_map(|stop| stop.link));
        let vehicle = match service {
            Some((service, _)) => match scenario.services[service.index()].mode {
                Mode::Rail => Vehicle::Train,
                Mode::Road => Vehicle::Convoy,
                Mode::Sea | Mode::InlandWaterway => Vehicle::Vessel,
                Mode::Air => Vehicle::Flight,
            },
            None if links.all(|link| network.links[link.index()].mode == Mode::Road) => {
                Vehicle::Truck
            }
            None => Vehicle::Consignment,
        };
        let known = parts.iter_mut().find(|part| {
            // Flows of one service share its batches as far as they go one way.
            service.is_some() && part.service == service
        });
        match known {
            Some(part) => {
                part.flows.push(flow);
                part.lines.extend(lines);
                part.lines.sort_unstable();
                part.lines.dedup();
            }
            None => parts.push(Part {
                vehicle,
                service,
                flows: vec![flow],
                lines,
            }),
        }
    }
    parts
}

/// Sums over flows, and over batches by replication.
#[derive(Default)]
struct Sums {
    flows: Vec<String>,
    consignments: f64,
    teu: f64,
    /// Vehicles whose number is the stated volume.
    alone: f64,
    /// Lines whose batches are counted.
    lines: Vec<usize>,
}

impl Sums {
    fn add(&mut self, part: &Part<'_>) {
        for flow in &part.flows {
            self.flows.push(flow.name.clone());
            self.consignments += flow.per_day;
            self.teu += flow.per_day * flow.teu;
            if part.service.is_none() {
                self.alone += flow.per_day;
            }
        }
        if part.service.is_some() {
            self.lines.extend(&part.lines);
        }
    }

    fn vehicles(self, vehicle: Vehicle, name: String, rows: &[Row]) -> Vehicles {
        let of = |which: usize| -> Vec<f64> {
            let sum = |row: &Row| self.lines.iter().map(|line| row.formed[*line][which]).sum();
            rows.iter().map(sum).collect()
        };
        let replications = rows.len() as u32;
        let exactly = |mean: f64| Estimate {
            mean,
            half_width: 0.0,
            replications,
        };
        let measured = !self.lines.is_empty();
        let (per_day, load) = match measured {
            true => {
                let (batches, aboard) = (of(0), of(1));
                let load = match ratio(&aboard, &batches, CONFIDENCE) {
                    Some(ratio) => Measured::Estimate(ratio.into()),
                    None => Measured::Missing,
                };
                (Estimate::from_replications(&batches), load)
            }
            false => (exactly(self.alone), Measured::Estimate(exactly(1.0))),
        };
        Vehicles {
            vehicle,
            name,
            flows: self.flows,
            measured,
            per_day,
            load,
            consignments_per_day: self.consignments,
            teu_per_day: self.teu,
        }
    }
}

/// The demand of variant number `variant` in vehicles: all of each kind, and part by part.
pub(super) fn vehicles(trials: &Trials<'_>, variant: usize) -> (Vec<Vehicles>, Vec<Vehicles>) {
    let scenario = &trials.study().variants[variant].scenario;
    let rows = trials.rows(variant);
    let parts = parts(trials, variant);
    let mut kinds: Vec<Vehicle> = parts.iter().map(|part| part.vehicle).collect();
    kinds.sort_unstable();
    kinds.dedup();
    // A kind is either counted in the runs or stated, never both.
    let all = kinds.into_iter().map(|kind| {
        let mut sums = Sums::default();
        let same = parts.iter().filter(|part| part.vehicle == kind);
        same.for_each(|part| sums.add(part));
        sums.vehicles(kind, String::new(), rows)
    });
    let each = parts.iter().map(|part| {
        let mut sums = Sums::default();
        sums.add(part);
        let name = match part.service {
            Some((service, from)) => format!(
                "{} from {}",
                scenario.services[service.index()].name,
                scenario.sites[from.index()].title
            ),
            None => part.flows[0].name.clone(),
        };
        sums.vehicles(part.vehicle, name, rows)
    });
    (all.collect(), each.collect())
}
