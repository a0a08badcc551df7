//! Pools: what vehicles hold while they move (places in yards, permits, wagons), each kept at one owner site.
//!
//! A route says at each stop what is taken before departure and what is given back, so a vehicle carries no list
//! of what it holds: it follows from its route and stop. Requests, grants and returns between sites are messages
//! with a stated positive delay; within the owner site they take no time.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Compiler;
use super::*;
use crate::scenario::{self, Returned, Supply};

/// A pool's position in [`Network::pools`].
pub type PoolIndex = u16;

/// A pool of things that are held.
#[derive(Clone, Debug)]
pub struct PoolNode {
    /// Name, for people.
    pub name: String,
    /// What it holds.
    pub kind: PoolKind,
    /// The site that keeps it.
    pub owner: SiteId,
    /// Its position among the owner's pools.
    pub place: u16,
    /// How many there are from each instant on; the first at [`Time::ZERO`]. From the second on the number of free
    /// ones is set anew (a year's quota).
    pub supply: Vec<(Time, u32)>,
    /// How long a message to or from the owner takes.
    pub notice: Span,
    /// From the return of one until it can be taken again.
    pub reissue: Span,
    /// Whose the wait is.
    pub actor: ActorKind,
}

/// What a pool holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolKind {
    /// Places inside a site.
    Yard,
    /// Tokens.
    Token(TokenKind),
}

impl PoolKind {
    /// What an hour of waiting for it is: for a place, blocking; for a token, waiting.
    pub fn hours(self) -> HourKind {
        match self {
            PoolKind::Yard | PoolKind::Token(TokenKind::Place) => HourKind::Blocking,
            PoolKind::Token(_) => HourKind::Waiting,
        }
    }
}

/// Something given back at a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Give {
    /// The pool.
    pub pool: PoolIndex,
    /// On arrival, else on departure.
    pub on_arrival: bool,
    /// By a train or vessel, else by a consignment that travels alone.
    pub by_batch: bool,
    /// The stop from which on it is held; who stands beyond that at the start never took it.
    pub since: u8,
}

/// One of a pool that a visit holds from one step to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeldPool {
    /// The pool.
    pub pool: PoolIndex,
    /// The step that takes it.
    pub taker: u8,
    /// The step whose end gives it back; where that does not take place, the end of the last step.
    pub giver: u8,
}

/// The gate of a site with a yard.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The yard's pool.
    pub pool: PoolIndex,
    /// As soon as this many wait outside, departures towards the site stop.
    pub places: Option<u32>,
    /// Sites that a notice of it goes to, with the channel.
    pub upstream: Vec<(SiteId, u32)>,
}

impl Compiler<'_> {
    /// The pools of the scenario: yards in the order of their sites, then tokens.
    pub(super) fn pools(&self, network: &mut Network) {
        let mut add = |name: String, kind, owner: SiteId, supply, notice: Span, reissue, actor| {
            let index = network.pools.len() as PoolIndex;
            let site = &mut network.sites[owner.index()];
            network.pools.push(PoolNode {
                name,
                kind,
                owner,
                place: site.pools.len() as u16,
                supply,
                notice: notice.max(Span::TICK),
                reissue,
                actor,
            });
            site.pools.push(index);
            index
        };
        for (s, site) in self.scenario.sites.iter().enumerate() {
            let Some(yard) = &site.yard else { continue };
            let supply = vec![(Time::ZERO, yard.places)];
            add(
                format!("yard of {}", site.name),
                PoolKind::Yard,
                SiteId::from(s),
                supply,
                yard.notice,
                Span::ZERO,
                ActorKind::Terminal,
            );
        }
        for token in &self.scenario.tokens {
            let (supply, reissue) = match token.supply {
                Supply::Circulating { count, reissue } => (vec![(Time::ZERO, count)], reissue),
                Supply::Quota { per_year } => {
                    let years = capacity::years(self.study.experiment.start, network.drain_end);
                    let at = std::iter::once(Time::ZERO).chain(years);
                    (at.map(|at| (at, per_year)).collect(), Span::ZERO)
                }
            };
            add(
                token.name.clone(),
                PoolKind::Token(token.kind),
                token.owner,
                supply,
                token.notice,
                reissue,
                token.kind.actor(),
            );
        }
    }

    /// The pool of token number `token` of the scenario.
    pub(super) fn token_pool(&self, token: TokenId) -> PoolIndex {
        (self.yards + token.index()) as PoolIndex
    }

    /// What a procedure's steps hold.
    pub(super) fn held(&self, procedure: &scenario::Procedure) -> Vec<HeldPool> {
        scenario::holding::held(procedure)
            .into_iter()
            .map(|held| HeldPool {
                pool: self.token_pool(held.token),
                taker: held.taker as u8,
                giver: held.giver as u8,
            })
            .collect()
    }

    /// What vehicles take and give back on each route, and the channels for it.
    pub(super) fn holdings(&self, network: &mut Network) {
        let yards: BTreeMap<SiteId, PoolIndex> = network
            .pools
            .iter()
            .enumerate()
            .filter(|(_, p)| p.kind == PoolKind::Yard)
            .map(|(p, pool)| (pool.owner, p as PoolIndex))
            .collect();
        for (s, site) in self.scenario.sites.iter().enumerate() {
            if let (Some(yard), Some(&pool)) = (&site.yard, yards.get(&SiteId::from(s))) {
                network.sites[s].gate = Some(Gate {
                    pool,
                    places: yard.gate_places,
                    upstream: Vec::new(),
                });
            }
        }
        for route in 0..network.routes.len() {
            let mut stops = std::mem::take(&mut network.routes[route].stops);
            let flow = network.routes[route].flow;
            let break_leg = stops[0]
                .forms
                .map_or(0, |line| network.lines[line as usize].break_leg as usize);
            // What travels from stop `leg` is a train.
            let batch = |leg: usize| leg < break_leg;
            // From the last to the first: whether a vehicle stands at a stop depends on what it needs for the next.
            for leg in (0..stops.len()).rev() {
                let site = stops[leg].site;
                let (Some(yard), Some(&pool)) =
                    (&self.scenario.sites[site.index()].yard, yards.get(&site))
                else {
                    continue;
                };
                if !yard.roles.contains(&stops[leg].role)
                    || !self.stands(network, &stops, leg, flow)
                {
                    continue;
                }
                // A train that is broken here gives its consignments no place: each finds its own.
                let across = leg > 0
                    && stops[leg].role == Role::Entry
                    && stops[leg - 1].role == Role::Exit
                    && leg != break_leg;
                stops[leg].yard = Some(pool);
                stops[leg].reserved = across;
                if across {
                    stops[leg - 1].takes.push(pool);
                }
                // At the site where a train forms, its consignments stand there one by one.
                stops[leg].gives.push(Give {
                    pool,
                    on_arrival: false,
                    by_batch: batch(leg) && leg > 0,
                    since: leg as u8,
                });
            }
            for (t, token) in self.scenario.tokens.iter().enumerate() {
                if !token.flows.is_empty() && !token.flows.contains(&flow) {
                    continue;
                }
                let pool = self.token_pool(TokenId::from(t));
                let mut leg = 0;
                while leg + 1 < stops.len() {
                    if !stops[leg].link.is_some_and(|l| token.links.contains(&l)) {
                        leg += 1;
                        continue;
                    }
                    stops[leg].takes.push(pool);
                    let last = stops.len() - 1;
                    let needed = |l: usize| stops[l].link.is_some_and(|l| token.links.contains(&l));
                    // From stop `from` on: where it is given back, and whether on arrival.
                    let next = |from: usize| match token.returned {
                        Returned::Arrival => (from + 1, true),
                        Returned::Departure => (from + 1, false),
                        Returned::DepartureFrom(site) => (from + 1..=last)
                            .find(|l| stops[*l].site == site)
                            .map_or((last, false), |l| (l, false)),
                        Returned::Destination => (last, false),
                    };
                    let (mut at, mut on_arrival) = next(leg);
                    // Who needs it again for the next link keeps it.
                    while !on_arrival && at < last && needed(at) {
                        (at, on_arrival) = next(at);
                    }
                    if batch(leg) && at >= break_leg {
                        // The train took it: the train gives it back where it is broken.
                        (at, on_arrival) = (break_leg, true);
                    }
                    if let Supply::Circulating { .. } = token.supply {
                        stops[at].gives.push(Give {
                            pool,
                            on_arrival,
                            by_batch: batch(leg),
                            since: leg as u8,
                        });
                    }
                    // It is held: the next one is taken after its return.
                    leg = if on_arrival { at } else { at + 1 };
                }
            }
            for stop in &mut stops {
                stop.takes.sort();
            }
            network.routes[route].stops = stops;
        }
        self.halts(network);
        self.wire(network);
    }

    /// True where a vehicle stands at this stop: something is done there, or it waits there for its departure.
    fn stands(&self, network: &Network, stops: &[Stop], leg: usize, flow: FlowId) -> bool {
        let timetabled = |l: LinkId| network.links[l.index()].timetable.is_some();
        let token = |l: LinkId| {
            let mut tokens = self.scenario.tokens.iter();
            tokens.any(|t| t.links.contains(&l) && (t.flows.is_empty() || t.flows.contains(&flow)))
        };
        let next = stops.get(leg + 1);
        let stopped = |next: &Stop| {
            let gate = network.sites[next.site.index()].gate.as_ref();
            next.reserved || next.yard.is_some() && gate.is_some_and(|g| g.places.is_some())
        };
        !stops[leg].plans.is_empty()
            || leg == 0 && stops[leg].forms.is_some()
            || stops[leg].link.is_some_and(|l| timetabled(l) || token(l))
            || next.is_some_and(stopped)
    }

    /// Whose departures a full gate stops: the sites before it on some route, where no place is reserved.
    fn halts(&self, network: &mut Network) {
        let mut upstream: BTreeMap<SiteId, BTreeSet<SiteId>> = BTreeMap::new();
        for route in &mut network.routes {
            for leg in 1..route.stops.len() {
                let (before, here) = (route.stops[leg - 1].site, &route.stops[leg]);
                let gate = network.sites[here.site.index()].gate.as_ref();
                if here.yard.is_some() && !here.reserved && gate.is_some_and(|g| g.places.is_some())
                {
                    upstream.entry(here.site).or_default().insert(before);
                    route.stops[leg - 1].guarded = true;
                }
            }
        }
        for (site, sites) in upstream {
            let notice = self.scenario.sites[site.index()]
                .yard
                .as_ref()
                .map_or(Span::TICK, |y| y.notice);
            for other in sites {
                let channel = notice_channel(network, site, other, notice);
                if let Some(gate) = &mut network.sites[site.index()].gate {
                    gate.upstream.push((other, channel));
                }
            }
        }
    }

    /// Channels for requests, grants and returns.
    fn wire(&self, network: &mut Network) {
        let mut users: BTreeSet<(PoolIndex, SiteId)> = BTreeSet::new();
        for route in &network.routes {
            for stop in &route.stops {
                let used = stop.takes.iter().chain(stop.gives.iter().map(|g| &g.pool));
                users.extend(used.map(|pool| (*pool, stop.site)));
            }
            // Who gives up gives back what it holds where it is.
            if route.stops.first().is_some_and(|stop| stop.impatient) {
                for (leg, stop) in route.stops.iter().enumerate() {
                    for give in &stop.gives {
                        let between = &route.stops[(give.since as usize).min(leg)..=leg];
                        users.extend(between.iter().map(|s| (give.pool, s.site)));
                    }
                }
            }
        }
        for (s, site) in network.sites.iter().enumerate() {
            for step in site.plans.iter().flat_map(|plan| &plan.steps) {
                users.extend(step.takes.iter().map(|pool| (*pool, SiteId::from(s))));
            }
        }
        for (pool, user) in users {
            let node = &network.pools[pool as usize];
            let (owner, notice) = (node.owner, node.notice);
            if owner != user {
                notice_channel(network, user, owner, notice);
                notice_channel(network, owner, user, notice);
            }
        }
    }
}

/// The channel for notices from one site to another; its lookahead is the least of its users' delays.
pub(super) fn notice_channel(network: &mut Network, from: SiteId, to: SiteId, delay: Span) -> u32 {
    let node = &network.sites[from.index()];
    let place = match node.notices.binary_search_by_key(&to, |(site, _)| *site) {
        Ok(found) => {
            let channel = node.notices[found].1;
            let lookahead = &mut network.channels[channel as usize].lookahead;
            *lookahead = (*lookahead).min(delay);
            return channel;
        }
        Err(place) => place,
    };
    let channel = network.channels.len() as u32;
    network.channels.push(ChannelNode {
        from,
        to,
        lookahead: delay,
        name: format!(
            "notices {}>{}",
            network.sites[from.index()].name,
            network.sites[to.index()].name
        ),
    });
    let notices = &mut network.sites[from.index()].notices;
    notices.insert(place, (to, channel));
    channel
}
