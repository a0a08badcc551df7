//! Every behaviour file gives the figures that it states, and warns exactly where it says so.

use std::path::Path;

use corridor::experiment::{self, Explanation, RunOptions};
use corridor::scenario::{self, LoadOptions, Study};

use crate::expect::{self, Expect, Figure};

/// What a consignment's own story says: `arrival`, `release`, `departure` at a site, or an `act` there.
fn story(expect: &Expect, story: &Explanation) -> Option<f64> {
    let key = |k: &str| expect.keys.get(k).map(String::as_str);
    if key("measure") == Some("story") {
        return match expect.statistic.as_str() {
            "door_h" => story.door_to_door_h,
            other => panic!("`{}`: a story has no {other}", expect.line),
        };
    }
    let passage = story
        .passages
        .iter()
        .find(|p| Some(p.site.as_str()) == key("site"));
    let passage =
        passage.unwrap_or_else(|| panic!("`{}`: it does not pass there\n{story}", expect.line));
    match key("measure") {
        Some("arrival") => Some(passage.arrived_h),
        Some("released") => passage.released_h,
        Some("departure") => passage.departed_h,
        Some("act") => {
            // Acts that are no steps are named in words, with `_` for each space.
            let act = passage.acts.iter().find(|a| {
                Some(a.what.as_str()) == key("step")
                    || Some(a.what.replace(' ', "_").as_str()) == key("what")
            });
            let act = act.unwrap_or_else(|| panic!("`{}`: no such act\n{story}", expect.line));
            match expect.statistic.as_str() {
                "at_h" => Some(act.at_h),
                "waited_h" => act.waited_h,
                "service_h" => act.service_h,
                "skipped" => Some(f64::from(u8::from(act.skipped.is_some()))),
                other => panic!("`{}`: an act has no {other}", expect.line),
            }
        }
        _ => panic!("`{}`: no such measure", expect.line),
    }
}

fn check(path: &Path, study: &Study, complaints: &mut Vec<String>) {
    let stated = expect::read(path);
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .expect("a file has a name");
    let results = experiment::run(
        study,
        &RunOptions {
            threads: Some(1),
            ..RunOptions::default()
        },
        &|_, _| {},
    );
    let results = match results {
        Ok(results) => results,
        Err(error) => {
            complaints.push(format!("{name}: {error}"));
            return;
        }
    };
    assert!(!stated.figures.is_empty(), "{name} expects something");
    for figure in &stated.figures {
        let which = figure
            .keys
            .get("variant")
            .map_or(results.variants[0].name.as_str(), String::as_str);
        let variant = results.variants.iter().position(|v| v.name == which);
        let variant =
            variant.unwrap_or_else(|| panic!("{name}: `{}`: no such variant", figure.line));
        let found = match figure.figure(&results.variants[variant]) {
            Some(Figure::Estimate(estimate)) => Some(estimate.mean),
            Some(Figure::Number(number)) => Some(number),
            Some(Figure::Missing) => None,
            None => {
                let consignment = figure
                    .keys
                    .get("consignment")
                    .expect("a measure of one consignment names it");
                let explained = experiment::explain(study, variant, consignment);
                story(
                    figure,
                    &explained.unwrap_or_else(|e| panic!("{name}: `{}`: {e}", figure.line)),
                )
            }
        };
        let agrees = match found {
            Some(found) => {
                figure.value != "none" && (found - figure.number()).abs() <= figure.tolerance()
            }
            None => figure.value == "none",
        };
        if !agrees {
            complaints.push(format!("{name}: {} but found {found:?}", figure.line));
        }
    }
    for variant in &results.variants {
        let mine = |v: &Option<String>| v.as_ref().is_none_or(|v| *v == variant.name);
        for (_, words) in stated.warnings.iter().filter(|(v, _)| mine(v)) {
            if !variant.warnings.iter().any(|w| w.contains(words)) {
                complaints.push(format!(
                    "{name} ({}): no warning says `{words}`: {:?}",
                    variant.name, variant.warnings
                ));
            }
        }
        for warning in &variant.warnings {
            if !stated
                .warnings
                .iter()
                .any(|(v, words)| mine(v) && warning.contains(words))
            {
                complaints.push(format!(
                    "{name} ({}): warns without need: {warning}",
                    variant.name
                ));
            }
        }
    }
}

#[test]
fn every_file_gives_the_figures_reckoned_by_hand() {
    let mut complaints = Vec::new();
    let files = expect::files("behaviour");
    assert!(files.len() >= 30, "the behaviour files are found");
    for path in files {
        match scenario::load(&path, &LoadOptions::default()) {
            Ok(loaded) if loaded.warnings.is_empty() => {
                check(&path, &loaded.study, &mut complaints)
            }
            Ok(loaded) => complaints.push(format!("{}: {:?}", path.display(), loaded.warnings)),
            Err(failure) => complaints.push(format!("{}: {failure}", path.display())),
        }
    }
    assert!(
        complaints.is_empty(),
        "{} disagree:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}
