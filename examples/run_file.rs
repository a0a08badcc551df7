//! Runs a scenario file and prints each border side's mean time.
//!
//! `cargo run --release --example run_file -- scenarios/khorgos-road.toml`

use std::path::PathBuf;

use corridor::experiment::{self, Measured, RunOptions};
use corridor::scenario::{self, LoadOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os()
        .nth(1)
        .map_or("scenarios/china-europe-rail.toml".into(), PathBuf::from);
    let loaded =
        scenario::load(&path, &LoadOptions::default()).map_err(|failure| failure.to_string())?;
    let results = experiment::run(&loaded.study, &RunOptions::default(), &|_, _| {})?;
    for variant in &results.variants {
        println!("{}", variant.name);
        for side in &variant.sides {
            if let Measured::Estimate(mean) = side.bcp.mean_h {
                println!(
                    "  {:<28} {:<12} {:8.2} ± {:.2} h",
                    side.title, side.role, mean.mean, mean.half_width
                );
            }
        }
    }
    println!("{} events, digest {}", results.events, results.digest);
    Ok(())
}
