//! Which class a visit belongs to.

use super::{Cargo, Corridor, Observer, SiteState};
use crate::network::{Classes, Traits};
use crate::terms::CommodityId;

impl<O: Observer> Corridor<'_, O> {
    /// What decides a consignment's class; `aeo` where its status counts here.
    pub(super) fn traits(&self, cargo: &Cargo, aeo: bool) -> Traits {
        Traits {
            commodity: Some(CommodityId(cargo.commodity)),
            flow: Some(self.network.routes[cargo.route as usize].flow),
            aeo,
        }
    }

    /// The priority of a visit: lower goes first. A batch whose consignments are not there yet fits only `aeo`,
    /// as its header says.
    pub(super) fn class_of(&self, site: &SiteState<O>, visit: u32, classes: &Classes) -> u8 {
        let v = &site.visits[visit as usize];
        match (v.is_batch(), v.members.is_empty()) {
            (false, _) => classes.of(self.traits(&v.cargo, v.aeo)),
            (true, true) => classes.of(Traits {
                commodity: None,
                flow: None,
                aeo: v.aeo,
            }),
            (true, false) => classes.of_all(v.members.iter().map(|m| self.traits(&m.cargo, v.aeo))),
        }
    }
}
