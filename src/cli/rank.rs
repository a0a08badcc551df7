//! `corridor rank`: which intervention first, with a guarantee.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use corridor::experiment::rank::{RankOptions, Watch, rank as rank_interventions};
use corridor::experiment::{Measure, RunError};
use corridor::report::{ranking_artifacts, ranking_finding};
use corridor::scenario::{self, LoadOptions, Point, Study};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::study::{self, Forewarning};

#[derive(Debug, Args)]
pub(super) struct RankArgs {
    /// The scenario, with its candidates under [interventions.NAME]
    file: PathBuf,
    /// Variant of the file that the interventions start from [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// What is compared: all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, crossing:EXIT:ENTRY or
    /// door_to_door:FLOW [default: the scenario's headline]
    #[arg(long, value_name = "MEASURE", value_parser = Measure::parse)]
    measure: Option<Measure>,
    /// Indifference zone: hours that need not be told apart, such as `0.5h` [default: 1 % of the base's mean, rounded]
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    delta: Option<f64>,
    /// Error probability of the selection
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = share)]
    alpha: f64,
    /// Share out N replications by OCBA instead, those of the base included; then only an estimated probability of a correct
    /// selection is claimed, and nothing is put together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = ["alpha", "delta", "max_replications", "choose", "capital_limit"])]
    budget: Option<u32>,
    /// Most replications of one candidate; the first stage has --replications, by default 10
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(2..))]
    max_replications: u32,
    /// Discount rate a year of capital costs, such as 0.05; without it capital is divided by its life
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    discount: f64,
    /// US$ for an hour of a TEU [default: what all flows state, if they do]
    #[arg(long, value_name = "USD", value_parser = amount)]
    value_of_time: Option<f64>,
    /// Interventions put together at most; 1 leaves combinations out
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    choose: u8,
    /// Most capital in US$ that those put together may cost
    #[arg(long, value_name = "USD", value_parser = amount)]
    capital_limit: Option<f64>,
    /// Also find the most demand at which nine in ten consignments need at most this long, such as `24h`
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    target: Option<f64>,
    /// Of which time, as --measure [default: what is compared, or the first crossing]
    #[arg(long, value_name = "MEASURE", value_parser = Measure::parse, requires = "target")]
    target_measure: Option<Measure>,
}

/// Hours, with or without the unit `h`; minutes and days too.
fn hours(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, unit) = text.split_at(
        text.find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len()),
    );
    let scale = match unit.trim() {
        "" | "h" => 1.0,
        "min" => 1.0 / 60.0,
        "d" => 24.0,
        _ => return Err("write hours, such as 0.5h, 24h or 30min".to_owned()),
    };
    match number.parse::<f64>() {
        Ok(value) if value > 0.0 => Ok(value * scale),
        _ => Err("write hours above 0, such as 0.5h or 24h".to_owned()),
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("`{text}` is no number"))
}

fn share(text: &str) -> Result<f64, String> {
    let value = number(text)?;
    match value > 0.0 && value < 1.0 {
        true => Ok(value),
        false => Err("write a probability between 0 and 1, such as 0.05".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let value = number(text)?;
    match (0.0..1.0).contains(&value) {
        true => Ok(value),
        false => Err("write 5 % a year as 0.05".to_owned()),
    }
}

fn amount(text: &str) -> Result<f64, String> {
    let value = number(text.trim_end_matches("USD").trim())?;
    match value >= 0.0 {
        true => Ok(value),
        false => Err("write US dollars of at least 0".to_owned()),
    }
}

/// Ranks the interventions, or shows the finished ranking.
pub(super) fn rank(args: &RankArgs, options: &Options) -> Result<(), Failure> {
    let loaded = study::load_settled(&args.file, options)?;
    study::variant(&loaded, args.variant.as_deref())?;
    let rank_options = RankOptions {
        run: options.runs(),
        variant: args.variant.clone(),
        measure: args.measure.clone(),
        delta_h: args.delta,
        alpha: args.alpha,
        budget: args.budget,
        first: options.replications,
        max_replications: args.max_replications,
        discount: args.discount,
        value_of_time: args.value_of_time,
        // A budget is spent by the candidates alone.
        choose: match args.budget {
            Some(_) => 1,
            None => usize::from(args.choose),
        },
        capital_limit: args.capital_limit,
        target_h: args.target,
        target_measure: args.target_measure.clone(),
    };
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let given = study::given(loaded, options, &load);
    let asked = Asked::Rank(rank_options);
    answer(&asked, &given, options, asked.shown().1, None)
}

/// Ranks the interventions, anew loaded with the points that are asked for.
pub(super) fn conduct(
    options: &RankOptions,
    given: &Given<'_>,
    means: &Means<'_>,
) -> Result<Answer, Failure> {
    let study = &given.loaded.study;
    let name = |at: usize| format!("with {}", study.interventions[at].name);
    // The first that are asked for are the base and each intervention.
    let first = Cell::new(true);
    let with = |points: &[Point]| -> Result<Study, RunError> {
        let asked = LoadOptions {
            points: points.to_vec(),
            ..given.options.clone()
        };
        let found = (given.load)(&asked).map_err(|error| RunError::Scenario(error.to_string()))?;
        if first.replace(false) {
            let forewarning = Forewarning::new(&found.study, means)?;
            forewarning.variants(&[0], true);
            forewarning.points((1, 1), "interventions", &name);
        }
        Ok(found.study)
    };
    let tell = means.tell();
    let watch = Watch {
        runs: &tell,
        phase: &|text| means.say(text),
        store: means.store(),
    };
    let options = RankOptions {
        run: means.run,
        ..options.clone()
    };
    let started = Instant::now();
    let mut ranking = rank_interventions(study, &with, &options, &watch)?;
    let simulation = started.elapsed();
    ranking.finding = ranking_finding(&ranking);
    let candidates = study.interventions.iter().map(|i| i.name.clone());
    Ok(Answer {
        artifacts: ranking_artifacts(&ranking),
        simulation,
        account: Account {
            variants: std::iter::once(ranking.base).chain(candidates).collect(),
            scenario: ranking.scenario,
            seed: ranking.seed,
            replications: study.experiment.replications,
            digest: ranking.digest,
            events: Some(ranking.events),
            finding: ranking.finding,
            engines: Vec::new(),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_amounts_are_read_or_refused_with_an_example() {
        assert_eq!(hours("0.5h").unwrap(), 0.5);
        assert_eq!(hours("24 h").unwrap(), 24.0);
        assert_eq!(hours("30min").unwrap(), 0.5);
        assert!(hours("0").is_err() && hours("1 km").is_err());
        assert_eq!(amount("500000 USD").unwrap(), 500_000.0);
    }
}
