//! `corridor check FILE`: every mistake of a scenario, or what it holds and which of its values are assumed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use corridor::experiment;
use corridor::experiment::theory::{self, StationLoad};
use corridor::report::table::Table;
use corridor::report::tables;
use corridor::scenario::{self, Diagnostic, Study};
use corridor::terms::Evidence;
use serde::Serialize;

use super::Options;
use super::failure::{Failure, print};

/// Width of the printed table.
const WIDTH: u16 = corridor::report::tables::DEFAULT_WIDTH;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The scenario
    file: PathBuf,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Verdict<'a> {
    runs: bool,
    diagnostics: &'a [Diagnostic],
    /// Wait cycles that are possible.
    cycles: &'a [String],
    /// Stations that are offered as much as they can do, or more, in sentences.
    overloads: Vec<String>,
    /// What each station is offered, by variant.
    offered: Vec<VariantLoads<'a>>,
}

/// What the stations of a variant are offered.
#[derive(Serialize)]
struct VariantLoads<'a> {
    variant: &'a str,
    stations: &'a [StationLoad],
}

/// Prints all mistakes (exit code 1), or a summary and the assumed values.
pub(super) fn check(args: &CheckArgs, options: &Options) -> Result<(), Failure> {
    let load = options.loading();
    match scenario::load(&args.file, &load) {
        Ok(loaded) if options.json => {
            let loads = theory::before(&loaded.study)?;
            let stations = loaded.study.variants.iter().zip(&loads);
            verdict(Verdict {
                runs: true,
                diagnostics: &loaded.warnings,
                cycles: &cycles(&loaded.study)?,
                overloads: theory::forewarnings(&loaded.study, &loads),
                offered: stations
                    .map(|(variant, stations)| VariantLoads {
                        variant: &variant.name,
                        stations,
                    })
                    .collect(),
            })
        }
        Ok(loaded) => {
            let cycles = cycles(&loaded.study)?;
            let cycles = cycles.iter().map(|cycle| format!("warning: {cycle}\n\n"));
            let warnings = loaded.warnings.iter().map(|w| format!("{w}\n\n"));
            let loads = theory::before(&loaded.study)?;
            let overloads = theory::forewarnings(&loaded.study, &loads);
            let overloads = overloads.iter().map(|said| format!("warning: {said}\n\n"));
            let warnings: String = warnings.chain(cycles).chain(overloads).collect();
            let assumed = if options.quiet {
                String::new()
            } else {
                format!("{}{}", offered(&loads), assumed(&loaded.study))
            };
            let kernels = kernels(&loaded.study)?;
            let summary = summary(&loaded.study, kernels);
            print(&format!("{warnings}{summary}{assumed}"))
        }
        Err(failure) => {
            if let (true, scenario::Failure::Wrong(diagnostics)) = (options.json, &failure) {
                verdict(Verdict {
                    runs: false,
                    diagnostics: &diagnostics.0,
                    cycles: &[],
                    overloads: Vec::new(),
                    offered: Vec::new(),
                })?;
            }
            Err(failure.into())
        }
    }
}

/// Stations whose loads are listed.
const LISTED: usize = 40;

/// What the base's stations are offered.
fn offered(loads: &[Vec<StationLoad>]) -> String {
    let table = loads.first().and_then(|base| tables::offered(base, LISTED));
    table.map_or_else(String::new, |table| format!("\n{}", table.to_text(WIDTH)))
}

fn verdict(verdict: Verdict<'_>) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&verdict).expect("diagnostics have string keys only");
    print(&format!("{text}\n"))
}

/// At how many of the base's stations ends of service are computed at arrival, and why at the others they are not.
fn kernels(study: &Study) -> Result<String, Failure> {
    let networks = experiment::compile(study)?;
    let (mut computed, mut all) = (0, 0);
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    for site in networks.first().iter().flat_map(|base| &base.sites) {
        let stations = site.stations.len();
        all += stations;
        match &site.computed {
            Ok(_) => computed += stations,
            Err(reason) if stations > 0 => *why.entry(reason.to_string()).or_default() += stations,
            Err(_) => {}
        }
    }
    let why = why.iter().map(|(reason, n)| format!("{n} for {reason}"));
    let why: Vec<String> = why.collect();
    Ok(match &why[..] {
        [] => format!("all {all} stations computed at arrival"),
        why => format!(
            "{computed} of {all} stations computed at arrival; event by event: {}",
            why.join(", ")
        ),
    })
}

/// The wait cycles that a variant allows, each once, with the first variant that does.
fn cycles(study: &Study) -> Result<Vec<String>, Failure> {
    let mut found: Vec<String> = Vec::new();
    if study
        .variants
        .iter()
        .all(|variant| variant.scenario.holds_nothing())
    {
        return Ok(found);
    }
    for (network, variant) in experiment::compile(study)?.iter().zip(&study.variants) {
        for cycle in network.possible_cycles() {
            if !found.iter().any(|known| known.ends_with(&cycle)) {
                found.push(format!("variant `{}`: {cycle}", variant.name));
            }
        }
    }
    Ok(found)
}

/// What the scenario holds, in a few lines.
fn summary(study: &Study, kernels: String) -> String {
    let mut text = format!("{}\n{}\n\n", study.title, study.question);
    let e = &study.experiment;
    let days = |span: corridor::time::Span| span.hours() / 24.0;
    let variants: Vec<&str> = study.variants.iter().map(|v| v.name.as_str()).collect();
    let mut line = |what: &str, value: String| text.push_str(&format!("{what:<13}{value}\n"));
    line(
        "variants",
        format!("{} ({})", variants.len(), variants.join(", ")),
    );
    line(
        "replications",
        format!("{} of each, seed {}", e.replications, e.seed),
    );
    line(
        "measured",
        format!(
            "day {} to day {} from {}, drained up to {} days more",
            days(e.warm_up),
            days(e.horizon),
            e.start,
            days(e.max_drain)
        ),
    );
    if let Some(base) = study.variants.first() {
        let s = &base.scenario;
        line(
            "sites",
            format!(
                "{}, {} links, {} procedures",
                s.sites.len(),
                s.links.len(),
                s.procedures.len()
            ),
        );
        let per_day: f64 = s.flows.iter().map(|f| f.per_day).sum();
        line(
            "flows",
            format!("{}, {per_day:.1} consignments a day in all", s.flows.len()),
        );
        if !s.shocks.is_empty() {
            let names: Vec<&str> = s.shocks.iter().map(|shock| shock.name.as_str()).collect();
            line(
                "shocks",
                format!(
                    "{} in force in the base ({})",
                    names.len(),
                    names.join(", ")
                ),
            );
        }
        line("kernel", kernels);
        line(
            "agreements",
            format!(
                "{} in force at some time in the base",
                s.cooperation.agreements.len()
            ),
        );
    }
    line(
        "published",
        format!(
            "{} figures to set beside the simulated",
            study.benchmarks.len()
        ),
    );
    text
}

/// The values that are assumed, with their lines.
fn assumed(study: &Study) -> String {
    let mut table = Table::new(
        "",
        4,
        &["line", "assumed value", "is", "range", "why or whence"],
    );
    table.words = 5;
    for v in study
        .values
        .iter()
        .filter(|v| v.evidence == Evidence::Assumed)
    {
        let range = v
            .range
            .as_ref()
            .map_or_else(|| "-".to_owned(), |(low, high)| format!("{low} to {high}"));
        let source = v.source.clone().unwrap_or_else(|| "-".to_owned());
        table.row(vec![
            v.line.to_string(),
            v.path.clone(),
            v.value.clone(),
            range,
            source,
        ]);
    }
    let (n, all) = (table.rows.len(), study.values.len());
    if n == 0 {
        return format!("\nNone of its {all} values with stated evidence is assumed.\n");
    }
    table.title = format!("{n} of its {all} values with stated evidence are assumed:");
    format!("\n{}", table.to_text(WIDTH))
}
