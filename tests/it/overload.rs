//! A desk that cannot keep up, in every command: told before the run, and in the finding, to the letter.

#![allow(clippy::unwrap_used)]

use std::fs;

use crate::workplace::{Said, Workplace};

/// Twenty trucks a day at even intervals, papers of two hours at so many desks: one is offered 40 hours in 24.
const DESKS: &str = r#"
[scenario]
title = "Two desks"
[experiment]
warm_up = "1 d"
horizon = "6 d"
replications = 3
regimes = ["serial", "parallel"]
[agencies]
customs = {}
quarantine = {}
[sites]
depot = { country = "CN", kind = "hub" }
entry = { country = "KZ", kind = "border", procedures = { entry = "enter" } }
market = { country = "KZ", kind = "hub" }
[links]
to-border = { between = ["depot", "entry"], mode = "road", distance = "100 km", transit = "2 h" }
from-border = { between = ["entry", "market"], mode = "road", distance = "100 km", transit = "2 h" }
[procedures.enter]
[[procedures.enter.steps]]
name = "papers"
agency = "customs"
kind = "documents"
service = "2 h"
servers = { value = 2, evidence = "assumed", range = [1, 3] }
[[procedures.enter.steps]]
name = "health"
agency = "quarantine"
kind = "documents"
service = { value = "1 h", evidence = "assumed", range = ["30 min", "90 min"] }
servers = 500
[flows.trucks]
from = "depot"
to = "market"
volume = "20 trucks/day"
arrivals = "regular"
"#;

/// One truck an hour for a desk that needs two hours for each, and a day after the horizon to finish what is left.
const CANDIDATES: &str = r#"
[experiment]
horizon = "20 d"
max_drain = "1 d"
[agencies]
customs = {}
[sites]
factory = { country = "CN", kind = "hub" }
border = { country = "KZ", kind = "border", procedures = { destination = "control" } }
[links]
road = { between = ["factory", "border"], mode = "road", distance = "40 km", transit = "1 h" }
[procedures.control]
steps = [{ name = "customs", agency = "customs", kind = "documents", service = "2 h", servers = 1 }]
[flows]
trucks = { from = "factory", to = "border", volume = "24 trucks/day", arrivals = "regular" }
[interventions.officers]
set = { "procedures.control.steps.customs.servers" = 9 }
[interventions.form]
set = { "procedures.control.steps.customs.service" = "100 min" }
"#;

const QUICK: &str = r#"
[interventions.quick]
set = { "procedures.control.steps.customs.service" = "30 min" }
"#;

const ONE: [&str; 2] = ["--set", "procedures.enter.steps.papers.servers=1"];
const OFFERED: &str = "Before the run: entry/customs is offered 1.67 of what it can do: its queue grows without bound";

/// Why hours under `variants` are no steady figure.
fn growing(variants: &[&str]) -> String {
    let named = variants
        .iter()
        .map(|name| format!("\"{name}\" (entry: customs, papers)"));
    let named: Vec<String> = named.collect();
    format!(
        "; a desk cannot keep up under {}, whose hours therefore grow with the horizon",
        named.join(", ")
    )
}

/// A folder with one scenario.
struct Place(Workplace);

impl Place {
    fn new(text: &str) -> Self {
        Place(Workplace::with(&[("mine.toml", text)]))
    }

    fn said(&self, command: &str, more: &[&str]) -> (String, String) {
        let arguments = [&[command, "mine.toml", "--fresh"], more].concat();
        let Said { code, out, err } = self.0.corridor(&arguments);
        assert_eq!(code, 0, "{err}");
        (out, err)
    }

    /// What is said before the run, without `--quiet`, and the finding, which is all that is said with it.
    fn asked(&self, command: &str, more: &[&str]) -> (Vec<String>, String) {
        let (_, err) = self.said(command, more);
        let before = err.lines().filter(|line| line.starts_with("Before"));
        let before = before.map(str::to_owned).collect();
        let (out, err) = self.said(command, &[more, &["--quiet"]].concat());
        assert_eq!(err, "", "with --quiet nothing else is said");
        (before, out.trim_end().to_owned())
    }

    /// A file of the only result.
    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.0.only("output/mine").join(name)).unwrap()
    }
}

#[test]
fn every_command_on_variants_tells_of_it_before_and_after() {
    let place = Place::new(DESKS);
    let parallel = ["--variant", "parallel"];
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("run", &[], &["serial"]),
        ("twins", &parallel, &["serial", "parallel"]),
        ("trs", &[], &["serial"]),
        ("blame", &parallel, &["parallel"]),
    ];
    for (command, more, variants) in cases {
        let (before, finding) = place.asked(command, &[more, &ONE].concat());
        assert_eq!(before, [format!("{OFFERED}.")], "{command}");
        let said = format!("{}.", growing(variants));
        assert!(finding.ends_with(&said), "{command}: {finding}");
        // Two desks are enough, and then nothing is said.
        let (before, finding) = place.asked(command, more);
        assert!(before.is_empty(), "{command}: {before:?}");
        assert!(!finding.contains("keep up"), "{command}: {finding}");
    }
    for (command, more) in [("trs", &[][..]), ("blame", &parallel)] {
        let (out, _) = place.said(command, &[more, &ONE].concat());
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("== Finding =="), "{out}");
        assert!(flat.ends_with("whose hours therefore grow with the horizon."));
    }
}

#[test]
fn a_sweep_counts_the_points_and_names_the_worst() {
    let place = Place::new(DESKS);
    let servers = "procedures.enter.steps.papers.servers";
    let (before, finding) = place.asked("sweep", &["--vary", &format!("{servers}=1,2,3")]);
    assert_eq!(
        before,
        [format!(
            "Before the run: 1 of 3 points offers a station as much as it can do or more, worst: entry/customs 1.67 at \
             {servers}=1."
        )]
    );
    let said = growing(&[&format!("{servers}=1")]);
    assert!(finding.ends_with(&format!("{said}.")), "{finding}");
    let volumes = "flows.trucks.volume=20 trucks/day,30 trucks/day,40 trucks/day,50 trucks/day";
    let (before, finding) = place.asked("sweep", &["--vary", volumes]);
    assert_eq!(
        before,
        [
            "Before the run: 3 of 4 points offer a station as much as it can do or more, worst: entry/customs 2.08 at \
             flows.trucks.volume=50 trucks/day."
        ]
    );
    let said = "; a desk cannot keep up at 3 of 4 points (worst \"flows.trucks.volume=50 trucks/day\" (entry: customs, papers), \
                offered 2.08 of what it can do), whose hours therefore grow with the horizon.";
    assert!(finding.ends_with(said), "{finding}");
    // The scenario as it is written, though it is none of the points.
    let enough = format!("{servers}=2,3");
    let more = [&ONE[..], &["--vary", &enough]].concat();
    let (before, finding) = place.asked("sweep", &more);
    assert_eq!(before, [format!("{OFFERED} [serial].")]);
    assert!(!finding.contains("keep up"), "{finding}");
}

#[test]
fn a_difference_names_the_scenario_and_counts_the_combinations() {
    let place = Place::new(DESKS);
    let slow = DESKS
        .replace("value = 2, evidence", "value = 1, evidence")
        .replace("value = \"1 h\"", "value = \"80 min\"");
    fs::write(place.0.path().join("slow.toml"), slow).unwrap();
    let (before, finding) = place.asked("diff", &["slow.toml"]);
    assert_eq!(
        before,
        [
            format!("{OFFERED} [slow]."),
            "Before the run: 2 of 4 combinations offer a station as much as it can do or more, worst: entry/customs 1.67 in \
             procedures.enter.steps.papers.servers."
                .to_owned()
        ]
    );
    let said = growing(&["procedures.enter.steps.papers.servers", "slow"]);
    assert!(finding.ends_with(&format!("{said}.")), "{finding}");
}

#[test]
fn sensitivity_marks_the_lines_that_rest_on_it() {
    let place = Place::new(DESKS);
    let tornado = ["--method", "tornado"];
    let (before, finding) = place.asked("sensitivity", &tornado);
    let servers = "procedures.enter.steps.papers.servers";
    assert_eq!(
        before,
        [format!(
            "Before the run: 1 of 5 points of the tornado offers a station as much as it can do or more, worst: entry/customs \
             1.67 at the low end of `{servers}`."
        )]
    );
    let said = format!(
        " Hours there say how long was simulated, and are no measure of it; a desk cannot keep up at 1 of 5 points of the \
         tornado (worst \"the low end of `{servers}`\" (entry: customs, papers), offered 1.67 of what it can do), whose hours \
         therefore grow with the horizon."
    );
    assert!(finding.ends_with(&said), "{finding}");
    let text = place.file("sensitivity.txt");
    assert!(text.contains(&format!("{servers} *")), "{text}");
    assert_eq!(text.matches(" *").count(), 2, "one line, and what it means");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let star = "*: at an end, or as written, a desk cannot keep up or consignments were unfinished; hours there are those so \
                far, and grow with the horizon.";
    assert!(flat.contains(star), "{text}");
    // As it is written already: every line rests on it.
    let (before, _) = place.asked(
        "sensitivity",
        &[&tornado[..], &["--variant", "parallel"], &ONE].concat(),
    );
    assert_eq!(before[0], format!("{OFFERED} [serial, parallel]."));
}

#[test]
fn a_ranking_makes_no_guarantee_for_what_it_cannot_rank() {
    let place = Place::new(&format!("{CANDIDATES}{QUICK}"));
    let (before, finding) = place.asked("rank", &["--replications", "3"]);
    assert_eq!(
        before,
        [
            "Before the run: border/customs is offered 2.00 of what it can do: its queue grows without bound [base].",
            "Before the run: 1 of 3 interventions offers a station as much as it can do or more, worst: border/customs 1.67 \
             with form.",
        ]
    );
    assert!(!finding.contains("- h"), "{finding}");
    let ranking: serde_json::Value = serde_json::from_str(&place.file("ranking.json")).unwrap();
    let least = ranking["systems"][0]["mean_h"]["AtLeast"].as_f64().unwrap();
    let zone = &ranking["delta_h"];
    let start = format!(
        "With at least 95 % probability the best of the 2 of 4 candidates (doing nothing is one) whose hours are known, or \
         within {} h of it, is \"quick\": with it there are 0.50 ±0.00 h until a consignment's release at its controlled \
         stops; what it saves of the >= {least:.1} h of doing nothing is not known; a desk cannot keep up under \"base\" \
         (border: customs, customs), \"form\" (border: customs, customs), whose hours therefore grow with the horizon. No \
         guarantee is made for those that cannot be ranked, because their means are only lower bounds: doing nothing, \
         \"form\" (a desk cannot keep up, and consignments are unfinished). Of the 5 sets of up to 3 together, out of all 3 \
         interventions, by the hours so far the best (no guarantee) is \"quick\": what it saves is not known.",
        zone.as_f64().unwrap()
    );
    assert_eq!(finding, start);
    assert_eq!(ranking["not_ranked"], serde_json::json!(["base", "form"]));
    assert_eq!(ranking["portfolio"]["verdict"], "Bound");
    assert_eq!(ranking["overloads"][0]["variant"], "base");
}

#[test]
fn with_one_candidate_known_nothing_is_guaranteed_at_all() {
    let place = Place::new(CANDIDATES);
    for how in [&["--choose", "1"][..], &["--budget", "20"]] {
        let place = Place::new(CANDIDATES);
        let more = [&["--replications", "3"], how].concat();
        let (_, finding) = place.asked("rank", &more);
        let start = "No guarantee: of 3 only \"officers\" has hours that are known: with it there are 2.00 ±0.00 h";
        assert!(finding.starts_with(start), "{finding}");
        assert!(!finding.contains("probability"), "{finding}");
        let ranking: serde_json::Value = serde_json::from_str(&place.file("ranking.json")).unwrap();
        assert_eq!(ranking["verdict"], "Bound");
        assert!(!place.file("rank.csv").contains("NaN"));
    }
    let (out, _) = place.said("rank", &["--replications", "3"]);
    assert!(!out.contains("probability"), "{out}");
}
