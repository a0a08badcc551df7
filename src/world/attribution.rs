//! Where a visit's hours went: back along the critical path from departure to arrival, each millisecond to one
//! actor and kind, so that the parts add to the whole (a fork-join's parts, added up, would exceed it).

use super::visit::{NO_VISIT, OF_PARENT};
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
        let v = &site.visits[visit as usize];
        let mut add = |actor, kind, from: Time, to: Time| {
            table.add(actor, kind, to.max(arrived) - from.max(arrived));
        };
        let worked = if v.last == NO_STEP {
            arrived
        } else {
            v.records[v.last as usize].ended
        };
        add(carrier, HourKind::Waiting, worked, departed);
        let (mut current, mut step) = (visit, v.last);
        while step != NO_STEP {
            let mut record = &site.visits[current as usize].records[step as usize];
            while record.by != NO_VISIT {
                // A step done consignment by consignment: the last consignment's record stands.
                current = record.by;
                record = &site.visits[current as usize].records[step as usize];
            }
            let plan = &self.network.sites[site.site].plans[v.plan as usize];
            let actor = plan.steps[step as usize].actor;
            // Wagons, slots, a second vehicle, the partner's acceptance: nothing is served while they are waited for.
            let waits = plan.steps[step as usize].kind == StepKind::WaitFor;
            let kind = if waits {
                HourKind::Waiting
            } else {
                HourKind::Service
            };
            // Interrupted work waits until it goes on.
            let mut at = record.started;
            for &(from, to) in site.gaps_of(current, step) {
                add(actor, kind, at, from);
                add(actor, HourKind::Waiting, from, to);
                at = to;
            }
            add(actor, kind, at, record.ended);
            add(actor, HourKind::Waiting, record.joined, record.started);
            add(actor, HourKind::HandOff, record.ready, record.joined);
            step = record.trigger;
            if step != NO_STEP && step & OF_PARENT != 0 {
                current = site.visits[current as usize].parent;
                step &= !OF_PARENT;
            }
        }
        debug_assert_eq!(
            table.total(),
            (departed - arrived).ms(),
            "hours by actor and kind add to the stay"
        );
        table
    }
}
