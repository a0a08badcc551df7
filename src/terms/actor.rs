//! Who acts at a site, as the tables split hours.

use super::named::named;

named! {
    /// The kind of actor a step belongs to; every table splits hours by it.
    "actor kind"
    pub enum ActorKind {
        /// Customs, quarantine, border police, transport inspectorate and other public controls.
        Authority = "authority",
        /// The trader or its broker: documents, declarations, payments.
        Trader = "trader",
        /// The road, sea or train operator.
        Carrier = "carrier",
        /// The infrastructure manager: platforms, slots, wagons.
        Railway = "railway",
        /// The terminal: transload, storage, gauge change.
        Terminal = "terminal",
    }
}
