//! What a generated scenario is made of: which parts are in it, and small numbers that say how.

use proptest::prelude::*;

/// Declares the parts with the probability that a scenario has them and what they are called in the report.
macro_rules! parts {
    ($($part:ident = $chance:literal, $words:literal;)*) => {
        /// Something that may hold goods, or vary what comes.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(clippy::enum_variant_names, reason = "`PartEmpty` is a word of the trade")]
        pub enum Part { $($part),* }

        impl Part {
            /// All of them, in the order of the report.
            pub const ALL: &[Part] = &[$(Part::$part),*];

            fn chance(self) -> f64 {
                match self { $(Part::$part => $chance),* }
            }

            /// What it is called.
            pub fn words(self) -> &'static str {
                match self { $(Part::$part => $words),* }
            }
        }
    };
}

parts! {
    // What the corridor is.
    BothWays = 0.5, "traffic in both directions";
    Trains = 0.7, "trains";
    PartEmpty = 0.7, "trains that leave part-empty";
    Reform = 0.45, "a dated reform";
    Aeo = 0.4, "authorised operators";
    Backlog = 0.35, "an opening backlog";
    // Cooperation.
    Information = 0.4, "information sent ahead";
    Recognition = 0.4, "recognition of controls";
    Enforcement = 0.4, "assistance in enforcement";
    // Who comes, and when.
    Months = 0.4, "rates by month";
    Weekdays = 0.4, "rates by day of the week";
    Hours = 0.4, "rates by hour";
    Growth = 0.4, "growth";
    Bursts = 0.4, "bursts";
    Recorded = 0.4, "recorded arrivals";
    BackHaul = 0.4, "empties that return";
    // Documents.
    Rejected = 0.4, "rejected declarations";
    Originals = 0.4, "missing originals";
    Enquiry = 0.4, "enquiries to the partner";
    Audit = 0.4, "audits after release";
    PaidOutside = 0.6, "payment outside the yard";
    Correlation = 0.4, "correlated service times";
    // At the gate.
    Yards = 0.5, "finite yards";
    GatePlaces = 0.4, "full gates that stop departures";
    Caps = 0.6, "caps a day";
    EntrySlots = 0.35, "entry slots";
    Lanes = 0.5, "lanes";
    GateHours = 0.35, "opening hours of the gate";
    Booking = 0.45, "booked windows";
    NoShow = 0.6, "no-shows";
    // What there is not enough of.
    Permits = 0.45, "permits and the like";
    Quota = 0.5, "a yearly quota";
    Wagons = 0.45, "wagons and crews";
    Ramp = 0.4, "places on a ramp";
    Warehouse = 0.4, "places in a warehouse";
    Vehicles = 0.4, "second vehicles";
    // One stop.
    Post = 0.5, "one-stop posts";
    Pool = 0.65, "pooled officers at a post";
    JointExam = 0.55, "joint examination at a post";
    // Work and machines.
    Priority = 0.45, "priority classes";
    Preemption = 0.75, "preemption";
    ShiftEnd = 0.5, "work cut at the end of a shift";
    Machines = 0.45, "machines that fail";
    // From outside.
    SlowService = 0.4, "shocks on service";
    Strike = 0.4, "strikes and missing staff";
    Sickness = 0.4, "sickness";
    ClosedSite = 0.4, "closed sites";
    ClosedLink = 0.4, "closed links";
    Season = 0.4, "open seasons";
    Surge = 0.4, "surges of demand";
    // Drivers and traders.
    Reroute = 0.5, "another route";
    Balk = 0.45, "drivers who turn away";
    GiveUp = 0.4, "traders who cancel";
    Perish = 0.4, "goods that perish";
}

/// Numbers that each part may choose by.
const KNOBS: usize = 4;

/// A recipe of a scenario. It shrinks to fewer parts and to the first of their choices.
#[derive(Clone)]
pub struct Mix {
    parts: Vec<bool>,
    knobs: Vec<u8>,
    /// Seed of the scenario's draws.
    pub seed: u16,
}

impl Mix {
    /// All recipes.
    pub fn strategy() -> impl Strategy<Value = Mix> {
        let parts: Vec<_> = Part::ALL
            .iter()
            .map(|part| prop::bool::weighted(part.chance()))
            .collect();
        let knobs = prop::collection::vec(any::<u8>(), (Part::ALL.len() + 4) * KNOBS);
        (parts, knobs, 0u16..1000).prop_map(|(parts, knobs, seed)| Mix { parts, knobs, seed })
    }

    /// True where the scenario has the part.
    pub fn has(&self, part: Part) -> bool {
        self.parts[part as usize]
    }

    /// The same without one part: all else, choices and draws included, stays.
    pub fn without(&self, part: Part) -> Mix {
        let mut other = self.clone();
        other.parts[part as usize] = false;
        other
    }

    /// One of `choices`, by number `knob` of the part.
    pub fn choose<T: Copy>(&self, part: Part, knob: usize, choices: &[T]) -> T {
        self.pick(part as usize, knob, choices)
    }

    /// One of `choices`, by number `knob` of what every scenario has, 0 to 15.
    pub fn always<T: Copy>(&self, knob: usize, choices: &[T]) -> T {
        self.pick(Part::ALL.len(), knob, choices)
    }

    fn pick<T: Copy>(&self, of: usize, knob: usize, choices: &[T]) -> T {
        choices[self.knobs[of * KNOBS + knob] as usize % choices.len()]
    }
}

impl std::fmt::Debug for Mix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<&Part> = Part::ALL.iter().filter(|p| self.has(**p)).collect();
        write!(f, "seed {}, parts {parts:?}", self.seed)
    }
}
