//! A site compiled: its stations with their duty rosters, its procedures with their regimes.
//!
//! Selectivity with overlap (semantics section 4): each agency puts a consignment in a channel by one uniform.
//! With probability `follow` that uniform is the consignment's own (the channel that all agencies share), else
//! the agency's. Two agencies then both say red with probability `f^2 r + (1 - f^2) r^2` (r: the red share), and
//! of the smaller examined set the share `(f^2 + (1 - f^2) r) s` is examined by both, s being the larger of the
//! two examined shares among the red. Solving for the stated overlap o gives `f^2 = (o/s - r) / (1 - r)`,
//! clipped to [0, 1]: sets independent of each other overlap by r s at least, nested ones by s at most.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::capacity::{Staffing, on_duty};
use super::order::Order;
use super::*;
use crate::random::{LawSpec, OneFactor};
use crate::scenario::Servers;

use super::compile::{CompileError, Compiler, slots, wrong};

impl Compiler<'_> {
    pub(super) fn site(&mut self, id: SiteId, until: Time) -> Result<SiteNode, CompileError> {
        let site = &self.scenario.sites[id.index()];
        let zone = TimeZone::get(&site.time_zone).map_err(wrong)?;
        let mut epochs: Vec<Time> = vec![Time::ZERO];
        epochs.extend(
            self.reforms(id)
                .filter(|r| r.regime.is_some() || !r.merge.is_empty())
                .map(|r| r.from),
        );
        epochs.sort();
        epochs.dedup();

        let (mut stations, mut fleets) = (Vec::new(), Vec::new());
        for desk in &site.desks {
            let mut installed: Vec<(Time, u32)> = Vec::new();
            let servers = match desk.servers {
                Servers::Unlimited => StationKind::Unlimited,
                Servers::Slots(timetable) => StationKind::Slots(slots(&timetable)),
                Servers::Vehicles(vehicle) => {
                    fleets.push(self.fleet(vehicle, stations.len()));
                    StationKind::Vehicles((fleets.len() - 1) as FleetIndex)
                }
                Servers::Count(servers) => {
                    let mut calendar = &self.scenario.calendars[desk.calendar.index()];
                    let mut now = servers;
                    let mut staffing = vec![Staffing {
                        from: Time::ZERO,
                        servers,
                        calendar,
                    }];
                    for reform in self.reforms(id) {
                        let about = |agency: AgencyId, name: &Option<String>| {
                            agency == desk.agency && name.as_ref().is_none_or(|n| *n == desk.name)
                        };
                        let staffed = reform.staffing.iter().find(|(a, d, _)| about(*a, d));
                        let opened = reform.hours.iter().find(|(a, d, _)| about(*a, d));
                        if staffed.is_some() || opened.is_some() {
                            now = staffed.map_or(now, |(_, _, n)| *n);
                            calendar = opened
                                .map_or(calendar, |(_, _, c)| &self.scenario.calendars[c.index()]);
                            staffing.push(Staffing {
                                from: reform.from,
                                servers: now,
                                calendar,
                            });
                        }
                    }
                    installed = staffing.iter().map(|s| (s.from, s.servers)).collect();
                    let duty = on_duty(&staffing, &zone, self.study.experiment.start, until)
                        .map_err(wrong)?;
                    StationKind::Staffed(duty)
                }
            };
            stations.push(StationNode {
                agency: desk.agency,
                desk: desk.name.clone(),
                servers,
                discipline: desk.discipline,
                classes: Classes::compile(&desk.work.priority, &self.scenario.commodities),
                interruptions: Interruptions::compile(&desk.work, installed, |spec| {
                    self.laws.compile(spec)
                }),
                absorbed: None,
            });
        }
        let unpooled = if self.reforms(id).all(|r| r.merge.is_empty()) {
            Vec::new()
        } else {
            stations.iter().map(|s| s.duty().to_vec()).collect()
        };
        self.merge(id, &mut stations, until);

        let mut plans = Vec::new();
        let mut used: BTreeMap<ProcedureId, u16> = BTreeMap::new();
        for usage in &site.procedures {
            if let std::collections::btree_map::Entry::Vacant(entry) = used.entry(usage.procedure) {
                entry.insert(plans.len() as u16);
                plans.push(self.plan(id, usage.procedure, &epochs)?);
            }
        }
        Ok(SiteNode {
            name: site.name.clone(),
            country: site.country,
            stations,
            plans,
            epochs,
            unpooled,
            cells: Vec::new(),
            flows: Vec::new(),
            lines: Vec::new(),
            timetabled: Vec::new(),
            fee: site.fee,
            fleets,
            pools: Vec::new(),
            gate: None,
            entry: None,
            cycles: false,
            notices: Vec::new(),
            backlog: Vec::new(),
        })
    }

    /// Pools the officers of merged agencies: from the reform on, the first agency's desk has the sum of both
    /// shifts and serves both queues.
    pub(super) fn merge(&self, site: SiteId, stations: &mut [StationNode], until: Time) {
        for reform in self.reforms(site) {
            let Some((&first, others)) = reform.merge.split_first() else {
                continue;
            };
            for &other in others {
                for s in 0..stations.len() {
                    if stations[s].agency != other || stations[s].absorbed.is_some() {
                        continue;
                    }
                    let host = stations
                        .iter()
                        .position(|h| h.agency == first && h.desk == stations[s].desk);
                    let Some(host) = host else { continue };
                    if let (StationKind::Staffed(mine), StationKind::Staffed(theirs)) =
                        (&stations[s].servers, &stations[host].servers)
                    {
                        let pooled = pool(theirs, mine, reform.from, until);
                        let mut kept: Vec<_> = mine
                            .iter()
                            .copied()
                            .filter(|(at, _)| *at < reform.from)
                            .collect();
                        kept.push((reform.from, 0));
                        stations[host].servers = StationKind::Staffed(pooled);
                        stations[s].servers = StationKind::Staffed(kept);
                        stations[s].absorbed = Some((reform.from, host as StationIndex));
                    }
                }
            }
        }
    }

    pub(super) fn plan(
        &mut self,
        site: SiteId,
        id: ProcedureId,
        epochs: &[Time],
    ) -> Result<Plan, CompileError> {
        let place = &self.scenario.sites[site.index()];
        let procedure = &self.scenario.procedures[id.index()];
        if procedure.steps.len() > MAX_STEPS {
            return Err(CompileError(format!(
                "procedure `{}` has {} steps; at most {MAX_STEPS} are possible",
                procedure.name,
                procedure.steps.len()
            )));
        }
        let mut steps = Vec::new();
        let (mut per_consignment, mut release, mut exams) = (0, 0, 0);
        let (mut audits, mut outside, mut troubled) = (0, 0, 0);
        let mut troubles = Vec::new();
        for (s, step) in procedure.steps.iter().enumerate() {
            let station = place
                .desks
                .iter()
                .position(|d| d.agency == step.agency && d.name == step.desk)
                .ok_or_else(|| {
                    CompileError(format!(
                        "site `{}` has no desk `{}` for step `{}`",
                        place.name, step.desk, step.name
                    ))
                })?;
            let bit = 1u64 << s;
            let audit = step.papers.post_release;
            if audit {
                audits |= bit;
            } else if step.unit == Unit::Consignment {
                per_consignment |= bit;
            }
            let kind = self.scenario.agencies[step.agency.index()].kind;
            // An enquiry or a laboratory is an authority's wait: nothing is released before it ends.
            let inquires = step.kind == StepKind::WaitFor && kind == ActorKind::Authority;
            if (step.kind.is_control() || step.kind == StepKind::Pay || inquires) && !audit {
                release |= bit;
            }
            if step.papers.outside_yard {
                outside |= bit;
            }
            let selective =
                step.shares.green < 1.0 || step.shares.yellow < 1.0 || step.shares.red < 1.0;
            if step.kind == StepKind::Physical && selective {
                exams |= bit;
            }
            let mut law = |spec: &LawSpec| self.laws.compile(spec);
            if let Some(trouble) = Trouble::compile(s, &step.papers, &mut law) {
                troubled |= bit;
                troubles.push(trouble);
            }
            steps.push(PlanStep {
                name: step.name.clone(),
                agency: step.agency,
                actor: match step.kind {
                    StepKind::Declaration | StepKind::Prepare | StepKind::Pay => ActorKind::Trader,
                    _ => self.scenario.agencies[step.agency.index()].kind,
                },
                kind: step.kind,
                station: station as StationIndex,
                service: law(&step.service),
                setup: step.setup.as_ref().map(&mut law),
                assisted_service: step.assisted_service.as_ref().map(&mut law),
                shares: step.shares,
                assisted_share: step.assisted_share,
                unit: step.unit,
                pre_arrival: step.pre_arrival,
                needs_cargo: step.kind.needs_cargo(),
                audit_share: step.audit_share,
                apart: step.apart,
                deferred_for_aeo: step.deferred_for_aeo,
                hand_over: step.hand_over,
                fee: step.fee,
                prevalence_detection: step.prevalence_detection.map(|(p, d)| p * d),
                takes: pools_of(&step.takes, |t| self.token_pool(t)),
                outside_yard: step.papers.outside_yard,
                correlated: !step.papers.uncorrelated,
            });
        }
        let red = procedure.channels.red;
        let largest = procedure
            .steps
            .iter()
            .filter(|s| s.kind == StepKind::Physical)
            .map(|s| s.shares.red)
            .fold(0.0, f64::max);
        let squared = if red >= 1.0 || largest <= 0.0 {
            1.0
        } else {
            (procedure.overlap / largest - red) / (1.0 - red)
        };
        let orders = epochs
            .iter()
            .map(|&from| {
                let reformed = self
                    .reforms(site)
                    .filter(|r| r.from <= from)
                    .filter_map(|r| r.regime)
                    .last();
                let regime = reformed.or(procedure.regime).unwrap_or(place.regime);
                let merged = |agency: AgencyId| {
                    let mut agency = agency;
                    for reform in self.reforms(site).filter(|r| r.from <= from) {
                        if reform.merge.contains(&agency) {
                            agency = reform.merge[0];
                        }
                    }
                    agency
                };
                Order::compile(procedure, regime, merged)
            })
            .collect();
        Ok(Plan {
            procedure: id,
            steps,
            orders,
            yellow: procedure.channels.yellow,
            red,
            aeo_factor: procedure.aeo_factor,
            follow: squared.clamp(0.0, 1.0).sqrt(),
            officers_held: procedure.officers_held,
            per_consignment,
            release,
            exams,
            held: self.held(procedure),
            blue: procedure.channels.blue,
            audits,
            outside,
            troubled,
            troubles,
            copula: OneFactor::new(procedure.correlation),
        })
    }
}

/// The pools of a step's tokens, in the pools' order.
fn pools_of(tokens: &[TokenId], pool: impl Fn(TokenId) -> PoolIndex) -> Vec<PoolIndex> {
    let mut pools: Vec<PoolIndex> = tokens.iter().map(|t| pool(*t)).collect();
    pools.sort();
    pools
}

/// `host` with `guest` added from `from` on.
pub fn pool(
    host: &[(Time, u32)],
    guest: &[(Time, u32)],
    from: Time,
    until: Time,
) -> Vec<(Time, u32)> {
    let at = |duty: &[(Time, u32)], now: Time| {
        duty.iter()
            .rev()
            .find(|(t, _)| *t <= now)
            .map_or(0, |(_, n)| *n)
    };
    let mut instants: Vec<Time> = host
        .iter()
        .chain(guest)
        .map(|(t, _)| *t)
        .chain([from])
        .collect();
    instants.retain(|t| *t <= until);
    instants.sort();
    instants.dedup();
    let mut pooled: Vec<(Time, u32)> = Vec::new();
    for now in instants {
        let servers = at(host, now) + if now >= from { at(guest, now) } else { 0 };
        if pooled.last().is_none_or(|(_, last)| *last != servers) {
            pooled.push((now, servers));
        }
    }
    pooled
}
