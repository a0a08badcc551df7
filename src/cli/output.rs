//! The folder of a run: its name from what determines the results, its files all at once or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corridor::report::Artifact;
use corridor::scenario::Loaded;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::answer::{Answer, Given};
use super::asked::Asked;
use super::failure::Failure;
use super::store::Unfinished;

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
    pub asked: Asked,
    pub variants: Vec<String>,
    pub overrides: Vec<(String, String)>,
    /// See [`super::answer::Account::digest`].
    pub digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    finding: String,
    /// The scenario and the CSV files that it names, whole.
    inputs: Vec<Input>,
    /// The scenario that it was set against, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    second: Vec<Input>,
    /// Every other file of the run, but for `timing.json`.
    files: Vec<FileEntry>,
}

impl Manifest {
    /// The scenario and the files that it names: name and text.
    pub fn inputs(&self) -> Vec<(&str, &str)> {
        Input::texts(&self.inputs)
    }

    /// The same of the scenario that it was set against; empty where there was none.
    pub fn second(&self) -> Vec<(&str, &str)> {
        Input::texts(&self.second)
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

impl Input {
    fn of(loaded: &Loaded) -> Vec<Input> {
        let input = |(name, text): &(String, String)| Input {
            name: name.clone(),
            text: text.clone(),
        };
        loaded.inputs.iter().map(input).collect()
    }

    fn texts(inputs: &[Input]) -> Vec<(&str, &str)> {
        let texts = inputs.iter();
        texts.map(|i| (i.name.as_str(), i.text.as_str())).collect()
    }
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
    pub fn end(mut self, answer: &Answer, all: Duration, runs_taken_over: usize) -> Self {
        let simulation = answer.simulation;
        self.engines.clone_from(&answer.account.engines);
        self.runs_taken_over = runs_taken_over;
        self.finished = Some(jiff::Timestamp::now().to_string());
        self.simulation_s = simulation.as_secs_f64();
        self.simulation_and_report_s = all.as_secs_f64();
        let events = answer.account.events.filter(|_| runs_taken_over == 0);
        self.events_per_second =
            events.map(|events| events as f64 / simulation.as_secs_f64().max(1e-9));
        self
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
    /// The folder under `out` for what is asked of this scenario. Its name is the hash of all that determines the results:
    /// the resolved study (overrides, seed and replications included), what is asked, the input files and the version.
    pub fn of(given: &Given<'_>, asked: &Asked, out: &Path) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        part(env!("CARGO_PKG_VERSION"));
        part(&format!("{:?}", given.loaded.study));
        if let Some(asked) = asked.identity() {
            part(&asked);
        }
        let second = given.second.iter().flat_map(|second| &second.inputs);
        for (name, text) in given.loaded.inputs.iter().chain(second) {
            part(name);
            part(text);
        }
        let run = format!("{}{}", asked.prefix(), &hex(&hash.finalize())[..12]);
        RunFolder {
            path: out.join(&given.loaded.study.name).join(&run),
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
    pub fn finished(&self, given: &Given<'_>) -> Option<Finished> {
        let text = fs::read_to_string(self.path.join(MANIFEST)).ok()?;
        let manifest: Manifest = serde_json::from_str(&text).ok()?;
        let same = manifest.run == self.run && manifest.scenario == given.loaded.study.name;
        let whole = |f: &FileEntry| {
            fs::read(self.path.join(&f.name)).is_ok_and(|bytes| checksum(&bytes) == f.sha256)
        };
        (same && manifest.files.iter().all(whole)).then(|| Finished {
            path: self.path.clone(),
            manifest,
        })
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
        given: &Given<'_>,
        asked: &Asked,
        answer: &Answer,
        timing: &Timing,
    ) -> Result<Finished, Failure> {
        let manifest = self.manifest(given, asked, answer);
        let scratch = tempfile::tempdir_in(unfinished.path())
            .map_err(|e| Failure::io("write to", unfinished.path(), &e))?;
        // Within the scratch folder, which only its owner may read, so that the run gets the usual rights.
        let fresh = scratch.path().join("run");
        fs::create_dir(&fresh).map_err(|e| Failure::io("create", &fresh, &e))?;
        let put = |name: &str, bytes: &[u8]| {
            let path = fresh.join(name);
            fs::write(&path, bytes).map_err(|e| Failure::io("write", &path, &e))
        };
        for artifact in &answer.artifacts {
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

    fn manifest(&self, given: &Given<'_>, asked: &Asked, answer: &Answer) -> Manifest {
        let account = &answer.account;
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
            asked: asked.clone(),
            variants: account.variants.clone(),
            overrides: given.options.overrides.clone(),
            digest: account.digest.clone(),
            events: account.events,
            finding: account.finding.clone(),
            inputs: Input::of(&given.loaded),
            second: given.second.as_ref().map(Input::of).unwrap_or_default(),
            files: answer.artifacts.iter().map(entry).collect(),
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

/// A digest of results that come without one: that of their JSON file, short as those of runs are.
pub(super) fn digest_of(artifacts: &[Artifact]) -> String {
    let json = artifacts.iter().find(|a| a.name.ends_with(".json"));
    let sum = checksum(json.map_or(&[], |json| &json.bytes));
    sum[..32].to_owned()
}

/// The SHA-256 of a file's bytes, in hex digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
