//! What must hold of a finite yard.

use super::Faults;
use crate::scenario::model::{Service, Site};
use crate::scenario::resolve::never_forms;
use crate::time::Span;

/// `services`: those of the flows that start at the site.
pub(super) fn check_yard(faults: &mut Faults, site: &Site, services: &[&Service]) {
    let Some(yard) = &site.yard else { return };
    let name = site.name.as_str();
    faults.unless(yard.places > 0, name, "a yard without places");
    faults.unless(yard.gate_places != Some(0), name, "a gate without places");
    faults.unless(
        yard.notice >= Span::TICK,
        name,
        "the yard's notice is under 1 ms",
    );
    let once = |at: usize| !yard.roles[..at].contains(&yard.roles[at]);
    faults.unless(
        !yard.roles.is_empty() && (0..yard.roles.len()).all(once),
        name,
        "the yard's roles are none, or one stands twice",
    );
    for service in services {
        faults.unless(
            never_forms(yard, service).is_none(),
            name,
            "a batch that its yard is too small for",
        );
    }
}
