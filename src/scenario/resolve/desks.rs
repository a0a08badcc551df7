//! The desks of a site: every (agency, desk) that the steps of its procedures name.

use super::names::Lists;
use super::procedures::{StepDesk, servers_of};
use super::timetable::timetable;
use super::work::{self, StatedWork};
use super::{items, spot_or};
use crate::scenario::document::{DeskDoc, SiteDoc};
use crate::scenario::model::{Calendar, Desk, Procedure, Servers, Site};
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::terms::{AgencyId, CalendarId, Discipline, Regime};

/// A desk while its attributes are gathered.
struct Draft<'d> {
    agency: AgencyId,
    name: String,
    /// The first step that names it.
    first: &'d StepDesk,
    pure_delay: bool,
    servers: Option<Servers>,
    calendar: Option<CalendarId>,
    discipline: Option<Discipline>,
    work: StatedWork,
    own: Option<&'d DeskDoc>,
}

/// The desks of `site`, from its procedures' steps and its own overrides.
pub fn desks(
    reader: &mut Reader<'_, '_>,
    site: &Site,
    doc: &SiteDoc,
    procedures: &[Procedure],
    step_desks: &[Vec<StepDesk>],
    lists: &Lists,
) -> Vec<Desk> {
    let mut used: Vec<usize> = Vec::new();
    for entry in &site.procedures {
        if !used.contains(&entry.procedure.index()) {
            used.push(entry.procedure.index());
        }
    }
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for &procedure in &used {
        for (step, says) in procedures[procedure]
            .steps
            .iter()
            .zip(&step_desks[procedure])
        {
            let at = drafts
                .iter()
                .position(|draft| draft.agency == step.agency && draft.name == step.desk);
            let at = at.unwrap_or_else(|| {
                drafts.push(Draft {
                    agency: step.agency,
                    name: step.desk.clone(),
                    first: says,
                    pure_delay: true,
                    servers: None,
                    calendar: None,
                    discipline: None,
                    work: StatedWork::default(),
                    own: own(doc, lists.agencies.name(step.agency.index()), &step.desk),
                });
                drafts.len() - 1
            });
            gather(reader, &mut drafts[at], says, lists);
        }
    }
    overrides_name_desks(reader, doc, &drafts, lists);
    drafts
        .into_iter()
        .map(|draft| finish(reader, draft, site, lists))
        .collect()
}

/// The site's own words on a desk.
fn own<'d>(doc: &'d SiteDoc, agency: &str, desk: &str) -> Option<&'d DeskDoc> {
    doc.desks.get()?.get(agency)?.get(desk)
}

/// Adds what one step says; two steps must not say different things.
fn gather(reader: &mut Reader<'_, '_>, draft: &mut Draft<'_>, says: &StepDesk, lists: &Lists) {
    draft.pure_delay &= says.pure_delay;
    let own = draft.own;
    let whose = format!(
        "desk `{}` of `{}`",
        draft.name,
        lists.agencies.name(draft.agency.index())
    );
    let servers_here =
        own.is_none_or(|desk| desk.servers.is_absent() && desk.timetable.is_absent());
    let mut conflict = |what: &str, spot: Spot| {
        let message = format!("two steps give {whose} different {what}");
        reader.error(
            spot,
            message,
            "state it once, or alike, or give one of the steps another `desk`",
        );
    };
    if let Some((servers, spot)) = says.servers {
        match draft.servers {
            Some(earlier) if earlier != servers && servers_here => conflict("servers", spot),
            _ => draft.servers = Some(servers),
        }
    }
    if let Some((calendar, spot)) = says.calendar {
        match draft.calendar {
            Some(earlier)
                if earlier != calendar && own.is_none_or(|desk| desk.calendar.is_absent()) =>
            {
                conflict("calendars", spot);
            }
            _ => draft.calendar = Some(calendar),
        }
    }
    if let Some((discipline, spot)) = says.discipline {
        match draft.discipline {
            Some(earlier)
                if earlier != discipline && own.is_none_or(|desk| desk.discipline.is_absent()) =>
            {
                conflict("disciplines", spot);
            }
            _ => draft.discipline = Some(discipline),
        }
    }
    draft.work.gather(&says.work, own, &mut conflict);
}

/// Every desk that the site overrides is one that a step names.
fn overrides_name_desks(
    reader: &mut Reader<'_, '_>,
    doc: &SiteDoc,
    drafts: &[Draft<'_>],
    lists: &Lists,
) {
    for (agency, desks) in items(&doc.desks) {
        let Some(id) = lists.agencies.find(reader, &agency.name, agency.spot) else {
            continue;
        };
        let known: Vec<&str> = drafts
            .iter()
            .filter(|draft| draft.agency.index() == id)
            .map(|draft| draft.name.as_str())
            .collect();
        for (key, _) in &desks.0 {
            if !known.contains(&key.name.as_str()) {
                let message = format!(
                    "no step at this site uses a desk `{}` of `{}`",
                    key.name, agency.name
                );
                reader.unknown(key.spot, message, &key.name, &known);
            }
        }
    }
}

/// The desk with the site's own words on top.
fn finish(reader: &mut Reader<'_, '_>, draft: Draft<'_>, site: &Site, lists: &Lists) -> Desk {
    let agency = lists.agencies.name(draft.agency.index());
    let mut servers = draft.servers;
    let mut calendar = draft.calendar;
    let mut discipline = draft.discipline;
    let mut work = draft.work;
    if let Some(own) = draft.own {
        if let (Some(spot), Some(_)) = (own.servers.spot(), own.timetable.spot()) {
            reader.error(
                spot,
                "a desk with a timetable has no `servers`",
                "its slots serve",
            );
        }
        if let (Some(Servers::Vehicles(_)), Some(spot)) = (
            servers,
            own.servers
                .spot()
                .or(own.timetable.spot())
                .or(own.calendar.spot()),
        ) {
            reader.error(
                spot,
                "second vehicles serve at this desk: it has no servers, timetable or calendar",
                "leave them out; when vehicles come is said under [vehicles.NAME]",
            );
        } else if let Some(doc) = own.servers.get() {
            servers = Some(servers_of(*doc));
        }
        if let Some(slots) = timetable(reader, &own.timetable)
            && !matches!(servers, Some(Servers::Vehicles(_)))
        {
            servers = Some(Servers::Slots(slots));
        }
        if let Some(own) = lists.calendars.field(reader, &own.calendar) {
            calendar = Some(CalendarId::from(own));
        }
        if let Some(word) = own.discipline.get() {
            discipline = Some(word.0);
        }
        work = work.under(work::of_desk(reader, own, lists));
        if !own.servers.is_absent() || !own.timetable.is_absent() {
            // Unreadable ones are noted already.
            servers = servers.or(Some(Servers::Unlimited));
        }
    }
    if servers.is_none() && !draft.pure_delay && !draft.first.step.is_empty() {
        let remedy = format!(
            "state `servers` in the step, or under [sites.{}.desks.{agency}.{}]",
            site.name, draft.name
        );
        reader.error(
            draft.first.spot,
            format!("desk `{}` of `{agency}` has no servers", draft.name),
            remedy,
        );
    }
    let servers = servers.unwrap_or(Servers::Unlimited);
    let discipline = discipline.unwrap_or(Discipline::Fifo);
    let whose = format!("desk `{}` of `{agency}`", draft.name);
    let spot = draft.own.and_then(|own| own.discipline.spot());
    let spot = spot.unwrap_or(draft.first.spot);
    Desk {
        agency: draft.agency,
        work: work.finish(reader, &whose, &servers, discipline, spot),
        name: draft.name,
        servers,
        calendar: calendar.unwrap_or(CalendarId(0)),
        discipline,
        sickness: 0.0,
    }
}

/// A site and its procedures must not fix different regimes.
pub fn check_regimes(
    reader: &mut Reader<'_, '_>,
    site: &Site,
    own: Option<Regime>,
    procedures: &[Procedure],
    doc: &SiteDoc,
) {
    let Some(own) = own else { return };
    for entry in &site.procedures {
        let procedure = &procedures[entry.procedure.index()];
        if let Some(fixed) = procedure.regime
            && fixed != own
        {
            let message = format!(
                "this site is {own}, but its procedure `{}` is {fixed}",
                procedure.name
            );
            reader.error(
                spot_or(&doc.regime, doc.spot),
                message,
                "keep one of the two: the procedure's would win",
            );
        }
    }
}

/// A site with local hours says where it is on the clock.
pub fn check_time_zone(
    reader: &mut Reader<'_, '_>,
    site: &Site,
    doc: &SiteDoc,
    calendars: &[Calendar],
) {
    if !doc.time_zone.is_absent() {
        return;
    }
    if let Some(desk) = site
        .desks
        .iter()
        .find(|desk| !calendars[desk.calendar.index()].always)
    {
        let message = format!(
            "site `{}` has opening hours (desk `{}`) but no time zone",
            site.name, desk.name
        );
        reader.error(
            doc.spot,
            message,
            "state time_zone = \"Asia/Almaty\" or another IANA name",
        );
    }
}
