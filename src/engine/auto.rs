//! Which executor runs a network, and why: from its channels and expected loads alone, so that it is the same in every
//! run.

use super::partition::partition;
use super::{Channel, Plan};
use crate::time::Span;

/// Which executor is asked for. It changes no result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// One thread for a run.
    Sequential,
    /// Several threads within a run, wherever its network falls into parts.
    Parallel,
    /// Several threads where that promises to be faster and threads are idle.
    #[default]
    Auto,
}

/// What is known of a network before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// Its channels.
    pub channels: &'a [Channel],
    /// Which processes sweep.
    pub sweeps: &'a [bool],
    /// Expected events per millisecond, by process.
    pub loads: &'a [f64],
    /// Threads that this run has for itself.
    pub threads: usize,
}

/// An executor.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// From instant to instant ([`super::run_sequential`]).
    Instants,
    /// By this plan ([`super::run`]).
    Planned(Plan),
}

/// Fewer expected events in a window than this, and windows cost more than they save.
const WORTH_A_WINDOW: f64 = 12.0;
/// Less expected gain than this is none.
const WORTH_THREADS: f64 = 1.2;

/// The executor for a network, and the reason in words.
pub fn choose(engine: Engine, outlook: &Outlook<'_>) -> (Choice, String) {
    let (alone, why_alone) = on_one_thread(outlook);
    if engine == Engine::Sequential {
        return (alone, why_alone);
    }
    let threads = outlook
        .threads
        .max(if engine == Engine::Parallel { 2 } else { 1 });
    if threads < 2 {
        return (alone, format!("{why_alone}; no thread is idle"));
    }
    let Some(found) = partition(outlook.channels, outlook.loads, threads) else {
        return (
            alone,
            format!("{why_alone}; the network is one part, and cannot be divided between threads"),
        );
    };
    let plan = Plan::of(found.parts.clone(), outlook.channels);
    let bounds = plan.bounds(outlook.channels, |id| outlook.sweeps[id.0 as usize]);
    let window = limited(
        outlook,
        bounds.between.channel,
        bounds.between.span,
        found.events,
    );
    if engine == Engine::Auto && found.gain < WORTH_THREADS {
        let why = format!(
            "{why_alone}; {threads} threads promise {:.2} times the pace: {} parts, {window}",
            found.gain,
            found.parts.len()
        );
        return (alone, why);
    }
    let why = format!(
        "parallel: {} parts on {threads} threads, {window}",
        found.parts.len()
    );
    (Choice::Planned(plan), why)
}

fn on_one_thread(outlook: &Outlook<'_>) -> (Choice, String) {
    let plan = Plan::one(outlook.sweeps.len(), outlook.channels);
    let bound = plan
        .bounds(outlook.channels, |id| outlook.sweeps[id.0 as usize])
        .within[0];
    let rate: f64 = outlook.loads.iter().sum();
    let events = rate * bound.span.ms() as f64;
    let window = limited(outlook, bound.channel, bound.span, events);
    let swept = outlook.sweeps.iter().filter(|s| **s).count();
    if events < WORTH_A_WINDOW && swept == 0 {
        let why = format!("sequential, from instant to instant: {window}");
        return (Choice::Instants, why);
    }
    (
        Choice::Planned(plan),
        format!("sequential, in windows: {window}"),
    )
}

/// What bounds a window, in words.
fn limited(outlook: &Outlook<'_>, channel: Option<usize>, span: Span, events: f64) -> String {
    match channel {
        Some(n) => format!(
            "a window is at most {span} (h:m:s), the lookahead of `{}`, and holds about {events:.1} events",
            outlook.channels[n].name
        ),
        None => "no channel bounds a window".to_owned(),
    }
}
