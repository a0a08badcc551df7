//! Corridor: a parallel discrete-event simulator of international logistics corridors.
pub mod engine;
pub mod experiment;
pub mod network;
pub mod observe;
pub mod random;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod terms;
pub mod time;
pub mod world;
