//! `corridor rank`, end to end, on a border whose hours can be reckoned by hand and on one with chance.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::workplace::{Said, Workplace, files};

/// One truck an hour; documents of two agencies, two hours and one, without queues: 3 h one after the other.
const BY_HAND: &str = r#"
[experiment]
horizon = "20 d"
[agencies]
customs = {}
quarantine = {}
[sites]
factory = { country = "CN", kind = "hub" }
border = { country = "KZ", kind = "border", procedures = { destination = "control" } }
[links]
road = { between = ["factory", "border"], mode = "road", distance = "40 km", transit = "1 h" }
[procedures.control]
steps = [
  { name = "customs", agency = "customs", kind = "documents", service = "2 h", servers = 9 },
  { name = "quarantine", agency = "quarantine", kind = "documents", service = "1 h", servers = 9 },
]
[flows.trucks]
from = "factory"
to = "border"
volume = "24 trucks/day"
arrivals = "regular"
teu = 2
growth = 0.1
"#;

/// Customs in half an hour: 1.5 h, which saves 1.5 h. Both at once: 2 h, which saves 1 h. Both: 1 h, which saves 2 h.
const CANDIDATES: &str = r#"
[interventions.quick]
set = { "procedures.control.steps.customs.service" = "30 min" }
capital = "100000 USD"
life = "10 years"
yearly = "2000 USD"
payer = "KZ"
[interventions.parallel]
regime = "parallel"
yearly = "1000 USD"
[interventions.slow]
set = { "procedures.control.steps.customs.service" = "3 h" }
[interventions.idle]
set = { "sites.border.title" = "The border" }
yearly = "5 USD"
"#;

/// A queue at chance, two officers or three.
pub const CHANCE: &str = r#"
[experiment]
warm_up = "2 d"
horizon = "12 d"
seed = 5
[agencies]
customs = {}
[sites]
factory = { country = "CN", kind = "hub" }
border = { country = "KZ", kind = "border", procedures = { destination = "control" } }
[links]
road = { between = ["factory", "border"], mode = "road", distance = "40 km", transit = "1 h" }
[procedures.control]
steps = [{ name = "customs", agency = "customs", kind = "documents", service = { exponential = { mean = "25 min" } }, servers = 2 }]
[flows]
trucks = { from = "factory", to = "border", volume = "100 trucks/day" }
[interventions.officer]
set = { "procedures.control.steps.customs.servers" = 3 }
yearly = "30000 USD"
[interventions.form]
set = { "procedures.control.steps.customs.service" = { exponential = { mean = "23 min" } } }
yearly = "20000 USD"
[interventions.training]
set = { "procedures.control.steps.customs.service" = { exponential = { mean = "22 min" } } }
yearly = "20000 USD"
"#;

/// A folder with one scenario.
struct Place(Workplace);

impl Place {
    fn new(text: &str) -> Self {
        Place(Workplace::with(&[("mine.toml", text)]))
    }

    fn rank(&self, more: &[&str]) -> Said {
        self.0.corridor(&[&["rank", "mine.toml"], more].concat())
    }

    /// The one ranking in `out`.
    fn only(&self, out: &str) -> PathBuf {
        let path = self.0.only(&format!("{out}/mine"));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("rank-") && name.len() == 17, "{name}");
        path
    }

    /// Every file of it, but for its clock times.
    fn files(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        files(&self.only(out))
    }

    /// A CSV file: by the text of its column `key`, the others by their names.
    fn csv(&self, name: &str, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let files = self.files("output");
        let mut reader = csv::Reader::from_reader(&files[name][..]);
        let rows = reader.deserialize::<BTreeMap<String, String>>();
        rows.map(|row| row.unwrap())
            .map(|row| (row[key].clone(), row))
            .collect()
    }
}

/// Asks for the demand that is borne with nine in ten released within `target`, and for little beside it.
fn capacity_for(target: &str) -> [&str; 10] {
    [
        "--replications",
        "2",
        "--target",
        target,
        "--target-measure",
        "release:border:destination",
        "--choose",
        "1",
        "--delta",
        "1h",
    ]
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column]
        .parse()
        .unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn what_can_be_reckoned_by_hand_is_found() {
    let place = Place::new(&format!("{BY_HAND}{CANDIDATES}"));
    let said = place.rank(&["--replications", "3"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let finding = "With at least 95 % probability the best of 4 interventions and of doing nothing, or within 0.02 h of it, is \
                   \"quick\"";
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(finding), "{}", said.out);
    let rows = place.csv("rank.csv", "intervention");
    for (name, saved, rank) in [
        ("quick", 1.5, "1"),
        ("parallel", 1.0, "2"),
        ("idle", 0.0, "3"),
        ("slow", -1.0, "4"),
    ] {
        let row = &rows[name];
        assert!(near(number(row, "saved_h"), saved), "{row:?}");
        assert_eq!(row["rank"], rank, "{row:?}");
    }
    assert!(near(number(&rows["base"], "mean_h"), 3.0));
    // 481 trucks of two TEU in 20 days (those of both ends), 1.5 h each; 10 000 US$ a year of capital and 2000.
    let quick = &rows["quick"];
    assert!(near(number(quick, "cost_usd_per_year"), 12_000.0));
    let teu_hours = number(quick, "saved_teu_h_per_year");
    assert!(
        near(teu_hours, 1.5 * 2.0 * 481.0 / 20.0 * 365.0),
        "{teu_hours}"
    );
    assert!(near(
        number(quick, "saved_teu_h_per_1000_usd"),
        teu_hours / 12.0
    ));
    // Half an hour's officer instead of two, for two TEU.
    let officers = number(quick, "saved_officer_h_per_teu");
    assert!((officers - 0.75).abs() < 0.01, "{officers}");
    // No cost is stated: that is unknown, not nothing. Nor are there fees.
    assert_eq!(rows["slow"]["cost_usd_per_year"], "");
    assert_eq!(rows["slow"]["saved_teu_h_per_1000_usd"], "");
    assert_eq!(quick["saved_usd_per_teu"], "");
    let sets = place.csv("portfolio.csv", "interventions");
    let both = &sets["quick + parallel"];
    assert!(near(number(both, "saved_h"), 2.0), "{both:?}");
    assert!(near(number(both, "sum_of_singles_h"), 2.5));
    assert!(near(number(both, "interaction_h"), -0.5));
    assert_eq!(both["selected"], "true");
    assert!(!sets.contains_key("quick + slow"));
    // Four alone, five pairs and two triples: no set has both that conflict.
    let claim = "Of the 11 sets of up to 3 together, out of all 4 interventions, with at least 95 % probability the best, or \
                 within 0.02 h of it, are \"quick\" and \"parallel\": ";
    assert!(flat.contains(claim), "{}", said.out);
    assert!(
        flat.contains("Each of the two 95 % stands for itself."),
        "{}",
        said.out
    );
    let skipped = "Skipped together: quick and slow; `procedures.control.steps.customs.service` is \"30 min\" in one and \
                   \"3 h\" in the other";
    assert!(flat.contains(skipped), "{}", said.out);
}

#[test]
fn a_limit_of_capital_and_a_discount_rate_are_kept_to() {
    let place = Place::new(&format!("{BY_HAND}{CANDIDATES}"));
    let limit = [
        "--replications",
        "2",
        "--capital-limit",
        "50000",
        "--discount",
        "0.05",
    ];
    let said = place.rank(&limit);
    assert_eq!(said.code, 0, "{}", said.err);
    let sets = place.csv("portfolio.csv", "interventions");
    assert!(!sets.contains_key("quick + parallel"), "{sets:?}");
    assert_eq!(sets["parallel"]["selected"], "true");
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    // What states no cost, `slow`, is not within any limit, nor is `quick`.
    let claim = "Of the 3 sets of up to 3 together for at most 50 000 US$ of capital, out of the 2 interventions within it, \
                 with at least 95 % probability the best, or within 0.02 h of it, is \"parallel\": ";
    assert!(flat.contains(claim), "{}", said.out);
    // An annuity of 100 000 US$ over 10 years at 5 %: 12 950.46 a year.
    let cost = number(
        &place.csv("rank.csv", "intervention")["quick"],
        "cost_usd_per_year",
    );
    assert!((cost - 14_950.46).abs() < 0.01, "{cost}");
}

#[test]
fn the_capacity_of_one_officer_is_two_trucks_an_hour() {
    // Half an hour each and even arrivals: up to 48 a day nobody waits, beyond all wait longer and longer.
    let alone = BY_HAND
        .replace("\"2 h\", servers = 9", "\"30 min\", servers = 1")
        .replace("\"1 h\", servers = 9", "\"1 min\", servers = 9");
    let candidate =
        "[interventions.second]\nset = { \"procedures.control.steps.customs.servers\" = 2 }\n";
    let place = Place::new(&format!("{alone}{candidate}"));
    let target = capacity_for("36min");
    let said = place.rank(&target);
    assert_eq!(said.code, 0, "{}", said.err);
    let files = place.files("output");
    let ranking: serde_json::Value = serde_json::from_slice(&files["ranking.json"]).unwrap();
    let reach = &ranking["capacity"]["reaches"][0];
    let factor = reach["factor"].as_f64().unwrap();
    assert!((1.97..=2.01).contains(&factor), "{factor}");
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let trucks = |factor: f64| format!("{:.1} trucks a day are borne", 24.0 * factor);
    assert!(flat.contains(&trucks(factor)), "{}", said.out);
    // At 10 % a year demand doubles in 7.27 years.
    let years = reach["years"].as_f64().unwrap();
    assert!((years - factor.ln() / 1.1f64.ln()).abs() < 0.01, "{years}");
    // Where nothing grows, that is said.
    let still = alone.replace("growth = 0.1\n", "");
    let place = Place::new(&format!("{still}{candidate}"));
    let said = place.rank(&target);
    assert_eq!(said.code, 0, "{}", said.err);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let none = "the mix of flows as it then is; the scenario states no `growth`, so that no year is known.";
    assert!(flat.contains(none), "{}", said.out);
    assert!(said.out.contains("  no growth\n"), "{}", said.out);
}

#[test]
fn capacity_is_told_in_trains_formed_by_size_trains_on_a_timetable_and_trucks() {
    // 24 trucks, 12 consignments in trains of six, 10 in one train a day, whose load grows with demand.
    let rail = r#"
[links.rails]
between = ["factory", "border"]
mode = "rail"
distance = "40 km"
transit = "1 h"
[services]
by-six = { mode = "rail", formation = { size = 6 } }
daily = { mode = "rail", formation = { departures = "1/day", capacity = 90 } }
[flows.blocks]
from = "factory"
to = "border"
volume = "2 trains/day"
arrivals = "regular"
teu = 2
service = "by-six"
routes = { modes = ["rail"] }
[flows.mixed]
from = "factory"
to = "border"
volume = "10 consignments/day"
arrivals = "regular"
teu = 2
service = "daily"
routes = { modes = ["rail"] }
[flows.trucks.routes]
modes = ["road"]
"#;
    let candidate = "[interventions.idle]\nset = { \"sites.border.title\" = \"The border\" }\n";
    let road = BY_HAND.replace("servers = 9", "servers = 200");
    let place = Place::new(&format!("{road}{rail}{candidate}"));
    let target = capacity_for("20h");
    let said = place.rank(&target);
    assert_eq!(said.code, 0, "{}", said.err);
    let files = place.files("output");
    let mut reader = csv::Reader::from_reader(&files["capacity-vehicles.csv"][..]);
    let rows: Vec<BTreeMap<String, String>> =
        reader.deserialize().map(|row| row.unwrap()).collect();
    let of = |vehicle: &str, name: &str, factor: &str| {
        let found = rows.iter().find(|row| {
            row["vehicle"] == vehicle && row["name"] == name && row["demand_factor"] == factor
        });
        found.unwrap_or_else(|| panic!("no {vehicle} {name} {factor}"))
    };
    // Nothing queues: the most that is tried, four times today's, is borne.
    for (factor, times) in [("1", 1.0), ("4", 4.0)] {
        let trucks = of("trucks", "trucks", factor);
        assert!(near(number(trucks, "vehicles_per_day"), 24.0 * times));
        assert_eq!(trucks["counted"], "volume");
        let by_size = of("trains", "by-six from factory", factor);
        assert!(
            (number(by_size, "vehicles_per_day") - 2.0 * times).abs() < 0.11,
            "{by_size:?}"
        );
        assert!(near(number(by_size, "consignments_per_vehicle"), 6.0));
        let daily = of("trains", "daily from factory", factor);
        assert!(
            (number(daily, "vehicles_per_day") - 1.0).abs() < 0.06,
            "{daily:?}"
        );
        let load = number(daily, "consignments_per_vehicle");
        assert!((load / (10.0 * times) - 1.0).abs() < 0.06, "{daily:?}");
        assert_eq!(daily["counted"], "runs");
        let all = of("trains", "", factor);
        let sum = number(by_size, "vehicles_per_day") + number(daily, "vehicles_per_day");
        assert!(near(number(all, "vehicles_per_day"), sum));
        assert!(near(number(all, "teu_per_day"), 44.0 * times));
    }
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("at least 96 trucks and "), "{}", said.out);
}

#[test]
fn the_price_of_a_lower_examination_rate_has_its_interval() {
    let exams = BY_HAND.replace(
        "steps = [\n",
        "steps = [\n  { name = \"look\", agency = \"customs\", kind = \"physical\", service = \"10 min\", setup = \"5 min\", \
         share = 0.5, prevalence = 0.02, detection = 0.5, servers = 9 },\n",
    );
    let candidate =
        "[interventions.fewer]\nset = { \"procedures.control.steps.look.share\" = 0.25 }\n";
    let place = Place::new(&format!("{exams}{candidate}"));
    let said = place.rank(&["--replications", "6", "--choose", "1", "--delta", "1h"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let rows = place.csv("missed.csv", "intervention");
    let row = &rows["fewer"];
    for (column, expected) in [
        ("missed_share_base", 0.5 * 0.01),
        ("missed_share", 0.75 * 0.01),
        ("missed_share_more", 0.25 * 0.01),
    ] {
        let half = number(row, &format!("{column}_half_width"));
        // 481 consignments in each of six replications: the share examined is known to two or three in a hundred.
        assert!(half > 0.0 && half < 0.0006, "{row:?}");
        assert!(
            (number(row, column) - expected).abs() < 3.0 * half,
            "{row:?}"
        );
    }
    let change = number(row, "missed_share") - number(row, "missed_share_base");
    assert!(near(number(row, "missed_share_more"), change));
}

#[test]
fn the_same_bytes_with_one_thread_and_with_four() {
    let place = Place::new(CHANCE);
    let asked = ["--replications", "4", "--delta", "0.2h", "--quiet"];
    let mut found = Vec::new();
    for (threads, out) in [("1", "one"), ("4", "four")] {
        let said = place.rank(&[&asked[..], &["--threads", threads, "--out", out]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        found.push(place.files(out));
    }
    let names: Vec<&String> = found[0].keys().collect();
    for name in [
        "rank.csv",
        "portfolio.csv",
        "hours-saved.png",
        "hours-for-cost.svg",
        "manifest.json",
    ] {
        assert!(
            names.iter().any(|n| *n == name),
            "{name} is missing: {names:?}"
        );
    }
    for name in found[0].keys() {
        assert!(found[0][name] == found[1][name], "{name} differs");
    }
}

#[test]
fn the_survivors_alone_go_on_and_a_finished_ranking_is_shown_again() {
    let place = Place::new(CHANCE);
    let asked = ["--replications", "5", "--delta", "0.05h", "--choose", "1"];
    let said = place.rank(&asked);
    assert_eq!(said.code, 0, "{}", said.err);
    let rows = place.csv("rank.csv", "intervention");
    assert_eq!(rows["officer"]["selected"], "true", "{}", said.out);
    let all: Vec<f64> = rows
        .values()
        .map(|row| number(row, "replications"))
        .collect();
    let most = all.iter().copied().fold(0.0, f64::max);
    assert!(most > 5.0, "chance is not told apart at once: {all:?}");
    // The base goes on beside the selected one for the sake of the pairs.
    assert_eq!(number(&rows["base"], "replications"), most);
    let others = rows.values().filter(|row| row["intervention"] != "base");
    for row in others.filter(|row| row["selected"] == "false") {
        assert_eq!(row["replications"], row["eliminated_at"], "{row:?}");
    }
    let again = place.rank(&asked);
    assert!(again.err.contains("finished already"), "{}", again.err);
    assert_eq!(again.out, said.out);
}

#[test]
fn a_budget_is_all_that_is_spent_and_claims_no_guarantee() {
    let place = Place::new(CHANCE);
    let budget = |n: &'static str| ["--replications", "4", "--budget", n];
    let said = place.rank(&budget("40"));
    assert_eq!(said.code, 0, "{}", said.err);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("no guarantee; 40"), "{}", said.out);
    assert!(!flat.contains("With at least"), "{}", said.out);
    let setting = "Budget: 40 replications of them and the base, without a guarantee.";
    assert!(flat.contains(setting), "{}", said.out);
    let none = "Nothing was put together: the budget is the candidates'. Without --budget, --choose says how many are put \
                together.";
    assert!(flat.contains(none), "{}", said.out);
    // Tables and finding tell one probability in one way.
    let told = |before: &str, after: &str| {
        let (_, rest) = flat.split_once(before).unwrap();
        rest.split_once(after).unwrap().0.to_owned()
    };
    assert_eq!(
        told(
            "the estimated probability of a correct selection is ",
            ". It took"
        ),
        told("With an estimated probability of ", " (no guarantee")
    );
    let rows = place.csv("rank.csv", "intervention");
    let spent: f64 = rows.values().map(|row| number(row, "replications")).sum();
    assert_eq!(spent, 40.0);
    let files = place.files("output");
    assert!(!files.contains_key("portfolio.csv"));
    let ranking: serde_json::Value = serde_json::from_slice(&files["ranking.json"]).unwrap();
    assert_eq!(ranking["budget"], 40);
    assert_eq!(ranking["spent"]["replications"], 40);
    assert_eq!(ranking["portfolio"], serde_json::Value::Null);
}

#[test]
fn a_budget_that_is_too_small_is_refused_before_anything_runs() {
    let place = Place::new(CHANCE);
    let said = place.rank(&["--replications", "4", "--budget", "15"]);
    assert_eq!(said.code, 2);
    assert_eq!(
        said.err,
        "error: --budget 15 is too small: the first stage is 4 replications of the base and of each of 3 interventions; \
         take --budget 16 or more, or a shorter first stage: --replications 2 takes 8, the least there is\n"
    );
    assert_eq!(said.out, "");
    let said = place.rank(&["--replications", "2", "--budget", "7"]);
    assert_eq!(
        said.err,
        "error: --budget 7 is too small: the first stage is 2 replications of the base and of each of 3 interventions; \
         take --budget 8 or more\n"
    );
    let said = place.rank(&["--replications", "2", "--budget", "8", "--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn what_a_budget_makes_void_is_refused_beside_it() {
    let place = Place::new(CHANCE);
    for (option, value, called) in [
        ("--alpha", "0.1", "--alpha <P>"),
        ("--delta", "1h", "--delta <HOURS>"),
        ("--max-replications", "50", "--max-replications <N>"),
        ("--choose", "2", "--choose <K>"),
        ("--capital-limit", "9000", "--capital-limit <USD>"),
    ] {
        let said = place.rank(&["--budget", "40", option, value]);
        assert_eq!(said.code, 2, "{option}");
        let message =
            format!("error: the argument '--budget <N>' cannot be used with '{called}'\n");
        assert!(said.err.starts_with(&message), "{}", said.err);
    }
}

#[test]
fn without_interventions_there_is_nothing_to_rank() {
    let place = Place::new(BY_HAND);
    let said = place.rank(&[]);
    assert_eq!(said.code, 1);
    for text in [
        "this scenario states no intervention to rank",
        "[interventions.NAME]",
    ] {
        assert!(said.err.contains(text), "{}", said.err);
    }
    let place = Place::new(&format!("{BY_HAND}{CANDIDATES}"));
    let said = place.rank(&["--variant", "bas"]);
    assert_eq!(said.code, 2);
    assert_eq!(
        said.err,
        "error: no variant is called `bas`; did you mean `base`?\n"
    );
    let said = place.rank(&["--measure", "crossing:factory:border"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.ends_with(
            "error: `crossing:factory:border` is measured nowhere in `base`; there is no crossing\n"
        ),
        "{}",
        said.err
    );
    assert!(!said.err.contains(" runs"), "{}", said.err);
}

#[test]
fn a_ranking_verifies_from_its_manifest() {
    let place = Place::new(CHANCE);
    let asked = [
        "--replications",
        "3",
        "--delta",
        "0.2h",
        "--choose",
        "2",
        "--quiet",
    ];
    let said = place.rank(&asked);
    assert_eq!(said.code, 0, "{}", said.err);
    let manifest = place.only("output").join("manifest.json");
    let said = place.0.corridor(&[
        "verify",
        manifest.to_str().unwrap(),
        "--threads",
        "2",
        "--quiet",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.starts_with("Verified: the base and "),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("and every file to its bytes"),
        "{}",
        said.out
    );
}
