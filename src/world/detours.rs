//! Other ways: turning away from a queue on arrival, taking another route on departure, and the news of queues.
//!
//! A router compares the expected time on its own route and on the detour: mean transit and service, plus the queues
//! of the last reports received, plus what is left of closures (which everybody knows). Only consignments that travel
//! alone take another route, on arrival at what is an exit side on either, or on departure from anywhere else: who has
//! been cleared for a border crosses it, and nobody crosses one without being cleared.

use super::{Cargo, Corridor, Event, FactKind, Form, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{NewsNode, StationKind, Stop};
use crate::terms::{CommodityId, EntityId, Outcome, Role, SiteId};
use crate::time::{Span, Time};

/// What a driver does on arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// It comes in.
    Stays,
    /// It leaves the corridor.
    Leaves(Outcome),
}

impl<O: Observer> Corridor<'_, O> {
    /// On arrival at an exit side, a driver may turn away to another border, or give up where there is none. At a
    /// one-stop post on the other side of the line that is decided where its queue is; there is no way back from there.
    pub(super) fn turn_away(&self, site: &mut SiteState<O>, now: Time, cargo: &mut Cargo) -> Turn {
        if let Some((_, outcome)) = self.deadline(cargo).filter(|(at, _)| *at <= now) {
            return Turn::Leaves(outcome);
        }
        let stop = self.stop_at(cargo);
        let beyond = stop.does_exit_controls_beyond();
        if stop.role != Role::Exit && !beyond {
            if self.chooses_on_arrival(cargo) {
                self.choose_way(site, now, cargo);
            }
            return Turn::Stays;
        }
        let flow = self.network.routes[cargo.route as usize].flow;
        let drivers = &self.network.flows[flow.index()].drivers;
        if let Some((above, share)) = drivers.balks
            && let Some((plan, _)) = stop.plan_for(Some(CommodityId(cargo.commodity)))
        {
            let queue = site.vehicles[plan as usize];
            let draw = self.draws.key(cargo.entity);
            if queue > above && self.draws.flows[flow.index()].balking.uniform(draw, 0, 0) < share {
                site.cargo_fact(cargo, now, FactKind::Balked, u64::from(queue));
                let Some(detour) = stop.detour.filter(|_| !beyond) else {
                    return Turn::Leaves(Outcome::TurnedAway);
                };
                self.reroute(site, now, cargo, detour);
                return Turn::Stays;
            }
        }
        if !beyond {
            self.choose_way(site, now, cargo);
        }
        Turn::Stays
    }

    fn reroute(&self, site: &mut SiteState<O>, now: Time, cargo: &mut Cargo, detour: u16) {
        cargo.route = detour;
        site.cargo_fact(cargo, now, FactKind::Rerouted, u64::from(detour));
    }

    /// True where another way from the cargo's stop is chosen on arrival there, not on departure: at an exit side, and
    /// where the other way makes the stop another one, such as an exit side, or one where a place is taken.
    fn chooses_on_arrival(&self, cargo: &Cargo) -> bool {
        let stop = self.stop_at(cargo);
        stop.detour.is_some_and(|detour| {
            let other = &self.network.routes[detour as usize].stops[cargo.leg as usize];
            stop.role == Role::Exit
                || (stop.role, stop.yard, stop.entry) != (other.role, other.yard, other.entry)
        })
    }

    /// As [`Self::choose_way`], for cargo that departs.
    pub(super) fn choose_way_on(&self, site: &mut SiteState<O>, now: Time, cargo: &mut Cargo) {
        if !self.chooses_on_arrival(cargo) {
            self.choose_way(site, now, cargo);
        }
    }

    /// Takes the detour from the cargo's stop where it is expected to save enough.
    pub(super) fn choose_way(&self, site: &mut SiteState<O>, now: Time, cargo: &mut Cargo) {
        let stop = self.stop_at(cargo);
        let Some(detour) = stop.detour else { return };
        let flow = self.network.routes[cargo.route as usize].flow;
        let Some(rerouting) = self.network.flows[flow.index()].drivers.reroutes else {
            return;
        };
        let expected = |route: u16| {
            let stops = &self.network.routes[route as usize].stops[cargo.leg as usize..];
            let mut time = stops[0].remaining;
            if rerouting.closures {
                time += self.closed_for(stops, now);
            }
            if let Some(news) = rerouting.news {
                for later in &stops[1..] {
                    let plan = later.plan_for(Some(CommodityId(cargo.commodity)));
                    let heard = plan.and_then(|(plan, _)| site.news.get(&(news, later.site, plan)));
                    time += heard.copied().unwrap_or(Span::ZERO);
                }
            }
            time
        };
        if expected(cargo.route) > expected(detour) + rerouting.gain {
            self.reroute(site, now, cargo, detour);
        }
    }

    /// How much longer the links and sites ahead are closed, as everybody knows.
    fn closed_for(&self, stops: &[Stop], now: Time) -> Span {
        let links = stops.iter().filter_map(|stop| stop.link);
        links
            .filter_map(|link| self.departure_open_at(link, now))
            .fold(Span::ZERO, |sum, at| sum.saturating_add(at.since(now)))
    }

    /// A site reports its queues to where routes are chosen anew.
    pub(super) fn report_queues(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        news: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.news[news as usize];
        let here = SiteId::from(site.site);
        let found = node.reports.binary_search_by_key(&here, |(from, _)| *from);
        let Ok(found) = found else { return };
        for plan in 0..self.network.sites[site.site].plans.len() as u16 {
            let delay = self.expected_delay(site, plan);
            let header = Cargo {
                entity: EntityId(u64::from(news) << 16 | u64::from(plan)),
                born: Time::ZERO + delay,
                crossing: Time::from_ms(site.site as u64),
                route: plan,
                commodity: news,
                leg: 0,
                flags: 0,
                form: Form::Report,
            };
            site.cargo_fact(&header, now, FactKind::Reported, delay.ms());
            for &(to, _) in &node.reports[found].1 {
                self.notify(site, now + node.age, to, header, out);
            }
        }
        let (key, event) = Event::report(news, now + node.every);
        out.schedule(key, event);
    }

    /// What a vehicle that comes now may expect to wait: the longest of the queues of its procedure's stations, each
    /// at the mean service time of its steps and all its servers, with those who wait outside.
    fn expected_delay(&self, site: &SiteState<O>, plan: u16) -> Span {
        let node = &self.network.sites[site.site];
        let outside = node.gate.as_ref().map_or(0, |gate| {
            site.outside(self.network.pools[gate.pool as usize].place)
        });
        let plan = &node.plans[plan as usize];
        let mut longest = 0.0_f64;
        for (s, step) in plan.steps.iter().enumerate() {
            let station = site.serving(step.station);
            let servers = match &node.stations[station as usize].servers {
                StationKind::Staffed(duty) => duty.iter().map(|(_, n)| *n).max().unwrap_or(0),
                StationKind::Unlimited | StationKind::Slots(_) | StationKind::Vehicles(_) => 0,
            };
            if servers == 0 || plan.steps[..s].iter().any(|p| p.station == step.station) {
                continue;
            }
            // Of the steps at one station the longest counts.
            let mean = plan
                .steps
                .iter()
                .filter(|p| p.station == step.station)
                .map(|p| p.service.mean() + p.setup.as_ref().map_or(0.0, |l| l.mean()))
                .fold(0.0, f64::max);
            let level = site.stations[station as usize].level();
            let jobs = level.waiting + level.busy + level.blocked + outside;
            longest = longest.max(f64::from(jobs) * mean / f64::from(servers));
        }
        Span::from_ms_f64(longest)
    }

    /// A report comes.
    pub(super) fn report_arrives(&self, site: &mut SiteState<O>, message: &Cargo) {
        let from = SiteId(message.crossing.ms() as u32);
        let about = (message.commodity, from, message.route);
        site.news.insert(about, message.born.since(Time::ZERO));
    }
}

impl Event {
    /// The next report of a news service.
    pub(super) fn report(news: u16, at: Time) -> (Key, Event) {
        (
            Key::new(at, Phase::Happenings, events::REPORT, 0, u64::from(news)),
            Event::Report { news },
        )
    }
}

/// The first reports of a site.
pub(super) fn first_reports(news: &[NewsNode], site: usize) -> Vec<(Key, Event)> {
    let here = crate::terms::SiteId::from(site);
    let reports = |node: &NewsNode| node.reports.binary_search_by_key(&here, |r| r.0).is_ok();
    news.iter()
        .enumerate()
        .filter(|(_, node)| reports(node))
        .map(|(n, node)| Event::report(n as u16, Time::ZERO + node.every))
        .collect()
}
