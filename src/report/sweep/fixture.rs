//! Made-up sweeps for tests.

use crate::experiment::Statistic;
use crate::experiment::Subject;
use crate::experiment::results::{Measure, Measured};
use crate::experiment::sweep::{Design, Plan, PointResult, Sweep, SweepRow, finish};
use crate::scenario::{Level, Vary};
use crate::stats::{Estimate, paired};

const REPLICATIONS: usize = 5;

/// A sweep of these factors whose point has the mean that `mean` gives for its levels, with noise that all share and
/// some of its own.
fn made(texts: &[&str], design: Design, mean: impl Fn(&[Level]) -> f64) -> Sweep {
    let vary: Vec<Vary> = (texts.iter())
        .map(|text| Vary::parse(text).unwrap_or_else(|e| panic!("{e}")))
        .collect();
    let plan = Plan::new(&vary, design, 1).unwrap_or_else(|e| panic!("{e}"));
    let noise = |r: usize, p: usize| {
        let own = (r * 7 + p * 3) % 5;
        [0.9, -0.4, 0.2, -1.0, 0.3][r] + (own as f64 - 2.0) * 0.02
    };
    let values: Vec<Vec<f64>> = (plan.points.iter().enumerate())
        .map(|(p, levels)| {
            (0..REPLICATIONS)
                .map(|r| mean(levels) + noise(r, p))
                .collect()
        })
        .collect();
    let points: Vec<PointResult> = (plan.points.iter().zip(&values).enumerate())
        .map(|(p, (levels, own))| PointResult {
            name: (plan.factors.iter().zip(levels))
                .map(|(f, l)| format!("{}={}", f.name, l.label()))
                .collect::<Vec<_>>()
                .join(" "),
            levels: levels.clone(),
            mean_h: Measured::Estimate(Estimate::from_replications(own)),
            difference_h: (p > 0).then(|| paired(&values[0], own).difference),
            values: own.iter().map(|v| Some(*v)).collect(),
            warnings: Vec::new(),
            overload: None,
        })
        .collect();
    let rows = (points.iter().enumerate())
        .map(|(point, p)| SweepRow {
            point,
            subject: 0,
            value: p.mean_h,
            difference: p.difference_h,
        })
        .collect();
    let mut sweep = Sweep {
        scenario: "made-up".into(),
        title: "China-Europe rail corridor".into(),
        seed: 1,
        replications: REPLICATIONS as u32,
        warm_up_h: 336.0,
        horizon_h: 2_496.0,
        start: "2019-01-01T00:00:00Z".into(),
        variant: "serial/none".into(),
        design,
        factors: plan.factors.clone(),
        measure: Measure::AllSides,
        points,
        subjects: vec![Subject {
            measure: Measure::AllSides,
            title: String::new(),
            mode: None,
            direction: String::new(),
            statistic: Statistic::Mean,
        }],
        rows,
        effects: Vec::new(),
        regression: None,
        warm_up: None,
        finding: String::new(),
        digest: "00112233445566778899aabbccddeeff".into(),
        events: 12_345_678,
        engines: Vec::new(),
    };
    finish(&mut sweep);
    sweep.finding = super::sweep_finding(&sweep);
    sweep
}

fn number(level: &Level) -> f64 {
    level.number.unwrap_or_default()
}

fn regime(level: &Level) -> f64 {
    match level.text.as_str() {
        "serial" => 1.0,
        "parallel" => 0.9,
        _ => 0.89,
    }
}

/// Information from 0 to 1 in tenths under three regimes: most of the fall is between 0.2 and 0.4.
pub(crate) fn levels() -> Sweep {
    let texts = [
        "cooperation.information=0:1:0.1",
        "regime=serial,parallel,joint",
    ];
    made(&texts, Design::Factorial, |levels| {
        let x = number(&levels[0]);
        let fall = x + 9.0 * (x.clamp(0.2, 0.4) - 0.2);
        regime(&levels[1]) * (68.0 - 3.0 * fall)
    })
}

/// The three mutuals at none and all, under two regimes: together they save less than the sum of each alone.
pub(crate) fn mutuals() -> Sweep {
    let texts = [
        "cooperation.information=0,1",
        "cooperation.recognition=0,1",
        "cooperation.enforcement=0,1",
        "regime=serial,joint",
    ];
    made(&texts, Design::Factorial, |levels| {
        let [i, r, e] = [0, 1, 2].map(|f| number(&levels[f]));
        regime(&levels[3]) * (68.0 - 6.0 * i - 5.0 * r - 2.0 * e + 2.0 * i * r)
    })
}

/// Thirty-two Sobol points over two numbers and a regime.
pub(crate) fn drawn() -> Sweep {
    let texts = [
        "cooperation.information=0:1",
        "flows.a.volume=8 trains/day:12 trains/day",
        "regime=serial,parallel",
    ];
    made(&texts, Design::Sobol { points: 32 }, |levels| {
        regime(&levels[2]) * (40.0 - 6.0 * number(&levels[0]) + 3.0 * (number(&levels[1]) - 8.0))
    })
}
