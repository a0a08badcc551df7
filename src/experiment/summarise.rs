//! From rows (one a replication) to estimates.

use super::replication::{MOST_UNFINISHED, Pool, Row, TimeRow, quantile_h};
use super::results::*;
use crate::network::{FlowNode, Network, StationKind, Stop};
use crate::observe::TimeTally;
use crate::scenario::{Scenario, Study};
use crate::stats::{Estimate, paired};
use crate::terms::{ActorKind, FlowId, HourKind, Named, SiteId};
use crate::time::MS_PER_HOUR;

const HOUR: f64 = MS_PER_HOUR as f64;

/// The estimate over replications of one number of their rows.
fn over(rows: &[Row], value: impl Fn(&Row) -> f64) -> Estimate {
    Estimate::from_replications(&rows.iter().map(value).collect::<Vec<f64>>())
}

fn measured(values: &[f64], unless: Option<f64>) -> Measured {
    if let Some(bound) = unless {
        return Measured::AtLeast(bound);
    }
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.is_empty() {
        Measured::Missing
    } else {
        Measured::Estimate(Estimate::from_replications(&finite))
    }
}

fn times(rows: &[Row], tally: &TimeTally, row: impl Fn(&Row) -> TimeRow) -> TimesResult {
    let rows: Vec<TimeRow> = rows.iter().map(row).collect();
    let (n, unfinished) = (tally.count(), tally.unfinished);
    let too_many = n > 0 && unfinished as f64 > MOST_UNFINISHED * n as f64;
    let bound = too_many.then(|| tally.mean_or_bound_h().unwrap_or(0.0));
    let values = |f: &dyn Fn(&TimeRow) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
    // A quantile that falls among the unfinished is at least the largest time that was seen to end.
    let quantile = |p: f64, f: &dyn Fn(&TimeRow) -> f64| {
        let beyond = n > 0 && quantile_h(&tally.histogram, p).is_none();
        measured(&values(f), beyond.then(|| last_finite_h(tally)))
    };
    TimesResult {
        n,
        unfinished,
        mean_h: measured(&values(&|r| r.mean), bound),
        median_h: quantile(0.5, &|r| r.median),
        sd_h: if too_many {
            Measured::Missing
        } else {
            measured(&values(&|r| r.sd), None)
        },
        p90_h: quantile(0.9, &|r| r.p90),
        p95_h: quantile(0.95, &|r| r.p95),
        within: [0, 1, 2].map(|w| measured(&values(&|r| r.within[w]), None)),
        histogram: tally.histogram.clone(),
    }
}

/// The largest finite quantile of a tally, in hours.
fn last_finite_h(tally: &TimeTally) -> f64 {
    let n = tally.count() as f64;
    let finished = tally.moments.n as f64;
    quantile_h(&tally.histogram, (finished / n - 1e-9).max(0.0)).unwrap_or(0.0)
}

/// What was found for variant number `v`.
pub(super) fn variant(
    study: &Study,
    v: usize,
    network: &Network,
    rows: &[Row],
    pool: &Pool,
) -> VariantResult {
    let about = &study.variants[v];
    let scenario = &about.scenario;
    let mut warnings = Vec::new();
    let sides = sides(scenario, network, rows, pool);
    let stations = stations(scenario, network, rows, &mut warnings);
    for side in &sides {
        if let Measured::AtLeast(bound) = side.bcp.mean_h {
            warnings.push(format!(
                "{} ({}): {} of {} measured consignments were unfinished at the end of the drain; no mean is given, \
                 it is at least {bound:.1} h",
                side.title, side.role, side.bcp.unfinished, side.bcp.n
            ));
        }
    }
    VariantResult {
        name: about.name.clone(),
        regime: about.regime,
        cooperation: about.cooperation.clone(),
        reforms: about.reforms.clone(),
        cost: about.cost,
        crossings: network
            .crossings
            .iter()
            .enumerate()
            .map(|(c, crossing)| {
                let (exit, entry) = (
                    &scenario.sites[crossing.exit.index()],
                    &scenario.sites[crossing.entry.index()],
                );
                CrossingResult {
                    exit: exit.name.clone(),
                    entry: entry.name.clone(),
                    title: format!("{} - {}", exit.title, entry.title),
                    mode: crossing.mode,
                    direction: crossing.directions.join("/"),
                    time: times(rows, &pool.crossings[c].time, |r| r.crossings[c]),
                }
            })
            .collect(),
        flows: scenario
            .flows
            .iter()
            .enumerate()
            .map(|(f, flow)| FlowResult {
                flow: flow.name.clone(),
                from: scenario.sites[flow.from.index()].title.clone(),
                to: scenario.sites[flow.to.index()].title.clone(),
                direction: flow.direction.clone().unwrap_or_default(),
                time: times(rows, &pool.journeys[f].time, |r| r.journeys[f]),
                teu: flow.teu,
            })
            .collect(),
        steps: steps(scenario, network, pool),
        queues: queues(scenario, network, rows),
        routes: routes(scenario, network, rows, &sides, pool),
        sides,
        stations,
        warnings,
        digest: pool.digest.to_string(),
    }
}

fn sides(scenario: &Scenario, network: &Network, rows: &[Row], pool: &Pool) -> Vec<SideResult> {
    let mut sides = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        for (c, cell) in node.cells.iter().enumerate() {
            let tally = &pool.cells[s][c];
            let row = |r: &Row| r.cells[s][c].clone();
            let bcp = times(rows, &tally.bcp, |r| row(r).bcp);
            // Where the whole is only a lower bound, its parts are no estimates either.
            let bounded = matches!(bcp.mean_h, Measured::AtLeast(_));
            let mut hours = Vec::new();
            for (a, &actor) in ActorKind::ALL.iter().enumerate() {
                for (k, &kind) in HourKind::ALL.iter().enumerate() {
                    let mean_h = over(rows, |r| r.cells[s][c].hours[a * HourKind::ALL.len() + k]);
                    if mean_h.mean > 0.0 && !bounded {
                        hours.push(HoursRow {
                            actor,
                            kind,
                            mean_h,
                        });
                    }
                }
            }
            let place = &scenario.sites[s];
            let title = match cell.lane {
                Some(lane) => format!(
                    "{} (lane: {})",
                    place.title,
                    scenario.commodities[lane.index()].name
                ),
                None => place.title.clone(),
            };
            sides.push(SideResult {
                site: place.name.clone(),
                title,
                role: cell.role,
                mode: cell.mode,
                direction: cell.directions.join("/"),
                bcp,
                release: times(rows, &tally.release, |r| row(r).release),
                apart: times(rows, &tally.apart, |r| row(r).apart),
                hours,
                saved_declaration_h: over(rows, |r| r.cells[s][c].saved_declaration),
                saved_setup_h: over(rows, |r| r.cells[s][c].saved_setup),
                examined: over(rows, |r| r.cells[s][c].examined),
                examined_twice: over(rows, |r| r.cells[s][c].examined_twice),
                throughput_per_day: over(rows, |r| r.cells[s][c].throughput),
                demand_per_day: over(rows, |r| r.cells[s][c].demand),
            });
        }
    }
    sides
}

fn stations(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    warnings: &mut Vec<String>,
) -> Vec<StationResult> {
    let mut stations = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        for (t, station) in node.stations.iter().enumerate() {
            if matches!(station.servers, StationKind::Unlimited) {
                continue;
            }
            let of = |value: &dyn Fn(&super::replication::StationRow) -> f64| {
                over(rows, |r| value(&r.stations[s][t]))
            };
            let offered_load = of(&|r| r.offered);
            // It cannot keep up where more work comes than its staff can do, beyond the error of the estimate, and
            // does not end: work after closing can make up for short hours.
            let finite = |e: &Estimate| {
                if e.half_width.is_finite() {
                    e.half_width
                } else {
                    0.0
                }
            };
            let growth = of(&|r| r.growth);
            let behind = growth.mean - finite(&growth) > 0.005;
            let overloaded = offered_load.mean - finite(&offered_load) > 1.0 && behind;
            let (site, agency) = (
                &scenario.sites[s],
                &scenario.agencies[station.agency.index()],
            );
            if overloaded {
                warnings.push(format!(
                    "{}/{}/{} cannot keep up: it is offered {:.2} of what it can do, and its queue grows without bound",
                    site.title, agency.name, station.desk, offered_load.mean
                ));
            }
            stations.push(StationResult {
                site: site.name.clone(),
                title: site.title.clone(),
                agency: agency.name.clone(),
                desk: station.desk.clone(),
                utilisation: of(&|r| r.utilisation),
                offered_load,
                overtime_h_per_day: of(&|r| r.overtime),
                held_idle_h_per_day: of(&|r| r.held),
                mean_queue: of(&|r| r.queue),
                longest_queue: of(&|r| r.longest),
                jobs_per_day: of(&|r| r.jobs),
                overloaded,
            });
        }
    }
    stations
}

fn steps(scenario: &Scenario, network: &Network, pool: &Pool) -> Vec<StepResult> {
    let mut steps = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        for (p, plan) in node.plans.iter().enumerate() {
            let procedure = &scenario.procedures[plan.procedure.index()];
            let Some(role) = node
                .cells
                .iter()
                .find(|c| c.plan as usize == p)
                .map(|c| c.role)
            else {
                continue;
            };
            for (i, step) in plan.steps.iter().enumerate() {
                let tally = &pool.steps[s][p][i];
                let mean = |m: &crate::stats::Moments| match m.mean() {
                    Some(ms) => Measured::Estimate(Estimate {
                        mean: ms / HOUR,
                        half_width: half_width_of_pooled(m),
                        replications: m.n.min(u64::from(u32::MAX)) as u32,
                    }),
                    None => Measured::Missing,
                };
                steps.push(StepResult {
                    site: scenario.sites[s].name.clone(),
                    role,
                    procedure: procedure.name.clone(),
                    step: step.name.clone(),
                    title: procedure.steps[i].title.clone(),
                    agency: scenario.agencies[step.agency.index()].name.clone(),
                    actor: step.actor,
                    kind: step.kind,
                    jobs: tally.service.n,
                    recognised: tally.recognised,
                    ahead: tally.ahead,
                    wait_h: mean(&tally.wait),
                    service_h: mean(&tally.service),
                    missed_share: step
                        .prevalence_detection
                        .filter(|_| tally.eligible > 0)
                        .map(|found| {
                            let done = tally.selected.saturating_sub(tally.recognised);
                            (1.0 - done as f64 / tally.eligible as f64) * found
                        }),
                });
            }
        }
    }
    steps
}

/// Half-width of a mean over all jobs of all replications, as if jobs were independent: waits of one queue are
/// not, so this interval is a lower bound of the error and serves the stage table alone.
fn half_width_of_pooled(m: &crate::stats::Moments) -> f64 {
    match m.standard_deviation() {
        Some(sd) if m.n > 1 => 1.96 * sd / HOUR / (m.n as f64).sqrt(),
        _ => f64::INFINITY,
    }
}

fn queues(scenario: &Scenario, network: &Network, rows: &[Row]) -> Vec<QueueSeries> {
    let bin_h = crate::observe::Window::of(network).bin.hours();
    (0..network.sites.len())
        .filter(|s| !network.sites[*s].plans.is_empty())
        .map(|s| {
            let bins = rows.first().map_or(0, |r| r.present[s].len());
            QueueSeries {
                site: scenario.sites[s].name.clone(),
                title: scenario.sites[s].title.clone(),
                bin_h,
                present: (0..bins).map(|b| over(rows, |r| r.present[s][b])).collect(),
                waiting: (0..bins).map(|b| over(rows, |r| r.waiting[s][b])).collect(),
            }
        })
        .collect()
}

fn routes(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    sides: &[SideResult],
    pool: &Pool,
) -> Vec<RouteResult> {
    let mut found = Vec::new();
    for (f, flow) in network.flows.iter().enumerate() {
        for (n, &route) in flow.routes.iter().enumerate() {
            let stops = &network.routes[route as usize].stops;
            let mut distance_km = 0.0;
            let (mut travel_h, mut travel_cost) = (0.0, 0.0);
            let mut listed = Vec::new();
            for (leg, stop) in stops.iter().enumerate() {
                let place = &scenario.sites[stop.site.index()];
                let mix = cells_of(network, flow, stops, leg);
                let stay_cost: f64 = mix
                    .iter()
                    .map(|&(cell, share)| {
                        let tally = &pool.cells[stop.site.index()][cell];
                        let n = tally.bcp.moments.n.max(1) as f64;
                        share * tally.fees as f64 / 1e6 / n
                    })
                    .sum();
                listed.push(RouteStop {
                    site: place.name.clone(),
                    title: place.title.clone(),
                    role: stop.role,
                    distance_km,
                    stay_h: stay(network, rows, sides, stop.site, &mix),
                    travel_h,
                    travel_cost,
                    stay_cost: stay_cost / flow.teu.max(f64::MIN_POSITIVE),
                });
                if let Some(link) = stop.link {
                    let link = &scenario.links[link.index()];
                    distance_km += link.distance_km;
                    travel_h = (link.transit.mean() / HOUR).max(link.minimum.hours());
                    travel_cost = link.cost_per_teu;
                }
            }
            found.push(RouteResult {
                flow: scenario.flows[FlowId::from(f).index()].name.clone(),
                share: flow.shares[n],
                stops: listed,
            });
        }
    }
    found
}

/// The cells that a flow's consignments are reported under at a stop, with their shares of the flow: lanes by
/// commodity.
fn cells_of(network: &Network, flow: &FlowNode, stops: &[Stop], leg: usize) -> Vec<(usize, f64)> {
    // On a train the general procedure holds for all.
    let on_train = stops[0]
        .forms
        .is_some_and(|line| leg > 0 && leg < network.lines[line as usize].break_leg as usize);
    let mut mix: Vec<(usize, f64)> = Vec::new();
    let mut below = 0.0;
    for &(upto, commodity) in &flow.commodities {
        let share = upto - below;
        below = upto;
        let lane = (!on_train).then_some(commodity);

        let Some((_, cell)) = stops[leg].plan_for(lane) else {
            continue;
        };
        match mix.iter_mut().find(|(c, _)| *c == cell as usize) {
            Some((_, sum)) => *sum += share,
            None => mix.push((cell as usize, share)),
        }
    }
    mix
}

/// The mean stay of a mix of cells at a site.
fn stay(
    network: &Network,
    rows: &[Row],
    sides: &[SideResult],
    site: SiteId,
    mix: &[(usize, f64)],
) -> Measured {
    let of = |cell: usize| side_of(network, sides, site, cell).map(|s| s.bcp.mean_h);
    match mix {
        [] => Measured::Missing,
        [(cell, _)] => of(*cell).unwrap_or(Measured::Missing),
        mix if mix
            .iter()
            .all(|(c, _)| matches!(of(*c), Some(Measured::Estimate(_)))) =>
        {
            let mean = |r: &Row| {
                mix.iter()
                    .map(|(c, w)| w * r.cells[site.index()][*c].bcp.mean)
                    .sum()
            };
            Measured::Estimate(over(rows, mean))
        }
        _ => Measured::Missing,
    }
}

/// The side result of cell number `cell` of a site: sides are listed site by site, cell by cell.
fn side_of<'a>(
    network: &Network,
    sides: &'a [SideResult],
    site: SiteId,
    cell: usize,
) -> Option<&'a SideResult> {
    let before: usize = network.sites[..site.index()]
        .iter()
        .map(|s| s.cells.len())
        .sum();
    sides.get(before + cell)
}

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
            found.push(Comparison {
                variant: study.variants[v].name.clone(),
                measure,
                base_h: Estimate::from_replications(&base),
                variant_h: Estimate::from_replications(&variant),
                difference_h: difference.difference,
                difference_percent: difference.percent_of_base,
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
        for (s, node) in base.sites.iter().enumerate() {
            for (c, cell) in node.cells.iter().enumerate() {
                let side = &variants[0].sides[offset];
                offset += 1;
                let name = study.variants[0].scenario.sites[s].name.clone();
                // The same cell of the variant: by site, role, mode and lane.
                let there = networks[v]
                    .sites
                    .iter()
                    .position(|n| n.name == name)
                    .and_then(|s2| {
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
                let other = variants[v].sides.get(
                    networks[v].sites[..s2]
                        .iter()
                        .map(|n| n.cells.len())
                        .sum::<usize>()
                        + c2,
                );
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
        for (c, crossing) in variants[0].crossings.iter().enumerate() {
            let same = |o: &CrossingResult| {
                (&o.exit, &o.entry, o.mode) == (&crossing.exit, &crossing.entry, crossing.mode)
            };
            let Some(c2) = variants[v].crossings.iter().position(same) else {
                continue;
            };
            let usable = is_mean(&crossing.time) && is_mean(&variants[v].crossings[c2].time);
            add(
                Measure::Crossing(crossing.exit.clone(), crossing.entry.clone()),
                usable,
                &|r, which| r.crossings[if which == 0 { c } else { c2 }].mean,
            );
        }
        for (f, flow) in variants[0].flows.iter().enumerate() {
            let Some(f2) = variants[v].flows.iter().position(|o| o.flow == flow.flow) else {
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
