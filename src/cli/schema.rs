//! `corridor schema`: the JSON Schema of the scenario format.

use corridor::scenario;

use super::failure::{Failure, print};

/// Prints the schema.
pub(super) fn schema() -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(&scenario::schema()).expect("a schema has string keys only");
    print(&format!("{text}\n"))
}
