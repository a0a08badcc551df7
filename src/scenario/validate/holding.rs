//! What must hold of tokens and second vehicles.

use super::{Faults, unique};
use crate::scenario::model::{Scenario, Servers, Supply, VehicleArrivals, holding};
use crate::time::Span;

pub(super) fn check(faults: &mut Faults, scenario: &Scenario) {
    let names = scenario.tokens.iter().map(|token| token.name.as_str());
    unique(faults, "token", names);
    let names = scenario
        .vehicles
        .iter()
        .map(|vehicle| vehicle.name.as_str());
    unique(faults, "vehicle", names);
    let sites = scenario.sites.len();
    for token in &scenario.tokens {
        let name = token.name.as_str();
        let known = token.owner.index() < sites
            && token.links.iter().all(|l| l.index() < scenario.links.len())
            && token.flows.iter().all(|f| f.index() < scenario.flows.len());
        faults.unless(known, name, "unknown site, link or flow");
        let rides = |id: usize| token.flows.iter().any(|f| f.index() == id);
        let whole = token.flows.is_empty()
            || scenario.flows.iter().enumerate().all(|(f, flow)| {
                rides(f)
                    || flow.service.is_none()
                    || !token.flows.iter().any(|other| {
                        scenario
                            .flows
                            .get(other.index())
                            .is_some_and(|other| other.service == flow.service)
                    })
            });
        faults.unless(
            whole,
            name,
            "some flows of a service need it and others do not",
        );
        let some = match token.supply {
            Supply::Circulating { count, .. } => count > 0,
            Supply::Quota { per_year } => per_year > 0,
        };
        faults.unless(some, name, "no token at all");
        faults.unless(
            token.notice >= Span::TICK,
            name,
            "a notice takes less than 1 ms",
        );
    }
    let steps = || scenario.procedures.iter().flat_map(|p| &p.steps);
    let known = steps()
        .flat_map(|step| step.takes.iter().chain(&step.gives))
        .all(|token| token.index() < scenario.tokens.len());
    faults.unless(known, "procedure", "unknown token");
    if known {
        for fault in holding::faults(scenario) {
            let name = scenario.procedures[fault.procedure].name.clone();
            faults.unless(false, &name, &fault.what);
        }
    }
    let mut desks = vec![0; scenario.vehicles.len()];
    for (s, site) in scenario.sites.iter().enumerate() {
        for desk in &site.desks {
            if let Servers::Vehicles(id) = desk.servers {
                let here = scenario
                    .vehicles
                    .get(id.index())
                    .is_some_and(|vehicle| vehicle.site.index() == s);
                faults.unless(here, &site.name, "a vehicle that comes elsewhere");
                if let Some(desks) = desks.get_mut(id.index()) {
                    *desks += 1;
                }
            }
        }
    }
    for (vehicle, desks) in scenario.vehicles.iter().zip(desks) {
        let name = vehicle.name.as_str();
        let comes = match vehicle.arrivals {
            VehicleArrivals::Poisson { per_day } => per_day > 0.0,
            VehicleArrivals::Regular { .. } => true,
        };
        let every = vehicle.arrivals.every_ms();
        faults.unless(
            comes && every.is_finite() && every >= 1.0 && vehicle.capacity > 0,
            name,
            "a vehicle that never comes, or without room",
        );
        faults.unless(desks <= 1, name, "two desks wait for it");
    }
}
