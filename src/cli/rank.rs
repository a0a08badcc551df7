//! `corridor rank`: which intervention first, with a guarantee.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use corridor::experiment::rank::{RankOptions, Watch, rank as rank_interventions};
use corridor::experiment::{Measure, RunError, RunOptions};
use corridor::report::{ranking_artifacts, ranking_finding};
use corridor::scenario::{self, LoadOptions, Point, Study};
use corridor::terms::{Named, Role};

use super::Options;
use super::failure::{Failure, note, print};
use super::progress::Progress;
use super::rank_files::Folder;
use super::study::load;

#[derive(Debug, Args)]
pub(super) struct RankArgs {
    /// The scenario, with its candidates under [interventions.NAME]
    file: PathBuf,
    /// Variant of the file that the interventions start from [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// What is compared: all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, crossing:EXIT:ENTRY or
    /// door_to_door:FLOW [default: the scenario's headline]
    #[arg(long, value_name = "MEASURE", value_parser = measure)]
    measure: Option<Measure>,
    /// Indifference zone: hours that need not be told apart, such as `0.5h` [default: 1 % of the base's mean, rounded]
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    delta: Option<f64>,
    /// Error probability of the selection
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = share)]
    alpha: f64,
    /// Share out N replications by OCBA instead; then only an estimated probability of a correct selection is claimed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
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
    #[arg(long, value_name = "MEASURE", value_parser = measure, requires = "target")]
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

/// A measure as the columns `measure` and `of` of comparisons.csv name it.
fn measure(text: &str) -> Result<Measure, String> {
    let parts: Vec<&str> = text.split([' ', ':']).filter(|p| !p.is_empty()).collect();
    let role = |name: &str| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        Role::from_name(name)
            .ok_or_else(|| format!("`{name}` is no role: write one of {}", names.join(", ")))
    };
    match parts[..] {
        ["all_sides"] => Ok(Measure::AllSides),
        ["all_releases"] => Ok(Measure::AllReleases),
        ["bcp", site, r] => Ok(Measure::Bcp(site.to_owned(), role(r)?)),
        ["release", site, r] => Ok(Measure::Release(site.to_owned(), role(r)?)),
        ["crossing", exit, entry] => Ok(Measure::Crossing(exit.to_owned(), entry.to_owned())),
        ["door_to_door", flow] => Ok(Measure::DoorToDoor(flow.to_owned())),
        _ => Err(format!(
            "`{text}` is no measure: write all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, \
             crossing:EXIT:ENTRY or door_to_door:FLOW"
        )),
    }
}

/// Ranks the interventions, or shows the finished ranking.
pub(super) fn rank(args: &RankArgs, options: &Options) -> Result<(), Failure> {
    let loaded = load(&args.file, options)?;
    let rank_options = RankOptions {
        run: RunOptions {
            threads: options.threads.map(usize::from),
            engine: options.engine.into(),
            kernel: options.kernel.into(),
        },
        variant: args.variant.clone(),
        measure: args.measure.clone(),
        delta_h: args.delta,
        alpha: args.alpha,
        budget: args.budget,
        first: options.replications,
        max_replications: args.max_replications,
        discount: args.discount,
        value_of_time: args.value_of_time,
        choose: usize::from(args.choose),
        capital_limit: args.capital_limit,
        target_h: args.target,
        target_measure: args.target_measure.clone(),
    };
    // The number of threads and its like change nothing, and are no part of the name.
    let asked = RankOptions {
        run: RunOptions::default(),
        ..rank_options.clone()
    };
    let folder = Folder::of(&loaded, &format!("{asked:?}"), &options.out);
    if options.fresh || !folder.is_finished() {
        run(args, options, &loaded, &rank_options, &folder)?;
    } else {
        note(
            options.quiet,
            "This ranking is finished already and is shown again; --fresh ranks anew.",
        );
    }
    if options.json {
        print(&format!("{}\n", folder.read("ranking.json")?))?;
    } else if options.quiet {
        print(&format!("{}\n", folder.finding()?))?;
    } else {
        print(&folder.read("tables.txt")?)?;
    }
    note(
        options.quiet,
        &format!("Tables, charts and files: {}", folder.path().display()),
    );
    Ok(())
}

fn run(
    args: &RankArgs,
    options: &Options,
    loaded: &scenario::Loaded,
    rank_options: &RankOptions,
    folder: &Folder,
) -> Result<(), Failure> {
    folder.prepare()?;
    let with = |points: &[Point]| -> Result<Study, RunError> {
        let asked = LoadOptions {
            overrides: options.set.clone(),
            seed: options.seed,
            replications: options.replications,
            points: points.to_vec(),
        };
        let found = scenario::load(&args.file, &asked);
        let found = found.map_err(|error| RunError::Scenario(error.to_string()))?;
        Ok(found.study)
    };
    let started = Instant::now();
    let progress = Progress::new(options.quiet);
    let watch = Watch {
        runs: &|done, total| progress.tell(done, total),
        phase: &|text| note(options.quiet, text),
    };
    let mut ranking = rank_interventions(&loaded.study, &with, rank_options, &watch)?;
    ranking.finding = ranking_finding(&ranking);
    let artifacts = ranking_artifacts(&ranking);
    folder.write(loaded, options, &ranking, &artifacts, started.elapsed())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_measures_are_read_or_refused_with_an_example() {
        assert_eq!(hours("0.5h").unwrap(), 0.5);
        assert_eq!(hours("24 h").unwrap(), 24.0);
        assert_eq!(hours("30min").unwrap(), 0.5);
        assert!(hours("0").is_err() && hours("1 km").is_err());
        assert_eq!(amount("500000 USD").unwrap(), 500_000.0);
        assert_eq!(
            measure("crossing:a:b").unwrap(),
            Measure::Crossing("a".to_owned(), "b".to_owned())
        );
        assert!(measure("bcp:a:in").unwrap_err().contains("`in` is no role"));
    }
}
