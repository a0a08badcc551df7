//! A sweep: everything that happens before a window's end at a site whose ends of service are computed at arrival.

use super::computed::{ComputedSite, Drawn, Scratch, Visits};
use super::computed_queue::{Joining, in_order, join};
use super::computed_stay::Served;
use super::computed_visit::Passing;
use super::durations::Service;
use super::{Cargo, ComputedJob, Corridor, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::{Computed, Course, Plan};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// Everything before `end` at a site whose ends of service are computed at arrival.
    pub(super) fn sweep_site(
        &self,
        site: &mut SiteState<O>,
        end: Time,
        arrived: &mut Vec<(Time, Cargo)>,
        scratch: &mut Scratch,
        out: &mut Outbox<'_, Self>,
    ) -> u64 {
        let node = &self.network.sites[site.site];
        let (Some(mut state), Ok(computed)) = (site.computed.take(), &node.computed) else {
            return 0;
        };
        if scratch.fans.len() < computed.ways.len() {
            scratch.fans.resize_with(computed.ways.len(), Vec::new);
        }
        if scratch.queues.len() < state.desks.len() {
            scratch.queues.resize_with(state.desks.len(), Vec::new);
        }
        if state.visits.passing.capacity() == 0 {
            state.visits = scratch.visits();
        }
        let ComputedSite {
            later,
            visits,
            stations,
            ..
        } = &mut *state;
        later.begin(end, |job| {
            let first = visits.passing[job.ticket.visit() as usize].first;
            let station = stations[first as usize + job.ticket.step() as usize];
            scratch.queues[station as usize].push(job);
        });
        let mut sweep = Sweep {
            world: self,
            site,
            state: &mut state,
            scratch,
            computed,
            plans: &node.plans,
            end,
            last: self.network.drain_end,
            events: 0,
        };
        sweep.events += arrived.len() as u64;
        sweep.enter(arrived);
        sweep.arrive(arrived, out);
        for fan in &mut sweep.scratch.fans[..computed.ways.len()] {
            in_order(fan);
        }
        for &station in &computed.stations {
            sweep.serve(station);
        }
        sweep.rest(out);
        let events = sweep.events;
        site.computed = Some(state);
        events
    }
}

/// A site being swept.
pub(super) struct Sweep<'s, 'w, O: Observer> {
    pub world: &'s Corridor<'w, O>,
    pub site: &'s mut SiteState<O>,
    pub state: &'s mut ComputedSite,
    pub scratch: &'s mut Scratch,
    pub computed: &'s Computed,
    pub plans: &'s [Plan],
    pub end: Time,
    /// Nothing is told that happens after it.
    pub last: Time,
    pub events: u64,
}

impl<'w, O: Observer> Sweep<'_, 'w, O> {
    /// The jobs that join a station before the window's end.
    fn serve(&mut self, station: u16) {
        if self.serve_fan(station) {
            return;
        }
        let scratch = &mut *self.scratch;
        let mut due = std::mem::take(&mut scratch.queues[station as usize]);
        self.state.desks[station as usize].complete(&scratch.fans, &mut due);
        if due.is_empty() {
            scratch.queues[station as usize] = due;
            return;
        }
        let mut jobs = std::mem::take(&mut scratch.jobs);
        self.draw(station, &due, &mut jobs);
        let observer = &mut self.site.observer;
        let servers = &mut self.state.desks[station as usize].servers;
        servers.serve(&mut jobs, |from, to, n| {
            observer.computed_overtime(station, from, to, n);
        });
        observer.computed_jobs(Some(station), &jobs, self.last);
        self.learn(station, &due, &jobs);
        due.clear();
        jobs.clear();
        self.scratch.queues[station as usize] = due;
        self.scratch.jobs = jobs;
    }

    /// As [`Sweep::serve`], where all come to one fan, to one step: who comes is who joins. False where it is not so.
    fn serve_fan(&mut self, station: u16) -> bool {
        let scratch = &mut *self.scratch;
        let desk = &self.state.desks[station as usize];
        let (&[(way, step)], Some(only)) = (&desk.fans[..], desk.only) else {
            return false;
        };
        let drawn = &self.state.drawn[only as usize];
        if !drawn.plain || !scratch.queues[station as usize].is_empty() {
            return false;
        }
        let fan = &scratch.fans[way as usize];
        if fan.is_empty() {
            return true;
        }
        let mut jobs = std::mem::take(&mut scratch.jobs);
        let (stream, plan) = (drawn.stream, drawn.plan);
        let bits = move |one: &Joining| stream.bits(one.draw, u32::from(one.ticket.call()), 0);
        let of = move |one: &Joining, ms| {
            let ticket = one.ticket.of_step(step);
            alone(plan, &Joining { ticket, ..*one }, Span::from_ms_f64(ms))
        };
        drawn.service.quantiles(fan, bits, of, &mut jobs);
        let observer = &mut self.site.observer;
        let servers = &mut self.state.desks[station as usize].servers;
        servers.serve(&mut jobs, |from, to, n| {
            observer.computed_overtime(station, from, to, n);
        });
        observer.computed_jobs(Some(station), &jobs, self.last);
        let (steps, served) = (self.computed.steps, &mut self.state.visits.served);
        for (one, job) in fan.iter().zip(&jobs) {
            served[one.ticket.visit() as usize * steps + step as usize] = Served {
                started: job.started,
                ended: job.ended,
            };
            self.events += u64::from(job.ended <= self.last);
        }
        jobs.clear();
        scratch.jobs = jobs;
        true
    }

    /// What is drawn for each job, as if it were served at once.
    fn draw(&self, station: u16, due: &[Joining], jobs: &mut Vec<ComputedJob>) {
        let (world, state) = (self.world, &*self.state);
        let only = state.desks[station as usize].only;
        jobs.reserve(due.len());
        // None waits for another's result: the processor works at several at a time.
        match only.map(|only| &state.drawn[only as usize]) {
            Some(of_all) if of_all.plain => {
                let (stream, plan) = (of_all.stream, of_all.plan);
                let bits =
                    move |one: &Joining| stream.bits(one.draw, u32::from(one.ticket.call()), 0);
                let of = move |one: &Joining, ms| alone(plan, one, Span::from_ms_f64(ms));
                of_all.service.quantiles(due, bits, of, jobs);
            }
            _ => jobs.extend(due.iter().map(|one| {
                let p = &state.visits.passing[one.ticket.visit() as usize];
                let drawn = &state.drawn[p.first as usize + one.ticket.step() as usize];
                alone(p.plan, one, world.length(self.site.site, drawn, p, one))
            })),
        }
    }

    /// The ends of the jobs of a station are known: the visits go on.
    fn learn(&mut self, station: u16, due: &[Joining], jobs: &[ComputedJob]) {
        let learnt = self.learn_line(station, due, jobs);
        if learnt == due.len() {
            return;
        }
        let ComputedSite {
            visits,
            later,
            drawn,
            ..
        } = &mut *self.state;
        let Visits {
            passing,
            chosen,
            served,
            ..
        } = visits;
        let Scratch {
            over,
            known,
            queues,
            ..
        } = &mut *self.scratch;
        let (steps, end, last) = (self.computed.steps, self.end, self.last);
        let mut ended = 0;
        for (one, job) in due.iter().zip(jobs).skip(learnt) {
            let (visit, step) = (one.ticket.visit(), one.ticket.step());
            served[visit as usize * steps + step as usize] = Served {
                started: job.started,
                ended: job.ended,
            };
            if job.ended > last {
                continue;
            }
            ended += 1;
            if one.ticket.is(Course::Line) {
                let first = passing[visit as usize].first;
                match drawn[first as usize + step as usize].then {
                    Some(station) => {
                        let queue = &mut queues[station as usize];
                        join(queue, later, end, one.next(job.ended));
                    }
                    None => over.push(visit),
                }
                continue;
            }
            if one.ticket.is(Course::Fan) {
                // Over with the window: on arrival it has joined all its queues.
                continue;
            }
            let of = &mut chosen[visit as usize];
            of.learn(step, job.ended);
            if of.left == 0 {
                over.push(visit);
            } else {
                known.push((visit, step));
            }
        }
        self.events += ended;
        if !known.is_empty() {
            let mut known = std::mem::take(known);
            for (visit, step) in known.drain(..) {
                let p = &self.state.visits.passing[visit as usize];
                let way = &self.computed.ways[p.kind.way() as usize];
                self.begin(way, visit, way.after[step as usize]);
            }
            self.scratch.known = known;
        }
    }

    /// As [`Sweep::learn`], of the first of them, as long as they end in this window, where all are on a line that passes here
    /// for one and the same step: how many.
    fn learn_line(&mut self, station: u16, due: &[Joining], jobs: &[ComputedJob]) -> usize {
        let ComputedSite {
            visits,
            desks,
            first_step,
            drawn,
            ..
        } = &mut *self.state;
        let Some(only) = desks[station as usize].only else {
            return 0;
        };
        let until = self.end.min(self.last.saturating_add(Span::TICK));
        let of = &drawn[only as usize];
        let (steps, step) = (self.computed.steps, only - first_step[of.plan as usize]);
        let served = &mut visits.served[..];
        let (mut lines, mut learnt) = (true, due.len());
        // From the last to the first: what is left is the first that ends later.
        for (n, (one, job)) in due.iter().zip(jobs).enumerate().rev() {
            lines &= one.ticket.is(Course::Line);
            learnt = if job.ended < until { learnt } else { n };
            served[one.ticket.visit() as usize * steps + step as usize] = Served {
                started: job.started,
                ended: job.ended,
            };
        }
        if !lines {
            return 0;
        }
        let (due, jobs) = (&due[..learnt], &jobs[..learnt]);
        if let Some(next) = of.then {
            let all = due.iter().zip(jobs).map(|(one, job)| one.next(job.ended));
            self.scratch.queues[next as usize].extend(all);
        } else {
            let all = due.iter().map(|one| one.ticket.visit());
            self.scratch.over.extend(all);
        }
        self.events += learnt as u64;
        learnt
    }

    /// What is left to come, and the rosters up to the window's end.
    fn rest(&mut self, out: &mut Outbox<'_, Corridor<'w, O>>) {
        let delays = &mut self.scratch.delays;
        if !delays.is_empty() {
            self.site.observer.computed_jobs(None, delays, self.last);
            delays.clear();
        }
        let ways = self.computed.ways.len();
        self.scratch.fans[..ways].iter_mut().for_each(Vec::clear);
        let mut over = std::mem::take(&mut self.scratch.over);
        self.depart(&over, out);
        over.clear();
        self.scratch.over = over;
        let next = self.state.candidates.iter().map(|c| c.1).min();
        self.state.wakes = next.unwrap_or(Time::MAX).min(self.state.later.wakes);
        let observer = &mut self.site.observer;
        for (d, desk) in self.state.desks.iter_mut().enumerate() {
            desk.servers.pass(self.end, |from, to, n| {
                observer.computed_overtime(d as u16, from, to, n);
            });
        }
    }
}

/// One job from beginning to end, were nobody there before it.
#[inline(always)]
pub(super) fn alone(plan: u16, one: &Joining, length: Span) -> ComputedJob {
    ComputedJob {
        entity: one.entity,
        joined: one.joined,
        started: one.joined,
        ended: one.joined.saturating_add(length.max(Span::TICK)),
        task: one.ticket.task(plan),
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// How long a job takes.
    #[inline]
    pub(super) fn length(&self, site: usize, drawn: &Drawn, p: &Passing, one: &Joining) -> Span {
        let (call, step) = (one.ticket.call(), one.ticket.step());
        if drawn.plain {
            let u = drawn.stream.uniform(one.draw, u32::from(call), 0);
            Span::from_ms_f64(drawn.service.quantile(u))
        } else {
            self.prepared_service(site, p, step as usize)
        }
    }

    /// The service time of a job with a setup, or under assistance.
    #[inline(never)]
    fn prepared_service(&self, site: usize, p: &Passing, s: usize) -> Span {
        let with = Service {
            step: &self.network.sites[site].plans[p.plan as usize].steps[s],
            streams: &self.draws.sites[site].steps[p.plan as usize][s],
            stop: self.stop_at(&p.cargo),
            draw: self.draws.key(p.cargo.entity),
            call: u32::from(p.kind.call()),
            attempt: 0,
            began: p.arrived,
        };
        let u = with
            .streams
            .service
            .uniform(with.draw, with.call, with.attempt);
        let (setup, exam) = self.service_drawn(&with, u);
        setup + exam
    }
}
