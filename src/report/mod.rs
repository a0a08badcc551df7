//! From [`Results`](crate::experiment::results::Results) to what people read: tables, one sentence, CSV
//! files and charts. Pure functions from results to text and bytes: no file system, no clock, no terminal.

pub mod artifacts;
pub mod charts;
pub mod csv;
pub mod difference;
pub mod finding;
mod growing;
pub mod number;
mod page;
mod ranking;
mod select;
pub mod sensitivity;
mod sweep;
pub mod table;
pub mod tables;
pub mod trs;
pub mod twins;

#[cfg(test)]
pub(crate) mod fixture;

pub use artifacts::{Artifact, artifacts};
pub use finding::finding;
pub use ranking::{finding as ranking_finding, ranking_artifacts, ranking_tables};
pub use sweep::{SWEEP_JSON, sweep_artifacts, sweep_finding};
pub use tables::{TableDetail, tables};
