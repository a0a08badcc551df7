//! The tokens and second vehicles of a generated scenario.

use std::fmt::Write;

use crate::demand;
use crate::mix::{Mix, Part};
use crate::table::Table;

/// Tokens and vehicles.
pub fn write(mix: &Mix, text: &mut String) {
    let mut tokens = Vec::new();
    let returned = |part| {
        mix.choose(
            part,
            0,
            &[
                "\"arrival\"",
                "\"departure\"",
                "\"destination\"",
                "{ site = \"post\" }",
            ],
        )
    };
    if mix.has(Part::Permits) {
        let permit = Table::new()
            .text(
                "kind",
                mix.choose(
                    Part::Permits,
                    1,
                    &["permit", "chassis", "guarantee", "crew"],
                ),
            )
            .text(
                "owner",
                mix.choose(Part::Permits, 2, &["market", "gate", "depot"]),
            )
            .with("count", mix.choose(Part::Permits, 3, &[6, 5, 9]))
            .text("reissue", "2 h")
            .with("between", "[\"KZ\", \"RU\"]")
            .with("modes", "[\"road\"]")
            .with("flows", "[\"out\"]")
            .with("returned", returned(Part::Permits));
        tokens.push(("permits", permit));
    }
    if mix.has(Part::Quota) {
        let quota = Table::new()
            .text("kind", "permit")
            .text("owner", mix.choose(Part::Quota, 0, &["market", "post"]))
            .with("per_year", 2 * demand::volume(mix))
            .with("links", "[\"onward\"]")
            .with("flows", "[\"out\"]");
        tokens.push(("quota", quota));
    }
    if mix.has(Part::Wagons) && mix.has(Part::Trains) {
        let wagons = Table::new()
            .text("kind", mix.choose(Part::Wagons, 1, &["wagon", "crew"]))
            .text("owner", mix.choose(Part::Wagons, 2, &["gate", "market"]))
            .with("count", 1)
            .text("reissue", "5 h")
            .text("notice", "30 s")
            .with("links", "[\"rail-bridge\"]")
            .with("returned", returned(Part::Wagons));
        tokens.push(("wagons", wagons));
    }
    let place = |count: u32| {
        Table::new()
            .text("kind", "place")
            .text("owner", "post")
            .with("count", count)
    };
    if mix.has(Part::Ramp) {
        tokens.push(("ramp", place(mix.choose(Part::Ramp, 0, &[1, 2]))));
    }
    if mix.has(Part::Warehouse) {
        tokens.push(("warehouse", place(mix.choose(Part::Warehouse, 0, &[2, 3]))));
    }
    if !tokens.is_empty() {
        let _ = writeln!(text, "\n[tokens]");
        for (name, token) in &tokens {
            let _ = writeln!(text, "{name} = {}", token.inline());
        }
    }
    if mix.has(Part::Vehicles) {
        let regular = mix.choose(Part::Vehicles, 0, &[false, true]);
        let lorries = Table::new()
            .text("site", "post")
            .text("arrivals", "70/day")
            .when(regular, "regular", true)
            .when(regular, "offset", "\"20 min\"")
            .text(
                "waits_at_most",
                mix.choose(Part::Vehicles, 1, &["2 h", "40 min"]),
            )
            .with("capacity", mix.choose(Part::Vehicles, 2, &[1, 2]));
        let _ = writeln!(text, "\n[vehicles]\nlorries = {}", lorries.inline());
    }
}
