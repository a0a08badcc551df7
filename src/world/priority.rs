//! Which class a visit belongs to.

use super::visit::Visit;
use super::{Cargo, Corridor, Observer, SiteState};
use crate::network::{Classes, StationNode, Traits};
use crate::terms::{CommodityId, Discipline};

impl<O: Observer> Corridor<'_, O> {
    /// What decides a consignment's class; `aeo` where its status counts here.
    pub(super) fn traits(&self, cargo: &Cargo, aeo: bool) -> Traits {
        Traits {
            commodity: Some(CommodityId(cargo.commodity)),
            flow: Some(self.network.routes[cargo.route as usize].flow),
            aeo,
        }
    }

    /// The class of a visit at a station, for a step of this part of its plan: lower goes first.
    #[inline]
    pub(super) fn class_at(
        &self,
        site: &SiteState<O>,
        visit: u32,
        part: u8,
        node: &StationNode,
    ) -> u8 {
        let v = &site.visits[visit as usize];
        match node.discipline {
            Discipline::Fifo => 0,
            Discipline::AeoFirst => u8::from(!v.is_aeo(part)),
            Discipline::Priority => self.class_of(v, v.is_aeo(part), &node.classes),
        }
    }

    /// The priority of a visit: lower goes first. A batch whose consignments are not there yet fits only `aeo`,
    /// as its header says.
    fn class_of(&self, v: &Visit, aeo: bool, classes: &Classes) -> u8 {
        match (v.is_batch(), v.members.is_empty()) {
            (false, _) => classes.of(self.traits(&v.cargo, aeo)),
            (true, true) => classes.of(Traits {
                commodity: None,
                flow: None,
                aeo,
            }),
            (true, false) => classes.of_all(v.members.iter().map(|m| self.traits(&m.cargo, aeo))),
        }
    }
}
