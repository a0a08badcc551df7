//! A duration measured over consignments: exact moments and a histogram.

use serde::{Deserialize, Serialize};

use crate::stats::{Histogram, Moments};
use crate::time::Span;

/// Observations of one duration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeTally {
    /// Exact sums.
    pub moments: Moments,
    /// Quantiles; unfinished consignments are infinite here.
    pub histogram: Histogram,
    /// Unfinished consignments.
    pub unfinished: u64,
    /// How long those have been inside, at least, in ms.
    pub elapsed: u128,
}

impl TimeTally {
    /// Records one consignment.
    pub fn record(&mut self, time: Span) {
        self.moments.record(time.ms());
        self.histogram.record(time.ms());
    }

    /// Records as many consignments of one time.
    pub fn record_many(&mut self, time: Span, consignments: u32) {
        self.moments.record_many(time.ms(), consignments);
        self.histogram.record_many(time.ms(), consignments);
    }

    /// Records one that has not finished after `elapsed`.
    pub fn record_unfinished(&mut self, elapsed: Span) {
        self.unfinished += 1;
        self.elapsed += u128::from(elapsed.ms());
        self.histogram.record_infinite();
    }

    /// Consignments recorded, finished or not.
    pub fn count(&self) -> u64 {
        self.moments.n + self.unfinished
    }

    /// The mean in hours, with unfinished ones at the time they have been inside: a lower bound where there are any.
    pub fn mean_or_bound_h(&self) -> Option<f64> {
        let n = self.count();
        (n > 0).then(|| {
            (self.moments.sum + self.elapsed) as f64 / n as f64 / crate::time::MS_PER_HOUR as f64
        })
    }
}
