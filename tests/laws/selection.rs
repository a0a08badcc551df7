//! Law: the selection keeps its promise where it is hardest to keep: every candidate worse than the best by just the
//! indifference zone (the slippage configuration), on common random numbers, screened at the ends of fixed rounds.

use corridor::experiment::rank::ROUND;
use corridor::stats::{Kn, rinott_constant};

/// Numbers from splitmix64 (Steele, Lea and Flood 2014), as pairs of normal ones by Box and Muller.
struct Numbers(u64);

impl Numbers {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }
}

const K: usize = 10;
const FIRST: usize = 10;
const DELTA: f64 = 0.5;
const BEST: usize = 6;

/// One experiment: whether the best was selected, the replications that it took, and those of Rinott's procedure with its
/// constant `h`.
fn experiment(numbers: &mut Numbers, h: f64, gap: f64, common: f64) -> (bool, u64, u64) {
    let mut row = || -> Vec<f64> {
        let shared = common.sqrt() * numbers.normal();
        let own = (1.0 - common).sqrt();
        let mean = |i: usize| if i == BEST { 20.0 } else { 20.0 + gap };
        (0..K)
            .map(|i| mean(i) + shared + own * numbers.normal())
            .collect()
    };
    let first: Vec<Vec<f64>> = (0..FIRST).map(|_| row()).collect();
    let stage: Vec<Vec<f64>> = (0..K)
        .map(|i| first.iter().map(|row| row[i]).collect())
        .collect();
    let variance = |values: &Vec<f64>| {
        let mean = values.iter().sum::<f64>() / FIRST as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (FIRST - 1) as f64
    };
    let variances: Vec<f64> = stage.iter().map(variance).collect();
    let size =
        |variance: &f64| ((h * h * variance / (DELTA * DELTA)).ceil() as u64).max(FIRST as u64);
    let rinott: u64 = variances.iter().map(size).sum();
    let mut kn = Kn::new(K, 0.05, DELTA, FIRST).unwrap();
    kn.first_stage(&stage).unwrap();
    let mut sums: Vec<f64> = stage.iter().map(|values| values.iter().sum()).collect();
    let (mut r, mut spent) = (FIRST as u64, (FIRST * K) as u64);
    loop {
        kn.screen(&sums, r).unwrap();
        if let Some(selected) = kn.selected() {
            return (selected == BEST, spent, rinott);
        }
        for _ in 0..ROUND {
            let values = row();
            kn.survivors().iter().for_each(|&i| sums[i] += values[i]);
        }
        r += u64::from(ROUND);
        spent += u64::from(ROUND) * kn.survivors().len() as u64;
    }
}

#[test]
fn of_500_experiments_in_slippage_configuration_the_best_is_selected_as_often_as_promised() {
    const EXPERIMENTS: u32 = 500;
    let mut numbers = Numbers(2024);
    let h = rinott_constant(K, 0.05, FIRST).unwrap();
    for common in [0.0, 0.8] {
        let found: Vec<_> = (0..EXPERIMENTS)
            .map(|_| experiment(&mut numbers, h, DELTA, common))
            .collect();
        let right = found.iter().filter(|(right, ..)| *right).count() as f64;
        let share = right / f64::from(EXPERIMENTS);
        let error = (0.95 * 0.05 / f64::from(EXPERIMENTS)).sqrt();
        assert!(share >= 0.95 - 2.0 * error, "correlation {common}: {share}");
        let (kn, rinott) = found
            .iter()
            .fold((0, 0), |(a, b), (_, kn, rinott)| (a + kn, b + rinott));
        println!("correlation {common}: {share}, {kn} replications, Rinott {rinott}");
        // What correlation makes common cancels in KN's differences and stays in Rinott's variances.
        if common > 0.5 {
            assert!(kn * 2 < rinott, "{kn} {rinott}");
        }
    }
    // The check can fail: without a gap one of ten is as good as another.
    let blind = (0..200)
        .filter(|_| experiment(&mut numbers, h, 0.0, 0.8).0)
        .count();
    assert!(blind < 60, "{blind}");
}
