//! Classes of consignments compiled: which of an ordered list a consignment or batch belongs to first.

use crate::scenario::{Commodity, PriorityClass};
use crate::terms::{CommodityId, FlowId};

/// What decides a consignment's class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Traits {
    /// Its commodity; `None` where it is not known, as of a batch whose data has come ahead of it.
    pub commodity: Option<CommodityId>,
    /// Its flow; `None` as above.
    pub flow: Option<FlowId>,
    /// Counts as an authorised economic operator here.
    pub aeo: bool,
}

/// An ordered list of classes.
#[derive(Clone, Debug, Default)]
pub struct Classes(Vec<Class>);

#[derive(Clone, Debug)]
enum Class {
    Aeo,
    /// By commodity: whether it belongs.
    Commodities(Vec<bool>),
    Flow(FlowId),
}

impl Class {
    fn fits(&self, one: Traits) -> bool {
        match self {
            Class::Aeo => one.aeo,
            Class::Commodities(belongs) => one
                .commodity
                .is_some_and(|c| belongs.get(c.index()).is_some_and(|b| *b)),
            Class::Flow(flow) => one.flow == Some(*flow),
        }
    }
}

impl Classes {
    /// The classes of a scenario with these commodities.
    pub fn compile(classes: &[PriorityClass], commodities: &[Commodity]) -> Self {
        let class = |class: &PriorityClass| match class {
            PriorityClass::Perishable => {
                Class::Commodities(commodities.iter().map(|c| c.perishable).collect())
            }
            PriorityClass::Aeo => Class::Aeo,
            PriorityClass::Commodity(id) => {
                Class::Commodities((0..commodities.len()).map(|c| c == id.index()).collect())
            }
            PriorityClass::Flow(id) => Class::Flow(*id),
        };
        Classes(classes.iter().map(class).collect())
    }

    /// How many classes; the priority of what fits none of them.
    pub fn len(&self) -> u8 {
        self.0.len() as u8
    }

    /// True where no class is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The priority of one consignment: the position of the first class that it fits, else their number. Lower
    /// goes first.
    pub fn of(&self, one: Traits) -> u8 {
        self.first(|class| class.fits(one))
    }

    /// The priority of a batch: the position of the first class that all its consignments fit.
    pub fn of_all(&self, all: impl Iterator<Item = Traits> + Clone) -> u8 {
        self.first(|class| all.clone().all(|one| class.fits(one)))
    }

    fn first(&self, fits: impl Fn(&Class) -> bool) -> u8 {
        self.0
            .iter()
            .position(fits)
            .unwrap_or(self.0.len())
            .min(usize::from(u8::MAX)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(commodity: u16, flow: u16, aeo: bool) -> Traits {
        Traits {
            commodity: Some(CommodityId(commodity)),
            flow: Some(FlowId(flow)),
            aeo,
        }
    }

    #[test]
    fn the_first_class_that_fits_is_the_priority_and_a_batch_fits_where_all_do() {
        let commodity = |name: &str, perishable| Commodity {
            name: name.to_owned(),
            value_per_teu: 0.0,
            perishable,
        };
        let commodities = [
            commodity("general", false),
            commodity("fish", true),
            commodity("fruit", true),
        ];
        let listed = [
            PriorityClass::Commodity(CommodityId(2)),
            PriorityClass::Aeo,
            PriorityClass::Perishable,
            PriorityClass::Flow(FlowId(7)),
        ];
        let classes = Classes::compile(&listed, &commodities);
        assert_eq!(classes.of(one(2, 7, true)), 0);
        assert_eq!(classes.of(one(1, 7, true)), 1);
        assert_eq!(classes.of(one(1, 7, false)), 2);
        assert_eq!(classes.of(one(0, 7, false)), 3);
        assert_eq!(classes.of(one(0, 6, false)), classes.len());
        let mixed = [one(1, 7, false), one(2, 7, false)];
        assert_eq!(classes.of_all(mixed.into_iter()), 2);
        let strangers = [one(1, 1, false), one(0, 2, false)];
        assert_eq!(classes.of_all(strangers.into_iter()), 4);
        let unknown = Traits {
            commodity: None,
            flow: None,
            aeo: true,
        };
        assert_eq!(classes.of(unknown), 1);
    }
}
