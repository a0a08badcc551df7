//! Second vehicles, and the steps that wait for them.

use super::names::Lists;
use super::{items, spot_or};
use crate::scenario::document::{Document, StepDoc};
use crate::scenario::model::{Procedure, Servers, Site, Vehicle, VehicleArrivals};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{SiteId, StepKind, VehicleId};
use crate::time::{MS_PER_DAY, Span};

/// The vehicles.
pub fn vehicles(reader: &mut Reader<'_, '_>, document: &Document, lists: &Lists) -> Vec<Vehicle> {
    let mut vehicles = Vec::new();
    for (key, doc) in items(&document.vehicles) {
        let site = lists.sites.field(reader, &doc.site).unwrap_or(0);
        let mut per_day = 1.0;
        if let Some((rate, spot)) = doc.arrivals.placed() {
            if rate.per_day <= 0.0 {
                reader.error(spot, "no vehicle ever comes", "state a rate above 0");
            } else if rate.per_day > MS_PER_DAY as f64 {
                reader.error(spot, "more than one vehicle a millisecond", "");
            } else {
                per_day = rate.per_day;
            }
        }
        let regular = doc.regular.get().is_some_and(|flag| flag.0);
        if let (Some(spot), false) = (doc.offset.spot(), regular)
            && !matches!(doc.regular, Field::Bad(_))
        {
            reader.error(
                spot,
                "vehicles that come at random have no `offset`",
                "write regular = true, or leave it out",
            );
        }
        let offset = doc
            .offset
            .get()
            .map_or(Span::ZERO, |offset| Span::from_ms_f64(offset.0));
        let arrivals = if regular {
            VehicleArrivals::Regular {
                every_ms: MS_PER_DAY as f64 / per_day,
                offset,
            }
        } else {
            VehicleArrivals::Poisson { per_day }
        };
        if let Some((wait, spot)) = doc.waits_at_most.placed()
            && wait.0 < 1.0
        {
            reader.error(
                spot,
                "a vehicle that waits less than 1 ms meets nobody",
                "state how long it waits, or leave it out",
            );
        }
        if let Some((capacity, spot)) = doc.capacity.placed()
            && capacity.0 == 0
        {
            reader.error(
                spot,
                "a vehicle without room",
                "state a capacity of at least 1",
            );
        }
        vehicles.push(Vehicle {
            name: key.name.clone(),
            site: SiteId::from(site),
            arrivals,
            waits_at_most: doc
                .waits_at_most
                .get()
                .map(|wait| Span::from_ms_f64(wait.0).max(Span::TICK)),
            capacity: doc.capacity.get().map_or(1, |count| count.0.max(1)),
        });
    }
    vehicles
}

/// The second vehicles that a step waits for, in place of servers.
pub fn of_step(
    reader: &mut Reader<'_, '_>,
    doc: &StepDoc,
    lists: &Lists,
) -> Option<(Servers, Spot)> {
    let spot = doc.vehicle.spot()?;
    if let Some(kind) = doc.kind.get().map(|word| word.0)
        && kind != StepKind::WaitFor
    {
        reader.error(
            spot,
            format!("a step of kind `{kind}` waits for no vehicle"),
            "write a step of kind `wait_for` before it",
        );
    }
    for (at, what) in [
        (doc.service.spot(), "service"),
        (doc.servers.spot(), "servers"),
        (doc.timetable.spot(), "timetable"),
        (doc.calendar.spot(), "calendar"),
    ] {
        if let Some(at) = at {
            reader.error(
                at,
                format!("a step that waits for a vehicle has no `{what}`"),
                "it ends when the vehicle takes the cargo; handling is a step after it",
            );
        }
    }
    let vehicle = lists.vehicles.field(reader, &doc.vehicle)?;
    Some((Servers::Vehicles(VehicleId::from(vehicle)), spot))
}

/// Checks that each vehicle is waited for at one desk of its own site.
pub fn used(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    vehicles: &[Vehicle],
    sites: &[Site],
    procedures: &[Procedure],
) {
    let mut desks: Vec<usize> = vec![0; vehicles.len()];
    for site in sites {
        for desk in &site.desks {
            let Servers::Vehicles(id) = desk.servers else {
                continue;
            };
            let vehicle = &vehicles[id.index()];
            desks[id.index()] += 1;
            let uses = |at: usize, step: &str| {
                let here = |s: &&crate::scenario::model::Step| {
                    s.name == step && s.agency == desk.agency && s.desk == desk.name
                };
                site.procedures.iter().any(|p| p.procedure.index() == at)
                    && procedures[at].steps.iter().any(|s| here(&s))
            };
            // The first step that names the vehicle at this desk.
            let mut place = None;
            for (at, (_, doc)) in items(&document.procedures).iter().enumerate() {
                let steps = doc
                    .steps
                    .get()
                    .map_or(&[][..], |list| list.items.as_slice());
                for (step, spot) in steps {
                    let name = step.name.get().map_or("", |name| name.0.as_str());
                    if place.is_none() && !step.vehicle.is_absent() && uses(at, name) {
                        place = Some(spot_or(&step.vehicle, *spot));
                    }
                }
            }
            let Some(place) = place else { continue };
            if sites[vehicle.site.index()].name != site.name {
                let message = format!(
                    "vehicle `{}` comes to `{}`, but site `{}` waits for it",
                    vehicle.name,
                    sites[vehicle.site.index()].name,
                    site.name
                );
                reader.error(
                    place,
                    message,
                    "a second vehicle waits where the cargo does: declare one for each site",
                );
            } else if desks[id.index()] > 1 {
                let message = format!("two desks wait for vehicle `{}`", vehicle.name);
                reader.error(
                    place,
                    message,
                    "give the steps that wait for it the same `agency` and `desk`",
                );
            }
        }
    }
    for ((key, _), (vehicle, desks)) in items(&document.vehicles)
        .iter()
        .zip(vehicles.iter().zip(desks))
    {
        if desks == 0 {
            reader.warn(
                key.spot,
                format!("no step waits for vehicle `{}`", vehicle.name),
                "name it in a step of kind `wait_for`: vehicle = \"NAME\"",
            );
        }
    }
}
