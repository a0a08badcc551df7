//! Candidate interventions as they are written.

use super::policy::AgreementDoc;
use super::{Settings, Text};
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::leaf::Word;
use crate::scenario::quantity::{Duration, Money};
use crate::terms::Regime;

document! {
    /// A candidate intervention: what it changes of the base, and what it costs.
    "candidate intervention" InterventionDoc {
        /// Title for tables; default: the name.
        title: Text,
        /// New regime of every site and procedure that states none.
        regime: Word<Regime>,
        /// The set of agreements in force, in place of the base's.
        cooperation: Text,
        /// Agreements added to those in force.
        agreements: List<AgreementDoc>,
        /// Reforms added to those in force.
        reforms: List<Text>,
        /// One-stop border posts added to those at work.
        posts: List<Text>,
        /// Scenario values that it changes: dotted path = value.
        set: Settings,
        /// What it costs once.
        capital: Money,
        /// How long that lasts, beside `capital`.
        life: Duration,
        /// What it costs a year.
        yearly: Money,
        /// Who pays: a country, or whoever it is in words.
        payer: Text,
        /// Interventions of one group are parts of one measure, such as one for each side.
        group: Text,
    }
}
