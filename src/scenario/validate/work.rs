//! What must hold of how a desk works.

use super::Faults;
use super::parts::is_law;
use crate::scenario::model::{Desk, PriorityClass, Scenario, Servers, Site};
use crate::terms::{Discipline, Preemption};

pub(super) fn check_work(faults: &mut Faults, site: &Site, desk: &Desk, scenario: &Scenario) {
    let mut refuse = |holds: bool, what: &str| {
        faults.unless(holds, &site.name, &format!("desk `{}` {what}", desk.name));
    };
    let work = &desk.work;
    let known = work.priority.iter().all(|class| match class {
        PriorityClass::Perishable | PriorityClass::Aeo => true,
        PriorityClass::Commodity(id) => id.index() < scenario.commodities.len(),
        PriorityClass::Flow(id) => id.index() < scenario.flows.len(),
    });
    refuse(known, "has a class of an unknown commodity or flow");
    refuse(work.priority.len() <= 100, "has more than 100 classes");
    let listed = !work.priority.is_empty();
    let by_class = desk.discipline == Discipline::Priority;
    refuse(
        listed == by_class,
        "lists classes without the discipline `priority`, or has it and lists none",
    );
    refuse(
        work.preemption == Preemption::None || desk.discipline != Discipline::Fifo,
        "preempts without an order of classes",
    );
    refuse(
        !work.interruptible() || matches!(desk.servers, Servers::Count(_)),
        "interrupts work, but has no number of servers",
    );
    if let Some(machines) = &work.machines {
        refuse(
            is_law(&machines.mtbf) && is_law(&machines.mttr),
            "has machines with a law of time that is none",
        );
    }
}

/// Desks that a reform merges interrupt work alike, and have no machines.
pub(super) fn check_mergers(faults: &mut Faults, scenario: &Scenario) {
    for reform in &scenario.reforms {
        let sites = reform.sites.iter();
        for site in sites.filter_map(|id| scenario.sites.get(id.index())) {
            for (host, guest) in site.merged(&reform.merge) {
                faults.unless(
                    host.joins(guest),
                    &reform.name,
                    &format!(
                        "desks `{}` at `{}` are merged, and interrupt work differently or have machines",
                        host.name, site.name
                    ),
                );
            }
        }
    }
}
