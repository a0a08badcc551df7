//! Planning, running and summing up a study.

pub mod results;
