//! Generated corridors of plain sites: first come, first served, on known rosters, so that ends of service can be computed
//! at arrival. Some have one site that is not plain, so that both kernels are at work beside each other.

use std::fmt::Write;

use corridor::random::{Purpose, Stream};

use crate::table::{Table, exponential, lognormal};

/// Numbers of one corridor, drawn in turn.
struct Dice {
    stream: Stream,
    thrown: u64,
}

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.thrown += 1;
        (self.stream.bits(self.thrown, 0, 0) % n as u64) as usize
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// True in so many of ten.
    fn often(&mut self, tenths: usize) -> bool {
        self.below(10) < tenths
    }
}

/// What the one site has that is not plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oddity {
    Nothing,
    Joint,
    Preemption,
    Yard,
    Machines,
    Papers,
    Timetable,
    DataAhead,
}

/// The scenario number `number`.
pub fn scenario(number: u32) -> String {
    let mut dice = Dice {
        stream: Stream::new(u64::from(number), 0, "plain", "", "", Purpose::Other(2)),
        thrown: 0,
    };
    let oddity = dice.pick(&[
        Oddity::Nothing,
        Oddity::Nothing,
        Oddity::Nothing,
        Oddity::Joint,
        Oddity::Preemption,
        Oddity::Yard,
        Oddity::Machines,
        Oddity::Papers,
        Oddity::Timetable,
        Oddity::DataAhead,
    ]);
    let sites = 3 + dice.below(4);
    let odd = dice.below(sites);
    // Data runs ahead over a frontier.
    let frontier =
        (oddity == Oddity::DataAhead || dice.often(4)).then(|| 1 + dice.below(sites - 1));
    // In half of the corridors everything takes whole multiples of ten minutes: many things happen at one instant.
    let ties = dice.often(5);
    let mut text = head(&mut dice, oddity);
    let mut part = |name: &str| {
        let _ = writeln!(text, "\n[{name}]");
    };
    part("sites");
    for s in 0..sites {
        let abroad = frontier.is_some_and(|f| s >= f);
        let at_border = frontier.is_some_and(|f| s + 1 == f || s == f);
        let (country, zone) = match abroad {
            true => ("RU", "Europe/Moscow"),
            false => ("KZ", "Asia/Almaty"),
        };
        let work = format!("\"work-{s}\"");
        let mut procedures = Table::new();
        for role in ["origin", "transit", "destination", "entry", "exit"] {
            procedures = procedures.with(role, &work);
        }
        let yard = Table::new()
            .with("places", 3 + dice.below(3))
            .text("notice", "1 min")
            .with("roles", "[\"entry\", \"transit\", \"destination\"]");
        let site = Table::new()
            .text("country", country)
            .text("kind", if at_border { "border" } else { "terminal" })
            .text("time_zone", zone)
            .with("procedures", procedures.inline())
            .when(oddity == Oddity::Yard && s == odd, "yard", yard.inline());
        let _ = writeln!(text, "site-{s} = {}", site.inline());
    }
    let branch = dice.often(4);
    if branch {
        let _ = writeln!(
            text,
            "branch = {{ country = \"KZ\", kind = \"terminal\", time_zone = \"Asia/Almaty\" }}"
        );
    }
    links(&mut dice, &mut text, sites, branch, ties, (oddity, odd));
    let busy = flows(&mut dice, &mut text, sites, branch, ties);
    for (s, busy) in busy.into_iter().enumerate().take(sites) {
        let here = if s == odd { oddity } else { Oddity::Nothing };
        procedure(&mut dice, &mut text, s, busy, ties, here);
    }
    text
}

fn head(dice: &mut Dice, oddity: Oddity) -> String {
    let mut text = String::new();
    let regime = dice.pick(&["serial", "parallel"]);
    let _ = writeln!(text, "[scenario]\nregime = \"{regime}\"");
    if oddity == Oddity::DataAhead {
        let _ = writeln!(text, "cooperation = \"agreed\"");
    }
    let (horizon, warm_up) = (dice.pick(&[3, 4, 6]), dice.pick(&[0, 1]));
    let _ = writeln!(
        text,
        "\n[experiment]\nstart = \"2024-03-30\"\nhorizon = \"{horizon} d\"\nwarm_up = \"{warm_up} d\"\nmax_drain = \"20 d\"\n\
         replications = 1"
    );
    let _ = writeln!(
        text,
        "\n[agencies]\ncustoms = {{}}\nquarantine = {{}}\npolice = {{}}\n\n[commodities]\ngeneral = {{}}\nfruit = {{ perishable = true }}"
    );
    // Moscow does not change its clocks, Almaty moved to another offset on 2024-03-01.
    let _ = writeln!(
        text,
        "\n[calendars.day]\nshifts = [{{ hours = \"06:00-14:00\" }}, {{ hours = \"14:00-22:00\", staff = 0.5 }}]\n\n\
         [calendars.week]\nshifts = [{{ days = \"mon-fri\", hours = \"00:00-24:00\" }}, {{ days = \"sat,sun\", hours = \"08:00-20:00\" }}]\n\n\
         [calendars.night]\nshifts = [{{ hours = \"20:00-10:00\" }}]"
    );
    if oddity == Oddity::DataAhead {
        let _ = writeln!(
            text,
            "\n[cooperation]\ndata_delay = \"15 min\"\nsent_at = {{ road = \"origin_departure\" }}\n\n[cooperation.sets]\n\
             agreed = [{{ between = [\"KZ\", \"RU\"], information = 0.7, recognition = 0.5 }}]"
        );
    }
    text
}

fn links(
    dice: &mut Dice,
    text: &mut String,
    sites: usize,
    branch: bool,
    ties: bool,
    (oddity, odd): (Oddity, usize),
) {
    let _ = writeln!(text, "\n[links]");
    let mut link = |name: String, from: String, to: String, timetable: bool, dice: &mut Dice| {
        let transit = match ties {
            true => dice
                .pick(&["\"10 min\"", "\"30 min\"", "\"1 h\""])
                .to_owned(),
            false => match dice.below(3) {
                0 => lognormal(dice.pick(&["20 min", "2 h"]), 0.5),
                1 => exponential("40 min"),
                _ => "\"25 min\"".to_owned(),
            },
        };
        let table = Table::new()
            .with("between", format!("[\"{from}\", \"{to}\"]"))
            .text("mode", "road")
            .text("distance", "50 km")
            .with("transit", transit)
            .when(
                !ties,
                "minimum",
                dice.pick(&["\"1 s\"", "\"1 min\"", "\"5 min\""]),
            )
            .when(
                timetable,
                "timetable",
                "{ departures = \"48/day\", capacity = 8 }",
            );
        let _ = writeln!(text, "{name} = {}", table.inline());
    };
    for s in 1..sites {
        let timetable = oddity == Oddity::Timetable && (s == odd || s == odd + 1);
        link(
            format!("way-{s}"),
            format!("site-{}", s - 1),
            format!("site-{s}"),
            timetable,
            dice,
        );
    }
    if branch {
        link("side".into(), "branch".into(), "site-1".into(), false, dice);
    }
}

/// Writes the flows; consignments a day that pass each site.
fn flows(dice: &mut Dice, text: &mut String, sites: usize, branch: bool, ties: bool) -> Vec<u32> {
    let _ = writeln!(text, "\n[flows]");
    let mut busy = vec![0; sites];
    let mut flow = |name: &str, from: (&str, usize), to: usize, dice: &mut Dice| {
        let volume = match ties {
            true => dice.pick(&[48, 72, 144]),
            false => dice.pick(&[60, 90, 130]),
        };
        let (low, high) = (from.1.min(to), from.1.max(to));
        for site in &mut busy[low..=high] {
            *site += volume;
        }
        let profile = dice.often(2);
        let table = Table::new()
            .text("from", from.0)
            .text("to", format!("site-{to}"))
            .text("volume", format!("{volume} trucks/day"))
            .when(ties || dice.often(3), "arrivals", "\"regular\"")
            .when(dice.often(3), "group", dice.pick(&[2, 3]))
            .when(profile, "weekdays", "[1, 1, 1.2, 1, 1, 0.8, 0.5]")
            .when(dice.often(2), "growth", 0.5)
            .when(dice.often(4), "aeo_share", 0.3)
            .when(dice.often(2), "containers", 2)
            .with("commodities", "{ general = 0.8, fruit = 0.2 }");
        let _ = writeln!(text, "{name} = {}", table.inline());
    };
    let last = sites - 1;
    flow("out", ("site-0", 0), last, dice);
    if dice.often(6) {
        let name = format!("site-{last}");
        flow("back", (&name, last), 0, dice);
    }
    if dice.often(4) {
        flow("short", ("site-1", 1), last, dice);
    }
    if branch {
        flow("side", ("branch", 1), last, dice);
    }
    busy
}

/// The one procedure of a site, for `volume` consignments a day.
fn procedure(
    dice: &mut Dice,
    text: &mut String,
    site: usize,
    volume: u32,
    ties: bool,
    oddity: Oddity,
) {
    let joint = oddity == Oddity::Joint;
    let steps = if joint { 4 } else { 1 + dice.below(5) };
    let custom = !joint && steps > 1 && dice.often(3);
    let _ = writeln!(text, "\n[procedures.work-{site}]");
    if custom {
        let _ = writeln!(text, "regime = \"custom\"");
    } else if joint {
        let _ = writeln!(text, "regime = \"joint\"");
    } else if dice.often(5) {
        let _ = writeln!(text, "regime = \"{}\"", dice.pick(&["serial", "parallel"]));
    }
    let _ = writeln!(text, "channels = {{ yellow = 0.2, red = 0.3 }}\nsteps = [");
    let mut names: Vec<String> = Vec::new();
    let mut ordered = false;
    for n in 0..steps {
        let agency = dice.pick(&["customs", "quarantine", "police"]);
        let name = format!("step-{n}");
        let kind = match (joint, n) {
            (true, 0) => "documents",
            // Two agencies at least, which examine together.
            (true, _) => "physical",
            _ => dice.pick(&["documents", "documents", "documents", "scan", "handling"]),
        };
        let agency = match (joint, n) {
            (true, 1) => "customs",
            (true, 2) => "quarantine",
            _ => agency,
        };
        let table = Table::new()
            .text("name", &name)
            .text("agency", agency)
            .text("kind", kind);
        let table = service(dice, table, volume, ties, (oddity, n == 0));
        let table = special(dice, table, kind, n, oddity);
        let table = match custom && n > 0 {
            true => {
                let mut chosen: Vec<&str> = names
                    .iter()
                    .map(String::as_str)
                    .filter(|_| dice.often(5))
                    .collect();
                // Some step must wait for another, or it is no order.
                if !ordered && n + 1 == steps {
                    chosen = vec!["step-0"];
                }
                ordered |= !chosen.is_empty();
                table.list("after", &chosen)
            }
            false => table,
        };
        let _ = writeln!(text, "    {},", table.inline());
        names.push(name);
    }
    if dice.often(3) {
        let pay = Table::new()
            .text("name", "duties")
            .text("agency", "trader")
            .text("kind", "pay")
            .with("service", if ties { "\"20 min\"" } else { "\"37 min\"" })
            .with("deferred_for_aeo", dice.often(5));
        let _ = writeln!(text, "    {},", pay.inline());
    }
    let _ = writeln!(text, "]");
}

/// Service, servers, hours and share of a step; the first of an odd site's is where its oddity is.
fn service(
    dice: &mut Dice,
    table: Table,
    volume: u32,
    ties: bool,
    (oddity, first): (Oddity, bool),
) -> Table {
    let minutes = dice.pick(&[10, 20, 30]);
    // Tight oddities must not be spoilt by an endless queue before them.
    let calm = oddity != Oddity::Nothing;
    let calendar = match calm || dice.often(6) {
        true => None,
        false => Some(dice.pick(&["day", "week", "night"])),
    };
    // Half the hours, so twice the servers; at a load of about 0.7, at times just above 1.
    let open = if calendar.is_some() { 0.5 } else { 1.0 };
    let load = if calm {
        0.7
    } else {
        dice.pick(&[0.5, 0.7, 0.85, 1.02])
    };
    let servers = f64::from(volume * minutes) / (24.0 * 60.0) / load / open;
    let servers = (servers.round() as u32).max(1);
    let mean = format!("{minutes} min");
    let law = match ties {
        true => format!("\"{mean}\""),
        false => match dice.below(5) {
            0 => format!("\"{mean}\""),
            1 => exponential(&mean),
            2 => lognormal(&mean, 1.0),
            3 => format!("{{ gamma = {{ mean = \"{mean}\", cv = 0.5 }} }}"),
            _ => format!(
                "{{ uniform = {{ low = \"1 min\", high = \"{} min\" }} }}",
                2 * minutes - 1
            ),
        },
    };
    let special = first && calm;
    table
        .with("service", law)
        .with("servers", servers)
        .when(
            calendar.is_some(),
            "calendar",
            format!("\"{}\"", calendar.unwrap_or("always")),
        )
        .when(!special && dice.often(2), "hand_over", "\"10 min\"")
        .when(
            !special && oddity != Oddity::Joint && dice.often(3),
            "share",
            dice.pick(&[
                "0.5",
                "{ yellow = 0.5, red = 1.0 }",
                "{ green = 0.3, yellow = 0.6, red = 0.9 }",
            ]),
        )
}

/// What makes a site odd.
fn special(dice: &mut Dice, table: Table, kind: &str, n: usize, oddity: Oddity) -> Table {
    let first = n == 0;
    match oddity {
        Oddity::Joint if kind == "physical" => table.with("setup", "\"5 min\""),
        Oddity::Preemption if first => table
            .text("discipline", "priority")
            .with("priority", "[\"perishable\"]")
            .text("preemption", dice.pick(&["resume", "restart", "resample"])),
        Oddity::Machines if first => table.with(
            "machines",
            "{ mtbf = { exponential = { mean = \"8 h\" } }, mttr = { exponential = { mean = \"1 h\" } } }",
        ),
        Oddity::Papers if kind == "documents" => table.with(
            "rejected",
            "{ share = 0.2, relodge = { exponential = { mean = \"2 h\" } } }",
        ),
        Oddity::DataAhead if kind == "documents" => table.with("pre_arrival", true),
        _ => table,
    }
}
