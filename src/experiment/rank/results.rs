//! What a ranking found. Hours are of a mean over consignments; every estimate has its 95 % interval.

use serde::{Deserialize, Serialize};

use crate::experiment::Overload;
use crate::experiment::results::{Measure, Measured};
use crate::stats::Estimate;

/// The whole ranking.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ranking {
    /// Scenario name (file stem).
    pub scenario: String,
    /// Title.
    pub title: String,
    /// Root seed.
    pub seed: u64,
    /// First instant, RFC 3339.
    pub start: String,
    /// The variant of the file that interventions start from.
    pub base: String,
    /// What is compared.
    pub measure: Measure,
    /// Error probability of the selection.
    pub alpha: f64,
    /// Indifference zone, hours.
    pub delta_h: f64,
    /// Whether it was asked for; else it is 1 % of the base's mean, rounded.
    pub delta_asked: bool,
    /// Replications that all candidates and the base had together, shared out by OCBA; zone and alpha then mean nothing.
    pub budget: Option<u32>,
    /// Replications of each in the first stage.
    pub first_stage: u32,
    /// Replications of each survivor in a round after it.
    pub round: u32,
    /// Most replications of one.
    pub max_replications: u32,
    /// Discount rate a year of capital costs.
    pub discount: f64,
    /// US dollars for an hour of a TEU, where stated.
    pub value_of_time: Option<f64>,
    /// The base, then the interventions in file order.
    pub systems: Vec<System>,
    /// The selected one, as a position among them.
    pub best: usize,
    /// How sure that is.
    pub verdict: Verdict,
    /// Replications that it took.
    pub spent: Spent,
    /// Few together.
    pub portfolio: Option<Portfolio>,
    /// How much demand is borne.
    pub capacity: Option<Capacity>,
    /// The base and interventions whose mean is only a lower bound, in order: they cannot be ranked, and the verdict is not
    /// about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ranked: Vec<String>,
    /// The base and interventions under which a desk cannot keep up, so that their hours grow with the horizon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// Where the queue is, by system.
    pub queues: Vec<Queue>,
    /// Examinations that find less.
    pub missed: Vec<MissedRow>,
    /// The answer in one sentence.
    pub finding: String,
    /// Digest of all facts of all runs, 32 hex digits.
    pub digest: String,
    /// Events handled in all runs.
    pub events: u64,
}

/// How sure the selection is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// With at least this probability the best, or within the indifference zone of it.
    Guaranteed(f64),
    /// The most replications were reached with so many survivors: no guarantee.
    NotSettled(usize),
    /// The estimated probability of a correct selection, with so many replications: no guarantee.
    Estimated(f64, u32),
    /// The hours of the selected one, or of all others, are lower bounds: nothing can be said.
    Bound,
}

/// Replications that a selection took, and what others would take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Taken in all.
    pub replications: u64,
    /// As many of each candidate as the one with most had.
    pub equal: u64,
    /// Rinott's two stages at the same indifference zone and error probability, from the first stage's variances.
    pub rinott: Option<u64>,
}

/// The base or an intervention.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct System {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Who pays.
    pub payer: Option<String>,
    /// The measure that it is a part of.
    pub group: Option<String>,
    /// Replications.
    pub replications: u32,
    /// Replications at which it was screened out.
    pub eliminated_at: Option<u32>,
    /// Mean hours, or a lower bound.
    pub mean_h: Measured,
    /// Hours saved against the base, paired by replication; of the base nothing. At the level that holds for all
    /// interventions together (Bonferroni).
    pub saved_h: Measured,
    /// Capital cost, US dollars.
    pub capital: Option<f64>,
    /// US dollars a year.
    pub cost_a_year: Option<f64>,
    /// TEU-hours saved a year.
    pub teu_hours_a_year: Measured,
    /// TEU-hours saved for 1000 US dollars.
    pub teu_hours_per_kusd: Measured,
    /// Fees saved, US dollars a TEU.
    pub fees_saved_per_teu: Measured,
    /// Fees and, where a value of time is known, hours saved, US dollars a TEU; missing where neither exists.
    pub usd_saved_per_teu: Measured,
    /// Hours of authorities' officers (at work or kept idle for a joint visit) saved a TEU.
    pub officer_hours_saved_per_teu: Measured,
}

/// Interventions put together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Portfolio {
    /// At most so many.
    pub choose: usize,
    /// Most capital, US dollars.
    pub capital_limit: Option<f64>,
    /// The interventions that were put together, by position among all.
    pub taken: Vec<usize>,
    /// How many of all could have been.
    pub of: usize,
    /// Interventions whose cost is not stated: no limit of capital can be held with them.
    pub unknown_cost: Vec<String>,
    /// Pairs that cannot be combined, and why.
    pub conflicts: Vec<(String, String, String)>,
    /// Everything that was run: singles, pairs, triples and whole groups.
    pub bundles: Vec<Bundle>,
    /// The selected one among those within the limit.
    pub best: Option<usize>,
    /// How sure that is.
    pub verdict: Verdict,
    /// Replications that it took.
    pub spent: Spent,
}

/// Interventions together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// By position among all interventions.
    pub members: Vec<usize>,
    /// Their names.
    pub names: Vec<String>,
    /// Capital, US dollars; nothing where that of a member is unknown.
    pub capital: Option<f64>,
    /// US dollars a year.
    pub cost_a_year: Option<f64>,
    /// Whether it competes: it is within the limit and made of those that were put together.
    pub competes: bool,
    /// The group whose parts these are, where they are all of it.
    pub group: Option<String>,
    /// Replications.
    pub replications: u32,
    /// Replications at which it was screened out.
    pub eliminated_at: Option<u32>,
    /// Hours saved together.
    pub saved_h: Measured,
    /// Hours saved by each alone, added up.
    pub sum_of_singles_h: Measured,
    /// Together less the sum, paired: below 0 they do part of the same work.
    pub interaction_h: Measured,
}

/// How much demand is borne at a target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Capacity {
    /// Of which time.
    pub measure: Measure,
    /// Hours that nine in ten need at most.
    pub target_h: f64,
    /// Replications at each demand.
    pub replications: u32,
    /// Relative width to which the demand was found.
    pub tolerance: f64,
    /// Whether any flow's volume grows or shrinks as the scenario states: else no year is known.
    pub grows: bool,
    /// Today's demand borne without and with the selected intervention.
    pub reaches: Vec<Reach>,
}

/// The demand at which a target is just held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reach {
    /// The base, or the intervention's name.
    pub name: String,
    /// P90 at today's demand, hours; a bound where it is infinite.
    pub now_h: Measured,
    /// The greatest multiple of today's demand that was tried and holds the target.
    pub factor: Option<f64>,
    /// The interval of that multiple: from the greatest tried at which the whole interval of P90 lies below the target to the
    /// least at which it lies above it, where there are such.
    pub interval: (Option<f64>, Option<f64>),
    /// P90 there, hours.
    pub p90_h: Measured,
    /// True where the greatest multiple that is tried holds it too: the capacity is at least this.
    pub at_least: bool,
    /// Years after the start at which demand that grows as stated reaches it; nothing where none grows.
    pub years: Option<f64>,
    /// Every multiple tried, rising.
    pub tried: Vec<Demand>,
}

impl Reach {
    /// What was tried at this multiple of today's demand.
    pub fn at(&self, factor: f64) -> Option<&Demand> {
        self.tried.iter().find(|tried| tried.factor == factor)
    }
}

/// A demand that was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demand {
    /// Multiple of today's.
    pub factor: f64,
    /// P90, hours; a bound where it is infinite.
    pub p90_h: Measured,
    /// Consignments a day, as the flows' volumes say.
    pub consignments_per_day: f64,
    /// TEU a day, likewise.
    pub teu_per_day: f64,
    /// All that travel in one kind of vehicle, in the kinds' order.
    pub vehicles: Vec<Vehicles>,
    /// By flow, or by service and first site where consignments travel in batches.
    pub parts: Vec<Vehicles>,
}

/// In what consignments travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Vehicle {
    /// A consignment alone on roads.
    Truck,
    /// A batch on rails.
    Train,
    /// A batch on the sea or an inland waterway.
    Vessel,
    /// A batch in the air.
    Flight,
    /// A batch on roads.
    Convoy,
    /// A consignment alone, not on roads all the way: the scenario says nothing of its vehicles.
    Consignment,
}

impl Vehicle {
    /// Its name in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Vehicle::Truck => "trucks",
            Vehicle::Train => "trains",
            Vehicle::Vessel => "vessels",
            Vehicle::Flight => "flights",
            Vehicle::Convoy => "convoys",
            Vehicle::Consignment => "consignments",
        }
    }
}

/// How many vehicles a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vehicles {
    /// What they are.
    pub vehicle: Vehicle,
    /// The flow, or the service and where its batches form; empty of all of a kind.
    pub name: String,
    /// Names of the flows.
    pub flows: Vec<String>,
    /// True of batches, which were counted in the runs as they formed; false of consignments that travel alone, whose
    /// number is the stated volume, with an interval of no width.
    pub measured: bool,
    /// Vehicles a day.
    pub per_day: Estimate,
    /// Consignments in each: of batches a ratio of sums over replications, missing where none formed; 1 of those that
    /// travel alone.
    pub load: Measured,
    /// Consignments a day, as the flows' volumes say.
    pub consignments_per_day: f64,
    /// TEU a day, likewise.
    pub teu_per_day: f64,
}

/// The station that is offered most.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queue {
    /// The base or the intervention.
    pub name: String,
    /// Site, agency and desk.
    pub station: String,
    /// Work that came over what its staff can do.
    pub offered_load: Estimate,
    /// Jobs that wait there on average.
    pub mean_queue: Estimate,
}

/// An examination that finds less under an intervention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissedRow {
    /// The intervention.
    pub intervention: String,
    /// Site title and role.
    pub side: String,
    /// Step title.
    pub step: String,
    /// Expected share of consignments with something that it misses, in the base: a ratio of sums over the replications
    /// that both have.
    pub before: Estimate,
    /// Under the intervention.
    pub after: Estimate,
    /// Under the intervention less in the base, on common random numbers.
    pub more: Estimate,
}
