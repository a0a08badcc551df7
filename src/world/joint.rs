//! Joint visits: one stop, setup paid once, officers of several agencies at the same time (semantics section 5).

use super::machines::Occupant;
use super::station::{Job, NOT_STARTED};
use super::visit::{Record, Visit};
use super::{Corridor, Event, FactKind, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{Plan, StationKind};
use crate::terms::OfficersHeld;
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// Joint: the visit stands in the queue of each agency that it needs, under one key.
    pub(super) fn join_jointly(
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
        site.wait_began = true;
        v.claimed = 0;
        let (entity, call) = (v.cargo.entity, v.call);
        // One key for all queues: of the best class that any of the desks gives it, so behind authorised operators only
        // where every desk puts those first.
        let mut class: Option<u8> = None;
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
            self.charge(site, index, s);
            let station = site.serving(step.station);
            let node = &self.network.sites[site.site].stations[station as usize];
            let here = self.class_at(site, index, step.part, node);
            let v = &mut site.visits[index as usize];
            if matches!(node.servers, StationKind::Staffed(_)) && !v.needed.contains(&station) {
                v.needed.push(station);
                class = Some(class.map_or(here, |best| best.min(here)));
            }
        }
        let job = Job {
            priority: NOT_STARTED | class.unwrap_or(0),
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
            site.stations[station as usize].queue.push(job);
            site.touch_station(station);
            site.observe_station(station as usize, now);
        }
        for s in (0..plan.steps.len()).filter(|s| group >> s & 1 == 1) {
            site.fact(index, now, FactKind::Joined, s as u8, 0, 0);
        }
        if site.visits[index as usize].needed.is_empty() {
            let station = site.serving(plan.steps[leader].station);
            self.start_when_open(site, now, &job, station, out);
        }
    }

    /// A server is kept for a joint visit; with the last of those it needs, the visit starts.
    pub(super) fn claim(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[job.visit as usize];
        v.claimed += 1;
        site.wait_began = true;
        if v.claimed as usize == v.needed.len() {
            self.start_joint(site, now, job, out);
        }
    }

    /// A joint visit starts: every server that it needs is there.
    pub(super) fn start_joint(
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
            let drawn = self.service(site, job.visit, s as u8, 0);
            let (own_setup, mut exam) = self.shocked(site, now, job.visit, s as u8, 0, drawn);
            // One officer examines container after container.
            for unit in 1..self.jobs(site, job.visit, s) {
                let drawn = self.service(site, job.visit, s as u8, unit);
                exam += self
                    .shocked(site, now, job.visit, s as u8, unit as u16, drawn)
                    .1;
            }
            setups += own_setup;
            if s == main {
                setup = own_setup;
            }
            let station = site.serving(plan.steps[s].station);
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
        let exam_at = |station: u16| exams.iter().find(|(at, _)| *at == station);
        let most = |a: &u16, b: &u16| {
            let exam = |s: u16| exam_at(s).map_or(Span::ZERO, |(_, exam)| *exam);
            exam(*a).cmp(&exam(*b)).then(b.cmp(a))
        };
        let v = &mut site.visits[job.visit as usize];
        v.stayed = needed.iter().copied().max_by(most);
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
            let held = match plan.officers_held_in(group) {
                OfficersHeld::Longest => length,
                OfficersHeld::OwnExam => (setup + own).max(Span::TICK),
            };
            let key = Key::new(now + held, Phase::Happenings, events::FREED, 0, entity)
                .part(call, station, 0);
            let visit = job.visit;
            out.schedule(key, Event::Freed { station, visit });
            if let (Some(floor), Some(node)) =
                (&mut place.floor, self.machines_of(site.site, station))
            {
                // Whatever wears out meanwhile, the visit is finished first.
                floor.occupy(node, Occupant::Joint(visit), now, None);
            }
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

    /// An officer or machine comes free of a joint visit.
    pub(super) fn freed(&self, site: &mut SiteState<O>, now: Time, station: u16, visit: u32) {
        if let Some(floor) = &mut site.stations[station as usize].floor
            && let Some(node) = self.machines_of(site.site, station)
        {
            floor.vacate(node, Occupant::Joint(visit), now);
        }
        site.free(station);
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
            let served = now - started;
            self.job_ended(site, now, index, s as u8, 0, started, served, out);
        }
        site.visits[index as usize].cargo_at = NO_STEP;
    }
}

/// The steps that take place in the joint visit that step `s` belongs to: of a batch, those that count per batch.
pub(super) fn joint_visit(plan: &Plan, visit: &Visit, s: usize) -> u64 {
    let own = if visit.is_batch() {
        !plan.per_consignment
    } else {
        u64::MAX
    };
    plan.orders[visit.epoch as usize].joint[s] & visit.applies & own
}
