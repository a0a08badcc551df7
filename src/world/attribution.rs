//! Where a visit's hours went: back along the critical path from departure to arrival, each millisecond to one
//! actor and kind, so that the parts add to the whole (a fork-join's parts, added up, would exceed it).

use super::follow::HourSink;
use super::straight_ends;
use super::visit::{NO_VISIT, OF_PARENT, Wait};
use super::{Corridor, HourTable, NO_STEP, Observer, SiteState};
use crate::terms::{ActorKind, HourKind, StepKind};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// The hours of the visit from arrival to `departed`; `carrier` is whose the wait for departure was.
    pub(super) fn attribute(
        &self,
        site: &SiteState<O>,
        visit: u32,
        arrived: Time,
        departed: Time,
        carrier: ActorKind,
    ) -> HourTable {
        let mut table = HourTable::default();
        self.attribute_to(site, visit, arrived, departed, carrier, &mut table);
        debug_assert_eq!(
            table.total(),
            (departed - arrived).ms(),
            "hours by actor and kind add to the stay"
        );
        table
    }

    /// As [`Corridor::attribute`], into what takes them.
    #[inline]
    pub(super) fn attribute_to(
        &self,
        site: &SiteState<O>,
        visit: u32,
        arrived: Time,
        departed: Time,
        carrier: ActorKind,
        hours: &mut impl HourSink,
    ) {
        let v = &site.visits[visit as usize];
        // Of a straight batch no consignment has had a step of its own.
        let alone = v.straight || v.parent == NO_VISIT && !v.is_batch();
        let plain = v.waits.is_empty() && v.detours.is_empty() && site.gaps.is_empty();
        if alone && plain && v.last != NO_STEP {
            let path = self.path_of(site.site, v);
            straight_ends::attribute_to(v, path, departed, carrier, hours);
            return;
        }
        // On a train, its waits at gates are its consignments'.
        let gated = if v.parent == NO_VISIT {
            v
        } else {
            &site.visits[v.parent as usize]
        };
        // What is done ahead while the cargo waits outside shortens nothing: those hours are the gate's.
        let inside = gated.inside.max(arrived);
        if !gated.waits.is_empty() {
            for wait in &gated.waits {
                if wait.step == NO_STEP && wait.to <= inside {
                    hours.add(NO_STEP, wait.actor, wait.kind, wait.to - wait.from);
                }
            }
        }
        let mut add = |step, actor, kind, from: Time, to: Time| {
            hours.add(step, actor, kind, to.max(inside) - from.max(inside));
        };
        let worked = if v.last == NO_STEP {
            inside
        } else {
            v.records[v.last as usize].ended
        };
        let at_gate = |w: &Wait| w.step == NO_STEP && w.from >= inside;
        spread(
            &mut |actor, kind, from, to| add(NO_STEP, actor, kind, from, to),
            &v.waits,
            at_gate,
            (carrier, HourKind::Waiting),
            worked,
            departed,
        );
        let (mut current, mut step) = (visit, v.last);
        if step == NO_STEP {
            return;
        }
        let plan = &self.network.sites[site.site].plans[v.plan as usize];
        while step != NO_STEP {
            let mut its = &site.visits[current as usize];
            let mut record = &its.records[step as usize];
            while record.by != NO_VISIT {
                // A step done consignment by consignment: the last consignment's record stands.
                current = record.by;
                its = &site.visits[current as usize];
                record = &its.records[step as usize];
            }
            let node = &plan.steps[step as usize];
            let actor = node.actor;
            // Wagons, slots, a second vehicle, the partner's acceptance: nothing is served while they are waited for.
            let kind = if node.kind == StepKind::WaitFor {
                HourKind::Waiting
            } else {
                HourKind::Service
            };
            let (mut carried, mut served) = (record.ready, record.ended);
            if !its.detours.is_empty() {
                (carried, served) = its.last_attempt(step);
                for d in its.detours.iter().filter(|d| d.step == step) {
                    add(step, d.actor, d.kind, d.from, d.to);
                }
            }
            // Interrupted work waits until it goes on.
            let mut at = record.started;
            let of_last = |gap: &&(Time, Time)| gap.0 >= record.started;
            for &(from, to) in site.gaps_of(current, step).iter().filter(of_last) {
                add(step, actor, kind, at, from);
                add(step, actor, HourKind::Waiting, from, to);
                at = to;
            }
            add(step, actor, kind, at, served);
            add(
                step,
                actor,
                HourKind::Waiting,
                record.joined,
                record.started,
            );
            let of_step = |w: &Wait| w.step == step;
            spread(
                &mut |actor, kind, from, to| add(step, actor, kind, from, to),
                &its.waits,
                of_step,
                (actor, HourKind::HandOff),
                carried,
                record.joined,
            );
            step = record.trigger;
            if step != NO_STEP && step & OF_PARENT != 0 {
                current = its.parent;
                step &= !OF_PARENT;
            }
        }
    }
}

/// Gives the time from `from` to `to` to the stated waits that fall in it, and the rest to `otherwise`.
#[inline]
fn spread(
    add: &mut impl FnMut(ActorKind, HourKind, Time, Time),
    waits: &[Wait],
    mine: impl Fn(&Wait) -> bool,
    otherwise: (ActorKind, HourKind),
    from: Time,
    to: Time,
) {
    if waits.is_empty() {
        add(otherwise.0, otherwise.1, from, to.max(from));
        return;
    }
    let mut at = from;
    for wait in waits.iter().filter(|w| mine(w)) {
        let (begun, ended) = (wait.from.max(at), wait.to.min(to));
        if ended <= begun {
            continue;
        }
        add(otherwise.0, otherwise.1, at, begun);
        add(wait.actor, wait.kind, begun, ended);
        at = ended;
    }
    add(otherwise.0, otherwise.1, at, to.max(at));
}
