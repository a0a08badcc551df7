//! The plane through a drawn design's points: what each factor does from one end of its range to the other, all others
//! as they were drawn.
//!
//! Ordinary least squares of a point's mean on the factors, each number scaled to 0..1 over its range, each word
//! against the first of its list. The fit is made in every replication, so that a coefficient's interval is over
//! replications, on common random numbers: it is the error of the simulation, for these very points. That the answer
//! is no plane is told by `explained`, the share of the variance between the points' means that the plane explains.

use serde::{Deserialize, Serialize};

use super::{Design, Sweep};
use crate::stats::Estimate;

/// A plane fitted to a design's points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// One for each factor with numbers, and one for each further word of the others.
    pub coefficients: Vec<Coefficient>,
    /// Share of the variance between the points' means that the plane explains, 0 to 1.
    pub explained: f64,
}

/// What a factor does by the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The factor, by position.
    pub factor: usize,
    /// From this value.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Hours.
    pub hours: Estimate,
}

/// What one column of the fit is.
struct Column {
    factor: usize,
    from: String,
    to: String,
    /// By point.
    x: Vec<f64>,
}

/// The plane through the points of a drawn design; nothing for a factorial one, where a point has no mean, where points
/// are no more than three beyond the coefficients, or where the factors cannot be told apart.
pub(super) fn regression(sweep: &Sweep) -> Option<Regression> {
    if sweep.design == Design::Factorial {
        return None;
    }
    let columns = columns(sweep);
    let (n, p) = (sweep.points.len(), columns.len() + 1);
    if n < p + 3 {
        return None;
    }
    let values: Vec<Vec<f64>> = (0..n).map(|i| sweep.values(i)).collect::<Option<_>>()?;
    let row = |i: usize| -> Vec<f64> {
        let ones = std::iter::once(1.0);
        ones.chain(columns.iter().map(|c| c.x[i])).collect()
    };
    let x: Vec<Vec<f64>> = (0..n).map(row).collect();
    let solve = least_squares(&x)?;
    let mut by_column = vec![Vec::new(); columns.len()];
    for r in 0..sweep.replications as usize {
        let y: Vec<f64> = values.iter().map(|point| point[r]).collect();
        let fitted = apply(&solve, &y);
        for (list, value) in by_column.iter_mut().zip(&fitted[1..]) {
            list.push(*value);
        }
    }
    let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len().max(1) as f64;
    let means: Vec<f64> = values.iter().map(|point| mean(point)).collect();
    let fitted = apply(&solve, &means);
    let middle = mean(&means);
    let square = |v: f64| v * v;
    let all: f64 = means.iter().map(|y| square(y - middle)).sum();
    let left: f64 = (x.iter().zip(&means))
        .map(|(x, y)| square(y - x.iter().zip(&fitted).map(|(x, b)| x * b).sum::<f64>()))
        .sum();
    let explained = if all > 0.0 {
        (1.0 - left / all).clamp(0.0, 1.0)
    } else {
        0.0
    };
    Some(Regression {
        coefficients: (columns.into_iter().zip(by_column))
            .map(|(column, hours)| Coefficient {
                factor: column.factor,
                from: column.from,
                to: column.to,
                hours: Estimate::from_replications(&hours),
            })
            .collect(),
        explained,
    })
}

fn columns(sweep: &Sweep) -> Vec<Column> {
    let mut columns = Vec::new();
    for (f, factor) in sweep.factors.iter().enumerate() {
        match factor.range {
            Some((from, to)) if to > from => {
                let unit = match factor.unit.as_str() {
                    "" => String::new(),
                    unit => format!(" {unit}"),
                };
                let scaled = |number: Option<f64>| (number.unwrap_or(from) - from) / (to - from);
                columns.push(Column {
                    factor: f,
                    from: format!("{from}{unit}"),
                    to: format!("{to}{unit}"),
                    x: sweep
                        .points
                        .iter()
                        .map(|p| scaled(p.levels[f].number))
                        .collect(),
                });
            }
            Some(_) => {}
            None => {
                for level in factor.levels.iter().skip(1) {
                    let is = |p: &super::PointResult| f64::from(u8::from(p.levels[f] == *level));
                    columns.push(Column {
                        factor: f,
                        from: factor.levels[0].label().to_owned(),
                        to: level.label().to_owned(),
                        x: sweep.points.iter().map(is).collect(),
                    });
                }
            }
        }
    }
    columns
}

/// The matrix that makes coefficients of observations, (X'X)^-1 X', by Gauss and Jordan with the largest pivot; nothing
/// where X'X has no inverse.
fn least_squares(x: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let (n, p) = (x.len(), x.first()?.len());
    let mut rows: Vec<Vec<f64>> = (0..p)
        .map(|i| {
            let normal = (0..p).map(|j| x.iter().map(|row| row[i] * row[j]).sum::<f64>());
            normal.chain(x.iter().map(|row| row[i])).collect()
        })
        .collect();
    for i in 0..p {
        let pivot = (i..p).max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()))?;
        rows.swap(i, pivot);
        // Columns are within 0..1, so that the pivots of independent ones are of the order of the points.
        if rows[i][i].abs() < 1e-9 * n as f64 {
            return None;
        }
        let scale = rows[i][i];
        rows[i].iter_mut().for_each(|v| *v /= scale);
        let own = rows[i].clone();
        for (j, row) in rows.iter_mut().enumerate() {
            if j != i {
                let factor = row[i];
                row.iter_mut().zip(&own).for_each(|(v, o)| *v -= factor * o);
            }
        }
    }
    Some(rows.into_iter().map(|row| row[p..].to_vec()).collect())
}

fn apply(matrix: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
    let dot = |row: &Vec<f64>| row.iter().zip(y).map(|(a, b)| a * b).sum();
    matrix.iter().map(dot).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_again() {
        let x: Vec<Vec<f64>> = (0..12)
            .map(|i| vec![1.0, f64::from(i % 5) / 4.0, f64::from(i % 3) / 2.0])
            .collect();
        let y: Vec<f64> = x.iter().map(|r| 60.0 - 7.0 * r[1] + 2.5 * r[2]).collect();
        let found = apply(&least_squares(&x).unwrap(), &y);
        for (found, truth) in found.iter().zip([60.0, -7.0, 2.5]) {
            assert!((found - truth).abs() < 1e-9, "{found} {truth}");
        }
    }

    #[test]
    fn factors_that_go_together_cannot_be_told_apart() {
        let x: Vec<Vec<f64>> = (0..9)
            .map(|i| vec![1.0, f64::from(i) / 8.0, f64::from(i) / 8.0])
            .collect();
        assert_eq!(least_squares(&x), None);
    }
}
