//! The simulation kernel: future event lists, logical processes, conservative execution.
//!
//! The kernel knows time, keys and channels; of ports, trains and officers it knows nothing. World and
//! engine meet in the one trait [`World`].

mod agenda;
mod auto;
mod insertion;
mod key;
mod mail;
mod outbox;
mod parallel;
mod partition;
mod plan;
mod process;
mod queue;
mod sequential;
mod wheel;
mod windowed;
mod windows;

pub use auto::{Choice, Engine, Outlook, choose};
pub(crate) use insertion::sort_nearly_sorted;
pub use key::{Key, Phase};
pub use outbox::Outbox;
pub use parallel::run;
pub use plan::{Bound, Bounds, Plan};
pub use process::{Channel, ChannelId, EngineError, LogicalProcess, ProcessId, Stop, World};
pub use queue::FutureEventList;
pub use sequential::run_sequential;
#[doc(hidden)]
pub use windowed::run_windowed;

/// What an execution did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// Events and messages handled.
    pub events: u64,
    /// Of them, those up to the horizon: the same under every executor. How far demand that nobody waits for goes on
    /// after that is not.
    pub within: u64,
    /// Instants settled.
    pub instants: u64,
    /// Messages between logical processes.
    pub messages: u64,
    /// Windows; none under an executor that goes from instant to instant.
    pub windows: u64,
}
