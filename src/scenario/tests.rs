//! What a file becomes: defaults, two-way links, desks, variants, agreements, reforms, stated values.

use super::load::{LoadOptions, from_str, from_str_with};
use super::model::*;
use super::source::NoFiles;
use crate::random::LawSpec;
use crate::terms::*;
use crate::time::{MS_PER_DAY, MS_PER_HOUR, Span, Time};

/// Two sides of a border, one procedure, one flow of trains.
const BORDER: &str = r#"
[experiment]
start = "2024-01-01"
horizon = "100 d"
[calendars.day]
shifts = [{ days = "mon-fri", hours = "20:00-08:00", staff = 0.5 }]
[sites.out]
country = "CN"
kind = "border"
[sites.in]
country = "KZ"
kind = "border"
time_zone = "Asia/Almaty"
procedures = { destination = "enter" }
[sites.in.desks.customs.hall]
servers = 7
[links.gap]
between = ["out", "in"]
mode = "rail"
distance = "12 km"
transit = "1 h"
[agencies.customs]
title = "Customs"
[procedures.enter]
channels = { red = 0.25 }
evidence = "assumed"
steps = [
    { name = "papers", agency = "customs", kind = "documents", service = "1 h", desk = "hall", servers = 3, calendar = "day" },
    { name = "exam", agency = "customs", kind = "physical", service = "1 h", desk = "hall", share = { red = 1.0 } },
    { name = "wait", agency = "trader", kind = "prepare", service = "2 h" },
    { name = "slot", agency = "railway", kind = "wait_for", timetable = { departures = "11/day", capacity = 2 } },
]
[services.train]
mode = "rail"
formation = { size = 50 }
[flows.goods]
from = "out"
to = "in"
volume = "2.5 trains/day"
service = "train"
containers = 2
"#;

fn study(text: &str) -> Study {
    from_str("dir/border.toml", text, &NoFiles)
        .unwrap_or_else(|failure| panic!("{failure}"))
        .study
}

fn with(more: &str) -> Study {
    study(&format!("{BORDER}{more}"))
}

fn scenario(more: &str) -> Scenario {
    with(more).variants.swap_remove(0).scenario
}

#[test]
fn what_is_left_out_has_its_default() {
    let study = study(BORDER);
    assert_eq!(
        (study.name.as_str(), study.title.as_str()),
        ("border", "border")
    );
    assert_eq!(study.experiment.replications, 20);
    assert_eq!(study.experiment.max_drain, Span::from_ms(60 * MS_PER_DAY));
    assert_eq!(study.variants.len(), 1);
    assert_eq!(study.variants[0].name, "base");
    let scenario = &study.variants[0].scenario;
    assert_eq!(scenario.commodities[0].name, "general");
    assert_eq!(scenario.flows[0].teu, 4.0, "two TEU for each container");
    assert_eq!(
        scenario.flows[0].trader,
        Country::new("CN").expect("a code")
    );
    assert_eq!(scenario.cooperation.data_delay, Span::from_ms(MS_PER_HOUR));
    assert_eq!(
        scenario.cooperation.sent_at[&Mode::Road],
        SentAt::ExitRelease
    );
    assert_eq!(scenario.services[0].on_hold, OnHold::Detach);
    let procedure = &scenario.procedures[0];
    assert_eq!(
        procedure.channels,
        ChannelShares {
            green: 0.75,
            yellow: 0.0,
            red: 0.25,
            blue: 0.0
        }
    );
    assert_eq!((procedure.overlap, procedure.aeo_factor), (0.45, 0.5));
    assert_eq!(
        procedure.steps[1].assisted_share,
        Some(0.7),
        "an examination of some consignments"
    );
    assert_eq!(procedure.steps[0].assisted_share, None);
}

#[test]
fn implied_actors_follow_the_declared_ones() {
    let names: Vec<_> = scenario("")
        .agencies
        .into_iter()
        .map(|agency| (agency.name, agency.kind))
        .collect();
    let expected = [
        ("customs", ActorKind::Authority),
        ("trader", ActorKind::Trader),
        ("carrier", ActorKind::Carrier),
        ("railway", ActorKind::Railway),
        ("terminal", ActorKind::Terminal),
    ];
    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn a_two_way_link_is_two_links() {
    let links = scenario("").links;
    assert_eq!(links.len(), 2);
    assert_eq!(
        (links[0].name.as_str(), links[1].name.as_str()),
        ("gap", "gap~back")
    );
    assert_eq!((links[0].from, links[0].to), (links[1].to, links[1].from));
    assert_eq!(links[0].transit, LawSpec::Constant(MS_PER_HOUR as f64));
    assert_eq!(
        links[0].minimum,
        Span::from_ms(3 * 60_000),
        "5 % of the mean"
    );
}

#[test]
fn desks_are_named_by_steps_and_changed_by_sites() {
    let desks = &scenario("").sites[1].desks;
    let names: Vec<&str> = desks.iter().map(|desk| desk.name.as_str()).collect();
    assert_eq!(names, ["hall", "wait", "slot"]);
    assert_eq!(desks[0].servers, Servers::Count(7), "the site's own word");
    assert_eq!(
        desks[0].calendar,
        CalendarId(1),
        "the step's word, of all steps at the desk"
    );
    assert_eq!(
        desks[1].servers,
        Servers::Unlimited,
        "a trader's time is a pure delay"
    );
    let every_ms = MS_PER_DAY as f64 / 11.0;
    assert_eq!(
        desks[2].servers,
        Servers::Slots(Timetable {
            every_ms,
            offset: Span::ZERO,
            capacity: 2
        })
    );
}

#[test]
fn night_shifts_end_on_the_next_day() {
    let calendars = scenario("").calendars;
    assert!(calendars[0].always);
    let shift = &calendars[1].shifts[0];
    assert_eq!((shift.from, shift.to, shift.staff), (1200, 1920, 0.5));
}

#[test]
fn trains_count_their_size_and_the_envelope_covers_every_variant() {
    let study = with("[variants.more]\nset = { \"flows.goods.volume\" = \"4 trains/day\" }\n");
    let flows: Vec<_> = study
        .variants
        .iter()
        .map(|variant| &variant.scenario.flows[0])
        .collect();
    assert_eq!((flows[0].per_day, flows[1].per_day), (125.0, 200.0));
    assert_eq!(
        (flows[0].envelope_per_day, flows[1].envelope_per_day),
        (200.0, 200.0)
    );
}

#[test]
fn variants_are_the_product_of_the_factors_and_those_written() {
    let factors =
        "regimes = [\"serial\", \"joint\"]\ncooperation = [\"none\", \"full\"]\n[calendars.day]";
    let text = BORDER.replace("[calendars.day]", factors);
    let set = "[[cooperation.sets.full]]\nbetween = [\"CN\", \"KZ\"]\ninformation = 0.9\n";
    let study = study(&format!(
        "{text}{set}[variants.own]\ncost = \"5 USD\"\nregime = \"parallel\"\n"
    ));
    let names: Vec<&str> = study
        .variants
        .iter()
        .map(|variant| variant.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "serial/none",
            "serial/full",
            "joint/none",
            "joint/full",
            "own"
        ]
    );
    let agreements: Vec<usize> = study
        .variants
        .iter()
        .map(|variant| variant.scenario.cooperation.agreements.len())
        .collect();
    assert_eq!(
        agreements,
        [0, 2, 0, 2, 0],
        "a symmetric agreement is two, and the base has none"
    );
    assert_eq!(study.variants[4].scenario.sites[1].regime, Regime::Parallel);
    assert_eq!(
        (
            study.variants[4].cost,
            study.variants[4].cooperation.as_deref()
        ),
        (Some(5.0), Some("none"))
    );
}

#[test]
fn what_was_agreed_before_the_start_is_in_force_from_the_start() {
    let text = "[scenario]\ncooperation = \"all\"\n[[cooperation.sets.all]]\nbetween = [\"CN\", \"KZ\"]\nordered = true\n\
        information = 0.5\nfrom = \"2016-01-01\"\nuntil = \"2024-01-11\"\n";
    let agreements = scenario(text).cooperation.agreements;
    assert_eq!(agreements.len(), 1);
    assert_eq!(
        (agreements[0].from, agreements[0].until),
        (Time::ZERO, Time::from_ms(10 * MS_PER_DAY))
    );
}

#[test]
fn instruments_give_agreements_of_a_csv_file_their_levels() {
    let text = "[scenario]\ncooperation = \"all\"\n[cooperation.instruments.mra]\nrecognition = 0.6\n\
        [[cooperation.sets.all]]\nagreements_csv = \"a.csv\"\n";
    let csv = "from,to,within,instrument,in_force,until,source\nCN,KZ,,mra,2024-01-03,,a treaty\n,,CN,mra,,,\n";
    let files: &[(&str, &str)] = &[("a.csv", csv)];
    let loaded =
        from_str("x.toml", &format!("{BORDER}{text}"), &files).unwrap_or_else(|f| panic!("{f}"));
    let agreements = &loaded.study.variants[0].scenario.cooperation.agreements;
    let (cn, kz) = (
        Country::new("CN").expect("a code"),
        Country::new("KZ").expect("a code"),
    );
    let scopes: Vec<Scope> = agreements.iter().map(|agreement| agreement.scope).collect();
    assert_eq!(
        scopes,
        [
            Scope::Between(cn, kz),
            Scope::Between(kz, cn),
            Scope::Within(cn)
        ]
    );
    assert!(
        agreements
            .iter()
            .all(|agreement| agreement.levels.recognition == Some(0.6))
    );
    assert_eq!(agreements[0].from, Time::from_ms(2 * MS_PER_DAY));
    let names: Vec<&str> = loaded
        .inputs
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["x.toml", "a.csv"]);
}

#[test]
fn reforms_are_scoped_dated_and_chosen() {
    let text = "[reforms.late]\ndate = \"2024-02-01\"\nscope = { country = \"KZ\" }\nregime = \"parallel\"\n\
        staffing = { customs = 9 }\n\
        [reforms.early]\ndate = \"2023-01-01\"\nmerge = [\"customs\", \"trader\"]\n\
        cooperation = [{ within = \"KZ\", recognition = 0.5 }]\n[variants.one]\nreforms = [\"late\"]\n";
    let study = with(text);
    let base = &study.variants[0];
    assert_eq!(base.reforms, ["early", "late"], "all of them, by date");
    assert_eq!(base.scenario.reforms[0].from, Time::ZERO);
    assert_eq!(
        base.scenario.reforms[0].sites.len(),
        2,
        "no scope: every site"
    );
    assert_eq!(base.scenario.reforms[1].sites, [SiteId(1)]);
    assert_eq!(base.scenario.reforms[1].staffing, [(AgencyId(0), None, 9)]);
    assert_eq!(base.scenario.cooperation.agreements.len(), 1);
    assert_eq!(study.variants[1].reforms, ["late"]);
    assert_eq!(study.variants[1].scenario.cooperation.agreements, []);
}

#[test]
fn values_with_evidence_are_listed_with_line_and_path() {
    let text = BORDER.replace(
        "transit = \"1 h\"",
        "transit = { value = \"1 h\", source = \"a map\", range = [\"30 min\", \"2 h\"] }",
    );
    let values = study(&text).values;
    let first = &values[0];
    assert_eq!(
        (first.path.as_str(), first.value.as_str(), first.line),
        ("links.gap.transit", "1 h", 21)
    );
    assert_eq!(
        (first.evidence, first.source.as_deref()),
        (Evidence::Published, Some("a map"))
    );
    assert_eq!(first.range, Some(("30 min".to_owned(), "2 h".to_owned())));
    let papers = values
        .iter()
        .find(|value| value.path == "procedures.enter.steps.papers.service");
    assert_eq!(
        papers.map(|value| value.evidence),
        Some(Evidence::Assumed),
        "inherited from the table"
    );
    assert!(
        !values.iter().any(|value| value.path.ends_with(".kind")),
        "words are no figures"
    );
}

#[test]
fn options_change_the_scenario_before_it_is_read() {
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let overrides = vec![
        set(
            "procedures.enter.steps.papers.service",
            "{ exponential = { mean = \"2 h\" } }",
        ),
        set("links.gap.distance", "15 km"),
        set("sites.in.desks.customs.hall.servers", "2"),
    ];
    let options = LoadOptions {
        overrides,
        seed: Some(u64::MAX),
        replications: Some(3),
        ..LoadOptions::default()
    };
    let loaded =
        from_str_with("x.toml", BORDER, &NoFiles, &options).unwrap_or_else(|f| panic!("{f}"));
    let scenario = &loaded.study.variants[0].scenario;
    assert_eq!(
        scenario.procedures[0].steps[0].service,
        LawSpec::Exponential {
            mean: 2.0 * MS_PER_HOUR as f64
        }
    );
    assert_eq!(
        scenario.links[0].distance_km, 15.0,
        "bare text needs no quotes"
    );
    assert_eq!(scenario.sites[1].desks[0].servers, Servers::Count(2));
    assert_eq!(
        (
            loaded.study.experiment.seed,
            loaded.study.experiment.replications
        ),
        (u64::MAX, 3)
    );
    assert_eq!(loaded.text, BORDER);
}

#[test]
fn rows_of_a_table_are_sites_like_any_other() {
    let csv = "name,country,kind,procedures.destination,expected_delay\nhub,CN,hub,,2 h\nyard,KZ,hub,enter,\n";
    let text = BORDER.replace(
        "[sites.in.desks",
        "[tables]\nsites = \"s.csv\"\n[sites.in.desks",
    );
    let more = "[links.b]\nfrom = \"hub\"\nto = \"yard\"\nmode = \"rail\"\ndistance = \"1 km\"\ntransit = \"1 h\"\n";
    let files: &[(&str, &str)] = &[("s.csv", csv)];
    let options = LoadOptions {
        overrides: vec![("sites.yard.time_zone".to_owned(), "Asia/Almaty".to_owned())],
        ..LoadOptions::default()
    };
    let loaded = from_str_with("x.toml", &format!("{text}{more}"), &files, &options)
        .unwrap_or_else(|f| panic!("{f}"));
    let sites = &loaded.study.variants[0].scenario.sites;
    let names: Vec<&str> = sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["out", "in", "hub", "yard"]);
    assert_eq!(sites[2].expected_delay, Span::from_ms(2 * MS_PER_HOUR));
    assert_eq!(sites[3].desks.len(), 3);
}
