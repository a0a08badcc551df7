//! All facts of one run of a scenario, for tests that look at single consignments.

use std::collections::{BTreeMap, BTreeSet};

use corridor::engine;
use corridor::experiment;
use corridor::network::Network;
use corridor::observe::{Journal, Recorded};
use corridor::scenario::{self, NoFiles, Study};
use corridor::terms::EntityId;
use corridor::time::Time;
use corridor::world::{Corridor, Draws, Fact, FactKind, SkipReason};

/// The study in `text`.
pub fn study(text: &str) -> Study {
    match scenario::from_str("generated.toml", text, &NoFiles) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}\n{text}"),
    }
}

/// The facts of replication 0 of variant number `variant`.
pub struct Facts {
    /// The corridor.
    pub network: Network,
    /// All facts, sorted by key.
    pub recorded: Vec<Recorded>,
    /// How many of each pool are free at the end.
    pub free: Vec<u32>,
}

/// A consignment at a site.
type At = (EntityId, u32);

impl Facts {
    /// Runs it.
    pub fn of(study: &Study, variant: usize) -> Facts {
        let network = experiment::compile(study)
            .expect("the scenario compiles")
            .swap_remove(variant);
        let mut free = vec![0; network.pools.len()];
        let recorded = {
            let draws = Draws::new(&network, study.experiment.seed, 0);
            let world: Corridor<'_, Journal> = Corridor::new(&network, &draws);
            let mut processes = world.processes(Journal::all);
            engine::run_sequential(&world, &mut processes, &world.channels(), world.stop())
                .expect("the run keeps its promises");
            for (site, process) in network.sites.iter().zip(&processes) {
                for (pool, count) in site.pools.iter().zip(process.state.free_of_pools()) {
                    free[*pool as usize] = count;
                }
            }
            Journal::sorted(processes.into_iter().map(|p| p.state.observer))
        };
        Facts {
            network,
            recorded,
            free,
        }
    }

    fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = &Recorded> {
        self.recorded
            .iter()
            .filter(move |r| r.fact.kind == kind && r.fact.measured)
    }

    /// The details of the facts of one kind about each consignment and step, in order.
    pub fn details(&self, kind: FactKind) -> BTreeMap<(EntityId, u8), Vec<u64>> {
        let mut details: BTreeMap<(EntityId, u8), Vec<u64>> = BTreeMap::new();
        for r in self.of_kind(kind) {
            let place = details.entry((r.fact.entity, r.fact.step)).or_default();
            place.push(r.fact.detail);
        }
        details
    }

    /// The facts of a kind about measured consignments, in the order of their keys.
    pub fn all_of(&self, kind: FactKind) -> impl Iterator<Item = &Fact> {
        self.of_kind(kind).map(|r| &r.fact)
    }

    /// All facts at the site of this name, measured or not, in the order of time.
    pub fn at(&self, site: &str) -> impl Iterator<Item = &Recorded> {
        let here = self.network.sites.iter().position(|s| s.name == site);
        self.recorded
            .iter()
            .filter(move |r| Some(r.site as usize) == here)
    }

    /// When each measured consignment departed from the site of this name.
    pub fn departures(&self, site: &str) -> BTreeMap<EntityId, Time> {
        let here = self
            .network
            .sites
            .iter()
            .position(|s| s.name == site)
            .expect("the site is in the network");
        let there = self
            .of_kind(FactKind::Departed)
            .filter(|r| r.site as usize == here);
        there.map(|r| (r.fact.entity, r.fact.time)).collect()
    }

    /// Whose data came ahead of the cargo, and where.
    pub fn sent_ahead(&self) -> BTreeSet<At> {
        self.of_kind(FactKind::DataCame)
            .map(|r| (r.fact.entity, r.site))
            .collect()
    }

    /// Which steps were skipped for this reason: consignment, site and step.
    pub fn skipped(&self, reason: SkipReason) -> BTreeSet<(At, u8)> {
        let mine = self
            .of_kind(FactKind::Skipped)
            .filter(|r| r.fact.detail == reason as u64);
        mine.map(|r| ((r.fact.entity, r.site), r.fact.step))
            .collect()
    }

    /// Which steps were carried out.
    pub fn carried_out(&self) -> BTreeSet<(At, u8)> {
        let started = self.of_kind(FactKind::Started);
        started
            .map(|r| ((r.fact.entity, r.site), r.fact.step))
            .collect()
    }

    /// Service times of a step, by consignment, in ms.
    pub fn services(&self, site: &str, step: u8) -> BTreeMap<EntityId, u64> {
        let here = self
            .network
            .sites
            .iter()
            .position(|s| s.name == site)
            .expect("the site is in the network");
        let started = self
            .of_kind(FactKind::Started)
            .filter(|r| r.site as usize == here && r.fact.step == step);
        started.map(|r| (r.fact.entity, r.fact.detail)).collect()
    }

    /// Service times of a step that is written at `home`, wherever it is done, by consignment, in ms.
    pub fn services_of(&self, home: &str, procedure: usize, listed: u8) -> BTreeMap<EntityId, u64> {
        let started = self.of_kind(FactKind::Started).filter(|r| {
            let plan = &self.network.sites[r.site as usize].plans[r.fact.plan as usize];
            let step = &plan.steps[r.fact.step as usize];
            self.network.sites[step.home.index()].name == home
                && (step.procedure.index(), step.listed) == (procedure, listed)
        });
        started.map(|r| (r.fact.entity, r.fact.detail)).collect()
    }
}
