//! Laws that hold in every run of every scenario file: the digest does not depend on executors or threads, the
//! parts of an hour table add up, consignments are conserved, cooperation couples.

#![allow(clippy::unwrap_used)] // A test that fails says where.

mod arrivals;
mod computed;
mod cooperation;
mod digest;
mod fees;
mod files;
mod golden;
mod little;
mod long_run;
mod memory;
mod resumed;
mod selection;
mod steps;
mod trials;
mod yards;
