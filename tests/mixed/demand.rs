//! The flows of a generated scenario, their trains, and what is there at the start.

use std::fmt::Write;

use crate::mix::{Mix, Part};
use crate::table::{Table, exponential, lognormal};

/// The files beside a generated scenario.
pub const FILES: &[(&str, &str)] = &[(
    "register.csv",
    "time,consignments,commodity\n2.5,2,\n9,1,fruit\n2024-12-28T08:30,3,\n2024-12-28T14:00:00Z,1,general\n50,2,fruit\n75.25,4,\n\
     2024-12-31T23:00,1,\n130,2,\n",
)];

/// Trucks a day of the main flow.
pub fn volume(mix: &Mix) -> u32 {
    mix.always(6, &[12, 16, 20])
}

/// Flows, services and the backlog.
pub fn write(mix: &Mix, text: &mut String) {
    let _ = writeln!(text, "\n[flows]");
    let mut flow = |name: &str, table: Table| {
        let _ = writeln!(text, "{name} = {}", table.inline());
    };
    flow(
        "out",
        varied(
            mix,
            road(mix, "depot", "market").text("volume", format!("{} trucks/day", volume(mix))),
        ),
    );
    if mix.has(Part::BothWays) {
        flow(
            "back",
            road(mix, "market", "depot").text("volume", "8 trucks/day"),
        );
    }
    if mix.has(Part::Recorded) {
        let listed = Table::new()
            .text("from", "depot")
            .text("to", "market")
            .text("recorded", "register.csv")
            .with("routes", "{ modes = [\"road\"] }")
            .with("commodities", "{ general = 1.0 }");
        flow("listed", listed);
    }
    if mix.has(Part::BackHaul) {
        let after = Table::new()
            .text("flow", "out")
            .with("share", 0.4)
            .with("delay", lognormal("3 h", 0.5));
        let empties = Table::new()
            .text("from", "market")
            .text("to", "depot")
            .with("after", after.inline())
            .with("routes", "{ modes = [\"road\"] }")
            .with("commodities", "{ general = 1.0 }");
        flow("empties", empties);
    }
    if mix.has(Part::Trains) {
        let rail = Table::new()
            .text("from", "depot")
            .text("to", "market")
            .text("volume", "10 consignments/day")
            .text("service", "train")
            .with("routes", "{ modes = [\"rail\"] }")
            .with("commodities", "{ general = 0.8, fruit = 0.2 }")
            .with("containers", mix.choose(Part::Trains, 0, &[1, 2]))
            .when(mix.has(Part::Aeo), "aeo_share", 0.4);
        flow("rail", rail);
        let formation = formation(mix);
        let service = Table::new()
            .text("mode", "rail")
            .with("formation", formation)
            .text("on_hold", mix.choose(Part::Trains, 2, &["detach", "wait"]))
            .text("break_at", mix.choose(Part::Trains, 3, &["market", "post"]));
        let _ = writeln!(text, "\n[services]\ntrain = {}", service.inline());
    }
    if mix.has(Part::Backlog) {
        let site = mix.choose(Part::Backlog, 0, &["gate", "post", "depot"]);
        let _ = writeln!(
            text,
            "\n[[backlog]]\nsite = \"{site}\"\nflow = \"out\"\nconsignments = 5"
        );
    }
}

/// When trains leave: full, or after a time, or by timetable if enough wait.
pub fn formation(mix: &Mix) -> &'static str {
    if !mix.has(Part::PartEmpty) {
        return mix.choose(
            Part::Trains,
            1,
            &[
                "{ size = 5 }",
                "{ departures = \"3/day\", capacity = 5, offset = \"2 h\" }",
            ],
        );
    }
    mix.choose(
        Part::PartEmpty,
        0,
        &[
            "{ size = 8, within = \"8 h\" }",
            "{ departures = \"3/day\", capacity = 6, least = 3, offset = \"5 h\" }",
            "{ departures = \"4/day\", capacity = 5, least = 2 }",
        ],
    )
}

/// A flow by road.
fn road(mix: &Mix, from: &str, to: &str) -> Table {
    let balks = Table::new()
        .with("above", mix.choose(Part::Balk, 0, &[2, 1, 3]))
        .with("share", 0.6);
    let reroutes = match mix.choose(Part::Reroute, 0, &[0, 1, 2]) {
        0 => Table::new().text("gain", "30 min"),
        1 => Table::new().text("news", "1 h").text("gain", "30 min"),
        _ => Table::new()
            .with("closures", false)
            .text("news", "30 min")
            .text("every", "1 h")
            .text("gain", "20 min")
            .with("at_most", 2),
    };
    Table::new()
        .text("from", from)
        .text("to", to)
        .with("routes", "{ modes = [\"road\"] }")
        .with("commodities", "{ general = 0.7, fruit = 0.3 }")
        .when(mix.has(Part::Aeo), "aeo_share", 0.4)
        .when(
            mix.has(Part::GiveUp),
            "gives_up_after",
            mix.choose(
                Part::GiveUp,
                0,
                &[
                    exponential("30 h").as_str(),
                    lognormal("20 h", 0.6).as_str(),
                ],
            ),
        )
        .when(mix.has(Part::Balk), "balks", balks.inline())
        .when(mix.has(Part::Reroute), "reroutes", reroutes.inline())
}

/// Regular arrivals have no surge but at an even rate.
fn regular(mix: &Mix) -> &'static str {
    match mix.always(7, &[false, true]) && !mix.has(Part::Surge) {
        true => "\"regular\"",
        false => "\"poisson\"",
    }
}

/// Arrivals that vary.
fn varied(mix: &Mix, table: Table) -> Table {
    let burst = Table::new()
        .with(
            "size",
            mix.choose(
                Part::Bursts,
                0,
                &["{ uniform = { low = 2, high = 6 } }", "3"],
            ),
        )
        .when(
            mix.choose(Part::Bursts, 1, &[true, false]),
            "spacing",
            "\"10 min\"",
        );
    table
        .with("arrivals", regular(mix))
        .when(
            mix.has(Part::Months),
            "months",
            "[1.3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.8, 0.7]",
        )
        .when(
            mix.has(Part::Weekdays),
            "weekdays",
            "[1.4, 1.2, 1, 1, 1, 0.5, 0.3]",
        )
        .when(
            mix.has(Part::Hours),
            "hours",
            "[0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 2, 3, 3, 3, 3, 2, 1, 1, 0, 0, 0, 0]",
        )
        .when(mix.has(Part::Growth), "growth", 0.6)
        .when(mix.has(Part::Bursts), "burst", burst.inline())
}
