//! The simulation kernel: future event lists, logical processes, conservative execution.
//!
//! The kernel knows time, keys and channels; of ports, trains and officers it knows nothing. World and
//! engine meet in the one trait [`World`].

mod key;
mod process;
mod queue;
mod sequential;
mod windowed;

pub use key::{Key, Phase};
pub use process::{
    Channel, ChannelId, EngineError, LogicalProcess, Outbox, ProcessId, Stop, World,
};
pub use queue::FutureEventList;
pub use sequential::run_sequential;
#[doc(hidden)]
pub use windowed::run_windowed;

/// What an execution did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// Events and messages handled.
    pub events: u64,
    /// Instants settled.
    pub instants: u64,
    /// Messages between logical processes.
    pub messages: u64,
}
