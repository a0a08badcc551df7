//! How often intervals hold the truth: thousands of experiments of 20 replications each on queues whose answers are exact.
//! A slow command of its own, whose figures stand in docs/statistics.md:
//!
//! `cargo test --release --test coverage -- --ignored --nocapture --test-threads=1`
//!
//! `CORRIDOR_COVERAGE_EXPERIMENTS` asks for fewer experiments than 10,000; the criteria then give way by two standard errors
//! of what so few can tell.

mod long_run;
mod model;
mod stopping;

use corridor::stats::{Interval, all_against_base, buffer_time_index, ratio, sectioned};
use model::{Model, Replication};
use rayon::prelude::*;

/// Replications of each experiment.
const REPLICATIONS: u32 = 20;
const LEVEL: f64 = 0.95;
/// 5 days of warm-up, 12 relaxation times, and 40 days of 192 consignments each: enough for means.
const HORIZON_OF_MEANS: &str = "45 d";
/// As many days of warm-up, and 100 days.
const HORIZON_OF_QUANTILES: &str = "105 d";
/// As many days of warm-up, and 200 days: P99 asks for so many, since stays above it come in clusters, a few congested
/// afternoons apiece (docs/statistics.md has it by length).
const HORIZON_OF_P99: &str = "205 d";
/// What has been found is told after each so many experiments.
const TOLD: u32 = 1_000;
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.95];
/// Minutes of service in the variant whose quantiles are compared with the base's.
const SHORTER: f64 = 5.7;
/// A consignment is on target within 1 h.
const TARGET_H: f64 = 1.0;

/// What an experiment is asked: the name of a figure, and whether its interval held the truth.
type Answer = (String, bool);

/// How many experiments to run: those asked for, at most the full number.
fn experiments(most: usize) -> usize {
    let asked = std::env::var("CORRIDOR_COVERAGE_EXPERIMENTS").ok();
    asked.map_or(most, |text| {
        text.parse::<usize>()
            .expect("a number of experiments")
            .min(most)
    })
}

/// How many standard errors of sampling fewer experiments than 10,000 adds to the criteria.
fn slack(experiments: usize) -> f64 {
    if experiments >= 10_000 {
        0.0
    } else {
        2.0 * (0.95f64 * 0.05 / experiments as f64).sqrt()
    }
}

/// How often the answer in this column was yes.
fn held(rows: &[Vec<Answer>], column: usize) -> f64 {
    rows.iter().filter(|row| row[column].1).count() as f64 / rows.len() as f64
}

/// Runs the experiments, each a function of its number, and prints and judges how often each answer was yes.
fn judge(title: &str, experiment: impl Fn(u32) -> Vec<Answer> + Sync) {
    let asked = experiments(10_000);
    let mut rows: Vec<Vec<Answer>> = Vec::new();
    while rows.len() < asked {
        let from = rows.len() as u32;
        let numbers = from..(from + TOLD).min(asked as u32);
        rows.par_extend(numbers.into_par_iter().map(&experiment));
        let shares = (0..rows[0].len()).map(|c| format!("{:.2}", 100.0 * held(&rows, c)));
        eprintln!(
            "{title}, {} experiments: {}",
            rows.len(),
            shares.collect::<Vec<_>>().join(" ")
        );
    }
    let slack = slack(asked);
    println!("\n{title}, {asked} experiments of {REPLICATIONS} replications:\n");
    println!("| interval | held the truth | wanted |\n|---|---|---|");
    let mut failed = Vec::new();
    for (column, (name, _)) in rows[0].iter().enumerate() {
        let share = held(&rows, column);
        let (least, most, wanted) = match name.as_str() {
            n if n.starts_with("quantile") || n.starts_with("index") => (0.94, 0.985, "94-98.5 %"),
            n if n.starts_with("simultaneous") => (0.94, 1.0, "at least 94 %"),
            _ => (0.94, 0.96, "94.0-96.0 %"),
        };
        println!("| {name} | {:.2} % | {wanted} |", 100.0 * share);
        if share < least - slack || share > most + slack {
            failed.push(format!("{name}: {share}"));
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

fn means(runs: &[Replication]) -> Vec<f64> {
    runs.iter().map(|r| r.mean_h).collect()
}

fn quantiles(runs: &[Replication], p: f64) -> Vec<f64> {
    runs.iter().map(|r| r.quantile_h(p)).collect()
}

/// The replications of one experiment.
fn run(model: &Model, experiment: u32) -> Vec<Replication> {
    let numbers = experiment * REPLICATIONS..(experiment + 1) * REPLICATIONS;
    numbers.map(|number| model.run(number)).collect()
}

/// The stay in M/M/1 with 8 arrivals an hour, whose law is exponential (Kleinrock 1975, section 3.2): its mean in hours.
fn mean_stay_h(service_min: f64) -> f64 {
    1.0 / (60.0 / service_min - 8.0)
}

/// M/M/1 with 8 arrivals an hour.
fn one_officer(service_min: f64, horizon: &str) -> Model {
    let key = "procedures.control.steps.documents.service.exponential.mean";
    let mean = format!("\"{service_min} min\"");
    Model::new("mm1-80.toml", horizon, &[(key, &mean)])
}

/// Whether the intervals of a quantile of the base's stays, and of the variant's less the base's, hold the truth; the mean
/// stays are given.
fn of_quantile(p: f64, runs: [&Vec<Replication>; 2], stays: [f64; 2]) -> [Answer; 2] {
    let truth = stays.map(|stay| -stay * (1.0 - p).ln());
    let whole = runs.map(|runs| model::hours(model::pool(runs).quantile(p)));
    let own = runs.map(|runs| quantiles(runs, p));
    let paired: Vec<f64> = own[1].iter().zip(&own[0]).map(|(v, b)| v - b).collect();
    let name = format!("quantile P{:.0}", 100.0 * p);
    let base = sectioned(whole[0], &own[0], LEVEL);
    let difference = sectioned(whole[1] - whole[0], &paired, LEVEL);
    [
        (name.clone(), base.contains(truth[0])),
        (
            format!("{name}, paired difference, service {SHORTER} min"),
            difference.contains(truth[1] - truth[0]),
        ),
    ]
}

#[test]
#[ignore = "minutes of release code: see the head of this file"]
fn the_99th_percentile_at_load_80() {
    let services = [6.0, SHORTER];
    let models = services.map(|minutes| one_officer(minutes, HORIZON_OF_P99));
    let stays = services.map(mean_stay_h);
    judge("P99 of M/M/1 at load 0.8", |experiment| {
        let [base, variant] = models.each_ref().map(|model| run(model, experiment));
        of_quantile(0.99, [&base, &variant], stays).to_vec()
    });
}

#[test]
#[ignore = "minutes of release code: see the head of this file"]
fn one_officer_at_load_80() {
    // Loads 0.8 (the base), 0.76, 0.72 and 0.64 over common random numbers.
    let services = [6.0, SHORTER, 5.4, 4.8];
    let models = services.map(|minutes| one_officer(minutes, HORIZON_OF_QUANTILES));
    let stays = services.map(mean_stay_h);
    assert!((stays[0] - 0.5).abs() < 1e-12);
    judge("M/M/1 at load 0.8", |experiment| {
        let runs = models.each_ref().map(|model| run(model, experiment));
        let columns = runs.each_ref().map(|r| means(r));
        let mut answers = Vec::new();
        let mut tell = |name: String, interval: Interval, truth: f64| {
            answers.push((name, interval.contains(truth)));
        };
        tell(
            "mean".into(),
            Interval::of_mean(&columns[0], LEVEL),
            stays[0],
        );
        let differences = all_against_base(&columns[0], &columns[1..], LEVEL);
        let truths = || stays[1..].iter().map(|stay| stay - stays[0]);
        for ((interval, truth), minutes) in differences.iter().zip(truths()).zip(&services[1..]) {
            let name = format!("paired difference of means, service {minutes} min");
            tell(name, interval.at_level(LEVEL), truth);
        }
        let pooled = model::pool(&runs[0]);
        let within: Vec<f64> = runs[0].iter().map(|r| r.within(TARGET_H) * r.n).collect();
        let all: Vec<f64> = runs[0].iter().map(|r| r.n).collect();
        let share = ratio(&within, &all, LEVEL).expect("there are consignments");
        tell(
            "share within 1 h".into(),
            share,
            1.0 - (-TARGET_H / stays[0]).exp(),
        );
        let index = |mean: f64, p95: f64| buffer_time_index(mean, p95).expect("a stay lasts");
        let own: Vec<f64> = runs[0]
            .iter()
            .map(|r| index(r.mean_h, r.quantile_h(0.95)))
            .collect();
        let weighted =
            runs[0].iter().map(|r| r.n * r.mean_h).sum::<f64>() / all.iter().sum::<f64>();
        let whole = index(weighted, model::hours(pooled.quantile(0.95)));
        tell(
            "index of buffer time".into(),
            sectioned(whole, &own, LEVEL),
            20f64.ln() - 1.0,
        );
        for p in QUANTILES {
            answers.extend(of_quantile(p, [&runs[0], &runs[1]], [stays[0], stays[1]]));
        }
        let together = differences
            .iter()
            .zip(truths())
            .all(|(i, truth)| i.contains(truth));
        answers.push((
            "simultaneous: three differences from the base".into(),
            together,
        ));
        answers
    });
}

#[test]
#[ignore = "minutes of release code: see the head of this file"]
fn fork_join_of_two_at_load_80() {
    let model = |regime: &str| {
        Model::new(
            "fork-join-2-80.toml",
            HORIZON_OF_MEANS,
            &[("procedures.control.regime", regime)],
        )
    };
    let (parallel, serial) = (model("\"parallel\""), model("\"serial\""));
    // Flatto and Hahn (1984), Nelson and Tantawi (1988): (12 - rho)/8 of M/M/1. One after another: two of M/M/1 (Burke).
    let stay = mean_stay_h(6.0);
    let (joined, tandem) = ((12.0 - 0.8) / 8.0 * stay, 2.0 * stay);
    judge("Fork-join of two at load 0.8", |experiment| {
        let base = means(&run(&serial, experiment));
        let variant = means(&run(&parallel, experiment));
        let differences = all_against_base(&base, std::slice::from_ref(&variant), LEVEL);
        vec![
            (
                "mean".into(),
                Interval::of_mean(&variant, LEVEL).contains(joined),
            ),
            (
                "mean, one agency after the other".into(),
                Interval::of_mean(&base, LEVEL).contains(tandem),
            ),
            (
                "paired difference of means, parallel less serial".into(),
                differences[0].contains(joined - tandem),
            ),
        ]
    });
}
