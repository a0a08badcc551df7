//! The compiled tables against the distribution functions they invert.
#![allow(clippy::unwrap_used)]

use super::*;
use statrs::function::gamma::{gamma_lr, gamma_ur};

/// F(x) and 1 - F(x), each accurate when small, from functions that the tables do not use.
fn both_tails(shape: &Shape, x: f64) -> (f64, f64) {
    match *shape {
        Shape::Exponential => (-libm::expm1(-x), libm::exp(-x)),
        Shape::LogNormal { sigma } => {
            let z = (libm::log(x) + 0.5 * sigma * sigma) / sigma / std::f64::consts::SQRT_2;
            (0.5 * libm::erfc(-z), 0.5 * libm::erfc(z))
        }
        Shape::Gamma { scale, .. } => (
            gamma_lr(1.0 / scale, x / scale),
            gamma_ur(1.0 / scale, x / scale),
        ),
    }
}

fn shapes() -> Vec<(Shape, f64)> {
    let mut shapes = vec![(Shape::Exponential, 1.0)];
    for cv in [0.01, 0.1, 0.3, 0.5, 1.0, 1.3, 2.0, 5.0, 20.0] {
        shapes.push((Shape::lognormal(cv), cv));
    }
    for cv in [0.01, 0.1, 0.25, 0.5, 0.707, 1.0, 1.5, 2.0, 3.0] {
        shapes.push((Shape::gamma(cv), cv));
    }
    shapes
}

/// Uniforms in rising order: a fine grid, and each cell of the table met at its ends and inside.
fn uniforms() -> Vec<f64> {
    let mut tail = Vec::new();
    let mut p = LEAST_TAIL;
    while p < 0.5 {
        tail.push(p);
        p *= 1.0071;
    }
    for cell in 0..CELLS_PER_TAIL - 1 {
        let at = |i: u64| f64::from_bits((FIRST_CELL + i) << (MANTISSA_BITS - CELL_BITS));
        let (left, right) = (at(cell as u64), at(cell as u64 + 1));
        for t in [0.0, 0.211, 0.5, 0.789, 1.0 - 1e-9] {
            tail.push(left + t * (right - left));
        }
    }
    let mut all: Vec<f64> = tail
        .iter()
        .copied()
        .chain(tail.iter().map(|p| 1.0 - p))
        .collect();
    all.push(0.5);
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

#[test]
fn the_table_inverts_the_distribution_within_one_in_a_million_and_the_tails_relatively() {
    let uniforms = uniforms();
    for (shape, cv) in shapes() {
        let table = QuantileTable::compile(shape);
        // The independent incomplete gamma function itself loses digits at large shapes.
        let relative = if cv < 0.05 { 1e-6 } else { 1e-8 };
        for &u in &uniforms {
            let (lower, upper) = both_tails(&shape, table.quantile(u));
            assert!((lower - u).abs() <= 1e-6, "{shape:?}, u = {u:e}: {lower:e}");
            if u < LEAST_IN_TABLE {
                assert!(
                    (lower / u - 1.0).abs() < relative,
                    "{shape:?}, u = {u:e}: {lower:e}"
                );
            }
            let v = 1.0 - u;
            if v < LEAST_IN_TABLE {
                assert!(
                    (upper / v - 1.0).abs() < relative,
                    "{shape:?}, 1 - u = {v:e}: {upper:e}"
                );
            }
        }
    }
}

#[test]
fn quantiles_rise_strictly_with_the_uniform() {
    let uniforms = uniforms();
    for (shape, _) in shapes() {
        let table = QuantileTable::compile(shape);
        for pair in uniforms.windows(2) {
            let (a, b) = (table.quantile(pair[0]), table.quantile(pair[1]));
            // Neighbours closer than a part in 10^8 of their tail may meet the rounding of a value.
            let gap = (pair[1] - pair[0]) / pair[0].min(1.0 - pair[1]);
            assert!(
                a < b || (gap < 1e-8 && a <= b * (1.0 + 1e-15)),
                "{shape:?} at {pair:?}: {a:e} {b:e}"
            );
        }
    }
}

#[test]
fn mean_and_standard_deviation_of_the_table_are_those_of_the_law() {
    // Four-point Gauss-Legendre on [0, 1]: exact for the squares of cubics.
    const POINTS: [(f64, f64); 4] = [
        (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
        (0.330_009_478_207_571_87, 0.326_072_577_431_273_07),
        (0.669_990_521_792_428_1, 0.326_072_577_431_273_07),
        (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
    ];
    for (shape, cv) in shapes() {
        let table = QuantileTable::compile(shape);
        let (mut mean, mut square) = (0.0, 0.0);
        let mut add = |left: f64, right: f64| {
            for (t, weight) in POINTS {
                let p = left + t * (right - left);
                // The table's own entry for each half, so that 1 - p is not rounded far out.
                let pair = [table.quantile(p), upper_quantile(&table, p)];
                for x in pair {
                    mean += weight * (right - left) * x;
                    square += weight * (right - left) * (x - 1.0) * (x - 1.0);
                }
            }
        };
        for i in 0..CELLS_PER_TAIL as u64 - 1 {
            let at = |i: u64| f64::from_bits((FIRST_CELL + i) << (MANTISSA_BITS - CELL_BITS));
            add(at(i), at(i + 1));
        }
        let mut right = LEAST_IN_TABLE;
        while right > 1e-25 {
            add(right * 0.75, right);
            right *= 0.75;
        }
        let deviation = libm::sqrt(square);
        assert!((mean - 1.0).abs() < 1e-4, "{shape:?}: mean {mean}");
        assert!(
            (deviation / cv - 1.0).abs() < 1e-4,
            "{shape:?}: SD {deviation}, should be {cv}"
        );
    }
}

/// The quantile at 1 - p. Below the least tail of a draw the law itself is asked.
fn upper_quantile(table: &QuantileTable, p: f64) -> f64 {
    if p < LEAST_IN_TABLE {
        table.shape.exact(Tail::Upper, p)
    } else {
        table.quantile(1.0 - p)
    }
}

#[test]
fn probabilities_that_no_draw_has_give_the_ends_of_the_law() {
    let table = QuantileTable::compile(Shape::Exponential);
    assert_eq!(table.quantile(0.0), table.quantile(LEAST_TAIL));
    assert_eq!(table.quantile(1.0), table.quantile(1.0 - LEAST_TAIL));
    assert!((table.quantile(0.5) - std::f64::consts::LN_2).abs() < 1e-15);
}
