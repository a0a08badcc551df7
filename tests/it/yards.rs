//! Finite yards at the command line: a possible wait cycle is warned of, one that closes ends the run with exit code
//! 1 and its name, and each stuck consignment's story says what it waits for.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;

/// Runs the program on the yards that face each other, with one place each.
fn corridor(folder: &tempfile::TempDir, command: &[&str]) -> (i32, String, String) {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/suite/behaviour/yard-head-on.toml"
    );
    std::fs::copy(file, folder.path().join("yards.toml")).unwrap();
    let mut program: Command = assert_cmd::cargo::cargo_bin_cmd!("corridor");
    let one_place = [
        "--set",
        "sites.west-side.yard.places=1",
        "--set",
        "sites.east-side.yard.places=1",
    ];
    let output = program
        .current_dir(folder.path())
        .args(command)
        .args(one_place)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_wait_cycle_is_warned_of_by_check_and_ends_a_run_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = corridor(&folder, &["check", "yards.toml"]);
    assert_eq!(code, 0);
    let warned = "warning: variant `base`: a wait cycle is possible through the yard of west-side, the yard of east-side";
    assert!(out.contains(warned), "{out}");
    let (code, _, err) = corridor(&folder, &["run", "yards.toml"]);
    assert_eq!(code, 1, "{err}");
    let named = "error: variant `base`, replication 0: wait cycle, closed at 2024-01-02T03:00:00Z, 27.000 h after the start";
    assert!(err.contains(named), "{err}");
    let mut written = std::fs::read_dir(folder.path().join("output/yards")).unwrap();
    assert!(written.next().is_none(), "nothing is written");
    let (code, out, err) = corridor(
        &folder,
        &["explain", "yards.toml", "--consignment", "eastbound:0"],
    );
    // The story is told, and the run that it is of is wrong all the same.
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("error: wait cycle, closed at"), "{err}");
    assert!(
        out.contains("The run ended in a wait cycle, closed at"),
        "{out}"
    );
    let waits =
        "blocked: waits for a place in the yard of east-side, to the end of the run [terminal]";
    assert!(out.contains(waits), "{out}");
}
