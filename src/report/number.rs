//! How numbers are printed: never without an interval, and missing is not zero.

use crate::experiment::results::Measured;
use crate::stats::Estimate;

/// Printed where nothing was observed.
pub const MISSING: &str = "-";

/// An estimate with the half-width of its 95 % interval, such as `43.1 ±0.4`; the unit stands in the header.
///
/// A half-width that is unbounded (fewer than two replications) prints as `±∞`.
pub fn estimate(e: &Estimate) -> String {
    scaled(e, 1.0)
}

/// As [`estimate`], of numbers that may be large: where the half-width is 10 or more, both are rounded to its second digit,
/// such as `1915 ±77` and `100 000 ±23 000`.
pub fn rounded(e: &Estimate) -> String {
    if !e.mean.is_finite() || !e.half_width.is_finite() || e.half_width < 10.0 {
        return estimate(e);
    }
    let unit = 10f64.powi(e.half_width.log10().floor() as i32 - 1);
    let whole = |value: f64| count(((value / unit).round() * unit) as u64);
    let sign = if e.mean <= -0.5 * unit { "-" } else { "" };
    format!("{sign}{} ±{}", whole(e.mean.abs()), whole(e.half_width))
}

/// An estimated share in per cent, such as `63.2 ±0.8`.
pub fn percent(e: &Estimate) -> String {
    scaled(e, 100.0)
}

/// An estimated difference, always with its sign, such as `-3.1 ±0.3` or `+0.2 ±0.5`.
pub fn difference(e: &Estimate) -> String {
    let text = estimate(e);
    if e.mean > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// An estimate, `>= 41.2` where there is a lower bound only, `-` where nothing was observed.
pub fn measured(m: &Measured) -> String {
    measured_scaled(m, 1.0)
}

/// As [`measured`], of a share in per cent.
pub fn measured_percent(m: &Measured) -> String {
    measured_scaled(m, 100.0)
}

fn measured_scaled(m: &Measured, scale: f64) -> String {
    match m {
        Measured::Estimate(e) => scaled(e, scale),
        Measured::AtLeast(bound) if bound.is_finite() => {
            let bound = bound * scale;
            format!(">= {bound:.*}", decimals(bound, f64::INFINITY))
        }
        Measured::AtLeast(_) | Measured::Missing => MISSING.to_owned(),
    }
}

fn scaled(e: &Estimate, scale: f64) -> String {
    if !e.mean.is_finite() {
        return MISSING.to_owned();
    }
    let (mean, half) = (e.mean * scale, e.half_width * scale);
    if !half.is_finite() {
        return format!("{} ±∞", fixed(mean, decimals(mean, half)));
    }
    let places = decimals(mean, half);
    format!("{} ±{}", fixed(mean, places), fixed(half, places))
}

/// One decimal place from 10 upwards, two below; more where the half-width would print as zero.
fn decimals(value: f64, half_width: f64) -> usize {
    let mut places = if value.abs() >= 9.995 { 1 } else { 2 };
    while half_width > 0.0 && places < 4 && half_width * 10f64.powi(places as i32) < 0.5 {
        places += 1;
    }
    places
}

/// Fixed decimal places, without a negative zero.
pub fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

/// A count with thin grouping, such as `12 345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

/// The middle of what is known: the mean or the lower bound, if any.
pub fn value(m: &Measured) -> Option<f64> {
    match m {
        Measured::Estimate(e) if e.mean.is_finite() => Some(e.mean),
        Measured::AtLeast(bound) if bound.is_finite() => Some(*bound),
        _ => None,
    }
}

/// The half-width of an estimate, if it is one and its interval is bounded.
pub fn half_width(m: &Measured) -> Option<f64> {
    match m {
        Measured::Estimate(e) if e.half_width.is_finite() => Some(e.half_width),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(mean: f64, half_width: f64) -> Estimate {
        Estimate {
            mean,
            half_width,
            replications: 20,
        }
    }

    #[test]
    fn estimates_carry_their_interval() {
        assert_eq!(estimate(&e(43.12, 0.44)), "43.1 ±0.4");
        assert_eq!(estimate(&e(4.312, 0.44)), "4.31 ±0.44");
        assert_eq!(estimate(&e(4.0, f64::INFINITY)), "4.00 ±∞");
        assert_eq!(percent(&e(0.5, 0.01)), "50.0 ±1.0");
    }

    #[test]
    fn a_narrow_interval_is_not_printed_as_none() {
        assert_eq!(estimate(&e(43.12, 0.004)), "43.120 ±0.004");
        assert_eq!(estimate(&e(43.0, 0.0)), "43.0 ±0.0");
    }

    #[test]
    fn missing_is_not_zero() {
        assert_eq!(measured(&Measured::Missing), "-");
        assert_eq!(measured(&Measured::AtLeast(41.23)), ">= 41.2");
        assert_eq!(measured(&Measured::AtLeast(f64::INFINITY)), "-");
        assert_eq!(estimate(&e(f64::NAN, f64::NAN)), "-");
    }

    #[test]
    fn differences_show_their_sign_and_no_negative_zero() {
        assert_eq!(difference(&e(0.2, 0.5)), "+0.20 ±0.50");
        assert_eq!(difference(&e(-3.1, 0.3)), "-3.10 ±0.30");
        assert_eq!(difference(&e(-0.0001, 0.5)), "0.00 ±0.50");
    }

    #[test]
    fn large_numbers_are_no_more_exact_than_their_interval() {
        assert_eq!(rounded(&e(1914.53, 76.9)), "1915 ±77");
        assert_eq!(rounded(&e(99_836.2, 23_264.4)), "100 000 ±23 000");
        assert_eq!(rounded(&e(-812.4, 123.0)), "-810 ±120");
        assert_eq!(rounded(&e(-3.0, 123.0)), "0 ±120");
        assert_eq!(rounded(&e(43.12, 0.44)), "43.1 ±0.4");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(1234), "1234");
        assert_eq!(count(1_234_567), "1 234 567");
    }
}
