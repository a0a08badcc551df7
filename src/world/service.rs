//! Queues and servers: jobs join, start, are cut off from servers that leave, go with slots.

use super::paths::{Goes, PlanPath};
use super::station::{Job, NOT_STARTED};
use super::straight::begin_service;
use super::{Corridor, Event, FactKind, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{Plan, Slots, StationKind};
use crate::terms::{Discipline, Unit};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// A step joins its station's queue with one job per unit, or starts where servers are without number.
    pub(super) fn join(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.void {
            self.void_step(site, now, index, s, out);
            return;
        }
        let path = self.path_of(site.site, v);
        self.queue_up(site, now, index, s, path, out);
    }

    /// As [`Corridor::join`], of a visit of this plan that is not void.
    #[inline(always)]
    pub(super) fn queue_up(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        path: &PlanPath<'_>,
        out: &mut Outbox<'_, Self>,
    ) {
        site.wait_began = true;
        let step = path.step(s as usize);
        if let (Goes::Line(station), true) = (step.goes, step.fee == 0.0) {
            let v = &mut site.visits[index as usize];
            let record = &mut v.records[s as usize];
            record.joined = now;
            record.left = 1;
            site.stations[station as usize].queue.push(Job {
                priority: NOT_STARTED,
                joined: now,
                entity: v.cargo.entity,
                call: v.call,
                step: s,
                unit: 0,
                visit: index,
                joint: false,
            });
            site.observer.fact(&v.fact(now, FactKind::Joined, s, 0, 0));
            site.touch_station(station);
            return;
        }
        self.queue_jobs(site, now, index, s, path.plan, out);
    }

    /// As [`Corridor::queue_up`], where the step may have several jobs, a fee, or servers of another kind.
    fn queue_jobs(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        plan: &Plan,
        out: &mut Outbox<'_, Self>,
    ) {
        let step = &plan.steps[s as usize];
        let station = site.serving(step.station);
        let jobs = if step.fee == 0.0 && step.unit != Unit::Container {
            1
        } else {
            self.charge(site, index, s as usize)
        };
        let node = &self.network.sites[site.site].stations[station as usize];
        let class = match node.discipline {
            Discipline::Fifo => 0,
            _ => self.class_at(site, index, step.part, node),
        };
        let v = &mut site.visits[index as usize];
        let record = &mut v.records[s as usize];
        record.joined = now;
        record.left = jobs;
        let (entity, call) = (v.cargo.entity, v.call);
        let job = |unit: u16| Job {
            priority: NOT_STARTED | class,
            joined: now,
            entity,
            call,
            step: s,
            unit,
            visit: index,
            joint: false,
        };
        let queue = &mut site.stations[station as usize].queue;
        match &node.servers {
            StationKind::Staffed(_) => {
                for unit in 0..jobs {
                    queue.push(job(unit as u16));
                }
                site.touch_station(station);
            }
            StationKind::Unlimited => {
                for unit in 0..jobs {
                    self.start_when_open(site, now, &job(unit as u16), station, out);
                }
            }
            StationKind::Vehicles(_) | StationKind::Slots(_) => {
                queue.extend((0..jobs).map(|unit| job(unit as u16)));
                site.observe_station(station as usize, now);
                match &node.servers {
                    StationKind::Vehicles(fleet) => site.touch_fleet(*fleet),
                    StationKind::Slots(slots) => self.await_slot(site, now, station, slots, out),
                    StationKind::Staffed(_) | StationKind::Unlimited => {}
                }
            }
        }
        for unit in 0..jobs {
            site.fact(index, now, FactKind::Joined, s, unit as u16, 0);
        }
    }

    /// The next slot of a station is on its way.
    fn await_slot(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        station: u16,
        slots: &Slots,
        out: &mut Outbox<'_, Self>,
    ) {
        if !site.stations[station as usize].slot_due {
            site.stations[station as usize].slot_due = true;
            let at = slots.at(slots.after(now));
            let key = Key::new(at, Phase::Happenings, events::SLOT, 0, u64::from(station));
            out.schedule(key, Event::Slot { station });
        }
    }

    /// A job's service starts.
    pub(super) fn start(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[job.visit as usize];
        let path = self.path_of(site.site, v).step(job.step as usize);
        if let Some(drawn) = &path.drawn {
            begin_service(v, &mut site.observer, now, job, station, drawn, out);
            return;
        }
        let drawn = self.service(site, job.visit, job.step, u32::from(job.unit));
        let (setup, exam) = self.shocked(site, now, job.visit, job.step, job.unit, drawn);
        let length = (setup + exam).max(Span::TICK);
        let key = Key::new(
            now + length,
            Phase::Happenings,
            events::DONE,
            0,
            job.entity.0,
        );
        let key = key.part(job.call, u16::from(job.step), u32::from(job.unit));
        out.schedule(
            key,
            Event::Done {
                visit: job.visit,
                started: now,
                station,
                unit: job.unit,
                step: job.step,
            },
        );
        site.common_fact(
            job.visit,
            now,
            FactKind::Started,
            job.step,
            job.unit,
            length.ms(),
        );
    }

    /// A station starts what it can: its first job, while a server is free.
    pub(super) fn dispatch(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let station = &site.stations[index as usize];
        if let Some(host) = station.host {
            site.observe_station(index as usize, now);
            site.touch_station(host);
            return;
        }
        if station.floor.is_some() {
            self.dispatch_floor(site, now, index, out);
            return;
        }
        loop {
            let station = &mut site.stations[index as usize];
            let mut taken = station.busy + station.blocked;
            if !station.claims.is_empty() || !station.guests.is_empty() {
                if !station.claims.is_empty() && site.outrank_claim(index) {
                    continue;
                }
                taken += site.lent(index) + site.stations[index as usize].claims.len() as u32;
            }
            let station = &mut site.stations[index as usize];
            if station.on_duty <= taken {
                break;
            }
            let Some(job) = station.queue.pop() else {
                break;
            };
            if job.joint {
                station.claims.push(job);
                self.claim(site, now, &job, out);
            } else {
                station.busy += 1;
                self.start(site, now, &job, index, out);
            }
        }
        let level = site.stations[index as usize].level();
        site.observer.station(index, now, level);
    }

    /// The number of servers on duty changes; at a merger a station's queue goes to its host.
    pub(super) fn duty(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        next: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.sites[site.site].stations[index as usize];
        let duty = self.draws.incidents.duty(self.network, site.site, index);
        let station = &mut site.stations[index as usize];
        station.on_duty = duty[next as usize].1;
        if let Some(floor) = station.floor.as_mut() {
            floor.change(next as usize, duty[next as usize].1);
        }
        if let Some((from, host)) = node.absorbed
            && from == now
            && station.host.is_none()
        {
            station.host = Some(host);
            let moved = std::mem::take(&mut station.queue);
            let claims = std::mem::take(&mut station.claims);
            for claim in &claims {
                site.visits[claim.visit as usize].claimed -= 1;
            }
            // A joint visit that waited for both now needs one server of the pool.
            let mut going = Vec::with_capacity(moved.len() + claims.len());
            for job in moved.into_sorted().into_iter().chain(claims) {
                let needed = &mut site.visits[job.visit as usize].needed;
                if job.joint && needed.contains(&host) {
                    needed.retain(|n| *n != index);
                    continue;
                }
                needed
                    .iter_mut()
                    .filter(|n| **n == index)
                    .for_each(|n| *n = host);
                going.push(job);
            }
            let receiver = &mut site.stations[host as usize];
            receiver.guests.push(index);
            receiver.queue.extend(going);
            // One that had all it still needs would never be asked again: the host keeps its servers anew.
            let kept = std::mem::take(&mut receiver.claims);
            for claim in kept {
                receiver.queue.push(claim);
                site.visits[claim.visit as usize].claimed -= 1;
            }
            self.merge_floors(site, now, index, host);
            site.touch_station(host);
            site.observe_station(host as usize, now);
        }
        // Officers who leave take no kept server with them: the joint visit goes back to its place in the queue.
        site.let_claims_go(index);
        site.touch_station(index);
        site.observe_station(index as usize, now);
        if let Some(&(at, _)) = duty.get(next as usize + 1) {
            let (key, event) = Event::duty_change(index, next + 1, at);
            out.schedule(key, event);
        }
    }

    /// A slot leaves with those that joined before it.
    pub(super) fn slot(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let StationKind::Slots(slots) =
            &self.network.sites[site.site].stations[index as usize].servers
        else {
            return;
        };
        // A closed site's slots do not run.
        let closed = self.site_open_at(site, now).is_some();
        let mut taken = if closed { slots.capacity } else { 0 };
        let mut late = Vec::new();
        while taken < slots.capacity {
            let Some(job) = site.stations[index as usize].queue.pop() else {
                break;
            };
            if job.joined == now {
                late.push(job);
                continue;
            }
            taken += 1;
            site.fact(job.visit, now, FactKind::Started, job.step, job.unit, 0);
            self.job_ended(
                site,
                now,
                job.visit,
                job.step,
                job.unit,
                now,
                Span::ZERO,
                out,
            );
        }
        site.stations[index as usize].queue.extend(late);
        site.observe_station(index as usize, now);
        let due = !site.stations[index as usize].queue.is_empty();
        site.stations[index as usize].slot_due = due;
        if due {
            let at = slots.at(slots.after(now));
            let key = Key::new(at, Phase::Happenings, events::SLOT, 0, u64::from(index));
            out.schedule(key, Event::Slot { station: index });
        }
    }
}

impl<O: Observer> SiteState<O> {
    /// A server is kept for a joint visit only while that heads the queue: one that goes before it now takes its
    /// place, so that the least key always gets what it needs and no cycle of waits can close. True where it did.
    #[inline(never)]
    pub(super) fn outrank_claim(&mut self, index: u16) -> bool {
        let station = &mut self.stations[index as usize];
        let last = station
            .claims
            .iter()
            .enumerate()
            .max_by_key(|(_, claim)| **claim)
            .map(|(place, _)| place);
        if let (Some(place), Some(head)) = (last, station.queue.peek())
            && *head < station.claims[place]
        {
            let claim = station.claims.swap_remove(place);
            station.queue.push(claim);
            self.visits[claim.visit as usize].claimed -= 1;
            return true;
        }
        false
    }

    /// Kept servers beyond those on duty are let go; their joint visits go back to their places in the queue.
    pub(super) fn let_claims_go(&mut self, index: u16) {
        let lent = self.lent(index);
        let station = &mut self.stations[index as usize];
        while !station.claims.is_empty()
            && station.busy + station.blocked + lent + station.claims.len() as u32 > station.on_duty
        {
            let last = (0..station.claims.len())
                .max_by_key(|i| station.claims[*i])
                .unwrap_or(0);
            let job = station.claims.swap_remove(last);
            station.queue.push(job);
            self.visits[job.visit as usize].claimed -= 1;
        }
    }

    /// The station that serves a desk's queue now: its host's host, after agency mergers.
    pub(super) fn serving(&self, mut station: u16) -> u16 {
        while let Some(host) = self.stations[station as usize].host {
            station = host;
        }
        station
    }

    /// Servers of a station at work for its host, and those of stations that it took over before.
    #[inline]
    pub(super) fn lent(&self, station: u16) -> u32 {
        let guests = &self.stations[station as usize].guests[..];
        if guests.is_empty() {
            0
        } else {
            self.lent_by(guests)
        }
    }

    fn lent_by(&self, guests: &[u16]) -> u32 {
        guests
            .iter()
            .map(|g| {
                let guest = &self.stations[*g as usize];
                guest.busy + guest.blocked + self.lent(*g)
            })
            .sum()
    }

    /// A server of `station` comes free.
    #[inline]
    pub(super) fn free(&mut self, station: u16) {
        self.stations[station as usize].busy -= 1;
        self.touch_station(station);
    }
}
