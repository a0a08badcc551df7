//! Times to milestones by group, in exact integers that merge in any order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CHANNELS;
use crate::observe::TimeTally;
use crate::stats::Estimate;
use crate::terms::Channel;
use crate::time::{MS_PER_HOUR, Span};

pub(super) const HOUR: f64 = MS_PER_HOUR as f64;

/// A milestone of a stay, in the order in which they usually come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// The cargo is there.
    Arrival,
    /// The last declaration is made.
    Lodgement,
    /// The first check of documents starts.
    Acceptance,
    /// The last check of documents ends.
    Assessment,
    /// Duties are paid.
    Payment,
    /// The last scan or physical control ends.
    Examination,
    /// The last authority releases it.
    Release,
    /// The cargo leaves.
    GateOut,
}

impl Milestone {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Milestone::Arrival => "arrival",
            Milestone::Lodgement => "lodgement",
            Milestone::Acceptance => "acceptance",
            Milestone::Assessment => "assessment",
            Milestone::Payment => "payment",
            Milestone::Examination => "examination",
            Milestone::Release => "release",
            Milestone::GateOut => "gate-out",
        }
    }
}

/// A group of consignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Split {
    /// All but those reported apart.
    All,
    /// By the strictest channel that an agency put them in: its number.
    Channel(u8),
    /// What an agency did: its number.
    Agency(u16),
    /// Of authorised economic operators or not.
    Aeo(bool),
    /// Data came ahead of the cargo, or not.
    SentAhead(bool),
    /// Arrived in this local hour.
    Hour(u8),
    /// Arrived in a local hour in which more come than on average, or not.
    Peak(bool),
    /// Met a step that is reported apart.
    Apart,
}

impl Split {
    /// By channel.
    pub(super) fn channel(channel: Channel) -> Self {
        let at = CHANNELS.iter().position(|c| *c == channel);
        Split::Channel(at.unwrap_or(0) as u8)
    }

    /// What it is split by.
    pub fn name(&self) -> &'static str {
        match self {
            Split::All => "all",
            Split::Channel(_) => "channel",
            Split::Agency(_) => "agency",
            Split::Aeo(_) => "aeo",
            Split::SentAhead(_) => "sent ahead",
            Split::Hour(_) => "hour",
            Split::Peak(_) => "peak",
            Split::Apart => "apart",
        }
    }

    /// Which group it is; of agencies the scenario has the name.
    pub(super) fn group(&self) -> String {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        match self {
            Split::All | Split::Apart => "all".to_owned(),
            Split::Channel(at) => CHANNELS[usize::from(*at)].to_string(),
            Split::Agency(at) => at.to_string(),
            Split::Hour(hour) => hour.to_string(),
            Split::Aeo(flag) | Split::SentAhead(flag) | Split::Peak(flag) => yes(*flag),
        }
    }
}

/// Site, cell, group, milestone.
pub(super) type Key = (u32, u16, Split, Milestone);

/// Times of one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tally {
    pub time: TimeTally,
    pub least: u64,
    pub greatest: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            time: TimeTally::default(),
            least: u64::MAX,
            greatest: 0,
        }
    }
}

impl Tally {
    pub fn record(&mut self, time: Span, declarations: u32) {
        self.time.record_many(time, declarations);
        self.least = self.least.min(time.ms());
        self.greatest = self.greatest.max(time.ms());
    }

    fn merge(&mut self, other: &Tally) {
        self.time.moments.merge(&other.time.moments);
        self.time.histogram.merge(&other.time.histogram);
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }
}

/// The times of one replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Replication(BTreeMap<Key, Tally>);

impl Replication {
    pub fn of(&mut self, key: Key) -> &mut Tally {
        self.0.entry(key).or_default()
    }
}

/// All replications together: the times, and the mean over replications. Local hours become peak and other hours.
pub(super) fn merge(runs: &[Replication]) -> BTreeMap<Key, (Tally, Estimate)> {
    let mut arrivals: BTreeMap<(u32, u16), [u64; 24]> = BTreeMap::new();
    for ((site, cell, split, milestone), tally) in runs.iter().flat_map(|run| &run.0) {
        if let (Split::Hour(hour), Milestone::Arrival) = (split, milestone) {
            let hours = arrivals.entry((*site, *cell)).or_default();
            hours[usize::from(*hour) % 24] += tally.time.moments.n;
        }
    }
    let peak = |site: u32, cell: u16, hour: u8| {
        let hours = arrivals.get(&(site, cell));
        hours.is_some_and(|hours| 24 * hours[usize::from(hour) % 24] > hours.iter().sum::<u64>())
    };
    let mut whole: BTreeMap<Key, Tally> = BTreeMap::new();
    let mut means: BTreeMap<Key, Vec<f64>> = BTreeMap::new();
    for run in runs {
        let mut sums: BTreeMap<Key, (u64, u128)> = BTreeMap::new();
        for (&(site, cell, split, milestone), tally) in &run.0 {
            let split = match split {
                Split::Hour(hour) => Split::Peak(peak(site, cell, hour)),
                other => other,
            };
            let key = (site, cell, split, milestone);
            whole.entry(key).or_default().merge(tally);
            let (n, sum) = sums.entry(key).or_default();
            *n += tally.time.moments.n;
            *sum += tally.time.moments.sum;
        }
        for (key, (n, sum)) in sums {
            let mean = sum as f64 / n as f64 / HOUR;
            means.entry(key).or_default().push(mean);
        }
    }
    whole
        .into_iter()
        .map(|(key, tally)| {
            let of_runs = means.remove(&key).unwrap_or_default();
            (key, (tally, Estimate::from_replications(&of_runs)))
        })
        .collect()
}
