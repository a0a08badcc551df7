//! Demand: candidates, and the consignments that they become.

use super::{Cargo, Corridor, Event, FactKind, Form, Observer, SiteState};
use crate::engine::{Key, Outbox};
use crate::network::demand::{BACKLOG_ORDINALS, Recorded, Source, backlog_place};
use crate::network::{FlowNode, routes};
use crate::terms::{EntityId, FlowId};
use crate::time::{Span, Time};

impl<O: Observer> Corridor<'_, O> {
    /// The site where a consignment or batch of the opening backlog stood at the start; `None` for all others.
    pub(super) fn stood_at(&self, entity: EntityId) -> Option<usize> {
        let ordinal = entity.ordinal();
        if ordinal & BACKLOG_ORDINALS == 0 {
            return None;
        }
        let (site, mut place) = backlog_place(ordinal);
        if entity.is_batch() {
            return Some(site);
        }
        // An empty has the ordinal of the consignment that brought it: it stood there only if its own flow did.
        for entry in &self.network.sites[site].backlog {
            let consignments = u64::from(entry.consignments);
            if place < consignments {
                return (entry.flow.0 == entity.group()).then_some(site);
            }
            place -= consignments;
        }
        None
    }

    /// The first arrival of a flow, where the flow has a clock of its own.
    pub(super) fn first_arrival(&self, flow: FlowId) -> Option<(Key, Event)> {
        let at = match &self.network.flows[flow.index()].source {
            Source::Recorded(arrivals) => arrivals.first()?.at,
            _ => self.candidate_at(Time::ZERO, flow.0, 0)?,
        };
        Some(Event::candidate(flow.0, 0, at))
    }

    /// When candidate `ordinal` comes, where the one before it came at `before`.
    pub(super) fn candidate_at(&self, before: Time, flow: u16, ordinal: u64) -> Option<Time> {
        let node = &self.network.flows[flow as usize];
        let interval = match &node.source {
            Source::Poisson => self.interval(node, flow, ordinal),
            Source::Regular => {
                // Differences of rounded multiples, so that the spacing never drifts.
                let at = |k: u64| {
                    let ms = k as f64 * node.interval_ms;
                    Span::from_ms_f64(self.draws.incidents.arrival(flow, ms)).ms()
                };
                Span::from_ms(at(ordinal + 1) - at(ordinal))
            }
            Source::Timed(times) => return times.get(ordinal as usize).copied(),
            Source::Recorded(_) | Source::After(_) => return None,
        };
        Some(before + interval.max(Span::TICK))
    }

    /// How long after the one before candidate `ordinal` of a Poisson flow comes, before it is rounded up to a tick.
    #[inline]
    pub(super) fn interval(&self, node: &FlowNode, flow: u16, ordinal: u64) -> Span {
        let stream = self.draws.flows[flow as usize].interarrival;
        Span::from_ms_f64(node.interval.quantile_of(stream.bits(ordinal, 0, 0)))
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
        if let Source::Recorded(arrivals) = &node.source {
            site.alone = false;
            self.recorded(site, now, (flow, arrivals), ordinal as usize, out);
            return;
        }
        if let Some(at) = self.candidate_at(now, flow, ordinal + 1) {
            let (key, event) = Event::candidate(flow, ordinal + 1, at);
            out.schedule(key, event);
        }
        if !self.is_kept(node, flow, ordinal, now) {
            return;
        }
        if let Some(burst) = &node.burst {
            site.alone = false;
            self.burst(site, now, (flow, burst), ordinal, out);
            return;
        }
        site.alone &= node.group == 1;
        for member in 0..u64::from(node.group) {
            let cargo = self.consignment(now, flow, ordinal * u64::from(node.group) + member);
            self.enter_and_arrive(site, now, cargo, out);
        }
    }

    /// True where a candidate becomes a consignment.
    pub(super) fn is_kept(&self, node: &FlowNode, flow: u16, ordinal: u64, now: Time) -> bool {
        let accept = node.rates.at(now) * self.draws.incidents.demand(node, flow, now);
        let draw = self.draws.flows[flow as usize].thinning;
        accept >= 1.0 || draw.uniform(ordinal, 0, 0) < accept
    }

    /// The recorded arrivals of this instant, the first of which is number `next`.
    fn recorded(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        (flow, arrivals): (u16, &[Recorded]),
        next: usize,
        out: &mut Outbox<'_, Self>,
    ) {
        let together = arrivals[next..].iter().take_while(|a| a.at == now);
        let mut after = next;
        for arrival in together {
            after += 1;
            for member in 0..u64::from(arrival.consignments) {
                let mut cargo = self.consignment(now, flow, arrival.first + member);
                if let Some(commodity) = arrival.commodity {
                    cargo.commodity = commodity.0;
                }
                self.enter_and_arrive(site, now, cargo, out);
            }
        }
        if let Some(later) = arrivals.get(after) {
            let (key, event) = Event::candidate(flow, after as u64, later.at);
            out.schedule(key, event);
        }
    }

    /// A consignment enters the corridor at its first site.
    pub(super) fn enter_and_arrive(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        cargo: Cargo,
        out: &mut Outbox<'_, Self>,
    ) {
        self.enter(site, now, &cargo);
        self.arrive(site, now, cargo, out);
    }

    /// What the consignments of a flow are, but for their ids, the instant at which they come and whether they are
    /// measured, where no draw makes them differ.
    pub(super) fn alike(&self, flow: u16) -> Option<Cargo> {
        let node = &self.network.flows[flow as usize];
        match (&node.routes[..], &node.commodities[..]) {
            (&[route], [] | [_]) if node.aeo_share <= 0.0 => Some(Cargo {
                entity: EntityId::consignment(flow, 0),
                born: Time::ZERO,
                crossing: Time::ZERO,
                route,
                commodity: node.commodities.first().map_or(0, |(_, c)| c.0),
                leg: 0,
                flags: 0,
                form: Form::Lone,
            }),
            _ => None,
        }
    }

    /// The flag of those that come when there is measured.
    #[inline]
    pub(super) fn measured_at(&self, now: Time) -> u8 {
        let measured = self.network.warm_up <= now && now <= self.network.horizon;
        if measured { Cargo::MEASURED } else { 0 }
    }

    /// A consignment of a flow: what it is follows from its keyed draws.
    pub(super) fn consignment(&self, now: Time, flow: u16, ordinal: u64) -> Cargo {
        let node = &self.network.flows[flow as usize];
        let entity = EntityId::consignment(flow, ordinal);
        let draws = &self.draws.flows[flow as usize];
        let draw = self.draws.key(entity);
        let mut flags = self.measured_at(now);
        if node.aeo_share > 0.0 && draws.aeo.uniform(draw, 0, 0) < node.aeo_share {
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

    pub(super) fn enter(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        site.cargo_fact(cargo, now, FactKind::Entered, u64::from(cargo.route));
        if cargo.is(Cargo::MEASURED) {
            site.awaited += 1;
            site.observer
                .journey_began(self.network.routes[cargo.route as usize].flow.0);
        }
    }
}
