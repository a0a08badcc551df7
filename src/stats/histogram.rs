//! A log-linear histogram of whole numbers: buckets no wider than 1/256 of their values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Buckets per octave, as a power of two: the relative width of a bucket is at most 2^-8.
const BITS: u32 = 8;
/// Number of the last bucket, which holds `u64::MAX`, plus one.
const BUCKETS: usize = ((64 - BITS as usize - 1) << BITS) + (2 << BITS);

/// Counts of observations in whole milliseconds (or any other integer unit), and of observations without
/// an end, which count as plus infinity in quantiles and shares.
///
/// Values below 512 have a bucket each; above, buckets are at most 1/256 of their values wide. Merging is
/// exact and in any order: histograms of the same observations are equal.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Histogram {
    /// By bucket; the last one is not zero, so that equality is that of observations.
    counts: Vec<u64>,
    infinite: u64,
}

/// The bucket of a value.
#[inline]
fn bucket_of(value: u64) -> usize {
    let shift = (1u64 << BITS | value).ilog2() - BITS;
    ((shift as usize) << BITS) + (value >> shift) as usize
}

/// The least value of a bucket and how many values it holds.
fn bucket_range(bucket: usize) -> (u64, u64) {
    let shift = (bucket >> BITS).saturating_sub(1) as u32;
    let upper_bits = (bucket - ((shift as usize) << BITS)) as u64;
    (upper_bits << shift, 1 << shift)
}

impl Histogram {
    /// No observation yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more observation.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let bucket = bucket_of(value);
        match self.counts.get_mut(bucket) {
            Some(count) => *count += 1,
            None => self.grow(bucket),
        }
    }

    /// The first observation in a bucket beyond the last.
    #[cold]
    fn grow(&mut self, bucket: usize) {
        self.counts.resize(bucket + 1, 0);
        self.counts[bucket] = 1;
    }

    /// One more observation that did not end: plus infinity.
    pub fn record_infinite(&mut self) {
        self.infinite += 1;
    }

    /// The observations of `other` as well.
    pub fn merge(&mut self, other: &Histogram) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.infinite += other.infinite;
    }

    /// The number of observations, infinite ones included.
    pub fn count(&self) -> u64 {
        self.finite() + self.infinite
    }

    /// The number of infinite observations.
    pub fn infinite(&self) -> u64 {
        self.infinite
    }

    fn finite(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value that a share `p` in [0, 1] of the observations does not exceed, interpolated linearly
    /// between the least and the greatest value of its bucket. None without observations, or where it
    /// falls among the infinite ones.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let rank = p.clamp(0.0, 1.0) * self.count() as f64;
        let mut below = 0u64;
        for (bucket, &count) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let up_to_here = below + count;
            if up_to_here as f64 >= rank {
                let (least, values) = bucket_range(bucket);
                let within = (rank - below as f64) / count as f64;
                return Some(least as f64 + within * (values - 1) as f64);
            }
            below = up_to_here;
        }
        None
    }

    /// The share of the observations that are at most `limit`; within the limit's bucket, in proportion to
    /// its values. Infinite ones count as observations beyond any limit. None without observations.
    pub fn share_within(&self, limit: u64) -> Option<f64> {
        let n = self.count();
        if n == 0 {
            return None;
        }
        let bucket = bucket_of(limit);
        let below: u64 = self.counts.iter().take(bucket).sum();
        let (least, values) = bucket_range(bucket);
        let here = self.counts.get(bucket).copied().unwrap_or(0) as f64;
        let part = ((limit - least) as f64 + 1.0) / values as f64;
        Some((below as f64 + here * part) / n as f64)
    }

    /// [`Histogram::share_within`] each of `limits`: the points of a cumulative curve. Empty without
    /// observations.
    pub fn cumulative(&self, limits: &[u64]) -> Vec<f64> {
        limits
            .iter()
            .filter_map(|&limit| self.share_within(limit))
            .collect()
    }
}

/// What is stored: (bucket, count) for buckets that hold something, in order.
#[derive(Serialize, Deserialize)]
struct Sparse {
    counts: Vec<(usize, u64)>,
    infinite: u64,
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filled = self
            .counts
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, count)| *count > 0);
        Sparse {
            counts: filled.collect(),
            infinite: self.infinite,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sparse = Sparse::deserialize(deserializer)?;
        let mut histogram = Histogram {
            counts: Vec::new(),
            infinite: sparse.infinite,
        };
        for (bucket, count) in sparse.counts {
            if bucket < histogram.counts.len() || bucket >= BUCKETS || count == 0 {
                return Err(serde::de::Error::custom(format!(
                    "bucket {bucket} with count {count}: buckets must rise, stay below {BUCKETS} and hold something"
                )));
            }
            histogram.counts.resize(bucket, 0);
            histogram.counts.push(count);
        }
        Ok(histogram)
    }
}

#[cfg(test)]
#[path = "histogram_tests.rs"]
mod tests;
