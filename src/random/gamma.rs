//! The gamma distribution with unit scale, portable (the `libm` crate only): both tails, density,
//! and the inverse of either tail.

/// The gamma law with shape `shape` and scale 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gamma {
    shape: f64,
    ln_gamma: f64,
}

/// Which tail's probability is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tail {
    /// Probability of a smaller value.
    Lower,
    /// Probability of a greater value.
    Upper,
}

impl Gamma {
    /// The law with this positive shape.
    pub(super) fn new(shape: f64) -> Self {
        Gamma {
            shape,
            ln_gamma: libm::lgamma(shape),
        }
    }

    /// The density at `x` > 0.
    pub(super) fn density(&self, x: f64) -> f64 {
        self.weight(libm::log(x), x) / x
    }

    /// x^shape e^-x / Gamma(shape) for x = e^y: the density of ln X at y.
    fn weight(&self, y: f64, x: f64) -> f64 {
        libm::exp(self.shape * y - x - self.ln_gamma)
    }

    /// The probability in `tail` of `x` = e^y, by the series (x < shape + 1) or by the continued
    /// fraction of the incomplete gamma function (Abramowitz and Stegun 6.5.29 and 6.5.31).
    fn probability(&self, tail: Tail, y: f64, x: f64) -> f64 {
        let a = self.shape;
        let weight = self.weight(y, x);
        if x < a + 1.0 {
            let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
            while term > sum * 1e-17 {
                n += 1.0;
                term *= x / n;
                sum += term;
            }
            let lower = weight * sum;
            if tail == Tail::Lower {
                lower
            } else {
                1.0 - lower
            }
        } else {
            // Lentz's method. No denominator vanishes for x > a + 1.
            let mut b = x + 1.0 - a;
            let (mut c, mut d) = (f64::INFINITY, 1.0 / b);
            let mut fraction = d;
            for i in 1..100_000 {
                let an = -f64::from(i) * (f64::from(i) - a);
                b += 2.0;
                d = 1.0 / (an * d + b);
                c = b + an / c;
                let factor = c * d;
                fraction *= factor;
                if (factor - 1.0).abs() < 1e-16 {
                    break;
                }
            }
            let upper = weight * fraction;
            if tail == Tail::Upper {
                upper
            } else {
                1.0 - upper
            }
        }
    }

    /// The value beyond which `tail` holds probability `p`, 0 < p <= 1/2: Newton's method on the
    /// logarithms of both value and probability, kept inside a bracket.
    pub(super) fn inverse(&self, tail: Tail, p: f64) -> f64 {
        let ln_p = libm::log(p);
        // ln P(x) <= shape ln x - ln Gamma(shape + 1), which is tight for a small lower tail.
        let least = (ln_p + libm::lgamma(self.shape + 1.0)) / self.shape;
        let (mut low, mut high) = match tail {
            Tail::Lower => (least - 1e-9, libm::log(self.shape + 1.0)),
            // The smallest p is 2^-54, for which x is below shape + 9 sqrt(2 shape) + 80.
            Tail::Upper => (
                (libm::lgamma(self.shape + 1.0) - std::f64::consts::LN_2) / self.shape - 1.0,
                libm::log(self.shape + 9.0 * libm::sqrt(2.0 * self.shape) + 80.0),
            ),
        };
        let sign = if tail == Tail::Lower { 1.0 } else { -1.0 };
        let mut y = match tail {
            Tail::Lower if self.shape < 1.0 => low,
            _ => libm::log(self.shape).clamp(low, high),
        };
        for _ in 0..200 {
            let x = libm::exp(y);
            let found = self.probability(tail, y, x);
            let excess = sign * (libm::log(found) - ln_p);
            if excess > 0.0 {
                high = y;
            } else {
                low = y;
            }
            let next = y - excess * found / self.weight(y, x);
            let next = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
            let step = next - y;
            y = next;
            if step.abs() <= 4e-16 * y.abs().max(1.0) {
                break;
            }
        }
        libm::exp(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{gamma_lr, gamma_ur};

    #[test]
    fn the_inverse_agrees_with_an_independent_incomplete_gamma_function_in_both_tails() {
        for shape in [0.12, 0.5, 1.0, 2.5, 16.0, 400.0, 10_000.0] {
            let gamma = Gamma::new(shape);
            let tolerance = if shape > 100.0 { 1e-8 } else { 1e-10 };
            let mut p = 0.5;
            while p > 5e-17 {
                let lower = gamma_lr(shape, gamma.inverse(Tail::Lower, p));
                assert!(
                    (lower / p - 1.0).abs() < tolerance,
                    "shape {shape}, lower {p:e}: {lower:e}"
                );
                let upper = gamma_ur(shape, gamma.inverse(Tail::Upper, p));
                assert!(
                    (upper / p - 1.0).abs() < tolerance,
                    "shape {shape}, upper {p:e}: {upper:e}"
                );
                p *= 0.37;
            }
        }
    }
}
