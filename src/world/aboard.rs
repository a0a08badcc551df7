//! What those on a train that waits for its consignments wait for of each other: the train's steps for theirs, theirs
//! for the train's, and its departure for all of them.
//!
//! Each is a unit of its own in the graph of waits, since one consignment can be at work while another waits. Who has
//! nothing under way needs those without whom none of its next steps can begin.

use super::deadlock::Graph;
use super::visit::{NO_VISIT, Stage};
use super::{Corridor, Observer, SiteState};
use crate::terms::OnHold;

/// The units of a site's visits in a graph of waits.
pub(super) struct Units {
    /// Of each visit, for its own steps.
    pub own: Vec<Option<usize>>,
    /// Of a train that waits for its consignments: what it holds until it departs.
    pub departure: Vec<Option<usize>>,
    /// Which steps of each visit wait for something whose end is not certain.
    pub waiting: Vec<u64>,
}

impl<O: Observer> Corridor<'_, O> {
    /// The consignments on a train that waits for them, those with steps of their own; none for all others.
    pub(super) fn waited_for(&self, site: &SiteState<O>, index: u32) -> Vec<u32> {
        let v = &site.visits[index as usize];
        if !v.is_batch() || v.stage == Stage::Gone {
            return Vec::new();
        }
        let line = &self.network.lines[v.cargo.entity.group() as usize];
        if line.on_hold != OnHold::Wait {
            return Vec::new();
        }
        let own = v.members.iter().map(|m| m.visit);
        own.filter(|visit| *visit != NO_VISIT).collect()
    }

    /// Who needs whom on a train that waits for its consignments.
    pub(super) fn add_needs(
        &self,
        graph: &mut Graph,
        site: &SiteState<O>,
        units: &Units,
        index: u32,
    ) {
        let members = self.waited_for(site, index);
        let unit = |visit: u32| units.own[visit as usize];
        let (Some(departure), Some(train)) = (units.departure[index as usize], unit(index)) else {
            return;
        };
        let theirs = || members.iter().filter_map(|m| unit(*m));
        graph.units[departure].needs = theirs().chain([train]).collect();
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let before = &plan.orders[v.epoch as usize].before;
        // Steps without whose ends none of `first` can be.
        let all_before = |first: u64| {
            let mut all = first;
            let mut left = first;
            while left != 0 {
                let s = left.trailing_zeros() as usize;
                left &= left - 1;
                let more = before[s] & v.applies & !v.done & !all;
                all |= more;
                left |= more;
            }
            all
        };
        let steps = |mask: u64| (0..plan.steps.len()).filter(move |s| mask >> s & 1 == 1);
        // Who waits at one of the steps before each of those that are left to do.
        let holds_up = |ways: &[u64], other: u32| {
            let waits = units.waiting[other as usize];
            !ways.is_empty() && ways.iter().all(|before| before & waits != 0)
        };
        if v.begun & !v.done & !plan.per_consignment == 0 {
            let left = v.applies & !v.begun & !plan.per_consignment;
            let ways: Vec<u64> = steps(left)
                .map(|s| all_before(before[s] & v.applies & !v.done))
                .collect();
            graph.units[train].needs = if left == 0 {
                theirs().collect()
            } else {
                let held_up = members.iter().filter(|m| holds_up(&ways, **m));
                held_up.filter_map(|m| unit(*m)).collect()
            };
        }
        for &member in &members {
            let m = &site.visits[member as usize];
            let left = m.applies & !m.begun;
            if m.begun & !m.done != 0 || left == 0 {
                continue;
            }
            let ways: Vec<u64> = steps(left)
                .filter(|s| before[*s] & plan.per_consignment & left == 0)
                .map(|s| all_before(before[s] & !plan.per_consignment & v.applies & !v.done))
                .collect();
            let others = members.iter().copied().chain([index]);
            let held_up = others.filter(|other| *other != member && holds_up(&ways, *other));
            if let Some(u) = unit(member) {
                graph.units[u].needs = held_up.filter_map(unit).collect();
            }
        }
    }
}
