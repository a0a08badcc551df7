//! One replication of one variant: run, check the laws, reduce to a row of numbers.

use serde::{Deserialize, Serialize};

use super::RunError;
use super::conduct::Conduct;
use crate::engine::{self, Execution, LogicalProcess};
use crate::network::{Network, SiteNode, StationKind};
use crate::observe::{CellTally, Digest, SiteObserver, StationTally, TimeTally, TripTally, Window};
use crate::stats::Histogram;
use crate::terms::{ActorKind, HourKind, Named};
use crate::time::{MS_PER_DAY, MS_PER_HOUR};
use crate::world::{Corridor, Draws, Kernel};

/// What one run was seen to do, site by site.
#[derive(Debug)]
pub struct Observations {
    /// By site.
    pub sites: Vec<SiteObserver>,
    /// Digest of the run.
    pub digest: Digest,
    /// What the engine did.
    pub execution: Execution,
    /// Which executor ran it, and why.
    pub engine: String,
}

/// Runs replication number `replication` under `seed` on one thread and checks Little's law and the conservation of
/// consignments.
///
/// # Errors
/// [`RunError::PromiseBroken`] where the engine or a law says that the program has a defect.
pub fn run_one(network: &Network, seed: u64, replication: u32) -> Result<Observations, RunError> {
    run_as(network, seed, replication, &Conduct::default())
}

/// As [`run_one`], by the executor and the kernel that are asked for; parts of a run are spread over the present rayon
/// pool.
///
/// # Errors
/// As [`run_one`].
pub fn run_as(
    network: &Network,
    seed: u64,
    replication: u32,
    conduct: &Conduct,
) -> Result<Observations, RunError> {
    let mut why = String::new();
    let observer = match conduct.digest {
        true => |observer| observer,
        false => SiteObserver::without_digest,
    };
    let run = observe_with(
        network,
        seed,
        replication,
        conduct.kernel,
        observer,
        |world, processes| {
            let channels = world.channels();
            let (choice, reason) = conduct.choose(world, processes, &channels);
            why = reason;
            match choice {
                engine::Choice::Instants => {
                    engine::run_sequential(world, processes, &channels, world.stop())
                }
                engine::Choice::Planned(plan) => {
                    engine::run(world, processes, &channels, world.stop(), &plan)
                }
            }
        },
    )?;
    Ok(Observations { engine: why, ..run })
}

pub(super) type Observed<'n> = Corridor<'n, SiteObserver>;

/// As [`run_one`], event by event, with the executor left to the caller (tests run the shuffled windowed one).
///
/// # Errors
/// As [`run_one`].
#[doc(hidden)]
pub fn observe(
    network: &Network,
    seed: u64,
    replication: u32,
    execute: impl for<'w> FnOnce(
        &Observed<'w>,
        &mut [LogicalProcess<Observed<'w>>],
    ) -> Result<Execution, engine::EngineError>,
) -> Result<Observations, RunError> {
    observe_as(network, seed, replication, Kernel::Events, execute)
}

/// As [`observe`], with this kernel.
///
/// # Errors
/// As [`run_one`].
#[doc(hidden)]
pub fn observe_as(
    network: &Network,
    seed: u64,
    replication: u32,
    kernel: Kernel,
    execute: impl for<'w> FnOnce(
        &Observed<'w>,
        &mut [LogicalProcess<Observed<'w>>],
    ) -> Result<Execution, engine::EngineError>,
) -> Result<Observations, RunError> {
    observe_with(network, seed, replication, kernel, |o| o, execute)
}

fn observe_with(
    network: &Network,
    seed: u64,
    replication: u32,
    kernel: Kernel,
    with: impl Fn(SiteObserver) -> SiteObserver,
    execute: impl for<'w> FnOnce(
        &Observed<'w>,
        &mut [LogicalProcess<Observed<'w>>],
    ) -> Result<Execution, engine::EngineError>,
) -> Result<Observations, RunError> {
    let draws = Draws::new(network, seed, replication);
    let world: Observed<'_> = Corridor::with_kernel(network, &draws, kernel);
    let window = Window::of(network);
    let mut processes = world.processes(|site| with(SiteObserver::new(network, site, window)));
    let execution =
        execute(&world, &mut processes).map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    super::deadlock::check(&world, processes.iter().map(|p| &p.state))?;
    let mut digest = Digest::default();
    let mut sites = Vec::with_capacity(processes.len());
    for (s, mut process) in processes.into_iter().enumerate() {
        SiteObserver::close(network, &mut process.state, network.drain_end);
        let observer = process.state.observer;
        check_laws(&network.sites[s].name, &observer, replication)?;
        digest.merge(observer.digest);
        sites.push(observer);
    }
    Ok(Observations {
        sites,
        digest,
        execution,
        engine: String::new(),
    })
}

fn check_laws(site: &str, observer: &SiteObserver, replication: u32) -> Result<(), RunError> {
    let little = observer.little;
    if little.occupancy != little.stays {
        return Err(RunError::PromiseBroken(format!(
            "Little's law does not hold at `{site}` in replication {replication}: the integral of the number \
             present is {} ms, the sum of the stays {} ms",
            little.occupancy, little.stays
        )));
    }
    if little.arrivals != little.departures + little.inside {
        return Err(RunError::PromiseBroken(format!(
            "consignments are not conserved at `{site}` in replication {replication}: {} arrived, {} departed, \
             {} are inside",
            little.arrivals, little.departures, little.inside
        )));
    }
    Ok(())
}

/// The numbers of one duration in one replication; NaN where nothing was observed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct TimeRow {
    pub mean: f64,
    pub median: f64,
    pub sd: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub within: [f64; 3],
}

/// The numbers of one station in one replication.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct StationRow {
    pub utilisation: f64,
    pub offered: f64,
    pub overtime: f64,
    pub held: f64,
    pub blocked: f64,
    pub queue: f64,
    pub longest: f64,
    pub jobs: f64,
    /// Jobs that joined and did not end, as a share of those that joined.
    pub growth: f64,
    /// Hours a day in which its servers work, after closing too, or are kept idle for a joint visit.
    pub worked: f64,
}

/// The numbers of one cell in one replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct CellRow {
    pub bcp: TimeRow,
    pub release: TimeRow,
    pub apart: TimeRow,
    pub hours: Vec<f64>,
    pub saved_declaration: f64,
    pub saved_setup: f64,
    pub examined: f64,
    pub examined_twice: f64,
    pub throughput: f64,
    pub demand: f64,
    /// Measured passages that ended, without those reported apart.
    pub finished: f64,
    /// Mean fees of those, US dollars per consignment.
    pub fees: f64,
}

/// The jobs of one step of one plan in one replication: how many, and their hours in all.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct StepRow {
    pub waits: f64,
    pub waited_h: f64,
    pub services: f64,
    pub served_h: f64,
}

/// One replication's numbers, for means over replications.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Row {
    /// By site, by cell.
    pub cells: Vec<Vec<CellRow>>,
    pub crossings: Vec<TimeRow>,
    pub journeys: Vec<TimeRow>,
    /// By flow: shares of those that began and left on the way, by outcome.
    pub lost: Vec<[f64; 3]>,
    /// By flow: how often another route was taken, for each that began.
    pub rerouted: Vec<f64>,
    /// By site, by station.
    pub stations: Vec<Vec<StationRow>>,
    /// By site, by fleet of second vehicles.
    pub vehicles: Vec<Vec<super::vehicles::VehicleRow>>,
    /// By line of batches: how many were formed a day, and consignments that left with them a day.
    pub formed: Vec<[f64; 2]>,
    /// By examination, as [`examinations`] lists them: consignments with something to find that it is expected to have
    /// missed, and those that came to it.
    pub examined: Vec<[f64; 2]>,
    /// By site, by plan, by step.
    pub steps: Vec<Vec<Vec<StepRow>>>,
    /// By site, by bin.
    pub present: Vec<Vec<f64>>,
    pub waiting: Vec<Vec<f64>>,
    /// Hours at all border sides per measured consignment.
    pub all_sides: f64,
    /// Hours to release at all controlled stops per measured consignment.
    pub all_releases: f64,
    /// TEU that enter the corridor, a day.
    pub teu_per_day: f64,
    /// Fees at sites in US dollars, for each TEU that enters.
    pub fees_per_teu: f64,
}

const HOUR: f64 = MS_PER_HOUR as f64;

fn time_row(tally: &TimeTally) -> TimeRow {
    let hours = |ms: Option<f64>| ms.map_or(f64::NAN, |ms| ms / HOUR);
    let share = |h: u64| {
        tally
            .histogram
            .share_within(h * MS_PER_HOUR)
            .unwrap_or(f64::NAN)
    };
    TimeRow {
        mean: tally.mean_or_bound_h().unwrap_or(f64::NAN),
        median: hours(tally.histogram.quantile(0.5)),
        sd: hours(tally.moments.standard_deviation()),
        p90: hours(tally.histogram.quantile(0.9)),
        p95: hours(tally.histogram.quantile(0.95)),
        p99: hours(tally.histogram.quantile(0.99)),
        within: [share(24), share(48), share(72)],
    }
}

fn cell_row(cell: &CellTally, window_days: f64) -> CellRow {
    let n = cell.bcp.moments.n as f64;
    let mean = |sum: f64| if n > 0.0 { sum / n } else { f64::NAN };
    CellRow {
        bcp: time_row(&cell.bcp),
        release: time_row(&cell.release),
        apart: time_row(&cell.apart),
        hours: (0..ActorKind::ALL.len() * HourKind::ALL.len())
            .map(|at| mean(cell.hours.get(at).copied().unwrap_or(0) as f64 / HOUR))
            .collect(),
        saved_declaration: mean(cell.saved_declaration as f64 / HOUR),
        saved_setup: mean(cell.saved_setup as f64 / HOUR),
        examined: mean(cell.examined as f64),
        examined_twice: mean(cell.examined_twice as f64),
        throughput: cell.departed as f64 / window_days,
        demand: cell.arrived as f64 / window_days,
        finished: n,
        fees: mean(cell.fees as f64 / 1e6),
    }
}

fn station_row(
    tally: &StationTally,
    node: &SiteNode,
    kind: &StationKind,
    window_ms: f64,
) -> StationRow {
    let days = window_ms / MS_PER_DAY as f64;
    let jobs = tally.joined as f64;
    let per = |x: u128| x as f64 / tally.staffed as f64;
    let (utilisation, offered) = match kind {
        StationKind::Staffed(_) => {
            let work = jobs * tally.service.mean().unwrap_or(0.0);
            (per(tally.busy), work / tally.staffed as f64)
        }
        StationKind::Slots(slots) => {
            let places = window_ms / slots.every_ms * f64::from(slots.capacity);
            ((tally.service.n as f64 / places).min(1.0), jobs / places)
        }
        StationKind::Vehicles(fleet) => {
            let fleet = &node.fleets[*fleet as usize];
            let places = window_ms / fleet.every_ms * f64::from(fleet.capacity);
            ((tally.service.n as f64 / places).min(1.0), jobs / places)
        }
        StationKind::Unlimited => (f64::NAN, f64::NAN),
    };
    StationRow {
        utilisation,
        offered,
        overtime: tally.overtime as f64 / HOUR / days,
        held: tally.held as f64 / HOUR / days,
        blocked: tally.blocked as f64 / HOUR / days,
        queue: tally.waiting as f64 / window_ms,
        longest: f64::from(tally.longest),
        jobs: jobs / days,
        growth: (jobs - tally.service.n as f64) / jobs.max(1.0),
        worked: (tally.busy + tally.overtime + tally.held) as f64 / HOUR / days,
    }
}

/// What replications share: exact sums that merge in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub cells: Vec<Vec<CellTally>>,
    pub crossings: Vec<TripTally>,
    pub journeys: Vec<TripTally>,
    pub steps: Vec<Vec<Vec<crate::observe::StepTally>>>,
    pub digest: Digest,
    pub events: u64,
}

fn merge_time(into: &mut TimeTally, from: &TimeTally) {
    into.moments.merge(&from.moments);
    into.histogram.merge(&from.histogram);
    into.unfinished += from.unfinished;
    into.elapsed += from.elapsed;
}

fn merge_trip(into: &mut TripTally, from: &TripTally) {
    into.began += from.began;
    into.held_apart += from.held_apart;
    into.rerouted += from.rerouted;
    for (sum, lost) in into.lost.iter_mut().zip(from.lost) {
        *sum += lost;
    }
    merge_time(&mut into.time, &from.time);
    merge_time(&mut into.apart, &from.apart);
}

impl Pool {
    pub fn merge(&mut self, run: &Reduced) {
        self.digest.merge(run.digest);
        self.events += run.events;
        if self.cells.is_empty() {
            self.cells = run.cells.clone();
            self.crossings = run.crossings.clone();
            self.journeys = run.journeys.clone();
            self.steps = run.steps.clone();
            return;
        }
        for (into, from) in self
            .cells
            .iter_mut()
            .flatten()
            .zip(run.cells.iter().flatten())
        {
            merge_time(&mut into.bcp, &from.bcp);
            merge_time(&mut into.release, &from.release);
            merge_time(&mut into.apart, &from.apart);
            into.fees += from.fees;
        }
        for (into, from) in self.crossings.iter_mut().zip(&run.crossings) {
            merge_trip(into, from);
        }
        for (into, from) in self.journeys.iter_mut().zip(&run.journeys) {
            merge_trip(into, from);
        }
        for (into, from) in self
            .steps
            .iter_mut()
            .flatten()
            .flatten()
            .zip(run.steps.iter().flatten().flatten())
        {
            into.wait.merge(&from.wait);
            into.service.merge(&from.service);
            into.ahead += from.ahead;
            into.eligible += from.eligible;
            into.selected += from.selected;
            into.recognised += from.recognised;
        }
    }
}

/// A run, reduced.
#[derive(Serialize, Deserialize)]
pub(super) struct Reduced {
    pub row: Row,
    cells: Vec<Vec<CellTally>>,
    crossings: Vec<TripTally>,
    journeys: Vec<TripTally>,
    steps: Vec<Vec<Vec<crate::observe::StepTally>>>,
    digest: Digest,
    events: u64,
}

/// Reduces a run to its row and to what merges.
pub(super) fn reduce(network: &Network, run: Observations) -> Reduced {
    let window_ms = network.horizon.since(network.warm_up).ms() as f64;
    let days = window_ms / MS_PER_DAY as f64;
    let mut crossings = vec![TripTally::default(); network.crossings.len()];
    let mut journeys = vec![TripTally::default(); network.flows.len()];
    for site in &run.sites {
        for (crossing, met) in site.crossings.numbered() {
            merge_trip(&mut crossings[crossing], met);
        }
        for (flow, met) in site.journeys.numbered() {
            merge_trip(&mut journeys[flow], met);
        }
    }
    // Those that began and have not ended are somewhere between; how long they have been there is not known
    // here, only that journeys began before the horizon.
    let least = network.drain_end.since(network.horizon);
    for (trips, elapsed) in [
        (&mut crossings, crate::time::Span::ZERO),
        (&mut journeys, least),
    ] {
        for trip in trips.iter_mut() {
            for _ in 0..trip.held_apart {
                trip.apart.record_unfinished(elapsed);
            }
            let known = trip.time.moments.n + trip.apart.count() + trip.lost.iter().sum::<u64>();
            for _ in known..trip.began {
                trip.time.record_unfinished(elapsed);
            }
        }
    }
    let began: u64 = journeys.iter().map(|j| j.began).sum();
    // `None` until a cell of the kind is met: an empty sum is no measurement.
    let (mut at_sides, mut to_release) = (None, None);
    for (site, node) in run.sites.iter().zip(&network.sites) {
        for (cell, about) in site.cells.iter().zip(&node.cells) {
            add_at_mean(&mut to_release, &cell.release, cell.apart.count());
            if about.role.is_at_border() {
                add_at_mean(&mut at_sides, &cell.bcp, cell.apart.count());
            }
        }
    }
    let teu: f64 = journeys
        .iter()
        .zip(&network.flows)
        .map(|(journey, flow)| journey.began as f64 * flow.teu)
        .sum();
    let fees: u128 = run
        .sites
        .iter()
        .flat_map(|s| &s.cells)
        .map(|c| c.fees)
        .sum();
    let per_consignment = |hours: Option<f64>| match hours {
        Some(hours) if began > 0 => hours / began as f64,
        _ => f64::NAN,
    };
    let row = Row {
        cells: run
            .sites
            .iter()
            .map(|s| s.cells.iter().map(|c| cell_row(c, days)).collect())
            .collect(),
        crossings: crossings.iter().map(|c| time_row(&c.time)).collect(),
        journeys: journeys.iter().map(|j| time_row(&j.time)).collect(),
        lost: journeys
            .iter()
            .map(|j| j.lost.map(|n| n as f64 / j.began as f64))
            .collect(),
        rerouted: journeys
            .iter()
            .map(|j| j.rerouted as f64 / j.began as f64)
            .collect(),
        stations: run
            .sites
            .iter()
            .zip(&network.sites)
            .map(|(s, node)| {
                let stations = s.stations.iter().zip(&node.stations);
                stations
                    .map(|(tally, station)| station_row(tally, node, &station.servers, window_ms))
                    .collect()
            })
            .collect(),
        vehicles: run
            .sites
            .iter()
            .map(|s| {
                let fleets = s.vehicles.iter();
                fleets.map(|t| super::vehicles::row(t, window_ms)).collect()
            })
            .collect(),
        formed: formed(network, &run.sites, days),
        examined: examinations(network)
            .map(|at| {
                let tally = &run.sites[at.site].steps[at.plan][at.step];
                let done = tally.selected.saturating_sub(tally.recognised);
                let undone = tally.eligible.saturating_sub(done) as f64;
                [undone * at.found, tally.eligible as f64]
            })
            .collect(),
        steps: run
            .sites
            .iter()
            .map(|s| {
                let plans = s.steps.iter();
                plans
                    .map(|steps| steps.iter().map(step_row).collect())
                    .collect()
            })
            .collect(),
        present: run
            .sites
            .iter()
            .map(|s| {
                (0..s.present.bins())
                    .map(|b| s.present.mean_in(b))
                    .collect()
            })
            .collect(),
        waiting: run
            .sites
            .iter()
            .map(|s| {
                (0..s.waiting.bins())
                    .map(|b| s.waiting.mean_in(b))
                    .collect()
            })
            .collect(),
        all_sides: per_consignment(at_sides),
        all_releases: per_consignment(to_release),
        teu_per_day: teu / days,
        fees_per_teu: fees as f64 / 1e6 / teu,
    };
    let events = run.sites.iter().map(|s| s.events).sum();
    let digest = run.digest;
    let mut cells = Vec::new();
    let mut steps = Vec::new();
    for site in run.sites {
        cells.push(site.cells);
        steps.push(site.steps);
    }
    Reduced {
        row,
        cells,
        crossings,
        journeys,
        steps,
        digest,
        events,
    }
}

fn step_row(tally: &crate::observe::StepTally) -> StepRow {
    StepRow {
        waits: tally.wait.n as f64,
        waited_h: tally.wait.sum as f64 / HOUR,
        services: tally.service.n as f64,
        served_h: tally.service.sum as f64 / HOUR,
    }
}

/// A step that finds something.
pub(super) struct Examination {
    pub site: usize,
    pub plan: usize,
    pub step: usize,
    /// Prevalence times detection.
    pub found: f64,
}

/// The steps whose prevalence and detection are stated, in the order of [`Row::examined`].
pub(super) fn examinations(network: &Network) -> impl Iterator<Item = Examination> {
    network.sites.iter().enumerate().flat_map(|(site, node)| {
        node.plans.iter().enumerate().flat_map(move |(plan, p)| {
            p.steps.iter().enumerate().filter_map(move |(step, s)| {
                let found = s.prevalence_detection?;
                Some(Examination {
                    site,
                    plan,
                    step,
                    found,
                })
            })
        })
    })
}

/// Batches and their consignments a day, by line.
fn formed(network: &Network, sites: &[SiteObserver], days: f64) -> Vec<[f64; 2]> {
    let mut formed = vec![[0.0; 2]; network.lines.len()];
    for (line, tally) in sites.iter().flat_map(|site| &site.formed) {
        let sums = [tally.batches, tally.consignments];
        formed[usize::from(*line)] = sums.map(|sum| sum as f64 / days);
    }
    formed
}

/// Adds the hours of a cell to a sum over cells. Those reported apart count at the mean of the others, so that
/// the sum is of the consignments' passage without enquiries.
fn add_at_mean(sum: &mut Option<f64>, tally: &TimeTally, apart: u64) {
    if let Some(mean) = tally.mean_or_bound_h() {
        *sum.get_or_insert(0.0) += mean * (tally.count() + apart) as f64;
    }
}

/// The share of a time's consignments unfinished above which no mean is printed (semantics section 8).
pub(super) const MOST_UNFINISHED: f64 = 0.001;

/// Hours in a histogram's unit.
pub(super) fn quantile_h(histogram: &Histogram, p: f64) -> Option<f64> {
    histogram.quantile(p).map(|ms| ms / HOUR)
}
