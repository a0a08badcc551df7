//! From rows (one a replication) to estimates.

use super::replication::{MOST_UNFINISHED, Pool, Row, TimeRow, quantile_h};
use super::results::*;
use crate::network::{Network, StationKind};
use crate::observe::TimeTally;
use crate::scenario::{Scenario, Study};
use crate::stats::{CONFIDENCE, Estimate, buffer_time_index, ratio, sectioned};
use crate::terms::{ActorKind, HourKind, Named, Outcome};

/// The estimate over replications of one number of their rows.
pub(super) fn over(rows: &[Row], value: impl Fn(&Row) -> f64) -> Estimate {
    Estimate::from_replications(&rows.iter().map(value).collect::<Vec<f64>>())
}

pub(super) fn measured(values: &[f64], unless: Option<f64>) -> Measured {
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
    let quantile = |p: f64, f: &dyn Fn(&TimeRow) -> f64| match quantile_h(&tally.histogram, p) {
        Some(pooled) => sections(pooled, &values(f)),
        None if n > 0 => Measured::AtLeast(last_finite_h(tally)),
        None => Measured::Missing,
    };
    let pooled_mean = tally.mean_or_bound_h();
    let buffer = |row: &TimeRow| buffer_time_index(row.mean, row.p95).unwrap_or(f64::NAN);
    let pooled_buffer = pooled_mean
        .zip(quantile_h(&tally.histogram, 0.95))
        .and_then(|(mean, p95)| buffer_time_index(mean, p95));
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
        p99_h: quantile(0.99, &|r| r.p99),
        buffer_index: match pooled_buffer.filter(|_| !too_many) {
            Some(pooled) => sections(pooled, &values(&buffer)),
            None => Measured::Missing,
        },
        within: [0, 1, 2].map(|w| measured(&values(&|r| r.within[w]), None)),
        histogram: tally.histogram.clone(),
    }
}

/// A figure of all replications' consignments together, with its interval from the replications' own
/// (sectioning: see [`sectioned`]).
fn sections(pooled: f64, values: &[f64]) -> Measured {
    let interval = sectioned(pooled, values, CONFIDENCE);
    let replications = values.iter().filter(|v| v.is_finite()).count();
    Measured::Estimate(Estimate {
        replications: u32::try_from(replications).unwrap_or(u32::MAX),
        ..interval.into()
    })
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
    let mut warnings = network.possible_cycles();
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
    let flows = flows(scenario, network, rows, pool);
    VariantResult {
        name: about.name.clone(),
        regime: about.regime,
        cooperation: about.cooperation.clone(),
        reforms: about.reforms.clone(),
        posts: scenario.posts.iter().map(|p| p.name.clone()).collect(),
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
        carec: super::carec::result(scenario, network, rows, (&sides, &flows)),
        flows,
        steps: steps(scenario, network, rows, pool),
        vehicles: super::vehicles::results(scenario, network, rows),
        queues: queues(scenario, network, rows),
        routes: super::ways::routes(scenario, network, rows, &sides, pool),
        sides,
        stations,
        warnings,
        digest: pool.digest.to_string(),
        theory: super::theory::result(scenario, network, rows, pool),
        long_run: Vec::new(),
    }
}

fn flows(scenario: &Scenario, network: &Network, rows: &[Row], pool: &Pool) -> Vec<FlowResult> {
    scenario
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
            lost: lost(network, rows, pool, f),
            rerouted: network.flows[f]
                .drivers
                .reroutes
                .map(|_| ())
                .or(network.flows[f].drivers.balks.map(|_| ()))
                .map(|()| over(rows, |r| r.rerouted[f])),
        })
        .collect()
}

/// How journeys of flow number `f` ended that did not arrive.
fn lost(network: &Network, rows: &[Row], pool: &Pool, f: usize) -> Vec<LostRow> {
    let flow = &network.flows[f];
    let impatient = |route: &u16| {
        let stops = &network.routes[*route as usize].stops;
        stops.first().is_some_and(|stop| stop.impatient)
    };
    if !flow.routes.iter().any(impatient) {
        return Vec::new();
    }
    Outcome::ALL
        .iter()
        .map(|&outcome| LostRow {
            outcome,
            n: pool.journeys[f].lost[outcome as usize],
            share: over(rows, |r| r.lost[f][outcome as usize]),
        })
        .collect()
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
            let post = node.plans[cell.plan as usize].one_stop.as_ref();
            let title = post.map_or(&place.title, |p| &scenario.posts[p.post].title);
            let title = match cell.lane {
                Some(lane) => format!(
                    "{title} (lane: {})",
                    scenario.commodities[lane.index()].name
                ),
                None => title.clone(),
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

pub(super) fn stations(
    scenario: &Scenario,
    network: &Network,
    rows: &[Row],
    warnings: &mut Vec<String>,
) -> Vec<StationResult> {
    let mut stations = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        let loads = node.entry.iter().flat_map(|entry| &entry.loads);
        for load in loads.filter(|load| load.overloaded()) {
            warnings.push(format!(
                "the gate of {} cannot keep up: {:.1} vehicles a day come, and its {} let in {:.1}; the queue outside \
                 grows without bound",
                scenario.sites[s].title,
                load.come,
                load.by.limit(),
                load.most
            ));
        }
        for (t, station) in node.stations.iter().enumerate() {
            // A pooled desk has neither officers nor queue: those of its partner count.
            let pooled = station
                .absorbed
                .is_some_and(|(_, host)| node.stations[host as usize].home != station.home);
            if pooled || matches!(station.servers, StationKind::Unlimited) {
                continue;
            }
            let of = |value: &dyn Fn(&super::replication::StationRow) -> f64| {
                over(rows, |r| value(&r.stations[s][t]))
            };
            let offered_load = of(&|r| r.offered);
            // Two countries' desks may bear one name at a one-stop post.
            let desk = if station.home.index() == s {
                station.desk.clone()
            } else {
                let home = &scenario.sites[station.home.index()].name;
                format!("{}@{home}", station.desk)
            };
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
                // What shocks and closures take away comes back: the queue need not grow for ever.
                let end = if network.shocks.is_empty() && network.closures.is_empty() {
                    "and its queue grows without bound"
                } else {
                    "shocks and closures included, and its queue grew"
                };
                warnings.push(format!(
                    "{}/{}/{} cannot keep up: it is offered {:.2} of what it can do, {end}",
                    site.title, agency.name, desk, offered_load.mean
                ));
            }
            stations.push(StationResult {
                site: site.name.clone(),
                title: site.title.clone(),
                agency: agency.name.clone(),
                desk,
                utilisation: of(&|r| r.utilisation),
                offered_load,
                overtime_h_per_day: of(&|r| r.overtime),
                held_idle_h_per_day: of(&|r| r.held),
                blocked_h_per_day: of(&|r| r.blocked),
                mean_queue: of(&|r| r.queue),
                longest_queue: of(&|r| r.longest),
                jobs_per_day: of(&|r| r.jobs),
                overloaded,
            });
        }
    }
    stations
}

fn steps(scenario: &Scenario, network: &Network, rows: &[Row], pool: &Pool) -> Vec<StepResult> {
    let mut steps = Vec::new();
    for (s, node) in network.sites.iter().enumerate() {
        for (p, plan) in node.plans.iter().enumerate() {
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
                let procedure = &scenario.procedures[step.procedure.index()];
                steps.push(StepResult {
                    site: scenario.sites[s].name.clone(),
                    role,
                    procedure: procedure.name.clone(),
                    step: step.name.clone(),
                    title: procedure.steps[step.listed as usize].title.clone(),
                    agency: scenario.agencies[step.agency.index()].name.clone(),
                    actor: step.actor,
                    kind: step.kind,
                    jobs: tally.service.n,
                    recognised: tally.recognised,
                    ahead: tally.ahead,
                    wait_h: per_job(rows, |r| {
                        let row = &r.steps[s][p][i];
                        (row.waited_h, row.waits)
                    }),
                    service_h: per_job(rows, |r| {
                        let row = &r.steps[s][p][i];
                        (row.served_h, row.services)
                    }),
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

/// Mean hours of a job over all replications, from the hours of all and their number in each: jobs of one queue depend on
/// each other, replications do not (see [`ratio`]).
fn per_job(rows: &[Row], of: impl Fn(&Row) -> (f64, f64)) -> Measured {
    let (hours, jobs): (Vec<f64>, Vec<f64>) = rows.iter().map(of).unzip();
    match ratio(&hours, &jobs, CONFIDENCE) {
        Some(interval) => Measured::Estimate(interval.into()),
        None => Measured::Missing,
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
