//! What shocks do, and whether their scope holds anything that it can be done to.

use super::shocks::Known;
use crate::scenario::collection::List;
use crate::scenario::document::ShockDoc;
use crate::scenario::leaf::Text;
use crate::scenario::model::{Link, Servers, Shock};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{FlowId, LinkId};

/// Links by name; the name of a two-way link stands for both ways.
fn links(reader: &mut Reader<'_, '_>, field: &Field<List<Text>>, links: &[Link]) -> Vec<LinkId> {
    let mut found: Vec<LinkId> = Vec::new();
    for (name, at) in field.get().map_or(&[][..], |list| list.items.as_slice()) {
        let back = format!("{}~back", name.0);
        let mine = |link: &&Link| link.name == name.0 || link.name == back;
        if !links.iter().any(|link| mine(&link)) {
            let known: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
            reader.unknown(*at, format!("unknown link `{}`", name.0), &name.0, &known);
        }
        let ids = (0..links.len()).filter(|l| mine(&&links[*l]));
        found.extend(ids.map(LinkId::from));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What a shock does, and whether its scope holds anything that this can be done to.
pub fn effects(
    reader: &mut Reader<'_, '_>,
    doc: &ShockDoc,
    known: &Known<'_>,
    key: Spot,
    whole: bool,
    shock: &mut Shock,
) {
    let closed = doc.closed.get().is_some_and(|flag| flag.0);
    if doc.service.is_absent()
        && doc.staff.is_absent()
        && doc.demand.is_absent()
        && !closed
        && !matches!(doc.closed, Field::Bad(_))
    {
        reader.error(
            key,
            format!("shock `{}` changes nothing", shock.name),
            "state `service`, `staff`, `closed = true` or `demand`",
        );
    }
    service(reader, doc, known, whole, shock);
    staff(reader, doc, known, whole, shock);
    closing(reader, doc, known, closed, shock);
    demand(reader, doc, known, whole, shock);
}

fn service(
    reader: &mut Reader<'_, '_>,
    doc: &ShockDoc,
    known: &Known<'_>,
    whole: bool,
    shock: &mut Shock,
) {
    let Some((factor, spot)) = doc.service.placed() else {
        return;
    };
    if factor.0 == 0.0 {
        reader.error(
            spot,
            "a service that takes no time",
            "state a factor above 0; 6 is six times as long",
        );
        return;
    }
    let reached = shock.sites.iter().any(|id| {
        let procedures = known.sites[id.index()].procedures.iter();
        procedures
            .flat_map(|entry| &known.procedures[entry.procedure.index()].steps)
            .any(|step| shock.reaches_step(step.agency, &step.desk, &step.name))
    });
    if !reached && whole {
        reader.error(
            spot,
            format!("no step lies in the scope of shock `{}`", shock.name),
            "correct the scope, or leave `service` out",
        );
    }
    shock.service = Some(factor.0);
}

fn staff(
    reader: &mut Reader<'_, '_>,
    doc: &ShockDoc,
    known: &Known<'_>,
    whole: bool,
    shock: &mut Shock,
) {
    let Some((share, spot)) = doc.staff.placed() else {
        return;
    };
    if shock.steps.is_some() {
        reader.error(
            spot,
            "`staff` is of desks, but the scope names steps",
            "name `desks` or `agencies`",
        );
    }
    let reached = shock.sites.iter().any(|id| {
        known.sites[id.index()].desks.iter().any(|desk| {
            matches!(desk.servers, Servers::Count(_)) && shock.reaches_desk(desk.agency, &desk.name)
        })
    });
    if !reached && whole {
        reader.error(
            spot,
            format!(
                "no desk with a number of servers lies in the scope of shock `{}`",
                shock.name
            ),
            "correct the scope, or leave `staff` out",
        );
    }
    shock.staff = Some(share.0);
}

fn closing(
    reader: &mut Reader<'_, '_>,
    doc: &ShockDoc,
    known: &Known<'_>,
    closed: bool,
    shock: &mut Shock,
) {
    let scope = doc.scope.get();
    let named_links = scope.and_then(|scope| scope.links.spot());
    if let (Some(spot), false) = (named_links, closed) {
        reader.error(
            spot,
            "only a closure reaches links",
            "write closed = true, or leave `links` out",
        );
    }
    let Some((_, spot)) = doc.closed.placed().filter(|_| closed) else {
        return;
    };
    let states_sites = scope.is_some_and(|scope| {
        !scope.sites.is_absent() || !scope.country.is_absent() || !scope.tier.is_absent()
    });
    if !states_sites && named_links.is_none() {
        reader.error(
            spot,
            format!("shock `{}` does not say what is closed", shock.name),
            "name `sites`, a `country`, a `tier` or `links` in its scope",
        );
    }
    let parts = shock.agencies.is_some() || shock.desks.is_some() || shock.steps.is_some();
    if parts && shock.service.is_none() && shock.staff.is_none() {
        reader.error(
            spot,
            "a closure is of whole sites and links",
            "desks are closed by staff = 0",
        );
    }
    if states_sites {
        shock.closes_sites.clone_from(&shock.sites);
    }
    if let Some(scope) = scope {
        shock.closes_links = links(reader, &scope.links, known.links);
    }
}

fn demand(
    reader: &mut Reader<'_, '_>,
    doc: &ShockDoc,
    known: &Known<'_>,
    whole: bool,
    shock: &mut Shock,
) {
    let Some((factor, spot)) = doc.demand.placed() else {
        return;
    };
    shock.demand = Some(factor.0);
    shock.surges = shock.flows.clone().unwrap_or_else(|| {
        let starts = |f: &usize| shock.sites.contains(&known.flows[*f].from);
        (0..known.flows.len())
            .filter(starts)
            .map(FlowId::from)
            .collect()
    });
    // Recorded arrivals, empties and arrivals listed beforehand come when they come.
    let fixed = |f: &FlowId| known.flows[f.index()].comes_when_it_comes();
    if shock.flows.is_some()
        && let Some(flow) = shock.surges.iter().find(|f| fixed(f))
    {
        let name = &known.flows[flow.index()].name;
        reader.error(
            spot,
            format!("the arrivals of flow `{name}` are fixed: no shock changes their number"),
            "a flow with `volume` has a demand that changes, with `regular` arrivals only at an even rate",
        );
    }
    let some = !shock.surges.is_empty();
    shock.surges.retain(|f| !fixed(f));
    if some && shock.surges.is_empty() && shock.flows.is_none() {
        let message = format!(
            "the arrivals of every flow in the scope of shock `{}` are fixed: no shock changes their number",
            shock.name
        );
        reader.error(spot, message, "leave `demand` out");
        return;
    }
    if shock.surges.is_empty() && whole && shock.flows.is_none() {
        reader.error(
            spot,
            format!("no flow starts in the scope of shock `{}`", shock.name),
            "name `flows` in its scope",
        );
    }
}
