//! Computed at arrival or event by event: the same facts, the same observations.

use corridor::engine::{self, Plan, run_windowed};
use corridor::experiment::{observe_as, run_one};
use corridor::network::EventDriven;
use corridor::world::{Corridor, Draws, Fact, JobEnd, Kernel, Observer, VisitEnd};

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
            let auto = observe_as(&network, 7, 0, Kernel::Auto, |world, processes| {
                run_windowed(world, processes, &world.channels(), world.stop(), |_| {})
            })
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for ((a, b), site) in events.sites.iter().zip(&auto.sites).zip(&network.sites) {
                let name = format!("{}, {}", path.display(), site.name);
                assert_eq!(a.digest, b.digest, "{name}");
                assert!(a.cells == b.cells, "{name}");
                assert!(a.steps == b.steps, "{name}");
                assert!(a.present == b.present, "{name}");
                assert!(a.waiting == b.waiting, "{name}");
                assert_eq!(a.events, b.events, "{name}");
                let sums =
                    |s: &corridor::observe::SiteObserver| (s.little.occupancy, s.little.stays);
                assert_eq!(sums(a), sums(b), "{name}");
                let trips = |trips: &corridor::observe::Trips| {
                    let all = trips.numbered();
                    let of =
                        all.map(|(n, t)| (n, t.began, t.lost, t.time.clone(), t.apart.clone()));
                    of.collect::<Vec<_>>()
                };
                assert!(trips(&a.crossings) == trips(&b.crossings), "{name}");
                assert!(trips(&a.journeys) == trips(&b.journeys), "{name}");
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

/// An observer that overrides nothing but facts and ends of visits hears the same of both kernels.
#[test]
fn an_observer_hears_the_same_facts_of_both_kernels() {
    #[derive(Default)]
    struct Heard {
        facts: Vec<Fact>,
        jobs: usize,
        stays: u64,
    }
    impl Observer for Heard {
        fn fact(&mut self, fact: &Fact) {
            self.facts.push(*fact);
        }
        fn job(&mut self, job: &JobEnd) {
            self.jobs += usize::from(job.measured);
            assert!(job.joined <= job.started && job.started < job.ended);
        }
        fn visit_end(&mut self, end: &VisitEnd<'_>) {
            assert_eq!(end.hours.total(), (end.departed - end.arrived).ms());
            self.stays += u64::from(end.measured) * end.hours.total();
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for model in ["m2-serial", "m2-parallel"] {
        let path = root.join(format!("benches/models/{model}.toml"));
        let network = &files::compile(&path, &files::short(&path, 3))[0];
        let draws = Draws::new(network, 3, 0);
        let heard = |kernel| {
            let world = Corridor::with_kernel(network, &draws, kernel);
            let mut processes = world.processes(|_| Heard::default());
            let channels = world.channels();
            let plan = Plan::one(processes.len(), &channels);
            engine::run(&world, &mut processes, &channels, world.stop(), &plan).unwrap();
            let sites = processes.into_iter().map(|p| {
                let mut heard = p.state.observer;
                // Demand that nobody waits for goes on for as long as the executor likes.
                heard.facts.retain(|f| f.measured);
                heard.facts.sort_unstable();
                assert!(heard.jobs > 1_000 && heard.stays > 0);
                (heard.facts, heard.jobs, heard.stays)
            });
            sites.collect::<Vec<_>>()
        };
        let (events, auto) = (heard(Kernel::Events), heard(Kernel::Auto));
        assert!(events.iter().all(|heard| heard.0.len() > 10_000));
        assert!(events == auto, "{model}");
    }
}
