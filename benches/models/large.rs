//! Large networks built in code: sites like those of M2 (`m2-serial.toml`), as many as wanted, in chains of three or
//! on a ring that is travelled both ways.
//!
//! Shared by the benches that need networks of any size, by `#[path]`.

use std::collections::BTreeMap;

use corridor::random::LawSpec;
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

/// How sites are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Chains of three, each with one flow from its first site to its last: M2, as often as there are threes.
    Chains,
    /// One ring with links both ways. Flows pass five sites, one clockwise and one anticlockwise through each site,
    /// the latter begun two sites further on, so that all sites hang together.
    Ring,
}

/// A large network.
#[derive(Clone, Copy, Debug)]
pub struct Large {
    /// How sites are joined.
    pub layout: Layout,
    /// How many; chains need a multiple of three, and take the next one, a ring the next multiple of five.
    pub sites: usize,
    /// Agencies at each site, each with one desk and one step.
    pub agencies: usize,
    /// Servers of each desk. Arrivals are scaled with it, so that the load stays.
    pub servers: u32,
    /// Serial, or parallel.
    pub regime: Regime,
    /// The share of servers' time that is work; 0.8 in M2.
    pub load: f64,
    /// Mean transit time, minutes; 10 in M2.
    pub transit_min: f64,
    /// Least transit time, the lookahead.
    pub minimum: Span,
    /// Before this nothing is measured, minutes.
    pub warm_up_min: f64,
    /// Until when arrivals are measured, warm-up included, minutes.
    pub horizon_min: f64,
}

impl Large {
    /// M2 serial, `sites` of it.
    pub const fn m2(sites: usize) -> Self {
        Large {
            layout: Layout::Chains,
            sites,
            agencies: 4,
            servers: 2,
            regime: Regime::Serial,
            load: 0.8,
            transit_min: 10.0,
            minimum: Span::from_ms(1000),
            warm_up_min: 20.0,
            horizon_min: 140.0,
        }
    }

    /// Sites that a consignment passes.
    pub fn stops(&self) -> usize {
        match self.layout {
            Layout::Chains => 3,
            Layout::Ring => 5,
        }
    }

    /// The number of sites that there really are.
    pub fn whole(&self) -> usize {
        self.sites.div_ceil(self.stops()) * self.stops()
    }

    /// Flows.
    pub fn flows(&self) -> usize {
        let ways = match self.layout {
            Layout::Chains => 1,
            Layout::Ring => 2,
        };
        self.whole() / self.stops() * ways
    }

    /// Logical events of one consignment: it comes, its steps end, it comes to the next sites. 15 in M2.
    pub fn events_of_one(&self) -> u64 {
        (self.stops() * (self.agencies + 1)) as u64
    }

    /// Consignments of one flow that come in a minute.
    pub fn per_minute(&self) -> f64 {
        let flows_through_a_site = self.flows() * self.stops() / self.whole();
        self.load * f64::from(self.servers) / MEAN_SERVICE_MIN / flows_through_a_site as f64
    }

    /// Logical events until the horizon, roughly.
    pub fn events(&self) -> f64 {
        self.per_minute() * self.horizon_min * self.flows() as f64 * self.events_of_one() as f64
    }

    /// The same network with the horizon that gives about so many logical events after the warm-up.
    pub fn for_events(self, events: f64) -> Self {
        let a_minute = self.per_minute() * self.flows() as f64 * self.events_of_one() as f64;
        Large {
            horizon_min: self.warm_up_min + events / a_minute,
            ..self
        }
    }

    /// The study: one variant, one replication.
    pub fn study(&self) -> Study {
        let scenario = self.scenario();
        Study {
            name: "large".into(),
            title: "A large network".into(),
            question: "What does its size cost?".into(),
            sources: Vec::new(),
            experiment: Experiment {
                start: "2024-01-01T00:00:00Z".parse().expect("that is a timestamp"),
                warm_up: minutes(self.warm_up_min),
                steady: false,
                horizon: minutes(self.horizon_min),
                max_drain: Span::from_hours(20.0 * 24.0),
                replications: 1,
                seed: 1,
                route_shares: RouteShares::Base,
            },
            variants: vec![Variant {
                name: "only".into(),
                regime: None,
                cooperation: None,
                reforms: Vec::new(),
                cost: None,
                scenario,
            }],
            values: Vec::new(),
            benchmarks: Vec::new(),
            interventions: Vec::new(),
        }
    }

    fn scenario(&self) -> Scenario {
        let country = Country::new("KZ").expect("two capitals");
        let sites = self.whole();
        let (mut links, mut flows) = (Vec::new(), Vec::new());
        match self.layout {
            Layout::Chains => {
                for first in (0..sites).step_by(3) {
                    links.extend([self.link(first, first + 1), self.link(first + 1, first + 2)]);
                    flows.push(self.flow(country, first, first + 2));
                }
            }
            Layout::Ring => {
                for site in 0..sites {
                    let next = (site + 1) % sites;
                    links.extend([self.link(site, next), self.link(next, site)]);
                }
                for first in (0..sites).step_by(5) {
                    flows.push(self.flow(country, first, first + 4));
                    let back = |site: usize| (site + 2) % sites;
                    flows.push(self.flow(country, back(first + 4), back(first)));
                }
            }
        }
        Scenario {
            agencies: (0..self.agencies).map(agency).collect(),
            calendars: vec![Calendar {
                name: "always".into(),
                always: true,
                shifts: Vec::new(),
                holidays: Vec::new(),
            }],
            commodities: vec![Commodity {
                name: "general".into(),
                value_per_teu: 0.0,
                perishable: false,
                perishes_after: None,
            }],
            sites: (0..sites).map(|site| self.site(country, site)).collect(),
            links,
            procedures: vec![self.procedure()],
            services: Vec::new(),
            flows,
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
        }
    }

    fn site(&self, country: Country, number: usize) -> Site {
        let uses = |role| ProcedureUse {
            role,
            commodity: None,
            procedure: ProcedureId(0),
        };
        let desk = |agency: usize| Desk {
            agency: AgencyId::from(agency),
            name: "desk".into(),
            servers: Servers::Count(self.servers),
            calendar: CalendarId(0),
            discipline: Discipline::Fifo,
            work: Work::default(),
            sickness: 0.0,
        };
        let name = format!("site-{number}");
        Site {
            title: name.clone(),
            name,
            country,
            kind: SiteKind::Terminal,
            tier: Tier::Inland,
            locode: None,
            position: None,
            time_zone: "UTC".into(),
            procedures: [Role::Origin, Role::Transit, Role::Destination]
                .map(uses)
                .into(),
            regime: self.regime,
            desks: (0..self.agencies).map(desk).collect(),
            expected_delay: Span::ZERO,
            fee: 0.0,
            unofficial_share: 0.0,
            yard: None,
            closures: Closures::default(),
            entry: None,
        }
    }

    fn link(&self, from: usize, to: usize) -> Link {
        Link {
            name: format!("{from}>{to}"),
            from: SiteId::from(from),
            to: SiteId::from(to),
            mode: Mode::Road,
            distance_km: 50.0,
            transit: LawSpec::LogNormal {
                mean: self.transit_min * MS_PER_MINUTE as f64,
                cv: CV,
            },
            minimum: self.minimum,
            timetable: None,
            cost_per_teu: 0.0,
            co2e_kg_per_teu_km: None,
            closures: Closures::default(),
        }
    }

    fn flow(&self, country: Country, from: usize, to: usize) -> Flow {
        let per_day = self.per_minute() * 24.0 * 60.0;
        Flow {
            name: format!("flow-{from}-{to}"),
            from: SiteId::from(from),
            to: SiteId::from(to),
            per_day,
            envelope_per_day: per_day,
            arrivals: Arrivals::Poisson,
            group: 1,
            hours: None,
            pattern: ArrivalPattern::default(),
            trader: country,
            aeo_share: 0.0,
            commodities: vec![(CommodityId(0), 1.0)],
            teu: 1.0,
            tonnes: 10.0,
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
            drivers: Drivers::default(),
        }
    }

    fn procedure(&self) -> Procedure {
        Procedure {
            name: "control".into(),
            regime: None,
            steps: (0..self.agencies).map(step).collect(),
            channels: ChannelShares {
                green: 1.0,
                yellow: 0.0,
                red: 0.0,
                blue: 0.0,
            },
            overlap: 0.0,
            aeo_factor: 1.0,
            officers_held: OfficersHeld::Longest,
            correlation: 0.0,
        }
    }
}

/// Mean service time of M2.
const MEAN_SERVICE_MIN: f64 = 1.6;
/// The coefficient of variation of a lognormal law whose logarithm has the standard deviation 0.5.
const CV: f64 = 0.532_94;

fn minutes(minutes: f64) -> Span {
    Span::from_ms_f64(minutes * MS_PER_MINUTE as f64)
}

fn agency(number: usize) -> Agency {
    let name = format!("agency-{number}");
    Agency {
        title: name.clone(),
        name,
        kind: ActorKind::Authority,
    }
}

/// Two lognormal steps, then two exponential ones, and so on.
fn step(number: usize) -> Step {
    let mean = MEAN_SERVICE_MIN * MS_PER_MINUTE as f64;
    let name = format!("documents-{number}");
    Step {
        title: name.clone(),
        name,
        agency: AgencyId::from(number),
        kind: StepKind::Documents,
        service: if number % 4 < 2 {
            LawSpec::LogNormal { mean, cv: CV }
        } else {
            LawSpec::Exponential { mean }
        },
        setup: None,
        shares: ChannelShares::all(1.0),
        unit: Unit::Consignment,
        desk: "desk".into(),
        pre_arrival: false,
        recognisable: Vec::new(),
        audit_share: 0.0,
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
