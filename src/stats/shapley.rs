//! Shapley values: how a total divides fairly among several causes that act together.

use super::interval::Interval;

/// Players at most: 2^8 coalitions are run.
pub const MOST_PLAYERS: usize = 8;

/// The Shapley values of a game with `worths[mask]` the worth of each coalition, player i in it where bit i of the mask is set (so
/// 2^n worths): player i gets the mean, over all orders in which players come, of what is added when i comes,
///
/// sum over S without i of |S|! (n - |S| - 1)!/n! (w(S and i) - w(S))
///
/// (Shapley, A value for n-person games, Contributions to the Theory of Games II (1953) 307-317). They sum to w(all) - w(none).
/// None where the number of worths is no power of two or there are more than [`MOST_PLAYERS`].
///
/// ```
/// // A left and a right glove, and a second right one: the left is scarce.
/// let worth = |mask: u32| f64::from(mask & 1 == 1 && mask > 1);
/// let worths: Vec<f64> = (0..8).map(worth).collect();
/// let found = corridor::stats::shapley(&worths).unwrap();
/// assert!((found[0] - 4.0 / 6.0).abs() < 1e-12 && (found[1] - 1.0 / 6.0).abs() < 1e-12);
/// ```
pub fn shapley(worths: &[f64]) -> Option<Vec<f64>> {
    let n = worths.len().checked_ilog2()? as usize;
    if !worths.len().is_power_of_two() || n > MOST_PLAYERS {
        return None;
    }
    let factorial = |m: usize| (1..=m).product::<usize>() as f64;
    let weight: Vec<f64> = (0..n)
        .map(|size| factorial(size) * factorial(n - size - 1) / factorial(n))
        .collect();
    let value = |player: usize| {
        let without = (0..worths.len()).filter(|mask| mask & (1 << player) == 0);
        let added = without.map(|mask| {
            weight[mask.count_ones() as usize] * (worths[mask | 1 << player] - worths[mask])
        });
        added.sum()
    };
    Some((0..n).map(value).collect())
}

/// How a total divides, with intervals.
#[derive(Clone, PartialEq, Debug)]
pub struct Division {
    /// By player.
    pub values: Vec<Interval>,
    /// w(all) - w(none), the sum of the values.
    pub total: Interval,
}

/// Shapley values over replications: `worths[mask]` holds one value per replication, equal places on common random numbers. A
/// replication is a game of its own, and its values are independent of the others', so that Student's t gives intervals. A
/// replication in which a worth is not finite, or missing, is left out.
///
/// None as of [`shapley`].
pub fn shapley_over_replications(worths: &[Vec<f64>], level: f64) -> Option<Division> {
    let replications = worths.iter().map(Vec::len).min()?;
    let rows = (0..replications).map(|r| worths.iter().map(|w| w[r]).collect::<Vec<f64>>());
    let rows: Vec<Vec<f64>> = rows
        .filter(|row| row.iter().all(|w| w.is_finite()))
        .collect();
    // Also without replications the number of players must be right.
    let players = shapley(&vec![0.0; worths.len()])?.len();
    let games: Vec<Vec<f64>> = rows.iter().filter_map(|row| shapley(row)).collect();
    let of = |player: usize| {
        games
            .iter()
            .map(|values| values[player])
            .collect::<Vec<f64>>()
    };
    let totals: Vec<f64> = rows.iter().map(|row| row[row.len() - 1] - row[0]).collect();
    Some(Division {
        values: (0..players)
            .map(|p| Interval::of_mean(&of(p), level))
            .collect(),
        total: Interval::of_mean(&totals, level),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_airport_game_is_shared_as_littlechild_and_owen_say() {
        // Management Science 20 (1973) 370-372: a runway for planes of cost 1, 3, 6; each part is shared among its users.
        let cost = [1.0, 3.0, 6.0];
        let worth = |mask: usize| {
            (0..3)
                .filter(|i| mask >> i & 1 == 1)
                .map(|i| cost[i])
                .fold(0.0, f64::max)
        };
        let worths: Vec<f64> = (0..8).map(worth).collect();
        let found = shapley(&worths).unwrap();
        for (value, expected) in
            found
                .iter()
                .zip([1.0 / 3.0, 1.0 / 3.0 + 1.0, 1.0 / 3.0 + 1.0 + 3.0])
        {
            assert!((value - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn replications_give_intervals_and_bad_ones_are_left_out() {
        let worths = vec![
            vec![0.0, 0.0, 1.0, 9.0],
            vec![1.0, 2.0, 4.0, f64::NAN],
            vec![2.0, 2.0, 3.0, 1.0],
            vec![5.0, 6.0, 8.0, 1.0],
        ];
        let found = shapley_over_replications(&worths, 0.95).unwrap();
        // By replication: player 0 has ½ (1 + 3) = 2, 3, 4; player 1 has 3, 3, 3.
        assert!((found.values[0].centre - 3.0).abs() < 1e-12);
        assert!(
            (found.values[1].centre - 3.0).abs() < 1e-12 && found.values[1].half_width() < 1e-12
        );
        assert!((found.total.centre - 6.0).abs() < 1e-12);
        assert!((found.values[0].half_width() - found.total.half_width()).abs() < 1e-9);
        assert_eq!(shapley(&[0.0; 3]), None);
        assert_eq!(shapley(&[]), None);
        assert_eq!(shapley(&[0.0; 512]), None);
        assert_eq!(shapley(&[5.0]), Some(vec![]));
    }

    fn game() -> impl Strategy<Value = Vec<f64>> {
        (1usize..=8).prop_flat_map(|n| prop::collection::vec(-100.0..100.0f64, 1 << n))
    }

    proptest! {
        #[test]
        fn values_sum_to_the_whole(worths in game()) {
            let sum: f64 = shapley(&worths).unwrap().iter().sum();
            prop_assert!((sum - (worths[worths.len() - 1] - worths[0])).abs() < 1e-9);
        }

        #[test]
        fn who_adds_the_same_everywhere_gets_that_and_changes_no_other(worths in game(), own in -9.0..9.0f64) {
            // A further player, last, who adds `own` to every coalition (0: a dummy).
            prop_assume!(worths.len() < 256);
            let more: Vec<f64> = worths.iter().copied().chain(worths.iter().map(|w| w + own)).collect();
            let (before, after) = (shapley(&worths).unwrap(), shapley(&more).unwrap());
            prop_assert!((after[before.len()] - own).abs() < 1e-9);
            prop_assert!(before.iter().zip(&after).all(|(b, a)| (b - a).abs() < 1e-9));
        }

        #[test]
        fn who_are_alike_get_the_same_and_names_do_not_matter(worths in game()) {
            prop_assume!(worths.len() > 2);
            let swap = |mask: usize| mask & !3 | (mask & 1) << 1 | (mask >> 1) & 1;
            let swapped: Vec<f64> = (0..worths.len()).map(|m| worths[swap(m)]).collect();
            let (a, b) = (shapley(&worths).unwrap(), shapley(&swapped).unwrap());
            prop_assert!((a[0] - b[1]).abs() < 1e-9 && (a[1] - b[0]).abs() < 1e-9);
            // The sum of a game and its mirror image treats both alike.
            let both: Vec<f64> = worths.iter().zip(&swapped).map(|(x, y)| x + y).collect();
            let both = shapley(&both).unwrap();
            prop_assert!((both[0] - both[1]).abs() < 1e-9);
        }
    }
}
