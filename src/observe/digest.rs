//! The digest of a run: the wrapping 128-bit sum of a hash of every fact with its full key, so that neither the
//! order of handling nor the number of threads, windows or servers can show in it (semantics section 2).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::world::{ComputedJob, Fact, FactKind};

/// A sum of hashes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Digest(pub u128);

// 2^64 divided by the golden ratio, and digits of its square root and of the square root of three; all odd.
const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd1b5_4a32_d192_ed03;
const C: u64 = 0x8cb9_2ba7_2f3d_8dd7;

#[inline(always)]
fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    (product as u64, (product >> 64) as u64)
}

/// Who does what, hashed once for all facts of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct About {
    low: u64,
    high: u64,
}

/// A step of a plan at a visit of a site, as [`About`] takes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place(u64);

impl Place {
    #[inline(always)]
    pub fn new(site: u32, visit: u8, plan: u16, step: u8, attempt: u16) -> Self {
        let place = (u64::from(site) << 32) | (u64::from(visit) << 8) | u64::from(step);
        let what = (u64::from(plan) << 16) | u64::from(attempt);
        let (low, high) = wide(place ^ A, what ^ B);
        Place(low ^ high)
    }

    #[inline(always)]
    pub fn of(self, entity: u64) -> About {
        let (low, high) = wide(entity ^ C, self.0);
        About { low, high }
    }
}

impl Digest {
    /// Adds a fact at a site.
    #[inline(always)]
    pub fn add(&mut self, site: u32, fact: &Fact) {
        let place = Place::new(site, fact.visit, fact.plan, fact.step, fact.attempt);
        let about = place.of(fact.entity.0);
        self.note(about, fact.kind, fact.time.ms(), fact.detail);
    }

    /// Adds a fact: a product of 64 by 64 bits, of which both halves are kept, as in the wyhash family, over that of
    /// who does what.
    #[inline(always)]
    pub(super) fn note(&mut self, about: About, kind: FactKind, time: u64, detail: u64) {
        let key = (kind as u64).wrapping_mul(A);
        let (low, high) = wide(about.low ^ time ^ key, about.high ^ detail);
        let second = low.rotate_left(32).wrapping_mul(A) ^ high;
        let hash = (u128::from(second) << 64) | u128::from(low ^ high);
        self.0 = self.0.wrapping_add(hash);
    }

    /// The facts of a job of this place, which all happen.
    #[inline(always)]
    pub(super) fn note_job(&mut self, place: Place, job: &ComputedJob) {
        let about = place.of(job.entity.0);
        let (joined, started, ended) = (job.joined.ms(), job.started.ms(), job.ended.ms());
        self.note(about, FactKind::Joined, joined, 0);
        self.note(about, FactKind::Started, started, ended - started);
        self.note(about, FactKind::Completed, ended, started);
    }

    /// Adds another digest.
    pub fn merge(&mut self, other: Digest) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::EntityId;
    use crate::time::Time;

    fn fact() -> Fact {
        Fact {
            time: Time::from_ms(86_400_000),
            entity: EntityId(1_234),
            visit: 0,
            plan: 2,
            step: 3,
            attempt: 0,
            kind: FactKind::Started,
            detail: 96_000,
            measured: true,
        }
    }

    fn of(site: u32, fact: &Fact) -> u128 {
        let mut digest = Digest::default();
        digest.add(site, fact);
        digest.0
    }

    /// A fact with one bit of one field changed, and its site.
    fn one_bit(n: u32) -> (u32, Fact) {
        let (mut site, mut fact) = (7, fact());
        match n {
            0..64 => fact.time = Time::from_ms(fact.time.ms() ^ 1 << n),
            64..128 => fact.entity.0 ^= 1 << (n - 64),
            128..192 => fact.detail ^= 1 << (n - 128),
            192..208 => fact.plan ^= 1 << (n - 192),
            208..224 => fact.attempt ^= 1 << (n - 208),
            224..232 => fact.step ^= 1 << (n - 224),
            232..240 => fact.visit ^= 1 << (n - 232),
            _ => site ^= 1 << (n - 240),
        }
        (site, fact)
    }

    #[test]
    fn each_bit_of_each_field_turns_about_half_of_the_hash() {
        let whole = of(7, &fact());
        let mut turned = [0u32; 128];
        for n in 0..272 {
            let (site, other) = one_bit(n);
            let differs = whole ^ of(site, &other);
            assert!(
                (32..=96).contains(&differs.count_ones()),
                "bit {n} turns {} bits",
                differs.count_ones()
            );
            for (bit, times) in (0..).zip(&mut turned) {
                *times += (differs >> bit) as u32 & 1;
            }
        }
        // 136 expected, standard deviation 8.2.
        for (bit, times) in turned.iter().enumerate() {
            assert!((90..=182).contains(times), "bit {bit} turns {times} times");
        }
    }

    #[test]
    fn each_kind_has_its_own_hash_and_what_two_facts_exchange_shows_in_their_sum() {
        let kinds = [FactKind::Joined, FactKind::Started, FactKind::Completed];
        let of_kind = |kind| of(7, &Fact { kind, ..fact() });
        let all: std::collections::BTreeSet<u128> = kinds.into_iter().map(of_kind).collect();
        assert_eq!(all.len(), kinds.len());
        let other = Fact {
            time: Time::from_ms(86_500_000),
            entity: EntityId(77),
            detail: 1_000,
            ..fact()
        };
        let sum = |a: &Fact, b: &Fact| of(7, a).wrapping_add(of(7, b));
        let (mut a, mut b) = (fact(), other);
        std::mem::swap(&mut a.time, &mut b.time);
        assert_ne!(sum(&a, &b), sum(&fact(), &other));
        let (mut a, mut b) = (fact(), other);
        std::mem::swap(&mut a.detail, &mut b.detail);
        assert_ne!(sum(&a, &b), sum(&fact(), &other));
    }

    #[test]
    fn neighbouring_facts_have_different_hashes_in_either_half() {
        let (mut low, mut high) = (std::collections::BTreeSet::new(), Vec::new());
        let kinds = [FactKind::Joined, FactKind::Started, FactKind::Completed];
        for n in 0..60_000u64 {
            let mut fact = fact();
            (fact.time, fact.entity.0) = (Time::from_ms(n % 50), n / 50 % 40);
            (fact.step, fact.detail) = ((n / 2_000 % 5) as u8, n / 10_000 % 2);
            fact.kind = kinds[(n / 20_000) as usize];
            let hash = of(1, &fact);
            low.insert(hash as u64);
            high.push((hash >> 64) as u64);
        }
        high.sort_unstable();
        high.dedup();
        assert_eq!((low.len(), high.len()), (60_000, 60_000));
    }
}
