//! Small scenarios reckoned by hand: each file of `tests/suite/behaviour` states what must come out, to 1e-6 h, and
//! why. Beside them, what cooperation can and cannot promise to single consignments.

mod counterexample;
mod coupling;
mod entry;
#[path = "../suite/expect.rs"]
mod expect;
mod facts;
mod files;
mod interruptions;
mod monotone;
mod one_stop;
mod papers;
mod shocks;
mod stories;
mod tokens;
mod tokens_told;
mod wait_cycles;
