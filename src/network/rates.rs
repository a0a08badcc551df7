//! Rates that vary with the local month, day of the week and hour, and that grow from year to year.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::capacity::QUARTER;
use crate::scenario::{Flow, GROWTH_YEAR_MS};
use crate::time::{MS_PER_DAY, Time};

/// Months times days of the week times hours.
const SLOTS: usize = 12 * 7 * 24;

/// The local month, day of the week and hour at each quarter of an hour since the start, as one number: one table for
/// all flows of a time zone, two bytes a quarter (70 kB a year).
pub type LocalSlots = Arc<[u16]>;

/// The slots of `zone` from `start` until `until`.
///
/// # Errors
/// Where an instant lies beyond the civil calendar.
pub fn local_slots(
    zone: &TimeZone,
    start: Timestamp,
    until: Time,
) -> Result<LocalSlots, jiff::Error> {
    let quarters = until.ms() / QUARTER.ms() + 1;
    (0..quarters)
        .map(|q| {
            let at = start.checked_add(((q * QUARTER.ms()) as i64).milliseconds())?;
            let at = zone.to_datetime(at);
            let month = at.month() as u16 - 1;
            let weekday = at.weekday().to_monday_zero_offset() as u16;
            Ok((month * 7 + weekday) * 24 + at.hour() as u16)
        })
        .collect()
}

/// The probability that a candidate is kept: the rate over the envelope, over time.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Where the rate varies over local time.
    slots: Option<LocalSlots>,
    /// Probability by slot, before growth; in single precision, of which 2016 are 8 kB.
    by_slot: Vec<f32>,
    /// Probability where the rate does not vary over local time.
    steady: f64,
    /// Logarithm of the growth in a millisecond.
    growth: f64,
}

impl Rates {
    /// Every candidate is kept.
    pub fn all() -> Self {
        Rates {
            slots: None,
            by_slot: Vec::new(),
            steady: 1.0,
            growth: 0.0,
        }
    }

    /// True where every candidate is kept.
    pub fn keep_all(&self) -> bool {
        self.slots.is_none() && self.steady >= 1.0 && self.growth == 0.0
    }

    /// The rates of `flow` as parts of `per_day`, its envelope; `slots` where [`Rates::vary`].
    pub fn new(flow: &Flow, per_day: f64, slots: Option<LocalSlots>) -> Self {
        let steady = flow.per_day / per_day;
        let by_slot = match slots {
            Some(_) => (0..SLOTS)
                .map(|slot| (relative(flow, slot) * steady) as f32)
                .collect(),
            None => Vec::new(),
        };
        Rates {
            slots,
            by_slot,
            steady,
            growth: growth_per_ms(flow),
        }
    }

    /// True where the rate of `flow` varies over local time.
    pub fn vary(flow: &Flow) -> bool {
        flow.hours.is_some() || flow.pattern.months.is_some() || flow.pattern.weekdays.is_some()
    }

    /// The probability at `now`.
    pub fn at(&self, now: Time) -> f64 {
        let season = self.slots.as_ref().map_or(self.steady, |slots| {
            let slot = slots.get((now.ms() / QUARTER.ms()) as usize);
            slot.map_or(self.steady, |slot| f64::from(self.by_slot[*slot as usize]))
        });
        if self.growth == 0.0 {
            season
        } else {
            season * libm::exp(self.growth * now.ms() as f64)
        }
    }
}

impl Rates {
    /// The mean probability from one instant to a later one: what is kept of the envelope on average. Rates that vary
    /// are taken at the quarters of an hour that begin between them.
    pub fn mean(&self, from: Time, to: Time) -> f64 {
        if to <= from {
            return self.at(from);
        }
        if self.slots.is_none() {
            let length = to.since(from).ms() as f64;
            return match self.growth {
                0.0 => self.steady,
                growth => {
                    let begin = libm::exp(growth * from.ms() as f64);
                    self.steady * begin * libm::expm1(growth * length) / (growth * length)
                }
            };
        }
        let quarters = from.ms().div_ceil(QUARTER.ms())..to.ms().div_ceil(QUARTER.ms());
        let n = quarters.end.saturating_sub(quarters.start);
        if n == 0 {
            return self.at(from);
        }
        let sum: f64 = quarters
            .map(|q| self.at(Time::from_ms(q * QUARTER.ms())))
            .sum();
        sum / n as f64
    }

    /// True where the probability is the same at all times.
    pub fn steady(&self) -> bool {
        self.slots.is_none() && self.growth == 0.0
    }
}

/// The relative rate of `flow` in a slot.
fn relative(flow: &Flow, slot: usize) -> f64 {
    let hour = flow.hours.map_or(1.0, |hours| hours[slot % 24]);
    let weekday = flow
        .pattern
        .weekdays
        .map_or(1.0, |days| days[slot / 24 % 7]);
    let month = flow
        .pattern
        .months
        .map_or(1.0, |months| months[slot / 24 / 7]);
    hour * weekday * month
}

fn growth_per_ms(flow: &Flow) -> f64 {
    if flow.pattern.growth == 0.0 {
        return 0.0;
    }
    libm::log1p(flow.pattern.growth) / GROWTH_YEAR_MS
}

/// Most arrivals that are listed in advance.
const MOST_TIMES: usize = 50_000_000;

/// The times at which the expected number of arrivals of `flow` since the start, each of `brings` consignments, is a
/// whole number: regular arrivals under a rate that varies. Growth within a quarter of an hour is integrated exactly:
/// the rate r e^(g t) brings r (e^(g b) - e^(g a)) / g from a to b.
///
/// # Errors
/// Where there are too many to list, says so.
pub fn regular_times(
    flow: &Flow,
    brings: f64,
    slots: Option<&LocalSlots>,
    until: Time,
) -> Result<Vec<Time>, String> {
    let growth = growth_per_ms(flow);
    let per_ms = flow.per_day / brings / MS_PER_DAY as f64;
    let mut times: Vec<Time> = Vec::new();
    let mut expected = 0.0;
    let quarters = until.ms() / QUARTER.ms() + 1;
    for q in 0..quarters {
        let relative = slots
            .and_then(|slots| slots.get(q as usize))
            .map_or(1.0, |slot| relative(flow, *slot as usize));
        let rate = per_ms * relative;
        if rate <= 0.0 {
            continue;
        }
        let (from, length) = ((q * QUARTER.ms()) as f64, QUARTER.ms() as f64);
        let grown = libm::exp(growth * from);
        let brought = if growth == 0.0 {
            rate * length
        } else {
            rate * grown * libm::expm1(growth * length) / growth
        };
        // A little less than a whole number, by rounding, is one.
        while expected + brought >= (times.len() + 1) as f64 - 1e-9 {
            let need = (times.len() + 1) as f64 - expected;
            let after = if growth == 0.0 {
                need / rate
            } else {
                libm::log1p(need * growth / (rate * grown)) / growth
            };
            let at = libm::round(from + after) as u64;
            let earliest = times.last().map_or(1, |last| last.ms() + 1);
            times.push(Time::from_ms(at.max(earliest)));
            if times.len() > MOST_TIMES {
                return Err(format!(
                    "flow `{}` has more than {MOST_TIMES} regular arrivals whose rate varies; let them be Poisson",
                    flow.name
                ));
            }
        }
        expected += brought;
    }
    Ok(times)
}
