//! A consignment's waits for places and tokens, in words: at the gate, before departure, before a step.

use super::Act;
use crate::network::{Network, PoolKind};
use crate::observe::Recorded;
use crate::scenario::Scenario;
use crate::time::{Span, Time};
use crate::world::{FactKind, NO_STEP};

/// How long who still waits has waited, and whether it then left the corridor.
#[derive(Clone, Copy)]
pub(super) struct Until {
    pub end: Time,
    pub gone: bool,
}

/// What the facts of one stay say of waits with a stated cause; those that took no time are left out.
pub(super) fn waits<'f>(
    network: &Network,
    scenario: &Scenario,
    facts: impl Iterator<Item = &'f Recorded>,
    until: Until,
) -> Vec<Act> {
    let mut open: Vec<(&Recorded, FactKind)> = Vec::new();
    let mut acts = Vec::new();
    for r in facts {
        let ends = |begun: &(&Recorded, FactKind)| {
            begun.1 == r.fact.kind
                && begun.0.fact.entity == r.fact.entity
                && (begun.0.fact.detail, begun.0.fact.step) == (r.fact.detail, r.fact.step)
        };
        match r.fact.kind {
            FactKind::KeptOut => open.push((r, FactKind::LetIn)),
            FactKind::Blocked => open.push((r, FactKind::Unblocked)),
            FactKind::LetIn | FactKind::Unblocked => {
                if let Some(at) = open.iter().position(ends) {
                    let (begun, _) = open.remove(at);
                    acts.extend(wait(network, scenario, begun, Some(r.fact.time), until));
                }
            }
            FactKind::TokenTaken => acts.extend(token(network, r, "takes")),
            FactKind::TokenReturned => acts.extend(token(network, r, "gives back")),
            _ => {}
        }
    }
    let to_the_end = open
        .into_iter()
        .filter_map(|(begun, _)| wait(network, scenario, begun, None, until));
    acts.extend(to_the_end);
    acts
}

fn wait(
    network: &Network,
    scenario: &Scenario,
    begun: &Recorded,
    ended: Option<Time>,
    until: Until,
) -> Option<Act> {
    let pool = network.pools.get(begun.fact.detail as usize)?;
    let owner = &scenario.sites[pool.owner.index()].title;
    let own_gate = pool.owner.0 == begun.site && begun.fact.step == NO_STEP;
    let what = match (begun.fact.kind, pool.kind) {
        (FactKind::KeptOut, _) if own_gate => format!("waits outside the gate of {owner}"),
        (FactKind::KeptOut, _) => format!("departure stopped: the gate of {owner} is full"),
        // The same wait is told of above.
        (_, PoolKind::Yard) if own_gate => return None,
        (_, PoolKind::Yard) => format!("blocked: waits for a place in the yard of {owner}"),
        (_, PoolKind::Token(kind)) => format!("waiting for {kind} `{}`", pool.name),
    };
    let length = ended.unwrap_or(until.end).since(begun.fact.time);
    if length == Span::ZERO {
        return None;
    }
    let what = match (ended, until.gone) {
        (Some(_), _) => what,
        (None, true) => format!("{what}, in vain"),
        (None, false) => format!("{what}, to the end of the run"),
    };
    Some(Act {
        waited_h: Some(length.hours()),
        ..Act::new(&begun.fact, what, Some(pool.actor.to_string()))
    })
}

fn token(network: &Network, r: &Recorded, does: &str) -> Option<Act> {
    let pool = network.pools.get(r.fact.detail as usize)?;
    let PoolKind::Token(kind) = pool.kind else {
        return None;
    };
    let what = format!("{does} {kind} `{}`", pool.name);
    Some(Act::new(&r.fact, what, Some(pool.actor.to_string())))
}

/// How a consignment and its second vehicle met.
pub(super) fn met(vehicle: &str, waited_h: f64) -> String {
    if waited_h > 0.0 {
        format!("second vehicle `{vehicle}`, which had waited {waited_h:.2} h")
    } else {
        format!("second vehicle `{vehicle}`")
    }
}
