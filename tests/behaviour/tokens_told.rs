//! Tokens and second vehicles as they are written, refused, explained and reported.

use corridor::time::Span;

use crate::facts::study;

fn suite(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite/behaviour")
        .join(file);
    std::fs::read_to_string(path).expect("a file of the suite")
}

#[test]
fn explain_says_for_what_a_consignment_waited() {
    let told = |file: &str, which: &str| {
        corridor::experiment::explain(&study(&suite(file)), 0, which)
            .expect("it enters")
            .to_string()
    };
    let permit = told("tokens-permit.toml", "all:2");
    assert!(
        permit.contains("waiting for permit `permit` [authority]: 9.00 h"),
        "{permit}"
    );
    let none = told("tokens-permit.toml", "all:0");
    assert!(!none.contains("waiting for"), "{none}");
    let quota = told("tokens-quota.toml", "all:11");
    assert!(
        quota.contains("waiting for permit `permit`, to the end of the run"),
        "{quota}"
    );
    let lorry = told("vehicles.toml", "all:0");
    assert!(
        lorry.contains("truck [carrier]: waited 1.00 h, took 0.00 h"),
        "{lorry}"
    );
    let warehouse = told("tokens-warehouse.toml", "all:2");
    assert!(
        warehouse.contains("waiting for place `warehouse` [terminal]: 1.00 h"),
        "{warehouse}"
    );
    let mut early = study(&suite("vehicles.toml"));
    early.variants.rotate_left(1);
    let early = corridor::experiment::explain(&early, 0, "all:0")
        .expect("it enters")
        .to_string();
    assert!(
        early.contains("second vehicle `lorry`, which had waited 3.00 h"),
        "{early}"
    );
}

#[test]
fn a_backlog_that_holds_more_than_there_is_is_refused() {
    let text = suite("tokens-backlog.toml").replace("consignments = 2", "consignments = 4");
    let error = corridor::experiment::compile(&study(&text)).expect_err("three permits for four");
    assert_eq!(
        error.to_string(),
        "the opening backlog holds 4 of `permit` from the start, and there are 3"
    );
}

#[test]
fn vehicles_stand_in_the_report_and_in_their_csv_file() {
    let results = corridor::experiment::run(
        &study(&suite("vehicles.toml")),
        &corridor::experiment::RunOptions {
            threads: Some(1),
            ..Default::default()
        },
        &|_, _| {},
    )
    .expect("it runs");
    let files = corridor::report::artifacts(&results);
    let sheet = files
        .iter()
        .find(|file| file.name == "vehicles.csv")
        .expect("there is a sheet");
    let sheet = std::str::from_utf8(&sheet.bytes).expect("a sheet is text");
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(
        lines[0],
        "variant,site,title,vehicle,left_per_day,left_per_day_half_width,wait_mean_h,wait_mean_h_half_width,\
         wait_mean_h_at_least,mean_waiting_vehicles,mean_waiting_vehicles_half_width,left_empty_vehicles,\
         left_empty_vehicles_half_width,left_part_empty_vehicles,left_part_empty_vehicles_half_width"
    );
    assert!(
        lines[2].starts_with("early,terminal,terminal,lorry,9,0,4,0,,3.375,0,0,0,0,0"),
        "{}",
        lines[2]
    );
    let tables = corridor::report::tables(&results, corridor::report::TableDetail::Full, 120);
    assert!(tables.contains("Second vehicles"), "{tables}");
    assert!(tables.contains("terminal: lorry"), "{tables}");
}

#[test]
fn a_token_is_what_the_file_says() {
    use corridor::scenario::{Returned, Supply, VehicleArrivals};
    use corridor::terms::{FlowId, LinkId, SiteId, TokenKind};
    let study = study(
        r#"
[experiment]
horizon = "10 d"
replications = 2
[sites]
almaty = { country = "KZ", kind = "hub" }
xian = { country = "CN", kind = "terminal", procedures = { destination = "meet" } }
[links]
rail = { between = ["almaty", "xian"], mode = "rail", distance = "4000 km", transit = "4 d" }
road = { between = ["almaty", "xian"], mode = "road", distance = "4000 km", transit = "4 d" }
[flows]
a = { from = "almaty", to = "xian", volume = "10 trucks/day" }
b = { from = "almaty", to = "xian", volume = "10 trucks/day" }
[tokens]
permit = { kind = "permit", owner = "xian", per_year = 5000, between = ["CN", "KZ"], links = ["road"], flows = ["b"] }
wagon = { kind = "wagon", owner = "almaty", count = 40, reissue = "5 d", notice = "1 min", between = ["KZ", "CN"], modes = ["rail"], returned = { site = "xian" } }
[vehicles]
lorry = { site = "xian", arrivals = "48/day", regular = true, offset = "1 h", waits_at_most = "2 d", capacity = 3 }
[procedures.meet]
steps = [{ name = "meet", agency = "carrier", kind = "wait_for", vehicle = "lorry" }]
"#,
    );
    let scenario = &study.variants[0].scenario;
    let (permit, wagon) = (&scenario.tokens[0], &scenario.tokens[1]);
    // The links are rail, rail~back, road, road~back.
    assert_eq!(permit.links, [LinkId(1), LinkId(2), LinkId(3)]);
    assert_eq!(permit.flows, [FlowId(1)]);
    assert_eq!(permit.supply, Supply::Quota { per_year: 5000 });
    assert_eq!(permit.returned, Returned::Arrival);
    assert_eq!((permit.kind, permit.owner), (TokenKind::Permit, SiteId(1)));
    assert_eq!(permit.notice, Span::from_ms(10_000), "the default");
    assert_eq!(wagon.links, [LinkId(0)]);
    assert_eq!(wagon.notice, Span::from_ms(60_000));
    let reissue = Span::from_hours(120.0);
    assert_eq!(wagon.supply, Supply::Circulating { count: 40, reissue });
    assert_eq!(wagon.returned, Returned::DepartureFrom(SiteId(1)));
    let lorry = &scenario.vehicles[0];
    let (every_ms, offset) = (1_800_000.0, Span::from_hours(1.0));
    assert_eq!(
        lorry.arrivals,
        VehicleArrivals::Regular { every_ms, offset }
    );
    assert_eq!((lorry.site, lorry.capacity), (SiteId(1), 3));
    assert_eq!(lorry.waits_at_most, Some(Span::from_hours(48.0)));
}

#[test]
fn a_study_built_in_code_is_held_to_the_same_rules() {
    let mut study = study(&suite("tokens-warehouse.toml"));
    study.variants.truncate(1);
    assert_eq!(study.validate(), Ok(()));
    let scenario = &mut study.variants[0].scenario;
    scenario.procedures[0].steps[2].gives.clear();
    scenario.tokens[0].notice = Span::ZERO;
    let faults = study.validate().expect_err("two faults");
    let expected = [
        "variant `base`: warehouse: a notice takes less than 1 ms",
        "variant `base`: control: step `unload` takes `warehouse`, and no step gives it back",
    ];
    assert_eq!(faults, expected);
}
