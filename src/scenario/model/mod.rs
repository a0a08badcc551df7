//! The checked scenario: what the rest of the program reads. Every name is resolved, every unit converted,
//! every share in range; whoever builds one in code gets the same guarantees from [`Study::validate`].
//!
//! Times in laws are milliseconds; money is US dollars; distances are kilometres.

mod arrivals;
mod demand;
mod drivers;
mod entry;
pub mod holding;
mod interventions;
mod papers;
mod policy;
mod posts;
mod priority;
mod shocks;
mod steady;
mod token;
mod vehicle;
mod work;
mod yard;

pub use arrivals::*;
pub use demand::*;
pub use drivers::*;
pub use entry::*;
pub use interventions::*;
pub use papers::*;
pub use policy::*;
pub use posts::*;
pub use priority::*;
pub use shocks::*;
pub use token::*;
pub use vehicle::*;
pub use work::*;
pub use yard::*;

use crate::random::LawSpec;
use crate::terms::*;
use crate::time::Span;

/// A scenario file, resolved: one [`Scenario`] per variant, and how to experiment with them.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Short name, from the file's stem; names the output folder.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// The question that the scenario answers.
    pub question: String,
    /// Where its figures come from.
    pub sources: Vec<String>,
    /// Horizon, replications, seed.
    pub experiment: Experiment,
    /// The variants compared; the first is the base of every paired difference.
    pub variants: Vec<Variant>,
    /// Every scenario value that carries evidence, source or range, in file order.
    pub values: Vec<StatedValue>,
    /// Published hours that the report sets beside simulated ones.
    pub benchmarks: Vec<Benchmark>,
    /// Candidate interventions, in file order.
    pub interventions: Vec<Intervention>,
}

/// How a study is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// The instant of [`Time::ZERO`](crate::time::Time::ZERO), as an RFC 3339 timestamp in UTC.
    pub start: jiff::Timestamp,
    /// Consignments entering before this are not measured.
    pub warm_up: Span,
    /// The warm-up is found from the runs themselves, and `warm_up` is zero until it is.
    pub steady: bool,
    /// Consignments entering after this are not measured; counted from the start, warm-up included.
    pub horizon: Span,
    /// How long after the horizon measured consignments are waited for.
    pub max_drain: Span,
    /// Replications of each variant.
    pub replications: u32,
    /// Root seed.
    pub seed: u64,
    /// Whose route shares the variants use.
    pub route_shares: RouteShares,
}

/// Whose route shares a variant uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteShares {
    /// The base variant's, so that differences are clearance alone.
    Base,
    /// Its own, recomputed.
    Variant,
}

/// One variant of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Unique name, such as `parallel/agreed`.
    pub name: String,
    /// Its regime where regimes are a factor of the experiment.
    pub regime: Option<Regime>,
    /// Its cooperation set where those are a factor of the experiment.
    pub cooperation: Option<String>,
    /// Names of the reforms in force in it.
    pub reforms: Vec<String>,
    /// Stated cost in US dollars, if any.
    pub cost: Option<f64>,
    /// The world that is simulated.
    pub scenario: Scenario,
}

/// A scenario value with what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct StatedValue {
    /// Dotted path, as `--set` takes it.
    pub path: String,
    /// The value as written.
    pub value: String,
    /// Line in the scenario file.
    pub line: usize,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where it comes from.
    pub source: Option<String>,
    /// Plausible range, as written.
    pub range: Option<(String, String)>,
}

/// A published figure that a simulated one is set beside.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// The site.
    pub site: SiteId,
    /// The role: exit or entry side.
    pub role: Role,
    /// Published mean BCP time or release time in hours.
    pub hours: f64,
    /// True where the figure is a release time, false for BCP time.
    pub release: bool,
    /// What the figure is and where it was published.
    pub source: String,
    /// Plausible range in hours that the base variant should lie in, if stated.
    pub gate: Option<(f64, f64)>,
}

/// One world: the input of one simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Agencies and other actors.
    pub agencies: Vec<Agency>,
    /// Opening hours.
    pub calendars: Vec<Calendar>,
    /// Commodities.
    pub commodities: Vec<Commodity>,
    /// Sites.
    pub sites: Vec<Site>,
    /// Directed links.
    pub links: Vec<Link>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// Train and vessel services.
    pub services: Vec<Service>,
    /// Demand.
    pub flows: Vec<Flow>,
    /// Agreements in force and how data is sent.
    pub cooperation: Cooperation,
    /// Reforms in force in this variant, by date.
    pub reforms: Vec<Reform>,
    /// One-stop border posts at work in this variant.
    pub posts: Vec<Post>,
    /// Consignments already waiting at the start.
    pub backlog: Vec<Backlog>,
    /// Permits, wagons, chassis, guarantees.
    pub tokens: Vec<Token>,
    /// Second vehicles.
    pub vehicles: Vec<Vehicle>,
    /// Shocks in force in this variant.
    pub shocks: Vec<Shock>,
}

/// An agency or other actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Agency {
    /// Name, as the scenario and the draws use it.
    pub name: String,
    /// Title for tables.
    pub title: String,
    /// What kind of actor it is.
    pub kind: ActorKind,
}

/// Opening hours, in the local time of the site that uses them.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// Name.
    pub name: String,
    /// Open at all times; `shifts` and `holidays` are then empty.
    pub always: bool,
    /// Shifts.
    pub shifts: Vec<Shift>,
    /// Local dates on which nothing opens.
    pub holidays: Vec<jiff::civil::Date>,
}

/// A shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Days of the week, Monday first, on which the shift starts.
    pub days: [bool; 7],
    /// Start, minutes after local midnight.
    pub from: u16,
    /// End, minutes after local midnight of the day it starts; above 1440 for a night shift.
    pub to: u16,
    /// Share of the desk's servers on duty, in (0, 1]; rounded up.
    pub staff: f64,
}

/// A commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct Commodity {
    /// Name.
    pub name: String,
    /// Value in US dollars per TEU.
    pub value_per_teu: f64,
    /// True where it perishes.
    pub perishable: bool,
    /// From entering the corridor until it has perished, where stated.
    pub perishes_after: Option<Span>,
}

/// A place where goods stop.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name, as the scenario and the draws use it.
    pub name: String,
    /// Title for tables.
    pub title: String,
    /// Country.
    pub country: Country,
    /// Kind.
    pub kind: SiteKind,
    /// Coastal or inland.
    pub tier: Tier,
    /// UN/LOCODE, if any.
    pub locode: Option<String>,
    /// Latitude and longitude in degrees, if known.
    pub position: Option<(f64, f64)>,
    /// IANA time zone.
    pub time_zone: String,
    /// Which procedure a visit follows: the first entry that fits.
    pub procedures: Vec<ProcedureUse>,
    /// Regime at the start (the site's own, else its procedures' default, else the scenario's).
    pub regime: Regime,
    /// Stations: every (agency, desk) that the site's procedures name.
    pub desks: Vec<Desk>,
    /// Expected delay beyond service, for route choice.
    pub expected_delay: Span,
    /// Fee in US dollars per consignment and visit with a procedure, such as a border's.
    pub fee: f64,
    /// Share of the fees paid here, its own and its steps', that is unofficial.
    pub unofficial_share: f64,
    /// Its places, where they are finite.
    pub yard: Option<Yard>,
    /// When it is closed.
    pub closures: Closures,
    /// Whom it lets in, and when, where it keeps some out.
    pub entry: Option<EntryControl>,
}

/// Which visits follow a procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcedureUse {
    /// Role of the visit.
    pub role: Role,
    /// Only consignments of this commodity, where stated (green lanes).
    pub commodity: Option<CommodityId>,
    /// The procedure.
    pub procedure: ProcedureId,
}

/// A station: servers of one agency at one site, with one queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// The agency it belongs to.
    pub agency: AgencyId,
    /// Its name within the agency at the site.
    pub name: String,
    /// What serves.
    pub servers: Servers,
    /// When.
    pub calendar: CalendarId,
    /// In what order.
    pub discipline: Discipline,
    /// What interrupts it.
    pub work: Work,
    /// Probability that an officer is absent on a local day.
    pub sickness: f64,
}

/// What serves at a desk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Servers {
    /// This many officers or lanes.
    Count(u32),
    /// A pure delay.
    Unlimited,
    /// Slots: evenly spaced departures, each taking up to `capacity` jobs that joined before it.
    Slots(Timetable),
    /// Second vehicles: each that comes takes those who wait.
    Vehicles(VehicleId),
}

/// Evenly spaced departures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timetable {
    /// Time between departures, in milliseconds (real: `11/day` is no whole number of them);
    /// departure k leaves at `round(offset + k * every)`.
    pub every_ms: f64,
    /// First departure after the scenario's start.
    pub offset: Span,
    /// How many (jobs at a desk, consignments on a link or service) each takes.
    pub capacity: u32,
}

/// A directed link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Name; the reverse of a two-way link has the suffix `~back`.
    pub name: String,
    /// From.
    pub from: SiteId,
    /// To.
    pub to: SiteId,
    /// Mode.
    pub mode: Mode,
    /// Length in kilometres.
    pub distance_km: f64,
    /// Transit time in milliseconds.
    pub transit: LawSpec,
    /// Least transit time (the lookahead), at least 1 ms; shorter draws are raised to it.
    pub minimum: Span,
    /// Departures, where the link has a timetable; capacity counts consignments.
    pub timetable: Option<Timetable>,
    /// Cost in US dollars per TEU.
    pub cost_per_teu: f64,
    /// Emissions in kilograms of CO2e per TEU-km.
    pub co2e_kg_per_teu_km: Option<f64>,
    /// When it is closed.
    pub closures: Closures,
}

/// The steps at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Procedure {
    /// Name.
    pub name: String,
    /// Its own regime, which overrides the scenario's (a reform of the site overrides both).
    pub regime: Option<Regime>,
    /// Steps in listed order; at most 64.
    pub steps: Vec<Step>,
    /// Probability of each risk channel; they add to 1.
    pub channels: ChannelShares,
    /// Share of the smaller examined set that two agencies have in common.
    pub overlap: f64,
    /// Factor on an authorised economic operator's probability of the yellow and red channels.
    pub aeo_factor: f64,
    /// What joint visits do with officers whose exam ends first.
    pub officers_held: OfficersHeld,
    /// Correlation in [0, 1) of the normal scores of one consignment's service times (one-factor Gaussian copula).
    pub correlation: f64,
}

/// One act by one actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Name, unique in the procedure; the draws use it.
    pub name: String,
    /// Title for tables.
    pub title: String,
    /// Who acts (for a declaration: the agency it is made to; the hours are the trader's).
    pub agency: AgencyId,
    /// What it is.
    pub kind: StepKind,
    /// Service time in milliseconds (for a physical step: the exam).
    pub service: LawSpec,
    /// Setup of a physical step in milliseconds: position, unseal, unload, restore.
    pub setup: Option<LawSpec>,
    /// Probability that the step applies, by the channel that the agency puts the consignment in.
    pub shares: ChannelShares,
    /// What it counts.
    pub unit: Unit,
    /// Name of the desk of `agency` at the site that does it; a pure delay's desk is unlimited.
    pub desk: String,
    /// Can be done before the cargo is there, once the data is.
    pub pre_arrival: bool,
    /// Kinds of control that it performs, and accepts from a partner.
    pub recognisable: Vec<String>,
    /// Share of recognised controls done all the same.
    pub audit_share: f64,
    /// Examination share under full assistance, as a factor of the unassisted; `None` where assistance changes nothing.
    pub assisted_share: Option<f64>,
    /// Service law under full assistance (enquiries), in milliseconds.
    pub assisted_service: Option<LawSpec>,
    /// Consignments that meet this step are reported apart from the mean.
    pub apart: bool,
    /// Skipped for an authorised economic operator (deferred payment).
    pub deferred_for_aeo: bool,
    /// Added before the step in the serial regime: the file is carried from the last agency.
    pub hand_over: Span,
    /// Steps that must be done before it in the custom regime, as positions in the procedure.
    pub after: Vec<usize>,
    /// Fee in US dollars per job.
    pub fee: f64,
    /// Tokens that it takes before it queues.
    pub takes: Vec<TokenId>,
    /// Tokens that it gives back when it ends.
    pub gives: Vec<TokenId>,
    /// Share of consignments with something to find, and the probability that the examination finds it.
    pub prevalence_detection: Option<(f64, f64)>,
    /// What may go wrong with its documents, and where it stands to the cargo.
    pub papers: Papers,
}
