//! What may interrupt the work of a station, compiled.

use crate::random::{Law, LawSpec};
use crate::scenario::Work;
use crate::terms::{Interruption, MachineClock, ShiftEnd};
use crate::time::Time;

/// What may interrupt the work of a station; stations that nothing interrupts have none of it.
#[derive(Clone, Debug)]
pub struct Interruptions {
    /// How a job goes on that one of a higher class has interrupted; `None`: nothing is preempted.
    pub preemption: Option<Interruption>,
    /// What happens to work in hand when its shift ends.
    pub shift_end: ShiftEnd,
    /// Servers that fail.
    pub machines: Option<MachineNode>,
}

/// Numbered machines that fail.
#[derive(Clone, Debug)]
pub struct MachineNode {
    /// Time to the next failure.
    pub mtbf: Law,
    /// Time to repair.
    pub mttr: Law,
    /// Which time counts towards the next failure.
    pub clock: MachineClock,
    /// How an interrupted job goes on.
    pub on_failure: Interruption,
    /// How many there are from each instant, on duty or not; the first is at [`Time::ZERO`].
    pub installed: Vec<(Time, u32)>,
}

impl MachineNode {
    /// How many there are at `now`.
    pub fn installed_at(&self, now: Time) -> u32 {
        let since = self.installed.iter().rev().find(|(from, _)| *from <= now);
        since.map_or(0, |(_, n)| *n)
    }

    /// How many there ever are.
    pub fn most(&self) -> u32 {
        self.installed.iter().map(|(_, n)| *n).max().unwrap_or(0)
    }

    /// When machine number `machine` is first there.
    pub fn since(&self, machine: u32) -> Time {
        let first = self.installed.iter().find(|(_, n)| *n > machine);
        first.map_or(Time::MAX, |(from, _)| *from)
    }
}

impl Interruptions {
    /// Of a desk that has `installed` servers from each instant.
    pub fn compile(
        work: &Work,
        installed: Vec<(Time, u32)>,
        mut law: impl FnMut(&LawSpec) -> Law,
    ) -> Option<Self> {
        work.interruptible().then(|| Interruptions {
            preemption: work.preemption.interruption(),
            shift_end: work.shift_end,
            machines: work.machines.as_ref().map(|machines| MachineNode {
                mtbf: law(&machines.mtbf),
                mttr: law(&machines.mttr),
                clock: machines.clock,
                on_failure: machines.on_failure,
                installed,
            }),
        })
    }
}
