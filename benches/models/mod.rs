//! The models M1 and M2: corridor's scenarios of them and the textbook loop, for the benches that compare the two.

pub mod ours;
pub mod textbook;

/// A model that simulators are compared by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Model {
    /// One station M/M/4: arrivals at rate 3.6, service of mean 1, in minutes.
    M1,
    /// Three sites in series with four stations of two servers each, and two links.
    M2(Regime),
}

/// In which order the stations of a site serve a consignment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// One after the other.
    Serial,
    /// All at once; it goes on when the last has served it.
    Parallel,
}

impl Model {
    /// All of them.
    pub const ALL: [Model; 3] = [
        Model::M1,
        Model::M2(Regime::Serial),
        Model::M2(Regime::Parallel),
    ];

    /// Its name in figures and files.
    pub fn name(self) -> &'static str {
        match self {
            Model::M1 => "m1",
            Model::M2(Regime::Serial) => "m2-serial",
            Model::M2(Regime::Parallel) => "m2-parallel",
        }
    }

    /// Arrivals a day.
    pub fn per_day(self) -> f64 {
        match self {
            Model::M1 => 3.6 * 1440.0,
            Model::M2(_) => 1440.0,
        }
    }

    /// Logical events of a consignment, whatever a kernel does: its arrivals at sites and its ends of service. In M1 the
    /// scenario has a link to the exit, whose arrival costs us time and is not counted.
    pub fn events_each(self) -> u64 {
        match self {
            Model::M1 => 2,
            Model::M2(_) => 15,
        }
    }
}
