//! How a flow's arrivals differ from a steady stream: seasons, growth, recorded times, bursts, back-haul.

use super::Flow;
use crate::random::{Law, LawSpec};
use crate::terms::{CommodityId, FlowId};
use crate::time::{MS_PER_DAY, Span};

/// How a flow's arrivals differ from a steady stream of its volume; the default is none of it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ArrivalPattern {
    /// Where the consignments come from.
    pub source: DemandSource,
    /// Relative rate by local month at the first site, January first, with mean 1 over the days of a common year.
    pub months: Option<[f64; 12]>,
    /// Relative rate by local day of the week, Monday first, with mean 1.
    pub weekdays: Option<[f64; 7]>,
    /// Growth a year: the rate at time t is multiplied by (1 + growth)^(t / 365 days).
    pub growth: f64,
    /// Arrivals come in bursts of random size.
    pub burst: Option<Burst>,
}

/// Where a flow's consignments come from.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum DemandSource {
    /// Its volume.
    #[default]
    Volume,
    /// Recorded times, in order of time.
    Recorded(Vec<RecordedArrival>),
    /// The ends of another flow's journeys.
    After(BackHaul),
}

/// A recorded arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedArrival {
    /// When, since the start.
    pub at: Span,
    /// Ordinal of its first consignment: how many the rows above it in the file bring.
    pub first: u64,
    /// How many consignments.
    pub consignments: u32,
    /// Their commodity, where the record says.
    pub commodity: Option<CommodityId>,
}

/// Arrivals in bursts: vessel calls, convoys.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// How many consignments a burst brings: rounded to the nearest whole number, at least 1, at most
    /// [`Burst::MOST`].
    pub size: LawSpec,
    /// Time between one consignment of a burst and the next, in milliseconds; where `None`, all come at once.
    pub spacing: Option<LawSpec>,
}

impl Burst {
    /// Most consignments of a burst: each burst has this many ordinals for its own.
    pub const MOST: u32 = 4096;

    /// The number of consignments that a draw of the size's law means.
    pub fn whole(size: f64) -> u64 {
        (libm::round(size) as u64).clamp(1, u64::from(Self::MOST))
    }

    /// The mean of a law of the size as drawn, exactly: 1 + the sum over k >= 2 of P(size >= k). Where the size
    /// passes k is found by bisection over the cells of a uniform draw, of which there are 2^52.
    pub fn mean_of_whole(law: &Law) -> f64 {
        const CELLS: u64 = 1 << 52;
        let size = |cell: u64| Self::whole(law.quantile((cell as f64 + 0.5) / CELLS as f64));
        let most = size(CELLS - 1);
        let mut mean = 1.0;
        let mut from = 0;
        for k in 2..=most {
            // The first cell whose size is at least k; the last cell's is.
            let (mut low, mut high) = (from, CELLS - 1);
            while low < high {
                let middle = low + (high - low) / 2;
                if size(middle) >= k {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            from = low;
            mean += (CELLS - low) as f64 / CELLS as f64;
        }
        mean
    }
}

/// Empties: vehicles that brought a consignment of another flow and start again where that journey ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BackHaul {
    /// The other flow; it ends where this one starts.
    pub flow: FlowId,
    /// Probability that a vehicle starts again.
    pub share: f64,
    /// Turnaround: from the end of the other journey to the start of this one, in milliseconds.
    pub delay: LawSpec,
}

/// A year of the growth rate, as in rates per `year`.
pub const GROWTH_YEAR_MS: f64 = 365.0 * MS_PER_DAY as f64;

impl ArrivalPattern {
    /// The factor of growth `at` this long after the start: compound growth at a constant annual rate.
    pub fn growth_at(&self, at: Span) -> f64 {
        if self.growth == 0.0 {
            return 1.0;
        }
        libm::exp(libm::log1p(self.growth) * (at.ms() as f64 / GROWTH_YEAR_MS))
    }
}

impl Flow {
    /// Consignments of a mean burst; 1 without bursts (a group's size is in its rate alone).
    pub fn burst_mean(&self) -> f64 {
        let burst = self.pattern.burst.as_ref();
        burst.map_or(1.0, |burst| {
            Burst::mean_of_whole(&Law::compile(&burst.size))
        })
    }

    /// The greatest rate until `until` after the start, in consignments a day.
    pub fn peak_per_day(&self, until: Span) -> f64 {
        let peak = |rates: Option<&[f64]>| {
            rates.map_or(1.0, |rates| rates.iter().copied().fold(0.0, f64::max))
        };
        let pattern = &self.pattern;
        let seasons = peak(pattern.months.as_ref().map(|r| &r[..]))
            * peak(pattern.weekdays.as_ref().map(|r| &r[..]));
        let grown = pattern.growth_at(until).max(1.0);
        self.per_day * peak(self.hours.as_ref().map(|r| &r[..])) * seasons * grown
    }

    /// True where the times of its arrivals are fixed beforehand, so that its demand cannot change: recorded ones,
    /// empties that return, and regular ones under a rate that varies.
    pub fn comes_when_it_comes(&self) -> bool {
        let pattern = &self.pattern;
        let varies = self.hours.is_some()
            || pattern.months.is_some()
            || pattern.weekdays.is_some()
            || pattern.growth != 0.0;
        pattern.source != DemandSource::Volume
            || self.arrivals == super::Arrivals::Regular && varies
    }
}
