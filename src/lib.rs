//! Corridor: a parallel discrete-event simulator of international logistics corridors.
//!
//! It answers one family of questions: how many hours do goods lose at the ports and borders of a corridor, and
//! how many of them does another *regime* (serial, parallel or joint clearance) or a higher level of
//! *cooperation* between the countries save? The command `corridor` answers them from a scenario file; this
//! library does the same from Rust.
//!
//! A run goes through the modules in this order:
//!
//! | module | what it does |
//! |---|---|
//! | [`scenario`] | reads a TOML file (or takes a [`Study`](scenario::Study) built in code), checks all of it, reports every mistake with its place |
//! | [`network`] | compiles a variant: indices for names, tables for laws, ticks for calendars, precedence masks for regimes, routes |
//! | [`engine`] | the kernel: logical processes, channels with lookahead, a total order of events; knows nothing of ports |
//! | [`world`] | what happens in a site: visits, queues, joint examinations, trains, data ahead of the goods |
//! | [`observe`] | watches a run without changing it: times, stations, Little's law, journal, digest |
//! | [`experiment`] | every variant in every replication with common random numbers, then estimates with intervals |
//! | [`report`] | tables, CSV files, charts and one plain sentence |
//!
//! Beside them stand [`time`] (integer milliseconds), [`terms`] (the words of the domain), [`random`] (keyed
//! draws and laws) and [`stats`].
//!
//! # A first run
//!
//! ```
//! use corridor::experiment::{self, Measure, RunOptions};
//! use corridor::scenario::{LoadOptions, NoFiles, TEMPLATE, from_str_with};
//!
//! // The scenario that `corridor new` writes, made short as `--set` and `--replications` would.
//! let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
//! let options = LoadOptions {
//!     overrides: vec![
//!         set("experiment.warm_up", "2 d"),
//!         set("experiment.horizon", "9 d"),
//!     ],
//!     replications: Some(2),
//!     ..LoadOptions::default()
//! };
//! let loaded = from_str_with("template.toml", TEMPLATE, &NoFiles, &options)?;
//! let results = experiment::run(&loaded.study, &RunOptions::default(), &|_, _| {})?;
//!
//! // The first variant is the base; the others are compared with it, replication by replication.
//! assert_eq!(results.variants[0].name, "serial/none");
//! let parallel = results
//!     .comparisons
//!     .iter()
//!     .find(|row| row.variant == "parallel/none" && row.measure == Measure::AllSides)
//!     .expect("every variant is compared with the base");
//! assert!(parallel.difference_h.mean < 0.0, "a single window saves hours here");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Longer examples
//!
//! Three short programs stand in the folder `examples` of the
//! source tree:
//!
//! - `run_file.rs` runs a scenario file and prints the mean time of each border side;
//! - `build_in_code.rs` builds a scenario from the types of [`scenario::model`] and compares two regimes;
//! - `add_observer.rs` writes an [`Observer`](world::Observer) and runs the kernel by hand.
//!
//! Run them with `cargo run --release --example NAME`. The format of scenario files is in `docs/scenario.md`, the
//! layers and their invariants in `ARCHITECTURE.md`.
//!
//! # Promises
//!
//! - Results do not depend on the number of threads, on the order in which sites are handled, or on the platform:
//!   time is integer, draws are keyed, sums are exact. [`Results::digest`](experiment::Results::digest) is the
//!   proof that two runs saw the same.
//! - Every run checks Little's law as an exact identity, conservation of consignments, and that no effect comes
//!   before its cause; what is broken is an error, [`RunError::PromiseBroken`](experiment::RunError::PromiseBroken),
//!   not a number.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod engine;
pub mod experiment;
pub mod network;
pub mod observe;
pub mod random;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod terms;
pub mod time;
pub mod world;
