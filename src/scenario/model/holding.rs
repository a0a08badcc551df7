//! What steps hold: a token that a step takes is given back by the same or a later step, whatever order the regime
//! gives them, and nobody holds two of one kind.

use super::{Procedure, Scenario, Step, Supply};
use crate::terms::{Regime, StepKind, TokenId, Unit};

/// A token taken by one step and given back by another (or the same).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// The token.
    pub token: TokenId,
    /// The step that takes it.
    pub taker: usize,
    /// The step that gives it back.
    pub giver: usize,
}

/// What is wrong with what steps take and give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldingFault {
    /// The procedure.
    pub procedure: usize,
    /// The step.
    pub step: usize,
    /// In its `gives`, else in its `takes`.
    pub gives: bool,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The tokens held between steps of `procedure`: what takes them in the listed order, and what gives them back.
pub fn held(procedure: &Procedure) -> Vec<Held> {
    let mut open: Vec<(TokenId, usize)> = Vec::new();
    let mut held = Vec::new();
    for (s, step) in procedure.steps.iter().enumerate() {
        open.extend(step.takes.iter().map(|token| (*token, s)));
        for &token in &step.gives {
            if let Some(at) = open.iter().position(|(t, _)| *t == token) {
                let (token, taker) = open.remove(at);
                held.push(Held {
                    token,
                    taker,
                    giver: s,
                });
            }
        }
    }
    held
}

/// Everything that is wrong with what the steps of a scenario take and give, each once.
pub fn faults(scenario: &Scenario) -> Vec<HoldingFault> {
    let mut faults: Vec<HoldingFault> = Vec::new();
    for (p, procedure) in scenario.procedures.iter().enumerate() {
        if procedure
            .steps
            .iter()
            .all(|s| s.takes.is_empty() && s.gives.is_empty())
        {
            continue;
        }
        let mut note = |step: usize, gives: bool, what: String, remedy: &'static str| {
            let fault = HoldingFault {
                procedure: p,
                step,
                gives,
                what,
                remedy,
            };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        };
        balance(scenario, procedure, &mut note);
        for regime in regimes(scenario, p) {
            order(scenario, procedure, regime, &mut note);
        }
    }
    faults
}

type Note<'n> = dyn FnMut(usize, bool, String, &'static str) + 'n;

/// The regimes that a procedure is used under.
fn regimes(scenario: &Scenario, procedure: usize) -> Vec<Regime> {
    let mut found: Vec<Regime> = Vec::new();
    for (s, site) in scenario.sites.iter().enumerate() {
        if !site
            .procedures
            .iter()
            .any(|p| p.procedure.index() == procedure)
        {
            continue;
        }
        let start = scenario.procedures[procedure].regime.unwrap_or(site.regime);
        let reformed = scenario
            .reforms
            .iter()
            .filter(|r| r.sites.iter().any(|site| site.index() == s))
            .filter_map(|r| r.regime);
        for regime in std::iter::once(start).chain(reformed) {
            if !found.contains(&regime) {
                found.push(regime);
            }
        }
    }
    found
}

/// In the listed order everything is taken once, given back once, by steps that have the cargo.
fn balance(scenario: &Scenario, procedure: &Procedure, note: &mut Note<'_>) {
    let name = |token: TokenId| scenario.tokens[token.index()].name.as_str();
    let mut open: Vec<(TokenId, usize)> = Vec::new();
    for (s, step) in procedure.steps.iter().enumerate() {
        for (tokens, gives) in [(&step.takes, false), (&step.gives, true)] {
            if !tokens.is_empty() && !step.kind.needs_cargo() {
                note(
                    s,
                    gives,
                    format!("a step of kind `{}` holds no tokens", step.kind),
                    "only steps that need the cargo do: `scan`, `physical`, `handling`, `wait_for`, `pick_up`",
                );
            }
        }
        for &token in &step.takes {
            let about = &scenario.tokens[token.index()];
            if matches!(about.supply, Supply::Quota { .. }) {
                note(
                    s,
                    false,
                    format!(
                        "`{}` is a yearly quota, and no step gives it back",
                        about.name
                    ),
                    "a step takes tokens that go round: state `count`",
                );
            }
            if !about.links.is_empty() {
                note(
                    s,
                    false,
                    format!(
                        "`{}` is taken over links, and would be held twice",
                        about.name
                    ),
                    "declare another token for the step",
                );
            }
            match open.iter().find(|(t, _)| *t == token) {
                Some((_, taker)) => note(
                    s,
                    false,
                    format!(
                        "step `{}` takes `{}`, which it holds since step `{}`",
                        step.name,
                        name(token),
                        procedure.steps[*taker].name
                    ),
                    "give it back first",
                ),
                None => open.push((token, s)),
            }
        }
        for &token in &step.gives {
            let Some(at) = open.iter().position(|(t, _)| *t == token) else {
                note(
                    s,
                    true,
                    format!(
                        "step `{}` gives back `{}`, which no step takes before",
                        step.name,
                        name(token)
                    ),
                    "name it in the `takes` of this or an earlier step",
                );
                continue;
            };
            let (_, taker) = open.remove(at);
            let alone = |step: &Step| step.unit == Unit::Consignment;
            if alone(&procedure.steps[taker]) != alone(step) {
                note(
                    s,
                    true,
                    format!(
                        "`{}` is taken by step `{}` and given back by step `{}`, one for each consignment, the other for the train",
                        name(token),
                        procedure.steps[taker].name,
                        step.name
                    ),
                    "give both steps `unit = \"consignment\"`, or neither",
                );
            }
        }
    }
    for (token, taker) in open {
        note(
            taker,
            false,
            format!(
                "step `{}` takes `{}`, and no step gives it back",
                procedure.steps[taker].name,
                name(token)
            ),
            "write `gives` in this or a later step",
        );
    }
}

/// Under `regime` the giver comes after the taker, the next taker after the giver, and no joint visit takes tokens.
fn order(scenario: &Scenario, procedure: &Procedure, regime: Regime, note: &mut Note<'_>) {
    let steps = &procedure.steps;
    let held = held(procedure);
    let mut follows = |first: usize, then: usize, gives: bool, token: TokenId| {
        if first != then && !precedes(steps, regime, first, then) {
            note(
                then,
                gives,
                format!(
                    "under the regime `{regime}`, step `{}` may come before step `{}`, and both are about `{}`",
                    steps[then].name,
                    steps[first].name,
                    scenario.tokens[token.index()].name
                ),
                match regime {
                    Regime::Custom => "name the earlier step in the later one's `after`",
                    _ => "let handling steps take and give it",
                },
            );
        }
    };
    for (h, pair) in held.iter().enumerate() {
        follows(pair.taker, pair.giver, true, pair.token);
        let again = held[h + 1..].iter().filter(|next| next.token == pair.token);
        if let Some(next) = again.min_by_key(|next| next.taker) {
            follows(pair.giver, next.taker, false, pair.token);
        }
    }
    if regime == Regime::Joint {
        for (s, step) in steps.iter().enumerate() {
            if !step.takes.is_empty() && in_joint_visit(steps, s) {
                note(
                    s,
                    false,
                    format!(
                        "step `{}` is part of a joint visit, which takes no tokens",
                        step.name
                    ),
                    "let a handling step before it take them",
                );
            }
        }
    }
}

/// Handling, waits and pick-up: cargo steps that no regime rearranges.
fn is_fence(step: &Step) -> bool {
    step.kind.needs_cargo() && !step.kind.is_control()
}

/// True where, of two steps that need the cargo, `first` is always before `then`.
fn precedes(steps: &[Step], regime: Regime, first: usize, then: usize) -> bool {
    match regime {
        Regime::Serial => first < then,
        // Two controls with no handling between them come in the order in which their documents are ready.
        Regime::Parallel | Regime::Joint => {
            first < then && steps[first..=then].iter().any(is_fence)
        }
        Regime::Custom => {
            let (mut seen, mut open) = (vec![false; steps.len()], vec![then]);
            while let Some(step) = open.pop() {
                for &before in &steps[step].after {
                    if before < steps.len() && !std::mem::replace(&mut seen[before], true) {
                        open.push(before);
                    }
                }
            }
            seen[first]
        }
    }
}

fn in_joint_visit(steps: &[Step], s: usize) -> bool {
    if steps[s].kind != StepKind::Physical {
        return false;
    }
    let from = steps[..s].iter().rposition(is_fence).map_or(0, |at| at + 1);
    let to = steps[s..]
        .iter()
        .position(is_fence)
        .map_or(steps.len(), |at| s + at);
    let physical = |step: &&Step| step.kind == StepKind::Physical;
    steps[from..to].iter().filter(physical).count() > 1
}
