//! Tries the keyed generator in the orders of keys that a model draws in.
//!
//! `words ORDER VIEW` writes raw little-endian 64-bit numbers to standard output without end, for a program that tests
//! generators (`dieharder -a -g 200`, `RNG_test stdin64`). `test [ORDER ...]` runs the tests of this example itself and
//! prints a table of their p-values; `orders` lists the orders. `benches/battery.sh` runs both.
//!
//! ```text
//! cargo run --release --example random_battery -- words entities words | dieharder -a -g 200
//! cargo run --release --example random_battery -- test entities control-lcg
//! ```

mod orders;
mod tally;
mod trials;

use std::io::{self, Write};
use std::process::ExitCode;

use orders::{Order, View, Words};
use trials::Outcome;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["orders"] => {
            for order in Order::ALL {
                println!("{}", order.name());
            }
            ExitCode::SUCCESS
        }
        ["words", order, view] => match (Order::named(order), View::named(view)) {
            (Some(order), Some(view)) => write(order, view),
            _ => usage(),
        },
        ["test", ..] => {
            let chosen: Option<Vec<Order>> = args[1..].iter().map(|n| Order::named(n)).collect();
            match chosen {
                Some(chosen) if chosen.is_empty() => test(Order::ALL),
                Some(chosen) => test(&chosen),
                None => usage(),
            }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    let orders: Vec<&str> = Order::ALL.iter().map(|o| o.name()).collect();
    let views: Vec<&str> = View::ALL.iter().map(|v| v.name()).collect();
    eprintln!(
        "usage: random_battery words ORDER VIEW | test [ORDER ...] | orders\norders: {}\nviews: {}",
        orders.join(" "),
        views.join(" ")
    );
    ExitCode::from(2)
}

/// Writes numbers until the reader has had enough, and says how many bytes it took.
fn write(order: Order, view: View) -> ExitCode {
    let mut words = Words::new(order, view);
    let mut out = io::stdout().lock();
    let mut bytes = Vec::with_capacity(1 << 16);
    let mut written = 0_u64;
    loop {
        bytes.clear();
        for _ in 0..1 << 13 {
            bytes.extend_from_slice(&words.next().to_le_bytes());
        }
        if out.write_all(&bytes).is_err() {
            eprintln!("{} {}: {written} bytes", order.name(), view.name());
            return ExitCode::SUCCESS;
        }
        written += bytes.len() as u64;
    }
}

/// Runs the tests over each order, read from its high bits and from its low bits.
fn test(orders: &[Order]) -> ExitCode {
    let mut failed = false;
    let mut values = Vec::new();
    println!(
        "| order | numbers | p-values | least | greatest | suspicious (beyond 1e-4) | failed (beyond 1e-10) |"
    );
    println!("|---|---|---|---|---|---|---|");
    for &order in orders {
        let mut drawn = 0;
        let mut all: Vec<Outcome> = Vec::new();
        for view in [View::Words, View::Reversed] {
            let mut words = Words::new(order, view);
            all.extend(trials::all(&mut words, view.name()));
            drawn += words.drawn();
        }
        let beyond = |bound: f64| {
            let worst: Vec<String> = all
                .iter()
                .filter(|o| o.p.min(1.0 - o.p) < bound)
                .map(Outcome::to_string)
                .collect();
            let more = worst.len().saturating_sub(3);
            let mut words = worst[..worst.len() - more].join("; ");
            if more > 0 {
                words += &format!("; {more} more");
            }
            (worst.len(), words)
        };
        let (failures, _) = beyond(1e-10);
        let (_, suspicious) = beyond(1e-4);
        let p = all.iter().map(|o| o.p);
        println!(
            "| {} | {drawn} | {} | {:.1e} | 1 - {:.1e} | {} | {failures} |",
            order.name(),
            all.len(),
            p.clone().fold(1.0, f64::min),
            1.0 - p.clone().fold(0.0, f64::max),
            if suspicious.is_empty() {
                "none"
            } else {
                &suspicious
            },
        );
        if !order.is_control() {
            values.extend(p);
            failed |= failures > 0;
        } else if failures == 0 {
            // A battery that passes what is known to be bad says nothing.
            failed = true;
        }
    }
    if !values.is_empty() {
        println!(
            "\n{} p-values of the generator: Kolmogorov-Smirnov p = {:.3} for their being uniform",
            values.len(),
            tally::uniform(&mut values)
        );
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
