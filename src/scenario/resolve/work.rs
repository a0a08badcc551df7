//! How desks work: gathered from their steps and sites, and checked.

use super::names::Lists;
use super::priority::classes;
use crate::scenario::collection::List;
use crate::scenario::document::{ClassDoc, DeskDoc, MachinesDoc, StepDoc};
use crate::scenario::leaf::Word;
use crate::scenario::model::{Machines, PriorityClass, Reform, Servers, Site, Work};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{AgencyId, Discipline, Interruption, MachineClock, Preemption, ShiftEnd};

/// What a step, or a site, says of how a desk works.
#[derive(Clone, Debug, Default)]
pub struct StatedWork {
    priority: Option<(Vec<PriorityClass>, Spot)>,
    preemption: Option<(Preemption, Spot)>,
    shift_end: Option<(ShiftEnd, Spot)>,
    machines: Option<(Machines, Spot)>,
}

/// What a step says.
pub fn of_step(reader: &mut Reader<'_, '_>, doc: &StepDoc, lists: &Lists) -> StatedWork {
    StatedWork {
        priority: listed(reader, &doc.priority, lists),
        preemption: doc.preemption.placed().map(|(word, at)| (word.0, at)),
        shift_end: doc.shift_end.placed().map(|(word, at)| (word.0, at)),
        machines: machines(&doc.machines),
    }
}

/// What a site says.
pub fn of_desk(reader: &mut Reader<'_, '_>, doc: &DeskDoc, lists: &Lists) -> StatedWork {
    StatedWork {
        priority: listed(reader, &doc.priority, lists),
        preemption: doc.preemption.placed().map(|(word, at)| (word.0, at)),
        shift_end: doc.shift_end.placed().map(|(word, at)| (word.0, at)),
        machines: machines(&doc.machines),
    }
}

fn listed(
    reader: &mut Reader<'_, '_>,
    field: &Field<List<ClassDoc>>,
    lists: &Lists,
) -> Option<(Vec<PriorityClass>, Spot)> {
    // An unreadable list is noted already, and must not count as none.
    let read = field
        .placed()
        .map(|(list, spot)| classes(reader, list, spot, lists));
    Some((read.unwrap_or_default(), field.spot()?))
}

fn machines(field: &Field<MachinesDoc>) -> Option<(Machines, Spot)> {
    let (doc, spot) = field.placed()?;
    let of = |law: &Field<crate::scenario::law::Law>| law.get().map(|law| law.0.clone());
    let machines = Machines {
        mtbf: of(&doc.mtbf)?,
        mttr: of(&doc.mttr)?,
        clock: word(&doc.clock).unwrap_or(MachineClock::Calendar),
        on_failure: word(&doc.on_failure).unwrap_or(Interruption::Resume),
    };
    Some((machines, spot))
}

fn word<T: Copy>(field: &Field<Word<T>>) -> Option<T> {
    field.get().map(|word| word.0)
}

/// Keeps what is said first; something else said later is a conflict, unless the site decides.
fn keep<T: Clone + PartialEq>(
    kept: &mut Option<(T, Spot)>,
    said: &Option<(T, Spot)>,
    site_decides: bool,
    what: &str,
    conflict: &mut impl FnMut(&str, Spot),
) {
    match (&kept, said) {
        (_, None) => {}
        (Some((earlier, _)), Some((later, spot))) if earlier != later && !site_decides => {
            conflict(what, *spot);
        }
        _ => kept.clone_from(said),
    }
}

impl StatedWork {
    /// Adds what another step says of the same desk; `site` is the site's own word on it.
    pub fn gather(
        &mut self,
        said: &StatedWork,
        site: Option<&DeskDoc>,
        conflict: &mut impl FnMut(&str, Spot),
    ) {
        let decides = |absent: fn(&DeskDoc) -> bool| site.is_some_and(|desk| !absent(desk));
        let stated = decides(|d| d.priority.is_absent());
        keep(
            &mut self.priority,
            &said.priority,
            stated,
            "priorities",
            conflict,
        );
        let stated = decides(|d| d.preemption.is_absent());
        keep(
            &mut self.preemption,
            &said.preemption,
            stated,
            "preemption",
            conflict,
        );
        let stated = decides(|d| d.shift_end.is_absent());
        keep(
            &mut self.shift_end,
            &said.shift_end,
            stated,
            "shift ends",
            conflict,
        );
        let stated = decides(|d| d.machines.is_absent());
        keep(
            &mut self.machines,
            &said.machines,
            stated,
            "machines",
            conflict,
        );
    }

    /// The site's own words on top.
    pub fn under(self, site: StatedWork) -> StatedWork {
        StatedWork {
            priority: site.priority.or(self.priority),
            preemption: site.preemption.or(self.preemption),
            shift_end: site.shift_end.or(self.shift_end),
            machines: site.machines.or(self.machines),
        }
    }

    /// How the desk works, checked; `spot` stands for the desk where it says nothing itself.
    pub fn finish(
        self,
        reader: &mut Reader<'_, '_>,
        whose: &str,
        servers: &Servers,
        discipline: Discipline,
        spot: Spot,
    ) -> Work {
        let by_class = discipline == Discipline::Priority;
        match &self.priority {
            None if by_class => reader.error(
                spot,
                format!("{whose} goes by classes, and lists none"),
                "add priority = [\"perishable\", \"aeo\"], or another list",
            ),
            Some((_, at)) if !by_class => reader.error(
                *at,
                format!("{whose} lists classes, but its discipline is {discipline}"),
                "add discipline = \"priority\", or leave the list out",
            ),
            _ => {}
        }
        if let Some((preemption, at)) = self.preemption
            && preemption != Preemption::None
            && discipline == Discipline::Fifo
        {
            reader.error(
                at,
                format!("{whose} preempts, but nobody goes before another in it"),
                "state discipline = \"priority\" with its classes, or \"aeo_first\"",
            );
        }
        let instead = match servers {
            Servers::Count(_) => None,
            Servers::Unlimited => Some("it serves everyone at once"),
            Servers::Slots(_) => Some("its slots serve at their instants"),
            Servers::Vehicles(_) => Some("second vehicles serve at it"),
        };
        if let Some(why) = instead {
            let mut refuse = |what: &str, at: Option<Spot>| {
                if let Some(at) = at {
                    let message = format!("{whose} has no servers for `{what}`: {why}");
                    reader.error(at, message, "leave it out, or state a number of `servers`");
                }
            };
            let interrupts = self.preemption.filter(|(p, _)| *p != Preemption::None);
            refuse("preemption", interrupts.map(|(_, at)| at));
            let cuts = self.shift_end.filter(|(end, _)| *end != ShiftEnd::Finish);
            refuse("shift_end", cuts.map(|(_, at)| at));
            refuse("machines", self.machines.as_ref().map(|(_, at)| *at));
            if *servers == Servers::Unlimited {
                refuse("priority", self.priority.as_ref().map(|(_, at)| *at));
            }
        }
        Work {
            priority: self.priority.map_or(Vec::new(), |(list, _)| list),
            preemption: self.preemption.map_or(Preemption::None, |(word, _)| word),
            shift_end: self.shift_end.map_or(ShiftEnd::Finish, |(word, _)| word),
            machines: self.machines.map(|(machines, _)| machines),
        }
    }
}

/// Desks whose queues a reform joins must interrupt work alike, and have no machines: else nobody could say how the
/// work in hand goes on.
pub fn merged_alike(
    reader: &mut Reader<'_, '_>,
    reform: &Reform,
    agencies: &[String],
    sites: &[Site],
    spot: Spot,
) {
    for (site, desk, other) in unlike(reform, sites) {
        let message = format!(
            "this merger joins desk `{desk}` of `{}` and of `{}` at `{site}`, which interrupt work differently or have machines",
            agencies[reform.merge[0].index()],
            agencies[other.index()],
        );
        let remedy =
            "give both the same discipline, classes, preemption and shift end, and no machines";
        reader.error(spot, message, remedy);
    }
}

/// Desks that a reform merges and cannot: site, desk, second agency.
fn unlike<'s>(reform: &'s Reform, sites: &'s [Site]) -> Vec<(&'s str, &'s str, AgencyId)> {
    let mut found = Vec::new();
    for site in reform.sites.iter().map(|id| &sites[id.index()]) {
        for (host, guest) in site.merged(&reform.merge) {
            if !host.joins(guest) {
                found.push((site.name.as_str(), host.name.as_str(), guest.agency));
            }
        }
    }
    found
}
