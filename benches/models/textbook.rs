//! The textbook loop: M1 and M2 as one writes them by hand in an afternoon, with nothing that only these two models
//! would allow.
//!
//! One binary heap of events, a vector of consignments, a queue and a number of free servers a station, and one `match`.
//! Of corridor it uses time in whole milliseconds, the keyed draws with the laws, and the histogram; nothing of its
//! networks, kernels or observers. It draws under the keys that the scenarios lead to, so that its sums of times
//! must equal the simulator's to the millisecond: two programs that share no line of the model.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use corridor::random::{Law, LawSpec, Purpose, Stream};
use corridor::stats::{Histogram, Moments};

use super::{Model, Regime};

const MINUTE: f64 = 60_000.0;
const DAY: f64 = 24.0 * 60.0 * MINUTE;
/// Log-SD 0.5 as a coefficient of variation, as rounded in the scenarios.
const CV: f64 = 0.53294;

/// Time in milliseconds.
type Time = u64;

/// What happens; with the consignment's number in the heap, so that those of one instant come in the consignments'
/// order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A consignment enters the corridor.
    Enters,
    /// It comes to a site.
    Arrives { site: u32 },
    /// A station has served it.
    Served { station: u32 },
}

struct Consignment {
    entered: Time,
    arrived: Time,
    /// Stations of this site that have not served it yet.
    left: u32,
    measured: bool,
}

struct Station {
    free: u32,
    queue: VecDeque<u32>,
    law: Law,
    draws: Stream,
}

struct Link {
    law: Law,
    least: Time,
    draws: Stream,
}

/// Times that were observed.
#[derive(Default)]
pub struct Tally {
    /// Their sum and number.
    pub moments: Moments,
    /// Their distribution.
    pub histogram: Histogram,
}

impl Tally {
    fn record(&mut self, time: Time) {
        self.moments.record(time);
        self.histogram.record(time);
    }
}

/// What a run has seen.
#[derive(Default)]
pub struct Seen {
    /// By site: from arrival to departure, measured consignments.
    pub stays: Vec<Tally>,
    /// From entry to the last departure, measured consignments.
    pub journeys: Tally,
    /// Consignments that entered, measured or not.
    pub entered: u64,
    /// Events handled.
    pub events: u64,
}

/// The corridor and where everybody is in it.
struct Corridor {
    now: Time,
    events: BinaryHeap<Reverse<(Time, u32, Event)>>,
    consignments: Vec<Consignment>,
    /// By site, station after station.
    stations: Vec<Station>,
    stations_a_site: u32,
    regime: Regime,
    links: Vec<Link>,
    interval: Law,
    intervals: Stream,
    salt: u64,
}

/// A model's laws, compiled once, as a simulator compiles its scenario once.
pub struct Laws {
    model: Model,
    interval: Law,
    /// Of the stations of a site.
    services: Vec<Law>,
    transit: Law,
}

impl Laws {
    /// The laws of a model.
    pub fn of(model: Model) -> Laws {
        let exponential = |mean: f64| Law::compile(&LawSpec::Exponential { mean });
        let lognormal = |mean: f64| Law::compile(&LawSpec::LogNormal { mean, cv: CV });
        let services = match model {
            Model::M1 => vec![exponential(MINUTE)],
            Model::M2(_) => {
                let mean = 1.6 * MINUTE;
                let (even, wide) = (lognormal(mean), exponential(mean));
                vec![even.clone(), even, wide.clone(), wide]
            }
        };
        Laws {
            model,
            interval: exponential(DAY / model.per_day()),
            services,
            transit: lognormal(10.0 * MINUTE),
        }
    }
}

/// Runs a model until the last consignment that entered within [warm-up, horizon] has left.
pub fn run(laws: &Laws, seed: u64, replication: u32, warm_up: Time, horizon: Time) -> Seen {
    let mut corridor = Corridor::new(laws, seed, replication);
    let sites = corridor.stations.len() as u32 / corridor.stations_a_site;
    let mut seen = Seen::default();
    seen.stays.resize_with(sites as usize, Tally::default);
    let mut inside = 0;
    let first = corridor.interval(0);
    corridor.events.push(Reverse((first, 0, Event::Enters)));
    while let Some(Reverse((now, consignment, event))) = corridor.events.pop() {
        if now > horizon && inside == 0 {
            break;
        }
        corridor.now = now;
        seen.events += 1;
        match event {
            Event::Enters => {
                seen.entered += 1;
                let measured = warm_up <= now && now <= horizon;
                inside += u64::from(measured);
                corridor.consignments.push(Consignment {
                    entered: now,
                    arrived: now,
                    left: 0,
                    measured,
                });
                let next = consignment + 1;
                let at = now + corridor.interval(next);
                corridor.events.push(Reverse((at, next, Event::Enters)));
                corridor.arrives(consignment, 0);
            }
            Event::Arrives { site } => corridor.arrives(consignment, site),
            Event::Served { station } => {
                corridor.frees(station);
                let Some(site) = corridor.goes_on(consignment, station) else {
                    continue;
                };
                let one = &corridor.consignments[consignment as usize];
                if one.measured {
                    seen.stays[site as usize].record(now - one.arrived);
                }
                if site + 1 < sites {
                    corridor.departs(consignment, site);
                } else if one.measured {
                    seen.journeys.record(now - one.entered);
                    inside -= 1;
                }
            }
        }
    }
    seen
}

impl Corridor {
    fn new(laws: &Laws, seed: u64, replication: u32) -> Self {
        let stream = |site: &str, agency: &str, step: &str, purpose| {
            Stream::new(seed, replication, site, agency, step, purpose)
        };
        let station = |servers: u32, law: &Law, draws: Stream| Station {
            free: servers,
            queue: VecDeque::new(),
            law: law.clone(),
            draws,
        };
        let mut stations = Vec::new();
        let mut links = Vec::new();
        if laws.model == Model::M1 {
            let draws = stream("post", "customs", "documents", Purpose::Service);
            stations.push(station(4, &laws.services[0], draws));
        } else {
            for site in ["first", "second", "third"] {
                for (k, law) in laws.services.iter().enumerate() {
                    let agency = format!("agency-{}", k + 1);
                    let step = format!("documents-{}", k + 1);
                    let draws = stream(site, &agency, &step, Purpose::Service);
                    stations.push(station(2, law, draws));
                }
            }
            for link in ["one", "two"] {
                links.push(Link {
                    law: laws.transit.clone(),
                    least: 1_000,
                    draws: stream(link, "", "", Purpose::Transit),
                });
            }
        }
        Corridor {
            now: 0,
            events: BinaryHeap::new(),
            consignments: Vec::new(),
            stations,
            stations_a_site: laws.services.len() as u32,
            regime: match laws.model {
                Model::M1 => Regime::Serial,
                Model::M2(regime) => regime,
            },
            links,
            interval: laws.interval.clone(),
            intervals: stream("all", "", "", Purpose::Interarrival),
            salt: Stream::new(0, 0, "all", "", "", Purpose::Other(0)).bits(0, 0, 0),
        }
    }

    /// The time between a consignment and the one before it.
    fn interval(&self, consignment: u32) -> Time {
        let u = self.intervals.uniform(u64::from(consignment), 0, 0);
        (self.interval.quantile(u).round() as Time).max(1)
    }

    /// The key under which a consignment draws.
    fn key(&self, consignment: u32) -> u64 {
        self.salt.wrapping_add(u64::from(consignment))
    }

    fn arrives(&mut self, consignment: u32, site: u32) {
        let first = site * self.stations_a_site;
        let one = &mut self.consignments[consignment as usize];
        one.arrived = self.now;
        one.left = self.stations_a_site;
        match self.regime {
            Regime::Serial => self.joins(consignment, first),
            Regime::Parallel => {
                for station in first..first + self.stations_a_site {
                    self.joins(consignment, station);
                }
            }
        }
    }

    fn joins(&mut self, consignment: u32, station: u32) {
        let at = &mut self.stations[station as usize];
        if at.free > 0 {
            at.free -= 1;
            self.starts(consignment, station);
        } else {
            at.queue.push_back(consignment);
        }
    }

    fn starts(&mut self, consignment: u32, station: u32) {
        let at = &self.stations[station as usize];
        let u = at.draws.uniform(self.key(consignment), 0, 0);
        let service = (at.law.quantile(u).round() as Time).max(1);
        let event = Event::Served { station };
        self.events
            .push(Reverse((self.now + service, consignment, event)));
    }

    /// A server comes free, for the first in the queue.
    fn frees(&mut self, station: u32) {
        let at = &mut self.stations[station as usize];
        match at.queue.pop_front() {
            Some(next) => self.starts(next, station),
            None => at.free += 1,
        }
    }

    /// A consignment that was served goes to its next station; the site where that was the last.
    fn goes_on(&mut self, consignment: u32, station: u32) -> Option<u32> {
        let one = &mut self.consignments[consignment as usize];
        one.left -= 1;
        if one.left == 0 {
            return Some(station / self.stations_a_site);
        }
        if self.regime == Regime::Serial {
            self.joins(consignment, station + 1);
        }
        None
    }

    fn departs(&mut self, consignment: u32, site: u32) {
        let link = &self.links[site as usize];
        let u = link.draws.uniform(self.key(consignment), 0, 0);
        let transit = (link.law.quantile(u).round() as Time).max(link.least);
        let event = Event::Arrives { site: site + 1 };
        self.events
            .push(Reverse((self.now + transit, consignment, event)));
    }
}
