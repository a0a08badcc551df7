//! Which sites can be reached from which, and what the network lacks.

use std::collections::{HashSet, VecDeque};

use super::items;
use crate::scenario::document::Document;
use crate::scenario::model::{Flow, Link, Site};
use crate::scenario::read::{Field, Reader};
use crate::terms::{Mode, SiteId, SiteKind};

/// Where links lead on to, with their modes, by site.
struct Onward(Vec<Vec<(SiteId, Mode)>>);

impl Onward {
    fn new(sites: usize, links: &[Link]) -> Self {
        let mut out = vec![Vec::new(); sites];
        for link in links {
            out[link.from.index()].push((link.to, link.mode));
        }
        Onward(out)
    }

    /// True where `to` can be reached from `from` over links of `modes` (empty: any).
    fn reaches(&self, from: SiteId, to: SiteId, modes: &[Mode]) -> bool {
        let mut seen = HashSet::from([from]);
        let mut queue = VecDeque::from([from]);
        while let Some(site) = queue.pop_front() {
            if site == to {
                return true;
            }
            for &(next, mode) in &self.0[site.index()] {
                if (modes.is_empty() || modes.contains(&mode)) && seen.insert(next) {
                    queue.push_back(next);
                }
            }
        }
        false
    }
}

/// True where some route of `flow` can pass `site`.
pub fn passes(flow: &Flow, site: SiteId, links: &[Link]) -> bool {
    let highest = links
        .iter()
        .flat_map(|link| [link.from, link.to])
        .chain([flow.from, flow.to, site])
        .max();
    let sites = highest.map_or(0, |id| id.index() + 1);
    let onward = Onward::new(sites, links);
    let leg = |from, to| onward.reaches(from, to, &flow.routes.modes);
    let mut stops = vec![flow.from];
    stops.extend(&flow.routes.via);
    stops.push(flow.to);
    stops
        .windows(2)
        .any(|pair| leg(pair[0], site) && leg(site, pair[1]))
}

/// Checks that every flow can get where it goes, and that every border has another side.
pub fn check(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    sites: &[Site],
    links: &[Link],
    flows: &[Flow],
) {
    // With a link unread, the network is not what is meant.
    let stated: usize = items(&document.links)
        .iter()
        .map(|(_, doc)| if doc.between.is_absent() { 1 } else { 2 })
        .sum();
    if stated != links.len()
        || !matches!(document.sites, Field::Is(..))
        || matches!(document.links, Field::Bad(_))
    {
        return;
    }
    let onward = Onward::new(sites.len(), links);
    let names: HashSet<&str> = sites.iter().map(|site| site.name.as_str()).collect();
    for (flow, (_, doc)) in flows.iter().zip(items(&document.flows)) {
        let vias = doc
            .routes
            .get()
            .and_then(|routes| routes.via.get())
            .map_or(0, |list| list.written);
        let (Field::Is(..), Some((to, spot))) = (&doc.from, doc.to.placed()) else {
            continue;
        };
        let known = |name: &str| names.contains(name);
        let from = doc.from.get().map_or("", |name| name.0.as_str());
        if !known(from) || !known(&to.0) || vias != flow.routes.via.len() {
            continue;
        }
        let mut stops = vec![flow.from];
        stops.extend(&flow.routes.via);
        stops.push(flow.to);
        for pair in stops.windows(2) {
            if onward.reaches(pair[0], pair[1], &flow.routes.modes) {
                continue;
            }
            let modes: Vec<String> = flow
                .routes
                .modes
                .iter()
                .map(|mode| format!(" {mode}"))
                .collect();
            let by = if modes.is_empty() {
                String::new()
            } else {
                format!(" by{}", modes.join(" or"))
            };
            let (from, to) = (&sites[pair[0].index()].name, &sites[pair[1].index()].name);
            let message = format!("no route leads from `{from}` to `{to}`{by}");
            reader.error(
                spot,
                message,
                "add the missing links, or correct the ends, `via` or `modes`",
            );
            break;
        }
    }
    let country = |id: SiteId| sites[id.index()].country;
    let crossing = links.iter().filter(|l| country(l.from) != country(l.to));
    let borders: HashSet<SiteId> = crossing.flat_map(|l| [l.from, l.to]).collect();
    for (s, (site, (key, _))) in sites.iter().zip(items(&document.sites)).enumerate() {
        if site.kind == SiteKind::Border && !borders.contains(&SiteId::from(s)) {
            let message = format!("border site `{}` has no link to another country", site.name);
            reader.warn(
                key.spot,
                message,
                "a border is two sites, one on each side, with a link between them",
            );
        }
    }
}
