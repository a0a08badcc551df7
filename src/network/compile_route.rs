//! A route compiled: roles, procedures and cells at its stops, partners in cooperation, batch lines, data sent
//! ahead.

use std::collections::{BTreeMap, BTreeSet};

use super::levels::{LevelCurve, ScopeId};
use super::*;
use crate::scenario::{self, Formation, OneStop};
use crate::terms::Mechanism;

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
        let mut modes: Vec<Mode> = Vec::new();
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
            modes.push(mode);
            stops.push(Stop {
                site,
                role,
                visit: sites[..leg].iter().filter(|s| **s == site).count() as u8,
                link,
                plans: Vec::new(),
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
                one_stop: None,
            });
        }
        let mut united: Vec<(usize, OneStop)> = Vec::new();
        for leg in 0..stops.len() {
            let way = stops
                .get(leg + 1)
                .and_then(|next| self.one_stop(&stops[leg], next));
            if let Some(way) = way {
                let host = leg + usize::from(way.host == way.entry);
                stops[host].plans = self.one_stop_plans_of(network, &way, modes[leg], flow);
                united.push((leg, way));
            } else if united.last().is_none_or(|(exit, _)| exit + 1 != leg) {
                let (site, role) = (stops[leg].site, stops[leg].role);
                stops[leg].plans = self.plans_of(network, site, role, modes[leg], flow);
            }
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
        for (leg, way) in united {
            self.unite(&mut stops, leg, &way);
        }
        for leg in 1..stops.len() {
            // A change of country without controls on either side is no border crossing.
            let controlled = !stops[leg].plans.is_empty() || !stops[leg - 1].plans.is_empty();
            if controlled && stops[leg].role == Role::Entry && stops[leg - 1].role == Role::Exit {
                let (exit, entry) = (stops[leg - 1].site, stops[leg].site);
                let mode = links[path[leg - 1].index()].mode;
                let at = *self
                    .crossings
                    .entry((exit, entry, mode))
                    .or_insert_with(|| {
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

    /// The one-stop post that unites two stops in a row.
    fn one_stop(&self, exit: &Stop, entry: &Stop) -> Option<OneStop> {
        let across = exit.role == Role::Exit && entry.role == Role::Entry;
        let mine = |way: &&OneStop| (way.exit, way.entry) == (exit.site, entry.site);
        let found = self.one_stops.iter().find(mine).copied();
        found.filter(|_| across)
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
                .position(|p| p.procedure == usage.procedure && p.one_stop.is_none())
                .expect("the site's plans were compiled from the same list")
                as u16;
            let lane = usage.commodity;
            let cell = node.cell(role, mode, lane, plan);
            note_direction(&mut node.cells[cell as usize].directions, flow);
            plans.push((usage.commodity, plan, cell));
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
        let country = |home: SiteId| self.scenario.sites[home.index()].country;
        let steps_of =
            |stop: &Stop, plan: u16| &network.sites[stop.site.index()].plans[plan as usize].steps;
        let kinds = |step: &PlanStep| {
            let procedure = &self.scenario.procedures[step.procedure.index()];
            &procedure.steps[step.listed as usize].recognisable
        };
        let shares = |a: &PlanStep, b: &PlanStep| kinds(a).iter().any(|k| kinds(b).contains(k));
        let between = |there: &PlanStep, here: &PlanStep| {
            let (there, here) = (country(there.home), country(here.home));
            if there == here {
                Scope::Within(here)
            } else {
                Scope::Between(there, here)
            }
        };
        let mut found: BTreeSet<(u16, u8, Scope)> = BTreeSet::new();
        for &(lane, plan, _) in &stops[leg].plans {
            let steps = steps_of(&stops[leg], plan);
            for (s, step) in steps
                .iter()
                .enumerate()
                .filter(|(_, s)| !kinds(s).is_empty())
            {
                let upstream = stops[..leg]
                    .iter()
                    .filter_map(|stop| Some((stop, stop.plan_for(lane)?.0)))
                    .flat_map(|(stop, plan)| steps_of(stop, plan));
                // In the same visit: by another agency, or by the other country at a one-stop post.
                let earlier = steps[..s]
                    .iter()
                    .filter(|other| other.agency != step.agency || other.part != step.part);
                for other in upstream.chain(earlier).filter(|other| shares(step, other)) {
                    found.insert((plan, s as u8, between(other, step)));
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
                // A one-stop post does the steps of both its stops at one of them.
                let post = &stops[leg].one_stop;
                let to = post.map_or(leg, |post| post.host as usize);
                let part = u8::from(post.is_some() && stops[leg].role == Role::Entry);
                if stops[to].plans.is_empty() {
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
                        // What is released at the same stop cannot send data ahead of itself.
                        SentAt::ExitRelease if post.is_some() => continue,
                        SentAt::ExitRelease => (leg - 1, scope, true),
                    }
                } else {
                    // After a one-stop post, wherever it stands, cargo is in the country that it entered.
                    let after = |stop: usize| match stops[stop].one_stop {
                        Some(_) if stops[stop].role == Role::Exit => country(stop + 1),
                        _ => country(stop),
                    };
                    let last = (0..leg).rev().find(|l| !stops[*l].plans.is_empty());
                    match last {
                        Some(last) if after(last) == country(leg) => {
                            (last, Scope::Within(country(leg)), false)
                        }
                        _ => continue,
                    }
                };
                // Re-routing voids what was sent: on a detour it is sent anew from where that begins.
                let from = from.max(network.routes[route].parts_at as usize);
                if from >= to {
                    continue;
                }
                // Where nothing is released, the departure stands for the release.
                let releases = |&(_, plan, _): &(Option<CommodityId>, u16, u16)| {
                    network.sites[stops[from].site.index()].plans[plan as usize].release != 0
                };
                let at_release = at_release
                    && !stops[from].plans.is_empty()
                    && stops[from].plans.iter().all(releases);
                let never = LevelCurve::compile(&self.scenario.cooperation, scope)
                    .never(Mechanism::Information);
                let scope = self.scope(scope);
                // What is never sent needs no channel, and nobody need expect it.
                if never {
                    continue;
                }
                let pair = (stops[from].site, stops[to].site);
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
                        leg: to as u8,
                        part,
                        scope,
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
