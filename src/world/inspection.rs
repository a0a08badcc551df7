//! Steps under way: which start next, in which queue, until when.

use std::cmp::Reverse;

use super::station::Job;
use super::visit::{NO_PLAN, NO_VISIT, OF_PARENT, Record, Stage, Visit};
use super::{Corridor, Event, FactKind, JobEnd, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{Plan, StationKind};
use crate::terms::{Discipline, Mechanism, OfficersHeld, OnHold, Unit};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// Lets a visit go on: every step whose precedence is satisfied starts or queues; the cargo joins one queue
    /// at a time, the first listed step that is ready; a visit with nothing left to do is complete.
    pub(super) fn advance(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        if site.visits[index as usize].stage == Stage::Come {
            self.begin(site, now, index, out);
        }
        let v = &site.visits[index as usize];
        if v.stage == Stage::Waiting {
            return;
        }
        if v.plan == NO_PLAN {
            self.complete(site, now, index, out);
            return;
        }
        let plan = self.plan_of(self.network, site.site, v);
        let order = &plan.orders[v.epoch as usize];
        let mut satisfied = v.done | !v.applies;
        let mut mine = v.applies & !v.begun;
        if v.parent != NO_VISIT {
            let parent = &site.visits[v.parent as usize];
            satisfied &= plan.per_consignment | (parent.done | !parent.applies);
        } else if v.is_batch() {
            mine &= !plan.per_consignment;
        }
        let ahead = v.stage == Stage::Ahead;
        let alone = v.is_batch() && ahead;
        while mine != 0 {
            let s = mine.trailing_zeros() as usize;
            mine &= mine - 1;
            let step = &plan.steps[s];
            if order.before[s] & !satisfied != 0 {
                continue;
            }
            // Before the cargo comes, a batch's containers are not known.
            if ahead
                && (!step.pre_arrival || step.needs_cargo || alone && step.unit == Unit::Container)
            {
                continue;
            }
            if !step.needs_cargo {
                self.ready(site, now, index, s, out);
                continue;
            }
            if !self.cargo_is_free(site, index) {
                continue;
            }
            let v = &mut site.visits[index as usize];
            let group = joint_visit(plan, v, s) & !v.begun;
            if group.count_ones() > 1 {
                let all_ready = (0..plan.steps.len())
                    .filter(|m| group >> m & 1 == 1)
                    .all(|m| order.before[m] & !satisfied == 0);
                if !all_ready {
                    continue;
                }
                v.cargo_at = s as u8;
                mine &= !group;
                self.join_jointly(site, now, index, s, group, out);
            } else {
                v.cargo_at = s as u8;
                self.ready(site, now, index, s, out);
            }
        }
        let v = &site.visits[index as usize];
        if !ahead && v.applies & !v.done == 0 {
            self.complete(site, now, index, out);
        }
    }

    /// True where no step has the cargo. On a train that waits for its consignments, neither the train's steps nor
    /// theirs can have it while the others do; a detached consignment stands apart from its train.
    fn cargo_is_free(&self, site: &SiteState<O>, index: u32) -> bool {
        let v = &site.visits[index as usize];
        let at_rest = |other: u32| site.visits[other as usize].cargo_at == NO_STEP;
        if v.cargo_at != NO_STEP {
            return false;
        }
        if v.parent != NO_VISIT {
            self.detaches(site, v.parent) || at_rest(v.parent)
        } else if v.is_batch() && v.children > 0 {
            self.detaches(site, index)
                || v.members
                    .iter()
                    .all(|m| m.visit == NO_VISIT || at_rest(m.visit))
        } else {
            true
        }
    }

    /// The trigger to record for a step that is ready now.
    fn trigger(&self, site: &SiteState<O>, now: Time, index: u32) -> u8 {
        let v = &site.visits[index as usize];
        if v.last != NO_STEP && v.records[v.last as usize].ended == now {
            return v.last;
        }
        if v.parent != NO_VISIT {
            let parent = &site.visits[v.parent as usize];
            if parent.last != NO_STEP && parent.records[parent.last as usize].ended == now {
                return parent.last | OF_PARENT;
            }
        }
        NO_STEP
    }

    /// A step is ready: it joins its queue, after the hand-over if there is one.
    fn ready(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: usize,
        out: &mut Outbox<'_, Self>,
    ) {
        let trigger = self.trigger(site, now, index);
        let v = &mut site.visits[index as usize];
        v.begun |= 1 << s;
        v.records[s] = Record {
            ready: now,
            joined: now,
            trigger,
            left: v.records[s].left,
            ..Record::default()
        };
        let plan = self.plan_of(self.network, site.site, v);
        let hand_over = plan.steps[s].hand_over;
        if plan.orders[v.epoch as usize].handed_over >> s & 1 == 1 && hand_over > Span::ZERO {
            let key = Key::new(
                now + hand_over,
                Phase::Happenings,
                events::HANDED_OVER,
                0,
                v.cargo.entity.0,
            );
            let key = key.part(v.call, s as u16, 0);
            out.schedule(
                key,
                Event::HandedOver {
                    visit: index,
                    step: s as u8,
                },
            );
        } else {
            self.join(site, now, index, s as u8, out);
        }
    }

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
        let plan = self.plan_of(self.network, site.site, v);
        let step = &plan.steps[s as usize];
        let jobs = self.jobs(site, index, s as usize);
        let v = &mut site.visits[index as usize];
        v.records[s as usize].joined = now;
        v.records[s as usize].left = jobs;
        v.fees += step.fee * f64::from(jobs) / f64::from(v.consignments().max(1));
        let mut station = step.station;
        while let Some(host) = site.stations[station as usize].host {
            station = host;
        }
        let node = &self.network.sites[site.site].stations[station as usize];
        let (aeo, entity, call) = (v.aeo, v.cargo.entity, v.call);
        let job = |unit: u16| Job {
            priority: u8::from(node.discipline == Discipline::AeoFirst && !aeo),
            joined: now,
            entity,
            call,
            step: s,
            unit,
            visit: index,
            joint: false,
        };
        match &node.servers {
            StationKind::Unlimited => {
                for unit in 0..jobs {
                    self.start(site, now, &job(unit as u16), station, out);
                }
            }
            StationKind::Staffed(_) => {
                site.stations[station as usize]
                    .queue
                    .extend((0..jobs).map(|unit| Reverse(job(unit as u16))));
                site.touch_station(station);
                site.observe_station(station as usize, now);
            }
            StationKind::Slots(slots) => {
                site.stations[station as usize]
                    .queue
                    .extend((0..jobs).map(|unit| Reverse(job(unit as u16))));
                site.observe_station(station as usize, now);
                if !site.stations[station as usize].slot_due {
                    site.stations[station as usize].slot_due = true;
                    let at = slots.at(slots.after(now));
                    let key = Key::new(at, Phase::Happenings, events::SLOT, 0, u64::from(station));
                    out.schedule(key, Event::Slot { station });
                }
            }
        }
        for unit in 0..jobs {
            site.fact(index, now, FactKind::Joined, s, unit as u16, 0);
        }
    }

    /// How many jobs a step of a visit makes: one a unit.
    fn jobs(&self, site: &SiteState<O>, index: u32, s: usize) -> u32 {
        let v = &site.visits[index as usize];
        let containers = |route: u16| {
            let flow = self.network.routes[route as usize].flow;
            self.network.flows[flow.index()].containers
        };
        let jobs = match self.plan_of(self.network, site.site, v).steps[s].unit {
            Unit::Batch | Unit::Consignment => 1,
            Unit::Container if v.is_batch() => {
                v.members.iter().map(|m| containers(m.cargo.route)).sum()
            }
            Unit::Container => containers(v.cargo.route),
        };
        jobs.max(1)
    }

    /// The service time of a job (setup and exam of a physical step), at least a tick.
    fn service(&self, site: &SiteState<O>, index: u32, s: u8, unit: u16) -> (Span, Span) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let step = &plan.steps[s as usize];
        let streams = &self.draws.sites[site.site].steps[v.plan as usize][s as usize];
        let (call, unit) = (u32::from(v.call), u32::from(unit));
        let u = streams.service.uniform(v.draw, call, unit);
        let mut law = &step.service;
        if let (Some(assisted), Some(scope)) = (&step.assisted_service, self.stop_of(v).enforcement)
        {
            let level = self.network.levels[scope.index()].at(Mechanism::Enforcement, v.began);
            // The same uniform through either quantile function (semantics section 6).
            if streams.assistance.uniform(v.draw, call, unit) < level {
                law = assisted;
            }
        }
        let exam = Span::from_ms_f64(law.quantile(u));
        let setup = step.setup.as_ref().map_or(Span::ZERO, |law| {
            Span::from_ms_f64(law.quantile(streams.setup.uniform(v.draw, call, unit)))
        });
        (setup, exam)
    }

    /// A job's service starts.
    fn start(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let (setup, exam) = self.service(site, job.visit, job.step, job.unit);
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
        site.fact(
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
        if let Some(host) = site.stations[index as usize].host {
            site.touch_station(host);
            return;
        }
        let mut changed = false;
        loop {
            // A server is kept for a joint visit only while that heads the queue: one that goes before it now
            // takes its place, so that the least key always gets what it needs and no cycle of waits can close.
            let station = &mut site.stations[index as usize];
            let last = station
                .claims
                .iter()
                .enumerate()
                .max_by_key(|(_, claim)| **claim)
                .map(|(place, _)| place);
            if let (Some(place), Some(Reverse(head))) = (last, station.queue.peek()) {
                if *head < station.claims[place] {
                    let claim = station.claims.swap_remove(place);
                    station.queue.push(Reverse(claim));
                    site.visits[claim.visit as usize].claimed -= 1;
                    changed = true;
                    continue;
                }
            }
            let lent = site.lent(index);
            let station = &site.stations[index as usize];
            if station.on_duty <= station.busy + lent + station.claims.len() as u32 {
                break;
            }
            let station = &mut site.stations[index as usize];
            let Some(Reverse(job)) = station.queue.pop() else {
                break;
            };
            changed = true;
            if job.joint {
                station.claims.push(job);
                self.claim(site, now, &job, out);
            } else {
                station.busy += 1;
                self.start(site, now, &job, index, out);
            }
        }
        if changed {
            site.observe_station(index as usize, now);
        }
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
        let StationKind::Staffed(duty) = &node.servers else {
            return;
        };
        let station = &mut site.stations[index as usize];
        station.on_duty = duty[next as usize].1;
        if let Some((from, host)) = node.absorbed {
            if from == now && station.host.is_none() {
                station.host = Some(host);
                let moved = std::mem::take(&mut station.queue);
                let claims = std::mem::take(&mut station.claims);
                for claim in &claims {
                    site.visits[claim.visit as usize].claimed -= 1;
                }
                // A joint visit that waited for both now needs one server of the pool.
                let mut going = Vec::with_capacity(moved.len() + claims.len());
                for job in moved.into_iter().map(|Reverse(job)| job).chain(claims) {
                    let needed = &mut site.visits[job.visit as usize].needed;
                    if job.joint && needed.contains(&host) {
                        needed.retain(|n| *n != index);
                        continue;
                    }
                    needed
                        .iter_mut()
                        .filter(|n| **n == index)
                        .for_each(|n| *n = host);
                    going.push(Reverse(job));
                }
                let receiver = &mut site.stations[host as usize];
                receiver.guests.push(index);
                receiver.queue.extend(going);
                site.touch_station(host);
                site.observe_station(host as usize, now);
            }
        }
        // Officers who leave take no kept server with them: the joint visit goes back to its place in the queue.
        let lent = site.lent(index);
        let station = &mut site.stations[index as usize];
        while !station.claims.is_empty()
            && station.busy + lent + station.claims.len() as u32 > station.on_duty
        {
            let last = (0..station.claims.len())
                .max_by_key(|i| station.claims[*i])
                .unwrap_or(0);
            let job = station.claims.swap_remove(last);
            station.queue.push(Reverse(job));
            site.visits[job.visit as usize].claimed -= 1;
        }
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
        let mut taken = 0;
        let mut late = Vec::new();
        while taken < slots.capacity {
            let Some(Reverse(job)) = site.stations[index as usize].queue.pop() else {
                break;
            };
            if job.joined == now {
                late.push(Reverse(job));
                continue;
            }
            taken += 1;
            site.fact(job.visit, now, FactKind::Started, job.step, job.unit, 0);
            self.job_ended(site, now, job.visit, job.step, job.unit, now, out);
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

    /// A server comes free.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn job_done(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        unit: u16,
        station: u16,
        started: Time,
        out: &mut Outbox<'_, Self>,
    ) {
        if matches!(
            self.network.sites[site.site].stations[station as usize].servers,
            StationKind::Staffed(_)
        ) {
            site.free(station, now);
        }
        self.job_ended(site, now, index, s, unit, started, out);
    }

    /// A job has ended; with the last the step has.
    #[allow(clippy::too_many_arguments)]
    fn job_ended(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        unit: u16,
        started: Time,
        out: &mut Outbox<'_, Self>,
    ) {
        site.fact(index, now, FactKind::Completed, s, unit, started.ms());
        let v = &mut site.visits[index as usize];
        let record = &mut v.records[s as usize];
        let job = JobEnd {
            plan: v.plan,
            step: s,
            joined: record.joined,
            started,
            ended: now,
            ahead: v.stage == Stage::Ahead,
            measured: v.cargo.is(super::Cargo::MEASURED),
        };
        record.left -= 1;
        let last = record.left == 0;
        site.observer.job(&job);
        if last {
            site.visits[index as usize].records[s as usize].started = started;
            self.step_ended(site, now, index, s, out);
        }
    }

    fn step_ended(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        v.records[s as usize].ended = now;
        v.done |= 1 << s;
        v.last = s;
        if v.cargo_at == s {
            v.cargo_at = NO_STEP;
        }
        let (parent, batch) = (v.parent, v.is_batch());
        site.touch_visit(index);
        if batch {
            // Members' steps may have waited for this one.
            for m in 0..site.visits[index as usize].members.len() {
                let child = site.visits[index as usize].members[m].visit;
                if child != NO_VISIT {
                    site.touch_visit(child);
                }
            }
        } else if parent != NO_VISIT {
            site.touch_visit(parent);
            let p = &mut site.visits[parent as usize];
            if p.applies >> s & 1 == 1 && p.stage == Stage::Working {
                p.records[s as usize].left -= 1;
                if p.records[s as usize].left == 0 {
                    p.records[s as usize].by = index;
                    p.records[s as usize].ended = now;
                    p.done |= 1 << s;
                    p.begun |= 1 << s;
                    p.last = s;
                }
            }
        }
        self.release(site, now, index, out);
    }

    /// Release: the last of the controls and payments that take place is done, and the cargo is there. A batch's
    /// is that of its own steps; a consignment on it has its own release besides. Data that is sent at release
    /// leaves.
    pub(super) fn release(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        if v.stage == Stage::Ahead || v.released || v.plan == NO_PLAN {
            return;
        }
        let plan = self.plan_of(self.network, site.site, v);
        let own = if v.is_batch() {
            !plan.per_consignment
        } else {
            u64::MAX
        };
        if plan.release != 0 && v.applies & plan.release & own & !v.done == 0 {
            v.released = true;
            v.released_at = now;
            site.fact(index, now, FactKind::Released, NO_STEP, 0, 0);
            self.send_on_release(site, now, index, out);
        }
    }

    /// Joint: the visit stands in the queue of each agency that it needs, under one key.
    fn join_jointly(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        leader: usize,
        group: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let trigger = self.trigger(site, now, index);
        let plan = self.plan_of(self.network, site.site, &site.visits[index as usize]);
        let v = &mut site.visits[index as usize];
        v.begun |= group;
        v.needed.clear();
        v.claimed = 0;
        let (entity, call, aeo) = (v.cargo.entity, v.call, v.aeo);
        // One key for all queues: behind authorised operators only where every desk puts those first.
        let mut ordered = true;
        for (s, step) in plan
            .steps
            .iter()
            .enumerate()
            .filter(|(s, _)| group >> s & 1 == 1)
        {
            let v = &mut site.visits[index as usize];
            v.records[s] = Record {
                ready: now,
                joined: now,
                trigger,
                left: 1,
                ..Record::default()
            };
            let jobs = self.jobs(site, index, s);
            let v = &mut site.visits[index as usize];
            v.fees += step.fee * f64::from(jobs) / f64::from(v.consignments().max(1));
            let mut station = step.station;
            while let Some(host) = site.stations[station as usize].host {
                station = host;
            }
            let node = &self.network.sites[site.site].stations[station as usize];
            let v = &mut site.visits[index as usize];
            if matches!(node.servers, StationKind::Staffed(_)) && !v.needed.contains(&station) {
                v.needed.push(station);
                ordered &= node.discipline == Discipline::AeoFirst;
            }
        }
        let job = Job {
            priority: u8::from(ordered && !aeo),
            joined: now,
            entity,
            call,
            step: leader as u8,
            unit: 0,
            visit: index,
            joint: true,
        };
        for n in 0..site.visits[index as usize].needed.len() {
            let station = site.visits[index as usize].needed[n];
            site.stations[station as usize].queue.push(Reverse(job));
            site.touch_station(station);
            site.observe_station(station as usize, now);
        }
        for s in (0..plan.steps.len()).filter(|s| group >> s & 1 == 1) {
            site.fact(index, now, FactKind::Joined, s as u8, 0, 0);
        }
        if site.visits[index as usize].needed.is_empty() {
            self.start_joint(site, now, &job, out);
        }
    }

    /// A server is kept for a joint visit; with the last of those it needs, the visit starts.
    fn claim(&self, site: &mut SiteState<O>, now: Time, job: &Job, out: &mut Outbox<'_, Self>) {
        let v = &mut site.visits[job.visit as usize];
        v.claimed += 1;
        if v.claimed as usize == v.needed.len() {
            self.start_joint(site, now, job, out);
        }
    }

    /// A joint visit starts: every server that it needs is there.
    fn start_joint(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[job.visit as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let group = joint_visit(plan, v, job.step as usize);
        let steps: Vec<usize> = (0..plan.steps.len())
            .filter(|s| group >> s & 1 == 1)
            .collect();
        let needed = v.needed.clone();
        // Setup is paid once: the setup of the step whose setup is longest on average. Officers of one station
        // do their exams one after another; the visit lasts as long as the longest of the stations.
        let mean = |s: usize| plan.steps[s].setup.as_ref().map_or(0.0, |law| law.mean());
        let main =
            steps.iter().copied().fold(
                steps[0],
                |best, s| if mean(s) > mean(best) { s } else { best },
            );
        let mut setups = Span::ZERO;
        let mut setup = Span::ZERO;
        let mut exams: Vec<(u16, Span)> = Vec::new();
        for &s in &steps {
            let (own_setup, mut exam) = self.service(site, job.visit, s as u8, 0);
            // One officer examines container after container.
            for unit in 1..self.jobs(site, job.visit, s) {
                exam += self.service(site, job.visit, s as u8, unit as u16).1;
            }
            setups += own_setup;
            if s == main {
                setup = own_setup;
            }
            let mut station = plan.steps[s].station;
            while let Some(host) = site.stations[station as usize].host {
                station = host;
            }
            match exams.iter_mut().find(|(at, _)| *at == station) {
                Some((_, sum)) => *sum += exam,
                None => exams.push((station, exam)),
            }
        }
        let longest = exams
            .iter()
            .map(|(_, exam)| *exam)
            .max()
            .unwrap_or(Span::ZERO);
        let length = (setup + longest).max(Span::TICK);
        let v = &mut site.visits[job.visit as usize];
        v.saved_setup += Span::from_ms(setups.ms() - setup.ms());
        let (entity, call) = (job.entity.0, job.call);
        for &station in &needed {
            let place = &mut site.stations[station as usize];
            let claim = place.claims.iter().position(|c| c.visit == job.visit);
            place.claims.swap_remove(
                claim.expect("every station that a joint visit claimed keeps its claim"),
            );
            place.busy += 1;
            let own = exams
                .iter()
                .find(|(at, _)| *at == station)
                .map_or(longest, |(_, exam)| *exam);
            let held = match plan.officers_held {
                OfficersHeld::Longest => length,
                OfficersHeld::OwnExam => (setup + own).max(Span::TICK),
            };
            let key = Key::new(now + held, Phase::Happenings, events::FREED, 0, entity)
                .part(call, station, 0);
            out.schedule(key, Event::Freed { station });
            site.observe_station(station as usize, now);
        }
        for &s in &steps {
            site.visits[job.visit as usize].records[s].started = now;
            site.fact(job.visit, now, FactKind::Started, s as u8, 0, length.ms());
        }
        let key = Key::new(now + length, Phase::Happenings, events::DONE, 0, entity);
        let key = key.part(call, u16::from(job.step), 0);
        out.schedule(
            key,
            Event::JointDone {
                visit: job.visit,
                step: job.step,
            },
        );
    }

    /// A joint visit ends: all its steps do.
    pub(super) fn joint_done(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        leader: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let group = joint_visit(plan, v, leader as usize);
        for s in (0..plan.steps.len()).filter(|s| group >> s & 1 == 1) {
            let started = site.visits[index as usize].records[s].started;
            self.job_ended(site, now, index, s as u8, 0, started, out);
        }
        site.visits[index as usize].cargo_at = NO_STEP;
    }

    /// True where the batch of this visit leaves held consignments behind.
    pub(super) fn detaches(&self, site: &SiteState<O>, batch: u32) -> bool {
        let line = site.visits[batch as usize].cargo.entity.group();
        self.network.lines[line as usize].on_hold == OnHold::Detach
    }
}

/// The steps that take place in the joint visit that step `s` belongs to: of a batch, those that count per batch.
fn joint_visit(plan: &Plan, visit: &Visit, s: usize) -> u64 {
    let own = if visit.is_batch() {
        !plan.per_consignment
    } else {
        u64::MAX
    };
    plan.orders[visit.epoch as usize].joint[s] & visit.applies & own
}

impl<O: Observer> SiteState<O> {
    /// Servers of a station at work for its host, and those of stations that it took over before.
    fn lent(&self, station: u16) -> u32 {
        let guests = &self.stations[station as usize].guests;
        guests
            .iter()
            .map(|g| self.stations[*g as usize].busy + self.lent(*g))
            .sum()
    }

    /// A server of `station` comes free.
    pub(super) fn free(&mut self, station: u16, now: Time) {
        self.stations[station as usize].busy -= 1;
        self.touch_station(station);
        self.observe_station(station as usize, now);
    }
}
