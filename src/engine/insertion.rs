//! Sorting what comes nearly in order.

/// Places of the list that a number for sorting has room for.
const PLACE_BITS: u32 = 20;

/// Where a part of the range of keys holds more, they are not spread over it.
const CROWD: u32 = 40;

/// Sorts by `key`, of equal ones by `before`, what comes nearly in order: insertion moves each past few others; where that
/// would not do, their keys are sorted by themselves.
pub(crate) fn sort_nearly_sorted<T: Copy>(
    all: &mut [T],
    key: impl Fn(&T) -> u64,
    before: impl Fn(&T, &T) -> bool,
) {
    let precedes = |a: &T, b: &T| key(a) < key(b) || key(a) == key(b) && before(a, b);
    let mut moved = 0;
    for n in 1..all.len() {
        let one = all[n];
        if !precedes(&one, &all[n - 1]) {
            continue;
        }
        let mut hole = n;
        while hole > 0 && precedes(&one, &all[hole - 1]) {
            all[hole] = all[hole - 1];
            hole -= 1;
        }
        all[hole] = one;
        moved += n - hole;
        if moved > 16 + 4 * n {
            sort_by_keys(all, key, before);
            return;
        }
    }
}

/// Sorts numbers that hold a key and a place, which is cheaper than to sort what lies at the places.
#[inline(never)]
fn sort_by_keys<T: Copy>(all: &mut [T], key: impl Fn(&T) -> u64, before: impl Fn(&T, &T) -> bool) {
    let order = |a: &T, b: &T| {
        let of_equal = || before(b, a).cmp(&before(a, b));
        key(a).cmp(&key(b)).then_with(of_equal)
    };
    let (least, greatest) = all
        .iter()
        .map(&key)
        .fold((u64::MAX, 0), |(least, most), key| {
            (least.min(key), most.max(key))
        });
    if all.len() >> PLACE_BITS > 0 || greatest.saturating_sub(least) >> (64 - PLACE_BITS) > 0 {
        all.sort_unstable_by(order);
        return;
    }
    let places = (0..).zip(&*all);
    let numbers = places.map(|(place, one)| (key(one) - least) << PLACE_BITS | place);
    let sorted = sorted(all.len(), (greatest - least) << PLACE_BITS, numbers);
    let copy = all.to_vec();
    for (one, from) in all.iter_mut().zip(&sorted) {
        *one = copy[*from as usize % (1 << PLACE_BITS)];
    }
    // Those of one key stand in the order in which they came.
    for equal in all.chunk_by_mut(|a, b| key(a) == key(b)) {
        if equal.len() > 1 {
            equal.sort_unstable_by(&order);
        }
    }
}

/// So many numbers, up to `greatest` in all but their last [`PLACE_BITS`], in order. Most are spread over that range: each is put
/// into one of as many parts of it, so that insertion moves it past few others.
fn sorted(len: usize, greatest: u64, numbers: impl Iterator<Item = u64> + Clone) -> Vec<u64> {
    let parts = len.next_power_of_two();
    let shift = (u64::BITS - greatest.leading_zeros()).saturating_sub(parts.ilog2());
    let part = |number: u64| (number >> shift) as usize & (parts - 1);
    let mut filled = vec![0u32; parts];
    for number in numbers.clone() {
        filled[part(number)] += 1;
    }
    let (mut sum, mut most) = (0, 0);
    for end in &mut filled {
        let here = std::mem::replace(end, sum);
        sum += here;
        most = most.max(here);
    }
    let mut sorted = vec![0; len];
    for number in numbers {
        let end = &mut filled[part(number)];
        sorted[*end as usize] = number;
        *end += 1;
    }
    if most > CROWD {
        sorted.sort_unstable();
        return sorted;
    }
    for n in 1..len {
        let number = sorted[n];
        let mut hole = n;
        while hole > 0 && sorted[hole - 1] > number {
            sorted[hole] = sorted[hole - 1];
            hole -= 1;
        }
        sorted[hole] = number;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_keys_and_of_equal_ones_by_their_own(
            mut all in prop::collection::vec(
                (prop_oneof![0u64..50, 1000u64..100_000, Just(u64::MAX)], 0u32..1000), 0..300
            ),
        ) {
            let mut expected = all.clone();
            expected.sort();
            sort_nearly_sorted(&mut all, |one| one.0, |a, b| a.1 < b.1);
            prop_assert_eq!(all, expected);
        }
    }
}
