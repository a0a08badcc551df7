//! The document: what a scenario file may say, as it is written.
//!
//! The comments on the fields are also the descriptions in the JSON Schema.

mod actors;
mod arrivals;
mod choice;
mod demand;
mod drivers;
mod entry;
mod interventions;
mod network;
mod papers;
mod policy;
mod posts;
mod priority;
mod procedure;
mod token;
mod vehicle;
mod work;

pub use choice::{PerDesk, ServersDoc, ShareDoc};
mod profile;
mod shocks;
mod size_law;
mod yard;

pub use actors::{AgencyDoc, BacklogDoc, BenchmarkDoc, CalendarDoc, CommodityDoc, Measure};
pub use demand::{By, FlowDoc, FormationDoc, RoutesDoc, ServiceDoc};
pub use entry::{BookingDoc, CapDoc, EntryDoc, EntrySlotsDoc};
pub use interventions::InterventionDoc;
pub use network::{DeskDoc, LinkDoc, SiteDoc, TimetableDoc};
pub use papers::{EnquiryDoc, OriginalsDoc, RejectedDoc};
pub use policy::{AgreementDoc, CooperationDoc, InstrumentDoc, ReformDoc};
pub use posts::PostDoc;
pub use priority::ClassDoc;
pub use procedure::{ChannelsDoc, ProcedureDoc, StepDoc};
pub use shocks::{ClosureDoc, SeasonDoc, ShockDoc};
pub use token::{ReturnedDoc, TokenDoc};
pub use vehicle::VehicleDoc;
pub use work::MachinesDoc;
pub use yard::YardDoc;

use super::calendar::Instant;
use super::collection::{List, Map};
use super::declare::document;
use super::leaf::{Count, Flag, Seed, Text, Word, leaf_schema};
use super::quantity::{Duration, Money};
use super::read::{Read, Reader};
use super::tree::Node;
use crate::terms::Regime;

document! {
    /// A scenario of a logistics corridor.
    "scenario file" Document {
        /// What the scenario is about, and its defaults.
        scenario: ScenarioDoc,
        /// How it is run, and the factors whose product gives the variants.
        experiment: ExperimentDoc = required,
        /// Variants beside the product of the factors.
        variants: Map<VariantDoc>,
        /// Candidate interventions, which `corridor rank` ranks.
        interventions: Map<InterventionDoc>,
        /// Agencies. `trader`, `carrier`, `railway` and `terminal` exist without being declared.
        agencies: Map<AgencyDoc>,
        /// Opening hours. `always` exists without being declared.
        calendars: Map<CalendarDoc>,
        /// Commodities. Where none is declared, there is one, `general`.
        commodities: Map<CommodityDoc>,
        /// Places where goods stop.
        sites: Map<SiteDoc>,
        /// Links between sites.
        links: Map<LinkDoc>,
        /// Steps at sites.
        procedures: Map<ProcedureDoc>,
        /// Train and vessel services.
        services: Map<ServiceDoc>,
        /// Demand.
        flows: Map<FlowDoc>,
        /// The three mutuals: sets of agreements, and how data is sent ahead.
        cooperation: CooperationDoc,
        /// Dated changes.
        reforms: Map<ReformDoc>,
        /// What befalls from outside: slower service, strikes, closures, surges of demand.
        shocks: Map<ShockDoc>,
        /// One-stop border posts.
        posts: Map<PostDoc>,
        /// Consignments already waiting at the start.
        backlog: List<BacklogDoc>,
        /// Permits, wagons, chassis, crews, guarantees, places: taken, held and given back.
        tokens: Map<TokenDoc>,
        /// Second vehicles that come to take cargo over.
        vehicles: Map<VehicleDoc>,
        /// Published hours that are set beside the simulated ones.
        benchmarks: List<BenchmarkDoc>,
        /// CSV files with sites, links and flows.
        tables: TablesDoc,
    }
}

document! {
    /// What the scenario is about, and its defaults.
    "scenario" ScenarioDoc {
        /// Title in one line; default: the file's name.
        title: Text,
        /// The question that the scenario answers.
        question: Text,
        /// Where its figures come from.
        sources: List<Text>,
        /// Regime of every site and procedure that states none; default serial.
        regime: Word<Regime>,
        /// The set of agreements in force; default none.
        cooperation: Text,
        /// The reforms in force; default: all.
        reforms: List<Text>,
        /// The shocks in force; default: all.
        shocks: List<Text>,
        /// The one-stop border posts at work; default: all.
        posts: List<Text>,
    }
}

document! {
    /// How the scenario is run.
    "experiment" ExperimentDoc {
        /// Instant of the start; default 2024-01-01 (midnight UTC).
        start: Instant,
        /// Consignments that enter before are not measured; default 0 d.
        warm_up: Duration,
        /// The scenario settles: the warm-up is found from the runs (MSER-5), not stated; default false.
        steady: Flag,
        /// Consignments that enter later are not measured; counted from the start, warm-up included.
        horizon: Duration = required,
        /// How long after the horizon measured consignments are waited for; default 60 d.
        max_drain: Duration,
        /// Replications of each variant; default 20.
        replications: Count,
        /// Seed of all draws; default 1.
        seed: Seed,
        /// Whose route shares the variants use; default base.
        route_shares: RouteSharesWord,
        /// Factor: regimes compared.
        regimes: List<Word<Regime>>,
        /// Factor: sets of agreements compared.
        cooperation: List<Text>,
    }
}

document! {
    /// A variant: the base with changes.
    "variant" VariantDoc {
        /// Its cost.
        cost: Money,
        /// Its regime; default: the base's.
        regime: Word<Regime>,
        /// Its set of agreements; default: the base's.
        cooperation: Text,
        /// The reforms in force in it; default: the scenario's.
        reforms: List<Text>,
        /// The shocks in force in it; default: the scenario's.
        shocks: List<Text>,
        /// The one-stop border posts at work in it; default: the scenario's.
        posts: List<Text>,
        /// Scenario values that it changes: dotted path = value.
        set: Settings,
    }
}

document! {
    /// CSV files whose rows are added to the sections of the same name.
    "table list" TablesDoc {
        /// Sites.
        sites: Text,
        /// Links.
        links: Text,
        /// Flows.
        flows: Text,
    }
}

/// Whose route shares the variants use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteSharesWord(pub super::model::RouteShares);

leaf_schema!(RouteSharesWord, { "type": "string", "enum": ["base", "variant"] });

impl Read for RouteSharesWord {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        use super::model::RouteShares;
        choice::one_of(
            node,
            reader,
            "route_shares",
            &[
                ("base", RouteShares::Base),
                ("variant", RouteShares::Variant),
            ],
        )
        .map(RouteSharesWord)
    }
}

/// The changes of a variant; they are applied to the tree before it is read, hence only checked to be a table here.
#[derive(Clone, Copy, Debug)]
pub struct Settings;

leaf_schema!(Settings, { "type": "object" });

impl Read for Settings {
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.table(node, "`set`").map(|_| Settings)
    }
}
