//! How a desk works beyond the order of its queue: what interrupts work in hand, machines that fail.

use super::{Desk, PriorityClass, Site};
use crate::random::LawSpec;
use crate::terms::{AgencyId, Interruption, MachineClock, Preemption, ShiftEnd};

/// How a desk works. By default nothing interrupts work in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Classes, first come first, where the desk's discipline is `priority`; at most 100.
    pub priority: Vec<PriorityClass>,
    /// Whether a job of a higher class interrupts work in hand.
    pub preemption: Preemption,
    /// What happens to work in hand when its shift ends.
    pub shift_end: ShiftEnd,
    /// Its servers are machines that fail.
    pub machines: Option<Machines>,
}

impl Default for Work {
    fn default() -> Self {
        Work {
            priority: Vec::new(),
            preemption: Preemption::None,
            shift_end: ShiftEnd::Finish,
            machines: None,
        }
    }
}

impl Work {
    /// True where something may interrupt work in hand.
    pub fn interruptible(&self) -> bool {
        self.preemption != Preemption::None
            || self.shift_end != ShiftEnd::Finish
            || self.machines.is_some()
    }
}

/// Machines that fail and are repaired.
#[derive(Clone, Debug, PartialEq)]
pub struct Machines {
    /// Time from repair (or the start) to failure, on `clock`, in milliseconds.
    pub mtbf: LawSpec,
    /// Time from failure to repair, in milliseconds.
    pub mttr: LawSpec,
    /// Which time brings the failure nearer.
    pub clock: MachineClock,
    /// How the interrupted job goes on.
    pub on_failure: Interruption,
}

impl Desk {
    /// True where one queue can be made of this desk's and another's: nothing interrupts work there, or the same does
    /// at both, and no machines fail.
    pub fn joins(&self, other: &Desk) -> bool {
        let same = self.work == other.work && self.discipline == other.discipline;
        let bound = self.work.interruptible() || other.work.interruptible();
        let machines = self.work.machines.is_some() || other.work.machines.is_some();
        !bound || same && !machines
    }
}

impl Site {
    /// The desks that a merger of these agencies joins: the first agency's, and another's of the same name.
    pub fn merged<'s>(
        &'s self,
        merge: &'s [AgencyId],
    ) -> impl Iterator<Item = (&'s Desk, &'s Desk)> {
        let (first, others) = merge
            .split_first()
            .map_or((None, &[][..]), |(f, o)| (Some(*f), o));
        let hosts = self.desks.iter().filter(move |d| Some(d.agency) == first);
        hosts.flat_map(move |host| {
            let guests = self.desks.iter();
            guests
                .filter(move |d| d.name == host.name && others.contains(&d.agency))
                .map(move |guest| (host, guest))
        })
    }
}
