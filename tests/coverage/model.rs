//! A scenario of the theory suite, run one replication at a time, and what is kept of each.

use std::path::Path;

use corridor::experiment::{self, Conduct};
use corridor::network::Network;
use corridor::scenario::{self, LoadOptions};
use corridor::stats::Histogram;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// A compiled scenario.
pub struct Model {
    pub network: Network,
    /// The site whose stays are measured.
    pub post: usize,
}

/// The stays of one replication.
pub struct Replication {
    pub n: f64,
    pub mean_h: f64,
    histogram: Histogram,
}

impl Model {
    /// The file of the theory suite with these values instead.
    pub fn new(file: &str, horizon: &str, overrides: &[(&str, &str)]) -> Model {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/suite/theory")
            .join(file);
        let mut options = LoadOptions::default();
        let mut set = |key: &str, value: &str| options.overrides.push((key.into(), value.into()));
        set("experiment.horizon", &format!("\"{horizon}\""));
        overrides.iter().for_each(|(key, value)| set(key, value));
        let study = match scenario::load(&path, &options) {
            Ok(loaded) => loaded.study,
            Err(failure) => panic!("{failure}"),
        };
        let network = experiment::compile(&study)
            .expect("the scenario compiles")
            .swap_remove(0);
        let post = network.sites.iter().position(|s| !s.stations.is_empty());
        Model {
            network,
            post: post.expect("a post with a desk"),
        }
    }

    /// Replication `number`. All models share the seed: equal numbers are common random numbers.
    pub fn run(&self, number: u32) -> Replication {
        let conduct = Conduct {
            digest: false,
            ..Conduct::default()
        };
        let run = experiment::run_as(&self.network, 1, number, &conduct);
        let run = run.expect("the run keeps its promises");
        let mut histogram = Histogram::new();
        let (mut n, mut sum) = (0, 0);
        for cell in &run.sites[self.post].cells {
            assert_eq!(cell.bcp.unfinished, 0, "all leave before the run ends");
            n += cell.bcp.moments.n;
            sum += cell.bcp.moments.sum;
            histogram.merge(&cell.bcp.histogram);
        }
        Replication {
            n: n as f64,
            mean_h: sum as f64 / n as f64 / MS_PER_HOUR,
            histogram,
        }
    }
}

impl Replication {
    pub fn quantile_h(&self, p: f64) -> f64 {
        hours(self.histogram.quantile(p))
    }

    /// The share of stays of at most so many hours.
    pub fn within(&self, hours: f64) -> f64 {
        self.histogram
            .share_within((hours * MS_PER_HOUR) as u64)
            .expect("there were stays")
    }
}

/// The stays of all replications.
pub fn pool(runs: &[Replication]) -> Histogram {
    let mut pool = Histogram::new();
    runs.iter().for_each(|r| pool.merge(&r.histogram));
    pool
}

/// A quantile in hours.
pub fn hours(ms: Option<f64>) -> f64 {
    ms.expect("there were stays") / MS_PER_HOUR
}
