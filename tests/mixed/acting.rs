//! Which parts really acted in a run: that a part stands in a scenario says little.

use std::collections::{BTreeMap, BTreeSet};

use corridor::network::{KeptOutBy, Line, LineFormation, PoolKind, PoolNode};
use corridor::observe::Recorded;
use corridor::terms::{Outcome, Role};
use corridor::world::{FactKind, SkipReason};

use crate::mix::{Mix, Part};
use crate::runs::{self, Run};
use crate::{posts, procedures};

/// Parts that leave no fact of their own: they have acted where the base's digest would be another without them.
const WITHOUT: &[Part] = &[
    Part::Reform,
    Part::Aeo,
    Part::Backlog,
    Part::Enforcement,
    Part::Months,
    Part::Weekdays,
    Part::Hours,
    Part::Growth,
    Part::PaidOutside,
    Part::Lanes,
    Part::Pool,
    Part::JointExam,
    Part::Correlation,
    Part::Priority,
    Part::Strike,
    Part::Sickness,
    Part::ClosedSite,
    Part::ClosedLink,
    Part::Season,
    Part::Surge,
];

/// The parts of the mix that acted in one of its runs.
pub fn parts(mix: &Mix, runs: &[Run]) -> Result<BTreeSet<Part>, String> {
    let mut acted = BTreeSet::new();
    for run in runs {
        let seen = Seen(run);
        acted.extend(
            Part::ALL
                .iter()
                .filter(|part| mix.has(**part) && seen.acted(**part)),
        );
    }
    let base = runs[0].ended.as_ref().ok().map(|seen| seen.digest);
    for part in WITHOUT.iter().filter(|part| mix.has(**part)) {
        if runs::base_digest(&mix.without(*part))? != base {
            acted.insert(*part);
        }
    }
    Ok(acted)
}

/// The ways in which a part may act, each of which must be met.
pub const WAYS: &[(Option<Part>, &[&str])] = &[
    (None, procedures::REGIMES),
    (Some(Part::Preemption), procedures::PREEMPTION),
    (Some(Part::ShiftEnd), procedures::SHIFT_END),
    (Some(Part::Machines), procedures::CLOCKS),
    (Some(Part::Post), posts::KINDS),
];

/// The ways in which the parts acted.
pub fn ways(mix: &Mix, acted: &BTreeSet<Part>) -> Vec<(Option<Part>, &'static str)> {
    let mine = |(part, ways): &(Option<Part>, &[&'static str])| match part {
        None => Some((None, procedures::regime(mix))),
        Some(of) if acted.contains(of) => Some((*part, mix.choose(*of, 0, ways))),
        Some(_) => None,
    };
    WAYS.iter().filter_map(mine).collect()
}

/// The facts of a run, looked at.
struct Seen<'r>(&'r Run);

impl Seen<'_> {
    fn acted(&self, part: Part) -> bool {
        match part {
            Part::BothWays => self.of_flow(FactKind::Left, "back"),
            Part::Trains => self.any(FactKind::Formed),
            Part::PartEmpty => {
                let size = |line: &Line| match &line.formation {
                    LineFormation::Size { size, .. } => u64::from(*size),
                    LineFormation::Timetable { slots, .. } => u64::from(slots.capacity),
                };
                let lines = &self.0.network.lines;
                self.facts(FactKind::Formed)
                    .any(|r| r.fact.detail < size(&lines[r.fact.entity.group() as usize]))
            }
            Part::Information => self.any(FactKind::DataCame),
            Part::Recognition => self.with(FactKind::Skipped, SkipReason::Recognised as u64),
            Part::Bursts => {
                let out = self.flow("out");
                let later = |r: &&Recorded| !r.fact.entity.ordinal().is_multiple_of(4096);
                let mut entered = self.facts(FactKind::Entered).filter(later);
                entered.any(|r| Some(r.fact.entity.group() as usize) == out)
            }
            Part::Recorded => self.of_flow(FactKind::Entered, "listed"),
            Part::BackHaul => self.of_flow(FactKind::Entered, "empties"),
            Part::Rejected => self.any(FactKind::Rejected),
            Part::Originals => self.any(FactKind::OriginalsMissing),
            Part::Enquiry => self.any(FactKind::Enquired),
            Part::Audit => self.any(FactKind::Audited),
            Part::Yards => self.waited(|pool| pool.kind == PoolKind::Yard),
            Part::GatePlaces => self.stopped(),
            Part::Permits => self.waited_for("permits"),
            Part::Quota => self.waited_for("quota"),
            Part::Wagons => self.waited_for("wagons"),
            Part::Ramp => self.waited_for("ramp"),
            Part::Warehouse => self.waited_for("warehouse"),
            Part::Vehicles => self.any(FactKind::Matched),
            Part::Post => self.one_stop(),
            Part::Caps => self.kept_out(KeptOutBy::Cap),
            Part::EntrySlots => self.kept_out(KeptOutBy::Slot),
            Part::GateHours => self.kept_out(KeptOutBy::Hours),
            Part::Booking => self.any(FactKind::Booked),
            Part::NoShow => self.any(FactKind::NoShow),
            Part::Preemption => self.interrupted("exam", false),
            Part::ShiftEnd => self.interrupted("exam", true),
            Part::Machines => {
                self.any(FactKind::Failed)
                    && self
                        .facts(FactKind::Interrupted)
                        .any(|r| self.step(r) == "scan")
            }
            Part::SlowService => self.any(FactKind::Shocked),
            Part::Reroute => self.any(FactKind::Rerouted),
            Part::Balk => self.any(FactKind::Balked),
            Part::GiveUp => self.with(FactKind::GaveUp, Outcome::Cancelled as u64),
            Part::Perish => self.with(FactKind::GaveUp, Outcome::Perished as u64),
            _ => false,
        }
    }

    fn facts(&self, kind: FactKind) -> impl Iterator<Item = &Recorded> {
        self.0.facts.iter().filter(move |r| r.fact.kind == kind)
    }

    fn any(&self, kind: FactKind) -> bool {
        self.facts(kind).next().is_some()
    }

    fn with(&self, kind: FactKind, detail: u64) -> bool {
        self.facts(kind).any(|r| r.fact.detail == detail)
    }

    /// True where someone waited for one of a pool of this kind, at least a second longer than its notices travel.
    fn waited(&self, of: impl Fn(&PoolNode) -> bool) -> bool {
        let mut since = BTreeMap::new();
        self.0.facts.iter().any(|Recorded { fact, site }| {
            let key = (fact.entity, *site, fact.step, fact.detail);
            match fact.kind {
                FactKind::Blocked => {
                    since.insert(key, fact.time);
                    false
                }
                FactKind::Unblocked => {
                    let pool = &self.0.network.pools[fact.detail as usize];
                    let idle = pool.notice.ms() * 2 + 1000;
                    of(pool)
                        && since
                            .remove(&key)
                            .is_some_and(|at| (fact.time - at).ms() > idle)
                }
                _ => false,
            }
        })
    }

    /// True where someone waited for a token of this name.
    fn waited_for(&self, token: &str) -> bool {
        self.waited(|pool| pool.kind != PoolKind::Yard && pool.name.contains(token))
    }

    /// True where someone departed from a one-stop post.
    fn one_stop(&self) -> bool {
        let Ok(seen) = &self.0.ended else {
            return false;
        };
        let sites = self.0.network.sites.iter().zip(&seen.sites);
        let mut cells = sites.flat_map(|(site, seen)| site.cells.iter().zip(&seen.cells));
        cells.any(|(cell, tally)| {
            matches!(cell.role, Role::OneStop | Role::OneStopOut) && tally.departed > 0
        })
    }

    /// True where departures were stopped because a gate elsewhere was full.
    fn stopped(&self) -> bool {
        let pools = &self.0.network.pools;
        self.facts(FactKind::KeptOut).any(|r| {
            let pool = pools.get(r.fact.detail as usize);
            pool.is_some_and(|pool| pool.owner.0 != r.site)
        })
    }

    fn kept_out(&self, by: KeptOutBy) -> bool {
        self.with(FactKind::KeptOut, by.detail())
    }

    fn flow(&self, name: &str) -> Option<usize> {
        self.0.network.flows.iter().position(|f| f.name == name)
    }

    fn of_flow(&self, kind: FactKind, name: &str) -> bool {
        let flow = self.flow(name);
        self.facts(kind)
            .any(|r| !r.fact.entity.is_batch() && Some(r.fact.entity.group() as usize) == flow)
    }

    /// The name of the step that a fact is about.
    fn step(&self, r: &Recorded) -> &str {
        let site = &self.0.network.sites[r.site as usize];
        &site.plans[r.fact.plan as usize].steps[r.fact.step as usize].name
    }

    /// True where work on a step was interrupted when its desk's staffing changed, or otherwise when it did not.
    fn interrupted(&self, step: &str, by_shift: bool) -> bool {
        self.facts(FactKind::Interrupted)
            .filter(|r| self.step(r) == step)
            .any(|r| {
                let site = &self.0.network.sites[r.site as usize];
                let plan = &site.plans[r.fact.plan as usize];
                let station = &site.stations[plan.steps[r.fact.step as usize].station as usize];
                let changes = station.duty().iter().any(|(at, _)| *at == r.fact.time);
                changes == by_shift
            })
    }
}
