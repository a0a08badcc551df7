//! KN: the fully sequential selection of the best candidate, with common random numbers.

use crate::stats::interval::mean_and_variance;

use super::{SelectionError, check, least};

/// The procedure KN of Kim and Nelson, A fully sequential procedure for indifference-zone selection in simulation, ACM
/// Trans. Modeling and Computer Simulation 11 (2001) 251-273, with c = 1, in the direction *smaller is better*.
///
/// Guarantee: where replications are independent and normal (means of many consignments nearly are) and the best mean is
/// better than every other by at least `delta`, the best is selected with probability at least 1 - alpha. Candidates
/// may share their random numbers in a replication; dependence of that sort makes the differences' variances small and
/// the procedure fast.
///
/// With n0 replications of each of k candidates, S²_il the sample variance of the paired differences, and
///
/// eta = ½ [(2 alpha/(k - 1))^(-2/(n0 - 1)) - 1],  h² = 2 eta (n0 - 1),
///
/// candidate i is eliminated after r replications of all that survive, when for a survivor l
///
/// mean_i - mean_l > W_il(r) = max(0, delta/(2 r) (h² S²_il/delta² - r)).
///
/// The procedure ends at the latest at r = 1 + max floor(h² S²_il/delta²), where every W is 0. The paper screens after
/// each replication. Here it is enough to screen at the end of rounds, of whatever size: the proof bounds the
/// probability that a Brownian motion with drift leaves the triangle |y| < W on the wrong side, and one that is looked at
/// on fewer occasions, fixed beforehand, leaves it wrongly no more often (Jennison, Johnstone and Turnbull 1982, which
/// the paper uses to go from the Brownian motion to whole numbers of replications). Rounds cost replications, not the
/// guarantee.
///
/// All comparisons of a screening are made among those who survived the one before, so that the order of candidates
/// does not matter, and the one with the least mean always survives.
///
/// ```
/// use corridor::stats::Kn;
///
/// let mut kn = Kn::new(2, 0.05, 1.0, 4)?;
/// // Four paired replications: the second candidate is better by about 5.
/// let first = [vec![15.0, 17.0, 16.0, 18.0], vec![10.1, 11.9, 11.0, 13.0]];
/// kn.first_stage(&first)?;
/// let sums = [66.0, 46.0];
/// let gone = kn.screen(&sums, 4)?;
/// assert_eq!((gone[0].candidate, kn.selected()), (0, Some(1)));
/// # Ok::<(), corridor::stats::SelectionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kn {
    k: usize,
    delta: f64,
    first: usize,
    h_squared: f64,
    /// Sample variances of the differences, by i k + l; none before the first stage.
    variances: Vec<f64>,
    /// Candidates that survive, by index.
    survivors: Vec<usize>,
    selected: Option<usize>,
}

/// A candidate that was screened out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Elimination {
    /// Its index.
    pub candidate: usize,
    /// The survivor with the least mean: it beats the candidate by the most, though its pair's bound need not be the
    /// one that was crossed.
    pub best: usize,
    /// Replications of each survivor at that time.
    pub replications: u64,
}

impl Kn {
    /// A procedure for `k` candidates with error probability `alpha`, indifference zone `delta` (in the values' unit) and
    /// `first` replications of each in the first stage.
    ///
    /// # Errors
    /// [`SelectionError`]: there is no candidate, or a number is out of its range.
    pub fn new(k: usize, alpha: f64, delta: f64, first: usize) -> Result<Kn, SelectionError> {
        check(k, alpha, delta, first)?;
        let h_squared = if k == 1 {
            0.0
        } else {
            2.0 * eta(k, alpha, first) * (first - 1) as f64
        };
        Ok(Kn {
            k,
            delta,
            first,
            h_squared,
            variances: Vec::new(),
            survivors: (0..k).collect(),
            selected: (k == 1).then_some(0),
        })
    }

    /// The values of the first stage: for each candidate one value per replication, equal places on common random
    /// numbers. Only these tell the variances; later values do not.
    ///
    /// # Errors
    /// [`SelectionError::Values`] where they are not k lists of `first` finite values.
    pub fn first_stage(&mut self, values: &[Vec<f64>]) -> Result<(), SelectionError> {
        let sound = |v: &Vec<f64>| v.len() == self.first && v.iter().all(|x| x.is_finite());
        if values.len() != self.k || !values.iter().all(sound) {
            return Err(SelectionError::Values);
        }
        self.variances = vec![0.0; self.k * self.k];
        for i in 0..self.k {
            for l in 0..i {
                let pairs = values[i].iter().zip(&values[l]);
                let differences: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
                let variance = mean_and_variance(&differences).1.unwrap_or(0.0);
                self.variances[i * self.k + l] = variance;
                self.variances[l * self.k + i] = variance;
            }
        }
        Ok(())
    }

    /// Screens at the end of a round: `sums` are by candidate the sums over `replications` replications, those of the first stage
    /// included; what stands for candidates that are gone is not read. Gives those who are eliminated, by index.
    ///
    /// Between candidates with equal means at the end, the first is selected.
    ///
    /// # Errors
    /// [`SelectionError::Values`] before the first stage, with fewer replications than it has, or where a survivor's sum is not finite.
    pub fn screen(
        &mut self,
        sums: &[f64],
        replications: u64,
    ) -> Result<Vec<Elimination>, SelectionError> {
        if self.selected.is_some() {
            return Ok(Vec::new());
        }
        let sound = sums.len() == self.k && self.survivors.iter().all(|&i| sums[i].is_finite());
        if self.variances.is_empty() || replications < self.first as u64 || !sound {
            return Err(SelectionError::Values);
        }
        let r = replications as f64;
        let mean = |i: usize| sums[i] / r;
        let Some(best) = least(self.survivors.iter().map(|&i| (i, mean(i)))) else {
            return Err(SelectionError::NoCandidate);
        };
        let ended = replications > self.most();
        let goes = |i: usize| {
            let beaten = |&l: &usize| l != i && mean(i) - mean(l) > self.bound(i, l, r);
            i != best && (ended || self.survivors.iter().any(beaten))
        };
        let gone: Vec<usize> = self
            .survivors
            .iter()
            .copied()
            .filter(|&i| goes(i))
            .collect();
        self.survivors.retain(|i| !gone.contains(i));
        if let [only] = self.survivors[..] {
            self.selected = Some(only);
        }
        let told = gone.into_iter().map(|candidate| Elimination {
            candidate,
            best,
            replications,
        });
        Ok(told.collect())
    }

    /// W_il(r) of the pair.
    fn bound(&self, i: usize, l: usize, r: f64) -> f64 {
        let settled = self.h_squared * self.variances[i * self.k + l] / (self.delta * self.delta);
        (self.delta / (2.0 * r) * (settled - r)).max(0.0)
    }

    /// The greatest N_il among the survivors: one replication more ends the procedure. 0 before the first stage.
    pub fn most(&self) -> u64 {
        let pairs = self.survivors.iter().flat_map(|&i| {
            let others = self.survivors.iter().filter(move |&&l| l != i);
            others.map(move |&l| (i, l))
        });
        let square = self.delta * self.delta;
        let needed = pairs.map(|(i, l)| {
            let variance = self.variances.get(i * self.k + l).copied().unwrap_or(0.0);
            (self.h_squared * variance / square).floor() as u64
        });
        needed.max().unwrap_or(0)
    }

    /// The candidates that survive, by index; these are sampled next, all equally.
    pub fn survivors(&self) -> &[usize] {
        &self.survivors
    }

    /// The selected candidate, once only one survives.
    pub fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// h².
    pub fn h_squared(&self) -> f64 {
        self.h_squared
    }
}

/// eta for c = 1, more than one candidate: the solution of ½ (1 + 2 eta)^(-(n0 - 1)/2) = alpha/(k - 1).
fn eta(k: usize, alpha: f64, first: usize) -> f64 {
    let tail = 2.0 * alpha / (k - 1) as f64;
    0.5 * (libm::pow(tail, -2.0 / (first - 1) as f64) - 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;
    use crate::stats::mixer::Mixer;

    #[test]
    fn eta_solves_the_papers_equation() {
        for (k, alpha, first) in [(2, 0.05, 10), (10, 0.05, 20), (100, 0.1, 24)] {
            let eta = eta(k, alpha, first);
            let left = 0.5 * (1.0 + 2.0 * eta).powf(-((first - 1) as f64) / 2.0);
            assert!((left / (alpha / (k - 1) as f64) - 1.0).abs() < 1e-12, "{k}");
        }
    }

    /// One experiment in slippage configuration: whether the best (index 1) is selected, and how many replications it took.
    fn slippage(mixer: &mut Mixer, k: usize, gap: f64, common: f64, round: u64) -> (bool, u64) {
        let normal = Normal::standard();
        let mut row = || -> Vec<f64> {
            let shared = common * normal.inverse_cdf(mixer.uniform().max(1e-15));
            (0..k)
                .map(|i| {
                    let own = normal.inverse_cdf(mixer.uniform().max(1e-15));
                    shared + own + if i == 1 { 0.0 } else { gap }
                })
                .collect()
        };
        let mut kn = Kn::new(k, 0.05, 0.5, 10).unwrap();
        let rows: Vec<Vec<f64>> = (0..10).map(|_| row()).collect();
        let columns: Vec<Vec<f64>> = (0..k)
            .map(|i| rows.iter().map(|r| r[i]).collect())
            .collect();
        kn.first_stage(&columns).unwrap();
        let mut sums: Vec<f64> = columns.iter().map(|c| c.iter().sum()).collect();
        let (mut r, mut total) = (10, 10 * k as u64);
        loop {
            kn.screen(&sums, r).unwrap();
            if let Some(best) = kn.selected() {
                return (best == 1, total);
            }
            for _ in 0..round {
                let values = row();
                kn.survivors().iter().for_each(|&i| sums[i] += values[i]);
            }
            r += round;
            total += round * kn.survivors().len() as u64;
        }
    }

    #[test]
    fn the_best_is_selected_as_often_as_promised_whatever_the_rounds() {
        let mut mixer = Mixer::new(11);
        for (round, common) in [(1, 0.0), (5, 2.0), (10, 2.0)] {
            let experiments = 2000;
            let right = (0..experiments).filter(|_| slippage(&mut mixer, 5, 0.5, common, round).0);
            let share = right.count() as f64 / f64::from(experiments);
            // Two standard errors of a share of 0.95 among 2000.
            assert!(
                share >= 0.95 - 2.0 * (0.95f64 * 0.05 / 2000.0).sqrt(),
                "{round}: {share}"
            );
            // Without a gap the least of five is as good as any: the check can fail.
            let blind = (0..200).filter(|_| slippage(&mut mixer, 5, 0.0, common, round).0);
            assert!(blind.count() < 80);
        }
    }

    #[test]
    fn common_random_numbers_do_not_cost_replications() {
        let mut mixer = Mixer::new(3);
        let mut mean = |common| -> f64 {
            let totals = (0..300).map(|_| slippage(&mut mixer, 4, 0.5, common, 1).1);
            totals.sum::<u64>() as f64 / 300.0
        };
        // A disturbance common to all cancels in every difference, however large.
        let (without, with) = (mean(0.0), mean(50.0));
        assert!((without / with - 1.0).abs() < 0.1, "{without} {with}");
    }

    #[test]
    fn equal_candidates_end_and_the_first_is_selected() {
        let mut kn = Kn::new(3, 0.05, 1.0, 3).unwrap();
        kn.first_stage(&vec![vec![1.0, 2.0, 3.0]; 3]).unwrap();
        kn.screen(&[6.0; 3], 3).unwrap();
        assert_eq!(kn.selected(), Some(0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(
            Kn::new(0, 0.05, 1.0, 5).unwrap_err(),
            SelectionError::NoCandidate
        );
        assert_eq!(Kn::new(2, 0.5, 1.0, 5).unwrap_err(), SelectionError::Alpha);
        assert_eq!(Kn::new(2, 0.05, 0.0, 5).unwrap_err(), SelectionError::Delta);
        assert_eq!(
            Kn::new(2, 0.05, 1.0, 1).unwrap_err(),
            SelectionError::FirstStage
        );
        let mut kn = Kn::new(2, 0.05, 1.0, 2).unwrap();
        assert_eq!(
            kn.screen(&[1.0, 2.0], 2).unwrap_err(),
            SelectionError::Values
        );
        assert!(
            kn.first_stage(&[vec![1.0, f64::NAN], vec![1.0, 2.0]])
                .is_err()
        );
        assert_eq!(Kn::new(1, 0.05, 1.0, 2).unwrap().selected(), Some(0));
    }

    proptest! {
        /// Whatever the values: somebody survives, the least mean among them, those eliminated are not; and after the last round one is left.
        #[test]
        fn the_least_mean_survives_and_the_end_comes(
            values in prop::collection::vec(prop::collection::vec(-5.0..5.0f64, 4), 2..6),
            more in prop::collection::vec(-5.0..5.0f64, 6),
        ) {
            let k = values.len();
            let mut kn = Kn::new(k, 0.05, 0.5, 4).unwrap();
            kn.first_stage(&values).unwrap();
            let mut sums: Vec<f64> = values.iter().map(|v| v.iter().sum()).collect();
            kn.screen(&sums, 4).unwrap();
            let best = least(sums.iter().copied().enumerate()).unwrap();
            prop_assert!(kn.survivors().contains(&best));
            let last = kn.most().max(4) + 1;
            let left = kn.survivors().to_vec();
            for &i in &left {
                sums[i] += more[i] * (last - 4) as f64;
            }
            kn.screen(&sums, last).unwrap();
            let best = least(left.iter().map(|&i| (i, sums[i]))).unwrap();
            prop_assert_eq!(kn.selected(), Some(if left.len() == 1 { left[0] } else { best }));
        }
    }
}
