//! The experiment and the benchmarks.

use super::names::Lists;
use crate::scenario::document::{Document, ExperimentDoc, Measure};
use crate::scenario::model::{Benchmark, Experiment, Post, RouteShares, Site};
use crate::scenario::read::Reader;
use crate::terms::{Regime, Role, SiteId};
use crate::time::{MS_PER_DAY, Span};

/// How the study is run.
pub fn experiment(
    reader: &mut Reader<'_, '_>,
    doc: Option<&ExperimentDoc>,
    default_start: jiff::Timestamp,
) -> Experiment {
    let days = |days: u64| Span::from_ms(days * MS_PER_DAY);
    let mut experiment = Experiment {
        start: default_start,
        warm_up: Span::ZERO,
        steady: false,
        horizon: days(90),
        max_drain: days(60),
        replications: 20,
        seed: 1,
        route_shares: RouteShares::Base,
    };
    let Some(doc) = doc else { return experiment };
    if let Some(start) = doc.start.get() {
        experiment.start = start.0;
    }
    if let Some(span) = doc.max_drain.get() {
        experiment.max_drain = Span::from_ms_f64(span.0);
    }
    if let Some(seed) = doc.seed.get() {
        experiment.seed = seed.0;
    }
    if let Some(word) = doc.route_shares.get() {
        experiment.route_shares = word.0;
    }
    if let Some((count, spot)) = doc.replications.placed() {
        experiment.replications = count.0;
        match count.0 {
            0 => reader.error(
                spot,
                "no replications at all",
                "state at least 2; 20 is the default",
            ),
            1 => reader.warn(
                spot,
                "one replication gives no interval",
                "state at least 2; 20 is the default",
            ),
            _ => {}
        }
    }
    if let Some(warm_up) = doc.warm_up.get() {
        experiment.warm_up = Span::from_ms_f64(warm_up.0);
    }
    experiment.steady = doc.steady.get().is_some_and(|flag| flag.0);
    if experiment.steady
        && let Some((_, spot)) = doc.warm_up.placed()
    {
        reader.error(
            spot,
            "a warm-up is stated and is to be found (`steady = true`)",
            "keep one of the two",
        );
    }
    if let Some((horizon, spot)) = doc.horizon.placed() {
        experiment.horizon = Span::from_ms_f64(horizon.0);
        if experiment.horizon == Span::ZERO {
            reader.error(
                spot,
                "nothing can happen before a horizon of zero",
                "state a horizon such as \"104 d\"",
            );
        } else if let Some((_, at)) = doc.warm_up.placed()
            && experiment.warm_up >= experiment.horizon
        {
            reader.error(
                at,
                "the warm-up leaves nothing to measure",
                "the horizon counts from the start, warm-up included",
            );
        }
    }
    experiment
}

/// The published figures.
pub fn benchmarks(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    sites: &[Site],
    posts: &[(Post, Option<Regime>)],
) -> Vec<Benchmark> {
    let mut benchmarks = Vec::new();
    for (doc, _) in document
        .benchmarks
        .get()
        .map_or(&[][..], |list| list.items.as_slice())
    {
        let site = lists.sites.field(reader, &doc.site);
        let one_stop = |role: Role| {
            let here = |(post, _): &(Post, _)| {
                post.directions(0, sites)
                    .iter()
                    .any(|way| Some(way.host.index()) == site && way.role() == role)
            };
            posts.iter().any(here)
        };
        if let (Some(site), Some((role, spot))) = (site.map(|at| &sites[at]), doc.role.placed())
            && !site.procedures.iter().any(|entry| entry.role == role.0)
            && !one_stop(role.0)
        {
            let has: Vec<String> = roles(site).iter().map(|role| format!("`{role}`")).collect();
            let remedy = if has.is_empty() {
                "it has none at all".to_owned()
            } else {
                format!("it has {}", has.join(", "))
            };
            let message = format!(
                "site `{}` has no procedure for the role `{}`",
                site.name, role.0
            );
            reader.error(spot, message, remedy);
        }
        let (Some(site), Some(role), Some(hours)) = (site, doc.role.get(), doc.hours.get()) else {
            continue;
        };
        benchmarks.push(Benchmark {
            site: SiteId::from(site),
            role: role.0,
            hours: hours.0,
            release: doc.measure.get() == Some(&Measure::Release),
            source: doc
                .source
                .get()
                .map_or(String::new(), |text| text.0.clone()),
            gate: doc.gate.get().map(|gate| (gate.0, gate.1)),
        });
    }
    benchmarks
}

/// The roles for which a site has procedures.
fn roles(site: &Site) -> Vec<Role> {
    let mut roles: Vec<Role> = site.procedures.iter().map(|entry| entry.role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}
