//! Design points: every combination of the factors' values, or points that fill the space between them.

use serde::{Deserialize, Serialize};

use super::SweptFactor;
use crate::scenario::{Change, Level, Point, Values, Vary};
use crate::stats::{full_factorial, latin_hypercube, sobol_points};

/// The most points of a design: each is a network in memory, and a replication of each is a whole run.
pub const MOST_POINTS: usize = 2_000;

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Every combination of values.
    Factorial,
    /// Each factor's range in as many equal parts as there are points, each part once (McKay, Beckman and Conover 1979).
    Latin {
        /// How many.
        points: u32,
    },
    /// A scrambled Sobol sequence: points that leave no gap in any few factors taken together; best in powers of two.
    Sobol {
        /// How many.
        points: u32,
    },
}

/// Factors, and their values at each point.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How points were chosen.
    pub design: Design,
    /// The factors.
    pub factors: Vec<SweptFactor>,
    /// What the factors change.
    vary: Vec<Vary>,
    /// By point, by factor.
    pub points: Vec<Vec<Level>>,
}

impl Plan {
    /// The points of a design; where it draws them, from `seed`.
    ///
    /// # Errors
    /// What cannot be, and the remedy.
    pub fn new(vary: &[Vary], design: Design, seed: u64) -> Result<Plan, String> {
        if vary.is_empty() {
            return Err(
                "nothing is varied: add --vary PATH=VALUES, such as --vary regime=serial,joint"
                    .to_owned(),
            );
        }
        for (i, one) in vary.iter().enumerate() {
            if vary[..i].iter().any(|other| other.factor == one.factor) {
                return Err(format!(
                    "`{}` is varied twice: write all its values in one --vary",
                    one.factor
                ));
            }
        }
        let points = match design {
            Design::Factorial => factorial(vary)?,
            Design::Latin { points } | Design::Sobol { points } => {
                drawn(vary, design, points, seed)?
            }
        };
        Ok(Plan {
            design,
            factors: vary.iter().map(swept).collect(),
            vary: vary.to_vec(),
            points,
        })
    }

    /// The design points for a scenario, each starting from `variant` of the file, or from its base.
    pub fn scenario_points(&self, variant: Option<&str>) -> Vec<Point> {
        let point = |levels: &Vec<Level>| Point {
            name: self.name(levels),
            variant: variant.map(str::to_owned),
            interventions: Vec::new(),
            changes: (self.vary.iter().zip(levels))
                .map(|(vary, level)| Change {
                    factor: vary.factor.clone(),
                    value: level.text.clone(),
                })
                .collect(),
            option: "--vary".to_owned(),
        };
        self.points.iter().map(point).collect()
    }

    /// A point's name: every factor with its value.
    pub(super) fn name(&self, levels: &[Level]) -> String {
        let parts = self.factors.iter().zip(levels);
        let parts: Vec<String> = parts
            .map(|(factor, level)| format!("{}={}", factor.name, level.label()))
            .collect();
        parts.join(" ")
    }
}

fn swept(vary: &Vary) -> SweptFactor {
    let (levels, range) = match &vary.values {
        Values::Listed(levels) => {
            let numbers: Option<Vec<f64>> = levels.iter().map(|level| level.number).collect();
            let range = numbers.map(|numbers| {
                let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (least, most)
            });
            (levels.clone(), range)
        }
        Values::Between { from, to, .. } => (Vec::new(), Some((*from, *to))),
    };
    SweptFactor {
        name: vary.factor.to_string(),
        unit: vary.unit.clone(),
        levels,
        range,
    }
}

/// Every combination; the last factor changes fastest.
fn factorial(vary: &[Vary]) -> Result<Vec<Vec<Level>>, String> {
    let mut lists = Vec::with_capacity(vary.len());
    for one in vary {
        match &one.values {
            Values::Listed(levels) => lists.push(levels),
            Values::Between { from, to, unit } => {
                let unit = if unit.is_empty() { "" } else { " " }.to_owned() + unit;
                return Err(format!(
                    "a factorial design needs values for `{0}`: write {0}={from}{unit}:{to}{unit}:STEP, or choose \
                     --design latin or sobol",
                    one.factor
                ));
            }
        }
    }
    let counts: Vec<usize> = lists.iter().map(|levels| levels.len()).collect();
    let all = counts.iter().try_fold(1usize, |all, n| all.checked_mul(*n));
    if all.is_none_or(|all| all > MOST_POINTS) {
        let product: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let all = all.map_or(String::new(), |all| format!(" = {all}"));
        return Err(format!(
            "the design has {}{all} points, more than {MOST_POINTS}: take fewer values or larger steps, or --design \
             sobol with --points N",
            product.join(" x ")
        ));
    }
    let rows = full_factorial(&counts).map_err(|e| e.to_string())?;
    let levels = |row: Vec<usize>| {
        let places = lists.iter().zip(row);
        places.map(|(levels, at)| levels[at].clone()).collect()
    };
    Ok(rows.into_iter().map(levels).collect())
}

/// Points in the unit cube, as values.
fn drawn(vary: &[Vary], design: Design, points: u32, seed: u64) -> Result<Vec<Vec<Level>>, String> {
    if points as usize > MOST_POINTS {
        return Err(format!(
            "--points {points} is more than {MOST_POINTS}: take fewer"
        ));
    }
    if points < 2 {
        return Err(format!("--points {points} is too few: take at least 2"));
    }
    let (points, factors) = (points as usize, vary.len());
    let shares = match design {
        Design::Latin { .. } => latin_hypercube(points, factors, seed),
        _ => {
            // Both halves of the seed count.
            let seed = (seed ^ (seed >> 32)) as u32;
            sobol_points(points, factors, seed).map_err(|e| e.to_string())?
        }
    };
    let levels = |row: Vec<f64>| {
        let shares = vary.iter().zip(row);
        shares.map(|(vary, share)| vary.at(share)).collect()
    };
    // Where all factors are lists, a point may be drawn again: on the same draws it would come to the same.
    let mut found: Vec<Vec<Level>> = Vec::with_capacity(points);
    for point in shares.into_iter().map(levels) {
        if !found.contains(&point) {
            found.push(point);
        }
    }
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn vary(texts: &[&str]) -> Vec<Vary> {
        texts
            .iter()
            .map(|text| Vary::parse(text).unwrap())
            .collect()
    }

    fn refused(texts: &[&str], design: Design) -> String {
        Plan::new(&vary(texts), design, 1).unwrap_err()
    }

    #[test]
    fn a_factorial_has_every_combination_once_and_the_last_factor_changes_fastest() {
        let plan = Plan::new(
            &vary(&["regime=serial,joint", "a.b=1 h:3 h:1 h"]),
            Design::Factorial,
            1,
        )
        .unwrap();
        let names: Vec<String> = plan.points.iter().map(|p| plan.name(p)).collect();
        assert_eq!(
            names,
            [
                "regime=serial a.b=1 h",
                "regime=serial a.b=2 h",
                "regime=serial a.b=3 h",
                "regime=joint a.b=1 h",
                "regime=joint a.b=2 h",
                "regime=joint a.b=3 h",
            ]
        );
        assert_eq!(plan.factors[1].range, Some((1.0, 3.0)));
        assert_eq!(plan.factors[0].range, None);
    }

    #[test]
    fn drawn_points_fill_every_part_of_every_factor() {
        let factors = vary(&["a.b=0:10", "regime=serial,parallel"]);
        for design in [Design::Latin { points: 8 }, Design::Sobol { points: 8 }] {
            let plan = Plan::new(&factors, design, 7).unwrap();
            assert_eq!(plan, Plan::new(&factors, design, 7).unwrap());
            let mut eighths: Vec<usize> = (plan.points.iter())
                .map(|point| (point[0].number.unwrap() * 0.8) as usize)
                .collect();
            eighths.sort_unstable();
            assert_eq!(eighths, [0, 1, 2, 3, 4, 5, 6, 7], "{design:?}");
            let serial = plan.points.iter().filter(|p| p[1].text == "serial");
            assert_eq!(serial.count(), 4, "{design:?}");
        }
    }

    #[test]
    fn a_point_that_is_drawn_again_is_one_point() {
        for design in [Design::Latin { points: 8 }, Design::Sobol { points: 8 }] {
            let plan = Plan::new(&vary(&["a.servers=2:5:1"]), design, 7).unwrap();
            let mut drawn: Vec<&str> = plan.points.iter().map(|p| p[0].text.as_str()).collect();
            drawn.sort_unstable();
            assert_eq!(drawn, ["2", "3", "4", "5"], "{design:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_told_with_its_remedy() {
        assert_eq!(
            refused(&[], Design::Factorial),
            "nothing is varied: add --vary PATH=VALUES, such as --vary regime=serial,joint"
        );
        assert_eq!(
            refused(&["regime=serial", "regime=joint"], Design::Factorial),
            "`regime` is varied twice: write all its values in one --vary"
        );
        assert_eq!(
            refused(&["a.b=1 h:3 h"], Design::Factorial),
            "a factorial design needs values for `a.b`: write a.b=1 h:3 h:STEP, or choose --design latin or sobol"
        );
        assert_eq!(
            refused(&["a.b=1:50:1", "a.c=1:50:1"], Design::Factorial),
            "the design has 50 x 50 = 2500 points, more than 2000: take fewer values or larger steps, or --design \
             sobol with --points N"
        );
        assert_eq!(
            refused(&["a.b=1:3"], Design::Latin { points: 2001 }),
            "--points 2001 is more than 2000: take fewer"
        );
        assert_eq!(
            refused(&["a.b=1:3"], Design::Sobol { points: 1 }),
            "--points 1 is too few: take at least 2"
        );
    }
}
