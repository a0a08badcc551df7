//! Where a run's beginning stops to show: MSER-5.

/// Observations in a batch.
pub const BATCH: usize = 5;

/// Batches at the end that are never a remainder: the variance of fewer says nothing, and the curve dips to 0 there.
const LEAST: usize = 5;
/// Nor is less than this part of the series: neighbours are alike, so that a quiet while looks settled.
const LEAST_PART: usize = 10;

/// What MSER-5 found in a series.
#[derive(Clone, PartialEq, Debug)]
pub struct Truncation {
    /// Observations to leave out at the beginning, a multiple of 5.
    pub cut: usize,
    /// The statistic by number of batches left out, from 0 on: the squared standard error of the mean of the rest, as if
    /// batches were independent. For a picture.
    pub curve: Vec<f64>,
    /// Whether the cut can be used.
    pub verdict: Settled,
}

/// Whether a series settles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settled {
    /// The cut lies in the first half.
    Settled,
    /// The cut lies in the second half: the series is too short for its beginning, and no interval may be given.
    TooLate,
}

/// MSER-5 (White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69 (1997) 323-334;
/// Franklin and White, Stationarity tests and MSER-5, Winter Simulation Conference 2008, 541-546) over the *average* of
/// replications: one series each, of equal spacing, of which the shortest tells the length.
///
/// Averages of five neighbours Y_1..Y_m; d is left out so that
///
/// MSER(d) = sum over j > d of (Y_j - mean of Y_{d+1..m})² / (m - d)²
///
/// is least (the first of equals), among those that leave at least five batches and a tenth of them. A cut beyond the middle means that the
/// run was too short for its start-up; that is told, not hidden.
///
/// None with fewer than ten batches (50 observations), or where a value is not finite.
///
/// ```
/// use corridor::stats::{Settled, mser5};
///
/// // A start at 10 that halves every 8 steps, then 0 with a ripple.
/// let series: Vec<f64> = (0..400).map(|t| 10.0 * 0.5f64.powf(t as f64 / 8.0) + (t % 7) as f64 / 7.0).collect();
/// let found = mser5(&[series]).unwrap();
/// assert!(found.verdict == Settled::Settled && (20..60).contains(&found.cut));
/// ```
pub fn mser5(replications: &[Vec<f64>]) -> Option<Truncation> {
    let length = replications.iter().map(Vec::len).min()?;
    let m = length / BATCH;
    if m < 2 * LEAST {
        return None;
    }
    let count = (replications.len() * BATCH) as f64;
    let batch = |j: usize| {
        let sums = replications
            .iter()
            .map(|r| r[j * BATCH..(j + 1) * BATCH].iter().sum::<f64>());
        sums.sum::<f64>() / count
    };
    let batches: Vec<f64> = (0..m).map(batch).collect();
    if batches.iter().any(|b| !b.is_finite()) {
        return None;
    }
    // From the end, so that each remainder's sum of squares follows from the one after it (Welford 1962) without
    // cancellation.
    let mut curve = vec![0.0; m];
    let (mut mean, mut squares) = (0.0, 0.0);
    for (taken, j) in (0..m).rev().enumerate() {
        let n = (taken + 1) as f64;
        let from_mean = batches[j] - mean;
        mean += from_mean / n;
        squares += from_mean * (batches[j] - mean);
        curve[j] = squares / (n * n);
    }
    curve.truncate(m - LEAST.max(m / LEAST_PART) + 1);
    let mut cut = 0;
    for (d, value) in curve.iter().enumerate() {
        if *value < curve[cut] {
            cut = d;
        }
    }
    Some(Truncation {
        cut: cut * BATCH,
        curve,
        verdict: if 2 * cut > m {
            Settled::TooLate
        } else {
            Settled::Settled
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::mixer::Mixer;

    fn noise(mixer: &mut Mixer, n: usize, level: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..n).map(|t| level(t) + mixer.uniform() - 0.5).collect()
    }

    #[test]
    fn a_step_is_cut_where_it_is() {
        let mut mixer = Mixer::new(1);
        let series: Vec<Vec<f64>> = (0..10)
            .map(|_| noise(&mut mixer, 1000, |t| if t < 200 { 3.0 } else { 0.0 }))
            .collect();
        let found = mser5(&series).unwrap();
        // Chance may take a few batches more, never fewer.
        assert!((200..=225).contains(&found.cut), "{}", found.cut);
        assert_eq!(found.verdict, Settled::Settled);
        // The curve is least there.
        let least = found.curve.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(found.curve[found.cut / BATCH], least);
    }

    #[test]
    fn what_never_settles_is_told() {
        let mut mixer = Mixer::new(2);
        // A queue that grows, and a step in the second half.
        for level in [
            |t: usize| t as f64,
            |t: usize| if t < 700 { 5.0 } else { 0.0 },
        ] {
            let found = mser5(&[noise(&mut mixer, 1000, level)]).unwrap();
            assert_eq!(found.verdict, Settled::TooLate, "{}", found.cut);
        }
    }

    #[test]
    fn a_series_without_beginning_loses_little() {
        let mut mixer = Mixer::new(3);
        let late = (0..200).filter(|_| {
            let series: Vec<Vec<f64>> = (0..5).map(|_| noise(&mut mixer, 1000, |_| 4.0)).collect();
            mser5(&series).unwrap().cut > 250
        });
        assert!(late.count() < 30);
    }

    #[test]
    fn the_curve_is_the_formula() {
        let mut mixer = Mixer::new(4);
        let series = noise(&mut mixer, 103, |t| 1.0 / (1.0 + t as f64));
        let found = mser5(std::slice::from_ref(&series)).unwrap();
        let batches: Vec<f64> = series[..100]
            .chunks(5)
            .map(|c| c.iter().sum::<f64>() / 5.0)
            .collect();
        assert_eq!(found.curve.len(), 16);
        for (d, value) in found.curve.iter().enumerate() {
            let rest = &batches[d..];
            let n = rest.len() as f64;
            let mean = rest.iter().sum::<f64>() / n;
            let expected = rest.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (n * n);
            assert!((value - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn too_short_or_unsound_series_give_nothing() {
        assert_eq!(mser5(&[]), None);
        assert_eq!(mser5(&[vec![1.0; 49]]), None);
        assert_eq!(mser5(&[vec![1.0; 500], vec![1.0; 20]]), None);
        assert_eq!(mser5(&[vec![f64::NAN; 100]]), None);
        // Nothing moves: nothing is cut.
        assert_eq!(mser5(&[vec![1.0; 100]]).unwrap().cut, 0);
    }

    proptest! {
        #[test]
        fn unit_and_origin_do_not_move_the_cut(
            series in prop::collection::vec(0u32..1000, 60..200),
            shift in -1000i32..1000,
        ) {
            let series: Vec<f64> = series.into_iter().map(f64::from).collect();
            let moved: Vec<f64> = series.iter().map(|x| 4.0 * x + f64::from(shift)).collect();
            let (a, b) = (mser5(&[series]).unwrap(), mser5(&[moved]).unwrap());
            // Equal up to rounding: where two cuts are as good, either may be found.
            let near = (a.curve[b.cut / 5] - a.curve[a.cut / 5]).abs() <= 1e-9 * a.curve[0].max(1.0);
            prop_assert!(near);
        }
    }
}
