//! What befalls one replication from outside: when each shock falls, and what it does to service, ways and demand.
//!
//! All of it is a function of the key (seed, replication, shock, ordinal): any process may ask without a message.

use std::collections::{BTreeMap, BTreeSet};

use super::rosters::{Duty, rosters};
use super::{Corridor, FactKind, Observer, SiteState};
use crate::network::demand::Source;
use crate::network::{Befalls, FlowNode, Network, ShockNode, Windows};
use crate::random::{Purpose, Stream};
use crate::terms::{FlowId, SiteId};
use crate::time::{Span, Time};

/// What befalls one replication. Every list is empty where nothing of its kind does.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    /// By site: shocks to service.
    service: Vec<Vec<ServiceShock>>,
    /// By site: when it is closed.
    pub sites: Vec<Windows>,
    /// By link: when nothing departs over it, because it or one of its ends is closed.
    pub links: Vec<Windows>,
    /// By site and station: servers on duty, where they are not the network's.
    duty: Vec<Vec<Option<Duty>>>,
    /// By flow.
    demand: Vec<Option<Surge>>,
}

/// A shock to the service at one site.
#[derive(Clone, Debug)]
struct ServiceShock {
    windows: Windows,
    factor: f64,
    /// Steps that it reaches, by plan.
    steps: Vec<u64>,
    /// Whether it reaches cargo of a flow, by flow; `None`: all.
    cargo: Option<Vec<bool>>,
}

/// When one shock falls in one replication.
pub(super) enum Falls {
    Everywhere(Windows),
    Local(Vec<Windows>),
}

impl Falls {
    fn new(shock: &ShockNode, seed: u64, replication: u32, end: Time) -> Self {
        let (every, lasting) = match &shock.befalls {
            Befalls::Known(windows) => return Falls::Everywhere(windows.clone()),
            Befalls::Local(windows) => return Falls::Local(windows.clone()),
            Befalls::Random { every, lasting } => (every, lasting),
        };
        let stream = Stream::new(seed, replication, "", "", &shock.name, Purpose::Shock);
        let mut windows = Vec::new();
        let (mut now, mut ordinal) = (Time::ZERO, 0);
        while now <= end {
            let span = |law: &crate::random::Law, which| {
                Span::from_ms_f64(law.quantile(stream.uniform(ordinal, 0, which))).max(Span::TICK)
            };
            let from = now.saturating_add(span(every, 0));
            now = from.saturating_add(span(lasting, 1));
            windows.push((from, now));
            ordinal += 1;
        }
        Falls::Everywhere(Windows::new(windows))
    }

    pub fn at(&self, site: SiteId) -> &Windows {
        match self {
            Falls::Everywhere(windows) => windows,
            Falls::Local(windows) => &windows[site.index()],
        }
    }
}

/// The demand of a flow under shocks: factors from instant to instant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Surge(Vec<Stretch>);

/// A stretch of constant demand.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    from: Time,
    /// What the undisturbed clock would show at `from`, ms.
    undisturbed: f64,
    factor: f64,
}

impl Surge {
    /// The product of the `factors` in force, each with its windows.
    fn new(factors: &[(f64, &Windows)]) -> Self {
        let mut instants = vec![Time::ZERO];
        let ends = factors.iter().flat_map(|(_, windows)| windows.iter());
        instants.extend(ends.flat_map(|(from, until)| [from, until]));
        instants.sort_unstable();
        instants.dedup();
        let mut stretches: Vec<Stretch> = Vec::new();
        for from in instants.into_iter().filter(|t| *t < Time::MAX) {
            let on = factors.iter().filter(|(_, w)| w.until(from).is_some());
            let factor = on.map(|(factor, _)| factor).product();
            let before = stretches.last();
            let undisturbed = before.map_or(0.0, |b| {
                b.undisturbed + (from - b.from).ms() as f64 * b.factor
            });
            stretches.push(Stretch {
                from,
                undisturbed,
                factor,
            });
        }
        Surge(stretches)
    }

    fn factor(&self, now: Time) -> f64 {
        let begun = self.0.partition_point(|s| s.from <= now);
        self.0[begun.max(1) - 1].factor
    }

    /// When what would come at `ms` on the undisturbed clock comes, in ms.
    fn when(&self, ms: f64) -> f64 {
        // Far later than any run, and far from overflow.
        const NEVER: f64 = 1e17;
        if ms <= 0.0 {
            return 0.0;
        }
        let begun = self.0.partition_point(|s| s.undisturbed <= ms);
        let stretch = self.0[begun.max(1) - 1];
        if stretch.factor <= 0.0 {
            return NEVER;
        }
        let since = (ms - stretch.undisturbed) / stretch.factor;
        (stretch.from.ms() as f64 + since).min(NEVER)
    }
}

impl Incidents {
    /// True where a shock may lengthen service at a site.
    pub fn may_shock(&self, site: usize) -> bool {
        self.service.get(site).is_some_and(|here| !here.is_empty())
    }

    pub fn new(network: &Network, seed: u64, replication: u32) -> Self {
        if network.shocks.is_empty() && network.sick.is_empty() && network.closures.is_empty() {
            return Incidents::default();
        }
        let end = network.drain_end;
        let shocks = &network.shocks;
        let falls: Vec<Falls> = shocks
            .iter()
            .map(|shock| Falls::new(shock, seed, replication, end))
            .collect();
        let mut incidents = Incidents::default();
        for (shock, falls) in shocks.iter().zip(&falls) {
            let Some(factor) = shock.service else {
                continue;
            };
            incidents.service.resize(network.sites.len(), Vec::new());
            for (site, home, steps) in &shock.steps {
                incidents.service[site.index()].push(ServiceShock {
                    windows: falls.at(*home).clone(),
                    factor,
                    steps: steps.clone(),
                    cargo: shock.cargo.clone(),
                });
            }
        }
        incidents.close(network, &falls);
        incidents.duty = rosters(network, &falls, &incidents.sites, seed, replication);
        if shocks.iter().any(|shock| shock.demand.is_some()) {
            let surged: Vec<BTreeSet<FlowId>> = shocks
                .iter()
                .map(|shock| shock.surges.iter().copied().collect())
                .collect();
            let surge = |(f, flow): (usize, &FlowNode)| {
                let mine = shocks
                    .iter()
                    .zip(&falls)
                    .zip(&surged)
                    .filter_map(|(which, surged)| {
                        let (shock, falls) = which;
                        let factor = shock.demand?;
                        let mine = surged.contains(&FlowId::from(f));
                        mine.then(|| (factor, falls.at(flow.from)))
                    });
                let mine: Vec<_> = mine.collect();
                (!mine.is_empty()).then(|| Surge::new(&mine))
            };
            incidents.demand = network.flows.iter().enumerate().map(surge).collect();
        }
        incidents
    }

    /// When sites and links are closed: beforehand, and by shocks.
    fn close(&mut self, network: &Network, falls: &[Falls]) {
        let shocks = || network.shocks.iter().zip(falls);
        let any = !network.closures.is_empty()
            || shocks().any(|(s, _)| !s.sites.is_empty() || !s.links.is_empty());
        if !any {
            return;
        }
        let none = Windows::default();
        let mut by_site: BTreeMap<SiteId, Vec<&Falls>> = BTreeMap::new();
        let mut by_link: BTreeMap<usize, Vec<&Falls>> = BTreeMap::new();
        for (shock, falls) in shocks() {
            for &site in &shock.sites {
                by_site.entry(site).or_default().push(falls);
            }
            for link in &shock.links {
                by_link.entry(link.index()).or_default().push(falls);
            }
        }
        let sites = (0..network.sites.len()).map(SiteId::from);
        self.sites = sites
            .map(|site| {
                let by = by_site.get(&site).into_iter().flatten();
                let known = network.closures.sites.get(site.index());
                Windows::union(by.map(|f| f.at(site)).chain(known))
            })
            .collect();
        // Where a link leaves from is known by its channel.
        let ends = |l: usize| {
            let channel = &network.channels[network.links[l].channel as usize];
            (channel.from, network.links[l].to)
        };
        self.links = (0..network.links.len())
            .map(|l| {
                let (from, to) = ends(l);
                let by = by_link.get(&l).into_iter().flatten();
                let known = network.closures.links.get(l).unwrap_or(&none);
                let ends = [known, &self.sites[from.index()], &self.sites[to.index()]];
                Windows::union(by.map(|f| f.at(from)).chain(ends))
            })
            .collect();
    }

    /// The servers on duty at a station, from each instant; empty where they are not counted.
    pub fn duty<'d>(
        &'d self,
        network: &'d Network,
        site: usize,
        station: u16,
    ) -> &'d [(Time, u32)] {
        let own = self.duty.get(site).and_then(|s| s.get(station as usize));
        match own {
            Some(Some(duty)) => duty,
            _ => network.sites[site].stations[station as usize].duty(),
        }
    }

    /// The factor on the rate of `flow` at `now`; of regular arrivals, which are no thinned process, always 1.
    pub fn demand(&self, node: &FlowNode, flow: u16, now: Time) -> f64 {
        match self.demand.get(flow as usize) {
            Some(Some(surge)) if matches!(node.source, Source::Poisson) => surge.factor(now),
            _ => 1.0,
        }
    }

    /// True where the rate of `flow` is that of the scenario throughout.
    pub fn keeps_demand(&self, flow: u16) -> bool {
        matches!(self.demand.get(flow as usize), None | Some(None))
    }

    /// When an arrival of `flow` comes that would come `ms` after the start without shocks to its demand, in ms.
    pub fn arrival(&self, flow: u16, ms: f64) -> f64 {
        match self.demand.get(flow as usize) {
            Some(Some(surge)) => surge.when(ms),
            _ => ms,
        }
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The time `drawn` for a job, setup and exam, under the shocks in force as it starts (semantics section 7).
    #[inline]
    pub(super) fn shocked(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        unit: u16,
        drawn: (Span, Span),
    ) -> (Span, Span) {
        match self.draws.incidents.service.get(site.site) {
            None => drawn,
            Some(here) => self.lengthened(here, site, now, index, (s, unit), drawn),
        }
    }

    /// As [`Corridor::shocked`], under the shocks that reach this site.
    fn lengthened(
        &self,
        here: &[ServiceShock],
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        (s, unit): (u8, u16),
        drawn: (Span, Span),
    ) -> (Span, Span) {
        let v = &site.visits[index as usize];
        let flow = self.network.routes[v.cargo.route as usize].flow;
        let reaches = |shock: &&ServiceShock| {
            shock.steps[v.plan as usize] >> s & 1 == 1
                && shock.cargo.as_ref().is_none_or(|c| c[flow.index()])
                && shock.windows.until(now).is_some()
        };
        let mut in_force = here
            .iter()
            .filter(reaches)
            .map(|shock| shock.factor)
            .peekable();
        if in_force.peek().is_none() {
            return drawn;
        }
        let factor: f64 = in_force.product();
        let thousandths = libm::round(factor * 1000.0) as u64;
        site.fact(index, now, FactKind::Shocked, s, unit, thousandths);
        let longer = |span: Span| Span::from_ms_f64(span.ms() as f64 * factor);
        (longer(drawn.0), longer(drawn.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Law, LawSpec};

    fn windows(hours: &[(u64, u64)]) -> Windows {
        let ms = |h: u64| Time::from_ms(h * 3_600_000);
        Windows::new(hours.iter().map(|(a, b)| (ms(*a), ms(*b))).collect())
    }

    fn random(every: f64, lasting: f64, replication: u32) -> Vec<(Time, Time)> {
        let law = |mean| Law::compile(&LawSpec::Exponential { mean });
        let shock = ShockNode {
            name: "storm".into(),
            befalls: Befalls::Random {
                every: law(every),
                lasting: law(lasting),
            },
            service: None,
            steps: Vec::new(),
            cargo: None,
            staff: None,
            stations: Vec::new(),
            sites: Vec::new(),
            links: Vec::new(),
            demand: None,
            surges: Vec::new(),
        };
        let end = Time::from_ms(100_000_000);
        let falls = Falls::new(&shock, 1, replication, end);
        falls.at(SiteId(0)).iter().collect()
    }

    #[test]
    fn a_random_shock_is_a_function_of_its_key() {
        let first = random(1e5, 3e4, 0);
        assert_eq!(first, random(1e5, 3e4, 0));
        assert_ne!(first, random(1e5, 3e4, 1));
        assert!(
            first.windows(2).all(|pair| pair[0].1 < pair[1].0),
            "they never overlap"
        );
    }

    #[test]
    fn random_shocks_last_their_share_of_the_time() {
        let all = random(1e5, 3e4, 0);
        let n = all.len() as f64;
        // 100,000 s of a renewal process whose cycle has mean 130 s and standard deviation 104 s: 769 cycles, give
        // or take 104 / 130 * sqrt(769) = 22; three times that is allowed.
        assert!((n - 769.0).abs() < 67.0, "{n} shocks");
        let lasting: f64 = all.iter().map(|(a, b)| (*b - *a).ms() as f64).sum();
        // Each mean has a relative error of 1 / sqrt(769) = 3.6 %.
        assert!((lasting / n / 3e4 - 1.0).abs() < 0.11, "{lasting}");
    }

    #[test]
    fn regular_arrivals_follow_the_demand() {
        let hour = 3_600_000.0;
        let twice = windows(&[(10, 12)]);
        let none = windows(&[(11, 13)]);
        let surge = Surge::new(&[(2.0, &twice)]);
        // Two hours at twice the demand hold what four would.
        for (undisturbed, when) in [
            (9.0, 9.0),
            (10.0, 10.0),
            (11.0, 10.5),
            (14.0, 12.0),
            (15.0, 13.0),
        ] {
            assert_eq!(surge.when(undisturbed * hour), when * hour);
        }
        assert_eq!(surge.factor(Time::from_ms(11 * 3_600_000)), 2.0);
        assert_eq!(surge.factor(Time::from_ms(12 * 3_600_000)), 1.0);
        // Twice from 10 to 11 h, nothing from 11 to 13 h.
        let both = Surge::new(&[(2.0, &twice), (0.0, &none)]);
        for (undisturbed, when) in [(11.5, 10.75), (12.0, 13.0), (13.0, 14.0)] {
            assert_eq!(both.when(undisturbed * hour), when * hour);
        }
        let forever = Surge::new(&[(0.0, &Windows::new(vec![(Time::from_ms(5), Time::MAX)]))]);
        assert_eq!(forever.when(4.0), 4.0);
        assert!(forever.when(5.0) > 1e16);
    }
}
