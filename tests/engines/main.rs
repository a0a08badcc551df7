//! Threads, partitions, windows and kernels: the same digest and the same observations, on every scenario file and on
//! generated networks.
//!
//! `cargo test --release --test engines -- --ignored --nocapture` tries 10,000 networks, `ENGINES_NETWORKS=2000` before it
//! others than so many.

#![allow(clippy::unwrap_used)] // A test that fails says where.

mod adapter;
mod networks;
mod occurred;
mod plain;
mod seen;
mod setting;
mod suite;

// The generator of the mixed scenarios, and the list of scenario files.
#[path = "../mixed/demand.rs"]
mod demand;
#[path = "../laws/files.rs"]
mod files;
#[path = "../mixed/gates.rs"]
mod gates;
#[path = "../mixed/generator.rs"]
mod generator;
#[path = "../mixed/mix.rs"]
#[allow(dead_code, reason = "its own test uses more of it")]
mod mix;
#[path = "../mixed/outside.rs"]
mod outside;
#[path = "../mixed/posts.rs"]
mod posts;
#[path = "../mixed/procedures.rs"]
mod procedures;
#[path = "../mixed/table.rs"]
mod table;
#[path = "../mixed/tokens.rs"]
mod tokens;
