//! The three mutuals as words: mechanisms, levels, scopes.

use serde::{Deserialize, Serialize};

use super::Country;
use super::named::named;

named! {
    /// One of the three mutuals (semantics section 6).
    "mechanism"
    pub enum Mechanism {
        /// Mutual exchange of information: data runs ahead of the goods.
        Information = "information",
        /// Mutual recognition of supervision: a partner's control stands here.
        Recognition = "recognition",
        /// Mutual assistance in enforcement: sharper selection, quicker enquiries.
        Enforcement = "enforcement",
    }
}

/// Levels of the three mutuals, each in [0, 1]; `None` where an agreement says nothing of it.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Levels {
    /// Level of information exchange.
    pub information: Option<f64>,
    /// Level of recognition of controls.
    pub recognition: Option<f64>,
    /// Level of assistance in enforcement.
    pub enforcement: Option<f64>,
}

impl Levels {
    /// The level set for `mechanism`, if any.
    pub fn of(&self, mechanism: Mechanism) -> Option<f64> {
        match mechanism {
            Mechanism::Information => self.information,
            Mechanism::Recognition => self.recognition,
            Mechanism::Enforcement => self.enforcement,
        }
    }

    /// The level set for `mechanism`, to change it.
    pub fn of_mut(&mut self, mechanism: Mechanism) -> &mut Option<f64> {
        match mechanism {
            Mechanism::Information => &mut self.information,
            Mechanism::Recognition => &mut self.recognition,
            Mechanism::Enforcement => &mut self.enforcement,
        }
    }
}

/// Between whom an agreement holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Scope {
    /// From the first country's controls to the second's (a symmetric agreement is two of these).
    Between(Country, Country),
    /// Between the agencies, or the inland and port customs, of one country.
    Within(Country),
}
