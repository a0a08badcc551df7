//! Demand: candidates, the consignments that they become, the opening backlog.

use super::{Cargo, Corridor, Event, FactKind, Form, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{LineFormation, capacity, routes};
use crate::terms::{EntityId, FlowId, Role};
use crate::time::{Span, Time};

/// Ordinals of the opening backlog, apart from those of candidates and of batches formed in the run.
const BACKLOG_ORDINALS: u64 = 1 << 40;

/// The site where a consignment or batch of the opening backlog stood at the start; `None` for all others.
pub(super) fn stood_at(entity: EntityId) -> Option<usize> {
    let ordinal = entity.ordinal();
    (ordinal & BACKLOG_ORDINALS != 0).then_some((ordinal >> 24 & 0xffff) as usize)
}

impl<O: Observer> Corridor<'_, O> {
    pub(super) fn first_candidate(&self, flow: FlowId) -> Time {
        Time::ZERO + self.interval(flow.0, 0)
    }

    /// The time between candidate `ordinal` and the one before.
    fn interval(&self, flow: u16, ordinal: u64) -> Span {
        let node = &self.network.flows[flow as usize];
        if node.regular {
            // Differences of rounded multiples, so that the spacing never drifts.
            let at = |k: u64| Span::from_ms_f64(k as f64 * node.interval_ms).ms();
            return Span::from_ms(at(ordinal + 1) - at(ordinal)).max(Span::TICK);
        }
        let u = self.draws.flows[flow as usize]
            .interarrival
            .uniform(ordinal, 0, 0);
        Span::from_ms_f64(node.interval.quantile(u)).max(Span::TICK)
    }

    /// A candidate: kept with the probability of the rate at this instant over the envelope (thinning; Lewis and
    /// Shedler 1979).
    pub(super) fn candidate(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        flow: u16,
        ordinal: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let node = &self.network.flows[flow as usize];
        let next = ordinal + 1;
        let at = now + self.interval(flow, next);
        let key = Key::new(at, Phase::Happenings, events::CANDIDATE, 0, u64::from(flow));
        out.schedule(
            key,
            Event::Candidate {
                flow,
                ordinal: next,
            },
        );
        let quarter = (now.ms() / capacity::QUARTER.ms()) as usize;
        let accept = node
            .accept
            .get(quarter)
            .map_or(node.accept_always, |a| f64::from(*a));
        if accept < 1.0
            && self.draws.flows[flow as usize]
                .thinning
                .uniform(ordinal, 0, 0)
                >= accept
        {
            return;
        }
        for member in 0..u64::from(node.group) {
            let cargo = self.consignment(now, flow, ordinal * u64::from(node.group) + member);
            self.enter(site, now, &cargo);
            self.arrive(site, now, cargo, out);
        }
    }

    /// A consignment of a flow: what it is follows from its keyed draws.
    fn consignment(&self, now: Time, flow: u16, ordinal: u64) -> Cargo {
        let node = &self.network.flows[flow as usize];
        let entity = EntityId::consignment(flow, ordinal);
        let draws = &self.draws.flows[flow as usize];
        let draw = self.draws.key(entity);
        let mut flags = 0;
        if self.network.warm_up <= now && now <= self.network.horizon {
            flags |= Cargo::MEASURED;
        }
        if draws.aeo.uniform(draw, 0, 0) < node.aeo_share {
            flags |= Cargo::AEO;
        }
        let route = if node.routes.len() == 1 {
            node.routes[0]
        } else {
            node.routes[routes::choose(&node.thresholds, draws.route.bits(draw, 0, 0))]
        };
        let u = if node.commodities.len() > 1 {
            draws.commodity.uniform(draw, 0, 0)
        } else {
            0.0
        };
        let commodity = node
            .commodities
            .iter()
            .find(|(below, _)| u < *below)
            .or(node.commodities.last());
        Cargo {
            entity,
            born: now,
            crossing: now,
            route,
            commodity: commodity.map_or(0, |(_, c)| c.0),
            leg: 0,
            flags,
            form: Form::Lone,
        }
    }

    fn enter(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        site.cargo_fact(cargo, now, FactKind::Entered, u64::from(cargo.route));
        if cargo.is(Cargo::MEASURED) {
            site.awaited += 1;
            site.observer
                .journey_began(self.network.routes[cargo.route as usize].flow.0);
        }
    }

    /// The opening backlog: consignments that are at the site at the start, on trains where their flow has a
    /// service.
    pub(super) fn backlog(&self, site: &mut SiteState<O>, now: Time, out: &mut Outbox<'_, Self>) {
        let network = self.network;
        let here = site.site;
        let mut ordinal = BACKLOG_ORDINALS | (here as u64) << 24;
        let mut batches = ordinal;
        for entry in &network.sites[here].backlog {
            let leg_of = |route: u16| {
                network.routes[route as usize]
                    .stops
                    .iter()
                    .position(|s| s.site.index() == here)
            };
            let mut waiting: Vec<Cargo> = Vec::new();
            for _ in 0..entry.consignments {
                let mut cargo = self.consignment(now, entry.flow.0, ordinal);
                ordinal += 1;
                let passing = network.flows[entry.flow.index()]
                    .routes
                    .iter()
                    .copied()
                    .find(|r| leg_of(*r).is_some());
                let Some(route) = leg_of(cargo.route).map(|_| cargo.route).or(passing) else {
                    continue;
                };
                cargo.route = route;
                cargo.leg = leg_of(route).unwrap_or(0) as u8;
                self.enter(site, now, &cargo);
                let stop = &network.routes[cargo.route as usize].stops[cargo.leg as usize];
                if let (Role::Entry, Some(crossing), true) =
                    (stop.role, stop.crossing, cargo.is(Cargo::MEASURED))
                {
                    // It crossed the exit side before the start; its crossing is timed from the start.
                    site.observer.crossing_began(crossing, 1);
                }
                waiting.push(cargo);
            }
            for cargo in &waiting {
                // Where the flow's trains pass, it stands on one.
                let stops = &network.routes[cargo.route as usize].stops;
                let line = stops[0]
                    .forms
                    .filter(|l| cargo.leg > 0 && cargo.leg < network.lines[*l as usize].break_leg);
                if line.is_none() {
                    self.arrive(site, now, *cargo, out);
                }
            }
            for (l, line) in network.lines.iter().enumerate() {
                let on_it = |c: &&Cargo| {
                    c.leg > 0
                        && c.leg < line.break_leg
                        && network.routes[c.route as usize].stops[0].forms == Some(l as u16)
                };
                let members: Vec<Cargo> = waiting.iter().filter(on_it).copied().collect();
                let size = match line.formation {
                    LineFormation::Size(n) => n as usize,
                    LineFormation::Timetable(_) => line.capacity as usize,
                };
                for members in members.chunks(size.max(1)) {
                    let header =
                        self.header(EntityId::batch(l as u16, batches), members, members[0].leg);
                    batches += 1;
                    self.batch_arrives(site, now, header, out);
                    for cargo in members {
                        self.member_arrives(site, now, *cargo, out);
                    }
                }
            }
        }
    }
}
