//! Integer simulation time: an instant ([`Time`]) and a length of time ([`Span`]), in milliseconds.
//!
//! Time is counted from the scenario's start. Durations given as real numbers are rounded to the
//! nearest millisecond, never floored, so that no law is biased downwards.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Milliseconds in a second.
pub const MS_PER_SECOND: u64 = 1_000;
/// Milliseconds in a minute.
pub const MS_PER_MINUTE: u64 = 60 * MS_PER_SECOND;
/// Milliseconds in an hour.
pub const MS_PER_HOUR: u64 = 60 * MS_PER_MINUTE;
/// Milliseconds in a day.
pub const MS_PER_DAY: u64 = 24 * MS_PER_HOUR;

/// From 2^52 on every f64 is whole.
const WHOLE_ABOVE: f64 = (1u64 << 52) as f64;

/// An instant: milliseconds since the scenario's start.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(u64);

/// A length of time in milliseconds.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(u64);

impl Time {
    /// The scenario's start.
    pub const ZERO: Time = Time(0);
    /// Later than any event; used for "never".
    pub const MAX: Time = Time(u64::MAX);

    /// The instant `ms` milliseconds after the start.
    pub const fn from_ms(ms: u64) -> Self {
        Time(ms)
    }

    /// Milliseconds since the start.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// Hours since the start, for printing.
    pub fn hours(self) -> f64 {
        self.0 as f64 / MS_PER_HOUR as f64
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// `self + span`, or [`Time::MAX`] where that would overflow.
    pub const fn saturating_add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// One tick: the least duration of a step that is carried out.
    pub const TICK: Span = Span(1);
    /// The longest span.
    pub const MAX: Span = Span(u64::MAX);

    /// `ms` milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Span(ms)
    }

    /// Real milliseconds, rounded to the nearest tick; negative or NaN gives zero, too large gives [`Span::MAX`].
    #[inline]
    pub fn from_ms_f64(ms: f64) -> Self {
        // Read as numbers, the bits of what is negative or no number are greater.
        if ms.to_bits() < WHOLE_ABOVE.to_bits() {
            // The sum has no bits for a fraction: it is rounded, to the even one of two that are as near.
            let shifted = ms + WHOLE_ABOVE;
            let whole = shifted.to_bits() - WHOLE_ABOVE.to_bits();
            let down_by_half = ms - (shifted - WHOLE_ABOVE) >= 0.5;
            return Span(whole + u64::from(down_by_half));
        }
        // Every f64 here is whole, or negative, or no number: `as` saturates at both ends and makes NaN zero.
        Span(ms as u64)
    }

    /// Real hours, rounded to the nearest tick.
    pub fn from_hours(hours: f64) -> Self {
        Self::from_ms_f64(hours * MS_PER_HOUR as f64)
    }

    /// The sum, or [`Span::MAX`] where that would overflow.
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }

    /// Length in milliseconds.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// Length in hours, for printing.
    pub fn hours(self) -> f64 {
        self.0 as f64 / MS_PER_HOUR as f64
    }

    /// The longer of the two.
    pub fn max(self, other: Span) -> Span {
        Ord::max(self, other)
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0 + span.0)
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        self.0 += span.0;
    }
}

impl Sub<Time> for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        Span(self.0 - earlier.0)
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0 + other.0)
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        self.0 += other.0;
    }
}

impl fmt::Display for Span {
    /// `2 d 03:04:05.678`, without days where there are none and without milliseconds where they are zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / MS_PER_DAY, self.0 % MS_PER_DAY);
        if days > 0 {
            write!(f, "{days} d ")?;
        }
        let (h, m) = (rest / MS_PER_HOUR, rest / MS_PER_MINUTE % 60);
        let (s, ms) = (rest / MS_PER_SECOND % 60, rest % MS_PER_SECOND);
        write!(f, "{h:02}:{m:02}:{s:02}")?;
        if ms > 0 {
            write!(f, ".{ms:03}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Time {
    /// As the span since the start.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_durations_are_rounded_to_the_nearest_tick() {
        assert_eq!(Span::from_ms_f64(1.5), Span::from_ms(2));
        assert_eq!(Span::from_ms_f64(1.49), Span::from_ms(1));
        assert_eq!(Span::from_ms_f64(-3.0), Span::ZERO);
        assert_eq!(Span::from_ms_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_ms_f64(f64::INFINITY), Span::MAX);
    }

    #[test]
    fn halves_are_rounded_up_and_what_is_whole_stays_as_it_is() {
        let rounded = |ms: f64| Span::from_ms_f64(ms).ms();
        for whole in [0u64, 1, 2, 3, 86_400_001, (1 << 51) - 1, (1 << 51) + 1] {
            let exact = whole as f64;
            assert_eq!(rounded(exact), whole);
            assert_eq!(rounded(exact + 0.5), whole + 1);
            assert_eq!(rounded((exact + 0.5).next_down()), whole);
            assert_eq!(rounded((exact + 0.5).next_up()), whole + 1);
        }
        let great = (1u64 << 52) as f64;
        assert_eq!(rounded(great - 0.5), 1 << 52);
        assert_eq!(rounded(great), 1 << 52);
        assert_eq!(rounded(great * 2.0 + 2.0), (1 << 53) + 2);
        assert_eq!(rounded(-0.0), 0);
        assert_eq!(rounded(f64::MIN_POSITIVE), 0);
    }

    #[test]
    fn spans_print_as_clock_times() {
        assert_eq!(
            Span::from_ms(2 * MS_PER_DAY + 3 * MS_PER_HOUR + 5_678).to_string(),
            "2 d 03:00:05.678"
        );
        assert_eq!(Span::from_ms(61_000).to_string(), "00:01:01");
    }
}
