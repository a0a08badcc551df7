//! The difference of two scenarios, edit by edit: one sentence, a table, files.

use crate::experiment::difference::{DiffResult, EditResult};
use crate::report::artifacts::Artifact;
use crate::report::charts;
use crate::report::csv::{Line, Sheet};
use crate::report::growing::{growing_at, with_growing};
use crate::report::number;
use crate::report::sensitivity::measure_title;
use crate::report::table::{Table, wrap};
use crate::report::tables::DEFAULT_WIDTH;
use crate::scenario::EditedValue;
use crate::stats::Estimate;

/// Values of one edit that are printed; `diff.csv` has all.
const VALUES: usize = 6;

/// What an edit is called: the path of its value, or what its values' paths begin with.
pub(crate) fn edit_name(values: &[EditedValue]) -> String {
    let [first, rest @ ..] = values else {
        return String::new();
    };
    if rest.is_empty() {
        return first.path.clone();
    }
    let mut common: Vec<&str> = first.path.split('.').collect();
    for value in rest {
        let steps = value.path.split('.');
        let same = common
            .iter()
            .zip(steps)
            .take_while(|(a, b)| *a == b)
            .count();
        common.truncate(same);
    }
    match common.is_empty() {
        true => format!("{} and {} more", first.path, rest.len()),
        false => format!("{} ({} values)", common.join("."), values.len()),
    }
}

/// The answer in a sentence, with its error.
pub fn diff_sentence(result: &DiffResult) -> String {
    let growing = growing_at(&result.overloads, result.combinations, "combinations");
    with_growing(sentence(result), &growing)
}

fn sentence(result: &DiffResult) -> String {
    let (a, b) = (&result.a, &result.b);
    if result.edits.is_empty() {
        return format!("{a} and {b} do not differ in anything that a run depends on.");
    }
    let size = |e: &Estimate| {
        number::estimate(&Estimate {
            mean: e.mean.abs(),
            ..*e
        })
    };
    let d = &result.difference_h;
    let means = measure_title(&result.measure);
    if d.contains(0.0) {
        return format!(
            "{b} and {a} cannot be told apart in mean hours {means}: the difference is {} h over {} replications.",
            number::difference(d),
            d.replications
        );
    }
    let way = if d.mean > 0.0 { "more" } else { "fewer" };
    let named = |e: &EditResult| (number::difference(&e.part_h), edit_name(&e.values));
    // Edits are in the order of their parts, the greatest first; some may work against the others.
    let sure = |e: &&EditResult| !e.part_h.contains(0.0);
    let along = |e: &&EditResult| (e.part_h.mean > 0.0) == (d.mean > 0.0);
    let most = match result.edits.iter().filter(sure).find(along) {
        None => "no single edit's part of it can be told from zero".to_owned(),
        Some(e) => {
            let (part, name) = named(e);
            format!("the greatest part of it, {part} h, is that of `{name}`")
        }
    };
    let against = match result.edits.iter().filter(sure).find(|e| !along(e)) {
        None => String::new(),
        Some(e) => {
            let (part, name) = named(e);
            format!("; most against it, {part} h, works `{name}`")
        }
    };
    format!(
        "{b} has {} {way} mean hours {means} than {a}; {most}{against}.",
        size(d)
    )
}

/// Everything about the difference as plain text.
pub fn diff_text(result: &DiffResult) -> String {
    let width = usize::from(DEFAULT_WIDTH);
    let setting = format!(
        "{} against {}: mean hours {}, every combination of {} edit{} ({}), each in {} replication{} on common random \
         numbers, seed {}. Each ± is half a 95 % interval over replications, each for itself.",
        result.b,
        result.a,
        measure_title(&result.measure),
        result.edits.len(),
        plural(result.edits.len()),
        result.combinations,
        result.replications,
        plural(result.replications as usize),
        result.seed,
    );
    let mut out = format!("{}\n{}", result.title, wrap(&setting, width));
    if !result.edits.is_empty() {
        out.push('\n');
        out.push_str(&table(result).to_text(DEFAULT_WIDTH));
    }
    if !result.notes.is_empty() {
        out.push_str("\n== Notes ==\n");
        result
            .notes
            .iter()
            .for_each(|note| out.push_str(&wrap(note, width)));
    }
    out.push_str("\n== Finding ==\n");
    out.push_str(&wrap(&diff_sentence(result), width));
    out
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn written(value: Option<&String>) -> String {
    value.map_or_else(|| number::MISSING.to_owned(), |text| text.clone())
}

fn table(result: &DiffResult) -> Table {
    let mut table = Table::new(
        "How the difference divides among the edits",
        3,
        &["edit", "from", "to", "alone_h", "last_h", "part_h"],
    );
    for edit in &result.edits {
        let mut hours = vec![
            number::difference(&edit.alone_h),
            number::difference(&edit.last_h),
            number::difference(&edit.part_h),
        ];
        for value in edit.values.iter().take(VALUES) {
            let mut row = vec![
                value.path.clone(),
                written(value.from.as_ref()),
                written(value.to.as_ref()),
            ];
            row.append(&mut hours);
            row.resize(6, String::new());
            table.row(row);
        }
        if edit.values.len() > VALUES {
            let mut row = vec![format!(
                "and {} more with these",
                edit.values.len() - VALUES
            )];
            row.resize(6, String::new());
            table.row(row);
        }
    }
    let blank = String::new;
    table.row(vec![
        "all edits".to_owned(),
        format!("{} h", number::estimate(&result.a_h)),
        format!("{} h", number::estimate(&result.b_h)),
        blank(),
        blank(),
        number::difference(&result.difference_h),
    ]);
    table.with_note(
        "alone_h: added to the first scenario by this edit alone; last_h: added by it where all others are made. part_h: its \
         Shapley value, the mean over all orders of making the edits; the parts sum to the difference.",
    )
}

/// `diff.csv`: one line a changed value; the hours are those of its edit.
pub fn diff_csv(result: &DiffResult) -> String {
    let mut sheet = Sheet::new(&[
        "edit", "path", "from", "to", "alone_h~", "last_h~", "part_h~",
    ]);
    for (at, edit) in result.edits.iter().enumerate() {
        for value in &edit.values {
            sheet.line(
                Line::default()
                    .text(at + 1)
                    .text(&value.path)
                    .text(value.from.as_deref().unwrap_or(""))
                    .text(value.to.as_deref().unwrap_or(""))
                    .estimate(&edit.alone_h)
                    .estimate(&edit.last_h)
                    .estimate(&edit.part_h),
            );
        }
    }
    sheet.finish()
}

/// The difference as files, ordered by name. The same result gives the same bytes.
pub fn diff_artifacts(result: &DiffResult) -> Vec<Artifact> {
    let json = serde_json::to_string(result).expect("results have string keys only");
    let mut files = vec![
        Artifact::text("diff.csv", diff_csv(result)),
        Artifact::text("diff.json", json),
        Artifact::text("diff.txt", diff_text(result)),
    ];
    files.extend(
        charts::edits(result)
            .into_iter()
            .flat_map(Artifact::pictures),
    );
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
