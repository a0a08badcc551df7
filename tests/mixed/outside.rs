//! What befalls a generated corridor from outside, what is agreed and reformed, and its second variant.

use std::fmt::Write;

use crate::mix::{Mix, Part};
use crate::table::{Table, exponential};

/// The date so many days after the start.
pub fn day(n: u32) -> String {
    if n < 5 {
        format!("2024-12-{}", 27 + n)
    } else {
        format!("2025-01-{:02}", n - 4)
    }
}

const LEVELS: &[(Part, &str)] = &[
    (Part::Information, "information"),
    (Part::Recognition, "recognition"),
    (Part::Enforcement, "enforcement"),
];

/// True where there is an agreement.
pub fn cooperates(mix: &Mix) -> bool {
    LEVELS.iter().any(|(part, _)| mix.has(*part))
}

/// Agreements, reforms, shocks and the second variant.
pub fn write(mix: &Mix, text: &mut String) {
    if cooperates(mix) {
        let mut set = Table::new().with("between", "[\"KZ\", \"RU\"]");
        for (part, name) in LEVELS {
            set = set.when(mix.has(*part), name, mix.choose(*part, 0, &[0.8, 0.4]));
        }
        let sent_at = mix.choose(
            Part::Information,
            1,
            &["exit_release", "origin_departure", "previous_departure"],
        );
        let _ = writeln!(
            text,
            "\n[cooperation]\ndata_delay = \"20 min\"\nsent_at = {{ road = \"{sent_at}\" }}\n\n[cooperation.sets]\nagreed = [{}]",
            set.inline()
        );
    }
    if mix.has(Part::Reform) {
        let _ = writeln!(text, "\n[reforms]\nwave = {}", reform(mix).inline());
    }
    let shocks = shocks(mix);
    if !shocks.is_empty() {
        let _ = writeln!(text, "\n[shocks]");
        for (name, shock) in &shocks {
            let _ = writeln!(text, "{name} = {}", shock.inline());
        }
    }
    let set = mix.always(
        11,
        &[
            "{ \"procedures.enter.steps.documents.servers\" = 3 }",
            "{ \"flows.out.volume\" = \"14 trucks/day\" }",
            "{ \"links.road.transit\" = \"90 min\" }",
        ],
    );
    let other = Table::new()
        .when(mix.has(Part::Reform), "reforms", "[]")
        .when(
            !shocks.is_empty() && mix.always(12, &[true, false]),
            "shocks",
            "[]",
        )
        .when(mix.always(13, &[true, false]), "set", set)
        .when(
            mix.always(14, &[false, true]),
            "regime",
            mix.always(15, &["\"parallel\"", "\"joint\"", "\"serial\""]),
        )
        .when(
            mix.has(Part::Post) && mix.choose(Part::Post, 3, &[true, false]),
            "posts",
            "[]",
        )
        .with("cost", "\"1000 USD\"");
    let _ = writeln!(text, "\n[variants]\nother = {}", other.inline());
}

fn reform(mix: &Mix) -> Table {
    let table = Table::new().text("date", day(mix.choose(Part::Reform, 1, &[2, 3, 5])));
    match mix.choose(Part::Reform, 0, &[0, 1, 2, 3, 4]) {
        0 => table.with("regime", "\"parallel\""),
        1 => table.with("regime", "\"joint\""),
        2 => table.with("staffing", "{ customs = { documents = 3, exit-scan = 2 } }"),
        // An agency that a post pools is merged with no other.
        3 if !crate::posts::pools(mix) => table.with("merge", "[\"customs\", \"quarantine\"]"),
        _ => table.with(
            "cooperation",
            "[{ between = [\"KZ\", \"RU\"], information = 0.9, recognition = 0.9 }]",
        ),
    }
}

fn shocks(mix: &Mix) -> Vec<(&'static str, Table)> {
    let mut shocks = Vec::new();
    let dated = |from: u32, until: u32| {
        Table::new()
            .text("from", day(from))
            .text("until", day(until))
    };
    let random = |every: &str, lasting: &str| {
        Table::new()
            .with("every", exponential(every))
            .with("lasting", exponential(lasting))
    };
    if mix.has(Part::SlowService) {
        let when = match mix.choose(Part::SlowService, 0, &[0, 1, 2]) {
            0 => dated(1, 3),
            1 => random("2 d", "10 h"),
            _ => Table::new().text("season", "28 dec-30 dec"),
        };
        shocks.push((
            "slow",
            when.with("service", 1.7)
                .with("scope", "{ agencies = [\"customs\"], country = \"RU\" }"),
        ));
    }
    if mix.has(Part::Strike) {
        let staff = mix.choose(Part::Strike, 0, &[0.0, 0.5]);
        shocks.push((
            "strike",
            dated(2, 3).with("staff", staff).with(
                "scope",
                mix.choose(
                    Part::Strike,
                    1,
                    &["{ sites = [\"post\"] }", "{ sites = [\"gate\"] }"],
                ),
            ),
        ));
    }
    if mix.has(Part::ClosedSite) && !mix.choose(Part::ClosedSite, 0, &[true, false]) {
        shocks.push((
            "blockade",
            random("2 d", "6 h").with("closed", true).with(
                "scope",
                mix.choose(
                    Part::ClosedSite,
                    1,
                    &["{ sites = [\"post\"] }", "{ sites = [\"gate\"] }"],
                ),
            ),
        ));
    }
    if mix.has(Part::ClosedLink) && !mix.choose(Part::ClosedLink, 0, &[true, false]) {
        shocks.push((
            "storm",
            random("1 d", "5 h").with("closed", true).with(
                "scope",
                mix.choose(
                    Part::ClosedLink,
                    1,
                    &["{ links = [\"bridge\"] }", "{ links = [\"onward\"] }"],
                ),
            ),
        ));
    }
    if mix.has(Part::Surge) {
        shocks.push((
            "surge",
            dated(1, 3)
                .with("demand", mix.choose(Part::Surge, 0, &[1.8, 0.4]))
                .with("scope", "{ flows = [\"out\"] }"),
        ));
    }
    shocks
}
