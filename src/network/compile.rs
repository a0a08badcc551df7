//! From a scenario to a network.
//!
//! Selectivity with overlap (semantics section 4): each agency puts a consignment in a channel by one uniform.
//! With probability `follow` that uniform is the consignment's own (the channel that all agencies share), else
//! the agency's. Two agencies then both say red with probability `f^2 r + (1 - f^2) r^2` (r: the red share), and
//! of the smaller examined set the share `(f^2 + (1 - f^2) r) s` is examined by both, s being the larger of the
//! two examined shares among the red. Solving for the stated overlap o gives `f^2 = (o/s - r) / (1 - r)`,
//! clipped to [0, 1]: sets independent of each other overlap by r s at least, nested ones by s at most.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::capacity::{self, Staffing, local_hours, on_duty};
use super::levels::{LevelCurve, ScopeId};
use super::order::Order;
use super::paths::{self, FlowRoutes};
use super::*;
use crate::random::{LawCompiler, LawSpec};
use crate::scenario::{self, Arrivals, Formation, Scenario, Servers, Study, Timetable};
use crate::time::MS_PER_DAY;

/// Why a scenario cannot be compiled. Loading reports these mistakes with line and column; they are met here
/// only by scenarios built in code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CompileError(pub String);

/// Routes that variants share with the base.
#[derive(Clone, Debug)]
pub struct BaseRoutes(Vec<FlowRoutes>);

impl Network {
    /// The routes of a study's base, for [`Network::compile`] of its variants.
    ///
    /// # Errors
    /// Where a flow has no route.
    pub fn base_routes(scenario: &Scenario) -> Result<BaseRoutes, CompileError> {
        let routes = scenario
            .flows
            .iter()
            .enumerate()
            .map(|(f, flow)| paths::compile(scenario, FlowId::from(f), flow));
        routes
            .collect::<Result<_, _>>()
            .map(BaseRoutes)
            .map_err(CompileError)
    }

    /// Compiles variant number `variant` of `study`, with `routes` of the base or, where `None`, its own.
    ///
    /// # Errors
    /// Where a flow has no route, a procedure too many steps, a desk no station, a zone no rules.
    pub fn compile(
        study: &Study,
        variant: usize,
        routes: Option<&BaseRoutes>,
    ) -> Result<Network, CompileError> {
        let scenario = &study.variants[variant].scenario;
        let own;
        let routes = match routes {
            Some(routes) => routes,
            None => {
                own = Self::base_routes(scenario)?;
                &own
            }
        };
        Compiler {
            study,
            scenario,
            scopes: BTreeMap::new(),
            laws: LawCompiler::new(),
        }
        .run(routes)
    }
}

struct Compiler<'a> {
    study: &'a Study,
    scenario: &'a Scenario,
    scopes: BTreeMap<Scope, ScopeId>,
    laws: LawCompiler,
}

fn slots(timetable: &Timetable) -> Slots {
    Slots {
        every_ms: timetable.every_ms,
        offset: timetable.offset,
        capacity: timetable.capacity,
    }
}

fn wrong(e: impl std::fmt::Display) -> CompileError {
    CompileError(e.to_string())
}

impl Compiler<'_> {
    fn run(mut self, base: &BaseRoutes) -> Result<Network, CompileError> {
        let experiment = &self.study.experiment;
        let horizon = Time::ZERO + experiment.horizon;
        let mut network = Network {
            warm_up: Time::ZERO + experiment.warm_up,
            horizon,
            drain_end: horizon + experiment.max_drain,
            agencies: self
                .scenario
                .agencies
                .iter()
                .map(|a| (a.name.clone(), a.kind))
                .collect(),
            sites: Vec::new(),
            links: Vec::new(),
            flows: Vec::new(),
            routes: Vec::new(),
            lines: Vec::new(),
            levels: Vec::new(),
            crossings: Vec::new(),
            channels: Vec::new(),
            data_delay: self.scenario.cooperation.data_delay.max(Span::TICK),
        };
        for site in 0..self.scenario.sites.len() {
            network
                .sites
                .push(self.site(SiteId::from(site), network.drain_end)?);
        }
        for link in &self.scenario.links {
            let minimum = link.minimum.max(Span::TICK);
            network.links.push(LinkNode {
                name: link.name.clone(),
                to: link.to,
                mode: link.mode,
                transit: self.laws.compile(&link.transit),
                minimum,
                timetable: link.timetable.as_ref().map(slots),
                channel: network.channels.len() as u32,
            });
            network.channels.push(ChannelNode {
                from: link.from,
                to: link.to,
                lookahead: minimum,
                name: format!("transit {}", link.name),
            });
            if link.timetable.is_some() {
                let id = LinkId::from(network.links.len() - 1);
                network.sites[link.from.index()].timetabled.push(id);
            }
        }
        for (f, flow) in self.scenario.flows.iter().enumerate() {
            self.flow(&mut network, FlowId::from(f), flow, &base.0[f])?;
        }
        self.lines(&mut network);
        self.sends(&mut network);
        for entry in &self.scenario.backlog {
            network.sites[entry.site.index()].backlog.push(BacklogNode {
                flow: entry.flow,
                consignments: entry.consignments,
            });
        }
        let mut scopes: Vec<_> = self.scopes.into_iter().collect();
        scopes.sort_by_key(|(_, id)| *id);
        network.levels = scopes
            .into_iter()
            .map(|(scope, _)| LevelCurve::compile(&self.scenario.cooperation, scope))
            .collect();
        Ok(network)
    }

    fn scope(&mut self, scope: Scope) -> ScopeId {
        let next = ScopeId(self.scopes.len() as u16);
        *self.scopes.entry(scope).or_insert(next)
    }

    /// Reforms of a site, by date.
    fn reforms(&self, site: SiteId) -> impl Iterator<Item = &scenario::Reform> {
        self.scenario
            .reforms
            .iter()
            .filter(move |r| r.sites.contains(&site))
    }

    fn site(&mut self, id: SiteId, until: Time) -> Result<SiteNode, CompileError> {
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

        let mut stations = Vec::new();
        for desk in &site.desks {
            let servers = match desk.servers {
                Servers::Unlimited => StationKind::Unlimited,
                Servers::Slots(timetable) => StationKind::Slots(slots(&timetable)),
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
                absorbed: None,
            });
        }
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
            cells: Vec::new(),
            flows: Vec::new(),
            lines: Vec::new(),
            timetabled: Vec::new(),
            backlog: Vec::new(),
        })
    }

    /// Pools the officers of merged agencies: from the reform on, the first agency's desk has the sum of both
    /// shifts and serves both queues.
    fn merge(&self, site: SiteId, stations: &mut [StationNode], until: Time) {
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

    fn plan(
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
            if step.unit == Unit::Consignment {
                per_consignment |= bit;
            }
            if step.kind.is_control() || step.kind == StepKind::Pay {
                release |= bit;
            }
            let selective =
                step.shares.green < 1.0 || step.shares.yellow < 1.0 || step.shares.red < 1.0;
            if step.kind == StepKind::Physical && selective {
                exams |= bit;
            }
            let mut law = |spec: &LawSpec| self.laws.compile(spec);
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
        })
    }

    fn flow(
        &mut self,
        network: &mut Network,
        id: FlowId,
        flow: &scenario::Flow,
        found: &FlowRoutes,
    ) -> Result<(), CompileError> {
        let site = &self.scenario.sites[flow.from.index()];
        let group = flow.group.max(1);
        let envelope = flow.envelope_per_day.max(flow.per_day);
        let constant = flow.per_day / envelope;
        let accept = match (&flow.hours, flow.arrivals) {
            (Some(hours), Arrivals::Poisson) => {
                let zone = TimeZone::get(&site.time_zone).map_err(wrong)?;
                local_hours(&zone, self.study.experiment.start, network.drain_end)
                    .map_err(wrong)?
                    .into_iter()
                    .map(|hour| (hours[hour as usize] * constant) as f32)
                    .collect()
            }
            _ => Vec::new(),
        };
        let rate = if flow.arrivals == Arrivals::Regular {
            flow.per_day
        } else {
            envelope
        };
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
            interval_ms: f64::from(group) * MS_PER_DAY as f64 / rate,
            interval: self.laws.compile(&LawSpec::Exponential {
                mean: f64::from(group) * MS_PER_DAY as f64 / rate,
            }),
            regular: flow.arrivals == Arrivals::Regular,
            group,
            accept,
            accept_always: if flow.arrivals == Arrivals::Regular {
                1.0
            } else {
                constant
            },
            trader: flow.trader,
            aeo_share: flow.aeo_share,
            commodities,
            containers: flow.containers,
            teu: flow.teu,
            routes: (first..network.routes.len() as u16).collect(),
            thresholds: found.thresholds.clone(),
            shares: found.shares.clone(),
        });
        network.sites[flow.from.index()].flows.push(id);
        Ok(())
    }

    fn route(
        &mut self,
        network: &mut Network,
        id: FlowId,
        flow: &scenario::Flow,
        path: &[LinkId],
    ) -> Route {
        let links = &self.scenario.links;
        let mut sites = vec![flow.from];
        sites.extend(path.iter().map(|l| links[l.index()].to));
        let country = |s: SiteId| self.scenario.sites[s.index()].country;
        let mut stops: Vec<Stop> = Vec::new();
        for (leg, &site) in sites.iter().enumerate() {
            let before = leg.checked_sub(1).map(|b| sites[b]);
            let after = sites.get(leg + 1).copied();
            let has = |role: Role| {
                self.scenario.sites[site.index()]
                    .procedures
                    .iter()
                    .any(|p| p.role == role)
            };
            let foreign =
                |other: Option<SiteId>| other.is_some_and(|o| country(o) != country(site));
            // Entry goes before exit: a site that is both clears what comes in.
            let role = if foreign(before) && (has(Role::Entry) || !foreign(after)) {
                Role::Entry
            } else if foreign(after) && (has(Role::Exit) || before.is_some()) {
                Role::Exit
            } else if before.is_none() {
                Role::Origin
            } else if after.is_none() {
                Role::Destination
            } else {
                Role::Transit
            };
            // A route's last site abroad without controls of its own is simply where it ends.
            let role = match role {
                Role::Entry if after.is_none() && !has(Role::Entry) => Role::Destination,
                role => role,
            };
            let (link_in, link) = (leg.checked_sub(1).map(|l| path[l]), path.get(leg).copied());
            let across = if role == Role::Exit || link_in.is_none() {
                link.or(link_in)
            } else {
                link_in
            };
            let mode = across.map_or(Mode::Road, |l| links[l.index()].mode);
            let plans = self.plans_of(network, site, role, mode, flow);
            stops.push(Stop {
                site,
                role,
                visit: sites[..leg].iter().filter(|s| **s == site).count() as u8,
                link,
                plans,
                forms: None,
                breaks: after.is_none(),
                enforcement: None,
                recognition: Vec::new(),
                aeo: None,
                sends: Vec::new(),
                expects: false,
                crossing: None,
            });
        }
        for leg in 0..stops.len() {
            let here = country(stops[leg].site);
            let abroad = match stops[leg].role {
                Role::Entry => leg.checked_sub(1).map(|b| country(sites[b])),
                Role::Exit => sites.get(leg + 1).map(|a| country(*a)),
                _ => None,
            };
            let scope = abroad.map_or(Scope::Within(here), |there| Scope::Between(there, here));
            stops[leg].enforcement = Some(self.scope(scope));
            if flow.trader != here {
                stops[leg].aeo = Some(self.scope(Scope::Between(flow.trader, here)));
            }
            stops[leg].recognition = self.recognition(network, &stops, leg);
        }
        for leg in 1..stops.len() {
            if stops[leg].role == Role::Entry && stops[leg - 1].role == Role::Exit {
                let (exit, entry) = (stops[leg - 1].site, stops[leg].site);
                let mode = links[path[leg - 1].index()].mode;
                let found = network
                    .crossings
                    .iter()
                    .position(|c| (c.exit, c.entry, c.mode) == (exit, entry, mode));
                let at = found.unwrap_or_else(|| {
                    network.crossings.push(Crossing {
                        exit,
                        entry,
                        mode,
                        directions: Vec::new(),
                    });
                    network.crossings.len() - 1
                });
                note_direction(&mut network.crossings[at].directions, flow);
                stops[leg - 1].crossing = Some(at as u16);
                stops[leg].crossing = Some(at as u16);
            }
        }
        Route { flow: id, stops }
    }

    /// Plans and cells of a visit: lanes first, the general procedure last.
    fn plans_of(
        &self,
        network: &mut Network,
        site: SiteId,
        role: Role,
        mode: Mode,
        flow: &scenario::Flow,
    ) -> Vec<(Option<CommodityId>, u16, u16)> {
        let mut uses: Vec<_> = self.scenario.sites[site.index()]
            .procedures
            .iter()
            .filter(|p| p.role == role)
            .collect();
        uses.sort_by_key(|p| p.commodity.is_none());
        let node = &mut network.sites[site.index()];
        let mut plans = Vec::new();
        for usage in uses {
            if usage.commodity.is_some_and(|c| {
                !flow
                    .commodities
                    .iter()
                    .any(|(f, share)| *f == c && *share > 0.0)
            }) {
                continue;
            }
            let plan = node
                .plans
                .iter()
                .position(|p| p.procedure == usage.procedure)
                .expect("the site's plans were compiled from the same list")
                as u16;
            let lane = usage.commodity;
            let found = node
                .cells
                .iter()
                .position(|c| (c.role, c.mode, c.lane, c.plan) == (role, mode, lane, plan));
            let cell = found.unwrap_or_else(|| {
                node.cells.push(Cell {
                    role,
                    mode,
                    lane,
                    directions: Vec::new(),
                    plan,
                });
                node.cells.len() - 1
            });
            note_direction(&mut node.cells[cell].directions, flow);
            plans.push((usage.commodity, plan, cell as u16));
        }
        plans
    }

    /// Which steps here may be skipped on a partner's control, and under which scope: an upstream step that
    /// shares a kind, at an earlier stop, or within the country by another agency earlier in the list.
    fn recognition(
        &mut self,
        network: &Network,
        stops: &[Stop],
        leg: usize,
    ) -> Vec<(u16, u8, ScopeId)> {
        let country = |stop: &Stop| self.scenario.sites[stop.site.index()].country;
        let procedure_of = |stop: &Stop, plan: u16| {
            let id = network.sites[stop.site.index()].plans[plan as usize].procedure;
            &self.scenario.procedures[id.index()]
        };
        let shares = |a: &scenario::Step, b: &scenario::Step| {
            a.recognisable.iter().any(|k| b.recognisable.contains(k))
        };
        let mut found: BTreeSet<(u16, u8, Scope)> = BTreeSet::new();
        for &(lane, plan, _) in &stops[leg].plans {
            let steps = &procedure_of(&stops[leg], plan).steps;
            let here = country(&stops[leg]);
            for (s, step) in steps
                .iter()
                .enumerate()
                .filter(|(_, s)| !s.recognisable.is_empty())
            {
                for upstream in &stops[..leg] {
                    let there = country(upstream);
                    let scope = if there == here {
                        Scope::Within(here)
                    } else {
                        Scope::Between(there, here)
                    };
                    if upstream.plan_for(lane).is_some_and(|(p, _)| {
                        procedure_of(upstream, p)
                            .steps
                            .iter()
                            .any(|other| shares(step, other))
                    }) {
                        found.insert((plan, s as u8, scope));
                    }
                }
                if steps[..s]
                    .iter()
                    .any(|other| other.agency != step.agency && shares(step, other))
                {
                    found.insert((plan, s as u8, Scope::Within(here)));
                }
            }
        }
        found
            .into_iter()
            .map(|(plan, step, scope)| (plan, step, self.scope(scope)))
            .collect()
    }

    /// Batch lines: one for each service and path from where its flows start to where its batches break.
    fn lines(&self, network: &mut Network) {
        let mut lines: BTreeMap<(ServiceId, SiteId, Vec<LinkId>), u16> = BTreeMap::new();
        for route in 0..network.routes.len() {
            let flow = &self.scenario.flows[network.routes[route].flow.index()];
            let Some(id) = flow.service else { continue };
            let service = &self.scenario.services[id.index()];
            let stops = &network.routes[route].stops;
            let end = stops.len() - 1;
            let break_leg = (1..end)
                .find(|leg| Some(stops[*leg].site) == service.break_at)
                .unwrap_or(end);
            let path: Vec<LinkId> = stops[..break_leg].iter().filter_map(|s| s.link).collect();
            if path.is_empty() {
                continue;
            }
            let site = stops[0].site;
            let line = *lines.entry((id, site, path.clone())).or_insert_with(|| {
                let names: Vec<&str> = path
                    .iter()
                    .map(|l| network.links[l.index()].name.as_str())
                    .collect();
                let (formation, capacity) = match &service.formation {
                    // A train formed by size may carry a tenth more, at least one, of those left behind.
                    Formation::Size(n) => (LineFormation::Size(*n), n + (n / 10).max(1)),
                    Formation::Timetable(t) => (LineFormation::Timetable(slots(t)), t.capacity),
                };
                network.lines.push(Line {
                    name: format!("{}:{}", service.name, names.join(">")),
                    site,
                    route: route as u16,
                    break_leg: break_leg as u8,
                    formation,
                    capacity,
                    on_hold: service.on_hold,
                    actor: Network::carrier(service.mode),
                });
                (network.lines.len() - 1) as u16
            });
            let node = &mut network.sites[site.index()];
            if !node.lines.contains(&line) {
                node.lines.push(line);
            }
            let stops = &mut network.routes[route].stops;
            stops[0].forms = Some(line);
            stops[break_leg].breaks = true;
        }
    }

    /// Data sent ahead (semantics section 6): over a border to its entry side, and within a country from one
    /// controlled stop to the next.
    fn sends(&mut self, network: &mut Network) {
        let mut channels: BTreeMap<(SiteId, SiteId), u32> = BTreeMap::new();
        for route in 0..network.routes.len() {
            let stops = &network.routes[route].stops;
            let mut sends: Vec<(usize, Sending)> = Vec::new();
            for leg in 1..stops.len() {
                if stops[leg].plans.is_empty() {
                    continue;
                }
                let country = |leg: usize| network.sites[stops[leg].site.index()].country;
                let (from, scope, at_release) = if country(leg) != country(leg - 1) {
                    let scope = Scope::Between(country(leg - 1), country(leg));
                    let mode = stops[leg - 1]
                        .link
                        .map_or(Mode::Road, |l| network.links[l.index()].mode);
                    let default = if mode == Mode::Road {
                        SentAt::ExitRelease
                    } else {
                        SentAt::OriginDeparture
                    };
                    match self
                        .scenario
                        .cooperation
                        .sent_at
                        .get(&mode)
                        .copied()
                        .unwrap_or(default)
                    {
                        SentAt::OriginDeparture => (0, scope, false),
                        SentAt::PreviousDeparture => (leg.saturating_sub(2), scope, false),
                        SentAt::ExitRelease => (leg - 1, scope, true),
                    }
                } else {
                    let last = (0..leg).rev().find(|l| !stops[*l].plans.is_empty());
                    match last {
                        Some(last) if country(last) == country(leg) => {
                            (last, Scope::Within(country(leg)), false)
                        }
                        _ => continue,
                    }
                };
                // Where nothing is released, the departure stands for the release.
                let releases = |&(_, plan, _): &(Option<CommodityId>, u16, u16)| {
                    network.sites[stops[from].site.index()].plans[plan as usize].release != 0
                };
                let at_release = at_release
                    && !stops[from].plans.is_empty()
                    && stops[from].plans.iter().all(releases);
                let pair = (stops[from].site, stops[leg].site);
                let next = network.channels.len() as u32;
                let channel = *channels.entry(pair).or_insert_with(|| {
                    network.channels.push(ChannelNode {
                        from: pair.0,
                        to: pair.1,
                        lookahead: network.data_delay,
                        name: format!(
                            "data {}>{}",
                            network.sites[pair.0.index()].name,
                            network.sites[pair.1.index()].name
                        ),
                    });
                    next
                });
                sends.push((
                    from,
                    Sending {
                        leg: leg as u8,
                        scope: self.scope(scope),
                        at_release,
                        channel,
                    },
                ));
            }
            for (from, sending) in sends {
                network.routes[route].stops[sending.leg as usize].expects = true;
                network.routes[route].stops[from].sends.push(sending);
            }
        }
    }
}

fn note_direction(directions: &mut Vec<String>, flow: &scenario::Flow) {
    if let Some(direction) = &flow.direction {
        if !directions.contains(direction) {
            directions.push(direction.clone());
        }
    }
}

/// `host` with `guest` added from `from` on.
fn pool(host: &[(Time, u32)], guest: &[(Time, u32)], from: Time, until: Time) -> Vec<(Time, u32)> {
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

/// An always-open calendar, for scenarios built in code.
pub fn always_open() -> scenario::Calendar {
    capacity::always()
}
