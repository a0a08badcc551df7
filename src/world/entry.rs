//! The gate of a site with entry control: who waits outside, and who is let in next.
//!
//! A vehicle that comes joins a queue outside; at the end of every instant at which something may have changed (one
//! came, a day, a slot, a window or the gate's hours began) the best of those whose rules have room are let in, until
//! there is none. So it does not matter in what order the vehicles of one instant came to be handled.

use std::collections::{BTreeMap, BTreeSet};

use super::booking::Windows;
use super::visit::{Gatekept, Stage, Wait};
use super::{Corridor, Event, FactKind, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::{EntryNode, EntryRule, KeptOutBy};
use crate::terms::{EntityId, HourKind};
use crate::time::Time;

/// Those outside who have the same rules and go in by the same right; the order of its fields is the order of
/// admission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Line {
    /// Booked ones go first.
    unbooked: bool,
    class: u8,
    stream: u16,
}

/// A vehicle outside, in the order in which it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Outside {
    since: Time,
    entity: EntityId,
    leg: u8,
    visit: u32,
}

/// What a rule has let in of the day or slot that it counts.
#[derive(Clone, Debug, Default)]
struct Count {
    period: u64,
    general: u32,
    reserved: Vec<u32>,
}

/// A site's entry control under way.
#[derive(Debug, Default)]
pub(super) struct EntryState {
    lines: BTreeMap<Line, BTreeSet<Outside>>,
    /// By rule.
    counts: Vec<Count>,
    /// Those who came before their window, by when it begins.
    early: BTreeSet<(Time, Line, Outside)>,
    /// Who joined since the gate was last looked at.
    fresh: Vec<u32>,
    /// Instants at which the gate will be looked at anyway.
    wakes: BTreeSet<Time>,
    /// Something may have changed.
    pub dirty: bool,
    /// Arrival windows.
    pub windows: Windows,
}

impl EntryState {
    pub fn new(node: &EntryNode) -> Self {
        let count = |rule: &EntryRule| match rule {
            EntryRule::Cap { reserved, .. } => Count {
                reserved: vec![0; reserved.len()],
                ..Count::default()
            },
            EntryRule::Slots(_) => Count::default(),
        };
        EntryState {
            counts: node.rules.iter().map(count).collect(),
            ..EntryState::default()
        }
    }

    /// A visit waits no longer.
    pub fn forget(&mut self, visit: u32) {
        for waiting in self.lines.values_mut() {
            waiting.retain(|one| one.visit != visit);
        }
        self.early.retain(|(_, _, one)| one.visit != visit);
        self.fresh.retain(|one| *one != visit);
    }

    /// The day or slot that `rule` counts at `now`, and when the next begins; a slot that is not at `now` is none.
    fn period(rule: &EntryRule, now: Time) -> (Option<u64>, Time) {
        match rule {
            EntryRule::Cap { days, .. } => {
                let next = days.partition_point(|day| *day <= now);
                (
                    Some(next as u64),
                    days.get(next).copied().unwrap_or(Time::MAX),
                )
            }
            EntryRule::Slots(slots) => {
                let next = slots.after(now);
                let here = next.checked_sub(1).filter(|k| slots.at(*k) == now);
                (here.map(|k| k + 1), slots.at(next))
            }
        }
    }

    /// Who keeps the head of `line` out at `now`, and until when at least; `None`: it may come in.
    fn refused(&self, node: &EntryNode, line: Line, now: Time) -> Option<(KeptOutBy, Time)> {
        let mut refused: Option<(KeptOutBy, Time)> = None;
        let mut refuse = |by, until: Time| {
            let before = refused.unwrap_or((by, until));
            refused = Some((before.0, before.1.max(until)));
        };
        if !node.open(now) {
            refuse(KeptOutBy::Hours, node.opens(now));
        }
        let stream = &node.streams[line.stream as usize];
        for &r in &stream.rules {
            let (rule, count) = (&node.rules[r as usize], &self.counts[r as usize]);
            let (period, next) = Self::period(rule, now);
            let counted = period == Some(count.period);
            let used = |n: u32| if counted { n } else { 0 };
            match rule {
                EntryRule::Cap {
                    general, reserved, ..
                } => {
                    let mine = reserved.iter().position(|(class, _)| *class == line.class);
                    let kept = mine.is_some_and(|m| used(count.reserved[m]) < reserved[m].1);
                    if !kept && used(count.general) >= *general {
                        refuse(KeptOutBy::Cap, next);
                    }
                }
                EntryRule::Slots(slots) => {
                    if period.is_none() || used(count.general) >= slots.capacity {
                        refuse(KeptOutBy::Slot, next);
                    }
                }
            }
        }
        if let Some(booking) = &node.booking
            && stream.booking
            && line.unbooked
            && !self.windows.room(booking, now)
        {
            refuse(KeptOutBy::NoBooking, booking.begins(booking.at(now) + 1));
        }
        refused
    }

    /// Counts one of `line` who comes in.
    fn count(&mut self, node: &EntryNode, line: Line, now: Time) {
        let stream = &node.streams[line.stream as usize];
        for &r in &stream.rules {
            let (rule, count) = (&node.rules[r as usize], &mut self.counts[r as usize]);
            let (period, _) = Self::period(rule, now);
            let period = period.unwrap_or_default();
            if count.period != period {
                count.period = period;
                count.general = 0;
                count.reserved.fill(0);
            }
            if let EntryRule::Cap { reserved, .. } = rule
                && let Some(m) = reserved.iter().position(|(class, _)| *class == line.class)
                && count.reserved[m] < reserved[m].1
            {
                count.reserved[m] += 1;
            } else {
                count.general += 1;
            }
        }
        if let Some(booking) = &node.booking
            && stream.booking
            && line.unbooked
        {
            self.windows.walk_in(booking, now);
        }
    }

    /// The first of those who may come in.
    fn next(&self, node: &EntryNode, now: Time) -> Option<(Line, Outside)> {
        let mut best: Option<(Line, Outside)> = None;
        for (&line, waiting) in &self.lines {
            let rank = |line: Line| (line.unbooked, line.class);
            if best.is_some_and(|(first, _)| rank(first) < rank(line)) {
                break;
            }
            let Some(&head) = waiting.first() else {
                continue;
            };
            if best.is_none_or(|(_, first)| head < first) && self.refused(node, line, now).is_none()
            {
                best = Some((line, head));
            }
        }
        best
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// True where entry control has let the vehicle of a visit in; else it waits outside.
    pub(super) fn past_entry(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        stream: u16,
    ) -> bool {
        match site.visits[index as usize].gatekept {
            Gatekept::In => return true,
            Gatekept::Out => return false,
            Gatekept::New => {}
        }
        let Some(node) = &self.network.sites[site.site].entry else {
            return true;
        };
        let cargo = site.visits[index as usize].cargo;
        let class = self.lane_of(site, now, index, cargo.leg, &node.lanes);
        let Some(mut state) = site.entry.take() else {
            return true;
        };
        let begins = state.windows.comes(cargo.entity, cargo.leg);
        let mut line = Line {
            unbooked: begins.is_none(),
            class,
            stream,
        };
        let me = Outside {
            since: now,
            entity: cargo.entity,
            leg: cargo.leg,
            visit: index,
        };
        let v = &mut site.visits[index as usize];
        (v.stage, v.gatekept) = (Stage::Outside, Gatekept::Out);
        match (begins, &node.booking) {
            (Some(begins), _) if now < begins => {
                site.fact(
                    index,
                    now,
                    FactKind::KeptOut,
                    NO_STEP,
                    0,
                    KeptOutBy::Early.detail(),
                );
                state.early.insert((begins, line, me));
            }
            (Some(begins), Some(booking)) => {
                if now >= begins + booking.window + booking.tolerance {
                    // Too late: it goes in as one who has not booked.
                    line.unbooked = true;
                    site.fact(index, now, FactKind::NoShow, NO_STEP, 0, 0);
                }
                state.lines.entry(line).or_default().insert(me);
                state.fresh.push(index);
            }
            (None, Some(booking)) if self.too_late(site.site, &cargo, booking) => {
                site.fact(index, now, FactKind::NoShow, NO_STEP, 0, 0);
                state.lines.entry(line).or_default().insert(me);
                state.fresh.push(index);
            }
            _ => {
                state.lines.entry(line).or_default().insert(me);
                state.fresh.push(index);
            }
        }
        state.dirty = true;
        site.entry = Some(state);
        false
    }

    /// Lets in whom the rules let in, answers who wants to book, and sees to it that the gate is looked at again.
    pub(super) fn tend_entry(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        out: &mut Outbox<'_, Self>,
    ) {
        let (Some(node), Some(mut state)) =
            (&self.network.sites[site.site].entry, site.entry.take())
        else {
            return;
        };
        state.dirty = false;
        while state
            .early
            .first()
            .is_some_and(|(begins, ..)| *begins <= now)
        {
            if let Some((_, line, me)) = state.early.pop_first() {
                state.lines.entry(line).or_default().insert(me);
            }
        }
        while let Some((line, me)) = state.next(node, now) {
            state.count(node, line, now);
            state.lines.entry(line).or_default().remove(&me);
            let v = &mut site.visits[me.visit as usize];
            v.gatekept = Gatekept::In;
            if now > v.arrived {
                v.inside = now;
                v.waits.push(Wait {
                    step: NO_STEP,
                    actor: node.actor,
                    kind: HourKind::Waiting,
                    from: v.arrived,
                    to: now,
                });
                let detail = KeptOutBy::MARK;
                site.fact(me.visit, now, FactKind::LetIn, NO_STEP, 0, detail);
            }
            site.touch_visit(me.visit);
        }
        state.lines.retain(|_, waiting| !waiting.is_empty());
        let mut wakes: Vec<Time> = state
            .early
            .first()
            .map(|(at, ..)| *at)
            .into_iter()
            .collect();
        for (&line, waiting) in &state.lines {
            let Some((by, until)) = state.refused(node, line, now) else {
                debug_assert!(false, "whom no rule refuses is let in");
                continue;
            };
            wakes.push(until);
            for &index in &state.fresh {
                let v = &site.visits[index as usize];
                let me = Outside {
                    since: v.arrived,
                    entity: v.cargo.entity,
                    leg: v.cargo.leg,
                    visit: index,
                };
                if waiting.contains(&me) {
                    site.fact(index, now, FactKind::KeptOut, NO_STEP, 0, by.detail());
                }
            }
        }
        state.fresh.clear();
        if let Some(booking) = &node.booking {
            wakes.extend(self.give_windows(site, now, &mut state.windows, node, booking, out));
        }
        state.wakes = state.wakes.split_off(&now);
        for at in wakes {
            if at > now && at <= self.network.drain_end && state.wakes.insert(at) {
                let key = Key::new(at, Phase::Changes, events::ENTRY, 0, 0);
                out.schedule(key, Event::Entry);
            }
        }
        site.entry = Some(state);
    }

    /// The gate is looked at again at the end of this instant.
    pub(super) fn wake_entry(&self, site: &mut SiteState<O>) {
        if let Some(state) = &mut site.entry {
            state.dirty = true;
        }
    }
}
