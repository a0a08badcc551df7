//! The tests: those of Knuth (The Art of Computer Programming, volume 2, section 3.3), Marsaglia's birthday spacings
//! and matrix ranks, and Hamming weights, with parameters as in L'Ecuyer and Simard's TestU01 (ACM TOMS 33(4), 2007).

use std::fmt;

use crate::orders::Words;
use crate::tally;

/// What a test says.
pub struct Outcome {
    name: String,
    view: &'static str,
    /// Probability of a statistic at least as great, if the numbers are random; near 0 and near 1 are both bad.
    pub p: f64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { name, view, p } = self;
        if *p > 0.5 {
            write!(f, "{name} ({view}): p = 1 - {:.1e}", 1.0 - p)
        } else {
            write!(f, "{name} ({view}): p = {p:.1e}")
        }
    }
}

/// All tests, one after another on the same sequence.
pub fn all(words: &mut Words, view: &'static str) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut add = |name: String, p: f64| outcomes.push(Outcome { name, view, p });
    for dimensions in [1, 2, 4] {
        add(
            format!("birthday spacings in {dimensions} dimensions"),
            birthdays(words, dimensions),
        );
    }
    for dimensions in [2, 3, 5] {
        add(
            format!("collisions in {dimensions} dimensions"),
            collisions(words, dimensions),
        );
    }
    for dimensions in [2, 4] {
        add(
            format!("equidistribution of {dimensions} numbers"),
            serial(words, dimensions),
        );
    }
    add("bytes".into(), bytes(words));
    add("gaps".into(), gaps(words));
    add("ranks of 64 x 64 bits".into(), ranks(words));
    for lag in [1, 2, 16, 64] {
        add(
            format!("bits changed from number to number, lag {lag}"),
            changes(words, lag),
        );
    }
    add("weights of three numbers".into(), weights(words));
    let (sum, greatest) = correlations(words);
    add("correlation of bits, all".into(), sum);
    add("correlation of bits, greatest".into(), greatest);
    outcomes
}

/// One value of `bits` bits from the highest bits of `dimensions` numbers.
fn point(words: &mut Words, dimensions: u32, bits: u32) -> u64 {
    let each = bits / dimensions;
    (0..dimensions).fold(0, |value, _| value << each | words.next() >> (64 - each))
}

/// Marsaglia's birthday spacings: 2^19 days of a year of 2^52; equal spacings are Poisson with mean n^3 / 4k = 8. Twenty years.
fn birthdays(words: &mut Words, dimensions: u32) -> f64 {
    const N: usize = 1 << 19;
    const BITS: u32 = 52;
    const YEARS: u32 = 20;
    let mut days = vec![0; N];
    let mut equal = 0;
    for _ in 0..YEARS {
        days.fill_with(|| point(words, dimensions, BITS));
        days.sort_unstable();
        // Around the year, so that there are as many spacings as days.
        let last = days[N - 1];
        let mut before = last.wrapping_sub(1 << BITS);
        for day in &mut days {
            let spacing = day.wrapping_sub(before);
            before = *day;
            *day = spacing;
        }
        days.sort_unstable();
        equal += days.windows(2).filter(|w| w[0] == w[1]).count() as u64;
    }
    let n = N as f64;
    tally::poisson(
        equal,
        f64::from(YEARS) * n * n * n / 4.0 / (1_u64 << BITS) as f64,
    )
}

/// Balls into 2^30 urns, 2^23 of them, twice: the number that fall into an urn already taken.
fn collisions(words: &mut Words, dimensions: u32) -> f64 {
    const BALLS: u32 = 1 << 23;
    const BITS: u32 = 30;
    const TIMES: u32 = 2;
    let mut found = 0_u64;
    let mut taken = vec![0_u64; 1 << (BITS - 6)];
    for _ in 0..TIMES {
        taken.fill(0);
        for _ in 0..BALLS {
            let urn = point(words, dimensions, BITS);
            let (place, bit) = ((urn >> 6) as usize, 1 << (urn & 63));
            found += u64::from(taken[place] & bit != 0);
            taken[place] |= bit;
        }
    }
    let urns = f64::from(1_u32 << BITS);
    let density = f64::from(BALLS) / urns;
    let occupied = -urns * (f64::from(BALLS) * (-1.0 / urns).ln_1p()).exp_m1();
    let empty = (-density).exp();
    let variance = urns * empty * (1.0 - (1.0 + density) * empty);
    let times = f64::from(TIMES);
    tally::normal(
        (found as f64 - times * (f64::from(BALLS) - occupied)) / (times * variance).sqrt(),
    )
}

/// Cells of a cube of 2^20, 2^24 points.
fn serial(words: &mut Words, dimensions: u32) -> f64 {
    let mut counts = vec![0_u32; 1 << 20];
    for _ in 0..1 << 24 {
        counts[point(words, dimensions, 20) as usize] += 1;
    }
    tally::equal(&counts)
}

/// Each of the eight bytes of a number.
fn bytes(words: &mut Words) -> f64 {
    let mut counts = vec![[0_u32; 256]; 8];
    for _ in 0..1 << 24 {
        let word = words.next();
        for (byte, counts) in counts.iter_mut().enumerate() {
            counts[(word >> (8 * byte) & 255) as usize] += 1;
        }
    }
    let expected = f64::from(1_u32 << 24) / 256.0;
    let x: f64 = counts
        .iter()
        .flatten()
        .map(|c| (f64::from(*c) - expected).powi(2) / expected)
        .sum();
    tally::chi_square(x, 8.0 * 255.0)
}

/// How many numbers lie between two whose highest five bits are 0.
fn gaps(words: &mut Words) -> f64 {
    const LONGEST: usize = 400;
    let mut counts = vec![0_u64; LONGEST + 1];
    let mut gap = 0;
    for _ in 0..1 << 25 {
        if words.next() >> 59 == 0 {
            counts[gap.min(LONGEST)] += 1;
            gap = 0;
        } else {
            gap += 1;
        }
    }
    let hit = 1.0_f64 / 32.0;
    let mut probabilities: Vec<f64> = (0..LONGEST)
        .map(|g| hit * (1.0 - hit).powi(g as i32))
        .collect();
    probabilities.push((1.0 - hit).powi(LONGEST as i32));
    tally::given(&counts, &probabilities)
}

/// Ranks over GF(2) of matrices whose rows are 64 numbers in turn.
fn ranks(words: &mut Words) -> f64 {
    const MATRICES: u32 = 1 << 16;
    let mut short = [0_u64; 65];
    let mut rows = [0_u64; 64];
    for _ in 0..MATRICES {
        rows.fill_with(|| words.next());
        let mut rank = 0;
        for column in 0..64 {
            let bit = 1_u64 << column;
            let Some(found) = (rank..64).find(|r| rows[*r] & bit != 0) else {
                continue;
            };
            rows.swap(rank, found);
            let pivot = rows[rank];
            for row in &mut rows[rank + 1..] {
                // Without a branch: half the rows have the bit.
                *row ^= pivot & 0_u64.wrapping_sub(u64::from(*row & bit != 0));
            }
            rank += 1;
        }
        short[64 - rank] += 1;
    }
    // P(64 - d) = 2^(-d^2) prod_{i > d} (1 - 2^-i) / prod_{i <= d} (1 - 2^-i) for large matrices; those of 64 differ by
    // less than 2^-60.
    let product = |from: i32, to: i32| (from..=to).map(|i| 1.0 - 0.5_f64.powi(i)).product::<f64>();
    let probabilities: Vec<f64> = (0..5)
        .map(|d| 0.5_f64.powi(d * d) * product(d + 1, 64) / product(1, d))
        .collect();
    tally::given(&short[..5], &probabilities)
}

/// How many bits differ between numbers `lag` apart: binomial.
fn changes(words: &mut Words, lag: usize) -> f64 {
    let mut ring = vec![0_u64; lag];
    ring.fill_with(|| words.next());
    let mut counts = [0_u64; 65];
    // The differences of independent numbers `lag` apart are independent themselves.
    for _ in 0..(1 << 23) / lag {
        for before in &mut ring {
            let word = words.next();
            counts[(*before ^ word).count_ones() as usize] += 1;
            *before = word;
        }
    }
    let mut probabilities = vec![0.5_f64.powi(64)];
    for k in 0..64 {
        let ratio = f64::from(64 - k) / f64::from(k + 1);
        probabilities.push(probabilities[k as usize] * ratio);
    }
    tally::given(&counts, &probabilities)
}

/// Five classes of the number of bits set, of three numbers in turn.
fn weights(words: &mut Words) -> f64 {
    let class = |word: u64| match word.count_ones() {
        0..=28 => 0,
        29..=31 => 1,
        32 => 2,
        33..=35 => 3,
        _ => 4,
    };
    let mut counts = [0_u64; 125];
    for _ in 0..1 << 23 {
        let cell = (0..3).fold(0, |cell, _| 5 * cell + class(words.next()));
        counts[cell] += 1;
    }
    let mut shares = [0.0; 5];
    let mut choose = 0.5_f64.powi(64);
    for k in 0..=64_u32 {
        // The class of a number with k bits set.
        shares[class(if k == 64 { u64::MAX } else { (1 << k) - 1 })] += choose;
        choose *= f64::from(64 - k) / f64::from(k + 1);
    }
    let probabilities: Vec<f64> = (0..125)
        .map(|c| shares[c / 25] * shares[c / 5 % 5] * shares[c % 5])
        .collect();
    tally::given(&counts, &probabilities)
}

/// Each bit of a number against each bit of the next: 4096 correlations over 2^21 pairs.
fn correlations(words: &mut Words) -> (f64, f64) {
    const BLOCKS: u32 = 1 << 15;
    let mut differ = vec![0_u32; 4096];
    let (mut these, mut next) = ([0_u64; 64], [0_u64; 64]);
    for _ in 0..BLOCKS {
        for (a, b) in these.iter_mut().zip(&mut next) {
            (*a, *b) = (words.next(), words.next());
        }
        transpose(&mut these);
        transpose(&mut next);
        for (i, a) in these.iter().enumerate() {
            for (j, b) in next.iter().enumerate() {
                differ[64 * i + j] += (a ^ b).count_ones();
            }
        }
    }
    let pairs = f64::from(BLOCKS) * 64.0;
    let z = differ
        .iter()
        .map(|d| (2.0 * f64::from(*d) - pairs) / pairs.sqrt());
    let sum = tally::chi_square(z.clone().map(|z| z * z).sum(), 4096.0);
    let greatest = z.map(f64::abs).fold(0.0, f64::max);
    // Of the greatest of 4096, which are nearly independent.
    let each = 2.0 * tally::normal(greatest);
    (sum, -(4096.0 * (-each).ln_1p()).exp_m1())
}

/// A matrix of 64 x 64 bits on its side (Hacker's Delight, section 7-3).
fn transpose(rows: &mut [u64; 64]) {
    let mut width = 32;
    let mut mask = 0x0000_0000_ffff_ffff_u64;
    while width != 0 {
        let mut k = 0;
        while k < 64 {
            let swapped = (rows[k] >> width ^ rows[k + width]) & mask;
            rows[k + width] ^= swapped;
            rows[k] ^= swapped << width;
            k = (k + width + 1) & !width;
        }
        width >>= 1;
        mask ^= mask << width;
    }
}
