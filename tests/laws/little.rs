//! Little's law is the sample-path identity, its two sides from separate code: one departure that is not told
//! breaks it.

use std::path::Path;

use corridor::engine::run_sequential;
use corridor::network::Network;
use corridor::observe::{Little, SiteObserver, Window};
use corridor::world::{
    Corridor, Draws, Fact, FactKind, JobEnd, Observer, StationLevel, Trip, VisitEnd,
};

use crate::files;

/// Passes everything on, save one departure if told to drop it.
struct Forgetful {
    inner: SiteObserver,
    drop_one: bool,
}

impl Observer for Forgetful {
    fn fact(&mut self, fact: &Fact) {
        if self.drop_one && fact.kind == FactKind::Departed {
            self.drop_one = false;
            return;
        }
        self.inner.fact(fact);
    }
    fn station(&mut self, station: u16, now: corridor::time::Time, level: StationLevel) {
        self.inner.station(station, now, level);
    }
    fn job(&mut self, job: &JobEnd) {
        self.inner.job(job);
    }
    fn visit_end(&mut self, end: &VisitEnd<'_>) {
        self.inner.visit_end(end);
    }
    fn journey_ended(&mut self, trip: &Trip) {
        self.inner.journey_ended(trip);
    }
}

fn identities(network: &Network, drop_at: Option<usize>) -> Vec<Little> {
    let draws = Draws::new(network, 3, 0);
    let world: Corridor<'_, Forgetful> = Corridor::new(network, &draws);
    let window = Window::of(network);
    let mut processes = world.processes(|site| Forgetful {
        inner: SiteObserver::new(network, site, window),
        drop_one: drop_at == Some(site),
    });
    run_sequential(&world, &mut processes, &world.channels(), world.stop()).unwrap();
    let finished = processes.into_iter().map(|mut process| {
        let present = process.state.present();
        process
            .state
            .observer
            .inner
            .finish(network, &present, network.drain_end);
        process.state.observer.inner.little
    });
    finished.collect()
}

#[test]
fn the_identity_holds_to_the_millisecond_and_one_lost_departure_breaks_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/china-europe-rail.toml");
    let study = files::short(&path, 10);
    let network = &files::compile(&path, &study)[0];
    let busy = network
        .sites
        .iter()
        .position(|s| s.name == "dostyk")
        .expect("the corridor has Dostyk");
    for little in identities(network, None) {
        assert_eq!(little.occupancy, little.stays);
        assert_eq!(little.arrivals, little.departures + little.inside);
    }
    let broken = identities(network, Some(busy))[busy];
    assert_ne!(broken.occupancy, broken.stays);
    assert_ne!(broken.arrivals, broken.departures + broken.inside);
}
