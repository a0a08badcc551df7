//! What an experiment found: the estimates that tables, charts and files show.
//!
//! Hours are real hours; every estimate is a mean over replications with its 95 % interval.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::precision::PrecisionResult;
use super::warm_up::WarmUpResult;
use crate::stats::{Estimate, Histogram};
use crate::terms::{ActorKind, HourKind, Mode, Outcome, Regime, Role, StepKind};

/// The whole outcome of a study.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// Scenario name (file stem).
    pub scenario: String,
    /// Title.
    pub title: String,
    /// The question.
    pub question: String,
    /// Root seed.
    pub seed: u64,
    /// Replications of each variant.
    pub replications: u32,
    /// Warm-up in hours.
    pub warm_up_h: f64,
    /// Horizon in hours, warm-up included.
    pub horizon_h: f64,
    /// First instant, RFC 3339.
    pub start: String,
    /// One per variant; the first is the base.
    pub variants: Vec<VariantResult>,
    /// Paired differences of every other variant against the base.
    pub comparisons: Vec<Comparison>,
    /// What the study is first about: release time where that is what its benchmarks state, else BCP time.
    pub headline: Measure,
    /// Published figures beside the simulated (one per benchmark and variant).
    pub benchmarks: Vec<BenchmarkRow>,
    /// Where replications went on until the headline was known with a precision: how far they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<PrecisionResult>,
    /// Where the warm-up was found from the runs: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpResult>,
    /// The answer in one plain sentence, with how sure it is.
    pub finding: String,
    /// Digest of all facts of all runs, 32 hex digits.
    pub digest: String,
    /// Logical events handled in all runs, up to the horizon: how far demand that nobody waits for goes on after that
    /// is left to the executor.
    pub events: u64,
    /// How each variant's first run was executed, and why: no result, and in no file of results.
    #[serde(skip)]
    pub engines: Vec<String>,
}

/// What was found for one variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VariantResult {
    /// Name, such as `parallel/agreed`.
    pub name: String,
    /// Regime where regimes are a factor.
    pub regime: Option<Regime>,
    /// Cooperation set where those are a factor.
    pub cooperation: Option<String>,
    /// Reforms in force.
    pub reforms: Vec<String>,
    /// One-stop border posts at work in it.
    pub posts: Vec<String>,
    /// Stated cost in US dollars.
    pub cost: Option<f64>,
    /// Each side of each border (and any other site with a procedure), by role.
    pub sides: Vec<SideResult>,
    /// Each border: both sides and the gap.
    pub crossings: Vec<CrossingResult>,
    /// Door to door, by flow.
    pub flows: Vec<FlowResult>,
    /// Every desk with servers.
    pub stations: Vec<StationResult>,
    /// Every step of every side.
    pub steps: Vec<StepResult>,
    /// Second vehicles.
    #[serde(default)]
    pub vehicles: Vec<VehicleResult>,
    /// Consignments waiting or served at each site over time.
    pub queues: Vec<QueueSeries>,
    /// Routes used.
    pub routes: Vec<RouteResult>,
    /// Warnings: stations that cannot keep up, measured consignments unfinished.
    pub warnings: Vec<String>,
    /// Digest of this variant's runs, 32 hex digits.
    pub digest: String,
    /// What theory says beside the simulated figures.
    #[serde(default)]
    pub theory: super::theory::TheoryResult,
    /// CAREC's measures.
    #[serde(default)]
    pub carec: super::carec::CarecResult,
    /// Of a single replication: the batch means of its sides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub long_run: Vec<super::long_run::LongRunSide>,
}

/// A duration measured per consignment: release time, BCP time, crossing time, door-to-door time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimesResult {
    /// Measured consignments in all replications, finished or not.
    pub n: u64,
    /// Of these, unfinished at the end of the drain.
    pub unfinished: u64,
    /// Mean, or a lower bound where more than 0.1 % are unfinished, or nothing where n is 0.
    pub mean_h: Measured,
    /// Median.
    pub median_h: Measured,
    /// Standard deviation.
    pub sd_h: Measured,
    /// 90th percentile.
    pub p90_h: Measured,
    /// 95th percentile.
    pub p95_h: Measured,
    /// 99th percentile.
    #[serde(default = "missing")]
    pub p99_h: Measured,
    /// Buffer-time index: the 95th percentile less the mean, in parts of the mean.
    #[serde(default = "missing")]
    pub buffer_index: Measured,
    /// Share finished within 24, 48 and 72 h.
    pub within: [Measured; 3],
    /// All observations in milliseconds, merged over replications.
    pub histogram: Histogram,
}

fn missing() -> Measured {
    Measured::Missing
}

/// An estimate, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measured {
    /// The estimate.
    Estimate(Estimate),
    /// At least this; too many are unfinished for an estimate.
    AtLeast(f64),
    /// Nothing was observed.
    Missing,
}

/// One side of a border, or another site with a procedure, in one role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SideResult {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Role of the visits.
    pub role: Role,
    /// Mode of the link across the border (of the arriving link elsewhere).
    pub mode: Mode,
    /// Direction of the flows, such as `westbound`; empty where flows state none, joined by `/` where several.
    pub direction: String,
    /// BCP time: arrival to physical departure.
    pub bcp: TimesResult,
    /// Release time: arrival to the last authority's release.
    pub release: TimesResult,
    /// Consignments that met a step reported apart (enquiries): their BCP time. Not in `bcp` and `release`.
    pub apart: TimesResult,
    /// Mean hours per consignment by actor and kind, along each consignment's critical path; they add to the mean BCP time.
    pub hours: Vec<HoursRow>,
    /// Mean hours per consignment that the regime saved by not making them: further declarations, further setups.
    pub saved_declaration_h: Estimate,
    /// As above, setups shared in joint visits.
    pub saved_setup_h: Estimate,
    /// Share of consignments examined (physical) by at least one, and by two or more agencies.
    pub examined: Estimate,
    /// As above, two or more.
    pub examined_twice: Estimate,
    /// Consignments a day that departed within the measured window.
    pub throughput_per_day: Estimate,
    /// Consignments a day that arrived within the measured window.
    pub demand_per_day: Estimate,
}

/// Mean hours of one actor and kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HoursRow {
    /// Whose.
    pub actor: ActorKind,
    /// Of what kind.
    pub kind: HourKind,
    /// Mean hours per consignment.
    pub mean_h: Estimate,
}

/// A border crossed: exit-side queue to entry-side departure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CrossingResult {
    /// Exit site name.
    pub exit: String,
    /// Entry site name.
    pub entry: String,
    /// For people, such as `Alashankou - Dostyk`.
    pub title: String,
    /// Mode.
    pub mode: Mode,
    /// Direction.
    pub direction: String,
    /// Crossing time.
    pub time: TimesResult,
}

/// Door-to-door results of one flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlowResult {
    /// Flow name.
    pub flow: String,
    /// From, title.
    pub from: String,
    /// To, title.
    pub to: String,
    /// Direction.
    pub direction: String,
    /// Door-to-door time.
    pub time: TimesResult,
    /// TEU per consignment.
    pub teu: f64,
    /// How journeys ended that did not arrive; empty where the flow's consignments always wait.
    pub lost: Vec<LostRow>,
    /// How often another route was taken, for each consignment; `None` where there is none to take.
    pub rerouted: Option<Estimate>,
}

/// Consignments that left the corridor on their way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LostRow {
    /// How.
    pub outcome: Outcome,
    /// How many, in all replications.
    pub n: u64,
    /// Share of the measured consignments that entered.
    pub share: Estimate,
}

/// A route used by a flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteResult {
    /// Flow name.
    pub flow: String,
    /// Share of the flow.
    pub share: f64,
    /// Stops in order.
    pub stops: Vec<RouteStop>,
}

/// One stop of a route, for the time-cost-distance chart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteStop {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Role of the visit there.
    pub role: Role,
    /// Distance from the origin, km.
    pub distance_km: f64,
    /// Mean hours spent at the stop (any route of any flow in that role), with its interval.
    pub stay_h: Measured,
    /// Mean transit hours of the link that leads here; 0 at the origin.
    pub travel_h: f64,
    /// Cost in US dollars per TEU of the link that leads here.
    pub travel_cost: f64,
    /// Mean fees in US dollars per TEU at the stop.
    pub stay_cost: f64,
}

/// One desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StationResult {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Agency name.
    pub agency: String,
    /// Desk name.
    pub desk: String,
    /// Busy time within staffed time over staffed time.
    pub utilisation: Estimate,
    /// Work that came (hours of service) over what the staff can do; above 1 the queue grows without bound.
    pub offered_load: Estimate,
    /// Hours a day worked after closing.
    pub overtime_h_per_day: Estimate,
    /// Hours a day in which a server was kept idle for a joint visit.
    pub held_idle_h_per_day: Estimate,
    /// Hours a day of staffed time in which a consignment that could not leave kept a server. Not in `utilisation`.
    pub blocked_h_per_day: Estimate,
    /// Mean number of jobs waiting.
    pub mean_queue: Estimate,
    /// Longest queue seen within the measured window, mean over replications.
    pub longest_queue: Estimate,
    /// Jobs a day.
    pub jobs_per_day: Estimate,
    /// True where it cannot keep up.
    pub overloaded: bool,
}

/// One step of one side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepResult {
    /// Site name.
    pub site: String,
    /// Role of the visits.
    pub role: Role,
    /// Procedure.
    pub procedure: String,
    /// Step name.
    pub step: String,
    /// Step title.
    pub title: String,
    /// Agency.
    pub agency: String,
    /// Actor kind.
    pub actor: ActorKind,
    /// Step kind.
    pub kind: StepKind,
    /// Jobs done, over all replications.
    pub jobs: u64,
    /// Of the jobs that the selection chose, skipped because the partner's decision stands.
    pub recognised: u64,
    /// Jobs done before the cargo came.
    pub ahead: u64,
    /// Mean wait before service, hours.
    pub wait_h: Measured,
    /// Mean service, hours.
    pub service_h: Measured,
    /// Expected missed share, (1 - selection) x prevalence x detection, where prevalence is stated.
    pub missed_share: Option<f64>,
}

/// The second vehicles that come to one desk of a site; those that left within the measured window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VehicleResult {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// The vehicle's name.
    pub vehicle: String,
    /// Vehicles a day that left, full or not.
    pub left_per_day: Estimate,
    /// Mean hours from coming until full, or until it had waited as long as it does.
    pub wait_h: Measured,
    /// Mean number of vehicles that wait for cargo.
    pub mean_waiting: Estimate,
    /// Vehicles in one replication that left without cargo.
    pub left_empty: Estimate,
    /// Vehicles in one replication that left with some cargo, but not full.
    pub left_part_empty: Estimate,
}

/// Consignments at a site over time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueueSeries {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Width of a bin in hours; bin i covers [i, i + 1) x width from the start.
    pub bin_h: f64,
    /// Mean number of consignments present per bin, over time and replications.
    pub present: Vec<Estimate>,
    /// Mean number of jobs waiting in the site's queues per bin.
    pub waiting: Vec<Estimate>,
}

/// A paired difference against the base.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// Variant name.
    pub variant: String,
    /// What is compared.
    pub measure: Measure,
    /// Mean of the base, hours.
    pub base_h: Estimate,
    /// Mean of the variant, hours.
    pub variant_h: Estimate,
    /// Variant minus base in hours, paired by replication.
    pub difference_h: Estimate,
    /// The same in per cent of the base's mean.
    pub difference_percent: Estimate,
    /// Half-width, in hours, with which the differences of *all* variants in this measure hold together with 95 %
    /// probability (Bonferroni).
    #[serde(default = "unknown")]
    pub simultaneous_h: Option<f64>,
    /// Half-width, in hours, that the difference would have if variants did not share their random numbers (Welch).
    #[serde(default = "unknown")]
    pub independent_h: Option<f64>,
    /// By how much common random numbers divide the difference's variance: as many times more replications would be needed
    /// without them. `None` where a variance is 0 or not known.
    #[serde(default = "unknown")]
    pub variance_ratio: Option<f64>,
}

fn unknown() -> Option<f64> {
    None
}

/// A mean time that variants are compared by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Measure {
    /// BCP time of a side (site name, role).
    Bcp(String, Role),
    /// Release time of a side (site name, role).
    Release(String, Role),
    /// Crossing time (exit site name, entry site name).
    Crossing(String, String),
    /// Door-to-door time of a flow.
    DoorToDoor(String),
    /// BCP time at all border sides that a consignment passes, added up; mean over all flows.
    AllSides,
    /// Release time at all stops with controls that a consignment passes, added up; mean over all flows.
    AllReleases,
}

/// A published figure beside a simulated one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BenchmarkRow {
    /// Variant name.
    pub variant: String,
    /// Site title.
    pub site: String,
    /// Role.
    pub role: Role,
    /// True for release time, false for BCP time.
    pub release: bool,
    /// Published hours.
    pub published_h: f64,
    /// Simulated mean.
    pub simulated_h: Measured,
    /// Range that the base variant should lie in.
    pub gate_h: Option<(f64, f64)>,
    /// Source.
    pub source: String,
}

/// Mean hours by actor, summed over kinds.
pub fn by_actor(rows: &[HoursRow]) -> BTreeMap<ActorKind, f64> {
    let mut hours = BTreeMap::new();
    for row in rows {
        *hours.entry(row.actor).or_insert(0.0) += row.mean_h.mean;
    }
    hours
}
