//! A site compiled: its stations with their duty rosters, its procedures with their regimes.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::capacity::{Staffing, on_duty};
use super::order::Order;
use super::*;
use crate::random::{LawSpec, OneFactor};
use crate::scenario::{self, Desk, Servers, desks_at, one_stop_of};

use super::compile::{CompileError, Compiler, slots, wrong};

impl Compiler<'_> {
    pub(super) fn site(&mut self, id: SiteId, until: Time) -> Result<SiteNode, CompileError> {
        let scenario = self.scenario;
        let site = &scenario.sites[id.index()];
        let mut homes = vec![id];
        for way in self.hosted(id) {
            homes.extend([way.exit, way.entry]);
        }
        homes.sort();
        homes.dedup();
        let mut epochs: Vec<Time> = vec![Time::ZERO];
        epochs.extend(
            homes
                .iter()
                .flat_map(|home| self.reforms(*home))
                .filter(|r| r.regime.is_some() || !r.merge.is_empty())
                .map(|r| r.from),
        );
        epochs.sort();
        epochs.dedup();

        let (mut stations, mut fleets) = (Vec::new(), Vec::new());
        let ways = self.one_stops.clone();
        for (home, desk) in desks_at(&scenario.sites, &scenario.procedures, &ways, id) {
            let desk = &scenario.sites[home.index()].desks[desk];
            let at = stations.len();
            stations.push(self.station(home, desk, until, (at, &mut fleets))?);
        }
        let pools = ways
            .iter()
            .any(|way| way.host == id && !scenario.posts[way.post].pool.is_empty());
        let merges = |home: &SiteId| self.reforms(*home).any(|r| !r.merge.is_empty());
        let unpooled = if pools || homes.iter().any(merges) {
            stations.iter().map(|s| s.duty().to_vec()).collect()
        } else {
            Vec::new()
        };
        for home in homes {
            self.merge(home, &mut stations, until);
        }
        self.pool_agencies(id, &mut stations, until);

        let mut plans = Vec::new();
        let mut used: BTreeMap<ProcedureId, u16> = BTreeMap::new();
        for usage in &site.procedures {
            // What a one-stop post takes to the other side is not done here any more.
            let way = one_stop_of(&self.one_stops, id, usage.role);
            if way.is_some_and(|way| way.host != id) {
                continue;
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = used.entry(usage.procedure) {
                entry.insert(plans.len() as u16);
                plans.push(self.plan(id, usage.procedure, &epochs, &stations)?);
            }
        }
        self.one_stop_plans(id, &epochs, &stations, &mut plans)?;
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
            fleets,
            pools: Vec::new(),
            gate: None,
            notices: Vec::new(),
            entry: None,
            cycles: false,
            backlog: Vec::new(),
            // Decided when routes, lines and shocks are known.
            computed: Err(super::EventDriven::Demand),
        })
    }

    /// A desk of `home` with its roster: its home's clock, calendars and reforms, wherever it stands.
    fn station(
        &mut self,
        home: SiteId,
        desk: &Desk,
        until: Time,
        (at, fleets): (usize, &mut Vec<FleetNode>),
    ) -> Result<StationNode, CompileError> {
        let mut installed: Vec<(Time, u32)> = Vec::new();
        let servers = match desk.servers {
            Servers::Unlimited => StationKind::Unlimited,
            Servers::Slots(timetable) => StationKind::Slots(slots(&timetable)),
            Servers::Vehicles(vehicle) => {
                fleets.push(self.fleet(vehicle, at));
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
                for reform in self.reforms(home) {
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
                let zone = &self.scenario.sites[home.index()].time_zone;
                let zone = TimeZone::get(zone).map_err(wrong)?;
                let start = self.study.experiment.start;
                StationKind::Staffed(on_duty(&staffing, &zone, start, until).map_err(wrong)?)
            }
        };
        Ok(StationNode {
            agency: desk.agency,
            desk: desk.name.clone(),
            home,
            servers,
            discipline: desk.discipline,
            classes: Classes::compile(&desk.work.priority, &self.scenario.commodities),
            interruptions: Interruptions::compile(&desk.work, installed, |spec| {
                self.laws.compile(spec)
            }),
            absorbed: None,
        })
    }

    /// Pools the officers of merged agencies: from the reform on, the first agency's desk has the sum of both
    /// shifts and serves both queues. Desks of `site` alone are meant, wherever they stand.
    pub(super) fn merge(&self, site: SiteId, stations: &mut [StationNode], until: Time) {
        for reform in self.reforms(site) {
            let Some((&first, others)) = reform.merge.split_first() else {
                continue;
            };
            for &other in others {
                for s in 0..stations.len() {
                    let mine = stations[s].home == site && stations[s].agency == other;
                    if !mine || stations[s].absorbed.is_some() {
                        continue;
                    }
                    let host = stations.iter().position(|h| {
                        h.home == site && h.agency == first && h.desk == stations[s].desk
                    });
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

    /// The agency that `agency` of `site` has been merged into by `from`: itself where not.
    pub(super) fn merged(&self, site: SiteId, agency: AgencyId, from: Time) -> AgencyId {
        let mut agency = agency;
        for reform in self.reforms(site).filter(|r| r.from <= from) {
            if reform.merge.contains(&agency) {
                agency = reform.merge[0];
            }
        }
        agency
    }

    pub(super) fn plan(
        &mut self,
        site: SiteId,
        id: ProcedureId,
        epochs: &[Time],
        stations: &[StationNode],
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
        let mut troubles = Vec::new();
        let steps = self.steps(site, id, (0, 0), stations, &mut troubles)?;
        let orders = epochs
            .iter()
            .map(|&from| {
                let reformed = self
                    .reforms(site)
                    .filter(|r| r.from <= from)
                    .filter_map(|r| r.regime)
                    .last();
                let regime = reformed.or(procedure.regime).unwrap_or(place.regime);
                Order::compile(procedure, regime, |agency| self.merged(site, agency, from))
            })
            .collect();
        Ok(Plan {
            procedure: id,
            orders,
            risk: Risk::of(procedure),
            officers_held: procedure.officers_held,
            fee: place.fee,
            copula: OneFactor::new(procedure.correlation),
            held: self.held(procedure),
            ..Plan::of(steps, troubles)
        })
    }

    /// The steps of procedure `id` of the site `home`, at the stations where they are done: a part of a plan that has
    /// `first` steps before them. What may go wrong with their documents is added to `troubles`.
    pub(super) fn steps(
        &mut self,
        home: SiteId,
        id: ProcedureId,
        (part, first): (u8, usize),
        stations: &[StationNode],
        troubles: &mut Vec<Trouble>,
    ) -> Result<Vec<PlanStep>, CompileError> {
        let place = &self.scenario.sites[home.index()];
        let procedure: &scenario::Procedure = &self.scenario.procedures[id.index()];
        let mut steps = Vec::new();
        for (s, step) in procedure.steps.iter().enumerate() {
            let station = stations
                .iter()
                .position(|d| d.home == home && d.agency == step.agency && d.desk == step.desk)
                .ok_or_else(|| {
                    CompileError(format!(
                        "site `{}` has no desk `{}` for step `{}`",
                        place.name, step.desk, step.name
                    ))
                })?;
            let mut law = |spec: &LawSpec| self.laws.compile(spec);
            troubles.extend(Trouble::compile(first + s, &step.papers, &mut law));
            steps.push(PlanStep {
                name: step.name.clone(),
                home,
                procedure: id,
                listed: s as u8,
                part,
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
                post_release: step.papers.post_release,
                correlated: !step.papers.uncorrelated,
            });
        }
        Ok(steps)
    }
}

impl Plan {
    /// A plan of these steps, with what follows from them alone.
    pub(super) fn of(steps: Vec<PlanStep>, troubles: Vec<Trouble>) -> Self {
        let (mut per_consignment, mut release, mut exams) = (0, 0, 0);
        let (mut audits, mut outside) = (0, 0);
        for (s, step) in steps.iter().enumerate() {
            let bit = 1u64 << s;
            let audit = step.post_release;
            if audit {
                audits |= bit;
            } else if step.unit == Unit::Consignment {
                per_consignment |= bit;
            }
            // An enquiry or a laboratory is an authority's wait: nothing is released before it ends.
            let inquires = step.kind == StepKind::WaitFor && step.actor == ActorKind::Authority;
            if (step.kind.is_control() || step.kind == StepKind::Pay || inquires) && !audit {
                release |= bit;
            }
            if step.outside_yard {
                outside |= bit;
            }
            let selective =
                step.shares.green < 1.0 || step.shares.yellow < 1.0 || step.shares.red < 1.0;
            if step.kind == StepKind::Physical && selective {
                exams |= bit;
            }
        }
        Plan {
            procedure: ProcedureId(0),
            steps,
            orders: Vec::new(),
            risk: Risk::default(),
            officers_held: OfficersHeld::Longest,
            per_consignment,
            release,
            exams,
            audits,
            outside,
            troubled: troubles.iter().fold(0, |mask, t| mask | 1 << t.step),
            troubles,
            held: Vec::new(),
            copula: None,
            fee: 0.0,
            one_stop: None,
        }
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
