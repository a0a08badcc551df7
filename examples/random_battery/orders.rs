//! The orders in which a model draws, and some generators that are known to be bad.

use corridor::random::{KeyedRng, Purpose, Stream};
use rand::Rng;

/// Which key each number has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Consecutive consignments of a flow: the flow's salt plus the ordinal.
    Entities,
    /// Consecutive small numbers, as of candidates, machines, days and shocks.
    Counter,
    /// Every 4096th ordinal: the first members of bursts.
    Bursts,
    /// Sixteen flows in turn, one consignment of each.
    Flows,
    /// Consecutive visits of one consignment.
    Visits,
    /// Consecutive attempts of one draw: failures of a machine, members of a burst.
    Attempts,
    /// Four visits of four attempts of each consignment.
    Calls,
    /// All purposes of a step in turn, for one consignment after another.
    Purposes,
    /// What a consignment draws at a site: six purposes of each of sixteen steps of four agencies.
    Steps,
    /// One draw in each of consecutive replications.
    Replications,
    /// One draw under each of consecutive seeds.
    Seeds,
    /// One draw at each of consecutively numbered sites.
    Sites,
    /// 65,536 replications for one consignment after another.
    Transposed,
    /// The endless sequence of one key, behind the traits of `rand`.
    Sequence,
    /// Bad: the generator with one multiplication instead of two, over consecutive entities.
    ControlOneProduct,
    /// Bad: a linear congruential generator modulo 2^64.
    ControlLcg,
    /// Bad: xorshift64, linear over GF(2).
    ControlXorshift,
}

impl Order {
    /// All of them.
    pub const ALL: &[Order] = &[
        Order::Entities,
        Order::Counter,
        Order::Bursts,
        Order::Flows,
        Order::Visits,
        Order::Attempts,
        Order::Calls,
        Order::Purposes,
        Order::Steps,
        Order::Replications,
        Order::Seeds,
        Order::Sites,
        Order::Transposed,
        Order::Sequence,
        Order::ControlOneProduct,
        Order::ControlLcg,
        Order::ControlXorshift,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Order::Entities => "entities",
            Order::Counter => "counter",
            Order::Bursts => "bursts",
            Order::Flows => "flows",
            Order::Visits => "visits",
            Order::Attempts => "attempts",
            Order::Calls => "calls",
            Order::Purposes => "purposes",
            Order::Steps => "steps",
            Order::Replications => "replications",
            Order::Seeds => "seeds",
            Order::Sites => "sites",
            Order::Transposed => "transposed",
            Order::Sequence => "sequence",
            Order::ControlOneProduct => "control-one-product",
            Order::ControlLcg => "control-lcg",
            Order::ControlXorshift => "control-xorshift",
        }
    }

    /// The order of this name.
    pub fn named(name: &str) -> Option<Order> {
        Order::ALL.iter().copied().find(|o| o.name() == name)
    }

    /// True for the generators that a battery must find.
    pub fn is_control(self) -> bool {
        matches!(
            self,
            Order::ControlOneProduct | Order::ControlLcg | Order::ControlXorshift
        )
    }
}

/// Which bits of the numbers are looked at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// As they are.
    Words,
    /// Each with its bits in reverse, so that tests of high bits see the low ones.
    Reversed,
    /// The high halves of two numbers in one.
    High,
    /// The low halves of two numbers in one.
    Low,
}

impl View {
    /// All of them.
    pub const ALL: &[View] = &[View::Words, View::Reversed, View::High, View::Low];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            View::Words => "words",
            View::Reversed => "reversed",
            View::High => "high",
            View::Low => "low",
        }
    }

    /// The view of this name.
    pub fn named(name: &str) -> Option<View> {
        View::ALL.iter().copied().find(|v| v.name() == name)
    }
}

/// An endless sequence of numbers.
pub struct Words {
    source: Box<dyn FnMut(u64) -> u64>,
    view: View,
    drawn: u64,
}

impl Words {
    /// The numbers of `order`, seen as `view` says.
    pub fn new(order: Order, view: View) -> Words {
        Words {
            source: source(order),
            view,
            drawn: 0,
        }
    }

    /// Numbers drawn so far.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    fn draw(&mut self) -> u64 {
        let n = self.drawn;
        self.drawn += 1;
        (self.source)(n)
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        match self.view {
            View::Words => self.draw(),
            View::Reversed => self.draw().reverse_bits(),
            View::High => (self.draw() >> 32) | (self.draw() & 0xffff_ffff_0000_0000),
            View::Low => (self.draw() & 0xffff_ffff) | (self.draw() << 32),
        }
    }
}

/// The stream of one purpose of one step, as a run makes it.
fn stream(seed: u64, replication: u32, site: &str, purpose: Purpose) -> Stream {
    Stream::new(
        seed,
        replication,
        site,
        "customs",
        "documents of import",
        purpose,
    )
}

/// An entity's salt, as `world::Draws` makes it from its flow's name.
fn salt(flow: &str) -> u64 {
    Stream::new(0, 0, flow, "", "", Purpose::Other(0)).bits(0, 0, 0)
}

/// The purposes of a step that each consignment meets.
const OF_A_STEP: [Purpose; 6] = [
    Purpose::Service,
    Purpose::Setup,
    Purpose::Selection,
    Purpose::Recognition,
    Purpose::Audit,
    Purpose::Assistance,
];

/// All purposes that have streams in a model.
const ALL_PURPOSES: [Purpose; 29] = [
    Purpose::Service,
    Purpose::Setup,
    Purpose::Selection,
    Purpose::Channel,
    Purpose::ChannelOwn,
    Purpose::ChannelFollow,
    Purpose::Aeo,
    Purpose::Commodity,
    Purpose::Route,
    Purpose::Interarrival,
    Purpose::Thinning,
    Purpose::Transit,
    Purpose::Information,
    Purpose::Recognition,
    Purpose::Audit,
    Purpose::Assistance,
    Purpose::Failure,
    Purpose::Repair,
    Purpose::Sickness,
    Purpose::Shock,
    Purpose::Burst,
    Purpose::Rejection,
    Purpose::Relodging,
    Purpose::Originals,
    Purpose::Correlation,
    Purpose::NoShow,
    Purpose::Patience,
    Purpose::BackHaul,
    Purpose::Vehicle,
];

/// Number `n` of an order; `n` rises by one from call to call.
fn source(order: Order) -> Box<dyn FnMut(u64) -> u64> {
    let one = stream(1, 0, "khorgos", Purpose::Service);
    let first = salt("road");
    match order {
        Order::Entities => Box::new(move |n| one.bits(first.wrapping_add(n), 0, 0)),
        Order::Counter => Box::new(move |n| one.bits(n, 0, 0)),
        Order::Bursts => Box::new(move |n| one.bits(first.wrapping_add(n << 12), 0, 0)),
        Order::Flows => {
            let salts: Vec<u64> = (0..16).map(|f| salt(&format!("road {f}"))).collect();
            Box::new(move |n| one.bits(salts[(n & 15) as usize].wrapping_add(n >> 4), 0, 0))
        }
        Order::Visits => Box::new(move |n| one.bits(first.wrapping_add(n >> 32), n as u32, 0)),
        Order::Attempts => Box::new(move |n| one.bits(first.wrapping_add(n >> 32), 0, n as u32)),
        Order::Calls => Box::new(move |n| {
            one.bits(
                first.wrapping_add(n >> 4),
                (n >> 2 & 3) as u32,
                (n & 3) as u32,
            )
        }),
        Order::Purposes => {
            let streams = ALL_PURPOSES.map(|purpose| stream(1, 0, "khorgos", purpose));
            in_turn(streams.to_vec(), first)
        }
        Order::Steps => {
            let mut streams = Vec::new();
            for agency in ["customs", "quarantine", "police", "transport"] {
                for step in ["declaration", "documents", "scan", "physical"] {
                    for purpose in OF_A_STEP {
                        streams.push(Stream::new(1, 0, "khorgos", agency, step, purpose));
                    }
                }
            }
            in_turn(streams, first)
        }
        Order::Replications => Box::new(move |n| {
            // A replication has 32 bits; beyond them the next seed.
            stream(1 + (n >> 32), n as u32, "khorgos", Purpose::Service).bits(first, 0, 0)
        }),
        Order::Seeds => {
            Box::new(move |n| stream(n, 0, "khorgos", Purpose::Service).bits(first, 0, 0))
        }
        Order::Sites => {
            let mut name = String::new();
            Box::new(move |n| {
                use std::fmt::Write;
                name.clear();
                // Writing to a string does not fail.
                let _ = write!(name, "site-{n}");
                stream(1, 0, &name, Purpose::Service).bits(first, 0, 0)
            })
        }
        Order::Transposed => {
            let streams: Vec<Stream> = (0..65_536)
                .map(|r| stream(1, r, "khorgos", Purpose::Service))
                .collect();
            in_turn(streams, first)
        }
        Order::Sequence => {
            let mut rng = KeyedRng::new(one, first, 0, 0);
            Box::new(move |_| rng.next_u64())
        }
        Order::ControlOneProduct => Box::new(move |n| {
            let key = salt("control");
            let product = u128::from(first.wrapping_add(n) ^ key)
                * u128::from(key.rotate_left(32) ^ 0x1319_8a2e_0370_7344);
            (product as u64) ^ ((product >> 64) as u64)
        }),
        Order::ControlLcg => {
            let mut state = first;
            Box::new(move |_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state
            })
        }
        Order::ControlXorshift => {
            let mut state = first;
            Box::new(move |_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            })
        }
    }
}

/// One number of each stream for one consignment after another.
fn in_turn(streams: Vec<Stream>, first: u64) -> Box<dyn FnMut(u64) -> u64> {
    let (mut which, mut entity) = (0, first);
    Box::new(move |_| {
        let bits = streams[which].bits(entity, 0, 0);
        which += 1;
        if which == streams.len() {
            which = 0;
            entity = entity.wrapping_add(1);
        }
        bits
    })
}
