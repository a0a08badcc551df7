//! The digest of a run: the wrapping 128-bit sum of a hash of every fact with its full key, so that neither the
//! order of handling nor the number of threads, windows or servers can show in it (semantics section 2).

use std::fmt;

use crate::world::Fact;

/// A sum of hashes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Digest(pub u128);

const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd1b5_4a32_d192_ed03;
const C: u64 = 0x8cb9_2ba7_2f3d_8dd7;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

impl Digest {
    /// Adds a fact at a site.
    #[inline]
    pub fn add(&mut self, site: u32, fact: &Fact) {
        let part = (u64::from(site) << 32)
            | (u64::from(fact.visit) << 24)
            | (u64::from(fact.step) << 16)
            | u64::from(fact.kind as u8);
        let what = (u64::from(fact.attempt) << 32) | u64::from(fact.plan);
        let x = fold(fact.time.ms() ^ A, fact.entity.0 ^ B);
        let y = fold(part ^ C, fact.detail ^ x.rotate_left(31) ^ A);
        let z = fold(what ^ B, x ^ y.rotate_left(17) ^ C);
        let low = fold(y ^ A, z ^ B);
        let high = fold(z ^ C, low ^ x ^ A);
        self.0 = self
            .0
            .wrapping_add((u128::from(high) << 64) | u128::from(low));
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
