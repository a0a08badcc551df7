//! What a compiled law promises its users.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Simpson's rule for mean and SD of laws without tails.
fn mean_and_deviation(law: &Law) -> (f64, f64) {
    let n = 200_000;
    let values = (0..n).map(|i| law.quantile((f64::from(i) + 0.5) / f64::from(n)));
    let (sum, squares) = values.fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
    let mean = sum / f64::from(n);
    (mean, (squares / f64::from(n) - mean * mean).sqrt())
}

#[test]
fn laws_without_tails_have_the_mean_and_deviation_of_their_specification() {
    let specs = [
        LawSpec::Constant(7.0),
        LawSpec::Uniform {
            low: 2.0,
            high: 5.0,
        },
        LawSpec::Uniform {
            low: 2.0,
            high: 2.0,
        },
        LawSpec::Triangular {
            low: 1.0,
            mode: 2.0,
            high: 7.0,
        },
        LawSpec::Triangular {
            low: 1.0,
            mode: 1.0,
            high: 7.0,
        },
        LawSpec::Triangular {
            low: 1.0,
            mode: 7.0,
            high: 7.0,
        },
        LawSpec::Triangular {
            low: 3.0,
            mode: 3.0,
            high: 3.0,
        },
        LawSpec::Empirical(vec![(0.0, 0.0), (0.5, 1.0), (0.9, 10.0), (1.0, 100.0)]),
        LawSpec::LogNormal { mean: 9.0, cv: 0.0 },
    ];
    for spec in specs {
        spec.validate().unwrap();
        let law = Law::compile(&spec);
        let (mean, deviation) = mean_and_deviation(&law);
        assert!(
            (mean - spec.mean()).abs() < 1e-6 * spec.mean(),
            "{spec:?}: {mean}"
        );
        assert!(
            (deviation - spec.cv() * spec.mean()).abs() < 1e-4 * spec.mean(),
            "{spec:?}: {deviation}"
        );
        assert_eq!(law.mean(), spec.mean());
    }
}

#[test]
fn an_empirical_law_passes_through_its_points() {
    let points = vec![(0.0, 1.0), (0.25, 3.0), (0.5, 3.0), (1.0, 11.0)];
    let law = Law::compile(&LawSpec::Empirical(points.clone()));
    for (p, v) in points {
        assert!((law.quantile(p) - v).abs() < 1e-12);
    }
    assert_eq!(law.quantile(0.75), 7.0);
}

#[test]
fn values_are_frozen() {
    let quantiles = |spec: LawSpec| {
        let law = Law::compile(&spec);
        [1e-6, 0.3, 0.97, 0.999_999].map(|u| law.quantile(u).to_bits())
    };
    let found = [
        quantiles(LawSpec::Exponential { mean: 3.6e6 }),
        quantiles(LawSpec::LogNormal {
            mean: 3.6e6,
            cv: 1.3,
        }),
        quantiles(LawSpec::Gamma {
            mean: 3.6e6,
            cv: 0.5,
        }),
        quantiles(LawSpec::Triangular {
            low: 1.0,
            mode: 2.0,
            high: 9.0,
        }),
    ];
    assert_eq!(
        found, GOLDEN,
        "a portable law gives the same bits everywhere"
    );
}

const GOLDEN: [[u64; 4]; 4] = [
    [
        0x400c_cccd_be64_5ecc,
        0x4133_97bd_cc20_9590,
        0x4168_13df_0da6_2010,
        0x4187_b744_f011_8c07,
    ],
    [
        0x40d2_f2b2_e16e_45a4,
        0x4133_e10b_6061_0039,
        0x416b_305d_5b4e_9990,
        0x41ad_99b8_0a40_b0e9,
    ],
    [
        0x40ef_32a4_df02_4375,
        0x4142_fa15_f854_4bd7,
        0x415d_3350_7c79_2aac,
        0x4172_5343_3445_48b8,
    ],
    [
        0x3ff0_0b95_d21f_ff9c,
        0x4005_e97d_e5f0_1fc4,
        0x401e_d0be_8ac5_2f85,
        0x4021_fc2b_259f_901e,
    ],
];

fn spec() -> impl Strategy<Value = LawSpec> {
    let mean = 0.001..1e9;
    prop_oneof![
        mean.clone().prop_map(|mean| LawSpec::Exponential { mean }),
        (mean.clone(), 0.01..20.0).prop_map(|(mean, cv)| LawSpec::LogNormal { mean, cv }),
        (mean.clone(), 0.01..3.0).prop_map(|(mean, cv)| LawSpec::Gamma { mean, cv }),
        (mean.clone(), mean.clone()).prop_map(|(a, b): (f64, f64)| LawSpec::Uniform {
            low: a.min(b),
            high: a.max(b)
        }),
        (mean.clone(), 0.0..1.0, mean).prop_map(|(low, m, width)| LawSpec::Triangular {
            low,
            mode: low + m * width,
            high: low + width
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_greater_uniform_never_gives_a_smaller_value(
        spec in spec(),
        us in prop::collection::vec(1e-15..1.0 - 1e-15, 2..40),
    ) {
        let law = Law::compile(&spec);
        let mut us: Vec<f64> = us;
        us.sort_by(f64::total_cmp);
        for pair in us.windows(2) {
            prop_assert!(law.quantile(pair[0]) <= law.quantile(pair[1]) * (1.0 + 1e-15));
        }
    }

    #[test]
    fn a_greater_mean_gives_a_greater_value_for_the_same_uniform(
        spec in spec(),
        factor in 1.000_001..1000.0,
        u in 1e-15..1.0 - 1e-15,
    ) {
        let mut compiler = LawCompiler::new();
        let (law, slower) = (compiler.compile(&spec), compiler.compile(&spec.scaled(factor)));
        prop_assert!(law.quantile(u) < slower.quantile(u));
        prop_assert!((slower.quantile(u) / law.quantile(u) / factor - 1.0).abs() < 1e-9);
    }
}
