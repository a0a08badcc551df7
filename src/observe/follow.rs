//! Follows every measured consignment: where its hours went, part by part, as small records that can be sorted; and who
//! was last where several agencies' work came together.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::terms::{ActorKind, Channel, EntityId, HourKind, LinkId, Named};
use crate::time::Span;
use crate::world::{Fact, FactKind, Join, Observer, StayEnd, Whose};

/// A place where hours go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// A site, by name.
    Site(String),
    /// A link, by name.
    Link(String),
}

/// A part of a journey: where, whose, and what kind of hours. A number that is the same in every variant that shares
/// the [`Parts`] it was made from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PartId(pub u32);

/// The parts that journeys in some networks can have. Places and owners are matched by name, so that what two variants
/// share has one number.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    places: Vec<Place>,
    owners: Vec<String>,
    flows: Vec<String>,
}

/// The numbers that one network's positions have among [`Parts`].
#[derive(Clone, Debug)]
pub struct Labels {
    sites: Vec<u32>,
    links: Vec<u32>,
    agencies: Vec<u32>,
    actors: Vec<u32>,
    carriers: Vec<u32>,
    flows: Vec<u16>,
    owners: u32,
}

const KINDS: u32 = HourKind::ALL.len() as u32;

fn position<T: PartialEq>(list: &mut Vec<T>, item: T) -> u32 {
    let at = list.iter().position(|known| *known == item);
    at.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    }) as u32
}

impl Parts {
    /// The parts of these networks, and each network's labels.
    pub fn of(networks: &[&Network]) -> (Parts, Vec<Labels>) {
        let mut parts = Parts::default();
        let mut labels: Vec<Labels> = networks.iter().map(|n| parts.label(n)).collect();
        for of in &mut labels {
            of.owners = parts.owners.len() as u32;
        }
        (parts, labels)
    }

    fn label(&mut self, network: &Network) -> Labels {
        let sites = network.sites.iter().map(|s| Place::Site(s.name.clone()));
        let links = network.links.iter().map(|l| Place::Link(l.name.clone()));
        let agencies = network.agencies.iter().map(|(name, _)| name.clone());
        let actors = ActorKind::ALL.iter().map(ToString::to_string);
        let flows = network.flows.iter().map(|f| f.name.clone());
        let actors: Vec<u32> = actors.map(|a| position(&mut self.owners, a)).collect();
        let carrier = |l: &crate::network::LinkNode| actors[Network::carrier(l.mode) as usize];
        Labels {
            sites: sites.map(|p| position(&mut self.places, p)).collect(),
            links: links.map(|p| position(&mut self.places, p)).collect(),
            agencies: agencies.map(|a| position(&mut self.owners, a)).collect(),
            carriers: network.links.iter().map(carrier).collect(),
            actors,
            flows: flows.map(|f| position(&mut self.flows, f) as u16).collect(),
            owners: 0,
        }
    }

    /// How many parts there can be.
    pub fn count(&self) -> usize {
        self.places.len() * self.owners.len() * KINDS as usize
    }

    /// Where, whose and of what kind a part is.
    pub fn part(&self, part: PartId) -> (&Place, &str, HourKind) {
        let (owner, kind) = (part.0 / KINDS, part.0 % KINDS);
        let owners = self.owners.len() as u32;
        (
            &self.places[(owner / owners) as usize],
            &self.owners[(owner % owners) as usize],
            HourKind::ALL[kind as usize],
        )
    }

    /// The name of an owner.
    pub fn owner(&self, owner: usize) -> &str {
        &self.owners[owner]
    }

    /// The name of the flow of a consignment that a [`Follower`] tells of.
    pub fn flow(&self, consignment: EntityId) -> &str {
        &self.flows[consignment.group() as usize]
    }

    /// A consignment that a [`Follower`] tells of, as `flow:ordinal`.
    pub fn consignment(&self, consignment: EntityId) -> String {
        format!("{}:{}", self.flow(consignment), consignment.ordinal())
    }
}

impl Labels {
    fn part(&self, place: u32, owner: u32, kind: HourKind) -> PartId {
        PartId((place * self.owners + owner) * KINDS + kind as u32)
    }

    fn owner(&self, whose: Whose) -> u32 {
        match whose {
            Whose::Agency(agency) => self.agencies[agency.index()],
            Whose::Actor(actor) => self.actors[actor as usize],
        }
    }
}

/// Something about a consignment, in 64 bits: 20 for what, 44 for how much (557 years of milliseconds).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Record(pub u64);

/// What a [`Record`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// So many milliseconds went into a part; several records of one part add up.
    Hours(PartId, u64),
    /// It entered the corridor at this millisecond.
    Entered(u64),
    /// It reached its destination at this millisecond.
    Left(u64),
    /// What is known of it besides: see the constants of [`Record`]. Several records unite.
    Notes(u64),
}

impl Record {
    /// Parts are numbered below this.
    pub const PARTS: usize = 0xf_fff0;
    const BITS: u32 = 44;
    const ENTERED: u64 = 0xf_fff1;
    const LEFT: u64 = 0xf_fff2;
    const NOTES: u64 = 0xf_fff3;

    /// It is lost: this bit, shifted by the number of the outcome.
    pub const LOST: u64 = 1;
    /// It took another route on its way.
    pub const REROUTED: u64 = 1 << 4;
    /// It is an authorised economic operator's.
    pub const AEO: u64 = 1 << 5;
    /// An agency put it in a channel: this bit, shifted by the channel's place in [`Record::CHANNELS`].
    pub const CHANNEL: u64 = 1 << 8;
    /// Channels from the mildest to the most severe.
    pub const CHANNELS: [Channel; 4] =
        [Channel::Green, Channel::Blue, Channel::Yellow, Channel::Red];

    /// The record that says this; `None` where it is too large to be written.
    pub fn of(said: Said) -> Option<Record> {
        let (what, much) = match said {
            Said::Hours(part, ms) if (part.0 as usize) < Self::PARTS => (u64::from(part.0), ms),
            Said::Hours(..) => return None,
            Said::Entered(ms) => (Self::ENTERED, ms),
            Said::Left(ms) => (Self::LEFT, ms),
            Said::Notes(notes) => (Self::NOTES, notes),
        };
        (much >> Self::BITS == 0).then_some(Record(what << Self::BITS | much))
    }

    /// What it says.
    pub fn said(self) -> Said {
        let much = self.0 & ((1 << Self::BITS) - 1);
        match self.0 >> Self::BITS {
            Self::ENTERED => Said::Entered(much),
            Self::LEFT => Said::Left(much),
            Self::NOTES => Said::Notes(much),
            part => Said::Hours(PartId(part as u32), much),
        }
    }
}

/// Where a [`Follower`]'s records go.
pub trait Records: Send {
    /// A record about a consignment.
    fn put(&mut self, consignment: EntityId, record: Record);
}

/// For who asks for the blame alone.
impl Records for () {
    fn put(&mut self, _consignment: EntityId, _record: Record) {}
}

/// How often one owner was last where work came together, and what that cost; sums are exact.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct BlameTally {
    /// Joins that it had a part in, each as often as the visit has measured consignments.
    pub part_in: u64,
    /// Of them, those where it alone was last.
    pub last: u64,
    /// Of them, those where it was last together with another, to the millisecond.
    pub together: u64,
    /// Where it alone was last: the time since the one before it was done, summed, milliseconds.
    pub margin_ms: u128,
}

impl BlameTally {
    /// Adds another's counts.
    pub fn merge(&mut self, other: &BlameTally) {
        self.part_in += other.part_in;
        self.last += other.last;
        self.together += other.together;
        self.margin_ms += other.margin_ms;
    }
}

/// The joins of one site.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct SiteBlame {
    /// Joins, each as often as the visit has measured consignments.
    pub joins: u64,
    /// Of them, those where two or more were last together.
    pub together: u64,
    /// By owner, see [`Parts::owner`].
    pub owners: Vec<BlameTally>,
}

impl SiteBlame {
    fn add(&mut self, join: &Join<'_>, labels: &Labels) {
        let &[(first, last), (_, second), ..] = join.branches else {
            return;
        };
        let times = u64::from(join.consignments);
        if self.owners.is_empty() {
            self.owners = vec![BlameTally::default(); labels.owners as usize];
        }
        self.joins += times;
        for &(whose, end) in join.branches {
            let tally = &mut self.owners[labels.owner(whose) as usize];
            tally.part_in += times;
            if last == second && end == last {
                tally.together += times;
            }
        }
        if last == second {
            self.together += times;
        } else {
            let tally = &mut self.owners[labels.owner(first) as usize];
            tally.last += times;
            tally.margin_ms += u128::from((last - second).ms()) * u128::from(times);
        }
    }
}

/// An observer that follows every measured consignment of a site.
#[derive(Debug)]
pub struct Follower<R> {
    site: usize,
    labels: Arc<Labels>,
    records: R,
    /// Who was last here.
    pub blame: SiteBlame,
    /// What was told that cannot be true: a defect.
    pub broken: Option<String>,
}

impl<R: Records> Follower<R> {
    /// An observer of `site`.
    pub fn new(site: usize, labels: Arc<Labels>, records: R) -> Self {
        Follower {
            site,
            labels,
            records,
            blame: SiteBlame::default(),
            broken: None,
        }
    }

    fn put(&mut self, consignment: EntityId, said: Said) {
        let flow = self.labels.flows[consignment.group() as usize];
        let named = EntityId::consignment(flow, consignment.ordinal());
        match Record::of(said) {
            Some(record) => self.records.put(named, record),
            None => {
                self.broken
                    .get_or_insert_with(|| format!("{said:?} of {named:?} cannot be written"));
            }
        }
    }
}

impl<R: Records> Observer for Follower<R> {
    const FOLLOWS: bool = true;

    fn fact(&mut self, fact: &Fact) {
        if !fact.measured || fact.entity.is_batch() {
            return;
        }
        match fact.kind {
            FactKind::Entered => self.put(fact.entity, Said::Entered(fact.time.ms())),
            FactKind::Left => self.put(fact.entity, Said::Left(fact.time.ms())),
            FactKind::GaveUp => {
                self.put(fact.entity, Said::Notes(Record::LOST << fact.detail));
            }
            FactKind::Rerouted => self.put(fact.entity, Said::Notes(Record::REROUTED)),
            _ => {}
        }
    }

    fn stay(&mut self, stay: &StayEnd<'_>) {
        let place = self.labels.sites[self.site];
        let mut sum = Span::ZERO;
        for stretch in stay.path {
            sum += stretch.span;
            let owner = self.labels.owner(stretch.whose);
            let part = self.labels.part(place, owner, stretch.kind);
            self.put(stay.consignment, Said::Hours(part, stretch.span.ms()));
        }
        if sum != stay.departed - stay.arrived {
            self.broken.get_or_insert_with(|| {
                format!(
                    "the critical path of {:?} at its stay from {} ms to {} ms adds to {} ms",
                    stay.consignment,
                    stay.arrived.ms(),
                    stay.departed.ms(),
                    sum.ms()
                )
            });
        }
        let mut notes = if stay.aeo { Record::AEO } else { 0 };
        if let Some(channel) = stay.channel {
            let place = Record::CHANNELS.iter().position(|c| *c == channel);
            notes |= Record::CHANNEL << place.unwrap_or(0);
        }
        if notes != 0 {
            self.put(stay.consignment, Said::Notes(notes));
        }
    }

    fn travelled(&mut self, consignment: EntityId, link: LinkId, took: Span) {
        let (place, owner) = (
            self.labels.links[link.index()],
            self.labels.carriers[link.index()],
        );
        let part = self.labels.part(place, owner, HourKind::Travel);
        self.put(consignment, Said::Hours(part, took.ms()));
    }

    fn joined(&mut self, join: &Join<'_>) {
        self.blame.add(join, &self.labels);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_what_was_put_in_it_or_is_refused() {
        for said in [
            Said::Hours(PartId(0), 1),
            Said::Hours(PartId(Record::PARTS as u32 - 1), (1 << 44) - 1),
            Said::Entered(7),
            Said::Left(1 << 43),
            Said::Notes(Record::AEO | Record::REROUTED | Record::CHANNEL << 3),
        ] {
            assert_eq!(Record::of(said).unwrap().said(), said);
        }
        assert_eq!(Record::of(Said::Left(1 << 44)), None);
        assert_eq!(
            Record::of(Said::Hours(PartId(Record::PARTS as u32), 1)),
            None
        );
    }
}
