//! The kernel's promises, on worlds that know nothing of corridors, and the rules of the source tree.

#![allow(clippy::unwrap_used)]

mod phold;
mod script;
mod tidy;
mod tokens;
