//! The folder of a ranking: `<out>/<scenario>/rank-<hash>`, its files all at once or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corridor::experiment::rank::Ranking;
use corridor::report::Artifact;
use corridor::scenario::Loaded;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Options;
use super::failure::Failure;

const MANIFEST: &str = "manifest.json";

/// Enough to rank the same again and to know that the files are whole.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    program: String,
    version: String,
    command: String,
    run: String,
    scenario: String,
    seed: u64,
    /// What was asked for, beside the scenario.
    options: String,
    overrides: Vec<(String, String)>,
    /// Replications of the selection of one, all together.
    replications: u64,
    /// Digest of all facts of all runs, of combinations and the capacity too.
    digest: String,
    events: u64,
    finding: String,
    /// The scenario and the CSV files that it names, whole.
    inputs: Vec<(String, String)>,
    /// Every other file but for `timing.json`: name and SHA-256.
    files: Vec<(String, String)>,
}

/// How long it took: the only file with clock times.
#[derive(Debug, Serialize)]
struct Timing {
    finished: String,
    threads: Option<u16>,
    seconds: f64,
    events_per_second: f64,
}

/// Where a ranking's files go.
pub(super) struct Folder {
    path: PathBuf,
    run: String,
    options: String,
}

impl Folder {
    /// The folder under `out`; its name is the hash of the study, the options, the input files and the version.
    pub fn of(loaded: &Loaded, options: &str, out: &Path) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        part(env!("CARGO_PKG_VERSION"));
        part("rank");
        part(options);
        part(&format!("{:?}", loaded.study));
        for (name, text) in &loaded.inputs {
            part(name);
            part(text);
        }
        let run = format!("rank-{}", &hex(&hash.finalize())[..12]);
        Folder {
            path: out.join(&loaded.study.name).join(&run),
            run,
            options: options.to_owned(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn manifest(&self) -> Option<Manifest> {
        let text = fs::read_to_string(self.path.join(MANIFEST)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Whether this very ranking was made before and is whole.
    pub fn is_finished(&self) -> bool {
        let whole = |(name, sum): &(String, String)| {
            fs::read(self.path.join(name)).is_ok_and(|bytes| checksum(&bytes) == *sum)
        };
        self.manifest()
            .is_some_and(|m| m.run == self.run && m.files.iter().all(whole))
    }

    fn parent(&self) -> &Path {
        self.path
            .parent()
            .expect("a ranking's folder stands in its scenario's folder")
    }

    /// Makes the folder that its own will stand in, and sees that it can be written to.
    pub fn prepare(&self) -> Result<(), Failure> {
        let parent = self.parent();
        fs::create_dir_all(parent).map_err(|e| Failure::io("create", parent, &e))?;
        self.scratch().map(drop)
    }

    fn scratch(&self) -> Result<tempfile::TempDir, Failure> {
        let parent = self.parent();
        let made = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempdir_in(parent);
        made.map_err(|e| Failure::io("write to", parent, &e))
    }

    /// Writes all files beside their place and moves them there in one step.
    pub fn write(
        &self,
        loaded: &Loaded,
        options: &Options,
        ranking: &Ranking,
        artifacts: &[Artifact],
        took: Duration,
    ) -> Result<(), Failure> {
        let manifest = Manifest {
            program: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "rank".to_owned(),
            run: self.run.clone(),
            scenario: ranking.scenario.clone(),
            seed: ranking.seed,
            options: self.options.clone(),
            overrides: options.set.clone(),
            replications: ranking.spent.replications,
            digest: ranking.digest.clone(),
            events: ranking.events,
            finding: ranking.finding.clone(),
            inputs: loaded.inputs.clone(),
            files: artifacts
                .iter()
                .map(|a| (a.name.clone(), checksum(&a.bytes)))
                .collect(),
        };
        let timing = Timing {
            finished: jiff::Timestamp::now().to_string(),
            threads: options.threads,
            seconds: took.as_secs_f64(),
            events_per_second: ranking.events as f64 / took.as_secs_f64().max(1e-9),
        };
        let scratch = self.scratch()?;
        let fresh = scratch.path().join("run");
        fs::create_dir(&fresh).map_err(|e| Failure::io("create", &fresh, &e))?;
        let put = |name: &str, bytes: &[u8]| {
            let path = fresh.join(name);
            fs::write(&path, bytes).map_err(|e| Failure::io("write", &path, &e))
        };
        for artifact in artifacts {
            put(&artifact.name, &artifact.bytes)?;
        }
        put("timing.json", json(&timing).as_bytes())?;
        put(MANIFEST, json(&manifest).as_bytes())?;
        if self.path.exists() {
            let old = scratch.path().join("old");
            fs::rename(&self.path, &old).map_err(|e| Failure::io("replace", &self.path, &e))?;
        }
        fs::rename(&fresh, &self.path).map_err(|e| Failure::io("write", &self.path, &e))
    }

    /// A text file of the ranking.
    pub fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.path.join(name);
        fs::read_to_string(&path).map_err(|e| Failure::io("read", &path, &e))
    }

    /// The finding.
    pub fn finding(&self) -> Result<String, Failure> {
        match self.manifest() {
            Some(manifest) => Ok(manifest.finding),
            None => self.read(MANIFEST),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("manifests have string keys only");
    format!("{text}\n")
}

fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
