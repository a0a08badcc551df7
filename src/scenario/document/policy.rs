//! Cooperation and reforms as they are written.

use super::choice::PerDesk;
use crate::scenario::calendar::Instant;
use crate::scenario::collection::{List, Map};
use crate::scenario::declare::document;
use crate::scenario::leaf::{Flag, Share, Text, Word};
use crate::scenario::place::Country;
use crate::scenario::quantity::{Duration, Money};
use crate::terms::{Regime, SentAt, Tier};

use super::choice::ServersDoc;

document! {
    /// The three mutuals: sets of agreements, and how data is sent ahead.
    "cooperation" CooperationDoc {
        /// How long data travels; default 1 h.
        data_delay: Duration,
        /// When data is sent, by mode of the link across the border.
        sent_at: SentAtDoc,
        /// Which levels each kind of agreement sets.
        instruments: Map<InstrumentDoc>,
        /// Sets of agreements. `none` exists without being declared, and is empty.
        sets: Map<List<AgreementDoc>>,
    }
}

document! {
    /// When data is sent, by mode; default exit_release for road, else origin_departure.
    "table of modes" SentAtDoc {
        /// By rail.
        rail: Word<SentAt>,
        /// By road.
        road: Word<SentAt>,
        /// By sea.
        sea: Word<SentAt>,
        /// By air.
        air: Word<SentAt>,
        /// By inland waterway.
        inland_waterway: Word<SentAt>,
    }
}

document! {
    /// The levels that a kind of agreement sets.
    "instrument" InstrumentDoc {
        /// Level of information exchange.
        information: Share,
        /// Level of recognition of controls.
        recognition: Share,
        /// Level of assistance in enforcement.
        enforcement: Share,
    }
}

document! {
    /// An agreement, or a CSV file of them.
    "agreement" AgreementDoc {
        /// The two countries; symmetric unless `ordered`.
        between: List<Country>,
        /// Holds only from the first country's controls to the second's; default false.
        ordered: Flag,
        /// The one country within which it holds.
        within: Country,
        /// Level of information exchange.
        information: Share,
        /// Level of recognition of controls.
        recognition: Share,
        /// Level of assistance in enforcement.
        enforcement: Share,
        /// Takes its levels from this instrument.
        instrument: Text,
        /// In force from; default: the start.
        from: Instant,
        /// In force until, exclusive; default: for ever.
        until: Instant,
        /// CSV file with columns `from` and `to` (or `within`), `instrument`, `in_force`, `until`, `source`.
        agreements_csv: Text,
    }
}

document! {
    /// A dated change with a scope.
    "reform" ReformDoc {
        /// In force from.
        date: Instant = required,
        /// The sites it changes; default: every site.
        scope: ScopeDoc,
        /// New regime.
        regime: Word<Regime>,
        /// New numbers of servers: agency, desk (or one number for all its desks).
        staffing: Map<PerDesk<ServersDoc>>,
        /// New hours: agency, desk (or one calendar for all its desks).
        hours: Map<PerDesk<Text>>,
        /// Agencies merged into the first.
        merge: List<Text>,
        /// Agreements added to the set in force.
        cooperation: List<AgreementDoc>,
        /// Its cost.
        cost: Money,
    }
}

document! {
    /// Which sites a reform changes: all that is stated must hold.
    "scope" ScopeDoc {
        /// Coastal or inland.
        tier: Word<Tier>,
        /// Country.
        country: Country,
        /// Named sites.
        sites: List<Text>,
    }
}
