//! Servers that are machines: they wear, fail and are repaired. Each failure is a function of its key (agency,
//! machine, ordinal), so that it is the same in every variant, as far as the clock that brings it on is.

use super::floor::Floor;
use super::job::JobId;
use super::{Corridor, Event, Fact, FactKind, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::MachineNode;
use crate::terms::{EntityId, MachineClock};
use crate::time::{Span, Time};

/// What a machine is taken up with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Occupant {
    /// A job at work.
    Job(JobId),
    /// A joint visit.
    Joint(u32),
    /// A paused job: the machine is off duty with it.
    Kept(JobId),
}

/// A machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// Under repair.
    down: bool,
    /// Has failed, or will as soon as the joint visit in hand is finished.
    failing: bool,
    occupant: Option<(Occupant, Time)>,
    free_since: Time,
    /// Failures so far.
    ordinal: u32,
    /// Time at work that is left until the next failure, on the busy clock.
    left: Span,
    /// When it fails next, as far as that is known.
    fails_at: Option<Time>,
    /// Failures foreseen so far, those that an interruption put off included: part of their key.
    foreseen: u32,
}

impl Machine {
    /// It can be on duty.
    pub fn ready(&self) -> bool {
        !self.down && !matches!(self.occupant, Some((Occupant::Kept(_), _)))
    }
}

/// A failure that is foreseen: of which machine, when, and its part of the key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    pub machine: u16,
    pub at: Time,
    pub attempt: u32,
}

impl Foreseen {
    pub fn event(self, station: u16) -> (Key, Event) {
        let key = Key::new(
            self.at,
            Phase::Changes,
            events::FAILS,
            0,
            u64::from(station),
        );
        let machine = self.machine;
        (
            key.part(0, machine, self.attempt),
            Event::Fails { station, machine },
        )
    }
}

impl Floor {
    /// A job or joint visit is given the machine that kept it, or the free one longest idle, then of the lowest number.
    /// On the busy clock it may fail before `until`, where that is given.
    pub fn occupy(
        &mut self,
        node: &MachineNode,
        who: Occupant,
        now: Time,
        until: Option<Time>,
    ) -> Option<Foreseen> {
        let kept = match who {
            Occupant::Job(id) => Some(Occupant::Kept(id)),
            Occupant::Joint(_) | Occupant::Kept(_) => None,
        };
        let holds = |m: &Machine| kept.is_some() && m.occupant.map(|(held, _)| held) == kept;
        let number = self.machines.iter().position(holds).or_else(|| {
            let there = self
                .machines
                .iter()
                .take(node.installed_at(now) as usize)
                .enumerate();
            there
                .filter(|(_, m)| !m.down && m.occupant.is_none())
                .min_by_key(|(number, m)| (m.free_since, *number))
                .map(|(number, _)| number)
        });
        debug_assert!(
            number.is_some(),
            "work starts only where a machine on duty is free"
        );
        let number = number?;
        let machine = &mut self.machines[number];
        machine.occupant = Some((who, now));
        let at = now + machine.left;
        let foreseen = node.clock == MachineClock::Busy && until.is_some_and(|until| at < until);
        if !foreseen {
            return None;
        }
        machine.fails_at = Some(at);
        machine.foreseen = machine.foreseen.wrapping_add(1);
        Some(Foreseen {
            machine: number as u16,
            at,
            attempt: machine.foreseen,
        })
    }

    /// A job or joint visit leaves its machine, which has worn on the busy clock.
    pub fn vacate(&mut self, node: &MachineNode, who: Occupant, now: Time) -> Option<&mut Machine> {
        let holds = |m: &&mut Machine| m.occupant.is_some_and(|(held, _)| held == who);
        let machine = self.machines.iter_mut().find(holds)?;
        let (_, since) = machine.occupant.take()?;
        machine.free_since = now;
        if node.clock == MachineClock::Busy && !matches!(who, Occupant::Kept(_)) {
            machine.fails_at = None;
            let worn = (now - since).ms();
            machine.left = Span::from_ms(machine.left.ms().saturating_sub(worn));
            machine.failing |= machine.left == Span::ZERO;
        }
        Some(machine)
    }

    /// A job is paused on its machine.
    pub fn keep(&mut self, node: &MachineNode, id: JobId, now: Time) {
        if let Some(machine) = self.vacate(node, Occupant::Job(id), now) {
            machine.occupant = Some((Occupant::Kept(id), now));
        }
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The machines of a site at the start: when each fails first.
    pub(super) fn machines_begin(&self, site: &mut SiteState<O>, first: &mut Vec<(Key, Event)>) {
        for station in 0..site.stations.len() as u16 {
            let Some(node) = self.machines_of(site.site, station) else {
                continue;
            };
            for machine in 0..node.most() as u16 {
                let life = self.life(site.site, station, machine, 0);
                let since = node.since(u32::from(machine));
                let Some(floor) = site.stations[station as usize].floor.as_mut() else {
                    continue;
                };
                let one = &mut floor.machines[machine as usize];
                if let Some(foreseen) = one.begin(node, machine, since, life) {
                    first.push(foreseen.event(station));
                }
            }
        }
    }

    pub(super) fn machines_of(&self, site: usize, station: u16) -> Option<&MachineNode> {
        let node = &self.network.sites[site].stations[station as usize];
        node.interruptions.as_ref()?.machines.as_ref()
    }

    /// The time from repair to failure number `ordinal` of a machine.
    fn life(&self, site: usize, station: u16, machine: u16, ordinal: u32) -> Span {
        let streams = &self.draws.sites[site].machines[station as usize];
        let law = self.machines_of(site, station).map(|node| &node.mtbf);
        law.zip(streams.as_ref()).map_or(Span::MAX, |(law, of)| {
            let u = of.failure.uniform(u64::from(machine), 0, ordinal);
            Span::from_ms_f64(law.quantile(u)).max(Span::TICK)
        })
    }

    /// The time to repair failure number `ordinal` of a machine.
    fn repair(&self, site: usize, station: u16, machine: u16, ordinal: u32) -> Span {
        let streams = &self.draws.sites[site].machines[station as usize];
        let law = self.machines_of(site, station).map(|node| &node.mttr);
        law.zip(streams.as_ref()).map_or(Span::TICK, |(law, of)| {
            let u = of.repair.uniform(u64::from(machine), 0, ordinal);
            Span::from_ms_f64(law.quantile(u)).max(Span::TICK)
        })
    }

    /// A failure that was foreseen comes, unless an interruption has put it off.
    pub(super) fn machine_fails(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        station: u16,
        machine: u16,
    ) {
        if let Some(floor) = site.stations[station as usize].floor.as_mut() {
            let machine = &mut floor.machines[machine as usize];
            if machine.fails_at == Some(now) {
                machine.fails_at = None;
                machine.failing = true;
                site.touch_station(station);
            }
        }
    }

    /// Machines that have failed leave duty, and interrupt what they were at; one in a joint visit finishes it first.
    pub(super) fn machines_leave(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(node) = self.machines_of(site.site, station) else {
            return;
        };
        for machine in 0..node.most() as u16 {
            let Some(floor) = site.stations[station as usize].floor.as_mut() else {
                return;
            };
            let one = &mut floor.machines[machine as usize];
            if !one.failing {
                continue;
            }
            match one.occupant {
                Some((Occupant::Joint(_), _)) => continue,
                Some((Occupant::Job(id) | Occupant::Kept(id), _)) => {
                    self.interrupt(site, now, station, id, node.on_failure);
                }
                None => {}
            }
            let Some(floor) = site.stations[station as usize].floor.as_mut() else {
                return;
            };
            let one = &mut floor.machines[machine as usize];
            (one.failing, one.down, one.fails_at) = (false, true, None);
            let ordinal = one.ordinal;
            site.machine_fact(station, now, FactKind::Failed, machine, ordinal);
            let at = now + self.repair(site.site, station, machine, ordinal);
            let key = Key::new(at, Phase::Changes, events::REPAIRED, 0, u64::from(station));
            out.schedule(
                key.part(0, machine, ordinal),
                Event::Repaired { station, machine },
            );
        }
    }

    /// A machine is as new.
    pub(super) fn machine_repaired(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        station: u16,
        machine: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(node) = self.machines_of(site.site, station) else {
            return;
        };
        let Some(floor) = site.stations[station as usize].floor.as_mut() else {
            return;
        };
        let one = &mut floor.machines[machine as usize];
        let ordinal = one.ordinal;
        one.ordinal += 1;
        one.down = false;
        one.free_since = now;
        let life = self.life(site.site, station, machine, ordinal + 1);
        if let Some(foreseen) = one.begin(node, machine, now, life) {
            let (key, event) = foreseen.event(station);
            out.schedule(key, event);
        }
        site.machine_fact(station, now, FactKind::Repaired, machine, ordinal);
        site.touch_station(station);
    }
}

impl Machine {
    /// A new life: on the calendar its end is foreseen, on the busy clock it is counted down.
    fn begin(
        &mut self,
        node: &MachineNode,
        machine: u16,
        now: Time,
        life: Span,
    ) -> Option<Foreseen> {
        match node.clock {
            MachineClock::Busy => {
                self.left = life;
                None
            }
            MachineClock::Calendar => {
                let at = now.saturating_add(life);
                self.fails_at = Some(at);
                self.foreseen = self.foreseen.wrapping_add(1);
                (at < Time::MAX).then_some(Foreseen {
                    machine,
                    at,
                    attempt: self.foreseen,
                })
            }
        }
    }
}

impl<O: Observer> SiteState<O> {
    fn machine_fact(
        &mut self,
        station: u16,
        now: Time,
        kind: FactKind,
        machine: u16,
        ordinal: u32,
    ) {
        self.observer.fact(&Fact {
            time: now,
            entity: EntityId(u64::from(station)),
            visit: 0,
            plan: u16::MAX,
            step: NO_STEP,
            attempt: machine,
            kind,
            detail: u64::from(ordinal),
            measured: false,
        });
    }
}
