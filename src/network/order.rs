//! Regimes as precedence: which steps must be done before which (semantics section 5).

use crate::scenario::{Procedure, Step};
use crate::terms::{AgencyId, Regime, StepKind};

/// The precedence of a procedure's steps under one regime. Sets of steps are bit masks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The regime.
    pub regime: Regime,
    /// For each step, the steps that must be done or not apply before it may start (transitively closed).
    pub before: Vec<u64>,
    /// Steps that this regime carries out: further declarations are saved where there is one for all.
    pub made: u64,
    /// For each step, the joint visit that it belongs to (a mask of physical steps), 0 where it stands alone.
    pub joint: Vec<u64>,
    /// Steps that a hand-over precedes.
    pub handed_over: u64,
}

const fn bit(step: usize) -> u64 {
    1 << step
}

/// True for handling, waits and pick-up: cargo steps that no regime rearranges.
fn is_fence(kind: StepKind) -> bool {
    kind.needs_cargo() && !kind.is_control()
}

fn is_preparation(kind: StepKind) -> bool {
    matches!(kind, StepKind::Prepare | StepKind::Declaration)
}

impl Order {
    /// The precedence of `procedure` under `regime`, where `merged` maps an agency to the one it has been
    /// merged into (itself where not).
    ///
    /// - *serial*: the listed order; a declaration for each agency.
    /// - *parallel*, *joint*: one declaration, the first listed. Preparation and declaration follow each other;
    ///   documents wait for those listed before them; payment for those and for documents; scans and physical
    ///   controls for their own agency's documents and for handling listed before them. Handling, waits and
    ///   pick-up listed before the first scan or physical control wait only for the cargo's earlier steps;
    ///   those listed after it wait for everything listed before.
    /// - *joint*: the physical steps between two such handling steps are one visit.
    /// - *custom*: as the steps' `after` lists say.
    pub fn compile(
        procedure: &Procedure,
        regime: Regime,
        merged: impl Fn(AgencyId) -> AgencyId,
    ) -> Self {
        Self::arrange(&procedure.steps, regime, merged, |_| 0)
    }

    /// As [`Order::compile`], of steps of which each is some country's: a one-stop post has two. Declaration,
    /// preparation and documents of the one do not wait for those of the other, and each has its own declaration.
    pub(super) fn arrange(
        steps: &[Step],
        regime: Regime,
        merged: impl Fn(AgencyId) -> AgencyId,
        country: impl Fn(usize) -> usize,
    ) -> Self {
        let made = made(steps, regime, &merged, &country);
        let first_control = steps
            .iter()
            .position(|s| matches!(s.kind, StepKind::Scan | StepKind::Physical))
            .unwrap_or(steps.len());
        let mut before = vec![0u64; steps.len()];
        let mut handed_over = 0;
        for (s, step) in steps.iter().enumerate() {
            let own_country = |e: usize| country(e) == country(s);
            let listed = |wanted: &dyn Fn(usize, &Step) -> bool| {
                (0..s)
                    .filter(|&e| wanted(e, &steps[e]))
                    .fold(0, |mask, e| mask | bit(e))
            };
            before[s] = match regime {
                Regime::Serial => bit(s) - 1,
                Regime::Custom => step.after.iter().fold(0, |mask, &e| mask | bit(e)),
                Regime::Parallel | Regime::Joint => match step.kind {
                    StepKind::Prepare | StepKind::Declaration | StepKind::Documents => {
                        listed(&|at, e| is_preparation(e.kind) && own_country(at))
                    }
                    StepKind::Pay => listed(&|at, e| {
                        (is_preparation(e.kind) || e.kind == StepKind::Documents) && own_country(at)
                    }),
                    StepKind::Scan | StepKind::Physical => {
                        let own = |e: &Step| merged(e.agency) == merged(step.agency);
                        let earlier = |kind| steps[..s].iter().any(|e| e.kind == kind && own(e));
                        // An agency without documents of its own goes by the declaration, if it asks for one.
                        let declared =
                            !earlier(StepKind::Documents) && earlier(StepKind::Declaration);
                        listed(&|at, e| {
                            is_fence(e.kind)
                                || e.kind == StepKind::Documents && own(e)
                                || e.kind == StepKind::Declaration && declared && own_country(at)
                        })
                    }
                    StepKind::Handling | StepKind::WaitFor | StepKind::PickUp => {
                        listed(&|_, e| s > first_control || e.kind.needs_cargo())
                    }
                },
            };
            if regime == Regime::Serial && step.hand_over.ms() > 0 {
                // Nothing is carried between desks of one (merged) agency.
                let last = steps[..s]
                    .iter()
                    .rev()
                    .find(|e| e.kind.is_control() && e.kind != StepKind::Declaration);
                if last.is_some_and(|last| merged(last.agency) != merged(step.agency)) {
                    handed_over |= bit(s);
                }
            }
        }
        close(&mut before);
        let joint = if regime == Regime::Joint {
            joint_visits(steps)
        } else {
            vec![0; steps.len()]
        };
        Order {
            regime,
            before,
            made,
            joint,
            handed_over,
        }
    }
}

/// The steps carried out: all but the declarations saved.
fn made(
    steps: &[Step],
    regime: Regime,
    merged: &impl Fn(AgencyId) -> AgencyId,
    country: &impl Fn(usize) -> usize,
) -> u64 {
    let mut declared: Vec<(usize, AgencyId)> = Vec::new();
    let mut mask = 0;
    for (s, step) in steps.iter().enumerate() {
        let to = (country(s), merged(step.agency));
        let saved = step.kind == StepKind::Declaration
            && match regime {
                Regime::Serial => declared.contains(&to),
                Regime::Parallel | Regime::Joint => declared.iter().any(|d| d.0 == to.0),
                Regime::Custom => false,
            };
        if !saved {
            mask |= bit(s);
        }
        if step.kind == StepKind::Declaration {
            declared.push(to);
        }
    }
    mask
}

/// Makes precedence transitive: a step that does not apply must not let its successors overtake.
fn close(before: &mut [u64]) {
    loop {
        let mut changed = false;
        for s in 0..before.len() {
            let mut mask = before[s];
            for (p, earlier) in before.iter().enumerate() {
                if mask & bit(p) != 0 {
                    mask |= earlier;
                }
            }
            changed |= mask != before[s];
            before[s] = mask;
        }
        if !changed {
            return;
        }
    }
}

/// For each step the mask of its joint visit, 0 where fewer than two physical steps stand together.
fn joint_visits(steps: &[Step]) -> Vec<u64> {
    let mut visits = vec![0; steps.len()];
    let mut run: Vec<usize> = Vec::new();
    let mut settle = |run: &mut Vec<usize>| {
        if run.len() > 1 {
            let mask = run.iter().fold(0, |mask, &s| mask | bit(s));
            for &s in run.iter() {
                visits[s] = mask;
            }
        }
        run.clear();
    };
    for (s, step) in steps.iter().enumerate() {
        if is_fence(step.kind) {
            settle(&mut run);
        } else if step.kind == StepKind::Physical {
            run.push(s);
        }
    }
    settle(&mut run);
    visits
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
