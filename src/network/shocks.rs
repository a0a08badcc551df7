//! Shocks and sickness compiled: when they befall, and which steps, stations, places and flows they reach.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::closures::{Closures, Windows, local_days, of_place, season};
use super::{Network, StationIndex, StationKind};
use crate::random::{Law, LawCompiler};
use crate::scenario::{Scenario, Shock, ShockTime, Study};
use crate::terms::*;
use crate::time::Time;

/// When a shock befalls.
#[derive(Clone, Debug)]
pub enum Befalls {
    /// At known times, everywhere alike.
    Known(Windows),
    /// At known times, by site: a season on the local clock.
    Local(Vec<Windows>),
    /// At times drawn in each replication.
    Random {
        /// From the end of one (or the start) to the next.
        every: Law,
        /// How long each lasts.
        lasting: Law,
    },
}

/// A shock.
#[derive(Clone, Debug)]
pub struct ShockNode {
    /// Name, for draws.
    pub name: String,
    /// When it befalls.
    pub befalls: Befalls,
    /// Factor on service times.
    pub service: Option<f64>,
    /// The steps that this reaches: by site and their home (another at a one-stop post), masks by plan.
    pub steps: Vec<(SiteId, SiteId, Vec<u64>)>,
    /// Whether it reaches cargo of a flow, by flow; `None`: all.
    pub cargo: Option<Vec<bool>>,
    /// Share of officers present.
    pub staff: Option<f64>,
    /// The stations that this reaches.
    pub stations: Vec<(SiteId, StationIndex)>,
    /// Sites that it closes.
    pub sites: Vec<SiteId>,
    /// Links that it closes.
    pub links: Vec<LinkId>,
    /// Factor on demand.
    pub demand: Option<f64>,
    /// The flows that this reaches.
    pub surges: Vec<FlowId>,
}

/// A station whose officers may be absent.
#[derive(Clone, Debug)]
pub struct SickDesk {
    /// Where it stands.
    pub site: SiteId,
    /// Its place there.
    pub station: StationIndex,
    /// Probability that an officer is absent on a local day.
    pub probability: f64,
    /// When each local day begins; the first is that of the start.
    pub days: Vec<Time>,
}

/// Compiles closures, shocks and sickness into `network`, whose sites, links and flows are there.
pub(super) fn compile(
    study: &Study,
    scenario: &Scenario,
    laws: &mut LawCompiler,
    network: &mut Network,
) -> Result<(), jiff::Error> {
    let days = |site: SiteId| {
        let zone = TimeZone::get(&scenario.sites[site.index()].time_zone)?;
        local_days(&zone, study.experiment.start, network.drain_end)
    };
    let seasonal = scenario
        .shocks
        .iter()
        .any(|shock| matches!(shock.when, ShockTime::Season(_)));
    let mut sites = Vec::new();
    let mut sick = Vec::new();
    // The local days of every site where something reads them.
    let mut calendars = Vec::with_capacity(scenario.sites.len());
    let with_season = |link: &&crate::scenario::Link| link.closures.open_season.is_some();
    let left: BTreeSet<SiteId> = scenario
        .links
        .iter()
        .filter(with_season)
        .map(|l| l.from)
        .collect();
    for (s, site) in scenario.sites.iter().enumerate() {
        let reads = seasonal
            || site.closures.open_season.is_some()
            || site.desks.iter().any(|desk| desk.sickness > 0.0)
            || left.contains(&SiteId::from(s));
        calendars.push(if reads {
            days(SiteId::from(s))?
        } else {
            Vec::new()
        });
    }
    for (s, site) in scenario.sites.iter().enumerate() {
        sites.push(of_place(&site.closures, &calendars[s]));
    }
    for (s, node) in network.sites.iter().enumerate() {
        for (d, station) in node.stations.iter().enumerate() {
            let home = station.home.index();
            let desk = scenario.sites[home]
                .desks
                .iter()
                .find(|desk| desk.agency == station.agency && desk.name == station.desk);
            let probability = desk.map_or(0.0, |desk| desk.sickness);
            if probability > 0.0 {
                sick.push(SickDesk {
                    site: SiteId::from(s),
                    station: d as StationIndex,
                    probability,
                    days: calendars[home].iter().map(|(_, from)| *from).collect(),
                });
            }
        }
    }
    let links = scenario.links.iter();
    let closures = Closures {
        sites,
        links: links
            .map(|link| of_place(&link.closures, &calendars[link.from.index()]))
            .collect(),
    };
    let shocks = scenario.shocks.iter().map(|shock| {
        let befalls = match &shock.when {
            ShockTime::Dated(window) => {
                Befalls::Known(Windows::new(vec![(window.from, window.until)]))
            }
            ShockTime::Season(parts) => {
                Befalls::Local(calendars.iter().map(|d| season(d, parts, true)).collect())
            }
            ShockTime::Random { every, lasting } => Befalls::Random {
                every: laws.compile(every),
                lasting: laws.compile(lasting),
            },
        };
        node(shock, befalls, scenario, network)
    });
    network.shocks = shocks.collect();
    network.sick = sick;
    if !closures.is_empty() {
        network.closures = closures;
    }
    Ok(())
}

fn node(shock: &Shock, befalls: Befalls, scenario: &Scenario, network: &Network) -> ShockNode {
    let mut steps = Vec::new();
    let mut stations = Vec::new();
    let reached_sites: BTreeSet<SiteId> = shock.sites.iter().copied().collect();
    // What is done here: by those of this site, and at a one-stop post by those of the other side.
    for (s, node) in network.sites.iter().enumerate() {
        let id = SiteId::from(s);
        let mut homes = vec![id];
        homes.extend(node.stations.iter().map(|station| station.home));
        homes.sort_unstable();
        homes.dedup();
        homes.retain(|home| reached_sites.contains(home));
        for &home in &homes {
            let mask = |plan: &super::Plan| {
                let mine = plan.steps.iter().enumerate();
                let reached = mine.filter(|(_, step)| {
                    let desk = &node.stations[step.station as usize].desk;
                    step.home == home && shock.reaches_step(step.agency, desk, &step.name)
                });
                reached.fold(0, |mask, (s, _)| mask | 1u64 << s)
            };
            let masks: Vec<u64> = node.plans.iter().map(mask).collect();
            if shock.service.is_some() && masks.iter().any(|mask| *mask != 0) {
                steps.push((id, home, masks));
            }
        }
        for (d, station) in node.stations.iter().enumerate() {
            if shock.staff.is_some()
                && homes.contains(&station.home)
                && matches!(station.servers, StationKind::Staffed(_))
                && shock.reaches_desk(station.agency, &station.desk)
            {
                stations.push((id, d as StationIndex));
            }
        }
    }
    let reached = |flows: &Vec<FlowId>| {
        let mut reached = vec![false; scenario.flows.len()];
        for flow in flows {
            reached[flow.index()] = true;
        }
        reached
    };
    ShockNode {
        name: shock.name.clone(),
        befalls,
        service: shock.service,
        steps,
        cargo: shock.flows.as_ref().map(reached),
        staff: shock.staff,
        stations,
        sites: shock.closes_sites.clone(),
        links: shock.closes_links.clone(),
        demand: shock.demand,
        surges: shock.surges.clone(),
    }
}
