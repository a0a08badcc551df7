//! Where journeys begin, go on and end at a site whose ends of service are computed at arrival: many consignments at once.

use super::computed_sweep::Sweep;
use super::{Cargo, Corridor, Observer, SiteState};
use crate::engine::Outbox;
use crate::network::Stop;
use crate::network::demand::Source;
use crate::terms::{EntityId, Role};
use crate::time::{Span, Time};

impl<O: Observer> Sweep<'_, '_, O> {
    /// The consignments that enter the corridor here before the end: they arrive as others do.
    pub(super) fn enter(&mut self, arrived: &mut Vec<(Time, Cargo)>) {
        let world = self.world;
        for candidate in &mut self.state.candidates {
            let (flow, mut at, mut ordinal) = *candidate;
            let node = &world.network.flows[flow.index()];
            let keeps_all = node.rates.keep_all() && world.draws.incidents.keeps_demand(flow.0);
            let (poisson, alike) = (matches!(node.source, Source::Poisson), world.alike(flow.0));
            let (first, from, group) = (arrived.len(), ordinal, u64::from(node.group));
            while at < self.end {
                if keeps_all || world.is_kept(node, flow.0, ordinal, at) {
                    for ordinal in ordinal * group..(ordinal + 1) * group {
                        let cargo = match &alike {
                            Some(alike) => Cargo {
                                entity: EntityId::consignment(flow.0, ordinal),
                                born: at,
                                crossing: at,
                                flags: world.measured_at(at),
                                ..*alike
                            },
                            None => world.consignment(at, flow.0, ordinal),
                        };
                        arrived.push((at, cargo));
                    }
                }
                ordinal += 1;
                at = if poisson {
                    at + world.interval(node, flow.0, ordinal).max(Span::TICK)
                } else {
                    let next = world.candidate_at(at, flow.0, ordinal);
                    next.unwrap_or(Time::MAX)
                };
            }
            *candidate = (flow, at, ordinal);
            self.events += ordinal - from;
            let entered = &arrived[first..];
            let measured = entered.iter().filter(|(_, c)| c.is(Cargo::MEASURED));
            self.site.awaited += measured.count() as i64;
            self.site.observer.entered(flow.0, entered);
        }
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// Consignments leave one stop, each at its instant.
    #[inline]
    pub(super) fn move_on<'c>(
        &self,
        site: &mut SiteState<O>,
        stop: &Stop,
        each: impl Iterator<Item = (Time, &'c Cargo)> + Clone,
        out: &mut Outbox<'_, Self>,
    ) {
        if stop.role == Role::Entry {
            for (now, cargo) in each.clone() {
                self.end_crossing_at(stop, site, now, cargo);
            }
        }
        match stop.link {
            Some(link) if stop.sends.is_empty() => self.send_each(stop, link, each, out),
            Some(link) => {
                for (now, cargo) in each {
                    out.cause_at(now);
                    self.send_alone_from(stop, now, *cargo, link, out);
                }
            }
            None => self.leave_each(site, each, out),
        }
    }

    /// As [`Corridor::leave`], of several on one route, each at its instant.
    fn leave_each<'c>(
        &self,
        site: &mut SiteState<O>,
        each: impl Iterator<Item = (Time, &'c Cargo)> + Clone,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some((_, first)) = each.clone().next() else {
            return;
        };
        let flow = self.network.routes[first.route as usize].flow;
        for &empty in &self.network.flows[flow.index()].empties {
            for (now, cargo) in each.clone() {
                out.cause_at(now);
                self.turn_round(now, cargo, empty, out);
            }
        }
        let measured = each.clone().filter(|(_, c)| c.is(Cargo::MEASURED));
        site.awaited -= measured.count() as i64;
        site.observer.left(flow.0, each);
    }
}
