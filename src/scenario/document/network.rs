//! Sites and links as they are written.

use super::choice::ServersDoc;
use super::entry::EntryDoc;
use super::priority::ClassDoc;
use super::shocks::{ClosureDoc, SeasonDoc};
use super::work::MachinesDoc;
use super::yard::YardDoc;
use crate::scenario::collection::{List, Map};
use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::{Count, Number, Share, Text, Word};
use crate::scenario::place::{Country, Locode, Position, TimeZone};
use crate::scenario::quantity::{Distance, Duration, Money, Rate};
use crate::terms::{Discipline, Mode, Preemption, Regime, ShiftEnd, SiteKind, Tier};

document! {
    /// A place where goods stop.
    "site" SiteDoc {
        /// Title for tables; default: the name.
        title: Text,
        /// Country, by its ISO 3166-1 code of two capitals.
        country: Country = required,
        /// What it is. A border is two sites, one on each side.
        kind: Word<SiteKind> = required,
        /// Coastal or inland; default: coastal for a seaport, else inland.
        tier: Word<Tier>,
        /// UN/LOCODE.
        locode: Locode,
        /// Latitude and longitude in degrees.
        position: Position,
        /// IANA time zone; default UTC, which is refused where opening hours or hourly rates are local.
        time_zone: TimeZone,
        /// Regime of this site, whatever the variant says.
        regime: Word<Regime>,
        /// Which procedure a visit follows, by its role.
        procedures: ProceduresDoc,
        /// Other procedures for single commodities (green lanes); they come first.
        lanes: List<LaneDoc>,
        /// Expected delay beyond service, for route choice only; default 0 h.
        expected_delay: Duration,
        /// Fee per consignment and visit with a procedure, such as a border's; default 0 USD.
        fee: Money,
        /// Share of what is paid here, its own fee and its steps', that is unofficial; default 0.
        unofficial_share: Share,
        /// Entry control: whom the site lets in, when, and in what order.
        entry: EntryDoc,
        /// Desks that differ here from what the steps say: agency, desk.
        desks: Map<Map<DeskDoc>>,
        /// When it is closed.
        closed: List<ClosureDoc>,
        /// Closed outside these months or days, in local time: `may-oct`.
        open_season: SeasonDoc,
        /// Its places, where they are finite.
        yard: YardDoc,
    }
}

document! {
    /// Procedures by role.
    "table of procedures" ProceduresDoc {
        /// For consignments that came from another country.
        entry: Text,
        /// For consignments that go on to another country.
        exit: Text,
        /// At the route's first site.
        origin: Text,
        /// At the route's last site.
        destination: Text,
        /// At any other stop.
        transit: Text,
    }
}

document! {
    /// Procedures for one commodity.
    "lane" LaneDoc {
        /// The commodity.
        commodity: Text = required,
        /// For consignments that came from another country.
        entry: Text,
        /// For consignments that go on to another country.
        exit: Text,
        /// At the route's first site.
        origin: Text,
        /// At the route's last site.
        destination: Text,
        /// At any other stop.
        transit: Text,
    }
}

document! {
    /// A desk of an agency at a site.
    "desk" DeskDoc {
        /// Number of servers, or `unlimited`.
        servers: ServersDoc,
        /// Slots instead of servers.
        timetable: TimetableDoc,
        /// Opening hours.
        calendar: Text,
        /// Order of the queue.
        discipline: Word<Discipline>,
        /// Classes, first come first, of the discipline `priority`.
        priority: List<ClassDoc>,
        /// Whether a higher class interrupts work in hand; default none.
        preemption: Word<Preemption>,
        /// What happens to work in hand when its shift ends; default finish.
        shift_end: Word<ShiftEnd>,
        /// Its servers are machines that fail.
        machines: MachinesDoc,
        /// Probability that an officer is absent on a local day; default: the agency's.
        sickness: Share,
    }
}

document! {
    /// Evenly spaced departures or slots.
    "timetable" TimetableDoc {
        /// How many departures: `3/day`.
        departures: Rate = required,
        /// How many each takes.
        capacity: Count = required,
        /// First departure after the start; default 0 h.
        offset: Duration,
    }
}

document! {
    /// A link: two-way by `between`, or one-way by `from` and `to`.
    "link" LinkDoc {
        /// The two sites of a two-way link; the way back is called `name~back`.
        between: List<Text>,
        /// First site of a one-way link.
        from: Text,
        /// Last site of a one-way link.
        to: Text,
        /// Mode.
        mode: Word<Mode> = required,
        /// Length.
        distance: Distance = required,
        /// Transit time.
        transit: Law = required,
        /// Least transit time, at least 1 ms; default 5 % of the mean.
        minimum: Duration,
        /// Departures; capacity counts consignments.
        timetable: TimetableDoc,
        /// Cost per TEU; default 0 USD.
        cost: Money,
        /// Emissions in kilograms of CO2e per TEU-km.
        co2e: Number,
        /// When it is closed.
        closed: List<ClosureDoc>,
        /// Closed outside these months or days, in the local time of the site that it leaves from: `may-oct`.
        open_season: SeasonDoc,
    }
}
