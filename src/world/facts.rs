//! What has happened: facts, and the trait through which observers learn of them.

use super::{Cargo, ComputedJob, ComputedVisit, Departures, Join, StayEnd};
use crate::terms::{ActorKind, EntityId, HourKind, LinkId, Outcome};
use crate::time::{Span, Time};

/// Stands for "no step".
pub const NO_STEP: u8 = u8::MAX;

/// What kind of thing has happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum FactKind {
    /// A consignment entered the corridor; detail: route.
    Entered,
    /// Consignments arrived at the site; detail: how many.
    Arrived,
    /// Data came ahead of the cargo.
    DataCame,
    /// A batch was formed; detail: how many.
    Formed,
    /// A batch was broken; detail: how many.
    Broken,
    /// A step does not take place; detail: [`SkipReason`].
    Skipped,
    /// A step's job joined a queue.
    Joined,
    /// A job's service started; detail: its length in ms.
    Started,
    /// A job's service ended; detail: when it started.
    Completed,
    /// The last authority released it.
    Released,
    /// A train left it behind.
    LeftBehind,
    /// Consignments departed from the site; detail: how many.
    Departed,
    /// A consignment left the corridor at its destination.
    Left,
    /// It waits outside the gate; detail: whose gate (the pool or rule that keeps it out).
    KeptOut,
    /// It is let in.
    LetIn,
    /// It can go no further and keeps what it holds; detail: the pool it waits for.
    Blocked,
    /// It goes on; detail: the pool that let it.
    Unblocked,
    /// It took tokens; detail: the pool.
    TokenTaken,
    /// It gave tokens back; detail: the pool.
    TokenReturned,
    /// Cargo and second vehicle met; detail: how long the vehicle had waited, in ms.
    Matched,
    /// A job's service was interrupted; detail: the ms that remain, or `u64::MAX` where it starts anew.
    Interrupted,
    /// A machine failed (entity: the station; attempt: the machine); detail: the failure's ordinal.
    Failed,
    /// A machine is repaired (as for `Failed`).
    Repaired,
    /// A shock multiplied a service time; detail: the factor in thousandths.
    Shocked,
    /// A step was rejected and is done again; detail: the attempt that was rejected.
    Rejected,
    /// A post-release audit began.
    Audited,
    /// It took another route; detail: the new route.
    Rerouted,
    /// It turned away from a queue longer than its driver accepts; detail: the jobs in the queue.
    Balked,
    /// It left the corridor without arriving; detail: the outcome.
    GaveUp,
    /// It was given an entry slot; detail: when, in ms.
    Booked,
    /// It missed its entry slot.
    NoShow,
    /// A site reported its queue; detail: the expected delay in ms.
    Reported,
    /// Departure waits while the link or the next site is closed.
    Closed,
    /// A step cannot start because originals are missing; detail: for how long, in ms.
    OriginalsMissing,
    /// The partner is asked before the result of a step counts; detail: the time to its answer, in ms.
    Enquired,
}

/// Why a step does not take place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum SkipReason {
    /// The selection did not choose it.
    NotSelected,
    /// One declaration serves all agencies.
    DeclarationSaved,
    /// The data sent ahead stands for the declaration.
    SentAhead,
    /// The partner's control stands.
    Recognised,
    /// An authorised economic operator pays later.
    Deferred,
}

impl SkipReason {
    /// All reasons, by their number.
    pub const ALL: [SkipReason; 5] = [
        SkipReason::NotSelected,
        SkipReason::DeclarationSaved,
        SkipReason::SentAhead,
        SkipReason::Recognised,
        SkipReason::Deferred,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            SkipReason::NotSelected => "not selected",
            SkipReason::DeclarationSaved => "one declaration serves all agencies",
            SkipReason::SentAhead => "the data sent ahead stands for it",
            SkipReason::Recognised => "the partner's control is recognised",
            SkipReason::Deferred => "payment is deferred for an authorised operator",
        }
    }
}

/// Something that has happened, with its full key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fact {
    /// When.
    pub time: Time,
    /// Who.
    pub entity: EntityId,
    /// Earlier calls of it at the site.
    pub visit: u8,
    /// Plan of the visit at the site; `u16::MAX` for none.
    pub plan: u16,
    /// Step, or [`NO_STEP`].
    pub step: u8,
    /// Which of the step's jobs.
    pub attempt: u16,
    /// What.
    pub kind: FactKind,
    /// See [`FactKind`].
    pub detail: u64,
    /// Concerns a measured consignment.
    pub measured: bool,
}

/// A station just after a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StationLevel {
    /// Servers on duty.
    pub on_duty: u32,
    /// Servers at work.
    pub busy: u32,
    /// Servers kept idle for a joint visit.
    pub held: u32,
    /// Servers that consignments blocked after service keep.
    pub blocked: u32,
    /// Jobs waiting.
    pub waiting: u32,
}

/// A job that is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobEnd {
    /// Plan.
    pub plan: u16,
    /// Step.
    pub step: u8,
    /// When it joined the queue.
    pub joined: Time,
    /// When service first started.
    pub started: Time,
    /// When it ended.
    pub ended: Time,
    /// How long it was served: less than from start to end where it was interrupted.
    pub served: Span,
    /// Done before the cargo was there.
    pub ahead: bool,
    /// Of a measured visit.
    pub measured: bool,
}

/// Hours by actor and kind, in milliseconds, of which most are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HourTable {
    cells: [u64; 25],
    /// A bit for each cell that has been added to.
    touched: u32,
}

impl HourTable {
    /// The cell of an actor and a kind.
    pub const fn cell(actor: ActorKind, kind: HourKind) -> u8 {
        actor as u8 * 5 + kind as u8
    }

    /// Adds a span to one cell.
    #[inline]
    pub fn add(&mut self, actor: ActorKind, kind: HourKind, span: Span) {
        self.add_to(Self::cell(actor, kind), span);
    }

    /// Adds a span to the cell [`HourTable::cell`].
    #[inline(always)]
    pub fn add_to(&mut self, cell: u8, span: Span) {
        self.cells[cell as usize] += span.ms();
        self.touched |= 1 << cell;
    }

    /// The cells that have been added to: the number of each, [`HourTable::cell`], and its sum.
    #[inline]
    pub fn cells(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let mut left = self.touched;
        std::iter::from_fn(move || {
            let cell = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            self.cells.get(cell).map(|ms| (cell, *ms))
        })
    }

    /// All zero again.
    #[inline]
    pub fn clear(&mut self) {
        let mut left = self.touched;
        while left != 0 {
            self.cells[left.trailing_zeros() as usize] = 0;
            left &= left - 1;
        }
        self.touched = 0;
    }

    /// The sum of all cells.
    pub fn total(&self) -> u64 {
        self.cells.iter().sum()
    }
}

/// One or more consignments have departed from a site together, after the same hours.
#[derive(Clone, Debug)]
pub struct VisitEnd<'a> {
    /// Cell they are reported under; `None` at a site without procedure for them.
    pub cell: Option<u16>,
    /// When they arrived.
    pub arrived: Time,
    /// When they departed.
    pub departed: Time,
    /// How many.
    pub consignments: u32,
    /// How many of them are measured.
    pub measured: u32,
    /// Arrival to the last authority's release, where there are controls.
    pub release: Option<Span>,
    /// Where the hours went; they add to `departed - arrived`.
    pub hours: &'a HourTable,
    /// Met a step reported apart.
    pub apart: bool,
    /// Declarations that the regime saved.
    pub saved_declaration: Span,
    /// Setups that a joint visit saved.
    pub saved_setup: Span,
    /// Agencies that examined them.
    pub examined_by: u32,
    /// Fees paid at the visit, US dollars per consignment.
    pub fees: f64,
    /// It left the corridor without arriving.
    pub gave_up: bool,
}

/// A second vehicle that left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VehicleEnd {
    /// The fleet's number at the site.
    pub fleet: u16,
    /// When it came.
    pub came: Time,
    /// When it was full, or had waited as long as it does.
    pub left: Time,
    /// Jobs that it took.
    pub taken: u32,
    /// Jobs that it has room for.
    pub capacity: u32,
}

impl<'a> VisitEnd<'a> {
    /// The end of one consignment's stay at which nothing was done that is reported.
    pub(super) fn of_one(
        measured: bool,
        arrived: Time,
        departed: Time,
        hours: &'a HourTable,
    ) -> Self {
        VisitEnd {
            cell: None,
            arrived,
            departed,
            consignments: 1,
            measured: u32::from(measured),
            release: None,
            hours,
            apart: false,
            saved_declaration: Span::ZERO,
            saved_setup: Span::ZERO,
            examined_by: 0,
            fees: 0.0,
            gave_up: false,
        }
    }
}

/// A measured journey, or crossing, that ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trip {
    /// The crossing's or the flow's number.
    pub index: u16,
    /// How long.
    pub time: Span,
    /// Met a step reported apart on the way.
    pub apart: bool,
}

/// Learns of what happens in one site. All methods do nothing unless an observer says otherwise.
pub trait Observer: Send {
    /// Whether it asks for [`Observer::stay`], [`Observer::travelled`] and [`Observer::joined`]. Where it does not, a run
    /// reckons nothing for them. Only the event-driven kernel tells of them: [`Corridor::new`](super::Corridor::new).
    const FOLLOWS: bool = false;
    /// Whether it asks of visits for nothing but sums, and hears of them by [`Observer::computed_departures`] where it can,
    /// instead of [`Observer::computed_visit`].
    const TOGETHER: bool = false;
    /// A measured consignment departed from a site.
    fn stay(&mut self, _stay: &StayEnd<'_>) {}
    /// A measured consignment departed over a link and is on its way for so long.
    fn travelled(&mut self, _consignment: EntityId, _link: LinkId, _took: Span) {}
    /// Work of several agencies on a visit of measured consignments came together.
    fn joined(&mut self, _join: &Join<'_>) {}
    /// A fact.
    fn fact(&mut self, _fact: &Fact) {}
    /// From now on a consignment is on a batch at the site: formed with it, come with it, or taken up by it.
    fn aboard(&mut self, _batch: EntityId, _consignment: EntityId, _now: Time) {}
    /// A station may have changed: its level when it has started what it can. Of several in one instant the last holds.
    fn station(&mut self, _station: u16, _now: Time, _level: StationLevel) {}
    /// As [`Observer::station`], where nothing but the length of its queue can have changed.
    #[inline]
    fn queue(&mut self, station: u16, now: Time, level: StationLevel) {
        self.station(station, now, level);
    }
    /// As [`Observer::station`], where nothing but the number of its servers at work can have changed.
    #[inline]
    fn work(&mut self, station: u16, now: Time, level: StationLevel) {
        self.station(station, now, level);
    }
    /// So many second vehicles of a fleet wait from now on.
    fn vehicles(&mut self, _fleet: u16, _now: Time, _waiting: u32) {}
    /// A second vehicle left.
    fn vehicle_left(&mut self, _end: &VehicleEnd) {}
    /// A job ended.
    fn job(&mut self, _job: &JobEnd) {}
    /// Jobs of a station (`None`: of pure delays) whose ends were computed at arrival, in the order in which they join
    /// it. What is later than `last` does not happen.
    fn computed_jobs(&mut self, _station: Option<u16>, jobs: &[ComputedJob], last: Time) {
        for job in jobs {
            if let Some(end) = job.tell(last, |fact| self.fact(fact)) {
                self.job(&end);
            }
        }
    }
    /// Consignments of a flow entered the corridor at a site whose ends of service are computed at arrival.
    fn entered(&mut self, flow: u16, entries: &[(Time, Cargo)]) {
        for (at, cargo) in entries {
            self.fact(&cargo.fact(*at, FactKind::Entered, u64::from(cargo.route)));
            if cargo.is(Cargo::MEASURED) {
                self.journey_began(flow);
            }
        }
    }
    /// As [`Observer::entered`], of consignments that reached their destination, each at its instant.
    fn left<'c>(&mut self, flow: u16, each: impl Iterator<Item = (Time, &'c Cargo)> + Clone) {
        for (now, cargo) in each {
            self.fact(&cargo.fact(now, FactKind::Left, 0));
            if cargo.is(Cargo::MEASURED) {
                self.journey_ended(&Trip {
                    index: flow,
                    time: now - cargo.born,
                    apart: cargo.is(Cargo::APART),
                });
            }
        }
    }
    /// Consignments arrived at such a site, each to depart at once: no procedure awaited them.
    fn passed(&mut self, passing: &[(Time, Cargo)]) {
        for (at, cargo) in passing {
            self.fact(&cargo.fact(*at, FactKind::Arrived, 1));
            self.visit_begin(None, *at, 1);
            self.fact(&cargo.fact(*at, FactKind::Departed, 1));
            let (hours, measured) = (HourTable::default(), cargo.is(Cargo::MEASURED));
            self.visit_end(&VisitEnd::of_one(measured, *at, *at, &hours));
        }
    }
    /// A consignment arrived, to be reported under `cell`, where ends of service are computed at arrival.
    fn computed_arrival(&mut self, arrival: &Fact, cell: u16) {
        self.fact(arrival);
        self.visit_begin(Some(cell), arrival.time, 1);
    }
    /// As [`Observer::computed_arrival`], of several at one stop.
    fn computed_arrivals(&mut self, arrivals: &[(Time, Cargo)], cell: u16) {
        for (at, cargo) in arrivals {
            self.computed_arrival(&cargo.fact(*at, FactKind::Arrived, 1), cell);
        }
    }
    /// As [`Observer::computed_visit`], of several of one kind; only where [`Observer::TOGETHER`].
    fn computed_departures(&mut self, _departures: &Departures<'_>) {}
    /// A visit whose departure was computed at arrival.
    fn computed_visit(&mut self, visit: &ComputedVisit, hours: &HourTable) {
        for fact in visit.facts() {
            self.fact(&fact);
        }
        self.visit_end(&visit.end(hours));
    }
    /// At a station whose ends of service are computed at arrival, so many servers are at work beyond those on duty from
    /// the first instant to the second.
    fn computed_overtime(&mut self, _station: u16, _from: Time, _to: Time, _servers: u64) {}
    /// The servers on duty, from each instant, at a station whose ends of service are computed at arrival.
    fn computed_duty(&mut self, _station: u16, _duty: &[(Time, u32)]) {}
    /// A selected step of a measured visit does not take place because the partner's control stands; or one was
    /// eligible.
    fn eligible(&mut self, _plan: u16, _step: u8, _selected: bool, _recognised: bool) {}
    /// Consignments arrived together, to be reported under `cell` (`None` where no procedure awaits them).
    fn visit_begin(&mut self, _cell: Option<u16>, _now: Time, _consignments: u32) {}
    /// Consignments departed.
    fn visit_end(&mut self, _end: &VisitEnd<'_>) {}
    /// A measured border crossing began at its exit side.
    fn crossing_began(&mut self, _crossing: u16, _consignments: u32) {}
    /// A measured border crossing ended.
    fn crossing_ended(&mut self, _trip: &Trip) {}
    /// A measured consignment entered the corridor.
    fn journey_began(&mut self, _flow: u16) {}
    /// A measured consignment reached its destination.
    fn journey_ended(&mut self, _trip: &Trip) {}
    /// A measured consignment left the corridor on its way.
    fn journey_lost(&mut self, _flow: u16, _outcome: Outcome) {}
    /// A measured consignment left the corridor between the sides of a border.
    fn crossing_lost(&mut self, _crossing: u16) {}
}

impl Observer for () {}
