//! From a flow of the scenario to one of the network: candidates, rates, bursts, recorded times, empties.

use jiff::tz::TimeZone;

use super::compile::{CompileError, Compiler, wrong};
use super::demand::{BACKLOG_ORDINALS, BackHaul, Burst, Recorded, Source};
use super::paths::FlowRoutes;
use super::rates::{LocalSlots, Rates, local_slots, regular_times};
use super::{FlowNode, Network};
use crate::random::LawSpec;
use crate::scenario::{self, Arrivals, DemandSource};
use crate::terms::FlowId;
use crate::time::{MS_PER_DAY, Time};

impl Compiler<'_> {
    pub(super) fn flow(
        &mut self,
        network: &mut Network,
        id: FlowId,
        flow: &scenario::Flow,
        found: &FlowRoutes,
    ) -> Result<(), CompileError> {
        let group = flow.group.max(1);
        let until = network.drain_end;
        let pattern = &flow.pattern;
        let burst = pattern.burst.as_ref().map(|burst| {
            let spacing = burst.spacing.as_ref().map(|law| self.laws.compile(law));
            Burst::new(self.laws.compile(&burst.size), spacing)
        });
        let brings = burst.as_ref().map_or(f64::from(group), |burst| burst.mean);
        let envelope = flow
            .envelope_per_day
            .max(flow.peak_per_day(until.since(Time::ZERO)));
        let regular = flow.arrivals == Arrivals::Regular;
        let (source, rates) = match &pattern.source {
            DemandSource::Recorded(arrivals) => {
                let arrivals = arrivals.iter().map(|a| Recorded {
                    at: Time::ZERO + a.at,
                    first: a.first,
                    consignments: a.consignments,
                    commodity: a.commodity,
                });
                (Source::Recorded(arrivals.collect()), Rates::all())
            }
            DemandSource::After(after) => {
                let back_haul = BackHaul {
                    share: after.share,
                    delay: self.laws.compile(&after.delay),
                };
                (Source::After(back_haul), Rates::all())
            }
            DemandSource::Volume => {
                let slots = self.slots(flow, until)?;
                if !regular {
                    (Source::Poisson, Rates::new(flow, envelope, slots))
                } else if slots.is_some() || pattern.growth != 0.0 {
                    let times =
                        regular_times(flow, brings, slots.as_ref(), until).map_err(CompileError)?;
                    (Source::Timed(times), Rates::all())
                } else {
                    (Source::Regular, Rates::all())
                }
            }
        };
        let rate = match &source {
            Source::Poisson => envelope,
            Source::Regular | Source::Timed(_) => flow.per_day,
            // Never asked for.
            Source::Recorded(_) | Source::After(_) => 1.0,
        };
        let interval_ms = brings * MS_PER_DAY as f64 / rate;
        if burst.is_some() && until.ms() as f64 / interval_ms > MOST_BURSTS {
            return Err(CompileError(format!(
                "flow `{}` has too many bursts to number their consignments; state fewer, or a shorter horizon",
                flow.name
            )));
        }
        let mut below = 0.0;
        let commodities = flow
            .commodities
            .iter()
            .map(|&(commodity, share)| {
                below += share;
                (below, commodity)
            })
            .collect();
        let first = network.routes.len() as u16;
        for path in &found.paths {
            let route = self.route(network, id, flow, path);
            network.routes.push(route);
        }
        network.flows.push(FlowNode {
            name: flow.name.clone(),
            from: flow.from,
            interval_ms,
            interval: self
                .laws
                .compile(&LawSpec::Exponential { mean: interval_ms }),
            source,
            group,
            burst,
            rates,
            empties: Vec::new(),
            trader: flow.trader,
            aeo_share: flow.aeo_share,
            commodities,
            containers: flow.containers,
            teu: flow.teu,
            routes: (first..network.routes.len() as u16).collect(),
            thresholds: found.thresholds.clone(),
            shares: found.shares.clone(),
            drivers: self.drivers(flow),
        });
        network.sites[flow.from.index()].flows.push(id);
        self.detours(network, id, flow)
    }

    /// The local times of the flow's first site, where its rate varies over them.
    fn slots(
        &mut self,
        flow: &scenario::Flow,
        until: Time,
    ) -> Result<Option<LocalSlots>, CompileError> {
        if !Rates::vary(flow) {
            return Ok(None);
        }
        let name = &self.scenario.sites[flow.from.index()].time_zone;
        if let Some(known) = self.local.get(name) {
            return Ok(Some(known.clone()));
        }
        let zone = TimeZone::get(name).map_err(wrong)?;
        let slots = local_slots(&zone, self.study.experiment.start, until).map_err(wrong)?;
        self.local.insert(name.clone(), slots.clone());
        Ok(Some(slots))
    }

    /// Tells each flow which flows' vehicles start again where its journeys end.
    pub(super) fn empties(&self, network: &mut Network) {
        for (at, flow) in self.scenario.flows.iter().enumerate() {
            if let DemandSource::After(after) = &flow.pattern.source {
                let empties = &mut network.flows[after.flow.index()].empties;
                empties.push(FlowId::from(at));
            }
        }
    }
}

/// Most bursts within a run: the opening backlog's ordinals begin after theirs.
const MOST_BURSTS: f64 = (BACKLOG_ORDINALS / Burst::STRIDE / 2) as f64;
