//! Names and the positions they stand for.

use std::collections::HashMap;

use super::items;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::document::Document;
use crate::scenario::leaf::Text;
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::scenario::tree::Key;

/// The names of one kind of thing.
#[derive(Clone, Debug)]
pub struct Names {
    what: &'static str,
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new(what: &'static str, names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let positions = names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), at))
            .collect();
        Names {
            what,
            names,
            positions,
        }
    }

    /// The position of `name`, or `None` with a note of the unknown name at `spot`.
    pub fn find(&self, reader: &mut Reader<'_, '_>, name: &str, spot: Spot) -> Option<usize> {
        let found = self.positions.get(name).copied();
        if found.is_none() {
            let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let remedy =
                suggestion(name, &known).unwrap_or_else(|| format!("no {} is declared", self.what));
            reader.error(spot, format!("unknown {} `{name}`", self.what), remedy);
        }
        found
    }

    /// The position of the name in `field`, if it is written.
    pub fn field(&self, reader: &mut Reader<'_, '_>, field: &Field<Text>) -> Option<usize> {
        let (name, spot) = field.placed()?;
        self.find(reader, &name.0, spot)
    }

    /// The name at `position`.
    pub fn name(&self, position: usize) -> &str {
        &self.names[position]
    }

    /// All names, in order.
    pub fn all(&self) -> &[String] {
        &self.names
    }
}

/// Actors that exist without being declared; their kinds have the same names.
pub const IMPLIED_ACTORS: [&str; 4] = ["trader", "carrier", "railway", "terminal"];
/// The calendar that exists without being declared.
pub const ALWAYS: &str = "always";
/// The commodity that exists where none is declared.
pub const GENERAL: &str = "general";
/// The set of agreements that exists without being declared, and is empty.
pub const NO_AGREEMENTS: &str = "none";

/// The names of everything in a scenario.
#[derive(Clone, Debug)]
pub struct Lists {
    /// Agencies: those declared, then the implied actors.
    pub agencies: Names,
    /// Calendars: `always`, then those declared.
    pub calendars: Names,
    /// Commodities.
    pub commodities: Names,
    /// Sites.
    pub sites: Names,
    /// Procedures.
    pub procedures: Names,
    /// Services.
    pub services: Names,
    /// Flows.
    pub flows: Names,
    /// Reforms.
    pub reforms: Names,
    /// Shocks.
    pub shocks: Names,
    /// One-stop border posts.
    pub posts: Names,
    /// Sets of agreements: `none`, then those declared.
    pub sets: Names,
    /// Tokens.
    pub tokens: Names,
    /// Second vehicles.
    pub vehicles: Names,
}

fn keys<T>(section: &[(Key, T)]) -> Vec<String> {
    section.iter().map(|(key, _)| key.name.clone()).collect()
}

impl Lists {
    /// The names in `document`.
    pub fn new(document: &Document) -> Self {
        let mut agencies = keys(items(&document.agencies));
        for actor in IMPLIED_ACTORS {
            if !agencies.iter().any(|name| name == actor) {
                agencies.push(actor.to_owned());
            }
        }
        let mut calendars = vec![ALWAYS.to_owned()];
        calendars.extend(keys(items(&document.calendars)));
        let mut commodities = keys(items(&document.commodities));
        if commodities.is_empty() {
            commodities.push(GENERAL.to_owned());
        }
        let mut sets = vec![NO_AGREEMENTS.to_owned()];
        if let Some(cooperation) = document.cooperation.get() {
            sets.extend(keys(items(&cooperation.sets)));
        }
        Lists {
            agencies: Names::new("agency", agencies),
            calendars: Names::new("calendar", calendars),
            commodities: Names::new("commodity", commodities),
            sites: Names::new("site", keys(items(&document.sites))),
            procedures: Names::new("procedure", keys(items(&document.procedures))),
            services: Names::new("service", keys(items(&document.services))),
            flows: Names::new("flow", keys(items(&document.flows))),
            reforms: Names::new("reform", keys(items(&document.reforms))),
            shocks: Names::new("shock", keys(items(&document.shocks))),
            posts: Names::new("post", keys(items(&document.posts))),
            sets: Names::new("cooperation set", sets),
            tokens: Names::new("token", keys(items(&document.tokens))),
            vehicles: Names::new("vehicle", keys(items(&document.vehicles))),
        }
    }

    /// Refuses empty sections, reserved names, and lists longer than their ids can count.
    pub fn check(&self, reader: &mut Reader<'_, '_>, document: &Document) {
        for (names, field, limit) in [
            (&self.sites, document.sites.spot(), u32::MAX as usize),
            (&self.flows, document.flows.spot(), 1 << 15),
            (&self.agencies, document.agencies.spot(), 1 << 16),
            (&self.calendars, document.calendars.spot(), 1 << 16),
            (&self.commodities, document.commodities.spot(), 1 << 16),
            (&self.procedures, document.procedures.spot(), 1 << 16),
            (&self.services, document.services.spot(), 1 << 15),
            (&self.tokens, document.tokens.spot(), 1 << 12),
            (&self.vehicles, document.vehicles.spot(), 1 << 12),
        ] {
            if names.names.len() > limit {
                let message = format!(
                    "{} of one kind ({}) are more than {limit}",
                    names.names.len(),
                    names.what
                );
                reader.error(field.unwrap_or(document.spot), message, "");
            }
        }
        for (names, section, spot) in [
            (&self.sites, "sites", document.sites.spot()),
            (&self.flows, "flows", document.flows.spot()),
        ] {
            if names.names.is_empty() && !matches!(section_bad(document, section), Some(true)) {
                let message = format!("this scenario has no {section}");
                reader.error(
                    spot.unwrap_or(Spot::default()),
                    message,
                    format!("declare one under [{section}.NAME]"),
                );
            }
        }
        for (key, _) in items(&document.calendars) {
            if key.name == ALWAYS {
                reader.error(
                    key.spot,
                    "the calendar `always` exists already",
                    "give this one another name",
                );
            }
        }
        if let Some(cooperation) = document.cooperation.get() {
            for (key, _) in items(&cooperation.sets) {
                if key.name == NO_AGREEMENTS {
                    reader.error(
                        key.spot,
                        "the cooperation set `none` is empty by definition",
                        "give this one another name",
                    );
                }
            }
        }
    }
}

/// True where the section is written, but not as a table.
fn section_bad(document: &Document, section: &str) -> Option<bool> {
    match section {
        "sites" => Some(matches!(document.sites, Field::Bad(_))),
        "flows" => Some(matches!(document.flows, Field::Bad(_))),
        _ => None,
    }
}
