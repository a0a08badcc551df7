//! Two scenarios side by side: what counts as an edit, what goes together, what is grouped.

#![allow(clippy::unwrap_used)]

use super::edits::*;
use super::{LoadOptions, NoFiles, TEMPLATE};

fn edited(changes: &[(&str, &str)], most: usize) -> Edits {
    let text = changes
        .iter()
        .fold(TEMPLATE.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
    let side = |text| Side {
        name: "template.toml",
        text,
        variant: None,
        files: &NoFiles,
    };
    edits(side(TEMPLATE), side(&text), &LoadOptions::default(), most).unwrap()
}

fn paths(edits: &Edits) -> Vec<Vec<&str>> {
    fn of(edit: &[EditedValue]) -> Vec<&str> {
        edit.iter().map(|value| value.path.as_str()).collect()
    }
    edits.edits.iter().map(|edit| of(edit)).collect()
}

#[test]
fn the_same_scenario_has_no_edit_and_words_about_it_are_none() {
    assert!(edited(&[], 8).edits.is_empty());
    let found = edited(
        &[
            ("One border by road", "Another title"),
            ("\"35 d\"", "\"36 d\""),
        ],
        8,
    );
    assert!(found.edits.is_empty());
    assert_eq!(
        found.notes,
        [
            "Both are run as template.toml says; not counted are differences in `experiment.horizon`."
        ]
    );
}

#[test]
fn values_differ_by_path_and_each_combination_is_a_variant() {
    let found = edited(
        &[
            ("servers = 6", "servers = 7"),
            ("120 trucks/day", "100 trucks/day"),
        ],
        8,
    );
    assert_eq!(
        paths(&found),
        [
            ["procedures.leave.steps.export-documents.servers"],
            ["flows.trucks.volume"]
        ]
    );
    assert_eq!(
        found.edits[1][0],
        EditedValue {
            path: "flows.trucks.volume".to_owned(),
            from: Some("120 trucks/day".to_owned()),
            to: Some("100 trucks/day".to_owned()),
        }
    );
    let per_day: Vec<f64> = (found.study.variants.iter())
        .map(|v| v.scenario.flows[0].per_day)
        .collect();
    assert_eq!(per_day, [120.0, 120.0, 100.0, 100.0]);
    let envelopes = found.study.variants.iter();
    assert!(
        envelopes
            .map(|v| v.scenario.flows[0].envelope_per_day)
            .all(|e| e == found.study.variants[0].scenario.flows[0].envelope_per_day)
    );
}

#[test]
fn an_edit_that_is_no_scenario_alone_goes_with_what_it_needs() {
    let found = edited(
        &[
            (
                "[agencies.quarantine]",
                "[agencies.police]\n\n[agencies.quarantine]",
            ),
            (
                "agency = \"customs\"\nkind = \"documents\"",
                "agency = \"police\"\nkind = \"documents\"",
            ),
            ("servers = 8", "servers = 9"),
        ],
        8,
    );
    assert_eq!(found.edits.len(), 2);
    assert_eq!(found.study.variants.len(), 4);
    assert_eq!(
        found.notes,
        [
            "`agencies.police` and `procedures.leave.steps.export-documents.agency` go together: one without the other is no scenario."
        ]
    );
}

#[test]
fn more_edits_than_wanted_are_grouped_by_path() {
    let changes = [
        ("servers = 6", "servers = 7"),
        ("servers = 4", "servers = 5"),
        ("servers = 3", "servers = 4"),
        ("120 trucks/day", "100 trucks/day"),
    ];
    let found = edited(&changes, 3);
    let sizes: Vec<usize> = found.edits.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 2, 1], "{:?}", found.edits);
    assert_eq!(
        found.notes,
        ["4 values differ; they were grouped by section and path into 3 edits."]
    );
    assert_eq!(edited(&changes, 1).edits.len(), 1);
}

#[test]
fn two_variants_of_one_file_differ_in_what_they_choose() {
    let side = |variant| Side {
        name: "template.toml",
        text: TEMPLATE,
        variant: Some(variant),
        files: &NoFiles,
    };
    let found = edits(
        side("serial/none"),
        side("joint/agreed"),
        &LoadOptions::default(),
        8,
    );
    let found = found.unwrap();
    assert_eq!(
        paths(&found),
        [["scenario.regime"], ["scenario.cooperation"]]
    );
    let wrong = edits(
        side("serial/none"),
        side("joint/agred"),
        &LoadOptions::default(),
        8,
    );
    let wrong = wrong.unwrap_err().to_string();
    assert!(
        wrong.contains("no variant of template.toml is called `joint/agred`")
            && wrong.contains("did you mean `joint/agreed`?"),
        "{wrong}"
    );
}
