//! Newtype ids: positions in the scenario's lists, and country codes.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($($(#[$meta:meta])* $name:ident($inner:ty);)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The position in the scenario's list.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            /// # Panics
            /// Where the list is longer than the id can count; loading refuses such scenarios.
            fn from(index: usize) -> Self {
                $name(<$inner>::try_from(index).expect("loading refuses lists longer than their ids can count"))
            }
        }
    )+ };
}

index! {
    /// A site's position in `Scenario::sites`.
    SiteId(u32);
    /// A link's position in `Scenario::links`.
    LinkId(u32);
    /// An agency's (or other actor's) position in `Scenario::agencies`.
    AgencyId(u16);
    /// A calendar's position in `Scenario::calendars`.
    CalendarId(u16);
    /// A procedure's position in `Scenario::procedures`.
    ProcedureId(u16);
    /// A flow's position in `Scenario::flows`.
    FlowId(u16);
    /// A train or vessel service's position in `Scenario::services`.
    ServiceId(u16);
    /// A commodity's position in `Scenario::commodities`.
    CommodityId(u16);
    /// A token's position in `Scenario::tokens`.
    TokenId(u16);
    /// A vehicle's position in `Scenario::vehicles`.
    VehicleId(u16);
}

/// An ISO 3166-1 alpha-2 country code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// The country with this two-letter code in capitals, or `None` for any other text.
    pub fn new(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Country([*a, *b])),
            _ => None,
        }
    }

    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a country code is two ASCII capitals by construction")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Country {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Country::new(&code).ok_or_else(|| format!("`{code}` is no ISO 3166-1 alpha-2 country code"))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.code().to_owned()
    }
}
