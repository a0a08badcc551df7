//! One consignment's way through the corridor, step by step: what waited, what was done, what was skipped and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::explain_waits::met;
use super::{RunError, compile, explain_waits};
use crate::engine;
use crate::network::{KeptOutBy, Network};
use crate::observe::{Journal, Recorded};
use crate::scenario::{Scenario, Study};
use crate::terms::{EntityId, Named, Outcome, Role};
use crate::time::{MS_PER_HOUR, Span, Time};
use crate::world::{Corridor, Draws, FactKind, NO_STEP, SkipReason};

/// One consignment's way.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Which, as `flow:ordinal`.
    pub consignment: String,
    /// Variant that was run (replication 0).
    pub variant: String,
    /// Its stops, in order.
    pub passages: Vec<Passage>,
    /// Hours from entering to leaving the corridor; `None` where it did not leave.
    pub door_to_door_h: Option<f64>,
}

/// A stop.
#[derive(Clone, Debug, Serialize)]
pub struct Passage {
    /// Site title.
    pub site: String,
    /// Role of the visit, where a procedure awaited it.
    pub role: Option<Role>,
    /// Arrival, hours since the start.
    pub arrived_h: f64,
    /// Release, hours since the start.
    pub released_h: Option<f64>,
    /// Departure, hours since the start.
    pub departed_h: Option<f64>,
    /// What happened, in order.
    pub acts: Vec<Act>,
}

/// Something that happened at a stop.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// Whose act: the consignment's or its train's.
    pub whose: String,
    /// Step title, or what happened.
    pub what: String,
    /// Agency, of a step.
    pub agency: Option<String>,
    /// When it began to wait (of a step), or when it happened; hours since the start.
    pub at_h: f64,
    /// Hours waited before service.
    pub waited_h: Option<f64>,
    /// Hours of service.
    pub service_h: Option<f64>,
    /// Why it was skipped.
    pub skipped: Option<String>,
}

/// The way of one consignment in replication 0 of variant number `variant`; `which` is `flow:ordinal`, or a number
/// n for the n-th consignment to enter (from 1).
///
/// # Errors
/// Where there is no such consignment, or the scenario cannot be run.
pub fn explain(study: &Study, variant: usize, which: &str) -> Result<Explanation, RunError> {
    let networks = compile(study)?;
    let network = &networks[variant];
    let scenario = &study.variants[variant].scenario;
    let draws = Draws::new(network, study.experiment.seed, 0);
    let (entity, name) = find(network, &draws, scenario, which)?;
    // Its trains are known only from the run: every fact is kept, and the trains' picked out afterwards.
    let facts = journal(network, &draws, Journal::all)?;
    let mine: Vec<&Recorded> = facts
        .iter()
        .filter(|r| r.fact.entity == entity && !of_machine(r))
        .collect();
    if mine.is_empty() {
        return Err(RunError::Scenario(format!(
            "consignment `{which}` does not enter within the run: ordinals count a flow's candidate arrivals from 0, of \
             which a varying rate keeps some; a plain number n names the n-th consignment to enter, from 1"
        )));
    }
    let mut passages: Vec<Passage> = Vec::new();
    let stops = stays(network, &facts, entity);
    for stay in &stops {
        passages.push(passage(network, scenario, &facts, entity, stay));
    }
    let entered = mine
        .iter()
        .find(|r| r.fact.kind == FactKind::Entered)
        .map(|r| r.fact.time);
    let left = mine
        .iter()
        .find(|r| r.fact.kind == FactKind::Left)
        .map(|r| r.fact.time);
    let door_to_door_h = entered.zip(left).map(|(from, to)| (to - from).hours());
    Ok(Explanation {
        consignment: name,
        variant: study.variants[variant].name.clone(),
        passages,
        door_to_door_h,
    })
}

fn journal(
    network: &Network,
    draws: &Draws,
    keep: impl Fn(usize) -> Journal,
) -> Result<Vec<Recorded>, RunError> {
    let world: Corridor<'_, Journal> = Corridor::new(network, draws);
    let mut processes = world.processes(keep);
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    Ok(Journal::sorted(
        processes.into_iter().map(|p| p.state.observer),
    ))
}

fn find(
    network: &Network,
    draws: &Draws,
    scenario: &Scenario,
    which: &str,
) -> Result<(EntityId, String), RunError> {
    if let Some((flow, ordinal)) = which.rsplit_once(':') {
        let index = scenario.flows.iter().position(|f| f.name == flow);
        let index = index.ok_or_else(|| {
            let names: Vec<&str> = scenario.flows.iter().map(|f| f.name.as_str()).collect();
            RunError::Scenario(format!(
                "there is no flow `{flow}`; the flows are {}",
                names.join(", ")
            ))
        })?;
        let ordinal: u64 = ordinal.parse().map_err(|_| {
            RunError::Scenario(format!("`{ordinal}` is no ordinal of a consignment"))
        })?;
        return Ok((
            EntityId::consignment(index as u16, ordinal),
            which.to_owned(),
        ));
    }
    let n: usize = which.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
        RunError::Scenario(format!(
            "`{which}` is neither a number from 1 nor `flow:ordinal`"
        ))
    })?;
    let entered = journal(network, draws, |site| {
        Journal::of_kind(site, FactKind::Entered)
    })?;
    let recorded = entered.get(n - 1).ok_or_else(|| {
        RunError::Scenario(format!(
            "only {} consignments enter in this run; `{n}` is beyond them",
            entered.len()
        ))
    })?;
    let entity = recorded.fact.entity;
    Ok((
        entity,
        format!(
            "{}:{}",
            scenario.flows[entity.group() as usize].name,
            entity.ordinal()
        ),
    ))
}

/// The sites that a route goes on by, after the stay.
fn way(network: &Network, scenario: &Scenario, route: u64, stay: &Stay) -> String {
    let stops = &network.routes[route as usize].stops;
    let here = stops.iter().position(|s| s.site.0 == stay.site);
    let on = stops.iter().skip(here.map_or(0, |at| at + 1));
    let titles: Vec<&str> = on
        .map(|s| scenario.sites[s.site.index()].title.as_str())
        .collect();
    titles.join(", ")
}

/// A consignment's stay at one site: alone or on a train.
struct Stay {
    site: u32,
    train: Option<EntityId>,
    arrived: Time,
}

/// The stays of a consignment, in order. On a train its arrivals are the train's: between the train's formation
/// and its breaking the consignment has facts of its own only where it has steps of its own.
fn stays(network: &Network, facts: &[Recorded], entity: EntityId) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let own: Vec<&Recorded> = facts
        .iter()
        .filter(|r| r.fact.entity == entity && r.fact.kind == FactKind::Arrived)
        .collect();
    let route = facts
        .iter()
        .find(|r| r.fact.entity == entity && r.fact.kind == FactKind::Entered)
        .map_or(0, |r| r.fact.detail as usize);
    let line = network.routes[route].stops.iter().find_map(|s| s.forms);
    for (n, arrival) in own.iter().enumerate() {
        stays.push(Stay {
            site: arrival.site,
            train: None,
            arrived: arrival.fact.time,
        });
        let until = own.get(n + 1).map_or(Time::MAX, |next| next.fact.time);
        let Some(line) = line else { continue };
        // The train that formed as it departed, or that took it where another had left it behind.
        let mut at = arrival.site;
        let mut since = facts
            .iter()
            .find(|r| {
                r.fact.entity == entity
                    && r.site == at
                    && r.fact.kind == FactKind::Departed
                    && r.fact.time >= arrival.fact.time
            })
            .map(|r| r.fact.time);
        while let Some(departed) = since {
            let is_train = |r: &&Recorded| {
                r.fact.entity.is_batch()
                    && r.fact.entity.group() == line
                    && r.site == at
                    && r.fact.time == departed
            };
            let train = facts
                .iter()
                .filter(is_train)
                .find(|r| {
                    matches!(
                        r.fact.kind,
                        FactKind::Formed | FactKind::Departed | FactKind::Completed
                    )
                })
                .map(|r| r.fact.entity);
            let Some(train) = train else { break };
            let legs: Vec<&Recorded> = facts
                .iter()
                .filter(|r| {
                    r.fact.entity == train
                        && r.fact.kind == FactKind::Arrived
                        && r.fact.time > departed
                        && r.fact.time < until
                })
                .collect();
            since = None;
            for leg in legs {
                stays.push(Stay {
                    site: leg.site,
                    train: Some(train),
                    arrived: leg.fact.time,
                });
                let behind = facts.iter().any(|r| {
                    r.fact.entity == entity
                        && r.site == leg.site
                        && r.fact.kind == FactKind::LeftBehind
                        && r.fact.time >= leg.fact.time
                });
                if behind {
                    at = leg.site;
                    since = facts
                        .iter()
                        .find(|r| {
                            r.fact.entity == entity
                                && r.site == at
                                && r.fact.kind == FactKind::Departed
                                && r.fact.time > leg.fact.time
                        })
                        .map(|r| r.fact.time);
                    break;
                }
            }
        }
    }
    stays.sort_by_key(|s| s.arrived);
    stays
}

/// A machine's facts bear its station's number in the place of an entity.
fn of_machine(recorded: &Recorded) -> bool {
    matches!(recorded.fact.kind, FactKind::Failed | FactKind::Repaired)
}

fn passage(
    network: &Network,
    scenario: &Scenario,
    facts: &[Recorded],
    entity: EntityId,
    stay: &Stay,
) -> Passage {
    let place = &scenario.sites[stay.site as usize];
    let hours = |t: Time| t.ms() as f64 / MS_PER_HOUR as f64;
    let mut acts = Vec::new();
    let mut plan = None;
    let mut released = None;
    let mut departed = None;
    let mut joined: Vec<(EntityId, u8, u16, Time)> = Vec::new();
    let mut served: BTreeMap<(EntityId, u8, u16), i64> = BTreeMap::new();
    let mut outside: Option<(usize, Time)> = None;
    let mine = |r: &&Recorded| {
        !of_machine(r)
            && r.site == stay.site
            && (r.fact.entity == entity || Some(r.fact.entity) == stay.train)
    };
    acts.extend(explain_waits::waits(
        network,
        scenario,
        facts.iter().filter(mine),
    ));
    for r in facts.iter().filter(mine) {
        let fact = &r.fact;
        let job = (fact.entity, fact.step, fact.attempt);
        if fact.plan != u16::MAX {
            plan = Some(fact.plan);
        }
        let whose = if fact.entity.is_batch() {
            "train"
        } else {
            "consignment"
        };
        let act = |what: String, agency: Option<String>| Act {
            whose: whose.to_owned(),
            what,
            agency,
            at_h: hours(fact.time),
            waited_h: None,
            service_h: None,
            skipped: None,
        };
        let step = (fact.step != NO_STEP).then(|| {
            let plan = &network.sites[stay.site as usize].plans[fact.plan as usize];
            let step = &plan.steps[fact.step as usize];
            let procedure = &scenario.procedures[step.procedure.index()];
            let step = &procedure.steps[step.listed as usize];
            (
                step.title.clone(),
                scenario.agencies[step.agency.index()].title.clone(),
            )
        });
        match (fact.kind, step) {
            (FactKind::Skipped, Some((title, agency))) => {
                let reason = SkipReason::ALL
                    .get(fact.detail as usize)
                    .map_or("", |r| r.words());
                acts.push(Act {
                    skipped: Some(reason.to_owned()),
                    ..act(title, Some(agency))
                });
            }
            (FactKind::Joined, _) => joined.push((fact.entity, fact.step, fact.attempt, fact.time)),
            // What was served is all stops less all starts.
            (FactKind::Started, _) => *served.entry(job).or_default() -= fact.time.ms() as i64,
            (FactKind::Interrupted, _) => *served.entry(job).or_default() += fact.time.ms() as i64,
            (FactKind::Completed, Some((title, agency))) => {
                let started = Time::from_ms(fact.detail);
                let queued = joined
                    .iter()
                    .rev()
                    .find(|j| (j.0, j.1, j.2) == (fact.entity, fact.step, fact.attempt))
                    .map_or(started, |j| j.3);
                let ms = fact.time.ms() as i64;
                let ms = served.remove(&job).map_or(0, |before| before + ms);
                let service = Span::from_ms(ms.max(0) as u64);
                let waited = fact.time.since(queued).ms().saturating_sub(service.ms());
                acts.push(Act {
                    at_h: hours(queued),
                    waited_h: Some(Span::from_ms(waited).hours()),
                    service_h: Some(service.hours()),
                    ..act(title, Some(agency))
                });
            }
            (FactKind::Matched, Some(_)) => {
                let plan = &network.sites[stay.site as usize].plans[fact.plan as usize];
                let station = plan.steps[fact.step as usize].station;
                let fleets = &network.sites[stay.site as usize].fleets;
                if let Some(fleet) = fleets.iter().find(|f| f.station == station) {
                    let waited = Span::from_ms(fact.detail).hours();
                    acts.push(act(met(&fleet.name, waited), None));
                }
            }
            (FactKind::Rejected, Some((title, agency))) => {
                let lodging = fact.detail + 1;
                let what = format!("{title}: lodging {lodging} rejected, back to the trader");
                acts.push(act(what, Some(agency)));
            }
            (FactKind::OriginalsMissing, Some((title, agency))) => {
                let wait = hours(Time::from_ms(fact.detail));
                let what = format!("{title}: the trader's originals missing for {wait:.2} h");
                acts.push(act(what, Some(agency)));
            }
            (FactKind::Enquired, Some((title, agency))) => {
                let wait = hours(Time::from_ms(fact.detail));
                let what = format!("{title}: enquiry to the partner, answered after {wait:.2} h");
                acts.push(act(what, Some(agency)));
            }
            (FactKind::Audited, _) => acts.push(act("audit after release begins".into(), None)),
            (FactKind::KeptOut, _) => {
                if let Some(by) = KeptOutBy::of(fact.detail) {
                    outside = Some((acts.len(), fact.time));
                    acts.push(act(format!("outside the gate, as {}", by.words()), None));
                }
            }
            (FactKind::LetIn, _) if fact.detail >= KeptOutBy::MARK => {
                if let Some((at, since)) = outside.take() {
                    acts[at].waited_h = Some((fact.time - since).hours());
                }
            }
            (FactKind::Booked, _) => {
                let begins = hours(Time::from_ms(fact.detail));
                acts.push(act(
                    format!("booked the arrival window that begins at {begins:.2} h"),
                    None,
                ));
            }
            (FactKind::NoShow, _) => acts.push(act("missed its arrival window".into(), None)),
            (FactKind::DataCame, _) => acts.push(act("data came ahead of the cargo".into(), None)),
            (FactKind::Formed, _) => {
                acts.push(act(format!("train formed of {}", fact.detail), None))
            }
            (FactKind::Broken, _) => acts.push(act("train broken".into(), None)),
            (FactKind::Balked, _) => acts.push(act(
                format!("turned away: {} vehicles were there before it", fact.detail),
                None,
            )),
            (FactKind::Rerouted, _) => acts.push(act(
                format!(
                    "took another way, over {}",
                    way(network, scenario, fact.detail, stay)
                ),
                None,
            )),
            (FactKind::GaveUp, _) => acts.push(act(
                format!("left the corridor: {}", Outcome::ALL[fact.detail as usize]),
                None,
            )),
            (FactKind::Closed, _) => {
                acts.push(act("departure waits: the way is closed".into(), None))
            }
            (FactKind::Shocked, Some((title, agency))) => {
                let factor = fact.detail as f64 / 1000.0;
                acts.push(act(
                    format!("{title}: a shock makes it {factor} times as long"),
                    Some(agency),
                ));
            }
            (FactKind::LeftBehind, _) => acts.push(act("left behind by its train".into(), None)),
            (FactKind::Released, _) => released = Some(fact.time),
            (FactKind::Departed, _) if fact.entity == entity || departed.is_none() => {
                departed = Some(fact.time)
            }
            _ => {}
        }
    }
    let role = plan
        .and_then(|p| {
            network.sites[stay.site as usize]
                .cells
                .iter()
                .find(|c| c.plan == p)
        })
        .map(|c| c.role);
    acts.sort_by(|a, b| a.at_h.total_cmp(&b.at_h));
    Passage {
        site: place.title.clone(),
        role,
        arrived_h: hours(stay.arrived),
        released_h: released.map(hours),
        departed_h: departed.map(hours),
        acts,
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Consignment {} (variant {}, replication 0). Hours are counted from the start.",
            self.consignment, self.variant
        )?;
        for p in &self.passages {
            let role = p.role.map_or(String::new(), |r| format!(" ({r})"));
            write!(f, "\n{}{role}: arrived at {:.2} h", p.site, p.arrived_h)?;
            if let Some(at) = p.released_h {
                write!(f, ", released at {at:.2} h")?;
            }
            match p.departed_h {
                Some(at) => writeln!(f, ", departed at {at:.2} h after {:.2} h", at - p.arrived_h)?,
                None => writeln!(f, ", not departed by the end of the run")?,
            }
            for a in &p.acts {
                write!(f, "  {:>10.2} h  {:<11}  {}", a.at_h, a.whose, a.what)?;
                if let Some(agency) = &a.agency {
                    write!(f, " [{agency}]")?;
                }
                match (&a.skipped, a.waited_h, a.service_h) {
                    (Some(why), _, _) => writeln!(f, ": skipped, {why}")?,
                    (None, Some(waited), Some(service)) => {
                        writeln!(f, ": waited {waited:.2} h, took {service:.2} h")?
                    }
                    (None, Some(waited), None) => writeln!(f, ": {waited:.2} h")?,
                    _ => writeln!(f)?,
                }
            }
        }
        match self.door_to_door_h {
            Some(h) => writeln!(f, "\nDoor to door: {h:.2} h."),
            None => writeln!(
                f,
                "\nIt had not reached its destination when the run ended."
            ),
        }
    }
}
