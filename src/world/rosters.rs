//! Who is really on duty in one replication: the roster less the sick, the strikers and everyone while the site is
//! closed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::shocks::Falls;
use crate::network::{Network, SickDesk, StationKind, Windows, pool};
use crate::random::{Purpose, Stream};
use crate::terms::SiteId;
use crate::time::Time;

/// Servers on duty from each instant.
pub(super) type Duty = Vec<(Time, u32)>;

/// By site and station, the servers on duty; empty, or `None`, where nothing changes the network's.
pub(super) fn rosters(
    network: &Network,
    falls: &[Falls],
    closed: &[Windows],
    seed: u64,
    replication: u32,
) -> Vec<Vec<Option<Duty>>> {
    // Nothing is looked for among all sites' desks, site by site.
    let sick: BTreeMap<(SiteId, u16), &SickDesk> = network
        .sick
        .iter()
        .map(|s| ((s.site, s.station), s))
        .collect();
    let mut strikes: BTreeMap<(SiteId, u16), Vec<(f64, &Falls)>> = BTreeMap::new();
    for (shock, falls) in network.shocks.iter().zip(falls) {
        let Some(share) = shock.staff else { continue };
        for &station in &shock.stations {
            strikes.entry(station).or_default().push((share, falls));
        }
    }
    let mut touched: BTreeSet<usize> = network.sick.iter().map(|s| s.site.index()).collect();
    let on_strike = network.shocks.iter().flat_map(|shock| &shock.stations);
    touched.extend(on_strike.map(|(site, _)| site.index()));
    touched.extend((0..closed.len()).filter(|s| !closed[*s].is_empty()));
    let mut all: Vec<Vec<Option<Duty>>> = Vec::new();
    if !touched.is_empty() {
        all.resize(network.sites.len(), Vec::new());
    }
    for site in touched {
        let befallen = (&sick, &strikes, closed.get(site));
        all[site] = of_site(network, site, befallen, seed, replication);
    }
    all
}

/// What befalls desks, by site and station: sickness, and strikes with the share of officers that they leave; and when
/// a site is closed.
type Befallen<'f, 'n> = (
    &'f BTreeMap<(SiteId, u16), &'n SickDesk>,
    &'f BTreeMap<(SiteId, u16), Vec<(f64, &'n Falls)>>,
    Option<&'n Windows>,
);

fn of_site(
    network: &Network,
    site: usize,
    (sick, strikes, closed): Befallen<'_, '_>,
    seed: u64,
    replication: u32,
) -> Vec<Option<Duty>> {
    let node = &network.sites[site];
    let id = SiteId::from(site);
    let mut duties: Vec<Option<Duty>> = Vec::with_capacity(node.stations.len());
    for (d, station) in node.stations.iter().enumerate() {
        if !matches!(station.servers, StationKind::Staffed(_)) {
            duties.push(None);
            continue;
        }
        let own = node.unpooled.get(d).map_or(station.duty(), Vec::as_slice);
        let here = (id, d as u16);
        let sick = sick.get(&here);
        let sick = sick.map(|desk| Sickness {
            desk,
            stream: Stream::new(
                seed,
                replication,
                &network.sites[station.home.index()].name,
                &network.agencies[station.agency.index()].0,
                &station.desk,
                Purpose::Sickness,
            ),
        });
        let strikes = strikes.get(&here).into_iter().flatten();
        let strikes = strikes.map(|(share, falls)| (*share, falls.at(station.home)));
        let strikes: Vec<(f64, &Windows)> = strikes.chain(closed.map(|w| (0.0, w))).collect();
        duties.push(Some(present(own, sick.as_ref(), &strikes)));
    }
    pooled(network, site, &mut duties);
    duties
}

/// The sickness of one desk in one replication.
struct Sickness<'n> {
    desk: &'n SickDesk,
    stream: Stream,
}

impl Sickness<'_> {
    /// How many of the first `officers` are absent at `now`.
    fn absent(&self, officers: u32, now: Time) -> u32 {
        let day = self.desk.days.partition_point(|from| *from <= now).max(1) - 1;
        let ill = |n: &u32| self.stream.uniform(day as u64, 0, *n) < self.desk.probability;
        (0..officers).filter(ill).count() as u32
    }
}

/// `roster` less those who are sick, with the share of the rest that each of `strikes` leaves in its windows.
fn present(
    roster: &[(Time, u32)],
    sick: Option<&Sickness<'_>>,
    strikes: &[(f64, &Windows)],
) -> Duty {
    let mut instants: Vec<Time> = roster.iter().map(|(at, _)| *at).collect();
    instants.extend(sick.iter().flat_map(|s| &s.desk.days));
    let ends = strikes.iter().flat_map(|(_, windows)| windows.iter());
    instants.extend(ends.flat_map(|(from, until)| [from, until]));
    instants.retain(|at| *at < Time::MAX);
    instants.sort_unstable();
    instants.dedup();
    let mut duty: Duty = Vec::new();
    for now in instants {
        let begun = roster.partition_point(|(at, _)| *at <= now);
        let officers = begun.checked_sub(1).map_or(0, |last| roster[last].1);
        let well = officers - sick.map_or(0, |s| s.absent(officers, now));
        let shares = strikes.iter().filter(|(_, w)| w.until(now).is_some());
        let share: f64 = shares.map(|(share, _)| share).product();
        // Rounded up: of three officers, 0.4 are two.
        let servers = libm::ceil(f64::from(well) * share - 1e-9).max(0.0) as u32;
        if duty.last().is_none_or(|(_, last)| *last != servers) {
            duty.push((now, servers));
        }
    }
    duty
}

/// Pools the officers of merged agencies, and of those pooled at a one-stop post, as they really are; see
/// `Compiler::merge` and `Compiler::pool_agencies`.
fn pooled(network: &Network, site: usize, duties: &mut [Option<Duty>]) {
    let stations = &network.sites[site].stations;
    // How many hosts a station's officers come to in turn.
    let depth = |mut s: usize| {
        let mut depth = 0;
        while let Some((_, host)) = stations[s].absorbed {
            s = host as usize;
            depth += 1;
        }
        depth
    };
    let mut mergers: Vec<(Time, Reverse<u32>, usize, usize)> = (0..stations.len())
        .filter_map(|s| {
            stations[s]
                .absorbed
                .map(|(from, host)| (from, Reverse(depth(s)), s, host as usize))
        })
        .collect();
    mergers.sort_unstable();
    for (from, _, guest, host) in mergers {
        let (Some(mine), Some(theirs)) = (duties[guest].take(), &duties[host]) else {
            continue;
        };
        duties[host] = Some(pool(theirs, &mine, from, network.drain_end));
        let mut kept: Duty = mine.into_iter().filter(|(at, _)| *at < from).collect();
        kept.push((from, 0));
        duties[guest] = Some(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MS_PER_DAY;

    fn desk(probability: f64, days: u64) -> SickDesk {
        SickDesk {
            site: SiteId(0),
            station: 0,
            probability,
            days: (0..=days).map(|d| Time::from_ms(d * MS_PER_DAY)).collect(),
        }
    }

    fn absent_by_day(probability: f64, officers: u32, days: u64) -> Vec<u32> {
        let desk = desk(probability, days);
        let stream = Stream::new(1, 0, "post", "customs", "exams", Purpose::Sickness);
        let sick = Sickness {
            desk: &desk,
            stream,
        };
        (0..days)
            .map(|d| sick.absent(officers, Time::from_ms(d * MS_PER_DAY + 1)))
            .collect()
    }

    #[test]
    fn the_number_absent_is_binomial() {
        // Three officers, each absent with probability 0.3 on 10,000 days: 0, 1, 2 and 3 are absent on 3430, 4410,
        // 1890 and 270 days. Chi-squared with three degrees of freedom is below 16.3 in 999 of 1000 cases.
        let days = absent_by_day(0.3, 3, 10_000);
        let expected = [3430.0, 4410.0, 1890.0, 270.0];
        let chi2: f64 = (0..4)
            .map(|k| {
                let n = days.iter().filter(|a| **a == k).count() as f64;
                (n - expected[k as usize]).powi(2) / expected[k as usize]
            })
            .sum();
        assert!(chi2 < 16.3, "{chi2}");
    }

    #[test]
    fn nobody_or_everybody_is_absent_with_probability_0_or_1() {
        assert!(absent_by_day(0.0, 5, 50).iter().all(|a| *a == 0));
        assert!(absent_by_day(1.0, 5, 50).iter().all(|a| *a == 5));
    }

    #[test]
    fn who_is_absent_does_not_depend_on_how_many_are_on_duty() {
        let (few, many) = (absent_by_day(0.5, 2, 200), absent_by_day(0.5, 3, 200));
        assert!(few.iter().zip(&many).all(|(a, b)| a <= b && *b <= a + 1));
    }

    #[test]
    fn shares_multiply_and_are_rounded_up() {
        let ms = Time::from_ms;
        let window = |a, b| Windows::new(vec![(ms(a), ms(b))]);
        let (half, most, none) = (window(10, 30), window(20, 40), window(35, 37));
        let strikes = [(0.5, &half), (0.8, &most), (0.0, &none)];
        let roster = [(ms(0), 5), (ms(25), 3)];
        // 5 x 0.5 = 2.5; 5 x 0.4 = 2; 3 x 0.4 = 1.2; 3 x 0.8 = 2.4.
        assert_eq!(
            present(&roster, None, &strikes),
            [(0, 5), (10, 3), (20, 2), (30, 3), (35, 0), (37, 3)].map(|(t, n)| (ms(t), n))
        );
    }
}
