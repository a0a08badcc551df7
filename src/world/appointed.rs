//! Consignments that enter at a time set before: those that follow the first of a burst, and empties that start where
//! another flow's journeys end.

use super::{Cargo, Corridor, Event, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::demand::{Burst, Source, at_least_a_tick};
use crate::terms::{EntityId, FlowId};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// Burst `ordinal` of a flow comes.
    pub(super) fn burst(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        (flow, burst): (u16, &Burst),
        ordinal: u64,
        out: &mut Outbox<'_, Self>,
    ) {
        let first = ordinal * Burst::STRIDE;
        let at_once = match burst.spacing {
            Some(_) => 1,
            None => self.burst_size(flow, burst, ordinal),
        };
        for member in 0..at_once {
            let cargo = self.consignment(now, flow, first + member);
            self.enter_and_arrive(site, now, cargo, out);
        }
        self.appoint_next(now, EntityId::consignment(flow, first), out);
    }

    fn burst_size(&self, flow: u16, burst: &Burst, ordinal: u64) -> u64 {
        let stream = self.draws.flows[flow as usize].burst;
        burst.size(stream.uniform(ordinal, 0, 0))
    }

    /// The next of a burst whose consignments follow one another, if there is one after `entity`.
    fn appoint_next(&self, now: Time, entity: EntityId, out: &mut Outbox<'_, Self>) {
        let flow = entity.group();
        let Some(burst) = &self.network.flows[flow as usize].burst else {
            return;
        };
        let Some(spacing) = &burst.spacing else {
            return;
        };
        let next = entity.ordinal() + 1;
        let (ordinal, member) = (next / Burst::STRIDE, next % Burst::STRIDE);
        // Past the last ordinal of the burst the member is 0: the burst was as large as bursts may be.
        if member == 0 || member >= self.burst_size(flow, burst, ordinal) {
            return;
        }
        let stream = self.draws.flows[flow as usize].burst;
        let u = stream.uniform(ordinal, 1, member as u32);
        let (key, event) = Event::enters(
            EntityId::consignment(flow, next),
            now + at_least_a_tick(spacing, u),
        );
        out.schedule(key, event);
    }

    /// A consignment enters at its appointed time.
    pub(super) fn enters(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        entity: EntityId,
        out: &mut Outbox<'_, Self>,
    ) {
        let cargo = self.consignment(now, entity.group(), entity.ordinal());
        self.enter_and_arrive(site, now, cargo, out);
        self.appoint_next(now, entity, out);
    }

    /// The vehicle of a consignment that has reached its destination starts again, or not. The empty has the
    /// consignment's ordinal, so that raising the share only adds empties.
    pub(super) fn turn_round(
        &self,
        now: Time,
        cargo: &Cargo,
        empty: FlowId,
        out: &mut Outbox<'_, Self>,
    ) {
        let Source::After(back_haul) = &self.network.flows[empty.index()].source else {
            return;
        };
        let entity = EntityId::consignment(empty.0, cargo.entity.ordinal());
        let (stream, draw) = (
            self.draws.flows[empty.index()].back_haul,
            self.draws.key(entity),
        );
        if stream.uniform(draw, 0, 0) < back_haul.share {
            let delay = at_least_a_tick(&back_haul.delay, stream.uniform(draw, 1, 0));
            let (key, event) = Event::enters(entity, now + delay);
            out.schedule(key, event);
        }
    }
}
