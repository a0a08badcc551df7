//! Counterfactual twins: differences reckoned by hand, parts that add to the whole in every scenario of the repository
//! and in generated ones.

#![allow(clippy::unwrap_used)] // A test that fails says where.

mod every;
mod hand;

// The generator of the mixed scenarios, and the list of scenario files.
#[path = "../mixed/demand.rs"]
mod demand;
#[path = "../laws/files.rs"]
#[allow(dead_code, reason = "its own test uses more of it")]
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

use std::io;

use corridor::experiment::RunError;
use corridor::experiment::twins::{self, EachTwin, Store, TwinOptions, TwinsResult};
use corridor::scenario::Study;

/// A store in memory.
fn store() -> io::Result<Box<dyn Store>> {
    Ok(Box::new(io::Cursor::new(Vec::new())))
}

/// The twins of two variants, on so many threads, with so many bytes of records in memory.
fn twins(
    study: &Study,
    pair: (usize, usize),
    (threads, memory): (usize, usize),
    each: Option<&mut EachTwin<'_>>,
) -> Result<TwinsResult, RunError> {
    let options = TwinOptions {
        threads: Some(threads),
        memory,
        store: &store,
        kept: None,
    };
    twins::twins(study, pair, &options, each, &|_, _| {})
}
