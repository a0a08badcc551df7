//! Reforms: dated changes with a scope.

use super::cooperation::Policy;
use super::names::Lists;
use super::work::merged_alike;
use super::{items, spot_or};
use crate::scenario::collection::Map;
use crate::scenario::document::{Document, PerDesk, ReformDoc, ServersDoc};
use crate::scenario::leaf::Text;
use crate::scenario::model::{Agreement, Experiment, Reform, Site};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{AgencyId, CalendarId, SiteId};
use crate::time::Time;

/// The reforms in file order, with the agreements that each adds.
pub fn reforms(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    sites: &[Site],
    policy: &Policy,
    experiment: &Experiment,
) -> Vec<(Reform, Vec<Agreement>)> {
    let mut reforms = Vec::new();
    for (key, doc) in items(&document.reforms) {
        let from = doc
            .date
            .get()
            .map_or(Time::ZERO, |date| date.since(experiment.start));
        if let Some((_, spot)) = doc.date.placed()
            && from > Time::ZERO + experiment.horizon
        {
            let remedy = "move `date`, or the experiment's `start` or `horizon`";
            reader.warn(
                spot,
                format!("reform `{}` comes after the horizon", key.name),
                remedy,
            );
        }
        let changed = scope(reader, doc, lists, sites);
        let reform = Reform {
            name: key.name.clone(),
            from,
            regime: doc.regime.get().map(|word| word.0),
            staffing: staffing(reader, doc, lists, sites, &changed),
            hours: hours(reader, doc, lists, sites, &changed),
            merge: merge(reader, doc, lists),
            cost: doc.cost.get().map(|money| money.0),
            sites: changed,
        };
        if let Some(spot) = doc.merge.spot() {
            merged_alike(reader, &reform, lists.agencies.all(), sites, spot);
        }
        let agreements = match doc.cooperation.get() {
            Some(list) => policy.agreements(reader, list, from),
            None => Vec::new(),
        };
        let idle = doc.regime.is_absent()
            && doc.staffing.is_absent()
            && doc.hours.is_absent()
            && doc.merge.is_absent()
            && doc.cooperation.is_absent();
        if idle {
            let remedy = "state `regime`, `staffing`, `hours`, `merge` or `cooperation`";
            reader.error(
                key.spot,
                format!("reform `{}` changes nothing", key.name),
                remedy,
            );
        }
        reforms.push((reform, agreements));
    }
    reforms
}

/// The sites that a reform changes.
fn scope(
    reader: &mut Reader<'_, '_>,
    doc: &ReformDoc,
    lists: &Lists,
    sites: &[Site],
) -> Vec<SiteId> {
    let all = || (0..sites.len()).map(SiteId::from);
    let Some((scope, spot)) = doc.scope.placed() else {
        return all().collect();
    };
    let mut complete =
        !matches!(scope.tier, Field::Bad(_)) && !matches!(scope.country, Field::Bad(_));
    let named: Option<Vec<usize>> = scope.sites.get().map(|list| {
        let found: Vec<usize> = list
            .items
            .iter()
            .filter_map(|(name, at)| lists.sites.find(reader, &name.0, *at))
            .collect();
        complete &= found.len() == list.written;
        found
    });
    let fits = |id: &SiteId| {
        let site = &sites[id.index()];
        scope.tier.get().is_none_or(|tier| tier.0 == site.tier)
            && scope
                .country
                .get()
                .is_none_or(|country| country.0 == site.country)
            && named
                .as_ref()
                .is_none_or(|named| named.contains(&id.index()))
    };
    let changed: Vec<SiteId> = all().filter(fits).collect();
    if changed.is_empty() && complete {
        reader.error(
            spot,
            "no site fits this scope",
            "all that a scope states must hold of a site",
        );
    }
    changed
}

/// The desks of `agency` at `sites`, by name.
fn desk_names<'s>(agency: usize, sites: &'s [Site], changed: &[SiteId]) -> Vec<&'s str> {
    let mut names: Vec<&str> = changed
        .iter()
        .flat_map(|id| &sites[id.index()].desks)
        .filter(|desk| desk.agency.index() == agency)
        .map(|desk| desk.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Resolves agencies and desks, and hands each value with its place to `value`.
fn per_desk<T: Clone, R>(
    reader: &mut Reader<'_, '_>,
    map: &Map<PerDesk<T>>,
    lists: &Lists,
    sites: &[Site],
    changed: &[SiteId],
    mut value: impl FnMut(&mut Reader<'_, '_>, &T, Spot) -> Option<R>,
) -> Vec<(AgencyId, Option<String>, R)> {
    let mut resolved = Vec::new();
    for (key, per_desk) in &map.0 {
        let Some(agency) = lists.agencies.find(reader, &key.name, key.spot) else {
            continue;
        };
        let known = desk_names(agency, sites, changed);
        if known.is_empty() && !changed.is_empty() {
            let message = format!("`{}` has no desk at the sites of this reform", key.name);
            reader.error(key.spot, message, "correct the agency or the scope");
            continue;
        }
        match per_desk {
            PerDesk::All(field) => {
                if let Some((stated, spot)) = field.placed()
                    && let Some(found) = value(reader, stated, spot)
                {
                    resolved.push((AgencyId::from(agency), None, found));
                }
            }
            PerDesk::Each(desks) => {
                for (desk, leaf) in &desks.0 {
                    if !known.contains(&desk.name.as_str()) && !changed.is_empty() {
                        let message = format!(
                            "`{}` has no desk `{}` at the sites of this reform",
                            key.name, desk.name
                        );
                        reader.unknown(desk.spot, message, &desk.name, &known);
                    }
                    if let Some((stated, spot)) = leaf.0.placed()
                        && let Some(found) = value(reader, stated, spot)
                    {
                        resolved.push((AgencyId::from(agency), Some(desk.name.clone()), found));
                    }
                }
            }
        }
    }
    resolved
}

fn staffing(
    reader: &mut Reader<'_, '_>,
    doc: &ReformDoc,
    lists: &Lists,
    sites: &[Site],
    changed: &[SiteId],
) -> Vec<(AgencyId, Option<String>, u32)> {
    let Some(map) = doc.staffing.get() else {
        return Vec::new();
    };
    per_desk(
        reader,
        map,
        lists,
        sites,
        changed,
        |reader, servers: &ServersDoc, spot| match servers {
            ServersDoc::Count(count) => Some(*count),
            ServersDoc::Unlimited => {
                reader.error(
                    spot,
                    "a reform cannot make a desk unlimited",
                    "state a number of servers",
                );
                None
            }
        },
    )
}

fn hours(
    reader: &mut Reader<'_, '_>,
    doc: &ReformDoc,
    lists: &Lists,
    sites: &[Site],
    changed: &[SiteId],
) -> Vec<(AgencyId, Option<String>, CalendarId)> {
    let Some(map) = doc.hours.get() else {
        return Vec::new();
    };
    per_desk(
        reader,
        map,
        lists,
        sites,
        changed,
        |reader, name: &Text, spot| {
            lists
                .calendars
                .find(reader, &name.0, spot)
                .map(CalendarId::from)
        },
    )
}

fn merge(reader: &mut Reader<'_, '_>, doc: &ReformDoc, lists: &Lists) -> Vec<AgencyId> {
    let Some((list, spot)) = doc.merge.placed() else {
        return Vec::new();
    };
    let mut merged: Vec<AgencyId> = Vec::new();
    for (name, at) in &list.items {
        let Some(agency) = lists
            .agencies
            .find(reader, &name.0, *at)
            .map(AgencyId::from)
        else {
            continue;
        };
        if merged.contains(&agency) {
            reader.error(
                *at,
                format!("`{}` stands twice", name.0),
                "keep one of them",
            );
        } else {
            merged.push(agency);
        }
    }
    if list.written < 2 {
        reader.error(
            spot_or(&doc.merge, spot),
            "a merger joins at least two agencies",
            "write [\"customs\", \"quarantine\"]",
        );
    }
    merged
}
