//! Keyed random streams and laws.

mod law;

pub use law::LawSpec;
