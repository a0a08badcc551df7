//! One consignment's way through the corridor, step by step: what waited, what was done, what was skipped and why.

use serde::Serialize;

use super::explain_acts::passage;
use super::explain_stays::stays;
use super::{RunError, compile, deadlock};
use crate::engine;
use crate::network::Network;
use crate::observe::{Boarding, Journal, Recorded};
use crate::scenario::{Scenario, Study};
use crate::terms::{ActorKind, EntityId, Named, Outcome, Role};
use crate::time::Time;
use crate::world::{Corridor, Draws, Fact, FactKind};

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
    /// Where, when and why it left the corridor without reaching its destination.
    pub lost: Option<Lost>,
    /// The wait cycle in which the run ended, in words.
    pub wait_cycle: Option<String>,
}

/// How a consignment left the corridor on its way.
#[derive(Clone, Debug, Serialize)]
pub struct Lost {
    /// Site title.
    pub site: String,
    /// Hours since the start.
    pub at_h: f64,
    /// Hours since it entered.
    pub after_h: f64,
    /// Why.
    pub outcome: Outcome,
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
    /// Where it left the corridor here without reaching its destination: when, hours since the start.
    pub lost_h: Option<f64>,
    /// Which kernel a run gives the site's stations, and why; `None` where it has none.
    pub kernel: Option<String>,
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
    /// Whose the hours are: the agency of a step, or the kind of actor.
    pub agency: Option<String>,
    /// When it began to wait (of a step), or when it happened; hours since the start.
    pub at_h: f64,
    /// Hours waited, of a step for service.
    pub waited_h: Option<f64>,
    /// Of them, hours with nobody on duty: closed, on strike, sick.
    pub unstaffed_h: Option<f64>,
    /// Hours of service.
    pub service_h: Option<f64>,
    /// Why it was skipped.
    pub skipped: Option<String>,
    /// Of a step that did not end: how far it came.
    pub ending: Option<String>,
    /// Order among the acts of one instant.
    #[serde(skip)]
    pub(super) rank: u8,
}

impl Act {
    /// Something that begins at `at`.
    pub(super) fn at(who: EntityId, at: Time, what: String, agency: Option<String>) -> Act {
        let whose = if who.is_batch() {
            "train"
        } else {
            "consignment"
        };
        Act {
            whose: whose.to_owned(),
            what,
            agency,
            at_h: at.hours(),
            waited_h: None,
            unstaffed_h: None,
            service_h: None,
            skipped: None,
            ending: None,
            rank: 2,
        }
    }

    pub(super) fn new(fact: &Fact, what: String, agency: Option<String>) -> Act {
        Act::at(fact.entity, fact.time, what, agency)
    }

    /// It waited from its instant until `now`.
    pub(super) fn waited(&mut self, now: Time) {
        self.waited_h = Some(now.hours() - self.at_h);
    }
}

/// Actors that have no name of their own are written as their kind, in lower case, wherever they stand.
pub(super) fn owner(title: &str) -> String {
    let lower = title.to_lowercase();
    let kind = ActorKind::ALL.iter().any(|kind| kind.to_string() == lower);
    if kind { lower } else { title.to_owned() }
}

/// A run of which one consignment's way is told.
pub(super) struct Run<'r> {
    pub network: &'r Network,
    pub scenario: &'r Scenario,
    pub draws: &'r Draws,
    pub facts: &'r [Recorded],
    pub boardings: &'r [Boarding],
}

impl Run<'_> {
    /// The route of a consignment at `now`.
    pub fn route(&self, entity: EntityId, now: Time) -> u64 {
        let chosen = self.facts.iter().rev().find(|r| {
            r.fact.entity == entity
                && r.fact.time <= now
                && matches!(r.fact.kind, FactKind::Rerouted | FactKind::Entered)
        });
        chosen.map_or(0, |r| r.fact.detail)
    }

    /// When the run ended for a consignment that has not left: measured ones are awaited to the last.
    fn end(&self, measured: bool) -> Time {
        let last = self.facts.last().map_or(Time::ZERO, |r| r.fact.time);
        if measured {
            self.network.drain_end.max(last)
        } else {
            last
        }
    }
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
    let told = journal(network, &draws, Journal::all)?;
    let run = Run {
        network,
        scenario,
        draws: &draws,
        facts: &told.facts,
        boardings: &told.boardings,
    };
    let of = |kind: FactKind| {
        let mine = |r: &&Recorded| r.fact.entity == entity && r.fact.kind == kind;
        run.facts.iter().find(mine)
    };
    let Some(entered) = of(FactKind::Entered) else {
        return Err(RunError::Scenario(format!(
            "consignment `{which}` does not enter within the run: ordinals count a flow's candidate arrivals from 0, of \
             which a varying rate keeps some; a plain number n names the n-th consignment to enter, from 1"
        )));
    };
    let lost = of(FactKind::GaveUp).map(|r| Lost {
        site: scenario.sites[r.site as usize].title.clone(),
        at_h: r.fact.time.hours(),
        after_h: (r.fact.time - entered.fact.time).hours(),
        outcome: Outcome::ALL[r.fact.detail as usize],
    });
    let end = run.end(entered.fact.measured);
    let passages = stays(&run, entity)
        .iter()
        .map(|stay| passage(&run, entity, stay, end))
        .collect();
    let door_to_door_h = of(FactKind::Left).map(|r| (r.fact.time - entered.fact.time).hours());
    Ok(Explanation {
        consignment: name,
        variant: study.variants[variant].name.clone(),
        passages,
        door_to_door_h,
        lost,
        wait_cycle: told.wait_cycle,
    })
}

/// What a run tells.
struct Told {
    facts: Vec<Recorded>,
    boardings: Vec<Boarding>,
    wait_cycle: Option<String>,
}

fn journal(
    network: &Network,
    draws: &Draws,
    keep: impl Fn(usize) -> Journal,
) -> Result<Told, RunError> {
    let world: Corridor<'_, Journal> = Corridor::new(network, draws);
    let mut processes = world.processes(keep);
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    let wait_cycle = deadlock::found(&world, processes.iter().map(|p| &p.state));
    let boardings = Journal::boardings(processes.iter().map(|p| &p.state.observer));
    let facts = Journal::sorted(processes.into_iter().map(|p| p.state.observer));
    Ok(Told {
        facts,
        boardings,
        wait_cycle,
    })
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
    })?
    .facts;
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
