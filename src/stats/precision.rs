//! When to stop replicating: a precision that is asked for, looked at on few occasions.

/// The first check is after so many replications.
pub const FIRST_CHECK: u32 = 20;

/// The stopping rule: after 20, 30, 45, 67... replications (each half as many again, rounded down), the half-width is held
/// against a share of the measure's mean (of a difference: of the base's mean), until it is small enough or the
/// greatest number is reached.
///
/// A rule that looks at the interval that it then prints is valid as the precision goes to 0 (Chow and Robbins, Ann. Math.
/// Statist. 36 (1965) 457-462); at finite precision an interval that happens to be small stops too soon, and coverage is a
/// little less than the level. The first check at 20, and few of them, keep that little small (Law and Kelton, Oper. Res. 30
/// (1982) 495-521; Law, Simulation Modeling and Analysis, 5th ed., section 9.4.1).
///
/// ```
/// use corridor::stats::{Precision, Verdict};
///
/// let rule = Precision::new(0.02, 2000).unwrap();
/// // 20 replications: 10 ± 0.5 h is not within 2 %.
/// assert_eq!(rule.judge(20, 0.5, 10.0), Verdict::More { until: 30 });
/// assert_eq!(rule.judge(30, 0.19, 10.0), Verdict::Reached);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Precision {
    relative: f64,
    most: u32,
}

/// What follows from a check.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Verdict {
    /// The half-width is small enough.
    Reached,
    /// Go on until there are so many replications in all, then check again.
    More {
        /// That number.
        until: u32,
    },
    /// The greatest number of replications is reached, the precision is not.
    NotReached {
        /// The half-width in parts of the reference; infinite where either is unknown or the reference is 0.
        relative: f64,
    },
}

impl Precision {
    /// A half-width of at most `relative` (0.02 for 2 %) of the reference, with at most `most` replications; none where
    /// `relative` is not positive and finite, or `most` is less than two, of which no interval follows.
    pub fn new(relative: f64, most: u32) -> Option<Precision> {
        (relative > 0.0 && relative.is_finite() && most >= 2)
            .then_some(Precision { relative, most })
    }

    /// How many replications to run before the first check.
    pub fn first(self) -> u32 {
        FIRST_CHECK.min(self.most)
    }

    /// All numbers of replications at which there may be a check.
    pub fn checks(self) -> Vec<u32> {
        let next = |n: &u32| (*n < self.most).then(|| self.after(*n));
        std::iter::successors(Some(self.first()), next).collect()
    }

    /// The first check after `replications`.
    fn after(self, replications: u32) -> u32 {
        let mut check = FIRST_CHECK;
        while check <= replications {
            // From 20 on each is greater than the one before.
            check = check.saturating_add(check / 2);
        }
        check.min(self.most)
    }

    /// Judges one measure: `half_width` of its interval after `replications`, and the mean it is held against.
    pub fn judge(self, replications: u32, half_width: f64, reference: f64) -> Verdict {
        self.judge_all(replications, &[(half_width, reference)])
    }

    /// Judges several measures, (half-width, reference) each: all must be precise enough. Without any there is nothing to wait for.
    pub fn judge_all(self, replications: u32, measures: &[(f64, f64)]) -> Verdict {
        let relative = |&(half_width, reference): &(f64, f64)| {
            // An exact zero is as precise as anything can be.
            if half_width == 0.0 {
                0.0
            } else {
                half_width / reference.abs()
            }
        };
        let widest = measures.iter().map(relative).fold(0.0, |most: f64, r| {
            if r.is_nan() {
                f64::INFINITY
            } else {
                most.max(r)
            }
        });
        // Fewer than the first check may look precise by chance.
        if widest <= self.relative && replications >= self.first() {
            Verdict::Reached
        } else if replications >= self.most {
            Verdict::NotReached { relative: widest }
        } else {
            Verdict::More {
                until: self.after(replications),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn checks_come_at_half_as_many_again() {
        let checks = Precision::new(0.02, 2000).unwrap().checks();
        assert_eq!(
            checks,
            [
                20, 30, 45, 67, 100, 150, 225, 337, 505, 757, 1135, 1702, 2000
            ]
        );
        assert_eq!(Precision::new(0.02, 8).unwrap().checks(), [8]);
    }

    #[test]
    fn an_unknown_or_impossible_precision_is_never_reached() {
        let rule = Precision::new(0.02, 30).unwrap();
        for (half_width, reference) in [
            (f64::INFINITY, 10.0),
            (0.1, 0.0),
            (f64::NAN, 1.0),
            (0.1, f64::NAN),
        ] {
            let verdict = rule.judge(30, half_width, reference);
            assert_eq!(
                verdict,
                Verdict::NotReached {
                    relative: f64::INFINITY
                }
            );
        }
        assert_eq!(rule.judge(20, 0.0, 0.0), Verdict::Reached);
        assert_eq!(rule.judge(5, 0.0, 1.0), Verdict::More { until: 20 });
        assert!(Precision::new(0.0, 30).is_none() && Precision::new(0.1, 1).is_none());
    }

    #[test]
    fn the_least_precise_measure_decides_and_signs_do_not_matter() {
        let rule = Precision::new(0.1, 100).unwrap();
        assert_eq!(
            rule.judge_all(20, &[(1.0, -10.0), (1.0, 10.0)]),
            Verdict::Reached
        );
        assert_eq!(
            rule.judge_all(20, &[(1.0, -10.0), (1.1, 10.0)]),
            Verdict::More { until: 30 }
        );
    }

    proptest! {
        #[test]
        fn whoever_goes_on_comes_to_an_end(most in 2u32..5000) {
            let rule = Precision::new(0.02, most).unwrap();
            let (mut n, mut checks) = (rule.first(), 0);
            while let Verdict::More { until } = rule.judge(n, 1.0, 1.0) {
                prop_assert!(until > n && until <= most);
                (n, checks) = (until, checks + 1);
            }
            prop_assert_eq!(n, most);
            prop_assert!(checks < 20);
        }
    }
}
