//! Visits that come to a site, and leave it, in one window: those that are alike are looked up once, and what is only
//! counted of them is counted together.

use super::computed::{ComputedSite, Scratch};
use super::computed_queue::{Joining, Ticket};
use super::computed_stay::end_of;
use super::computed_sweep::Sweep;
use super::computed_visit::{Kind, Passing};
use super::{Cargo, Corridor, Departure, Departures, Observer, Release};
use crate::engine::Outbox;
use crate::network::{Course, Stop, Way};
use crate::terms::{CommodityId, Role, SiteId};
use crate::time::{Span, Time};

impl<'w, O: Observer> Sweep<'_, 'w, O> {
    /// Consignments arrive in this window: their steps are chosen, and those that wait for nothing join their queues.
    /// Leaves the list empty.
    pub(super) fn arrive(
        &mut self,
        arrived: &mut Vec<(Time, Cargo)>,
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let alike = |(_, a): &(Time, Cargo), (_, b): &(Time, Cargo)| {
            a.at_one_stop(b) && a.commodity == b.commodity
        };
        for mates in arrived.chunk_by_mut(alike) {
            self.arrive_together(mates, out);
        }
        arrived.clear();
    }

    /// As [`Sweep::arrive`], of one commodity at one stop.
    fn arrive_together(
        &mut self,
        mates: &mut [(Time, Cargo)],
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let world = self.world;
        let Some((_, first)) = mates.first() else {
            return;
        };
        let (stop, commodity) = (world.stop_at(first), CommodityId(first.commodity));
        if stop.role == Role::Exit {
            for (at, cargo) in &mut *mates {
                world.mark_crossing(self.site, *at, stop, cargo);
            }
        }
        let Some((plan, cell)) = stop.plan_for(Some(commodity)) else {
            self.site.observer.passed(mates);
            let each = mates.iter().map(|(at, cargo)| (*at, cargo));
            world.move_on(self.site, stop, each, out);
            return;
        };
        self.site.observer.computed_arrivals(mates, cell);
        let orders = self.plans[plan as usize].orders.len();
        if orders == 1 {
            self.come(mates, stop, plan, cell, 0);
            return;
        }
        let here = SiteId::from(self.site.site);
        let epoch = |at: Time| world.network.epoch(here, at);
        for mates in mates.chunk_by(|(a, _), (b, _)| epoch(*a) == epoch(*b)) {
            if let Some((at, _)) = mates.first() {
                self.come(mates, stop, plan, cell, epoch(*at));
            }
        }
    }

    /// As [`Sweep::arrive`], of one commodity at one stop in one epoch.
    fn come(&mut self, mates: &[(Time, Cargo)], stop: &Stop, plan: u16, cell: u16, epoch: usize) {
        let (computed, Some((_, one))) = (self.computed, mates.first()) else {
            return;
        };
        let (keys, steps) = (self.world.draws.keys(one.entity), computed.steps);
        let first = self.state.first_step[plan as usize];
        let number = self.state.first_way[plan as usize] + epoch as u16;
        let way = &computed.ways[number as usize];
        let course = if stop.recognition.is_empty() {
            way.course
        } else {
            Course::Other
        };
        // By value: what they share stays in registers.
        let (kind, call) = (Kind::new(number, cell, stop.visit, course), stop.visit);
        let passing = move |at: Time, cargo: &Cargo| Passing {
            cargo: *cargo,
            arrived: at,
            kind: kind.of(cargo.is(Cargo::MEASURED)),
            first,
            plan,
            apart: false,
            examined_by: 0,
        };
        if course == Course::Other {
            for (at, cargo) in mates {
                let visits = &mut self.state.visits;
                let visit = visits.place(passing(*at, cargo), steps);
                self.choose_and_begin(way, visit, epoch as u8, &stop.recognition);
            }
            return;
        }
        let Scratch {
            fans, queues, over, ..
        } = &mut *self.scratch;
        let ComputedSite {
            visits, stations, ..
        } = &mut *self.state;
        let join = if course == Course::Fan {
            &mut fans[number as usize]
        } else {
            &mut queues[stations[first as usize] as usize]
        };
        let before = join.len();
        join.extend(mates.iter().map(move |(at, cargo)| {
            let visit = visits.place(passing(*at, cargo), steps);
            let measured = cargo.is(Cargo::MEASURED);
            Joining {
                joined: *at,
                entity: cargo.entity,
                draw: keys.of(cargo.entity),
                ticket: Ticket::new(visit, call, course, measured),
            }
        }));
        if course == Course::Fan {
            over.extend(join[before..].iter().map(|one| one.ticket.visit()));
        }
    }

    /// Visits all of whose steps' ends are known: so are their departures.
    pub(super) fn depart(&mut self, over: &[u32], out: &mut Outbox<'_, Corridor<'w, O>>) {
        let (computed, mut rest) = (self.computed, over);
        while let Some(&first) = rest.first() {
            let passing = &self.state.visits.passing;
            let kind = passing[first as usize].kind;
            let others = rest
                .iter()
                .position(|visit| passing[*visit as usize].kind != kind);
            let (alike, after) = rest.split_at(others.unwrap_or(rest.len()));
            let way = &computed.ways[kind.way() as usize];
            if O::TOGETHER && !way.charges && kind.course() != Course::Other {
                self.depart_together(way, kind, alike, out);
            } else {
                for &visit in alike {
                    self.departs(visit, out);
                }
            }
            rest = after;
        }
    }

    /// As [`Sweep::depart`], of one kind: on a fan or a line, without fees of steps.
    fn depart_together(
        &mut self,
        way: &Way,
        kind: Kind,
        alike: &[u32],
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let Some(&first) = alike.first() else { return };
        let (steps, last) = (self.computed.steps, self.last);
        let Passing { plan, first, .. } = self.state.visits.passing[first as usize];
        let drawn = &self.state.drawn[first as usize..first as usize + way.before.len()];
        let plan_node = &self.plans[plan as usize];
        // All that take place.
        let all = way.whole.unwrap_or(0);
        let of_release = plan_node.release & all;
        let release = match plan_node.release {
            0 => Release::Never,
            _ if of_release == all => Release::Departing,
            _ => Release::Before,
        };
        let hours = &mut self.scratch.hours;
        let departures = &mut self.scratch.departures;
        hours.clear();
        // By value: what all have in common stays in registers.
        let (passing, served) = (
            &self.state.visits.passing[..],
            &self.state.visits.served[..],
        );
        let departure = move |visit: u32, departed: Time| {
            let p = &passing[visit as usize];
            Departure {
                entity: p.cargo.entity,
                visit,
                arrived: p.arrived,
                released: departed,
                departed,
            }
        };
        if kind.course() == Course::Line {
            match drawn.len().checked_sub(1) {
                Some(last) => departures.extend(alike.iter().map(move |&visit| {
                    departure(visit, served[visit as usize * steps + last].ended)
                })),
                None => {
                    let arrived = |visit: u32| passing[visit as usize].arrived;
                    departures.extend(alike.iter().map(|&visit| departure(visit, arrived(visit))));
                }
            }
            // Hours are differences of instants, so their sums are differences of the instants' sums.
            let arrivals = departures.iter().map(|one| one.arrived.ms());
            let mut since = arrivals.fold(0, u64::wrapping_add);
            for (s, step) in drawn.iter().enumerate() {
                let (mut started, mut ended) = (0u64, 0u64);
                for &visit in alike {
                    let one = served[visit as usize * steps + s];
                    started = started.wrapping_add(one.started.ms());
                    ended = ended.wrapping_add(one.ended.ms());
                }
                hours.add_to(step.waiting, Span::from_ms(started.wrapping_sub(since)));
                hours.add_to(step.serving, Span::from_ms(ended.wrapping_sub(started)));
                since = ended;
            }
        } else {
            departures.reserve(alike.len());
            for &visit in alike {
                let arrived = passing[visit as usize].arrived;
                let base = visit as usize * steps;
                // Of steps that end together the last listed one is the trigger, as in `computed_stay`.
                let (mut departed, mut trigger) = (arrived, None);
                for (one, step) in served[base..base + drawn.len()].iter().zip(drawn) {
                    if one.ended >= departed {
                        departed = one.ended;
                        trigger = Some((one, step));
                    }
                }
                if departed > last {
                    // It stays to the end of the run.
                    continue;
                }
                if let Some((one, step)) = trigger {
                    hours.add_to(step.waiting, one.started - arrived);
                    hours.add_to(step.serving, one.ended - one.started);
                }
                departures.push(departure(visit, departed));
            }
        }
        if release == Release::Before {
            for one in departures.iter_mut() {
                let base = one.visit as usize * steps;
                let of_one = &served[base..base + drawn.len()];
                one.released = end_of(of_one, of_release, one.arrived);
            }
        }
        let over = departures.iter().map(|one| one.visit);
        self.state.visits.free.extend(over);
        let departures = std::mem::take(departures);
        self.site.observer.computed_departures(&Departures {
            plan,
            cell: kind.cell(),
            call: kind.call(),
            measured: kind.measured(),
            release,
            fees: plan_node.fee,
            each: &departures,
            hours: &self.scratch.hours,
        });
        let mut rest = &departures[..];
        while let Some(one) = rest.first() {
            let passing = &self.state.visits.passing;
            let cargo = passing[one.visit as usize].cargo;
            let elsewhere =
                |one: &Departure| !passing[one.visit as usize].cargo.at_one_stop(&cargo);
            let others = rest.iter().position(elsewhere).unwrap_or(rest.len());
            let (mates, after) = rest.split_at(others);
            let each = mates.iter().map(|one| {
                let cargo = &passing[one.visit as usize].cargo;
                (one.departed, cargo)
            });
            let world = self.world;
            world.move_on(self.site, world.stop_at(&cargo), each, out);
            rest = after;
        }
        self.scratch.departures = departures;
        self.scratch.departures.clear();
    }
}
