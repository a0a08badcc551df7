//! M1 and M2 in nexosim, on one thread: `corridor-peer-nexosim MODEL CONSIGNMENTS SEED` prints one line of figures.
//!
//! Each station, road and junction is a model; consignments travel between their ports by value, and each model schedules
//! its own events, as in nexosim's documentation and examples. Times are minutes in the laws.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use nexosim::Message;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{Output, QuerySource};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand_distr::{Distribution, Exp, LogNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

/// Consignments that enter before this are not measured.
const WARM_UP: Duration = Duration::from_secs(24 * 3600);
const START: MonotonicTime = MonotonicTime::EPOCH;

/// A consignment on its way.
#[derive(Clone, Copy, Message, Serialize, Deserialize)]
struct Consignment {
    number: u64,
    entered: MonotonicTime,
    arrived: MonotonicTime,
    /// Time at sites so far.
    stayed: Duration,
}

/// A law of durations, in minutes.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Law {
    Exponential(Exp<f64>),
    LogNormal(LogNormal<f64>),
}

impl Law {
    fn exponential(mean: f64) -> Law {
        Law::Exponential(Exp::new(1.0 / mean).unwrap())
    }

    /// By its mean; the log-SD is 0.5.
    fn lognormal(mean: f64) -> Law {
        Law::LogNormal(LogNormal::new(mean.ln() - 0.125, 0.5).unwrap())
    }

    fn sample(&self, rng: &mut Xoshiro256PlusPlus) -> Duration {
        let minutes = match self {
            Law::Exponential(law) => law.sample(rng),
            Law::LogNormal(law) => law.sample(rng),
        };
        // nexosim accepts only deadlines after now.
        Duration::from_secs_f64(60.0 * minutes).max(Duration::from_nanos(1))
    }
}

/// A law with the generator that it draws from.
#[derive(Serialize, Deserialize)]
struct Draws {
    law: Law,
    rng: Xoshiro256PlusPlus,
}

impl Draws {
    fn next(&mut self) -> Duration {
        self.law.sample(&mut self.rng)
    }
}

/// Where consignments come from.
#[derive(Serialize, Deserialize)]
struct Source {
    entered: Output<Consignment>,
    interval: Draws,
    next: u64,
    until: u64,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.schedule_next(cx);
    }

    fn schedule_next(&mut self, cx: &Context<Self>) {
        cx.schedule_event(self.interval.next(), schedulable!(Self::enter), ())
            .unwrap();
    }

    #[nexosim(schedulable)]
    async fn enter(&mut self, _: (), cx: &Context<Self>) {
        let consignment = Consignment {
            number: self.next,
            entered: cx.time(),
            arrived: cx.time(),
            stayed: Duration::ZERO,
        };
        self.next += 1;
        if self.next < self.until {
            self.schedule_next(cx);
        }
        self.entered.send(consignment).await;
    }
}

/// A queue and its servers.
#[derive(Serialize, Deserialize)]
struct Station {
    served: Output<Consignment>,
    service: Draws,
    free: u32,
    queue: VecDeque<Consignment>,
}

#[Model]
impl Station {
    fn new(servers: u32, service: Draws) -> Self {
        Station {
            served: Output::default(),
            service,
            free: servers,
            queue: VecDeque::new(),
        }
    }

    fn start(&mut self, consignment: Consignment, cx: &Context<Self>) {
        cx.schedule_event(self.service.next(), schedulable!(Self::finish), consignment)
            .unwrap();
    }

    async fn join(&mut self, consignment: Consignment, cx: &Context<Self>) {
        if self.free > 0 {
            self.free -= 1;
            self.start(consignment, cx);
        } else {
            self.queue.push_back(consignment);
        }
    }

    #[nexosim(schedulable)]
    async fn finish(&mut self, consignment: Consignment, cx: &Context<Self>) {
        match self.queue.pop_front() {
            Some(next) => self.start(next, cx),
            None => self.free += 1,
        }
        self.served.send(consignment).await;
    }
}

/// Where a consignment waits until all stations of a site have served it.
#[derive(Serialize, Deserialize)]
struct Junction {
    released: Output<Consignment>,
    stations: u32,
    served: HashMap<u64, u32>,
}

#[Model]
impl Junction {
    async fn served(&mut self, consignment: Consignment) {
        let served = self.served.entry(consignment.number).or_insert(0);
        *served += 1;
        if *served == self.stations {
            self.served.remove(&consignment.number);
            self.released.send(consignment).await;
        }
    }
}

/// A road without capacity limit.
#[derive(Serialize, Deserialize)]
struct Road {
    arrived: Output<Consignment>,
    transit: Draws,
}

#[Model]
impl Road {
    async fn depart(&mut self, mut consignment: Consignment, cx: &Context<Self>) {
        consignment.stayed += cx.time().duration_since(consignment.arrived);
        cx.schedule_event(self.transit.next(), schedulable!(Self::arrive), consignment)
            .unwrap();
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, mut consignment: Consignment, cx: &Context<Self>) {
        consignment.arrived = cx.time();
        self.arrived.send(consignment).await;
    }
}

/// Where consignments leave, and are measured.
#[derive(Default, Serialize, Deserialize)]
struct Exit {
    left: u64,
    measured: u64,
    stays_s: f64,
    journeys_s: f64,
}

/// Mean minutes.
#[derive(Clone, Copy, Message, Serialize, Deserialize)]
struct Means {
    left: u64,
    stay: f64,
    journey: f64,
}

#[Model]
impl Exit {
    async fn leave(&mut self, consignment: Consignment, cx: &Context<Self>) {
        self.left += 1;
        if consignment.entered >= START + WARM_UP {
            let stayed = consignment.stayed + cx.time().duration_since(consignment.arrived);
            self.measured += 1;
            self.stays_s += stayed.as_secs_f64();
            self.journeys_s += cx.time().duration_since(consignment.entered).as_secs_f64();
        }
    }

    async fn means(&mut self) -> Means {
        let minutes = |sum_s: f64| sum_s / self.measured as f64 / 60.0;
        Means {
            left: self.left,
            stay: minutes(self.stays_s),
            journey: minutes(self.journeys_s),
        }
    }
}

/// Independent generators, one for each law that is drawn from.
struct Generators(Xoshiro256PlusPlus);

impl Generators {
    fn draws(&mut self, law: Law) -> Draws {
        self.0.jump();
        Draws {
            law,
            rng: self.0.clone(),
        }
    }
}

/// Seconds that this thread has been on a processor, from the kernel's account, so that other programs cost nothing; 0
/// where there is none.
fn cpu_seconds() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = account.split_whitespace().next();
    ns.and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().collect();
    let [_, model, consignments, seed] = &words[..] else {
        return Err("arguments: m1|m2-serial|m2-parallel CONSIGNMENTS SEED".into());
    };
    let consignments: u64 = consignments.parse()?;
    let mut generators = Generators(Xoshiro256PlusPlus::seed_from_u64(seed.parse()?));

    let (sites, agencies, servers, interval) = match model.as_str() {
        "m1" => (1, vec![Law::exponential(1.0)], 4, 1.0 / 3.6),
        "m2-serial" | "m2-parallel" => {
            let (lognormal, exponential) = (Law::lognormal(1.6), Law::exponential(1.6));
            (
                3,
                vec![lognormal, lognormal, exponential, exponential],
                2,
                1.0,
            )
        }
        other => return Err(format!("there is no model `{other}`").into()),
    };
    let parallel = model == "m2-parallel";

    let mut source = Source {
        entered: Output::default(),
        interval: generators.draws(Law::exponential(interval)),
        next: 0,
        until: consignments,
    };
    let mut stations: Vec<Vec<Station>> = Vec::new();
    for _ in 0..sites {
        let site = agencies.iter();
        stations.push(
            site.map(|law| Station::new(servers, generators.draws(*law)))
                .collect(),
        );
    }
    let road = |_| Road {
        arrived: Output::default(),
        transit: generators.draws(Law::lognormal(10.0)),
    };
    let mut roads: Vec<Road> = (1..sites).map(road).collect();
    let junction = |_| Junction {
        released: Output::default(),
        stations: agencies.len() as u32,
        served: HashMap::new(),
    };
    let mut junctions: Vec<Junction> = (0..if parallel { sites } else { 0 })
        .map(junction)
        .collect();

    let station_boxes: Vec<Vec<Mailbox<Station>>> = stations
        .iter()
        .map(|site| site.iter().map(|_| Mailbox::new()).collect())
        .collect();
    let road_boxes: Vec<Mailbox<Road>> = roads.iter().map(|_| Mailbox::new()).collect();
    let junction_boxes: Vec<Mailbox<Junction>> = junctions.iter().map(|_| Mailbox::new()).collect();
    let exit_box: Mailbox<Exit> = Mailbox::new();

    for site in 0..sites {
        let boxes = &station_boxes[site];
        // In: to all stations at once, or to the first.
        let entrance = match site {
            0 => &mut source.entered,
            _ => &mut roads[site - 1].arrived,
        };
        for station in &boxes[..if parallel { boxes.len() } else { 1 }] {
            entrance.connect(Station::join, station);
        }
        // Through: to the junction, or from each station to the next.
        for k in 0..boxes.len() {
            let served = &mut stations[site][k].served;
            if parallel {
                served.connect(Junction::served, &junction_boxes[site]);
            } else if k + 1 < boxes.len() {
                served.connect(Station::join, &boxes[k + 1]);
            }
        }
        // Out: to the road, or out of the corridor.
        let out = match junctions.get_mut(site) {
            Some(junction) => &mut junction.released,
            None => &mut stations[site][boxes.len() - 1].served,
        };
        match road_boxes.get(site) {
            Some(road) => out.connect(Road::depart, road),
            None => out.connect(Exit::leave, &exit_box),
        }
    }

    let mut bench = SimInit::with_num_threads(1);
    let means = QuerySource::new()
        .connect(Exit::means, &exit_box)
        .register(&mut bench);
    bench = bench.add_model(source, Mailbox::new(), "source").add_model(
        Exit::default(),
        exit_box,
        "exit",
    );
    for (site, boxes) in stations.into_iter().zip(station_boxes) {
        for (station, mailbox) in site.into_iter().zip(boxes) {
            bench = bench.add_model(station, mailbox, "station");
        }
    }
    for (road, mailbox) in roads.into_iter().zip(road_boxes) {
        bench = bench.add_model(road, mailbox, "road");
    }
    for (junction, mailbox) in junctions.into_iter().zip(junction_boxes) {
        bench = bench.add_model(junction, mailbox, "junction");
    }
    let mut simulation = bench.init(START)?;

    let (started, before) = (Instant::now(), cpu_seconds());
    simulation.run()?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - before);

    let replies = simulation.process_query(&means, ())?;
    if replies.left != consignments {
        return Err(format!("{} of {consignments} left", replies.left).into());
    }
    println!(
        "tool=nexosim model={model} consignments={consignments} seconds={seconds} cpu={cpu} stay={} journey={}",
        replies.stay, replies.journey
    );
    Ok(())
}
