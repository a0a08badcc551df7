//! Compiled inverse laws: a table of cubics whose cells halve in width with each octave of the tail.
//!
//! The table covers both tails down to probability 2^-16, so that its cells are found from the bits of
//! the uniform alone, without a search; beyond it the inverse is computed directly. Each cubic meets
//! the exact quantile and its exact slope 1/density at both ends of its cell (Hermite).

use std::sync::Arc;

use super::gamma::{Gamma, Tail};
use super::normal;
use super::stream::unit_open;

/// A family of laws with mean 1, given its shape.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Exponential.
    Exponential,
    /// Lognormal; `sigma` is the standard deviation of the logarithm.
    LogNormal {
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma with this shape parameter.
    Gamma {
        /// The law before its scaling to mean 1.
        gamma: Gamma,
        /// 1 / shape, the factor that makes the mean 1.
        scale: f64,
    },
}

impl Shape {
    /// Lognormal with mean 1 and this coefficient of variation: sigma^2 = ln(1 + cv^2).
    pub(super) fn lognormal(cv: f64) -> Self {
        Shape::LogNormal {
            sigma: libm::sqrt(libm::log1p(cv * cv)),
        }
    }

    /// Gamma with mean 1 and this coefficient of variation: shape 1 / cv^2.
    pub(super) fn gamma(cv: f64) -> Self {
        Shape::Gamma {
            gamma: Gamma::new(1.0 / (cv * cv)),
            scale: cv * cv,
        }
    }

    /// The value with probability `p`, 0 < p <= 1/2, in the tail beyond it.
    fn exact(&self, tail: Tail, p: f64) -> f64 {
        match *self {
            Shape::Exponential => match tail {
                Tail::Lower => -libm::log1p(-p),
                Tail::Upper => -libm::log(p),
            },
            Shape::LogNormal { sigma } => {
                let z = normal::lower_half_quantile(p);
                let z = if tail == Tail::Lower { z } else { -z };
                libm::exp(sigma * z - 0.5 * sigma * sigma)
            }
            Shape::Gamma { gamma, scale } => scale * gamma.inverse(tail, p),
        }
    }

    /// The derivative of the quantile by the probability below it, 1 / density, at the value `x` that
    /// [`Shape::exact`] returned for `tail` and `p`.
    fn slope(&self, tail: Tail, p: f64, x: f64) -> f64 {
        match *self {
            Shape::Exponential => match tail {
                Tail::Lower => 1.0 / (1.0 - p),
                Tail::Upper => 1.0 / p,
            },
            Shape::LogNormal { sigma } => {
                sigma * x / normal::density(normal::lower_half_quantile(p))
            }
            Shape::Gamma { gamma, scale } => scale / gamma.density(x / scale),
        }
    }
}

/// Tail probabilities from 1/2 down to 2^-`OCTAVES` are in the table.
const OCTAVES: u32 = 16;
/// Cells per octave, as a power of two.
const CELL_BITS: u32 = 5;
const MANTISSA_BITS: u32 = 52;
const CELLS_PER_TAIL: usize = ((OCTAVES as usize - 1) << CELL_BITS) + 1;
const LEAST_IN_TABLE: f64 = 1.0 / (1u64 << OCTAVES) as f64;
/// The number of the first cell, were they counted from the smallest f64.
const FIRST_CELL: u64 = LEAST_IN_TABLE.to_bits() >> (MANTISSA_BITS - CELL_BITS);
const ONE: u64 = 1.0f64.to_bits();
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
/// The least tail probability that a draw has: half of a cell of width 2^-52.
const LEAST_TAIL: f64 = 1.0 / (1u64 << 53) as f64;

/// c0 + c1 t + c2 t^2 + c3 t^3 for the position t in [0, 1) within the cell, counted from the tail.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Cell([f64; 4]);

/// A quantile function with mean 1, compiled. Clones share the table.
#[derive(Clone, Debug)]
pub(super) struct QuantileTable {
    cells: Arc<[Cell; 2 * CELLS_PER_TAIL]>,
    shape: Shape,
}

impl QuantileTable {
    /// Compiles the inverse of `shape`; about a millisecond for a gamma law.
    pub(super) fn compile(shape: Shape) -> Self {
        let mut cells = Box::new([Cell([0.0; 4]); 2 * CELLS_PER_TAIL]);
        for (half, tail) in [Tail::Lower, Tail::Upper].into_iter().enumerate() {
            // Towards the middle the value grows from the lower tail and falls from the upper one.
            let sign = if tail == Tail::Lower { 1.0 } else { -1.0 };
            let node = |i: usize| {
                let p = f64::from_bits((FIRST_CELL + i as u64) << (MANTISSA_BITS - CELL_BITS));
                let value = shape.exact(tail, p);
                (p, value, sign * shape.slope(tail, p, value))
            };
            let mut left = node(0);
            for i in 0..CELLS_PER_TAIL - 1 {
                let right = node(i + 1);
                let width = right.0 - left.0;
                let (rise, s0, s1) = (right.1 - left.1, left.2 * width, right.2 * width);
                cells[half * CELLS_PER_TAIL + i] =
                    Cell([left.1, s0, 3.0 * rise - 2.0 * s0 - s1, s0 + s1 - 2.0 * rise]);
                left = right;
            }
            // The last cell is met by the probability 1/2 alone.
            cells[half * CELLS_PER_TAIL + CELLS_PER_TAIL - 1] = Cell([left.1, 0.0, 0.0, 0.0]);
        }
        QuantileTable {
            cells: Arc::from(cells),
            shape,
        }
    }

    /// The value that the law falls below with probability `u`.
    #[inline(always)]
    pub(super) fn quantile(&self, u: f64) -> f64 {
        // The probability in the nearer tail, without a branch: which tail it is, no processor can
        // predict. The difference is exact: a uniform is the middle of a cell of width 2^-52.
        let complement = 1.0 - u;
        let p = if u < complement { u } else { complement };
        self.in_tail(p, if u < complement { 0 } else { CELLS_PER_TAIL })
    }

    /// As [`QuantileTable::quantile`] of [`unit_open`], to the bit: which tail it is in, the first bit says.
    #[inline(always)]
    pub(super) fn quantile_of(&self, bits: u64) -> f64 {
        let upper = ((bits as i64) >> 63) as u64;
        // The complement of the middle of a cell is the middle of the cell of the complement.
        self.in_tail(unit_open(bits ^ upper), upper as usize & CELLS_PER_TAIL)
    }

    /// The value with probability `p` in a tail, whose cells begin at `half`.
    #[inline(always)]
    fn in_tail(&self, p: f64, half: usize) -> f64 {
        let bits = p.to_bits();
        // Below the table it wraps around; what is negative has greater bits than all others.
        let index = (bits >> (MANTISSA_BITS - CELL_BITS)).wrapping_sub(FIRST_CELL);
        if index >= CELLS_PER_TAIL as u64 {
            return self.beyond(half == 0, p);
        }
        let t = f64::from_bits(((bits << CELL_BITS) & MANTISSA) | ONE) - 1.0;
        let Cell([c0, c1, c2, c3]) = self.cells[half + index as usize];
        (c0 + c1 * t) + (t * t) * (c2 + c3 * t)
    }

    /// The inverse in the outer tails, 2^-16 on each side; probabilities outside of (0, 1) count as the
    /// nearest that a draw can have.
    #[cold]
    fn beyond(&self, lower: bool, p: f64) -> f64 {
        self.shape.exact(
            if lower { Tail::Lower } else { Tail::Upper },
            p.max(LEAST_TAIL),
        )
    }
}

#[cfg(test)]
#[path = "quantile_tests.rs"]
mod tests;
