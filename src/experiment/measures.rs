//! Measures by name: where a replication keeps them.

use super::replication::{MOST_UNFINISHED, Pool, Row, TimeRow};
use super::results::Measure;
use crate::network::Network;
use crate::observe::TimeTally;
use crate::scenario::Study;
use crate::terms::Role;

/// Reads a measure off a replication's numbers.
pub(super) type Finder = Box<dyn Fn(&Row) -> f64>;

/// Where the numbers of a variant have `measure`; `None` where it has none.
pub(super) fn finder(
    study: &Study,
    network: &Network,
    variant: usize,
    measure: &Measure,
) -> Option<Finder> {
    Some(match measure {
        Measure::AllSides => Box::new(|row| row.all_sides),
        Measure::AllReleases => Box::new(|row| row.all_releases),
        Measure::Bcp(site, role) => {
            let (s, c) = cell(network, site, *role)?;
            Box::new(move |row| row.cells[s][c].bcp.mean)
        }
        Measure::Release(site, role) => {
            let (s, c) = cell(network, site, *role)?;
            Box::new(move |row| row.cells[s][c].release.mean)
        }
        Measure::Crossing(exit, entry) => {
            let at = crossing(network, exit, entry)?;
            Box::new(move |row| row.crossings[at].mean)
        }
        Measure::DoorToDoor(flow) => {
            let at = self::flow(study, variant, flow)?;
            Box::new(move |row| row.journeys[at].mean)
        }
    })
}

/// All measures of the kind of `like` that a variant has, as the command line names them.
pub(super) fn known(
    study: &Study,
    network: &Network,
    variant: usize,
    like: &Measure,
) -> Vec<String> {
    let cells = |of: fn(String, Role) -> Measure| {
        let sites = network.sites.iter();
        let cells = sites.flat_map(move |site| {
            let own = site.cells.iter().filter(|cell| cell.lane.is_none());
            own.map(move |cell| of(site.name.clone(), cell.role))
        });
        cells.collect::<Vec<Measure>>()
    };
    let name = |site: crate::terms::SiteId| network.sites[site.index()].name.clone();
    let all = match like {
        Measure::AllSides | Measure::AllReleases => vec![Measure::AllSides, Measure::AllReleases],
        Measure::Bcp(..) => cells(Measure::Bcp),
        Measure::Release(..) => cells(Measure::Release),
        Measure::Crossing(..) => (network.crossings.iter())
            .map(|crossing| Measure::Crossing(name(crossing.exit), name(crossing.entry)))
            .collect(),
        Measure::DoorToDoor(_) => (study.variants[variant].scenario.flows.iter())
            .map(|flow| Measure::DoorToDoor(flow.name.clone()))
            .collect(),
    };
    let mut texts: Vec<String> = all.iter().map(Measure::option).collect();
    texts.dedup();
    texts
}

/// As [`finder`], of the 90th percentile: infinite where it falls among the unfinished, NaN where nothing was observed.
pub(super) fn p90_finder(
    study: &Study,
    network: &Network,
    variant: usize,
    measure: &Measure,
) -> Option<Finder> {
    // A time that was observed has a mean or a bound of it.
    let p90 = |time: &TimeRow| match time.p90.is_nan() && time.mean.is_finite() {
        true => f64::INFINITY,
        false => time.p90,
    };
    Some(match measure {
        Measure::AllSides | Measure::AllReleases => return None,
        Measure::Bcp(site, role) => {
            let (s, c) = cell(network, site, *role)?;
            Box::new(move |row| p90(&row.cells[s][c].bcp))
        }
        Measure::Release(site, role) => {
            let (s, c) = cell(network, site, *role)?;
            Box::new(move |row| p90(&row.cells[s][c].release))
        }
        Measure::Crossing(exit, entry) => {
            let at = crossing(network, exit, entry)?;
            Box::new(move |row| p90(&row.crossings[at]))
        }
        Measure::DoorToDoor(flow) => {
            let at = self::flow(study, variant, flow)?;
            Box::new(move |row| p90(&row.journeys[at]))
        }
    })
}

/// Whether more than 0.1 % of the consignments that `measure` is of were unfinished.
pub(super) fn is_bound(
    study: &Study,
    network: &Network,
    variant: usize,
    pool: &Pool,
    measure: &Measure,
) -> bool {
    let too_many =
        |tally: &TimeTally| tally.unfinished as f64 > MOST_UNFINISHED * tally.count() as f64;
    let cell_is = |at: Option<(usize, usize)>, release: bool| {
        at.and_then(|(s, c)| pool.cells.get(s)?.get(c))
            .is_some_and(|tally| too_many(if release { &tally.release } else { &tally.bcp }))
    };
    match measure {
        Measure::AllSides => pool
            .cells
            .iter()
            .flatten()
            .any(|tally| too_many(&tally.bcp)),
        Measure::AllReleases => pool
            .cells
            .iter()
            .flatten()
            .any(|tally| too_many(&tally.release)),
        Measure::Bcp(site, role) => cell_is(cell(network, site, *role), false),
        Measure::Release(site, role) => cell_is(cell(network, site, *role), true),
        Measure::Crossing(exit, entry) => crossing(network, exit, entry)
            .and_then(|at| pool.crossings.get(at))
            .is_some_and(|tally| too_many(&tally.time)),
        Measure::DoorToDoor(name) => flow(study, variant, name)
            .and_then(|at| pool.journeys.get(at))
            .is_some_and(|tally| too_many(&tally.time)),
    }
}

/// The first cell of a site and role without a lane of its own.
fn cell(network: &Network, site: &str, role: Role) -> Option<(usize, usize)> {
    let s = network.sites.iter().position(|node| node.name == site)?;
    let cells = &network.sites[s].cells;
    let c = cells
        .iter()
        .position(|c| c.role == role && c.lane.is_none())?;
    Some((s, c))
}

fn crossing(network: &Network, exit: &str, entry: &str) -> Option<usize> {
    network.crossings.iter().position(|crossing| {
        network.sites[crossing.exit.index()].name == exit
            && network.sites[crossing.entry.index()].name == entry
    })
}

fn flow(study: &Study, variant: usize, name: &str) -> Option<usize> {
    let flows = &study.variants[variant].scenario.flows;
    flows.iter().position(|flow| flow.name == name)
}
