//! Keyed random streams, laws of durations and their inverses.
//!
//! A draw is a pure function of who draws and for what ([`Stream::uniform`]), turned into a
//! duration through the inverse of its law ([`Law::quantile`]): one uniform per draw, so that
//! common random numbers hold between variants by construction. What was tested is written in
//! `docs/randomness.md`.

mod copula;
mod gamma;
mod law;
mod normal;
mod quantile;
mod sampler;
mod stream;

pub use copula::OneFactor;
pub use law::LawSpec;
pub use sampler::{Law, LawCompiler};
pub use stream::{KeyedRng, Purpose, Stream};
