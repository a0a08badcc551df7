//! From a scenario file to a checked, typed scenario.

pub mod model;

pub use model::*;
