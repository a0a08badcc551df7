//! Shocks and closures: what befalls a corridor from outside, and when.

use crate::random::LawSpec;
use crate::terms::*;
use crate::time::Time;

use super::Scenario;

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub from: Time,
    /// Its end (exclusive); [`Time::MAX`] for ever.
    pub until: Time,
}

/// A day of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearDay {
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1; 31 also stands for the last day of a shorter month.
    pub day: u8,
}

/// Parts of every year, in local time: each from its first day to its last, both included; a part whose last day
/// comes before its first passes the turn of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Season(pub Vec<(YearDay, YearDay)>);

impl Season {
    /// True where `day` lies in the season.
    pub fn holds(&self, day: YearDay) -> bool {
        self.0.iter().any(|&(first, last)| {
            if first <= last {
                first <= day && day <= last
            } else {
                first <= day || day <= last
            }
        })
    }
}

/// When a site or a link is closed, whatever shocks there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closures {
    /// Dated closures.
    pub dated: Vec<Window>,
    /// Where stated, closed outside this season.
    pub open_season: Option<Season>,
}

/// When a shock befalls.
#[derive(Clone, Debug, PartialEq)]
pub enum ShockTime {
    /// Once, at a known time.
    Dated(Window),
    /// Every year, in the local time of the place that it reaches.
    Season(Season),
    /// At random: the times from the end of one (or the start) to the next, and how long each lasts, in ms.
    Random {
        /// From the end of one to the next.
        every: LawSpec,
        /// How long each lasts.
        lasting: LawSpec,
    },
}

/// A shock: for a while, something is slower, less staffed, closed or more in demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Shock {
    /// Name; the draws use it.
    pub name: String,
    /// When it befalls.
    pub when: ShockTime,
    /// The sites whose steps and desks it reaches.
    pub sites: Vec<SiteId>,
    /// Only steps and desks of these agencies, where stated.
    pub agencies: Option<Vec<AgencyId>>,
    /// Only desks of these names, and the steps done there, where stated.
    pub desks: Option<Vec<String>>,
    /// Only steps of these names, where stated; says nothing about desks.
    pub steps: Option<Vec<String>>,
    /// Its `service` reaches only cargo of these flows, where stated.
    pub flows: Option<Vec<FlowId>>,
    /// Factor, above 0, on the times drawn at the start of service.
    pub service: Option<f64>,
    /// Share of the officers on duty that are present, rounded up; 0 is a strike.
    pub staff: Option<f64>,
    /// Sites that it closes.
    pub closes_sites: Vec<SiteId>,
    /// Links that it closes.
    pub closes_links: Vec<LinkId>,
    /// Factor on the demand of `surges`.
    pub demand: Option<f64>,
    /// Flows whose demand it changes.
    pub surges: Vec<FlowId>,
}

impl Shock {
    /// True where its scope holds the desk `name` of `agency`.
    pub fn reaches_desk(&self, agency: AgencyId, name: &str) -> bool {
        self.agencies.as_ref().is_none_or(|a| a.contains(&agency))
            && self
                .desks
                .as_ref()
                .is_none_or(|d| d.iter().any(|desk| desk == name))
    }

    /// True where its scope holds a step `name` that is done at the desk `desk` of `agency`.
    pub fn reaches_step(&self, agency: AgencyId, desk: &str, name: &str) -> bool {
        self.reaches_desk(agency, desk)
            && self
                .steps
                .as_ref()
                .is_none_or(|s| s.iter().any(|step| step == name))
    }
}

impl Scenario {
    /// The largest factor that shocks can put on the demand of `flow`: that of all its surges at once.
    pub fn surge_peak(&self, flow: FlowId) -> f64 {
        self.shocks
            .iter()
            .filter(|shock| shock.surges.contains(&flow))
            .filter_map(|shock| shock.demand)
            .map(|factor| factor.max(1.0))
            .product()
    }
}
