//! `corridor verify MANIFEST`: the same run again, from what its manifest holds, and whether it comes to the same.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use corridor::scenario::{self, LoadOptions};

use super::Options;
use super::answer::{Account, Given, Means};
use super::asked::Asked;
use super::failure::{Failure, note, print};
use super::output::{Manifest, RunFolder, checksum};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The manifest of a run, or its folder
    manifest: PathBuf,
}

/// Runs again what a manifest describes and compares digests and files; a difference is exit code 3.
pub(super) fn verify(args: &VerifyArgs, options: &Options) -> Result<(), Failure> {
    refuse_changes(options)?;
    refuse_void(options)?;
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
        replications: (!manifest.asked.has_precision()).then_some(manifest.replications),
        ..LoadOptions::default()
    };
    let load_again = |load: &LoadOptions| scenario::from_str_with(name, text, &tables, load);
    let mut given = Given {
        loaded: load_again(&load)?,
        second: None,
        options: load.clone(),
        load: &load_again,
    };
    if let [(name, text), tables @ ..] = &manifest.second()[..] {
        given.second = Some(scenario::from_str_with(name, text, &tables, &load)?);
    }
    if let Asked::Compare { .. } = manifest.asked {
        let variants = &mut given.loaded.study.variants;
        variants.retain(|v| manifest.variants.contains(&v.name));
    }
    let answer = manifest.asked.conduct(&given, &Means::new(options))?;
    let folder = RunFolder::of(&given, &manifest.asked, Path::new(""));
    let (account, artifacts) = (&answer.account, &answer.artifacts);
    if account.digest != manifest.digest {
        differences.push(format!(
            "digest {} instead of {}",
            account.digest, manifest.digest
        ));
    }
    if account.events != manifest.events {
        let events = |events: Option<u64>| events.unwrap_or(0);
        differences.push(format!(
            "{} events instead of {}",
            events(account.events),
            events(manifest.events)
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
        what(&manifest.asked, account),
        account.digest,
        if same_program {
            ", and every file to its bytes"
        } else {
            ""
        },
    ))
}

/// The manifest says what is run again: nothing else may.
fn refuse_changes(options: &Options) -> Result<(), Failure> {
    let given = [
        ("--seed", options.seed.is_some()),
        ("--replications", options.replications.is_some()),
        ("--set", !options.set.is_empty()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::Setup(format!(
            "verify runs what the manifest says, and {option} would change that: leave it out; what changes no result, \
             such as --threads, --engine and --kernel, may be given"
        ))),
        None => Ok(()),
    }
}

/// What says nothing here is refused, rather than thought to have done something.
fn refuse_void(options: &Options) -> Result<(), Failure> {
    let given = [
        ("--fresh", options.fresh, "always runs anew"),
        ("--out", options.out.is_some(), "writes no files"),
        (
            "--json",
            options.json,
            "prints one line, and no results: those of the run are in its folder",
        ),
    ];
    match given.iter().find(|(_, given, _)| *given) {
        Some((option, _, why)) => Err(Failure::Setup(format!(
            "{option} means nothing to verify, which {why}; leave it out"
        ))),
        None => Ok(()),
    }
}

/// What was run again.
fn what(asked: &Asked, account: &Account) -> String {
    let (variants, replications) = (account.variants.len(), account.replications);
    match asked {
        Asked::Rank(_) => format!("the base and {} interventions", variants - 1),
        Asked::Sensitivity(_) => "all points".to_owned(),
        Asked::Diff(_) => format!("{variants} combinations x {replications} replications"),
        _ if variants == 1 => format!("1 variant x {replications} replications"),
        _ => format!("{variants} variants x {replications} replications"),
    }
}

fn read(path: &Path) -> Result<Manifest, Failure> {
    let text = fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::Setup(format!(
            "{} is no manifest of this version of corridor: {e}",
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
