//! From a [`Ranking`] to what people read: the finding, tables, CSV files, charts.

mod capacity;
mod csv;
mod finding;
mod order;
mod tables;

use crate::experiment::rank::Ranking;
use crate::experiment::results::Measure;
use crate::report::artifacts::Artifact;
use crate::report::charts;

pub use finding::finding;
pub(crate) use order::by_hours;
pub use tables::ranking_tables;

/// The files of a ranking, ordered by name: `ranking.json`, `tables.txt`, CSV files, charts as SVG and PNG.
/// The same ranking gives the same bytes.
pub fn ranking_artifacts(ranking: &Ranking) -> Vec<Artifact> {
    let text = |name: &str, text: String| Artifact {
        name: name.to_owned(),
        bytes: text.into_bytes(),
    };
    let json = serde_json::to_string(ranking).expect("a ranking has string keys only");
    let mut files = vec![
        text("ranking.json", json),
        text(
            "tables.txt",
            ranking_tables(ranking, crate::report::tables::DEFAULT_WIDTH),
        ),
    ];
    for (name, content) in csv::files(ranking) {
        files.push(text(name, content));
    }
    for chart in charts::ranking_charts(ranking) {
        files.push(Artifact {
            name: format!("{}.png", chart.name),
            bytes: chart.png(),
        });
        files.push(text(&format!("{}.svg", chart.name), chart.svg));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// What the hours of a measure are, after "mean hours ".
pub(crate) fn of_what(measure: &Measure) -> String {
    match measure {
        Measure::AllSides => "that a consignment spends at the border sides".to_owned(),
        Measure::AllReleases => "until a consignment's release at its controlled stops".to_owned(),
        Measure::Bcp(site, role) => format!("that a consignment spends at {site} ({role})"),
        Measure::Release(site, role) => {
            format!("until a consignment's release at {site} ({role})")
        }
        Measure::Crossing(exit, entry) => {
            format!("that a consignment needs to cross from {exit} to {entry}")
        }
        Measure::DoorToDoor(flow) => format!("of flow {flow} from door to door"),
    }
}
