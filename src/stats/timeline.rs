//! The integral of an integer step function over equal bins of time, exact, and the changes that it is made of.

use serde::{Deserialize, Serialize};

/// A level that lasts: their product. Most fit into 64 bits, which takes one multiplication instead of several.
#[inline(always)]
pub(crate) fn level_ms(level: i64, ms: u64) -> i128 {
    let narrow = i64::try_from(ms).ok().and_then(|ms| level.checked_mul(ms));
    match narrow {
        Some(product) => i128::from(product),
        None => i128::from(level) * i128::from(ms),
    }
}

/// The integral of a level (a queue's length, the number inside) over equal bins from time 0, in level
/// times milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BinnedIntegral {
    bin_ms: u64,
    sums: Vec<u128>,
}

impl BinnedIntegral {
    /// `bins` bins of `bin_ms` milliseconds each, all zero. A width of 0 counts as 1.
    pub fn new(bin_ms: u64, bins: usize) -> Self {
        BinnedIntegral {
            bin_ms: bin_ms.max(1),
            sums: vec![0; bins],
        }
    }

    /// The function has `level` from `from_ms` until `to_ms`. What lies beyond the last bin is left out;
    /// an empty or reversed interval adds nothing.
    pub fn add(&mut self, from_ms: u64, to_ms: u64, level: u64) {
        if level == 0 || from_ms >= to_ms {
            return;
        }
        let level = u128::from(level);
        let first = usize::try_from(from_ms / self.bin_ms).unwrap_or(usize::MAX);
        let Some(touched) = self.sums.get_mut(first..) else {
            return;
        };
        let mut start = from_ms;
        for sum in touched {
            let next_bin = (start / self.bin_ms + 1).saturating_mul(self.bin_ms);
            let end = next_bin.min(to_ms);
            *sum += level * u128::from(end - start);
            if end == to_ms {
                return;
            }
            start = end;
        }
    }

    /// The integrals of the changes of a level that is zero at first, in bins as wide as theirs.
    pub fn of_changes(changes: &BinnedChanges) -> Self {
        let mut level = 0i128;
        let sums = changes.bins.iter().enumerate().map(|(bin, cell)| {
            let (from, to) = changes.range(bin);
            let sum = level * i128::from(to - from) + cell.integral;
            level += i128::from(cell.change);
            // A level that is told rightly is never below zero.
            u128::try_from(sum).unwrap_or(0)
        });
        BinnedIntegral {
            bin_ms: changes.bin_ms,
            sums: sums.collect(),
        }
    }

    /// The integrals of `other`, bin by bin, as well; bins that `other` lacks or has beyond ours count as
    /// zero. False, and nothing is added, where the widths differ.
    #[must_use]
    pub fn merge(&mut self, other: &BinnedIntegral) -> bool {
        if self.bin_ms != other.bin_ms {
            return false;
        }
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
        }
        true
    }

    /// The integral over all bins.
    pub fn total(&self) -> u128 {
        self.sums.iter().sum()
    }

    /// The integral over one bin; zero where there is no such bin.
    pub fn sum_in(&self, bin: usize) -> u128 {
        self.sums.get(bin).copied().unwrap_or(0)
    }

    /// The mean level in one bin; zero where there is no such bin.
    pub fn mean_in(&self, bin: usize) -> f64 {
        self.sum_in(bin) as f64 / self.bin_ms as f64
    }

    /// The number of bins.
    pub fn bins(&self) -> usize {
        self.sums.len()
    }

    /// The width of a bin in milliseconds.
    pub fn bin_ms(&self) -> u64 {
        self.bin_ms
    }
}

/// The changes of a level over equal bins of time from 0, told in any order of time. Each is written down where it
/// falls, so that none depends on those before it; [`BinnedIntegral::of_changes`] adds them up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BinnedChanges {
    bin_ms: u64,
    /// Where the last bin's integral ends.
    end_ms: u64,
    bins: Vec<ChangesInBin>,
    /// The bin of the last change and its range: most changes fall where the one before them did.
    last: usize,
    from: u64,
    to: u64,
}

/// What happens to the level within one bin.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct ChangesInBin {
    /// Net change.
    change: i64,
    /// The changes' integral up to the bin's end.
    integral: i128,
}

impl BinnedChanges {
    /// `bins` bins of `bin_ms` milliseconds each (0 counts as 1), of which none goes beyond `end_ms`.
    pub fn new(bin_ms: u64, bins: usize, end_ms: u64) -> Self {
        let mut changes = BinnedChanges {
            bin_ms: bin_ms.max(1),
            end_ms,
            bins: vec![ChangesInBin::default(); bins],
            last: 0,
            from: 0,
            to: 0,
        };
        (changes.from, changes.to) = changes.range(0);
        changes
    }

    /// From where to where a bin's integral goes.
    fn range(&self, bin: usize) -> (u64, u64) {
        let from = (bin as u64).saturating_mul(self.bin_ms).min(self.end_ms);
        (from, from.saturating_add(self.bin_ms).min(self.end_ms))
    }

    /// The level changes by `by` at `at_ms`. What lies beyond the last bin is left out.
    #[inline(always)]
    pub fn change(&mut self, at_ms: u64, by: i64) {
        if (at_ms < self.from || at_ms >= self.to) && !self.find(at_ms) {
            return;
        }
        if let Some(bin) = self.bins.get_mut(self.last) {
            bin.change += by;
            bin.integral += level_ms(by, self.to - at_ms);
        }
    }

    /// The level is higher by one from `from_ms` until `to_ms`.
    #[inline]
    pub fn stay(&mut self, from_ms: u64, to_ms: u64) {
        if self.from <= from_ms && from_ms <= to_ms && to_ms < self.to {
            if let Some(bin) = self.bins.get_mut(self.last) {
                bin.integral += i128::from(to_ms - from_ms);
            }
            return;
        }
        self.change(from_ms, 1);
        self.change(to_ms, -1);
    }

    /// As several [`BinnedChanges::stay`] that begin at `from_ms` or later and are over by `to_ms`, `sum` milliseconds together,
    /// where one bin holds them all, or none any of them; else does nothing and gives false.
    #[inline]
    pub fn stays(&mut self, from_ms: u64, to_ms: u64, sum: u64) -> bool {
        if from_ms >= self.end_ms {
            // Beyond the last bin.
            return true;
        }
        if from_ms < self.from || from_ms >= self.to {
            self.find(from_ms);
        }
        let within = self.from <= from_ms && to_ms < self.to;
        if within && let Some(bin) = self.bins.get_mut(self.last) {
            bin.integral += i128::from(sum);
        }
        within
    }

    /// As [`BinnedChanges::change`] at each of `instants`; cheaper where most fall into the bin of the one before.
    #[inline]
    pub fn change_each(&mut self, instants: impl Iterator<Item = u64>, by: i64) {
        // Of those in the present bin: how many, and what is left of it after them.
        let (mut n, mut left) = (0i64, 0u64);
        let (mut from, mut to) = (self.from, self.to);
        for at_ms in instants {
            if at_ms < from || at_ms >= to {
                if at_ms >= self.end_ms {
                    continue;
                }
                self.add(n, by, left);
                (n, left) = (0, 0);
                if !self.find(at_ms) {
                    continue;
                }
                (from, to) = (self.from, self.to);
            }
            n += 1;
            left += to - at_ms;
        }
        self.add(n, by, left);
    }

    /// As [`BinnedChanges::stay`] for each, from when to when; cheaper where most are over within the bin of the one before.
    #[inline]
    pub fn stay_each(&mut self, stays: impl Iterator<Item = (u64, u64)>) {
        // What has been told of the present bin and is not written down.
        let mut sum = 0;
        let (mut from, mut to) = (self.from, self.to);
        for (begins, ends) in stays {
            if from <= begins && ends < to {
                sum += ends.saturating_sub(begins);
                continue;
            }
            if begins >= self.end_ms {
                continue;
            }
            self.add(0, 1, std::mem::take(&mut sum));
            self.change(begins, 1);
            self.change(ends, -1);
            if ends >= to {
                // Those that follow begin before this one ends, mostly.
                self.find(begins);
            }
            (from, to) = (self.from, self.to);
        }
        self.add(0, 1, sum);
    }

    /// `n` changes in the present bin, which last for so long together up to its end.
    fn add(&mut self, n: i64, by: i64, left: u64) {
        if let Some(bin) = self.bins.get_mut(self.last) {
            bin.change += n * by;
            bin.integral += i128::from(by) * i128::from(left);
        }
    }

    /// Makes the bin of `at_ms` the present one; false where there is none.
    #[cold]
    fn find(&mut self, at_ms: u64) -> bool {
        let bin = usize::try_from(at_ms / self.bin_ms).unwrap_or(usize::MAX);
        let found = bin < self.bins.len() && at_ms < self.end_ms;
        if found {
            self.last = bin;
            (self.from, self.to) = self.range(bin);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_level_is_shared_among_the_bins_it_spans() {
        let mut queue = BinnedIntegral::new(10, 4);
        queue.add(5, 25, 2);
        queue.add(25, 30, 1);
        assert_eq!([0, 1, 2, 3].map(|b| queue.mean_in(b)), [1.0, 2.0, 1.5, 0.0]);
        assert_eq!(queue.total(), 45);
    }

    #[test]
    fn what_lies_beyond_the_last_bin_or_lasts_no_time_is_left_out() {
        let mut queue = BinnedIntegral::new(10, 2);
        queue.add(15, u64::MAX, 3);
        queue.add(20, 30, 7);
        queue.add(u64::MAX - 1, u64::MAX, 7);
        queue.add(4, 4, 7);
        queue.add(9, 4, 7);
        assert_eq!(queue.total(), 15);
        assert_eq!(queue.mean_in(2), 0.0);
    }

    #[test]
    fn a_level_that_lasts_long_needs_more_than_64_bits() {
        assert_eq!(level_ms(-3, 7), -21);
        let wide = i128::from(u64::MAX) * 3;
        assert_eq!(
            [level_ms(3, u64::MAX), level_ms(-3, u64::MAX)],
            [wide, -wide]
        );
        assert_eq!(level_ms(i64::MIN, 2), i128::from(i64::MIN) * 2);
    }

    proptest! {
        #[test]
        fn each_bin_holds_the_sum_over_its_milliseconds(
            steps in prop::collection::vec((0u64..60, 0u64..60, 0u64..5), 0..10),
            width in 1u64..12,
        ) {
            let mut queue = BinnedIntegral::new(width, 5);
            steps.iter().for_each(|&(from, to, level)| queue.add(from, to, level));
            for bin in 0..5u64 {
                let at = |t: u64| steps.iter().filter(|s| s.0 <= t && t < s.1).map(|s| s.2).sum::<u64>();
                let expected: u64 = (bin * width..(bin + 1) * width).map(at).sum();
                prop_assert_eq!(queue.sum_in(bin as usize), u128::from(expected));
            }
        }

        /// Changes in any order give what their levels give in order of time.
        #[test]
        fn changes_add_up_in_any_order(
            stays in prop::collection::vec((0u64..80, 0u64..80), 0..20),
            width in 1u64..12,
            end in 1u64..70,
            reversed in any::<bool>(),
        ) {
            let mut expected = BinnedIntegral::new(width, 5);
            let mut told: Vec<(u64, i64)> = Vec::new();
            for &(a, b) in &stays {
                let (from, to) = (a.min(b), a.max(b));
                expected.add(from.min(end), to.min(end), 1);
                told.extend([(from, 1), (to, -1)]);
            }
            if reversed {
                told.reverse();
            }
            let mut changes = BinnedChanges::new(width, 5, end);
            told.iter().for_each(|&(at, by)| changes.change(at, by));
            prop_assert_eq!(&BinnedIntegral::of_changes(&changes), &expected);
            let mut whole = BinnedChanges::new(width, 5, end);
            stays.iter().for_each(|&(a, b)| whole.stay(a.min(b), a.max(b)));
            prop_assert_eq!(BinnedIntegral::of_changes(&whole), expected);
        }
    }
}
