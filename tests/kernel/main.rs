//! The kernel's promises, on worlds that know nothing of corridors, and the rules of the source tree.

#![allow(clippy::unwrap_used)]

mod choice;
mod phold;
mod plans;
mod script;
mod swept;
mod tidy;
mod tokens;
