//! Second vehicles over the measured window: how many came and waited, how long, and who left empty.

use super::Window;
use crate::stats::Moments;
use crate::time::Time;
use crate::world::VehicleEnd;

/// The second vehicles of one fleet over the window.
#[derive(Clone, Debug, Default)]
pub struct VehicleTally {
    /// Waits, in ms, of those that left within the window.
    pub wait: Moments,
    /// Of these, left without any cargo.
    pub empty: u64,
    /// Left with some cargo, but not full.
    pub part_empty: u64,
    /// Integral of the number that wait, ms.
    pub waiting: u128,
    now_waiting: u32,
    since: Time,
}

impl VehicleTally {
    /// So many wait from `now` on.
    pub fn level(&mut self, window: &Window, now: Time, waiting: u32) {
        let (from, to) = (self.since.max(window.from), now.min(window.to));
        if to > from {
            self.waiting += u128::from((to - from).ms()) * u128::from(self.now_waiting);
        }
        self.since = now;
        self.now_waiting = waiting;
    }

    /// One left.
    pub fn left(&mut self, window: &Window, end: &VehicleEnd) {
        // What happens after the window depends on when the run stops.
        if end.left < window.from || end.left > window.to {
            return;
        }
        self.wait.record((end.left - end.came).ms());
        self.empty += u64::from(end.taken == 0);
        self.part_empty += u64::from(0 < end.taken && end.taken < end.capacity);
    }

    /// Closes the integral at the end of the window.
    pub fn close(&mut self, window: &Window) {
        let end = window.to.max(self.since);
        self.level(window, end, self.now_waiting);
    }
}
