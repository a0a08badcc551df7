//! A sweep as files: tidy CSV, tables, one sentence, charts and a page.

mod csv;
mod finding;
#[cfg(test)]
pub(crate) mod fixture;
mod tables;
pub(crate) mod view;

use rayon::prelude::*;

use super::Artifact;
use super::charts::{Chart, sweep_charts};
use super::table::wrap;
use super::tables::DEFAULT_WIDTH;
use crate::experiment::sweep::Sweep;

pub use finding::sweep_finding;

/// The name of the file that holds a sweep as JSON.
pub const SWEEP_JSON: &str = "results.json";

/// Every file of a sweep, ordered by name: `tables.txt`, `sweep.csv`, `effects.csv` and `regression.csv` where there
/// are any, charts as SVG and PNG, `report.md` and `results.json`. The same sweep gives the same bytes.
pub fn sweep_artifacts(sweep: &Sweep) -> Vec<Artifact> {
    let charts = sweep_charts(sweep);
    let text = |name: &str, text: String| Artifact {
        name: name.to_owned(),
        bytes: text.into_bytes(),
    };
    let mut files = vec![
        text(
            SWEEP_JSON,
            serde_json::to_string(sweep).expect("sweeps have string keys only"),
        ),
        text("tables.txt", printed(sweep)),
        text("report.md", page(sweep, &charts)),
        text("sweep.csv", csv::points(sweep)),
    ];
    files.extend(csv::effects(sweep).map(|csv| text("effects.csv", csv)));
    files.extend(csv::regression(sweep).map(|csv| text("regression.csv", csv)));
    let pictures: Vec<Artifact> = (charts.par_iter())
        .flat_map_iter(|chart| {
            let png = Artifact {
                name: format!("{}.png", chart.name),
                bytes: chart.png(),
            };
            [png, text(&format!("{}.svg", chart.name), chart.svg.clone())]
        })
        .collect();
    files.extend(pictures);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// The tables as plain text, the finding last.
fn printed(sweep: &Sweep) -> String {
    let wide = usize::from(DEFAULT_WIDTH);
    let mut out = format!("{}\n", sweep.title);
    out.push_str(&wrap(&tables::setting(sweep), wide));
    for table in tables::tables(sweep) {
        out.push('\n');
        out.push_str(&table.to_text(DEFAULT_WIDTH));
    }
    let notes = tables::notes(sweep);
    if !notes.is_empty() {
        out.push_str("\n== Notes ==\n");
        notes
            .iter()
            .for_each(|note| out.push_str(&wrap(note, wide)));
    }
    out.push_str("\n== Finding ==\n");
    out.push_str(&wrap(&sweep.finding, wide));
    out
}

/// The page; charts are linked as PNG files beside it.
fn page(sweep: &Sweep, charts: &[Chart]) -> String {
    let mut text = format!(
        "# {}\n\n**{}**\n\n{}\n",
        sweep.title,
        sweep.finding,
        tables::setting(sweep)
    );
    for chart in charts {
        let (name, caption) = (&chart.name, &chart.caption);
        text.push_str(&format!(
            "\n## {caption}\n\n[![{caption}]({name}.png)]({name}.svg)\n"
        ));
    }
    for table in tables::tables(sweep) {
        text.push_str(&format!("\n{}", table.to_markdown()));
    }
    for note in tables::notes(sweep) {
        text.push_str(&format!("\n- {note}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factorial_sweep_has_every_table_and_chart_once() {
        let files = sweep_artifacts(&fixture::mutuals());
        let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "effects.csv",
                "heat-map.png",
                "heat-map.svg",
                "interaction.png",
                "interaction.svg",
                "report.md",
                "response.png",
                "response.svg",
                "results.json",
                "sweep.csv",
                "tables.txt",
            ]
        );
        assert_eq!(sweep_artifacts(&fixture::mutuals()), files);
    }

    #[test]
    fn a_drawn_design_has_scatter_and_regression() {
        let files = sweep_artifacts(&fixture::drawn());
        let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "regression.csv",
                "report.md",
                "results.json",
                "scatter.png",
                "scatter.svg",
                "sweep.csv",
                "tables.txt",
            ]
        );
    }

    #[test]
    fn the_printed_tables_fit_120_columns_and_every_number_of_hours_has_its_interval() {
        for sweep in [fixture::levels(), fixture::mutuals(), fixture::drawn()] {
            let text = printed(&sweep);
            assert!(text.lines().all(|l| l.chars().count() <= 120), "{text}");
            assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
            assert!(
                text.contains('±') && text.contains("== Finding =="),
                "{text}"
            );
        }
    }
}
