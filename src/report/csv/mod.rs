//! The results as tidy CSV tables: one observation per line, units in the column names, missing is empty.

mod carec;
mod line;
mod sites;
mod theory;
mod times;
mod trs;
mod twins;
mod vehicles;

use crate::experiment::results::*;
pub(crate) use trs::trs as trs_csv;

pub use twins::{blame, twin_groups, twin_header, twin_line, twin_parts};

pub(super) use line::{Line, Sheet};

/// A CSV file: its name and its text.
pub type CsvFile = (&'static str, String);

/// Every CSV file of a study.
pub fn csv_files(results: &Results) -> Vec<CsvFile> {
    let v = &results.variants;
    vec![
        ("variants.csv", times::variants(v)),
        ("sides.csv", times::sides(v)),
        ("controls.csv", times::controls(v)),
        ("hours.csv", times::hours(v)),
        ("crossings.csv", times::crossings(v)),
        ("flows.csv", times::flows(v)),
        ("outcomes.csv", sites::outcomes(v)),
        ("comparisons.csv", times::comparisons(&results.comparisons)),
        ("stations.csv", sites::stations(v)),
        ("steps.csv", sites::steps(v)),
        ("vehicles.csv", vehicles::vehicles(v)),
        ("queues.csv", sites::queues(v)),
        ("routes.csv", sites::routes(v)),
        ("benchmarks.csv", times::benchmarks(&results.benchmarks)),
        ("theory.csv", theory::theory(v)),
        ("carec.csv", carec::carec(v)),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::fixture;

    /// Header and lines of one file.
    fn read(results: &Results, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let files = csv_files(results);
        let text = &files.iter().find(|f| f.0 == name).unwrap().1;
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let header = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let lines = reader
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect();
        (header, lines)
    }

    fn cell<'a>(table: &'a (Vec<String>, Vec<Vec<String>>), line: usize, column: &str) -> &'a str {
        let at = table
            .0
            .iter()
            .position(|c| c == column)
            .unwrap_or_else(|| panic!("no column {column}"));
        &table.1[line][at]
    }

    #[test]
    fn every_side_of_every_variant_has_a_line_per_time() {
        let table = read(&fixture::rich(), "sides.csv");
        assert_eq!(table.1.len(), 9 * 8 * 3);
        assert_eq!(cell(&table, 3, "title"), "Dostyk");
        assert!(cell(&table, 3, "mean_h").parse::<f64>().unwrap() > 42.0);
        assert!(cell(&table, 3, "mean_h_half_width").parse::<f64>().unwrap() > 0.0);
    }

    #[test]
    fn a_missing_mean_is_empty_and_a_lower_bound_stands_apart() {
        let table = read(&fixture::awkward(), "sides.csv");
        let overloaded = 9 + 3;
        assert_eq!(cell(&table, overloaded, "variant"), "more-officers");
        assert_eq!(cell(&table, overloaded, "mean_h"), "");
        assert_eq!(cell(&table, overloaded, "mean_h_at_least"), "41.2");
        assert_eq!(cell(&table, 0, "mean_h"), "18.2");
        assert_eq!(cell(&table, 0, "mean_h_half_width"), "");
        assert_eq!(cell(&table, 2, "n"), "0");
        assert_eq!(cell(&table, 2, "mean_h"), "");
    }

    #[test]
    fn names_with_commas_are_quoted() {
        let mut results = fixture::tiny();
        results.variants[0].sides[0].title = "Dostyk, \"old\" yard".into();
        let table = read(&results, "hours.csv");
        assert_eq!(cell(&table, 0, "title"), "Dostyk, \"old\" yard");
    }

    #[test]
    fn all_files_can_be_read_back() {
        for results in [fixture::rich(), fixture::tiny(), fixture::awkward()] {
            for (name, _) in csv_files(&results) {
                let (header, _) = read(&results, name);
                assert!(header.len() > 4, "{name}");
            }
        }
    }
}
