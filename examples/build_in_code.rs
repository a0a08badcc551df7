//! Builds a scenario in code instead of a file: one border side where customs and quarantine each check documents
//! and examine one truck in eight, under the serial and under the parallel regime.
//!
//! `cargo run --release --example build_in_code`

use std::collections::BTreeMap;

use corridor::experiment::{self, Measure, RunOptions};
use corridor::random::LawSpec;
use corridor::report::finding;
use corridor::scenario::{
    Agency, ArrivalPattern, Arrivals, Calendar, Closures, Commodity, Cooperation, Desk, Drivers,
    Experiment, Flow, Link, Papers, Procedure, ProcedureUse, RouteChoice, RouteCost, RouteShares,
    Scenario, Servers, Site, Step, Study, Variant, Work,
};
use corridor::terms::{
    ActorKind, AgencyId, CalendarId, ChannelShares, CommodityId, Country, Discipline, Mode,
    OfficersHeld, ProcedureId, Regime, Role, SiteId, SiteKind, StepKind, Tier, Unit,
};
use corridor::time::{MS_PER_MINUTE, Span};

// Names are positions: a model type refers to the third site as `SiteId(2)`.
const DEPOT: SiteId = SiteId(0);
const BORDER: SiteId = SiteId(1);
const MARKET: SiteId = SiteId(2);
const CUSTOMS: AgencyId = AgencyId(0);
const QUARANTINE: AgencyId = AgencyId(1);
const ALWAYS: CalendarId = CalendarId(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let study = study()?;
    // What a file is checked for when it is loaded, a scenario built in code asks for itself.
    study.validate().map_err(|mistakes| mistakes.join("\n"))?;
    let mut results = experiment::run(&study, &RunOptions::default(), &|_, _| {})?;
    results.finding = finding(&results);
    for row in &results.comparisons {
        if row.measure == Measure::AllSides {
            println!(
                "{} instead of serial: {:+.2} ± {:.2} h ({:+.1} %)",
                row.variant,
                row.difference_h.mean,
                row.difference_h.half_width,
                row.difference_percent.mean
            );
        }
    }
    println!("{}", results.finding);
    Ok(())
}

/// Two variants of one scenario, ten replications of thirty measured days; the first variant is the base.
fn study() -> Result<Study, Box<dyn std::error::Error>> {
    let variant = |regime: Regime| -> Result<Variant, Box<dyn std::error::Error>> {
        Ok(Variant {
            name: regime.to_string(),
            regime: Some(regime),
            cooperation: None,
            reforms: Vec::new(),
            cost: None,
            scenario: scenario(regime)?,
        })
    };
    Ok(Study {
        name: "built-in-code".into(),
        title: "One border side".into(),
        question: "How many hours does a single window save?".into(),
        sources: Vec::new(),
        experiment: Experiment {
            start: "2024-01-01T00:00:00Z".parse()?,
            warm_up: Span::from_hours(5.0 * 24.0),
            steady: false,
            horizon: Span::from_hours(35.0 * 24.0),
            max_drain: Span::from_hours(30.0 * 24.0),
            replications: 10,
            seed: 1,
            route_shares: RouteShares::Base,
        },
        variants: vec![variant(Regime::Serial)?, variant(Regime::Parallel)?],
        values: Vec::new(),
        benchmarks: Vec::new(),
        interventions: Vec::new(),
    })
}

fn scenario(regime: Regime) -> Result<Scenario, Box<dyn std::error::Error>> {
    let china = Country::new("CN").ok_or("two capitals")?;
    let kazakhstan = Country::new("KZ").ok_or("two capitals")?;
    let border = Site {
        kind: SiteKind::Border,
        regime,
        procedures: vec![ProcedureUse {
            role: Role::Entry,
            commodity: None,
            procedure: ProcedureId(0),
        }],
        desks: vec![
            desk(CUSTOMS, "documents", 3),
            desk(QUARANTINE, "documents", 3),
            desk(CUSTOMS, "examination", 2),
            desk(QUARANTINE, "examination", 2),
        ],
        ..place("border", kazakhstan)
    };
    Ok(Scenario {
        agencies: vec![agency("customs"), agency("quarantine")],
        calendars: vec![Calendar {
            name: "always".into(),
            always: true,
            shifts: Vec::new(),
            holidays: Vec::new(),
        }],
        commodities: vec![Commodity {
            perishes_after: None,
            name: "general".into(),
            value_per_teu: 0.0,
            perishable: false,
        }],
        sites: vec![place("depot", china), border, place("market", kazakhstan)],
        links: vec![link("in", DEPOT, BORDER), link("on", BORDER, MARKET)],
        procedures: vec![Procedure {
            name: "enter".into(),
            regime: None,
            // Serial does the steps in this order; parallel does both documents at once.
            steps: vec![
                step("customs-documents", CUSTOMS, StepKind::Documents),
                step("quarantine-documents", QUARANTINE, StepKind::Documents),
                step("customs-exam", CUSTOMS, StepKind::Physical),
                step("quarantine-exam", QUARANTINE, StepKind::Physical),
            ],
            channels: ChannelShares {
                green: 0.875,
                yellow: 0.0,
                red: 0.125,
                blue: 0.0,
            },
            overlap: 0.45,
            aeo_factor: 0.5,
            officers_held: OfficersHeld::Longest,
            correlation: 0.0,
        }],
        services: Vec::new(),
        flows: vec![Flow {
            drivers: Drivers::default(),
            name: "trucks".into(),
            from: DEPOT,
            to: MARKET,
            per_day: 90.0,
            // The greatest rate in any variant: arrivals are drawn under it, the same in each.
            envelope_per_day: 90.0,
            arrivals: Arrivals::Poisson,
            group: 1,
            hours: None,
            pattern: ArrivalPattern::default(),
            trader: china,
            aeo_share: 0.0,
            commodities: vec![(CommodityId(0), 1.0)],
            teu: 2.0,
            tonnes: 20.0,
            containers: 1,
            service: None,
            routes: RouteChoice {
                by: RouteCost::Time,
                alternatives: 1,
                logit_scale: 0.1,
                via: Vec::new(),
                modes: Vec::new(),
            },
            direction: None,
        }],
        cooperation: Cooperation {
            agreements: Vec::new(),
            data_delay: Span::from_hours(1.0),
            sent_at: BTreeMap::new(),
        },
        reforms: Vec::new(),
        posts: Vec::new(),
        backlog: Vec::new(),
        tokens: Vec::new(),
        vehicles: Vec::new(),
        shocks: Vec::new(),
    })
}

fn agency(name: &str) -> Agency {
    Agency {
        name: name.into(),
        title: name.into(),
        kind: ActorKind::Authority,
    }
}

/// A place without controls.
fn place(name: &str, country: Country) -> Site {
    Site {
        name: name.into(),
        title: name.into(),
        country,
        kind: SiteKind::Hub,
        tier: Tier::Inland,
        locode: None,
        position: None,
        time_zone: "UTC".into(),
        procedures: Vec::new(),
        regime: Regime::Serial,
        desks: Vec::new(),
        expected_delay: Span::ZERO,
        fee: 0.0,
        unofficial_share: 0.0,
        yard: None,
        closures: Closures::default(),
        entry: None,
    }
}

fn desk(agency: AgencyId, name: &str, officers: u32) -> Desk {
    Desk {
        agency,
        name: name.into(),
        servers: Servers::Count(officers),
        calendar: ALWAYS,
        discipline: Discipline::Fifo,
        work: Work::default(),
        sickness: 0.0,
    }
}

fn link(name: &str, from: SiteId, to: SiteId) -> Link {
    Link {
        name: name.into(),
        from,
        to,
        mode: Mode::Road,
        distance_km: 200.0,
        transit: lognormal(240.0, 0.2),
        minimum: Span::from_hours(1.0),
        timetable: None,
        cost_per_teu: 150.0,
        co2e_kg_per_teu_km: None,
        closures: Closures::default(),
    }
}

/// Documents take half an hour and every truck has them checked; an examination takes an hour, and forty minutes
/// of setup before, and meets the red channel only.
fn step(name: &str, agency: AgencyId, kind: StepKind) -> Step {
    let physical = kind == StepKind::Physical;
    Step {
        name: name.into(),
        title: name.into(),
        agency,
        kind,
        service: lognormal(if physical { 60.0 } else { 30.0 }, 1.0),
        setup: physical.then(|| lognormal(40.0, 0.5)),
        shares: if physical {
            ChannelShares {
                green: 0.0,
                yellow: 0.0,
                red: 1.0,
                blue: 0.0,
            }
        } else {
            ChannelShares::all(1.0)
        },
        unit: Unit::Batch,
        desk: if physical { "examination" } else { "documents" }.into(),
        pre_arrival: false,
        recognisable: Vec::new(),
        audit_share: 0.1,
        assisted_share: None,
        assisted_service: None,
        apart: false,
        deferred_for_aeo: false,
        hand_over: Span::ZERO,
        after: Vec::new(),
        fee: 0.0,
        takes: Vec::new(),
        gives: Vec::new(),
        prevalence_detection: None,
        papers: Papers::default(),
    }
}

/// Laws of the model are in milliseconds.
fn lognormal(mean_minutes: f64, cv: f64) -> LawSpec {
    LawSpec::LogNormal {
        mean: mean_minutes * MS_PER_MINUTE as f64,
        cv,
    }
}
