//! What a run's observers saw, as far as it may not depend on how the run was executed.
//!
//! How long demand goes on that nobody waits for, after the horizon, depends on when a run stops: the counts of all
//! arrivals, departures and those inside at the end are left out. Every estimate is a function of what is compared.

use std::fmt::{self, Debug, Write};

use corridor::experiment::{Observations, RunError};
use corridor::network::Network;

use crate::adapter::Ran;

/// A run's end: its observations by name, or the wait cycle in which it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It came to its end.
    Ended(Vec<(String, u64)>),
    /// It ended in a wait cycle.
    Cycle(String),
}

impl Seen {
    /// What was seen of a run; an error where it broke a promise.
    pub fn of(network: &Network, run: &Result<Ran, RunError>) -> Result<Seen, String> {
        match run {
            Ok(ran) => Ok(Seen::ended(network, &ran.observations)),
            Err(RunError::Scenario(words)) => Ok(Seen::Cycle(words.clone())),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Of a run that came to its end.
    pub fn ended(network: &Network, run: &Observations) -> Seen {
        let mut all = vec![("digest".to_owned(), fingerprint(&run.digest))];
        for (node, site) in network.sites.iter().zip(&run.sites) {
            let mut add = |what: &str, value: &dyn Debug| {
                all.push((format!("{} at {}", what, node.name), fingerprint(value)));
            };
            add("digest", &site.digest);
            add("visits", &site.cells);
            add("steps", &site.steps);
            add("crossings", &site.crossings);
            add("journeys", &site.journeys);
            add("present", &site.present);
            add("waiting", &site.waiting);
            add("Little", &(site.little.occupancy, site.little.stays));
            for s in &site.stations {
                let times = (s.staffed, s.busy, s.overtime, s.held, s.blocked);
                add(
                    "stations",
                    &(times, s.waiting, s.longest, s.joined, s.service),
                );
            }
            for v in &site.vehicles {
                add("vehicles", &(v.wait, v.empty, v.part_empty, v.waiting));
            }
        }
        Seen::Ended(all)
    }

    /// Says what differs; nothing where they are equal.
    pub fn differs(&self, other: &Seen) -> Option<String> {
        match (self, other) {
            _ if self == other => None,
            (Seen::Ended(a), Seen::Ended(b)) => {
                let pairs = a.iter().zip(b).filter(|(a, b)| a != b);
                let names: Vec<&str> = pairs.map(|(a, _)| a.0.as_str()).collect();
                Some(names.join(", "))
            }
            (a, b) => Some(format!("one: {}; other: {}", a.words(), b.words())),
        }
    }

    fn words(&self) -> &str {
        match self {
            Seen::Ended(_) => "it ends",
            Seen::Cycle(words) => words,
        }
    }
}

/// A hash of what is printed of a value (FNV-1a), so that large values need no memory.
pub fn fingerprint(value: &dyn Debug) -> u64 {
    struct Hash(u64);
    impl Write for Hash {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    write!(hash, "{value:?}").expect("hashing does not fail");
    hash.0
}
