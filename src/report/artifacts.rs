//! Every file of a finished study, as names and bytes.

use rayon::prelude::*;

use crate::experiment::results::Results;
use crate::report::charts::{Chart, charts};
use crate::report::csv::csv_files;
use crate::report::page::page;
use crate::report::tables::{DEFAULT_WIDTH, TableDetail, tables};

/// A file to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// File name without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    pub(super) fn text(name: &str, text: String) -> Self {
        Artifact {
            name: name.to_owned(),
            bytes: text.into_bytes(),
        }
    }

    /// A chart as PNG and SVG.
    pub(super) fn pictures(chart: Chart) -> [Self; 2] {
        let png = Artifact {
            name: format!("{}.png", chart.name),
            bytes: chart.png(),
        };
        [
            png,
            Artifact::text(&format!("{}.svg", chart.name), chart.svg),
        ]
    }
}

/// The tables (`tables.txt`, concise, and `tables-full.txt`), CSV files, charts as SVG and PNG, the page
/// (`report.md`) and `results.json`, ordered by name. The same results give the same bytes.
pub fn artifacts(results: &Results) -> Vec<Artifact> {
    let charts = charts(results);
    let pictures: Vec<Artifact> = charts
        .par_iter()
        .flat_map_iter(|chart| {
            let png = Artifact {
                name: format!("{}.png", chart.name),
                bytes: chart.png(),
            };
            [
                png,
                Artifact::text(&format!("{}.svg", chart.name), chart.svg.clone()),
            ]
        })
        .collect();
    let json = serde_json::to_string(results).expect("results have string keys only");
    let mut files = vec![
        Artifact::text("results.json", json),
        Artifact::text(
            "tables.txt",
            tables(results, TableDetail::Concise, DEFAULT_WIDTH),
        ),
        Artifact::text(
            "tables-full.txt",
            tables(results, TableDetail::Full, DEFAULT_WIDTH),
        ),
        Artifact::text("report.md", page(results, &charts)),
    ];
    files.extend(
        csv_files(results)
            .into_iter()
            .map(|(name, text)| Artifact::text(name, text)),
    );
    files.extend(pictures);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::experiment::results::Measured;
    use crate::report::fixture;

    fn named(files: &[Artifact], name: &str) -> Vec<u8> {
        files
            .iter()
            .find(|f| f.name == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .bytes
            .clone()
    }

    #[test]
    fn a_rich_study_has_every_table_and_chart_once() {
        let files = artifacts(&fixture::rich());
        let mut names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
        for name in [
            "sides.csv",
            "benchmarks.csv",
            "report.md",
            "tables.txt",
            "results.json",
            "queues.svg",
        ] {
            assert!(names.contains(&name), "{name} is missing");
        }
        for chart in [
            "clearance-time",
            "released-by-hours",
            "hours-by-site",
            "hours-by-route",
            "time-cost-distance",
        ] {
            assert!(
                named(&files, &format!("{chart}.png")).starts_with(b"\x89PNG"),
                "{chart}"
            );
            assert!(
                named(&files, &format!("{chart}.svg")).starts_with(b"<svg"),
                "{chart}"
            );
        }
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        assert!(artifacts(&fixture::awkward()) == artifacts(&fixture::awkward()));
    }

    #[test]
    fn results_can_be_read_back() {
        let results = fixture::awkward();
        let text = named(&artifacts(&results), "results.json");
        let back: Results = serde_json::from_slice(&text).unwrap();
        let (was, is) = (
            &results.variants[1].sides[1].bcp,
            &back.variants[1].sides[1].bcp,
        );
        assert_eq!(is.mean_h, was.mean_h);
        assert_eq!(is.histogram, was.histogram);
        let Measured::Estimate(mean) = back.variants[0].sides[0].bcp.mean_h else {
            panic!("an estimate")
        };
        assert!(mean.half_width.is_infinite());
    }
}
