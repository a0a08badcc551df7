//! Entry control compiled: caps by local day as ticks, slots, the gate's hours, arrival windows; at each stop of a
//! route, which of them a vehicle meets.

use jiff::tz::TimeZone;

use super::capacity::{self, Staffing, on_duty};
use super::compile::{CompileError, Compiler, slots, wrong};
use super::kept_out::{EntryLoad, KeptOutBy};
use super::pools::notice_channel;
use super::*;
use crate::scenario::{EntryControl, Whom};
use crate::time::MS_PER_DAY;

/// Entry control at a site.
#[derive(Clone, Debug)]
pub struct EntryNode {
    /// Whose the hours outside are.
    pub actor: ActorKind,
    /// From which instants the gate is open (above 0) or closed; empty: it is always open.
    pub hours: Vec<(Time, u32)>,
    /// Rules: caps, then slots.
    pub rules: Vec<EntryRule>,
    /// Sets of rules that some vehicle meets.
    pub streams: Vec<EntryStream>,
    /// Classes that go first.
    pub lanes: Classes,
    /// Arrival windows.
    pub booking: Option<BookingNode>,
    /// What each rule, and last the windows, can let in and what comes.
    pub loads: Vec<EntryLoad>,
}

/// What limits how many vehicles are let in.
#[derive(Clone, Debug)]
pub enum EntryRule {
    /// So many per local calendar day.
    Cap {
        /// First instants of the days; the first at [`Time::ZERO`].
        days: Vec<Time>,
        /// Vehicles a day of any class.
        general: u32,
        /// Vehicles a day that are kept for single lanes.
        reserved: Vec<(u8, u32)>,
    },
    /// So many at each slot.
    Slots(Slots),
}

/// The rules that a vehicle meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryStream {
    /// Positions in [`EntryNode::rules`].
    pub rules: Vec<u16>,
    /// It must have booked, or take a place that nobody booked.
    pub booking: bool,
}

/// Arrival windows: window k begins at k times the length.
#[derive(Clone, Copy, Debug)]
pub struct BookingNode {
    /// Length.
    pub window: Span,
    /// Vehicles that each takes.
    pub capacity: u32,
    /// Windows that begin within this time can be booked.
    pub ahead: Span,
    /// How long a request or an answer travels.
    pub notice: Span,
    /// Probability that a vehicle does not come.
    pub no_show: f64,
    /// How long after the window's end a vehicle still counts as booked.
    pub tolerance: Span,
    /// Windows that a vehicle books at most.
    pub attempts: u8,
}

impl BookingNode {
    /// When window `k` begins.
    pub fn begins(&self, k: u64) -> Time {
        Time::from_ms(k.saturating_mul(self.window.ms()))
    }

    /// The window in which `now` lies.
    pub fn at(&self, now: Time) -> u64 {
        now.ms() / self.window.ms()
    }

    /// The first window that begins no earlier than `now`.
    pub fn from(&self, now: Time) -> u64 {
        now.ms().div_ceil(self.window.ms())
    }
}

impl EntryNode {
    /// True where the gate is open at `now`.
    pub fn open(&self, now: Time) -> bool {
        let found = self.hours.partition_point(|(from, _)| *from <= now);
        found == 0 || self.hours[found - 1].1 > 0
    }

    /// When the gate, closed at `now`, opens next; [`Time::MAX`]: never.
    pub fn opens(&self, now: Time) -> Time {
        let found = self.hours.partition_point(|(from, _)| *from <= now);
        let next = self.hours[found..].iter().find(|(_, open)| *open > 0);
        next.map_or(Time::MAX, |(at, _)| *at)
    }
}

/// What a vehicle is to the rules' [`Whom`].
struct Kind<'a> {
    role: Role,
    mode: Mode,
    direction: Option<&'a str>,
}

impl Kind<'_> {
    fn is(&self, whom: &Whom) -> bool {
        whom.role.is_none_or(|role| role == self.role)
            && whom.mode.is_none_or(|mode| mode == self.mode)
            && whom
                .direction
                .as_deref()
                .is_none_or(|d| self.direction == Some(d))
    }
}

/// The share of the time until `until` at which the gate is open.
fn open_share(hours: &[(Time, u32)], until: Time) -> f64 {
    if hours.is_empty() || until == Time::ZERO {
        return 1.0;
    }
    let ends = hours.iter().skip(1).map(|(at, _)| *at).chain([until]);
    let open: u64 = hours
        .iter()
        .zip(ends)
        .filter(|((_, open), _)| *open > 0)
        .map(|((from, _), to)| to.since(*from).ms())
        .sum();
    open as f64 / until.ms() as f64
}

impl Compiler<'_> {
    /// The entry control of the sites, and what of it each stop meets.
    pub(super) fn entries(&self, network: &mut Network) -> Result<(), CompileError> {
        for (s, site) in self.scenario.sites.iter().enumerate() {
            if let Some(entry) = &site.entry {
                let zone = TimeZone::get(&site.time_zone).map_err(wrong)?;
                network.sites[s].entry = Some(self.entry(entry, &zone, network.drain_end)?);
            }
        }
        let mut askers: Vec<(SiteId, SiteId, Span)> = Vec::new();
        for route in 0..network.routes.len() {
            let flow = &self.scenario.flows[network.routes[route].flow.index()];
            let node = &network.flows[network.routes[route].flow.index()];
            let place = node.routes.iter().position(|r| usize::from(*r) == route);
            // Who takes a detour comes from the route that it leaves: the flow counts once.
            let share = place.map_or(0.0, |place| node.shares[place]);
            let mut stops = std::mem::take(&mut network.routes[route].stops);
            let break_leg = stops[0]
                .forms
                .map_or(0, |line| network.lines[line as usize].break_leg as usize);
            for leg in 0..stops.len() {
                let site = stops[leg].site;
                let (Some(entry), Some(node)) = (
                    &self.scenario.sites[site.index()].entry,
                    &mut network.sites[site.index()].entry,
                ) else {
                    continue;
                };
                if !entry.roles.contains(&stops[leg].role) {
                    continue;
                }
                let link = leg
                    .checked_sub(1)
                    .map_or(stops[leg].link, |l| stops[l].link);
                let kind = Kind {
                    role: stops[leg].role,
                    mode: link.map_or(Mode::Road, |l| network.links[l.index()].mode),
                    direction: flow.direction.as_deref(),
                };
                // Those who are there from the start come from no road. Where a train is broken, its consignments
                // have come with it: none of them can have booked.
                let books = entry.booking.as_ref().filter(|b| {
                    leg > 0 && (break_leg == 0 || leg != break_leg) && kind.is(&b.whom)
                });
                let caps = entry.caps.iter().map(|c| &c.whom);
                let whom = caps.chain(entry.slots.iter().map(|s| &s.whom));
                let consignments = flow.per_day * share;
                let vehicles = match stops[0].forms.filter(|_| leg > 0 && leg < break_leg) {
                    Some(line) => match network.lines[line as usize].formation {
                        LineFormation::Size { size, .. } => consignments / f64::from(size.max(1)),
                        LineFormation::Timetable { slots, .. } => {
                            consignments.min(MS_PER_DAY as f64 / slots.every_ms)
                        }
                    },
                    None => consignments,
                };
                let stream = EntryStream {
                    rules: whom
                        .enumerate()
                        .filter(|(_, whom)| kind.is(whom))
                        .map(|(rule, _)| rule as u16)
                        .collect(),
                    booking: books.is_some(),
                };
                if stream.rules.is_empty() && !stream.booking && node.hours.is_empty() {
                    continue;
                }
                for &rule in &stream.rules {
                    node.loads[rule as usize].come += vehicles;
                }
                if stream.booking
                    && let Some(load) = node.loads.last_mut()
                {
                    load.come += vehicles;
                }
                let found = node.streams.iter().position(|known| *known == stream);
                stops[leg].entry = Some(found.unwrap_or_else(|| {
                    node.streams.push(stream);
                    node.streams.len() - 1
                }) as u16);
                if let (Some(booking), Some(link)) = (books, stops[leg - usize::from(leg > 0)].link)
                {
                    let node = &network.links[link.index()];
                    let mean = self.scenario.links[link.index()].transit.mean();
                    stops[leg - 1].books = Some(Span::from_ms_f64(mean).max(node.minimum));
                    let notice = booking.notice.max(Span::TICK);
                    askers.push((stops[leg - 1].site, site, notice));
                }
            }
            network.routes[route].stops = stops;
        }
        for (from, to, notice) in askers {
            notice_channel(network, from, to, notice);
            notice_channel(network, to, from, notice);
        }
        Ok(())
    }

    fn entry(
        &self,
        entry: &EntryControl,
        zone: &TimeZone,
        until: Time,
    ) -> Result<EntryNode, CompileError> {
        let start = self.study.experiment.start;
        let commodities = &self.scenario.commodities;
        let lane = |class| entry.lanes.iter().position(|lane| *lane == class);
        let hours = match entry.calendar.map(|c| &self.scenario.calendars[c.index()]) {
            Some(calendar) if !calendar.always => {
                let staffing = [Staffing {
                    from: Time::ZERO,
                    servers: 1,
                    calendar,
                }];
                on_duty(&staffing, zone, start, until).map_err(wrong)?
            }
            _ => Vec::new(),
        };
        let mut rules = Vec::new();
        for cap in &entry.caps {
            let reserved: Vec<(u8, u32)> = cap
                .reserved
                .iter()
                .filter_map(|(class, count)| Some((lane(*class)? as u8, *count)))
                .collect();
            let kept: u32 = reserved.iter().map(|(_, count)| *count).sum();
            rules.push(EntryRule::Cap {
                days: capacity::days(zone, start, until).map_err(wrong)?,
                general: cap.per_day.saturating_sub(kept),
                reserved,
            });
        }
        rules.extend(
            entry
                .slots
                .iter()
                .map(|s| EntryRule::Slots(slots(&s.timetable))),
        );
        let open = open_share(&hours, until);
        let slots_most = |s: &crate::scenario::EntrySlots| {
            f64::from(s.timetable.capacity) * open * MS_PER_DAY as f64 / s.timetable.every_ms
        };
        let load = |by, most| EntryLoad {
            by,
            come: 0.0,
            most,
        };
        let caps = entry.caps.iter();
        let mut loads: Vec<EntryLoad> = caps
            .map(|cap| load(KeptOutBy::Cap, f64::from(cap.per_day)))
            .collect();
        loads.extend(
            entry
                .slots
                .iter()
                .map(|s| load(KeptOutBy::Slot, slots_most(s))),
        );
        loads.extend(entry.booking.as_ref().map(|b| {
            let windows = open * MS_PER_DAY as f64 / b.window.ms() as f64;
            // Places that a vehicle uses up: one for each window that it books, and one if it comes without.
            let (mut places, mut missed) = (0.0, 1.0);
            for _ in 0..b.attempts {
                places += missed;
                missed *= b.no_show;
                if missed == 0.0 {
                    break;
                }
            }
            places += missed;
            load(
                KeptOutBy::NoBooking,
                f64::from(b.capacity) * windows / places,
            )
        }));
        Ok(EntryNode {
            loads,
            actor: entry.actor,
            hours,
            rules,
            streams: Vec::new(),
            lanes: Classes::compile(&entry.lanes, commodities),
            booking: entry.booking.as_ref().map(|b| BookingNode {
                window: b.window,
                capacity: b.capacity,
                ahead: b.ahead,
                notice: b.notice.max(Span::TICK),
                no_show: b.no_show,
                tolerance: b.tolerance,
                attempts: b.attempts.min(u32::from(u8::MAX)) as u8,
            }),
        })
    }
}
