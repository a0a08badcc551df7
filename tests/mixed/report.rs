//! The acting report: for each part, in how many scenarios it stood and in how many it acted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::acting;
use crate::mix::{Mix, Part};

/// The least share of the scenarios in which each part must have acted.
const LEAST: f64 = 0.1;

/// Counts over all scenarios.
#[derive(Default)]
pub struct Report {
    /// Scenarios.
    pub scenarios: usize,
    /// Runs that ended in a wait cycle.
    pub cycles: usize,
    counts: BTreeMap<Part, (usize, usize)>,
    ways: BTreeMap<(Option<Part>, &'static str), usize>,
}

impl Report {
    /// Counts one scenario.
    pub fn add(&mut self, mix: &Mix, acted: &BTreeSet<Part>, cycles: usize) {
        self.scenarios += 1;
        self.cycles += cycles;
        for way in acting::ways(mix, acted) {
            *self.ways.entry(way).or_default() += 1;
        }
        for &part in Part::ALL {
            let (stood, did) = self.counts.entry(part).or_default();
            *stood += usize::from(mix.has(part));
            *did += usize::from(acted.contains(&part));
        }
    }

    /// Ways of acting that were met in less than a fiftieth of the scenarios.
    pub fn rare(&self) -> Vec<&'static str> {
        let all = acting::WAYS.iter();
        let all = all.flat_map(|(part, ways)| ways.iter().map(|way| (*part, *way)));
        let few = |way: &(Option<Part>, &'static str)| {
            self.ways.get(way).is_none_or(|n| n * 50 < self.scenarios)
        };
        all.filter(few).map(|(_, way)| way).collect()
    }

    /// Parts that acted too seldom.
    pub fn idle(&self) -> Vec<Part> {
        let least = LEAST * self.scenarios as f64;
        let few = |part: &&Part| {
            self.counts
                .get(*part)
                .is_none_or(|(_, n)| (*n as f64) < least)
        };
        Part::ALL.iter().filter(few).copied().collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            scenarios, cycles, ..
        } = self;
        writeln!(
            f,
            "{scenarios} scenarios; {cycles} runs ended in a wait cycle"
        )?;
        writeln!(f, "| part | in scenarios | acted in | share |")?;
        writeln!(f, "|---|---|---|---|")?;
        for (part, (stood, acted)) in &self.counts {
            let share = 100.0 * *acted as f64 / *scenarios as f64;
            writeln!(f, "| {} | {stood} | {acted} | {share:.0} % |", part.words())?;
        }
        for ((part, way), n) in &self.ways {
            writeln!(f, "{}: {way} in {n}", part.map_or("regime", Part::words))?;
        }
        Ok(())
    }
}
