//! Every scenario file of the repository under all single changes of the base setting and under the covering array.

use crate::adapter;
use crate::files;
use crate::seen::Seen;
use crate::setting;

#[test]
fn every_file_has_one_digest_and_one_set_of_observations_under_every_setting() {
    let mut settings = setting::single_changes();
    settings.extend(setting::covering());
    let mut runs = 0;
    for path in files::all() {
        let study = files::short(&path, 3);
        for (variant, network) in files::compile(&path, &study).iter().enumerate() {
            let at = |words: String| format!("{}, variant {variant}: {words}", path.display());
            let first = adapter::reference(network, 7);
            let seen = Seen::of(network, &first).unwrap_or_else(|e| panic!("{}", at(e)));
            for setting in &settings {
                let run = adapter::run(network, 7, *setting);
                let other = Seen::of(network, &run)
                    .unwrap_or_else(|e| panic!("{}", at(format!("{setting:?}: {e}"))));
                if let Some(differs) = seen.differs(&other) {
                    panic!("{}", at(format!("{setting:?}: {differs}")));
                }
                runs += 1;
            }
        }
    }
    println!("{runs} runs");
    assert!(runs > 1000, "{runs}");
}
