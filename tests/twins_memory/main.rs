//! The records of twins are sorted and paired in the memory that was granted, however many they are. Its own program,
//! since the counting allocator counts all that a program holds.

#![allow(clippy::unwrap_used)] // A test that fails says where.

use std::io;

use corridor::experiment::RunError;
use corridor::experiment::twins::{Sorted, Sorter, Store, Twins};
use corridor::observe::{PartId, Parts, Record, Said};
use corridor::terms::EntityId;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that each run may keep in memory.
const GRANTED: usize = 4 << 20;

fn file() -> io::Result<Box<dyn Store>> {
    Ok(Box::new(tempfile::tempfile()?))
}

/// The records of so many consignments, in an order of their own: entered, left, and three parts. The variant's wait is
/// longer by the consignment's number modulo 1000.
fn sorted(consignments: u64, variant: bool, parts_of_last: u64) -> Sorted {
    let mut sorter = Sorter::new(GRANTED, &file);
    for n in 0..consignments {
        // A permutation of the numbers: 7919 is prime, and no factor of the counts below.
        let ordinal = n * 7919 % consignments;
        let who = EntityId::consignment(0, ordinal);
        let wait = 5 + if variant { ordinal % 1000 } else { 0 };
        let mut say = |said| sorter.put(who, Record::of(said).unwrap());
        let last = if ordinal == consignments - 1 {
            parts_of_last
        } else {
            20
        };
        say(Said::Entered(ordinal));
        say(Said::Hours(PartId(7), wait));
        say(Said::Hours(PartId(3), 10));
        say(Said::Left(ordinal + wait + 30));
        say(Said::Hours(PartId(3), last));
    }
    assert!(sorter.spilled() > 0, "there is more than fits");
    sorter.sorted().unwrap()
}

/// Pairs so many twins: how much memory that took, how many they were and the sum of their differences.
fn paired(consignments: u64) -> (usize, u64, i64) {
    let parts = Parts::default();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let runs = [
        sorted(consignments, false, 20),
        sorted(consignments, true, 20),
    ];
    let mut twins = Twins::new(runs, ["base", "variant"], &parts, 0);
    let (mut n, mut sum) = (0, 0);
    while let Some(twin) = twins.pair().unwrap() {
        assert_eq!(twin.consignment.ordinal(), n);
        n += 1;
        sum += twin.difference().unwrap();
    }
    (MEMORY.peak_usage() - before, n, sum)
}

#[test]
fn memory_is_what_was_granted_however_many_records_there_are() {
    // Both runs' buffers, and half a megabyte for what else is read and written.
    let bound = 2 * GRANTED + (1 << 19);
    for consignments in [200_000, 2_000_000] {
        let (peak, n, sum) = paired(consignments);
        assert!(peak < bound, "{peak} bytes for {consignments} consignments");
        assert_eq!(n, consignments);
        assert_eq!(sum, consignments as i64 * 999 / 2);
    }
    // The promise is kept by looking: a part that is short is found.
    let parts = named();
    let runs = [sorted(200_000, false, 20), sorted(200_000, true, 19)];
    let mut twins = Twins::new(runs, ["base", "variant"], &parts, 0);
    let broken = loop {
        match twins.pair() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("nothing was found"),
            Err(error) => break error,
        }
    };
    assert_eq!(
        broken,
        RunError::PromiseBroken(
            "the parts of consignment g:199999 in variant `variant` add to 1033 ms, its journey took 1034 ms"
                .to_owned()
        )
    );
}

/// The names of a small network.
fn named() -> Parts {
    let text = r#"
[experiment]
horizon = "1 d"
replications = 2
[agencies]
customs = {}
[sites]
a = { country = "KZ", kind = "hub" }
b = { country = "KZ", kind = "hub" }
[links]
road = { from = "a", to = "b", mode = "road", distance = "60 km", transit = "1 h" }
[flows]
g = { from = "a", to = "b", volume = "1 trucks/day" }
"#;
    let loaded =
        corridor::scenario::from_str("named.toml", text, &corridor::scenario::NoFiles).unwrap();
    let networks = corridor::experiment::compile(&loaded.study).unwrap();
    Parts::of(&[&networks[0]]).0
}
