//! Which sites' ends of service can be computed at arrival, and why the others' cannot.
//!
//! Where agencies serve first come, first served, without interruption and on known rosters, the end of a job follows
//! at once from those of the jobs before it (Lindley's recursion, for several servers Kiefer and Wolfowitz 1955). No
//! event list is needed, if the stations can be taken one after the other: no consignment comes to a station twice, or to two
//! stations now in one order and now in the other, and none waits for its cargo to be free.

use std::fmt;

use super::order::Order;
use super::{Network, Plan, SiteNode, StationKind, demand};
use crate::terms::{Discipline, SiteId, Unit};

/// What the kernel that computes at arrival needs to know of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// Staffed stations in an order in which every visit comes to them.
    pub stations: Vec<u16>,
    /// By plan, and within that by epoch.
    pub ways: Vec<Way>,
    /// Most steps of a plan.
    pub steps: usize,
}

/// The way of a visit through its plan's steps in one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// For each step, those that end before it.
    pub before: Box<[u64]>,
    /// For each step, those that wait for it.
    pub after: Box<[u64]>,
    /// Steps that a hand-over precedes.
    pub handed_over: u64,
    /// All steps take place at every visit, and no more is to be chosen or told of them: these steps.
    pub whole: Option<u64>,
    /// How visits go through the steps.
    pub course: Course,
    /// The steps follow one another in the listed order, whichever of them take place.
    pub chain: bool,
    /// Some step has a fee.
    pub charges: bool,
}

/// How visits go through the steps of a way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Course {
    /// All steps take place and join their queues on arrival.
    Fan,
    /// All steps take place, one after another in the listed order; each joins its queue as the one before it ends.
    Line,
    /// Otherwise: steps left out, orders of other shapes, steps without a queue, files handed over.
    Other,
}

impl Way {
    fn new(plan: &Plan, order: &Order, staffed: impl Fn(u16) -> bool) -> Self {
        let before: Box<[u64]> = order.before[..].into();
        let waits = |s: usize| {
            let waiting = before.iter().enumerate();
            waiting
                .filter(|(_, before)| **before >> s & 1 == 1)
                .fold(0, |mask, (t, _)| mask | 1 << t)
        };
        let chain = before.iter().enumerate().all(|(s, b)| *b == (1 << s) - 1);
        let whole = whole(plan, order);
        let queues = order.handed_over == 0 && plan.steps.iter().all(|s| staffed(s.station));
        let course = match (whole && queues, chain) {
            (true, true) => Course::Line,
            (true, false) if before.iter().all(|b| *b == 0) => Course::Fan,
            _ => Course::Other,
        };
        let listed = u64::MAX.checked_shr(64 - plan.steps.len() as u32);
        Way {
            after: (0..before.len()).map(waits).collect(),
            before,
            handed_over: order.handed_over,
            whole: whole.then_some(listed.unwrap_or(0)),
            course,
            chain,
            charges: plan.steps.iter().any(|s| s.fee != 0.0),
        }
    }
}

/// Why a site's stations go event by event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum EventDriven {
    /// Trains or vessels come, form or are broken here.
    Batches,
    /// A yard, permits, wagons or other tokens.
    Tokens,
    /// Entry is controlled, or booked.
    Entry,
    /// Second vehicles.
    SecondVehicles,
    /// A timetable, here or on a way out.
    Timetable,
    /// Priorities.
    Priority,
    /// Work can be interrupted: machines, preemption, shifts that end.
    Interruptions,
    /// Agencies merge.
    Merger,
    /// Several officers at one visit.
    Joint,
    /// Two stations wait for each other's work, or a consignment comes to one twice.
    Cycle,
    /// Steps take turns on the cargo.
    CargoTurn,
    /// Documents may be rejected, missing or enquired about; audits after release.
    Papers,
    /// Several containers a consignment, each a job.
    Containers,
    /// Service times of a consignment depend on each other.
    Correlation,
    /// Data comes ahead of the cargo, or leaves at release.
    DataAhead,
    /// Closures or shocks.
    Shocks,
    /// Drivers turn away, give up or change their way.
    Drivers,
    /// Bursts, recorded arrivals, empties or an opening backlog.
    Demand,
    /// A one-stop post.
    OneStop,
}

impl fmt::Display for EventDriven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EventDriven::Batches => "trains or vessels come, form or are broken here",
            EventDriven::Tokens => "a yard, permits or other tokens",
            EventDriven::Entry => "entry is controlled or booked",
            EventDriven::SecondVehicles => "second vehicles",
            EventDriven::Timetable => "departures by timetable",
            EventDriven::Priority => "priorities",
            EventDriven::Interruptions => "work that can be interrupted",
            EventDriven::Merger => "agencies that merge",
            EventDriven::Joint => "joint visits",
            EventDriven::Cycle => "stations that are met twice, or in either order",
            EventDriven::CargoTurn => "steps that take turns on the cargo",
            EventDriven::Papers => "documents that can go wrong, or audits",
            EventDriven::Containers => "several containers a consignment",
            EventDriven::Correlation => "correlated service times",
            EventDriven::DataAhead => "data ahead of the cargo",
            EventDriven::Shocks => "closures or shocks",
            EventDriven::Drivers => "drivers who turn away, give up or change their way",
            EventDriven::Demand => "bursts, recorded arrivals, empties or a backlog",
            EventDriven::OneStop => "a one-stop post",
        })
    }
}

impl SiteNode {
    /// In words, which kernel its stations get, and why.
    pub fn kernel(&self) -> String {
        match &self.computed {
            Ok(_) => "computed at arrival".to_owned(),
            Err(why) => format!("event by event ({why})"),
        }
    }
}

/// Decides for every site of a network that is otherwise complete.
pub(super) fn mark(network: &mut Network) {
    let about = Surroundings::of(network);
    for site in 0..network.sites.len() {
        network.sites[site].computed = computed(network, &about, site);
    }
}

/// What routes, lines and shocks say of each site.
struct Surroundings {
    reasons: Vec<Option<EventDriven>>,
}

impl Surroundings {
    fn of(network: &Network) -> Self {
        let mut reasons = vec![None; network.sites.len()];
        let mut say = |site: SiteId, why: EventDriven| {
            reasons[site.index()].get_or_insert(why);
        };
        for line in &network.lines {
            let stops = &network.routes[line.route as usize].stops;
            for stop in stops.iter().take(usize::from(line.break_leg) + 1) {
                say(stop.site, EventDriven::Batches);
            }
            say(line.site, EventDriven::Batches);
        }
        for shock in &network.shocks {
            let reached = shock.steps.iter().map(|(site, _, _)| *site);
            for site in reached.chain(shock.sites.iter().copied()) {
                say(site, EventDriven::Shocks);
            }
            if !shock.sites.is_empty() || !shock.links.is_empty() {
                // A way out may be closed with either of its ends.
                for route in &network.routes {
                    for pair in route.stops.windows(2) {
                        let link = pair[0].link.is_some_and(|l| shock.links.contains(&l));
                        if link || shock.sites.contains(&pair[1].site) {
                            say(pair[0].site, EventDriven::Shocks);
                        }
                    }
                }
            }
        }
        for route in &network.routes {
            let flow = &network.flows[route.flow.index()];
            for (leg, stop) in route.stops.iter().enumerate() {
                let closed = |site: SiteId| {
                    let windows = network.closures.sites.get(site.index());
                    windows.is_some_and(|w| !w.is_empty())
                };
                let link_closed = stop.link.is_some_and(|l| {
                    let windows = network.closures.links.get(l.index());
                    windows.is_some_and(|w| !w.is_empty())
                });
                let next = route.stops.get(leg + 1).map(|s| s.site);
                if closed(stop.site) || link_closed || next.is_some_and(closed) {
                    say(stop.site, EventDriven::Shocks);
                }
                let timetable = |l: crate::terms::LinkId| network.links[l.index()].timetable;
                if stop.link.and_then(timetable).is_some() {
                    say(stop.site, EventDriven::Timetable);
                }
                if stop.forms.is_some() {
                    say(stop.site, EventDriven::Batches);
                }
                if stop.yard.is_some()
                    || stop.reserved
                    || !stop.takes.is_empty()
                    || !stop.gives.is_empty()
                    || stop.guarded
                {
                    say(stop.site, EventDriven::Tokens);
                }
                if stop.entry.is_some() || stop.books.is_some() {
                    say(stop.site, EventDriven::Entry);
                }
                if stop.impatient || stop.detour.is_some() || route.detours > 0 {
                    say(stop.site, EventDriven::Drivers);
                }
                if stop.expects || stop.sends.iter().any(|s| s.at_release) {
                    say(stop.site, EventDriven::DataAhead);
                }
                if stop.one_stop.is_some() {
                    say(stop.site, EventDriven::OneStop);
                }
                if flow.containers > 1 && per_container(network, stop) {
                    say(stop.site, EventDriven::Containers);
                }
            }
            if let (Some(last), false) = (route.stops.last(), flow.empties.is_empty()) {
                say(last.site, EventDriven::Demand);
            }
        }
        for report in &network.news {
            for (site, _) in &report.reports {
                say(*site, EventDriven::Drivers);
            }
        }
        Surroundings { reasons }
    }
}

fn per_container(network: &Network, stop: &super::Stop) -> bool {
    let site = &network.sites[stop.site.index()];
    stop.plans.iter().any(|(_, plan, _)| {
        let steps = &site.plans[*plan as usize].steps;
        steps.iter().any(|s| s.unit == Unit::Container)
    })
}

fn computed(network: &Network, about: &Surroundings, site: usize) -> Result<Computed, EventDriven> {
    let node = &network.sites[site];
    if let Some(why) = about.reasons[site] {
        return Err(why);
    }
    let without = |wrong: bool, why: EventDriven| if wrong { Err(why) } else { Ok(()) };
    without(!node.fleets.is_empty(), EventDriven::SecondVehicles)?;
    without(
        !node.pools.is_empty() || node.gate.is_some(),
        EventDriven::Tokens,
    )?;
    without(node.entry.is_some(), EventDriven::Entry)?;
    without(!node.lines.is_empty(), EventDriven::Batches)?;
    without(!node.timetabled.is_empty(), EventDriven::Timetable)?;
    without(!node.backlog.is_empty(), EventDriven::Demand)?;
    for flow in &node.flows {
        let flow = &network.flows[flow.index()];
        let appointed = matches!(
            flow.source,
            demand::Source::Recorded(_) | demand::Source::After(_)
        );
        without(appointed || flow.burst.is_some(), EventDriven::Demand)?;
    }
    for station in &node.stations {
        let kind = match station.servers {
            StationKind::Staffed(_) | StationKind::Unlimited => None,
            StationKind::Slots(_) => Some(EventDriven::Timetable),
            StationKind::Vehicles(_) => Some(EventDriven::SecondVehicles),
        };
        if let Some(why) = kind {
            return Err(why);
        }
        without(
            station.discipline != Discipline::Fifo,
            EventDriven::Priority,
        )?;
        without(station.interruptions.is_some(), EventDriven::Interruptions)?;
        without(station.absorbed.is_some(), EventDriven::Merger)?;
    }
    without(!node.unpooled.is_empty(), EventDriven::Merger)?;
    let mut earlier = vec![Vec::new(); node.stations.len()];
    for plan in &node.plans {
        plain(plan)?;
        for order in &plan.orders {
            in_turn(plan, order)?;
            for (s, step) in plan.steps.iter().enumerate() {
                let before = bits(order.before[s]).map(|e| plan.steps[e].station);
                earlier[step.station as usize].extend(before);
            }
        }
    }
    let staffed = |s: u16| matches!(node.stations[s as usize].servers, StationKind::Staffed(_));
    let all = 0..node.stations.len() as u16;
    let stations = arranged(all.filter(|s| staffed(*s)).collect(), &mut earlier, staffed)?;
    let ways = |plan| {
        let plan: &Plan = plan;
        plan.orders
            .iter()
            .map(move |order| Way::new(plan, order, staffed))
    };
    Ok(Computed {
        stations,
        ways: node.plans.iter().flat_map(ways).collect(),
        steps: node.plans.iter().map(|p| p.steps.len()).max().unwrap_or(0),
    })
}

/// The set bits of a mask.
fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |s| mask >> s & 1 == 1)
}

/// Nothing in a plan but steps that are done once, by one server each.
fn plain(plan: &Plan) -> Result<(), EventDriven> {
    if plan.troubled != 0 || plan.audits != 0 {
        return Err(EventDriven::Papers);
    }
    if plan.one_stop.is_some() {
        return Err(EventDriven::OneStop);
    }
    if !plan.held.is_empty() || plan.outside != 0 {
        return Err(EventDriven::Tokens);
    }
    if plan.steps.iter().any(|s| !s.takes.is_empty()) {
        return Err(EventDriven::Tokens);
    }
    if plan.copula.is_some() && plan.steps.iter().any(|s| s.correlated) {
        return Err(EventDriven::Correlation);
    }
    Ok(())
}

/// Precedence alone keeps the cargo's steps apart, and none is joint.
fn in_turn(plan: &Plan, order: &Order) -> Result<(), EventDriven> {
    if order.joint.iter().any(|group| *group != 0) {
        return Err(EventDriven::Joint);
    }
    let on_cargo = |s: &usize| plan.steps[*s].needs_cargo;
    let steps: Vec<usize> = (0..plan.steps.len()).filter(on_cargo).collect();
    let follows = |a: usize, b: usize| order.before[b] >> a & 1 == 1;
    let apart = steps.iter().enumerate().all(|(n, a)| {
        let later = &steps[n + 1..];
        later.iter().all(|b| follows(*a, *b) || follows(*b, *a))
    });
    if apart {
        Ok(())
    } else {
        Err(EventDriven::CargoTurn)
    }
}

/// Every step takes place at every visit: no share, no saved declaration, no recognition, nothing to tell of it.
fn whole(plan: &Plan, order: &Order) -> bool {
    let listed = u64::MAX.checked_shr(64 - plan.steps.len() as u32);
    let certain = |s: &super::PlanStep| {
        s.shares.green >= 1.0
            && s.shares.yellow >= 1.0
            && s.shares.red >= 1.0
            && s.prevalence_detection.is_none()
            && !s.deferred_for_aeo
            && !s.apart
    };
    order.made & listed.unwrap_or(0) == listed.unwrap_or(0)
        && plan.exams == 0
        && plan.steps.iter().all(certain)
}

/// `stations` with each after those before it.
fn arranged(
    stations: Vec<u16>,
    earlier: &mut [Vec<u16>],
    staffed: impl Fn(u16) -> bool,
) -> Result<Vec<u16>, EventDriven> {
    for list in earlier.iter_mut() {
        // A pure delay holds nobody up: it has no queue to come to in the wrong order.
        list.retain(|s| staffed(*s));
        list.sort_unstable();
        list.dedup();
    }
    let mut left = stations;
    let mut arranged: Vec<u16> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready = |s: &u16| earlier[*s as usize].iter().all(|e| arranged.contains(e));
        let Some(next) = left.iter().position(ready) else {
            return Err(EventDriven::Cycle);
        };
        arranged.push(left.remove(next));
    }
    Ok(arranged)
}
