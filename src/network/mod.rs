//! The compiled corridor: what a run reads. Names are indices, laws are tables, calendars are ticks, regimes
//! are precedence masks, cooperation is step functions of time. Immutable and shared by all replications.

pub mod capacity;
pub mod closures;
pub mod compile;
mod compile_demand;
mod compile_route;
mod compile_site;
mod computed;
pub mod cycles;
pub mod demand;
pub mod detours;
pub mod entry;
mod interruptions;
pub mod kept_out;
pub mod levels;
mod one_stop;
pub mod order;
pub mod papers;
mod paths;
pub mod pools;
pub mod priority;
pub mod rates;
mod risk;
pub mod routes;
pub mod shocks;
mod standing;
pub mod vehicles;

use crate::random::{Law, OneFactor};
use crate::terms::*;
use crate::time::{Span, Time};

pub use closures::{Closures, Windows};
pub use compile::CompileError;
pub use compile_site::pool;
pub use computed::{Computed, Course, EventDriven, Way};
pub use detours::{DriversNode, NewsNode, ReroutingNode};
pub use entry::{BookingNode, EntryNode, EntryRule, EntryStream};
pub use interruptions::{Interruptions, MachineNode};
pub use kept_out::{EntryLoad, KeptOutBy};
pub use levels::{LevelCurve, ScopeId};
pub use one_stop::{AtPost, ENTRY_PART, OneStopPlan};
pub use order::Order;
pub use papers::Trouble;
pub use pools::{Gate, Give, HeldPool, PoolIndex, PoolKind, PoolNode};
pub use priority::{Classes, Traits};
pub use risk::Risk;
pub use shocks::{Befalls, ShockNode, SickDesk};
pub use vehicles::{FleetArrivals, FleetIndex, FleetNode};

/// A desk's position in its site's list of stations.
pub type StationIndex = u16;
/// Most steps that a procedure may have: a visit's state is one bit a step.
pub const MAX_STEPS: usize = 64;

/// The compiled corridor of one variant.
#[derive(Clone, Debug)]
pub struct Network {
    /// Consignments entering before this are not measured.
    pub warm_up: Time,
    /// Nor those entering after this.
    pub horizon: Time,
    /// Series over time are in narrow bins, to find where the run settles.
    pub settles: bool,
    /// Nothing happens after this.
    pub drain_end: Time,
    /// Agencies, with the kind of actor they are.
    pub agencies: Vec<(String, ActorKind)>,
    /// Sites, as in the scenario: each is a logical process.
    pub sites: Vec<SiteNode>,
    /// Links, as in the scenario.
    pub links: Vec<LinkNode>,
    /// Flows, as in the scenario.
    pub flows: Vec<FlowNode>,
    /// Routes of all flows.
    pub routes: Vec<Route>,
    /// Where batches are formed.
    pub lines: Vec<Line>,
    /// Reports of queues that sites send to where routes are chosen anew.
    pub news: Vec<NewsNode>,
    /// When each commodity has perished, after its consignment entered.
    pub perishes: Vec<Option<Span>>,
    /// Cooperation over time, by scope.
    pub levels: Vec<LevelCurve>,
    /// Borders crossed by some route.
    pub crossings: Vec<Crossing>,
    /// Channels between sites.
    pub channels: Vec<ChannelNode>,
    /// How long data travels.
    pub data_delay: Span,
    /// The instant of [`Time::ZERO`].
    pub start: jiff::Timestamp,
    /// Places, permits, wagons and the like.
    pub pools: Vec<PoolNode>,
    /// Closures that are known beforehand.
    pub closures: Closures,
    /// Shocks.
    pub shocks: Vec<ShockNode>,
    /// Desks whose officers may be absent.
    pub sick: Vec<SickDesk>,
}

/// A site.
#[derive(Clone, Debug)]
pub struct SiteNode {
    /// Its name, for draws and messages.
    pub name: String,
    /// Country.
    pub country: Country,
    /// Its stations.
    pub stations: Vec<StationNode>,
    /// Its procedures.
    pub plans: Vec<Plan>,
    /// Instants from which each epoch (regime, mergers) holds; the first is [`Time::ZERO`].
    pub epochs: Vec<Time>,
    /// Where agencies merge: the duty of each station before any merger, by station; else empty.
    pub unpooled: Vec<Vec<(Time, u32)>>,
    /// What visits are reported under.
    pub cells: Vec<Cell>,
    /// Flows that start here.
    pub flows: Vec<FlowId>,
    /// Batch lines formed here.
    pub lines: Vec<u16>,
    /// Links with a timetable that leave here.
    pub timetabled: Vec<LinkId>,
    /// Second vehicles that come.
    pub fleets: Vec<FleetNode>,
    /// Pools that it keeps.
    pub pools: Vec<PoolIndex>,
    /// Its gate, where its yard is finite.
    pub gate: Option<Gate>,
    /// Whom it lets in, and when, where it keeps some out.
    pub entry: Option<EntryNode>,
    /// A wait cycle can close within the site.
    pub cycles: bool,
    /// Channels for notices to other sites, sorted.
    pub notices: Vec<(SiteId, u32)>,
    /// Opening backlog: route, leg, consignments, batch size.
    pub backlog: Vec<BacklogNode>,
    /// Whether the ends of service at its stations can be computed at arrival, and how; or why not.
    pub computed: Result<Computed, EventDriven>,
}

/// Consignments at a site at the start.
#[derive(Clone, Debug)]
pub struct BacklogNode {
    /// Their flow.
    pub flow: FlowId,
    /// How many.
    pub consignments: u32,
}

/// Visits of one role, mode and lane at a site, reported together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Role.
    pub role: Role,
    /// Mode of the link across the border, or of the link that arrives (leaves, at an origin).
    pub mode: Mode,
    /// Commodity of the lane, where the site has one.
    pub lane: Option<CommodityId>,
    /// Directions of the flows that pass.
    pub directions: Vec<String>,
    /// The plan that its visits follow.
    pub plan: u16,
}

/// A station.
#[derive(Clone, Debug)]
pub struct StationNode {
    /// Its agency.
    pub agency: AgencyId,
    /// Desk name.
    pub desk: String,
    /// Whose desk it is: this site's, or that of the other side of a one-stop post.
    pub home: SiteId,
    /// What serves.
    pub servers: StationKind,
    /// Queue order.
    pub discipline: Discipline,
    /// Classes that order its queue, under the discipline `priority`.
    pub classes: Classes,
    /// What may interrupt its work.
    pub interruptions: Option<Interruptions>,
    /// The station that takes over its queue and officers, and from when (agency merger).
    pub absorbed: Option<(Time, StationIndex)>,
}

impl StationNode {
    /// Its servers on duty from each instant; empty where they are not counted.
    pub fn duty(&self) -> &[(Time, u32)] {
        match &self.servers {
            StationKind::Staffed(duty) => duty,
            StationKind::Unlimited | StationKind::Slots(_) | StationKind::Vehicles(_) => &[],
        }
    }
}

/// What serves at a station.
#[derive(Clone, Debug)]
pub enum StationKind {
    /// Officers or lanes on duty: number of servers from each instant; the first is at [`Time::ZERO`].
    Staffed(Vec<(Time, u32)>),
    /// A pure delay.
    Unlimited,
    /// Slots.
    Slots(Slots),
    /// Second vehicles.
    Vehicles(FleetIndex),
}

/// Evenly spaced departures.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    /// Time between them, real milliseconds.
    pub every_ms: f64,
    /// The first.
    pub offset: Span,
    /// How many each takes.
    pub capacity: u32,
}

impl Slots {
    /// When departure `k` leaves.
    pub fn at(&self, k: u64) -> Time {
        Time::ZERO + self.offset + Span::from_ms_f64(k as f64 * self.every_ms)
    }

    /// The first departure that leaves after `now`.
    pub fn after(&self, now: Time) -> u64 {
        let since = now.since(Time::ZERO + self.offset).ms() as f64;
        // One before the estimate, so that rounding can never pass over a departure.
        let mut k = (since / self.every_ms) as u64;
        k = k.saturating_sub(1);
        while self.at(k) <= now {
            k += 1;
        }
        k
    }
}

/// A procedure at a site.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The procedure.
    pub procedure: ProcedureId,
    /// Steps in listed order.
    pub steps: Vec<PlanStep>,
    /// Precedence, by the site's epoch.
    pub orders: Vec<Order>,
    /// Probabilities of the channels.
    pub risk: Risk,
    /// What joint visits do with officers whose exam ends first.
    pub officers_held: OfficersHeld,
    /// Steps that count per consignment when a batch visits.
    pub per_consignment: u64,
    /// Controls, payments and authorities' waits (enquiries, laboratories): release is the end of the last.
    pub release: u64,
    /// Selective physical steps, for the share examined.
    pub exams: u64,
    /// What is held from one step to another.
    pub held: Vec<HeldPool>,
    /// Audits after release: no visit of the cargo has them.
    pub audits: u64,
    /// Steps that can be done outside the yard.
    pub outside: u64,
    /// Steps whose documents may go wrong, and how.
    pub troubled: u64,
    /// As above, by step.
    pub troubles: Vec<Trouble>,
    /// Dependence of one consignment's service times; `None` where they are independent.
    pub copula: Option<OneFactor>,
    /// Fee in US dollars per consignment and visit.
    pub fee: f64,
    /// At a one-stop post, what is the entry side's alone; the fields above are then the exit side's.
    pub one_stop: Option<Box<OneStopPlan>>,
}

/// A step of a plan.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// Name.
    pub name: String,
    /// Where it is written: the site whose name its draws bear.
    pub home: SiteId,
    /// The procedure in which it is written.
    pub procedure: ProcedureId,
    /// Its position there.
    pub listed: u8,
    /// 0, or at a one-stop post [`ENTRY_PART`] for the entry side's.
    pub part: u8,
    /// Agency.
    pub agency: AgencyId,
    /// Whose hours they are: the trader's for a declaration, else the agency's kind.
    pub actor: ActorKind,
    /// Kind.
    pub kind: StepKind,
    /// Where.
    pub station: StationIndex,
    /// Service (exam).
    pub service: Law,
    /// Setup.
    pub setup: Option<Law>,
    /// Service under full assistance.
    pub assisted_service: Option<Law>,
    /// Probability that it applies, by channel.
    pub shares: ChannelShares,
    /// Examination share under full assistance, as a factor.
    pub assisted_share: Option<f64>,
    /// What it counts.
    pub unit: Unit,
    /// May run on data sent ahead.
    pub pre_arrival: bool,
    /// Needs the cargo.
    pub needs_cargo: bool,
    /// Share of recognised controls done all the same.
    pub audit_share: f64,
    /// Reported apart.
    pub apart: bool,
    /// Skipped for authorised economic operators.
    pub deferred_for_aeo: bool,
    /// Serial hand-over before it.
    pub hand_over: Span,
    /// Fee in US dollars per job.
    pub fee: f64,
    /// Prevalence times detection, where stated.
    pub prevalence_detection: Option<f64>,
    /// Pools that it takes one of before it queues, in the pools' order.
    pub takes: Vec<PoolIndex>,
    /// While only such steps remain, the vehicle needs no place in the yard.
    pub outside_yard: bool,
    /// An audit after release.
    pub post_release: bool,
    /// Its times depend on the consignment's common factor.
    pub correlated: bool,
}

/// A link.
#[derive(Clone, Debug)]
pub struct LinkNode {
    /// Name.
    pub name: String,
    /// To.
    pub to: SiteId,
    /// Mode.
    pub mode: Mode,
    /// Transit law.
    pub transit: Law,
    /// Least transit: the lookahead.
    pub minimum: Span,
    /// Departures.
    pub timetable: Option<Slots>,
    /// Its channel.
    pub channel: u32,
}

/// A channel between two sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelNode {
    /// From.
    pub from: SiteId,
    /// To.
    pub to: SiteId,
    /// Least delay.
    pub lookahead: Span,
    /// For people.
    pub name: String,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct FlowNode {
    /// Name.
    pub name: String,
    /// Where it starts.
    pub from: SiteId,
    /// Mean time between candidate arrivals under the envelope, milliseconds.
    pub interval_ms: f64,
    /// Law of that time where it is not regular.
    pub interval: Law,
    /// Where its consignments come from.
    pub source: demand::Source,
    /// Consignments per arrival.
    pub group: u32,
    /// Bursts of random size, in place of `group`.
    pub burst: Option<demand::Burst>,
    /// Probability that a candidate is kept.
    pub rates: rates::Rates,
    /// Flows of the empties that start where this one's journeys end.
    pub empties: Vec<FlowId>,
    /// Trader's country.
    pub trader: Country,
    /// Share of authorised economic operators.
    pub aeo_share: f64,
    /// Cumulative commodity mix.
    pub commodities: Vec<(f64, CommodityId)>,
    /// Containers per consignment.
    pub containers: u32,
    /// TEU per consignment.
    pub teu: f64,
    /// Routes with their cumulative thresholds.
    pub routes: Vec<u16>,
    /// Cumulative u64 thresholds of the routes' shares.
    pub thresholds: Vec<u64>,
    /// Shares of the routes, for people.
    pub shares: Vec<f64>,
    /// What its drivers do when it takes too long.
    pub drivers: DriversNode,
}

/// A route: its stops, first to last.
#[derive(Clone, Debug)]
pub struct Route {
    /// Flow that it belongs to.
    pub flow: FlowId,
    /// Stops.
    pub stops: Vec<Stop>,
    /// First stop that it does not share with the route that it is a detour from; 0 for a flow's own.
    pub parts_at: u8,
    /// How many detours it holds.
    pub detours: u8,
}

/// A stop of a route.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Site.
    pub site: SiteId,
    /// Role of the visit.
    pub role: Role,
    /// Earlier calls of the route at the site.
    pub visit: u8,
    /// Link that leads on; `None` at the end.
    pub link: Option<LinkId>,
    /// Procedures: by lane commodity first, the general one (`None`) last; with the cell.
    pub plans: Vec<(Option<CommodityId>, u16, u16)>,
    /// Line whose batches form here.
    pub forms: Option<u16>,
    /// Batches are broken on arrival.
    pub breaks: bool,
    /// Scope joining this control with the partner's across the border, for enforcement.
    pub enforcement: Option<ScopeId>,
    /// Recognition: (plan, step, scope joining it with an upstream control of the same kind).
    pub recognition: Vec<(u16, u8, ScopeId)>,
    /// Recognition of the trader's AEO status: `None` at home.
    pub aeo: Option<ScopeId>,
    /// Data sent from here to later stops.
    pub sends: Vec<Sending>,
    /// Data may come here ahead of the cargo.
    pub expects: bool,
    /// Crossing that starts (exit side) or ends (entry side) here.
    pub crossing: Option<u16>,
    /// A place of this yard is needed here.
    pub yard: Option<PoolIndex>,
    /// It was reserved before departure from the stop before.
    pub reserved: bool,
    /// What is taken before departure, in the pools' order.
    pub takes: Vec<PoolIndex>,
    /// What is given back.
    pub gives: Vec<Give>,
    /// The next site's gate may stop departures.
    pub guarded: bool,
    /// The route that leads on by another next site.
    pub detour: Option<u16>,
    /// Expected time from departure here to the route's end.
    pub remaining: Span,
    /// Here drivers may turn away or give up.
    pub impatient: bool,
    /// Entry control: the position in the site's [`EntryNode::streams`].
    pub entry: Option<u16>,
    /// An arrival window at the next stop is booked before departure; the mean time to get there.
    pub books: Option<Span>,
    /// Where a one-stop post does the steps of this stop: here, or at the other side, which is passed through.
    pub one_stop: Option<AtPost>,
}

impl Stop {
    /// True where a departure may be kept waiting by more than its link: a pool, a window, a gate, another way.
    #[inline]
    pub fn may_hold(&self) -> bool {
        !self.takes.is_empty() || self.guarded || self.books.is_some() || self.detour.is_some()
    }

    /// The plan and cell for a commodity (`None`: a batch).
    pub fn plan_for(&self, commodity: Option<CommodityId>) -> Option<(u16, u16)> {
        self.plans
            .iter()
            .find(|(lane, _, _)| lane.is_none() || (commodity.is_some() && *lane == commodity))
            .map(|&(_, plan, cell)| (plan, cell))
    }
}

/// Data sent ahead of the cargo.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// Stop of the route that it is for.
    pub leg: u8,
    /// Which of its steps it is for, see [`PlanStep::part`].
    pub part: u8,
    /// The pair.
    pub scope: ScopeId,
    /// Sent at release rather than at departure.
    pub at_release: bool,
    /// Channel.
    pub channel: u32,
}

/// Where batches of one service and path form.
#[derive(Clone, Debug)]
pub struct Line {
    /// Service, path: for draws and people.
    pub name: String,
    /// Where it forms.
    pub site: SiteId,
    /// The route whose stops its batches follow (all its consignments' routes agree with it until the break).
    pub route: u16,
    /// Stop at which its batches are broken on arrival.
    pub break_leg: u8,
    /// When a batch is complete.
    pub formation: LineFormation,
    /// Most consignments on a batch, left-behind ones included.
    pub capacity: u32,
    /// Held consignments.
    pub on_hold: OnHold,
    /// Whose waiting it is.
    pub actor: ActorKind,
}

/// When a batch is complete.
#[derive(Clone, Copy, Debug)]
pub enum LineFormation {
    /// At this many consignments, or this long after the first.
    Size {
        /// How many.
        size: u32,
        /// How long, where stated.
        within: Option<Span>,
    },
    /// At each departure for which enough wait.
    Timetable {
        /// Departures.
        slots: Slots,
        /// How many are enough.
        least: u32,
    },
}

/// A border: exit side and entry side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Exit site.
    pub exit: SiteId,
    /// Entry site.
    pub entry: SiteId,
    /// Mode.
    pub mode: Mode,
    /// Directions of the flows.
    pub directions: Vec<String>,
}

impl Network {
    /// Which actor waits for departures of this mode.
    pub fn carrier(mode: Mode) -> ActorKind {
        match mode {
            Mode::Rail => ActorKind::Railway,
            _ => ActorKind::Carrier,
        }
    }

    /// The epoch of `site` in force at `now`.
    pub fn epoch(&self, site: SiteId, now: Time) -> usize {
        let epochs = &self.sites[site.index()].epochs;
        epochs.iter().rposition(|from| *from <= now).unwrap_or(0)
    }
}

impl SiteNode {
    /// The station that takes the jobs of a station at `at`: itself, or the one that has taken over its queue.
    pub fn serving(&self, station: StationIndex, at: Time) -> StationIndex {
        let mut station = station;
        while let Some((from, host)) = self.stations[station as usize].absorbed
            && from <= at
        {
            station = host;
        }
        station
    }
}
