//! Classes of consignments, resolved.

use super::names::Lists;
use crate::scenario::collection::List;
use crate::scenario::document::ClassDoc;
use crate::scenario::model::PriorityClass;
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::terms::{CommodityId, FlowId};

/// The most classes that one list may have.
pub const MOST_CLASSES: usize = 100;

/// The classes in `list`, first come first; a class that stands twice is refused.
pub fn classes(
    reader: &mut Reader<'_, '_>,
    list: &List<ClassDoc>,
    spot: Spot,
    lists: &Lists,
) -> Vec<PriorityClass> {
    if list.written == 0 {
        reader.error(
            spot,
            "a list of no classes",
            "name at least one, such as \"perishable\"",
        );
    }
    if list.written > MOST_CLASSES {
        let message = format!("{} classes, and {MOST_CLASSES} are the most", list.written);
        reader.error(spot, message, "leave out those that come last");
    }
    let mut classes = Vec::new();
    for (doc, at) in &list.items {
        let class = match doc {
            ClassDoc::Perishable => Some(PriorityClass::Perishable),
            ClassDoc::Aeo => Some(PriorityClass::Aeo),
            ClassDoc::Of(table) if table.commodity.is_absent() == table.flow.is_absent() => {
                reader.error(
                    *at,
                    "a class is of one commodity or of one flow",
                    "write { commodity = \"NAME\" } or { flow = \"NAME\" }",
                );
                None
            }
            ClassDoc::Of(table) => {
                let commodity = lists.commodities.field(reader, &table.commodity);
                let flow = lists.flows.field(reader, &table.flow);
                commodity
                    .map(|c| PriorityClass::Commodity(CommodityId::from(c)))
                    .or(flow.map(|f| PriorityClass::Flow(FlowId::from(f))))
            }
        };
        if class.is_some_and(|class| classes.contains(&class)) {
            reader.error(*at, "this class stands twice", "keep the first");
        } else {
            classes.extend(class);
        }
    }
    classes
}
