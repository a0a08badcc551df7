//! Golden outputs: short runs of the shipped scenarios give the digests written here. A change that moves one
//! changes results, and belongs in CHANGELOG.md under "which results move".

use std::path::Path;

use corridor::experiment::run_one;

use crate::files;

fn digests(scenario: &str, days: u32) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(scenario);
    let study = files::short(&path, days);
    let networks = files::compile(&path, &study);
    let digest = |n| {
        run_one(n, study.experiment.seed, 0)
            .unwrap()
            .digest
            .to_string()
    };
    networks.iter().map(digest).collect()
}

/// The first and the last variant of each: the whole list says no more.
fn ends(scenario: &str, days: u32) -> [String; 2] {
    let all = digests(scenario, days);
    [all[0].clone(), all[all.len() - 1].clone()]
}

#[test]
fn china_europe_rail() {
    assert_eq!(
        ends("china-europe-rail.toml", 30),
        [
            "d746c8a7c3d8340a1bd29c8b4ec97970",
            "8babfa8069e53df9aafd18b857e8630b"
        ]
    );
}

#[test]
fn khorgos_road() {
    assert_eq!(
        ends("khorgos-road.toml", 10),
        [
            "f19b4fb13a419b966e84741024d091b9",
            "40e148d87fcde097b240584915a19bad"
        ]
    );
}

#[test]
fn three_mutuals_2015() {
    assert_eq!(
        ends("three-mutuals-2015.toml", 10),
        [
            "75c0c5fcff94b486becf11de36f96e87",
            "44ef828e78958fa266eed9bf1f73d5d6"
        ]
    );
}
