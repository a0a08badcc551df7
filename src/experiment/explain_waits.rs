//! Waits for permits, wagons, places and second vehicles, in words.

use crate::network::{PoolKind, PoolNode};

/// What a consignment that waits for one of `pool` does.
pub(super) fn waiting_for(pool: &PoolNode) -> String {
    match pool.kind {
        PoolKind::Yard => format!("waiting for a place in the {}", pool.name),
        PoolKind::Token(kind) => format!("waiting for {kind} `{}`", pool.name),
    }
}

/// How a consignment and its second vehicle met.
pub(super) fn met(vehicle: &str, waited_h: f64) -> String {
    if waited_h > 0.0 {
        format!("second vehicle `{vehicle}`, which had waited {waited_h:.2} h")
    } else {
        format!("second vehicle `{vehicle}`")
    }
}
