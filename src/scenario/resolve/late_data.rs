//! A warning where data sent ahead cannot come before its cargo: the level of information would then count for nothing.

use super::items;
use crate::scenario::document::Document;
use crate::scenario::model::{Agreement, Cooperation, Link, Site};
use crate::scenario::read::Reader;
use crate::terms::{Mechanism, Scope, SentAt};
use crate::time::{MS_PER_HOUR, Span};

/// Warns of every set of agreements whose exchange of information is too late on all links that it is about.
pub fn check(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    sending: &Cooperation,
    sets: &[(String, Vec<Agreement>)],
    (sites, links): (&[Site], &[Link]),
) {
    let Some(cooperation) = document.cooperation.get() else {
        return;
    };
    // At a one-stop post data for the entry side is before cargo that comes to the exit side.
    if !items(&document.posts).is_empty() {
        return;
    }
    for (key, _) in items(&cooperation.sets) {
        let Some((_, agreements)) = sets.iter().find(|(name, _)| *name == key.name) else {
            continue;
        };
        let informs = |link: &&Link| {
            let country = |site: crate::terms::SiteId| sites[site.index()].country;
            let scope = Scope::Between(country(link.from), country(link.to));
            agreements.iter().any(|a| {
                a.scope == scope && a.levels.of(Mechanism::Information).is_some_and(|l| l > 0.0)
            })
        };
        // What a driver waits after the release is not known here: too late is what even half as much again would leave so.
        let late = |link: &&Link| {
            sending.sent_at.get(&link.mode) == Some(&SentAt::ExitRelease)
                && 1.5 * link.transit.mean() <= sending.data_delay.ms() as f64
        };
        let about: Vec<&Link> = links.iter().filter(informs).collect();
        let Some(first) = about.first() else { continue };
        if !about.iter().all(late) {
            continue;
        }
        let message = format!(
            "the information of `{}` comes too late: data is sent when the exit side releases the cargo and travels for {}, \
             and `{}` takes {} on average",
            key.name,
            hours(sending.data_delay),
            first.name,
            hours(Span::from_ms_f64(first.transit.mean())),
        );
        let remedy = format!(
            "state when it is sent, such as `sent_at = {{ {} = \"origin_departure\" }}` in [cooperation], or a shorter `data_delay`",
            first.mode
        );
        reader.warn(key.spot, message, remedy);
    }
}

/// As a scenario states it: minutes below an hour.
fn hours(span: Span) -> String {
    let h = span.ms() as f64 / MS_PER_HOUR as f64;
    let (value, unit) = if h < 1.0 { (60.0 * h, "min") } else { (h, "h") };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.trim_end_matches(".0"))
}
