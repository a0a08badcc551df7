//! The interval of one long run: nonoverlapping batch means.

use super::interval::{Interval, lower_tail, mean_and_variance};

/// The usual number of batches (Schmeiser, Batch size effects in the analysis of simulation output, Oper. Res. 30 (1982)
/// 556-568: between 10 and 30; more gain little).
pub const BATCHES: usize = 30;

/// The mean of one run with its interval, and whether its batches look independent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BatchMeans {
    /// Of the mean of batch means.
    pub interval: Interval,
    /// Observations in each batch; what is left over at the *beginning* of the run is not used.
    pub batch: usize,
    /// The sample autocorrelation of neighbouring batch means.
    pub lag1: f64,
    /// The probability of neighbours at least so alike, if batches were independent and normal (von Neumann's ratio); below
    /// 0.05 the batches are too short and the interval too narrow.
    pub p_value: f64,
}

/// Nonoverlapping batch means over one run in steady state: `batches` batches of equal length, Student's t over their means
/// (Law and Carson, Oper. Res. 27 (1979) 1011-1025; Alexopoulos and Seila, Handbook of Simulation (1998), section 7.2.2).
///
/// Independence is tested by von Neumann's ratio as Fishman does (Oper. Res. 26 (1978) 929-931): with
/// C = 1 - sum (Y_i - Y_{i+1})²/(2 sum (Y_i - mean)²), C sqrt((b² - 1)/(b - 2)) is nearly standard normal.
///
/// None with fewer than three batches or fewer observations than batches, or where a value is not finite.
pub fn batch_means(values: &[f64], batches: usize, level: f64) -> Option<BatchMeans> {
    if batches < 3 || values.len() < batches || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let batch = values.len() / batches;
    let used = &values[values.len() - batch * batches..];
    let means: Vec<f64> = used
        .chunks(batch)
        .map(|c| c.iter().sum::<f64>() / batch as f64)
        .collect();
    let interval = Interval::of_mean(&means, level);
    let (mean, variance) = mean_and_variance(&means);
    let squares = variance? * (batches - 1) as f64;
    let (lag1, p_value) = if squares > 0.0 {
        let neighbours = means.windows(2);
        let products: f64 = neighbours
            .clone()
            .map(|w| (w[0] - mean) * (w[1] - mean))
            .sum();
        let steps: f64 = neighbours.map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum();
        let c = 1.0 - steps / (2.0 * squares);
        let b = batches as f64;
        let statistic = c * ((b * b - 1.0) / (b - 2.0)).sqrt();
        (products / squares, lower_tail(-statistic, None))
    } else {
        // Nothing moves: nothing speaks against independence.
        (0.0, 1.0)
    };
    Some(BatchMeans {
        interval,
        batch,
        lag1,
        p_value,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::mixer::Mixer;

    /// An autoregressive series of order 1 about 5, started in its stationary law's mean after a run-in.
    fn series(mixer: &mut Mixer, n: usize, memory: f64) -> Vec<f64> {
        let mut x = 0.0;
        let mut next = || {
            x = memory * x + mixer.uniform() - 0.5;
            5.0 + x
        };
        (0..200).for_each(|_| {
            next();
        });
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn long_batches_cover_and_look_independent_and_short_ones_do_neither() {
        let mut mixer = Mixer::new(21);
        let mut found = |n: usize| {
            let (mut covered, mut rejected) = (0, 0);
            for _ in 0..1000 {
                let run = batch_means(&series(&mut mixer, n, 0.9), BATCHES, 0.95).unwrap();
                covered += u32::from(run.interval.contains(5.0));
                rejected += u32::from(run.p_value < 0.05);
            }
            (f64::from(covered) / 1000.0, f64::from(rejected) / 1000.0)
        };
        let (covered, rejected) = found(30 * 400);
        assert!(
            (0.92..0.975).contains(&covered) && rejected < 0.15,
            "{covered} {rejected}"
        );
        let (covered, rejected) = found(30 * 10);
        assert!(covered < 0.85 && rejected > 0.8, "{covered} {rejected}");
    }

    #[test]
    fn the_size_of_the_test_is_as_stated() {
        let mut mixer = Mixer::new(22);
        let rejected = (0..4000).filter(|_| {
            let values: Vec<f64> = (0..300).map(|_| mixer.uniform()).collect();
            batch_means(&values, BATCHES, 0.95).unwrap().p_value < 0.05
        });
        let share = rejected.count() as f64 / 4000.0;
        assert!((share - 0.05).abs() < 0.012, "{share}");
    }

    #[test]
    fn the_beginning_is_left_over_and_unsound_runs_give_nothing() {
        let found = batch_means(&[99.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0], 3, 0.95).unwrap();
        assert_eq!((found.batch, found.interval.centre), (2, 2.0));
        assert!((found.lag1 - 0.0).abs() < 1e-12);
        assert_eq!(batch_means(&[1.0; 2], 3, 0.95), None);
        assert_eq!(batch_means(&[1.0; 20], 2, 0.95), None);
        assert_eq!(batch_means(&[f64::NAN; 20], 3, 0.95), None);
        assert_eq!(batch_means(&[1.0; 20], 4, 0.95).unwrap().p_value, 1.0);
    }
}
