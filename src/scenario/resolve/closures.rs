//! Closures of sites and links: dated ones, and those outside an open season.

use super::items;
use crate::scenario::collection::List;
use crate::scenario::document::{ClosureDoc, Document, SeasonDoc};
use crate::scenario::model::{Closures, Experiment, Link, Site, Window};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::time::Time;

/// Gives sites and links their closures.
pub fn closures(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    sites: &mut [Site],
    links: &mut [Link],
    experiment: &Experiment,
) {
    let start = experiment.start;
    for (site, (_, doc)) in sites.iter_mut().zip(items(&document.sites)) {
        site.closures = read(reader, &doc.closed, &doc.open_season, start);
        if let Some((_, spot)) = doc.open_season.placed() {
            check_zone(reader, document, &site.name, spot);
        }
    }
    for (key, doc) in items(&document.links) {
        let closures = read(reader, &doc.closed, &doc.open_season, start);
        let back = format!("{}~back", key.name);
        for link in links
            .iter_mut()
            .filter(|link| link.name == key.name || link.name == back)
        {
            link.closures.clone_from(&closures);
            if let Some((_, spot)) = doc.open_season.placed() {
                check_zone(reader, document, &sites[link.from.index()].name, spot);
            }
        }
    }
}

fn read(
    reader: &mut Reader<'_, '_>,
    closed: &Field<List<ClosureDoc>>,
    open: &Field<SeasonDoc>,
    start: jiff::Timestamp,
) -> Closures {
    let mut dated = Vec::new();
    for (doc, _) in closed.get().map_or(&[][..], |list| list.items.as_slice()) {
        let Some(from) = doc.from.get() else { continue };
        let window = Window {
            from: from.since(start),
            until: doc.until.get().map_or(Time::MAX, |date| date.since(start)),
        };
        if let Some((until, spot)) = doc.until.placed()
            && until.0 <= from.0
        {
            reader.error(
                spot,
                "this closure ends before it begins",
                "`until` comes after `from`",
            );
            continue;
        }
        // What lies before the start is over.
        if window.from < window.until {
            dated.push(window);
        }
    }
    Closures {
        dated,
        open_season: open.get().map(|season| season.0.clone()),
    }
}

/// A season is read on a local clock.
pub fn check_zone(reader: &mut Reader<'_, '_>, document: &Document, site: &str, spot: Spot) {
    let doc = items(&document.sites)
        .iter()
        .find(|(key, _)| key.name == site);
    if doc.is_some_and(|(_, doc)| doc.time_zone.is_absent()) {
        reader.error(
            spot,
            format!("this season is in local time, but site `{site}` has no time zone"),
            "state the site's time_zone",
        );
    }
}
