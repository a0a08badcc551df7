//! What `explain` tells: each hour that a consignment lost, and to whom.

use corridor::experiment::{Explanation, explain};

use crate::facts::study;

/// A border post with one step, `docs`. Consignments of `g` leave the depot each midnight and come an hour later, those
/// of `p` two hours later.
fn post(docs: &str, rest: &str) -> String {
    format!(
        r#"
[experiment]
horizon = "4 d"
max_drain = "20 d"
replications = 2
start = "2024-01-01"
[agencies]
customs = {{}}
[sites]
depot = {{ country = "KZ", kind = "hub", time_zone = "UTC" }}
far = {{ country = "KZ", kind = "hub", time_zone = "UTC" }}
x = {{ country = "KZ", kind = "border", time_zone = "UTC", procedures = {{ exit = "out" }} }}
e = {{ country = "CN", kind = "border", time_zone = "UTC" }}
[links]
road = {{ from = "depot", to = "x", mode = "road", distance = "60 km", transit = "1 h" }}
far-road = {{ from = "far", to = "x", mode = "road", distance = "120 km", transit = "2 h" }}
bridge = {{ from = "x", to = "e", mode = "road", distance = "1 km", transit = "30 min" }}
[commodities]
general = {{}}
fruit = {{ perishable = true }}
[calendars.early]
shifts = [{{ days = "mon,tue,wed,thu,fri,sat,sun", hours = "00:00-04:00" }}]
[procedures.out]
steps = [{{ name = "docs", agency = "customs", kind = "documents", {docs} }}]
[flows.g]
from = "depot"
to = "e"
volume = "1 trucks/day"
arrivals = "regular"
commodities = {{ general = 1.0 }}
{rest}
"#
    )
}

const FRUIT: &str = r#"
[flows.p]
from = "far"
to = "e"
volume = "1 trucks/day"
arrivals = "regular"
commodities = { fruit = 1.0 }
"#;

fn told(text: &str, which: &str) -> Explanation {
    explain(&study(text), 0, which).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Each of `lines` stands in the story of `which`.
fn tells(text: &str, which: &str, lines: &[&str]) {
    let story = told(text, which).to_string();
    for line in lines {
        assert!(story.contains(line), "`{line}` is missing:\n{story}");
    }
}

#[test]
fn an_interruption_is_told_with_its_cause_its_hours_and_the_work_lost() {
    // 25-26, then the fruit 26-30, and anew.
    let class = r#"service = "4 h", servers = 1, discipline = "priority", priority = ["perishable"], preemption = "restart""#;
    tells(
        &post(class, FRUIT),
        "g:0",
        &[
            "26.00 h  consignment  docs: interrupted (a higher class), 1.00 h of work lost [customs]: 4.00 h\n",
        ],
    );
    // 25-28, closed to 48, 48-50.
    let shift = r#"service = "5 h", servers = 1, calendar = "early", shift_end = "pause""#;
    tells(
        &post(shift, ""),
        "g:0",
        &[
            "28.00 h  consignment  docs: interrupted (the shift's end) [customs]: 20.00 h (20.00 h of it closed or unstaffed)\n",
            "docs [customs]: waited 20.00 h (20.00 h of it closed or unstaffed), took 5.00 h\n",
        ],
    );
    // Fails at 27, is repaired at 33.
    let machine = r#"service = "5 h", servers = 1, machines = { mtbf = "27 h", mttr = "6 h", clock = "calendar", on_failure = "resume" }"#;
    tells(
        &post(machine, ""),
        "g:0",
        &["27.00 h  consignment  docs: interrupted (a machine failed) [customs]: 6.00 h\n"],
    );
}

#[test]
fn who_gives_up_is_told_where_when_and_why() {
    // The fruit comes at 26 h and waits behind a job that takes to 35 h; its trader cancels at 34 h.
    let text = post(
        r#"service = "10 h", servers = 1"#,
        &format!("{FRUIT}gives_up_after = \"10 h\""),
    );
    tells(
        &text,
        "p:0",
        &[
            "docs [customs]: waited 8.00 h, not begun\n",
            ", left the corridor at 34.00 h after 8.00 h\n",
            "left the corridor: cancelled by the trader\n",
            "It left the corridor at x, 10.00 h after it entered: cancelled by the trader.\n",
        ],
    );
    let lost = told(&text, "p:0");
    assert_eq!(lost.passages[1].departed_h, None);
    assert_eq!(lost.lost.map(|l| l.at_h), Some(34.0));
    // The fruit finds one vehicle.
    let balks = post(
        r#"service = "10 h", servers = 1"#,
        &format!("{FRUIT}balks = {{ above = 0 }}"),
    );
    tells(
        &balks,
        "p:0",
        &[
            "turned away: 1 vehicle was there before it\n",
            "left the corridor: turned away\n",
        ],
    );
}

#[test]
fn what_is_not_done_when_the_run_ends_is_told() {
    let long = post(r#"service = "900 h", servers = 1"#, FRUIT);
    tells(
        &long,
        "g:0",
        &["docs [customs]: waited 0.00 h, in service since 25.00 h\n"],
    );
    tells(
        &long,
        "p:0",
        &["docs [customs]: waited 550.00 h, not begun\n"],
    );
}

#[test]
fn papers_are_the_traders_hours() {
    let papers = r#"service = "1 h", servers = 1, originals = { missing = 1.0, wait = "5 h" }, rejected = { share = 1.0, relodge = "3 h", at_most = 1 }"#;
    tells(
        &post(papers, ""),
        "g:0",
        &[
            "docs: the trader's originals missing [trader]: 5.00 h\n",
            "docs: lodging 1 rejected, the trader corrects it [trader]: 3.00 h\n",
        ],
    );
}

#[test]
fn a_closed_way_has_hours_and_an_actor() {
    // Done at 26 h; the bridge is closed to 36 h.
    let closed = post(r#"service = "1 h", servers = 1"#, "").replace(
        r#"transit = "30 min""#,
        r#"transit = "30 min", closed = [{ from = "2024-01-02T02:00:00Z", until = "2024-01-02T12:00:00Z" }]"#,
    );
    tells(
        &closed,
        "g:0",
        &["26.00 h  consignment  departure waits: the way is closed [carrier]: 10.00 h\n"],
    );
}

#[test]
fn the_train_of_a_consignment_is_its_own_where_several_form_in_one_instant() {
    // Four come at once; two trains of two, and one wagon, which the first gives back at `e`, 24.5 h.
    let text = r#"
[experiment]
horizon = "4 d"
max_drain = "20 d"
replications = 2
start = "2024-01-01"
[sites]
x = { country = "KZ", kind = "border" }
e = { country = "CN", kind = "border" }
market = { country = "CN", kind = "hub" }
[links]
bridge = { from = "x", to = "e", mode = "rail", distance = "1 km", transit = "30 min" }
rail = { from = "e", to = "market", mode = "rail", distance = "60 km", transit = "2 h" }
[services.tr]
mode = "rail"
formation = { size = 2 }
[tokens.loco]
kind = "wagon"
owner = "x"
count = 1
notice = "6 min"
links = ["bridge"]
[flows.f]
from = "x"
to = "market"
volume = "4 containers/day"
arrivals = "regular"
group = 4
service = "tr"
"#;
    let (first, second) = (told(text, "f:0"), told(text, "f:2"));
    assert_eq!(first.passages[0].departed_h, Some(24.0));
    assert_eq!(second.passages[0].departed_h, Some(24.6));
    let waits = second.to_string();
    assert!(
        waits.contains("train        waiting for wagon `loco` [railway]: 0.60 h"),
        "{waits}"
    );
    assert!(!first.to_string().contains("waiting for"), "{first}");
    // One every six hours: the first waits for the second.
    let alone = text.replace("group = 4", "group = 1");
    tells(
        &alone,
        "f:0",
        &["6.00 h  consignment  waits for a train to form [railway]: 6.00 h\n"],
    );
}
