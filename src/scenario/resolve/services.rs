//! Train and vessel services, and when their batches leave.

use super::items;
use super::names::Lists;
use super::timetable::departures;
use crate::scenario::document::{Document, FormationDoc};
use crate::scenario::model::{Formation, Service};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{Mode, OnHold, SiteId};
use crate::time::Span;

/// The services.
pub fn services(reader: &mut Reader<'_, '_>, document: &Document, lists: &Lists) -> Vec<Service> {
    let mut services = Vec::new();
    for (key, doc) in items(&document.services) {
        let mode = doc.mode.get().map_or(Mode::Rail, |word| word.0);
        let formation = doc
            .formation
            .placed()
            .and_then(|(form, spot)| formation(reader, form, spot));
        let default_hold = if mode == Mode::Rail {
            OnHold::Detach
        } else {
            OnHold::Wait
        };
        services.push(Service {
            name: key.name.clone(),
            mode,
            formation: formation.unwrap_or(Formation::Size {
                size: 1,
                within: None,
            }),
            on_hold: doc.on_hold.get().map_or(default_hold, |word| word.0),
            break_at: lists.sites.field(reader, &doc.break_at).map(SiteId::from),
        });
    }
    services
}

/// When a batch leaves, if that is written and right.
fn formation(reader: &mut Reader<'_, '_>, form: &FormationDoc, spot: Spot) -> Option<Formation> {
    match (
        &form.size,
        form.departures.is_absent() && form.capacity.is_absent(),
    ) {
        (Field::Is(size, at), true) => {
            if size.0 == 0 {
                reader.error(
                    *at,
                    "a batch of no consignments",
                    "state a size of at least 1",
                );
            }
            by_size(reader, form, size.0.max(1))
        }
        (Field::Bad(_), true) => None,
        (Field::Absent, false) => by_timetable(reader, form, spot),
        (Field::Absent, true) => {
            let remedy = "write { size = 5 }, or { departures = \"1/day\", capacity = 50 }";
            reader.error(
                spot,
                "this formation says neither a size nor departures",
                remedy,
            );
            None
        }
        (Field::Is(_, at) | Field::Bad(at), false) => {
            reader.error(
                *at,
                "this formation has both a size and a timetable",
                "keep one of them",
            );
            None
        }
    }
}

fn by_size(reader: &mut Reader<'_, '_>, form: &FormationDoc, size: u32) -> Option<Formation> {
    if let Some(spot) = form.least.spot() {
        let remedy = "leave it out: a batch by size leaves full, or `within` a time of its first consignment";
        reader.error(spot, "`least` is of departures by a timetable", remedy);
    }
    let within = match form.within.placed() {
        Some((within, spot)) if within.0 < 1.0 => {
            let message = "a batch that leaves as soon as its first consignment comes";
            reader.error(spot, message, "write size = 1, or a longer time");
            None
        }
        Some((within, _)) => Some(Span::from_ms_f64(within.0)),
        None => None,
    };
    Some(Formation::Size { size, within })
}

fn by_timetable(reader: &mut Reader<'_, '_>, form: &FormationDoc, spot: Spot) -> Option<Formation> {
    for (absent, name) in [
        (form.departures.is_absent(), "departures"),
        (form.capacity.is_absent(), "capacity"),
    ] {
        if absent {
            reader.error(
                spot,
                format!("this formation has no `{name}`"),
                "a timetable needs both",
            );
        }
    }
    if let Some(spot) = form.within.spot() {
        let remedy = "leave it out: by a timetable a batch waits for its departure";
        reader.error(spot, "`within` is of batches by size", remedy);
    }
    let mut least = 1;
    if let Some((count, spot)) = form.least.placed() {
        if count.0 == 0 {
            let remedy = "state at least 1: a departure without consignments never runs";
            reader.error(spot, "a departure of no consignments", remedy);
        } else if let Some(capacity) = form.capacity.get()
            && count.0 > capacity.0
        {
            let message = format!(
                "no departure takes the {} consignments without which it does not run",
                count.0
            );
            let remedy = format!(
                "its capacity is {}: raise that, or lower `least`",
                capacity.0
            );
            reader.error(spot, message, remedy);
        }
        least = count.0.max(1);
    }
    let offset = form
        .offset
        .get()
        .map_or(Span::ZERO, |offset| Span::from_ms_f64(offset.0));
    let timetable = departures(reader, &form.departures, &form.capacity, offset, spot)?;
    Some(Formation::Timetable { timetable, least })
}
