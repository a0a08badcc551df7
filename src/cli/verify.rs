//! `corridor verify MANIFEST`: the same run again, from what its manifest holds, and whether it comes to the same.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use corridor::experiment::rank::{RankOptions, Watch};
use corridor::report;
use corridor::scenario::{self, LoadOptions};

use super::Options;
use super::failure::{Failure, note, print};
use super::output::{Account, Manifest, RunFolder, checksum};
use super::progress::Progress;
use super::{rank, study};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The manifest of a run, or its folder
    manifest: PathBuf,
}

/// Runs again what a manifest describes and compares digests and files; a difference is exit code 3.
pub(super) fn verify(args: &VerifyArgs, options: &Options) -> Result<(), Failure> {
    let path = match args.manifest.is_dir() {
        true => args.manifest.join(super::output::MANIFEST),
        false => args.manifest.clone(),
    };
    let manifest = read(&path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut differences = changed_files(&manifest, folder);
    let [(name, text), tables @ ..] = &manifest.inputs()[..] else {
        return Err(Failure::Setup(format!(
            "{} holds no scenario",
            path.display()
        )));
    };
    let load = LoadOptions {
        overrides: manifest.overrides.clone(),
        seed: Some(manifest.seed),
        // Of a precision, the scenario's own number stands in the study and is not what was run.
        replications: manifest
            .precision
            .is_none()
            .then_some(manifest.replications),
        ..LoadOptions::default()
    };
    let progress = Progress::new(options.quiet);
    let tell = |done: usize, total: usize| progress.tell(done, total);
    let run = options.runs();
    let again = |load: &LoadOptions| scenario::from_str_with(name, text, &tables, load);
    let (account, folder, artifacts) = match (&manifest.sweep, &manifest.rank) {
        (Some(request), _) => {
            let swept = request.conduct(&load, &again, &run, &tell)?;
            let folder = RunFolder::of_sweep(&swept.loaded, request, Path::new(""));
            let artifacts = report::sweep_artifacts(&swept.sweep);
            (request.account(&swept.sweep), folder, artifacts)
        }
        (None, Some(asked)) => {
            let loaded = again(&load)?;
            let asked = RankOptions {
                run,
                ..asked.clone()
            };
            let watch = Watch {
                runs: &tell,
                phase: &|text| note(options.quiet, text),
                store: None,
            };
            let ranking = rank::conduct(&loaded, (&again, &load), &asked, &watch)?;
            let folder = RunFolder::of_ranking(&loaded, &asked, Path::new(""));
            let artifacts = report::ranking_artifacts(&ranking);
            (rank::account(&loaded, &asked, &ranking), folder, artifacts)
        }
        (None, None) => {
            let mut loaded = again(&load)?;
            loaded
                .study
                .variants
                .retain(|v| manifest.variants.contains(&v.name));
            let warm_up = study::warm_up(&loaded.study, &run, &tell)?;
            let settled = warm_up.as_ref().map(|found| found.apply(&loaded.study));
            let study = settled.as_ref().unwrap_or(&loaded.study);
            let mut results = study::replicate(study, &run, manifest.precision, None, &tell)?;
            results.warm_up = warm_up;
            results.finding = report::finding(&results);
            let folder = RunFolder::of(&loaded, manifest.precision, Path::new(""));
            let artifacts = report::artifacts(&results);
            (Account::from(&results), folder, artifacts)
        }
    };
    if account.digest != manifest.digest {
        differences.push(format!(
            "digest {} instead of {}",
            account.digest, manifest.digest
        ));
    }
    if account.events != manifest.events {
        differences.push(format!(
            "{} events instead of {}",
            account.events, manifest.events
        ));
    }
    let same_program = manifest.version == env!("CARGO_PKG_VERSION");
    if same_program {
        if folder.run() != manifest.run {
            differences.push(format!("run {} is another's name", manifest.run));
        }
        for artifact in artifacts {
            let made = checksum(&artifact.bytes);
            if manifest.file(&artifact.name).is_some_and(|sum| sum != made) {
                differences.push(format!("{} comes out otherwise", artifact.name));
            }
        }
    } else {
        note(
            options.quiet,
            &format!(
                "The run was made by version {}, this is {}: its files are not compared, only its digest.",
                manifest.version,
                env!("CARGO_PKG_VERSION")
            ),
        );
    }
    if !differences.is_empty() {
        let text = format!(
            "{} is not what it says: {}",
            path.display(),
            differences.join("; ")
        );
        return Err(Failure::Difference(text));
    }
    print(&format!(
        "Verified: {} come to digest {}{}.\n",
        what(&account),
        account.digest,
        if same_program {
            ", and every file to its bytes"
        } else {
            ""
        },
    ))
}

/// What was run again.
fn what(account: &Account) -> String {
    let variants = account.variants.len();
    match account.rank {
        Some(_) => format!("the base and {} interventions", variants - 1),
        None => format!(
            "{variants} variants x {} replications",
            account.replications
        ),
    }
}

fn read(path: &Path) -> Result<Manifest, Failure> {
    let text = fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::Setup(format!(
            "{} is no manifest of a run by `run`, `compare`, `sweep` or `rank`: {e}",
            path.display()
        ))
    })
}

/// The files of the run that are gone or no longer as they were written.
fn changed_files(manifest: &Manifest, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (name, sum) in manifest.files() {
        match fs::read(folder.join(name)) {
            Err(_) => found.push(format!("{name} is missing")),
            Ok(bytes) if checksum(&bytes) != sum => found.push(format!("{name} was changed")),
            Ok(_) => {}
        }
    }
    found
}
