//! The keyed generator: frozen values, and moderate statistical checks on the keys that the model uses.

use rand::{Rng, RngExt};

use super::*;

fn stream(replication: u32, purpose: Purpose) -> Stream {
    Stream::new(
        20_180_420,
        replication,
        "khorgos",
        "customs",
        "documents",
        purpose,
    )
}

#[test]
fn values_are_frozen() {
    let s = stream(3, Purpose::Service);
    let found = [
        s.0,
        s.bits(0, 0, 0),
        s.bits(1, 0, 0),
        s.bits(0, 1, 0),
        s.bits(0, 0, 1),
        s.bits(u64::MAX, 7, 9),
    ];
    let golden = [
        0xc736_424c_8e67_a3e8,
        0x2964_d37b_3704_a3b6,
        0x49ad_5848_aae7_2cfa,
        0x5fcc_5378_d9fd_34a9,
        0x834d_d265_3e45_fbe0,
        0x151d_4c49_2c74_cb6f,
    ];
    assert_eq!(found, golden, "{found:#x?}");
    let mut rng = KeyedRng::new(s, 5, 0, 0);
    let found = [rng.next_u64(), rng.next_u64()];
    assert_eq!(
        found,
        [0x0a93_da38_5b34_1f30, 0x3f7c_a412_f4fe_53f1],
        "{found:#x?}"
    );
}

#[test]
fn every_part_of_the_key_changes_the_stream() {
    let new = Stream::new;
    let streams = [
        new(1, 0, "a", "b", "c", Purpose::Service),
        new(2, 0, "a", "b", "c", Purpose::Service),
        new(1, 1, "a", "b", "c", Purpose::Service),
        new(1, 0, "ab", "", "c", Purpose::Service),
        new(1, 0, "a", "bc", "", Purpose::Service),
        new(1, 0, "a", "b", "c\0", Purpose::Service),
        new(1, 0, "a", "b", "c", Purpose::Setup),
        new(1, 0, "a", "b", "c", Purpose::Other(0)),
        new(1, 0, "a", "b", "c", Purpose::Other(1)),
        new(1, 0, "a", "b", "see this", Purpose::Service),
        new(1, 0, "a", "b", "see this!", Purpose::Service),
    ];
    for (i, a) in streams.iter().enumerate() {
        for b in &streams[i + 1..] {
            assert_ne!(a, b);
        }
    }
}

#[test]
fn uniforms_lie_strictly_between_0_and_1_and_so_do_their_complements() {
    assert_eq!(unit_open(0), 2f64.powi(-53));
    assert_eq!(1.0 - unit_open(u64::MAX), 2f64.powi(-53));
    assert!(unit_open(1 << 63) > 0.5 && unit_open((1 << 63) - 1) < 0.5);
}

#[test]
fn the_rand_traits_draw_from_the_keyed_sequence() {
    let s = stream(0, Purpose::Other(9));
    let mut a = KeyedRng::new(s, 1, 2, 3);
    let mut b = KeyedRng::new(s, 1, 2, 3);
    let mut bytes = [0; 11];
    a.fill_bytes(&mut bytes);
    assert_eq!(bytes[..8], b.next_u64().to_le_bytes());
    assert_eq!(bytes[8..], b.next_u64().to_le_bytes()[..3]);
    let n: u32 = a.random_range(0..6);
    assert!(n < 6);
    assert_ne!(
        KeyedRng::new(s, 1, 2, 4).next_u64(),
        KeyedRng::new(s, 1, 2, 3).next_u64()
    );
}

/// One number per position.
type Draw = Box<dyn Fn(u32) -> u64>;

/// The numbers that a model draws in a row: consecutive entities, visits, attempts, streams.
fn walks() -> Vec<(&'static str, Draw)> {
    let s = stream(0, Purpose::Service);
    let streams: Vec<Stream> = (0..1 << 18).map(|r| stream(r, Purpose::Service)).collect();
    let entity = (3u64 << 48) | 5;
    vec![
        (
            "entities of a flow",
            Box::new(move |i| s.bits((3 << 48) + u64::from(i), 0, 0)),
        ),
        ("flows", Box::new(move |i| s.bits(u64::from(i) << 46, 0, 0))),
        ("visits", Box::new(move |i| s.bits(entity, i, 0))),
        ("attempts", Box::new(move |i| s.bits(entity, 0, i))),
        (
            "grid",
            Box::new(move |i| s.bits(u64::from(i >> 8), (i >> 4) & 15, i & 15)),
        ),
        (
            "replications",
            Box::new(move |i| streams[i as usize].bits(entity, 0, 0)),
        ),
    ]
}

const DRAWS: u32 = 1 << 18;

/// How many standard deviations the chi-square statistic lies from its mean.
fn chi_square_z(counts: &[u32], draws: u32) -> f64 {
    let expected = f64::from(draws) / counts.len() as f64;
    let sum: f64 = counts
        .iter()
        .map(|&c| (f64::from(c) - expected).powi(2) / expected)
        .sum();
    let freedom = (counts.len() - 1) as f64;
    (sum - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn numbers_in_a_row_are_equidistributed_in_their_upper_and_lower_bits_and_in_pairs() {
    for (name, draw) in walks() {
        for (bits, shift) in [(10, 54), (10, 27), (10, 0)] {
            let mut counts = vec![0; 1 << bits];
            for i in 0..DRAWS {
                counts[(draw(i) >> shift) as usize & ((1 << bits) - 1)] += 1;
            }
            let z = chi_square_z(&counts, DRAWS);
            assert!(z.abs() < 4.5, "{name}, bits from {shift}: {z}");
        }
        let mut pairs = vec![0; 1 << 12];
        for i in 0..DRAWS / 2 {
            pairs[((draw(2 * i) >> 58 << 6) | draw(2 * i + 1) >> 58) as usize] += 1;
        }
        let z = chi_square_z(&pairs, DRAWS / 2);
        assert!(z.abs() < 4.5, "{name}, pairs: {z}");
    }
}

#[test]
fn numbers_in_a_row_are_uncorrelated() {
    for (name, draw) in walks() {
        let centred: Vec<f64> = (0..DRAWS).map(|i| unit_open(draw(i)) - 0.5).collect();
        for lag in [1, 2, 3, 7, 16, 64, 256] {
            let products: f64 = centred
                .iter()
                .zip(&centred[lag..])
                .map(|(a, b)| a * b)
                .sum();
            // The variance of a uniform is 1/12, so that of a product 1/144.
            let z = products * 12.0 / f64::from(DRAWS).sqrt();
            assert!(z.abs() < 4.5, "{name}, lag {lag}: {z}");
        }
    }
}

#[test]
fn each_bit_of_the_key_flips_each_bit_of_the_number_half_of_the_time() {
    let keys = 4096u32;
    let s = stream(1, Purpose::Selection);
    for bit in 0..128 {
        let mut flips = [0u32; 64];
        for i in 0..keys {
            let (entity, which) = (u64::from(i), u64::from(i & 3) << 32);
            let (e, w) = if bit < 64 {
                (entity ^ 1 << bit, which)
            } else {
                (entity, which ^ 1 << (bit - 64))
            };
            let change = s.bits(entity, (which >> 32) as u32, which as u32)
                ^ s.bits(e, (w >> 32) as u32, w as u32);
            for (out, count) in flips.iter_mut().enumerate() {
                *count += (change >> out & 1) as u32;
            }
        }
        for (out, &count) in flips.iter().enumerate() {
            let z = (f64::from(count) - f64::from(keys) / 2.0) / (f64::from(keys) / 4.0).sqrt();
            // 8192 numbers: the greatest of so many normal ones stays below 5.2 with probability 0.998.
            assert!(
                z.abs() < 5.2,
                "key bit {bit}, number bit {out}: {count} of {keys} ({z})"
            );
        }
    }
}

#[test]
fn two_purposes_of_one_step_are_uncorrelated() {
    let (a, b) = (stream(0, Purpose::Service), stream(0, Purpose::Setup));
    let sum: f64 = (0..DRAWS)
        .map(|i| (a.uniform(u64::from(i), 0, 0) - 0.5) * (b.uniform(u64::from(i), 0, 0) - 0.5))
        .sum();
    assert!((sum * 12.0 / f64::from(DRAWS).sqrt()).abs() < 4.0);
}
