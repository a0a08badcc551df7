//! Designs of experiments: which points of a space of factors are run.

use super::mixer::Mixer;

/// Why there is no such design.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DesignError {
    /// More factors than the design has dimensions.
    Factors {
        /// At most so many.
        most: usize,
    },
    /// More points than the design can give.
    Points {
        /// At most so many.
        most: usize,
    },
    /// A factor without a level.
    NoLevel {
        /// Its index.
        factor: usize,
    },
}

impl std::fmt::Display for DesignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DesignError::Factors { most } => write!(f, "the design has at most {most} factors"),
            DesignError::Points { most } => write!(f, "the design has at most {most} points"),
            DesignError::NoLevel { factor } => write!(f, "factor {factor} has no level"),
        }
    }
}

impl std::error::Error for DesignError {}

/// Points of a full factorial at most: beyond it nobody can run the design, and memory would end first.
pub const MOST_POINTS: usize = 1 << 20;

/// Points of a Sobol design at most.
pub const MOST_SOBOL_POINTS: usize = 1 << 16;

/// Factors of a Sobol design at most.
pub const MOST_SOBOL_FACTORS: usize = sobol_burley::NUM_DIMENSIONS as usize;

/// Every combination of levels, `levels` the number of each factor: by point the index of each factor's level, the last factor
/// changing fastest. Without factors there is one point.
///
/// # Errors
/// [`DesignError::NoLevel`], or [`DesignError::Points`] beyond [`MOST_POINTS`].
///
/// ```
/// let design = corridor::stats::full_factorial(&[2, 3])?;
/// assert_eq!(design, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
/// # Ok::<(), corridor::stats::DesignError>(())
/// ```
pub fn full_factorial(levels: &[usize]) -> Result<Vec<Vec<usize>>, DesignError> {
    if let Some(factor) = levels.iter().position(|n| *n == 0) {
        return Err(DesignError::NoLevel { factor });
    }
    let product = levels
        .iter()
        .try_fold(1usize, |product, n| product.checked_mul(*n));
    let points = product
        .filter(|n| *n <= MOST_POINTS)
        .ok_or(DesignError::Points { most: MOST_POINTS })?;
    let point = |mut number: usize| {
        let mut point = vec![0; levels.len()];
        for (place, n) in point.iter_mut().zip(levels).rev() {
            *place = number % n;
            number /= n;
        }
        point
    };
    Ok((0..points).map(point).collect())
}

/// A Latin hypercube (McKay, Beckman and Conover, Technometrics 21 (1979) 239-245): `points` points in [0, 1)^factors, of which
/// each factor has exactly one in each of `points` equal intervals, at a random place in it. The same for the same seed.
pub fn latin_hypercube(points: usize, factors: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut mixer = Mixer::new(seed);
    let mut design = vec![vec![0.0; factors]; points];
    for factor in 0..factors {
        let order = mixer.permutation(points);
        for (point, stratum) in design.iter_mut().zip(order) {
            // A sum that rounds up to the next stratum is taken back into its own.
            let place = (stratum as f64 + mixer.uniform()) / points as f64;
            let next = (stratum + 1) as f64 / points as f64;
            point[factor] = if place < next {
                place
            } else {
                next.next_down()
            };
        }
    }
    design
}

/// The first `points` points of Sobol's sequence in [0, 1)^factors, shuffled and scrambled after Owen with the seed (Burley, Practical
/// hash-based Owen scrambling, J. Computer Graphics Techniques 9 (2020) 1-20; directions of Joe and Kuo, SIAM J. Sci. Comput. 30
/// (2008) 2635-2654). Take a power of two: then every factor has one point in each of as many equal intervals.
///
/// # Errors
/// [`DesignError`] beyond [`MOST_SOBOL_POINTS`] or [`MOST_SOBOL_FACTORS`].
pub fn sobol_points(
    points: usize,
    factors: usize,
    seed: u32,
) -> Result<Vec<Vec<f64>>, DesignError> {
    if points > MOST_SOBOL_POINTS {
        return Err(DesignError::Points {
            most: MOST_SOBOL_POINTS,
        });
    }
    if factors > MOST_SOBOL_FACTORS {
        return Err(DesignError::Factors {
            most: MOST_SOBOL_FACTORS,
        });
    }
    let coordinate = |i: usize, d: usize| f64::from(sobol_burley::sample(i as u32, d as u32, seed));
    let point = |i: usize| (0..factors).map(|d| coordinate(i, d)).collect();
    Ok((0..points).map(point).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether each factor has one point in each of as many intervals as there are points.
    fn stratified(design: &[Vec<f64>]) -> bool {
        (0..design[0].len()).all(|factor| {
            let mut strata: Vec<usize> = design
                .iter()
                .map(|p| (p[factor] * design.len() as f64) as usize)
                .collect();
            strata.sort_unstable();
            strata.iter().copied().eq(0..design.len())
        })
    }

    #[test]
    fn a_factorial_has_every_combination_once_and_ends() {
        let design = full_factorial(&[3, 1, 4]).unwrap();
        let mut sorted = design.clone();
        sorted.sort();
        sorted.dedup();
        assert!(sorted == design && design.len() == 12);
        assert_eq!(full_factorial(&[]).unwrap(), [Vec::<usize>::new()]);
        assert_eq!(
            full_factorial(&[2, 0]),
            Err(DesignError::NoLevel { factor: 1 })
        );
        assert_eq!(
            full_factorial(&[usize::MAX, 3]),
            Err(DesignError::Points { most: MOST_POINTS })
        );
    }

    #[test]
    fn sobol_points_fill_space_more_evenly_than_a_hypercube() {
        let design = sobol_points(1024, 6, 7).unwrap();
        assert!(stratified(&design));
        // In pairs of neighbouring dimensions of the first few, a 32 x 32 grid has one point in each cell.
        let cell = |p: &Vec<f64>| ((p[0] * 32.0) as usize, (p[1] * 32.0) as usize);
        let cells: std::collections::BTreeSet<_> = design.iter().map(cell).collect();
        assert_eq!(cells.len(), 1024);
        let other: std::collections::BTreeSet<_> =
            latin_hypercube(1024, 6, 7).iter().map(cell).collect();
        assert!(other.len() < 800);
        assert_ne!(
            sobol_points(8, 2, 1).unwrap(),
            sobol_points(8, 2, 2).unwrap()
        );
        assert!(sobol_points(70_000, 2, 1).is_err() && sobol_points(2, 300, 1).is_err());
    }

    #[test]
    fn sobol_points_integrate_a_smooth_function_well() {
        // The product of (1 + (x_i - 1/2)) over 5 factors has mean 1; plain sampling would err by about 0.02.
        let design = sobol_points(1024, 5, 3).unwrap();
        let sum: f64 = design
            .iter()
            .map(|p| p.iter().map(|x| 0.5 + x).product::<f64>())
            .sum();
        assert!((sum / 1024.0 - 1.0).abs() < 0.002, "{}", sum / 1024.0);
    }

    proptest! {
        #[test]
        fn a_hypercube_has_one_point_in_each_interval(points in 1usize..60, factors in 1usize..6, seed: u64) {
            let design = latin_hypercube(points, factors, seed);
            prop_assert!(design.iter().flatten().all(|x| (0.0..1.0).contains(x)));
            // Intervals by comparison with their ends, as the design is made: x n may round across one.
            for factor in 0..factors {
                for stratum in 0..points {
                    let (from, to) = (stratum as f64 / points as f64, (stratum + 1) as f64 / points as f64);
                    let inside = design.iter().filter(|p| p[factor] >= from && p[factor] < to);
                    prop_assert_eq!(inside.count(), 1);
                }
            }
            prop_assert_eq!(&design, &latin_hypercube(points, factors, seed));
        }
    }
}
