//! Memory grows with the consignments in the system, not with those that have passed.

use std::path::Path;

use corridor::engine::run_sequential;
use corridor::world::{Corridor, Draws};

use crate::files;

fn places_used(days: u32) -> (usize, u64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/khorgos-road.toml");
    let study = files::short(&path, days);
    let network = &files::compile(&path, &study)[0];
    let draws = Draws::new(network, 1, 0);
    let world: Corridor<'_, ()> = Corridor::new(network, &draws);
    let mut processes = world.processes(|_| ());
    let done = run_sequential(&world, &mut processes, &world.channels(), world.stop()).unwrap();
    (
        processes.iter().map(|p| p.state.places()).sum(),
        done.events,
    )
}

#[test]
fn a_run_eight_times_as_long_needs_no_more_places_for_visits() {
    let (short, few) = places_used(5);
    let (long, many) = places_used(40);
    assert!(
        many > 6 * few,
        "the longer run handles more events: {few}, {many}"
    );
    assert!(
        long < 2 * short,
        "places for visits at once: {short} in 5 days, {long} in 40"
    );
}
