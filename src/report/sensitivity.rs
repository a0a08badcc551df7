//! Sensitivity and the ledger of evidence: one sentence, tables, files.

use crate::experiment::results::Measure;
use crate::experiment::sensitivity::{Entry, Sensitivity, Sign};
use crate::report::artifacts::Artifact;
use crate::report::charts;
use crate::report::csv::{Line, Sheet};
use crate::report::growing::{growing_count, with_growing};
use crate::report::number;
use crate::report::table::{Table, wrap};
use crate::report::tables::DEFAULT_WIDTH;
use crate::scenario::GroupedValues;
use crate::stats::Estimate;

/// Groups printed; the files have all.
const ROWS: usize = 15;

/// Of which mean, after "mean hours".
pub(crate) fn measure_title(measure: &Measure) -> String {
    match measure {
        Measure::AllSides => "at the border sides".to_owned(),
        Measure::AllReleases => "to release at all controlled stops".to_owned(),
        Measure::Bcp(site, role) => format!("of BCP time at {site}, {role}"),
        Measure::Release(site, role) => format!("to release at {site}, {role}"),
        Measure::Crossing(exit, entry) => format!("of crossing time from {exit} to {entry}"),
        Measure::DoorToDoor(flow) => format!("door to door, {flow}"),
    }
}

/// What the answer is.
pub(crate) fn answer_words(found: &Sensitivity) -> String {
    let title = measure_title(&found.measure);
    match &found.question.against {
        Some(against) => format!(
            "Mean hours {title}, {} less {against}",
            found.question.variant
        ),
        None => format!("Mean hours {title} in {}", found.question.variant),
    }
}

/// The range of a group: its value's ends, or how many values it has.
pub(crate) fn range_words(group: &GroupedValues) -> String {
    match &group.values[..] {
        [one] => format!(
            "{} to {}{}",
            one.at(0.0),
            one.at(1.0),
            if one.stated { "" } else { " (default)" }
        ),
        values => format!("{} values together", values.len()),
    }
}

/// The group to measure next: that whose knowledge would change a choice for most hours, else that with the greatest swing.
fn next(found: &Sensitivity) -> Option<&Entry> {
    let worth = found.ledger.iter().filter(|e| e.worth_h > 0.0);
    worth
        .max_by(|a, b| {
            a.worth_h
                .total_cmp(&b.worth_h)
                .then(b.group.name.cmp(&a.group.name))
        })
        .or(found.ledger.first().filter(|e| e.swing_h > 0.0))
}

/// The answer in a sentence, with its error.
pub fn sensitivity_sentence(found: &Sensitivity) -> String {
    let overloads = found.overloads.iter();
    let growing = overloads.map(|o| growing_count(o.count, &o.worst, o.of, &o.what));
    with_growing(sentence(found), &growing.collect::<String>())
}

fn sentence(found: &Sensitivity) -> String {
    let answer = number::estimate(&found.answer_h);
    let words = answer_words(found);
    let Some(next) = next(found) else {
        return match (found.ledger.is_empty(), found.morris.first()) {
            (true, Some(first)) => format!(
                "{words}: by Morris's method {} matters most, {} h over its range.",
                quoted(&first.group),
                number::estimate(&first.mu_star)
            ),
            (false, _) => {
                format!("{words}: {answer} h, which no assumed value moves within its range.")
            }
            _ => format!("{words}: nothing was varied."),
        };
    };
    let at = |e: &Estimate| {
        number::estimate(&Estimate {
            mean: found.answer_h.mean + e.mean,
            ..*e
        })
    };
    let share = number::fixed(100.0 * next.additive_share, 0);
    let choice = match next.sign {
        Sign::None => String::new(),
        Sign::Kept => " No end of its range changes the sign.".to_owned(),
        Sign::Uncertain => " At an end of its range the sign is uncertain.".to_owned(),
        Sign::Changes => " At an end of its range the sign changes.".to_owned(),
    };
    let told = [&next.low_h, &next.high_h].iter().any(|e| !e.contains(0.0));
    let doubt = match (told, next.unfinished) {
        _ if next.overloaded => {
            " Hours there say how long was simulated, and are no measure of it."
        }
        (_, true) => " Consignments were unfinished there: this is no measure of it.",
        (false, _) => {
            " Over so few replications neither end can be told from the answer as written."
        }
        _ => "",
    };
    format!(
        "{words}: {answer} h as written. Measure {} next ({}): from {} h at the low end to {} h at the high end, about {share} % \
         of the variance of all {} that were varied, effects added up.{choice}{doubt}",
        quoted(&next.group.name),
        range_words(&next.group),
        at(&next.low_h),
        at(&next.high_h),
        found.ledger.len(),
    )
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Everything as plain text.
pub fn sensitivity_text(found: &Sensitivity) -> String {
    let width = usize::from(DEFAULT_WIDTH);
    let setting = format!(
        "{}. Assumed values only; {} replications of each point on common random numbers, {} runs, seed {}. Values without a \
         stated range go from 0.5 to 1.5 of themselves, shares to 1 at most.",
        answer_words(found),
        found.replications,
        number::count(found.runs as u64),
        found.seed,
    );
    let mut out = format!("{}\n{}", found.title, wrap(&setting, width));
    let mut tables = Vec::new();
    if !found.ledger.is_empty() {
        tables.push(ledger(found));
    }
    if !found.morris.is_empty() {
        tables.push(morris(found));
    }
    if !found.sobol.is_empty() {
        tables.push(sobol(found));
    }
    for table in tables {
        out.push('\n');
        out.push_str(&table.to_text(DEFAULT_WIDTH));
    }
    let mut notes = found.notes.clone();
    if !found.unvaried.is_empty() {
        notes.push(format!(
            "{} assumed values were not varied:",
            found.unvaried.len()
        ));
        notes.extend(why(found));
    }
    if !notes.is_empty() {
        out.push_str("\n== Notes ==\n");
        notes
            .iter()
            .for_each(|note| out.push_str(&wrap(note, width)));
    }
    out.push_str("\n== Finding ==\n");
    out.push_str(&wrap(&sensitivity_sentence(found), width));
    out
}

/// The values that were not varied, by reason, some of each named.
fn why(found: &Sensitivity) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for value in &found.unvaried {
        match reasons.iter_mut().find(|(why, _)| *why == value.why) {
            Some((_, paths)) => paths.push(&value.path),
            None => reasons.push((&value.why, vec![&value.path])),
        }
    }
    let line = |(why, paths): (&str, Vec<&str>)| {
        let named = paths[..paths.len().min(3)].join(", ");
        match paths.len() {
            0..=3 => format!("- {why}: {named}"),
            n => format!("- {why}: {named} and {} more", n - 3),
        }
    };
    reasons.into_iter().map(line).collect()
}

fn ledger(found: &Sensitivity) -> Table {
    let header = [
        "assumed", "range", "low_h", "high_h", "swing_h", "share_%", "sign", "worth_h",
    ];
    let mut table = Table::new("Ledger of evidence, the greatest swing first", 2, &header);
    for entry in found.ledger.iter().take(ROWS) {
        table.row(vec![
            match entry.grows() {
                true => format!("{} *", entry.group.name),
                false => entry.group.name.clone(),
            },
            range_words(&entry.group),
            number::difference(&entry.low_h),
            number::difference(&entry.high_h),
            number::fixed(entry.swing_h, 2),
            number::fixed(100.0 * entry.additive_share, 1),
            entry.sign.word().to_owned(),
            match entry.sign {
                Sign::None => number::MISSING.to_owned(),
                _ => number::fixed(entry.worth_h, 3),
            },
        ]);
    }
    let more = match found.ledger.len().saturating_sub(ROWS) {
        0 => String::new(),
        more => format!(" {more} more are in ledger.csv."),
    };
    let star = match found.ledger.iter().any(|e| e.overloaded) {
        true => {
            "at an end, or as written, a desk cannot keep up or consignments were unfinished; hours there are those so far, \
             and grow with the horizon."
        }
        false => "consignments were unfinished at an end; their hours so far count.",
    };
    table.with_note(format!(
        "low_h, high_h: the answer at that end less the answer as written, 95 % intervals for all ends together; swing_h and \
         what follows are computed from their centres. share_%: of the variance if each were uniform in its range and effects \
         added up. sign: of the difference, at the ends. worth_h: hours per consignment that choosing the better of the two \
         would gain if this were known before. *: {star}{more}"
    ))
}

fn morris(found: &Sensitivity) -> Table {
    let title = format!("Morris's screening, {} trajectories", found.trajectories);
    let mut table = Table::new(title, 1, &["assumed", "mu_star_h", "mu_h", "sigma_h"]);
    for one in found.morris.iter().take(ROWS) {
        table.row(vec![
            one.group.clone(),
            number::estimate(&one.mu_star),
            number::difference(&one.mu),
            number::fixed(one.sigma, 2),
        ]);
    }
    table.with_note(
        "Hours per whole range, with the others anywhere in theirs. A sigma as great as mu_star: it acts in curves, or together \
         with others. ±: over trajectories.",
    )
}

fn sobol(found: &Sensitivity) -> Table {
    let title = format!(
        "Sobol's indices of the first {}, {} base points",
        found.sobol.len(),
        found.points
    );
    let mut table = Table::new(title, 1, &["assumed", "first_%", "total_%"]);
    for one in &found.sobol {
        table.row(vec![
            one.group.clone(),
            number::percent(&one.first),
            number::percent(&one.total),
        ]);
    }
    let sd = found.sobol_sd_h.map_or(String::new(), |sd| {
        format!(
            " The standard deviation over the design is {} h.",
            number::fixed(sd, 2)
        )
    });
    table.with_note(format!(
        "Of the variance with these uniform in their ranges and the others as written. first_%: what would go if it were known; \
         total_%: what would stay if all the others were. Estimates may lie a little outside 0 to 100.{sd}"
    ))
}

/// `ledger.csv`: one line an assumed value, with what its group does; those that were not varied have a reason instead.
pub fn ledger_csv(found: &Sensitivity) -> String {
    let mut sheet = Sheet::new(&[
        "path",
        "value",
        "low",
        "high",
        "range",
        "group",
        "low_h~",
        "high_h~",
        "swing_h",
        "additive_share",
        "sign",
        "worth_h",
        "not_varied",
    ]);
    for entry in &found.ledger {
        for value in &entry.group.values {
            sheet.line(
                Line::default()
                    .text(&value.path)
                    .text(&value.value)
                    .text(value.at(0.0))
                    .text(value.at(1.0))
                    .text(if value.stated { "stated" } else { "default" })
                    .text(&entry.group.name)
                    .estimate(&entry.low_h)
                    .estimate(&entry.high_h)
                    .number(entry.swing_h)
                    .number(entry.additive_share)
                    .text(entry.sign.word())
                    .optional((entry.sign != Sign::None).then_some(entry.worth_h))
                    .text(""),
            );
        }
    }
    for value in &found.unvaried {
        let line = Line::default().text(&value.path).text(&value.value);
        let line = (0..12).fold(line, |line, _| line.text(""));
        sheet.line(line.text(&value.why));
    }
    sheet.finish()
}

/// `sensitivity.csv`: one line a group and measure of sensitivity.
pub fn sensitivity_csv(found: &Sensitivity) -> String {
    let mut sheet = Sheet::new(&["group", "method", "what", "unit", "value~"]);
    let mut line = |group: &str, method: &str, what: &str, unit: &str, e: &Estimate| {
        let line = Line::default()
            .text(group)
            .text(method)
            .text(what)
            .text(unit);
        sheet.line(line.estimate(e));
    };
    for e in &found.ledger {
        line(&e.group.name, "tornado", "low", "h", &e.low_h);
        line(&e.group.name, "tornado", "high", "h", &e.high_h);
    }
    for m in &found.morris {
        let sigma = Estimate {
            mean: m.sigma,
            half_width: f64::NAN,
            replications: 0,
        };
        line(&m.group, "morris", "mu_star", "h", &m.mu_star);
        line(&m.group, "morris", "mu", "h", &m.mu);
        line(&m.group, "morris", "sigma", "h", &sigma);
    }
    for s in &found.sobol {
        line(&s.group, "sobol", "first", "share", &s.first);
        line(&s.group, "sobol", "total", "share", &s.total);
    }
    sheet.finish()
}

/// All as files, ordered by name. The same findings give the same bytes.
pub fn sensitivity_artifacts(found: &Sensitivity) -> Vec<Artifact> {
    let json = serde_json::to_string(found).expect("results have string keys only");
    let mut files = vec![
        Artifact::text("sensitivity.csv", sensitivity_csv(found)),
        Artifact::text("sensitivity.json", json),
        Artifact::text("sensitivity.txt", sensitivity_text(found)),
    ];
    if !found.ledger.is_empty() {
        files.push(Artifact::text("ledger.csv", ledger_csv(found)));
    }
    files.extend(
        charts::tornado(found)
            .into_iter()
            .flat_map(Artifact::pictures),
    );
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
