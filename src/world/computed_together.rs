//! Visits that come to a site, and leave it, in one window: those that are alike are looked up once, and what is only
//! counted of them is counted together.

use super::computed_queue::{Joining, Ticket};
use super::computed_sweep::Sweep;
use super::computed_visit::{Kind, Passing};
use super::{Cargo, Corridor, Departure, Departures, FactKind, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::{Course, Way};
use crate::terms::{CommodityId, SiteId};
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
        for (at, cargo) in &mut *mates {
            world.mark_crossing(self.site, *at, stop, cargo);
        }
        let Some((plan, cell)) = stop.plan_for(Some(commodity)) else {
            for (at, cargo) in &*mates {
                let of = |kind| SiteState::<O>::of_cargo(cargo, *at, kind, 1);
                let (arrival, departure) = (of(FactKind::Arrived), of(FactKind::Departed));
                self.site.observer.passed(&arrival, &departure);
                self.goes_on(stop, *at, *cargo, out);
            }
            return;
        };
        self.site.observer.computed_arrivals(mates, cell);
        let (first, first_way) = (
            self.state.first_step[plan as usize],
            self.state.first_way[plan as usize],
        );
        let epochs = self.plans[plan as usize].orders.len();
        let (computed, recognised) = (self.computed, !stop.recognition.is_empty());
        for (at, cargo) in &*mates {
            let epoch = match epochs {
                1 => 0,
                _ => world.network.epoch(SiteId::from(self.site.site), *at) as u16,
            };
            let number = first_way + epoch;
            let way = &computed.ways[number as usize];
            let course = if recognised {
                Course::Other
            } else {
                way.course
            };
            let measured = cargo.is(Cargo::MEASURED);
            let visit = self.place(Passing {
                cargo: *cargo,
                arrived: *at,
                kind: Kind::new(number, cell, stop.visit, course, measured),
                first,
                plan,
                apart: false,
                examined_by: 0,
            });
            let one = Joining {
                joined: *at,
                entity: cargo.entity,
                draw: world.draws.key(cargo.entity),
                ticket: Ticket::new(visit, stop.visit, course, measured),
            };
            match course {
                Course::Fan => {
                    self.scratch.fans[number as usize].push(one);
                    self.scratch.over.push(visit);
                }
                Course::Line => {
                    let station = self.state.stations[first as usize];
                    self.scratch.queues[station as usize].push(one);
                }
                Course::Other => self.choose_and_begin(way, visit, epoch as u8, &stop.recognition),
            }
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
        let (hours, visits) = (&mut self.scratch.hours, &mut self.state.visits);
        let departures = &mut self.scratch.departures;
        departures.reserve(alike.len());
        hours.clear();
        if kind.course() == Course::Line {
            // Step by step: each has two cells for its hours.
            for (s, step) in drawn.iter().enumerate() {
                let (mut waited, mut took) = (Span::ZERO, Span::ZERO);
                for &visit in alike {
                    let here = visit as usize * steps + s;
                    let since = match s {
                        0 => visits.passing[visit as usize].arrived,
                        _ => visits.served[here - 1].ended,
                    };
                    let one = visits.served[here];
                    waited += one.started - since;
                    took += one.ended - one.started;
                }
                hours.add_to(step.waiting, waited);
                hours.add_to(step.serving, took);
            }
        }
        for &visit in alike {
            let p = &visits.passing[visit as usize];
            let base = visit as usize * steps;
            let served = &visits.served[base..base + drawn.len()];
            let mut departed = p.arrived;
            if kind.course() == Course::Fan {
                // Of steps that end together the last listed one is the trigger, as in `computed_stay`.
                let mut trigger = None;
                for (one, step) in served.iter().zip(drawn) {
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
                    hours.add_to(step.waiting, one.started - p.arrived);
                    hours.add_to(step.serving, one.ended - one.started);
                }
            } else if let Some(one) = served.last() {
                departed = one.ended;
            }
            let released = if of_release == all {
                departed
            } else {
                super::computed_stay::end_of(served, of_release, p.arrived)
            };
            departures.push(Departure {
                entity: p.cargo.entity,
                visit,
                arrived: p.arrived,
                released,
                departed,
            });
        }
        visits.free.extend(departures.iter().map(|one| one.visit));
        let departures = std::mem::take(departures);
        self.site.observer.computed_departures(&Departures {
            plan,
            cell: kind.cell(),
            call: kind.call(),
            measured: kind.measured(),
            releases: plan_node.release != 0,
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
            self.go_on_together(&cargo, mates, out);
            rest = after;
        }
        self.scratch.departures = departures;
        self.scratch.departures.clear();
    }

    /// Consignments leave the stop of one of them.
    fn go_on_together(
        &mut self,
        first: &Cargo,
        mates: &[Departure],
        out: &mut Outbox<'_, Corridor<'w, O>>,
    ) {
        let world = self.world;
        let stop = world.stop_at(first);
        let passing = &self.state.visits.passing;
        let cargo = |one: &Departure| &passing[one.visit as usize].cargo;
        for one in mates {
            world.end_crossing_at(stop, self.site, one.departed, cargo(one));
        }
        match stop.link {
            Some(link) if stop.sends.is_empty() => {
                let each = mates.iter().map(|one| (one.departed, cargo(one)));
                world.send_each(stop, link, each, out);
            }
            Some(link) => {
                for one in mates {
                    out.cause_at(one.departed);
                    world.send_alone_from(stop, one.departed, *cargo(one), link, out);
                }
            }
            None => {
                for one in mates {
                    out.cause_at(one.departed);
                    world.leave(self.site, one.departed, cargo(one), out);
                }
            }
        }
    }
}
