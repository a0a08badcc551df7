//! A log-linear histogram of whole numbers: buckets no wider than 1/256 of their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Buckets per octave, as a power of two: the relative width of a bucket is at most 2^-8.
const BITS: u32 = 8;
/// Number of the last bucket, which holds `u64::MAX`, plus one.
const BUCKETS: usize = ((64 - BITS as usize - 1) << BITS) + (2 << BITS);
const _: () = assert!(BUCKETS <= 1 << 16, "a bucket's number fits into two bytes");

/// Observations that are kept as they come before they are counted.
const RECENT: usize = 256;
/// As many have room at first: a line of the cache.
const FEW: usize = 32;
/// The range of buckets that are counted begins and ends at a multiple of this.
const STEP: usize = 64;

/// Counts of observations in whole milliseconds (or any other integer unit), and of observations without
/// an end, which count as plus infinity in quantiles and shares.
///
/// Values below 512 have a bucket each; above, buckets are at most 1/256 of their values wide. Merging is
/// exact and in any order: histograms of the same observations are equal.
///
/// An observation is two bytes at the end of a list, which is counted when it is full. So few observations need few
/// bytes, and in a network of very many sites one touches no more memory than the list's end; the counts are touched
/// many at a time.
#[derive(Clone, Default)]
pub struct Histogram {
    /// Buckets of observations that are not counted yet, fewer than [`RECENT`].
    recent: Vec<u16>,
    /// Once there were [`RECENT`].
    counted: Option<Box<Counts>>,
    infinite: u64,
}

/// Counts by bucket, of the range of buckets in use.
#[derive(Clone, Default, Debug)]
struct Counts {
    /// The bucket of the first count.
    first: usize,
    /// By bucket, modulo 2^16.
    low: Vec<u16>,
    /// Multiples of 2^16, by bucket.
    carried: BTreeMap<u16, u64>,
}

impl Counts {
    /// Makes room for the buckets from `least` to `greatest`.
    fn cover(&mut self, least: usize, greatest: usize) {
        let (least, greatest) = (least / STEP * STEP, (greatest / STEP + 1) * STEP);
        if self.low.is_empty() {
            self.first = least;
        }
        if least < self.first {
            let before = vec![0; self.first - least];
            self.low.splice(0..0, before);
            self.first = least;
        }
        if greatest > self.first + self.low.len() {
            self.low.resize(greatest - self.first, 0);
        }
    }

    /// Counts `buckets`.
    fn count(&mut self, buckets: &[u16]) {
        for &bucket in buckets {
            let place = usize::from(bucket).wrapping_sub(self.first);
            let Some(low) = self.low.get_mut(place) else {
                self.add(usize::from(bucket), 1);
                continue;
            };
            *low = low.wrapping_add(1);
            if *low == 0 {
                *self.carried.entry(bucket).or_default() += 1 << 16;
            }
        }
    }

    /// `more` observations in `bucket`.
    fn add(&mut self, bucket: usize, more: u64) {
        self.cover(bucket, bucket);
        let low = &mut self.low[bucket - self.first];
        let sum = u64::from(*low) + (more & 0xffff);
        *low = sum as u16;
        let carried = (more & !0xffff) + (sum & !0xffff);
        if carried > 0 {
            *self.carried.entry(bucket as u16).or_default() += carried;
        }
    }

    /// The buckets that hold something, with their counts, in order.
    fn filled(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let carried = |bucket: usize| match self.carried.is_empty() {
            true => 0,
            false => self.carried.get(&(bucket as u16)).copied().unwrap_or(0),
        };
        let counts = self.low.iter().enumerate();
        counts
            .map(move |(place, low)| {
                let bucket = self.first + place;
                (bucket, u64::from(*low) + carried(bucket))
            })
            .filter(|(_, count)| *count > 0)
    }
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
        self.push(bucket_of(value) as u16);
    }

    /// As many more observations of one value.
    #[inline]
    pub fn record_many(&mut self, value: u64, times: u32) {
        let bucket = bucket_of(value) as u16;
        for _ in 0..times {
            self.push(bucket);
        }
    }

    #[inline]
    fn push(&mut self, bucket: u16) {
        if self.recent.len() == self.recent.capacity() {
            self.grow();
        }
        self.recent.push(bucket);
        if self.recent.len() == RECENT {
            self.settle();
        }
    }

    /// Makes room for more recent observations: in few steps, since there are many histograms.
    #[cold]
    fn grow(&mut self) {
        let room = (4 * self.recent.len()).clamp(FEW, RECENT);
        self.recent.reserve_exact(room - self.recent.len());
    }

    /// Counts the recent observations.
    #[cold]
    fn settle(&mut self) {
        let counted = self.counted.get_or_insert_with(|| {
            let mut counts = Counts::default();
            let ends = (self.recent.iter().min(), self.recent.iter().max());
            if let (Some(&least), Some(&greatest)) = ends {
                counts.cover(usize::from(least), usize::from(greatest));
            }
            Box::new(counts)
        });
        counted.count(&self.recent);
        self.recent.clear();
    }

    /// The buckets that hold something, with their counts, in order.
    fn filled(&self) -> Vec<(usize, u64)> {
        let mut recent = self.recent.clone();
        recent.sort_unstable();
        let groups = recent.chunk_by(|a, b| a == b);
        let recent = groups.map(|group| (usize::from(group[0]), group.len() as u64));
        let Some(counted) = &self.counted else {
            return recent.collect();
        };
        let mut all: Vec<(usize, u64)> = Vec::new();
        let mut recent = recent.peekable();
        for (bucket, mut count) in counted.filled() {
            while let Some(before) = recent.next_if(|(other, _)| *other < bucket) {
                all.push(before);
            }
            if let Some((_, more)) = recent.next_if(|(other, _)| *other == bucket) {
                count += more;
            }
            all.push((bucket, count));
        }
        all.extend(recent);
        all
    }

    /// One more observation that did not end: plus infinity.
    pub fn record_infinite(&mut self) {
        self.infinite += 1;
    }

    /// The observations of `other` as well.
    pub fn merge(&mut self, other: &Histogram) {
        for &bucket in &other.recent {
            self.push(bucket);
        }
        if let Some(theirs) = &other.counted {
            let ours = self.counted.get_or_insert_default();
            ours.cover(theirs.first, theirs.first + theirs.low.len() - 1);
            for (bucket, count) in theirs.filled() {
                ours.add(bucket, count);
            }
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
        let counted = self.counted.iter().flat_map(|counts| counts.filled());
        counted.map(|(_, count)| count).sum::<u64>() + self.recent.len() as u64
    }

    /// The value that a share `p` in [0, 1] of the observations does not exceed, interpolated linearly
    /// between the least and the greatest value of its bucket. None without observations, or where it
    /// falls among the infinite ones.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let rank = p.clamp(0.0, 1.0) * self.count() as f64;
        let mut below = 0u64;
        for (bucket, count) in self.filled() {
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
        let (mut below, mut here) = (0u64, 0u64);
        let recent = self.recent.iter().map(|at| (usize::from(*at), 1));
        let counted = self.counted.iter().flat_map(|counts| counts.filled());
        for (at, count) in recent.chain(counted) {
            below += if at < bucket { count } else { 0 };
            here += if at == bucket { count } else { 0 };
        }
        let (least, values) = bucket_range(bucket);
        let here = here as f64;
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

impl PartialEq for Histogram {
    /// Of the observations, however they are kept.
    fn eq(&self, other: &Self) -> bool {
        self.infinite == other.infinite && self.filled() == other.filled()
    }
}

impl Eq for Histogram {}

impl fmt::Debug for Histogram {
    /// The observations, however they are kept: equal histograms read alike.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("counts", &self.filled())
            .field("infinite", &self.infinite)
            .finish()
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
        Sparse {
            counts: self.filled(),
            infinite: self.infinite,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sparse = Sparse::deserialize(deserializer)?;
        let mut histogram = Histogram {
            infinite: sparse.infinite,
            ..Histogram::default()
        };
        let mut next = 0;
        for (bucket, count) in sparse.counts {
            if bucket < next || bucket >= BUCKETS || count == 0 {
                return Err(serde::de::Error::custom(format!(
                    "bucket {bucket} with count {count}: buckets must rise, stay below {BUCKETS} and hold something"
                )));
            }
            next = bucket + 1;
            histogram.counted.get_or_insert_default().add(bucket, count);
        }
        Ok(histogram)
    }
}

#[cfg(test)]
#[path = "histogram_tests.rs"]
mod tests;
