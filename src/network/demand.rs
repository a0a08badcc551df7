//! Demand, compiled: when a flow's consignments come, how many at once, and which start again empty.

use crate::random::Law;
use crate::scenario;
use crate::terms::{CommodityId, EntityId};
use crate::time::{Span, Time};

/// Ordinals of the opening backlog, apart from those of candidates and of batches formed in the run.
pub const BACKLOG_ORDINALS: u64 = 1 << 40;

/// The first ordinal of those that stand at a site at the start: 24 bits count them, 16 below [`BACKLOG_ORDINALS`] and
/// the bits above it hold the site.
pub const fn backlog_from(site: usize) -> u64 {
    let site = site as u64;
    BACKLOG_ORDINALS | (site & 0xffff) << 24 | (site >> 16) << 41
}

/// The site of one of the opening backlog's ordinals, and its place there.
pub const fn backlog_place(ordinal: u64) -> (usize, u64) {
    let site = (ordinal >> 24 & 0xffff) | (ordinal >> 41) << 16;
    (site as usize, ordinal & 0xff_ffff)
}

/// Most sites of which each can have an opening backlog.
pub const MOST_SITES: usize = 1 << 22;

const _: () = {
    let last = EntityId::consignment(0, backlog_from(MOST_SITES - 1)).ordinal();
    assert!(
        backlog_place(last).0 == MOST_SITES - 1 && last & BACKLOG_ORDINALS != 0,
        "an entity has room for the backlog's ordinals"
    );
};

/// Where a flow's consignments come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A Poisson process of candidates under the envelope, thinned.
    Poisson,
    /// Evenly spaced arrivals.
    Regular,
    /// Arrivals at these times: evenly spaced by expected number, under a rate that varies.
    Timed(Vec<Time>),
    /// Recorded arrivals, in order of time.
    Recorded(Vec<Recorded>),
    /// The ends of another flow's journeys; see [`FlowNode::empties`](super::FlowNode::empties) of that flow.
    After(BackHaul),
}

/// A recorded arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub at: Time,
    /// Ordinal of its first consignment.
    pub first: u64,
    /// How many consignments.
    pub consignments: u32,
    /// What they are, where the record says.
    pub commodity: Option<CommodityId>,
}

/// Vehicles that start again.
#[derive(Clone, Debug)]
pub struct BackHaul {
    /// Probability that one does.
    pub share: f64,
    /// Turnaround.
    pub delay: Law,
}

/// Arrivals in bursts.
#[derive(Clone, Debug)]
pub struct Burst {
    /// How many consignments, before rounding.
    size: Law,
    /// Time from one to the next; `None`: all at once.
    pub spacing: Option<Law>,
    /// Mean number of consignments of a burst, as drawn.
    pub mean: f64,
}

impl Burst {
    /// Ordinals that a burst has for its own: member m of burst b is consignment `b * STRIDE + m`, so that no burst's
    /// size shifts another's consignments.
    pub const STRIDE: u64 = scenario::Burst::MOST as u64;

    /// Bursts of this size and spacing.
    pub fn new(size: Law, spacing: Option<Law>) -> Self {
        let mean = scenario::Burst::mean_of_whole(&size);
        Burst {
            size,
            spacing,
            mean,
        }
    }

    /// How many consignments the burst of the uniform number `u` brings.
    pub fn size(&self, u: f64) -> u64 {
        scenario::Burst::whole(self.size.quantile(u))
    }
}

/// A random time of at least a tick.
pub fn at_least_a_tick(law: &Law, u: f64) -> Span {
    Span::from_ms_f64(law.quantile(u)).max(Span::TICK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::LawSpec;

    fn mean(law: LawSpec) -> f64 {
        Burst::new(Law::compile(&law), None).mean
    }

    #[test]
    fn the_mean_of_a_rounded_size_is_that_of_the_whole_numbers() {
        assert_eq!(mean(LawSpec::Constant(7.0)), 7.0);
        // 0.5 to 3.5 rounds to 1, 2, 3 with a third each.
        let even = mean(LawSpec::Uniform {
            low: 0.5,
            high: 3.5,
        });
        assert!((even - 2.0).abs() < 1e-12, "{even}");
        // 0 to 2: below 1.5 one consignment (3/4), above it two (1/4).
        let low = mean(LawSpec::Uniform {
            low: 0.0,
            high: 2.0,
        });
        assert!((low - 1.25).abs() < 1e-12, "{low}");
        // Exponential with mean m: P(size >= k) = exp(-(k - 1/2) / m), a geometric series.
        let m = 5.0;
        let series = 1.0 + libm::exp(-1.5 / m) / (1.0 - libm::exp(-1.0 / m));
        let found = mean(LawSpec::Exponential { mean: m });
        assert!((found - series).abs() < 1e-6, "{found} {series}");
    }

    #[test]
    fn no_burst_is_larger_than_its_ordinals() {
        let huge = Burst::new(
            Law::compile(&LawSpec::LogNormal {
                mean: 3000.0,
                cv: 3.0,
            }),
            None,
        );
        assert_eq!(huge.size(1.0 - 1e-12), Burst::STRIDE);
        assert_eq!(huge.size(1e-12), 1.max(huge.size(1e-12)));
    }
}
