//! The standard normal distribution and its quantile function, portable (the `libm` crate only).

// Coefficients are quoted as published, with more digits than a f64 holds.
#![allow(clippy::excessive_precision)]

/// The value that a standard normal variable falls below with probability `p`, for 0 < p <= 1/2
/// (so the result is never positive): Wichura's algorithm AS 241 (PPND16, Applied Statistics 37,
/// 1988), relative error about 1e-16.
pub(super) fn lower_half_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q >= -0.425 {
        let r = 0.180625 - q * q;
        return q * horner(&CENTRE_TOP, r) / horner(&CENTRE_BOTTOM, r);
    }
    let r = libm::sqrt(-libm::log(p));
    if r <= 5.0 {
        -horner(&MIDDLE_TOP, r - 1.6) / horner(&MIDDLE_BOTTOM, r - 1.6)
    } else {
        -horner(&FAR_TOP, r - 5.0) / horner(&FAR_BOTTOM, r - 5.0)
    }
}

/// The value that a standard normal variable falls below with probability `p`, 0 < p < 1.
pub(super) fn quantile(p: f64) -> f64 {
    if p <= 0.5 {
        lower_half_quantile(p)
    } else {
        -lower_half_quantile(1.0 - p)
    }
}

/// The probability that a standard normal variable falls below `z`.
pub(super) fn probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The standard normal density.
pub(super) fn density(z: f64) -> f64 {
    const INVERSE_SQRT_2PI: f64 = 0.398_942_280_401_432_677_94;
    INVERSE_SQRT_2PI * libm::exp(-0.5 * z * z)
}

/// A polynomial by its coefficients from the highest power down.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE_TOP: [f64; 8] = [
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
];
const CENTRE_BOTTOM: [f64; 8] = [
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
];
const MIDDLE_TOP: [f64; 8] = [
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
];
const MIDDLE_BOTTOM: [f64; 8] = [
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
];
const FAR_TOP: [f64; 8] = [
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
];
const FAR_BOTTOM: [f64; 8] = [
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_inverts_the_distribution_down_to_the_smallest_uniform() {
        let mut p = 0.5;
        while p >= 1.0 / (1u64 << 54) as f64 {
            let back = 0.5 * libm::erfc(-lower_half_quantile(p) / std::f64::consts::SQRT_2);
            assert!((back / p - 1.0).abs() < 1e-13, "p = {p:e}: {back:e}");
            p *= 0.93;
        }
    }
}
