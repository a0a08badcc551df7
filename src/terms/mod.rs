//! The words of the domain: ids (newtypes), closed lists of names (enums), and nothing that acts.

mod actor;
mod cargo;
mod cooperation;
mod ids;
mod named;
mod outcome;
mod place;
mod regime;
mod step;
mod token;
mod work;

pub use actor::ActorKind;
pub use cargo::{Channel, ChannelShares, EntityId, EntityKind};
pub use cooperation::{Levels, Mechanism, Scope};
pub use ids::{
    AgencyId, CalendarId, CommodityId, Country, FlowId, LinkId, ProcedureId, ServiceId, SiteId,
    TokenId, VehicleId,
};
pub use named::Named;
pub use outcome::Outcome;
pub use place::{Mode, PostKind, Role, SiteKind, Tier};
pub use regime::{OfficersHeld, OnHold, Regime};
pub use step::{Discipline, Evidence, HourKind, SentAt, StepKind, Unit};
pub use token::TokenKind;
pub use work::{Interruption, MachineClock, Preemption, ShiftEnd};
