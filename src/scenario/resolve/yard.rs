//! Finite yards: their values, and whether anyone can stand in them.

use super::items;
use crate::scenario::document::{Document, YardDoc};
use crate::scenario::model::{Flow, Formation, Service, Site, Yard};
use crate::scenario::read::{Field, Reader};
use crate::terms::Role;
use crate::time::Span;

/// How long a request, a grant or a notice travels where the scenario does not say (assumed: a telephone call or a
/// message between two control rooms).
const NOTICE: Span = Span::from_ms(10_000);
/// Roles of the visits that take a place where the scenario does not say: those that are only passing.
const ROLES: [Role; 3] = [Role::Entry, Role::Exit, Role::Transit];

/// The yard that `field` states.
pub fn yard(reader: &mut Reader<'_, '_>, field: &Field<YardDoc>) -> Option<Yard> {
    let doc = field.get()?;
    if let Some((places, spot)) = doc.places.placed()
        && places.0 == 0
    {
        reader.error(
            spot,
            "a yard without places lets nobody in",
            "state at least 1, or leave `yard` out: without it places are endless",
        );
    }
    if let Some((places, spot)) = doc.gate_places.placed()
        && places.0 == 0
    {
        reader.error(
            spot,
            "a gate where nobody may wait stops departures for ever",
            "state at least 1, or leave `gate_places` out: without it departures are never stopped",
        );
    }
    if let Some((notice, spot)) = doc.notice.placed()
        && notice.0 < 1.0
    {
        reader.error(
            spot,
            "the notice is under 1 ms",
            "what one site tells another arrives later than it is sent",
        );
    }
    let mut roles = Vec::new();
    if let Some((list, spot)) = doc.roles.placed() {
        if list.written == 0 {
            reader.error(
                spot,
                "a yard where no visit takes a place",
                "name at least one role, or leave `yard` out",
            );
        }
        for (role, spot) in &list.items {
            if roles.contains(&role.0) {
                reader.error(
                    *spot,
                    format!("the role `{}` stands twice", role.0),
                    "write it once",
                );
            } else {
                roles.push(role.0);
            }
        }
    }
    if roles.is_empty() {
        roles.extend(ROLES);
    }
    Some(Yard {
        places: doc.places.get()?.0.max(1),
        roles,
        gate_places: doc.gate_places.get().map(|places| places.0.max(1)),
        notice: doc
            .notice
            .get()
            .map_or(NOTICE, |notice| Span::from_ms_f64(notice.0).max(Span::TICK)),
    })
}

/// A train forms of consignments that stand in the yard of its first site: they must find room there.
pub fn check_formation(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    sites: &[Site],
    services: &[Service],
    flows: &[Flow],
) {
    for ((site, (_, doc)), index) in sites.iter().zip(items(&document.sites)).zip(0..) {
        let (Some(yard), Some(spot)) = (
            &site.yard,
            doc.yard.get().and_then(|yard| yard.places.spot()),
        ) else {
            continue;
        };
        for flow in flows.iter().filter(|flow| flow.from.index() == index) {
            let service = flow.service.and_then(|id| services.get(id.index()));
            let Some(service) = service else { continue };
            if let Some(size) = never_forms(yard, service) {
                reader.error(
                    spot,
                    format!(
                        "a batch of {size} of service `{}` never forms in a yard of {} places",
                        service.name, yard.places
                    ),
                    "its consignments wait in the yard for each other: state more places, or leave `origin` out of \
                     `roles`",
                );
            }
        }
    }
}

/// The size of the service's batches where the yard of their first site is too small for one.
pub fn never_forms(yard: &Yard, service: &Service) -> Option<u32> {
    match service.formation {
        Formation::Size { size, .. }
            if yard.roles.contains(&Role::Origin) && size > yard.places =>
        {
            Some(size)
        }
        _ => None,
    }
}
