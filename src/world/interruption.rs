//! Work that can be interrupted: by a higher class, at a shift's end, by a machine that fails (semantics section 7).
//!
//! Events only note what has changed; a station's next dispatch acts on it, in this order: machines that have failed
//! leave; servers that have gone off duty leave, with a kept server of a joint visit before work in hand; paused work
//! goes on; the queue is served, higher classes before work in hand. A joint visit neither preempts nor is preempted,
//! and what it has begun it finishes.

use super::floor::back;
use super::job::{JobId, JobState};
use super::machines::Occupant;
use super::station::Job;
use super::{Corridor, Event, FactKind, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::Interruptions;
use crate::terms::{Interruption, ShiftEnd};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    fn rules(&self, site: &SiteState<O>, station: u16) -> Option<&Interruptions> {
        let node = &self.network.sites[site.site].stations[station as usize];
        node.interruptions.as_ref()
    }

    /// A station whose work can be interrupted does what it can.
    pub(super) fn dispatch_floor(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(rules) = self.rules(site, index) else {
            return;
        };
        self.machines_leave(site, now, index, out);
        site.count_duty(index, now, rules);
        site.let_claims_go(index);
        self.cut(site, now, index, rules);
        self.take_up(site, now, index, out);
        site.count_duty(index, now, rules);
        loop {
            if site.outrank_claim(index) {
                continue;
            }
            let (taken, on_duty) = site.taken(index);
            if taken >= on_duty {
                if taken == on_duty && self.preempt(site, now, index, rules) {
                    continue;
                }
                break;
            }
            let station = &mut site.stations[index as usize];
            let Some(job) = station.queue.pop() else {
                break;
            };
            if job.joint {
                station.claims.push(job);
                self.claim(site, now, &job, out);
            } else {
                self.put_to_work(site, now, index, job, out);
            }
        }
        site.observe_station(index as usize, now);
    }

    /// Servers that have gone off duty take their work with them, or lay it down.
    fn cut(&self, site: &mut SiteState<O>, now: Time, index: u16, rules: &Interruptions) {
        if rules.shift_end == ShiftEnd::Finish {
            return;
        }
        loop {
            let (taken, on_duty) = site.taken(index);
            let Some(floor) = site.stations[index as usize].floor.as_ref() else {
                return;
            };
            let (true, Some(victim)) = (taken > on_duty, floor.victim()) else {
                return;
            };
            let (id, roster, position) = (victim.id(), floor.roster, floor.position);
            // A shift that never returns would keep its work for ever: that is handed over.
            let duty = self.draws.incidents.duty(self.network, site.site, index);
            let returns = || duty[position + 1..].iter().any(|(_, n)| *n > roster);
            if rules.shift_end == ShiftEnd::Pause && returns() {
                self.pause(site, now, index, id);
            } else {
                self.interrupt(site, now, index, id, Interruption::Resume);
            }
        }
    }

    /// Servers that are back on duty go on with what they left.
    fn take_up(&self, site: &mut SiteState<O>, now: Time, index: u16, out: &mut Outbox<'_, Self>) {
        loop {
            let (taken, _) = site.taken(index);
            let Some(floor) = site.stations[index as usize].floor.as_mut() else {
                return;
            };
            // By the calendar: a machine that keeps its work counts as on duty only from here on.
            if floor.returned == 0 || taken >= floor.roster {
                return;
            }
            let Some(job) = floor.take_paused() else {
                floor.returned = 0;
                return;
            };
            floor.returned -= 1;
            self.put_to_work(site, now, index, job, out);
        }
    }

    /// The first job in the queue interrupts one of a lower class, where all servers are busy; true where it did.
    fn preempt(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        rules: &Interruptions,
    ) -> bool {
        let station = &site.stations[index as usize];
        let head = station.queue.peek().copied();
        let victim = station.floor.as_ref().and_then(|floor| floor.victim());
        match (rules.preemption, head, victim) {
            (Some(how), Some(head), Some(victim))
                if !head.joint && head.class() < victim.class() =>
            {
                let id = victim.id();
                self.interrupt(site, now, index, id, how);
                true
            }
            _ => false,
        }
    }

    /// A job starts, or goes on.
    fn put_to_work(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        job: Job,
        out: &mut Outbox<'_, Self>,
    ) {
        let id = job.id();
        let floor = site.stations[index as usize].floor.as_mut();
        let Some(attempt) = floor.map(|floor| floor.progress(&job).to_draw()) else {
            return;
        };
        let length = attempt.map(|resample| {
            // Unit, lodging and resample name the draw together; who is interrupted 256 times meets its times again.
            let attempt = u32::from(job.unit) | u32::from(resample as u8) << 24;
            let drawn = self.service(site, job.visit, job.step, attempt);
            let (setup, exam) = self.shocked(site, now, job.visit, job.step, job.unit, drawn);
            (setup + exam).max(Span::TICK)
        });
        let machines = self.machines_of(site.site, index);
        let station = &mut site.stations[index as usize];
        station.busy += 1;
        let Some(floor) = station.floor.as_mut() else {
            return;
        };
        let progress = floor.progress(&job);
        if let Some(length) = length {
            progress.draw(length);
        }
        let until = progress.start(now);
        let starts = progress.starts();
        floor.put_to_work(id);
        if let Some(node) = machines
            && let Some(foreseen) = floor.occupy(node, Occupant::Job(id), now, Some(until))
        {
            let (key, event) = foreseen.event(index);
            out.schedule(key, event);
        }
        let lodging = site.visits[job.visit as usize].lodging(job.step);
        let key = Key::new(until, Phase::Happenings, events::SERVED, 0, job.entity.0);
        let attempt = u32::from(job.unit) | u32::from(starts) << 16;
        out.schedule(
            key.part(
                job.call,
                u16::from(job.step) | u16::from(lodging) << 8,
                attempt,
            ),
            Event::Served {
                visit: job.visit,
                station: index,
                unit: job.unit,
                step: job.step,
            },
        );
        let length = (until - now).ms();
        site.fact(
            job.visit,
            now,
            FactKind::Started,
            job.step,
            job.unit,
            length,
        );
    }

    /// A job's work stops: it goes back to the queue. Where nothing is preempted it goes to its head; else under its
    /// own key, which is the head of its class.
    pub(super) fn interrupt(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        id: JobId,
        how: Interruption,
    ) {
        let machines = self.machines_of(site.site, index);
        let at_head = self
            .rules(site, index)
            .is_some_and(|r| r.preemption.is_none());
        let station = &mut site.stations[index as usize];
        let Some(floor) = station.floor.as_mut() else {
            return;
        };
        let Some((job, progress)) = floor.started(id) else {
            return;
        };
        let paused = progress.state() == JobState::Paused;
        progress.interrupt(now, how);
        let detail = match how {
            Interruption::Resume => progress.remaining().ms(),
            Interruption::Restart | Interruption::Resample => u64::MAX,
        };
        let job = *job;
        if paused {
            floor.unpause(id);
        } else {
            floor.take_from_work(id);
            station.busy -= 1;
        }
        if let Some(node) = machines {
            let who = if paused {
                Occupant::Kept(id)
            } else {
                Occupant::Job(id)
            };
            floor.vacate(node, who, now);
        }
        station.queue.push(back(job, at_head));
        site.fact(
            id.visit,
            now,
            FactKind::Interrupted,
            id.step,
            id.unit,
            detail,
        );
    }

    /// A job's server goes off duty with it.
    fn pause(&self, site: &mut SiteState<O>, now: Time, index: u16, id: JobId) {
        let machines = self.machines_of(site.site, index);
        let station = &mut site.stations[index as usize];
        let Some(floor) = station.floor.as_mut() else {
            return;
        };
        let Some((_, progress)) = floor.started(id) else {
            return;
        };
        progress.pause(now);
        let remaining = progress.remaining().ms();
        floor.take_from_work(id);
        floor.put_aside(id);
        if let Some(node) = machines {
            floor.keep(node, id, now);
        }
        station.busy -= 1;
        site.fact(
            id.visit,
            now,
            FactKind::Interrupted,
            id.step,
            id.unit,
            remaining,
        );
    }

    /// Work that was to end now has ended, unless it was interrupted before.
    pub(super) fn served(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        id: JobId,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let station = site.serving(station);
        let machines = self.machines_of(site.site, station);
        let Some(floor) = site.stations[station as usize].floor.as_mut() else {
            return;
        };
        let ends = floor.started(id).is_some_and(|(_, job)| job.end(now));
        let Some((_, progress)) = ends.then(|| floor.dismiss(id)).flatten() else {
            return;
        };
        if let Some(node) = machines {
            floor.vacate(node, Occupant::Job(id), now);
        }
        let (started, served) = (progress.first_start(), progress.served());
        let last = site.visits[id.visit as usize].records[id.step as usize].left == 1;
        let gaps = progress.into_gaps();
        if last && !gaps.is_empty() {
            site.gaps.insert((id.visit, id.step), gaps);
        }
        let (step, unit) = (id.step, id.unit);
        self.job_done(
            site, now, id.visit, step, unit, station, started, served, out,
        );
    }

    /// A merger: the work in hand goes on under the station that takes over; paused work goes to the joined queue.
    pub(super) fn merge_floors(&self, site: &mut SiteState<O>, now: Time, guest: u16, host: u16) {
        let Some(mut leaving) = site.stations[guest as usize].floor.take() else {
            return;
        };
        let Some(floor) = site.stations[host as usize].floor.as_mut() else {
            return;
        };
        let (at_work, paused) = floor.take_over(&mut leaving);
        site.stations[guest as usize].busy -= at_work;
        site.stations[host as usize].busy += at_work;
        for id in paused {
            self.interrupt(site, now, host, id, Interruption::Resume);
        }
        site.observe_station(guest as usize, now);
    }
}

impl<O: Observer> SiteState<O> {
    /// Counts the servers on duty.
    fn count_duty(&mut self, index: u16, now: Time, rules: &Interruptions) {
        let station = &mut self.stations[index as usize];
        if let Some(floor) = &station.floor {
            station.on_duty = floor.on_duty(rules.machines.as_ref(), now);
        }
    }

    /// Servers at work, lent and kept; and those on duty.
    fn taken(&self, index: u16) -> (u32, u32) {
        let station = &self.stations[index as usize];
        let taken = station.busy + station.blocked + self.lent(index) + station.claims.len() as u32;
        (taken, station.on_duty)
    }
}
