//! Computed at arrival or event by event: the same facts, the same observations.

use corridor::engine::run_windowed;
use corridor::experiment::{observe_computed, run_one};
use corridor::network::EventDriven;

use crate::files;

#[test]
fn both_kernels_give_the_same_digest_and_observations() {
    let (mut computed, mut by_why) = (0, std::collections::BTreeMap::<EventDriven, usize>::new());
    for path in files::all() {
        let study = files::short(&path, 20);
        for network in files::compile(&path, &study) {
            for site in &network.sites {
                match &site.computed {
                    Ok(of) => computed += of.stations.len(),
                    Err(why) => *by_why.entry(*why).or_default() += 1,
                }
            }
            let events =
                run_one(&network, 7, 0).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let auto = observe_computed(&network, 7, 0, |world, processes| {
                run_windowed(world, processes, &world.channels(), world.stop(), |_| {})
            })
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for ((a, b), site) in events.sites.iter().zip(&auto.sites).zip(&network.sites) {
                let name = format!("{}, {}", path.display(), site.name);
                assert_eq!(a.digest, b.digest, "{name}");
                assert_eq!(format!("{:?}", a.cells), format!("{:?}", b.cells), "{name}");
                assert_eq!(format!("{:?}", a.steps), format!("{:?}", b.steps), "{name}");
                assert_eq!(a.present, b.present, "{name}");
                assert_eq!(a.waiting, b.waiting, "{name}");
                for (a, b) in a.stations.iter().zip(&b.stations) {
                    let of = |s: &corridor::observe::StationTally| {
                        (
                            (s.staffed, s.busy, s.overtime, s.waiting),
                            (s.longest, s.joined, s.service),
                        )
                    };
                    assert_eq!(of(a), of(b), "{name}");
                }
            }
        }
    }
    println!("{computed} stations computed at arrival; sites event by event: {by_why:?}");
    assert!(computed > 100, "{computed} stations, {by_why:?}");
}
