//! What a replication brings, from where an interrupted experiment kept it, or made and kept.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{RunError, Store};

/// What `store` holds of this replication of variant number `variant`, or else what `make` makes, which is then kept.
/// A record that cannot be read is as good as none.
pub(super) fn kept<T: Serialize + DeserializeOwned>(
    store: Option<&dyn Store>,
    variant: usize,
    replication: u32,
    make: impl FnOnce() -> Result<T, RunError>,
) -> Result<T, RunError> {
    let Some(store) = store else {
        return make();
    };
    let found = store.load(variant, replication);
    if let Some(record) = found.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
        return Ok(record);
    }
    let made = make()?;
    let bytes = postcard::to_stdvec(&made)
        .map_err(|e| RunError::Setup(format!("cannot encode a replication: {e}")))?;
    let saved = store.save(variant, replication, &bytes);
    saved.map_err(RunError::Setup)?;
    Ok(made)
}
