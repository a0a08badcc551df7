//! A route compiled: roles, procedures and cells at its stops, partners in cooperation, batch lines, data sent
//! ahead.

use std::collections::{BTreeMap, BTreeSet};

use super::levels::ScopeId;
use super::*;
use crate::scenario::{self, Formation};

use super::compile::{Compiler, note_direction, slots};

impl Compiler<'_> {
    pub(super) fn route(
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
                yard: None,
                reserved: false,
                takes: Vec::new(),
                gives: Vec::new(),
                guarded: false,
                detour: None,
                remaining: Span::ZERO,
                impatient: false,
                entry: None,
                books: None,
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
            // A change of country without controls on either side is no border crossing.
            let controlled = !stops[leg].plans.is_empty() || !stops[leg - 1].plans.is_empty();
            if controlled && stops[leg].role == Role::Entry && stops[leg - 1].role == Role::Exit {
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
        Route {
            flow: id,
            stops,
            parts_at: 0,
            detours: 0,
        }
    }

    /// Plans and cells of a visit: lanes first, the general procedure last.
    pub(super) fn plans_of(
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
    pub(super) fn recognition(
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
    pub(super) fn lines(&self, network: &mut Network) {
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
                    &Formation::Size { size, within } => (
                        LineFormation::Size { size, within },
                        size + (size / 10).max(1),
                    ),
                    Formation::Timetable { timetable, least } => {
                        let slots = slots(timetable);
                        let least = *least;
                        (LineFormation::Timetable { slots, least }, slots.capacity)
                    }
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
    pub(super) fn sends(&mut self, network: &mut Network) {
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
                // Re-routing voids what was sent: on a detour it is sent anew from where that begins.
                let from = from.max(network.routes[route].parts_at as usize);
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
