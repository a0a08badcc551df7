//! Sorting what comes nearly in order.

use std::cmp::Ordering;

/// Sorts what comes nearly in order: insertion moves each past few others; where that would not do, the library's sort.
pub(crate) fn sort_nearly_sorted<T: Copy>(all: &mut [T], before: impl Fn(&T, &T) -> bool) {
    let mut moves = 16 + 8 * all.len();
    for n in 1..all.len() {
        let one = all[n];
        if !before(&one, &all[n - 1]) {
            continue;
        }
        let mut hole = n;
        while hole > 0 && before(&one, &all[hole - 1]) {
            all[hole] = all[hole - 1];
            hole -= 1;
        }
        all[hole] = one;
        match moves.checked_sub(n - hole) {
            Some(left) => moves = left,
            None => {
                all.sort_unstable_by(|a, b| match (before(a, b), before(b, a)) {
                    (true, _) => Ordering::Less,
                    (_, true) => Ordering::Greater,
                    _ => Ordering::Equal,
                });
                return;
            }
        }
    }
}
