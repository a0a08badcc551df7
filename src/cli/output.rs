//! The folder of a run: its name from what determines the results, its files all at once or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corridor::experiment::{Precision, Results};
use corridor::report::Artifact;
use corridor::scenario::Loaded;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::store::Unfinished;
use super::sweep::Request;

/// The file that says what a run was.
pub(super) const MANIFEST: &str = "manifest.json";
const TIMING: &str = "timing.json";

/// Enough to run the same again and to know that the files are whole.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    program: String,
    pub version: String,
    pub run: String,
    scenario: String,
    pub seed: u64,
    pub replications: u32,
    /// The precision that replications went on for, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// What was swept, where the run is a sweep; the variants are then its points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Request>,
    pub variants: Vec<String>,
    pub overrides: Vec<(String, String)>,
    /// Digest of all facts of all runs.
    pub digest: String,
    pub events: u64,
    finding: String,
    /// The scenario and the CSV files that it names, whole.
    inputs: Vec<Input>,
    /// Every other file of the run, but for `timing.json`.
    files: Vec<FileEntry>,
}

impl Manifest {
    /// The scenario and the files that it names: name and text.
    pub fn inputs(&self) -> Vec<(&str, &str)> {
        let inputs = self.inputs.iter();
        inputs.map(|i| (i.name.as_str(), i.text.as_str())).collect()
    }

    /// The files of the run, but for the one with clock times: name and checksum.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|f| (f.name.as_str(), f.sha256.as_str()))
    }

    /// The checksum of a file.
    pub fn file(&self, name: &str) -> Option<&str> {
        self.files()
            .find(|(file, _)| *file == name)
            .map(|(_, sum)| sum)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Input {
    name: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileEntry {
    name: String,
    bytes: usize,
    sha256: String,
}

/// When the run was made and how long it took: the only file with clock times.
#[derive(Debug, Serialize)]
pub(super) struct Timing {
    started: String,
    finished: Option<String>,
    threads: Option<usize>,
    /// How each variant was executed, and why.
    engines: Vec<String>,
    /// Runs taken over from an interrupted experiment: the times below are of the others.
    runs_taken_over: usize,
    simulation_s: f64,
    simulation_and_report_s: f64,
    /// Of an experiment that was not interrupted.
    events_per_second: Option<f64>,
}

impl Timing {
    /// The run starts now; without a number, threads are one per core.
    pub fn start(threads: Option<usize>) -> Self {
        Timing {
            started: jiff::Timestamp::now().to_string(),
            finished: None,
            threads,
            engines: Vec::new(),
            runs_taken_over: 0,
            simulation_s: 0.0,
            simulation_and_report_s: 0.0,
            events_per_second: None,
        }
    }

    /// The run has ended: simulation alone, then with its tables and charts.
    pub fn end(
        mut self,
        simulation: Duration,
        all: Duration,
        account: &Account,
        runs_taken_over: usize,
    ) -> Self {
        self.engines.clone_from(&account.engines);
        self.runs_taken_over = runs_taken_over;
        self.finished = Some(jiff::Timestamp::now().to_string());
        self.simulation_s = simulation.as_secs_f64();
        self.simulation_and_report_s = all.as_secs_f64();
        self.events_per_second = (runs_taken_over == 0)
            .then(|| account.events as f64 / simulation.as_secs_f64().max(1e-9));
        self
    }
}

/// What a manifest tells of an experiment.
pub(super) struct Account {
    pub scenario: String,
    pub seed: u64,
    pub replications: u32,
    pub precision: Option<Precision>,
    pub sweep: Option<Request>,
    pub variants: Vec<String>,
    pub digest: String,
    pub events: u64,
    pub finding: String,
    /// How each variant was executed, and why.
    pub engines: Vec<String>,
}

impl From<&Results> for Account {
    fn from(results: &Results) -> Account {
        Account {
            scenario: results.scenario.clone(),
            seed: results.seed,
            replications: results.replications,
            precision: results.precision.as_ref().map(|p| Precision {
                percent: p.wanted_percent,
                most: p.most,
            }),
            sweep: None,
            variants: results.variants.iter().map(|v| v.name.clone()).collect(),
            digest: results.digest.clone(),
            events: results.events,
            finding: results.finding.clone(),
            engines: results.engines.clone(),
        }
    }
}

/// Where a run's files go.
pub(super) struct RunFolder {
    /// `<out>/<scenario>/<run>`.
    pub path: PathBuf,
    run: String,
}

/// A run whose files are there.
pub(super) struct Finished {
    path: PathBuf,
    manifest: Manifest,
}

impl RunFolder {
    /// The folder under `out` for this scenario. Its name is the hash of all that determines the results:
    /// the resolved study (overrides, seed and replications included), the precision that is asked for, the input files
    /// and the version.
    pub fn of(loaded: &Loaded, precision: Option<Precision>, out: &Path) -> Self {
        let asked = precision.map(|precision| format!("{precision:?}"));
        Self::named("", loaded, asked, out)
    }

    /// The folder under `out` for a sweep of this scenario: as [`RunFolder::of`], with what is swept.
    pub fn of_sweep(loaded: &Loaded, request: &Request, out: &Path) -> Self {
        Self::named("sweep-", loaded, Some(format!("{request:?}")), out)
    }

    fn named(prefix: &str, loaded: &Loaded, asked: Option<String>, out: &Path) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        part(env!("CARGO_PKG_VERSION"));
        part(&format!("{:?}", loaded.study));
        if let Some(asked) = asked {
            part(&asked);
        }
        for (name, text) in &loaded.inputs {
            part(name);
            part(text);
        }
        let run = format!("{prefix}{}", &hex(&hash.finalize())[..12]);
        RunFolder {
            path: out.join(&loaded.study.name).join(&run),
            run,
        }
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    fn parent(&self) -> &Path {
        self.path
            .parent()
            .expect("a run folder stands in its scenario's folder")
    }

    /// The finished run, if this very run was made before and is whole.
    pub fn finished(&self, loaded: &Loaded) -> Option<Finished> {
        let text = fs::read_to_string(self.path.join(MANIFEST)).ok()?;
        let manifest: Manifest = serde_json::from_str(&text).ok()?;
        let same = manifest.run == self.run && manifest.scenario == loaded.study.name;
        let whole = |f: &FileEntry| {
            fs::read(self.path.join(&f.name)).is_ok_and(|bytes| checksum(&bytes) == f.sha256)
        };
        (same && manifest.files.iter().all(whole)).then(|| Finished {
            path: self.path.clone(),
            manifest,
        })
    }

    /// Makes the folder that the run's own folder stands in, and sees that it can be written to.
    pub fn prepare(&self) -> Result<(), Failure> {
        let parent = self.parent();
        fs::create_dir_all(parent).map_err(|e| Failure::io("create", parent, &e))?;
        let probe = tempfile::tempfile_in(parent);
        probe
            .map(drop)
            .map_err(|e| Failure::io("write to", parent, &e))
    }

    /// The replications of this run that are finished, beside its place; also sees that files can be written there.
    /// None of them are there if `afresh`.
    pub fn unfinished(&self, afresh: bool) -> Result<Unfinished, Failure> {
        let hidden = self.parent().join(format!(".unfinished-{}", self.run));
        Unfinished::open(hidden, afresh)
    }

    /// Writes a file of a run that was refused beside the place of the run, under the run's name.
    pub fn refused(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.parent().join(format!("{}-{name}", self.run));
        let wrong = |e: std::io::Error| Failure::io("write", &path, &e);
        let mut file = tempfile::NamedTempFile::new_in(self.parent()).map_err(wrong)?;
        std::io::Write::write_all(&mut file, bytes).map_err(wrong)?;
        file.persist(&path).map_err(|e| wrong(e.error))?;
        Ok(path)
    }

    /// Writes all files beside their place and moves them there in one step.
    pub fn write(
        &self,
        unfinished: &Unfinished,
        loaded: &Loaded,
        overrides: &[(String, String)],
        account: &Account,
        artifacts: &[Artifact],
        timing: &Timing,
    ) -> Result<Finished, Failure> {
        let manifest = self.manifest(loaded, overrides, account, artifacts);
        let scratch = tempfile::tempdir_in(unfinished.path())
            .map_err(|e| Failure::io("write to", unfinished.path(), &e))?;
        // Within the scratch folder, which only its owner may read, so that the run gets the usual rights.
        let fresh = scratch.path().join("run");
        fs::create_dir(&fresh).map_err(|e| Failure::io("create", &fresh, &e))?;
        let put = |name: &str, bytes: &[u8]| {
            let path = fresh.join(name);
            fs::write(&path, bytes).map_err(|e| Failure::io("write", &path, &e))
        };
        for artifact in artifacts {
            put(&artifact.name, &artifact.bytes)?;
        }
        put(TIMING, json(timing).as_bytes())?;
        put(MANIFEST, json(&manifest).as_bytes())?;
        if self.path.exists() {
            let old = scratch.path().join("old");
            fs::rename(&self.path, &old).map_err(|e| Failure::io("replace", &self.path, &e))?;
        }
        fs::rename(&fresh, &self.path).map_err(|e| Failure::io("write", &self.path, &e))?;
        Ok(Finished {
            path: self.path.clone(),
            manifest,
        })
    }

    fn manifest(
        &self,
        loaded: &Loaded,
        overrides: &[(String, String)],
        account: &Account,
        artifacts: &[Artifact],
    ) -> Manifest {
        let input = |(name, text): &(String, String)| Input {
            name: name.clone(),
            text: text.clone(),
        };
        let entry = |a: &Artifact| FileEntry {
            name: a.name.clone(),
            bytes: a.bytes.len(),
            sha256: checksum(&a.bytes),
        };
        Manifest {
            program: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: self.run.clone(),
            scenario: account.scenario.clone(),
            seed: account.seed,
            replications: account.replications,
            precision: account.precision,
            sweep: account.sweep.clone(),
            variants: account.variants.clone(),
            overrides: overrides.to_vec(),
            digest: account.digest.clone(),
            events: account.events,
            finding: account.finding.clone(),
            inputs: loaded.inputs.iter().map(input).collect(),
            files: artifacts.iter().map(entry).collect(),
        }
    }
}

impl Finished {
    /// A text file of the run.
    pub fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.path.join(name);
        fs::read_to_string(&path).map_err(|e| Failure::io("read", &path, &e))
    }

    /// The finding.
    pub fn finding(&self) -> &str {
        &self.manifest.finding
    }
}

fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("manifests have string keys only");
    format!("{text}\n")
}

/// The SHA-256 of a file's bytes, in hex digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
