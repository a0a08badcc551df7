//! Services and flows as they are written.

use super::arrivals::{BackHaulDoc, BurstDoc, Growth};
use super::choice::one_of;
use super::profile::Profile;
use crate::scenario::collection::{List, Map};
use crate::scenario::declare::document;
use crate::scenario::leaf::{Count, Number, Share, Text, Word, leaf_schema};
use crate::scenario::model::Arrivals;
use crate::scenario::place::Country;
use crate::scenario::quantity::{Duration, Rate, ValueOfTime};
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::Node;
use crate::terms::{Mode, OnHold};

use super::choice::Leaf;
use super::drivers::{BalkingDoc, ReroutingDoc};
use crate::scenario::law::Law;

document! {
    /// A train or vessel service: forms batches at a flow's origin and breaks them.
    "service" ServiceDoc {
        /// Mode.
        mode: Word<Mode> = required,
        /// When a batch leaves.
        formation: FormationDoc = required,
        /// What a batch does with held consignments; default detach for rail, else wait.
        on_hold: Word<OnHold>,
        /// Site at which batches are broken; default: the route's end.
        break_at: Text,
    }
}

document! {
    /// When a batch leaves: at a size, or by a timetable.
    "formation" FormationDoc {
        /// As soon as it has this many consignments.
        size: Count,
        /// Longest time from a batch's first consignment to its departure, part-empty; beside `size`.
        within: Duration,
        /// How many departures: `1/day`.
        departures: Rate,
        /// Consignments that each departure takes.
        capacity: Count,
        /// Fewest consignments with which a departure runs; default 1.
        least: Count,
        /// First departure after the start; default 0 h.
        offset: Duration,
    }
}

document! {
    /// Demand between two sites.
    "flow" FlowDoc {
        /// First site.
        from: Text = required,
        /// Last site.
        to: Text = required,
        /// Volume: trains and vessels count the service's size, trucks and consignments one each.
        volume: Rate,
        /// How arrivals are spread: `poisson` (default) or `regular`.
        arrivals: ArrivalsWord,
        /// Consignments per arrival; default 1.
        group: Count,
        /// Relative rates by local hour at the first site.
        hours: Profile<24>,
        /// Relative rates by local day of the week at the first site, Monday first.
        weekdays: Profile<7>,
        /// Relative rates a day by local month at the first site, January first.
        months: Profile<12>,
        /// Growth of the rate a year, such as 0.08; default 0.
        growth: Growth,
        /// Arrivals come in bursts, such as vessel calls and convoys.
        burst: BurstDoc,
        /// CSV file of recorded arrivals, in place of a volume: columns `time`, and maybe `consignments`, `commodity`.
        recorded: Text,
        /// Vehicles that start again where another flow's journeys end, in place of a volume.
        after: BackHaulDoc,
        /// Travels in this service's batches.
        service: Text,
        /// Country of the trader; default: that of the first site.
        trader: Country,
        /// Share of consignments of authorised economic operators; default 0.
        aeo_share: Share,
        /// Commodity mix; default: the only commodity.
        commodities: Map<Leaf<Share>>,
        /// TEU per consignment; default 2 for each container.
        teu: Number,
        /// Tonnes of cargo per consignment; default 10 for each TEU (assumed).
        tonnes: Number,
        /// Containers per consignment; default 1.
        containers: Count,
        /// Name of the direction, for tables.
        direction: Text,
        /// How routes are chosen.
        routes: RoutesDoc,
        /// From entering the corridor until the trader cancels; default: never.
        gives_up_after: Law,
        /// When a driver turns away from the queue at an exit side; default: never.
        balks: BalkingDoc,
        /// When another route is taken; default: never.
        reroutes: ReroutingDoc,
    }
}

document! {
    /// How routes are chosen.
    "route choice" RoutesDoc {
        /// What is least: `time` (default), `cost`, or `generalised`.
        by: By,
        /// Value of time per TEU, of a generalised cost.
        value_of_time: ValueOfTime,
        /// How many alternatives share the flow; default 1.
        alternatives: Count,
        /// Logit scale, per hour or per dollar; default 0.1.
        logit_scale: Number,
        /// Sites that every route passes, in this order.
        via: List<Text>,
        /// Modes that it may use; default: any.
        modes: List<Word<Mode>>,
    }
}

/// How arrivals are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivalsWord(pub Arrivals);

leaf_schema!(ArrivalsWord, { "type": "string", "enum": ["poisson", "regular"] });

impl Read for ArrivalsWord {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        one_of(
            node,
            reader,
            "arrivals",
            &[
                ("poisson", Arrivals::Poisson),
                ("regular", Arrivals::Regular),
            ],
        )
        .map(ArrivalsWord)
    }
}

/// What a route choice makes least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Expected time.
    Time,
    /// Money.
    Cost,
    /// Money plus time.
    Generalised,
}

leaf_schema!(By, { "type": "string", "enum": ["time", "cost", "generalised"] });

impl Read for By {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let words = [
            ("time", By::Time),
            ("cost", By::Cost),
            ("generalised", By::Generalised),
        ];
        one_of(node, reader, "route cost", &words)
    }
}
