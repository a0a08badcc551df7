//! A generated scenario as TOML: a road corridor of two countries, a railway beside it, and what the mix adds.

use std::fmt::Write;

use crate::mix::{Mix, Part};
use crate::table::{Table, lognormal};
use crate::{demand, gates, outside, posts, procedures, tokens};

/// The scenario of a mix.
pub fn scenario(mix: &Mix) -> String {
    let mut text = String::new();
    let regime = match procedures::regime(mix) {
        "custom" => "serial",
        other => other,
    };
    let _ = writeln!(text, "[scenario]\nregime = \"{regime}\"");
    if outside::cooperates(mix) {
        let _ = writeln!(text, "cooperation = \"agreed\"");
    }
    let _ = writeln!(
        text,
        "\n[experiment]\nstart = \"2024-12-27\"\nhorizon = \"{} d\"\nwarm_up = \"{}\"\nmax_drain = \"60 d\"\nreplications = 1\nseed = {}",
        // Its year's permits run out and are issued anew within six days.
        if mix.has(Part::Quota) {
            6
        } else {
            mix.always(8, &[6, 7, 8])
        },
        mix.always(9, &["0 d", "1 d"]),
        mix.seed
    );
    let sickness = if mix.has(Part::Sickness) {
        "{ sickness = 0.35 }"
    } else {
        "{}"
    };
    let _ = writeln!(
        text,
        "\n[agencies]\ncustoms = {sickness}\nquarantine = {{}}"
    );
    let perishes = mix.choose(Part::Perish, 0, &["20 h", "14 h"]);
    let fruit = Table::new().with("perishable", true).when(
        mix.has(Part::Perish),
        "perishes_after",
        format!("\"{perishes}\""),
    );
    let _ = writeln!(
        text,
        "\n[commodities]\ngeneral = {{}}\nfruit = {}",
        fruit.inline()
    );
    let _ = writeln!(
        text,
        "\n[calendars.day]\nshifts = [{{ hours = \"06:00-14:00\" }}, {{ hours = \"14:00-22:00\", staff = 0.5 }}]\n\n[calendars.gate]\nshifts = [{{ hours = \"05:00-23:30\" }}]"
    );
    sites(mix, &mut text);
    links(mix, &mut text);
    procedures::write(mix, &mut text);
    demand::write(mix, &mut text);
    tokens::write(mix, &mut text);
    posts::write(mix, &mut text);
    outside::write(mix, &mut text);
    text
}

fn sites(mix: &Mix, text: &mut String) {
    let both = mix.has(Part::BothWays) || mix.has(Part::BackHaul);
    let _ = writeln!(text, "\n[sites]");
    let mut site = |name: &str, table: Table| {
        let _ = writeln!(text, "{name} = {}", table.inline());
    };
    let place = |country: &str, kind: &str, zone: &str| {
        Table::new()
            .text("country", country)
            .text("kind", kind)
            .text("time_zone", zone)
    };
    let home = |kind| place("KZ", kind, "Asia/Almaty");
    let away = |kind| place("RU", kind, "Europe/Moscow");
    let leaves = Table::new()
        .text("exit", "leave")
        .when(both, "entry", "\"enter-home\"");
    let enters = Table::new()
        .text("entry", "enter")
        .when(both, "exit", "\"leave-away\"");
    site("depot", home("hub"));
    let closed = format!(
        "[{{ from = \"{}\", until = \"{}T09:00:00Z\" }}]",
        outside::day(2),
        outside::day(2)
    );
    let dated = |part| mix.has(part) && mix.choose(part, 0, &[true, false]);
    site(
        "gate",
        home("border")
            .with("procedures", leaves.inline())
            .when(dated(Part::ClosedSite), "closed", &closed)
            .maybe("yard", gates::home_yard(mix)),
    );
    site(
        "post",
        away("border")
            .with("procedures", enters.inline())
            .maybe("yard", gates::away_yard(mix))
            .maybe("entry", gates::entry(mix)),
    );
    site("market", away("hub"));
    if mix.has(Part::Reroute) {
        site(
            "gate2",
            home("border").with("procedures", "{ exit = \"leave-by\" }"),
        );
        site(
            "post2",
            away("border").with("procedures", "{ entry = \"enter-by\" }"),
        );
    }
}

fn links(mix: &Mix, text: &mut String) {
    let _ = writeln!(text, "\n[links]");
    let mut link = |name: &str, from: &str, to: &str, mode: &str, mean: &str, more: Table| {
        let table = more
            .with("between", format!("[\"{from}\", \"{to}\"]"))
            .text("mode", mode)
            .text("distance", "100 km")
            .with("transit", lognormal(mean, 0.3));
        let _ = writeln!(text, "{name} = {}", table.inline());
    };
    let closed = format!(
        "[{{ from = \"{}T06:00:00Z\", until = \"{}T16:00:00Z\" }}]",
        outside::day(3),
        outside::day(3)
    );
    let dated = mix.has(Part::ClosedLink) && mix.choose(Part::ClosedLink, 0, &[true, false]);
    let bridge = Table::new()
        .when(dated, "closed", &closed)
        .when(mix.has(Part::Season), "open_season", "\"28 dec-20 dec\"")
        .when(
            mix.always(10, &[false, false, true]),
            "timetable",
            "{ departures = \"24/day\", capacity = 4 }",
        );
    link("road", "depot", "gate", "road", "2 h", Table::new());
    link("bridge", "gate", "post", "road", "40 min", bridge);
    link("onward", "post", "market", "road", "3 h", Table::new());
    if mix.has(Part::Trains) {
        link("rail-in", "depot", "gate", "rail", "3 h", Table::new());
        link("rail-bridge", "gate", "post", "rail", "1 h", Table::new());
        link("rail-on", "post", "market", "rail", "4 h", Table::new());
    }
    if mix.has(Part::Reroute) {
        link("road2", "depot", "gate2", "road", "3 h", Table::new());
        link("along", "gate", "gate2", "road", "1 h", Table::new());
        link("bridge2", "gate2", "post2", "road", "40 min", Table::new());
        link("onward2", "post2", "market", "road", "3 h", Table::new());
    }
}
