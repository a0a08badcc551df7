//! Charts as SVG and PNG: one module per chart, on a common sheet.

mod axis;
mod canvas;
mod clearance;
mod distance;
mod edits;
mod hours;
mod labels;
mod palette;
mod queues;
mod ranking;
mod release;
mod sheet;
mod sweep;
mod twins;
mod warm_up;

use rayon::prelude::*;

use crate::experiment::results::Results;

pub use edits::{edits, tornado};
pub use ranking::ranking_charts;
pub use sweep::sweep_charts;
pub use twins::waterfall;
pub use warm_up::warm_up;

/// A drawn chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// File name without ending, such as `clearance-time`.
    pub name: String,
    /// What it shows, for the page that holds it.
    pub caption: String,
    /// The picture.
    pub svg: String,
}

impl Chart {
    /// The same picture as PNG, half as many pixels again each way.
    pub fn png(&self) -> Vec<u8> {
        canvas::png(&self.svg)
    }
}

/// Every chart that the results have data for, drawn in parallel.
pub fn charts(results: &Results) -> Vec<Chart> {
    type Draw = fn(&Results) -> Option<String>;
    let fixed: [(&str, &str, Draw); 5] = [
        (
            "clearance-time",
            "Clearance time by regime and cooperation",
            clearance::draw,
        ),
        (
            "released-by-hours",
            "Share released by hours after arrival",
            release::draw,
        ),
        ("hours-by-site", "Where the hours go, by site", hours::sites),
        (
            "hours-by-route",
            "Where the hours go, door to door",
            hours::routes,
        ),
        (
            "queues",
            "Consignments present and jobs waiting over time",
            queues::draw,
        ),
    ];
    let mut charts: Vec<Chart> = fixed
        .into_par_iter()
        .filter_map(|(name, caption, draw)| {
            let svg = draw(results)?;
            Some(Chart {
                name: name.to_owned(),
                caption: caption.to_owned(),
                svg,
            })
        })
        .collect();
    charts.extend(distance::draw(results));
    charts.extend((results.warm_up.iter()).map(|found| warm_up(&results.title, found)));
    charts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::report::fixture;

    /// Pictures to look at, in the folder that `CHARTS` names: of made-up studies, and of the `results.json`
    /// that `RESULTS` names, if any. `CHARTS=... cargo test --lib look_at -- --ignored`
    #[test]
    #[ignore = "writes files for a person to look at"]
    fn look_at_every_chart() {
        let folder = std::env::var("CHARTS").unwrap();
        let mut studies = vec![
            ("rich", fixture::rich()),
            ("tiny", fixture::tiny()),
            ("awkward", fixture::awkward()),
        ];
        if let Ok(path) = std::env::var("RESULTS") {
            let text = std::fs::read_to_string(path).unwrap();
            studies.push(("real", serde_json::from_str(&text).unwrap()));
        }
        for (name, results) in studies {
            let started = std::time::Instant::now();
            for file in crate::report::artifacts(&results) {
                std::fs::write(format!("{folder}/{name}-{}", file.name), file.bytes).unwrap();
            }
            println!("{name}: {:?}", started.elapsed());
        }
    }
}
