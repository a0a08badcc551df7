//! From a scenario file to a checked, typed scenario.

mod assumed;
mod calendar;
mod collection;
mod csv_table;
mod declare;
mod diagnostic;
mod document;
mod edit;
mod edits;
#[cfg(test)]
mod edits_tests;
mod interventions;
mod law;
mod leaf;
mod load;
pub mod model;
mod overrides;
mod place;
mod points;
mod quantity;
mod read;
mod resolve;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod validate;
mod vary;

pub use assumed::{Assumed, GroupedValues, Grouping, Unvaried, assumed, group};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, nearest};
pub use edits::{EditedValue, Edits, Side, edits};
pub use load::{Failure, LoadOptions, Loaded, from_str, from_str_with, load};
pub use model::*;
pub use points::{Change, Factor, Point};
pub use schema::schema;
pub use source::{Files, Folder, NoFiles};
pub use vary::{Level, MOST_LEVELS, Values, Vary};

/// A commented scenario of one border, to start from; it runs as it is.
pub const TEMPLATE: &str = include_str!("template.toml");
