//! A Time Release Study in the World Customs Organization's form, of the simulated consignments: time from arrival to
//! each milestone, weighted by declarations.
//!
//! Source: WCO, Guide to Measure the Time Required for the Release of Goods, version 3 (2018). Runs are made again with
//! an observer of their own, event by event; the draws, and so the times, are those of every other run.
//!
//! The rule for extreme data: consignments that met a step reported `apart` (an enquiry, say) are kept out of every
//! group but their own; those who gave up, or had not left at the end, are counted by no group. None is left out for its
//! time alone.

mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::ToSpan;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kept::kept;
use super::{Overload, RunError, Store, compile, deadlock, theory};
use crate::engine;
use crate::network::{Network, ScopeId};
use crate::observe::{AgencyStay, Stay, StayObserver};
use crate::scenario::Study;
use crate::stats::Estimate;
use crate::terms::{Channel, EntityId, Mechanism, Mode, Named, Role};
use crate::time::Time;
use crate::world::{Corridor, Draws};
use tally::Replication;

pub use tally::{Milestone, Split};

/// A time release study of one variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimeReleaseStudy {
    /// Scenario name.
    pub scenario: String,
    /// Title.
    pub title: String,
    /// The variant.
    pub variant: String,
    /// Replications.
    pub replications: u32,
    /// Where a desk cannot keep up, so that hours grow with the horizon, as far as that is known before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// One for each site, cell, group and milestone that was met.
    pub rows: Vec<TrsRow>,
}

/// One line of the study.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrsRow {
    /// Site name.
    pub site: String,
    /// Site title.
    pub title: String,
    /// Role.
    pub role: Role,
    /// Mode.
    pub mode: Mode,
    /// Commodity of the lane, where the site has one.
    pub lane: Option<String>,
    /// Of which split, such as `channel`.
    pub split: String,
    /// Which group, such as `red`.
    pub group: String,
    /// Up to which milestone.
    pub milestone: Milestone,
    /// Declarations, in all replications.
    pub n: u64,
    /// Mean hours since arrival, with the interval over replications.
    pub mean_h: Estimate,
    /// Median, over all declarations of all replications.
    pub median_h: f64,
    /// Standard deviation, as above; `None` of fewer than two.
    pub sd_h: Option<f64>,
    /// Least.
    pub min_h: f64,
    /// Greatest.
    pub max_h: f64,
    /// 90th percentile.
    pub p90_h: f64,
}

/// The study of variant number `variant`, over all replications of `study`, spread over the present rayon pool. Those that
/// `store` holds are taken from there. `progress` is told of each replication (done, of how many).
///
/// # Errors
/// Where the scenario cannot be run, or a promise was broken.
pub fn time_release_study(
    study: &Study,
    variant: usize,
    store: Option<&dyn Store>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<TimeReleaseStudy, RunError> {
    let networks = compile(study)?;
    let network = &networks[variant];
    let scenario = &study.variants[variant].scenario;
    let zones: Vec<TimeZone> = scenario
        .sites
        .iter()
        .map(|site| TimeZone::get(&site.time_zone))
        .collect::<Result<_, _>>()
        .map_err(|e| RunError::Scenario(e.to_string()))?;
    let replications = study.experiment.replications;
    let done = AtomicUsize::new(0);
    let runs: Vec<Result<Replication, RunError>> = (0..replications)
        .into_par_iter()
        .map(|number| {
            let make = || one(network, &zones, study.experiment.seed, number);
            let run = kept(store, variant, number, make)?;
            progress(
                done.fetch_add(1, Ordering::Relaxed) + 1,
                replications as usize,
            );
            Ok(run)
        })
        .collect();
    let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let name = |group: &Split| match group {
        Split::Agency(agency) => scenario.agencies[*agency as usize].name.clone(),
        other => other.group(),
    };
    let rows = tally::merge(&runs)
        .into_iter()
        .map(|((site, cell, split, milestone), (tally, mean_h))| {
            let about = &network.sites[site as usize].cells[cell as usize];
            let place = &scenario.sites[site as usize];
            let hours = |ms: Option<f64>| ms.unwrap_or(0.0) / tally::HOUR;
            // Quantiles are interpolated within a bucket, which may reach beyond what was seen.
            let quantile = |p: f64| {
                let (least, most) = (tally.least as f64, tally.greatest as f64);
                hours(
                    tally
                        .time
                        .histogram
                        .quantile(p)
                        .map(|q| q.clamp(least, most)),
                )
            };
            TrsRow {
                site: place.name.clone(),
                title: place.title.clone(),
                role: about.role,
                mode: about.mode,
                lane: about
                    .lane
                    .map(|lane| scenario.commodities[lane.index()].name.clone()),
                split: split.name().to_owned(),
                group: name(&split),
                milestone,
                n: tally.time.moments.n,
                mean_h,
                median_h: quantile(0.5),
                sd_h: tally
                    .time
                    .moments
                    .standard_deviation()
                    .map(|sd| sd / tally::HOUR),
                min_h: tally.least as f64 / tally::HOUR,
                max_h: tally.greatest as f64 / tally::HOUR,
                p90_h: quantile(0.9),
            }
        })
        .collect();
    Ok(TimeReleaseStudy {
        scenario: study.name.clone(),
        title: study.title.clone(),
        variant: study.variants[variant].name.clone(),
        replications: study.experiment.replications,
        overloads: theory::overloads(study, &networks, &[variant]),
        rows,
    })
}

/// One replication.
fn one(
    network: &Network,
    zones: &[TimeZone],
    seed: u64,
    number: u32,
) -> Result<Replication, RunError> {
    let draws = Draws::new(network, seed, number);
    let world: Corridor<'_, StayObserver> = Corridor::new(network, &draws);
    let mut processes = world.processes(|site| StayObserver::new(network, site));
    engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
        .map_err(|e| RunError::PromiseBroken(e.to_string()))?;
    deadlock::check(&world, processes.iter().map(|p| &p.state))?;
    let (mut stays, mut measured) = (Vec::new(), BTreeSet::new());
    for process in processes {
        let (ended, entered) = process.state.observer.finish();
        stays.push(ended);
        measured.extend(entered);
    }
    let mut scopes = Scopes::default();
    let mut replication = Replication::default();
    for (site, stays) in stays.iter().enumerate() {
        for stay in stays.iter().filter(|s| measured.contains(&s.consignment)) {
            let facts = Facts {
                network,
                draws: &draws,
                zone: &zones[site],
                site,
                stay,
            };
            facts.record(&mut replication, &mut scopes)?;
        }
    }
    Ok(replication)
}

/// Which scope recognises a trader's status: by flow or line, site and part; `None` at home.
type Scopes = BTreeMap<(bool, u16, usize, u8), Option<ScopeId>>;

/// A stay with what it happened in.
struct Facts<'a> {
    network: &'a Network,
    draws: &'a Draws,
    zone: &'a TimeZone,
    site: usize,
    stay: &'a Stay,
}

impl Facts<'_> {
    fn record(&self, into: &mut Replication, scopes: &mut Scopes) -> Result<(), RunError> {
        let (stay, reached) = (self.stay, &self.stay.reached);
        let declarations = reached.declared.count_ones().max(1);
        let sent_ahead = reached.data.is_some() || reached.stood_for;
        // What was lodged by sending data is lodged when that came.
        let lodged = reached
            .lodged
            .or(reached.data.filter(|_| reached.stood_for));
        let agencies = &reached.agencies;
        let last = |of: fn(&AgencyStay) -> Option<Time>| agencies.iter().filter_map(of).max();
        let milestones = [
            (Milestone::Arrival, Some(stay.arrived)),
            (Milestone::Lodgement, lodged),
            (
                Milestone::Acceptance,
                agencies.iter().filter_map(|a| a.accepted).min(),
            ),
            (Milestone::Assessment, last(|a| a.assessed)),
            (Milestone::Payment, reached.paid),
            (Milestone::Examination, last(|a| a.examined)),
            (Milestone::Release, stay.released),
            (Milestone::GateOut, Some(stay.departed)),
        ];
        let mut add = |split: Split, milestone: Milestone, at: Option<Time>| {
            if let Some(at) = at {
                // What was done before the cargo came took none of its time.
                let time = at.max(stay.arrived).since(stay.arrived);
                let key = (self.site as u32, stay.cell, split, milestone);
                into.of(key).record(time, declarations);
            }
        };
        if stay.apart {
            for (milestone, at) in milestones {
                add(Split::Apart, milestone, at);
            }
            return Ok(());
        }
        let aeo = self.draws.is_aeo(self.network, stay.consignment);
        let mut splits = vec![
            Split::All,
            Split::Aeo(aeo),
            Split::SentAhead(sent_ahead),
            Split::Hour(self.local_hour()?),
        ];
        let channels = agencies
            .iter()
            .flat_map(|a| self.channels(a, scopes))
            .map(|channel| (severity(channel), channel));
        splits.extend(channels.max().map(|(_, channel)| Split::channel(channel)));
        for split in splits {
            for (milestone, at) in milestones {
                add(split, milestone, at);
            }
        }
        for agency in agencies {
            let split = Split::Agency(agency.agency.0);
            add(split, Milestone::Acceptance, agency.accepted);
            add(split, Milestone::Assessment, agency.assessed);
            add(split, Milestone::Examination, agency.examined);
        }
        Ok(())
    }

    /// The channels that an agency put the consignment, and its train, in; none where all would be in the green one.
    fn channels(&self, agency: &AgencyStay, scopes: &mut Scopes) -> Vec<Channel> {
        let stay = self.stay;
        let plan = &self.network.sites[self.site].plans[usize::from(stay.plan)];
        if !plan.risk_of(agency.part).selects() {
            return Vec::new();
        }
        let own = stay.alone.then_some(stay.consignment);
        own.into_iter()
            .chain(stay.train)
            .map(|who| {
                let aeo = self.counts_as_aeo(who, agency.part, scopes);
                self.draws.channel(
                    self.network,
                    (self.site, stay.plan, agency.part),
                    (who, stay.call),
                    (agency.agency, aeo),
                )
            })
            .collect()
    }

    /// Whether a consignment counts as an authorised operator's here. A train's status is that of all aboard, which is
    /// not kept: it counts where the consignment's does.
    fn counts_as_aeo(&self, who: EntityId, part: u8, scopes: &mut Scopes) -> bool {
        if !self.draws.is_aeo(self.network, self.stay.consignment) {
            return false;
        }
        let key = (who.is_batch(), who.group(), self.site, part);
        let scope = scopes.entry(key).or_insert_with(|| self.scope(who, part));
        let began = self.stay.reached.data.unwrap_or(self.stay.arrived);
        let began = began.min(self.stay.arrived);
        scope.is_none_or(|scope| {
            self.network.levels[scope.index()].at(Mechanism::Recognition, began) > 0.0
        })
    }

    fn scope(&self, who: EntityId, part: u8) -> Option<ScopeId> {
        let group = usize::from(who.group());
        let routes = if who.is_batch() {
            std::slice::from_ref(&self.network.lines[group].route)
        } else {
            &self.network.flows[group].routes
        };
        let stops = routes
            .iter()
            .flat_map(|route| &self.network.routes[*route as usize].stops);
        let mut here = stops.filter(|stop| stop.site.index() == self.site);
        let stop = here.find(|stop| !stop.plans.is_empty())?;
        match &stop.one_stop {
            Some(post) if part == crate::network::ENTRY_PART => post.aeo,
            _ => stop.aeo,
        }
    }

    /// The local hour of the arrival.
    fn local_hour(&self) -> Result<u8, RunError> {
        let ms = self.stay.arrived.ms() as i64;
        let at = self.network.start.checked_add(ms.milliseconds());
        let at = at.map_err(|e| RunError::Scenario(e.to_string()))?;
        Ok(self.zone.to_datetime(at).hour() as u8)
    }
}

/// The stricter channel counts where agencies differ.
fn severity(channel: Channel) -> u8 {
    match channel {
        Channel::Green => 0,
        Channel::Blue => 1,
        Channel::Yellow => 2,
        Channel::Red => 3,
    }
}

impl TimeReleaseStudy {
    /// The rows of one split, in order.
    pub fn of_split<'a>(&'a self, split: &'a str) -> impl Iterator<Item = &'a TrsRow> {
        self.rows.iter().filter(move |row| row.split == split)
    }
}

/// Every channel, by its number in [`Split::Channel`].
const CHANNELS: &[Channel] = Channel::ALL;
