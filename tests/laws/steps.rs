//! Law: a step's mean wait is known as well as the stay it is part of, for jobs of one queue tell less than their number.

use std::path::Path;

use corridor::experiment::{self, Measured, RunOptions};
use corridor::scenario::{self, LoadOptions};
use corridor::stats::Estimate;

fn estimate(measured: &Measured) -> Estimate {
    match measured {
        Measured::Estimate(estimate) => *estimate,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_interval_of_a_steps_wait_is_that_of_the_stay() {
    // One officer at load 0.8: nearly all that stays differ by is waiting.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/theory/mm1-80.toml");
    let options = LoadOptions {
        overrides: vec![("experiment.horizon".to_owned(), "\"45 d\"".to_owned())],
        replications: Some(20),
        ..LoadOptions::default()
    };
    let study = match scenario::load(&path, &options) {
        Ok(loaded) => loaded.study,
        Err(failure) => panic!("{failure}"),
    };
    let results = experiment::run(&study, &RunOptions::default(), &|_, _| {}).unwrap();
    let variant = &results.variants[0];
    let step = &variant.steps[0];
    let side = variant.sides.iter().find(|side| side.bcp.n > 0).unwrap();
    let (wait, service) = (estimate(&step.wait_h), estimate(&step.service_h));
    let stay = estimate(&side.bcp.mean_h);
    assert_eq!(wait.replications, 20);
    assert!((wait.mean + service.mean - stay.mean).abs() < 0.01 * stay.mean);
    let ratio = wait.half_width / stay.half_width;
    assert!((0.8..1.25).contains(&ratio), "{wait:?} beside {stay:?}");
    // Services are independent of each other: theirs is much narrower.
    assert!(service.half_width < 0.2 * wait.half_width);
}
