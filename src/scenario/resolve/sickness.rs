//! Sickness of officers: the desk's own, else its agency's.

use super::items;
use crate::scenario::document::Document;
use crate::scenario::model::{Agency, Servers, Site};
use crate::scenario::read::Reader;

/// Gives desks the probability that an officer is absent on a local day.
pub fn sickness(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    agencies: &[Agency],
    sites: &mut [Site],
) {
    let of_agency = |name: &str| {
        items(&document.agencies)
            .iter()
            .find(|(key, _)| key.name == name)
            .and_then(|(_, doc)| doc.sickness.get())
            .map_or(0.0, |share| share.0)
    };
    for (site, (_, doc)) in sites.iter_mut().zip(items(&document.sites)) {
        for desk in &mut site.desks {
            let agency = agencies[desk.agency.index()].name.as_str();
            let own = doc
                .desks
                .get()
                .and_then(|map| map.get(agency))
                .and_then(|map| map.get(&desk.name))
                .and_then(|doc| doc.sickness.placed());
            let counted = matches!(desk.servers, Servers::Count(_));
            if let (Some((_, spot)), false) = (own, counted) {
                reader.error(
                    spot,
                    format!("desk `{}` has no officers who could fall ill", desk.name),
                    "sickness is of desks with a number of servers",
                );
            }
            if counted {
                desk.sickness = own.map_or_else(|| of_agency(agency), |(share, _)| share.0);
            }
            if desk.sickness > 0.0 && doc.time_zone.is_absent() {
                reader.error(
                    own.map_or(doc.spot, |(_, spot)| spot),
                    format!(
                        "officers at site `{}` fall ill by local days, but it has no time zone",
                        site.name
                    ),
                    "state the site's time_zone",
                );
            }
        }
    }
}
