//! From facts to observations: the digest, the visits, the stations, the occupancy, the journal.

mod computed;
mod computed_line;
mod computed_visits;
mod digest;
mod follow;
mod journal;
mod milestones;
mod site;
mod times;
mod trips;
mod vehicles;

pub use digest::Digest;
pub use follow::{
    BlameTally, Follower, Labels, PartId, Parts, Place, Record, Records, Said, SiteBlame,
};
pub use journal::{Boarding, Journal, Recorded};
pub use milestones::{AgencyStay, Milestones, Stay, StayObserver};
pub use site::{
    CellTally, FormedTally, Little, SiteObserver, StationTally, StepTally, TripTally, Window,
};
pub use times::TimeTally;
pub use trips::Trips;
pub use vehicles::VehicleTally;
