//! What a histogram promises: exact counts, narrow buckets, merging in any order.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn of(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    values.iter().for_each(|&v| histogram.record(v));
    histogram
}

#[test]
fn buckets_follow_each_other_without_gap_and_are_at_most_a_256th_wide() {
    let mut next = 0u64;
    for bucket in 0..BUCKETS {
        let (least, values) = bucket_range(bucket);
        assert_eq!(least, next, "bucket {bucket}");
        assert_eq!(bucket_of(least), bucket);
        assert_eq!(bucket_of(least + (values - 1)), bucket);
        assert!(
            values == 1 || values <= least / 256,
            "bucket {bucket}: {values} values from {least}"
        );
        next = least.wrapping_add(values);
    }
    assert_eq!(next, 0, "the last bucket ends with the greatest u64");
}

#[test]
fn small_values_have_exact_quantiles_and_shares() {
    let histogram = of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(histogram.quantile(0.5), Some(5.0));
    assert_eq!(histogram.quantile(0.0), Some(1.0));
    assert_eq!(histogram.quantile(1.0), Some(10.0));
    assert_eq!(
        histogram.cumulative(&[0, 3, 10, 1000]),
        [0.0, 0.3, 1.0, 1.0]
    );
}

#[test]
fn unfinished_observations_count_as_infinite() {
    let mut histogram = of(&[10, 20]);
    histogram.record_infinite();
    histogram.record_infinite();
    assert_eq!(histogram.count(), 4);
    assert_eq!(histogram.quantile(0.5), Some(20.0));
    assert_eq!(histogram.quantile(0.51), None);
    assert_eq!(histogram.share_within(u64::MAX), Some(0.5));
}

#[test]
fn no_observation_is_not_zero() {
    assert_eq!(Histogram::new().quantile(0.5), None);
    assert_eq!(Histogram::new().share_within(5), None);
    assert!(Histogram::new().cumulative(&[1, 2]).is_empty());
}

#[test]
fn a_damaged_file_is_refused() {
    for text in [
        r#"{"counts":[[3,1],[3,1]],"infinite":0}"#,
        r#"{"counts":[[3,0]],"infinite":0}"#,
        r#"{"counts":[[99999999,1]],"infinite":0}"#,
    ] {
        assert!(serde_json::from_str::<Histogram>(text).is_err(), "{text}");
    }
}

#[test]
fn counts_beyond_two_bytes_are_carried() {
    let mut histogram = Histogram::new();
    let times = 3 * (1 << 16) + 777;
    (0..times).for_each(|n| histogram.record(5 + n % 2));
    let half = times / 2;
    assert_eq!(histogram.filled(), [(5, half + times % 2), (6, half)]);
    assert_eq!(histogram.count(), times);
    let mut twice = histogram.clone();
    twice.merge(&histogram);
    assert_eq!(twice.filled(), [(5, 2 * (half + times % 2)), (6, 2 * half)]);
    let text = serde_json::to_string(&twice).unwrap();
    assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), twice);
}

#[test]
fn few_observations_need_few_bytes() {
    let mut histogram = of(&[1, 1 << 40]);
    assert!(histogram.counted.is_none() && histogram.recent.capacity() <= FEW);
    (0..1000).for_each(|_| histogram.record(1 << 40));
    let counted = histogram.counted.as_ref().unwrap();
    assert_eq!(counted.low.len() % STEP, 0);
    assert!(
        histogram.recent.len() < RECENT && histogram.recent.capacity() <= RECENT,
        "the list of recent ones stays short"
    );
}

fn values() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(
        prop_oneof![0u64..2000, 0u64..10_000_000_000, any::<u64>()],
        0..60,
    )
}

proptest! {
    #[test]
    fn many_observations_are_counted_as_few_are(
        values in prop::collection::vec(prop_oneof![0u64..2000, 0u64..10_000_000_000, any::<u64>()], 0..1200),
    ) {
        let histogram = of(&values);
        let mut expected = BTreeMap::new();
        for value in &values {
            *expected.entry(bucket_of(*value)).or_insert(0u64) += 1;
        }
        prop_assert_eq!(histogram.filled(), expected.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(histogram.count(), values.len() as u64);
        let mut halves = of(&values[..values.len() / 2]);
        halves.merge(&of(&values[values.len() / 2..]));
        prop_assert_eq!(halves, histogram);
    }

    #[test]
    fn merging_is_exact_and_free_of_order(a in values(), b in values(), c in values()) {
        let [ha, hb, hc] = [&a, &b, &c].map(|v| of(v));
        let mut left = ha.clone();
        left.merge(&hb);
        left.merge(&hc);
        let mut right = hc;
        right.merge(&hb);
        right.merge(&ha);
        let all: Vec<u64> = a.into_iter().chain(b).chain(c).collect();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &of(&all));
        prop_assert_eq!(left.count(), all.len() as u64);
    }

    #[test]
    fn a_histogram_survives_a_file(values in values(), infinite in 0u64..3) {
        let mut histogram = of(&values);
        (0..infinite).for_each(|_| histogram.record_infinite());
        let text = serde_json::to_string(&histogram).unwrap();
        prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
    }

    #[test]
    fn quantiles_and_shares_lie_within_a_bucket_of_the_truth(
        mut values in prop::collection::vec(1u64..10_000_000_000, 1..60),
        p in 0.01f64..1.0,
        limit in 1u64..10_000_000_000,
    ) {
        values.sort_unstable();
        let histogram = of(&values);
        let rank = ((p * values.len() as f64).ceil() as usize).max(1);
        let (truth, found) = (values[rank - 1] as f64, histogram.quantile(p).unwrap());
        prop_assert!((found / truth - 1.0).abs() <= 1.0 / 256.0, "{found} {truth}");
        let share = |limit: f64| values.iter().filter(|&&v| v as f64 <= limit).count() as f64 / values.len() as f64;
        let found = histogram.share_within(limit).unwrap();
        let limit = limit as f64;
        prop_assert!(share(limit * (1.0 - 1.0 / 256.0) - 1.0) - 1e-12 <= found);
        prop_assert!(found <= share(limit * (1.0 + 1.0 / 256.0) + 1.0) + 1e-12);
    }
}
