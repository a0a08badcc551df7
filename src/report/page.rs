//! One Markdown page with the finding, the charts and the tables.

use crate::experiment::results::Results;
use crate::report::charts::Chart;
use crate::report::tables::{self, TableDetail};

/// The page; the charts are linked as PNG files beside it.
pub(super) fn page(results: &Results, charts: &[Chart]) -> String {
    let mut text = format!("# {}\n\n{}\n\n", results.title, results.question);
    if !results.finding.is_empty() {
        text.push_str(&format!("**{}**\n\n", results.finding));
    }
    text.push_str(&format!("{}\n", tables::setting(results)));
    for chart in charts {
        let (name, caption) = (&chart.name, &chart.caption);
        text.push_str(&format!(
            "\n## {caption}\n\n[![{caption}]({name}.png)]({name}.svg)\n"
        ));
    }
    for section in tables::sections(results, TableDetail::Full) {
        text.push_str(&format!("\n## {}\n", section.title));
        for line in &section.text {
            text.push_str(&format!("\n- {line}\n"));
        }
        for table in &section.tables {
            text.push_str(&format!("\n{}", table.to_markdown()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::charts;
    use crate::report::fixture;

    #[test]
    fn the_page_opens_with_the_finding_and_links_every_chart() {
        let mut results = fixture::tiny();
        results.finding = "Found.".into();
        let charts = charts(&results);
        let text = page(&results, &charts);
        assert!(text.starts_with("# China-Europe rail corridor\n"));
        assert!(text.contains("**Found.**"));
        for chart in &charts {
            assert!(text.contains(&format!("({}.png)", chart.name)));
        }
        assert!(text.contains("| side | time | n | mean_h |"), "{text}");
    }
}
