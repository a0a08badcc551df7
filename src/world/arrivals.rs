//! Demand: candidates, and the consignments that they become.

use super::{Cargo, Corridor, Event, FactKind, Form, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{capacity, routes};
use crate::terms::{EntityId, FlowId};
use crate::time::{Span, Time};

/// Ordinals of the opening backlog, apart from those of candidates and of batches formed in the run.
pub(super) const BACKLOG_ORDINALS: u64 = 1 << 40;

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
    pub(super) fn consignment(&self, now: Time, flow: u16, ordinal: u64) -> Cargo {
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

    pub(super) fn enter(&self, site: &mut SiteState<O>, now: Time, cargo: &Cargo) {
        site.cargo_fact(cargo, now, FactKind::Entered, u64::from(cargo.route));
        if cargo.is(Cargo::MEASURED) {
            site.awaited += 1;
            site.observer
                .journey_began(self.network.routes[cargo.route as usize].flow.0);
        }
    }
}
