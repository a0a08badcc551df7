//! Laws compiled for drawing: one uniform through the inverse law.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LawSpec;
use super::quantile::{QuantileTable, Shape};
use super::stream::unit_open;

/// A law ready to draw from. Cheap to clone; clones share their tables.
///
/// Within a family and a coefficient of variation, the law with the larger mean gives the larger value
/// for the same uniform: all are multiples of one table.
#[derive(Clone, Debug)]
pub struct Law {
    mean: f64,
    inverse: Inverse,
}

#[derive(Clone, Debug)]
enum Inverse {
    Constant(f64),
    Table {
        scale: f64,
        table: QuantileTable,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    Triangular {
        low: f64,
        high: f64,
        width: f64,
        left: f64,
    },
    Empirical(Arc<[(f64, f64)]>),
}

impl Law {
    /// Compiles a law that [`LawSpec::validate`] accepts. To compile many, a [`LawCompiler`] shares
    /// tables.
    pub fn compile(spec: &LawSpec) -> Law {
        LawCompiler::default().compile(spec)
    }

    /// The value that the law falls below with probability `u`: the draw of the uniform `u` in (0, 1),
    /// in the unit of the specification (milliseconds in the model). Never decreases in `u`.
    ///
    /// For lognormal, gamma and exponential laws F(quantile(u)) differs from u by at most 1e-6.
    #[inline(always)]
    pub fn quantile(&self, u: f64) -> f64 {
        match &self.inverse {
            Inverse::Table { scale, table } => scale * table.quantile(u),
            other => other.closed(u),
        }
    }

    /// The quantile of the uniform that [`Stream::uniform`](super::Stream::uniform) makes of `bits`.
    #[inline(always)]
    pub fn quantile_of(&self, bits: u64) -> f64 {
        match &self.inverse {
            Inverse::Table { scale, table } => scale * table.quantile_of(bits),
            other => other.closed(unit_open(bits)),
        }
    }

    /// Many draws, one after the other: appends to `into` what `of` makes of each of `from` and the quantile of its bits.
    /// As [`Law::quantile_of`], with the kind of law looked at once.
    #[inline]
    pub fn quantiles<T, U>(
        &self,
        from: &[T],
        bits: impl Fn(&T) -> u64,
        of: impl Fn(&T, f64) -> U,
        into: &mut Vec<U>,
    ) {
        match &self.inverse {
            Inverse::Table { scale, table } => {
                // By value: what all draws share stays in registers.
                let scale = *scale;
                let quantile = move |one: &T| scale * table.quantile_of(bits(one));
                into.extend(from.iter().map(move |one| of(one, quantile(one))));
            }
            other => {
                let quantile = |one: &T| other.closed(unit_open(bits(one)));
                into.extend(from.iter().map(|one| of(one, quantile(one))));
            }
        }
    }

    /// The mean of the law, as specified.
    pub fn mean(&self) -> f64 {
        self.mean
    }
}

impl Inverse {
    /// The inverse of a law that needs no table, apart so that the others' is inlined.
    #[inline(never)]
    fn closed(&self, u: f64) -> f64 {
        match self {
            Inverse::Table { scale, table } => scale * table.quantile(u),
            Inverse::Constant(value) => *value,
            Inverse::Uniform { low, width } => low + width * u,
            Inverse::Triangular {
                low,
                high,
                width,
                left,
            } => {
                if u * width < *left {
                    low + libm::sqrt(u * width * left)
                } else {
                    high - libm::sqrt((1.0 - u) * width * (width - left))
                }
            }
            Inverse::Empirical(points) => interpolate(points, u),
        }
    }
}

/// The piecewise linear function through `points` at `u`.
fn interpolate(points: &[(f64, f64)], u: f64) -> f64 {
    let last = points.len().saturating_sub(1);
    let right = points
        .partition_point(|&(p, _)| p <= u)
        .clamp(1, last.max(1))
        .min(last);
    let ((p0, v0), (p1, v1)) = (points[right.saturating_sub(1)], points[right]);
    if p1 > p0 {
        v0 + (v1 - v0) * ((u - p0) / (p1 - p0)).clamp(0.0, 1.0)
    } else {
        v1
    }
}

/// Compiles laws and keeps one table per family and coefficient of variation, whatever the mean.
#[derive(Clone, Debug, Default)]
pub struct LawCompiler {
    exponential: Option<QuantileTable>,
    /// By the bits of the coefficient of variation.
    lognormal: BTreeMap<u64, QuantileTable>,
    gamma: BTreeMap<u64, QuantileTable>,
}

impl LawCompiler {
    /// A compiler without any table yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compiles a law that [`LawSpec::validate`] accepts.
    pub fn compile(&mut self, spec: &LawSpec) -> Law {
        let inverse = match *spec {
            LawSpec::Constant(value) => Inverse::Constant(value),
            LawSpec::LogNormal { mean, cv: 0.0 } | LawSpec::Gamma { mean, cv: 0.0 } => {
                Inverse::Constant(mean)
            }
            LawSpec::Exponential { mean } => {
                let table = self
                    .exponential
                    .get_or_insert_with(|| QuantileTable::compile(Shape::Exponential));
                Inverse::Table {
                    scale: mean,
                    table: table.clone(),
                }
            }
            LawSpec::LogNormal { mean, cv } => {
                let table = self.lognormal.entry(cv.to_bits());
                let table = table.or_insert_with(|| QuantileTable::compile(Shape::lognormal(cv)));
                Inverse::Table {
                    scale: mean,
                    table: table.clone(),
                }
            }
            LawSpec::Gamma { mean, cv } => {
                let table = self.gamma.entry(cv.to_bits());
                let table = table.or_insert_with(|| QuantileTable::compile(Shape::gamma(cv)));
                Inverse::Table {
                    scale: mean,
                    table: table.clone(),
                }
            }
            LawSpec::Uniform { low, high } => Inverse::Uniform {
                low,
                width: high - low,
            },
            LawSpec::Triangular { low, mode, high } => Inverse::Triangular {
                low,
                high,
                width: high - low,
                left: mode - low,
            },
            LawSpec::Empirical(ref points) => Inverse::Empirical(points.as_slice().into()),
        };
        Law {
            mean: spec.mean(),
            inverse,
        }
    }
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
