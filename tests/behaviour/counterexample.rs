//! Cooperation is no promise to everyone: in two committed scenarios a higher level makes one consignment later. Their
//! files derive it by hand.

use std::path::Path;

use corridor::scenario::{self, LoadOptions};

use crate::facts::Facts;

/// How many consignments depart from the gate later in the second variant than in the first, and how many earlier.
fn later_and_earlier(file: &str) -> (usize, usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite/behaviour")
        .join(file);
    let study = scenario::load(&path, &LoadOptions::default())
        .expect("the counterexample loads")
        .study;
    assert_eq!(study.variants[0].name, "none");
    assert_eq!(study.variants[1].name, "full");
    let (none, full) = (
        Facts::of(&study, 0).departures("gate"),
        Facts::of(&study, 1).departures("gate"),
    );
    assert!(
        none.keys().eq(full.keys()) && !none.is_empty(),
        "the same consignments depart"
    );
    let later = none.iter().filter(|(who, at)| full[who] > **at).count();
    let earlier = none.iter().filter(|(who, at)| full[who] < **at).count();
    (later, earlier)
}

#[test]
fn with_more_recognition_a_consignment_can_be_later() {
    assert_eq!(later_and_earlier("counterexample-recognition.toml"), (1, 1));
}

#[test]
fn with_more_information_a_consignment_can_be_later() {
    assert_eq!(later_and_earlier("counterexample-information.toml"), (1, 1));
}
