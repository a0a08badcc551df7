//! Waits between the last step of a stay and the departure: for a train, a booked window, a departure, an open way.

use super::explain::{Act, Run};
use super::explain_stays::{Stay, Train};
use crate::network::{KeptOutBy, Network, Stop};
use crate::observe::Recorded;
use crate::terms::{ActorKind, EntityId};
use crate::time::{Span, Time};
use crate::world::{Fact, FactKind, NO_STEP};

/// A stay whose steps are done.
pub(super) struct Leaving<'r> {
    pub run: &'r Run<'r>,
    pub stay: &'r Stay,
    pub entity: EntityId,
    /// What concerns the consignment at the site.
    pub mine: &'r [&'r Recorded],
    /// When the consignment departed, left the corridor, or the run ended.
    pub end: Time,
}

impl Leaving<'_> {
    /// What it waited for.
    pub fn waits(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        let lines = &self.run.network.lines;
        if let Some(train) = self.stay.came_with() {
            let Some(behind) = self.stay.left_behind else {
                let ready = self.done(&self.members(train), self.end);
                self.gates(train.entity, ready, self.end, &mut acts);
                return acts;
            };
            let actor = lines[train.entity.group() as usize].actor;
            let from = behind.max(self.done(&[self.entity], self.end));
            let what = "waits for the next train of its line".to_owned();
            self.push(self.entity, from, self.end, what, actor, &mut acts);
            return acts;
        }
        let ready = self.done(&[self.entity], self.end);
        let Some(stop) = self.stop(self.entity) else {
            return acts;
        };
        match (stop.forms, self.stay.formed()) {
            (Some(line), formed) if stop.link.is_some() => {
                let until = formed.map_or(self.end, |train| train.since);
                let actor = lines[line as usize].actor;
                let what = "waits for a train to form".to_owned();
                self.push(self.entity, ready, until, what, actor, &mut acts);
                if let Some(train) = formed {
                    self.gates(train.entity, until, self.end, &mut acts);
                }
            }
            _ => self.gates(self.entity, ready, self.end, &mut acts),
        }
        acts
    }

    /// Everyone that is on the train here, and the train.
    fn members(&self, train: Train) -> Vec<EntityId> {
        let on = self
            .run
            .boardings
            .iter()
            .filter(|b| b.site == self.stay.site && b.batch == train.entity);
        on.map(|b| b.consignment).chain([train.entity]).collect()
    }

    /// When the last of what `who` do here was done, by `until`; the arrival where they do nothing.
    fn done(&self, who: &[EntityId], until: Time) -> Time {
        let here = |r: &&Recorded| r.site == self.stay.site && who.contains(&r.fact.entity);
        let ends = self
            .run
            .facts
            .iter()
            .filter(here)
            .filter_map(|r| match r.fact.kind {
                FactKind::Completed => Some(r.fact.time),
                FactKind::Enquired => Some(r.fact.time + Span::from_ms(r.fact.detail)),
                FactKind::LetIn if self.own_gate(&r.fact) => Some(r.fact.time),
                _ => None,
            })
            .filter(|at| *at <= until);
        ends.fold(self.stay.arrived, Time::max)
    }

    /// True for a fact of the gate of this site; else it is the next site's.
    fn own_gate(&self, fact: &Fact) -> bool {
        let pool = self.run.network.pools.get(fact.detail as usize);
        fact.detail >= KeptOutBy::MARK || pool.is_some_and(|p| p.owner.0 == self.stay.site)
    }

    /// The stop of its route at which `who` is.
    fn stop(&self, who: EntityId) -> Option<&Stop> {
        let network = self.run.network;
        let route = if who.is_batch() {
            u64::from(network.lines[who.group() as usize].route)
        } else {
            self.run.route(who, self.end)
        };
        let stops = &network.routes[route as usize].stops;
        stops
            .iter()
            .filter(|s| s.site.0 == self.stay.site)
            .nth(usize::from(self.stay.call))
    }

    /// The gates before departure, in their order; the waits for pools and for the next site's gate are told elsewhere.
    fn gates(&self, who: EntityId, ready: Time, end: Time, acts: &mut Vec<Act>) {
        let Some((stop, link)) = self.stop(who).and_then(|s| Some((s, s.link?))) else {
            return;
        };
        let network = self.run.network;
        let link = &network.links[link.index()];
        let carrier = match who.is_batch() {
            true => network.lines[who.group() as usize].actor,
            false => Network::carrier(link.mode),
        };
        let at_gates = |r: &&&Recorded| {
            let fact = &r.fact;
            fact.entity == who && fact.step == NO_STEP && fact.time >= ready
        };
        let facts: Vec<&Fact> = self.mine.iter().filter(at_gates).map(|r| &r.fact).collect();
        let all = |kind: FactKind| facts.iter().filter(move |f| f.kind == kind);
        if all(FactKind::Blocked).count() > all(FactKind::Unblocked).count() {
            return;
        }
        let granted = all(FactKind::Unblocked).map(|f| f.time);
        let mut at = granted.fold(ready, Time::max);
        if stop.books.is_some() {
            let next = |f: &&&&Fact| f.time >= at && !self.own_gate(f);
            let halted = all(FactKind::KeptOut).find(|f| next(&f)).map(|f| f.time);
            let closed = all(FactKind::Closed).map(|f| f.time).find(|t| *t >= at);
            let until = halted.into_iter().chain(closed).fold(end, Time::min);
            let actor = network.sites[link.to.index()].entry.as_ref();
            let actor = actor.map_or(ActorKind::Terminal, |entry| entry.actor);
            let what = "waits for its booked arrival window".to_owned();
            self.push(who, at, until, what, actor, acts);
            at = until;
        }
        if all(FactKind::KeptOut).count() > all(FactKind::LetIn).count() {
            return;
        }
        let goes_on = all(FactKind::LetIn).filter(|f| !self.own_gate(f));
        at = goes_on.map(|f| f.time).fold(at, Time::max);
        let since = at;
        for closed in all(FactKind::Closed).filter(|f| f.time >= since) {
            let until = Time::from_ms(closed.detail).min(end);
            let what = "departure waits: the way is closed".to_owned();
            self.push(who, closed.time, until, what, carrier, acts);
            at = until;
        }
        if link.timetable.is_some() {
            let what = format!("waits for the next departure of `{}`", link.name);
            self.push(who, at, end, what, carrier, acts);
        }
    }

    fn push(
        &self,
        who: EntityId,
        from: Time,
        to: Time,
        what: String,
        actor: ActorKind,
        acts: &mut Vec<Act>,
    ) {
        if to > from {
            acts.push(Act {
                waited_h: Some(to.since(from).hours()),
                ..Act::at(who, from, what, Some(actor.to_string()))
            });
        }
    }
}
