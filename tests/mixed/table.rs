//! Inline tables of a scenario, written key by key.

use std::fmt::Display;

/// An inline table under construction.
#[derive(Clone, Default)]
pub struct Table(Vec<String>);

impl Table {
    /// An empty one.
    pub fn new() -> Table {
        Table::default()
    }

    /// With a value as it is written.
    pub fn with(mut self, key: &str, value: impl Display) -> Table {
        self.0.push(format!("{key} = {value}"));
        self
    }

    /// With a text.
    pub fn text(self, key: &str, value: impl Display) -> Table {
        self.with(key, format!("\"{value}\""))
    }

    /// With a value where a condition holds.
    pub fn when(self, holds: bool, key: &str, value: impl Display) -> Table {
        if holds { self.with(key, value) } else { self }
    }

    /// With a table where there is one.
    pub fn maybe(self, key: &str, table: Option<Table>) -> Table {
        match table {
            Some(table) => self.with(key, table.inline()),
            None => self,
        }
    }

    /// With a list of texts where there are any.
    pub fn list(self, key: &str, values: &[&str]) -> Table {
        let quoted: Vec<String> = values.iter().map(|v| format!("\"{v}\"")).collect();
        self.when(!values.is_empty(), key, format!("[{}]", quoted.join(", ")))
    }

    /// As it stands in the scenario.
    pub fn inline(&self) -> String {
        format!("{{ {} }}", self.0.join(", "))
    }
}

/// An exponential law.
pub fn exponential(mean: &str) -> String {
    format!("{{ exponential = {{ mean = \"{mean}\" }} }}")
}

/// A lognormal law.
pub fn lognormal(mean: &str, cv: f64) -> String {
    format!("{{ lognormal = {{ mean = \"{mean}\", cv = {cv} }} }}")
}
