//! Keyed streams: a draw is a hash of who draws, for what, and which time.
//!
//! Nothing here has state: the same key gives the same number in any order, on any thread and on
//! any platform (integer arithmetic only). The values are frozen by golden tests; changing one
//! moves every result.

use std::convert::Infallible;

use rand::rand_core::TryRng;

/// What a draw decides. Different purposes have independent streams.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// Service time of a step (its examination part, where the step has a setup).
    Service,
    /// Setup time of a physical step.
    Setup,
    /// Whether a consignment is selected for a step.
    Selection,
    /// The risk channel common to agencies.
    Channel,
    /// The risk channel that an agency draws by itself.
    ChannelOwn,
    /// Whether an agency follows the common risk channel.
    ChannelFollow,
    /// Whether the trader is an authorised economic operator.
    Aeo,
    /// Which commodity a consignment is.
    Commodity,
    /// Which route a consignment takes.
    Route,
    /// Time between candidate arrivals of a flow.
    Interarrival,
    /// Whether a candidate arrival is kept.
    Thinning,
    /// Transit time of a link.
    Transit,
    /// Whether data runs ahead of the goods.
    Information,
    /// Whether a partner's control stands here.
    Recognition,
    /// Whether a recognised control is repeated as an audit.
    Audit,
    /// Whether an enquiry meets the assisted law.
    Assistance,
    /// Time to a machine's next failure.
    Failure,
    /// Time to repair a machine.
    Repair,
    /// Whether an officer is ill on a day.
    Sickness,
    /// When random shocks begin and how long they last.
    Shock,
    /// How many consignments a burst brings, and how they follow each other.
    Burst,
    /// Whether a lodged document is rejected.
    Rejection,
    /// How long the trader takes to lodge it again.
    Relodging,
    /// Whether original documents are missing, and for how long.
    Originals,
    /// The factor that service times of one consignment share.
    Correlation,
    /// Whether a vehicle misses its entry slot.
    NoShow,
    /// How long a consignment, or its driver, waits.
    Patience,
    /// Whether and when a vehicle returns empty.
    BackHaul,
    /// When second vehicles come.
    Vehicle,
    /// Anything else, numbered by its user.
    Other(u8),
}

impl Purpose {
    /// The frozen number of the purpose in the stream's key.
    const fn code(self) -> u64 {
        match self {
            Purpose::Service => 1,
            Purpose::Setup => 2,
            Purpose::Selection => 3,
            Purpose::Channel => 4,
            Purpose::ChannelOwn => 5,
            Purpose::ChannelFollow => 6,
            Purpose::Aeo => 7,
            Purpose::Commodity => 8,
            Purpose::Route => 9,
            Purpose::Interarrival => 10,
            Purpose::Thinning => 11,
            Purpose::Transit => 12,
            Purpose::Information => 13,
            Purpose::Recognition => 14,
            Purpose::Audit => 15,
            Purpose::Assistance => 16,
            Purpose::Failure => 17,
            Purpose::Repair => 18,
            Purpose::Sickness => 19,
            Purpose::Shock => 20,
            Purpose::Burst => 21,
            Purpose::Rejection => 22,
            Purpose::Relodging => 23,
            Purpose::Originals => 24,
            Purpose::Correlation => 25,
            Purpose::NoShow => 26,
            Purpose::Patience => 27,
            Purpose::BackHaul => 28,
            Purpose::Vehicle => 29,
            Purpose::Other(n) => 0x100 + n as u64,
        }
    }
}

// Constants without structure: the first hexadecimal digits of pi's fraction, as in Blowfish.
const PI_0: u64 = 0x243f_6a88_85a3_08d3;
const PI_1: u64 = 0x1319_8a2e_0370_7344;
const PI_2: u64 = 0xa409_3822_299f_31d0;
const PI_3: u64 = 0x082e_fa98_ec4e_6c89;
/// 2^64 divided by the golden ratio, odd: the increment of splitmix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of everything in a draw's key that does not change from draw to draw:
/// seed, replication, home site, agency, step and purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one purpose of one step. `home_site` is where the step is written, also when a
    /// one-stop post performs it; `agency` and `step` may be empty where they have no meaning.
    pub fn new(
        seed: u64,
        replication: u32,
        home_site: &str,
        agency: &str,
        step: &str,
        purpose: Purpose,
    ) -> Stream {
        let mut key = absorb(PI_0, seed);
        key = absorb(key, u64::from(replication));
        for name in [home_site, agency, step] {
            key = absorb_text(key, name);
        }
        Stream(absorb(key, purpose.code()))
    }

    /// 64 random bits of the key (entity, visit, attempt) in this stream.
    ///
    /// Two multiplications of 64 by 64 bits, of which both halves are kept, as in the wyhash family.
    #[inline]
    pub fn bits(self, entity: u64, visit: u32, attempt: u32) -> u64 {
        let which = (u64::from(visit) << 32) | u64::from(attempt);
        let first = wide(entity ^ self.0, which ^ self.0.rotate_left(32) ^ PI_1);
        let (low, high) = (first as u64, (first >> 64) as u64);
        let second = wide(low ^ PI_2, high ^ self.0 ^ PI_3);
        (second as u64) ^ ((second >> 64) as u64)
    }

    /// A uniform number strictly between 0 and 1 of the key (entity, visit, attempt): the middle of
    /// one of 2^52 equal cells, so that neither it nor its complement to 1 is rounded.
    #[inline]
    pub fn uniform(self, entity: u64, visit: u32, attempt: u32) -> f64 {
        unit_open(self.bits(entity, visit, attempt))
    }
}

/// The middle of the cell of width 2^-52 that the upper 52 bits name. With 53 bits the last cell's
/// middle would round to 1.
#[inline]
pub(super) fn unit_open(bits: u64) -> f64 {
    const CELL: f64 = 1.0 / (1u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * CELL
}

#[inline]
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

/// One word into the key; a bijection of the word for a given key (the finaliser of splitmix64).
fn absorb(key: u64, word: u64) -> u64 {
    let mut z = key.wrapping_add(GOLDEN) ^ word;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A text into the key: its length in bytes, then its bytes in little-endian words. The length comes
/// first, so that ("ab", "c") and ("a", "bc") differ.
fn absorb_text(key: u64, text: &str) -> u64 {
    let mut key = absorb(key, text.len() as u64);
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        key = absorb(key, u64::from_le_bytes(word));
    }
    key
}

/// A generator for users of the `rand` traits: an endless sequence that belongs to one key of one
/// stream. The model itself draws by [`Stream::uniform`], one uniform per draw.
#[derive(Clone, Debug)]
pub struct KeyedRng {
    sequence: Stream,
    drawn: u64,
}

impl KeyedRng {
    /// The sequence of the key (entity, visit, attempt) in `stream`.
    pub fn new(stream: Stream, entity: u64, visit: u32, attempt: u32) -> Self {
        KeyedRng {
            sequence: Stream(absorb(PI_1, stream.bits(entity, visit, attempt))),
            drawn: 0,
        }
    }
}

impl TryRng for KeyedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let bits = self.sequence.bits(self.drawn, 0, 0);
        self.drawn = self.drawn.wrapping_add(1);
        Ok(bits)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
