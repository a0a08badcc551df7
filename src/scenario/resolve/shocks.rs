//! Shocks: when they befall, what they reach, what they do.

use super::closures::check_zone;
use super::names::Lists;
use super::shock_effects::effects;
use super::{items, spot_or};
use crate::scenario::collection::List;
use crate::scenario::document::{Document, ShockDoc};
use crate::scenario::law::mean_of;
use crate::scenario::leaf::Text;
use crate::scenario::model::{Experiment, Flow, Link, Procedure, Shock, ShockTime, Site, Window};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{AgencyId, FlowId, SiteId};
use crate::time::{MS_PER_MINUTE, Time};

/// What a shock's scope may name.
pub struct Known<'k> {
    /// Names.
    pub lists: &'k Lists,
    /// Sites with their desks.
    pub sites: &'k [Site],
    /// Links.
    pub links: &'k [Link],
    /// Flows.
    pub flows: &'k [Flow],
    /// Procedures.
    pub procedures: &'k [Procedure],
}

/// The shocks in file order.
pub fn shocks(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    known: &Known<'_>,
    experiment: &Experiment,
) -> Vec<Shock> {
    let mut shocks = Vec::new();
    for (key, doc) in items(&document.shocks) {
        let when = when(reader, &key.name, key.spot, doc, experiment);
        let (mut shock, whole) = scope(reader, &key.name, doc, known);
        effects(reader, doc, known, key.spot, whole, &mut shock);
        if let (Some(ShockTime::Season(_)), Some((_, spot))) = (&when, doc.season.placed()) {
            check_zones(reader, document, known, &shock, spot);
        }
        if let Some(when) = when {
            shock.when = when;
            shocks.push(shock);
        }
    }
    shocks
}

/// When it befalls: one of three ways.
fn when(
    reader: &mut Reader<'_, '_>,
    name: &str,
    spot: Spot,
    doc: &ShockDoc,
    experiment: &Experiment,
) -> Option<ShockTime> {
    let dated = doc.from.spot().or(doc.until.spot());
    let random = doc.every.spot().or(doc.lasting.spot());
    let stated = [dated, random, doc.season.spot()];
    let ways: Vec<Spot> = stated.into_iter().flatten().collect();
    match ways.as_slice() {
        [] => {
            let remedy = "state `from` (and `until`), `every` and `lasting`, or `season`";
            reader.error(
                spot,
                format!("shock `{name}` does not say when it befalls"),
                remedy,
            );
            return None;
        }
        [_] => {}
        [.., second] => {
            reader.error(
                *second,
                format!("shock `{name}` says twice when it befalls"),
                "keep one of: `from` and `until`, `every` and `lasting`, `season`",
            );
            return None;
        }
    }
    if dated.is_some() {
        return dated_window(reader, name, spot, doc, experiment).map(ShockTime::Dated);
    }
    if random.is_some() {
        for (field, missing) in [(&doc.every, "every"), (&doc.lasting, "lasting")] {
            if field.is_absent() {
                reader.error(
                    spot,
                    format!("random shock `{name}` has no `{missing}`"),
                    "state how long it is from one to the next (`every`), and how long each lasts (`lasting`)",
                );
            }
        }
        let (every, lasting) = (doc.every.get()?.0.clone(), doc.lasting.get()?.0.clone());
        if mean_of(&every) + mean_of(&lasting) < MS_PER_MINUTE as f64 {
            reader.error(
                spot_or(&doc.every, spot),
                format!("shock `{name}` befalls more than once a minute"),
                "a shock is rare; state a longer `every`",
            );
            return None;
        }
        return Some(ShockTime::Random { every, lasting });
    }
    doc.season
        .get()
        .map(|season| ShockTime::Season(season.0.clone()))
}

fn dated_window(
    reader: &mut Reader<'_, '_>,
    name: &str,
    spot: Spot,
    doc: &ShockDoc,
    experiment: &Experiment,
) -> Option<Window> {
    if doc.from.is_absent() {
        reader.error(
            spot_or(&doc.until, spot),
            format!("shock `{name}` ends but does not begin"),
            "state `from`",
        );
    }
    let (from, at) = doc.from.placed()?;
    if let Some((until, spot)) = doc.until.placed()
        && until.0 <= from.0
    {
        reader.error(
            spot,
            format!("shock `{name}` ends before it begins"),
            "`until` comes after `from`",
        );
        return None;
    }
    let window = Window {
        from: from.since(experiment.start),
        until: doc
            .until
            .get()
            .map_or(Time::MAX, |date| date.since(experiment.start)),
    };
    if window.from > Time::ZERO + experiment.horizon {
        reader.warn(
            at,
            format!("shock `{name}` comes after the horizon"),
            "move `from`, or the experiment's `start` or `horizon`",
        );
    } else if window.until == Time::ZERO {
        reader.warn(
            spot_or(&doc.until, at),
            format!("shock `{name}` is over before the start"),
            "move `until`, or the experiment's `start`",
        );
    }
    Some(window)
}

/// The positions of the names in `field`, and whether all are known.
fn named(
    reader: &mut Reader<'_, '_>,
    field: &Field<List<Text>>,
    mut find: impl FnMut(&mut Reader<'_, '_>, &str, Spot) -> Option<usize>,
) -> Option<Vec<usize>> {
    let list = field.get()?;
    let found = list
        .items
        .iter()
        .filter_map(|(name, at)| find(reader, &name.0, *at));
    Some(found.collect())
}

/// The names in `field`; those that are not among `known` are noted.
fn among(
    reader: &mut Reader<'_, '_>,
    field: &Field<List<Text>>,
    what: &str,
    mut known: Vec<&str>,
    whole: &mut bool,
) -> Option<Vec<String>> {
    known.sort_unstable();
    known.dedup();
    let list = field.get()?;
    for (name, at) in &list.items {
        if !known.contains(&name.0.as_str()) {
            *whole = false;
            let message = format!("no {what} `{}` at the sites of this shock", name.0);
            reader.unknown(*at, message, &name.0, &known);
        }
    }
    Some(list.items.iter().map(|(name, _)| name.0.clone()).collect())
}

/// A shock that reaches what its scope says and does nothing yet; and whether the scope was read without a mistake.
fn scope(
    reader: &mut Reader<'_, '_>,
    name: &str,
    doc: &ShockDoc,
    known: &Known<'_>,
) -> (Shock, bool) {
    let all = || (0..known.sites.len()).map(SiteId::from);
    let mut shock = Shock {
        name: name.to_owned(),
        when: ShockTime::Dated(Window {
            from: Time::ZERO,
            until: Time::ZERO,
        }),
        sites: all().collect(),
        agencies: None,
        desks: None,
        steps: None,
        flows: None,
        service: None,
        staff: None,
        closes_sites: Vec::new(),
        closes_links: Vec::new(),
        demand: None,
        surges: Vec::new(),
    };
    let Some((scope, spot)) = doc.scope.placed() else {
        return (shock, !matches!(doc.scope, Field::Bad(_)));
    };
    let lists = known.lists;
    let sites = named(reader, &scope.sites, |reader, name, at| {
        lists.sites.find(reader, name, at)
    });
    shock.sites.retain(|id| {
        let site = &known.sites[id.index()];
        let (tier, country) = (scope.tier.get(), scope.country.get());
        tier.is_none_or(|tier| tier.0 == site.tier)
            && country.is_none_or(|country| country.0 == site.country)
            && sites.as_ref().is_none_or(|s| s.contains(&id.index()))
    });
    let mut whole = sites.as_ref().map(Vec::len) == scope.sites.get().map(|list| list.written)
        && !matches!(scope.tier, Field::Bad(_))
        && !matches!(scope.country, Field::Bad(_));
    if shock.sites.is_empty() && whole {
        reader.error(
            spot,
            "no site fits this scope",
            "all that a scope states must hold of a site",
        );
        whole = false;
    }
    shock.agencies = named(reader, &scope.agencies, |reader, name, at| {
        lists.agencies.find(reader, name, at)
    })
    .map(|found| found.into_iter().map(AgencyId::from).collect());
    shock.flows = named(reader, &scope.flows, |reader, name, at| {
        lists.flows.find(reader, name, at)
    })
    .map(|found| found.into_iter().map(FlowId::from).collect());
    let written = |field: &Field<List<Text>>| field.get().map(|list| list.written);
    whole &= shock.agencies.as_ref().map(Vec::len) == written(&scope.agencies)
        && shock.flows.as_ref().map(Vec::len) == written(&scope.flows);
    let here = || shock.sites.iter().map(|id| &known.sites[id.index()]);
    let desks = here()
        .flat_map(|site| &site.desks)
        .map(|desk| desk.name.as_str());
    let steps = here()
        .flat_map(|site| &site.procedures)
        .flat_map(|entry| &known.procedures[entry.procedure.index()].steps)
        .map(|step| step.name.as_str());
    let (desks, steps) = (desks.collect(), steps.collect());
    let desks = among(reader, &scope.desks, "desk", desks, &mut whole);
    let steps = among(reader, &scope.steps, "step", steps, &mut whole);
    (shock.desks, shock.steps) = (desks, steps);
    (shock, whole)
}

/// A season is read on the clocks of the places that the shock reaches.
fn check_zones(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    known: &Known<'_>,
    shock: &Shock,
    spot: Spot,
) {
    let mut clocks: Vec<SiteId> = shock.closes_sites.clone();
    if shock.service.is_some() || shock.staff.is_some() {
        clocks.extend(&shock.sites);
        clocks.retain(|id| !known.sites[id.index()].procedures.is_empty());
    }
    clocks.extend(
        shock
            .closes_links
            .iter()
            .map(|l| known.links[l.index()].from),
    );
    clocks.extend(shock.surges.iter().map(|f| known.flows[f.index()].from));
    clocks.sort_unstable();
    clocks.dedup();
    for site in clocks {
        check_zone(reader, document, &known.sites[site.index()].name, spot);
    }
}
