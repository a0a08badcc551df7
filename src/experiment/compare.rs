//! Paired differences of variants against the base, and published figures beside simulated ones.

use std::collections::BTreeMap;

use super::replication::Row;
use super::results::*;
use super::ways::Sides;
use crate::network::Network;
use crate::scenario::Study;
use crate::stats::{CONFIDENCE, Estimate, paired, welch};
use crate::terms::SiteId;

/// Paired differences of every other variant against the base.
pub(super) fn comparisons(
    study: &Study,
    networks: &[Network],
    rows: &[Vec<Row>],
    variants: &[VariantResult],
) -> Vec<Comparison> {
    let mut found = Vec::new();
    let base = &networks[0];
    for v in 1..networks.len() {
        let mut add = |measure: Measure, comparable: bool, of: &dyn Fn(&Row, usize) -> f64| {
            let values = |which: usize| {
                rows[which]
                    .iter()
                    .map(|r| of(r, which))
                    .collect::<Vec<f64>>()
            };
            let (base, variant) = (values(0), values(v));
            if !comparable || base.iter().chain(&variant).any(|x| !x.is_finite()) {
                return;
            }
            let difference = paired(&base, &variant);
            let finite = |half_width: f64| half_width.is_finite().then_some(half_width);
            let each = 1.0 - (1.0 - CONFIDENCE) / (networks.len() - 1) as f64;
            found.push(Comparison {
                variant: study.variants[v].name.clone(),
                measure,
                base_h: Estimate::from_replications(&base),
                variant_h: Estimate::from_replications(&variant),
                difference_h: difference.difference,
                difference_percent: difference.percent_of_base,
                simultaneous_h: finite(difference.difference.at_level(each).half_width),
                independent_h: finite(welch(&base, &variant, CONFIDENCE).half_width()),
                variance_ratio: variance_ratio(&base, &variant),
            });
        };
        // A bound is no mean: nothing is compared with it.
        let is_mean = |t: &TimesResult| matches!(t.mean_h, Measured::Estimate(_));
        let all_finished = |v: usize| {
            variants[v]
                .sides
                .iter()
                .all(|s| !matches!(s.bcp.mean_h, Measured::AtLeast(_)))
        };
        add(
            Measure::AllSides,
            all_finished(0) && all_finished(v),
            &|r, _| r.all_sides,
        );
        let released = |v: usize| {
            let bound = |s: &SideResult| matches!(s.release.mean_h, Measured::AtLeast(_));
            !variants[v].sides.iter().any(bound)
        };
        add(Measure::AllReleases, released(0) && released(v), &|r, _| {
            r.all_releases
        });
        let mut offset = 0;
        let others = Sides::new(&networks[v], &variants[v].sides);
        let sites = places(networks[v].sites.iter().map(|n| n.name.as_str()));
        for (s, node) in base.sites.iter().enumerate() {
            for (c, cell) in node.cells.iter().enumerate() {
                let side = &variants[0].sides[offset];
                offset += 1;
                let name = study.variants[0].scenario.sites[s].name.clone();
                // The same cell of the variant: by site, role, mode and lane.
                let there = sites.get(name.as_str()).copied().and_then(|s2| {
                    let cells = &networks[v].sites[s2].cells;
                    let same = |o: &&crate::network::Cell| {
                        (o.role, o.mode, o.lane) == (cell.role, cell.mode, cell.lane)
                    };
                    cells.iter().position(|o| same(&o)).map(|c2| (s2, c2))
                });
                let Some((s2, c2)) = there else { continue };
                if cell.lane.is_some() {
                    continue;
                }
                let other = others.of(SiteId::from(s2), c2);
                let at = |which: usize| if which == 0 { (s, c) } else { (s2, c2) };
                let usable = |f: fn(&SideResult) -> &TimesResult| {
                    is_mean(f(side)) && other.is_some_and(|o| is_mean(f(o)))
                };
                add(
                    Measure::Bcp(name.clone(), cell.role),
                    usable(|s| &s.bcp),
                    &|r, which| r.cells[at(which).0][at(which).1].bcp.mean,
                );
                add(
                    Measure::Release(name, cell.role),
                    usable(|s| &s.release),
                    &|r, which| r.cells[at(which).0][at(which).1].release.mean,
                );
            }
        }
        let ends = |c: &'_ CrossingResult| (c.exit.clone(), c.entry.clone(), c.mode);
        let crossings = places(variants[v].crossings.iter().map(ends));
        for (c, crossing) in variants[0].crossings.iter().enumerate() {
            let Some(&c2) = crossings.get(&ends(crossing)) else {
                continue;
            };
            let usable = is_mean(&crossing.time) && is_mean(&variants[v].crossings[c2].time);
            add(
                Measure::Crossing(crossing.exit.clone(), crossing.entry.clone()),
                usable,
                &|r, which| r.crossings[if which == 0 { c } else { c2 }].mean,
            );
        }
        let flows = places(variants[v].flows.iter().map(|o| o.flow.as_str()));
        for (f, flow) in variants[0].flows.iter().enumerate() {
            let Some(&f2) = flows.get(flow.flow.as_str()) else {
                continue;
            };
            let usable = is_mean(&flow.time) && is_mean(&variants[v].flows[f2].time);
            add(
                Measure::DoorToDoor(flow.flow.clone()),
                usable,
                &|r, which| r.journeys[if which == 0 { f } else { f2 }].mean,
            );
        }
    }
    found
}

/// The variance of a difference of independent replications over that of the pairs.
fn variance_ratio(base: &[f64], variant: &[f64]) -> Option<f64> {
    let variance = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = values.collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
    };
    let apart = variance(&mut base.iter().copied()) + variance(&mut variant.iter().copied());
    let paired = variance(&mut base.iter().zip(variant).map(|(b, v)| v - b));
    (paired > 0.0)
        .then(|| apart / paired)
        .filter(|ratio| ratio.is_finite())
}

/// The first place of each of `things`.
fn places<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut places = BTreeMap::new();
    for (place, thing) in things.enumerate() {
        places.entry(thing).or_insert(place);
    }
    places
}

/// Published figures beside the simulated.
pub(super) fn benchmarks(study: &Study, variants: &[VariantResult]) -> Vec<BenchmarkRow> {
    let mut rows = Vec::new();
    for benchmark in &study.benchmarks {
        let site = &study.variants[0].scenario.sites[benchmark.site.index()];
        for variant in variants {
            let same = |s: &&SideResult| s.site == site.name && s.role == benchmark.role;
            let side = variant.sides.iter().find(same);
            rows.push(BenchmarkRow {
                variant: variant.name.clone(),
                site: site.title.clone(),
                role: benchmark.role,
                release: benchmark.release,
                published_h: benchmark.hours,
                simulated_h: side.map_or(Measured::Missing, |s| {
                    if benchmark.release {
                        s.release.mean_h
                    } else {
                        s.bcp.mean_h
                    }
                }),
                gate_h: benchmark.gate,
                source: benchmark.source.clone(),
            });
        }
    }
    rows
}
